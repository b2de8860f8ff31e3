"""`cleaner run`: inputs in, Parquet and a ledger out. Planning, working, publishing.

The plan (which units, in which order, with which columns) depends on the inputs alone, and each unit
becomes one part: the output is the same to the byte with one worker or many.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import IO, Any

from cleaner._version import __version__
from cleaner.charsets import charset_named
from cleaner.columns import Named
from cleaner.commands import sites
from cleaner.commands.figures import Meter, Progress, Removed, Summary
from cleaner.commands.pool import Outcome, Pool, cores
from cleaner.commands.sites import NO_SITES, Sites
from cleaner.commands.work import ScanTask, UnitResult, UnitTask, clean_unit, scan_file
from cleaner.files import manifest
from cleaner.files.duplicates import Duplicates, duplicate_ids
from cleaner.files.formats import named_format
from cleaner.files.layout import Layout
from cleaner.files.output import Target
from cleaner.files.paths import STDIN, Failure, Found, InputFile, find_inputs, require
from cleaner.files.plan import Unit, layout_of, units_of
from cleaner.files.reading import ReadSettings, Scan
from cleaner.files.spool import spooled
from cleaner.files.tally import Tally
from cleaner.files.writer import PartWriter
from cleaner.model import ConfigError, InputError, OutputError
from cleaner.options import DEFAULTS, Options
from cleaner.pipeline import cleaner_for

__all__ = ["Failure", "Progress", "Removed", "RunSettings", "Summary", "run"]

SAID = 20
"""Failures of each kind that are told one by one; the list of failures has all."""

PAGE_SECONDS = 60

SCAN_HERE_BYTES = 8 << 20  # JSON Lines to look through before workers are worth starting for it

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run reads and writes; what decides the text of a document is in `Options`.

    ``workers`` ``None`` means all cores. ``encoding`` is the charset inputs are declared to have.
    ``max_document_bytes`` is what one document or record may take in its file; larger ones are refused.
    ``profile`` is a host profile to go by (a file, or the output of a run that left one); otherwise one
    is made, or kept from an earlier run into the same output. ``refresh_profile`` makes it anew,
    ``no_profile`` goes by none. ``page_seconds`` is what the extraction of one page may take.
    """

    text_column: str | None = None
    id_column: str | None = None
    title_column: str | None = None
    url_column: str | None = None
    lang_column: str | None = None
    format: str | None = None
    encoding: str | None = None
    workers: int | None = None
    overwrite: bool = False
    max_document_bytes: int = 100 << 20
    profile: str | None = None
    no_profile: bool = False
    refresh_profile: bool = False
    html_column: str | None = None
    page_seconds: int = PAGE_SECONDS

    def reading(self) -> ReadSettings:
        """What readers need of it; `ConfigError` for values that cannot be used."""
        if self.encoding is not None and charset_named(self.encoding) is None:
            raise ConfigError(f"--encoding {self.encoding}: no charset is known by this name")
        if self.max_document_bytes < 1 or (self.workers is not None and self.workers < 1):
            raise ConfigError("--workers and --max-document-size are at least 1")
        if self.page_seconds < 1:
            raise ConfigError("--page-seconds is at least 1")
        if (self.profile is not None) + self.no_profile + self.refresh_profile > 1:
            raise ConfigError("--profile, --no-profile and --refresh-profile exclude each other")
        named = Named(
            self.text_column,
            self.id_column,
            self.title_column,
            self.url_column,
            self.lang_column,
            self.html_column,
        )
        return ReadSettings(named, self.encoding, self.max_document_bytes, page_seconds=self.page_seconds)


def run(
    inputs: Sequence[str],
    out: str,
    *,
    options: Options = DEFAULTS,
    settings: RunSettings | None = None,
    progress: Callable[[Progress], None] | None = None,
    say: Say | None = None,
    stdin: IO[bytes] | None = None,
) -> Summary:
    """Clean ``inputs`` (files, folders, globs, ``-``) into ``out`` and tell what it came to.

    ``progress`` is told how far the run is, ``say`` gets single lines for standard error. Raises
    `ConfigError`, `RuleError`, `InputError` or `OutputError` where nothing could start; a single input
    or document that fails is in the summary. An interrupted run leaves ``out`` as it was.

    Workers are spawned: a script that calls this with more than one must guard its own top level by
    ``if __name__ == "__main__"``.
    """
    settings = settings or RunSettings()
    return _Run(inputs, out, options, settings, progress, say, stdin).run()


