"""What each rule takes on the labelled development data: hits, misses' price, worst examples.

    python benchmarks/rule_precision.py [--set NAME ...] [--code PREFIX] [--examples N] [--misses N]

Needs the development data (see CONTRIBUTING.md); it is found at ../shared/eval/data beside the
repository or where CLEANER_EVAL says. Labels stand per line; lines are counted as taken where a
removal covers them. Confidence is put at medium, so that opt-in rules show too.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has names of the standard library: html, profile
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator

import pyarrow.parquet as pq

from cleaner.options import Options
from cleaner.pipeline import Cleaner

ROOT = Path(__file__).resolve().parent.parent
SETS = [
    "windows-dragnet",
    "windows-anoninsiders",
    "windows-flink",
    "windows-fundus",
    "windows-waddle",
    "wcxb-dev.traf_recall",
    "wcxb-dev.resili",
    "wcxb-dev.htmltext",
]
WRONG = ("content", "title")
RIGHT = ("boiler", "dup")


def data_folder() -> Path:
    folder = Path(os.environ.get("CLEANER_EVAL", ROOT.parent / "shared" / "eval")) / "data"
    if not folder.is_dir():
        sys.exit(f"no development data at {folder}; set CLEANER_EVAL")
    return folder


def documents(name: str) -> Iterator[tuple[dict, list[str]]]:
    table = pq.read_table(data_folder() / f"{name}.parquet", columns=["id", "text", "title"])
    labels = pq.read_table(data_folder() / f"{name}.labels.parquet").to_pylist()
    by_id = {row["id"]: row["labels"] for row in labels}
    for row in table.to_pylist():
        yield row, by_id.get(row["id"], [])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--set", nargs="*", default=SETS)
    parser.add_argument("--code", default="", help="only rules whose code begins so")
    parser.add_argument("--examples", type=int, default=0, help="wrongly taken lines to show per rule")
    parser.add_argument("--misses", type=int, default=0, help="boilerplate lines left, at random")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    cleaner = Cleaner(Options(confidence="medium"))
    counts: dict[str, Counter] = defaultdict(Counter)
    wrong: dict[str, list[str]] = defaultdict(list)
    misses: list[str] = []
    total: Counter = Counter()
    for name in args.set:
        for row, labels in documents(name):
            text, at = row["text"] or "", 0
            result = cleaner.clean(text, title=row["title"])
            removals = list(result.removals) if result.source == text else []
            for line, label in zip(text.split("\n"), labels, strict=False):
                end = at + len(line)
                owners = [r.rule for r in removals if r.start < end and at < r.end and line.strip()]
                total[label, bool(owners)] += len(line.split())
                for code in set(owners):
                    counts[code][label] += 1
                    if label in WRONG:
                        wrong[code].append(f"{name} {label}: {line[:150]}")
                if label in RIGHT and not owners:
                    misses.append(f"{name}: {line[:150]}")
                at = end + 1
    print(f"{'rule':9s}{'right':>7s}{'wrong':>7s}{'unscored':>9s}  precision")
    for code, count in sorted(counts.items()):
        if code.startswith(args.code):
            right, bad = (sum(count[label] for label in labels) for labels in (RIGHT, WRONG))
            share = f"{right / (right + bad):.2f}" if right + bad else "-"
            print(f"{code:9s}{right:7d}{bad:7d}{sum(count.values()) - right - bad:9d}  {share}")
            for example in random.Random(args.seed).sample(wrong[code], min(args.examples, len(wrong[code]))):
                print(f"    {example}")
    for label in (*RIGHT, *WRONG):
        gone = total[label, True] / max(1, total[label, True] + total[label, False])
        print(f"words of {label:8s} taken: {100 * gone:6.2f} %")
    for example in random.Random(args.seed).sample(misses, min(args.misses, len(misses))):
        print(f"  left  {example}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
