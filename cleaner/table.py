"""The lines of many texts as columns of numbers: what evidence is computed from, without a loop.

`Lines` looks at one text, a line at a time; a table holds the filled lines of a whole batch, one row
each, and says the same of them (words, prose), a test holds it to that. What it says of a row depends on
the row's own text alone, so it is the same in any batch. Blank lines have no rows: nothing that is
computed from a table depends on them.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaner.characters import KINDS, Codes, Kind, among, kinds_of, lowered
from cleaner.lines import (
    _CLOSERS,
    _SENTENCE_ENDS,
    CHARS_PER_WORD,
    INVISIBLE,
    PROSE_WORDLESS,
    PROSE_WORDS,
    ending,
)

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

TERM_CHARS = 7
"""Letters of a word that are compared: what follows is mostly inflection."""

FORMED = 25  # words of lines that are compared by their form: the entries of lists are no longer
LONG_TERM = 4  # letters from which a word carries meaning in most languages

_LAST_ACCENT = 0x36F  # of the marks that Latin, Greek and Cyrillic letters carry
_KEY_SPAN = 1 << 14  # letters of a line after which the multipliers of its key come again
_STEPS_BACK = 200  # closing marks at a line's end that are passed over together


def ranges(first: Ints, count: Ints) -> Ints:
    """The numbers of several ranges, one after the other.

    >>> ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    before = np.cumsum(count) - count
    return np.repeat(first - before, count) + np.arange(int(count.sum()))


