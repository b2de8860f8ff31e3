"""Two ledgers of one text compared: what the second takes more and what it takes less.

Only the spans count, not how they are cut up: a removal that another rule makes now is no difference to
the text. What is more is booked under the rule that takes it, what is less under the one that took it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from zlib import crc32

from cleaner.model import DECODE_NOTE, Removal, Repair

EXAMPLES = 5  # of each rule, in each direction
EXAMPLE_CHARS = 300


def without(one: Sequence[Removal], other: Sequence[Removal]) -> list[Removal]:
    """What the first ledger takes and the second leaves; both sorted, of one text.

    >>> without([Removal("A", 0, 9, "Also read")], [Removal("B", 0, 5, "Also ")])
    [Removal(rule='A', start=5, end=9, text='read')]
    """
    left: list[Removal] = []
    at = 0
    for removal in one:
        start = removal.start
        while at < len(other) and other[at].end <= start:
            at += 1
        place = at
        while start < removal.end:
            stop = other[place].start if place < len(other) else removal.end
            stop = min(stop, removal.end)
            if start < stop:
                text = removal.text[start - removal.start : stop - removal.start]
                left.append(Removal(removal.rule, start, stop, text))
            if place == len(other):
                break
            start = max(start, other[place].end)
            place += 1
    return left


def as_decoded(removals: Sequence[Removal], repairs: Sequence[Repair], decoded: str) -> list[Removal]:
    """Removals as spans of the decoded text, so that those of differently repaired texts compare.

    >>> as_decoded([Removal("A", 2, 4, "’s")], [Repair("encoding", 2, 3, "â€™")], "Itâ€™s")
    [Removal(rule='A', start=2, end=6, text='â€™s')]
    """
    real = [repair for repair in repairs if not repair.fix.startswith(DECODE_NOTE)]
    moved: list[Removal] = []
    at = shift = 0  # repairs that end before the place; code points the decoded text is longer by so far

    def place(offset: int, is_end: bool) -> int:
        nonlocal at, shift
        while at < len(real) and real[at].end <= offset and (is_end or real[at].start < offset):
            shift += len(real[at].before) - (real[at].end - real[at].start)
            at += 1
        if at < len(real) and real[at].start < offset:  # inside of what was repaired: all of it
            return real[at].start + shift + (len(real[at].before) if is_end else 0)
        return offset + shift

    for removal in removals:
        start = place(removal.start, False)
        end = place(removal.end, True)
        moved.append(Removal(removal.rule, start, end, decoded[start:end]))
    return moved


class Example(NamedTuple):
    """A place where two ledgers differ, and where it stands; ``key`` chooses among all of them alike."""

    key: int
    source: str
    text: str


@dataclass(slots=True)
class Taken:
    """What one rule takes more, or took: documents, places, code points, and examples of it."""

    documents: int = 0
    places: int = 0
    chars: int = 0
    examples: list[Example] = field(default_factory=list)

    def see(self, source: str, text: str) -> None:
        """Count one place. Which examples are kept depends on the places, not on their order."""
        self.places += 1
        self.chars += len(text)
        if text.strip():
            key = crc32(f"{source}\0{text}".encode("utf-8", "replace"))
            self._keep(Example(-key, source, text[:EXAMPLE_CHARS]))

    def add(self, other: Taken) -> None:
        """Add another's counts and examples to these."""
        self.documents += other.documents
        self.places += other.places
        self.chars += other.chars
        for example in other.examples:
            self._keep(example)

    def _keep(self, example: Example) -> None:
        if len(self.examples) < EXAMPLES:
            heapq.heappush(self.examples, example)
        else:
            heapq.heappushpop(self.examples, example)


@dataclass(slots=True)
class Comparison:
    """What two cleanings of the same documents come to, documents added one by one.

    ``kept`` and ``kept_after`` count code points of their clean texts; ``lost`` what the second takes more,
    ``regained`` what it takes less. Documents whose decoded text is another (``other_text``), that failed
    (``failed``) or that are in one of the two only are counted and not compared; the text of those that
    are gone counts as lost.
    """

    documents: int = 0
    changed: int = 0
    other_text: int = 0
    failed: int = 0
    gone: int = 0
    come: int = 0
    kept: int = 0
    kept_after: int = 0
    lost: int = 0
    regained: int = 0
    more: dict[str, Taken] = field(default_factory=dict)
    less: dict[str, Taken] = field(default_factory=dict)
    statuses: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def new_loss(self) -> float:
        """Share of the code points that were kept that is kept no longer, 0 to 1."""
        return self.lost / self.kept if self.kept else 0.0

    def see(self, source: str, before: Sequence[Removal], after: Sequence[Removal]) -> None:
        """Compare the ledgers of one document, of one text."""
        self.documents += 1
        if before == after:
            return
        more, less = without(after, before), without(before, after)
        self.changed += bool(more or less)
        self.lost += _book(self.more, source, more)
        self.regained += _book(self.less, source, less)

    def lose(self, chars: int) -> None:
        """Count a document that is gone, with so many code points of clean text."""
        self.gone += 1
        self.kept += chars
        self.lost += chars

    def add(self, other: Comparison) -> None:
        """Add another's counts to these."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.statuses.update(other.statuses)
        for mine, theirs in ((self.more, other.more), (self.less, other.less)):
            for rule, taken in theirs.items():
                mine.setdefault(rule, Taken()).add(taken)


_COUNTS = (
    *("documents", "changed", "other_text", "failed", "gone", "come"),
    *("kept", "kept_after", "lost", "regained"),
)


def _book(under: dict[str, Taken], source: str, spans: Sequence[Removal]) -> int:
    for span in spans:
        under.setdefault(span.rule, Taken()).see(source, span.text)
    for rule in {span.rule for span in spans}:
        under[rule].documents += 1
    return sum(len(span.text) for span in spans)
