"""A batch's text folded as the gate sees it, a character for a character, without a loop over lines.

`cleaner.rules.gates.fold` is what folds; the tables here hold what it makes of each code point. Where that
is not one character, or where blanks run together, a row is *odd*, and is folded by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
import regex

from cleaner.characters import TOP, Codes
from cleaner.rules.gates import ALIKE, PREFIX_CHARS, fold, fold_head
from cleaner.table import Bools, Ints, LineTable, once

HEAD = 2 * PREFIX_CHARS
"""Code points of a line's start in which a prefix shows, blank runs folded."""

_IN_PIECES = ((1, 0x3100), (0xFB00, 0x10000))  # code points of which some fold to several
_WHOLE = ((0xA640, 0xABC0), (0x10400, 0x1EA00))  # those with case of which none does
_JOINING = 0x307  # a mark that `fold` drops after an i
FIRST = regex.compile(r"[^\W_]")  # by the module that judges: it knows more letters than `re`
_WORD = regex.compile(r"[^\W_]+")
_BLANK_RUN = re.compile(r"[^\S\n ]+ *|  +")  # but for a single blank


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
    """The rows of a table as folded text.

    ``odd`` are the rows (ascending) that a character for a character does not show as `fold` would;
    ``hidden`` those, and all whose first letters do not stand at the line's start: bullets before them,
    typography in them.
    """

    def __init__(self, table: LineTable):
        tables = fold_tables()
        codes = np.minimum(table.codes, TOP)
        self._codes: Codes = tables.folded[codes]
        beyond = np.flatnonzero(codes == TOP)
        self._codes[beyond] = table.codes[beyond]
        self._table = table
        blank = self._codes == 32
        runs = np.flatnonzero(blank[1:] & blank[:-1])
        self.odd: Ints = self._rows_at(np.concatenate((np.flatnonzero(tables.odd[codes]), runs)))
        alike = self._near_start(np.flatnonzero(tables.alike[codes]))
        self._shown: Bools = tables.letter[codes[table.first]] & ~alike
        self._shown[self.odd] = False
        self.hidden: Ints = np.flatnonzero(~self._shown)

    @cached_property
    def heads(self) -> tuple[Ints, Codes]:
        """(row, its first folded characters from the first letter or digit on, 0 after its end) of all
        rows that have one; shape (rows,), (rows, `PREFIX_CHARS`)."""
        table = self._table
        plain = np.flatnonzero(self._shown)
        places = table.first[plain, None] + np.arange(PREFIX_CHARS)
        inside = places < table.last[plain, None]
        shown = np.where(inside, self._codes[np.where(inside, places, 0)], np.uint32(0))
        found = {}
        for row in self.hidden.tolist():
            line = table.text(row)
            first = FIRST.search(line)
            if first is not None:
                found[row] = head(line, first.start())[:PREFIX_CHARS].ljust(PREFIX_CHARS, "\0")
        text = "".join(found.values()).encode("utf-32-le", "surrogatepass")
        hidden = np.frombuffer(text, np.uint32).reshape(-1, PREFIX_CHARS)
        rows = np.fromiter(found, np.int64, len(found))
        return np.concatenate((plain, rows)), np.concatenate((shown, hidden))

    @cached_property
    def lines(self) -> tuple[bytes, Ints]:
        """(all lines, each behind a line break, in UTF-8, and odd ones once more as they fold; the row of
        what stands before the first break, behind the first, behind the second ..., -1 for none)."""
        breaks = np.flatnonzero(self._codes == 10)
        rows = np.full(len(breaks) + 2, -1, np.int64)
        rows[np.searchsorted(breaks, self._table.first) + 1] = np.arange(len(self._table))
        text = "\n" + self._codes.tobytes().decode("utf-32-le", "surrogatepass")
        apart = "\n".join([self.text(row) for row in self.odd.tolist()])
        rows = np.concatenate((rows[:-1], self.odd)) if len(self.odd) else rows
        return (text + apart).encode("utf-8", "surrogatepass"), rows

    def text(self, row: int) -> str:
        """One row, as `fold` folds it, each blank run as one blank."""
        if row in self._odd:
            return fold(_BLANK_RUN.sub(" ", self._table.text(row)))
        data = self._codes[self._table.first[row] : self._table.last[row]]
        return data.tobytes().decode("utf-32-le", "surrogatepass")

    @cached_property
    def _odd(self) -> frozenset[int]:
        return frozenset(self.odd.tolist())

    def _rows_at(self, places: Ints) -> Ints:
        """The rows (ascending) that hold some places of the table's codes."""
        rows = np.searchsorted(self._table.first, places, side="right") - 1
        inside = (rows >= 0) & (places < self._table.last[rows])
        return once(rows[inside])

    def _near_start(self, places: Ints) -> Bools:
        """Rows with one of the places (ascending) among their first characters."""
        bounds = np.minimum(self._table.first + HEAD, self._table.last)
        near: Bools = np.searchsorted(places, bounds) > np.searchsorted(places, self._table.first)
        return near


class FoldedApart:
    """The rows of a small table as folded text, each by itself: no tables are made for it. ``heads``
    are the folded first letters of each row, empty where it has none."""

    def __init__(self, table: LineTable):
        lines = [table.text(row) for row in range(len(table))]
        self._texts = [fold(_BLANK_RUN.sub(" ", line)) for line in lines]
        starts = map(FIRST.search, lines)
        self.heads = [head(line, at.start()) if at else "" for line, at in zip(lines, starts, strict=True)]
        self._whole = "\n".join(self._texts)

    def text(self, row: int) -> str:
        """One row, as `fold` folds it, each blank run as one blank."""
        return self._texts[row]

    def holds_any(self, literals: Iterable[str]) -> bool:
        """Whether one of the folded literals stands in any row."""
        return any(map(self._whole.__contains__, literals))


def head(text: str, start: int) -> str:
    """The folded first letters of what begins at ``start``, as prefixes are folded."""
    cut = text[start : start + HEAD]
    if cut.isascii() and cut.isprintable() and "  " not in cut and "`" not in cut:
        return cut.lower()  # all that `fold_head` would do
    return fold_head(text[start:] if _BLANK_RUN.search(cut) else cut)[:HEAD]
