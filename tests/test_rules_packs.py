"""The shipped packs: every example of every rule, and what the packs promise as a whole."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

import pytest

from cleaner.examples import run_examples
from cleaner.options import Options
from cleaner.rules import load_rules
from cleaner.rules.patterns import BARE, Concat, Either, Node, Repeat, Text, parse

RULES = load_rules(Options()).all


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_examples(rule):
    failures = run_examples([rule])
    assert not failures, "\n".join(f"{f.code} line {f.line}: {f.text!r} {f.reason}" for f in failures)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_says_why_and_what_it_risks(rule):
    assert rule.why.endswith(".")
    assert rule.risk.endswith(".")
    assert rule.points <= 5
    assert all(re.fullmatch(r"[a-z]{2,3}", language) for language in rule.languages)


def choices(node: Node) -> Iterator[Either]:
    """Every place of a pattern at which it has a choice."""
    parts: tuple[Node, ...] = ()
    match node:
        case Either(parts):
            yield node
        case Concat(parts):
            pass
        case Repeat(part):
            parts = (part,)
    for part in parts:
        yield from choices(part)


def alphabets(word: str) -> set[str]:
    """Of the alphabets that look alike those that a word has letters of."""
    return {unicodedata.name(char).split()[0] for char in word} & {"LATIN", "CYRILLIC", "GREEK"}


def said_without_marks(texts: Iterable[str]) -> set[str]:
    """What stands among the texts with marks and without: with them it takes the bare letters too."""
    texts = set(texts)
    return texts & {text.translate(BARE) for text in texts if text.translate(BARE) != text}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_patterns_say_nothing_twice_and_mix_no_alphabets(rule):
    assert not said_without_marks(rule.any)
    for pattern in (*rule.any, *rule.all, *rule.unless):
        for choice in choices(parse(pattern)):
            assert len(set(choice.parts)) == len(choice.parts), pattern
            assert not said_without_marks(part.value for part in choice.parts if isinstance(part, Text)), (
                pattern
            )
        for word in re.findall(r"[^\W\d_]+", pattern):
            assert len(alphabets(word)) < 2 or word == "нè", word  # as Macedonians type it


def test_enough_rules_of_enough_families():
    assert len(RULES) >= 120
    assert len({rule.family for rule in RULES}) >= 15


def test_no_phrase_twice_in_a_pack():
    for family in {rule.family for rule in RULES}:
        seen: dict[tuple, str] = {}
        for rule in RULES:
            if rule.family == family:
                for pattern in rule.any:
                    key = (pattern, rule.scope, rule.at, rule.limits, rule.block, rule.all)
                    assert key not in seen, f"{rule.code} and {seen[key]} both hold {pattern!r}"
                    seen[key] = rule.code
