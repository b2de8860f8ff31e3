"""Parquet: the texts of a file, and the file written anew with everything else as it was.

Row groups keep their rows, columns their compression, dictionaries and statistics, the file its schema,
field ids and metadata. What was written is read back and held against the file before it takes its
place: a property this library cannot write (the name of the writer excepted) leaves the file alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.arrow import roles_of
from cleaner.arrow.values import is_binary
from cleaner.files import parquet
from cleaner.files.inplace.field import Field
from cleaner.files.inplace.replacing import Replacement
from cleaner.files.layout import Layout
from cleaner.files.paths import Failure, InputFile, reason_of
from cleaner.files.reading import ReadSettings
from cleaner.model import InputError, OutputError

_ARROW_SCHEMA = b"ARROW:schema"
_LATEST = "2.6"  # version of the format
_IMPLIED = {
    ("INT64", "Int(bitWidth=64, isSigned=true)"): "None",
    ("INT32", "Int(bitWidth=32, isSigned=true)"): "None",
}
"""Logical types that say no more than the physical type."""

_CODECS = {"UNCOMPRESSED": "NONE"}  # as read -> as asked for


def fields(file: InputFile, settings: ReadSettings) -> Iterator[Field | Failure]:
    """The texts of a file, read from the columns that are needed alone."""
    if file.compression is not None:
        raise InputError("compressed Parquet is not read in place; decompress it first")
    for segment in parquet.scan(file, settings).segments:
        row = segment.first_record
        for batch in parquet.read(segment, settings, Layout(), refuse=lambda *_: None):
            given = [
                [None] * batch.text.__len__() if column is None else column.to_pylist()
                for column in (batch.text, batch.id, batch.title, batch.url, batch.lang)
            ]
            for at, (text, id, title, url, lang) in enumerate(zip(*given, strict=True)):
                if at in batch.errors:
                    yield Failure(file.name, batch.errors[at], row + at)
                elif text is not None:
                    notes = batch.notes.get(at, ())
                    locked = "its bytes are not UTF-8" if notes else ""
                    yield Field(
                        text, row + at, 0, 0, str.encode, row + at, id, title, url, lang, notes, locked
                    )
            row += len(batch.text)


class ParquetWriter:
    """New texts for rows of a Parquet file, a row group at a time; see `Writer`.

    Nothing is written before the first change; memory holds one row group.
    """

    def __init__(self, file: InputFile, settings: ReadSettings):
        self._file = file
        self._old = pq.ParquetFile(file.path, pre_buffer=False)
        self._path = next(iter(roles_of(self._old.schema_arrow, settings.named).paths().values()))
        self._new: Replacement | None = None
        self._writer: pq.ParquetWriter | None = None
        self._group = self._first = 0  # the row group that is next to be written, and its first row, from 0
        self._texts: dict[int, str] = {}

    def put(self, field: Field, text: str) -> None:
        """See `Writer`."""
        text.encode()
        assert field.row is not None
        if self._writer is None:
            self._begin()
        while field.row > self._first + self._old.metadata.row_group(self._group).num_rows:
            self._write_group()
        self._texts[field.row - 1 - self._first] = text

    def _begin(self) -> None:
        self._new = self._new or Replacement(self._file.path)
        try:
            properties = _properties(self._old)
            self._writer = pq.ParquetWriter(self._new.temporary, self._old.schema_arrow, **properties)
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"cannot be written as it was: {reason_of(error)}") from error

    def finish(self) -> None:
        """See `Writer`."""
        if self._writer is None or self._new is None:
            return
        while self._group < self._old.num_row_groups:
            self._write_group()
        try:
            self._writer.close()
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"cannot be written: {reason_of(error)}") from error
        with pq.ParquetFile(self._new.temporary, pre_buffer=False) as new:
            lost = differences(self._old, new)
        if lost:
            raise OutputError(f"its {' and '.join(lost)} cannot be kept")
        self._old.close()  # Windows replaces no open file

    def commit(self) -> None:
        """See `Writer`."""
        if self._new is not None:
            self._new.publish()

    def close(self) -> None:
        """See `Writer`."""
        self._old.close()
        if self._writer is not None:
            with suppress(OSError, pa.ArrowException):
                self._writer.close()
        if self._new is not None:
            self._new.discard()

    def _write_group(self) -> None:
        assert self._writer is not None
        try:
            table = self._old.read_row_group(self._group, use_threads=False)
            if self._texts:
                at = table.schema.names.index(self._path[0])
                column = _replaced(_one(table.column(at)), self._path[1:], self._texts)
                table = table.set_column(at, table.schema.field(at), column)
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"cannot be written: {reason_of(error)}") from error
        self._first += table.num_rows
        self._group += 1
        self._texts = {}


def _one(column: pa.ChunkedArray) -> pa.Array:
    chunks = column.chunks
    if len(chunks) == 1:
        return chunks[0]
    return pa.concat_arrays(chunks) if chunks else pa.array([], column.type)


def _replaced(column: pa.Array, path: Sequence[str], texts: dict[int, str]) -> pa.Array:
    """A column with new texts in some rows, its type kept; ``path`` leads into a struct."""
    if path:
        kind = column.type
        at = kind.get_field_index(path[0])
        children = [column.field(i) for i in range(kind.num_fields)]
        children[at] = _replaced(children[at], path[1:], texts)
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=column.is_null())
    values: list[Any] = column.to_pylist()
    binary = bool(values) and is_binary(column.type)
    for row, text in texts.items():
        values[row] = text.encode() if binary else text
    if pa.types.is_dictionary(column.type):
        return pa.array(values, column.type.value_type).dictionary_encode().cast(column.type)
    return pa.array(values, column.type)


def _properties(old: pq.ParquetFile) -> dict[str, Any]:
    """How the file was written, as far as its footer tells. Other writers mix what Arrow keeps apart by
    version of the format: the first version that gives the same schema is taken."""
    meta = old.metadata
    columns = [meta.row_group(0).column(at) for at in range(meta.num_columns)]
    decimals = {c.physical_type for c, at in zip(columns, old.schema, strict=True) if at.precision > 0}
    known = {
        "compression": {c.path_in_schema: _CODECS.get(c.compression, c.compression) for c in columns},
        "use_dictionary": [c.path_in_schema for c in columns if c.has_dictionary_page],
        "write_statistics": [c.path_in_schema for c in columns if c.is_stats_set],
        "write_page_index": any(c.has_offset_index or c.has_column_index for c in columns),
        "use_deprecated_int96_timestamps": any(c.physical_type == "INT96" for c in columns),
        "store_decimal_as_integer": bool(decimals & {"INT32", "INT64"}),
        "store_schema": _ARROW_SCHEMA in (meta.metadata or {}),
        "sorting_columns": meta.row_group(0).sorting_columns or None,
    }
    versions = [known | {"version": version} for version in (meta.format_version, _LATEST)]
    return next((one for one in versions if _leaves(old.schema) == _written_leaves(old, one)), versions[0])


def _written_leaves(old: pq.ParquetFile, properties: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The leaves of a file that is written so."""
    sink = pa.BufferOutputStream()
    pq.ParquetWriter(sink, old.schema_arrow, **properties).close()
    return _leaves(pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema)


