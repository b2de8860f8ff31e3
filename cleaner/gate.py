"""The gate over lines: which patterns could match a line, without running one.

What a line must begin with (prefixes) is looked up by a hash of its first characters, what it must hold
(literals) is found by an Aho-Corasick automaton, both over the folded text of many lines at once. Lines
in which nothing is found cost no Python at all. What the gate names is a superset of what matches:
`cleaner.rules.gates` derives it from the patterns, and tests hold it against the judge alone.
"""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

import numpy as np
import regex
from ahocorasick_rs import BytesAhoCorasick, Implementation

from cleaner.characters import Codes
from cleaner.folds import FIRST, Folded, FoldedApart
from cleaner.rules.gates import BLANK_RUN, PREFIX_CHARS, fold_head
from cleaner.rules.model import FEW, PARTS, START_CHARS, Gate, Rule, parts_of
from cleaner.table import Bools, Ints, Keys, LineTable, mixed, once, ranges

DECORATION = 40
"""Code points that are neither letters nor digits allowed beside a phrase at a line's start or end."""

Unit = tuple[int, int]
"""A leading pattern: the index of its rule among the gate's rules, and its own among the rule's leads."""

_MOST = 1 << 40  # words or code points: no limit
_LONG = 2_000  # code points of a line of which it is not asked how it ends
_LINE = 250  # code points that cost as much to look through without the indices as a line
_WORTH = 80 * _LINE  # such code points after which they are worth making
MOST_JOINED = 40  # words of a line in which phrases are joined
_BREAK = ord("\n")
_SIEVE = 18  # bits of a hash that tell at once of most that they are of no prefix
_SIEVED = np.uint64(64 - _SIEVE)
_ODD: Keys = mixed(np.arange(PREFIX_CHARS, dtype=np.uint64)) | np.uint64(1)

_ASCII_WORD = frozenset(string.ascii_letters + string.digits)
_ASCII_REST = "".join(char for char in map(chr, range(128)) if char not in _ASCII_WORD)
_LAST = regex.compile(r"(?r)[^\W_]")


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


class _Literals:
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


class _Prefixes:
    """Patterns by prefix, sought at the start of folded lines: by a hash of their first characters, for
    each length that prefixes have."""

    def __init__(self, patterns: Sequence[tuple[int, str]]):
        joined = [begins[1:] for _, begins in patterns]
        codes = np.frombuffer("".join(joined).encode("utf-32-le", "surrogatepass"), np.uint32)
        ends = np.flatnonzero(codes == ord(PARTS))
        lengths = np.diff(ends, prepend=-1) - 1
        counts = np.diff(np.searchsorted(ends, np.cumsum([0, *map(len, joined)])))
        numbers = np.repeat(np.fromiter((number for number, _ in patterns), np.int64, len(patterns)), counts)
        heads = np.zeros((len(ends), PREFIX_CHARS), np.uint32)
        rows = np.repeat(np.arange(len(ends)), lengths)
        heads[rows, ranges(np.zeros(len(ends), np.int64), lengths)] = codes[codes != ord(PARTS)]
        hashes = _hashes(heads)[np.arange(len(ends)), lengths - 1]
        order = np.lexsort((numbers, hashes, lengths))
        lengths, hashes = lengths[order], hashes[order]
        fresh = np.diff(lengths, prepend=0) > 0
        fresh[1:] |= hashes[1:] != hashes[:-1]
        first = np.flatnonzero(fresh)
        self._lists = _Lists(numbers[order], np.append(first[1:], len(ends)))
        self._known: list[tuple[int, Keys, int, Bools]] = []
        """Length, hashes, the list of the first of these, what may be one."""
        for length in once(lengths).tolist():
            lists = np.flatnonzero(lengths[first] == length)
            known = hashes[first[lists]]
            may_be = np.zeros(1 << _SIEVE, np.bool_)
            may_be[known >> _SIEVED] = True
            self._known.append((length, known, int(lists[0]), may_be))

    def of(self, folded: Folded) -> tuple[Ints, Ints]:
        """(row, number) for the prefixes that rows begin with."""
        rows, heads = folded.heads
        hashes = _hashes(heads)
        found = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        for length, known, first, may_be in self._known:
            here = hashes[:, length - 1]
            some = np.flatnonzero(may_be[here >> _SIEVED])
            at = np.minimum(np.searchsorted(known, here[some]), len(known) - 1)
            same = known[at] == here[some]
            found.append(self._lists.of(rows[some[same]], first + at[same]))
        one, other = zip(*found, strict=True)
        return np.concatenate(one), np.concatenate(other)


