"""Ids that were given more than once, counted over the whole output in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.files.paths import printable, reason_of
from cleaner.model import OutputError

ROWS_AT_ONCE = 2_000_000  # ids held as hashes in one pass, about 200 MB


@dataclass(frozen=True, slots=True)
class Duplicates:
    """How many rows bear an id that a row before bears, and the first such row."""

    rows: int = 0
    id: str | None = None
    source: str | None = None


def duplicate_ids(parts: Sequence[str], rows: int) -> Duplicates:
    """Count over the parts of a run, in order, holding 64-bit hashes of the ids and no ids.

    Over two million rows the parts are read several times, a share of the hashes each time. `OutputError`
    where a part of an earlier run is damaged.
    """
    passes = -(-rows // ROWS_AT_ONCE)
    count = 0
    first: tuple[int, str, str] | None = None
    for turn in range(passes):
        seen: set[int] = set()
        row = 0
        for part in parts:
            for name in _column(part, "id"):
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
    sources = chain.from_iterable(_column(part, "source") for part in parts)
    return next(islice(sources, row, None), None)


def _column(part: str, name: str) -> Iterator[str]:
    """A column of strings, without holding it."""
    try:
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(65_536, columns=[name], use_threads=False):
                yield from batch[name].to_pylist()
    except (pa.ArrowException, OSError) as error:
        what = f"{printable(part)}: damaged: {reason_of(error)}"
        raise OutputError(f"{what}; --fresh makes all of the output anew") from error
