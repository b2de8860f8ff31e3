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
from dataclasses import dataclass, replace
from typing import Any, Literal

from cleaner.commands.figures import HostProfile, Meter, Progress
from cleaner.commands.pool import Pool
from cleaner.commands.work import CountTask, count_unit
from cleaner.files import manifest
from cleaner.files.counting import LEAST, Counts, Spill, count_range, profile_from, ranges
from cleaner.files.layout import Layout
from cleaner.files.paths import STDIN, printable, reason_of
from cleaner.files.plan import Unit
from cleaner.files.profiles import load_profile, profile_file, read_profile, write_profile
from cleaner.files.reading import ReadSettings
from cleaner.model import ConfigError, InputError, OutputError
from cleaner.options import Options
from cleaner.profile import Profile

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sites:
    """The host profile of a run: the file its workers read, and what is told of it; neither without one."""

    file: str | None = None
    told: HostProfile | None = None

    @property
    def made(self) -> bool:
        """Whether this run made it."""
        return self.told is not None and self.told.origin == "made"

    @property
    def hash(self) -> str:
        """The digest of the profile; empty without one."""
        return self.told.hash if self.told is not None else ""


NO_SITES = Sites()


def given(path: str) -> Sites:
    """The profile that was asked for; `InputError` where it cannot be used."""
    file = profile_file(path)
    return Sites(file, _told("given", file, load_profile(path)))


def kept(side: str, run: dict[str, Any], say: Say) -> Sites | None:
    """The profile that an earlier run left in ``side``, where that run read what ``run`` (the first line of
    a manifest) says, the same inputs in the same way; None where there is none that can be used."""
    file = os.path.join(side, manifest.SITES)
    if not _same_texts(manifest.previous_run(side), run) or not os.path.exists(file):
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
) -> Sites:
    """Count over the units, standard input apart, into a file in ``folder``; none where nothing is left."""
    started = time.monotonic()
    work = os.path.join(folder, "counting")
    os.mkdir(work)
    pages = Layout(pages=layout.pages)
    counted = [unit for unit in map(_of_files, units) if unit.segments]
    tasks = [CountTask(unit, reading, options, work, folder, pages) for unit in counted]
    if not tasks:
        return NO_SITES
    parts = ranges(_spilled(tasks, pool, progress, say), work)
    crew = pool if len(parts) > len(LEAST) else Pool(1)  # a few small ranges are not worth a process
    found: list[Counts] = [Counts(part.kind, part.path, 0) for part in parts]
    for outcome in crew.run(count_range, parts, lambda index, value: None):
        if outcome.result is None:
            raise outcome.error or OutputError("the host profile could not be counted")
        found[outcome.index] = outcome.result
    profile = profile_from(found, work)
    file = os.path.join(folder, manifest.SITES)
    write_profile(file, profile)
    told = _told("made", file, profile)
    shutil.rmtree(work, ignore_errors=True)
    return Sites(file, replace(told, seconds=round(time.monotonic() - started, 3)))


def retire(sites: Sites, side: str, run: dict[str, Any]) -> None:
    """Take the profile of an earlier run out of ``side`` where it does not belong to ``run`` any more.

    Before the manifest says what the output is now: none is ever kept that was made of other texts.
    """
    file = os.path.join(side, manifest.SITES)
    if sites.file is not None and _same_file(sites.file, file):
        return  # it was given by this name
    if sites.made or not _same_texts(manifest.previous_run(side), run):
        with _written(file), contextlib.suppress(FileNotFoundError):
            os.unlink(file)


def _same_file(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def publish(sites: Sites, side: str) -> Sites:
    """Give a profile that was made its place in ``side``, after the manifest."""
    if not sites.made or sites.file is None or sites.told is None:
        return sites
    file = os.path.join(side, manifest.SITES)
    with _written(file):
        os.replace(sites.file, file)
        manifest.fsync_folder(side)
    return Sites(file, replace(sites.told, path=file))


def _spilled(
    tasks: Sequence[CountTask], pool: Pool, progress: Callable[[Progress], None], say: Say
) -> list[Spill]:
    """What the units leave; one that cannot be counted is left out, and the cleaning shows what of it."""
    meter = Meter([task.unit.weight for task in tasks], progress, "counting")
    spills: list[Spill] = []
    for outcome in pool.run(count_unit, tasks, meter.add):
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
