"""Which blocks of a page are its article.

The page scorer (``rules/page-scorer.json``, grown by ``python -m training.pages``) gives each block a
probability. Of all sets of blocks the one is kept whose word F1 against the article is expected to be
the highest: a block is worth keeping where its probability is above half the F1 that can be reached. Pages
that leave little doubt are held to even odds, so that no teaser comes along.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from cleaner.extract.features import FULL, Ints, Table, names
from cleaner.rules.pack import shipped_folder
from cleaner.scorer import ONE, Scorer, load

NAME = "page-scorer.json"
EVEN = 500
PLAIN = 0.85
"""Expected word F1 from which on a page leaves little doubt."""
LEAST_PROSE = 250
"""Thousandths of the page's prose words; where a choice keeps less, it is implausible."""
FEW_WORDS = 60
"""Words of trafilatura's text up to which a page is a short one: those the scorer knows are longer."""
MUCH_PROSE = 150
"""Words of prose a page must hold for that to be asked."""

Bools = npt.NDArray[np.bool_]


def probabilities(table: Table) -> Ints:
    """The probability of each block, in thousandths: whole numbers, so that no machine's rounding tells."""
    scores = page_scorer().score(table.numbers).astype(np.float64)
    return np.rint(FULL / (1 + np.exp(-scores / ONE))).astype(np.int64)


def choose(table: Table, chances: Ints) -> Bools:
    """The blocks to keep."""
    if not len(chances):
        return np.zeros(0, np.bool_)
    words = np.maximum(table.words, 1)
    order = np.argsort(-chances, kind="stable")
    hits = np.cumsum((chances * words)[order]) / FULL
    expected = 2 * hits / (np.cumsum(words[order]) + hits[-1])
    best = int(expected.argmax())
    if expected[best] >= PLAIN:
        kept: Bools = chances > EVEN
        if kept.any():
            return kept
    kept = np.zeros(len(chances), np.bool_)
    kept[order[: best + 1]] = chances[order[: best + 1]] > 0
    return kept


def fuller(table: Table, kept: Bools) -> Bools | None:
    """More blocks, where ``kept`` holds implausibly little of the page's prose: all of its prose outside the
    site's frame; of a page of so few words that no scorer can weigh them all sentences that trafilatura took
    there. None where nothing is amiss."""
    if table.member_words < FEW_WORDS:
        more = kept | (table.taken & ~table.framed)
        return more if (more & ~kept).any() else None
    prose = table.prose & ~table.framed
    total = int(table.words[prose].sum())
    if total < MUCH_PROSE or int(table.words[prose & kept].sum()) * FULL >= LEAST_PROSE * total:
        return None
    return kept | prose


@cache
def page_scorer() -> Scorer:
    """The shipped scorer of blocks; `ConfigError` where it is damaged."""
    return load(shipped_folder() / NAME, names())
