"""What of earlier runs is taken over, unit by unit, and why the rest is made anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cleaner.commands.record import Done
from cleaner.commands.rulechange import changed_rules
from cleaner.files.earlier import LOST, NEW, Earlier, Reuse, Standing, Take, is_as_written
from cleaner.files.paths import InputFile
from cleaner.files.plan import Unit
from cleaner.options import Options
from cleaner.pipeline import Cleaner
from cleaner.rules.model import Rule

SHOWN_CODES = 5


@dataclass(slots=True)
class Takeover:
    """What is done with each unit.

    ``whole`` are, by unit, the record and line of an earlier unit that is the same; ``takes`` the rows of
    its segments where not, ``reasons`` why some rows of these have to be made anew, where an earlier run
    had them. ``changed`` are rules that are others since, for takes in doubt. ``as_before`` are inputs of
    which nothing is read.
    """

    whole: list[tuple[Earlier, dict[str, Any]] | None] = field(default_factory=list)
    takes: list[tuple[Take | None, ...]] = field(default_factory=list)
    reasons: list[tuple[str, ...]] = field(default_factory=list)
    changed: tuple[Rule, ...] = ()
    as_before: list[InputFile] = field(default_factory=list)

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
        reasons = (doubts.of(take) if isinstance(take, Take) else take for take in takes)
        found.reasons.append(tuple(reason if reason != NEW or records else "" for reason in reasons))
    return found


def without_changed(
    found: Takeover, units: Sequence[Unit], records: Sequence[Earlier], stays: Callable[[Earlier], bool]
) -> None:
    """Leave out rows that would be copied from parts that are not, byte for byte, what their runs wrote:
    copied they would look proved. Parts that stay as a whole keep their digest, and need no look."""
    for at, (whole, takes) in enumerate(zip(found.whole, found.takes, strict=True)):
        if whole is not None and stays(whole[0]):
            continue
        sound = [take is not None and (not take.path or is_as_written(take, records)) for take in takes]
        kept = tuple(take if good else None for take, good in zip(takes, sound, strict=True))
        if kept != takes:
            lost = [before is not after for before, after in zip(takes, kept, strict=True)]
            reasons = zip(lost, found.reasons[at], strict=True)
            found.reasons[at] = tuple(LOST if gone else reason for gone, reason in reasons)
            found.takes[at], found.whole[at] = kept, None
    found.as_before = _as_before(units, found.takes)


def _as_before(units: Sequence[Unit], takes: Sequence[Sequence[Take | None]]) -> list[InputFile]:
    """Inputs all rows of which are taken over as they are."""
    files: dict[InputFile, bool] = {}
    for unit, some in zip(units, takes, strict=True):
        for segment, take in zip(unit.segments, some, strict=True):
            same = take is not None and not (take.doubtful or take.again)
            files[segment.file] = files.get(segment.file, True) and same
    return [file for file, same in files.items() if same]


@dataclass(slots=True)
class Anew:
    """What was made anew for one reason: so many documents, of inputs by their names."""

    documents: int = 0
    inputs: list[str] = field(default_factory=list)


def made_anew(over: Takeover, done: Sequence[Done]) -> dict[str, Anew]:
    """What was made anew of units that are done, by reason; a reason for which nothing had to be counts
    nothing."""
    found: dict[str, Anew] = {}
    for one, takes, reasons in zip(done, over.takes, over.reasons, strict=True):
        rows = one.line["segment_rows"]
        taken = one.taken or [0] * len(rows)
        for segment, take, reason, all_rows, old in zip(
            one.unit.segments, takes, reasons, rows, taken, strict=True
        ):
            if not reason and take is not None and old < all_rows:
                reason = LOST  # what was to be copied could not be
            if not reason:
                continue
            anew = found.setdefault(reason, Anew())
            anew.documents += all_rows - old
            if (take is None or old < all_rows) and segment.file.name not in anew.inputs[-1:]:
                anew.inputs.append(segment.file.name)
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
