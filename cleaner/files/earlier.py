"""What earlier runs left of this output, and what of it still holds.

A run records what it did in one form, in its journal while it goes on and in the manifest when it is
done: what everything depends on (version, rules, configuration, host profile, columns), each input as
it was, and each unit with the rows of its segments. A later run takes over the rows of a segment
whose input is the same and whose run went by the same; what it cannot take over it does again, and
says why.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from cleaner.files.layout import Layout
from cleaner.files.manifest import MANIFEST, digest_of, is_sound, told_path
from cleaner.files.paths import InputFile, printable
from cleaner.files.plan import Unit
from cleaner.files.reading import Scan, Segment
from cleaner.files.scans import scan_from_json
from cleaner.files.workspace import JOURNAL

FORM = 2
"""Of the record; one of another form is not read."""

NEW, CHANGED, UNKNOWN, FAILED, LOST = (
    "new",
    "changed",
    "not known by content yet",
    "failed before",
    "their rows are missing from the output, or were changed",
)
"""Why the rows of an input are made anew, where it is not for what all rows depend on."""

Key = tuple[str, int, int | None]
"""A segment: the source of its file, where it starts and stops."""


class Take(NamedTuple):
    """Rows that an earlier run cleaned: ``rows`` of them, from row ``first`` of the Parquet file ``path``.

    ``again`` are those to be cleaned again all the same, counted from the first; ``trials`` what rules
    on trial would have taken of them: (row, rule, code points). With ``doubtful`` the rules have changed
    since, and rows that these can touch are cleaned again. ``problems`` are records that added no row, and
    why.
    """

    path: str
    first: int
    rows: int
    again: tuple[int, ...] = ()
    trials: tuple[tuple[int, str, int], ...] = ()
    doubtful: bool = False
    problems: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What all rows of a run depend on besides their input; ``columns`` as `columns_told` tells them."""

    version: str
    rules_hash: str
    configuration: str
    profile_hash: str
    columns: tuple[tuple[Any, ...], ...]

    def told(self) -> dict[str, Any]:
        """The standing as the first line of a record holds it."""
        return {**self.metadata(), "columns": [list(column) for column in self.columns]}

    def metadata(self) -> dict[str, str]:
        """The standing as the metadata of every part."""
        return {
            "cleaner.version": self.version,
            "cleaner.rules_hash": self.rules_hash,
            "cleaner.configuration": self.configuration,
            "cleaner.profile_hash": self.profile_hash,
        }


def columns_told(layout: Layout) -> tuple[tuple[Any, ...], ...]:
    """The columns that pass through, as plain values: key, name, type, whether as JSON text."""
    return tuple((one.key, one.name, str(one.type), one.json_text) for one in layout.columns)


class _Place(NamedTuple):
    """Where the rows of a segment are: the line on its unit, its place there, the rows before it there."""

    unit: dict[str, Any]
    at: int
    before: int


@dataclass(slots=True)
class Earlier:
    """The record of one run, whose parts lie in ``folder``; ``published`` tells a finished one. ``sizes``
    are those of the parts that were looked at, each once, ``sound`` whether their bytes are those of their
    ``digests``."""

    folder: str
    published: bool
    head: dict[str, Any]
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    units: list[dict[str, Any]] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    places: dict[Key, _Place] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, int | None] = field(default_factory=dict)
    sound: dict[str, bool] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    def path(self, unit: Mapping[str, Any]) -> str | None:
        """The part that holds a unit, where it is as it was written; None where it is not."""
        if unit["part"] is None:
            return ""
        path = os.path.join(self.folder, unit["part"])
        if path not in self.sizes:  # thousands of segments share a part
            try:
                self.sizes[path] = os.path.getsize(path)
            except OSError:
                self.sizes[path] = None
        return path if self.sizes[path] == unit["bytes"] else None

    def holds(self, path: str) -> bool:
        """Whether the bytes of a part are those that the run wrote, where it says which these were."""
        if not self.digests:
            parts = ((unit["part"], unit.get("sha256", "")) for unit in self.units if unit["part"])
            self.digests = {os.path.join(self.folder, part): digest for part, digest in parts}
        if path not in self.sound:
            digest = self.digests.get(path)
            try:
                self.sound[path] = not digest or digest_of(path) == digest
            except OSError:
                self.sound[path] = False
        return self.sound[path]


