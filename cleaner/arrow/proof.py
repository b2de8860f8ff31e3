"""The proof of the ledger, a batch of output rows at a time: what the contract says of a row, held
against what the row says.

Counts and places are compared column by column. What has to be done row by row is the one thing that
proves that nothing is lost: ``text`` and ``removals`` are put together and their SHA-256 is held against
``source_hash``. Texts that are ASCII are never decoded for it, their bytes are hashed where they lie.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleaner.arrow import OUTPUT_SCHEMA
from cleaner.arrow.ledger import visible
from cleaner.lines import INVISIBLE
from cleaner.model import DECODE_NOTE, Removal, Status, rebuild

REQUIRED = ("id", "source", "text", "status", "chars_in", "chars_out", "source_hash", "repairs", "removals")
"""Columns of the contract that hold no null."""

_STATUSES = get_args(Status)

Mask = Any
"""A numpy array of bool, one for each row (`True`: the row breaks the rule)."""


class Fault(NamedTuple):
    """What does not hold: of the row at ``row`` (from 0 in its batch), in words that name the columns."""

    row: int
    what: str


def schema_faults(schema: pa.Schema) -> list[str]:
    """What is wrong with the columns of a file: the contract's stand first, in order, each of its type.

    >>> schema_faults(pa.schema([("id", pa.string())]))[0]
    'column `source` is missing'
    """
    faults = []
    for at, field in enumerate(OUTPUT_SCHEMA):
        place = schema.get_field_index(field.name)
        if place < 0:
            faults.append(f"column `{field.name}` is missing")
        elif not schema.field(place).type.equals(field.type):
            faults.append(f"column `{field.name}` is {schema.field(place).type}, not {field.type}")
        elif place != at:
            faults.append(f"column `{field.name}` is column {place + 1}, not {at + 1}")
    return faults


def row_faults(batch: pa.RecordBatch) -> list[Fault]:
    """What is wrong with the rows of a batch that has the contract's columns, in order of rows.

    A row whose places are wrong is not put together: it is told of once.
    """
    nulls = [(f"`{name}`", _flags(pc.is_null(batch[name]))) for name in REQUIRED]
    nulls += [(f"a place in `{name}`", _holds_null(batch[name])) for name in ("repairs", "removals")]
    faults = [Fault(int(row), f"{name} is null") for name, flags in nulls for row in np.flatnonzero(flags)]
    if faults:
        whole = ~np.logical_or.reduce([flags for _, flags in nulls])
        rest = np.flatnonzero(whole)
        kept = row_faults(batch.filter(pa.array(whole))) if len(rest) else []
        return sorted([*faults, *(Fault(int(rest[fault.row]), fault.what) for fault in kept)])
    faults = [
        Fault(int(row), what) for what, broken in _column_rules(batch) for row in np.flatnonzero(broken)
    ]
    faults += _status_faults(batch)
    doubtful = {fault.row for fault in faults}
    faults += [
        Fault(row, "`text` and `removals` together are not the source text of `source_hash`")
        for row in _other_hashes(batch, doubtful)
    ]
    return sorted(faults)


def rows_under_other(batch: pa.RecordBatch, codes: Collection[str]) -> list[tuple[int, str]]:
    """Rows with a removal under a code that is none of ``codes``, each with the first such code; one
    without a code is told of by `row_faults`."""
    removals = _Spans(batch["removals"], "text")
    rules = batch["removals"].flatten().field("rule")
    other = pc.invert(pc.fill_null(pc.is_in(rules, pa.array(sorted({"", *codes}), pa.string())), False))
    found: dict[int, str] = {}
    for at in np.flatnonzero(_flags(other)):
        found.setdefault(int(removals.row[at]), str(rules[int(at)].as_py()))
    return list(found.items())


def _holds_null(column: pa.ListArray) -> Mask:
    """Rows with a span of which something is null."""
    flat, broken = column.flatten(), np.zeros(len(column), bool)
    rows = _numbers(pc.list_parent_indices(column))
    for part in (flat, *(flat.field(at) for at in range(flat.type.num_fields))):
        broken[rows[_flags(pc.is_null(part))]] = True
    return broken


def _column_rules(batch: pa.RecordBatch) -> Iterator[tuple[str, Mask]]:
    """Rules on counts and places, each with the rows that break it."""
    chars_in, chars_out = (_numbers(batch[name]) for name in ("chars_in", "chars_out"))
    yield "`chars_out` is not the length of `text`", chars_out != _numbers(pc.utf8_length(batch["text"]))
    removals = _Spans(batch["removals"], "text")
    taken = np.bincount(removals.row, removals.end - removals.start, batch.num_rows)
    yield "`chars_in` is not `chars_out` and the removals together", chars_in != chars_out + taken
    lengths = _numbers(pc.utf8_length(removals.text))
    yield (
        "a removal's `text` is not as long as its span",
        removals.rows(lengths != removals.end - removals.start),
    )
    yield "a removal is empty", removals.rows(removals.end <= removals.start)
    yield "a removal names no rule", removals.rows(_unnamed(batch["removals"], "rule"))
    yield "removals are not sorted, overlap, or lie outside the source text", removals.misplaced(chars_in)
    repairs = _Spans(batch["repairs"], "before")
    yield "a repair names no fix", repairs.rows(_unnamed(batch["repairs"], "fix"))
    yield "repairs are not sorted, or lie outside the source text", repairs.unsorted(chars_in)
    notes = pc.starts_with(batch["repairs"].flatten().field("fix"), DECODE_NOTE)
    repairs.leave_out(_flags(notes))
    yield "repairs overlap", repairs.misplaced(chars_in)


def _unnamed(column: pa.ListArray, name: str) -> Mask:
    return _flags(pc.equal(column.flatten().field(name), ""))


class _Spans:
    """The spans of a list column: the row, start and end of each, and what stood there."""

    def __init__(self, column: pa.ListArray, text: str):
        flat = column.flatten()
        self.size = len(column)
        self.row = _numbers(pc.list_parent_indices(column))
        self.start, self.end = _numbers(flat.field("start")), _numbers(flat.field("end"))
        self.text = flat.field(text)

    def leave_out(self, flags: Mask) -> None:
        """Forget the spans that are flagged."""
        self.row, self.start, self.end = self.row[~flags], self.start[~flags], self.end[~flags]

    def rows(self, flags: Mask) -> Mask:
        """The rows of the spans that are flagged."""
        broken = np.zeros(self.size, bool)
        broken[self.row[flags]] = True
        return broken

    def unsorted(self, chars: Any) -> Mask:
        """Rows with a span outside of the text, or that begins before the one before it."""
        broken = (self.start < 0) | (self.end < self.start) | (self.end > chars[self.row])
        broken[1:] |= (self.row[1:] == self.row[:-1]) & (self.start[1:] < self.start[:-1])
        return self.rows(broken)

    def misplaced(self, chars: Any) -> Mask:
        """Rows with a span outside of the text, or that begins before the end of the one before it."""
        broken = np.zeros(len(self.row), bool)
        broken[1:] = (self.row[1:] == self.row[:-1]) & (self.start[1:] < self.end[:-1])
        return self.unsorted(chars) | self.rows(broken)


def _status_faults(batch: pa.RecordBatch) -> Iterator[Fault]:
    """Rows whose status is not what their text, removals and error say."""
    status, removed = batch["status"], _numbers(pc.list_value_length(batch["removals"])) > 0

    def is_(name: str) -> Mask:
        return _flags(pc.equal(status, name))

    failed, fused, empty = is_("failed"), is_("fused"), is_("empty")
    unknown = ~_flags(pc.is_in(status, pa.array(_STATUSES, pa.string())))
    rules = [
        ("`status` is none of " + ", ".join(_STATUSES), unknown),
        ("`error` and the status `failed` go together", failed == _flags(pc.is_null(batch["error"]))),
        (
            "a document that is `failed`, `fused` or `clean` has removals",
            (failed | fused | is_("clean")) & removed,
        ),
        ("a document that is `cleaned` has no removals", is_("cleaned") & ~removed),
    ]
    for what, broken in rules:
        yield from (Fault(int(row), what) for row in np.flatnonzero(broken))
    text = batch["text"]
    blank = empty | _flags(pc.equal(pc.utf8_trim_whitespace(text), ""))
    blank |= _flags(pc.equal(pc.utf8_trim(text, characters=INVISIBLE), ""))
    for row in np.flatnonzero(blank & ~failed & ~fused):
        if empty[row] == visible(text[int(row)].as_py()):
            yield Fault(int(row), "the status `empty` and a text of nothing visible go together")


def _other_hashes(batch: pa.RecordBatch, doubtful: set[int]) -> Iterator[int]:
    """Rows whose source text has another digest than they say; ``doubtful`` rows are passed by."""
    told = batch["source_hash"].to_pylist()
    texts, removed = _Bytes(batch["text"]), _Spans(batch["removals"], "text")
    pieces = _Bytes(removed.text)
    start, end, first = removed.start.tolist(), removed.end.tolist(), _offsets(batch["removals"])
    for row, digest in enumerate(told):
        if row in doubtful:
            continue
        spans = range(first[row], first[row + 1])
        text = texts.at(row)
        if not spans:
            source = hashlib.sha256(text)
        elif texts.ascii[row] and all(pieces.ascii[span] for span in spans):
            source = hashlib.sha256()
            taken = kept = 0
            for span in spans:
                step = start[span] - taken
                source.update(text[kept : kept + step])
                source.update(pieces.at(span))
                kept, taken = kept + step, end[span]
            source.update(text[kept:])
        else:
            removals = [Removal("", start[s], end[s], str(pieces.at(s), "utf-8")) for s in spans]
            source = hashlib.sha256(rebuild(str(text, "utf-8"), removals).encode())
        if source.hexdigest() != digest:
            yield row


class _Bytes:
    """The strings of a column as views of the bytes they lie in; ``ascii`` tells which are ASCII."""

    def __init__(self, column: pa.StringArray):
        _, places, data = column.buffers()
        self._at = np.frombuffer(places, np.int32)[column.offset : column.offset + len(column) + 1].tolist()
        self._data = memoryview(data) if data is not None else memoryview(b"")
        self.ascii: Sequence[bool] = pc.equal(pc.binary_length(column), pc.utf8_length(column)).to_pylist()

    def at(self, row: int) -> memoryview:
        """The bytes of one string."""
        return self._data[self._at[row] : self._at[row + 1]]


def _offsets(column: pa.ListArray) -> list[int]:
    """Where the list of each row begins among the flattened values, and where the last ends."""
    lengths = _numbers(pc.list_value_length(column))
    return [0, *np.cumsum(lengths).tolist()]


def _numbers(column: pa.Array) -> Any:
    return column.to_numpy(zero_copy_only=False)


def _flags(column: pa.Array) -> Mask:
    return column.to_numpy(zero_copy_only=False).astype(bool)
