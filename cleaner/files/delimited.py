"""CSV and TSV: a header, then records; every column is a string, and what cannot be cut into cells
is a failed row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from cleaner.arrow.values import as_json
from cleaner.columns import find_roles
from cleaner.decode import replace_surrogates
from cleaner.extract import Page
from cleaner.files.paths import InputFile
from cleaner.files.reading import ReadSettings, Refuse, Row, Scan, Segment
from cleaner.files.records import Record, column_names, filled, records
from cleaner.files.textlines import sniff_file, text_lines
from cleaner.model import InputError, Notes


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """Read the header: the columns and their roles. A CSV file is one segment, for a line end inside
    quotes cannot be told from one between records without reading from the start."""
    encoding = sniff_file(file.path, file.compression, settings.encoding)
    segment = Segment(file, file.size, encoding=encoding)
    header = next(filled(_records(segment, settings)), None)
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
    records = filled(_records(segment, settings))
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


def _records(segment: Segment, settings: ReadSettings) -> Iterator[Record]:
    file, encoding = segment.file, segment.encoding
    assert encoding is not None
    limit = settings.max_document_bytes
    lines = text_lines(file.path, file.compression, encoding, limit)
    return records(lines, "\t" if file.format == "tsv" else None, limit)
