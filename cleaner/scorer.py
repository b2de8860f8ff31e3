"""The scorer: gradient-boosted trees over the table of evidence, as data, evaluated with numpy alone.

Values are whole numbers (units of 2^-16 of a log-odds) and sums of them exact, so that a line has the same
score on every machine and in any batch. The file is JSON: readable, diffable, nothing in it runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaner.model import ConfigError

FORM = 2
"""Version of the file's form."""

ONE = 1 << 16
"""A log-odds of 1."""

NAME = "scorer.json"
CHUNK = 1024  # rows that are scored together: what their nodes say stays in the processor's cache
FEW = 1_000  # rows for which no tables of bins are made
LEAVES = 8
WAYS = 1 << (LEAVES - 1)
"""What a row may say to the seven nodes of a tree."""
LEAST, MOST = -1, 30_000
"""No number of evidence is smaller, none larger."""

Scores = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.int16]
Bytes = npt.NDArray[np.uint8]


class _Room:
    """Arrays of (trees, rows) that each chunk of rows fills anew: made once, for new memory costs more than
    what is done in it."""

    def __init__(self, trees: int, rows: int):
        self._arrays = [np.empty(trees * rows, kind) for kind in (np.uint8, np.uint8, np.int64, np.int64)]
        self._trees = trees

    def of(self, rows: int) -> list[npt.NDArray[Any]]:
        """The arrays for so many rows."""
        return [array[: self._trees * rows].reshape(self._trees, rows) for array in self._arrays]


@dataclass(frozen=True)
class Scorer:
    """Trees of at most eight leaves. Each tree has seven nodes, in any order: ``feature`` (index of a
    column), ``threshold`` (rows of at most so much go left), ``left`` (bit mask of the leaves under the
    node's left branch, leaves numbered from the left) and ``under`` (of all leaves under it); shape
    (trees, 7). ``leaf``: values; ``inner``: the mean value under each node.

    ``points`` are the operating points: name -> thresholds (see `cleaner.judge`). ``home`` are small words of
    the language that most texts were in of which the trees were grown.
    """

    features: tuple[str, ...]
    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.int64]
    left: npt.NDArray[np.uint8]
    under: npt.NDArray[np.uint8]
    leaf: Scores
    inner: Scores
    points: Mapping[str, Mapping[str, int]]
    digest: str
    home: tuple[str, ...] = ()

    @cached_property
    def _bins(self) -> tuple[list[tuple[int, Scores]], npt.NDArray[np.int64], Bytes]:
        """(columns used, each with the values that part its bins, row of the binned matrix of each node,
        its bin)."""
        used: list[tuple[int, Scores]] = []
        at = np.zeros(self.feature.size, np.int64)
        bins = np.zeros(self.feature.size, np.uint8)
        flat, limits = self.feature.ravel(), self.threshold.ravel()
        for column in sorted(set(flat.tolist())):
            here = flat == column
            steps = np.array(sorted(set(limits[here].tolist())), np.int64)
            at[here] = len(used)
            bins[here] = np.searchsorted(steps, limits[here])
            used.append((column, steps))
        return used, at, bins

    @cached_property
    def _bin_of(self) -> list[Bytes]:
        """Of each column used the bin of every value there may be."""
        tables: list[Bytes] = []
        for _, steps in self._bins[0]:
            starts = np.zeros(MOST - LEAST + 2, np.uint8)
            starts[np.minimum(steps + 1, MOST + 1) - LEAST] = 1
            tables.append(np.cumsum(starts, dtype=np.uint8))
        return tables

    def _binned(self, part: Matrix, few: bool) -> Bytes:
        """The bins of some rows, shape (columns used, rows): looked up in tables, which cost as much as a
        thousand rows, or searched where there are ``few``."""
        used = self._bins[0]
        binned = np.empty((len(used), len(part)), np.uint8)
        for row, (column, steps) in enumerate(used):
            if few:
                binned[row] = np.searchsorted(steps, part[:, column])
            else:
                places = part[:, column] - np.int64(LEAST)
                np.take(self._bin_of[row], places, out=binned[row], mode="clip")
        return binned

    def score(self, evidence: Matrix) -> Scores:
        """The log-odds (in units of 1 / `ONE`) of each row, shape (rows,)."""
        scores = np.zeros(len(evidence), np.int64)
        _, at, limits = self._bins
        few = len(evidence) < FEW and "_bin_of" not in self.__dict__
        trees, nodes = self.feature.shape
        at, limits = at.reshape(trees, nodes).T, limits.reshape(trees, nodes).T
        first = (np.arange(trees) * WAYS).reshape(-1, 1)
        room = _Room(trees, min(CHUNK, len(evidence)))
        for start in range(0, len(evidence), CHUNK):
            part = evidence[start : start + CHUNK]
            binned = self._binned(part, few)
            right, ways, places, values = room.of(len(part))
            ways.fill(0)
            for node in range(nodes):  # one of each tree
                np.take(binned, at[node], axis=0, out=right, mode="clip")  # any other mode copies
                np.greater(right, limits[node][:, None], out=right.view(np.bool_))
                ways += ways
                ways |= right
            np.add(ways, first, out=places)
            np.take(self._values, places, out=values, mode="clip")
            scores[start : start + CHUNK] = values.sum(axis=0)
        return scores

    @cached_property
    def _values(self) -> Scores:
        """For each tree the value of each way through it: bits tell, the last node's lowest, at which nodes a
        row goes right. One that does leaves what is on the left; of the leaves still possible it is in the
        leftmost."""
        trees, nodes = self.feature.shape
        ways = np.arange(WAYS, dtype=np.uint8)
        leaves = np.full((trees, WAYS), 255, np.uint8)
        for node in range(nodes):
            right = (ways >> np.uint8(nodes - 1 - node)) & np.uint8(1)
            leaves &= (right - np.uint8(1)) | ~self.left[:, node, None]
        return np.take_along_axis(self.leaf, _LOWEST[leaves], axis=1).ravel()

    def reasons(self, row: Matrix) -> Scores:
        """What each feature adds to the score of one row: the steps of value on its way through
        each tree (Saabas' method), shape (features,)."""
        found = np.zeros(len(self.features), np.int64)
        for tree in range(len(self.feature)):
            alive, reached = 255, -1
            value = 0
            while True:
                node = self._next(tree, alive)
                if node is None:
                    break
                if reached >= 0:
                    found[self.feature[tree, reached]] += int(self.inner[tree, node]) - value
                value, reached = int(self.inner[tree, node]), node
                goes_left = row[self.feature[tree, node]] <= self.threshold[tree, node]
                branch = int(self.left[tree, node])
                under = int(self.under[tree, node])
                alive = branch if goes_left else under & ~branch
            if reached >= 0:
                leaf = int(self.leaf[tree, int(_LOWEST[alive])])
                found[self.feature[tree, reached]] += leaf - value
        return found

    def _next(self, tree: int, alive: int) -> int | None:
        """The node whose leaves are exactly those still possible (at the root: the most)."""
        under = self.under[tree]
        whole = int(np.bitwise_or.reduce(under))
        wanted = alive & whole
        match = np.flatnonzero(under == wanted)
        return int(match[0]) if len(match) and wanted & (wanted - 1) else None


