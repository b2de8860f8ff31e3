"""Outputs compared row by row: with another output, or with what a cleaning of now makes of their texts.

Rows of two outputs are paired by ``source``, of which a 64-bit digest and a place is held for each row of
the second (16 bytes): where both are in the same order, as outputs of the same inputs are, each row
group is read once. Texts are read only where the ledgers are not of the same source text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from cleaner import headlines
from cleaner.arrow.ledger import decoded_texts, removals_of, repairs_of
from cleaner.arrow.proof import schema_faults
from cleaner.compare import Comparison, as_decoded
from cleaner.files.outputs import Output, batches, opened
from cleaner.files.paths import printable
from cleaner.lines import Lines
from cleaner.model import Document, InputError, Removal, Repair, Result
from cleaner.pipeline import Cleaner
from cleaner.profile import Profile
from cleaner.repair import repair

_LEDGER = ("source", "status", "chars_out", "source_hash", "removals")
_TEXT = ("text", "removals", "repairs")
_OPEN_GROUPS = 2  # of the second output


class Group(NamedTuple):
    """A row group of a part: its number, and the number of its first row in the whole output."""

    part: str
    number: int
    first: int
    rows: int


def groups_of(output: Output) -> list[Group]:
    """The row groups of an output, in order; `InputError` for a part that is no output of a run."""
    groups, first = [], 0
    for part in output.parts:
        with opened(part) as file:
            if faults := schema_faults(file.schema_arrow):
                raise InputError(f"{printable(part)}: is no output of a run: {faults[0]}")
            for number in range(file.num_row_groups):
                rows = file.metadata.row_group(number).num_rows
                groups.append(Group(part, number, first, rows))
                first += rows
    return groups


class _Ledgers(NamedTuple):
    """What a comparison needs of rows, as lists."""

    source: list[str]
    status: list[str]
    chars_out: list[int]
    source_hash: list[str]
    removals: list[tuple[Removal, ...]]


class _Reader:
    """Rows of an output by their numbers, its parts held open; the last row groups read are kept."""

    def __init__(self, output: Output, stack: ExitStack):
        self.groups = groups_of(output)
        self._files = {part: stack.enter_context(opened(part)) for part in output.parts}
        self._firsts = np.array([group.first for group in self.groups], np.int64)
        self._group = lru_cache(maxsize=_OPEN_GROUPS)(self._read)

    def rows_of(self, part: str) -> int:
        """How many rows a part has."""
        return int(self._files[part].metadata.num_rows)

    def sources(self) -> Iterator[list[str]]:
        """The sources of all rows, in order."""
        for file in self._files.values():
            for batch in batches(file, ["source"]):
                yield batch["source"].to_pylist()

    def rows(self, numbers: Any, columns: tuple[str, ...]) -> pa.RecordBatch:
        """The rows of these numbers, in the order of the numbers."""
        at = np.searchsorted(self._firsts, numbers, side="right") - 1
        order = np.argsort(at, kind="stable")
        tables = []
        for number in np.unique(at).tolist():
            inside = numbers[at == number] - self._firsts[number]
            tables.append(self._group(number, columns).take(pa.array(inside)))
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        table = pa.concat_tables(tables).take(pa.array(back)).combine_chunks()
        return table.to_batches()[0]

    def _read(self, number: int, columns: tuple[str, ...]) -> pa.Table:
        group = self.groups[number]
        table = self._files[group.part].read_row_group(group.number, list(columns), use_threads=False)
        table.validate(full=True)
        return table

    def ledgers(self, numbers: Any) -> _Ledgers:
        """What a comparison needs of these rows."""
        batch = self.rows(numbers, _LEDGER)
        source, status, chars_out, digest = (batch[name].to_pylist() for name in _LEDGER[:-1])
        return _Ledgers(source, status, chars_out, digest, removals_of(batch))

    def decoded(self, number: int) -> tuple[str, list[Removal]]:
        """The decoded text of a row, and its removals as spans of that."""
        batch = self.rows(np.array([number], np.int64), _TEXT)
        [text] = decoded_texts(batch)
        return text, as_decoded(removals_of(batch)[0], repairs_of(batch)[0], text)


def compare_outputs(before: Output, after: Output, seen: Any) -> Comparison:
    """Compare two outputs, rows paired by ``source``; ``seen`` is told of rows of ``before``."""
    compared = Comparison()
    with ExitStack() as stack:
        one, other = _Reader(before, stack), _Reader(after, stack)
        index = _Index(other)
        for group in one.groups:
            ledgers = one.ledgers(np.arange(group.first, group.first + group.rows))
            places = index.find(ledgers.source)
            _compare_group(compared, one, other, group.first, ledgers, places)
            seen(group.part, group.rows, one.rows_of(group.part))
        compared.come = index.left()
    return compared


def _compare_group(
    compared: Comparison, one: _Reader, other: _Reader, first: int, ledgers: _Ledgers, places: Any
) -> None:
    theirs = other.ledgers(places[places >= 0]) if (places >= 0).any() else None
    at = -1
    for row, place in enumerate(places.tolist()):
        if place < 0:
            compared.lose(ledgers.chars_out[row])
            continue
        at += 1
        assert theirs is not None
        statuses = ledgers.status[row], theirs.status[at]
        compared.statuses[statuses] += 1
        if "failed" in statuses:
            compared.failed += 1
            continue
        source = ledgers.source[row]
        if ledgers.source_hash[row] == theirs.source_hash[at]:
            pair = ledgers.removals[row], theirs.removals[at]
        else:
            (text, mine), (other_text, others) = one.decoded(first + row), other.decoded(place)
            if text != other_text:
                compared.other_text += 1
                continue
            pair = tuple(mine), tuple(others)
        compared.kept += ledgers.chars_out[row]
        compared.kept_after += theirs.chars_out[at]
        compared.see(source, *pair)


class _Index:
    """Where the rows of an output are, by the digest of their ``source``."""

    def __init__(self, reader: _Reader):
        keys = [_key(source) for chunk in reader.sources() for source in chunk]
        unsorted = np.array(keys, np.uint64)
        self._rows = np.argsort(unsorted, kind="stable")
        self._keys = unsorted[self._rows]
        self._found = np.zeros(len(keys), bool)

    def find(self, sources: Sequence[str]) -> Any:
        """The number of the row of each source, -1 where there is none."""
        keys = np.array([_key(source) for source in sources], np.uint64)
        if not len(self._keys):
            return np.full(len(keys), -1, np.int64)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        rows = np.where(self._keys[at] == keys, self._rows[at], -1)
        self._found[rows[rows >= 0]] = True
        return rows

    def left(self) -> int:
        """How many rows were never asked for."""
        return int((~self._found).sum())


def _key(source: str) -> int:
    return int.from_bytes(blake2b(source.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def compare_cleaning(group: Group, core: Cleaner, profile: Profile | None, seen: Any) -> Comparison:
    """Compare a row group with what ``core`` makes of its decoded texts; ``seen`` is told of rows.

    The output does not tell a title that was given from one that was found. Where one that may have been
    found makes a difference, the text is cleaned without a title too, and the likelier of the two counts:
    the one that differs less.
    """
    compared = Comparison()
    with opened(group.part) as file:
        for batch in batches(file, groups=[group.number]):
            statuses = batch["status"].to_pylist()
            sound = [row for row, status in enumerate(statuses) if status != "failed"]
            compared.failed += len(statuses) - len(sound)
            if sound:
                _compare_batch(compared, batch.take(pa.array(sound, pa.int64())), core, profile)
            seen(group.part, batch.num_rows, file.metadata.num_rows)
    return compared


class _Before(NamedTuple):
    """A row as it was cleaned before: its decoded text, and what it was cleaned with and to."""

    document: Document
    source: str
    status: str
    chars_out: int
    source_hash: str
    removals: tuple[Removal, ...]
    repairs: tuple[Repair, ...]

    def against(self, result: Result) -> Comparison:
        """The comparison of this row alone."""
        before, after = self.removals, result.removals
        if result.source_hash != self.source_hash:
            text = self.document.text
            before = tuple(as_decoded(before, self.repairs, text))
            after = tuple(as_decoded(after, result.repairs, text))
        one = Comparison(kept=self.chars_out, kept_after=result.chars_out)
        one.statuses[self.status, result.status] += 1
        one.see(self.source, before, after)
        return one


def _compare_batch(
    compared: Comparison, batch: pa.RecordBatch, core: Cleaner, profile: Profile | None
) -> None:
    title, url, lang = (batch[name].to_pylist() for name in ("title", "url", "lang"))
    documents = map(Document, decoded_texts(batch), title, url, lang)
    columns = (batch[name].to_pylist() for name in ("source", "status", "chars_out", "source_hash"))
    rows = list(map(_Before, documents, *columns, removals_of(batch), repairs_of(batch)))
    results = core.clean_many([row.document for row in rows], profile)
    found = [row.against(result) for row, result in zip(rows, results, strict=True)]
    doubtful = [at for at, one in enumerate(found) if one.changed and _may_be_found(rows[at].document)]
    untitled = [rows[at].document._replace(title=None) for at in doubtful]
    for at, result in zip(doubtful, core.clean_many(untitled, profile), strict=True):
        found[at] = min(found[at], rows[at].against(result), key=lambda one: one.lost + one.regained)
    for one in found:
        compared.add(one)


def _may_be_found(document: Document) -> bool:
    """Whether a title reads as the headline of the text; which is looked for after repair."""
    return document.title == headlines.best_title(Lines(repair(document.text).source), None)
