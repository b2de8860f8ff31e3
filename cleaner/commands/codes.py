"""Every code that can stand in a ledger, with what a person wants to know of it.

Rules of packs and the finders that are code (headlines) are listed alike: a reader of a ledger
does not care which of the two took a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from cleaner import headlines, judge
from cleaner.model import Confidence, ConfigError
from cleaner.options import Options
from cleaner.pipeline import CODES
from cleaner.rules import Pack, Rule, Rules, load_rules
from cleaner.rules.registry import selected
from cleaner.suggest import did_you_mean

HEADLINES, JUDGE = "headlines", "judge"
_DROPPED = "HDL004"  # takes text under the policy "drop" only

State = Literal["removes", "evidence", "trial", "off"]


@dataclass(frozen=True, slots=True)
class Code:
    """One code. ``state`` is what the options make of it; ``rule`` and ``pack`` are None for a
    finder that is no rule of a pack."""

    code: str
    name: str
    family: str
    languages: tuple[str, ...]
    confidence: Confidence
    state: State
    why: str
    rule: Rule | None = None
    pack: Pack | None = None


def catalogue(options: Options) -> dict[str, Code]:
    """Every code by name, packs in their order, rules in theirs, then the finders.

    Raises ConfigError and RuleError as `cleaner.rules.load_rules` does.
    """
    rules = load_rules(options, CODES)
    return {code.code: code for code in (*_of_packs(rules), *_of_headlines(options), *_of_judge(options))}


def names(options: Options) -> dict[str, str]:
    """The name of every code."""
    return {code.code: code.name for code in catalogue(options).values()}


def lookup(wanted: str, known: dict[str, Code], also: Iterable[str] = ()) -> list[Code]:
    """The codes that begin with ``wanted``, in any case.

    Raises ConfigError where there is none: with what became of it where it was retired, else with
    the nearest of the known codes, prefixes and the words in ``also``.
    """
    prefix = wanted.upper()
    found = [code for name, code in known.items() if name.startswith(prefix)]
    if found:
        return found
    packs = {code.pack.source: code.pack for code in known.values() if code.pack is not None}
    for pack in packs.values():
        if prefix in pack.retired:
            raise ConfigError(f"{prefix} is retired: {pack.retired[prefix]}")
    prefixes = sorted({name.rstrip("0123456789") for name in known})
    near = did_you_mean(prefix, [*known, *prefixes]) or did_you_mean(wanted, also)
    raise ConfigError(
        f"no rule has the code or prefix `{wanted}`{near or '; `cleaner rules` lists them all'}"
    )


def _of_packs(rules: Rules) -> Iterator[Code]:
    active = {rule.code for rule in rules.active} - rules.spared
    for pack in rules.packs:
        for rule in pack.rules:
            yield Code(
                code=rule.code,
                name=rule.name,
                family=pack.name,
                languages=rule.languages,
                confidence=rule.confidence,
                state=_state(rule, active, rules.removing),
                why=rule.why,
                rule=rule,
                pack=pack,
            )


def _state(rule: Rule, active: set[str], removing: frozenset[str]) -> State:
    if rule.code not in active:
        return "off"
    if rule.code in removing:
        return "removes"
    return "trial" if rule.confidence == "trial" else "evidence"


def _of_headlines(options: Options) -> Iterator[Code]:
    wanted = set() if options.headlines == "off" else set(headlines.CODES)
    if options.headlines == "keep":
        wanted.discard(_DROPPED)
    for code, (name, why) in headlines.CODES.items():
        on = code in wanted and selected(code, options)
        yield Code(code, name, HEADLINES, (), "high", "removes" if on else "off", why)


def _of_judge(options: Options) -> Iterator[Code]:
    for code, (name, why) in judge.CODES.items():
        on = options.evidence == "all" and selected(code, options)
        yield Code(code, name, JUDGE, (), "medium", "removes" if on else "off", why)
