"""What a result does to the decoded text, change by change, so that some of them can be left out."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from cleaner.edits import Edit, Script, apply, compose
from cleaner.lines import Lines, line_at
from cleaner.model import DECODE_NOTE, Repair, Result

FUSE = "fuse"
"""Stands for a code where a text is kept whole since too little of it would remain."""

Kind = Literal["removal", "repair", "fuse"]


class Change(NamedTuple):
    """One removal, or one repair outside of all removals.

    ``code`` is the rule's, or the name of the fix; ``edit`` is in code points of the decoded text,
    ``before`` what stands there. ``line`` is the line of the text on which its first visible character
    stands, from 0.
    """

    kind: Kind
    code: str
    edit: Edit
    before: str
    line: int

    @property
    def fingerprint(self) -> str:
        """What names the change wherever its text moves: 64 bits over code and words, as hex."""
        told = f"{self.code}\0{' '.join(self.before.split())}\0{' '.join(self.edit.text.split())}"
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def changes(decoded: str, result: Result) -> list[Change]:
    """Every change of ``result`` to the text it was made of, in order; applied together they give its
    text. A text that the fuse kept whole has one change, which changes nothing."""
    if result.status == "fused":
        return [Change("fuse", FUSE, Edit(0, 0, "", FUSE), "", 0)]
    if result.text == decoded:
        return []
    repairs = [repair for repair in result.repairs if not repair.fix.startswith(DECODE_NOTE)]
    lines = Lines(decoded)
    return [_change(edit, kind, decoded, lines) for kind, edit in _edits(result, repairs)]


def without(decoded: str, wanted: Iterable[Change]) -> str:
    """The text after only the ``wanted`` of its changes."""
    return apply(decoded, [change.edit for change in wanted if change.kind != "fuse"])


def _change(edit: Edit, kind: Kind, decoded: str, lines: Lines) -> Change:
    before = decoded[edit.start : edit.end]
    first = edit.start + len(before) - len(before.lstrip())
    line = line_at(lines, first if first < edit.end else edit.start).index if len(lines) else 0
    return Change(kind, edit.fix, edit, before, line)


def _edits(result: Result, repairs: Sequence[Repair]) -> list[tuple[Kind, Edit]]:
    """Removals and repairs as edits of the decoded text. A repair inside a removal goes with it; where
    one reaches over the edge of the other, all are composed, and names of what touches joined."""
    source = result.source
    script, shifts = _script(source, repairs)
    ends = [repair.end for repair in repairs]
    found: list[tuple[Kind, Edit]] = []
    done = 0  # repairs that are spoken for
    for removal in result.removals:
        first = bisect_right(ends, removal.start)
        last = first
        while last < len(repairs) and repairs[last].start < removal.end:
            last += 1
        inside = repairs[first:last]
        if inside and (inside[0].start < removal.start or inside[-1].end > removal.end):
            gone = [Edit(one.start, one.end, "", one.rule) for one in result.removals]
            return [("removal", edit) for edit in compose(source, script, gone)]
        found += (("repair", edit) for edit in script[done:first])
        span = removal.start + shifts[first], removal.end + shifts[last]
        found.append(("removal", Edit(*span, "", removal.rule)))
        done = last
    found += (("repair", edit) for edit in script[done:])
    return found


def _script(source: str, repairs: Sequence[Repair]) -> tuple[Script, list[int]]:
    """Repairs as edits of the decoded text, and what has to be added to an offset of the source text
    behind the first N of them."""
    edits: list[Edit] = []
    shifts = [0]
    for repair in repairs:
        start = repair.start + shifts[-1]
        text = source[repair.start : repair.end]
        edits.append(Edit(start, start + len(repair.before), text, repair.fix))
        shifts.append(shifts[-1] + len(repair.before) - len(text))
    return tuple(edits), shifts
