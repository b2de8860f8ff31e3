"""Making one part of the output: rows that are read and cleaned, and rows an earlier run had cleaned."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from cleaner.arrow import Staged, clean_staged
from cleaner.commands.figures import SAID, Delta
from cleaner.commands.pool import Mark
from cleaner.commands.rulechange import touched
from cleaner.commands.work import Report, Source, allowed, calm_collector, shelf_of, within
from cleaner.files.earlier import Take
from cleaner.files.layout import Layout
from cleaner.files.manifest import digest_of
from cleaner.files.paths import changed_since
from cleaner.files.plan import Unit
from cleaner.files.profiles import load_profile
from cleaner.files.reading import ReadSettings
from cleaner.files.rows import some
from cleaner.files.shelf import ShelfReader
from cleaner.files.taken import Cursor, mixed
from cleaner.files.tally import Tally, failures, tally
from cleaner.files.writer import PartWriter
from cleaner.gate import LineGate
from cleaner.model import InputError, Result
from cleaner.options import Options
from cleaner.pages import Extractor
from cleaner.pipeline import cleaner_for
from cleaner.rules.compiled import keep_compiled
from cleaner.rules.model import Rule


class Condemned(NamedTuple):
    """Why a document is not cleaned; ``late`` where it ran out of time, so that it is tried again later."""

    reason: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class UnitTask:
    """A unit with all that decides its rows; no data, only where they lie. ``profile`` is a file.

    ``takes`` are, by segment, rows of an earlier run, where they can be taken over; ``changed`` the rules
    that have changed since for those in doubt, in their old and new form. ``seconds`` is what one
    document may take. Rows are numbered within the unit: ``condemned`` are not cleaned, ``singly`` are
    ranges that are cleaned one by one, ``unreadable`` are segments that are not read.
    """

    unit: Unit
    layout: Layout
    metadata: dict[str, str]
    settings: ReadSettings
    options: Options
    folder: str
    profile: str | None = None
    takes: tuple[Take | None, ...] = ()
    changed: tuple[Rule, ...] = ()
    seconds: float | None = None
    condemned: Mapping[int, Condemned] = field(default_factory=dict)
    singly: tuple[tuple[int, int], ...] = ()
    unreadable: Mapping[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class UnitResult:
    """What a unit came to: figures, and the part it left; rows are numbered within the unit.

    ``digest`` is the SHA-256 of the part. ``segment_rows`` counts them by segment, ``taken`` those an
    earlier run had cleaned, likewise. ``problems`` are
    inputs and records that added no row: number of the segment, record or None, reason. ``late`` are
    rows that ran out of time, ``trials`` what rules on trial would have taken (row, rule, code points).
    """

    part: str
    segment_rows: list[int]
    digest: str = ""
    tally: Tally = field(default_factory=Tally)
    taken: list[int] = field(default_factory=list)
    problems: list[tuple[int, int | None, str]] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    trials: list[tuple[int, str, int]] = field(default_factory=list)
    failed_examples: list[tuple[str, str]] = field(default_factory=list)


def clean_unit(task: UnitTask, report: Report) -> UnitResult:
    """Make one part: read and clean, or take over; what cannot be read is listed and the rest goes on."""
    with calm_collector():
        result = _Making(task, report).made()
    keep_compiled()
    return result


def probe_unit(task: UnitTask, report: Report) -> None:
    """Clean the rows in the ranges of ``singly`` one by one, and nothing else: the last mark tells the one
    that ends the worker."""
    making = _Making(task, report)
    row = 0
    for first, stop in making.groups():
        take = making.takes[first]
        if take is not None and not take.again:
            row += sum(one.rows for one in making.takes[first:stop] if one is not None)
            continue
        for batch in making.source.batches(range(first, stop)):
            last = row + len(batch.text)
            for number in _chosen(row, last, task.singly):
                if number not in task.condemned:
                    making.clean(some(batch, [number - row]), [number])
            row = last


class _Making:
    """A part in the making."""

    def __init__(self, task: UnitTask, report: Report):
        self.task, self.report = task, report
        self._core = cleaner_for(task.options)
        self._profile = load_profile(task.profile) if task.profile is not None else None
        self._schema = task.layout.schema(task.metadata)
        base = os.path.join(task.folder, f"unit-{task.unit.number:05d}")
        none = [0] * len(task.unit.segments)
        self.done = UnitResult(base + ".tmp", none, taken=[*none])
        self.source = Source(task.unit, task.settings, task.layout, report, self._problem, task.unreadable)
        self._shelf = ShelfReader(shelf_of(task.folder, task.unit))
        self._extractor = Extractor(task.options, task.settings.page_seconds, find=self._shelf.find)
        self._old = Cursor(self._schema)
        self.takes = self._resolved()
        self._row = 0

    def made(self) -> UnitResult:
        """Write the part and tell what it came to."""
        dictionary = tuple(column.name for column in self.task.layout.columns)
        with closing(self._shelf), PartWriter(self.done.part, self._schema, dictionary) as self._part:
            for first, stop in self.groups():
                take = self.takes[first]
                if take is None:
                    self._read(first, stop)
                elif take.again:
                    self._take_some(first, take)
                else:
                    self._take_all(first, stop)
        if self.done.tally.documents:
            self.done.digest = digest_of(self.done.part)
        self.report(Delta(bytes=self.source.rest()))
        for _, rule, chars in self.done.trials:
            self.done.tally.trial(rule, chars)
        return self.done

    def groups(self) -> Iterator[tuple[int, int]]:
        """Runs of segments that are read as one or taken over as one, and single ones of which some rows are
        made anew."""
        first = 0
        for at in range(1, len(self.takes) + 1):
            if at == len(self.takes) or not _go_together(self.takes[at - 1], self.takes[at]):
                yield first, at
                first = at

    def _resolved(self) -> list[Take | None]:
        """The takes without doubt: rows that changed rules can touch are to be made again, and where all
        are, nothing is taken."""
        takes: list[Take | None] = list(self.task.takes or [None] * len(self.task.unit.segments))
        gate = LineGate(self.task.changed)
        ahead = Cursor(self._schema)
        for at, take in enumerate(takes):
            if take is None:
                continue
            again = set(take.again)
            if take.doubtful and self.task.changed:
                before = 0
                for batch in ahead.batches(take):
                    again.update(before + row for row in touched(batch, gate))
                    before += batch.num_rows
            whole = again and len(again) == take.rows
            takes[at] = None if whole else take._replace(again=tuple(sorted(again)), doubtful=False)
        return takes

    def clean(self, batch: Staged, rows: Sequence[int]) -> Any:
        """Clean staged rows, which have these numbers in the unit; those that are condemned fail."""
        condemned = {
            at: self.task.condemned[row] for at, row in enumerate(rows) if row in self.task.condemned
        }
        self.done.late += (rows[at] for at, one in condemned.items() if one.late)
        errors = {at: one.reason for at, one in condemned.items() if at not in batch.errors}
        if errors:
            batch = replace(batch, errors={**batch.errors, **errors})
        numbers = iter(rows)

        def see(result: Result) -> None:
            row = next(numbers)
            self.done.trials += ((row, one.rule, one.end - one.start) for one in result.trials)

        self.report(Mark(("rows", rows[0], rows[-1] + 1), allowed(self.task.seconds, batch)))
        cleaned = clean_staged(batch, self._core, self._profile, see=see, extractor=self._extractor)
        self.report(Mark(("file", self.source.at)))
        return cleaned

    def _read(self, first: int, stop: int) -> None:
        """Read and clean a run of segments."""
        for batch in self.source.batches(range(first, stop)):
            numbers = range(self._row, self._row + len(batch.text))
            for part in self._parts(numbers):
                rows = batch if len(part) == len(numbers) else some(batch, [row - numbers[0] for row in part])
                self._write(self.clean(rows, part))
        for at in range(first, stop):
            self.done.segment_rows[at] = self.source.rows[at]
            self._check(at)

    def _parts(self, numbers: Sequence[int]) -> list[Sequence[int]]:
        """Rows as they are cleaned: together, or one by one where that was asked for."""
        if numbers and within(numbers[0], numbers[-1] + 1, self.task.singly):
            return [[row] for row in numbers]
        return [numbers] if numbers else []

    def _take_all(self, first: int, stop: int) -> None:
        """Take over the rows of some segments as they are; they stand in one part, one after the other."""
        takes = [take for take in self.takes[first:stop] if take is not None]
        base = self._row
        for at, take in enumerate(takes, first):
            self.done.trials += ((base + row, rule, chars) for row, rule, chars in take.trials)
            base += take.rows
            self.done.problems += ((at, record, reason) for record, reason in take.problems)
            self._took(at, take.rows, take.rows)
        for batch in self._old.batches(takes[0]._replace(rows=sum(take.rows for take in takes))):
            self._write(batch)

    def _take_some(self, at: int, take: Take) -> None:
        """Take over the rows of a segment but those that are to be made again: these are read and cleaned."""
        base = self._row
        again = {row for row in range(take.rows) if base + row in self.task.condemned}.union(take.again)
        kept = (entry for entry in take.trials if entry[0] not in again)
        self.done.trials += ((base + row, rule, chars) for row, rule, chars in kept)
        self._old.seek(take)
        row = 0
        try:
            for batch in self.source.batches([at]):
                last = row + len(batch.text)
                self._write(self._renewed(batch, [one for one in range(row, last) if one in again], row))
                row = last
        except InputError as error:
            self._problem(at, None, str(error))
        if row != take.rows:
            self._problem(at, None, "it changed while it was read; run again")
        self._check(at)
        self._took(at, row, max(0, row - len(again)))

    def _renewed(self, batch: Staged, again: Sequence[int], row: int) -> Any:
        """The old rows of a batch that was read, with some cleaned again; all counted in the take."""
        rows = self._old.rows(len(batch.text))
        if rows["source"] != batch.source:
            raise InputError("it changed while it was read; run again")
        shift = self._row - row  # from rows of the take to rows of the unit
        parts = self._parts([one + shift for one in again])
        new = [self.clean(some(batch, [one - self._row for one in part]), part) for part in parts]
        return mixed(rows, new, {one - row: at for at, one in enumerate(again)}, self._schema)

    def _took(self, at: int, rows: int, taken: int) -> None:
        self.done.segment_rows[at] = rows
        self.done.taken[at] = taken
        self.report(Delta(bytes=self.source.passed_by(at)))

    def _write(self, cleaned: Any) -> None:
        """Write a batch of the output and count it."""
        self._part.write(cleaned)
        self._row += cleaned.num_rows
        counts = tally(cleaned, paged=bool(self.task.layout.pages))
        self.done.tally.add(counts)
        if counts.statuses["failed"] and len(self.done.failed_examples) < SAID:
            found = [(source, error) for source, _, error in failures(cleaned)]
            self.done.failed_examples += found[: SAID - len(self.done.failed_examples)]
        self.report(
            Delta(
                counts.documents,
                self.source.fresh_bytes(),
                counts.chars_in,
                counts.chars_out,
                counts.statuses["failed"],
            )
        )

    def _check(self, at: int) -> None:
        """Look whether an input is still the one that was planned, now that it was read."""
        file = self.task.unit.segments[at].file
        if self.done.segment_rows[at] and changed_since(file):
            self._problem(
                at, None, "it changed while it was read: what is here of it may be a mixture; run again"
            )

    def _problem(self, at: int, record: int | None, reason: str) -> None:
        self.done.problems.append((at, record, reason))


def _chosen(first: int, last: int, ranges: Sequence[tuple[int, int]]) -> list[int]:
    return [row for row in range(first, last) if any(start <= row < stop for start, stop in ranges)]


def _go_together(one: Take | None, other: Take | None) -> bool:
    """Whether two segments are read in one go, or taken over in one go."""
    if one is None or other is None:
        return one is other
    follow = one.path == other.path and one.first + one.rows == other.first
    return follow and not (one.again or other.again)
