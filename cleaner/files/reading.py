"""What readers and the planning pass say to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cleaner.columns import Named, Roles
from cleaner.files.paths import InputFile
from cleaner.files.textlines import Encoding
from cleaner.model import DECODE_NOTE, Notes, Repair

if TYPE_CHECKING:
    import pyarrow as pa

    from cleaner.extract import Page

Refuse = Callable[[InputFile, int, str], None]
"""Called by a reader with a file, the number of a record (from 1) and why it adds no row."""


LEAST_UNIT = 2 << 20
"""Bytes of a unit that is worth a part of its own."""
SHARES = 16
"""Units from which on it matters little that a worker has one more than another."""

NOTHING_NAMED = Named()
TEXT_ALONE = Roles(("text",))


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How inputs are read: the columns named, a declared charset, and the limits in bytes.

    ``max_document_bytes`` is what one record may take in the file; ``unit_bytes`` about what one unit
    of work holds, where there is much. ``page_seconds`` is the time the extraction of one page may take.
    """

    named: Named = NOTHING_NAMED
    encoding: str | None = None
    max_document_bytes: int = 100 << 20
    unit_bytes: int = 16 << 20
    page_seconds: float | None = None

    def unit_of(self, total: int) -> int:
        """Bytes of one of the units into which so much input is parted: fewer where it makes few, so that
        workers end at the same time; by halves, so that it seldom differs when input is added."""
        size = self.unit_bytes
        while size > LEAST_UNIT and total < SHARES * size:
            size //= 2
        return size


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a file that is read in one go, by one worker.

    ``start`` and ``stop`` are bytes for lines, rows for Parquet (``stop`` ``None``: to the end).
    ``first_record`` and ``first_number`` number its first record and its first line, from 1.
    ``weight`` is its size in bytes of input, for packing and progress.
    """

    file: InputFile
    weight: int
    start: int = 0
    stop: int | None = None
    first_record: int = 1
    first_number: int = 1
    roles: Roles = TEXT_ALONE
    encoding: Encoding | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """What the planning pass found in a file: its segments, and the columns that will pass through,
    as declared types (Parquet, CSV) or kinds of JSON values, in the file's order. One that is not ``whole``
    ended where the file could not be read on. ``passed`` counts records of a web archive that are no
    documents, by type; ``paged`` tells that it holds pages."""

    file: InputFile
    segments: list[Segment]
    types: Mapping[str, pa.DataType] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    whole: bool = True
    passed: Mapping[str, int] = field(default_factory=dict)
    paged: bool = False


@dataclass(slots=True)
class Row:
    """One document as a reader found it: decoded text, what is known of it, the columns passing through.

    ``error`` says why it is no document; ``text`` is then the row as given. ``size`` is bytes of input.
    With ``page`` the text is still to be taken out of it. ``record`` is its number in the file, where
    ``source`` does not end in it.
    """

    source: str
    text: str
    size: int
    values: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    title: str | None = None
    url: str | None = None
    lang: str | None = None
    notes: Notes = ()
    error: str | None = None
    page: Page | None = None
    record: int | None = None


def cut_short(why: str, notes: Notes = ()) -> Notes:
    """Notes with one that the end of a document is missing where it came from, and by what that is known."""
    return (Repair(f"{DECODE_NOTE}truncated", 0, 0, why[:40]), *notes)
