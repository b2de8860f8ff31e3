"""Which documents a change of rules can touch, by the gates of the rules that changed, old and new.

A gate lets every line pass that its rule could speak about. Where no line of a source text passes the
gate of a changed rule, in its old form or its new one, the rules say the same of it as before, in the
first look and, as long as lines go whole, in every later one: its row holds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cleaner.gate import LineGate
from cleaner.judge import judgeable
from cleaner.model import Removal, rebuild
from cleaner.options import Options
from cleaner.pipeline import Cleaner
from cleaner.rules.index import rule_from_json, rule_to_json
from cleaner.rules.model import Gates, Limits, Rule
from cleaner.rules.pack import gates_of
from cleaner.rules.registry import selected
from cleaner.table import LineTable

_WORDS = ("name", "family", "why", "risk", "examples_text")
"""What people are told of a rule; no document depends on it."""
_DERIVED = ("gates", "spelled")


def told_rules(core: Cleaner) -> list[dict[str, Any]]:
    """The rules in force as a record keeps them: all that documents depend on. What is derived from its
    patterns is left out: it is most of a rule's size."""
    return [_told(rule) for rule in core.rules.active]


def _told(rule: Rule) -> dict[str, Any]:
    return {key: value for key, value in rule_to_json(rule).items() if key not in (*_WORDS, *_DERIVED)}


def changed_rules(
    before: Sequence[Mapping[str, Any]], core: Cleaner, options: Options
) -> tuple[Rule, ...] | None:
    """The rules that were others before, came or went, in their old form and their new one.

    ``before`` are the rules in force then, as `told_rules` tells them. None where what they touch
    cannot be proved: a form without a gate, phrases that go and come back, or another answer to the
    question whether rules of medium confidence may act at all.
    """
    now = {rule.code: rule for rule in core.rules.active}
    try:
        without = dict.fromkeys((*_WORDS, *_DERIVED), "")
        old = {str(told["code"]): rule_from_json({**without, **told}) for told in before}
    except (ValueError, TypeError, KeyError):
        return None
    if any(rule.scope == "phrase" and rule.code in core.rules.spared for rule in now.values()):
        return None
    if _opted_in(old.values(), options) != _opted_in(now.values(), options):
        return None
    forms: list[Rule] = []
    for code in sorted(old.keys() | now.keys()):
        pair = [rule for rule in (old.get(code), now.get(code)) if rule is not None]
        if len(pair) < 2 or _told(pair[0]) != _told(pair[1]):
            forms += map(_in_any_line, pair)
    provable = all(gate.begins or gate.holds for rule in forms for gate in rule.gates)
    return tuple(forms) if provable and all(rule.gates for rule in forms) else None


def _in_any_line(rule: Rule) -> Rule:
    """A form of a rule whose gate lets every line pass that its phrase has part in: one that may be joined
    with others stands anywhere in the line, which has more words."""
    gates = Gates.of(gates_of(rule.any, rule.all))
    if not rule.joins:
        return replace(rule, gates=gates)
    return replace(rule, gates=gates, at="anywhere", limits=Limits(max_words=sys.maxsize))


def _opted_in(rules: Any, options: Options) -> bool:
    """Whether rules of medium confidence may act: where one was asked for."""
    return any(
        rule.confidence == "medium"
        and (options.confidence == "medium" or rule.code in options.select)
        and selected(rule.code, options)
        for rule in rules
    )


def touched(rows: Any, gate: LineGate) -> Iterator[int]:
    """The rows of a batch of the output (by their numbers in it) that the rules of a gate can touch.

    Rows of which nothing can be said are among them: what failed, what was kept whole, what is very large,
    and what lost a phrase inside a line, for what is left of such a line is a new one.
    """
    columns = (rows[name].to_pylist() for name in ("text", "status", "removals"))
    for row, (text, status, ledger) in enumerate(zip(*columns, strict=True)):
        removals = [Removal(**one) for one in ledger]
        source = rebuild(text, removals)
        if (
            status in ("failed", "fused")
            or any(_inside_a_line(source, one) for one in removals)
            or not judgeable(source)  # looked at in one go, it would take too much memory
            or any(True for _ in gate.candidates(LineTable([source])))
        ):
            yield row


def _inside_a_line(source: str, removal: Removal) -> bool:
    before, last = source[removal.start - 1 : removal.start], source[removal.end - 1 : removal.end]
    begins = not removal.start or before in ("\n", "\r")
    ends = removal.end == len(source) or last in ("\n", "\r")
    return not (begins and ends)
