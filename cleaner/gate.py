"""The gate over lines: which patterns could match a line, without running one.

What a line must begin with (prefixes) is looked up by a hash of its first characters, what it must hold
(literals) is found by an Aho-Corasick automaton, both over the folded text of many lines at once. Lines
in which nothing is found cost no Python at all. What the gate names is a superset of what matches:
`cleaner.rules.gates` derives it from the patterns, and tests hold it against the judge alone.
"""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
import regex

from cleaner.characters import among
from cleaner.folds import FIRST, Folded, FoldedApart
from cleaner.indices import Endings, Literals, Prefixes, Vocabulary
from cleaner.rules.gates import BLANK_RUN, fold_head
from cleaner.rules.model import FEW, PARTS, START_CHARS, Gate, Rule, parts_of
from cleaner.table import Bools, Ints, LineTable, once

Unit = tuple[int, int]
"""A leading pattern: the index of its rule among the gate's rules, and its own among the rule's leads."""

_MOST = 1 << 40  # words or code points: no limit
_LONG = 2_000  # code points of a line of which it is not asked how it ends
_LINE = 250  # code points that cost as much to look through without the indices as a line
_WORTH = 80 * _LINE  # such code points after which they are worth making
_WEAK = 6  # code points of a prefix that too many lines begin with
MOST_JOINED = 40  # words of a line in which phrases are joined

_ASCII_WORD = frozenset(string.ascii_letters + string.digits)
_ASCII_REST = "".join(char for char in map(chr, range(128)) if char not in _ASCII_WORD)
_LAST = regex.compile(r"(?r)[^\W_]")


class LineGate:
    """The gate of the leading patterns of some rules.

    Patterns are numbered in order. What is asked of a row, by number: the words it may have (``least``,
    ``most``), and the `_Facts`, found out when first asked for, as the indices are: a first text needs few.
    """

    def __init__(self, rules: Sequence[Rule], words: Callable[[], Iterable[str]] | None = None):
        """``words`` gives those that lines consist of in which phrases are joined; without it, any may do."""
        self._rules, self._words = rules, words
        counts = [len(rule.gates) for rule in rules]
        self._units = [(index, number) for index, count in enumerate(counts) for number in range(count)]
        self._firsts = list(accumulate(counts, initial=0))
        limits = [_words_of(rule) for rule in rules]
        self._least, self._most = np.repeat(np.array(limits, np.int64).reshape(-1, 2), counts, axis=0).T
        self._may_join = np.repeat(np.array([bool(rule.spelled) for rule in rules], np.bool_), counts)
        self._facts: list[_Facts | None] = [None] * len(self._units)
        self._looked = 0  # code points, lines counted as `_LINE`, looked through without the indices

    @cached_property
    def _indices(self) -> _Indices:
        by_prefix: dict[bool, list[tuple[int, str]]] = {True: [], False: []}  # whether it is a line's
        by_literal: dict[str, list[int]] = defaultdict(list)
        endings: list[tuple[int, str]] = []
        longest = np.full(len(self._units), _MOST)
        weak = np.zeros(len(self._units), np.bool_)
        for first, rule in zip(self._firsts, self._rules, strict=False):
            for pattern, gate in enumerate(rule.gates, first):
                prefixed = _prefixed(rule, gate)
                weak[pattern] = prefixed and rule.at != "whole" and _weak(gate)
                if prefixed:
                    by_prefix[rule.anchored].append((pattern, gate.begins))
                if weak[pattern] or not prefixed:
                    for literal in gate.literals:
                        by_literal[literal].append(pattern)
                if rule.anchored and rule.at == "whole":
                    longest[pattern] = gate.longest
                    if gate.ends:
                        endings.append((pattern, gate.ends))
        return _Indices(
            Prefixes(by_prefix[True]),
            Prefixes(by_prefix[False]),
            Literals(by_literal),
            weak,
            Endings(endings, longest),
            Vocabulary(self._words()) if self._words else None,
        )

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
            if not (rule.anchored and gate.begins)
        ]

    def _facts_of(self, pattern: int) -> _Facts:
        facts = self._facts[pattern]
        if facts is None:
            index, number = self._units[pattern]
            rule, gate = self._rules[index], self._rules[index].gates[number]
            prefixed, whole = _prefixed(rule, gate), rule.anchored and rule.at == "whole"
            facts = self._facts[pattern] = _Facts(
                gate.longest if whole else _MOST,
                gate.ends if whole else "",
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
        short = (words > 1) & (words <= MOST_JOINED) & ~table.prose[rows]
        joined = once(rows[self._may_join[patterns] & short])
        fits = (words >= self._least[patterns]) & (words <= self._most[patterns])
        rows, patterns = rows[fits], patterns[fits]
        if isinstance(folded, Folded):
            fits = self._indices.endings.fit(folded, rows, patterns)
            rows, patterns = rows[fits], patterns[fits]
            if vocabulary := self._indices.vocabulary:
                joined = joined[vocabulary.may_make(folded, joined)]
        last = len(self._units)  # a number behind those of the patterns
        pairs = np.concatenate((rows * (last + 1) + patterns, joined * (last + 1) + last))
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
        indices = self._indices
        lines = indices.line_starts.of(folded, *folded.line_starts)
        sentences = indices.sentence_starts.of(folded, *folded.sentence_starts)
        rows, patterns = np.concatenate((lines[0], sentences[0])), np.concatenate((lines[1], sentences[1]))
        holding, held = indices.literals.of(folded)
        weak, both = indices.weak[patterns], indices.weak[held]
        count = len(self._units)
        asked = once(holding[both] * count + held[both])
        stays = ~weak
        stays[weak] = among(rows[weak] * count + patterns[weak], asked)
        return np.concatenate((rows[stays], holding[~both])), np.concatenate((patterns[stays], held[~both]))

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


class _Indices(NamedTuple):
    """What patterns are looked up in: by what lines and sentences begin with, by literals, those that are
    ``weak`` by both; and what tells of those found there that they cannot match."""

    line_starts: Prefixes
    sentence_starts: Prefixes
    literals: Literals
    weak: Bools
    endings: Endings
    vocabulary: Vocabulary | None


def _prefixed(rule: Rule, gate: Gate) -> bool:
    """Whether a pattern is sought by what a line, or a sentence of it, begins with."""
    return (rule.anchored or rule.scope == "phrase") and bool(gate.begins)


def _weak(gate: Gate) -> bool:
    """Whether too much begins as a pattern's matches do, while few literals tell of them."""
    few = bool(gate.holds) and gate.holds.count(PARTS) < FEW and min(map(len, gate.literals)) >= _WEAK
    return few and min(map(len, gate.prefixes)) < _WEAK


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
