"""What a worker does: scan a file, count the lines of one unit, or clean it into one part."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TextIO

from cleaner.arrow import Staged, clean_staged, sightings_of
from cleaner.commands.figures import Delta
from cleaner.files.counting import Spill, Spiller
from cleaner.files.layout import Layout
from cleaner.files.manifest import as_lines, document_line, problem_line
from cleaner.files.paths import Failure, InputFile
from cleaner.files.plan import COMPRESSED_WEIGHT, Unit, read, scan
from cleaner.files.profiles import load_profile
from cleaner.files.reading import ReadSettings, Scan, Segment
from cleaner.files.rows import Row, staged
from cleaner.files.shelf import ShelfReader, ShelfWriter
from cleaner.files.tally import Tally, failures, tally
from cleaner.files.writer import PartWriter
from cleaner.model import CleanerError
from cleaner.options import Options
from cleaner.pages import Extractor
from cleaner.pipeline import cleaner_for

SHOWN = 20
"""Failures a unit brings back as examples; all of them stand in its list of failures."""


@dataclass(frozen=True, slots=True)
class ScanTask:
    """A file for the planning pass."""

    file: InputFile
    settings: ReadSettings


@dataclass(frozen=True, slots=True)
class CountTask:
    """A unit for the pass that makes the host profile. In ``shelves`` it leaves what it extracted."""

    unit: Unit
    settings: ReadSettings
    options: Options
    folder: str
    shelves: str
    layout: Layout


@dataclass(frozen=True, slots=True)
class UnitTask:
    """A unit with all that decides its rows; no data, only where they lie. ``profile`` is a file."""

    unit: Unit
    layout: Layout
    metadata: dict[str, str]
    settings: ReadSettings
    options: Options
    folder: str
    profile: str | None = None


@dataclass(slots=True)
class UnitResult:
    """What a unit came to: figures, the part and the list of failures it left, and some of these.

    ``problems`` counts inputs and records that added no row.
    """

    tally: Tally
    part: str
    failed: str
    problems: int = 0
    problem_examples: list[Failure] = field(default_factory=list)
    failed_examples: list[tuple[str, str]] = field(default_factory=list)


def shelf_of(folder: str, unit: Unit) -> str:
    """Where the counting pass over a unit leaves what it extracted."""
    return os.path.join(folder, f"pages-{unit.number:05d}.jsonl")


def scan_file(task: ScanTask, report: Callable[[object], None]) -> Scan:
    """The planning pass over one file."""
    return scan(task.file, task.settings)


def count_unit(task: CountTask, report: Callable[[Delta], None]) -> list[Spill]:
    """Read one unit and leave what its pages add to the host profile; what cannot be read is passed
    by, for the cleaning will tell of it."""
    core = cleaner_for(task.options)
    spiller = Spiller(os.path.join(task.folder, f"unit-{task.unit.number:05d}"))
    source = _Source(task.unit, task.settings, task.layout, lambda problem: None)
    with calm_collector(), closing(ShelfWriter(shelf_of(task.shelves, task.unit))) as shelf:
        extractor = Extractor(task.options, task.settings.page_seconds, keep=shelf.keep)
        for batch in source.batches():
            spiller.add(sightings_of(batch, core, extractor))
            report(Delta(len(batch.text), source.fresh_bytes()))
        spiller.flush()
    report(Delta(bytes=source.rest()))
    return spiller.spills


def clean_unit(task: UnitTask, report: Callable[[Delta], None]) -> UnitResult:
    """Read, clean and write one unit; what cannot be read is listed and the rest goes on."""
    with calm_collector():
        return _clean_unit(task, report)


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


def _clean_unit(task: UnitTask, report: Callable[[Delta], None]) -> UnitResult:
    core = cleaner_for(task.options)
    profile = load_profile(task.profile) if task.profile is not None else None
    base = os.path.join(task.folder, f"unit-{task.unit.number:05d}")
    done = UnitResult(Tally(), base + ".tmp", base + ".failed.tmp")
    dictionary = tuple(column.name for column in task.layout.columns)
    with (
        open(done.failed, "w", encoding="utf-8", newline="") as failed,
        PartWriter(done.part, task.layout.schema(task.metadata), dictionary) as part,
        closing(ShelfReader(shelf_of(task.folder, task.unit))) as shelf,
    ):
        extractor = Extractor(task.options, task.settings.page_seconds, find=shelf.find)
        source = _Source(task.unit, task.settings, task.layout, partial(_list, done, failed))
        for batch in source.batches():
            cleaned = clean_staged(batch, core, profile, see=done.tally.see, extractor=extractor)
            part.write(cleaned)
            counts = tally(cleaned)
            done.tally.add(counts)
            for row in failures(cleaned):
                failed.writelines(as_lines([document_line(*row)]))
                if len(done.failed_examples) < SHOWN:
                    done.failed_examples.append((row[0], row[2]))
            report(
                Delta(
                    counts.documents,
                    source.fresh_bytes(),
                    counts.chars_in,
                    counts.chars_out,
                    counts.statuses["failed"],
                )
            )
        report(Delta(bytes=source.rest()))
    return done


def _list(done: UnitResult, failed: TextIO, problem: Failure) -> None:
    """Put an input or record that adds no row on the lists of a unit."""
    failed.writelines(as_lines([problem_line(problem)]))
    done.problems += 1
    if len(done.problem_examples) < SHOWN:
        done.problem_examples.append(problem)


class _Source:
    """The rows of a unit's segments, staged; ``fail`` is told of a segment that cannot be read (on)."""

    def __init__(self, unit: Unit, settings: ReadSettings, layout: Layout, fail: Callable[[Failure], None]):
        self._unit, self._settings, self._layout, self._fail = unit, settings, layout, fail
        self._bytes = 0  # of input, as far as that can be told
        self._told = 0

    def batches(self) -> Iterator[Staged]:
        return staged(self._items(), self._layout)

    def fresh_bytes(self) -> int:
        """Bytes of input read since this was last asked; all together no more than was planned."""
        before, self._told = self._told, min(self._bytes, self._unit.weight)
        return self._told - before

    def rest(self) -> int:
        """Bytes that were planned and not told."""
        return self._unit.weight - self._told

    def _items(self) -> Iterator[Row | Staged]:
        for segment in self._unit.segments:
            try:
                yield from self._segment(segment)
            except CleanerError as error:
                self._fail(Failure(segment.file.name, str(error)))

    def _segment(self, segment: Segment) -> Iterator[Row | Staged]:
        per_byte = COMPRESSED_WEIGHT if segment.file.compression else 1
        for item in read(segment, self._settings, self._layout, self._refuse):
            self._bytes += (item.text.nbytes if isinstance(item, Staged) else item.size) // per_byte
            yield item

    def _refuse(self, file: InputFile, record: int, reason: str) -> None:
        self._fail(Failure(file.name, reason, record))
