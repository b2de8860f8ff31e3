"""One fixed schema for a run: the columns that pass through, under which name and of which type.

Parquet brings types of its own, CSV strings; what JSON holds is found over the whole input. A column
that several files share gets a type that holds all of them, or the run stops and names two files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.arrow import OUTPUT_SCHEMA
from cleaner.arrow.values import as_json, plain, plain_type
from cleaner.columns import CONTRACT, free_names
from cleaner.model import InputError

BOOL, INT, LONG, HUGE, FLOAT, TEXT, NESTED = (1 << bit for bit in range(7))
"""Kinds of JSON values as bits: INT is exact as a float, LONG needs int64, HUGE more than that."""

_KINDS: dict[type, int] = {bool: BOOL, float: FLOAT, str: TEXT, dict: NESTED, list: NESTED}
_EXACT = 1 << 53
_INT64 = 1 << 63


@dataclass(frozen=True, slots=True)
class Column:
    """A column that passes through: its name in the input and in the output, its type.

    With ``json_text`` JSON values are written as JSON text, for they are nested or of several kinds.
    """

    key: str
    name: str
    type: pa.DataType
    json_text: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that pass through, in output order, for every part of a run. ``pages`` are those of the
    output's own that it has because pages are read, none where none are."""

    columns: tuple[Column, ...] = ()
    pages: tuple[str, ...] = ()

    def schema(self, metadata: Mapping[str, str] | None = None) -> pa.Schema:
        """The whole output schema: the contract's columns, then these."""
        through = [(column.name, column.type) for column in self.columns]
        pages = [(name, pa.string()) for name in self.pages]
        return pa.schema([*OUTPUT_SCHEMA, *pages, *through], metadata=dict(metadata) if metadata else None)

    def from_records(self, records: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
        """The columns of rows that were read as mappings; what a row lacks is null."""
        arrays = [_from_values(column, [r.get(column.key) for r in records]) for column in self.columns]
        return self._batch(arrays, len(records))

    def from_arrays(self, keys: Sequence[str], arrays: Sequence[pa.Array], rows: int) -> pa.RecordBatch:
        """The columns of an Arrow batch; what it lacks is null. `InputError` where a value does not fit."""
        at = dict(zip(keys, arrays, strict=True))
        built = []
        for column in self.columns:
            array = at.get(column.key)
            built.append(pa.nulls(rows, column.type) if array is None else _widened(column, array))
        return self._batch(built, rows)

    def _batch(self, arrays: list[pa.Array], rows: int) -> pa.RecordBatch:
        if not arrays:
            return pa.RecordBatch.from_arrays([], names=[])
        return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in self.columns])


@dataclass(slots=True)
class _Seen:
    """What is known of one column: its declared type and the first file that says so, its JSON kinds
    and the file that last added one."""

    type: pa.DataType | None = None
    file: str = ""
    kinds: int = 0
    json_file: str = ""


class Widening:
    """Collects the columns of all files of a run and settles on one layout."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def declared(self, file: str, key: str, kind: pa.DataType) -> None:
        """A file says that its column is of a type; `InputError` where no type holds it and the others."""
        seen = self._seen.setdefault(key, _Seen())
        empty = pa.types.is_null(kind)
        kind = plain_type(kind)
        if empty or seen.type is None:
            if not empty:
                seen.type, seen.file = kind, file
            return
        seen.type = _wider(key, (seen.file, seen.type), (file, kind))

    def kinds(self, file: str, key: str, kinds: int) -> None:
        """A file holds these kinds of JSON values under a key."""
        seen = self._seen.setdefault(key, _Seen())
        if kinds & ~seen.kinds:
            seen.kinds, seen.json_file = seen.kinds | kinds, file

    def layout(self, pages: tuple[str, ...] = ()) -> Layout:
        """The columns in order of first sight, under names clear of the contract's and of ``pages``."""
        names = free_names((_utf8(key) for key in self._seen), (*CONTRACT, *pages))
        settled = [_settled(key, seen) for key, seen in self._seen.items()]
        return Layout(
            tuple(
                Column(key, name, kind, json_text)
                for key, name, (kind, json_text) in zip(self._seen, names, settled, strict=True)
            ),
            pages,
        )


def kind_of_value(value: Any) -> int:
    """The kind of a JSON value that is not null, as a bit."""
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, int):
        return INT if -_EXACT <= value <= _EXACT else LONG if -_INT64 <= value < _INT64 else HUGE
    return HUGE


def json_type(kinds: int) -> tuple[pa.DataType, bool]:
    """Arrow type for the kinds of JSON values met, and whether they are written as JSON text.

    >>> json_type(INT | FLOAT), json_type(TEXT | INT)
    ((DataType(double), False), (DataType(string), True))
    """
    if not kinds or kinds == TEXT:
        return pa.string(), False
    if kinds == BOOL:
        return pa.bool_(), False
    if not kinds & ~(INT | LONG):
        return pa.int64(), False
    if not kinds & ~(INT | FLOAT):
        return pa.float64(), False
    return pa.string(), True


def _settled(key: str, seen: _Seen) -> tuple[pa.DataType, bool]:
    kind, json_text = json_type(seen.kinds)
    if seen.type is None or not seen.kinds:
        return (seen.type or kind), json_text
    if pa.types.is_string(seen.type) or pa.types.is_large_string(seen.type):
        return seen.type, seen.kinds != TEXT
    if json_text:
        _refuse(key, (seen.file, str(seen.type)), (seen.json_file, "nested or mixed JSON"))
    if pa.types.is_floating(seen.type) and seen.kinds & LONG:
        _refuse(key, (seen.file, str(seen.type)), (seen.json_file, "integers a float cannot hold"))
    return _wider(key, (seen.file, seen.type), (seen.json_file, kind)), False


def _wider(key: str, one: tuple[str, pa.DataType], two: tuple[str, pa.DataType]) -> pa.DataType:
    if one[1] == two[1]:
        return one[1]
    schemas = [pa.schema([(key, kind)]) for _, kind in (one, two)]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        _refuse(key, (one[0], str(one[1])), (two[0], str(two[1])))


def _refuse(key: str, one: tuple[str, str], two: tuple[str, str]) -> Any:
    raise InputError(
        f"column {_utf8(key)!r} is {one[1]} in {one[0]} and {two[1]} in {two[0]}: no one type holds both; "
        "clean these files in runs of their own"
    )


def _from_values(column: Column, values: list[Any]) -> pa.Array:
    if column.json_text:
        text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        assert text, "JSON text is only ever written to a string column"
        values = [None if value is None else as_json(value) for value in values]
    try:
        return pa.array(values, column.type)
    except UnicodeEncodeError:
        return pa.array([_utf8(v) if isinstance(v, str) else v for v in values], column.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise InputError(f"column {column.name!r} changed while the run went on: {error}") from error


def _widened(column: Column, array: pa.Array) -> pa.Array:
    array = plain(array)
    if array.type == column.type:
        return array
    options = pc.CastOptions(column.type, allow_float_truncate=True)
    try:
        return array.cast(options=options)
    except pa.ArrowInvalid as error:
        raise InputError(f"column {column.name!r}: a value does not fit {column.type}: {error}") from error


def _utf8(text: str) -> str:
    """Text with lone surrogates as U+FFFD: Arrow holds UTF-8 only."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
