"""`cleaner run`: inputs in, Parquet and a ledger out. Planning, working, publishing.

The plan (which units, in which order, with which columns) depends on the inputs alone, and each unit
becomes one part: the output is the same to the byte with one worker or many, in one go or in several.
What an earlier run did, finished or not, is taken over where it holds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import IO, Any

from cleaner._version import __version__
from cleaner.commands import crew, sites
from cleaner.commands.figures import Meter, Progress, Removed, Summary, Teller
from cleaner.commands.making import UnitTask
from cleaner.commands.planning import Plan, Planner
from cleaner.commands.pool import Pool, cores
from cleaner.commands.publish import Output, publish
from cleaner.commands.record import Done, line_of, lost_line
from cleaner.commands.rulechange import told_rules
from cleaner.commands.runsettings import RunSettings
from cleaner.commands.sites import NO_SITES, Sites
from cleaner.commands.takeover import Takeover, doubts_about, take_over, without_changed
from cleaner.files import earlier, manifest
from cleaner.files.earlier import FORM, Earlier, Reuse, Standing, columns_told, kept_digest
from cleaner.files.formats import named_format
from cleaner.files.output import Target
from cleaner.files.paths import STDIN, Failure, Found, InputFile, find_inputs, printable, require
from cleaner.files.scans import scan_to_json
from cleaner.files.spool import Spool
from cleaner.files.workspace import Workspace
from cleaner.judge import judge_for
from cleaner.model import ConfigError, InputError, OutputError
from cleaner.options import DEFAULTS, Options
from cleaner.pipeline import CODES, Cleaner, cleaner_for
from cleaner.rules.registry import hand, own_packs

__all__ = ["Failure", "Progress", "Removed", "RunSettings", "Summary", "run"]

Say = Callable[[str], None]


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
    or document that fails is in the summary. An interrupted run leaves the output as it was; what it
    had done is kept beside it, and the next run goes on from there.

    Workers are spawned: a script that calls this with more than one must guard its own top level by
    ``if __name__ == "__main__"``.
    """
    settings = settings or RunSettings()
    return _Run(inputs, out, options, settings, progress, say, stdin).run()


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
        self.problems: list[Failure] = []  # of planning; the units' stand in their lines
        self.teller = Teller(self.say)

    def run(self) -> Summary:
        core = cleaner_for(self.options)  # rules and options that cannot be used stop the run here
        found = self._find()
        if self.settings.profile is not None:
            self.sites = sites.given(self.settings.profile)
        with self.target.claimed():
            space = Workspace(self.target.side, self.target.name)
            keep = True
            try:
                first = partial(hand, own_packs(self.options))
                with Pool(self.settings.workers or cores(), self.settings.apart, first) as pool:
                    return self._run(core, found, space, pool)
            except InputError:
                keep = False  # there is nothing to go on with
                raise
            except BaseException as error:
                if space.units:
                    self.say(
                        f"{space.units:,} of {space.wanted:,} pieces are done and kept in "
                        f"{printable(space.path)}; the same command goes on from there"
                    )
                if isinstance(error, OSError):  # of inputs they are told as such where they are read
                    raise self.target.failed(error) from error
                raise
            finally:
                space.close(keep)

    def _run(self, core: Cleaner, found: Found, space: Workspace, pool: Pool) -> Summary:
        side = self.target.side
        before = earlier.published(side, self.target.folder, self.say)
        left = earlier.interrupted(space.older)
        records = [] if self.settings.fresh else [*left, *([before] if before else [])]
        spool = Spool(space.path)
        planner = Planner(
            self.reading, self.options, records, self._scanning(), self.settings.strict, self._problem
        )
        plan = planner.plan(found.files, pool, spool, self.stdin)
        if plan is None:
            raise InputError(f"no readable input: {'; '.join(map(str, self.problems[:5]))}")
        for scan in plan.scans:
            if not scan.segments:
                self.say(f"{scan.file.name}: holds no documents")
        if not core.judges:
            self.sites = NO_SITES
        elif self.settings.profile is None and not self.settings.no_profile:
            self.sites = self._own_sites(plan, pool, space, spool, left)
        standing = self._standing(core, plan)
        doubts = doubts_about(records, standing, _judge_of(core), core, self.options)
        reuse = Reuse(records, plan.layout, doubts.reasons, doubts.by_rule, self.settings.strict)
        over = take_over(plan.units, records, reuse, doubts)
        without_changed(over, plan.units, records, lambda record: self._stays(record, over))
        entries = self._entries(
            plan, standing, core, {one: kept_digest(one, records) for one in over.as_before}
        )
        done = self._work(plan, over, standing, entries, pool, space, spool)
        return publish(
            Output(
                target=self.target,
                identity=self._identity(),
                found=found,
                problems=self.problems,
                plan=plan,
                over=over,
                standing=standing,
                entries=entries,
                done=done,
                before=before,
                sites=self.sites,
                space=space,
                started=self.started,
            ),
            self.teller,
        )

    def _find(self) -> Found:
        """Inputs and output, judged before anything is written."""
        format = named_format(self.settings.format) if self.settings.format else None
        if STDIN in self.inputs and format is None:
            raise ConfigError("standard input has no name to tell its format by: give it by --format")
        found = find_inputs(self.inputs, format, self.settings.follow_links)
        require(found)
        self.target.check(found, self.inputs, self.settings.overwrite)
        for problem in found.problems:
            self._problem(problem)
        if found.links:
            self.say(
                f"{found.links} symbolic links were not followed: they lead out of the input, or to folders; "
                "--follow-links follows them"
            )
        return found

    def _own_sites(
        self, plan: Plan, pool: Pool, space: Workspace, spool: Spool, left: Sequence[Earlier]
    ) -> Sites:
        """The host profile of this output: kept where an earlier run left it, finished or not, else made."""
        if set(self.inputs) == {STDIN}:
            return NO_SITES
        kept = None
        if not self.settings.refresh_profile:
            places = [*((one.folder, one.head) for one in left)]
            places.append((self.target.side, manifest.previous_run(self.target.side) or {}))
            for folder, head in places:
                kept = kept or sites.kept(folder, head, self._identity(), self.say)
        if kept is not None:
            return kept
        units = [spool.unit(unit) for unit in plan.units]
        seconds = self.settings.max_document_seconds
        return sites.made(
            units, plan.layout, self.reading, self.options, pool, space.path, self.progress, self.say, seconds
        )

    def _work(
        self,
        plan: Plan,
        over: Takeover,
        standing: Standing,
        entries: Sequence[dict[str, Any]],
        pool: Pool,
        space: Workspace,
        spool: Spool,
    ) -> list[Done]:
        """Take over the units that hold and make the others; those that nobody can finish are lost."""
        done: dict[int, Done] = {}
        tasks: list[UnitTask] = []
        for unit, whole, takes in zip(plan.units, over.whole, over.takes, strict=True):
            if whole is not None and self._stays(whole[0], over):
                record, line = whole
                path = record.path(line) or ""
                taken = line["segment_rows"]
                done[unit.number] = Done(unit, {**line, "unit": unit.number}, path, taken)
                continue
            tasks.append(
                UnitTask(
                    spool.unit(unit),
                    plan.layout,
                    standing.metadata(),
                    self.reading,
                    self.options,
                    space.path,
                    self.sites.file,
                    takes,
                    over.changed,
                    self.settings.max_document_seconds,
                )
            )
        if not tasks:
            return [done[number] for number in sorted(done)]
        space.begin(entries, len(tasks))
        meter = Meter([task.unit.weight for task in tasks], self.progress)
        for outcome in crew.cleaned(pool, tasks, meter, self.sites.doubts):
            unit = plan.units[tasks[outcome.index].unit.number]
            error, result = outcome.error, outcome.result
            if isinstance(error, (OutputError, ConfigError)):
                raise error
            if result is None:
                meter.forget(outcome.index)
                one = Done(unit, lost_line(unit, error or InputError("nobody cleaned it")), "", told=True)
            else:
                line = line_of(unit, result)
                line, path = space.keep(line, result.part)
                one = Done(unit, line, path, result.taken, told=True)
            done[unit.number] = one
            for problem in one.problems:
                self.teller.some("input", str(problem))
            for source, reason in result.failed_examples if result else ():
                self.teller.some("document", f"{source}: {reason}")
        return [done[number] for number in sorted(done)]

    def _stays(self, record: Earlier, over: Takeover) -> bool:
        """Whether a part of a run can be a part of this one: of a single file only all of it can."""
        return self.target.file is None or not record.published or over.all_of(record)

    def _standing(self, core: Cleaner, plan: Plan) -> Standing:
        return Standing(
            __version__, core.rules_hash, self._configuration(), self.sites.hash, columns_told(plan.layout)
        )

    def _entries(
        self, plan: Plan, standing: Standing, core: Cleaner, digests: Mapping[InputFile, str]
    ) -> list[dict[str, Any]]:
        """The lines of the record that stand before those of the units; ``digests`` are of inputs that were
        not read now, as an earlier run knew them."""
        head = {
            "kind": "run",
            "form": FORM,
            **self._identity(),
            "scanning": self._scanning(),
            **standing.told(),
            "judge": _judge_of(core),
            "codes": sorted(CODES),
            "follow_links": self.settings.follow_links,
        }
        rules = ({"kind": "rule", "rule": told} for told in told_rules(core))
        inputs = (
            manifest.input_line(
                replace(scan.file, digest=scan.file.digest or digests.get(scan.file, "")),
                scan_to_json(scan) if scan.whole else None,
            )
            for scan in plan.scans
        )
        return [head, *rules, *inputs]

    def _identity(self) -> dict[str, Any]:
        """What texts the output is of: the inputs, and how they are read."""
        reading = {"columns": asdict(self.reading.named), "encoding": self.settings.encoding}
        return {
            "inputs": manifest.identity(self.inputs),
            "reading": {**reading, "format": self.settings.format},
        }

    def _scanning(self) -> dict[str, Any]:
        """What the planning pass goes by, besides the files."""
        limits = {
            "max_document_bytes": self.reading.max_document_bytes,
            "unit_bytes": self.reading.unit_bytes,
        }
        return {**self._identity()["reading"], **limits}

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
        self.teller.some("input", str(problem))


def _judge_of(core: Cleaner) -> str:
    """The digest of the judge's scorer; empty where none judges."""
    return judge_for(core.options.strictness).scorer.digest if core.judges else ""
