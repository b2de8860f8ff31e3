"""What of earlier runs is taken over, unit by unit, and why the rest is made anew."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cleaner.commands.rulechange import changed_rules
from cleaner.files.earlier import NEW, Earlier, Reuse, Standing, Take
from cleaner.files.plan import Unit
from cleaner.options import Options
from cleaner.pipeline import Cleaner
from cleaner.rules.model import Rule

SHOWN_CODES = 5


@dataclass(slots=True)
class Takeover:
    """What is done with each unit.

    ``whole`` are, by unit, the record and line of an earlier unit that is the same; ``takes`` the rows of
    its segments where not. ``changed`` are rules that are others since, for takes in doubt. ``anew``
    names, by reason, the inputs of which some rows cannot be taken over.
    """

    whole: list[tuple[Earlier, dict[str, Any]] | None] = field(default_factory=list)
    takes: list[tuple[Take | None, ...]] = field(default_factory=list)
    changed: tuple[Rule, ...] = ()
    anew: dict[str, list[str]] = field(default_factory=dict)

    def all_of(self, record: Earlier | None) -> bool:
        """Whether the output is as that run left it."""
        if record is None or len(self.whole) != len(record.units):
            return False
        return all(
            found is not None and found[0] is record and found[1] is line
            for found, line in zip(self.whole, record.units, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Doubts:
    """Why rows of records do not hold as they are, by number of the record; those of ``by_rule`` do but
    for rules that changed, ``rules``, in all their forms."""

    reasons: Mapping[int, str]
    by_rule: Mapping[int, bool]
    rules: tuple[Rule, ...]

    def of(self, take: Take) -> str:
        """Why some rows of a take are made anew; nothing where none are."""
        if take.again:
            return "ran out of time before"
        return next((r for n, r in self.reasons.items() if self.by_rule[n]), "") if take.doubtful else ""


def take_over(units: Sequence[Unit], records: Sequence[Earlier], reuse: Reuse, doubts: Doubts) -> Takeover:
    """Look for the rows of all units in the records of earlier runs, newest first."""
    found = Takeover(changed=doubts.rules)
    for unit in units:
        takes = [reuse.take(segment) for segment in unit.segments]
        found.whole.append(reuse.whole(unit, takes))
        found.takes.append(tuple(take if isinstance(take, Take) else None for take in takes))
        for segment, take in zip(unit.segments, takes, strict=True):
            reason = doubts.of(take) if isinstance(take, Take) else take
            if reason and (reason != NEW or records):
                names = found.anew.setdefault(reason, [])
                if segment.file.name not in names[-1:]:
                    names.append(segment.file.name)
    return found


def doubts_about(
    records: Sequence[Earlier], standing: Standing, judge: str, core: Cleaner, options: Options
) -> Doubts:
    """What has changed since each of the runs; ``judge`` is the digest of the one that judges now."""
    reasons: dict[int, str] = {}
    by_rule: dict[int, bool] = {}
    forms: dict[str, Rule] = {}
    for number, record in enumerate(records):
        head = record.head
        found = [*_reasons(head, standing)]
        by_rule[number] = False
        if head["cleaner.rules_hash"] != standing.rules_hash:
            rules = changed_rules(record.rules, core, options) if head.get("judge") == judge else None
            by_rule[number] = rules is not None and not found
            forms |= {repr(rule): rule for rule in rules or ()}
            found.append(_of_rules(rules))
        reasons[number] = "; ".join(found)
    return Doubts(reasons, by_rule, tuple(forms.values()))


def _reasons(head: Mapping[str, str], standing: Standing) -> list[str]:
    reasons = []
    if head["cleaner.version"] != standing.version:
        reasons.append(f"version {standing.version} in place of {head['cleaner.version']}")
    if head["cleaner.configuration"] != standing.configuration:
        reasons.append(f"configuration changed ({_changed_keys(head['cleaner.configuration'], standing)})")
    if head["cleaner.profile_hash"] != standing.profile_hash:
        reasons.append("another host profile")
    return reasons


def _changed_keys(before: str, standing: Standing) -> str:
    try:
        old, new = json.loads(before), json.loads(standing.configuration)
        keys = sorted(key for key in {**old, **new} if old.get(key) != new.get(key))
    except (ValueError, TypeError, AttributeError):
        return "beyond recognition"
    return ", ".join(key.replace("_", "-") for key in keys)


def _of_rules(rules: Sequence[Rule] | None) -> str:
    if rules is None:
        return "rules changed"
    codes = sorted({rule.code for rule in rules})
    if not codes:
        return "rules changed in words only"
    more = f" and {len(codes) - SHOWN_CODES} more" if len(codes) > SHOWN_CODES else ""
    return f"rules changed ({', '.join(codes[:SHOWN_CODES])}{more}): only what they can touch"
