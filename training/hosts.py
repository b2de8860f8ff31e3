"""Hosts that might have been: what a profile could say of texts that come from hundreds of sites.

A set of many hosts has few pages of each, one of a single host only one way of repeating itself. Here
texts are given a host of some size on which their boilerplate recurs more or less, and now and then a
run of content does: slogans, contact blocks, sources. So the scorer learns that recurrence is
evidence and no verdict.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from cleaner.profile import Seen
from cleaner.table import LineTable
from training.data import JUNK, Labelled

TEXTS = 0.6  # share of the texts that get such a host
SIZES = (6, 12, 40, 150, 400, 1000)
RECURRENCE = (0.0, 0.0, 0.01, 0.03, 0.2, 0.6, 0.95)  # share of the host's pages, by run of boilerplate
RARE = (0.0, 0.01, 0.03)  # so rare that the line may be another page's headline
SLOGANS = 0.45  # share of these texts with a run of content that recurs


def imagined(table: LineTable, documents: Sequence[Labelled], seen: Seen | None, rng: random.Random) -> Seen:
    """What a profile might say of the rows, where ``seen`` is what the set's own says."""
    rows = len(table)
    pages = seen.pages.copy() if seen is not None else np.zeros(rows, np.int64)
    others = seen.others.copy() if seen is not None else np.zeros(rows, np.int64)
    headline = seen.headline.copy() if seen is not None else np.zeros(rows, np.bool_)
    for document, first, stop in zip(
        documents, table.docs[:-1].tolist(), table.docs[1:].tolist(), strict=True
    ):
        if first == stop or rng.random() > TEXTS:
            continue
        labels = [document.labels[line] for line in table.index[first:stop].tolist()]
        size = rng.choice(SIZES)
        pages[first:stop] = size
        others[first:stop], headline[first:stop] = _recurrence(table, first, labels, size, rng)
        if rng.random() < SLOGANS:
            _slogans(table, first, labels, others, size, rng)
    return Seen(pages, others, headline)


def _recurrence(
    table: LineTable, first: int, labels: Sequence[str], size: int, rng: random.Random
) -> tuple[list[int], list[bool]]:
    others, headlines = [0] * len(labels), [False] * len(labels)
    teasers = rng.random() < 0.5
    share: float | None = None
    for at, label in enumerate(labels):
        row = first + at
        if label not in JUNK:
            share = None
            if not table.prose[row] and rng.random() < 0.015:
                others[at] = rng.choice((1, 1, 2, max(1, size // 20)))
            headlines[at] = rng.random() < 0.0015
            continue
        if share is None or rng.random() < 0.25:
            share = rng.choice(RECURRENCE)
        if rng.random() > 0.12:
            least = int(bool(share) and rng.random() < 0.5)
            others[at] = min(size, max(least, round(size * share * rng.uniform(0.7, 1.05))))
        title_like = 4 <= table.words[row] <= 20 and not table.ends_sentence[row]
        headlines[at] = teasers and share in RARE and bool(title_like) and rng.random() < 0.5
    return others, headlines


def _slogans(
    table: LineTable, first: int, labels: Sequence[str], others: np.ndarray, size: int, rng: random.Random
) -> None:
    short = [at for at, label in enumerate(labels) if label == "content" and table.words[first + at] <= 16]
    if not short:
        return
    start, share = rng.choice(short), rng.choice((0.02, 0.1, 0.3, 0.5, 0.9))
    for at in range(start, min(len(labels), start + rng.choice((1, 1, 2, 3, 4, 6)))):
        if labels[at] == "content" and table.words[first + at] <= 25:
            others[first + at] = min(size, max(1, round(size * share * rng.uniform(0.8, 1.1))))
