"""Inputs that must lie in a file before they can be read: standard input, compressed Parquet."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from typing import IO

from cleaner.files.formats import compression_of
from cleaner.files.paths import STDIN, InputFile, reason_of
from cleaner.files.streams import chunks, open_stream
from cleaner.model import OutputError


def spooled(file: InputFile, folder: str, number: int, stdin: IO[bytes] | None = None) -> InputFile:
    """``file`` with a path that readers can open, seek in and open again; most files have one.

    Standard input (``stdin``, or the process's own) is read to its end. What is written lies in
    ``folder`` and goes with it.
    """
    if file.argument == STDIN:
        stdin = stdin if stdin is not None else sys.stdin.buffer
        file = _standard_input(file, os.path.join(folder, f"spool-{number}"), stdin)
    if file.format != "parquet" or file.compression is None:
        return file
    path = os.path.join(folder, f"spool-{number}-plain")
    with open_stream(file.path, file.compression) as stream, _open(path) as out:
        for chunk in chunks(stream, file.compression):
            _write(out, chunk)
    return replace(
        file, path=path, compression=None, size=os.path.getsize(path), shown=file.shown or file.path
    )


def _standard_input(file: InputFile, path: str, stdin: IO[bytes]) -> InputFile:
    with _open(path) as out:
        try:
            shutil.copyfileobj(stdin, out, 1 << 20)
        except OSError as error:
            raise OutputError(f"standard input cannot be spooled: {reason_of(error)}") from error
    with open(path, "rb") as head:
        compression = compression_of(head.read(8))
    return replace(file, path=path, compression=compression, size=os.path.getsize(path))


def _open(path: str) -> IO[bytes]:
    try:
        return open(path, "wb")
    except OSError as error:
        raise OutputError(f"cannot write a temporary file: {reason_of(error)}") from error


def _write(out: IO[bytes], chunk: bytes) -> None:
    try:
        out.write(chunk)
    except OSError as error:
        raise OutputError(f"cannot write a temporary file: {reason_of(error)}") from error
