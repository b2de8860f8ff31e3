"""What the training commands share: their arguments, and a scorer for all data and for each fold."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.data import FOLDS
from training.trees import write

Grow = Callable[[npt.NDArray[np.bool_]], Mapping[str, Any]]


def arguments(description: str, out: Path) -> argparse.Namespace:
    """The command line: ``out`` and ``folds``."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--folds", type=Path, help="folder for the scorers of cross-validation")
    return parser.parse_args()


def write_scorers(args: argparse.Namespace, grow: Grow, fold: npt.NDArray[np.int64], started: float) -> None:
    """Write the scorer that ``grow`` makes of all rows, and with ``args.folds`` those made without one fold
    each, under the same name with the fold's number."""
    write(args.out, grow(np.ones(len(fold), np.bool_)))
    print(f"{args.out}: {args.out.stat().st_size:,} bytes", file=sys.stderr)
    if args.folds:
        args.folds.mkdir(parents=True, exist_ok=True)
        name = Path(args.out).stem
        for number in range(FOLDS):
            write(args.folds / f"{name}-{number}.json", grow(fold != number))
            print(f"fold {number}: {time.monotonic() - started:.0f} s", file=sys.stderr)