def is_as_written(take: Take, records: Sequence[Earlier]) -> bool:
    """Whether the part that rows are to be taken from is, byte for byte, what its run wrote; one without a
    digest, of an earlier version, is taken to be."""
    return all(record.holds(take.path) for record in records if take.path in record.sizes)


def published(side: str, folder: str, say: Callable[[str], None]) -> Earlier | None:
    """The record of the output that stands in ``folder``; None where there is none to go by, which is said
    where a manifest is there."""
    path = os.path.join(side, MANIFEST)
    if not os.path.exists(path):
        return None
    with suppress(OSError):
        if is_sound(path) and (record := _read(path, folder, True)) is not None:
            return record
    told = "was changed since, is of another version or cannot be read"
    say(f"{printable(path)}: {told}: nothing of it is taken over")
    return None


def interrupted(folders: Sequence[str]) -> list[Earlier]:
    """The records of runs that ended before their time, by their folders."""
    found = (_read(os.path.join(folder, JOURNAL), folder, False) for folder in folders)
    return [one for one in found if one is not None]


def _read(path: str, folder: str, is_published: bool) -> Earlier | None:
    """A record up to its first line that is none: of a journal the last may be cut short."""
    try:
        with open(path, encoding="utf-8") as lines:
            objects = _objects(lines)
            head = next(objects, {})
            if head.get("kind") != "run" or head.get("form") != FORM:
                return None
            record = Earlier(folder, is_published, head)
            for one in objects:
                _enter(record, one)
            return record
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _objects(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            one = json.loads(line)
        except ValueError:
            return
        if not isinstance(one, dict) or not line.endswith("\n"):
            return
        yield one


def _enter(record: Earlier, one: dict[str, Any]) -> None:
    kind = one["kind"]
    if kind == "input":
        record.inputs[one["source"]] = one
    elif kind == "rule":
        record.rules.append(one["rule"])
    elif kind == "unit":
        before = 0
        for at, ((source, start, stop), rows) in enumerate(
            zip(one["segments"], one["segment_rows"], strict=True)
        ):
            record.places[(source, start, stop)] = _Place(one, at, before)
            before += rows
        record.units.append(one)
    else:
        record.rest[kind] = one


class Reuse:
    """What can be taken over from earlier runs: the newest record that holds decides.

    ``doubts`` gives for each record why none of its rows holds as it is, empty where all do; those of
    a record for whose rules alone this is so, and whose rows can be told apart (``by_rule``), are taken
    over with a doubt.
    """

    def __init__(
        self,
        records: Sequence[Earlier],
        layout: Layout,
        doubts: Mapping[int, str],
        by_rule: Mapping[int, bool],
        strict: bool,
    ):
        self._records = records
        self._columns = {column.key: columns_told(Layout((column,)))[0] for column in layout.columns}
        self._doubts, self._by_rule, self._strict = doubts, by_rule, strict
        self._fit = [self._fits(record) for record in records]

    def take(self, segment: Segment) -> Take | str:
        """The rows of a segment, or why they have to be made anew."""
        reason = NEW
        for number, record in enumerate(self._records):
            place = record.places.get((segment.file.source, segment.start, segment.stop))
            if place is None:
                if segment.file.source in record.inputs and record.published and reason == NEW:
                    told = record.inputs[segment.file.source]
                    reason = _difference(segment.file, told, self._strict) or FAILED
                continue
            found = self._look(number, record, segment, place)
            if isinstance(found, Take):
                return found
            reason = found
        return reason

    def whole(self, unit: Unit, takes: Sequence[Take | str]) -> tuple[Earlier, dict[str, Any]] | None:
        """The record and line of an earlier unit that holds exactly these segments, as they would be
        written now; only parts that belong to one unit alone come into question."""
        first = unit.segments[0]
        for number, record in enumerate(self._records):
            place = record.places.get((first.file.source, first.start, first.stop))
            if place is None or self._doubts[number]:
                continue
            told = place.unit
            if [[s.file.source, s.start, s.stop] for s in unit.segments] != told["segments"]:
                continue
            path = record.path(told)
            plain = all(isinstance(take, Take) and take.path == path and not take.again for take in takes)
            if plain and record.head["columns"] == [list(one) for one in self._columns.values()]:
                return record, told
        return None

    def _look(self, number: int, record: Earlier, segment: Segment, place: _Place) -> Take | str:
        told = record.inputs.get(segment.file.source, {})
        if difference := _difference(segment.file, told, self._strict):
            return difference
        doubtful = bool(self._doubts[number])
        if doubtful and not self._by_rule[number]:
            return self._doubts[number]
        if not self._fit[number]:
            return "the columns changed"
        unit, rows = place.unit, place.unit["segment_rows"][place.at]
        if any(at == place.at and row is None for at, row, _ in unit["problems"]):
            return FAILED
        path = record.path(unit)
        if path is None:
            return LOST
        low, high = place.before, place.before + rows
        again = tuple(row - low for row in unit["late"] if low <= row < high)
        trials = tuple((row - low, rule, size) for row, rule, size in unit["trials"] if low <= row < high)
        problems = tuple((row, why) for at, row, why in unit["problems"] if at == place.at)
        return Take(path, unit["first"] + low, rows, again, trials, doubtful, problems)

    def _fits(self, record: Earlier) -> bool:
        """Whether rows of a record can be written in the columns of this run: those they have are the
        same, those they lack are null."""
        told = {column[0]: tuple(column) for column in record.head["columns"]}
        return all(told.get(key, column) == column for key, column in self._columns.items())


def same_input(file: InputFile, told: Mapping[str, Any], strict: bool) -> bool:
    """Whether an input is what it was: by size and modification time, or by what it holds."""
    if (file.format, file.compression, file.size) != tuple(map(told.get, ("format", "compression", "size"))):
        return False
    if strict or file.digest:
        same = bool(file.digest) and file.digest == told.get("sha256")
    else:
        same = file.mtime_ns == told.get("mtime_ns")
    return same and told_path(file) == told.get("path")


def _difference(file: InputFile, told: Mapping[str, Any], strict: bool) -> str:
    """Why an input is not what it was, or cannot be shown to be; empty where it is."""
    if same_input(file, told, strict):
        return ""
    unknown = strict and "sha256" not in told and same_input(replace(file, digest=""), told, False)
    return UNKNOWN if unknown else CHANGED


def kept_digest(file: InputFile, records: Sequence[Earlier]) -> str:
    """The SHA-256 by which earlier runs knew an input, where all say the same and size and time are as they
    were: it tells what their rows were made of."""
    told = [record.inputs[file.source] for record in records if file.source in record.inputs]
    found = {str(one.get("sha256", "")) for one in told if same_input(file, one, False)}
    return found.pop() if len(found) == 1 else ""


def remembered(records: Sequence[Earlier], file: InputFile, scanning: Any, strict: bool) -> Scan | None:
    """What a planning pass found in a file that has not changed since and is read in the same way."""
    for record in records:
        told = record.inputs.get(file.source, {})
        if "scan" in told and record.head.get("scanning") == scanning and same_input(file, told, strict):
            with suppress(ValueError, TypeError, KeyError, OSError):
                return scan_from_json(told["scan"], file)
    return None
