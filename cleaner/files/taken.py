"""Rows that an earlier run cleaned, read back out of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.arrow import rows_per_batch
from cleaner.files.earlier import Take
from cleaner.files.parquet import BUFFER
from cleaner.files.paths import printable, reason_of
from cleaner.model import InputError


def taken(take: Take, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a take in the columns of ``schema``, in batches of bounded size.

    Columns that they lack are null. `InputError` where the part cannot be read any more.
    """
    left, skip = take.rows, take.first
    try:
        if not left:
            return
        with pq.ParquetFile(take.path, buffer_size=BUFFER, pre_buffer=False) as file:
            held = file.schema_arrow.names
            wanted = None if set(held) <= set(schema.names) else [n for n in schema.names if n in held]
            for group in range(file.num_row_groups):
                meta = file.metadata.row_group(group)
                if skip >= meta.num_rows:
                    skip -= meta.num_rows
                    continue
                step = rows_per_batch(meta.total_byte_size, meta.num_rows)
                for batch in file.iter_batches(step, [group], wanted, use_threads=False):
                    some = batch.slice(skip, left)
                    skip = max(0, skip - batch.num_rows)
                    left -= some.num_rows
                    if some.num_rows:
                        yield _fitted(some, schema)
                    if not left:
                        return
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{printable(take.path)}: cannot be read: {reason_of(error)}") from error
    raise InputError(f"{printable(take.path)}: {left:,} rows are missing")


class Old:
    """The rows of a take, as many at a time as are asked for."""

    def __init__(self, take: Take, schema: pa.Schema):
        self._batches = taken(take, schema)
        self._held = pa.Table.from_batches([], schema=schema.remove_metadata())

    def rows(self, count: int) -> pa.RecordBatch:
        """The next rows; `InputError` where there are not so many."""
        while self._held.num_rows < count:
            batch = next(self._batches, None)
            if batch is None:
                raise InputError("it holds more rows than before; run again")
            self._held = pa.concat_tables([self._held, pa.Table.from_batches([batch])])
        wanted, self._held = self._held.slice(0, count), self._held.slice(count)
        return wanted.combine_chunks().to_batches()[0]


def mixed(
    old: pa.RecordBatch, new: Sequence[pa.RecordBatch], places: Mapping[int, int], schema: pa.Schema
) -> pa.RecordBatch:
    """The rows of ``old`` with those at ``places`` (row: its number among the new ones) replaced."""
    fresh = [_fitted(batch, schema) for batch in new]
    table = pa.Table.from_batches([old, *fresh], schema=old.schema).combine_chunks()
    order = [old.num_rows + places[row] if row in places else row for row in range(old.num_rows)]
    return table.take(pa.array(order, pa.int64())).combine_chunks().to_batches()[0]


def failures_in(path: str, first: int, rows: int) -> Iterator[tuple[str, str, str]]:
    """Source, id and error of the rows that failed among some of a part."""
    names = ["source", "id", "error", "status"]
    schema = pa.schema([(name, pa.string()) for name in names])
    for batch in taken(Take(path, first, rows), schema):
        columns = [batch[name].to_pylist() for name in names]
        yield from ((row[0], row[1], row[2]) for row in zip(*columns, strict=True) if row[3] == "failed")


def _fitted(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch in the columns and types of ``schema``."""
    bare = schema.remove_metadata()
    held = set(batch.schema.names)
    arrays = [
        batch[field.name].cast(field.type) if field.name in held else pa.nulls(batch.num_rows, field.type)
        for field in bare
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=bare)
