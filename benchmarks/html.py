"""Pages in, the article out: quality, cost and memory beside bare trafilatura and readability-lxml.

    python benchmarks/html.py [--folds DIR] [--limit N] [--speed N] [--scaling N] [--json FILE]

The development pages (wcxb-dev.html.parquet) are found at ../shared/eval or where CLEANER_EVAL says. With
--folds (made by `python -m training.pages --folds DIR`) every page is extracted by a scorer that has not seen
its host: the figures to believe; without, by the shipped one, which was trained on these pages.

Quality: word F1 against the article as people marked it, by page type; *run* is their mean over 4-gram
shingles; *lost* and *left* count the benchmark's snippets wrongly lost and unwanted ones left. Before and
after are this project's extraction alone and the whole flow. Speed: processor time of the same pages in one
run and one process, each way of extraction in turn on every batch, and the ratio to bare
trafilatura.extract.
Scaling: `cleaner run` over N pages, a quarter and half of them: the peak memory of one worker, and how much
sooner two are done. readability-lxml is measured where it is installed (it asks for an older chardet than
this project: `pip install --no-deps readability-lxml cssselect`).
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has names of the standard library: html, profile
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import json
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.quality import eval_folder, scorer
from benchmarks.speed import cleaner, measure
from cleaner import clean_batch
from cleaner.decode import decode
from cleaner.extract import Page, PageError, choice
from cleaner.extract.charset import declared_in
from cleaner.extract.features import names
from cleaner.extract.words import tokens
from cleaner.model import InputError
from cleaner.options import DEFAULTS
from cleaner.pages import Extractor, Unextracted, clean_page, extractor_for
from cleaner.pipeline import cleaner_for
from cleaner.scorer import load
from training.pages import PAGES, fold_of

Row = dict[str, Any]
BATCH = 100
"""Pages in a batch: about as many as a run cleans together."""
WARM_UP = 40
"""Pages before anything is timed: rules are compiled as they are first needed."""
MODES: dict[str, dict[str, bool]] = {
    "trafilatura": {},
    "trafilatura, precision": {"favor_precision": True},
    "trafilatura, recall": {"favor_recall": True},
}
BARE = "trafilatura"
EXTRACTED, CLEANED = "cleaner, extraction alone", "cleaner"


def text_of(row: Row) -> str:
    """A page's markup as text: peers are not asked to find its charset."""
    return decode(row["html"], declared_in(row["html"])).text


def bare(mode: str) -> Callable[[Row], str]:
    """trafilatura.extract as it comes, but for the two settings this project fixes as well."""
    from trafilatura import extract

    chosen: dict[str, Any] = {"include_comments": False, "deduplicate": False, **MODES[mode]}
    return lambda row: extract(text_of(row), **chosen) or ""


def readability() -> Callable[[Row], str] | None:
    """readability-lxml, where it is installed."""
    try:
        from lxml.html import fromstring
        from readability import Document
    except ImportError:
        return None

    def article(row: Row) -> str:
        try:
            return str(fromstring(Document(text_of(row)).summary()).text_content())
        except Exception:  # it raises on pages without an article
            return ""

    return article


def extraction(row: Row) -> str:
    """This project's extraction, without what comes after it."""
    found = Extractor().extract(Page(row["html"]))
    return "" if isinstance(found, Unextracted) else found.text


def whole(row: Row) -> str:
    """The whole flow."""
    try:
        return clean_page(cleaner_for(DEFAULTS), Page(row["html"]), url=row["url"]).text
    except (PageError, InputError):
        return ""


def ways() -> dict[str, Callable[[Row], str]]:
    """All ways of extraction, by name."""
    found: dict[str, Callable[[Row], str]] = {mode: bare(mode) for mode in MODES}
    if (other := readability()) is not None:
        found["readability-lxml"] = other
    return {**found, EXTRACTED: extraction, CLEANED: whole}


