"""Which host profile a run goes by: a given one, the one of an earlier run, one it makes, or none.

The profile is made in a pass of its own over the units that will be cleaned, once for an output; later
runs into the same output over the same inputs keep it, whatever was added to them since, until they
are told to make it anew. Standard input makes none: it can be read once, and passes by.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cleaner.commands.figures import HostProfile, Meter, Progress
from cleaner.commands.pool import Outcome, Pool
from cleaner.commands.work import CountTask, count_unit
from cleaner.files import manifest
from cleaner.files.counting import LEAST, Counts, Spill, count_range, profile_from, ranges
from cleaner.files.layout import Layout
from cleaner.files.paths import STDIN, printable, reason_of
from cleaner.files.plan import Unit
from cleaner.files.profiles import load_profile, profile_file, read_profile, write_profile
from cleaner.files.publishing import Moves
from cleaner.files.reading import ReadSettings
from cleaner.model import ConfigError, InputError, OutputError
from cleaner.options import Options
from cleaner.profile import Profile

Say = Callable[[str], None]

Doubts = dict[int, tuple[tuple[int, int], ...]]
"""By number of a unit, half open ranges of its rows."""


@dataclass(frozen=True, slots=True)
class Sites:
    """The host profile of a run: the file its workers read, and what is told of it; neither without one.

    ``doubts`` are rows, by unit, that two workers died of when they were counted.
    """

    file: str | None = None
    told: HostProfile | None = None
    doubts: Doubts = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """The digest of the profile; empty without one."""
        return self.told.hash if self.told is not None else ""

    @property
    def is_own(self) -> bool:
        """Whether it is the profile of this output, which lies among its side files."""
        return self.told is not None and self.told.origin != "given"


NO_SITES = Sites()


def given(path: str) -> Sites:
    """The profile that was asked for; `InputError` where it cannot be used."""
    file = profile_file(path)
    return Sites(file, _told("given", file, load_profile(path)))


def kept(folder: str, before: dict[str, Any] | None, run: dict[str, Any], say: Say) -> Sites | None:
    """The profile that an earlier run left in ``folder``, where that run (``before``, the first line of its
    manifest or journal) read what ``run`` says, the same inputs in the same way; None where there is none
    that can be used."""
    file = os.path.join(folder, manifest.SITES)
    if not _same_texts(before, run) or not os.path.exists(file):
        return None
    try:
        return Sites(file, _told("kept", file, read_profile(file)))
    except InputError as error:
        say(f"{error}; it is counted anew")
        return None


def made(
    units: Sequence[Unit],
    layout: Layout,
    reading: ReadSettings,
    options: Options,
    pool: Pool,
    folder: str,
    progress: Callable[[Progress], None],
    say: Say,
    seconds: float | None = None,
) -> Sites:
    """Count over the units, standard input apart, into a file in ``folder``; none where nothing is left."""
    started = time.monotonic()
    work = os.path.join(folder, "counting")
    os.mkdir(work)
    pages = Layout(pages=layout.pages)
    counted = [unit for unit in map(_of_files, units) if unit.segments]
    tasks = [CountTask(unit, reading, options, work, folder, pages, seconds) for unit in counted]
    if not tasks:
        return NO_SITES
    doubts: Doubts = {}
    parts = ranges(_spilled(tasks, pool, progress, say, doubts), work)
    crew = pool if len(parts) > len(LEAST) else Pool(1)  # a few small ranges are not worth a process
    found: list[Counts] = [Counts(part.kind, part.path, 0) for part in parts]
    for outcome in crew.insist(count_range, parts, lambda index, value: None):
        if outcome.result is None:
            raise outcome.error or OutputError("the host profile could not be counted")
        found[outcome.index] = outcome.result
    profile = profile_from(found, work)
    file = os.path.join(folder, manifest.SITES)
    write_profile(file, profile)
    told = _told("made", file, profile)
    shutil.rmtree(work, ignore_errors=True)
    whole = {unit.number for unit in units if _of_files(unit) == unit}  # rows of others have other numbers
    doubts = {number: rows for number, rows in doubts.items() if number in whole}
    return Sites(file, replace(told, seconds=round(time.monotonic() - started, 3)), doubts)


def settled(sites: Sites, side: str, run: dict[str, Any], moves: Moves) -> Sites:
    """Where the profile is when all ``moves`` are done, to which its own are added here.

    One that was made gets its place in ``side``. What lies there of an earlier run goes where it does not
    belong to ``run`` any more: none is ever kept that was made of other texts.
    """
    file = os.path.join(side, manifest.SITES)
    if sites.told is not None and sites.file is not None and not _same_file(sites.file, file):
        if sites.told.origin != "given":
            moves.home.append((sites.file, file))
            return replace(sites, file=file, told=replace(sites.told, path=file))
        if not _same_texts(manifest.previous_run(side), run):
            moves.gone.append(file)
    elif sites.file is None and not _same_texts(manifest.previous_run(side), run):
        moves.gone.append(file)
    return sites


def _same_file(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _spilled(
    tasks: Sequence[CountTask], pool: Pool, progress: Callable[[Progress], None], say: Say, doubts: Doubts
) -> list[Spill]:
    """What the units leave; one that cannot be counted is left out, and the cleaning shows what of it. Rows
    that workers died of are added to ``doubts``."""
    meter = Meter([task.unit.weight for task in tasks], progress, "counting")
    spills: list[Spill] = []
    died: set[tuple[int, object]] = set()

    def again(outcome: Outcome[list[Spill]], task: CountTask) -> CountTask:
        """A task to be tried again; rows that it died of twice are left out."""
        meter.restart(outcome.index)
        if outcome.mark is None or outcome.mark[0] != "rows":
            return task
        if (outcome.index, outcome.mark) not in died:
            died.add((outcome.index, outcome.mark))
            return task
        first, last = outcome.mark[1:]
        where = f"{task.unit.segments[0].file.name} and what follows it"
        say(f"host profile: {where}: {last - first:,} documents not counted: {outcome.error}")
        doubts[task.unit.number] = skipped = (*task.skipped, (first, last))
        return replace(task, skipped=skipped)

    for outcome in pool.insist(count_unit, tasks, meter.add, again):
        error = outcome.error
        if isinstance(error, (OutputError, ConfigError)):
            raise error
        if error is not None:
            meter.forget(outcome.index)
            first = tasks[outcome.index].unit.segments[0]
            say(f"host profile: {first.file.name}, from record {first.first_record} on, not counted: {error}")
        spills += outcome.result or []
    return spills


def _of_files(unit: Unit) -> Unit:
    return replace(unit, segments=tuple(s for s in unit.segments if s.file.argument != STDIN))


def _same_texts(before: dict[str, Any] | None, now: dict[str, Any]) -> bool:
    """Whether two runs, by the first lines of their manifests, read the same inputs in the same way."""
    return before is not None and all(before.get(key) == now[key] for key in ("inputs", "reading"))


def _told(origin: Literal["made", "kept", "given"], file: str, profile: Profile) -> HostProfile:
    return HostProfile(origin, file, profile.digest, len(profile.pages), len(profile.hosts))


@contextlib.contextmanager
def _written(file: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{printable(file)}: cannot be written: {reason_of(error)}") from error