@dataclass(slots=True)
class _Plan:
    """The files, what the planning pass found, the columns and the units."""

    files: list[InputFile]
    layout: Layout
    units: list[Unit]
    passed: Counter[str]


class _Run:
    """One run: what was asked for, and what went wrong so far."""

    def __init__(
        self,
        inputs: Sequence[str],
        out: str,
        options: Options,
        settings: RunSettings,
        progress: Callable[[Progress], None] | None,
        say: Say | None,
        stdin: IO[bytes] | None,
    ):
        self.inputs, self.options, self.settings = list(inputs), options, settings
        self.reading = settings.reading()
        self.target = Target.of(out)
        self.progress = (lambda _: None) if progress is None else progress
        self.say = (lambda _: None) if say is None else say
        self.stdin = stdin
        self.started = time.monotonic()
        self.sites = NO_SITES
        self.problems: list[Failure] = []  # of planning; workers list theirs themselves
        self.said: dict[str, int] = {}

    def run(self) -> Summary:
        core = cleaner_for(self.options)  # rules and options that cannot be used stop the run here
        found = self._find()
        if self.settings.profile is not None:
            self.sites = sites.given(self.settings.profile)
        with self.target.workspace() as folder, Pool(self.settings.workers or cores()) as pool:
            plan = self._plan(found, pool, folder)
            if not core.judges:
                self.sites = NO_SITES
            elif self.settings.profile is None and not self.settings.no_profile:
                self.sites = self._own_sites(plan, pool, folder)
            metadata = {
                "cleaner.version": __version__,
                "cleaner.rules_hash": core.rules_hash,
                "cleaner.configuration": self._configuration(),
                "cleaner.profile_hash": self.sites.hash,
            }
            outcomes = self._work(plan, pool, folder, metadata)
            return self._publish(found, plan, outcomes, folder, metadata)

    def _find(self) -> Found:
        """Inputs and output, judged before anything is written."""
        format = named_format(self.settings.format) if self.settings.format else None
        if STDIN in self.inputs and format is None:
            raise ConfigError("standard input has no name to tell its format by: give it by --format")
        found = find_inputs(self.inputs, format)
        require(found)
        self.target.check(found, self.inputs, self.settings.overwrite)
        for problem in found.problems:
            self._problem(problem)
        if found.links:
            self.say(
                f"{found.links} symbolic links were not followed: they lead out of the input, or to folders"
            )
        return found

    def _plan(self, found: Found, pool: Pool, folder: str) -> _Plan:
        """The planning pass: columns, types, segments; a file that cannot be read drops out."""
        files: list[InputFile] = []
        for number, file in enumerate(found.files):
            try:
                files.append(spooled(file, folder, number, self.stdin))
            except InputError as error:
                self._problem(Failure(file.name, str(error)))
        kept = self._scan(files, pool)
        if not kept:
            raise InputError(f"no readable input: {'; '.join(map(str, self.problems[:5]))}")
        for scan in kept:
            if not scan.segments:
                self.say(f"{scan.file.name}: holds no documents")
        passed: Counter[str] = Counter()
        for scan in kept:
            passed.update(scan.passed)
        units = units_of(kept, self.reading.unit_bytes)
        return _Plan([s.file for s in kept], layout_of(kept, self.options), units, passed)

    def _scan(self, files: Sequence[InputFile], pool: Pool) -> list[Scan]:
        """Look through the files; JSON Lines, which are read whole, by the workers where that pays."""
        scans: list[Scan | None] = [None] * len(files)
        whole = [at for at, file in enumerate(files) if file.format == "jsonl"]
        if sum(files[at].size for at in whole) < SCAN_HERE_BYTES:
            whole = []
        here = sorted(set(range(len(files))).difference(whole))
        for crew, numbers in ((Pool(1), here), (pool, whole)):
            tasks = [ScanTask(files[at], self.reading) for at in numbers]
            for outcome in crew.run(scan_file, tasks, lambda index, value: None):
                at = numbers[outcome.index]
                scans[at] = outcome.result
                if outcome.error is not None:
                    self._problem(Failure(files[at].name, str(outcome.error)))
        return [scan for scan in scans if scan is not None]

    def _own_sites(self, plan: _Plan, pool: Pool, folder: str) -> Sites:
        """The host profile of this output: kept where an earlier run left it, else made."""
        if set(self.inputs) == {STDIN}:
            return NO_SITES
        kept = None
        if not self.settings.refresh_profile:
            kept = sites.kept(self.target.side, self._identity(), self.say)
        return kept or sites.made(
            plan.units, plan.layout, self.reading, self.options, pool, folder, self.progress, self.say
        )

    def _work(
        self, plan: _Plan, pool: Pool, folder: str, metadata: dict[str, str]
    ) -> list[Outcome[UnitResult]]:
        """Clean the units; those a worker did not survive are listed as failed inputs."""
        meter = Meter([unit.weight for unit in plan.units], self.progress)
        tasks = [
            UnitTask(unit, plan.layout, metadata, self.reading, self.options, folder, self.sites.file)
            for unit in plan.units
        ]
        outcomes: list[Outcome[UnitResult]] = []
        for outcome in pool.run(clean_unit, tasks, meter.add):
            error = outcome.error
            if isinstance(error, (OutputError, ConfigError)):
                raise error
            if error is not None:
                meter.forget(outcome.index)
                for segment in plan.units[outcome.index].segments:
                    reason = f"not cleaned, from record {segment.first_record} on: {error}"
                    self._problem(Failure(segment.file.name, reason))
            elif outcome.result is not None:
                for problem in outcome.result.problem_examples:
                    self._say_some("input", str(problem))
                for source, reason in outcome.result.failed_examples:
                    self._say_some("document", f"{source}: {reason}")
            outcomes.append(outcome)
        return sorted(outcomes, key=lambda outcome: outcome.index)

    def _publish(
        self,
        found: Found,
        plan: _Plan,
        outcomes: list[Outcome[UnitResult]],
        folder: str,
        metadata: dict[str, str],
    ) -> Summary:
        """Give the parts their names, write the side files, count."""
        results = [outcome.result for outcome in outcomes if outcome.result is not None]
        parts = [result.part for result in results if result.tally.documents]
        total = Tally()
        for result in results:
            total.add(result.tally)
        if not parts:
            self._refuse_nothing(results)
            parts = [self._empty_part(plan, folder, metadata)]
        duplicates = duplicate_ids(parts, total.documents) if total.given_ids else Duplicates()
        outputs = self.target.publish(parts, plan.layout.schema(metadata))
        sites.retire(self.sites, self.target.side, self._identity())
        self._side_files(plan, outcomes, outputs, metadata)
        self.sites = sites.publish(self.sites, self.target.side)
        summary = self._summary(found, plan, results, total, duplicates, outputs)
        manifest.write_file(os.path.join(self.target.side, manifest.SUMMARY), [summary.to_json() + "\n"])
        for kind, count in (("input", summary.failed_inputs), ("document", summary.failed)):
            if count > SAID:
                path = os.path.join(self.target.side, manifest.FAILED)
                self.say(f"{count - SAID:,} more {kind} failures are listed in {path}")
        if duplicates.rows:
            example = f"as {duplicates.source} ({duplicates.id}) does"
            self.say(f"{duplicates.rows:,} rows bear an id that an earlier row bears, {example}")
        return summary

    def _refuse_nothing(self, results: list[UnitResult]) -> None:
        """Raise where inputs failed and nothing else was there: the old output, if any, stays."""
        problems = [*self.problems, *(p for result in results for p in result.problem_examples)]
        if problems and not any(problem.row for problem in problems):
            raise InputError(f"no readable input: {'; '.join(map(str, problems[:5]))}")

    def _empty_part(self, plan: _Plan, folder: str, metadata: dict[str, str]) -> str:
        path = os.path.join(folder, "empty.tmp")
        with PartWriter(path, plan.layout.schema(metadata)):
            pass
        return path

    def _side_files(
        self, plan: _Plan, outcomes: list[Outcome[UnitResult]], outputs: list[str], metadata: dict[str, str]
    ) -> None:
        side = self.target.side
        failed = (o.result.failed for o in outcomes if o.result is not None)
        lines = [
            *manifest.as_lines(map(manifest.problem_line, self.problems)),
            *manifest.joined(list(failed)),
        ]
        manifest.write_file(os.path.join(side, manifest.FAILED), lines)
        head = {"kind": "run", **self._identity(), **metadata}
        names = iter(map(os.path.basename, outputs))
        units = []
        name = os.path.basename(outputs[0])
        for outcome in outcomes:
            rows = outcome.result.tally.documents if outcome.result is not None else 0
            if rows and self.target.file is None:
                name = next(names)
            units.append(manifest.unit_line(plan.units[outcome.index], rows, name if rows else None))
        entries = [head, *map(manifest.input_line, plan.files), *units]
        manifest.write_file(os.path.join(side, manifest.MANIFEST), manifest.as_lines(entries))

    def _summary(
        self,
        found: Found,
        plan: _Plan,
        results: list[UnitResult],
        total: Tally,
        duplicates: Duplicates,
        outputs: list[str],
    ) -> Summary:
        problems = [*self.problems, *(p for result in results for p in result.problem_examples)]
        failed = [example for result in results for example in result.failed_examples]
        return Summary(
            documents=total.documents,
            statuses=dict(sorted(total.statuses.items())),
            changed=total.changed,
            failed=total.statuses["failed"],
            failed_inputs=len(self.problems) + sum(result.problems for result in results),
            document_failures=tuple(Failure(source, reason) for source, reason in failed[:SAID]),
            input_failures=tuple(problems[:SAID]),
            chars_in=total.chars_in,
            chars_out=total.chars_out,
            repairs=dict(total.repairs.most_common()),
            removals={rule: Removed(total.spans[rule], chars) for rule, chars in total.chars.most_common()},
            trials={
                rule: Removed(total.trial_spans[rule], chars)
                for rule, chars in total.trial_chars.most_common()
            },
            duplicate_ids=duplicates.rows,
            duplicate_example={"id": duplicates.id, "source": duplicates.source or ""}
            if duplicates.id
            else None,
            inputs=len(plan.files),
            skipped=dict(found.skipped.most_common()),
            passed_records=dict(plan.passed.most_common()),
            extractions=dict(total.extractions.most_common()),
            repeated_inputs=found.repeated,
            links_not_followed=found.links,
            outputs=tuple(outputs),
            side_folder=self.target.side,
            seconds=round(time.monotonic() - self.started, 3),
            profile=self.sites.told,
        )

    def _identity(self) -> dict[str, Any]:
        """What texts the output is of: the inputs, and how they are read."""
        reading = {"columns": asdict(self.reading.named), "encoding": self.settings.encoding}
        return {
            "inputs": manifest.identity(self.inputs),
            "reading": {**reading, "format": self.settings.format},
        }

    def _configuration(self) -> str:
        """What decides the output besides rules and version, as JSON; packs are known by the rules' hash."""
        chosen = {key: value for key, value in asdict(self.options).items() if key != "rules"}
        named = asdict(self.reading.named)
        limits = {
            "encoding": self.settings.encoding,
            "max_document_bytes": self.settings.max_document_bytes,
            "page_seconds": self.settings.page_seconds,
        }
        return json.dumps({**chosen, "columns": named, **limits}, sort_keys=True)

    def _problem(self, problem: Failure) -> None:
        self.problems.append(problem)
        self._say_some("input", str(problem))

    def _say_some(self, kind: str, message: str) -> None:
        self.said[kind] = self.said.get(kind, 0) + 1
        if self.said[kind] <= SAID:
            self.say(message)
