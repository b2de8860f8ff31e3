"""CSV and TSV: a header, then records, quoted as RFC 4180 says; every column is a string.

A quote that is never closed would swallow the rest of a file: the line that opened it becomes a
failed row, and reading goes on with the next one.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from cleaner.arrow.values import Notes, as_json
from cleaner.columns import find_roles, free_names
from cleaner.decode import replace_surrogates
from cleaner.extract import Page
from cleaner.files.paths import InputFile
from cleaner.files.reading import ReadSettings, Refuse, Scan, Segment
from cleaner.files.rows import Row
from cleaner.files.streams import too_large
from cleaner.files.textlines import TextLine, sniff_file, text_lines
from cleaner.model import InputError

DELIMITERS = ",;\t|"


class Record(NamedTuple):
    """One record: its cells, or why it has none; ``raw`` is its first line then.

    ``number`` is the line it begins on, ``size`` its bytes, ``escaped`` as in `TextLine`. A record
    that is refused for its size has neither cells nor ``raw``.
    """

    number: int
    cells: list[str] | None
    size: int
    notes: Notes = ()
    escaped: bool = False
    error: str | None = None
    raw: str | None = None


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """Read the header: the columns and their roles. A CSV file is one segment, for a line end inside
    quotes cannot be told from one between records without reading from the start."""
    encoding = sniff_file(file.path, file.compression, settings.encoding)
    segment = Segment(file, file.size, encoding=encoding)
    header = next(_filled(_records(segment, settings)), None)
    if header is None:
        return Scan(file, [])
    if header.cells is None:
        raise InputError(f"the header cannot be read: {header.error}")
    names = column_names(header)
    roles = find_roles(names, settings.named)
    taken = {path[0] for path in roles.paths().values()}
    return Scan(
        file,
        [Segment(file, file.size, roles=roles, encoding=encoding)],
        types={name: pa.string() for name in names if name not in taken},
    )


def read(segment: Segment, settings: ReadSettings, refuse: Refuse) -> Iterator[Row]:
    """The rows of a file; ragged ones and broken quoting are rows with an error."""
    file = segment.file
    records = _filled(_records(segment, settings))
    header = next(records, None)
    if header is None or header.cells is None:
        return
    names = column_names(header)
    number = 0
    try:
        for number, record in enumerate(records, 1):
            source = f"{file.source}#{number}"
            if record.cells is not None:
                yield _row(record, record.cells, names, segment, source)
            elif record.raw is not None:
                decoded = replace_surrogates(record.raw, escaped=record.escaped)
                notes = (*record.notes, *decoded.notes)
                yield Row(source, decoded.text, record.size, notes=notes, error=record.error)
            else:
                refuse(file, number, record.error or "")
    except InputError as error:
        raise InputError(f"{error}; the {number:,} records before it were read") from error


def column_names(header: Record) -> list[str]:
    """Unique names for the columns; one without a name is ``column_N``, N from 1."""
    cells = [replace_surrogates(cell, escaped=header.escaped).text for cell in header.cells or ()]
    return free_names(cell.strip() or f"column_{at}" for at, cell in enumerate(cells, 1))


def _row(record: Record, cells: list[str], names: list[str], segment: Segment, source: str) -> Row:
    """A row; a ragged one fails and keeps its text where it has one, else all of it as JSON."""
    raw = dict(zip(names, cells, strict=False))
    given = raw.pop(segment.roles.text[0], None)
    text, notes = (as_json(cells), ()) if given is None else _decoded(given, record)
    values = {name: _decoded(cell, record)[0] for name, cell in raw.items()} if record.escaped else raw
    others: dict[str, Any] = {
        r: values.pop(path[0], None) for r, path in segment.roles.paths().items() if r != "text"
    }
    problem = _ragged(record, cells, names)
    if segment.roles.html and given and problem is None:
        return Row(source, "", record.size, values, page=Page(text), **others)
    return Row(source, text, record.size, values, notes=notes, error=problem, **others)


def _ragged(record: Record, cells: list[str], names: list[str]) -> str | None:
    if len(cells) == len(names):
        return None
    beyond = f"; beyond: {as_json(cells[len(names) :])}" if len(cells) > len(names) else ""
    return f"line {record.number}: {len(cells)} cells where the header has {len(names)}{beyond}"


def _decoded(cell: str, record: Record) -> tuple[str, Notes]:
    decoded = replace_surrogates(cell, escaped=record.escaped)
    return decoded.text, (*record.notes, *decoded.notes)


def _filled(records: Iterator[Record]) -> Iterator[Record]:
    """Records that are no blank lines."""
    return (
        record for record in records if record.cells is None or any(record.cells) or len(record.cells) > 1
    )


def _records(segment: Segment, settings: ReadSettings) -> Iterator[Record]:
    file, encoding = segment.file, segment.encoding
    assert encoding is not None
    limit = settings.max_document_bytes
    lines = text_lines(file.path, file.compression, encoding, limit)
    return records(lines, "\t" if file.format == "tsv" else None, limit)


def records(lines: Iterator[TextLine], delimiter: str | None, limit: int) -> Iterator[Record]:
    """Cut lines into records; ``delimiter`` is told from the first line where it is ``None``."""
    waiting: deque[TextLine] = deque()
    csv.field_size_limit(max(limit, csv.field_size_limit()))
    while (line := _next(waiting, lines)) is not None:
        if line.text is None:
            yield Record(
                line.number, None, line.size, error=f"line {line.number}: {too_large(line.size, limit)}"
            )
            continue
        delimiter = delimiter or guess_delimiter(line.text)
        taken = _Taken(line, waiting, lines, limit)
        reader = csv.reader(taken, delimiter=delimiter)
        try:
            cells = next(reader)
        except csv.Error as error:
            yield _failed(line, f"line {line.number}: broken quoting: {error}")
            waiting.extendleft(reversed(taken.lines[1:]))
            continue
        if taken.open:
            yield _failed(line, f"line {line.number}: a quote that begins here is never closed {taken.open}")
            waiting.extendleft(reversed(taken.lines[1:]))
            continue
        notes = next((one.notes for one in taken.lines if one.notes), ())
        escaped = any(one.escaped for one in taken.lines)
        yield Record(line.number, cells, taken.size, notes, escaped)


class _Taken:
    """The lines that one record takes, as the csv module asks for them.

    ``open`` says why no further line was given although the record was not complete.
    """

    def __init__(self, first: TextLine, waiting: deque[TextLine], rest: Iterator[TextLine], limit: int):
        self.lines = [first]
        self.size = first.size
        self.open = ""
        self._given = False
        self._waiting, self._rest, self._limit = waiting, rest, limit

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._given:
            self._given = True
            return self.lines[0].text or ""
        line = _next(self._waiting, self._rest)
        if line is None:
            self.open = "before the file ends"
            raise StopIteration
        self.lines.append(line)
        self.size += line.size
        if line.text is None or self.size > self._limit:
            self.open = f"within the {self._limit:,} bytes a document may take"
            raise StopIteration
        return line.text


def guess_delimiter(header: str) -> str:
    """The delimiter that a header line holds most of, outside quotes; a comma where none is.

    >>> guess_delimiter('id;"a, b";text')
    ';'
    """
    outside = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _failed(line: TextLine, error: str) -> Record:
    raw = (line.text or "").rstrip("\r\n")
    return Record(line.number, None, line.size, line.notes, line.escaped, error, raw)


def _next(waiting: deque[TextLine], rest: Iterator[TextLine]) -> TextLine | None:
    return waiting.popleft() if waiting else next(rest, None)
