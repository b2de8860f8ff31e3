"""The gate over lines: which patterns could match a line, without running one.

One pass of an Aho-Corasick automaton over the folded text of many lines finds both what a line
must begin with (prefixes, sought behind a line break) and what it must hold (literals). Lines in
which nothing is found cost no Python at all. What the gate names is a superset of what matches:
`cleaner.rules.gates` derives it from the patterns, and tests hold it against the judge alone.
"""

from __future__ import annotations

import re
import string
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import ahocorasick
import numpy as np
import regex

from cleaner.folds import HEAD, Folded
from cleaner.rules.gates import fold, fold_head
from cleaner.rules.model import Rule
from cleaner.table import Ints, LineTable, ranges

DECORATION = 40
"""Code points that are neither letters nor digits allowed beside a phrase at a line's start or end."""

Unit = tuple[int, int]
"""A leading pattern: the index of its rule among the gate's rules, and its own among the rule's leads."""

_FEW, _TELLING = 24, 3  # literals of a pattern for which it is worth looking besides, and their letters
_MOST = 1 << 40  # words or code points: no limit
_LONG = 2_000  # code points of a line of which it is not asked how it ends
_SEAM = "\0"  # between the start of a line that is looked at apart and the line; in no literal

_ASCII_WORD = frozenset(string.ascii_letters + string.digits)
_ASCII_REST = "".join(char for char in map(chr, range(128)) if char not in _ASCII_WORD)
_FIRST = regex.compile(r"[^\W_]")  # by the module that judges: it knows more letters than `re`
_LAST = regex.compile(r"(?r)[^\W_]")
_ODD_BLANKS = re.compile(r"[^\S\n ]+ *|  +")


class _Index:
    """Numbers by key, as columns: those of key k are ``numbers[ends[k - 1] : ends[k]]``."""

    def __init__(self, keys: Iterable[str], numbers: Mapping[str, Sequence[int]]):
        lists = [numbers.get(key, ()) for key in keys]
        self._ends = np.cumsum(np.fromiter(map(len, lists), np.int64, len(lists)))
        self._numbers = np.fromiter(chain.from_iterable(lists), np.int64)

    def of(self, rows: Ints, keys: Ints) -> tuple[Ints, Ints]:
        """(row, number) for each number of the key of each row."""
        first = np.where(keys > 0, self._ends[keys - 1], 0)
        count = self._ends[keys] - first
        return np.repeat(rows, count), self._numbers[ranges(first, count)]


class LineGate:
    """The gate of the leading patterns of some rules.

    Patterns are numbered in order. What is asked of a row, by number: the words it may have (``least``,
    ``most``), the code points of the longest line that can match, how such a line ends, and the set of
    literals (``must``, -1: none) of which one is in it besides the key that was hit.
    """

    def __init__(self, rules: Sequence[Rule]):
        self._units = [
            (index, number) for index, rule in enumerate(rules) for number in range(len(rule.gates))
        ]
        bounds = [_bounds(rules[index], number) for index, number in self._units]
        self._least, self._most, longest = np.array(bounds, np.int64).reshape(-1, 3).T
        self._longest: list[int] = longest.tolist()
        self._suffixes: list[tuple[str, ...]] = []
        sets: dict[tuple[str, ...], int] = {}
        must: list[int] = []
        patterns, holders = defaultdict(list), defaultdict(list)  # by key: patterns, and sets of literals
        for at, (index, number) in enumerate(self._units):
            keys, literals, ends = _keys(rules[index], number)
            self._suffixes.append(ends)
            must.append(sets.setdefault(literals, len(sets)) if literals else -1)
            for key in keys:
                patterns[key].append(at)
        for literals, at in sets.items():
            for key in literals:
                holders[key].append(at)
        known = dict.fromkeys([*patterns, *holders])
        self._patterns, self._holders = _Index(known, patterns), _Index(known, holders)
        self._must = np.array(must, np.int64)
        self._automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for number, key in enumerate(known):
            self._automaton.add_word(key, number)
        self._empty = not known
        if known:
            self._automaton.make_automaton()

    def candidates(self, table: LineTable) -> dict[int, list[Unit]]:
        """By row, the leading patterns that could match it, in order; rows without any have no entry."""
        found: dict[int, list[Unit]] = {}
        if self._empty or not len(table):
            return found
        rows, patterns = self._spoken_of(table, *_hits(table, self._automaton))
        cores: dict[int, str] = {}
        long = table.size[rows].tolist()
        for row, pattern, size in zip(rows.tolist(), patterns.tolist(), long, strict=True):
            suffixes, longest = self._suffixes[pattern], self._longest[pattern]
            if suffixes or size > longest:
                core = cores.get(row)
                if core is None:
                    core = cores[row] = _core(table.text(row))
                if len(core) > longest or (suffixes and core and not core.endswith(suffixes)):
                    continue
            found.setdefault(row, []).append(self._units[pattern])
        return found

    def _spoken_of(self, table: LineTable, rows: Ints, keys: Ints) -> tuple[Ints, Ints]:
        """(row, pattern) for all that the hits of keys in rows and the rows' words allow, sorted."""
        at, patterns = self._patterns.of(rows, keys)
        words = table.words[at]
        fits = (words >= self._least[patterns]) & (words <= self._most[patterns])
        pairs = _once(at[fits] * len(self._units) + patterns[fits])
        at, patterns = pairs // len(self._units), pairs % len(self._units)
        must = self._must[patterns]
        row, holder = self._holders.of(rows, keys)
        held = _once(row * len(self._units) + holder)
        asked = at * len(self._units) + must
        place = np.minimum(np.searchsorted(held, asked), len(held) - 1)
        free = (must < 0) | (held[place] == asked) if len(held) else must < 0
        return at[free], patterns[free]


