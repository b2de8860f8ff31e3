"""Arithmetic over rows that belong to documents: neighbours, windows, distances. No loop over rows.

Whole numbers throughout, so that sums over a batch are exact and a row's numbers do not depend on
what stands before its document. Shares are in thousandths.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from cleaner.table import Bools, Ints, Keys

FULL = 1000
"""A whole share."""


def share(part: Ints, whole: Ints, missing: int = -1) -> Ints:
    """``part`` of ``whole`` in thousandths; ``missing`` where the whole is nothing."""
    return np.where(whole > 0, FULL * part // np.maximum(whole, 1), missing)


class Rows:
    """Rows of several documents, in order: ``doc`` is ascending, ``docs`` the first row of each
    document and, last, the number of rows."""

    def __init__(self, doc: Ints, docs: Ints):
        self.doc, self.docs = doc, docs
        self.count = len(doc)
        self.first: Ints = docs[:-1][doc]
        self.stop: Ints = docs[1:][doc]
        self.at: Ints = np.arange(self.count)

    def shifted(self, values: Ints, step: int, missing: int = 0) -> Ints:
        """The value ``step`` rows further down in the same document."""
        moved = np.full(self.count, missing, np.int64)
        size = self.count - abs(step)
        if size > 0:
            here, there = (
                (slice(0, size), slice(step, None)) if step > 0 else (slice(-step, None), slice(0, size))
            )
            moved[here] = np.where(self.doc[here] == self.doc[there], values[there], missing)
        return moved

    def around(self, values: Ints, reach: int) -> tuple[Ints, Ints]:
        """(sum, number of rows) over the other rows up to ``reach`` away in the same document."""
        total = sums(values)
        low, high = np.maximum(self.at - reach, self.first), np.minimum(self.at + reach + 1, self.stop)
        return total[high] - total[low] - values, high - low - 1

    def before(self, values: Ints) -> Ints:
        """Sum over the rows above in the same document."""
        total = sums(values)
        return total[self.at] - total[self.first]

    def after(self, values: Ints) -> Ints:
        """Sum over the rows below in the same document."""
        total = sums(values)
        return total[self.stop] - total[self.at + 1]

    def whole(self, values: Ints) -> Ints:
        """Sum over the row's document."""
        total = sums(values)
        return total[self.stop] - total[self.first]

    def last(self, marks: Bools) -> Ints:
        """The nearest marked row above; -1 where there is none in the document."""
        latest = np.maximum.accumulate(np.where(marks, self.at, -1)) if self.count else self.at
        above = np.concatenate(([-1], latest[:-1])) if self.count else latest
        return np.where(above >= self.first, above, -1)

    def next(self, marks: Bools) -> Ints:
        """The nearest marked row below; -1 where there is none in the document."""
        if not self.count:
            return self.at
        nearest = np.minimum.accumulate(np.where(marks, self.at, self.count)[::-1])[::-1]
        below = np.concatenate((nearest[1:], [self.count]))
        return np.where(below < self.stop, below, -1)

    def equals(self, keys: Keys, chosen: Bools) -> Ints:
        """Of each chosen row the chosen rows of its document that have its key, itself among them; 0 of
        the others."""
        number = np.zeros(self.count, np.int64)
        at = np.flatnonzero(chosen)
        if not len(at):
            return number
        order = at[np.lexsort((keys[at], self.doc[at]))]
        fresh = np.ones(len(order), np.bool_)
        fresh[1:] = (keys[order][1:] != keys[order][:-1]) | (self.doc[order][1:] != self.doc[order][:-1])
        group = np.cumsum(fresh) - 1
        number[order] = np.bincount(group)[group]
        return number

    @cached_property
    def size(self) -> Ints:
        """Rows of the row's document."""
        return self.stop - self.first


def sums(values: Ints) -> Ints:
    """Running sums, with 0 before the first."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)))


def best_window(rows: Rows, weight: Ints) -> tuple[Ints, Ints]:
    """(first row, row after the last) of the run of rows with the largest sum, for each row's
    document; the earliest of equal ones. Empty where no row weighs more than nothing."""
    if not rows.count:
        return rows.at, rows.at
    total = sums(weight)
    before, until = total[:-1], total[1:]
    step = int(np.abs(weight).sum()) + 1  # parts the documents: each begins below all that came before
    low = np.minimum.accumulate(before - rows.doc * step)
    fresh = np.concatenate(([True], low[1:] < low[:-1]))
    start = np.maximum.accumulate(np.where(fresh, rows.at, 0))
    gain = until - before[start]
    best = np.maximum.reduceat(gain, rows.docs[:-1][np.diff(rows.docs) > 0])
    which = np.cumsum(np.diff(rows.doc, prepend=-1) > 0) - 1
    hit = np.flatnonzero(gain == best[which])
    hit = hit[np.diff(rows.doc[hit], prepend=-1) > 0]
    first, stop = start[hit], hit + 1
    empty = best <= 0
    first, stop = np.where(empty, rows.first[hit], first), np.where(empty, rows.first[hit], stop)
    return first[which], stop[which]
