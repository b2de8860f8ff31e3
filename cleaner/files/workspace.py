"""Where a run keeps what it has done until all of it is: finished parts, and a journal of them.

Each run has a folder of its own beside the side files. A part is written under a temporary name, made
durable and renamed; only then a line of the journal says that it is there. A run that ends before its
time leaves folder and journal behind, and the next run takes over what they hold. The names of the
folders count up: which is the newest does not depend on a clock.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from typing import IO, Any

from cleaner.files.manifest import SITES, as_lines, fsync_folder, previous_inputs
from cleaner.files.paths import reason_of
from cleaner.model import OutputError

JOURNAL = "journal.jsonl"
_NAME = re.compile(r"work-(\d+)-.*")


def work_folders(side: str) -> list[str]:
    """The folders that runs left in ``side``, the newest first."""
    try:
        names = os.listdir(side)
    except OSError:
        return []
    numbered = sorted(((int(m[1]), one) for one in names if (m := _NAME.fullmatch(one))), reverse=True)
    return [os.path.join(side, one) for _, one in numbered]


def unfinished_inputs(side: str) -> list[str] | None:
    """The INPUT arguments of the last run into ``side`` that left work behind; None where there is none."""
    for folder in work_folders(side):
        if (inputs := previous_inputs(folder, JOURNAL)) is not None:
            return inputs
    return None


def _remove(path: str) -> None:
    if os.path.isdir(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.unlink(path)


class Workspace:
    """The folder of one run; ``older`` are those that earlier runs left, the newest first.

    Raises `OutputError` where it cannot be written.
    """

    def __init__(self, side: str, name: str):
        self._side, self._name = side, name
        self.older = work_folders(side)
        newest = _NAME.fullmatch(os.path.basename(self.older[0])) if self.older else None
        number = int(newest[1]) + 1 if newest else 1
        try:
            self.path = tempfile.mkdtemp(prefix=f"work-{number:05d}-", dir=side)
        except OSError as error:
            raise self._failed(error) from error
        self._journal: IO[str] | None = None
        self.units = self.wanted = 0
        """Units that are safe here, and those that are to be."""

    def begin(self, entries: Iterable[dict[str, Any]], wanted: int) -> None:
        """Write down what the run goes by, before it makes the ``wanted`` units."""
        self.wanted = wanted
        try:
            self._journal = open(  # noqa: SIM115
                os.path.join(self.path, JOURNAL), "w", encoding="utf-8", newline=""
            )
            self._journal.writelines(as_lines(entries))
            self._sync()
            fsync_folder(self.path)
            fsync_folder(self._side)
        except OSError as error:
            raise self._failed(error) from error

    def keep(self, entry: dict[str, Any], written: str) -> tuple[dict[str, Any], str]:
        """Make a part that was written and is durable one that the next run will find; the line of the
        journal on its unit (``entry``, completed) and its path, which is empty for a unit without rows."""
        assert self._journal is not None
        name = f"unit-{entry['unit']:05d}.part" if entry["rows"] else None
        path = os.path.join(self.path, name) if name else ""
        line = {**entry, "part": name}
        try:
            if name:
                os.replace(written, path)
                fsync_folder(self.path)
            else:
                os.unlink(written)
            self._journal.writelines(as_lines([line]))
            self._sync()
        except OSError as error:
            raise self._failed(error) from error
        self.units += 1
        return line, path

    def close(self, keep: bool = True) -> None:
        """Close the journal; remove the folder where it is not to be kept, or holds nothing of use."""
        self._close_journal()
        useful = self.units or os.path.exists(os.path.join(self.path, SITES))
        if not (keep and useful and self._journal is not None):
            shutil.rmtree(self.path, ignore_errors=True)
        for name in os.listdir(self.path) if os.path.isdir(self.path) else ():
            if name not in (JOURNAL, SITES) and not name.endswith(".part"):
                _remove(os.path.join(self.path, name))

    def remove(self) -> None:
        """Remove this folder and those of earlier runs: all they held has its place by now."""
        self._close_journal()
        for folder in (self.path, *self.older):
            shutil.rmtree(folder, ignore_errors=True)

    def _close_journal(self) -> None:
        if self._journal is not None:
            with contextlib.suppress(OSError):  # a line that could not be written goes; those before stand
                self._journal.close()

    def _sync(self) -> None:
        assert self._journal is not None
        self._journal.flush()
        os.fsync(self._journal.fileno())

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(f"{self._name}: cannot be written: {reason_of(error)}")
