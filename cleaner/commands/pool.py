"""Worker processes that are given tasks and may die without taking the run with them.

The standard library's executor loses every task when one worker is killed and cannot tell which
task did it. Here each worker has a pipe of its own: a death is the fault of the one task that worker
had, a new worker takes its place, and no lock is shared that a killed process could hold.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Generic, TypeVar

from cleaner.model import CleanerError

T = TypeVar("T")
R = TypeVar("R")
Report = Callable[[Any], None]
Function = Callable[[T, Report], R]
"""Run in a worker: a task and where to report progress; importable by name, for workers are spawned."""


class WorkerDiedError(CleanerError):
    """A worker process ended in the middle of a task."""


class TaskError(CleanerError):
    """A task failed in a way nobody foresaw; the worker's traceback is in the text's last lines."""


@dataclass(slots=True)
class Outcome(Generic[R]):
    """How a task ended: its index, and its result or its error."""

    index: int
    result: R | None = None
    error: Exception | None = None


@dataclass(slots=True)
class _Worker:
    process: Any
    pipe: Connection
    index: int | None = None  # of the task it has


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pool:
    """Up to ``size`` spawned workers; with one, tasks run in this process and nothing is spawned."""

    def __init__(self, size: int):
        self.size = size
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []

    def run(
        self, function: Function[T, R], tasks: Sequence[T], report: Callable[[int, Any], None]
    ) -> Iterator[Outcome[R]]:
        """Yield how each task ended, as they end; ``report`` gets the index of a task and what it reports."""
        if self.size <= 1 or len(tasks) <= 1:
            for index, task in enumerate(tasks):
                yield _run_here(function, task, index, report)
            return
        waiting = list(range(len(tasks)))[::-1]
        for _ in range(min(self.size, len(tasks)) - len(self._workers)):
            self._workers.append(self._spawn())
        while waiting or any(worker.index is not None for worker in self._workers):
            for worker in self._workers:
                if worker.index is None and waiting:
                    worker.index = waiting.pop()
                    with contextlib.suppress(OSError):  # already dead: seen below
                        worker.pipe.send((function, tasks[worker.index]))
            busy = {w.pipe: w for w in self._workers if w.index is not None}
            for pipe in wait(list(busy)):
                outcome = self._receive(busy[pipe], report)  # type: ignore[index]
                if outcome is not None:
                    yield outcome

    def _receive(self, worker: _Worker, report: Callable[[int, Any], None]) -> Outcome[Any] | None:
        assert worker.index is not None
        try:
            kind, value = worker.pipe.recv()
        except (EOFError, OSError):
            index = worker.index
            self._workers[self._workers.index(worker)] = self._spawn()
            return Outcome(index, error=WorkerDiedError(_last_words(worker)))
        if kind == "progress":
            report(worker.index, value)
            return None
        index, worker.index = worker.index, None
        return Outcome(index, value) if kind == "done" else Outcome(index, error=value)

    def _spawn(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
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
        return Outcome(index, function(task, lambda value: report(index, value)))
    except Exception as error:
        return Outcome(index, error=_portable(error))


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


def _serve(pipe: Connection) -> None:
    """A worker's life: tasks until the pipe closes. Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, task = pipe.recv()
            try:
                result = ("done", function(task, lambda value: pipe.send(("progress", value))))
            except Exception as error:
                result = ("raised", _portable(error))
            pipe.send(result)


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
            return f"a worker process was killed ({name}; out of memory?)"
    return f"a worker process ended with exit code {code}"