def runs(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """The runs of so many words of a text, counted."""
    words = tokens(text)
    return Counter(zip(*(words[at:] for at in range(size)), strict=False)) or Counter([tuple(words)])


def run_f1(text: str, gold: str) -> float:
    """F1 over runs of four words."""
    ours, theirs = runs(text), runs(gold)
    return 2 * sum((ours & theirs).values()) / max(ours.total() + theirs.total(), 1)


def quality(rows: Sequence[Row], folds: Path | None) -> dict[str, dict[str, Any]]:
    """Figures of each way, over the rows that have an article."""
    word_f1 = scorer(eval_folder()).wf1
    found = {}
    for name, way in ways().items():
        scores: defaultdict[str, list[float]] = defaultdict(list)
        lost = left = 0
        for row in by_fold(rows, folds if name in (EXTRACTED, CLEANED) else None):
            text = way(row)
            for kind in (row["page_type"], "all"):
                scores[kind].append(word_f1(text, row["gold"])[2])
            if row["page_type"] == "article":
                scores["article runs"].append(run_f1(text, row["gold"]))
            low = text.lower()
            lost += sum(snippet.lower() not in low for snippet in row["with"])
            left += sum(snippet.lower() in low for snippet in row["without"])
        means = {kind: round(statistics.fmean(values), 4) for kind, values in sorted(scores.items())}
        found[name] = {**means, "lost": lost, "left": left}
        print(f"{name}: {found[name]}", file=sys.stderr)
    return found


def by_fold(rows: Sequence[Row], folds: Path | None) -> Any:
    """The rows, each while the scorer that has not seen its host is in place."""
    if folds is None:
        yield from rows
        return
    shipped = choice.page_scorer
    try:
        for path in sorted(folds.glob("page-scorer-*.json")):
            fold = int(path.stem.rpartition("-")[2])
            one = load(path, names())
            choice.page_scorer = lambda one=one: one  # type: ignore[assignment]
            yield from (row for row in rows if fold_of(row["id"], row["url"]) == fold)
    finally:
        choice.page_scorer = shipped


def one_by_one(way: Callable[[Row], str]) -> Callable[[Sequence[Row]], None]:
    """A way of extraction over several pages."""

    def all_of(rows: Sequence[Row]) -> None:
        for row in rows:
            way(row)

    return all_of


def together(rows: Sequence[Row]) -> None:
    """The whole flow over pages as `cleaner run` takes them, a batch at a time; extracted anew."""
    extractor_for.cache_clear()
    clean_batch(pa.table({name: [row[name] for row in rows] for name in ("html", "url")}))


def speed(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Processor seconds of each way over the same pages, batch by batch in turn, after a warm-up."""
    chosen = {name: one_by_one(way) for name, way in ways().items()} | {CLEANED: together}
    for way in chosen.values():
        way(rows[:WARM_UP])
    spent = dict.fromkeys(chosen, 0.0)
    for at in range(0, len(rows), BATCH):
        for name, way in chosen.items():
            started = time.process_time()
            way(rows[at : at + BATCH])
            spent[name] += time.process_time() - started
    return {
        name: {
            "ms a page": round(1000 * seconds / len(rows), 2),
            "pages/s/core": round(len(rows) / seconds, 1),
            "ratio": round(seconds / spent[BARE], 3),
        }
        for name, seconds in spent.items()
    }


FOLDER = """
import itertools, pathlib, sys
import pyarrow.parquet as pq

path, folder, count = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
folder.mkdir()
batches = (b for _ in itertools.count() for b in pq.ParquetFile(path).iter_batches(10, columns=["html"]))
pages = (page for batch in batches for page in batch["html"].to_pylist())
for number, data in enumerate(itertools.islice(pages, count)):
    (folder / f"{number:06d}.html").write_bytes(data + b"<!-- %d -->" % number)
"""
"""Writes so many pages, no two of the same bytes, in a process of its own: what a benchmark holds in memory
would count as that of its children."""


def scaling(count: int) -> dict[str, Any]:
    """`cleaner run` over folders of pages: the peak memory of one worker as they grow, in MB, and how much
    sooner two workers are done; whole processes, start and host profile included."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        peaks = {}
        for size in (count // 4, count // 2, count):
            pages = work / f"pages-{size}"
            measure(
                [sys.executable, "-c", FOLDER, str(eval_folder() / "data" / PAGES), str(pages), str(size)]
            )
            one = measure(cleaner(pages, work / "one"))
            peaks[size] = round(one.peak / 1e6, 1)
        two = measure(cleaner(pages, work / "two", workers=2))
        same = contents(work / "one") == contents(work / "two")
    return {
        "pages": count,
        "peak MB by pages": peaks,
        "seconds, one worker": round(one.wall, 1),
        "seconds, two workers": round(two.wall, 1),
        "times as fast": round(one.wall / two.wall, 2),
        "same bytes": same,
    }


def contents(out: Path) -> dict[str, bytes]:
    """The Parquet files of an output, by name."""
    return {path.name: path.read_bytes() for path in out.glob("*.parquet")}


def pages(limit: int | None) -> list[Row]:
    """The development pages that have an article."""
    rows = pq.read_table(eval_folder() / "data" / PAGES).to_pylist()
    return [row for row in rows if row["gold"].strip()][:limit]


def table(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Figures as a Markdown table, one line a way."""
    columns = list(dict.fromkeys(key for found in figures.values() for key in found))
    lines = [f"| way | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name, found in figures.items():
        lines.append(f"| {name} | {' | '.join(str(found.get(key, '')) for key in columns)} |")
    return "\n".join(lines)


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folds", type=Path, help="scorers of cross-validation")
    parser.add_argument("--limit", type=int, help="only the first so many pages")
    parser.add_argument("--speed", type=int, default=200, metavar="N", help="pages to time [200]")
    parser.add_argument("--scaling", type=int, default=2000, metavar="N", help="pages for `run` [2000]")
    parser.add_argument("--json", type=Path, help="keep the figures")
    args = parser.parse_args()
    figures: dict[str, Any] = {}
    if args.scaling:
        figures["scaling"] = scaling(args.scaling)
        print(*(f"{name}: {value}" for name, value in figures["scaling"].items()), sep="\n", end="\n\n")
    rows = pages(args.limit)
    if args.speed:
        figures["speed"] = speed(rows[:: max(len(rows) // args.speed, 1)])
        print(table(figures["speed"]), end="\n\n")
    figures["quality"] = quality(rows, args.folds)
    print(table(figures["quality"]))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
