"""The bytes of a web archive as a stream that knows where each of its members lies and why it ended.

A member is what is compressed by itself: a gzip member, a zstd frame, a bz2 or xz stream; what is not
compressed is one member. The stream never raises: it stops, and ``damage`` says where and why. What stands
before the damage comes first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import IO, NamedTuple

from cleaner.files.formats import MAGIC, Compression
from cleaner.files.paths import reason_of
from cleaner.files.unpackers import CHUNK, Blocks, Unpacker, unpacker_of

RATIO = 500
"""What a gzip member may grow to, as a multiple of its compressed bytes, once it is large."""
LARGE = 64 << 20
"""Decompressed bytes from which on a gzip member that grows so much is a bomb."""
_SEARCH = 1 << 20
_BEGUN = {**MAGIC, "gz": MAGIC["gz"] + b"\x08"}


class Damage(NamedTuple):
    """The member a stream stopped in (its offset in the file), and why."""

    offset: int
    reason: str


class Members:
    """The members of an archive from ``start`` on, which is where one begins; a read gives bytes of one.

    ``starts`` are places in this stream at which members begin, with their offsets in the file; the reader
    drops those it is past.
    """

    def __init__(self, raw: IO[bytes], compression: Compression | None, start: int = 0):
        self.damage: Damage | None = None
        self.plain = compression is None
        self.starts: deque[tuple[int, int]] = deque([(0, start)])
        self._raw = raw
        self._watched = compression == "gz"
        self._padded = compression in ("gz", "xz")
        self._new = unpacker_of(compression, raw)
        self._unpacker: Unpacker | None = self._new() if self.plain else None
        raw.seek(start)
        self._buffer = b""
        self._at = start  # offset in the file of the buffer's first byte
        self._given = 0
        self._first, self._size = start, 0

    def read(self) -> bytes:
        """Bytes of one member; empty at the end, and where a member cannot be read on."""
        while self.damage is None:
            if not self._buffer and not self._holds() and not self._fill():
                return b""
            if self._unpacker is None and not self._begin():
                continue
            if data := self._step():
                self._given += len(data)
                return data
        return b""

    def skip(self, count: int, size: int) -> int:
        """Pass over ``count`` bytes of a plain file of ``size`` bytes without reading them; how many there
        were."""
        count = min(count, max(size - self._at, 0))
        self._at += count
        self._given += count
        self._raw.seek(self._at)
        return count

    def _holds(self) -> bool:
        return isinstance(self._unpacker, Blocks) and self._unpacker.holds

    def _fill(self) -> bool:
        try:
            self._buffer = self._raw.read(CHUNK)
        except OSError as error:
            self.damage = Damage(self._first, f"cannot be read on: {reason_of(error)}")
            return False
        if not self._buffer and self._unpacker is not None and not self.plain:
            self.damage = Damage(self._first, "truncated: the file ends inside it")
        return bool(self._buffer)

    def _begin(self) -> bool:
        """Begin a member behind the padding between members; False where the buffer held nothing else."""
        rest = self._buffer.lstrip(b"\0") if self._padded else self._buffer
        self._at += len(self._buffer) - len(rest)
        self._buffer = rest
        if not rest:
            return False
        self._unpacker = self._new()
        self._first, self._size = self._at, 0
        if self._given or self.starts[0][1] != self._at:
            self.starts.append((self._given, self._at))
        return True

    def _step(self) -> bytes:
        unpacker = self._unpacker
        assert unpacker is not None
        data = unpacker.step(self._buffer)
        if unpacker.error:
            self.damage = Damage(self._first, unpacker.error)
            return data
        self._at += len(self._buffer) - len(unpacker.rest)
        self._buffer = unpacker.rest
        self._size += len(data)
        if self._watched and self._size > LARGE and self._size > RATIO * max(self._at - self._first, 1):
            self.damage = Damage(self._first, f"refused: it expands more than {RATIO}-fold")
            return b""
        if unpacker.ended:
            self._unpacker = None
        return data

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


def next_member(raw: IO[bytes], compression: Compression | None, after: int) -> int | None:
    """Offset of the next member beyond ``after`` that begins a record of an archive; None without one."""
    if compression is None:
        return None
    new, magic = unpacker_of(compression, raw), _BEGUN[compression]
    at = after + 1
    raw.seek(at)
    held = b""
    while piece := raw.read(_SEARCH):
        held += piece
        place = held.find(magic)
        while place >= 0:
            if _begins_record(held[place : place + CHUNK], new):
                return at + place
            place = held.find(magic, place + 1)
        keep = max(len(held) - CHUNK, 0)
        at, held = at + keep, held[keep:]
    return None


def _begins_record(data: bytes, new: Callable[[], Unpacker]) -> bool:
    """Whether the first bytes of a member are those of a record."""
    unpacker, out = new(), b""
    while data and len(out) < 5 and not unpacker.error and not unpacker.ended:
        out += unpacker.step(data)
        data = unpacker.rest
    return out.startswith(b"WARC/")
