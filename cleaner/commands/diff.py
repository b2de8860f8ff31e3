"""``cleaner diff``: what a change of rules, configuration or version takes more and takes less."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from cleaner._version import __version__
from cleaner.commands.figures import PartMeter, Progress
from cleaner.commands.pool import Pool, cores
from cleaner.commands.progress import share
from cleaner.commands.terminal import Paint, columns, counted, visible
from cleaner.compare import Comparison, Example, Taken
from cleaner.files.comparing import Group, compare_cleaning, compare_outputs, groups_of
from cleaner.files.outputs import Output, json_object, opened
from cleaner.files.profiles import load_profile
from cleaner.model import ConfigError, InputError
from cleaner.options import Options
from cleaner.pipeline import cleaner_for
from cleaner.rules.registry import hand, own_packs

MOST_RULES = 20
"""Rules listed in each direction for a person; a program gets all."""

EXAMPLE_WIDTH = 90

_NOT_COMPARED = ("rules", "comments", "metadata")
"""Told otherwise, or deciding what is taken out of pages: texts are cleaned again as they came out."""

_FLAGS = ("rules_hash", "profile_hash")


@dataclass(frozen=True, slots=True)
class Task:
    """A row group to be cleaned again, and by what. ``profile`` is a file."""

    group: Group
    options: Options
    profile: str | None


@dataclass(slots=True)
class Difference:
    """What a comparison came to. ``before`` and ``after`` name the two; ``settings`` what differs in what
    they were made by: the name, what it was, what it is."""

    before: str
    after: str
    comparison: Comparison
    settings: list[tuple[str, Any, Any]] = field(default_factory=list)


def diff_outputs(one: str, other: str, seen: Callable[[Progress], None]) -> Difference:
    """Compare two outputs of the same inputs; `InputError` where one of them is none."""
    before, after = Output.of(one), Output.of(other)
    compared = compare_outputs(before, after, PartMeter(before.parts, seen, "comparing").add)
    if before.parts and after.parts and not compared.documents + compared.other_text + compared.failed:
        raise InputError(f"{before.name} and {after.name} have no document in common, by `source`")
    return Difference(one, other, compared, _settings(_metadata(before), _metadata(after)))


def diff_cleaning(
    path: str,
    options: Options,
    seen: Callable[[Progress], None],
    profile: str | None = None,
    no_profile: bool = False,
    workers: int | None = None,
) -> Difference:
    """Compare an output with what ``options`` make of its texts now: nothing is written.

    ``profile`` is the host profile to go by; without one the one that lies beside the output, where that was
    made by one and ``no_profile`` does not forbid it. Raises ConfigError where that is not there.
    """
    output = Output.of(path)
    core, was = cleaner_for(options), _metadata(output)
    file = None
    if core.judges and not no_profile:
        file = profile or _profile(output, was)
    now = {
        "version": __version__,
        "rules_hash": core.rules_hash,
        "profile_hash": load_profile(file).digest if file else "",
        **_told(options),
    }
    tasks = [Task(group, options, file) for group in groups_of(output)]
    meter = PartMeter(output.parts, seen, "comparing")
    compared = Comparison()
    with Pool(workers or cores(), first=partial(hand, own_packs(options))) as pool:
        for outcome in pool.run(compare_group, tasks, lambda index, value: meter.add(*value)):
            if outcome.result is None:
                raise outcome.error or InputError(f"{output.name}: cannot be cleaned again")
            compared.add(outcome.result)
    return Difference(path, "a cleaning of now", compared, _settings(was, now))


def compare_group(task: Task, report: Callable[[tuple[str, int, int]], None]) -> Comparison:
    """A worker's part: clean one row group again and compare."""
    profile = load_profile(task.profile) if task.profile is not None else None
    core = cleaner_for(task.options)
    return compare_cleaning(task.group, core, profile, lambda *told: report(told))


def arguments_of(path: str) -> list[str]:
    """The INPUT arguments an output was made of: where its configuration is looked for."""
    output = Output.of(path)
    return output.manifest().arguments if output.has_manifest else []


def _profile(output: Output, was: Mapping[str, Any]) -> str | None:
    """The profile beside the output, where it is the one the output was made by."""
    wanted = was.get("profile_hash")
    if not wanted:
        return None
    if output.profile is None or load_profile(output.profile).digest != wanted:
        raise ConfigError(
            f"{output.name}: the host profile it was made by does not lie beside it; "
            "name it by --profile, or --no-profile compares without"
        )
    return output.profile


