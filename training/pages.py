"""``python -m training.pages``: grow the scorer of a page's blocks and write rules/page-scorer.json.

    python -m training.pages [--out FILE] [--folds DIR]

The development pages come with the article as people marked it: a block is article as far as its words stand
there. With --folds the scorers of cross-validation are written as well, DIR/page-scorer-0.json and so on,
each grown without the hosts of its fold: `benchmarks/html.py --folds DIR` judges every page by one that has
not seen its host. The same data give the same file.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import lightgbm
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from benchmarks.quality import eval_folder
from cleaner.extract.blocks import layout_of
from cleaner.extract.features import names, table_of
from cleaner.extract.head import head_of, linked_data
from cleaner.extract.parsing import Page, parse
from cleaner.extract.reference import forget, reference_text
from cleaner.extract.words import tokens
from training.data import Labelled
from training.trees import exported
from training.writing import arguments, write_scorers

ROOT = Path(__file__).resolve().parent.parent
PAGES = "wcxb-dev.html.parquet"
TREES = 300
PARAMETERS = {
    "objective": "cross_entropy",  # a block may be article in part
    "num_leaves": 8,
    "learning_rate": 0.1,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "max_bin": 127,
    "seed": 1,
    "num_threads": 2,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
GRAM = 4  # words of a run by which a block is found in the article
WEIGHT_POWER = 0.6
PAGE_WEIGHT = 50.0
"""What the blocks of a page weigh together, each by its words to the power above: word F1 counts pages."""


@dataclass(frozen=True)
class Labels:
    """The blocks of all pages: their numbers, the share of each that is article, weight and fold."""

    numbers: npt.NDArray[np.int16]
    article: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]
    fold: npt.NDArray[np.int64]


def labelled(blocks: Sequence[list[str]], gold: str) -> npt.NDArray[np.float64]:
    """The share of each block's words that the article holds, told by runs of four words; a shorter block is
    article where it is a line of it, or stands in it and beside a block that is article."""
    words = tokens(gold)
    runs = set(zip(*(words[at:] for at in range(GRAM)), strict=False))
    lines = {" ".join(tokens(line)) for line in gold.split("\n")}
    flat = f" {' '.join(words)} "
    share = np.zeros(len(blocks))
    somewhere = []
    for at, block in enumerate(blocks):
        if len(block) >= GRAM:
            own = [*zip(*(block[start:] for start in range(GRAM)), strict=False)]
            share[at] = sum(run in runs for run in own) / len(own)
        elif block and (key := " ".join(block)) in lines:
            share[at] = 0.9
        elif block and f" {key} " in flat:
            somewhere.append(at)
    sure = share > 0.8
    for at in somewhere:
        share[at] = float(sure[max(0, at - 2) : at + 3].any())
    return share


def host_of(url: str) -> str:
    """The host without its first names: pages of one site are never parted."""
    return ".".join(urlsplit(url).netloc.lower().removeprefix("www.").split(".")[-2:])


def fold_of(id: str, url: str) -> int:
    """The fold of a page's host."""
    return Labelled(id, "", None, url, host_of(url), ()).fold


def _pages(path: Path) -> Iterator[tuple[npt.NDArray[np.int16], npt.NDArray[np.float64], list[int], int]]:
    """For each page with an article: its numbers, shares, words and fold."""
    for number, row in enumerate(pq.read_table(path).to_pylist(), 1):
        if not row["gold"].strip():
            continue
        parsed = parse(Page(row["html"]))
        layout = layout_of(parsed.tree)
        title = head_of(parsed.tree, parsed.markup).title or ""
        table = table_of(layout, reference_text(parsed.tree), title, linked_data(parsed.tree))
        blocks = [tokens(block.text) for block in layout.blocks]
        fold = fold_of(row["id"], row["url"])
        yield table.numbers, labelled(blocks, row["gold"]), [max(len(block), 1) for block in blocks], fold
        if number % 200 == 0:
            forget()
            print(f"{number} pages", file=sys.stderr)


def load(path: Path) -> Labels:
    """The blocks of all development pages."""
    numbers, article, weights, folds = [], [], [], []
    for table, share, words, fold in _pages(path):
        weight = np.array(words, np.float64) ** WEIGHT_POWER
        numbers.append(table)
        article.append(share)
        weights.append(PAGE_WEIGHT * weight / max(weight.sum(), 1.0))
        folds.append(np.full(len(share), fold))
    return Labels(
        np.concatenate(numbers), np.concatenate(article), np.concatenate(weights), np.concatenate(folds)
    )


def grow(labels: Labels, chosen: npt.NDArray[np.bool_]) -> dict[str, object]:
    """The scorer's file grown from the chosen blocks."""
    data = lightgbm.Dataset(
        labels.numbers[chosen].astype(np.float32), labels.article[chosen], weight=labels.weight[chosen]
    )
    booster = lightgbm.train(PARAMETERS, data, TREES)
    return exported(booster.dump_model(), names(), {})


def main() -> int:
    """Train and write; returns the exit code."""
    args = arguments(__doc__ or "", ROOT / "rules" / "page-scorer.json")
    started = time.monotonic()
    labels = load(eval_folder() / "data" / PAGES)
    print(f"{len(labels.article):,} blocks, {time.monotonic() - started:.0f} s", file=sys.stderr)
    write_scorers(args, lambda chosen: grow(labels, chosen), labels.fold, started)
    return 0


if __name__ == "__main__":
    sys.exit(main())
