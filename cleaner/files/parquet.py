"""Reading Parquet: by ranges of rows, in batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cleaner.arrow import Staged, roles_of, rows_per_batch, stage
from cleaner.arrow.values import untaken
from cleaner.columns import Roles, free_names
from cleaner.files.layout import Layout
from cleaner.files.paths import InputFile, reason_of
from cleaner.files.reading import ReadSettings, Refuse, Scan, Segment
from cleaner.files.streams import too_large
from cleaner.model import InputError

MOST_PIECES = 8
"""Units that one row group is cut into at the most: each reads past the rows of those before it."""
BUFFER = 1 << 20  # bytes read ahead in each column: a row group is streamed, not loaded


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """Read the footer: columns, types, and the rows, parted into segments."""
    with _open(file) as parquet:
        schema, meta = parquet.schema_arrow, parquet.metadata
        roles = roles_of(schema, settings.named)
        segments = [
            Segment(file, weight, first, stop, first + 1, roles=roles)
            for first, stop, weight in _ranges(meta, settings.unit_of(_bytes_in(meta)))
        ]
        empty = pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in schema], schema=schema)
        names, arrays = untaken(empty, list(roles.paths().values()))
        types = dict(zip(free_names(names), (array.type for array in arrays), strict=True))
    return Scan(file, segments, types=types)


def read(segment: Segment, settings: ReadSettings, layout: Layout, refuse: Refuse) -> Iterator[Staged]:
    """The rows of a segment as staged batches; one over the limit fails and keeps its text. Columns that
    nobody asks for are not read."""
    file = segment.file
    row = segment.first_record
    wanted = None if layout.columns else sorted({path[0] for path in segment.roles.paths().values()})
    try:
        with _open(file) as parquet:
            for batch in _batches(parquet, segment, wanted):
                yield _staged(batch, file, row, segment.roles, layout, settings.max_document_bytes)
                row += batch.num_rows
    except (pa.ArrowException, OSError, InputError) as error:
        before = row - segment.first_record
        raise InputError(f"{reason_of(error)}; the {before:,} rows before it were read") from error


def _bytes_in(meta: pq.FileMetaData) -> int:
    return sum(max(0, meta.row_group(number).total_byte_size) for number in range(meta.num_row_groups))


def _ranges(meta: pq.FileMetaData, size: int) -> Iterator[tuple[int, int, int]]:
    """Rows from one to before another, and their bytes: row groups put together up to about ``size``
    bytes, and larger ones cut, each into `MOST_PIECES` at the most."""
    first = row = weight = 0
    for number in range(meta.num_row_groups):
        group = meta.row_group(number)
        rows, bytes_ = group.num_rows, max(0, group.total_byte_size)
        pieces = min(-(-bytes_ // size), MOST_PIECES) if rows else 1
        if row > first and (weight >= size or pieces > 1):
            yield first, row, weight
            first, weight = row, 0
        if pieces > 1:
            share = -(-rows // pieces)
            for start in range(0, rows, share):
                held = min(share, rows - start)
                yield row + start, row + start + held, bytes_ * held // rows
            first, weight = row + rows, 0
        else:
            weight += bytes_
        row += rows
    if row > first or (meta.num_row_groups and not row):
        yield first, row, weight


def _batches(
    parquet: pq.ParquetFile, segment: Segment, columns: list[str] | None
) -> Iterator[pa.RecordBatch]:
    """The rows of a segment. Those of a row group that stand before it are read past."""
    first, stop = 0, parquet.metadata.num_rows if segment.stop is None else segment.stop
    for number in range(parquet.num_row_groups):
        group = parquet.metadata.row_group(number)
        low, high = max(segment.start - first, 0), min(stop - first, group.num_rows)
        first += group.num_rows
        if low >= high:
            continue
        step, at = rows_per_batch(group.total_byte_size, group.num_rows, segment.roles.html), 0
        for batch in parquet.iter_batches(step, [number], columns, use_threads=False):
            start, end = max(low - at, 0), min(high - at, batch.num_rows)
            at += batch.num_rows
            if start < end:
                yield batch.slice(start, end - start)
            if at >= high:
                break


def _staged(
    batch: pa.RecordBatch, file: InputFile, row: int, roles: Roles, layout: Layout, limit: int
) -> Staged:
    source = pa.array([f"{file.source}#{n}" for n in range(row, row + batch.num_rows)], pa.string())
    names, arrays = untaken(batch, list(roles.paths().values()))
    through = layout.from_arrays(free_names(names), arrays, batch.num_rows)
    rows = stage(batch, roles, source, through)
    if layout.pages and rows.pages is None:
        rows = replace(rows, pages={})
    if rows.pages:
        return _within(rows, limit)
    sizes = pc.binary_length(rows.text)
    if (pc.max(sizes).as_py() or 0) <= limit:
        return rows
    large = {at: too_large(n, limit) for at, n in enumerate(sizes.to_pylist()) if n and n > limit}
    return replace(rows, errors={**rows.errors, **large})


def _within(rows: Staged, limit: int) -> Staged:
    """The rows with those pages refused that are over the limit."""
    sizes = {at: len(page.data) for at, page in (rows.pages or {}).items()}
    large = {at: too_large(size, limit) for at, size in sizes.items() if size > limit}
    pages = {at: page for at, page in (rows.pages or {}).items() if at not in large}
    return replace(rows, pages=pages, errors={**rows.errors, **large})


def _open(file: InputFile) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file.path, buffer_size=BUFFER, pre_buffer=False)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last from names of columns
        raise InputError(f"no Parquet file, or a damaged one: {reason_of(error)}") from error
