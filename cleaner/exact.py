"""The exact patterns: the only judge of what a rule's phrase is, each compiled when it is first asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import regex

from cleaner.model import RuleError
from cleaner.phrases import mentioned, phrase_span
from cleaner.rules.compiled import compiled
from cleaner.rules.listed import Core, listed
from cleaner.rules.model import DECORATION, Rule
from cleaner.rules.patterns import NOT_INSIDE_WORD, parse, to_regex

TIMEOUT = 5.0
"""Seconds for one pattern on one line."""
AT_ONCE = 2_000
"""Code points up to which a pattern that begins at one place goes without the clock, which costs a search 3
microseconds: the bound on patterns is one from each place of a line. Where a pattern may begin anywhere, one
within the bound can take seconds for such a line, so there the clock always runs."""


class Part(NamedTuple):
    """A phrase that would be a line of its own, in a line in which several are joined; places are code
    points of the line."""

    rule: Rule
    start: int
    end: int


class Hit(NamedTuple):
    """One rule's phrase on one line; all places are code points of the line.

    ``start`` and ``end`` are the phrase; ``first`` and ``last`` what goes with it where the rule is
    one for phrases inside a line. ``parts`` are those of a line in which several phrases for
    whole lines are joined (`cleaner.joined`), of which ``rule`` is that of one.
    """

    rule: Rule
    start: int
    end: int
    first: int = 0
    last: int = 0
    parts: tuple[Part, ...] = ()


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
        raise too_slow("a pattern for what follows a lead line", text) from None


def too_slow(what: str, line: str) -> RuleError:
    """The error of a pattern that ran out of its time on a line."""
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
