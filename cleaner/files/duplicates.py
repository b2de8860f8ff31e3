"""Ids that were given more than once, counted over the whole output in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq

ROWS_AT_ONCE = 2_000_000  # ids held as hashes in one pass, about 200 MB


@dataclass(frozen=True, slots=True)
class Duplicates:
    """How many rows bear an id that a row before bears, and the first such row."""

    rows: int = 0
    id: str | None = None
    source: str | None = None


def duplicate_ids(parts: Sequence[str], rows: int) -> Duplicates:
    """Count over the parts of a run, in order, holding 64-bit hashes of the ids and no ids.

    Over two million rows the parts are read several times, a share of the hashes each time.
    """
    passes = -(-rows // ROWS_AT_ONCE)
    count = 0
    first: tuple[int, str, str] | None = None
    for turn in range(passes):
        seen: set[int] = set()
        row = 0
        for part in parts:
            with pq.ParquetFile(part) as file:
                for batch in file.iter_batches(65_536, columns=["id"], use_threads=False):
                    for name in batch["id"].to_pylist():
                        key = hash(name)
                        if key % passes == turn:
                            if key not in seen:
                                seen.add(key)
                            else:
                                count += 1
                                if first is None or row < first[0]:
                                    first = (row, name, part)
                        row += 1
    if first is None:
        return Duplicates()
    return Duplicates(count, first[1], _source_of(parts, first[0]))


def _source_of(parts: Sequence[str], row: int) -> str | None:
    for part in parts:
        with pq.ParquetFile(part) as file:
            if row >= file.metadata.num_rows:
                row -= file.metadata.num_rows
                continue
            for batch in file.iter_batches(65_536, columns=["source"], use_threads=False):
                if row < batch.num_rows:
                    source: str = batch["source"][row].as_py()
                    return source
                row -= batch.num_rows
    return None
