"""CSV and TSV: the cell of each record's text, in its own quotes."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from cleaner.columns import find_roles
from cleaner.decode import replace_surrogates
from cleaner.files.inplace.field import Field
from cleaner.files.inplace.lines import PlacedLine, placed_lines
from cleaner.files.paths import Failure, InputFile
from cleaner.files.reading import ReadSettings
from cleaner.files.records import Record, column_names, filled, guess_delimiter, records
from cleaner.files.textlines import TextLine
from cleaner.model import InputError


def fields(file: InputFile, settings: ReadSettings) -> Iterator[Field | Failure]:
    """The texts of a file. Ragged records and broken quoting are no documents: a run fails them too."""
    seen = _Seen(placed_lines(file, settings))
    delimiter = "\t" if file.format == "tsv" else None
    found = filled(records(iter(seen), delimiter, settings.max_document_bytes))
    header = next(found, None)
    if header is None:
        return
    if header.cells is None:
        raise InputError(f"the header cannot be read: {header.error}")
    names = column_names(header)
    roles = find_roles(names, settings.named).paths()
    columns = {role: names.index(path[0]) for role, path in roles.items()}
    text_at = columns.pop("text")
    raw = seen.take(header)
    delimiter = delimiter or guess_delimiter(raw[0].read.text or "")
    for row, record in enumerate(found, 1):
        raw = seen.take(record)
        if record.cells is None or len(record.cells) != len(names):
            yield Failure(file.name, record.error or _ragged(record, len(names)), row)
            continue
        others = {role: _given(record.cells[at]) for role, at in columns.items()}
        one = _field(raw, record, text_at, delimiter, row)
        one.id, one.title = others.get("id"), others.get("title")
        one.url, one.lang = others.get("url"), others.get("lang")
        yield one


class _Seen:
    """Lines on their way to the records, kept until the record they belong to has come."""

    def __init__(self, placed: Iterator[PlacedLine]):
        self._placed = placed
        self._kept: dict[int, PlacedLine] = {}

    def __iter__(self) -> Iterator[TextLine]:
        for placed in self._placed:
            self._kept[placed.read.number] = placed
            yield placed.read

    def take(self, record: Record) -> list[PlacedLine]:
        """The lines of a record; those before them are let go."""
        for number in [number for number in self._kept if number < record.number]:
            del self._kept[number]
        taken: list[PlacedLine] = []
        size = 0
        while size < record.size:
            taken.append(self._kept[record.number + len(taken)])
            size += taken[-1].read.size
        return taken


def _field(raw: list[PlacedLine], record: Record, column: int, delimiter: str, row: int) -> Field:
    assert record.cells is not None
    text = "".join(placed.read.text or "" for placed in raw)
    start, end = cell_at(text, column, delimiter)
    cell = text[start:end]
    decoded = replace_surrogates(record.cells[column], escaped=record.escaped)
    locked = next((placed.locked for placed in raw if placed.locked), "")
    if len({placed.codec for placed in raw}) > 1:
        locked = "its lines are in several charsets; convert it to UTF-8 first"
    elif (next(csv.reader([cell], delimiter=delimiter), None) or [""]) != [record.cells[column]]:
        locked = "its quoting cannot be kept"
    codec, before = raw[0].codec, raw[0].start
    return Field(
        decoded.text,
        record.number + len(re.findall(r"\r\n?|\n", text[:start])),
        before if locked else before + len(text[:start].encode(codec)),
        before if locked else before + len(text[:end].encode(codec)),
        lambda new: as_cell(new, cell, delimiter, alone=len(record.cells or ()) == 1).encode(codec),
        row=row,
        notes=(*record.notes, *decoded.notes),
        locked=locked,
    )


def cell_at(record: str, column: int, delimiter: str) -> tuple[int, int]:
    r"""Where a cell begins and ends in the text of its record, its quotes included.

    >>> record = 'a,"b, ""c""\n",d\n'
    >>> [record[slice(*cell_at(record, at, ","))] for at in range(3)]
    ['a', '"b, ""c""\n"', 'd']
    """
    plain = rf"[^{re.escape(delimiter)}\r\n]*"
    cell = re.compile(rf'"(?:[^"]|"")*"{plain}|{plain}')
    at = 0
    for _ in range(column):
        match = cell.match(record, at)
        at = (match.end() if match else at) + len(delimiter)
    match = cell.match(record, at)
    return at, match.end() if match else at


def as_cell(new: str, old: str, delimiter: str, *, alone: bool) -> str:
    """``new`` as a cell, quoted where ``old`` was or where it has to be; an empty one that is ``alone``
    in its record would be a blank line.

    >>> print(as_cell('say "a" twice', "plain", ",", alone=False))
    "say ""a"" twice"
    """
    if (
        old.startswith('"')
        or any(mark in new for mark in (delimiter, '"', "\r", "\n"))
        or (alone and not new)
    ):
        doubled = new.replace('"', '""')
        return f'"{doubled}"'
    return new


def _ragged(record: Record, columns: int) -> str:
    return f"line {record.number}: {len(record.cells or ())} cells where the header has {columns}"


def _given(cell: str) -> str | None:
    return replace_surrogates(cell, escaped=True).text or None
