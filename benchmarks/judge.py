"""Speed of the judge alone, and what the host profile costs beside cleaning.

    python benchmarks/judge.py [--mb 6] [--runs 5] [--json FILE]

One process, one thread, medians of several runs. Texts are those of the development data (found as
`benchmarks/quality.py` does), or else the project's own fixtures, repeated. Printed are MB of text in UTF-8
a second: the table of lines, all evidence, scoring, the judge as a whole without and with a profile, the
counting of a profile; the share of counting in cleaning; and milliseconds for one short text.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has names of the standard library: html, profile
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from cleaner.bench import Bench
from cleaner.evidence import evidence
from cleaner.judge import judge_for
from cleaner.model import Document
from cleaner.options import Options
from cleaner.pipeline import Cleaner
from cleaner.profile import profile_of

ROOT = Path(__file__).resolve().parent.parent
TOGETHER = 100


def median(runs: int, work: Callable[[], object]) -> float:
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--mb", type=float, default=6)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures here")
    args = parser.parse_args()
    from benchmarks.corpora import texts

    documents: list[Document] = []
    size = 0
    for at, text in enumerate(texts()):
        size += len(text.encode())
        documents.append(Document(text, None, f"https://host{at % 20}.example/{at}"))
        if size > args.mb * 1e6:
            break
    mb, core, judge = size / 1e6, Cleaner(Options()), judge_for("default")
    cases = core.cases(documents)
    parts = [cases[at : at + TOGETHER] for at in range(0, len(cases), TOGETHER)]
    benches = [Bench(part, None) for part in parts]
    numbers = [evidence(bench.batch)[bench.open] for bench in benches]
    profile = profile_of([core.sightings(documents)])
    cleaning = median(1, lambda: core.clean_many(documents, profile))
    counting = median(args.runs, lambda: core.sightings(documents))
    short = [case for case in cases if 500 < len(case.text) < 3000][:20]
    figures = {
        "table": mb / median(args.runs, lambda: [Bench(part, None) for part in parts]),
        "evidence": mb / median(args.runs, lambda: [evidence(Bench(part, None).batch) for part in parts]),
        "scorer": mb / median(args.runs, lambda: [judge.scorer.score(part) for part in numbers]),
        "judge": mb / median(args.runs, lambda: judge.judge(cases)),
        "judge with a profile": mb / median(args.runs, lambda: judge.judge(cases, profile)),
        "counting": mb / counting,
    }
    lines = sum(map(len, numbers))
    print(f"{mb:.1f} MB, {len(documents):,} texts, {lines:,} lines scored; numpy {np.__version__}")
    for name, speed in figures.items():
        print(f"{name:24s}{speed:8.1f} MB/s")
    one = 1000 * median(args.runs, lambda: [judge.judge([case]) for case in short]) / max(len(short), 1)
    print(f"{'one short text':24s}{one:8.2f} ms")
    print(f"{'counting / cleaning':24s}{counting / cleaning:8.2f}")
    if args.json:
        args.json.write_text(json.dumps({**figures, "short_ms": one, "pass": counting / cleaning}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
