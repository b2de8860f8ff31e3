"""One run at a time writes into an output: its lock, and who holds it.

The lock is the system's own, on an open file, so that it goes with its process however that ends: a
file left by a dead process holds nobody up. What the file says is for people only.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from cleaner.files.paths import printable, reason_of
from cleaner.model import OutputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK = "lock"
HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
"""What the system answers where another process has the lock."""


@contextmanager
def locked(side: str, name: str) -> Iterator[None]:
    """Hold the lock in the folder ``side``; ``name`` is the output as messages name it.

    `OutputError` naming the process and the start of the run that holds it.
    """
    path = os.path.join(side, LOCK)
    file = _claim(path, name)
    started = time.strftime("%Y-%m-%d %H:%M:%S")
    told = {"process": os.getpid(), "host": platform.node(), "started": started}
    try:
        with contextlib.suppress(OSError):  # it is held all the same
            os.truncate(file.fileno(), 0)
            os.write(file.fileno(), json.dumps(told).encode())
        yield
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)
        file.close()


def _claim(path: str, name: str) -> IO[str]:
    """The locked file. One that was removed between opening and locking is no lock any more."""
    while True:
        try:
            file = open(path, "a+", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise OutputError(f"{name}: cannot be written: {reason_of(error)}") from error
        try:
            _lock(file)
        except OSError as error:
            if error.errno not in HELD:
                return file  # a file system without locks: nobody can be told from nobody
            file.seek(0)
            holder = _holder(file.read())
            file.close()
            raise OutputError(
                f"{name}: {holder} writes there; wait until it is done, or name another --out"
            ) from error
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                return file
        file.close()


def _lock(file: IO[str]) -> None:
    if fcntl is not None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt

    file.seek(1 << 20)  # a byte beyond what is written: Windows keeps locked ones from being read
    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)


def _holder(said: str) -> str:
    try:
        holder = json.loads(said)
        started, host = printable(str(holder["started"])), printable(str(holder["host"]))
        return f"another run (process {int(holder['process'])} on {host}, started {started})"
    except (ValueError, TypeError, KeyError):
        return "another run"
