"""What the gate looks lines up in, all lines of a batch at once: indices over folded prefixes, endings,
literals and words.

Strings are found by 64-bit hashes of their characters. A table of bits says of most that they are none of
those sought; where only bits are asked, a few more pass, which the gate looks at again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation

from cleaner.characters import Codes, among
from cleaner.folds import HEAD, Folded
from cleaner.rules.gates import PREFIX_CHARS, SUFFIX_CHARS
from cleaner.rules.model import PARTS, START_CHARS
from cleaner.table import Bools, Ints, Keys, mixed, once, ranges

_BREAK = ord("\n")
_SIEVE = 18  # bits of a hash that tell at once of most that they are of no prefix
_FINE = 20  # bits where nothing else tells
_ODD: Keys = mixed(np.arange(64, dtype=np.uint64)) | np.uint64(1)  # word lengths come again beyond


class _Bits:
    """Of which hashes some are known: all that are, and of others few."""

    def __init__(self, known: Keys, bits: int):
        self._shift = np.uint64(64 - bits)
        self._table = np.zeros(1 << bits, np.bool_)
        self._table[known >> self._shift] = True

    def may_hold(self, hashes: Keys) -> Bools:
        """Of which hashes it is possible."""
        found: Bools = self._table[hashes >> self._shift]
        return found


class _Lists:
    """Several lists of numbers as columns: list k is ``numbers[ends[k - 1] : ends[k]]``."""

    def __init__(self, numbers: Ints, ends: Ints):
        self._numbers, self._ends = numbers, ends

    @classmethod
    def made_of(cls, lists: Collection[Sequence[int]]) -> _Lists:
        """Of the lists themselves."""
        ends = np.cumsum(np.fromiter(map(len, lists), np.int64, len(lists)))
        return cls(np.fromiter(chain.from_iterable(lists), np.int64), ends)

    def of(self, rows: Ints, lists: Ints) -> tuple[Ints, Ints]:
        """(row, number) for each number of the list of each row."""
        first = np.where(lists > 0, self._ends[lists - 1], 0)
        count = self._ends[lists] - first
        return np.repeat(rows, count), self._numbers[ranges(first, count)]


class Literals:
    """Numbers by literal, sought anywhere in folded lines by an Aho-Corasick automaton."""

    def __init__(self, numbers: Mapping[str, Sequence[int]]):
        self._lists = _Lists.made_of(numbers.values())
        keys = [key.encode("utf-8", "surrogatepass") for key in numbers]
        self._automaton = BytesAhoCorasick(keys, implementation=Implementation.DFA) if keys else None

    def of(self, folded: Folded) -> tuple[Ints, Ints]:
        """(row, number) for the literals in the rows of a table."""
        if self._automaton is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        data, rows_by_line = folded.lines
        found = self._automaton.find_matches_as_indexes(data, overlapping=True)
        hits = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
        breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == _BREAK)
        rows = rows_by_line[np.searchsorted(breaks, hits[:, 1])]
        return self._lists.of(rows[rows >= 0], hits[rows >= 0, 0])


class Prefixes:
    """Numbers by prefix, sought where folded lines or sentences begin: by a hash of the first characters,
    for each length that prefixes have.

    Made of (number, its prefixes as one, parted by `PARTS`).
    """

    def __init__(self, numbered: Sequence[tuple[int, str]]):
        counts = [begins.count(PARTS) + 1 for _, begins in numbered]
        numbers = np.repeat(np.fromiter((number for number, _ in numbered), np.int64, len(numbered)), counts)
        codes, lengths = _parted(PARTS.join(begins for _, begins in numbered))
        heads = _padded(codes, lengths, PREFIX_CHARS)
        by_length, every = _hashes(heads), np.arange(len(lengths))
        hashes = by_length[every, lengths - 1]
        starts = by_length[every, np.minimum(lengths, START_CHARS) - 1]
        self._starts = [
            (length, _Bits(starts[np.minimum(lengths, START_CHARS) == length], _SIEVE))
            for length in range(1, START_CHARS + 1)
        ]
        order = np.lexsort((numbers, hashes, lengths))
        lengths, hashes = lengths[order], hashes[order]
        fresh = np.diff(lengths, prepend=0) > 0
        fresh[1:] |= hashes[1:] != hashes[:-1]
        first = np.flatnonzero(fresh)
        self._lists = _Lists(numbers[order], np.append(first[1:], len(lengths)))
        self._known: list[tuple[int, Keys, int, _Bits]] = []
        """Length, hashes, the list of the first of these, what may be one."""
        for length in once(lengths).tolist():
            lists = np.flatnonzero(lengths[first] == length)
            known = hashes[first[lists]]
            self._known.append((length, known, int(lists[0]), _Bits(known, _SIEVE)))

    def of(self, folded: Folded, rows: Ints, places: Ints) -> tuple[Ints, Ints]:
        """(row, number) for the prefixes at some places of rows."""
        clear = folded.clear(places, places + HEAD)
        apart = [folded.head(*at) for at in zip(rows[~clear].tolist(), places[~clear].tolist(), strict=True)]
        hidden = _codes_of("".join(head[:PREFIX_CHARS].ljust(PREFIX_CHARS, "\0") for head in apart))
        shown, places = rows[clear], places[clear]
        likely = self._may_begin(folded.heads(shown, places, START_CHARS))
        heads = folded.heads(shown[likely], places[likely])
        rows = np.concatenate((shown[likely], rows[~clear]))
        hashes = _hashes(np.concatenate((heads, hidden.reshape(-1, PREFIX_CHARS))))
        found = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        for length, known, first, bits in self._known:
            here = hashes[:, length - 1]
            some = np.flatnonzero(bits.may_hold(here))
            at = np.minimum(np.searchsorted(known, here[some]), len(known) - 1)
            same = known[at] == here[some]
            found.append(self._lists.of(rows[some[same]], first + at[same]))
        one, other = zip(*found, strict=True)
        return np.concatenate(one), np.concatenate(other)

    def _may_begin(self, starts: Codes) -> Bools:
        """Of which first few characters some prefix may be."""
        hashes = _hashes(starts)
        likely = np.zeros(len(starts), np.bool_)
        for length, bits in self._starts:
            likely |= bits.may_hold(hashes[:, length - 1])
        return likely


class Endings:
    """How matches of patterns for whole lines end, and how long they are.

    Made of (number, its endings as one, parted by `PARTS`) for those that do not end in any way, and of the
    code points of the longest match of each number there is.
    """

    def __init__(self, numbered: Sequence[tuple[int, str]], longest: Ints):
        self._longest = longest
        self._any = np.ones(len(longest), np.bool_)
        self._any[[number for number, _ in numbered]] = False
        counts = [ends.count(PARTS) + 1 for _, ends in numbered]
        numbers = np.repeat(np.fromiter((number for number, _ in numbered), np.int64, len(numbered)), counts)
        codes, lengths = _parted(PARTS.join(ends for _, ends in numbered))
        tails = _padded(codes[::-1], lengths[::-1], SUFFIX_CHARS)[::-1]
        hashes = _hashes(tails)[np.arange(len(lengths)), lengths - 1]
        self._bits = _Bits(_stirred(hashes, numbers), _FINE)

    def fit(self, folded: Folded, rows: Ints, numbers: Ints) -> Bools:
        """Which pairs of row and number may be a match that is the whole line."""
        first, last = folded.cores
        some = np.flatnonzero((first >= 0) & (last >= 0))
        some = some[folded.clear(first[some], last[some] + 1)]
        known = np.full(len(first), -1, np.int64)
        known[some] = np.arange(len(some))
        sizes = np.zeros(len(first), np.int64)
        sizes[some] = last[some] + 1 - first[some]
        fit = sizes[rows] <= self._longest[numbers]
        asked = np.flatnonzero(fit & ~self._any[numbers] & (known[rows] >= 0))
        hashes = _hashes(folded.tails(some))[known[rows[asked]]]
        ends = np.zeros(len(asked), np.bool_)
        for length in range(SUFFIX_CHARS):
            ends |= self._bits.may_hold(_stirred(hashes[:, length], numbers[asked]))
        fit[asked] = ends
        return fit


class Vocabulary:
    """The words of phrases that may be joined in one line, as `cleaner.rules.spelled.word_of` writes them."""

    def __init__(self, words: Iterable[str]):
        words = list(words)
        codes = _codes_of("".join(words))
        sizes = np.fromiter(map(len, words), np.int64, len(words))
        self._bits = _Bits(_words_hashed(codes, np.cumsum(sizes) - sizes), _FINE)

    def may_make(self, folded: Folded, rows: Ints) -> Bools:
        """Which rows may be made of nothing but such words."""
        index, codes, begins = folded.words(rows)
        starts = np.flatnonzero(begins)
        unknown = ~self._bits.may_hold(_words_hashed(codes, starts))
        made = np.ones(len(rows), np.bool_)
        made[index[starts[unknown]]] = False
        return made | among(rows, folded.odd)


def _parted(joined: str) -> tuple[Codes, Ints]:
    """(the characters of strings that are kept as one, one string after the other; the length of each)."""
    codes = _codes_of(joined + PARTS if joined else "")
    ends = np.flatnonzero(codes == ord(PARTS))
    return codes[codes != ord(PARTS)], np.diff(ends, prepend=-1) - 1


def _padded(codes: Codes, lengths: Ints, size: int) -> Codes:
    """Strings as rows of so many characters, 0 behind their ends."""
    padded = np.zeros((len(lengths), size), np.uint32)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    padded[rows, ranges(np.zeros(len(lengths), np.int64), lengths)] = codes
    return padded


def _codes_of(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _hashes(heads: Codes) -> Keys:
    """64-bit hashes of the first character, the first two, ... of each row; 0 is no character."""
    hashes: Keys = np.cumsum(heads * _ODD[: heads.shape[1]], axis=1, dtype=np.uint64)
    return mixed(hashes)


def _stirred(hashes: Keys, numbers: Ints) -> Keys:
    """Hashes of pairs."""
    return mixed(hashes + numbers.astype(np.uint64) * _ODD[1])


def _words_hashed(codes: Codes, starts: Ints) -> Keys:
    """A hash of each word, of their characters one after another and of where each word starts."""
    if not len(starts):
        return np.zeros(0, np.uint64)
    sizes = np.diff(starts, append=len(codes))
    place = np.arange(len(codes)) - np.repeat(starts, sizes)
    return mixed(np.add.reduceat(codes * _ODD[place & 63], starts) + sizes.astype(np.uint64))
