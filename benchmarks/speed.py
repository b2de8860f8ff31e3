"""Speed and memory of `cleaner run` as a whole process, beside a floor and peers in the same run.

    python benchmarks/speed.py [--mb 20] [--runs 3] [--corpora web,clean] [--peers PYTHON]
                               [--json FILE] [--markdown docs/performance.md]
    python benchmarks/speed.py --quick

For each corpus (`benchmarks/corpora.py`) a Parquet file is written, and commands take turns over it, one core
each: a copy with zstd (the floor), plain `ftfy.fix_text` on every row, `cleaner run` with the rules alone and
with all evidence. Printed are medians of CPU seconds as MB of text (UTF-8) a second, ratios within the run,
and peak memory. Then, over the first corpus: two workers against one, four times the data, four times the
rules.

`--peers` names the Python of an environment with `benchmarks/peers.txt` installed; datatrove's pipelines are
measured with it. `--quick` is for tests: tiny sizes, no peers; it ends with 1 where outputs do not agree.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has names of the standard library: html, profile
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent

from benchmarks.corpora import CORPORA
from benchmarks.pages import performance_page

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
DATATROVE = """
import sys, pyarrow.parquet as pq
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters import C4QualityFilter
from datatrove.pipeline.formatters import FTFYFormatter
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import ParquetWriter
folder, name = sys.argv[1].rsplit("/", 1)
steps = [ParquetReader(folder, glob_pattern=name), FTFYFormatter(), *([C4QualityFilter()] if %r else [])]
steps.append(ParquetWriter(sys.argv[2], compression="zstd"))
settings = {"tasks": 1, "workers": 1, "skip_completed": False, "logging_dir": sys.argv[2] + "/logs"}
LocalPipelineExecutor(pipeline=steps, **settings).run()
"""
COLUMNS = ("id", "text", "status", "removals", "repairs")
START = "import ftfy, regex, numpy"


@dataclass(frozen=True)
class Used:
    """What one process and its children took: CPU and wall seconds, peak memory in bytes."""

    cpu: float
    wall: float
    peak: int


def measure(command: Sequence[str]) -> Used:
    """Run a command to its end; exits with its last words where it fails."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines()[-3:]
            sys.exit(f"exit code {process.returncode} of {' '.join(command[:6])}: {' '.join(said)}")
    unit = 1 if platform.system() == "Darwin" else 1024
    return Used(usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss * unit)


