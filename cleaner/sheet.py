"""The texts of a batch as they stand: their lines in one table, and what the rules say of each.

What a line looks like and what rules say of it depend on the line alone, so it is found out once. When
lines go, a new sheet is made of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cleaner.cut import Span
from cleaner.judge import judgeable
from cleaner.lines import Known, Lines
from cleaner.matcher import Matcher, Matches, Said
from cleaner.table import Ints, LineTable, Places


class Change(NamedTuple):
    """A text that lost whole lines: its number, what is left of it, and the spans that went (sorted,
    disjoint, of the text as it stood)."""

    number: int
    left: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Sheet:
    """``lines`` and ``matches`` have one entry a text, ``table`` the rows of all (none of texts that are
    too large for the judge), ``said`` what the rules say of a row, where they say something."""

    table: LineTable
    said: dict[int, Said]
    lines: list[Lines]
    matches: list[Matches]

    def left(self, changes: Sequence[Change], weighed: bool) -> Sheet:
        """A sheet of the texts that lost whole lines, in order; ``weighed`` where a judge will see it. There
        was no CR in them."""
        parts = [self._staying(change) for change in changes]
        rows, index, start, end = map(np.concatenate, zip(*parts, strict=True))
        docs = np.concatenate(([0], np.cumsum([len(part[0]) for part in parts])))
        table = self.table.select(rows, docs, Places(index, start, end), weighed)
        said = _said_of(rows, self.said)
        pairs = zip(changes, _known(table), strict=True)
        lines = [Lines(change.left, known) for change, known in pairs]
        return Sheet(table, said, lines, _matches(table, said))

    def _staying(self, change: Change) -> tuple[Ints, Ints, Ints, Ints]:
        """(rows that stayed of a text, the numbers of their lines now, their starts and ends)."""
        table, text = self.table, self.lines[change.number].text
        first, stop = int(table.docs[change.number]), int(table.docs[change.number + 1])
        starts, ends = np.array([(span.start, span.end) for span in change.spans], np.int64).T
        before = np.searchsorted(starts, table.start[first:stop], side="right")  # spans that start before
        stays = (before == 0) | (table.start[first:stop] >= ends[before - 1])
        rows, before = first + np.flatnonzero(stays), before[stays]
        nearer = np.concatenate(([0], np.cumsum(ends - starts)))[before]
        lines = [text.count("\n", span.start, span.end) for span in change.spans]
        fewer = np.concatenate(([0], np.cumsum(lines)))[before]
        return rows, table.index[rows] - fewer, table.start[rows] - nearer, table.end[rows] - nearer


def sheet_of(texts: Sequence[str], matcher: Matcher) -> Sheet:
    """A sheet of texts that no one has seen."""
    table = LineTable([text if judgeable(text) else "" for text in texts])
    said = matcher.match_rows(table)
    matches = _matches(table, said)
    lines = [Lines(text, known) for text, known in zip(texts, _known(table), strict=True)]
    for doc, text in enumerate(texts):
        if not judgeable(text):
            lines[doc] = Lines(text)
            matches[doc] = matcher.match(lines[doc])
    return Sheet(table, said, lines, matches)


def _known(table: LineTable) -> list[Known]:
    index, words, prose = table.index.tolist(), table.words.tolist(), table.prose.tolist()
    bounds = table.docs.tolist()
    return [
        Known(index[first:stop], words[first:stop], prose[first:stop]) for first, stop in pairwise(bounds)
    ]


def _matches(table: LineTable, said: dict[int, Said]) -> list[Matches]:
    matches = [Matches({}, {}) for _ in range(len(table.docs) - 1)]
    rows = np.fromiter(said, np.int64, len(said))
    for row, doc, index in zip(
        rows.tolist(), table.doc[rows].tolist(), table.index[rows].tolist(), strict=True
    ):
        matches[doc].add(index, said[row])
    return matches


def _said_of(rows: Ints, said: dict[int, Said]) -> dict[int, Said]:
    """What is said of some rows (ascending), which are numbered anew."""
    told = np.fromiter(said, np.int64, len(said))
    at = np.searchsorted(rows, told)
    stays = (at < len(rows)) & (rows[np.minimum(at, len(rows) - 1)] == told) if len(rows) else at < 0
    return {new: said[old] for old, new in zip(told[stays].tolist(), at[stays].tolist(), strict=True)}
