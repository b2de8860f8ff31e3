"""What a worker does: scan a file, or clean one unit into one part."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from cleaner.arrow import Staged, clean_staged
from cleaner.commands.figures import Delta
from cleaner.files.layout import Layout
from cleaner.files.manifest import as_lines, document_line, problem_line
from cleaner.files.paths import Failure, InputFile
from cleaner.files.plan import COMPRESSED_WEIGHT, Unit, read, scan
from cleaner.files.reading import ReadSettings, Scan, Segment
from cleaner.files.rows import Row, staged
from cleaner.files.tally import Tally, failures, tally
from cleaner.files.writer import PartWriter
from cleaner.model import CleanerError
from cleaner.options import Options
from cleaner.pipeline import cleaner_for

SHOWN = 20
"""Failures a unit brings back as examples; all of them stand in its list of failures."""


@dataclass(frozen=True, slots=True)
class ScanTask:
    """A file for the planning pass."""

    file: InputFile
    settings: ReadSettings


@dataclass(frozen=True, slots=True)
class UnitTask:
    """A unit with all that decides its rows; no data, only where they lie."""

    unit: Unit
    layout: Layout
    metadata: dict[str, str]
    settings: ReadSettings
    options: Options
    folder: str


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


def scan_file(task: ScanTask, report: Callable[[object], None]) -> Scan:
    """The planning pass over one file."""
    return scan(task.file, task.settings)


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
    base = os.path.join(task.folder, f"unit-{task.unit.number:05d}")
    done = UnitResult(Tally(), base + ".tmp", base + ".failed.tmp")
    dictionary = tuple(column.name for column in task.layout.columns)
    with (
        open(done.failed, "w", encoding="utf-8", newline="") as failed,
        PartWriter(done.part, task.layout.schema(task.metadata), dictionary) as part,
    ):
        source = _Source(task, done, failed)
        reported = 0
        for batch in staged(source.items(), task.layout):
            cleaned = clean_staged(batch, core, see=done.tally.see)
            part.write(cleaned)
            counts = tally(cleaned)
            done.tally.add(counts)
            for row in failures(cleaned):
                failed.writelines(as_lines([document_line(*row)]))
                if len(done.failed_examples) < SHOWN:
                    done.failed_examples.append((row[0], row[2]))
            read_now = min(source.bytes, task.unit.weight)
            report(
                Delta(
                    counts.documents,
                    read_now - reported,
                    counts.chars_in,
                    counts.chars_out,
                    counts.statuses["failed"],
                )
            )
            reported = read_now
        report(Delta(bytes=task.unit.weight - reported))
    return done


class _Source:
    """The rows of a unit's segments; a segment that cannot be read (on) is listed as failed."""

    def __init__(self, task: UnitTask, done: UnitResult, failed: TextIO):
        self.bytes = 0  # of input, as far as that can be told
        self._task, self._done, self._failed = task, done, failed

    def items(self) -> Iterator[Row | Staged]:
        for segment in self._task.unit.segments:
            try:
                yield from self._segment(segment)
            except CleanerError as error:
                self._fail(Failure(segment.file.name, str(error)))

    def _segment(self, segment: Segment) -> Iterator[Row | Staged]:
        per_byte = COMPRESSED_WEIGHT if segment.file.compression else 1
        for item in read(segment, self._task.settings, self._task.layout, self._refuse):
            self.bytes += (item.text.nbytes if isinstance(item, Staged) else item.size) // per_byte
            yield item

    def _refuse(self, file: InputFile, record: int, reason: str) -> None:
        self._fail(Failure(file.name, reason, record))

    def _fail(self, problem: Failure) -> None:
        self._failed.writelines(as_lines([problem_line(problem)]))
        self._done.problems += 1
        if len(self._done.problem_examples) < SHOWN:
            self._done.problem_examples.append(problem)