def corpus(name: str, path: Path, size: int) -> int:
    """Write a corpus; returns its bytes."""
    command = [sys.executable, str(ROOT / "benchmarks" / "corpora.py"), name, str(path), str(size)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def median(runs: Sequence[Used]) -> Used:
    return Used(
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        max(run.peak for run in runs),
    )


def cleaner(data: Path, out: Path, *options: str, workers: int = 1) -> list[str]:
    run = [
        sys.executable,
        "-m",
        "cleaner",
        "run",
        str(data),
        "--out",
        str(out),
        "--fresh",
        "--overwrite",
        "--quiet",
    ]
    return [*run, "--workers", str(workers), *options]


def corpus_figures(name: str, work: Path, size: int, runs: int, peers: str | None) -> dict[str, Any]:
    """All commands over one corpus."""
    data = work / f"{name.replace(' ', '-')}.parquet"
    written = corpus(name, data, size)
    python = [sys.executable, "-c"]
    commands = {
        "copy": [*python, COPY, str(data), str(work / "copy.parquet")],
        "ftfy.fix_text": [*python, FTFY, str(data), str(work / "ftfy.parquet")],
        "cleaner, rules": cleaner(data, work / "rules", "--evidence", "rules"),
        "cleaner": cleaner(data, work / "out"),
    }
    if peers:
        for label, c4 in (("datatrove, ftfy", False), ("datatrove, ftfy and C4", True)):
            out = work / f"{data.stem}-{label.replace(' ', '-')}"
            commands[label] = [peers, "-c", DATATROVE % c4, str(data), str(out)]
    first = measure(commands["cleaner, rules"])  # which compiles the patterns that the texts call up
    seen: dict[str, list[Used]] = {label: [] for label in commands}
    for _ in range(runs):
        for label, command in commands.items():
            seen[label].append(measure(command))
    figures = {label: _figure(written, median(used)) for label, used in seen.items()}
    more = first.cpu / figures["cleaner, rules"]["cpu_s"]
    return {"bytes": written, "what": CORPORA[name][0], "commands": figures, "first_run": more}


def _figure(size: int, used: Used) -> dict[str, float]:
    return {"cpu_s": used.cpu, "mb_per_cpu_s": size / 1e6 / used.cpu, "peak_mb": used.peak / 1e6}


def growth_figures(name: str, work: Path, size: int, runs: int) -> dict[str, float]:
    """Ratios: two workers against one (wall, over the larger file), four times the data, four times the rules
    (CPU): in the first run, which counts their patterns through, and later."""
    small, large = work / "small.parquet", work / "large.parquet"
    sizes = corpus(name, small, size), corpus(name, large, 4 * size)
    more = [option for file in copied_rules(work, 3) for option in ("--rules", str(file))]
    commands = {
        "small": cleaner(small, work / "one"),
        "large": cleaner(large, work / "four"),
        "two": cleaner(large, work / "two", workers=2),
        "rules": cleaner(small, work / "rules", "--evidence", "rules"),
        "more": cleaner(small, work / "more", "--evidence", "rules", *more),
    }
    first = measure(commands["more"])
    used = {label: median([measure(command) for _ in range(runs)]) for label, command in commands.items()}
    return {
        "large_mb": sizes[1] / 1e6,
        "two_workers": used["large"].wall / used["two"].wall,
        "data": sizes[1] / sizes[0],
        "time_for_data": used["large"].cpu / used["small"].cpu,
        "memory_for_data": used["large"].peak / used["small"].peak,
        "time_for_four_times_the_rules": used["more"].cpu / used["rules"].cpu,
        "first_time_for_four_times_the_rules": first.cpu / used["rules"].cpu,
    }


def copied_rules(work: Path, times: int) -> list[Path]:
    """Packs that hold the shipped rules for lines so often once more, as rules on trial: they are asked and
    take nothing. Each time in two packs, for a pack holds only so many patterns."""
    packs = [tomllib.loads(path.read_text("utf-8")) for path in sorted((ROOT / "rules").glob("*.toml"))]
    rules = [rule for pack in packs for rule in pack["rule"] if rule.get("scope", "line") == "line"]
    rules = [rule for rule in rules if "any" in rule]
    files = []
    for at in range(2 * times):
        prefix = f"CP{chr(ord('A') + at)}"
        parts = [f'[pack]\nname = "copies-{at + 1}"\nprefix = "{prefix}"\n']
        for number, rule in enumerate(rules[at % 2 :: 2], 1):
            kept = {key: rule[key] for key in _COPIED if key in rule}
            fields = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in kept.items()]
            head = f'[[rule]]\ncode = "{prefix}{number:03d}"\nname = "copy {number}"\nwhy = "To measure."\n'
            parts.append(head + 'confidence = "trial"\n' + "".join(fields))
        files.append(work / f"{prefix}.toml")
        files[-1].write_text("\n".join(parts), encoding="utf-8")
    return files


_COPIED = ("at", "any", "all", "unless", "max_words", "min_words")


def start_figures(runs: int, work: Path) -> dict[str, float]:
    """CPU seconds from nothing to the result of one small text, beside the imports of its libraries."""
    text = work / "small.txt"
    text.write_text("The boat left at seven.\n\nAlso Read: Why the dam failed\n", encoding="utf-8")
    explain = [sys.executable, "-m", "cleaner", "explain", "--json", str(text)]
    floor = [sys.executable, "-c", START]
    seen: dict[str, list[Used]] = {"floor": [], "explain": []}
    for _ in range(runs):
        seen["floor"].append(measure(floor))
        seen["explain"].append(measure(explain))
    return {f"{name}_cpu_s": median(used).cpu for name, used in seen.items()}


