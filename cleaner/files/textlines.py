"""Lines of JSON Lines and CSV files as text, numbered, whatever their charset, in bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from cleaner.charsets import CODECS
from cleaner.decode import SNIFF_BYTES, Charset, decode_line, sniff
from cleaner.files.formats import Compression
from cleaner.files.streams import RawLine, chunks, lines, open_stream
from cleaner.model import InputError, Notes, Repair
from cleaner.utf8 import is_encodable


class Encoding(NamedTuple):
    """How a file of lines is read: its charset, and what ends its lines (CR where it holds no LF)."""

    charset: Charset
    end: bytes = b"\n"


class TextLine(NamedTuple):
    """One line with its end. ``text`` is ``None`` where the line is longer than allowed.

    ``number`` counts from 1, ``size`` is bytes (of UTF-8, where the file is UTF-16 or UTF-32). With
    ``escaped`` ill-formed bytes stand in ``text`` as U+DC00 + byte: `cleaner.decode.replace_surrogates`
    puts them on record once the line is parsed. ``notes`` name the charset.
    """

    number: int
    text: str | None
    size: int
    notes: Notes = ()
    escaped: bool = False


def sniff_file(path: str, compression: Compression | None, declared: str | None) -> Encoding:
    """The encoding of a file, from its first MiB; `InputError` where nothing of that can be read."""
    head = bytearray()
    complete = True
    with open_stream(path, compression) as stream:
        try:
            for chunk in chunks(stream, compression):
                head += chunk
                if len(head) >= SNIFF_BYTES:
                    complete = False
                    break
        except InputError:
            if not head:
                raise
            complete = False  # the reader meets the damage again, after the lines before it
    charset = sniff(bytes(head[:SNIFF_BYTES]), declared, complete=complete)
    lone_cr = charset.by_line and b"\r" in head and b"\n" not in head
    return Encoding(charset, b"\r" if lone_cr else b"\n")


def text_lines(
    path: str,
    compression: Compression | None,
    encoding: Encoding,
    limit: int,
    *,
    start: int = 0,
    stop: int | None = None,
    number: int = 1,
) -> Iterator[TextLine]:
    """The lines between the bytes ``start`` and ``stop`` (both at line starts; plain files only).

    ``number`` is that of the first. `InputError` where the file cannot be read on; the lines before
    the damage have then been given.
    """
    charset = encoding.charset
    with open_stream(path, compression) as stream:
        if start:
            stream.seek(start)
        pieces = chunks(stream, compression)
        if stop is not None:
            pieces = _until(pieces, stop - start)
        if not charset.by_line:
            pieces = _as_utf8(pieces, charset)
        for at, raw in enumerate(lines(pieces, limit, encoding.end), number):
            yield _read(raw, charset, at)


def _read(raw: RawLine, charset: Charset, number: int) -> TextLine:
    if raw.data is None:
        return TextLine(number, None, raw.size)
    if charset.by_line:
        try:
            if charset.name == "utf-8" and not (charset.bom and number == 1):
                return TextLine(number, raw.data.decode("utf-8"), raw.size)
        except UnicodeDecodeError:
            pass
        mark = charset if number == 1 else charset._replace(bom=0)
        text, notes, _ = decode_line(raw.data, mark, escape=True)
    else:
        text = raw.data.decode("utf-8", "surrogatepass")
        notes = (Repair(f"decode:charset={charset.name}", 0, 0, ""),)
    return TextLine(number, text, raw.size, notes, escaped=not is_encodable(text))


def _as_utf8(pieces: Iterator[bytes], charset: Charset) -> Iterator[bytes]:
    """UTF-16, UTF-32 and ISO-2022 as UTF-8, which can be cut at line ends; escaped bytes stay so."""
    decoder = codecs.getincrementaldecoder(CODECS[charset.name])("cleaner.escape")
    skip = charset.bom
    for piece in pieces:
        step = min(skip, len(piece))
        skip -= step
        yield decoder.decode(piece[step:]).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", True).encode("utf-8", "surrogatepass")


def _until(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:size]
        size -= len(piece)
        if size <= 0:
            return
