"""Where the output goes: a folder of parts or one file, guarded against what lies there already.

Parts are written in a work folder beside the side files (`cleaner.files.workspace`) and take their own
names when all are done: a reader never sees the parts of two runs side by side for long, and a run
that is interrupted leaves the old output as it was. One run at a time has an output to itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.files.lock import locked
from cleaner.files.manifest import SIDE, identity, previous_inputs, side_of
from cleaner.files.paths import STDIN, Found, printable, reason_of, within
from cleaner.files.publishing import Moves, finish, publish
from cleaner.files.workspace import unfinished_inputs
from cleaner.files.writer import PartWriter
from cleaner.model import OutputError

_PART = re.compile(r"part-.*\.parquet")


@dataclass(frozen=True, slots=True)
class Target:
    """The output of a run: ``folder`` holds the parts, ``side`` the manifest and what failed.

    With ``file`` all rows go to that one file; its side files lie in ``_cleaner/NAME/`` beside it (NAME
    without ``.parquet``), so that several such files can share a folder.
    """

    folder: str
    side: str
    file: str | None = None

    @classmethod
    def of(cls, out: str) -> Target:
        """The target that ``--out`` names: one file where it ends in ``.parquet``, else a folder."""
        if not out:
            raise OutputError("--out is empty: name a folder, or a file that ends in .parquet")
        if not out.lower().endswith(".parquet"):
            return cls(out, side_of(out))
        return cls(os.path.dirname(out) or os.curdir, side_of(out), out)

    @property
    def name(self) -> str:
        """The target as messages name it."""
        return printable(self.file or self.folder)

    def check(self, found: Found, arguments: Sequence[str], overwrite: bool) -> None:
        """Refuse what would harm the inputs or the output of something else; `OutputError`."""
        self._check_inputs(found)
        place = self.file or self.folder
        if os.path.lexists(place) and os.path.isdir(place) != (self.file is None):
            wanted = "a folder" if self.file is None else "a file"
            raise OutputError(f"{self.name}: {wanted} is wanted, and something else stands there")
        if overwrite:
            return
        before = previous_inputs(self.side)
        if before is None:
            before = unfinished_inputs(self.side)
        if before is None and not self._holds_output():
            return
        if before is None:
            raise OutputError(
                f"{self.name}: holds something that no run of cleaner wrote; "
                "name another --out, or replace it with --overwrite"
            )
        if before != identity(arguments):
            inputs = ", ".join(map(printable, before[:3])) or "unknown inputs"
            raise OutputError(
                f"{self.name}: holds the output of a run of other inputs ({inputs}); "
                "name another --out, or replace it with --overwrite"
            )

    def _check_inputs(self, found: Found) -> None:
        place = self.file or self.folder
        for folder in found.folders:
            if within(place, folder):
                raise OutputError(
                    f"{self.name}: lies in the input folder {printable(folder)}, "
                    "where the next run would read it; name an --out outside"
                )
        harmed: dict[str, bool] = {}  # by folder: a link is looked at by itself
        for file in found.files:
            alone = self.file is not None or os.path.islink(file.path)
            where = file.path if alone else os.path.dirname(file.path) or os.curdir
            if where not in harmed:
                harmed[where] = file.argument != STDIN and within(where, place)
            if harmed[where]:
                raise OutputError(f"{self.name}: holds the input {file.name}; name another --out")

    def _holds_output(self) -> bool:
        if self.file is not None:
            return os.path.lexists(self.file)
        if not os.path.isdir(self.folder):
            return False
        return any(not name.startswith(".") and name != SIDE for name in os.listdir(self.folder))

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Have the output to oneself, with what an earlier run left half published put right.

        Folders that were made for a run that wrote nothing go when it ends. `OutputError` where another
        run writes there, or nobody can.
        """
        made = _missing(self.side)
        try:
            os.makedirs(self.side, exist_ok=True)
        except OSError as error:
            _remove_empty(made)
            raise self.failed(error) from error
        try:
            with locked(self.side, self.name):
                try:
                    finish(self.side)
                except OSError as error:
                    raise self.failed(error) from error
                yield
        finally:
            _remove_empty(made)

    def names(self, parts: int) -> list[str]:
        """The paths of so many parts."""
        if self.file is not None:
            return [self.file]
        return [os.path.join(self.folder, f"part-{number:05d}.parquet") for number in range(parts)]

    def leftovers(self, names: Sequence[str]) -> list[str]:
        """Parts of an earlier run that are none of ``names``."""
        if self.file is not None or not os.path.isdir(self.folder):
            return []
        found = (os.path.join(self.folder, one) for one in os.listdir(self.folder) if _PART.fullmatch(one))
        return sorted(set(found).difference(names))

    def publish(self, moves: Moves) -> None:
        """Give files their names (`cleaner.files.publishing`)."""
        try:
            publish(self.side, moves)
        except OSError as error:
            raise self.failed(error) from error

    def failed(self, error: OSError) -> OutputError:
        """The error of an output that cannot be written."""
        return OutputError(f"{self.name}: cannot be written: {reason_of(error)}")


def join_parts(parts: Sequence[str], path: str, schema: pa.Schema) -> None:
    """Write the row groups of several parts, in order, into one file."""
    with PartWriter(path, schema) as writer:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for group in range(file.num_row_groups):
                    for batch in file.read_row_group(group, use_threads=False).to_batches():
                        writer.write(batch)
                    writer.flush()


def _missing(path: str) -> list[str]:
    """The folders on the way to ``path`` that do not exist yet, the innermost first."""
    missing = []
    while path and not os.path.lexists(path):
        missing.append(path)
        path = os.path.dirname(path)
    return missing


def _remove_empty(folders: Sequence[str]) -> None:
    for folder in folders:
        try:
            os.rmdir(folder)
        except OSError:
            return
