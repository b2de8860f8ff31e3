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
from cleaner.table import Ints, LineTable, Places, ranges


class Change(NamedTuple):
    """A text that lost whole lines: its number, its lines now, and the spans that went (sorted, disjoint,
    of the text as it stood)."""

    text: int
    lines: Lines
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
        """A sheet of the texts that lost whole lines, in order; ``weighed`` where a judge will see it."""
        table, parts, sizes = self.table, [], []
        for doc, _, spans in changes:
            first, stop = int(table.docs[doc]), int(table.docs[doc + 1])
            starts = table.start[first:stop]
            at = np.searchsorted(np.array([span.start for span in spans]), starts, side="right") - 1
            gone = (at >= 0) & (starts < np.array([span.end for span in spans])[at])
            parts.append(first + np.flatnonzero(~gone))
            sizes.append(len(parts[-1]))
        rows = np.concatenate(parts)
        docs = np.concatenate(([0], np.cumsum(sizes)))
        lines = [left for _, left, _ in changes]
        said = _said_of(rows, self.said)
        part = table.select(rows, docs, _places(lines), weighed)
        return Sheet(part, said, lines, _matches(part, said))

    def repeated(self, times: Sequence[int]) -> LineTable:
        """The table with each text so many times."""
        docs = np.repeat(np.arange(len(times)), times)
        sizes = np.diff(self.table.docs)[docs]
        rows = ranges(self.table.docs[:-1][docs], sizes)
        return self.table.select(rows, np.concatenate(([0], np.cumsum(sizes))))


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


def _places(lines: Sequence[Lines]) -> Places:
    filled = [line for each in lines for line in each.filled]
    return Places(
        np.fromiter((line.index for line in filled), np.int64, len(filled)),
        np.fromiter((line.start for line in filled), np.int64, len(filled)),
        np.fromiter((line.end for line in filled), np.int64, len(filled)),
    )
