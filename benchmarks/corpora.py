"""Texts for the benchmarks: the development data where it is at hand, else the project's own fixtures.

The development data is found as `benchmarks/quality.py` finds it. Texts come in one fixed order.

    python benchmarks/corpora.py NAME FILE.parquet BYTES

writes one, in a process of its own: what a benchmark holds in memory would count as that of its children.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has names of the standard library: html, profile
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import os
import random
from collections.abc import Callable, Iterator
from itertools import cycle, islice

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("CLEANER_EVAL", ROOT.parent / "shared" / "eval")) / "data"
LANGUAGES = ("windows-fundus", "windows-waddle")
SEED = 20_261_125
ROW_GROUP = 5_000
SHORT = 1_000  # code points of a short document


def texts() -> Iterator[str]:
    """All texts there are, as scrapers left them, shuffled; without development data the fixtures."""
    yield from _shuffled(_column("text")) or _fixtures(clean=False)


def _clean() -> Iterator[str]:
    """Articles without residue, as people marked them."""
    yield from _shuffled(_column("gold", "windows-*.parquet")) or _fixtures(clean=True)


def _dirty() -> Iterator[str]:
    """Articles with the residue around them."""
    yield from _shuffled(_column("text", "windows-*.parquet")) or _fixtures(clean=False)


def _tenth() -> Iterator[str]:
    """Nine clean ones, one with residue, and again."""
    clean, dirty = cycle(_clean()), cycle(_dirty())
    while True:
        yield from islice(clean, 9)
        yield next(dirty)


def _languages() -> Iterator[str]:
    """Texts in other languages than English."""
    found = [text for name in LANGUAGES for text in _column("text", f"{name}.parquet")]
    yield from _shuffled(found) or _fixtures(clean=False)


def _short() -> Iterator[str]:
    """Documents of about a thousand code points."""
    kept: list[str] = []
    for text in texts():
        for line in text.split("\n"):
            kept.append(line)
            if sum(map(len, kept)) > SHORT:
                yield "\n".join(kept)
                kept = []


CORPORA: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "web": ("all texts, a third of them whole pages", texts),
    "clean": ("articles without residue", _clean),
    "a tenth dirty": ("one text in ten with residue", _tenth),
    "dirty": ("articles with the residue around them", _dirty),
    "languages": ("Greek, Russian and thirty other languages", _languages),
    "short": ("documents of a thousand characters", _short),
    "one document": ("all of it as one document", texts),
}
"""Name -> (what it is, its texts)."""


def write_corpus(name: str, path: Path, size: int) -> int:
    """Write ``id`` and ``text`` rows of about ``size`` bytes of text; returns the bytes written.

    Texts come again where there are fewer; rows are told apart by their ids.
    """
    rows: list[str] = []
    written = 0
    for text in cycle(CORPORA[name][1]()):
        rows.append(text)
        written += len(text.encode("utf-8", "surrogatepass")) + 1
        if written >= size:
            break
    if name == "one document":
        rows = ["\n".join(rows)]
    rows = [row.encode("utf-8", "replace").decode() for row in rows]
    table = pa.table({"id": [str(number) for number in range(len(rows))], "text": rows})
    pq.write_table(table, path, compression="zstd", row_group_size=ROW_GROUP)
    return text_bytes(path)


def text_bytes(path: Path) -> int:
    """Bytes of the texts of a file, in UTF-8."""
    batches = pq.ParquetFile(path).iter_batches(500, columns=["text"])
    return sum(len(text.encode()) for batch in batches for text in batch["text"].to_pylist() if text)


def _column(column: str, pattern: str = "*.parquet") -> list[str]:
    found: list[str] = []
    for path in sorted(DATA.glob(pattern)):
        file = pq.ParquetFile(path)
        if column in file.schema_arrow.names and "html.parquet" not in path.name:
            found += filter(None, file.read(columns=[column])[column].to_pylist())
    return found


def _shuffled(found: list[str]) -> list[str]:
    random.Random(SEED).shuffle(found)
    return found


def _fixtures(clean: bool) -> list[str]:
    """The documents of the project, or what they are without their residue."""
    paths = sorted((ROOT / "fixtures" / "documents").glob("*.txt"))
    chosen = (path for path in paths if path.name.endswith(".expected.txt") == clean)
    return [path.read_bytes().decode("utf-8", "replace") for path in chosen]


if __name__ == "__main__":
    print(write_corpus(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
