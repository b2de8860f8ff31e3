"""Columns of any Arrow type as the core needs them: as strings, in plain types, out of structs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.columns import Path
from cleaner.decode import decode
from cleaner.model import Notes


def text_strings(column: pa.Array) -> tuple[pa.Array, dict[int, Notes], dict[int, str]]:
    """A text column as strings, with the notes of decoding and the rows that hold no string, by row."""
    column = plain(column)
    if is_string(column.type) and is_utf8(column):
        return column, {}, {}
    if is_string(column.type) or is_binary(column.type):
        texts, notes = _decoded(column)
        return texts, notes, {}
    values = column.to_pylist()
    errors = {
        row: f"the text is no string but {column.type}"
        for row, value in enumerate(values)
        if value is not None
    }
    return pa.array([None if v is None else as_json(v) for v in values], pa.string()), {}, errors


def optional_strings(column: pa.Array) -> pa.Array:
    """A column of ids, titles, urls or languages as strings; an empty one counts as not given."""
    column = plain(column)
    if is_string(column.type) or is_binary(column.type):
        strings = column if is_string(column.type) and is_utf8(column) else _decoded(column)[0]
        if pa.types.is_fixed_size_binary(column.type):
            strings = pa.array([None if v is None else v.hex() for v in column.to_pylist()], pa.string())
    else:
        values = column.to_pylist()
        strings = pa.array(
            [v if v is None or isinstance(v, str) else as_json(v).strip('"') for v in values], pa.string()
        )
    strings = strings.cast(pa.string())
    return pc.if_else(pc.equal(strings, ""), pa.scalar(None, pa.string()), strings)


def as_json(value: Any) -> str:
    """A value as JSON text; dates and the like as strings, lone surrogates escaped."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, default=str)
    return text


def _decoded(column: pa.Array) -> tuple[pa.Array, dict[int, Notes]]:
    texts: list[str | None] = []
    notes: dict[int, Notes] = {}
    for row, data in enumerate(column.cast(pa.large_binary()).to_pylist()):
        if data is None:
            texts.append(None)
            continue
        decoded = decode(data)
        texts.append(decoded.text)
        if decoded.notes:
            notes[row] = tuple(decoded.notes)
    return pa.array(texts, pa.large_string()), notes


def is_string(kind: pa.DataType) -> bool:
    """Whether a type is string or large_string (views and dictionaries are made plain before)."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_binary(kind: pa.DataType) -> bool:
    """Whether a type holds bytes."""
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def is_utf8(column: pa.Array) -> bool:
    """Whether a string column is what it claims: Parquet writers exist that do not check."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


# --- types ----------------------------------------------------------------------------------------


def plain_type(kind: pa.DataType) -> pa.DataType:
    """``kind`` without encodings (dictionary, run-end, view) and without null types, at any depth."""
    if pa.types.is_null(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return plain_type(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, plain_type(f.type)) for f in kind])
    if pa.types.is_map(kind):
        return pa.map_(plain_type(kind.key_type), plain_type(kind.item_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(plain_type(kind.value_type))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(plain_type(kind.value_type), kind.list_size)
    if pa.types.is_list(kind):
        return pa.list_(plain_type(kind.value_type))
    return kind


def plain(column: pa.Array) -> pa.Array:
    """A column in its `plain_type`."""
    kind = plain_type(column.type)
    if column.type == kind:
        return column
    if pa.types.is_dictionary(column.type):
        return plain(column.dictionary_decode())
    if pa.types.is_run_end_encoded(column.type):
        return plain(pc.run_end_decode(column))
    return column.cast(kind)


# --- nested columns -------------------------------------------------------------------------------


def column_at(batch: pa.RecordBatch, path: Path) -> pa.Array:
    """The column a path leads to; null where a struct on the way is null."""
    column = plain(batch.column(batch.schema.names.index(path[0])))
    for name in path[1:]:
        column = pc.struct_field(column, name)
    return column


def untaken(batch: pa.RecordBatch, taken: Sequence[Path]) -> tuple[list[str], list[pa.Array]]:
    """Names and columns that are not used up; a struct passes without its fields that were taken."""
    first = {name: index for index, name in reversed(list(enumerate(batch.schema.names)))}
    names: list[str] = []
    arrays: list[pa.Array] = []
    for index, (name, column) in enumerate(zip(batch.schema.names, batch.columns, strict=True)):
        paths = [path for path in taken if path[0] == name and first[name] == index]
        if (name,) in paths:
            continue
        rest = _without(plain(column), [path[1:] for path in paths]) if paths else column
        if rest is not None:
            names.append(name)
            arrays.append(rest)
    return names, arrays


def _without(column: pa.StructArray, paths: Sequence[Path]) -> pa.StructArray | None:
    children, fields = [], []
    for at, child in enumerate(column.type):
        below = [path[1:] for path in paths if path[0] == child.name]
        if () in below:
            continue
        values = column.field(at)
        rest = _without(values, below) if below else values
        if rest is not None:
            children.append(rest)
            fields.append(pa.field(child.name, rest.type))
    return pa.StructArray.from_arrays(children, fields=fields, mask=column.is_null()) if fields else None


def struct_paths(fields: pa.Schema | pa.StructType, above: Path = ()) -> Iterator[Path]:
    """The paths of all fields inside structs, at any depth."""
    for f in fields:
        path = (*above, f.name)
        if len(path) > 1:
            yield path
        if pa.types.is_struct(f.type):
            yield from struct_paths(f.type, path)
