"""Which words of a line occur in the article's paragraphs, for all lines of a batch at once.

Each document has a small table of its own, with room for its words many times over, in which its
words mark their slots. Two words of one document may fall on one slot (one in `ROOM`); never do
words of two documents, so that the outcome does not depend on what shares a batch.
"""

from __future__ import annotations

import numpy as np

from cleaner.evidence.rows import share
from cleaner.table import Bools, Ints, Keys, LineTable, Terms

ROOM = 32
"""Slots for each word of a document, at least."""


class Vocabulary:
    """The words (`Terms`) of the rows of a table, each with its slot."""

    def __init__(self, terms: Terms, doc: Ints, docs: int):
        self._terms, self._rows = terms, len(doc)
        counts = np.bincount(doc[terms.row], minlength=docs) if len(terms.row) else np.zeros(docs, np.int64)
        self._bits = np.ceil(np.log2(np.maximum(counts, 1) * ROOM)).astype(np.uint64)
        room = np.left_shift(np.uint64(1), self._bits).astype(np.int64)
        self._offsets = np.cumsum(room) - room
        self._size = int(room.sum())
        self._doc = doc
        self._slot = self._slots(terms.key, doc[terms.row])

    def _slots(self, keys: Keys, docs: Ints) -> Ints:
        slots: Ints = self._offsets[docs] + (keys >> (np.uint64(64) - self._bits[docs])).astype(np.int64)
        return slots

    def count(self, long: bool) -> Ints:
        """Words of each row: the long ones, or the small ones."""
        return np.bincount(self._terms.row[self._terms.long == long], minlength=self._rows)

    def shared_with(self, body: Bools, long: bool) -> Ints:
        """Share of each row's long (or small) words that the body's rows hold, the row itself apart;
        in thousandths, -1 for a row without such words."""
        chosen = self._terms.long == long
        row, slot = self._terms.row[chosen], self._slot[chosen]
        inside = body[row]
        held = np.bincount(slot[inside], minlength=self._size)
        # a row of the body is not held by itself: count its own words off
        own_row, own_slot = row[inside], slot[inside]
        order = np.lexsort((own_slot, own_row))
        own_row, own_slot = own_row[order], own_slot[order]
        fresh = np.ones(len(order), np.bool_)
        fresh[1:] = (own_row[1:] != own_row[:-1]) | (own_slot[1:] != own_slot[:-1])
        group = np.cumsum(fresh) - 1
        own = np.zeros(len(slot), np.int64)
        places = np.flatnonzero(inside)[order]
        if len(places):
            own[places] = np.bincount(group)[group]
        common = np.bincount(row[held[slot] > own], minlength=self._rows)
        return share(common, np.bincount(row, minlength=self._rows))

    def shared_with_titles(self, titles: LineTable) -> tuple[Ints, Ints]:
        """(share of each row's words that its document's title holds, share of the title's words that
        the row holds), in thousandths; -1 where there is no title."""
        terms = titles.terms
        title_doc = titles.doc[terms.row]
        marks = np.zeros(self._size, np.bool_)
        title_slot = self._slots(terms.key, title_doc)
        marks[title_slot] = True
        sizes = np.bincount(title_doc, minlength=len(self._offsets))[self._doc]
        row = self._terms.row
        hit = marks[self._slot]
        common = np.bincount(row[hit], minlength=self._rows)
        in_title = np.where(sizes > 0, share(common, np.bincount(row, minlength=self._rows)), -1)
        # words a row holds twice count once
        pairs = np.unique(row[hit] * np.int64(self._size or 1) + self._slot[hit])
        once = np.bincount(pairs // (self._size or 1), minlength=self._rows)
        return in_title, np.minimum(share(once, sizes), 1000)
