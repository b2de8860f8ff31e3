"""Counting a dump for its host profile in bounded memory: spill sorted pairs, count range by range.

What pages show are pairs of a key and the page it stands on. Each unit of work writes its own, sorted
and each once, into files of the run's work folder. Keys are spread evenly over 64 bits, so that a
range of keys holds about its share of the pairs and is counted by itself; what belongs to one key
comes together whatever unit it was in. The counts depend on the set of pairs alone: not on the
order of documents, the number of workers, the size of batches, units or ranges.
"""

from __future__ import annotations

import os
import sys
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, NamedTuple

import numpy as np

from cleaner.files.paths import not_written
from cleaner.profile import Profile, Sightings, counted
from cleaner.table import Ints, Keys

SPILL_PAIRS = 1 << 21
"""Pairs a unit holds before it writes them: 32 MB, four times that while they are sorted."""

RANGE_PAIRS = 1 << 21
"""Pairs that are counted together, twice that at the most: 32 MB, five times that while they are counted."""

LEAST = {"hosts": 1, "pages": 1, "lines": 2, "headlines": 1}
"""What is counted, and the number of pages from which a key is worth keeping."""

Pairs = tuple[Keys, Keys]


class Spill(NamedTuple):
    """A file of sorted pairs, each once: all keys, then all pages, 8 bytes each."""

    kind: str
    path: str
    pairs: int

    def find(self, low: int, high: int) -> tuple[int, int]:
        """From where to where the pairs stand whose keys are ``low`` or more and below ``high``."""
        with open(self.path, "rb", buffering=0) as file:

            def key_at(place: int) -> int:
                file.seek(8 * place)
                return int.from_bytes(file.read(8), sys.byteorder)

            start, stop = (bisect_left(range(self.pairs), key, key=key_at) for key in (low, high))
            return start, stop

    def read(self, start: int, stop: int) -> Pairs:
        """The pairs from one place to another."""
        keys = np.fromfile(self.path, np.uint64, stop - start, offset=8 * start)
        return keys, np.fromfile(self.path, np.uint64, stop - start, offset=8 * (self.pairs + start))


class Spiller:
    """Takes what the batches of a unit add and writes it to files whose names begin with ``base``."""

    def __init__(self, base: str, most: int = SPILL_PAIRS):
        self.spills: list[Spill] = []
        self._base, self._most = base, most
        self._held: list[Sightings] = []
        self._pairs = 0

    def add(self, seen: Sightings) -> None:
        """Hold the pairs of one batch; write all that is held where it becomes too much."""
        self._held.append(seen)
        self._pairs += len(seen.page) + len(seen.line) + len(seen.headline)
        if self._pairs >= self._most:
            self.flush()

    def flush(self) -> None:
        """Write what is held; the last call of a unit."""
        if not self._held:
            return
        host, page, line, line_page, head, head_page = map(np.concatenate, zip(*self._held, strict=True))
        self._held, self._pairs = [], 0
        self._write("hosts", host, page)
        self._write("pages", page, page)
        self._write("lines", line, line_page)
        self._write("headlines", head, head_page)

    def _write(self, kind: str, keys: Keys, pages: Keys) -> None:
        if not len(keys):
            return
        order = np.lexsort((pages, keys))
        keys, pages = keys[order], pages[order]
        fresh = np.ones(len(keys), np.bool_)
        fresh[1:] = (keys[1:] != keys[:-1]) | (pages[1:] != pages[:-1])
        path = f"{self._base}-{len(self.spills)}.{kind}"
        _write(path, keys[fresh], pages[fresh])
        self.spills.append(Spill(kind, path, int(fresh.sum())))


@dataclass(frozen=True, slots=True)
class Range:
    """A task: count the pairs of one kind whose keys are in a range, into a file at ``path``."""

    kind: str
    spills: tuple[Spill, ...]
    low: int
    high: int
    path: str
    most: int = RANGE_PAIRS


