"""The gzip members of a web archive, as one stream that knows where each began and never ends silently."""

from __future__ import annotations

import io
import zlib
from bisect import bisect_right
from typing import IO

CHUNK = 64 << 10
MAGIC = b"\x1f\x8b\x08"
RATIO = 500
"""What a member may grow to, as a multiple of its compressed bytes, once it is large."""
LARGE = 64 << 20
"""Decompressed bytes from which on a member that grows so much is a bomb."""
REMEMBERED = 1024


class DamagedMemberError(OSError):
    """A member that cannot be read to its end; ``offset`` is its first compressed byte in the file."""

    def __init__(self, offset: int, reason: str):
        super().__init__(reason)
        self.offset, self.reason = offset, reason


class Members(io.RawIOBase):
    """Members from ``start`` on, decompressed one after the other; reads give bytes of one member at a time.

    Python's gzip and the archive readers end where a truncated member does; here that is a
    `DamagedMemberError`, after what could be decompressed was handed out.
    """

    def __init__(self, raw: IO[bytes], start: int = 0):
        self._raw = raw
        raw.seek(start)
        self._buffer = b""
        self._at = start  # compressed offset of the buffer's first byte
        self._given = 0
        self.tail = b""  # the last four bytes that were handed out
        self._new_member()
        self._starts = [(0, start)]

    def _new_member(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)
        self._first = self._at
        self._size = 0

    def place(self, position: int) -> tuple[int, int]:
        """Where a decompressed position lies: offset of its member in the file, offset inside the member."""
        index = bisect_right(self._starts, (position, 1 << 62)) - 1
        start, offset = self._starts[max(index, 0)]
        return offset, position - start

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
        super().close()

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes, of one member; empty at the end of the file."""
        size = CHUNK if size < 0 else size
        while True:
            if not self._buffer:
                self._buffer = self._raw.read(CHUNK)
                if not self._buffer:
                    if self._size or self._inflate.unconsumed_tail or self._first != self._at:
                        raise DamagedMemberError(self._first, "truncated: the file ends inside it")
                    return b""
            if data := self._step(size):
                self._given += len(data)
                self.tail = (self.tail + data[-4:])[-4:]
                return data

    def _step(self, size: int) -> bytes:
        before = len(self._buffer)
        try:
            data = self._inflate.decompress(self._buffer, size)
        except zlib.error as error:
            raise DamagedMemberError(self._first, f"damaged: {error}") from error
        rest = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        self._at += before - len(rest)
        self._buffer = rest
        self._size += len(data)
        if self._size > LARGE and self._size > RATIO * max(self._at - self._first, 1):
            raise DamagedMemberError(self._first, f"refused: it expands more than {RATIO}-fold")
        if self._inflate.eof:
            self._buffer = rest.lstrip(b"\0")  # padding between members
            self._at += len(rest) - len(self._buffer)
            self._new_member()
            self._starts = [*self._starts[-REMEMBERED:], (self._given + len(data), self._at)]
        return data


def next_member(raw: IO[bytes], after: int) -> int | None:
    """Offset of the next member beyond ``after`` that begins a record of an archive; None without one."""
    at = after + 1
    raw.seek(at)
    held = b""
    while True:
        piece = raw.read(1 << 20)
        if not piece:
            return None
        held += piece
        place = held.find(MAGIC)
        while place >= 0:
            if _begins_record(held[place : place + CHUNK]):
                return at + place
            place = held.find(MAGIC, place + 1)
        keep = max(len(held) - CHUNK, 0)
        at, held = at + keep, held[keep:]


def _begins_record(data: bytes) -> bool:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, 5) == b"WARC/"
    except zlib.error:
        return False