def _hashes(heads: Codes) -> Keys:
    """64-bit hashes of the first character, the first two, ... of each row; 0 is no character."""
    hashes: Keys = np.cumsum(heads * _ODD[: heads.shape[1]], axis=1, dtype=np.uint64)
    return mixed(hashes)


class LineGate:
    """The gate of the leading patterns of some rules.

    Patterns are numbered in order. What is asked of a row, by number: the words it may have (``least``,
    ``most``), and the `_Facts`, found out when first asked for, as the indices are: a first text needs few.
    """

    def __init__(self, rules: Sequence[Rule]):
        self._rules = rules
        counts = [len(rule.gates) for rule in rules]
        self._units = [(index, number) for index, count in enumerate(counts) for number in range(count)]
        self._firsts = list(accumulate(counts, initial=0))
        limits = [_words_of(rule) for rule in rules]
        self._least, self._most = np.repeat(np.array(limits, np.int64).reshape(-1, 2), counts, axis=0).T
        self._may_join = np.repeat(np.array([bool(rule.spelled) for rule in rules], np.bool_), counts)
        self._facts: list[_Facts | None] = [None] * len(self._units)
        self._looked = 0  # code points, lines counted as `_LINE`, looked through without the indices

    @cached_property
    def _indices(self) -> tuple[_Prefixes, _Literals]:
        by_prefix: list[tuple[int, str]] = []  # pattern, its prefixes as one, between `PARTS`
        by_literal: dict[str, list[int]] = defaultdict(list)
        for first, rule in zip(self._firsts, self._rules, strict=False):
            for pattern, gate in enumerate(rule.gates, first):
                if _prefixed(rule, gate):
                    by_prefix.append((pattern, f"{PARTS}{gate.begins}{PARTS}"))
                else:
                    for literal in gate.literals:
                        by_literal[literal].append(pattern)
        return _Prefixes(by_prefix), _Literals(by_literal)

    @cached_property
    def _starts(self) -> list[tuple[int, str]]:
        """Of rules for what stands at a line's start, by index, how their prefixes begin."""
        return [(at, rule.gates.starts) for at, rule in enumerate(self._rules) if rule.anchored]

    @cached_property
    def _by_literal(self) -> list[tuple[int, tuple[str, ...]]]:
        """The patterns that nothing is known to begin with, and their literals."""
        return [
            (pattern, gate.literals)
            for first, rule in zip(self._firsts, self._rules, strict=False)
            for pattern, gate in enumerate(
                rule.gates if not rule.anchored or _NONE in rule.gates.starts else (), first
            )
            if not _prefixed(rule, gate)
        ]

    def _facts_of(self, pattern: int) -> _Facts:
        facts = self._facts[pattern]
        if facts is None:
            index, number = self._units[pattern]
            rule, gate = self._rules[index], self._rules[index].gates[number]
            prefixed, whole = _prefixed(rule, gate), rule.anchored and rule.at == "whole"
            facts = self._facts[pattern] = _Facts(
                gate.longest if whole else _MOST,
                gate.ends if prefixed and whole else "",
                gate.holds if prefixed and gate.holds.count(PARTS) < FEW else "",
            )
        return facts

    def candidates(
        self, table: LineTable, known: Container[str] = ()
    ) -> Iterator[tuple[int, str, list[Unit], bool]]:
        """(row, its text, the leading patterns that could match it, in order, whether several phrases may be
        joined in it) of the rows, ascending, that some could match or that begin as phrases do that may be
        joined; none are named for a text that is ``known`` by the time it is reached."""
        if not (self._units and len(table)):
            return
        self._looked += len(table) * _LINE + len(table.codes)
        indexed = self._looked > _WORTH
        folded: Folded | FoldedApart = Folded(table) if indexed else FoldedApart(table)
        rows, patterns = self._named(folded) if isinstance(folded, Folded) else self._tried(folded)
        words = table.words[rows]
        fits = (words >= self._least[patterns]) & (words <= self._most[patterns])
        last = len(self._units)  # a number behind those of the patterns
        short = (words > 1) & (words <= MOST_JOINED) & ~table.prose[rows]
        joined = once(rows[self._may_join[patterns] & short])
        pairs = np.concatenate((rows[fits] * (last + 1) + patterns[fits], joined * (last + 1) + last))
        rows, numbers = np.divmod(once(pairs), last + 1)
        numbers = numbers.tolist()
        first = np.flatnonzero(np.diff(rows, prepend=-1)).tolist()
        for start, stop in pairwise([*first, len(rows)]):
            row = int(rows[start])
            text = table.text(row)
            may_join = numbers[stop - 1] == last
            if text in known:
                yield row, text, [], may_join
            elif (units := self._units_of(text, folded, row, numbers[start : stop - may_join])) or may_join:
                yield row, text, units, may_join

    def _units_of(
        self, text: str, folded: Folded | FoldedApart, row: int, patterns: Iterable[int]
    ) -> list[Unit]:
        """Those of some patterns that could match a line, for all that its length, end and literals say."""
        core: _Core | None = None
        fold: str | None = None
        units: list[Unit] = []
        for pattern in patterns:
            longest, suffixes, must = self._facts_of(pattern)
            if suffixes or len(text) > longest:
                core = _core(text) if core is None else core
                if core.size > longest or (
                    suffixes and core.size and not core.end.endswith(_strings(suffixes))
                ):
                    continue
            if must:
                fold = folded.text(row) if fold is None else fold
                if not any(map(fold.__contains__, _strings(must))):
                    continue
            units.append(self._units[pattern])
        return units

    def _named(self, folded: Folded) -> tuple[Ints, Ints]:
        """(row, pattern) by prefixes and literals, all rows at once."""
        by_prefix, by_literal = (index.of(folded) for index in self._indices)
        return np.concatenate((by_prefix[0], by_literal[0])), np.concatenate((by_prefix[1], by_literal[1]))

    def _tried(self, folded: FoldedApart) -> tuple[Ints, Ints]:
        """The same by trying them all on each row: less work for a first page than making the indices."""
        rows: list[int] = []
        patterns: list[int] = []
        literal = [one for one in self._by_literal if folded.holds_any(one[1])]
        for row, head in enumerate(folded.heads):
            text = folded.text(row)
            found = self._beginning(head) if head else []
            found += [pattern for pattern, keys in literal if any(map(text.__contains__, keys))]
            rows += [row] * len(found)
            patterns += found
        return np.array(rows, np.int64), np.array(patterns, np.int64)

    def _beginning(self, head: str) -> list[int]:
        """The patterns of which a line's folded first letters hold a prefix. Hardly any rule has one that
        begins with the first of these, so that few gates are parted."""
        shorter = [f"{PARTS}{head[:count]}{PARTS}" for count in range(1, START_CHARS)]
        first, *others = [f"{PARTS}{head[:START_CHARS]}", *shorter]
        return [
            self._firsts[index] + number
            for index, starts in self._starts
            if first in starts or any(map(starts.__contains__, others))
            for number, gate in enumerate(self._rules[index].gates)
            if gate.begins and head.startswith(_beginnings(gate.begins, head[:START_CHARS]))
        ]


