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

from cleaner.characters import END_OF_HAN, TOP, Codes
from cleaner.phrases import BRACKETS, CLOSERS, ENDS, OPENERS
from cleaner.rules.gates import ALIKE, PREFIX_CHARS, SUFFIX_CHARS, fold, fold_head
from cleaner.rules.model import DECORATION
from cleaner.rules.spelled import NUMBER
from cleaner.table import Bools, Ints, LineTable, once, ranges

HEAD = 2 * PREFIX_CHARS
"""Code points of a line's start in which a prefix shows, blank runs folded."""

_IN_PIECES = ((1, 0x3100), (0xFB00, 0x10000))  # code points of which some fold to several
_WHOLE = ((0xA640, 0xABC0), (0x10400, 0x1EA00))  # those with case of which none does
_OPENERS_EACH = 4  # characters before a sentence that are passed over one by one
_JOINING = 0x307  # a mark that `fold` drops after an i
FIRST = regex.compile(r"[^\W_]")  # by the module that judges: it knows more letters than `re`
_WORD = regex.compile(r"[^\W_]+")
_DIGITS = regex.compile(r"\d+")
_BLANK_RUN = re.compile(r"[^\S\n ]+ *|  +")  # but for a single blank


class FoldTables(NamedTuple):
    """By code point below `TOP`, the last entries for Han beyond it and for all others: ``folded``, what it
    folds to; ``odd``, where that is several characters; ``letter`` and ``digit``, what words are made of;
    ``head``, what it folds to where a phrase begins or ends; ``opens`` and ``ends``, what stands before a
    sentence and what may end the one before it, as `cleaner.phrases` says."""

    folded: Codes
    odd: Bools
    letter: Bools
    digit: Bools
    head: Codes
    opens: Bools
    ends: Bools


@cache
def fold_tables() -> FoldTables:
    """The tables, made once a process (some milliseconds)."""
    folded = np.arange(TOP + 2, dtype=np.uint32)
    odd, letter, digit, opens, ends = (np.zeros(TOP + 2, np.bool_) for _ in range(5))
    for low, high in _WHOLE:
        text = fold("".join(map(chr, range(low, high))))
        folded[low:high] = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    for low, high in _IN_PIECES:
        for code, piece in enumerate(fold("\0".join(map(chr, range(low, high)))).split("\0"), low):
            odd[code], folded[code] = len(piece) != 1, ord(piece[0])
    text = "".join(map(chr, range(TOP)))
    for marks, runs in ((letter, _WORD), (digit, _DIGITS)):
        for run in runs.finditer(text):
            marks[run.start() : run.end()] = True
    blanks = [code for code in range(0x3001) if chr(code).isspace()]
    folded[blanks], folded[[10, 13]] = 32, 10
    odd[_JOINING] = letter[TOP] = True
    head = folded.copy()
    head[list(ALIKE)] = [ord(char) for char in ALIKE.values()]
    opens[[*map(ord, OPENERS)]] = True
    ends[[10, 13, *map(ord, (*ENDS, *CLOSERS, *BRACKETS))]] = True
    return FoldTables(folded, odd, letter, digit, head, opens, ends)


