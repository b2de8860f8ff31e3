"""Bytes out of plain and compressed files, piece by piece; damage is an error, never a silent end."""

from __future__ import annotations

import io
import lzma
import os
import zlib
from collections.abc import Iterator
from typing import IO, Any, NamedTuple, cast

from cleaner.files.formats import Compression
from cleaner.files.paths import reason_of
from cleaner.model import InputError

CHUNK = 256 << 10  # bytes asked for at a time
_ZSTD_CHUNK = 4 << 10  # a run of zeros grows 32,768-fold: this bounds one step to 128 MiB

DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError)


class TooLargeError(InputError):
    """A record of more bytes than one may have."""


class RawLine(NamedTuple):
    """One line as bytes, with its end; ``data`` is ``None`` where it is longer than allowed.

    ``size`` counts its bytes in any case.
    """

    data: bytes | None
    size: int


def open_stream(path: str, compression: Compression | None) -> IO[bytes]:
    """Open a file for reading its decompressed bytes; every member or frame of it is read."""
    try:
        if compression is not None and not os.path.getsize(path):
            raise InputError(f"empty: the .{compression} data is missing")
        if compression == "gz":
            import gzip  # this and the next are not needed for plain files

            return cast(IO[bytes], gzip.open(path))
        if compression == "bz2":
            import bz2

            return bz2.open(path)
        if compression == "xz":
            return lzma.open(path)
        raw = open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise InputError(f"cannot be read: {reason_of(error)}") from error
    return io.BufferedReader(_Zstd(raw), CHUNK) if compression == "zst" else raw


def chunks(stream: IO[bytes], compression: Compression | None) -> Iterator[bytes]:
    """The stream's bytes as they come; `InputError` where they cannot be read to their end.

    Single reads (``read1``): what was decompressed before the damage is handed out first.
    """
    read = getattr(stream, "read1", stream.read)
    while True:
        try:
            chunk = read(CHUNK)
        except DAMAGE as error:
            raise InputError(_damage(error, compression)) from error
        if not chunk:
            return
        yield chunk


def read_all(path: str, compression: Compression | None, limit: int) -> bytes:
    """A whole file's bytes; `InputError` when there are more than ``limit``, read no further."""
    with open_stream(path, compression) as stream:
        data = bytearray()
        for chunk in chunks(stream, compression):
            data += chunk
            if len(data) > limit:
                raise TooLargeError(too_large(None, limit))
    return bytes(data)


def lines(pieces: Iterator[bytes], limit: int, end: bytes = b"\n") -> Iterator[RawLine]:
    """Lines of a byte stream, ends included; of one longer than ``limit`` bytes only its size is kept."""
    parts: list[bytes] = []
    size = 0
    for piece in pieces:
        start = 0
        while (at := piece.find(end, start)) >= 0:
            size += at + len(end) - start
            if size <= limit:
                parts.append(piece[start : at + len(end)])
                yield RawLine(b"".join(parts), size)
            else:
                yield RawLine(None, size)
            parts, size, start = [], 0, at + len(end)
        size += len(piece) - start
        if size > limit:
            parts = []
        elif start < len(piece):
            parts.append(piece[start:])
    if size:
        yield RawLine(b"".join(parts) if size <= limit else None, size)


def too_large(size: int | None, limit: int) -> str:
    """What is said of a record over the limit, and what to do."""
    what = "more than" if size is None else f"{megabytes(size)}, more than"
    return f"refused: {what} {megabytes(limit)} in one record; raise --max-document-size to clean it"


def megabytes(size: int) -> str:
    """A size for messages.

    >>> megabytes(104857600), megabytes(900)
    ('104.9 MB', '900 bytes')
    """
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size} bytes"


def _damage(error: BaseException, compression: Compression | None) -> str:
    if compression and isinstance(error, EOFError):
        return f"truncated: the .{compression} data ends before its end marker"
    if compression:
        return f"damaged .{compression} data: {reason_of(error)}"
    return f"cannot be read: {reason_of(error)}"


class _Zstd(io.RawIOBase):
    """Zstandard frames one after the other; `EOFError` where the last is cut short.

    The library's own stream reader ends a truncated frame as if it were whole.
    """

    def __init__(self, raw: IO[bytes]):
        import zstandard

        self._raw = raw
        self._new = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj
        self._frame: Any = None
        self._ready = memoryview(b"")
        self._error = zstandard.ZstdError

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._raw.close()
        super().close()

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        while not self._ready:
            if not self._step():
                return 0
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _step(self) -> bool:
        data = self._raw.read(_ZSTD_CHUNK)
        if not data:
            if self._frame is not None:
                raise EOFError
            return False
        out: list[bytes] = []
        while data:
            frame = self._frame or self._new()
            try:
                out.append(frame.decompress(data))
            except self._error as error:
                raise OSError(str(error)) from error
            self._frame, data = (None, frame.unused_data) if frame.eof else (frame, b"")
        self._ready = memoryview(b"".join(out))
        return True