class _Facts(NamedTuple):
    """What is asked of a line that a pattern may match: the code points of the longest that can, how such a
    line ends, literals of which one is in it besides what named the pattern; each as one, empty for any."""

    longest: int
    suffixes: str
    must: str


_NONE = f"{PARTS}{PARTS}"  # how a gate without prefixes shows among the starts of a rule's


def _prefixed(rule: Rule, gate: Gate) -> bool:
    """Whether a pattern is sought by what a line begins with."""
    return rule.anchored and bool(gate.begins)


_strings = lru_cache(maxsize=8192)(parts_of)


def _beginnings(begins: str, start: str) -> tuple[str, ...]:
    """The prefixes, kept as one, of which some may stand where a line begins so; none where none does."""
    return _strings(begins) if begins.startswith(start[:1]) or f"{PARTS}{start[:1]}" in begins else ()


def _words_of(rule: Rule) -> tuple[int, int]:
    """The fewest and the most words of a line for the patterns of a rule."""
    if rule.scope == "phrase":  # its word counts are of what goes, not of the line
        return 0, _MOST
    return rule.limits.min_words, rule.limits.max_words


class _Core(NamedTuple):
    """A line from its first letter or digit to its last: its code points, blank runs counted as one (folded
    it may have more: `ß`), and how it ends, folded as its beginning is."""

    size: int
    end: str


def _core(text: str) -> _Core:
    """What stands on a whole line is no longer than this; nothing where that takes long to tell."""
    if text.isascii():
        core = text.strip(_ASCII_REST)
        if core.isprintable() and "  " not in core and "`" not in core:
            return _Core(len(core), core.lower())
    else:
        first, last = FIRST.search(text), _LAST.search(text)
        if first is None or last is None or len(text) > _LONG:
            return _Core(0, "")
        core = text[first.start() : last.end()]
    core = BLANK_RUN.sub(" ", core)
    return _Core(len(core), fold_head(core))
