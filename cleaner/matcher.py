"""Which rules speak about which lines.

Two steps: an Aho-Corasick automaton over the literals derived from the patterns (`cleaner.rules.
patterns.literals`) names the few rules that could match a line; the exact pattern of each of them
is then the only judge. The first step is a superset by construction, so it never changes a result.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import ahocorasick
import regex

from cleaner.lines import Line, Lines
from cleaner.rules.model import Rule
from cleaner.rules.patterns import NOT_INSIDE_WORD, fold, parse, to_regex

LONG_LINE = 4_000
"""Code points beyond which only phrase rules look at a line: no line of boilerplate is that long."""

TIMEOUT = 5.0  # seconds for one pattern on one line; patterns are bounded, so it is never near
TIMED_LINE = 400  # code points from which the clock is worth its cost (it makes a short search 8 times slower)

DECORATION = 40
"""Code points that are neither letters nor digits allowed beside a phrase at a line's start or end."""

_FIRST = regex.compile(r"[^\W_]")  # by the module that judges: it knows more letters than `re`
_HEAD = 40  # code points of a line's start in which a prefix must show, blank runs included
_ODD_BLANKS = re.compile(r"[^\S\n ]+ *|  +")


class Hit(NamedTuple):
    """One rule's phrase on one line; ``start`` and ``end`` are code points of the line."""

    rule: Rule
    start: int
    end: int


class Matches(NamedTuple):
    """What the rules say of a text, before anything is decided.

    ``lines`` holds, by index of the line, the rules whose pattern and word counts it meets (the
    first place of each phrase); ``phrases`` every place of every rule of scope phrase.
    """

    lines: dict[int, list[Hit]]
    phrases: dict[int, list[Hit]]


class Exact:
    """The exact patterns of one rule, compiled when first needed."""

    __slots__ = ("_all", "_any", "_unless", "at", "max_words", "min_words", "rule")

    def __init__(self, rule: Rule):
        self.rule = rule
        self.at = "anywhere" if rule.scope == "phrase" or not rule.any else rule.at
        self._any: regex.Pattern[str] | None = None
        self._all: list[regex.Pattern[str]] = []
        self._unless: regex.Pattern[str] | None = None
        self.min_words, self.max_words = rule.limits.min_words, rule.limits.max_words

    def search(self, text: str) -> tuple[int, int] | None:
        """Where the rule's phrase stands in ``text``, or None where the rule does not match."""
        if self._any is None:
            self._compile()
        assert self._any is not None
        timeout = TIMEOUT if len(text) > TIMED_LINE else None
        ask = self._any.match if self.at in ("start", "whole") else self._any.search
        match = ask(text, timeout=timeout)
        if match is None or not all(pattern.search(text, timeout=timeout) for pattern in self._all):
            return None
        if self._unless is not None and self._unless.search(text, timeout=timeout):
            return None
        start, end = match.span("phrase")
        return int(start), int(end)

    def finditer(self, text: str) -> Iterable[tuple[int, int]]:
        """Every place of the rule's phrase in ``text``, for rules of scope phrase."""
        if self.search(text) is None:
            return
        assert self._any is not None
        for match in self._any.finditer(text, timeout=TIMEOUT):
            yield match.span("phrase")

    def _compile(self) -> None:
        rule = self.rule
        lead = rule.any or rule.all[:1]
        self._all = [compile_pattern((pattern,)) for pattern in rule.all]
        self._unless = compile_pattern(rule.unless) if rule.unless else None
        self._any = compile_pattern(lead, self.at)


@lru_cache(maxsize=4096)
def compile_pattern(patterns: tuple[str, ...], at: str = "anywhere") -> regex.Pattern[str]:
    """One compiled pattern for several of a rule; the match proper is the group ``phrase``.

    ``at``: "start" and "end" allow up to `DECORATION` characters that are neither letter nor digit
    (bullets, arrows, emoji, brackets) between the phrase and that end of the line, "whole" at both.
    """
    either = "|".join(to_regex(parse(pattern)) for pattern in patterns)
    core = f"{NOT_INSIDE_WORD}(?P<phrase>{either}){NOT_INSIDE_WORD}"
    if at in ("start", "whole"):
        core = rf"\A[\W_]{{0,{DECORATION}}}+{core}"
    if at in ("end", "whole"):
        core = rf"{core}[\W_]{{0,{DECORATION}}}\Z"
    return regex.compile(core, regex.IGNORECASE)


class Matcher:
    """The gate and the exact patterns of a set of rules."""

    def __init__(self, rules: Iterable[Rule]):
        self.rules = [Exact(rule) for rule in rules]
        words: dict[str, list[int]] = defaultdict(list)
        self._prefixes: dict[str, list[int]] = defaultdict(list)
        for index, exact in enumerate(self.rules):
            for literal in exact.rule.gate:
                words[literal].append(index)
            for prefix in exact.rule.prefixes:
                self._prefixes[prefix].append(index)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._automaton = ahocorasick.Automaton()
        for literal, owners in words.items():
            self._automaton.add_word(literal, tuple(owners))
        self._empty = not words
        if words:
            self._automaton.make_automaton()

    def candidates(self, lines: Lines) -> dict[int, set[int]]:
        """For each line (by index) that could carry a phrase, the indices of the rules to ask."""
        found: dict[int, set[int]] = {}
        for line in lines.filled:
            owners = self._starting(line.text)
            if owners:
                found[line.index] = owners
        if not self._empty:
            self._add_holding(lines, found)
        return found

    def _starting(self, text: str) -> set[int]:
        """Rules of which a prefix stands at the start of the line."""
        first = _FIRST.search(text)
        owners: set[int] = set()
        if first is not None:
            start = fold(_ODD_BLANKS.sub(" ", text[first.start() : first.start() + _HEAD]))
            for length in self._lengths:
                owners.update(self._prefixes.get(start[:length], ()))
        return owners

    def _add_holding(self, lines: Lines, found: dict[int, set[int]]) -> None:
        """Add the rules of which a literal stands anywhere in the line."""
        text = lines.text if "\r" not in lines.text else "\n".join(line.text for line in lines)
        folded = fold(_ODD_BLANKS.sub(" ", text))
        line, line_end = 0, folded.find("\n")
        for end, owners in self._automaton.iter(folded):
            while 0 <= line_end < end:
                line, line_end = line + 1, folded.find("\n", line_end + 1)
            found.setdefault(line, set()).update(owners)

    def match(self, lines: Lines) -> Matches:
        """Ask the exact patterns of the candidates, line by line."""
        matches = Matches({}, {})
        for index, owners in sorted(self.candidates(lines).items()):
            line: Line = lines[index]
            for owner in sorted(owners):
                exact = self.rules[owner]
                if exact.rule.scope == "phrase":
                    places = [Hit(exact.rule, *span) for span in exact.finditer(line.text)]
                    if places:
                        matches.phrases.setdefault(index, []).extend(places)
                elif exact.min_words <= line.words <= exact.max_words and len(line.text) <= LONG_LINE:
                    span = exact.search(line.text)
                    if span is not None:
                        matches.lines.setdefault(index, []).append(Hit(exact.rule, *span))
        return matches
