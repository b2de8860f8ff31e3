"""Which rules speak about which lines.

Two steps. The gate, derived from the patterns (`cleaner.rules.gates`), names the few patterns
that could match a line: by the line's first letters, or by an Aho-Corasick automaton over literals.
The exact pattern is then the only judge. The gate is a superset by construction, so it never changes
a result; and what the judge says depends on the line's text alone, so it is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import regex

from cleaner.folds import head
from cleaner.gate import DECORATION, LineGate, Unit
from cleaner.lines import REPEATED, Line, Lines
from cleaner.model import RuleError
from cleaner.phrases import mentioned, phrase_span, sentence_starts
from cleaner.rules.compiled import compiled
from cleaner.rules.listed import Core, core_of, listed
from cleaner.rules.model import Rule
from cleaner.rules.patterns import NOT_INSIDE_WORD, parse, to_regex
from cleaner.table import LineTable

LONG_LINE = 4_000
"""Code points beyond which only phrase rules look at a line: no line of boilerplate is that long."""

TIMEOUT = 5.0
"""Seconds for one pattern on one line."""
AT_ONCE = 2_000
"""Code points up to which a pattern that begins at one place goes without the clock, which costs a search 3
microseconds: the bound on patterns is one from each place of a line. Where a pattern may begin anywhere, one
within the bound can take seconds for such a line, so there the clock always runs."""

TOGETHER = 1 << 19  # code points that the gate looks at in one go
REMEMBERED = 4_000_000  # code points of lines of up to `REPEATED` whose matches are kept in mind


class Hit(NamedTuple):
    """One rule's phrase on one line; all places are code points of the line.

    ``start`` and ``end`` are the phrase; ``first`` and ``last`` what goes with it where the rule is
    one for phrases inside a line.
    """

    rule: Rule
    start: int
    end: int
    first: int = 0
    last: int = 0


Said = tuple[tuple[Hit, ...], tuple[Hit, ...]]
"""What is said of one line: hits of rules for lines, hits of rules for phrases."""

_NOTHING: Said = ((), ())


class Matches(NamedTuple):
    """What the rules say of a text, before anything is decided.

    ``lines`` holds, by index of the line, the rules whose pattern and word counts it meets;
    ``phrases`` every place of every rule of scope phrase.
    """

    lines: dict[int, tuple[Hit, ...]]
    phrases: dict[int, tuple[Hit, ...]]

    def add(self, index: int, said: Said) -> None:
        """What is said of the line of that index."""
        whole, inside = said
        if whole:
            self.lines[index] = whole
        if inside:
            self.phrases[index] = inside


class Exact:
    """The exact patterns of one rule, each compiled when first needed."""

    __slots__ = ("_all", "_leads", "_unless", "anchored", "at", "inside", "plain", "rule")

    def __init__(self, rule: Rule):
        self.rule = rule
        self.at = "here" if rule.scope == "phrase" else rule.at if rule.any else "anywhere"
        self.inside, self.anchored = rule.scope == "phrase", rule.anchored
        self.plain = not (rule.all or rule.unless)
        self._leads: list[regex.Pattern[str] | None] = [None] * len(rule.leads)
        self._all: list[regex.Pattern[str]] | None = None
        self._unless: regex.Pattern[str] | None = None

    def search(self, text: str, number: int, core: Core | None = None) -> Hit | None:
        """The phrase of one leading pattern on a line, if the line does not only mention it and the rule says
        nothing against it; sooner with the line's ``core`` where it has one."""
        if core is not None and self.at == "whole" and (lines := listed(self.rule.leads[number])) is not None:
            if core.folded not in lines or not (self.plain or self._allows(text)):
                return None
            if core.start and mentioned(text, core.start):
                return None
            return Hit(self.rule, core.start, core.end)
        pattern = self._leads[number] or self._lead(number)
        ask = pattern.match if self.anchored else pattern.search
        match = ask(text) if self.anchored and len(text) <= AT_ONCE else ask(text, timeout=TIMEOUT)
        if match is None or not (self.plain or self._allows(text)):
            return None
        start, end = match.span("phrase")
        return Hit(self.rule, start, end) if not (start and mentioned(text, start)) else None

    def phrases(self, text: str, starts: Iterable[tuple[int, str]], number: int) -> Iterator[Hit]:
        """The phrases of one leading pattern on a line, with what goes along; ``starts`` are the
        places where a sentence begins, each with its folded first letters."""
        prefixes = self.rule.gates[number].prefixes
        timeout = TIMEOUT if len(text) > AT_ONCE else None
        for start, letters in starts:
            if prefixes and not letters.startswith(prefixes):
                continue
            match = self._lead(number).match(text, start, timeout=timeout)
            if match is None:
                continue
            begin, end = match.span("phrase")
            span = phrase_span(text, begin, end, self.rule.until, self.rule.limits.max_words)
            if span is not None and (self.plain or self._allows(text[slice(*span)])):
                yield Hit(self.rule, begin, end, *span)

    def _lead(self, number: int) -> regex.Pattern[str]:
        pattern = self._leads[number]
        if pattern is None:
            pattern = self._leads[number] = compile_pattern((self.rule.leads[number],), self.at)
        return pattern

    def _allows(self, text: str) -> bool:
        """Whether the line, or the phrase that would go, holds ``all`` and nothing of ``unless``."""
        if self._all is None:
            self._all = [compile_pattern((pattern,)) for pattern in self.rule.all]
            self._unless = compile_pattern(self.rule.unless) if self.rule.unless else None
        if not all(pattern.search(text, timeout=TIMEOUT) for pattern in self._all):
            return False
        return self._unless is None or self._unless.search(text, timeout=TIMEOUT) is None


