"""What the units of a run came to, as its record keeps it: the same whether done now or taken over."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cleaner.commands.making import UnitResult
from cleaner.commands.work import failure
from cleaner.files.duplicates import Duplicates, duplicate_ids
from cleaner.files.earlier import Earlier
from cleaner.files.manifest import digest_of, document_line, placed, problem_line, unit_line
from cleaner.files.paths import Failure
from cleaner.files.plan import Unit
from cleaner.files.taken import failures_in
from cleaner.files.tally import Tally


@dataclass(frozen=True, slots=True)
class Done:
    """A unit that is done: its line in the record, and the part that holds its rows ("": there are none).

    ``taken`` counts, by segment, rows that an earlier run had cleaned (empty: none); ``told`` says that its
    failures were reported as they happened.
    """

    unit: Unit
    line: dict[str, Any]
    path: str
    taken: Sequence[int] = ()
    told: bool = False

    @property
    def rows(self) -> int:
        """Rows it adds to the output."""
        return int(self.line["rows"])

    @property
    def tally(self) -> Tally:
        """Its figures."""
        return Tally.of(self.line["tally"])

    @property
    def problems(self) -> list[Failure]:
        """Inputs and records of it that add no row."""
        return [failure(self.unit, (at, record, reason)) for at, record, reason in self.line["problems"]]

    def failures(self) -> Iterator[tuple[str, str, str]]:
        """Source, id and error of its documents that failed."""
        if self.line["tally"].get("statuses", {}).get("failed"):
            yield from failures_in(self.path, self.line["first"], self.rows)


def line_of(unit: Unit, result: UnitResult) -> dict[str, Any]:
    """The line on a unit that was made."""
    size = os.path.getsize(result.part) if result.tally.documents else 0
    line = unit_line(
        unit,
        result.segment_rows,
        result.tally.told(),
        problems=[list(problem) for problem in result.problems],
        late=result.late,
        trials=[list(trial) for trial in result.trials],
    )
    return placed(line, None, 0, size, result.digest)


def lost_line(unit: Unit, error: Exception) -> dict[str, Any]:
    """The line on a unit that nobody could finish: its inputs failed, and are tried again by the next run."""
    reasons = [f"not cleaned, from record {s.first_record} on: {error}" for s in unit.segments]
    problems = [[at, None, reason] for at, reason in enumerate(reasons)]
    return unit_line(unit, [0] * len(unit.segments), {}, problems=problems, late=[], trials=[])


def in_place(done: Sequence[Done], names: Sequence[str], paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The lines of all units, with the parts their rows are in: one each, or all of them in one. ``paths``
    are where these lie until they have their ``names``."""
    told = {one.path: str(one.line.get("sha256", "")) for one in done if one.rows}
    parts = (
        (os.path.basename(name), os.path.getsize(path), told[path] if path in told else digest_of(path))
        for name, path in zip(names, paths, strict=True)
    )
    shared = next(parts) if len(names) == 1 else None
    first = 0
    for one in done:
        if not one.rows:
            yield placed(one.line, None)
            continue
        name, size, digest = shared or next(parts)
        yield placed(one.line, name, first, size, digest)
        first += one.rows if shared else 0


def failed_lines(problems: Sequence[Failure], done: Sequence[Done]) -> Iterator[dict[str, Any]]:
    """The lines of failed.jsonl: planning's problems, then unit by unit those of inputs and of documents;
    what is wrong with an input that is parted among units stands there once."""
    told = set(problems)
    yield from map(problem_line, problems)
    for one in done:
        fresh = [problem for problem in dict.fromkeys(one.problems) if problem not in told]
        told.update(problem for problem in fresh if problem.row is None)
        yield from map(problem_line, fresh)
        for source, id, error in one.failures():
            yield document_line(source, id, error)


def duplicates_of(paths: Sequence[str], total: Tally, unchanged: Earlier | None) -> Duplicates:
    """Ids that were given more than once; of an output that did not change they are known."""
    if not total.given_ids:
        return Duplicates()
    told = unchanged.rest.get("ids") if unchanged is not None else None
    if told is not None:
        return Duplicates(told["rows"], told["id"], told["source"])
    return duplicate_ids(paths, total.documents)


def ids_line(found: Duplicates) -> dict[str, Any]:
    """The manifest's line on ids that were given more than once."""
    return {"kind": "ids", "rows": found.rows, "id": found.id, "source": found.source}