def once(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Each number once, sorted. (`numpy.unique` hashes, which takes longer for so few, and loads
    `numpy.ma`.)

    >>> once(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    numbers = np.sort(numbers)
    fresh = np.ones(len(numbers), np.bool_)
    fresh[1:] = numbers[1:] != numbers[:-1]
    return numbers[fresh]


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of some rows as keys: runs of letters and digits by their first letters in lower case,
    pairs of neighbours in scripts without spaces. ``row`` is ascending; ``long`` tells words that
    carry meaning from the small ones."""

    row: Ints
    key: Keys
    long: Bools

    def of(self, rows: Ints, count: int) -> Terms:
        """The words of some of ``count`` rows, which are numbered anew."""
        starts = np.searchsorted(self.row, np.arange(count + 1))
        sizes = np.diff(starts)[rows]
        chosen = ranges(starts[rows], sizes)
        return Terms(np.repeat(np.arange(len(rows)), sizes), self.key[chosen], self.long[chosen])


@dataclass(frozen=True, slots=True)
class Places:
    """Where rows stand in their texts: number of the line, start and end in code points."""

    index: Ints
    start: Ints
    end: Ints


class LineTable:
    """The filled lines of ``texts``, in order.

    Columns, one entry a row: ``doc`` the text's index, ``index`` the line's number in it (blank lines
    counted), ``start`` and ``end`` its place in code points of the text, ``end`` after the line's end.
    ``docs`` holds the first row of each text and, last, the number of rows.
    """

    def __init__(self, texts: Sequence[str]):
        joined = "".join([f"{text}\n" for text in texts])
        self.codes: Codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        self._kinds, self._text = kinds_of(self.codes), joined
        sizes = np.fromiter(map(len, texts), np.int64, len(texts))
        offsets = np.concatenate(([0], np.cumsum(sizes + 1)))
        self._split(offsets, sizes)

    def _split(self, offsets: Ints, sizes: Ints) -> None:
        codes = self.codes
        ends = np.flatnonzero(self._kinds == Kind.END)
        returns = codes[ends] == 13
        # a CR before a LF ends no line by itself
        before_feed = np.zeros(len(ends), np.bool_)
        before_feed[:-1] = returns[:-1] & (ends[1:] == ends[:-1] + 1) & ~returns[1:]
        stops = ends[~before_feed]
        after_return = np.zeros(len(ends), np.bool_)
        after_return[1:] = before_feed[:-1]
        starts = np.concatenate(([0], stops[:-1] + 1))[: len(stops)]
        text_ends = stops - after_return[~before_feed]
        doc = np.searchsorted(offsets, starts, side="right") - 1
        first_line = np.searchsorted(starts, offsets[:-1])
        line_ends = np.minimum(stops + 1 - offsets[doc], sizes[doc])  # the last line may lack its end
        filled = self._filled(starts, text_ends)
        self._lines: Ints = np.diff(starts, append=len(codes))  # characters of every line, its end included
        self._filled_lines = filled
        self.doc: Ints = doc[filled]
        self.index: Ints = (np.arange(len(starts)) - first_line[doc])[filled]
        self.first: Ints = starts[filled]  # places in the codes
        self.last: Ints = text_ends[filled]
        self.start: Ints = self.first - offsets[self.doc]
        self.end: Ints = line_ends[filled]
        self.docs: Ints = np.searchsorted(self.doc, np.arange(len(sizes) + 1))

    def _filled(self, starts: Ints, ends: Ints) -> Ints:
        """Which lines have something on them, as `Line.blank` sees it."""
        blank = self._kinds == Kind.BLANK
        count = np.concatenate(([0], np.cumsum(blank, dtype=np.int32)))
        filled: Ints = np.flatnonzero(count[ends] - count[starts] < ends - starts)
        return filled

    def select(self, rows: Ints, docs: Ints, places: Places | None = None, weighed: bool = True) -> LineTable:
        """A table of some rows, in order of texts made of them; what can be seen of a row is kept, but
        for tables that are not to be ``weighed``, which hold places, words and prose only.

        ``docs`` holds the first of the ``rows`` of each text and, last, their number; ``places``
        where they stand in these texts, unless that is where they stood.
        """
        part = object.__new__(LineTable)
        part.codes, part._kinds, part._text = self.codes, self._kinds, self._text
        part.docs = docs
        part.doc = np.repeat(np.arange(len(docs) - 1), np.diff(docs))
        part.first, part.last = self.first[rows], self.last[rows]
        places = places or Places(self.index[rows], self.start[rows], self.end[rows])
        part.index, part.start, part.end = places.index, places.start, places.end
        part.words, part.prose = self.words[rows], self.prose[rows]
        if not weighed:
            return part
        for name in _OF_ROWS:
            part.__dict__[name] = getattr(self, name)[rows]
        for name in _PAIRS_OF_ROWS:
            one, other = getattr(self, name)
            part.__dict__[name] = one[rows], other[rows]
        part.__dict__["terms"] = self.terms.of(rows, len(self))
        return part

    def __len__(self) -> int:
        return len(self.doc)

    @cached_property
    def size(self) -> Ints:
        """Code points of each row, its end apart."""
        return self.last - self.first

    @cached_property
    def kinds(self) -> Ints:
        """How many characters of each `Kind` a row has, its end included; shape (rows, kinds)."""
        lines = np.repeat(np.arange(len(self._lines)) * KINDS, self._lines)
        flat = np.bincount(lines + self._kinds, minlength=len(self._lines) * KINDS)
        counts: Ints = flat.reshape(-1, KINDS)[self._filled_lines]
        return counts

    @cached_property
    def _letters(self) -> Bools:
        """Letters and digits."""
        kinds = self._kinds
        letters: Bools = (kinds >= Kind.LOWER) & (kinds <= Kind.DIGIT) & (kinds != Kind.MARK)
        return letters

    @property
    def _vowel_signs(self) -> Bools:
        """Marks that are letters to their readers; accents on Latin, Greek and Cyrillic ones are not."""
        signs: Bools = (self._kinds == Kind.MARK) & (self.codes > _LAST_ACCENT)
        return signs

    @cached_property
    def _tokens(self) -> tuple[Ints, Ints]:
        """(row, place of the first letter or digit) of the blank-separated tokens that hold one;
        characters of scripts without spaces part tokens as blanks do."""
        kinds = self._kinds
        gap = (kinds == Kind.BLANK) | (kinds == Kind.END) | (kinds == Kind.WORDLESS)
        gap &= ~_is_bare(self.codes, kinds)
        letters = self._letters & (kinds != Kind.WORDLESS)
        heads = np.flatnonzero(letters & ~np.concatenate(([False], letters[:-1])))
        tokens = np.concatenate(([0], np.cumsum(gap, dtype=np.int32)))[heads]
        fresh = np.concatenate(([True], tokens[1:] != tokens[:-1])) if len(heads) else np.zeros(0, np.bool_)
        places = heads[fresh]
        return np.searchsorted(self.last, places, side="right"), places

    @cached_property
    def words(self) -> Ints:
        """Number of words of each row, counted as `Line.words` counts them."""
        tokens = np.bincount(self._tokens[0], minlength=len(self))
        wordless = self.kinds[:, Kind.WORDLESS]
        return tokens + np.where(wordless > 0, np.rint(wordless / CHARS_PER_WORD), 0).astype(np.int64)

    @cached_property
    def initials(self) -> tuple[Ints, Ints]:
        """Of each row the words that begin with an upper-case letter, and with a lower-case one."""
        rows, places = self._tokens
        kinds = self._kinds[places]
        upper = np.bincount(rows[kinds == Kind.UPPER], minlength=len(self))
        return upper, np.bincount(rows[kinds == Kind.LOWER], minlength=len(self))

    @cached_property
    def dates(self) -> tuple[Ints, Ints]:
        """(years from 1900 to 2099, times of day) of each row, as figures write them."""
        codes = self.codes
        edges = np.flatnonzero(np.diff(self._kinds == Kind.DIGIT, prepend=False, append=False))
        begin, end = edges[::2], edges[1::2]
        four = begin[end - begin == 4]
        century = codes[four] * 100 + codes[four + 1]
        years = four[(century == ord("1") * 100 + ord("9")) | (century == ord("2") * 100 + ord("0"))]
        two = begin[1:][end[1:] - begin[1:] == 2]
        hours = two[(codes[two - 1] == ord(":")) & among(two - 1, end)]
        return self._rows_with(years), self._rows_with(hours)

    def _rows_with(self, places: Ints) -> Ints:
        """How many of the places (sorted, in filled lines) each row has."""
        return np.diff(np.searchsorted(places, self.first), append=len(places))

    @cached_property
    def final(self) -> Codes:
        """The last character of each row before what `ending` passes over; 0 for none."""
        at = self.last - 1
        active = np.flatnonzero(at >= self.first)
        for _ in range(_STEPS_BACK):
            closing = among(self.codes[at[active]], _CLOSING)
            active = active[closing]
            if not len(active):
                break
            at[active] -= 1
            active = active[at[active] >= self.first[active]]
        for row in active.tolist():  # hundreds of closing marks: one by one
            text = self.text(row).rstrip(_CLOSERS)
            at[row] = self.first[row] + len(text) - 1
        cited = np.flatnonzero((at >= self.first) & (self.codes[at + 1] == ord("]")))
        cited = cited[among(self.codes[at[cited]], _IN_CITATIONS)]
        for row in cited.tolist():
            at[row] = self.first[row] + ending(self.text(row)) - 1
        inside = at >= self.first
        return np.where(inside, self.codes[np.where(inside, at, 0)], 0).astype(np.uint32)

    @cached_property
    def ends_sentence(self) -> Bools:
        """Whether a row ends as sentences do."""
        return among(self.final, _ENDS)

    @cached_property
    def prose(self) -> Bools:
        """Whether a row is prose, as `Line.prose` says."""
        long = (self.words >= PROSE_WORDS) | (self.kinds[:, Kind.WORDLESS] >= PROSE_WORDLESS)
        return (self.size >= PROSE_WORDLESS) & long & self.ends_sentence

    @property
    def numbered(self) -> Ints:
        """The number of up to three digits, with a full stop or a bracket behind it, that each row begins
        with; -1 for none."""
        number, digits = np.zeros(len(self), np.int64), np.zeros(len(self), np.int64)
        going = np.ones(len(self), np.bool_)
        for step in range(4):
            at = np.minimum(self.first + step, self.last)  # of the last row its end: every text has one
            code = self.codes[at].astype(np.int64)
            digit = going & (code >= ord("0")) & (code <= ord("9")) & (step < 3)
            ends = going & ~digit
            number = np.where(ends & ((digits == 0) | ((code != ord(".")) & (code != ord(")")))), -1, number)
            number = np.where(digit, 10 * number + code - ord("0"), number)
            digits += digit
            going = digit
        return number

    @cached_property
    def bullet(self) -> Ints:
        """The bullet, dash or asterisk (its code point) that each row begins with, a blank behind it; 0 for
        none."""
        head, after = self.codes[self.first], self.codes[np.minimum(self.first + 1, len(self.codes) - 1)]
        marked = among(head, _BULLETS) & ((after == ord(" ")) | (after == ord("\t")))
        return np.where(marked, head, 0).astype(np.int64)

    def text(self, row: int) -> str:
        """The text of one row, without its line end."""
        return self._text[self.first[row] : self.last[row]]

    @cached_property
    def head_kind(self) -> Ints:
        """The `Kind` of the first character of each row that is no blank."""
        at = self.first.copy()
        active = np.arange(len(self))
        for _ in range(_STEPS_BACK):
            active = active[(self._kinds[at[active]] == Kind.BLANK) & (at[active] < self.last[active] - 1)]
            if not len(active):
                break
            at[active] += 1
        return self._kinds[at].astype(np.int64)

    @cached_property
    def tail_kind(self) -> Ints:
        """The `Kind` of the last character of each row before closing marks and blanks."""
        return kinds_of(self.final).astype(np.int64)

    # --- keys ----------------------------------------------------------------------------------

    @cached_property
    def keys(self) -> Keys:
        """A 64-bit key of each row's letters, vowel signs and digits, in lower case; 0 where there are none.

        Rows with the same key are the same line but for typography, with all odds (2^-64 a pair)."""
        letters = np.flatnonzero(self._letters | self._vowel_signs)
        return self._keys_of(letters, self._lowered[letters])

    @cached_property
    def loose_keys(self) -> Keys:
        """The same where any number is as good as another: counters and dates of one form are one line; 0 for
        rows of more than `FORMED` words."""
        at = self._formed
        kinds, codes = self._kinds[at], self.codes[at]
        digits = kinds == Kind.DIGIT
        letters = (kinds >= Kind.LOWER) & (kinds <= Kind.DIGIT) & (kinds != Kind.MARK)
        letters |= (kinds == Kind.MARK) & (codes > _LAST_ACCENT)
        chosen = letters & ~(digits & _follows(digits, at))
        return self._keys_of(at[chosen], np.where(digits, _ANY_NUMBER, self._lowered[at])[chosen])

    @cached_property
    def shape_keys(self) -> Keys:
        """A key of each row's marks and of where letters and digits stand between them, whichever these are:
        the entries of a list made by one template share it; 0 for rows of more than `FORMED` words."""
        at = self._formed
        kinds = self._kinds[at]
        run = np.where((kinds >= Kind.LOWER) & (kinds <= Kind.WORDLESS), _ANY_WORD, 0)
        run = np.where(kinds == Kind.DIGIT, _ANY_NUMBER, run)
        same = (run > 0) & (run == np.concatenate(([0], run[:-1]))) & _follows(run > 0, at)
        chosen = (kinds != Kind.BLANK) & ~same
        return self._keys_of(at[chosen], np.where(run > 0, run, self.codes[at])[chosen])

    @cached_property
    def _formed(self) -> Ints:
        """The places of all characters of rows of at most `FORMED` words."""
        short = np.flatnonzero(self.words <= FORMED)
        return ranges(self.first[short], self.size[short])

    @cached_property
    def _lowered(self) -> Codes:
        return lowered(self.codes)

    def _keys_of(self, places: Ints, values: npt.NDArray[Any]) -> Keys:
        """A key of the values at some places (in order, all of them in filled lines), for each row."""
        counts = np.diff(np.searchsorted(places, self.first), append=len(places))
        keys = np.zeros(len(self), np.uint64)
        some = np.flatnonzero(counts)
        if not len(some):
            return keys
        begins = (np.cumsum(counts) - counts)[some]
        place = np.arange(len(places)) - np.repeat(begins, counts[some])
        stirred = values.astype(np.uint64) * _multipliers()[place & (_KEY_SPAN - 1)]
        keys[some] = mixed(np.add.reduceat(stirred, begins) + counts[some].astype(np.uint64))
        return keys

    @cached_property
    def terms(self) -> Terms:
        """The words of all rows as keys."""
        kinds = self._kinds
        wordless = kinds == Kind.WORDLESS
        inside = (self._letters | (kinds == Kind.MARK)) & ~wordless
        edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
        begin, end = edges[::2], edges[1::2]
        codes = self._lowered
        key = np.zeros(len(begin), np.uint64)
        for step in range(TERM_CHARS):
            here = begin + step
            more = here < end
            letter = codes[np.where(more, here, 0)].astype(np.uint64)
            key = np.where(more, key * _FACTOR + letter, key)
        pairs = np.flatnonzero(wordless[:-1] & wordless[1:])
        pair_key = codes[pairs].astype(np.uint64) * _FACTOR + codes[pairs + 1]
        places = np.concatenate((begin, pairs))
        order = np.argsort(places, kind="stable") if len(pairs) else slice(None)
        counts = np.diff(np.searchsorted(places[order], self.first), append=len(places))
        rows = np.repeat(np.arange(len(self)), counts)
        keys = mixed(np.concatenate((key, pair_key))[order])
        long = np.concatenate((end - begin >= LONG_TERM, np.ones(len(pairs), np.bool_)))[order]
        return Terms(rows, keys, long)


_OF_ROWS = ("kinds", "final", "ends_sentence", "head_kind", "tail_kind", "keys", "loose_keys", "shape_keys")
_PAIRS_OF_ROWS = ("initials", "dates")
_CLOSING = np.array(sorted(map(ord, _CLOSERS)), np.uint32)
_BULLETS = np.array(sorted(map(ord, "*-–•·▪◦‣●")), np.uint32)
_ENDS = np.array(sorted(map(ord, _SENTENCE_ENDS)), np.uint32)
_IN_CITATIONS = np.array(sorted(map(ord, string.digits + string.ascii_lowercase)), np.uint32)
_BARE = np.array(sorted(ord(char) for char in INVISIBLE if not char.isspace()), np.uint32)
_ANY_NUMBER, _ANY_WORD = 1, 2  # controls, which no line shows
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def _follows(marks: Bools, places: Ints) -> Bools:
    """Of places (ascending) those that stand right behind a marked one."""
    follows = np.zeros(len(marks), np.bool_)
    follows[1:] = marks[:-1] & (places[1:] == places[:-1] + 1)
    return follows


def _is_bare(codes: Codes, kinds: npt.NDArray[np.uint8]) -> Bools:
    """Characters that show nothing and yet part no words: joiners, marks of direction."""
    bare = np.zeros(len(codes), np.bool_)
    blanks = np.flatnonzero((kinds == Kind.BLANK) & (codes > 0xA0))
    bare[blanks[among(codes[blanks], _BARE)]] = True
    return bare


def mixed(keys: Keys) -> Keys:
    """Keys stirred so that every bit of the input tells in every bit of the output (splitmix64)."""
    keys = keys + _FACTOR
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


_ODD: list[Keys] = []


def _multipliers() -> Keys:
    """One odd multiplier for each place of a line."""
    if not _ODD:
        _ODD.append(mixed(np.arange(_KEY_SPAN, dtype=np.uint64)) | np.uint64(1))
    return _ODD[0]