class Counts(NamedTuple):
    """A file of one range's counts: sorted keys, then the number of pages of each, 8 bytes each."""

    kind: str
    path: str
    keys: int


def ranges(spills: Sequence[Spill], folder: str, most: int = RANGE_PAIRS) -> list[Range]:
    """The ranges of all kinds, by key, each of about ``most`` pairs at the most."""
    tasks = []
    for kind in LEAST:
        some = tuple(spill for spill in spills if spill.kind == kind)
        bits = _bits(sum(spill.pairs for spill in some), most)
        for number in range(1 << bits if some else 0):
            low, high = (at << (64 - bits) for at in (number, number + 1))
            tasks.append(Range(kind, some, low, high, os.path.join(folder, f"{kind}-{number}.counts"), most))
    return tasks


def count_range(task: Range, report: object = None) -> Counts:
    """Count the pairs of one range; a task for the worker pool."""
    keys, counts = _counted(task)
    enough = counts >= LEAST[task.kind]
    keys, counts = keys[enough], counts[enough]
    _write(task.path, keys, counts.view(np.uint64))
    return Counts(task.kind, task.path, len(keys))


def _counted(task: Range) -> tuple[Keys, Ints]:
    """Keys and the number of their pages. Where a key stands on so many pages that the range is twice
    as large as it should be, the pages are taken range by range, for counts of different pages add up."""
    places = [(spill, *spill.find(task.low, task.high)) for spill in task.spills]
    bits = _bits(sum(stop - start for _, start, stop in places), 2 * task.most)
    found = []
    for number in range(1 << bits):
        some = (_of_pages(spill.read(start, stop), number, bits) for spill, start, stop in places)
        keys, pages = zip(*some, strict=True)
        found.append(counted(np.concatenate(keys), np.concatenate(pages)))
    if len(found) == 1:
        return found[0]
    unique, at = np.unique(np.concatenate([keys for keys, _ in found]), return_inverse=True)
    total = np.zeros(len(unique), np.int64)
    np.add.at(total, at, np.concatenate([counts for _, counts in found]))
    return unique, total


def _of_pages(pairs: Pairs, number: int, bits: int) -> Pairs:
    """The pairs whose pages begin with the ``bits`` of ``number``."""
    if not bits:
        return pairs
    keys, pages = pairs
    chosen = pages >> np.uint64(64 - bits) == np.uint64(number)
    return keys[chosen], pages[chosen]


def _bits(pairs: int, most: int) -> int:
    """How many bits of a key part so many pairs into pieces of about ``most``."""
    return max(0, -(-pairs // most) - 1).bit_length()


def profile_from(found: Sequence[Counts], folder: str) -> Profile:
    """The profile whose counts lie in files, in order of their ranges; its columns lie in files of
    ``folder``, mapped into memory."""
    columns = {}
    for kind in LEAST:
        base = os.path.join(folder, kind)
        columns[kind] = _joined([one for one in found if one.kind == kind], base)
    return Profile(*columns["hosts"], columns["pages"][0], *columns["lines"], *columns["headlines"])


def _joined(found: Sequence[Counts], base: str) -> tuple[Keys, Ints]:
    found = [one for one in found if one.keys]
    if not found:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    with _writing(base + ".keys") as keys, _writing(base + ".pages") as pages:
        for one in found:
            some = np.fromfile(one.path, np.uint64)
            keys.write(some[: one.keys].data)
            pages.write(some[one.keys :].data)
    return np.memmap(base + ".keys", np.uint64, "r"), np.memmap(base + ".pages", np.int64, "r")


def _write(path: str, keys: Keys, pages: Keys) -> None:
    with _writing(path) as file:
        file.write(keys.data)  # `tofile` does not say why it could not
        file.write(pages.data)


@contextmanager
def _writing(path: str) -> Iterator[IO[bytes]]:
    try:
        with open(path, "wb") as file:
            yield file
    except OSError as error:
        raise not_written(path, error) from error
