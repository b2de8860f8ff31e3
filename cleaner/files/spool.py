"""Inputs that must lie in a file before they can be read: standard input, compressed Parquet."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from cleaner.files.formats import compression_of
from cleaner.files.paths import STDIN, InputFile, changed_since, not_written, reason_of
from cleaner.files.streams import CHUNK, chunks, open_stream
from cleaner.model import InputError

if TYPE_CHECKING:
    from cleaner.files.plan import Unit


class Spool:
    """Gives files a path that readers can open, seek in and open again; most have one.

    What is written lies in ``folder`` and goes with it.
    """

    def __init__(self, folder: str):
        self._folder = folder
        self._readable: dict[str, InputFile] = {}

    def standard_input(self, file: InputFile, stdin: IO[bytes] | None = None) -> InputFile:
        """Standard input (``stdin``, or the process's own), read to its end, with the digest by which it
        is known again."""
        path = os.path.join(self._folder, "standard-input")
        digest = hashlib.sha256()
        stream = stdin if stdin is not None else sys.stdin.buffer
        with _open(path) as out:
            while chunk := _read(stream):
                digest.update(chunk)
                _write(out, chunk)
        with open(path, "rb") as head:
            compression = compression_of(head.read(8))
        status = os.stat(path)
        return replace(
            file,
            path=path,
            compression=compression,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            digest=digest.hexdigest(),
        )

    def given(self, file: InputFile, stdin: IO[bytes] | None = None) -> InputFile:
        """Any input, as readers can read it."""
        return self.readable(self.standard_input(file, stdin) if file.argument == STDIN else file)

    def readable(self, file: InputFile) -> InputFile:
        """The file as readers can read it: compressed Parquet is written out plain, once."""
        if file.format != "parquet" or file.compression is None:
            return file
        if file.source not in self._readable:
            self._readable[file.source] = self._plain(file)
        return self._readable[file.source]

    def unit(self, unit: Unit) -> Unit:
        """A unit whose files readers can read; one that cannot be written out stays as it is, and fails when
        it is read."""
        return replace(unit, segments=tuple(replace(s, file=self._or_itself(s.file)) for s in unit.segments))

    def _or_itself(self, file: InputFile) -> InputFile:
        try:
            return self.readable(file)
        except InputError:
            return file

    def _plain(self, file: InputFile) -> InputFile:
        path = os.path.join(self._folder, f"plain-{len(self._readable)}.tmp")
        with open_stream(file.path, file.compression) as stream, _open(path) as out:
            for chunk in chunks(stream, file.compression):
                _write(out, chunk)
        if file.argument != STDIN and changed_since(file):
            raise InputError("it changed while it was read; run again")
        status = os.stat(path)
        return replace(
            file,
            path=path,
            compression=None,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            shown=file.shown or file.path,
        )


def with_digest(file: InputFile) -> InputFile:
    """The file with the SHA-256 of its bytes as stored; `InputError` where they cannot be read."""
    digest = hashlib.sha256()
    with open_stream(file.path, None) as stream:
        for chunk in chunks(stream, None):
            digest.update(chunk)
    return replace(file, digest=digest.hexdigest())


def _read(stream: IO[bytes]) -> bytes:
    try:
        return stream.read(CHUNK)
    except OSError as error:
        raise InputError(f"standard input cannot be read: {reason_of(error)}") from error


def _open(path: str) -> IO[bytes]:
    try:
        return open(path, "wb")
    except OSError as error:
        raise not_written(path, error) from error


def _write(out: IO[bytes], chunk: bytes) -> None:
    try:
        out.write(chunk)
    except OSError as error:
        raise not_written(out.name, error) from error
