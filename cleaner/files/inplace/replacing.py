"""Giving a file new content: all of it, or none."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Protocol

from cleaner.files.inplace.field import Field
from cleaner.files.manifest import fsync_folder
from cleaner.files.paths import InputFile, printable, reason_of
from cleaner.model import OutputError


class Writer(Protocol):
    """Takes new texts in the order of the file's fields."""

    def put(self, field: Field, text: str) -> None:
        """Let ``text`` stand in the place of the field; UnicodeEncodeError where the file's charset
        lacks one of its characters (nothing has changed then)."""

    def finish(self) -> None:
        """Write what is left to write; OutputError where the file cannot be what it has to be."""

    def commit(self) -> None:
        """Give the file its new content, if it has any."""

    def close(self) -> None:
        """Leave the file as it is, unless it was committed."""


class Replacement:
    """A new file beside an old one that takes its place at once, with its mode and owner.

    A symbolic link is followed: the file it leads to is replaced, the link stays. A file that nobody
    may write is refused, though a rename would not ask: so are those that a data store (DVC, git-annex)
    has linked into a working copy, whose other copies have to stay. A file that changed since it was
    read is left alone.
    """

    def __init__(self, path: str):
        self.path = os.path.realpath(path)
        self._before = os.stat(self.path)
        if not self._before.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise OutputError("read-only; make it writable first (chmod u+w, dvc unprotect)")
        import tempfile  # not needed where nothing is written, and not light

        folder, name = os.path.split(self.path)
        try:
            handle, self.temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", suffix=".tmp", dir=folder)
            os.close(handle)
        except OSError as error:
            raise OutputError(f"cannot be written: {reason_of(error)}") from error

    def publish(self) -> None:
        """Put the new file in the old one's place; OutputError where that cannot be, or must not."""
        try:
            now = os.stat(self.path)
            if (now.st_mtime_ns, now.st_size, now.st_ino) != _identity(self._before):
                raise OutputError("changed while it was being read; run again")
            with suppress(OSError, AttributeError):  # another's file: the mode is kept, the owner cannot be
                os.chown(self.temporary, self._before.st_uid, self._before.st_gid)
            os.chmod(self.temporary, stat.S_IMODE(self._before.st_mode))
            with open(self.temporary, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(self.temporary, self.path)
            fsync_folder(os.path.dirname(self.path))
        except OSError as error:
            raise OutputError(f"cannot be written: {reason_of(error)}") from error

    def discard(self) -> None:
        """Remove the new file where it has not become the file."""
        with suppress(FileNotFoundError):
            os.unlink(self.temporary)


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_size, status.st_ino


class SpanWriter:
    """New bytes for spans of a file; all other bytes are copied as they stand.

    Nothing is written before the first change.
    """

    def __init__(self, file: InputFile):
        if file.compression is not None:
            raise OutputError("compressed files are not changed in place; decompress it first")
        self._file = file
        self._done = 0  # bytes of the old file that stand in the new one, changed or not
        self._new: Replacement | None = None
        self._source: IO[bytes] | None = None
        self._target: IO[bytes] | None = None

    def put(self, field: Field, text: str) -> None:
        """See `Writer`."""
        data = field.encode(text)
        source, target = self._open()
        with self._writing():
            _copy(source, target, field.start - self._done)
            target.write(data)
            source.seek(field.stop)
        self._done = field.stop

    def finish(self) -> None:
        """See `Writer`."""
        if self._source is not None and self._target is not None:
            with self._writing():
                import shutil  # as little as tempfile

                shutil.copyfileobj(self._source, self._target, 1 << 20)
                self._target.close()
            self._source.close()  # Windows replaces no open file

    def commit(self) -> None:
        """See `Writer`."""
        if self._new is not None:
            self._new.publish()

    def close(self) -> None:
        """See `Writer`."""
        for stream in (self._source, self._target):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        if self._new is not None:
            self._new.discard()

    def _open(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._source is None or self._target is None:
            self._new = self._new or Replacement(self._file.path)
            self._source = open(self._new.path, "rb")  # noqa: SIM115
            self._target = open(self._new.temporary, "wb")  # noqa: SIM115
        return self._source, self._target

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"{printable(self._file.path)}: cannot be written: {reason_of(error)}"
            ) from error


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """Copy the next ``size`` bytes."""
    while size:
        piece = source.read(min(size, 1 << 20))
        if not piece:
            raise OutputError("changed while it was being read; run again")
        target.write(piece)
        size -= len(piece)
