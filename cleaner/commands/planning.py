"""The planning pass: which files, with which columns, in which units. What is known is not looked at
again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from cleaner.commands.pool import Pool
from cleaner.commands.work import ScanTask, digest_file, scan_file
from cleaner.files.earlier import Earlier, remembered
from cleaner.files.layout import Layout
from cleaner.files.paths import STDIN, Failure, InputFile
from cleaner.files.plan import Unit, layout_of, units_of
from cleaner.files.reading import ReadSettings, Scan
from cleaner.files.spool import Spool
from cleaner.model import InputError
from cleaner.options import Options

HERE_BYTES = 8 << 20  # of files to look through before workers are worth starting for it

Problem = Callable[[Failure], None]


@dataclass(slots=True)
class Plan:
    """What the planning pass found in each file that can be read, the columns and the units."""

    scans: list[Scan]
    layout: Layout
    units: list[Unit]

    @property
    def files(self) -> list[InputFile]:
        """The files that are read, in order."""
        return [scan.file for scan in self.scans]

    @property
    def passed(self) -> Counter[str]:
        """Records of web archives that are no documents, by type."""
        passed: Counter[str] = Counter()
        for scan in self.scans:
            passed.update(scan.passed)
        return passed


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes the plan. ``earlier`` are records of runs, newest first; ``scanning`` tells how files are looked
    at; with ``strict`` files are known by what they hold. ``problem`` is told of each that cannot be read."""

    reading: ReadSettings
    options: Options
    earlier: Sequence[Earlier]
    scanning: Any
    strict: bool
    problem: Problem

    def plan(
        self, files: Sequence[InputFile], pool: Pool, spool: Spool, stdin: IO[bytes] | None
    ) -> Plan | None:
        """The plan for some files; None where none of them can be read."""
        found = self._identified(files, pool, spool, stdin)
        scans = self._scans(found, pool, spool)
        if not scans:
            return None
        return Plan(scans, layout_of(scans, self.options), units_of(scans, self.reading))

    def _identified(
        self, files: Sequence[InputFile], pool: Pool, spool: Spool, stdin: IO[bytes] | None
    ) -> list[InputFile]:
        """The files with all by which they are known again."""
        found: list[InputFile | None] = list(files)
        for at, file in enumerate(files):
            if file.argument == STDIN:
                found[at] = spool.standard_input(file, stdin)
        wanted = [at for at, file in enumerate(found) if self.strict and file is not None and not file.digest]
        large = sum(files[at].size for at in wanted) >= HERE_BYTES
        crew = pool if large else Pool(1)
        for outcome in crew.insist(digest_file, [files[at] for at in wanted], lambda index, value: None):
            at = wanted[outcome.index]
            found[at] = outcome.result
            if outcome.error is not None:
                self.problem(Failure(files[at].name, str(outcome.error)))
        return [file for file in found if file is not None]

    def _scans(self, files: Sequence[InputFile], pool: Pool, spool: Spool) -> list[Scan]:
        """Look through the files that are not known; JSON Lines, which are read whole, by the workers where
        that pays."""
        scans = [remembered(self.earlier, file, self.scanning, self.strict) for file in files]
        unknown = [at for at, scan in enumerate(scans) if scan is None]
        whole = [at for at in unknown if files[at].format == "jsonl"]
        if sum(files[at].size for at in whole) < HERE_BYTES:
            whole = []
        here = sorted(set(unknown).difference(whole))
        for crew, numbers in ((Pool(1), here), (pool, whole)):
            numbers, tasks = self._tasks(files, numbers, spool)
            for outcome in crew.insist(scan_file, tasks, lambda index, value: None):
                at = numbers[outcome.index]
                if outcome.result is not None:
                    scans[at] = _of(files[at], outcome.result)
                if outcome.error is not None:
                    self.problem(Failure(files[at].name, str(outcome.error)))
        return [scan for scan in scans if scan is not None]

    def _tasks(
        self, files: Sequence[InputFile], numbers: Sequence[int], spool: Spool
    ) -> tuple[list[int], list[ScanTask]]:
        chosen, tasks = [], []
        for at in numbers:
            try:
                tasks.append(ScanTask(spool.readable(files[at]), self.reading))
                chosen.append(at)
            except InputError as error:
                self.problem(Failure(files[at].name, str(error)))
        return chosen, tasks


def _of(file: InputFile, scan: Scan) -> Scan:
    """A scan as one of the file that was given, where a copy of it was looked at."""
    if scan.file == file:
        return scan
    return replace(scan, file=file, segments=[replace(segment, file=file) for segment in scan.segments])
