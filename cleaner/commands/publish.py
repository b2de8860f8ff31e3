"""Publishing a run: parts and side files get their names together, and the summary is drawn up."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cleaner.commands import sites
from cleaner.commands.figures import SAID, Removed, Summary, Teller
from cleaner.commands.planning import Plan
from cleaner.commands.record import Done, duplicates_of, failed_lines, ids_line, in_place
from cleaner.commands.sites import Sites
from cleaner.commands.takeover import Takeover, made_anew
from cleaner.files import manifest
from cleaner.files.duplicates import Duplicates
from cleaner.files.earlier import Earlier, Standing
from cleaner.files.output import Target, join_parts
from cleaner.files.paths import Failure, Found
from cleaner.files.publishing import moves_of
from cleaner.files.tally import Tally
from cleaner.files.workspace import Workspace
from cleaner.files.writer import PartWriter
from cleaner.model import InputError


@dataclass(frozen=True, slots=True)
class Output:
    """All that is to be published: what was found, planned, taken over and done, and what stood before.

    ``identity`` tells what texts it is of, ``problems`` are those of planning, ``entries`` the lines of the
    manifest before those of the units, ``started`` when the run began (`time.monotonic`).
    """

    target: Target
    identity: dict[str, Any]
    found: Found
    problems: Sequence[Failure]
    plan: Plan
    over: Takeover
    standing: Standing
    entries: Sequence[dict[str, Any]]
    done: Sequence[Done]
    before: Earlier | None
    sites: Sites
    space: Workspace
    started: float

    @property
    def schema(self) -> Any:
        """The schema of the parts."""
        return self.plan.layout.schema(self.standing.metadata())

    @property
    def removed_inputs(self) -> int:
        """Inputs of the run before that are there no more."""
        if self.before is None:
            return 0
        return len(set(self.before.inputs).difference(file.source for file in self.found.files))


def publish(output: Output, teller: Teller) -> Summary:
    """Give the parts and the side files their names, tell of failures that nobody was told of yet, and
    count. `InputError` where inputs failed and nothing else was there: the old output, if any, stays."""
    space, done, target = output.space, output.done, output.target
    total = Tally()
    for one in done:
        total.add(one.tally)
    unchanged = output.before if output.over.all_of(output.before) else None
    paths = _paths(output)
    names = target.names(len(paths))
    moves = moves_of(list(zip(paths, names, strict=True)), space.path)
    moves.gone += target.leftovers(names)
    duplicates = duplicates_of(paths, total, unchanged)
    profile = sites.settled(output.sites, target.side, output.identity, moves)
    entries = [{**output.entries[0], "sealed": True}, *output.entries[1:], *in_place(done, names, paths)]
    if total.given_ids:
        entries.append(ids_line(duplicates))
    failures = _failures(done, teller)
    summary = _summary(output, total, duplicates, failures, names, profile)
    file = output.sites.file
    own = {manifest.SITES: file} if file is not None and profile.is_own else {}
    for name, lines in (
        (manifest.FAILED, manifest.as_lines(failed_lines(output.problems, done))),
        (manifest.SUMMARY, [summary.to_json() + "\n"]),
        (manifest.MANIFEST, manifest.as_lines(entries)),
    ):
        path = os.path.join(space.path, name)
        if name == manifest.MANIFEST:
            proved = {manifest.FAILED: os.path.join(space.path, manifest.FAILED), **own}
            lines = manifest.sealed(lines, {one: manifest.digest_of(file) for one, file in proved.items()})
        manifest.write_file(path, lines)
        moves.home.append((path, os.path.join(target.side, name)))
    target.publish(moves)
    space.remove()
    _say_the_rest(summary, duplicates, target, teller)
    return summary


def _paths(output: Output) -> list[str]:
    """The files that become the output: the parts, or all of them in one."""
    paths = list(dict.fromkeys(one.path for one in output.done if one.rows))
    if not paths:
        problems = [*output.problems, *(problem for one in output.done for problem in one.problems)]
        if problems and not any(problem.row for problem in problems):
            raise InputError(f"no readable input: {'; '.join(map(str, problems[:5]))}")
        paths = [os.path.join(output.space.path, "empty.tmp")]
        with PartWriter(paths[0], output.schema):
            pass
    if output.target.file is not None and len(paths) > 1:
        whole = os.path.join(output.space.path, "whole.tmp")
        join_parts(paths, whole, output.schema)
        return [whole]
    return paths


def _failures(done: Sequence[Done], teller: Teller) -> list[tuple[str, str]]:
    """The first documents that failed; of those that were taken over people are told here."""
    found: list[tuple[str, str]] = []
    for one in done:
        if not one.told:
            for problem in one.problems:
                teller.some("input", str(problem))
        for source, _, error in one.failures() if len(found) < SAID else ():
            if not one.told:
                teller.some("document", f"{source}: {error}")
            found.append((source, error))
            if len(found) >= SAID:
                break
    return found


def _say_the_rest(summary: Summary, duplicates: Duplicates, target: Target, teller: Teller) -> None:
    for kind, count in (("input", summary.failed_inputs), ("document", summary.failed)):
        if count > SAID:
            path = os.path.join(target.side, manifest.FAILED)
            teller.say(f"{count - SAID:,} more {kind} failures are listed in {path}")
    if duplicates.rows:
        example = f"as {duplicates.source} ({duplicates.id}) does"
        teller.say(f"{duplicates.rows:,} rows bear an id that an earlier row bears, {example}")


def _summary(
    output: Output,
    total: Tally,
    duplicates: Duplicates,
    failures: Sequence[tuple[str, str]],
    outputs: Sequence[str],
    profile: Sites,
) -> Summary:
    done, found, anew = output.done, output.found, made_anew(output.over, output.done)
    problems = list(dict.fromkeys((*output.problems, *(each for one in done for each in one.problems))))
    return Summary(
        documents=total.documents,
        statuses=dict(sorted(total.statuses.items())),
        changed=total.changed,
        failed=total.statuses["failed"],
        failed_inputs=len(problems),
        document_failures=tuple(Failure(source, reason) for source, reason in failures),
        input_failures=tuple(problems[:SAID]),
        chars_in=total.chars_in,
        chars_out=total.chars_out,
        repairs=dict(total.repairs.most_common()),
        removals={rule: Removed(total.spans[rule], chars) for rule, chars in total.chars.most_common()},
        trials={
            rule: Removed(total.trial_spans[rule], chars) for rule, chars in total.trial_chars.most_common()
        },
        duplicate_ids=duplicates.rows,
        duplicate_example={"id": duplicates.id, "source": duplicates.source or ""} if duplicates.id else None,
        inputs=len(output.plan.scans),
        skipped=dict(found.skipped.most_common()),
        passed_records=dict(output.plan.passed.most_common()),
        extractions=dict(total.extractions.most_common()),
        repeated_inputs=found.repeated,
        links_not_followed=found.links,
        outputs=tuple(outputs),
        side_folder=output.target.side,
        seconds=round(time.monotonic() - output.started, 3),
        profile=profile.told,
        taken_over=sum(sum(one.taken) for one in done),
        anew={reason: len(one.inputs) for reason, one in anew.items()},
        anew_documents={reason: one.documents for reason, one in anew.items()},
        anew_examples={reason: tuple(one.inputs[:SAID]) for reason, one in anew.items()},
        removed_inputs=output.removed_inputs,
    )
