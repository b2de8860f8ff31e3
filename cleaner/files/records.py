"""Records of CSV and TSV: lines in, cells out, quoted as RFC 4180 says.

A quote that is never closed would swallow the rest of a file: the line that opened it becomes a
record without cells, and reading goes on with the next one.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from cleaner.columns import free_names
from cleaner.decode import replace_surrogates
from cleaner.files.streams import too_large
from cleaner.files.textlines import TextLine
from cleaner.model import Notes

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


def column_names(header: Record) -> list[str]:
    """Unique names for the columns; one without a name is ``column_N``, N from 1."""
    cells = [replace_surrogates(cell, escaped=header.escaped).text for cell in header.cells or ()]
    return free_names(cell.strip() or f"column_{at}" for at, cell in enumerate(cells, 1))


def filled(records: Iterator[Record]) -> Iterator[Record]:
    """Records that are no blank lines."""
    return (
        record for record in records if record.cells is None or any(record.cells) or len(record.cells) > 1
    )


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
