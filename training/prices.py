"""``python -m training.prices --folds DIR``: what a step of each threshold takes and what it costs.

    python -m training.prices --folds DIR [--set NAME ...]

For lines in each company (`cleaner.judge.Thresholds`) and each score from which on they would go: the share
of the boilerplate words that they hold, the share of the content words, and the share of the words of
clean text (the article as people marked it, given as input), each in percent and as the mean over the sets.
Scores are those of the scorers that have not seen a text's host (``python -m training --folds DIR``); of a
text one look is counted, as it is before anything was cut. The operating points are read off these tables.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.quality import eval_folder
from cleaner.bench import Bench
from cleaner.evidence import NAMES, evidence
from cleaner.judge import Judge
from cleaner.options import Options
from cleaner.pipeline import Cleaner, cleaner_for
from cleaner.profile import Profile
from cleaner.scorer import ONE
from cleaner.scorer import load as load_scorer
from cleaner.table import Bools, Ints
from training.data import FOLDS, JUNK, SETS, Labelled, load
from training.lines import TOGETHER, given, profile_over

SCORES = np.arange(-3.0, 3.01, 0.5)
PLACES, COMPANIES = ("before", "within", "after"), ("alone", "company", "beyond", "between")
KINDS = (*(f"{company}_{place}" for company in COMPANIES for place in PLACES), "prose", "recurring", "widely")
TAKEN, LOST, CLEAN = range(3)


def kinds_of(judge: Judge, bench: Bench, scores: Ints) -> Ints:
    """The company of each row, as a place in `KINDS`."""
    sure = judge.sure_by_itself(bench, scores)
    company = (bench.per_text(sure.astype(np.int64)) > 0)[bench.doc].astype(np.int64)
    company = np.where(bench.beyond(sure), 2, company)
    company = np.where(bench.between(sure), 3, company)
    place = np.where(bench.before, 0, np.where(bench.after, 2, 1))
    kinds = len(PLACES) * company + place
    prose = bench.batch.table.prose & (company > 0) & (bench.before | bench.after)
    kinds = np.where(prose, KINDS.index("prose"), kinds)
    recurring = np.where(bench.on_large_host, KINDS.index("widely"), KINDS.index("recurring"))
    return np.where(bench.recurring, recurring, kinds)


def scored(
    documents: Sequence[Labelled], judges: Sequence[Judge], cleaner: Cleaner, profile: Profile
) -> Iterator[tuple[Sequence[Labelled], Bench, Ints, Ints]]:
    """(texts of one fold, their bench, the rows that are open and the company of each, their scores)."""
    for fold, judge in enumerate(judges):
        chosen = [document for document in documents if document.fold == fold]
        for at in range(0, len(chosen), TOGETHER):
            part = chosen[at : at + TOGETHER]
            bench = Bench(cleaner.cases([given(one) for one in part]), profile)
            scores = judge.scores(bench, evidence(bench.batch))
            yield part, bench, kinds_of(judge, bench, scores), scores


def prices(folder: Path, name: str, judges: Sequence[Judge]) -> np.ndarray:
    """Shares in percent for one set, shape (kinds, scores, 3)."""
    cleaner = cleaner_for(Options(evidence="rules"))
    documents = load(folder, name)
    found = np.zeros((len(KINDS), len(SCORES), 3))
    total = np.ones(3)
    gold = dict(
        zip(
            *pq.read_table(folder / f"{name}.parquet", columns=["id", "gold"]).to_pydict().values(),
            strict=True,
        )
    )
    clean = [replace(one, text=gold[one.id], labels=()) for one in documents]
    for texts in (documents, clean):
        for part, bench, kinds, scores in scored(texts, judges, cleaner, profile_over(texts, cleaner)):
            table = bench.batch.table
            junk, content = told(part, bench)
            columns = ((CLEAN, ~junk),) if texts is clean else ((TAKEN, junk), (LOST, content))
            for column, rows in columns:
                total[column] += table.words[rows].sum()
                step = np.searchsorted(SCORES, scores / ONE, side="right") - 1
                counted = rows & bench.open & (step >= 0)
                np.add.at(found[:, :, column], (kinds[counted], step[counted]), table.words[counted])
    return 100 * found[:, ::-1].cumsum(axis=1)[:, ::-1] / total


def told(part: Sequence[Labelled], bench: Bench) -> tuple[Bools, Bools]:
    """(rows of boilerplate, rows of content), by the labels of texts of articles."""
    labels = [
        part[doc].labels[line] if part[doc].labels and part[doc].page_type == "article" else ""
        for doc, line in zip(bench.doc.tolist(), bench.batch.table.index.tolist(), strict=True)
    ]
    junk = np.array([label in JUNK for label in labels], np.bool_)
    return junk, np.array([label == "content" for label in labels], np.bool_)


def main() -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--folds", type=Path, required=True, help="folder with the scorers of cross-validation"
    )
    parser.add_argument("--set", nargs="*", choices=SETS, default=list(SETS))
    args = parser.parse_args()
    files = [args.folds / f"scorer-{fold}.json" for fold in range(FOLDS)]
    judges = [Judge(load_scorer(file, NAMES), "default") for file in files]
    folder = eval_folder() / "data"
    mean = np.mean([prices(folder, name, judges) for name in args.set], axis=0)
    print("boilerplate that goes / content that is lost / clean text that is lost, %, from a score on:")
    print(f"{'':16s}" + "".join(f"{score:>18.1f}" for score in SCORES))
    for kind, rows in zip(KINDS, mean, strict=True):
        print(f"{kind:16s}" + "".join(f"{'/'.join(f'{one:.3f}' for one in row):>18s}" for row in rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
