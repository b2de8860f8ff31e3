"""Lines with their evidence and their labels: what the trees are grown from."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cleaner.bench import Bench, Case
from cleaner.evidence import evidence
from cleaner.model import Document
from cleaner.options import Options
from cleaner.pipeline import Cleaner, cleaner_for
from cleaner.profile import Profile, profile_of
from cleaner.scorer import Matrix
from cleaner.table import Bools, Ints
from training.data import JUNK, KEPT, Labelled, views
from training.hosts import imagined

TOGETHER = 300  # texts in a batch
MUTE = 0.3  # share of the texts seen at random for which no rule speaks
THIN, UNKNOWN = 0.3, 0.6  # share of those for which few do, and of the lines of these that they do not know
SET_WEIGHT = 20_000  # lines of a set at which it counts as many; a larger one counts by the square root


@dataclass(frozen=True)
class Lines:
    """Lines that the judge may take and that have a label: evidence, whether boilerplate, weight, fold."""

    evidence: Matrix
    junk: Bools
    weight: np.ndarray
    fold: Ints

    @classmethod
    def joined(cls, parts: Sequence[Lines]) -> Lines:
        """Several as one."""
        return cls(
            np.concatenate([part.evidence for part in parts]),
            np.concatenate([part.junk for part in parts]),
            np.concatenate([part.weight for part in parts]),
            np.concatenate([part.fold for part in parts]),
        )


def profile_over(documents: Sequence[Labelled], cleaner: Cleaner) -> Profile:
    """The host profile of a set."""
    parts = [documents[at : at + TOGETHER] for at in range(0, len(documents), TOGETHER)]
    return profile_of([cleaner.sightings([given(one) for one in part]) for part in parts])


def lines_of_set(documents: Sequence[Labelled], seed: int) -> Lines:
    """The lines of a set in all the views of it that are trained on: as it is, with its profile and
    without one, and twice at random, once on hosts that might have been."""
    cleaner = cleaner_for(Options(evidence="rules"))  # the scorer is not there yet
    profile = profile_over(documents, cleaner)
    rng = random.Random(seed)
    parts = [
        *_lines(documents, cleaner, profile),
        *_lines(documents, cleaner, None),
        *_lines(views(documents, seed), cleaner, None, rng),
        *_lines(views(documents, seed + 1), cleaner, profile, rng, hosts=True),
    ]
    lines = Lines.joined(parts)
    size = sum(len(part.junk) for part in parts) / 4
    return replace(lines, weight=lines.weight * (SET_WEIGHT / size) ** 0.5)


def given(document: Labelled) -> Document:
    """The text as it is given to be cleaned."""
    return Document(document.text, document.title, document.url)


def _lines(
    documents: Sequence[Labelled],
    cleaner: Cleaner,
    profile: Profile | None,
    rng: random.Random | None = None,
    hosts: bool = False,
) -> list[Lines]:
    parts = (documents[at : at + TOGETHER] for at in range(0, len(documents), TOGETHER))
    return [_lines_of_batch(part, cleaner, profile, rng, hosts) for part in parts]


def _lines_of_batch(
    documents: Sequence[Labelled],
    cleaner: Cleaner,
    profile: Profile | None,
    rng: random.Random | None,
    hosts: bool,
) -> Lines:
    cases = cleaner.cases([given(document) for document in documents])
    if rng is not None:
        cases = [_as_rules_may_know_it(case, rng) for case in cases]
    same = [_same_lines(case, one) for case, one in zip(cases, documents, strict=True)]
    kept = [one for one, fits in zip(documents, same, strict=True) if fits]
    bench = Bench([case for case, fits in zip(cases, same, strict=True) if fits], profile)
    batch, table = bench.batch, bench.batch.table
    if hosts and rng is not None:
        batch = replace(batch, seen=imagined(table, kept, batch.seen, rng))
    labels = [
        kept[doc].labels[line] for doc, line in zip(table.doc.tolist(), table.index.tolist(), strict=True)
    ]
    told = np.array([label in JUNK or label in KEPT for label in labels], np.bool_)
    rows = np.flatnonzero(told & bench.open)
    junk = np.array([label in JUNK for label in labels], np.bool_)[rows]
    folds = np.array([one.fold for one in kept], np.int64)
    # a long line of content that goes is the greater harm
    harm = np.clip(np.sqrt(np.maximum(table.words[rows], 1)) / 2, 0.5, 4)
    return Lines(evidence(batch)[rows], junk, np.where(junk, 1.0, harm), folds[table.doc[rows]])


def _as_rules_may_know_it(case: Case, rng: random.Random) -> Case:
    """The same text as in a language that rules know little of, or not at all: most have few."""
    chance = rng.random()
    if chance < MUTE:
        return case._replace(points={}, sure=(), subjects={})
    if chance > MUTE + THIN:
        return case
    known = {line for line in {*case.points, *case.sure} if rng.random() > UNKNOWN}
    return case._replace(
        points={line: points for line, points in case.points.items() if line in known},
        sure=[line for line in case.sure if line in known],
        subjects={line: bits for line, bits in case.subjects.items() if line in known},
    )


def _same_lines(case: Case, document: Labelled) -> bool:
    """Whether labels count the lines as the table does: a lone CR ends no line for them."""
    return "\r" not in case.text.replace("\r\n", "\n") and case.text.count("\n") == document.text.count("\n")