def says(text: str, pattern: regex.Pattern[str]) -> bool:
    """Whether a line says what a pattern looks for; `RuleError` where that takes too long."""
    try:
        return pattern.search(text, timeout=TIMEOUT) is not None
    except TimeoutError:
        raise _too_slow("a pattern for what follows a lead line", text) from None


def _too_slow(what: str, line: str) -> RuleError:
    return RuleError(
        f"{what} takes more than {TIMEOUT:g} seconds for a line of {len(line):,} characters that begins "
        f"{line[:40]!r}: repeat less, or say `at`"
    )


@lru_cache(maxsize=8192)
def compile_pattern(patterns: tuple[str, ...], at: str = "anywhere") -> regex.Pattern[str]:
    """One compiled pattern for several of a rule; the match proper is the group ``phrase``.

    ``at``: "start" and "end" allow up to `DECORATION` characters that are neither letter nor digit
    (bullets, arrows, emoji, brackets) between the phrase and that end of the line, "whole" at both.
    "here": a match at a place that begins a sentence.
    """
    either = "|".join(to_regex(parse(pattern)) for pattern in patterns)
    core = f"(?P<phrase>{either})"
    if at in ("anywhere", "end"):  # elsewhere no letter can stand before the phrase
        core = f"{NOT_INSIDE_WORD}{core}"
    if at in ("start", "whole"):
        core = rf"\A[\W_]{{0,{DECORATION}}}+{core}"
    rest = rf"[\W_]{{0,{DECORATION}}}\Z" if at in ("end", "whole") else NOT_INSIDE_WORD
    return compiled(core + rest)


class Matcher:
    """The gate and the exact patterns of a set of rules."""

    def __init__(self, rules: Iterable[Rule]):
        self.rules = [Exact(rule) for rule in rules]
        self._memo: dict[str, Said] = {}
        self._remembered = 0  # code points
        self.gate = LineGate([exact.rule for exact in self.rules])

    def match(self, lines: Lines) -> Matches:
        """What every rule says of every line."""
        matches = Matches({}, {})
        filled = lines.filled
        for part in _portions(filled):
            for row, said in self.match_rows(LineTable([line.text for line in filled[part]])).items():
                matches.add(filled[part.start + row].index, said)
        return matches

    def match_rows(self, table: LineTable) -> dict[int, Said]:
        """What the rules say of the rows of a table; rows of which they say nothing have no entry."""
        if self._remembered > REMEMBERED:  # keep memory bounded
            self._memo, self._remembered = {}, 0
        memo, found = self._memo, {}  # another thread may forget
        for row, text, units in self.gate.candidates(table, memo):
            said = memo.get(text) if not units else None
            if said is None:
                said = self._judge(text, units)
                if len(text) <= REPEATED:
                    memo[text] = said
                    self._remembered += len(text)
            if said is not _NOTHING:
                found[row] = said
        return found

    def _judge(self, text: str, units: Iterable[Unit]) -> Said:
        """Ask the exact patterns; hits come in the order of the rules, one a rule for whole lines.

        `RuleError` where one takes too long.
        """
        whole: list[Hit] = []
        inside: list[Hit] = []
        starts: list[tuple[int, str]] | None = None
        core = core_of(text, DECORATION)
        asked = index = -1
        try:
            for index, number in units:
                exact = self.rules[index]
                if exact.inside:
                    if starts is None:
                        starts = [(start, head(text, start)) for start in sentence_starts(text)]
                    inside += exact.phrases(text, starts, number)
                elif index != asked and len(text) <= LONG_LINE:
                    hit = exact.search(text, number, core)
                    if hit is not None:
                        whole.append(hit)
                        asked = index
        except TimeoutError:
            raise _too_slow(self.rules[index].rule.code, text) from None
        return (tuple(whole), tuple(inside)) if whole or inside else _NOTHING


def _portions(lines: Sequence[Line]) -> Iterator[slice]:
    """Lines in order, so many together that memory stays bounded."""
    first = size = 0
    for at, line in enumerate(lines):
        if size > TOGETHER:
            yield slice(first, at)
            first, size = at, 0
        size += len(line.text)
    if first < len(lines):
        yield slice(first, len(lines))
