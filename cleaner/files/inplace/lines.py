"""Lines of a file as text, each with its bytes: where it starts, and the codec that gives them back."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from cleaner.charsets import CODECS
from cleaner.decode import Charset, decode_line
from cleaner.files.inplace.texts import reason_to_lock
from cleaner.files.paths import InputFile
from cleaner.files.reading import ReadSettings
from cleaner.files.streams import chunks, lines, open_stream
from cleaner.files.textlines import Encoding, TextLine, sniff_file
from cleaner.model import InputError
from cleaner.wide import WIDE


class PlacedLine(NamedTuple):
    """A line and its bytes: ``read`` is what the other readers would see, ``start`` the offset of its
    first character in the file, ``locked`` as in `Field`."""

    read: TextLine
    start: int
    codec: str
    locked: str = ""

    def offset(self, characters: int) -> int:
        """The byte of the file at which the text goes on after ``characters``."""
        text = self.read.text or ""
        return self.start + len(text[:characters].encode(self.codec))


def placed_lines(file: InputFile, settings: ReadSettings) -> Iterator[PlacedLine]:
    """The lines of a file, as `cleaner.files.textlines.text_lines` numbers and reads them.

    Raises InputError where the file cannot be read on, or where its bytes are not of its charset in
    a way that no line can be told from another.
    """
    encoding = sniff_file(file.path, file.compression, settings.encoding)
    read = _narrow if encoding.charset.by_line else _wide
    return read(file, encoding, settings.max_document_bytes)


def _narrow(file: InputFile, encoding: Encoding, limit: int) -> Iterator[PlacedLine]:
    charset, start = encoding.charset, 0
    with open_stream(file.path, file.compression) as stream:
        for number, raw in enumerate(lines(chunks(stream, file.compression), limit, encoding.end), 1):
            if raw.data is None:
                yield PlacedLine(TextLine(number, None, raw.size), start, "utf-8")
            else:
                mark = charset.bom if number == 1 else 0
                yield _placed(raw.data[mark:], number, raw.size, start + mark, charset)
            start += raw.size


def _placed(data: bytes, number: int, size: int, start: int, charset: Charset) -> PlacedLine:
    if charset.name == "utf-8":
        try:
            return PlacedLine(TextLine(number, data.decode("utf-8"), size), start, "utf-8")
        except UnicodeDecodeError:
            pass
    decoded = decode_line(data, Charset(charset.name), escape=True)
    codec = CODECS[decoded.charset]
    locked = reason_to_lock(decoded.text, data, codec, decoded.charset)
    return PlacedLine(TextLine(number, decoded.text, size, decoded.notes, bool(locked)), start, codec, locked)


def _wide(file: InputFile, encoding: Encoding, limit: int) -> Iterator[PlacedLine]:
    """UTF-16 and UTF-32, which encode each character alone; ISO-2022 keeps a state and is only read."""
    name, codec = encoding.charset.name, CODECS[encoding.charset.name]
    locked = "" if name in WIDE else f"a part of {name} cannot be written anew; convert it to UTF-8 first"
    start = encoding.charset.bom
    with open_stream(file.path, file.compression) as stream:
        stream.read(start)
        decoder = codecs.getincrementaldecoder(codec)()
        try:
            for number, text in enumerate(_texts(chunks(stream, file.compression), decoder, limit), 1):
                size = len(text.encode(codec))
                yield PlacedLine(TextLine(number, text, size), start, codec, locked)
                start += size
        except UnicodeDecodeError as error:
            raise InputError(f"not all of its bytes are {name}; convert it to UTF-8 first") from error


def _texts(pieces: Iterator[bytes], decoder: codecs.IncrementalDecoder, limit: int) -> Iterator[str]:
    """The lines of a stream as text, ends included."""
    held = ""
    for piece in pieces:
        *whole, held = (held + decoder.decode(piece)).split("\n")
        yield from (line + "\n" for line in whole)
        if len(held) > limit:
            raise InputError(f"a line of more than {limit:,} characters; raise --max-document-size")
    held += decoder.decode(b"", True)
    if held:
        yield held
