"""The labelled development data, and the views of it that a scorer is trained on.

The texts are third-party material and no part of the repository: they are found beside it, or where
CLEANER_EVAL says. Nothing of them gets into the scorer but counts over their lines.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow.parquet as pq

from training.lists import a_list

FOLDS = 4
JUNK = frozenset(("boiler", "dup"))
KEPT = frozenset(("content", "title"))
SETS = (
    "windows-dragnet",
    "windows-anoninsiders",
    "windows-flink",
    "windows-fundus",
    "wcxb-dev.traf_recall",
    "wcxb-dev.resili",
    "wcxb-dev.htmltext",
)
"""What is trained on; `windows-waddle` is for judging only (its licence)."""

LISTED = 0.2  # share of the texts seen at random that get a list of content
HEADS = (0, 0, 1, 2, 3, 5, 8, 12)
TAILS = (0, 0, 1, 2, 4, 8, 16, 26)
"""Lines that stay before the first and after the last line of content where a text is cropped."""


@dataclass(frozen=True)
class Labelled:
    """A text with a label for each of its lines (of ``text.split("\\n")``)."""

    id: str
    text: str
    title: str | None
    url: str | None
    host: str
    labels: tuple[str, ...]
    page_type: str = "article"

    @property
    def fold(self) -> int:
        """The fold of the host: texts of one host are never parted."""
        name = self.host or self.id
        return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") % FOLDS


def load(folder: Path, name: str) -> list[Labelled]:
    """The texts of one set."""
    columns = {"id", "text", "title", "url", "host", "page_type"}
    path = folder / f"{name}.parquet"
    labels = dict(zip(*pq.read_table(folder / f"{name}.labels.parquet").to_pydict().values(), strict=True))
    rows = pq.read_table(path, columns=sorted(columns.intersection(pq.read_schema(path).names))).to_pylist()
    return [
        Labelled(
            row["id"],
            row["text"],
            row["title"] or None,
            row["url"] or None,
            row.get("host") or urlsplit(row["url"] or "").netloc,
            tuple(labels[row["id"]]),
            row["page_type"],
        )
        for row in rows
    ]


def views(documents: Sequence[Labelled], seed: int) -> list[Labelled]:
    """Each text as it might have come: whole, cropped at random, with some of its boilerplate gone
    already or all of it, with a further list, with or without its title."""
    rng = random.Random(seed)
    return [_view(document, rng) for document in documents]


def _view(document: Labelled, rng: random.Random) -> Labelled:
    make = rng.choice((_whole, _thinned, _thinned, _cropped, _cropped, _cleaned))
    keep = list(make(document.labels, rng))
    pairs = zip(document.text.split("\n"), document.labels, keep, strict=True)
    lines = [(line, label) for line, label, stays in pairs if stays]
    if rng.random() < LISTED:
        content = [at for at, (_, label) in enumerate(lines, 1) if label == "content"] or [0]
        at = content[-1] if rng.random() < 0.7 else rng.choice(content)
        lines[at:at] = [(line, "content") for line in a_list(rng)]
    text, labels = "\n".join(line for line, _ in lines), tuple(label for _, label in lines)
    return replace(document, text=text, labels=labels, title=None if rng.random() < 0.3 else document.title)


def _whole(labels: Sequence[str], rng: random.Random) -> Iterator[bool]:
    return (True for _ in labels)


def _cleaned(labels: Sequence[str], rng: random.Random) -> Iterator[bool]:
    return (label not in JUNK for label in labels)


def _cropped(labels: Sequence[str], rng: random.Random) -> Iterator[bool]:
    content = [at for at, label in enumerate(labels) if label == "content"] or [0, len(labels)]
    first, last = content[0] - rng.choice(HEADS), content[-1] + rng.choice(TAILS)
    return (first <= at <= last for at in range(len(labels)))


def _thinned(labels: Sequence[str], rng: random.Random) -> Iterator[bool]:
    """Runs of boilerplate go whole or in part, as after a first look."""
    share = rng.random()
    at = 0
    while at < len(labels):
        stop = at
        while stop < len(labels) and (labels[stop] in JUNK or (labels[stop] == "" and stop > at)):
            stop += 1
        low, high = at, at
        if rng.random() < share:
            high = stop
        elif rng.random() < 0.5:
            low, high = sorted((rng.randint(at, stop), rng.randint(at, stop)))
        yield from (not low <= place < high for place in range(at, max(stop, at)))
        if stop == at:
            yield True
            stop += 1
        at = stop
