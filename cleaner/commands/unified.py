"""Changes of a text as a unified diff, in time that grows with the text alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cleaner.commands.changes import Change
from cleaner.edits import apply
from cleaner.lines import Lines, line_at

CONTEXT = 3
"""Lines that are shown around a change."""

_NO_END = "\\ No newline at end of file"


class _Region(NamedTuple):
    """Lines ``first`` up to ``last`` (exclusive) of the old text that become ``new``."""

    first: int
    last: int
    new: list[str]


def unified(name: str, before: str, found: Sequence[Change]) -> Iterator[str]:
    """The lines of the diff, without their ends; nothing where nothing changes."""
    lines = Lines(before)
    old = [before[line.start : line.end] for line in lines]
    regions = list(_regions(before, lines, [change for change in found if change.kind != "fuse"]))
    if not regions:
        return
    yield f"--- {name}"
    yield f"+++ {name}"
    shift = 0
    for hunk in _hunks(regions):
        first, last = max(0, hunk[0].first - CONTEXT), min(len(old), hunk[-1].last + CONTEXT)
        body: list[str] = []
        at = first
        added = 0
        for region in hunk:
            body += _marked(" ", old[at : region.first])
            body += _marked("-", old[region.first : region.last])
            body += _marked("+", region.new)
            added += len(region.new) - (region.last - region.first)
            at = region.last
        body += _marked(" ", old[at:last])
        yield f"@@ -{_range(first, last - first)} +{_range(first + shift, last - first + added)} @@"
        yield from body
        shift += added


def _regions(before: str, lines: Lines, found: Sequence[Change]) -> Iterator[_Region]:
    """Lines that changes touch; changes on the same lines are one region."""
    held: list[Change] = []
    first = last = 0
    for change in found:
        start, stop = _touched(lines, change)
        if held and start < last:
            held.append(change)
            last = max(last, stop)
            continue
        if held:
            yield _region(before, lines, first, last, held)
        held, first, last = [change], start, stop
    if held:
        yield _region(before, lines, first, last, held)


def _touched(lines: Lines, change: Change) -> tuple[int, int]:
    """The lines that a change touches; where it takes the end of a line whose start stays, the next
    line too, which joins it."""
    if not len(lines):
        return 0, 0
    first = line_at(lines, change.edit.start)
    last = line_at(lines, max(change.edit.start, change.edit.end - 1))
    joins = (
        change.edit.end == last.end
        and change.edit.start > first.start
        and not change.edit.text.endswith("\n")
    )
    return first.index, min(len(lines), last.index + 1 + joins)


def _region(before: str, lines: Lines, first: int, last: int, found: Sequence[Change]) -> _Region:
    start = lines[first].start if first < len(lines) else 0
    end = lines[last - 1].end if last else 0
    edits = [
        change.edit._replace(start=change.edit.start - start, end=change.edit.end - start) for change in found
    ]
    new = apply(before[start:end], edits)
    return _Region(first, last, [new[line.start : line.end] for line in Lines(new)])


def _hunks(regions: Sequence[_Region]) -> Iterator[list[_Region]]:
    hunk: list[_Region] = []
    for region in regions:
        if hunk and region.first - hunk[-1].last > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(region)
    if hunk:
        yield hunk


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield mark + line.removesuffix("\n")
        if not line.endswith(("\n", "\r")):
            yield _NO_END


def _range(first: int, length: int) -> str:
    return f"{first + 1 if length else first},{length}"
