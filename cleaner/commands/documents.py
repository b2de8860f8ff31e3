"""Single documents out of any input, for the commands that look at one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cleaner.files import textfiles
from cleaner.files.paths import Failure, InputFile
from cleaner.files.reading import ReadSettings, Refuse, Row, Segment
from cleaner.model import Repair

if TYPE_CHECKING:
    from cleaner.arrow import Staged
    from cleaner.extract import Page


class Document(NamedTuple):
    """A document as its reader made it. ``row`` counts from 1 in its file; ``error`` says why it is
    none, ``text`` is then the record as given. With ``page`` the text is still to be taken out of it."""

    source: str
    row: int
    id: str
    text: str
    title: str | None
    url: str | None
    lang: str | None
    notes: tuple[Repair, ...]
    error: str | None
    page: Page | None = None


def documents(
    file: InputFile, settings: ReadSettings, row: int | None, failures: list[Failure]
) -> Iterator[Document]:
    """The documents of a file in order, or only record ``row``; ``failures`` gets the records that
    are too large to be one.

    Raises InputError where the file cannot be read (on), ConfigError for columns that are not there.
    """

    def refuse(refused: InputFile, record: int, reason: str) -> None:
        if row is None or record == row:
            failures.append(Failure(refused.name, reason, record))

    if file.format == "text":  # pyarrow is loaded for the others
        if row in (None, 1):
            yield from map(_of_row, textfiles.read(Segment(file, file.size), settings, refuse))
        return
    from cleaner.files.plan import scan

    segments = scan(file, settings).segments
    if row is not None:
        segments = [segment for segment in segments if segment.first_record <= row][-1:]
    for segment in segments:
        for document in _of_segment(segment, settings, refuse):
            if row is None or document.row == row:
                yield document


def _of_segment(segment: Segment, settings: ReadSettings, refuse: Refuse) -> Iterator[Document]:
    from cleaner.arrow import Staged
    from cleaner.files.layout import Layout
    from cleaner.files.plan import read

    for item in read(segment, settings, Layout(), refuse):
        if isinstance(item, Staged):
            yield from _of_batch(item)
        else:
            yield _of_row(item)


def _of_row(row: Row) -> Document:
    return Document(
        row.source,
        row.record or _number(row.source),
        row.id or row.source,
        row.text,
        row.title or None,
        row.url or None,
        row.lang or None,
        row.notes,
        row.error,
        row.page,
    )


def _of_batch(batch: Staged) -> Iterator[Document]:
    sources = batch.source.to_pylist()
    empty = [None] * len(sources)
    columns = (
        empty if column is None else column.to_pylist()
        for column in (batch.id, batch.text, batch.title, batch.url, batch.lang)
    )
    for at, (source, id, text, title, url, lang) in enumerate(zip(sources, *columns, strict=True)):
        notes, error = batch.notes.get(at, ()), batch.errors.get(at)
        page = (batch.pages or {}).get(at)
        yield Document(
            source, _number(source), id or source, text or "", title, url, lang, notes, error, page
        )


def _number(source: str) -> int:
    """The record's number, which its source ends with; a file of one document has none."""
    digits = source.rpartition("#")[2]
    return int(digits) if digits.isdecimal() and "#" in source else 1