class Folded:
    """The rows of a table as folded text. ``odd`` are those (ascending) that a character for a character
    does not show as `fold` would."""

    def __init__(self, table: LineTable):
        tables = fold_tables()
        points = np.minimum(table.codes, TOP)
        self._beyond = np.flatnonzero(points == TOP)
        points[self._beyond[table.codes[self._beyond] >= END_OF_HAN]] = TOP + 1
        self._points = points
        self._codes: Codes = tables.folded[points]
        self._codes[self._beyond] = table.codes[self._beyond]
        self._table = table
        blank = self._codes == 32
        runs = np.flatnonzero(blank[1:] & blank[:-1])
        self._odd_places = np.sort(np.concatenate((np.flatnonzero(tables.odd[points]), runs)))
        self.odd: Ints = self._rows_at(self._odd_places)

    @cached_property
    def cores(self) -> tuple[Ints, Ints]:
        """Places of the first and the last letter or digit of each row; -1 where it has more than
        `DECORATION` other characters before the first, or behind the last."""
        table = self._table
        return self._stepped(table.first, 1), self._stepped(table.last - 1, -1)

    def _stepped(self, places: Ints, step: int) -> Ints:
        """The first letter or digit from a place of each row on, one way or the other."""
        letter, table = fold_tables().letter, self._table
        at = places.copy()
        active = np.arange(len(at))
        for _ in range(DECORATION + 1):
            active = active[~letter[self._points[at[active]]]]
            at[active] += step
            out = (at[active] < table.first[active]) | (at[active] >= table.last[active])
            at[active[out]] = -1
            active = active[~out]
            if not len(active):
                break
        at[active] = -1
        return at

    @cached_property
    def line_starts(self) -> tuple[Ints, Ints]:
        """(row, place) of the first letter or digit of each row, where a phrase may begin with it."""
        rows = np.flatnonzero(self.cores[0] >= 0)
        return rows, self.cores[0][rows]

    @cached_property
    def sentence_starts(self) -> tuple[Ints, Ints]:
        """(row, place) of all that `cleaner.phrases.sentence_starts` finds, and of some more."""
        tables, points = fold_tables(), self._points
        at = np.concatenate(([0], np.flatnonzero(tables.ends[points]) + 1))
        at = at[at < len(points)]
        opens = tables.opens[points]
        active = np.flatnonzero(opens[at])
        for _ in range(_OPENERS_EACH):
            at[active] += 1
            active = active[opens[at[active]]]  # the last character of a table is a line's end
        if len(active):
            others = np.flatnonzero(~opens)
            at[active] = others[np.searchsorted(others, at[active])]
        return self._of_rows(once(at))

    def heads(self, rows: Ints, places: Ints, size: int = PREFIX_CHARS) -> Codes:
        """The folded characters from some places of rows on, 0 after the row's end; shape (places, size)."""
        span = places[:, None] + np.arange(size)
        return self._as_heads(span, span < self._table.last[rows][:, None])

    def tails(self, rows: Ints) -> Codes:
        """The last folded characters of the cores of rows, the last of them first, 0 before the first; shape
        (rows, `SUFFIX_CHARS`)."""
        first, last = self.cores
        span = last[rows][:, None] - np.arange(SUFFIX_CHARS)
        return self._as_heads(span, span >= first[rows][:, None])

    def _as_heads(self, places: Ints, inside: Bools) -> Codes:
        places = np.where(inside, places, 0)
        points = self._points[places]
        heads = fold_tables().head[points]
        if len(self._beyond):
            heads = np.where(points < TOP, heads, self._table.codes[places])
        heads[~inside] = 0
        return heads

    def clear(self, first: Ints, stop: Ints) -> Bools:
        """Whether what stands between places folds a character for a character."""
        odd = self._odd_places
        clear: Bools = np.searchsorted(odd, first) == np.searchsorted(odd, stop)
        return clear

    def words(self, rows: Ints) -> tuple[Ints, Codes, Bools]:
        """(the index of the row, the character, whether a word begins with it) of all letters and digits of
        some rows, folded, a run of digits as the first of them."""
        tables, table = fold_tables(), self._table
        at = ranges(table.first[rows], table.size[rows])
        index = np.repeat(np.arange(len(rows)), table.size[rows])
        codes = self._codes[at]
        points = np.where(self._points[at] < TOP, codes, self._points[at])
        inside, digit = tables.letter[points], tables.digit[points]
        follows = np.zeros(len(at), np.bool_)
        follows[1:] = (index[1:] == index[:-1]) & inside[:-1]
        chosen = inside.copy()
        chosen[1:] &= ~(digit[1:] & digit[:-1] & follows[1:])
        codes = np.where(digit, np.uint32(ord(NUMBER)), codes)
        return index[chosen], codes[chosen], ~follows[chosen]

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

    def head(self, row: int, place: int) -> str:
        """The folded first letters of what begins at a place of a row."""
        return head(self._table.text(row), place - int(self._table.first[row]))

    @cached_property
    def _odd(self) -> frozenset[int]:
        return frozenset(self.odd.tolist())

    def _of_rows(self, places: Ints) -> tuple[Ints, Ints]:
        """(row, place) of those places (ascending) that rows hold."""
        rows = np.searchsorted(self._table.first, places, side="right") - 1
        inside = (rows >= 0) & (places < self._table.last[rows])
        return rows[inside], places[inside]

    def _rows_at(self, places: Ints) -> Ints:
        """The rows (ascending) that hold some places of the table's codes."""
        return once(self._of_rows(places)[0])


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
