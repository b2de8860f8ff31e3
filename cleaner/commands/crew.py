"""Cleaning units to the end, whatever a document does to the worker that has it.

A worker that dies in the middle of a batch leaves its unit to be done again. First the documents of the
batch are cleaned one by one, in a worker that is there to die: the document it dies of twice is
condemned, and comes out failed with its text as given. Three workers are what a document may cost;
one that is killed from outside is not held against the documents it happened to have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from cleaner.commands.figures import Delta, Meter
from cleaner.commands.making import Condemned, UnitResult, UnitTask, clean_unit, probe_unit
from cleaner.commands.pool import TRIES, Outcome, OutOfTimeError, Pool, WorkerDiedError
from cleaner.model import InputError

Ranges = tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Case:
    """A unit whose workers died: of what, how often. While it is ``doubted``, rows of it are to be cleaned
    one by one before it is tried again."""

    task: UnitTask
    deaths: Counter[object] = field(default_factory=Counter)
    doubted: bool = False

    def blame(self, outcome: Outcome[UnitResult] | Outcome[None], probed: bool) -> bool:
        """Learn from a death; False where there is nothing left to try."""
        mark = outcome.mark
        kind = mark[0] if mark else None
        if kind == "rows" and not probed and not _covered(mark, self.task.singly):
            self.task = replace(self.task, singly=(*self.task.singly, mark[1:]))
            self.doubted = True
            return True
        self.deaths[mark] += 1
        if kind == "rows" and mark[2] - mark[1] == 1 and mark[1] not in self.task.condemned:
            late = isinstance(outcome.error, OutOfTimeError)
            if late or self.deaths[mark] >= TRIES - 1:
                tries = "given up" if late else f"given up after {TRIES} tries"
                again = "the next run" if late else "a run with --fresh"
                reason = f"{tries}: {outcome.error}; {again} tries it again"
                condemned = {**self.task.condemned, mark[1]: Condemned(reason, late)}
                self.task = replace(self.task, condemned=condemned)
            return True
        if kind == "file" and self.deaths[mark] >= TRIES:
            reason = f"cannot be read: it was given up after {TRIES} tries: {outcome.error}"
            self.task = replace(self.task, unreadable={**self.task.unreadable, mark[1]: reason})
            return True
        return self.deaths[mark] < TRIES


def cleaned(
    pool: Pool, tasks: Sequence[UnitTask], meter: Meter, doubts: Mapping[int, Ranges]
) -> Iterator[Outcome[UnitResult]]:
    """How each unit ended, as they end; an error is a unit that nobody could finish.

    ``doubts`` are rows, by number of their unit, that two workers died of already.
    """
    numbers = list(range(len(tasks)))
    cases = {
        number: _Case(replace(task, singly=doubts[task.unit.number]), doubted=True)
        for number, task in enumerate(tasks)
        if task.unit.number in doubts
    }
    for case in cases.values():
        doubted = (row for first, last in case.task.singly for row in range(first, last))
        case.deaths.update({("rows", row, row + 1): TRIES - 2 for row in doubted})
    _probe(pool, list(cases.values()))
    current = [cases[number].task if number in cases else task for number, task in enumerate(tasks)]
    while numbers:
        again: list[int] = []
        chosen = [current[number] for number in numbers]
        for outcome in pool.run(clean_unit, chosen, partial(_count, meter, numbers)):
            number = outcome.index = numbers[outcome.index]
            if isinstance(outcome.error, WorkerDiedError):
                case = cases.setdefault(number, _Case(tasks[number]))
                if case.blame(outcome, probed=False):
                    meter.restart(number)
                    again.append(number)
                    continue
            elif isinstance(outcome.error, InputError) and any(current[number].takes):
                case = cases.setdefault(number, _Case(current[number]))
                case.task = replace(case.task, takes=())  # what was to be taken over cannot be read
                meter.restart(number)
                again.append(number)
                continue
            yield outcome
        _probe(pool, [cases[number] for number in again])
        current = [cases[number].task if number in cases else task for number, task in enumerate(tasks)]
        numbers = sorted(again)


def _count(meter: Meter, numbers: Sequence[int], index: int, delta: Delta) -> None:
    meter.add(numbers[index], delta)


def _probe(pool: Pool, cases: Sequence[_Case]) -> None:
    """Find out which documents workers die of."""
    while doubted := [case for case in cases if case.doubted]:
        for outcome in pool.run(probe_unit, [case.task for case in doubted], lambda at, value: None):
            case = doubted[outcome.index]
            if not isinstance(outcome.error, WorkerDiedError) or not case.blame(outcome, probed=True):
                case.doubted = False


def _covered(mark: tuple[str, int, int], ranges: Sequence[tuple[int, int]]) -> bool:
    return any(start <= mark[1] and mark[2] <= stop for start, stop in ranges)
