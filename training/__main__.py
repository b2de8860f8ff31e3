"""``python -m training``: grow the scorer's trees from the development data and write rules/scorer.json.

    python -m training [--out FILE] [--folds DIR]

With --folds the scorers of cross-validation are written as well, DIR/scorer-0.json and so on, each grown
without the hosts of its fold: `benchmarks/quality.py --folds DIR` judges every text by the scorer that
has not seen its host. The same data give the same file.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import lightgbm
import numpy as np

from benchmarks.quality import eval_folder
from cleaner.evidence import NAMES
from cleaner.options import STRICTNESSES
from training.data import SETS, load
from training.lines import Lines, lines_of_set
from training.trees import exported
from training.writing import arguments, write_scorers

ROOT = Path(__file__).resolve().parent.parent
TREES = 400
PARAMETERS = {
    "objective": "binary",
    "num_leaves": 8,
    "learning_rate": 0.1,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.5,
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
PLACES = (
    "company_before",
    "company_within",
    "company_after",
    "beyond_before",
    "beyond_within",
    "beyond_after",
)


def point(
    sure: tuple[float, float],
    recurring: tuple[float, float],
    company: tuple[float, float, float],
    beyond: tuple[float, float, float],
    between: tuple[float, float],
    prose: float,
    abroad: float,
) -> dict[str, float]:
    """An operating point (`cleaner.judge.Thresholds`), in log-odds."""
    return {
        **dict(zip(("sure", "alone"), sure, strict=True)),
        **dict(zip(("recurring", "widely"), recurring, strict=True)),
        **dict(zip(PLACES, (*company, *beyond), strict=True)),
        **dict(zip(("between_before", "between_after"), between, strict=True)),
        "prose": prose,
        "abroad": abroad,
    }


POINTS = {
    "cautious": point((3.2, 4.5), (1.5, 3.0), (3.2, 3.2, 3.2), (1.5, 2.0, 1.5), (1.0, 0.0), 0.5, 0.5),
    "default": point((2.0, 3.0), (-0.5, 0.0), (1.25, 1.25, 2.5), (0.25, 0.75, 0.25), (0.0, -1.5), -1.0, 1.5),
    "thorough": point(
        (0.0, 0.7), (-1.5, -1.0), (-0.3, -0.3, -0.3), (-1.0, -1.0, -1.25), (-1.0, -3.0), -2.0, 0.75
    ),
}
"""The operating points, in log-odds (`cleaner.judge.Thresholds`), fixed on cross-validated figures."""
assert tuple(POINTS) == STRICTNESSES


HOME = ("the", "of", "and", "to", "you", "his", "its", "not", "who", "our")
"""Small words of English, which most of the texts are in; of another language few are words at all."""


def grow(lines: Lines, chosen: np.ndarray) -> dict[str, object]:
    """The scorer's file grown from the chosen lines."""
    data = lightgbm.Dataset(
        lines.evidence[chosen].astype(np.float32), lines.junk[chosen].astype(int), weight=lines.weight[chosen]
    )
    booster = lightgbm.train(PARAMETERS, data, TREES)
    return exported(booster.dump_model(), NAMES, POINTS, HOME)


def main() -> int:
    """Train and write; returns the exit code."""
    args = arguments(__doc__ or "", ROOT / "rules" / "scorer.json")
    folder = eval_folder() / "data"
    started = time.monotonic()
    parts = []
    for seed, name in enumerate(SETS):
        parts.append(lines_of_set(load(folder, name), 10 * seed))
        print(f"{name}: {len(parts[-1].junk):,} lines, {time.monotonic() - started:.0f} s", file=sys.stderr)
    lines = Lines.joined(parts)
    write_scorers(args, lambda chosen: grow(lines, chosen), lines.fold, started)
    return 0


if __name__ == "__main__":
    sys.exit(main())