def _leaves(schema: pq.ParquetSchema) -> list[tuple[Any, ...]]:
    """The columns of a schema as readers understand them: that an int64 is a signed number of 64 bits may
    be said or not, and the root has any name."""
    return [
        (
            leaf.path,
            leaf.physical_type,
            _IMPLIED.get((leaf.physical_type, str(leaf.logical_type)), str(leaf.logical_type)),
            leaf.max_definition_level,
            leaf.max_repetition_level,
            leaf.length,
        )
        for leaf in schema
    ]


def differences(old: pq.ParquetFile, new: pq.ParquetFile) -> list[str]:
    """What two files do not share of all that has to stay."""
    before, after = old.metadata, new.metadata
    shape = [
        [
            (
                meta.row_group(g).num_rows,
                *(meta.row_group(g).column(c).compression for c in range(meta.num_columns)),
            )
            for g in range(meta.num_row_groups)
        ]
        for meta in (before, after)
    ]
    told = {
        "schema": _leaves(old.schema) == _leaves(new.schema)
        and old.schema_arrow.equals(new.schema_arrow, check_metadata=True),
        "metadata": _told(before) == _told(after),
        "row groups and compression": shape[0] == shape[1],
    }
    return [name for name, same in told.items() if not same]


def _told(meta: pq.FileMetaData) -> dict[bytes, bytes]:
    """The file's own metadata; the form in which Arrow notes its schema differs between versions."""
    return {key: value for key, value in (meta.metadata or {}).items() if key != _ARROW_SCHEMA}
