"""Where the output goes: a folder of parts or one file, guarded against what lies there already.

Parts are written under temporary names in a work folder beside the side files and take their own
names when all are done: a reader never sees the parts of two runs side by side for long, and a run
that is interrupted leaves the old output as it was.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.files.manifest import SIDE, fsync_folder, identity, previous_inputs, side_of
from cleaner.files.paths import STDIN, Found, printable, reason_of, within
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
        if overwrite or not self._holds_output():
            return
        before = previous_inputs(self.side)
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
        for file in found.files:
            if file.argument != STDIN and within(file.path, place):
                raise OutputError(f"{self.name}: holds the input {file.name}; name another --out")

    def _holds_output(self) -> bool:
        if self.file is not None:
            return os.path.lexists(self.file)
        if not os.path.isdir(self.folder):
            return False
        return any(not name.startswith(".") and name != SIDE for name in os.listdir(self.folder))

    @contextmanager
    def workspace(self) -> Iterator[str]:
        """A new folder for temporary files; it goes when the run ends, however it ends.

        Folders that were made for a run that wrote nothing go with it.
        """
        made = _missing(self.side)
        try:
            os.makedirs(self.side, exist_ok=True)
            _remove_stale(self.side)
            work = tempfile.mkdtemp(prefix=f"work-{os.getpid()}-", dir=self.side)
        except OSError as error:
            _remove_empty(made)
            raise OutputError(f"{self.name}: cannot be written: {reason_of(error)}") from error
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
            _remove_empty(made)

    def publish(self, parts: Sequence[str], schema: pa.Schema) -> list[str]:
        """Give finished parts their names, in order, then remove those of the run before.

        Returns the paths of the output. Without any part an empty one is written: readers of
        ``part-*.parquet`` find the columns.
        """
        try:
            if self.file is not None:
                return [self._publish_file(parts, schema)]
            names = [f"part-{number:05d}.parquet" for number in range(len(parts))]
            for part, name in zip(parts, names, strict=True):
                os.replace(part, os.path.join(self.folder, name))
            for name in os.listdir(self.folder):
                if _PART.fullmatch(name) and name not in names:
                    os.unlink(os.path.join(self.folder, name))
            fsync_folder(self.folder)
        except OSError as error:
            raise OutputError(f"{self.name}: cannot be written: {reason_of(error)}") from error
        return [os.path.join(self.folder, name) for name in names]

    def _publish_file(self, parts: Sequence[str], schema: pa.Schema) -> str:
        assert self.file is not None
        if len(parts) != 1:
            whole = os.path.join(os.path.dirname(parts[0]), "whole.tmp")
            join_parts(parts, whole, schema)
            parts = [whole]
        os.replace(parts[0], self.file)
        fsync_folder(self.folder)
        return self.file


def join_parts(parts: Sequence[str], path: str, schema: pa.Schema) -> None:
    """Write the row groups of several parts, in order, into one file."""
    with PartWriter(path, schema) as writer:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for group in range(file.num_row_groups):
                    for batch in file.read_row_group(group, use_threads=False).to_batches():
                        writer.write(batch)
                    writer.flush()


def _remove_stale(side: str) -> None:
    """Remove the work folders of processes that are gone: killed ones leave theirs."""
    for name in os.listdir(side):
        if match := re.match(r"work-(\d+)-", name):
            try:
                os.kill(int(match[1]), 0)
            except ProcessLookupError:
                shutil.rmtree(os.path.join(side, name), ignore_errors=True)
            except OSError:
                continue


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
