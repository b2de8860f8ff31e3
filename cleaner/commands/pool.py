"""Worker processes that are given tasks and may die without taking the run with them.

The standard library's executor loses every task when one worker is killed and cannot tell which
task did it. Here each worker has a pipe of its own: a death is the fault of the one task that worker
had, a new worker takes its place, and no lock is shared that a killed process could hold. A task says
by marks what it is about to do and how long that may take: a worker that takes longer is killed, and
the last mark of a task whose worker died says what it died of.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Generic, TypeVar

from cleaner.model import CleanerError

T = TypeVar("T")
R = TypeVar("R")
Report = Callable[[Any], None]
Function = Callable[[T, Report], R]
"""Run in a worker: a task and where to report progress; importable by name, for workers are spawned."""


TRIES = 3
"""Workers that may die of one thing before it is given up."""


class WorkerDiedError(CleanerError):
    """A worker process ended in the middle of a task."""


class OutOfTimeError(WorkerDiedError):
    """A worker process was killed, for it took longer than its last mark allowed."""


class TaskError(CleanerError):
    """A task failed in a way nobody foresaw; the worker's traceback is in the text's last lines."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a task is about to do: ``what`` is the task's own, ``seconds`` how long that may take at most."""

    what: Any
    seconds: float | None = None


@dataclass(slots=True)
class Outcome(Generic[R]):
    """How a task ended: its index, its result or its error, and where its worker died the last mark."""

    index: int
    result: R | None = None
    error: Exception | None = None
    mark: Any = None


@dataclass(slots=True)
class _Worker:
    process: Any
    pipe: Connection
    index: int | None = None  # of the task it has
    mark: Any = None
    deadline: float | None = None


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pool:
    """Up to ``size`` spawned workers. With one, or for one task, tasks run in this process and nothing is
    spawned, unless they are to be kept ``apart`` from it: what dies there dies alone. ``first`` is what a
    worker does before its first task."""

    def __init__(self, size: int, apart: bool = False, first: Callable[[], None] | None = None):
        self.size, self.apart, self.first = size, apart, first
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []

    def run(
        self, function: Function[T, R], tasks: Sequence[T], report: Callable[[int, Any], None]
    ) -> Iterator[Outcome[R]]:
        """Yield how each task ended, as they end; ``report`` gets the index of a task and what it reports."""
        if not tasks:
            return
        if not (self.apart or self._workers) and (self.size <= 1 or len(tasks) <= 1):
            for index, task in enumerate(tasks):
                yield _run_here(function, task, index, report)
            return
        waiting = list(range(len(tasks)))[::-1]
        for _ in range(min(self.size, len(tasks)) - len(self._workers)):
            self._workers.append(self._spawn())
        while waiting or any(worker.index is not None for worker in self._workers):
            for worker in self._workers:
                if worker.index is None and waiting:
                    worker.index, worker.mark, worker.deadline = waiting.pop(), None, None
                    with contextlib.suppress(OSError):  # already dead: seen below
                        worker.pipe.send((function, tasks[worker.index]))
            busy = {w.pipe: w for w in self._workers if w.index is not None}
            deadlines = [w.deadline for w in busy.values() if w.deadline is not None]
            ready = wait(list(busy), max(0.0, min(deadlines) - time.monotonic()) if deadlines else None)
            for pipe in ready:
                outcome = self._receive(busy[pipe], report)  # type: ignore[index]
                if outcome is not None:
                    yield outcome
            yield from self._late([worker for pipe, worker in busy.items() if pipe not in ready])

    def insist(
        self,
        function: Function[T, R],
        tasks: Sequence[T],
        report: Callable[[int, Any], None],
        again: Callable[[Outcome[R], T], T] | None = None,
    ) -> Iterator[Outcome[R]]:
        """As `run`, but a task whose worker died is tried again, `TRIES` times in all: a worker may be
        killed for what another process did. ``again`` is shown such an outcome and the task, and gives
        the task as it is to be tried then; another task begins to count anew."""
        current, numbers = list(tasks), list(range(len(tasks)))
        deaths: Counter[int] = Counter()
        while numbers:
            asked, numbers = numbers, []
            chosen = [current[number] for number in asked]
            for outcome in self.run(function, chosen, partial(_as_numbered, report, asked)):
                number = outcome.index = asked[outcome.index]
                deaths[number] += 1
                if not isinstance(outcome.error, WorkerDiedError) or deaths[number] >= TRIES:
                    yield outcome
                    continue
                numbers.append(number)
                task = current[number] if again is None else again(outcome, current[number])
                if task is not current[number]:
                    current[number], deaths[number] = task, 0

    def _late(self, silent: Sequence[_Worker]) -> Iterator[Outcome[Any]]:
        """Kill those of the workers that have said nothing for longer than they may."""
        for worker in silent:
            if worker.deadline is not None and worker.deadline < time.monotonic() and not worker.pipe.poll():
                worker.process.kill()
                yield self._buried(worker, OutOfTimeError("it took longer than a document may"))

    def _receive(self, worker: _Worker, report: Callable[[int, Any], None]) -> Outcome[Any] | None:
        assert worker.index is not None
        try:
            kind, value = worker.pipe.recv()
        except (EOFError, OSError):
            return self._buried(worker, WorkerDiedError(_last_words(worker)))
        if kind == "progress" and isinstance(value, Mark):
            worker.mark = value.what
            worker.deadline = None if value.seconds is None else time.monotonic() + value.seconds
            return None
        if kind == "progress":
            report(worker.index, value)
            return None
        index, worker.index = worker.index, None
        return Outcome(index, value) if kind == "done" else Outcome(index, error=value)

    def _buried(self, worker: _Worker, error: WorkerDiedError) -> Outcome[Any]:
        """The outcome of the task of a worker that is gone; another takes its place."""
        assert worker.index is not None
        worker.process.join()
        worker.pipe.close()
        self._workers[self._workers.index(worker)] = self._spawn()
        return Outcome(worker.index, error=error, mark=worker.mark)

    def _spawn(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self.first), daemon=True)
        with _interrupts_held():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.pipe.close()  # a worker that waits for a task ends by itself
            if worker.index is not None:
                worker.process.kill()
        for worker in self._workers:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()


