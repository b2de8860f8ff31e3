"""A plain text file: one text, everything but a byte order mark."""

from __future__ import annotations

from collections.abc import Iterator

from cleaner.charsets import CODECS
from cleaner.decode import decode, sniff
from cleaner.files.inplace.field import Field
from cleaner.files.paths import Failure, InputFile
from cleaner.files.reading import ReadSettings
from cleaner.files.streams import read_all, too_large
from cleaner.model import InputError, OutputError
from cleaner.wide import WIDE

_HEAD = 8_000  # bytes in which a NUL tells a binary file, as git has it


class BinaryError(InputError):
    """A file named as text that is none."""


def fields(file: InputFile, settings: ReadSettings) -> Iterator[Field | Failure]:
    """The file's text; `BinaryError` where it holds none."""
    limit = settings.max_document_bytes
    if file.compression is None and file.size > limit:
        raise InputError(too_large(file.size, limit))
    data = read_all(file.path, file.compression, limit)
    charset = sniff(data, settings.encoding, complete=True)
    if charset.name not in WIDE and b"\0" in data[:_HEAD]:
        raise BinaryError("binary, no text")
    decoded = decode(data, settings.encoding)
    codec, mark = CODECS[decoded.charset], data[: charset.bom]

    def encode(text: str) -> bytes:
        new = text.encode(codec)
        if decoded.charset != "utf-8" and decode(mark + new, settings.encoding).text != text:
            raise OutputError(f"without what goes it would no longer be read as {decoded.charset}")
        return new

    yield Field(
        decoded.text,
        line=1,
        start=charset.bom,
        stop=len(data),
        encode=encode,
        notes=decoded.notes,
        locked=reason_to_lock(decoded.text, data[charset.bom :], codec, decoded.charset),
    )


def reason_to_lock(text: str, data: bytes, codec: str, charset: str) -> str:
    """Why bytes that were read as ``text`` cannot be written anew: they do not come out of it."""
    try:
        if text.encode(codec) == data:
            return ""
    except UnicodeEncodeError:
        pass
    return f"not all of its bytes are {charset}; convert it to UTF-8 first"
