"""A batch's text folded as the gate sees it, a character for a character, without a loop over lines.

`cleaner.rules.gates.fold` is what folds; the tables here hold what it makes of each code point. Where that
is not one character, or where blanks run together, a row is *odd*, and is folded by itself.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import regex

from cleaner.characters import TOP, Codes
from cleaner.rules.gates import ALIKE, PREFIX_CHARS, fold
from cleaner.table import Bools, Ints, LineTable

HEAD = 2 * PREFIX_CHARS
"""Code points of a line's start in which a prefix shows, blank runs folded."""

_IN_PIECES = ((1, 0x3100), (0xFB00, 0x10000))  # code points of which some fold to several
_WHOLE = ((0xA640, 0xABC0), (0x10400, 0x1EA00))  # those with case of which none does
_JOINING = 0x307  # a mark that `fold` drops after an i
_WORD = regex.compile(r"[^\W_]+")  # by the module that judges: it knows more letters than `re`


class FoldTables(NamedTuple):
    """By code point below `TOP`, the last entry for all others: ``folded``, what it folds to; ``odd``,
    where that is several characters; ``letter``, what is no decoration before a phrase; ``alike``, what
    is folded in another way at a line's start."""

    folded: Codes
    odd: Bools
    letter: Bools
    alike: Bools


@cache
def fold_tables() -> FoldTables:
    """The tables, made once a process (some milliseconds)."""
    folded = np.arange(TOP + 1, dtype=np.uint32)
    odd, letter, alike = (np.zeros(TOP + 1, np.bool_) for _ in range(3))
    for low, high in _WHOLE:
        text = fold("".join(map(chr, range(low, high))))
        folded[low:high] = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    for low, high in _IN_PIECES:
        for code, piece in enumerate(fold("\0".join(map(chr, range(low, high)))).split("\0"), low):
            odd[code], folded[code] = len(piece) != 1, ord(piece[0])
    for run in _WORD.finditer("".join(map(chr, range(TOP)))):
        letter[run.start() : run.end()] = True
    blanks = [code for code in range(0x3001) if chr(code).isspace()]
    folded[blanks], folded[[10, 13]] = 32, 10
    odd[_JOINING] = letter[TOP] = True
    alike[[code for code in ALIKE if chr(code) != ALIKE[code]]] = True
    return FoldTables(folded, odd, letter, alike)


class Folded:
    """The rows of a table as folded text: ``text`` holds every line of the table, each behind a line
    break, at one place more than in the table.

    ``odd`` are the rows (ascending) that ``text`` does not show as `fold` would; ``hidden`` those whose
    first letters do not stand at the line's start in it, bullets before them or typography in them.
    """

    def __init__(self, table: LineTable):
        tables = fold_tables()
        codes = np.minimum(table.codes, TOP)
        folded = tables.folded[codes]
        beyond = np.flatnonzero(codes == TOP)
        folded[beyond] = table.codes[beyond]
        self._table = table
        self.text = "\n" + folded.tobytes().decode("utf-32-le", "surrogatepass")
        blank = folded == 32
        runs = np.flatnonzero(blank[1:] & blank[:-1])
        self.odd: Ints = self._rows_at(np.concatenate((np.flatnonzero(tables.odd[codes]), runs)))
        shown = tables.letter[codes[table.first]] & ~self._near_start(np.flatnonzero(tables.alike[codes]))
        shown[self.odd] = False
        self.hidden: Ints = np.flatnonzero(~shown)

    def rows_of(self, places: Ints) -> Ints:
        """The row that holds each place of ``text``; -1 for blank lines and line ends."""
        return self._row_of(places - 1)

    def _row_of(self, places: Ints) -> Ints:
        rows = np.searchsorted(self._table.first, places, side="right") - 1
        inside = (rows >= 0) & (places < self._table.last[rows])
        return np.where(inside, rows, -1)

    def _rows_at(self, places: Ints) -> Ints:
        rows = np.unique(self._row_of(places))
        return rows[rows >= 0]

    def _near_start(self, places: Ints) -> Bools:
        """Rows with one of the places (ascending) among their first characters."""
        bounds = np.minimum(self._table.first + HEAD, self._table.last)
        near: Bools = np.searchsorted(places, bounds) > np.searchsorted(places, self._table.first)
        return near
