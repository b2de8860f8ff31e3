"""Decompressors of one member each (a gzip member, a zstd frame, a bz2 or xz stream) that give out what
stands before damage.

A step gives some of the member's bytes. Where it ends, ``ended`` is set and ``rest`` holds what follows it;
where it cannot be read on, ``error`` says why, and what the step gave still counts.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Any, Protocol

from cleaner.files.formats import Compression
from cleaner.model import InputError

CHUNK = 64 << 10
"""Bytes of input for a step, and of output that a step is to give at the most where that can be asked for."""
_FRAME_STEP = 4 << 10  # zstd: a run of zeros grows 32,768-fold, this bounds a step to 128 MiB
MOST_WINDOW = 1 << 27
"""Bytes of memory a zstd frame may ask for."""
DICTIONARY = b"\x5d\x2a\x4d\x18"
"""What the frame at the start of an archive begins with that holds the dictionary of all others."""
MOST_DICTIONARY = 16 << 20
_FRAME = b"\x28\xb5\x2f\xfd"


class Unpacker(Protocol):
    """One member, step by step."""

    ended: bool
    rest: bytes
    error: str

    def step(self, data: bytes) -> bytes:
        """Some bytes out of what was held back and ``data``; what is to be given again is ``rest``."""


class Stored:
    """What is not compressed, and never ends by itself."""

    ended, rest, error = False, b"", ""

    def step(self, data: bytes) -> bytes:
        """The data as it is."""
        return data


class Deflated:
    """A gzip member, or with other window bits (``wbits`` of zlib) what HTTP calls deflate."""

    def __init__(self, wbits: int = 31) -> None:
        self.ended, self.rest, self.error = False, b"", ""
        self._inflate = zlib.decompressobj(wbits)

    def step(self, data: bytes) -> bytes:
        """What inflates out of the data, 64 KiB at the most but where it is damaged."""
        before = self._inflate.copy()
        try:
            out = self._inflate.decompress(data, CHUNK)
        except zlib.error as error:
            self.error, self.rest = f"damaged: {str(error).rpartition(': ')[2]}", b""
            return _rescued(before, data)
        self.ended = self._inflate.eof
        self.rest = self._inflate.unused_data if self.ended else self._inflate.unconsumed_tail
        return out


def _rescued(state: Any, data: bytes) -> bytes:
    """What can be inflated of ``data`` before the place that cannot: found in small steps, then bytes."""
    out: list[bytes] = []
    for size in (256, 1):
        for at in range(0, len(data), size):
            before = state.copy()
            try:
                out.append(state.decompress(data[at : at + size]))
            except zlib.error:
                state, data = before, data[at : at + size]
                break
    return b"".join(out)


class Blocks:
    """A bz2 or xz stream; of these only whole blocks can be read."""

    def __init__(self, new: Callable[[], Any]) -> None:
        self.ended, self.rest, self.error = False, b"", ""
        self._blocks = new()

    def step(self, data: bytes) -> bytes:
        """What is ready, and data is taken where nothing is."""
        hungry = self._blocks.needs_input
        try:
            out: bytes = self._blocks.decompress(data if hungry else b"", CHUNK)
        except (OSError, EOFError, lzma.LZMAError) as error:
            self.error, self.rest = f"damaged: {error}", b""
            return b""
        self.ended = self._blocks.eof
        self.rest = self._blocks.unused_data if self.ended else b"" if hungry else data
        if self.ended and not hungry:
            self.rest += data
        return out

    @property
    def holds(self) -> bool:
        """Whether a step without data gives more."""
        return not self.ended and not self._blocks.needs_input


class Frame:
    """A zstd frame; one that can be skipped gives nothing."""

    def __init__(self, new: Callable[[], Any] | None = None, step: int = _FRAME_STEP) -> None:
        import zstandard

        self.ended, self.rest, self.error = False, b"", ""
        self._frame = (new or zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW).decompressobj)()
        self._step = step
        self._errors = (zstandard.ZstdError, MemoryError)

    def step(self, data: bytes) -> bytes:
        """What comes out of the first bytes of the data, 4 KiB unless a smaller ``step`` was asked for."""
        piece, self.rest = data[: self._step], data[self._step :]
        try:
            out: bytes = self._frame.decompress(piece)
        except self._errors as error:
            self.error, self.rest = f"damaged: {_said(error)}", b""
            return b""
        if self._frame.eof:
            self.ended, self.rest = True, self._frame.unused_data + self.rest
        return out


def unpacker_of(compression: Compression | None, raw: IO[bytes]) -> Callable[[], Unpacker]:
    """What makes an unpacker for each member of a file; ``raw`` is read where it begins with a dictionary."""
    if compression == "gz":
        return Deflated
    if compression == "bz2":
        return lambda: Blocks(bz2.BZ2Decompressor)
    if compression == "xz":
        return lambda: Blocks(lzma.LZMADecompressor)
    if compression == "zst":
        import zstandard

        new = zstandard.ZstdDecompressor(
            dict_data=_dictionary(raw), max_window_size=MOST_WINDOW
        ).decompressobj
        return lambda: Frame(new)
    return Stored


def _dictionary(raw: IO[bytes]) -> Any:
    """The dictionary that a zstd archive of the IIPC's form begins with; None without one."""
    import zstandard

    raw.seek(0)
    head = raw.read(8)
    if head[:4] != DICTIONARY:
        return None
    size = int.from_bytes(head[4:8], "little")
    if size > MOST_DICTIONARY:
        raise InputError(f"refused: its dictionary of {size} bytes is larger than {MOST_DICTIONARY}")
    data = raw.read(size)
    if len(data) < size:
        raise InputError("truncated: the file ends inside its dictionary (at byte 0)")
    try:
        if data[:4] == _FRAME:
            unpacked = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW).stream_reader(data)
            data = unpacked.read(MOST_DICTIONARY + 1)
            if len(data) > MOST_DICTIONARY:
                raise InputError(f"refused: its dictionary is larger than {MOST_DICTIONARY} bytes")
        return zstandard.ZstdCompressionDict(data)
    except zstandard.ZstdError as error:
        raise InputError(f"damaged: its dictionary cannot be read: {_said(error)} (at byte 0)") from error


def _said(error: BaseException) -> str:
    return str(error).removeprefix("zstd decompressor error: ") or type(error).__name__
