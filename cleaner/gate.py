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
from collections.abc import Iterable, Sequence
from itertools import chain

import ahocorasick
import numpy as np
import regex

from cleaner.folds import HEAD, Folded
from cleaner.rules.gates import fold, fold_head
from cleaner.rules.model import Rule
from cleaner.table import Ints, LineTable

DECORATION = 40
"""Code points that are neither letters nor digits allowed beside a phrase at a line's start or end."""

Unit = tuple[int, int]
"""A leading pattern: the index of its rule among the gate's rules, and its own among the rule's leads."""

_FEW = 24  # literals of a pattern that are looked for in a line before it is tried
_MOST = 1 << 40  # words or code points: no limit
_SEAM = "\0"  # between the start of a line that is looked at apart and the line; in no literal

_ASCII_WORD = frozenset(string.ascii_letters + string.digits)
_ASCII_REST = "".join(char for char in map(chr, range(128)) if char not in _ASCII_WORD)
_FIRST = regex.compile(r"[^\W_]")  # by the module that judges: it knows more letters than `re`
_LAST = regex.compile(r"(?r)[^\W_]")
_BLANK_RUN = re.compile(r"\s\s")
_ODD_BLANKS = re.compile(r"[^\S\n ]+ *|  +")


class _Entries:
    """What the hits of an automaton's keys speak for, as columns: by key the first entry (and one more
    for the end), by entry the pattern, the words a line may have for its rule, the code points of the
    longest line it can match, and which set of literals must be in the line as well (-1: none)."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[tuple[int, int, int, int, int]]] = defaultdict(list)
        self.units: list[Unit] = []
        self.musts: list[tuple[str, ...]] = []

    def add(self, rule: Rule, unit: Unit) -> None:
        """One leading pattern of a rule; patterns are added in order."""
        gate = rule.gates[unit[1]]
        inside = rule.scope == "phrase"  # its word counts are of what goes, not of the line
        least, most = (0, _MOST) if inside else (rule.limits.min_words, rule.limits.max_words)
        longest = gate.longest if rule.anchored and rule.at == "whole" else _MOST
        keys, must = gate.literals, -1
        if rule.anchored and gate.prefixes:
            keys = tuple("\n" + prefix for prefix in gate.prefixes)
            if 0 < len(gate.literals) <= _FEW:
                must = len(self.musts)
                self.musts.append(gate.literals)
        entry = (len(self.units), least, most, longest, must)
        self.units.append(unit)
        for key in keys:
            self._by_key[key].append(entry)

    def columns(self) -> tuple[list[str], Ints, Ints]:
        """(keys, the first entry of each key and the end, entries as rows of five columns)."""
        sizes = np.fromiter(map(len, self._by_key.values()), np.int64, len(self._by_key))
        rows = np.array([entry for entries in self._by_key.values() for entry in entries], np.int64)
        return [*self._by_key], np.concatenate(([0], np.cumsum(sizes))), rows.reshape(-1, 5)


class LineGate:
    """The gate of the leading patterns of some rules."""

    def __init__(self, rules: Sequence[Rule]):
        entries = _Entries()
        for index, rule in enumerate(rules):
            for number in range(len(rule.gates)):
                entries.add(rule, (index, number))
        self._units, self._musts = entries.units, entries.musts
        keys, self._starts, self._entries = entries.columns()
        self._automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for number, key in enumerate(keys):
            self._automaton.add_word(key, number)
        self._empty = not keys
        if keys:
            self._automaton.make_automaton()

    def candidates(self, table: LineTable) -> dict[int, list[Unit]]:
        """By row, the leading patterns that could match it, in order; rows without any have no entry."""
        if self._empty or not len(table):
            return {}
        folded = Folded(table)
        parts = _Parts(table, folded)
        rows, keys = parts.rows_with(self._automaton)
        first, count = self._starts[keys], self._starts[keys + 1] - self._starts[keys]
        rows = np.repeat(rows, count)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        unit, least, most, longest, must = self._entries[np.repeat(first, count) + within].T
        fits = (table.words[rows] >= least) & (table.words[rows] <= most)
        pairs = np.unique(np.stack((rows, unit, longest, must), axis=1)[fits], axis=0)
        found: dict[int, list[Unit]] = {}
        sizes = table.size
        for row, number, most_chars, literals in pairs.tolist():
            if sizes[row] > most_chars and _core(table.text(row)) > most_chars:
                continue
            if literals >= 0 and not parts.holds(row, self._musts[literals]):
                continue
            found.setdefault(row, []).append(self._units[number])
        return found


class _Parts:
    """The folded text in which an automaton searches: all lines of a table, then once more what it does
    not show of some (the first letters of hidden rows, all of odd ones), each part behind a line break."""

    def __init__(self, table: LineTable, folded: Folded):
        self._table, self._folded = table, folded
        odd = set(folded.odd.tolist())
        self._rows, texts = [], []
        for row in folded.hidden.tolist():
            line = table.text(row)
            first = _FIRST.search(line)
            if row in odd:
                texts.append(f"{head(line, first.start()) if first else ''}{_SEAM}{fold(_one_blank(line))}")
            elif first is not None:
                texts.append(head(line, first.start()))
            else:
                continue
            self._rows.append(row)
        sizes = np.fromiter(map(len, texts), np.int64, len(texts))
        self._ends = len(folded.text) + np.cumsum(sizes + 1)  # of each part, in the whole
        self._odd = {row: text for row, text in zip(self._rows, texts, strict=True) if row in odd}
        self.text = "\n".join([folded.text, *texts])

    def rows_with(self, automaton: ahocorasick.Automaton) -> tuple[Ints, Ints]:
        """(row, key) of each hit."""
        flat = np.fromiter(chain.from_iterable(automaton.iter(self.text)), np.int64)
        places, keys = flat[::2], flat[1::2]
        late = places >= len(self._folded.text)
        rows = self._folded.rows_of(places)
        rows[late] = np.array(self._rows, np.int64)[np.searchsorted(self._ends, places[late], side="right")]
        return rows[rows >= 0], keys[rows >= 0]

    def holds(self, row: int, literals: Iterable[str]) -> bool:
        """Whether one of the folded literals stands in a row."""
        text, start, end = self.text, int(self._table.first[row]) + 1, int(self._table.last[row]) + 1
        if row in self._odd:
            text, start, end = self._odd[row], 0, len(self._odd[row])
        return any(text.find(literal, start, end) >= 0 for literal in literals)


def head(text: str, start: int) -> str:
    """The folded first letters of what begins at ``start``, as prefixes are folded."""
    cut = text[start : start + HEAD]
    if cut.isascii() and cut.isprintable() and "  " not in cut and "`" not in cut:
        return cut.lower()  # all that `fold_head` would do
    return fold_head(text[start:] if _ODD_BLANKS.search(cut) else cut)[:HEAD]


def _core(text: str) -> int:
    """Code points from the first letter or digit of a line to its last, a blank run counted as one;
    0 where that takes long to tell: what stands on a whole line is no longer than that."""
    if text.isascii():
        core = text.strip(_ASCII_REST)
        return len(core) if core.isprintable() and "  " not in core else len(" ".join(core.split()))
    first, last = _FIRST.search(text), _LAST.search(text)
    return 0 if first is None or last is None or _BLANK_RUN.search(text) else last.end() - first.start()


def _one_blank(text: str) -> str:
    """The text with each run of blanks as one."""
    return _ODD_BLANKS.sub(" ", text)