def _metadata(output: Output) -> dict[str, Any]:
    """What an output was made by, as its first part says: version, digests, and its configuration's keys."""
    for part in output.parts[:1]:
        with opened(part) as file:
            metadata = {
                key.decode("utf-8", "replace"): value.decode("utf-8", "replace")
                for key, value in (file.schema_arrow.metadata or {}).items()
            }
        told = {
            key.removeprefix("cleaner."): value
            for key, value in metadata.items()
            if key in ("cleaner.version", "cleaner.rules_hash", "cleaner.profile_hash")
        }
        configuration = json_object(metadata.get("cleaner.configuration"))
        core = Options.__dataclass_fields__.keys()
        return {**told, **{key: value for key, value in configuration.items() if key in core}}
    return {}


def _told(options: Options) -> dict[str, Any]:
    values = json.loads(json.dumps(asdict(options)))
    return {key: value for key, value in values.items() if key not in _NOT_COMPARED}


def _settings(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(key, was[key], now[key]) for key in now if key in was and was[key] != now[key]]


def describe(found: Difference, paint: Paint, names: Mapping[str, str]) -> Iterator[str]:
    """The lines that a person reads."""
    compared = found.comparison
    differ = f"{compared.changed:,} differ" if compared.changed else "none differs"
    yield paint(f"{counted(compared.documents, 'document')} compared, {differ}", "bold")
    yield f"  before: {visible(found.before)}; after: {visible(found.after)}"
    for name, was, now in found.settings:
        change = "changed" if name in _FLAGS else f"{_value(was)}, now {_value(now)}"
        yield f"  {name.replace('_', ' ').replace(' hash', '')}: {change}"
    for count, what in (
        (compared.gone, "gone: their text counts as lost"),
        (compared.come, "new: not compared"),
        (compared.other_text, "of another text than before: not compared"),
        (compared.failed, "failed, before or after: not compared"),
    ):
        if count:
            yield f"  {counted(count, 'document')} {what}"
    for (was, now), count in sorted(compared.statuses.items()):
        if was != now:
            yield f"  {counted(count, 'document')} {was}, now {now}"
    chars = counted(compared.lost, "character")
    part = share(compared.lost, compared.kept)
    yield f"  new loss: {chars}, {part} of the {compared.kept:,} that were kept"
    yield f"  regained: {counted(compared.regained, 'character')}"
    for title, under, colour in (
        ("takes more", compared.more, "red"),
        ("takes less", compared.less, "green"),
    ):
        yield from _rules(title, under, colour, paint, names)


def _value(value: Any) -> str:
    return visible(", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value))


def _rules(
    title: str, under: Mapping[str, Taken], colour: str, paint: Paint, names: Mapping[str, str]
) -> Iterator[str]:
    if not under:
        return
    yield ""
    yield paint(title, "bold")
    listed = _by_size(under)
    for rule, taken in listed[:MOST_RULES]:
        figures = (
            f"{counted(taken.chars, 'character')} at {counted(taken.places, 'place')} "
            f"in {counted(taken.documents, 'document')}"
        )
        yield f"  {rule} {visible(names.get(rule, ''))}".rstrip() + f": {figures}"
        rows = [(f"    {visible(e.source)}", _short(e)) for e in _examples(taken)]
        yield from (paint(line, colour) for line in columns(rows))
    if len(listed) > MOST_RULES:
        yield f"  and {counted(len(listed) - MOST_RULES, 'further rule')}; --json lists all"


def _by_size(under: Mapping[str, Taken]) -> list[tuple[str, Taken]]:
    return sorted(under.items(), key=lambda item: (-item[1].chars, item[0]))


def _examples(taken: Taken) -> Sequence[Example]:
    return sorted(taken.examples, key=lambda example: (example.source, example.text))


def _short(example: Example) -> str:
    text = visible(" / ".join(line.strip() for line in example.text.splitlines() if line.strip()))
    return text if len(text) <= EXAMPLE_WIDTH else text[: EXAMPLE_WIDTH - 1] + "…"


def as_json(found: Difference) -> str:
    """The comparison for programs; ASCII only."""
    compared = found.comparison

    def rules(under: Mapping[str, Taken]) -> dict[str, Any]:
        return {
            rule: {
                "documents": taken.documents,
                "places": taken.places,
                "chars": taken.chars,
                "examples": [{"source": e.source, "text": e.text} for e in _examples(taken)],
            }
            for rule, taken in _by_size(under)
        }

    figures = {
        "before": found.before,
        "after": found.after,
        "settings": {name: {"before": was, "after": now} for name, was, now in found.settings},
        "documents": compared.documents,
        "changed": compared.changed,
        "gone": compared.gone,
        "new": compared.come,
        "other_text": compared.other_text,
        "failed": compared.failed,
        "chars_kept_before": compared.kept,
        "chars_kept_after": compared.kept_after,
        "chars_lost": compared.lost,
        "chars_regained": compared.regained,
        "new_loss": round(compared.new_loss, 9),
        "statuses": [
            {"before": was, "after": now, "documents": count}
            for (was, now), count in sorted(compared.statuses.items())
        ],
        "more": rules(compared.more),
        "less": rules(compared.less),
    }
    return json.dumps(figures, indent=2)
