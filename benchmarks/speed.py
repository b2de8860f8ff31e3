"""Speed and memory of `cleaner run` as a whole process, beside a floor and a peer in the same run.

    python benchmarks/speed.py [--mb 30] [--runs 3] [--data FILE.parquet] [--json FILE]

Three commands take turns over one Parquet file of real texts: a copy of the file with zstd (the
floor), plain `ftfy.fix_text` on every row, and `cleaner run --workers 1`. Printed are medians of
CPU seconds, MB of text per CPU second, the ratio to the others, and peak memory. Without --data the
texts of the development data are used (found as `benchmarks/quality.py` does), or else the
project's own fixtures, repeated.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent

COPY = """
import sys, pyarrow.parquet as pq
source = pq.ParquetFile(sys.argv[1])
with pq.ParquetWriter(sys.argv[2], source.schema_arrow, compression="zstd", compression_level=3) as writer:
    for batch in source.iter_batches(2000):
        writer.write_batch(batch)
"""
FTFY = """
import sys, ftfy, pyarrow as pa, pyarrow.parquet as pq
source = pq.ParquetFile(sys.argv[1])
with pq.ParquetWriter(sys.argv[2], source.schema_arrow, compression="zstd", compression_level=3) as writer:
    for batch in source.iter_batches(2000):
        texts = pa.array([ftfy.fix_text(text) for text in batch["text"].to_pylist()], pa.string())
        writer.write_batch(batch.set_column(batch.schema.get_field_index("text"), "text", texts))
"""


def texts() -> Iterator[str]:
    """Real texts where the development data is at hand, else the fixtures."""
    folder = Path(os.environ.get("CLEANER_EVAL", ROOT.parent / "shared" / "eval")) / "data"
    files = [
        path
        for path in sorted(folder.glob("*.parquet"))
        if "labels" not in path.name and "html.parquet" not in path.name
    ]
    for path in files:
        for batch in pq.ParquetFile(path).iter_batches(500, columns=["text"]):
            yield from filter(None, batch["text"].to_pylist())
    if not files:
        own = [
            path.read_bytes().decode("utf-8", "replace")
            for path in sorted((ROOT / "fixtures" / "documents").glob("*.txt"))
        ]
        yield from cycle(own)


def make_data(path: Path, size: int) -> int:
    """Write ``id`` and ``text`` rows of ``size`` bytes of text at most; returns the bytes written."""
    written, rows = 0, []
    for text in texts():
        rows.append(text)
        written += len(text.encode())
        if written >= size:
            break
    table = pa.table({"id": [str(number) for number in range(len(rows))], "text": rows})
    pq.write_table(table, path, compression="zstd", row_group_size=5000)
    return written


def measure(command: list[str]) -> tuple[float, int]:
    """(CPU seconds, peak memory in bytes) of one process and its children."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed with exit code {process.returncode}: {' '.join(command[:4])}")
    unit = 1 if platform.system() == "Darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mb", type=float, default=30, help="text to clean, in 10^6 bytes")
    parser.add_argument("--runs", type=int, default=3, help="runs of each command, taking turns")
    parser.add_argument("--data", help="a Parquet file with a `text` column instead of the development data")
    parser.add_argument("--json", help="write the figures here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        data = Path(args.data) if args.data else work / "data.parquet"
        size = make_data(data, int(args.mb * 1e6)) if not args.data else text_bytes(data)
        commands = {
            "parquet copy": [sys.executable, "-c", COPY, str(data), str(work / "copy.parquet")],
            "ftfy.fix_text": [sys.executable, "-c", FTFY, str(data), str(work / "ftfy.parquet")],
            "cleaner": [
                sys.executable,
                "-m",
                "cleaner",
                "run",
                str(data),
                "--out",
                str(work / "out"),
                "--workers",
                "1",
                "--quiet",
            ],
        }
        seen: dict[str, list[tuple[float, int]]] = {name: [] for name in commands}
        for _ in range(args.runs):
            for name, command in commands.items():
                seen[name].append(measure(command))
    figures = {
        name: {
            "cpu_s": statistics.median(cpu for cpu, _ in runs),
            "mb_per_cpu_s": size / 1e6 / statistics.median(cpu for cpu, _ in runs),
            "peak_mb": max(peak for _, peak in runs) / 1e6,
        }
        for name, runs in seen.items()
    }
    own = figures["cleaner"]["mb_per_cpu_s"]
    print(f"{size / 1e6:.1f} MB of text, medians of {args.runs} runs, Python {platform.python_version()}")
    print(f"{'command':15s}{'CPU s':>8s}{'MB/s per core':>15s}{'cleaner is':>12s}{'peak MB':>9s}")
    for name, row in figures.items():
        ratio = f"{own / row['mb_per_cpu_s']:.2f} x"
        print(f"{name:15s}{row['cpu_s']:8.2f}{row['mb_per_cpu_s']:15.2f}{ratio:>12s}{row['peak_mb']:9.0f}")
    if args.json:
        Path(args.json).write_text(
            json.dumps({"bytes": size, "runs": args.runs, "figures": figures}, indent=1)
        )
    return 0


def text_bytes(path: Path) -> int:
    """Bytes of the texts of a file, in UTF-8."""
    return sum(
        len(text.encode())
        for b in pq.ParquetFile(path).iter_batches(500, columns=["text"])
        for text in b["text"].to_pylist()
        if text
    )


if __name__ == "__main__":
    sys.exit(main())
