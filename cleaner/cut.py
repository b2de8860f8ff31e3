"""From findings to text: who owns which span, which blank lines go along, and the cut itself.

Finders look again at the text they left until nothing more goes, so spans of a later text have to
be carried back to the source text: `Kept` holds which parts of the source still stand.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from cleaner.lines import Lines, index_at
from cleaner.model import Finding, Removal


class Span(NamedTuple):
    """A span that goes, and the code that owns it."""

    start: int
    end: int
    rule: str
    whole_lines: bool = True


def own(findings: Iterable[Finding]) -> list[Span]:
    """Disjoint, sorted spans: the earliest start owns, then the longest, then the lowest code;
    a finding that reaches beyond its neighbour keeps what is left of it.

    >>> own([Finding("B", 0, 4), Finding("A", 2, 9)])
    [Span(start=0, end=4, rule='B', whole_lines=True), Span(start=4, end=9, rule='A', whole_lines=True)]
    """
    spans: list[Span] = []
    taken = 0
    for finding in sorted(findings, key=lambda f: (f.start, -f.end, f.rule)):
        start = max(finding.start, taken)
        if start < finding.end:
            spans.append(Span(start, finding.end, finding.rule, finding.whole_lines))
            taken = finding.end
    return spans


def touching(findings: Iterable[Finding], spans: Sequence[Span]) -> Iterable[Finding]:
    """The findings that reach into one of the spans (sorted, disjoint)."""
    starts = [span.start for span in spans]
    for finding in findings:
        at = bisect_right(starts, finding.end - 1)
        if at and spans[at - 1].end > finding.start:
            yield finding


def with_blank_lines(lines: Lines, spans: Sequence[Span]) -> list[Span]:
    """Widen spans of whole lines by the blank lines that go with them.

    A block takes the blank lines after it along when a blank line is the last that stays before
    it; at the head of the text it takes those after it, at the tail those before it.
    """
    owner: dict[int, Span] = {}
    inside: list[Span] = []
    starts = lines.starts
    for span in spans:
        if not span.whole_lines:
            inside.append(span)
            continue
        place = index_at(lines, span.start)
        place += starts[place] < span.start  # the line before may own its first part
        stop = bisect_right(starts, span.end, place) - 1  # lines that end within the span
        for index in range(place, stop):
            owner[index] = span
    if owner and len(lines.filled_at) < len(lines):
        _take_blank_lines(lines, owner)
    return sorted([*inside, *_joined(lines, owner)])


def _take_blank_lines(lines: Lines, owner: dict[int, Span]) -> None:
    """Add to ``owner`` (line index -> span, in order) the blank lines that go along."""
    filled, count = lines.filled_set, len(lines)
    stays_blank, last = True, -1  # of the line before the one that goes, and the last line that went
    for index in list(owner):
        if index != last + 1:
            stays_blank = index - 1 not in filled
        last = index
        while stays_blank and last + 1 < count and last + 1 not in owner and last + 1 not in filled:
            last += 1
            owner[last] = owner[index]
    _take_tail(lines, owner)


def _take_tail(lines: Lines, owner: dict[int, Span]) -> None:
    """Of a tail that goes the blank lines before it and in it go, too."""
    first = len(lines)
    while first and (first - 1 in owner or first - 1 not in lines.filled_set):
        first -= 1
    tail = [index for index in range(first, len(lines)) if index in owner]
    if tail:
        after = owner[tail[-1]]
        for index in range(len(lines) - 1, first - 1, -1):
            after = owner.setdefault(index, after)


def _joined(lines: Lines, owner: dict[int, Span]) -> list[Span]:
    joined: list[Span] = []
    starts, indices = lines.starts, sorted(owner)
    first = 0  # among the indices, of lines that go together
    for at, index in enumerate(indices):
        if at + 1 == len(indices) or indices[at + 1] != index + 1 or owner[index + 1] is not owner[index]:
            joined.append(Span(starts[indices[first]], starts[index + 1], owner[index].rule))
            first = at + 1
    return joined


def cut(text: str, spans: Iterable[Span]) -> str:
    """``text`` without the spans (sorted, disjoint)."""
    parts: list[str] = []
    at = 0
    for span in spans:
        parts.append(text[at : span.start])
        at = span.end
    parts.append(text[at:])
    return "".join(parts)


def lines_without(lines: Lines, spans: Sequence[Span]) -> Lines:
    """The lines of the text without the spans (sorted, disjoint)."""
    return Lines(cut(lines.text, spans))


class Kept:
    """The parts of the source text that still stand, in order.

    >>> kept = Kept(10)
    >>> kept.remove([Span(2, 5, "A")])
    [Span(start=2, end=5, rule='A', whole_lines=True)]
    >>> kept.remove([Span(1, 3, "B")])
    [Span(start=1, end=2, rule='B', whole_lines=True), Span(start=5, end=6, rule='B', whole_lines=True)]
    """

    def __init__(self, length: int):
        self._parts = [(0, length)]

    def copy(self) -> Kept:
        """A copy that goes its own way."""
        other = Kept(0)
        other._parts = list(self._parts)
        return other

    def remove(self, spans: Sequence[Span]) -> list[Span]:
        """Take out sorted spans of the text that stands now; returns them as spans of the source text."""
        lifted = self.lift(spans)
        self._parts = list(_without(self._parts, lifted))
        return lifted

    def lift(self, spans: Iterable[Span]) -> list[Span]:
        """Spans of the text that stands now as spans of the source text."""
        starts = [0, *accumulate(end - start for start, end in self._parts)]
        return [piece for span in spans for piece in self._pieces(span, starts)]

    def _pieces(self, span: Span, starts: Sequence[int]) -> Iterable[Span]:
        for index in range(max(0, bisect_right(starts, span.start) - 1), len(self._parts)):
            (start, end), at = self._parts[index], starts[index]
            if at >= span.end:
                return
            low, high = max(span.start, at), min(span.end, at + end - start)
            if low < high:
                yield Span(start + low - at, start + high - at, span.rule, span.whole_lines)


def _without(parts: Sequence[tuple[int, int]], spans: Sequence[Span]) -> Iterable[tuple[int, int]]:
    queue = list(reversed(spans))
    for start, end in parts:
        while queue and queue[-1].start < end:
            span = queue.pop()
            if start < span.start:
                yield start, span.start
            start = span.end
        if start < end:
            yield start, end


def removals(source: str, spans: Iterable[Span]) -> tuple[Removal, ...]:
    """The ledger's entries for spans of the source text, sorted; touching pieces that one round
    of one rule took stay apart."""
    return tuple(
        Removal(span.rule, span.start, span.end, source[span.start : span.end]) for span in sorted(spans)
    )
