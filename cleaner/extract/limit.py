"""A time limit for one page, in processes that may have one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN = 0.5
"""Seconds after which the limit speaks again, where what it interrupted caught it and went on."""


Handler = Callable[[int, FrameType | None], object] | int | None


class TimeUpError(BaseException):
    """A page took too long. No Exception: trafilatura catches those and goes on."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `TimeUpError` inside the block after ``seconds``.

    It rests on an interval timer, which only a main thread of a POSIX process can have: elsewhere, and
    without ``seconds``, there is no limit. One long call into C is not interrupted before it returns.
    """
    if not seconds or not hasattr(signal, "setitimer"):
        yield
        return
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def speak(number: int, frame: FrameType | None) -> None:
        raise TimeUpError

    before = signal.signal(signal.SIGALRM, speak)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        _disarm(before)


def _disarm(before: Handler) -> None:
    """Stop the timer and put the handler back, even where it speaks once more meanwhile."""
    while True:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            return
        except TimeUpError:
            continue
