"""HTTP responses as crawlers keep them: the page as it was before it was packed for sending.

Many crawlers unpack a body and leave the headers as they were. So the bytes decide: a body that is sent in
chunks begins with the size of one, gzip and zstd begin with their marks, and a page that stands there in
plain text is read as it is, whatever it is said to be. Of a body that is cut short what is there is read.
"""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple

from cleaner.files.framing import BLANK, HEADER, fields
from cleaner.files.unpackers import Deflated, Frame, Unpacker

_STATUS = re.compile(rb"HTTP/[0-9.]+[ \t]+([0-9]{3})(?![0-9])")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]{0,4096})?\r?\n")
_BREAK = re.compile(rb"\r?\n")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")
_PLAIN = frozenset(("", "identity", "none"))
_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_STEP = 64 << 10
_FRAME_STEP = 256  # zstd: bytes of input that give up to 8 MiB
CHUNKED, GZIP, DEFLATE, ZSTD = "chunked", "gzip", "deflate", "zstd"


class Head(NamedTuple):
    """The header of a response: its status, its fields by their names in lower case, its size in bytes."""

    status: int | None
    fields: dict[str, str]
    size: int


class Body(NamedTuple):
    """The page that was sent. ``cut`` names the packing of which the end is missing or damaged; ``error``
    says why there is no page. One of more bytes than the limit has one byte more than that."""

    data: bytes
    cut: str = ""
    error: str = ""


def head_of(block: bytes) -> Head | None:
    """The header of a response (its lines may end in bare line feeds); None where there is none, or where
    it does not end within the first MiB.

    >>> head_of(b"HTTP/1.1 200 OK\\nContent-Type: text/html\\n\\n<p>")
    Head(status=200, fields={'content-type': 'text/html'}, size=41)
    """
    if not block.startswith(b"HTTP/"):
        return None
    end = BLANK.search(block, 0, HEADER)
    if end is None:
        return None
    first, _, rest = block[: end.end()].partition(b"\n")
    status = _STATUS.match(first)
    return Head(int(status[1]) if status else None, fields(rest), end.end())


def body_of(head: Head, block: bytes, limit: int) -> Body:
    """The page of a response, unpacked, and no more than about ``limit`` bytes of it."""
    body = Body(block[head.size :])
    packings = [
        name.strip().lower()
        for name in ("content-encoding", "transfer-encoding")
        for name in head.fields.get(name, "").split(",")
    ]
    for name in reversed(packings):
        if name in _PLAIN or not body.data:
            continue
        unpacked = _unpacked(name.removeprefix("x-"), body.data, limit)
        body = unpacked._replace(cut=body.cut or unpacked.cut)
        if body.error:
            break
    return body


def _unpacked(name: str, data: bytes, limit: int) -> Body:
    if name == CHUNKED:
        return _joined(data)
    if data.startswith(_GZIP) and name in (GZIP, DEFLATE):
        return _inflated(GZIP, data, limit)
    if data.startswith(_ZSTD) and name == ZSTD:
        return _inflated(ZSTD, data, limit)
    if name in (GZIP, ZSTD):
        return Body(data)
    if name == DEFLATE:
        found = _deflated(data, limit)
    elif name == "br":
        found = _brotli(data, limit)
    else:
        found = Body(b"", error=f"the Content-Encoding {name[:40]!r} is not known")
    return Body(data) if (found.error or found.cut) and _MARKUP.match(data) else found


def _joined(data: bytes) -> Body:
    """The chunks of a body put together; what is not sent in chunks is left as it is."""
    pieces: list[bytes] = []
    at = 0
    while found := _CHUNK.match(data, at):
        size, start = int(found[1], 16), found.end()
        if not size:
            return Body(b"".join(pieces) if pieces or at else b"")
        end = min(start + size, len(data))
        after = _BREAK.match(data, end)
        if after is None and end < len(data):
            if not pieces:
                return Body(data)  # a line that happens to be a number
            break
        pieces.append(data[start:end])
        at = after.end() if after else end
    return Body(b"".join(pieces) + data[at:], CHUNKED if pieces else "")


def _inflated(name: str, data: bytes, limit: int) -> Body:
    """The members of a compressed body, up to damage or an end that is missing."""
    pieces: list[bytes] = []
    have, magic = 0, _GZIP if name == GZIP else _ZSTD
    while data.startswith(magic):
        unpacker: Unpacker = Deflated() if name == GZIP else Frame(step=_FRAME_STEP)
        piece, data = _of_member(unpacker, data, limit - have)
        pieces.append(piece)
        have += len(piece)
        if have > limit:
            break
        if not unpacker.ended:
            if not have:
                return Body(b"", error=f"its {name} data is {unpacker.error or 'truncated'}")
            return Body(b"".join(pieces), name)
    return Body(b"".join(pieces))


def _of_member(unpacker: Unpacker, data: bytes, limit: int) -> tuple[bytes, bytes]:
    """What one member holds, up to a little more than ``limit`` bytes, and what follows it."""
    pieces: list[bytes] = []
    have, at = 0, 0
    piece = b""
    while not unpacker.ended and not unpacker.error and have <= limit:
        if not piece:
            piece, at = data[at : at + _STEP], at + _STEP
            if not piece:
                break
        pieces.append(unpacker.step(piece))
        have += len(pieces[-1])
        piece = unpacker.rest
    return b"".join(pieces), (piece if unpacker.ended else b"") + data[at:]


def _deflated(data: bytes, limit: int) -> Body:
    """A body of deflate: with the header of zlib, as it should be, or without, as it often is."""
    best = b""
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        unpacker = Deflated(wbits)
        found, _ = _of_member(unpacker, data, limit)
        if unpacker.ended or len(found) > limit:
            return Body(found)
        best = max(best, found, key=len)
    return Body(best, DEFLATE) if best else Body(b"", error="its deflate data is damaged")


def _brotli(data: bytes, limit: int) -> Body:
    import brotli

    unpacker = brotli.Decompressor()
    pieces: list[bytes] = []
    have, given = 0, data
    try:
        while have <= limit and not unpacker.is_finished():
            piece = unpacker.process(given, output_buffer_limit=_STEP)
            if not (piece or given):
                break  # all is read, and the end is not there
            pieces.append(piece)
            have, given = have + len(piece), b""
    except brotli.error:
        pass
    else:
        if unpacker.is_finished() or have > limit:
            return Body(b"".join(pieces))
    return Body(b"".join(pieces), "br") if have else Body(b"", error="its br data is damaged or truncated")