def _run_here(
    function: Function[T, R], task: T, index: int, report: Callable[[int, Any], None]
) -> Outcome[R]:
    try:
        return Outcome(index, function(task, partial(_tell, report, index)))
    except Exception as error:
        return Outcome(index, error=_portable(error))


def _as_numbered(report: Callable[[int, Any], None], numbers: Sequence[int], index: int, value: Any) -> None:
    report(numbers[index], value)


def _tell(report: Callable[[int, Any], None], index: int, value: Any) -> None:
    if not isinstance(value, Mark):  # nobody watches over this process
        report(index, value)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let a process start that never sees Ctrl-C, from its first instruction on; the parent sees it
    right after."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, first: Callable[[], None] | None) -> None:
    """A worker's life: tasks until the pipe closes. Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _die_first()
    if first is not None:
        first()
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, task = pipe.recv()
            try:
                result = ("done", function(task, lambda value: pipe.send(("progress", value))))
            except Exception as error:
                result = ("raised", _portable(error))
            pipe.send(result)


def _end_with_parent() -> None:
    """End at once when the parent does: one that was killed cannot say so, and a worker in the middle of
    a task would go on for nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _die_first() -> None:
    """Where memory runs out, let the system end a worker, which can be replaced, and not its parent."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")


def _portable(error: Exception) -> CleanerError:
    """The errors of this package as they are; any other as text, for it may not survive a pipe."""
    if isinstance(error, CleanerError):
        return error
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" ({os.path.basename(frame.filename)}:{frame.lineno})" for frame in last)
    return TaskError(f"{type(error).__name__}: {error}{place}")


def _last_words(worker: _Worker) -> str:
    worker.process.join(5)
    code = worker.process.exitcode
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            memory = "; out of memory?" if -code == signal.SIGKILL else ""
            return f"a worker process was killed ({name}{memory})"
    return f"a worker process ended with exit code {code}"
