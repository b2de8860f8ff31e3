"""Which words of a line occur in the article's paragraphs, for all lines of a batch at once.

Each document has a small table of its own, with room for its words many times over, in which its
words mark their slots. Two words of one document may fall on one slot (one in `ROOM`); never do
words of two documents, so that the outcome does not depend on what shares a batch.
"""

from __future__ import annotations

import numpy as np

from cleaner.evidence.rows import share
from cleaner.table import Bools, Ints, LineTable, Terms, once

ROOM = 16
"""Slots for each word of a document, at least."""


class Vocabulary:
    """The words (`Terms`) of the rows of a table, each with its slot."""

    def __init__(self, terms: Terms, doc: Ints, docs: int):
        self._terms, self._rows = terms, len(doc)
        counts = np.bincount(doc[terms.row], minlength=docs) if len(terms.row) else np.zeros(docs, np.int64)
        self._bits = np.frexp(np.maximum(counts, 1) * ROOM - 1)[1].astype(np.uint64)  # exact: bit lengths
        room = np.left_shift(np.uint64(1), self._bits).astype(np.int64)
        self._offsets = 2 * (np.cumsum(room) - room)
        self._size = 2 * int(room.sum())
        self._doc = doc
        self._slot = self._slots(terms, doc)

    def _slots(self, terms: Terms, doc: Ints) -> Ints:
        """The slots of the words of rows that belong to these documents; long and small words never share
        one."""
        docs = doc[terms.row]
        place = (terms.key >> (np.uint64(64) - self._bits[docs])).astype(np.int64)
        slots: Ints = self._offsets[docs] + 2 * place + terms.long
        return slots

    def count(self, long: bool) -> Ints:
        """Words of each row: the long ones, or the small ones."""
        return np.bincount(self._terms.row[self._terms.long == long], minlength=self._rows)

    def held_by(self, body: Bools) -> Bools:
        """Which words the body's rows hold. A row of the body is not held by itself: its words count where
        they occur once more."""
        inside = body[self._terms.row]
        held, again = self._held_and_again(self._slot[inside])
        return np.where(inside, again[self._slot], held[self._slot])

    def share(self, marked: Bools, long: bool) -> Ints:
        """Share of each row's long (or small) words that are marked, in thousandths; -1 for a row without
        such words."""
        part = np.bincount(self._terms.row[marked & (self._terms.long == long)], minlength=self._rows)
        return share(part, self.count(long))

    def _held_and_again(self, slots: Ints) -> tuple[Bools, Bools]:
        """(slots in which a word falls, slots in which more than one does)."""
        held, again = np.zeros(self._size, np.bool_), np.zeros(self._size, np.bool_)
        held[slots] = True
        slots = np.sort(slots)
        again[slots[1:][slots[1:] == slots[:-1]]] = True
        return held, again

    def shared_with_titles(self, titles: LineTable) -> tuple[Ints, Ints]:
        """(share of each row's words that its document's title holds, share of the title's words that
        the row holds), in thousandths; -1 where there is no title."""
        if not len(titles):
            return np.full(self._rows, -1), np.full(self._rows, -1)
        terms = titles.terms
        marks = np.zeros(self._size, np.bool_)
        marked = once(self._slots(terms, titles.doc))
        marks[marked] = True
        hit = marks[self._slot]
        row, slot = self._terms.row[hit], self._slot[hit]
        titled = np.searchsorted(self._offsets, marked, side="right") - 1  # the document of each
        sizes = np.bincount(titled, minlength=len(self._offsets))[self._doc]
        in_title = share(
            np.bincount(row, minlength=self._rows), np.bincount(self._terms.row, minlength=self._rows)
        )
        # a word counts once, however often the row holds it
        order = np.lexsort((slot, row))
        row, slot = row[order], slot[order]
        fresh = np.ones(len(row), np.bool_)
        fresh[1:] = (row[1:] != row[:-1]) | (slot[1:] != slot[:-1])
        held = np.bincount(row[fresh], minlength=self._rows)
        return np.where(sizes > 0, in_title, -1), share(held, sizes)
