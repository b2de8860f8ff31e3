"""Writing Parquet: one part, row groups bounded by bytes, whole or not there at all."""

from __future__ import annotations

import os
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.files.paths import printable, reason_of
from cleaner.model import OutputError

ROW_GROUP_BYTES = 64 << 20  # of Arrow data; what a writer holds in memory at most, one batch more
ZSTD_LEVEL = 3
FEW_VALUES = ("lang", "status", "error", "repairs.list.element.fix", "removals.list.element.rule")
"""Columns worth a dictionary besides those that pass through; texts and hashes are not."""


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
        """Add a batch, cast to the schema's types; row groups are cut between batches."""
        if not batch.num_rows:
            return
        size = batch.nbytes
        if self._held and self._held_bytes + size > ROW_GROUP_BYTES:
            self.flush()
        self._held.append(batch)
        self._held_bytes += size
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
        try:
            self._writer.write_table(table.cast(self._schema), row_group_size=table.num_rows)
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


def _failed(path: str, error: OSError) -> OutputError:
    return OutputError(f"{printable(path)}: cannot be written: {reason_of(error)}")
