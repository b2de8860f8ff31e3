"""Reading Parquet: by ranges of row groups, in batches of bounded size."""

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

BUFFER = 1 << 20  # bytes read ahead in each column: a row group is streamed, not loaded


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """Read the footer: columns, types, and the row groups, gathered into segments."""
    with _open(file) as parquet:
        schema, meta = parquet.schema_arrow, parquet.metadata
        roles = roles_of(schema, settings.named)
        segments: list[Segment] = []
        group = record = 0
        while group < meta.num_row_groups:
            start, first, weight = group, record, 0
            while group < meta.num_row_groups and (group == start or weight < settings.unit_bytes):
                weight += max(0, meta.row_group(group).total_byte_size)
                record += meta.row_group(group).num_rows
                group += 1
            segments.append(Segment(file, weight, start, group, first + 1, roles=roles))
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
            for group in range(segment.start, segment.stop or parquet.num_row_groups):
                meta = parquet.metadata.row_group(group)
                step = rows_per_batch(meta.total_byte_size, meta.num_rows, segment.roles.html)
                for batch in parquet.iter_batches(step, [group], wanted, use_threads=False):
                    yield _staged(batch, file, row, segment.roles, layout, settings.max_document_bytes)
                    row += batch.num_rows
    except (pa.ArrowException, OSError, InputError) as error:
        before = row - segment.first_record
        raise InputError(f"{reason_of(error)}; the {before:,} rows before it were read") from error


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