_LOWEST = np.array([0, *((n & -n).bit_length() - 1 for n in range(1, 256))], np.int64)


def load(path: Path, features: Sequence[str]) -> Scorer:
    """Read a scorer that was trained on ``features``, in whatever order.

    Raises `ConfigError` for a file that is damaged, of another form or of other features.
    """
    try:
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return _scorer(table, tuple(features))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        reason = str(error) if isinstance(error, _UnfitError) else "damaged, or no scorer"
        raise ConfigError(
            f"{path}: {reason}; install the package anew, or train it: docs/judge.md"
        ) from error


class _UnfitError(ValueError):
    """A scorer that is whole and cannot be used."""


def _scorer(table: dict[str, Any], features: tuple[str, ...]) -> Scorer:
    if table["form"] != FORM:
        raise _UnfitError(f"a scorer of form {table['form']!r}; this version reads form {FORM}")
    if other := sorted(set(table["features"]) ^ set(features)):
        raise _UnfitError(f"made for other features than this version has ({', '.join(other[:3])})")
    if table["digest"] != digest_of(table):
        raise _UnfitError("damaged: its digest does not fit what it holds")
    trees = table["trees"]
    arrays = {
        name: np.array([tree[name] for tree in trees], np.int64).reshape(len(trees), width)
        for name, width in (
            ("feature", 7),
            ("threshold", 7),
            ("left", 7),
            ("under", 7),
            ("inner", 7),
            ("leaf", 8),
        )
    }
    if len(trees) and (arrays["feature"].min() < 0 or arrays["feature"].max() >= len(features)):
        raise _UnfitError("damaged: a tree asks for a feature that there is not")
    columns = np.array([features.index(name) for name in table["features"]], np.int64)
    return Scorer(
        features,
        feature=columns[arrays["feature"]],
        threshold=arrays["threshold"],
        left=arrays["left"].astype(np.uint8),
        under=arrays["under"].astype(np.uint8),
        leaf=arrays["leaf"],
        inner=arrays["inner"],
        points=table["points"],
        digest=table["digest"],
        home=tuple(map(str.casefold, table["home"])),
    )


def digest_of(table: Mapping[str, Any]) -> str:
    """SHA-256 of what decides scores, as lower-case hex."""
    told = {name: table[name] for name in ("form", "features", "home", "points", "trees")}
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
