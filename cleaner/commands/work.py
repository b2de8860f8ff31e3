"""What a worker does: scan a file, count the lines of one unit, or make one part of the output.

Before it does something that may end it, it says so by a `Mark`: a file it is about to read
(``("file", number of the segment)``), or rows of the unit it is about to clean (``("rows", first,
last)``, half open).
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from cleaner.arrow import Staged, sightings_of
from cleaner.commands.figures import Delta
from cleaner.commands.pool import Mark
from cleaner.files.counting import Spill, Spiller
from cleaner.files.layout import Layout
from cleaner.files.paths import Failure, InputFile
from cleaner.files.plan import COMPRESSED_WEIGHT, Unit, read, scan
from cleaner.files.reading import ReadSettings, Row, Scan, Segment
from cleaner.files.rows import staged
from cleaner.files.shelf import ShelfWriter
from cleaner.files.spool import with_digest
from cleaner.model import CleanerError
from cleaner.options import Options
from cleaner.pages import Extractor
from cleaner.pipeline import cleaner_for

SECONDS_A_MEGABYTE = 4.0
"""What a document may take besides its limit, by its size: a slow and busy machine takes a quarter."""

Report = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class ScanTask:
    """A file for the planning pass."""

    file: InputFile
    settings: ReadSettings


@dataclass(frozen=True, slots=True)
class CountTask:
    """A unit for the pass that makes the host profile; ``skipped`` are ranges of its rows that are left out.

    In ``shelves`` it leaves what it extracted. ``seconds`` is what one document may take."""

    unit: Unit
    settings: ReadSettings
    options: Options
    folder: str
    shelves: str
    layout: Layout
    seconds: float | None = None
    skipped: tuple[tuple[int, int], ...] = ()


def shelf_of(folder: str, unit: Unit) -> str:
    """Where the counting pass over a unit leaves what it extracted."""
    return os.path.join(folder, f"pages-{unit.number:05d}.jsonl")


def scan_file(task: ScanTask, report: Report) -> Scan:
    """The planning pass over one file."""
    return scan(task.file, task.settings)


def digest_file(file: InputFile, report: Report) -> InputFile:
    """A file with its digest."""
    return with_digest(file)


def count_unit(task: CountTask, report: Report) -> list[Spill]:
    """Read one unit and leave what its pages add to the host profile; what cannot be read is passed
    by, for the cleaning will tell of it."""
    core = cleaner_for(task.options)
    spiller = Spiller(os.path.join(task.folder, f"unit-{task.unit.number:05d}"))
    source = Source(task.unit, task.settings, task.layout, report, lambda *problem: None)
    row = 0
    with calm_collector(), closing(ShelfWriter(shelf_of(task.shelves, task.unit))) as shelf:
        extractor = Extractor(task.options, task.settings.page_seconds, keep=shelf.keep)
        for batch in source.batches(range(len(task.unit.segments))):
            last = row + len(batch.text)
            if not within(row, last, task.skipped):
                report(Mark(("rows", row, last), allowed(task.seconds, batch)))
                spiller.add(sightings_of(batch, core, extractor))
            row = last
            report(Delta(len(batch.text), source.fresh_bytes()))
        spiller.flush()
    report(Delta(bytes=source.rest()))
    return spiller.spills


@contextmanager
def calm_collector() -> Iterator[None]:
    """Let Python look for reference cycles less often: there are none to speak of, and a fifth of
    the time went into looking through the lines and ledgers of a batch."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def allowed(limit: float | None, batch: Staged) -> float | None:
    """What a batch may take: as much as one document of its size."""
    if limit is None:
        return None
    size: int = batch.text.nbytes + sum(len(page.data) for page in (batch.pages or {}).values())
    return limit + size / 1e6 * SECONDS_A_MEGABYTE


def within(first: int, last: int, ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether rows from ``first`` to ``last`` reach into one of the ranges; all half open."""
    return any(first < stop and start < last for start, stop in ranges)


Fail = Callable[[int, int | None, str], None]
"""Told of a segment, by its number, or of one record of it, that adds no row, and why."""


class Source:
    """The rows of a unit's segments, staged; ``rows`` counts them by segment, ``at`` is the one read now."""

    def __init__(
        self,
        unit: Unit,
        settings: ReadSettings,
        layout: Layout,
        report: Report,
        fail: Fail,
        unreadable: Mapping[int, str] | None = None,
    ):
        self._unit, self._settings, self._layout = unit, settings, layout
        self._report, self._fail, self._unreadable = report, fail, unreadable or {}
        self.rows = [0] * len(unit.segments)
        self.at = 0  # the segment that is being read
        self._bytes = 0  # of input, as far as that can be told
        self._told = 0

    def batches(self, numbers: Sequence[int]) -> Iterator[Staged]:
        """The rows of some segments, by their numbers."""
        return staged(self._items(numbers), self._layout)

    def fresh_bytes(self) -> int:
        """Bytes of input read since this was last asked; all together no more than was planned."""
        before, self._told = self._told, min(self._bytes, self._unit.weight)
        return self._told - before

    def passed_by(self, at: int) -> int:
        """Bytes of a segment that need not be read, once they count as read."""
        self._bytes += self._unit.segments[at].weight
        return self.fresh_bytes()

    def rest(self) -> int:
        """Bytes that were planned and not told."""
        return self._unit.weight - self._told

    def _items(self, numbers: Sequence[int]) -> Iterator[Row | Staged]:
        for at in numbers:
            if at in self._unreadable:
                self._fail(at, None, self._unreadable[at])
                continue
            try:
                for item in self._segment(at, self._unit.segments[at]):
                    self.rows[at] += len(item.text) if isinstance(item, Staged) else 1
                    yield item
            except CleanerError as error:
                self._fail(at, None, str(error))

    def _segment(self, at: int, segment: Segment) -> Iterator[Row | Staged]:
        per_byte = COMPRESSED_WEIGHT if segment.file.compression else 1
        self.at = at
        self._report(Mark(("file", at)))
        for item in read(segment, self._settings, self._layout, partial(self._refuse, at)):
            self._bytes += (item.text.nbytes if isinstance(item, Staged) else item.size) // per_byte
            yield item

    def _refuse(self, at: int, file: InputFile, record: int, reason: str) -> None:
        self._fail(at, record, reason)


def failure(unit: Unit, problem: tuple[int, int | None, str]) -> Failure:
    """A problem of a unit as messages and lists name it."""
    at, record, reason = problem
    return Failure(unit.segments[at].file.name, reason, record)
