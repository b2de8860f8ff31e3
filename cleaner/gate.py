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
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from math import inf
from typing import NamedTuple

import ahocorasick
import regex

from cleaner.lines import Line
from cleaner.rules.gates import PREFIX_CHARS, fold, fold_head
from cleaner.rules.model import Rule

DECORATION = 40
"""Code points that are neither letters nor digits allowed beside a phrase at a line's start or end."""

Unit = tuple[int, int]
"""A leading pattern: the index of its rule among the gate's rules, and its own among the rule's leads."""

_FEW = 24  # literals of a pattern that are looked for in a line before it is tried
_LINE = 250  # code points that cost as much to look through without the automaton as a line
_WORTH = 60 * _LINE  # such code points after which it is worth making
_HEAD = 2 * PREFIX_CHARS  # code points of a line's start in which a prefix shows, blank runs folded
_SEAM = "\0"  # between the start of a line that is looked at apart and the line; in no literal

_ASCII_WORD = frozenset(string.ascii_letters + string.digits)
_ASCII_REST = "".join(char for char in map(chr, range(128)) if char not in _ASCII_WORD)
_FIRST = regex.compile(r"[^\W_]")  # by the module that judges: it knows more letters than `re`
_LAST = regex.compile(r"(?r)[^\W_]")
_BLANK_RUN = re.compile(r"\s\s")
_ODD = [char for char in map(chr, range(0x3001)) if char.isspace() and char not in " \n"]
_ODD_BLANKS = re.compile(r"[^\S\n ]+ *|  +")


class _Entry(NamedTuple):
    """What a hit speaks for: a pattern, the words a line may have for its rule, the code points of the
    longest line it can match, and the literals of which one must be in the line as well (none: no
    condition)."""

    unit: Unit
    least: int
    most: float
    longest: float
    must: tuple[str, ...]


class LineGate:
    """The gate of the leading patterns of some rules."""

    def __init__(self, rules: Sequence[Rule]):
        self._prefixed: list[tuple[tuple[str, ...], _Entry]] = []
        self._literal: list[tuple[tuple[str, ...], _Entry]] = []
        for index, rule in enumerate(rules):
            inside = rule.scope == "phrase"  # its word counts are of what goes, not of the line
            least = 0 if inside else rule.limits.min_words
            most = inf if inside else rule.limits.max_words
            for number, gate in enumerate(rule.gates):
                longest = gate.longest if rule.anchored and rule.at == "whole" else inf
                prefixed = rule.anchored and bool(gate.prefixes)
                must = gate.literals if prefixed and len(gate.literals) <= _FEW else ()
                entry = _Entry((index, number), least, most, longest, must)
                if prefixed:
                    self._prefixed.append((gate.prefixes, entry))
                else:
                    self._literal.append((gate.literals, entry))
        self._empty = not (self._prefixed or self._literal)
        self._looked = 0  # code points, lines counted as `_LINE`, looked through without the automaton

    @cached_property
    def _automaton(self) -> ahocorasick.Automaton:
        """All prefixes, behind a line break, and literals, each with the entries it speaks for."""
        entries: dict[str, list[_Entry]] = defaultdict(list)
        for prefixes, entry in self._prefixed:
            for prefix in prefixes:
                entries["\n" + prefix].append(entry)
        for literals, entry in self._literal:
            for literal in literals:
                entries[literal].append(entry)
        automaton = ahocorasick.Automaton()
        for key, owners in entries.items():
            automaton.add_word(key, tuple(owners))
        automaton.make_automaton()
        return automaton

    def _hits(self, folded: str, lines: int) -> Iterable[tuple[int, Iterable[_Entry]]]:
        """Places of the text, in order of its lines, and the entries that are spoken for there."""
        self._looked += lines * _LINE + len(folded)
        if self._looked < _WORTH:
            return self._looked_up(folded)
        hits: Iterable[tuple[int, Iterable[_Entry]]] = self._automaton.iter(folded)
        return hits

    def _looked_up(self, folded: str) -> Iterator[tuple[int, list[_Entry]]]:
        """The hits without the automaton: making it costs more than to look a first page over."""
        literal = [(found, e) for found, e in self._literal if any(map(folded.__contains__, found))]
        start = 1
        for line in folded[1:].split("\n"):
            entries = [entry for prefixes, entry in self._prefixed if line.startswith(prefixes)]
            entries += [entry for found, entry in literal if any(map(line.__contains__, found))]
            yield start, entries
            start += len(line) + 1

    def candidates(self, lines: Sequence[Line]) -> list[set[Unit]]:
        """For each line the leading patterns that could match it."""
        found: list[set[Unit]] = [set() for _ in lines]
        if self._empty or not lines:
            return found
        text = "\n".join(["", *(_seen(line.text) for line in lines)])
        if "  " in text or any(map(text.__contains__, _ODD)):
            text = _ODD_BLANKS.sub(" ", text)
        folded = fold(text)
        at, stop = -1, 0
        for end, entries in self._hits(folded, len(lines)):
            if end >= stop:  # the first hit of another line
                at += folded.count("\n", stop, end + 1)
                start, stop = folded.rfind("\n", 0, end + 1) + 1, folded.find("\n", end + 1)
                stop = stop if stop >= 0 else len(folded)
                line = lines[at]
                size = _core(line.text)
                tokens = folded.count(" ", start, stop) + 1 if line.text.isascii() else inf  # words, or more
            for unit, least, most, longest, must in entries:
                if size > longest or (tokens > most and line.words > most) or (least and line.words < least):
                    continue
                for one in must:
                    if folded.find(one, start, stop) >= 0:
                        break
                else:
                    if must:
                        continue
                found[at].add(unit)
        return found


def head(text: str, start: int) -> str:
    """The folded first letters of what begins at ``start``, as prefixes are folded."""
    cut = text[start : start + _HEAD]
    if cut.isascii() and cut.isprintable() and "  " not in cut and "`" not in cut:
        return cut.lower()  # all that `fold_head` would do
    return fold_head(text[start:] if _ODD_BLANKS.search(cut) else cut)[:_HEAD]


def _core(text: str) -> int:
    """Code points from the first letter or digit of a line to its last, a blank run counted as one;
    0 where that takes long to tell: what stands on a whole line is no longer than that."""
    if text.isascii():
        core = text.strip(_ASCII_REST)
        return len(core) if core.isprintable() and "  " not in core else len(" ".join(core.split()))
    first, last = _FIRST.search(text), _LAST.search(text)
    return 0 if first is None or last is None or _BLANK_RUN.search(text) else last.end() - first.start()


def _seen(text: str) -> str:
    """The line as the automaton sees it: where its first letters do not show plainly (bullets
    before them, typography in them), they stand before the line once more."""
    cut = text[:_HEAD]
    if text[0] in _ASCII_WORD and cut.isascii() and "`" not in cut:
        return text
    first = _FIRST.search(text)
    return f"{head(text, first.start())}{_SEAM}{text}" if first is not None else text
