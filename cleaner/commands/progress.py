"""How far a run is, on standard error: a bar where a person watches, a line now and then in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from cleaner.commands.terminal import is_terminal, visible

if TYPE_CHECKING:
    from cleaner.commands.figures import Progress

LINE_EVERY = 10.0
"""Seconds between the lines of a log."""

Clock = Callable[[], float]


class Reporter(Protocol):
    """Told how far a run is and what has to be said meanwhile; ``bytes_read`` is the latest of it."""

    bytes_read: int

    def update(self, progress: Progress) -> None:
        """Show how far the run is."""

    def say(self, message: str) -> None:
        """Show one line that must not be lost: a warning or an error."""


@contextmanager
def reporter(stream: TextIO, quiet: bool) -> Iterator[Reporter]:
    """The reporter that fits ``stream``: none when ``quiet``, a bar on a terminal, else lines."""
    if quiet:
        yield SilentReporter(stream)
    elif is_terminal(stream):
        with _bar(stream) as bar:
            yield bar
    else:
        lines = LineReporter(stream)
        yield lines
        lines.close()


class PhaseClock:
    """Seconds since the pass over the inputs that is under way began; the first begins at once."""

    def __init__(self, clock: Clock):
        self._clock, self._begun = clock, clock()
        self._phase: str | None = None

    def seconds(self, progress: Progress) -> float:
        """How long the pass has taken that ``progress`` tells of."""
        if self._phase not in (None, progress.phase):
            self._begun = self._clock()
        self._phase = progress.phase
        return self._clock() - self._begun


class SilentReporter:
    """No progress; what must not be lost is said all the same."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self.bytes_read = 0

    def update(self, progress: Progress) -> None:
        """Show nothing."""
        self.bytes_read = progress.bytes_done

    def say(self, message: str) -> None:
        """Write the message as a line of its own."""
        print(visible(message), file=self._stream, flush=True)


class LineReporter(SilentReporter):
    """A line every `LINE_EVERY` seconds and one at the end, for logs and pipes."""

    def __init__(self, stream: TextIO, clock: Clock = time.monotonic, every: float = LINE_EVERY):
        super().__init__(stream)
        self._clock, self._every = clock, every
        self._written = clock()
        self._phase = PhaseClock(clock)
        self._last: Progress | None = None
        self._told: tuple[str, int, int] | None = None

    def update(self, progress: Progress) -> None:
        """Write a line where the last one is long enough ago."""
        super().update(progress)
        self._last = progress
        seconds = self._phase.seconds(progress)
        if self._clock() - self._written >= self._every:
            self._write(progress, seconds)

    def close(self) -> None:
        """Write where the run ended."""
        if self._last is not None and self._told != _place(self._last):
            self._write(self._last, self._phase.seconds(self._last))

    def _write(self, progress: Progress, seconds: float) -> None:
        self._written = self._clock()
        self._told = _place(progress)
        self.say(", ".join(measures(progress, seconds)))


def _place(progress: Progress) -> tuple[str, int, int]:
    return progress.phase, progress.documents, progress.bytes_done


class BarReporter:
    """A bar that is redrawn in place, above it what has to be said."""

    def __init__(self, bar: Any, task: Any, clock: Clock = time.monotonic):
        self._bar, self._task, self._phase = bar, task, PhaseClock(clock)
        self.bytes_read = 0

    def update(self, progress: Progress) -> None:
        """Move the bar."""
        self.bytes_read = progress.bytes_done
        documents, *rest = measures(progress, self._phase.seconds(progress))
        self._bar.update(
            self._task,
            completed=progress.bytes_done,
            total=progress.bytes_total or None,
            description=documents,
            measures=", ".join(rest),
        )

    def say(self, message: str) -> None:
        """Write the message above the bar."""
        self._bar.console.print(visible(message), markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _bar(stream: TextIO) -> Iterator[BarReporter]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[measures]}", markup=False),
    )
    with Progress(*columns, console=Console(file=stream), transient=True, expand=True) as bar:
        yield BarReporter(bar, bar.add_task("reading the inputs", total=None, measures=""))


def measures(progress: Progress, seconds: float) -> list[str]:
    """What a person wants to know of a run after ``seconds``: documents, failures, MB (10^6 bytes)
    read, MB/s, time left, share of the characters that went (of a pass that cleans nothing: none)."""
    done, total = progress.bytes_done, progress.bytes_total
    cleaning = progress.phase == "cleaning"
    pass_named = (
        "" if cleaning else "counting lines: " if progress.phase == "counting" else f"{progress.phase}: "
    )
    shown = [f"{pass_named}{progress.documents:,} documents"]
    if progress.failed:
        shown.append(f"{progress.failed:,} failed")
    shown.append(f"{megabytes(done)} of {megabytes(total)} MB" if total else f"{megabytes(done)} MB")
    if seconds > 0:
        shown.append(f"{megabytes(done / seconds)} MB/s")
    if 0 < done < total and seconds > 0:
        shown.append(f"{duration((total - done) * seconds / done)} left")
    if cleaning:
        shown.append(f"{share(progress.chars_in - progress.chars_out, progress.chars_in)} removed")
    return shown


def megabytes(size: float) -> str:
    """``size`` in bytes as MB with three digits that matter.

    >>> megabytes(1_234_567), megabytes(123_456_789), megabytes(1_500)
    ('1.23', '123', '0.00')
    """
    value = size / 1e6
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def share(part: float, whole: float) -> str:
    """``part`` of ``whole`` in per cent; what is there is never rounded to nothing.

    >>> share(1, 8), share(1, 100_000), share(0, 0)
    ('12.5 %', '<0.1 %', '0 %')
    """
    if not part or not whole:
        return "0 %"
    percent = 100 * part / whole
    return "<0.1 %" if percent < 0.1 else f"{percent:.1f} %"


def duration(seconds: float) -> str:
    """``seconds`` as a clock shows them.

    >>> duration(7.2), duration(75), duration(3700)
    ('0:07', '1:15', '1:01:40')
    """
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
