"""Writing Parquet: one part, row groups bounded by bytes, whole or not there at all.

Where row groups are cut depends on the rows alone, not on the batches they come in: rows that are
copied out of an earlier part give the same bytes as rows that are made anew.
"""

from __future__ import annotations

import os
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cleaner.files.paths import printable, reason_of
from cleaner.model import OutputError
from cleaner.table import Ints

ROW_GROUP_BYTES = 64 << 20  # of row sizes; what a writer holds in memory at most, one batch more
ZSTD_LEVEL = 3
FEW_VALUES = ("lang", "status", "error", "repairs.list.element.fix", "removals.list.element.rule")
"""Columns worth a dictionary besides those that pass through; texts and hashes are not."""

FIELD_BYTES = 8  # counted for a value of fixed size, and for a list besides what it holds

_SIZED = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)


class PartWriter:
    """Writes record batches of one schema to a file and makes it durable when closed.

    The same batches give the same bytes. `OutputError` where the disk is full or read-only.
    """

    def __init__(self, path: str, schema: pa.Schema, dictionary: tuple[str, ...] = ()):
        self.path, self.rows = path, 0
        self._schema = schema
        self._held: list[pa.RecordBatch] = []
        self._held_bytes = 0
        try:
            self._file = open(path, "wb")  # noqa: SIM115
            self._writer = pq.ParquetWriter(
                self._file,
                schema,
                compression="zstd",
                compression_level=ZSTD_LEVEL,
                use_dictionary=[*FEW_VALUES, *dictionary],
            )
        except OSError as error:
            raise _failed(path, error) from error

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch, cast to the schema's types; a row group is cut before the row that is too much."""
        ends = np.cumsum(row_sizes(batch))
        start = before = 0
        while start < batch.num_rows:
            room = ROW_GROUP_BYTES - self._held_bytes + before
            stop = int(np.searchsorted(ends, room, "right"))
            if stop <= start and not self._held:
                stop = start + 1  # one row is always taken
            if stop > start:
                self._held.append(batch.slice(start, stop - start))
                self._held_bytes += int(ends[stop - 1]) - before
                start, before = stop, int(ends[stop - 1])
            if start < batch.num_rows:
                self.flush()
        self.rows += batch.num_rows

    def close(self) -> None:
        """Write what is held, the footer, and the file to the disk."""
        self.flush()
        try:
            self._writer.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise _failed(self.path, error) from error

    def flush(self) -> None:
        """Write the batches that are held as one row group."""
        if not self._held:
            return
        table = pa.Table.from_batches(self._held, schema=self._held[0].schema).select(self._schema.names)
        table = table.cast(self._schema).combine_chunks()
        try:
            self._writer.write_table(table, row_group_size=table.num_rows)
        except OSError as error:
            raise _failed(self.path, error) from error
        self._held, self._held_bytes = [], 0

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        self._file.close()  # half a file; the caller removes it
        self._writer.is_open = False


def row_sizes(data: pa.RecordBatch | pa.StructArray) -> Ints:
    """Bytes that each row takes, about; they depend on its values alone.

    >>> row_sizes(pa.record_batch({"text": ["", "four"], "n": [[1, 2], None]})).tolist()
    [24, 12]
    """
    total = np.zeros(len(data), np.int64)
    columns = data.columns if isinstance(data, pa.RecordBatch) else data.flatten()
    for column in columns:
        total += _sizes(column)
    return total


def _sizes(array: pa.Array) -> Ints:
    kind = array.type
    if pa.types.is_struct(kind):
        return row_sizes(array)
    if pa.types.is_map(kind):
        array = array.cast(pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)])))
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        lengths: Ints = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        stops = np.cumsum(lengths, dtype=np.int64)
        sums: Ints = np.concatenate([[0], np.cumsum(_sizes(array.flatten()))])
        held: Ints = sums[stops] - sums[stops - lengths]
        return FIELD_BYTES + held
    if any(is_kind(kind) for is_kind in _SIZED):
        sizes: Ints = pc.fill_null(pc.binary_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
        return sizes
    return np.full(len(array), FIELD_BYTES, np.int64)


def _failed(path: str, error: OSError) -> OutputError:
    return OutputError(f"{printable(path)}: cannot be written: {reason_of(error)}")
