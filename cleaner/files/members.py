"""The bytes of a web archive as a stream that knows where each record lies and why it ended.

Archive readers take an end for the end, wherever it comes, and break on a stream that raises. So these
streams never raise: they stop, and ``damage`` says where and why.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from typing import IO, NamedTuple

from cleaner.files.paths import reason_of
from cleaner.files.streams import DAMAGE

CHUNK = 64 << 10
MAGIC = b"\x1f\x8b\x08"
RATIO = 500
"""What a member may grow to, as a multiple of its compressed bytes, once it is large."""
LARGE = 64 << 20
"""Decompressed bytes from which on a member that grows so much is a bomb."""
REMEMBERED = 1024
TAIL = 4


class Damage(NamedTuple):
    """Where a stream stopped short (offset in the file), and why."""

    offset: int
    reason: str


class Whole:
    """An archive that is plain, or compressed as one stream; ``start`` is where reading begins."""

    def __init__(self, stream: IO[bytes], start: int = 0):
        self.damage: Damage | None = None
        self.tail = b""  # the last bytes that were handed out
        self._stream, self._start, self._given = stream, start, 0

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; empty at the end, and where reading fails."""
        try:
            data = b"" if self.damage else self._stream.read(CHUNK if size < 0 else size)
        except DAMAGE as error:
            reason = "truncated: the data ends too soon" if isinstance(error, EOFError) else reason_of(error)
            self.damage = Damage(self._start + self._given, reason)
            return b""
        self._given += len(data)
        self.tail = (self.tail + data[-TAIL:])[-TAIL:]
        return data

    def tell(self) -> int:
        """Bytes handed out."""
        return self._given

    def place(self, position: int) -> tuple[int, int]:
        """Where the byte at ``position`` of this stream lies: offset, and inside its member (always 0)."""
        return self._start + position, 0

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class Members:
    """The gzip members of an archive from ``start`` on; a read gives bytes of one member."""

    def __init__(self, raw: IO[bytes], start: int = 0):
        self.damage: Damage | None = None
        self.tail = b""
        self._raw = raw
        raw.seek(start)
        self._buffer = b""
        self._at = start  # offset in the file of the buffer's first byte
        self._given = 0
        self._starts = [(0, start)]
        self._begin_member()

    def _begin_member(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)
        self._first, self._size = self._at, 0

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; empty at the end, and where a member cannot be read on."""
        size = CHUNK if size < 0 else size
        while self.damage is None:
            if not self._buffer:
                self._buffer = self._raw.read(CHUNK)
                if not self._buffer:
                    if self._at != self._first:
                        self.damage = Damage(self._first, "truncated: the file ends inside it")
                    return b""
            if data := self._step(size):
                self._given += len(data)
                self.tail = (self.tail + data[-TAIL:])[-TAIL:]
                return data
        return b""

    def _step(self, size: int) -> bytes:
        try:
            data = self._inflate.decompress(self._buffer, size)
        except zlib.error as error:
            self.damage = Damage(self._first, f"damaged: {error}")
            return b""
        rest = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        self._at += len(self._buffer) - len(rest)
        self._buffer = rest
        self._size += len(data)
        if self._size > LARGE and self._size > RATIO * max(self._at - self._first, 1):
            self.damage = Damage(self._first, f"refused: it expands more than {RATIO}-fold")
            return b""
        if self._inflate.eof:
            self._buffer = rest.lstrip(b"\0")  # padding between members
            self._at += len(rest) - len(self._buffer)
            self._begin_member()
            self._starts = [*self._starts[-REMEMBERED:], (self._given + len(data), self._at)]
        return data

    def tell(self) -> int:
        """Bytes handed out."""
        return self._given

    def place(self, position: int) -> tuple[int, int]:
        """Where the byte at ``position`` of this stream lies: offset of its member, and inside it."""
        index = bisect_right(self._starts, (position, 1 << 62)) - 1
        start, offset = self._starts[max(index, 0)]
        return offset, position - start

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


def next_member(raw: IO[bytes], after: int) -> int | None:
    """Offset of the next member beyond ``after`` that begins a record of an archive; None without one."""
    at = after + 1
    raw.seek(at)
    held = b""
    while piece := raw.read(1 << 20):
        held += piece
        place = held.find(MAGIC)
        while place >= 0:
            if _begins_record(held[place : place + CHUNK]):
                return at + place
            place = held.find(MAGIC, place + 1)
        keep = max(len(held) - CHUNK, 0)
        at, held = at + keep, held[keep:]
    return None


def _begins_record(data: bytes) -> bool:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, 5) == b"WARC/"
    except zlib.error:
        return False
