"""Rows that an earlier run cleaned, read back out of its parts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.arrow import rows_per_batch
from cleaner.files.earlier import Take
from cleaner.files.parquet import BUFFER
from cleaner.files.paths import printable, reason_of
from cleaner.model import InputError


class Cursor:
    """Goes through parts of earlier runs, forwards as far as it can: what is asked for in order is read once.

    Rows come in the columns of ``schema``; those that a part lacks are null. All of it raises `InputError`
    where a part cannot be read, or ends before it should.
    """

    def __init__(self, schema: pa.Schema):
        self._schema = schema.remove_metadata()
        self._path, self._at = "", 0  # the row that comes next
        self._coming: Iterator[pa.RecordBatch] = iter(())
        self._held: pa.RecordBatch | None = None

    def batches(self, take: Take) -> Iterator[pa.RecordBatch]:
        """The rows of a take, in batches of bounded size."""
        left = take.rows
        if left:
            self.seek(take)
        while left:
            batch = self._some(left)
            left -= batch.num_rows
            yield _fitted(batch, self._schema)

    def seek(self, take: Take) -> None:
        """Go to the first row of a take."""
        if take.path != self._path or take.first < self._at:
            self._path, self._held = take.path, None
            self._at, self._coming = _opened(take, self._schema)
        while self._at < take.first:
            self._some(take.first - self._at)

    def rows(self, count: int) -> pa.RecordBatch:
        """Exactly the next ``count`` rows."""
        batches = []
        while count:
            batches.append(self._some(count))
            count -= batches[-1].num_rows
        if len(batches) == 1:
            return _fitted(batches[0], self._schema)
        table = pa.Table.from_batches(map(partial(_fitted, schema=self._schema), batches), self._schema)
        return table.combine_chunks().to_batches()[0]

    def _some(self, most: int) -> pa.RecordBatch:
        """Some of the next rows, ``most`` at the most."""
        if self._held is None:
            try:
                self._held = next(self._coming, None)
            except (pa.ArrowException, OSError) as error:
                raise _unreadable(self._path, reason_of(error)) from error
            if self._held is None:
                raise _unreadable(self._path, "rows are missing")
        batch, size = self._held.slice(0, most), self._held.num_rows
        self._held = self._held.slice(most) if size > most else None
        self._at += batch.num_rows
        return batch


def _opened(take: Take, schema: pa.Schema) -> tuple[int, Iterator[pa.RecordBatch]]:
    """The rows of a part, from the row group on that holds the first of a take, and the number of the first
    of them."""
    try:
        file = pq.ParquetFile(take.path, buffer_size=BUFFER, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(take.path, reason_of(error)) from error
    first = group = 0
    while group < file.num_row_groups and first + file.metadata.row_group(group).num_rows <= take.first:
        first += file.metadata.row_group(group).num_rows
        group += 1
    return first, _batches(file, group, set(schema.names))


def _batches(file: pq.ParquetFile, group: int, names: Collection[str]) -> Iterator[pa.RecordBatch]:
    with file:
        held = file.schema_arrow.names
        wanted = None if all(name in names for name in held) else [name for name in held if name in names]
        for number in range(group, file.num_row_groups):
            meta = file.metadata.row_group(number)
            step = rows_per_batch(meta.total_byte_size, meta.num_rows)
            yield from file.iter_batches(step, [number], wanted, use_threads=False)


def mixed(
    old: pa.RecordBatch, new: Sequence[pa.RecordBatch], places: Mapping[int, int], schema: pa.Schema
) -> pa.RecordBatch:
    """The rows of ``old`` with those at ``places`` (row: its number among the new ones) replaced."""
    fresh = [_fitted(batch, schema.remove_metadata()) for batch in new]
    table = pa.Table.from_batches([old, *fresh], schema=old.schema).combine_chunks()
    order = [old.num_rows + places[row] if row in places else row for row in range(old.num_rows)]
    return table.take(pa.array(order, pa.int64())).combine_chunks().to_batches()[0]


def failures_in(path: str, first: int, rows: int) -> Iterator[tuple[str, str, str]]:
    """Source, id and error of the rows that failed among some of a part."""
    names = ["source", "id", "error", "status"]
    cursor = Cursor(pa.schema([(name, pa.string()) for name in names]))
    for batch in cursor.batches(Take(path, first, rows)):
        columns = [batch[name].to_pylist() for name in names]
        yield from ((row[0], row[1], row[2]) for row in zip(*columns, strict=True) if row[3] == "failed")


def _unreadable(path: str, reason: str) -> InputError:
    return InputError(f"{printable(path)}: cannot be read: {reason}")


def _fitted(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch in the columns and types of ``schema``."""
    held = set(batch.schema.names)
    arrays = [
        batch[field.name].cast(field.type) if field.name in held else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
