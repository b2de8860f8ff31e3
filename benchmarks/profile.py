"""Where the time goes: the share of each stage in cleaning a Parquet file, in one process.

    python benchmarks/profile.py [--mb 12] [--evidence rules] [--data FILE.parquet] [--json FILE]

The stages are the functions of the pipeline, timed where they are called (CPU time of the process, what a
stage calls in another stage taken off). Texts are those of `benchmarks/corpora.py`. The clocks themselves
cost some percent, which fall on whoever calls: shares are to be compared, not added to a speed.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has names of the standard library: html, profile
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import functools
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent

STAGES: dict[str, tuple[str, ...]] = {
    "repair": ("cleaner.pipeline:repair",),
    "lines": ("cleaner.sheet:LineTable", "cleaner.sheet:_known", "cleaner.table:LineTable.select"),
    "gate": (
        "cleaner.folds:Folded.__init__",
        "cleaner.gate:LineGate._named",
        "cleaner.gate:LineGate._units_of",
    ),
    "compile patterns": ("cleaner.exact:compile_pattern",),
    "exact patterns": ("cleaner.matcher:Matcher.match_rows",),
    "strip": ("cleaner.pipeline:find",),
    "headlines": ("cleaner.headlines:survey", "cleaner.headlines:findings_of"),
    "profile": ("cleaner.profile:Profile.seen",),
    "guards": ("cleaner.judge:Bench", "cleaner.judge:Judge._decide"),
    "evidence": ("cleaner.judge:evidence",),
    "scorer": ("cleaner.scorer:Scorer.score",),
    "cut": ("cleaner.pipeline:Cleaner._step", "cleaner.pipeline:Cleaner._put_back"),
    "results, hash": ("cleaner.pipeline:Cleaner._result",),
    "columns": ("cleaner.arrow:_output", "cleaner.arrow:_documents"),
    "write": ("cleaner.files.writer:PartWriter.write", "cleaner.files.writer:PartWriter.close"),
}
"""Stage -> the functions whose time it is, as module:name."""


class Clock:
    """CPU seconds by stage, each without what other stages took inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)
        self._inside: list[float] = []

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time booked under a stage."""

        @functools.wraps(function)
        def timed(*args: object, **kwargs: object) -> object:
            started = time.process_time()
            self._inside.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                taken = time.process_time() - started
                self.seconds[stage] += taken - self._inside.pop()
                self.calls[stage] += 1
                if self._inside:
                    self._inside[-1] += taken

        return timed

    def watch(self) -> None:
        """Put clocks on all stages; a name that is gone is an error, not a stage without time."""
        for stage, names in STAGES.items():
            for name in names:
                module, _, path = name.partition(":")
                *owners, last = path.split(".")
                holder = functools.reduce(getattr, owners, import_module(module))
                setattr(holder, last, self.timed(stage, getattr(holder, last)))


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    yield from pq.ParquetFile(path).iter_batches(1000)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--mb", type=float, default=12, help="text to clean, in 10^6 bytes")
    parser.add_argument("--evidence", choices=("all", "rules"), default="all")
    parser.add_argument("--data", type=Path, help="a Parquet file with a `text` column")
    parser.add_argument("--json", type=Path, help="write the figures here")
    args = parser.parse_args()
    from benchmarks.corpora import text_bytes, write_corpus
    from cleaner.arrow import OUTPUT_SCHEMA, clean_batch
    from cleaner.commands.work import calm_collector
    from cleaner.files.writer import PartWriter
    from cleaner.options import Options

    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        data = args.data or Path(folder) / "data.parquet"
        size = text_bytes(data) if args.data else write_corpus("web", data, int(args.mb * 1e6))
        clock.watch()
        started = time.process_time()
        read = clock.timed("read", next)
        with calm_collector(), PartWriter(str(Path(folder) / "out.parquet"), OUTPUT_SCHEMA) as part:
            source = batches(data)
            while (batch := read(source, None)) is not None:
                cleaned = clean_batch(batch.select(["id", "text"]), options=Options(evidence=args.evidence))
                if "failed" in cleaned["status"].to_pylist():
                    sys.exit("a document failed: what was timed is not cleaning")
                part.write(cleaned)
        whole = time.process_time() - started
    clock.seconds["all else"] = whole - sum(clock.seconds.values())
    print(
        f"{size / 1e6:.1f} MB of text, {whole:.1f} s of CPU: {size / 1e6 / whole:.2f} MB/s with the clocks on"
    )
    for stage, seconds in sorted(clock.seconds.items(), key=lambda item: -item[1]):
        print(
            f"{stage:18s}{100 * seconds / whole:6.1f} %{seconds:9.2f} s{clock.calls.get(stage, 0):10,d} calls"
        )
    if args.json:
        shares = {stage: seconds / whole for stage, seconds in clock.seconds.items()}
        args.json.write_text(json.dumps({"bytes": size, "cpu_s": whole, "shares": shares}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