def _once(numbers: Ints) -> Ints:
    """Each number once, sorted (`numpy.unique` hashes, which takes longer for so few)."""
    numbers = np.sort(numbers)
    return numbers[np.diff(numbers, prepend=-1) > 0]


def _bounds(rule: Rule, number: int) -> tuple[int, int, int]:
    """The fewest and the most words of a line for a leading pattern, and its most code points."""
    longest = rule.gates[number].longest if rule.anchored and rule.at == "whole" else _MOST
    if rule.scope == "phrase":  # its word counts are of what goes, not of the line
        return 0, _MOST, longest
    return rule.limits.min_words, rule.limits.max_words, longest


def _keys(rule: Rule, number: int) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """(keys of which one is in every line that matches a leading pattern, literals of which one is
    besides, suffixes of which it ends with one)."""
    gate = rule.gates[number]
    if not (rule.anchored and gate.prefixes):
        return gate.literals, (), ()
    keys = tuple("\n" + prefix for prefix in gate.prefixes)
    telling = min(map(len, gate.literals), default=0) >= _TELLING and len(gate.literals) <= _FEW
    must = gate.literals if telling else ()
    return keys, must, gate.suffixes if rule.at == "whole" else ()


def _hits(table: LineTable, automaton: ahocorasick.Automaton) -> tuple[Ints, Ints]:
    """(row, key) for each key that the automaton finds in a row.

    It searches the folded text of the whole table, and then what that does not show of some rows: the
    first letters of hidden ones, all of odd ones.
    """
    folded = Folded(table)
    odd = set(folded.odd.tolist())
    apart: list[int] = []
    texts = [folded.text]
    for row in folded.hidden.tolist():
        line = table.text(row)
        first = _FIRST.search(line)
        if first is not None:
            apart.append(row)
            rest = f"{_SEAM}{fold(_ODD_BLANKS.sub(' ', line))}" if row in odd else ""
            texts.append(head(line, first.start()) + rest)
    flat = np.fromiter(chain.from_iterable(automaton.iter("\n".join(texts))), np.int64)
    places, keys = flat[::2], flat[1::2]
    rows = folded.rows_of(places)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
    late = np.searchsorted(places, ends[0])
    rows[late:] = np.array(apart, np.int64)[np.searchsorted(ends, places[late:], side="right") - 1]
    return rows[rows >= 0], keys[rows >= 0]


def head(text: str, start: int) -> str:
    """The folded first letters of what begins at ``start``, as prefixes are folded."""
    cut = text[start : start + HEAD]
    if cut.isascii() and cut.isprintable() and "  " not in cut and "`" not in cut:
        return cut.lower()  # all that `fold_head` would do
    return fold_head(text[start:] if _ODD_BLANKS.search(cut) else cut)[:HEAD]


def _core(text: str) -> str:
    """A line from its first letter or digit to its last, folded as its beginning is: what stands on a
    whole line is no longer than that. Empty where that takes long to tell."""
    if text.isascii():
        core = text.strip(_ASCII_REST)
        return (
            core.lower() if core.isprintable() and "  " not in core and "`" not in core else fold_head(core)
        )
    first, last = _FIRST.search(text), _LAST.search(text)
    if first is None or last is None or len(text) > _LONG:
        return ""
    return fold_head(text[first.start() : last.end()])


def _one_blank(text: str) -> str:
    """The text with each run of blanks as one."""
    return _ODD_BLANKS.sub(" ", text)