def quick(work: Path) -> list[str]:
    """Every path once, on little; what did not come out as it should."""
    wrong: list[str] = []
    for name in ("clean", "dirty", "languages", "one document"):
        found = corpus_figures(name, work, 60_000, 1, None)
        rows = _rows(work / "out")
        if not rows.equals(_rows_again(work, name)):
            wrong.append(f"{name}: two workers and one do not agree")
        if any(figure["cpu_s"] <= 0 for figure in found["commands"].values()):
            wrong.append(f"{name}: a command took no time")
    growth_figures("dirty", work, 60_000, 1)
    if _rows(work / "more").select(["text"]) != _rows(work / "rules").select(["text"]):
        wrong.append("rules on trial changed a text")
    start_figures(1, work)
    return wrong


def _rows_again(work: Path, name: str) -> pa.Table:
    measure(cleaner(work / f"{name.replace(' ', '-')}.parquet", work / "again", workers=2))
    return _rows(work / "again")


def _rows(folder: Path) -> pa.Table:
    return pa.concat_tables(
        pq.read_table(path, columns=list(COLUMNS)) for path in sorted(folder.glob("part-*"))
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--mb", type=float, default=20, help="text in each corpus, in 10^6 bytes")
    parser.add_argument("--runs", type=int, default=3, help="runs of each command, taking turns")
    parser.add_argument("--corpora", default=",".join(CORPORA), help="which, with commas between")
    parser.add_argument("--peers", help="the Python of an environment with benchmarks/peers.txt")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--markdown", type=Path, help="write the page of the documentation here")
    parser.add_argument("--quick", action="store_true", help="every path once, on little; for tests")
    args = parser.parse_args()
    names = args.corpora.split(",")
    if unknown := set(names) - set(CORPORA):
        parser.error(f"no such corpus: {', '.join(sorted(unknown))}; there are {', '.join(CORPORA)}")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # users' bytecode is cached
        os.environ["CLEANER_CACHE"] = str(work / "kept")  # no rules that an earlier run counted through
        if args.quick:
            wrong = quick(work)
            print("\n".join(wrong) or "all paths ran, all outputs agree")
            return 1 if wrong else 0
        figures: dict[str, Any] = {
            "python": platform.python_version(),
            "runs": args.runs,
            "cores": os.cpu_count(),
        }
        figures["date"], figures["machine"] = time.strftime("%Y-%m-%d"), platform.machine()
        figures["corpora"] = {}
        for name in names:
            found = corpus_figures(name, work, int(args.mb * 1e6), args.runs, args.peers)
            figures["corpora"][name] = found
            _print(name, found)
        figures["growth"] = growth_figures(names[0], work, int(args.mb * 1e6 * 3 / 4), args.runs)
        figures["start"] = start_figures(args.runs, work)
        print(json.dumps({key: figures[key] for key in ("growth", "start")}, indent=1))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))
    if args.markdown:
        args.markdown.write_text(performance_page(figures), encoding="utf-8")
    return 0


def _print(name: str, found: dict[str, Any]) -> None:
    print(f"\n{name}: {found['what']}, {found['bytes'] / 1e6:.1f} MB")
    commands = found["commands"]
    own = commands["cleaner"]["mb_per_cpu_s"]
    print(f"{'command':24s}{'CPU s':>8s}{'MB/s per core':>15s}{'cleaner is':>12s}{'peak MB':>9s}")
    for label, row in commands.items():
        ratio = f"{own / row['mb_per_cpu_s']:.2f} x"
        print(f"{label:24s}{row['cpu_s']:8.2f}{row['mb_per_cpu_s']:15.2f}{ratio:>12s}{row['peak_mb']:9.0f}")


if __name__ == "__main__":
    sys.exit(main())
