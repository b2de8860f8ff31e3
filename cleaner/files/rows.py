"""Rows that readers made one by one, gathered into staged batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from cleaner.arrow import BATCH_BYTES, BATCH_ROWS, MARKUP_SHARE, Staged
from cleaner.files.layout import Layout
from cleaner.files.reading import Row


def staged(items: Iterable[Row | Staged], layout: Layout) -> Iterator[Staged]:
    """Gather rows into batches of at most 2,000 rows and about 4 MiB, of pages eight times that; staged
    ones pass as they are."""
    rows: list[Row] = []
    size = 0
    for item in items:
        added = 0 if isinstance(item, Staged) else item.size
        if isinstance(item, Row) and item.page is not None:
            added //= MARKUP_SHARE
        if rows and (isinstance(item, Staged) or len(rows) >= BATCH_ROWS or size + added > BATCH_BYTES):
            yield _stage(rows, layout)
            rows, size = [], 0
        if isinstance(item, Staged):
            yield item
        else:
            rows.append(item)
            size += added
    if rows:
        yield _stage(rows, layout)


def some(rows: Staged, chosen: Sequence[int]) -> Staged:
    """The chosen rows, in the order given."""
    at, pages = pa.array(chosen, pa.int64()), rows.pages
    columns = {
        name: None if (column := getattr(rows, name)) is None else column.take(at)
        for name in ("source", "text", "id", "title", "url", "lang")
    }
    return Staged(
        **columns,
        passthrough=rows.passthrough.take(at) if rows.passthrough.num_columns else rows.passthrough,
        notes={new: rows.notes[old] for new, old in enumerate(chosen) if old in rows.notes},
        errors={new: rows.errors[old] for new, old in enumerate(chosen) if old in rows.errors},
        pages=None if pages is None else {new: pages[old] for new, old in enumerate(chosen) if old in pages},
    )


def _stage(rows: list[Row], layout: Layout) -> Staged:
    def optional(values: list[str | None]) -> pa.Array:
        return pa.array([value or None for value in values], pa.string())

    return Staged(
        source=pa.array([row.source for row in rows], pa.string()),
        text=pa.array([row.text for row in rows], pa.large_string()),
        passthrough=layout.from_records([row.values for row in rows]),
        id=optional([row.id for row in rows]),
        title=optional([row.title for row in rows]),
        url=optional([row.url for row in rows]),
        lang=optional([row.lang for row in rows]),
        notes={at: row.notes for at, row in enumerate(rows) if row.notes},
        errors={at: row.error for at, row in enumerate(rows) if row.error is not None},
        pages={at: row.page for at, row in enumerate(rows) if row.page is not None} if layout.pages else None,
    )
