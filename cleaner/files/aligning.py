"""Rows of an output beside the records of their input, read again: which belongs to which, and what differs.

Both come in the same order, and by its place a row knows its record. Where a record came or went since,
all places behind it are others: the two are lined up again by their texts, so that one lost record is one
fault and not one for each that follows.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cleaner.files.accounts import NOWHERE, Found, Place, told_place
from cleaner.files.paths import printable

AHEAD = 64
"""Rows, and records, among which the counterpart of one is looked for."""
AHEAD_CHARS = 8 << 20
"""Code points of records that are held for that."""

GIVEN = ("id", "url", "title", "lang")
"""What a record may say of itself besides its text."""


class Record(NamedTuple):
    """A record as it is read again: its place, its text, and what it gives (`GIVEN`; None: nothing)."""

    place: Place
    text: str
    given: tuple[str | None, ...]


class Entry(NamedTuple):
    """A row: its number in the batch, its place, its decoded text (None: its ledger does not hold), and what
    stands in its columns."""

    row: int
    place: Place
    text: str | None
    source: str
    given: tuple[str | None, ...]


class Aligner:
    """Goes through the records of one input beside its rows. ``archive`` tells that places are offsets.

    ``further`` counts records that are no row. `see` is shown rows in order, `rest` counts what is left.
    """

    def __init__(self, name: str, records: Iterator[Record], archive: bool):
        self._name, self._records, self._archive = printable(name), records, archive
        self._ahead: deque[Record] = deque()
        self._shift: int | None = 0  # what is to be added to the number of a place; None: not to be known
        self._odd: Record | None = None  # one that was held against a row of another text
        self.last: Place = NOWHERE
        self.further = 0

    def see(self, entries: Sequence[Entry]) -> Iterator[Found]:
        """What is wrong with some rows of the input."""
        at = 0
        while at < len(entries):
            entry = entries[at]
            self.last = entry.place
            record = self._next(entry)
            if entry.text is None:
                self._pass(record, entry)
            elif record is not None and record.text == entry.text:
                yield from self._matched(record, entry)
            elif self._odd is not None and self._odd.text == entry.text:  # that row was the lost one
                self._moved(self._odd.place, entry.place)
                yield from _other_columns(self._odd, entry)
                self._odd = None
            else:
                yield from self._parted(record, entries, at)
            at += 1

    def rest(self) -> int:
        """Records behind the last row, and those that were passed by."""
        self.further += len(self._ahead) + sum(1 for _ in self._records)
        self._ahead.clear()
        return self.further

    def _peek(self, at: int = 0) -> Record | None:
        while len(self._ahead) <= at:
            record = next(self._records, None)
            if record is None:
                return None
            self._ahead.append(record)
        return self._ahead[at]

    def _next(self, entry: Entry) -> Record | None:
        """The record that comes next; those whose places come before that of the row are no rows."""
        while (record := self._peek()) is not None:
            place = self._place(entry)
            if place is None or record.place >= place or record.text == entry.text:
                return record
            self._ahead.popleft()
            self.further += 1
        return None

    def _place(self, entry: Entry) -> Place | None:
        """Where the record of a row should be; None where that cannot be known any more."""
        return None if self._shift is None else (entry.place[0] + self._shift, entry.place[1])

    def _moved(self, place: Place, before: Place) -> None:
        self._shift = None if self._archive and place != before else place[0] - before[0]

    def _pass(self, record: Record | None, entry: Entry) -> None:
        """Leave out the record of a row that cannot be undone."""
        if record is not None and self._place(entry) in (None, record.place):
            self._ahead.popleft()

    def _matched(self, record: Record, entry: Entry) -> Iterator[Found]:
        self._ahead.popleft()
        self._odd = None
        if record.place != self._place(entry):
            self._moved(record.place, entry.place)
        yield from _other_columns(record, entry)

    def _parted(self, record: Record | None, entries: Sequence[Entry], at: int) -> Iterator[Found]:
        """A row whose text is not that of the record that comes: one was lost, one came, or it was edited."""
        entry = entries[at]
        if record is None:
            yield Found(entry.row, "lost", f"{self._name} holds no record {told_place(entry.place)}")
            return
        place = self._place(entry)
        if place is not None and record.place > place and not self._archive:
            yield Found(entry.row, "lost", f"{self._name} holds no record {told_place(entry.place)}")
            return
        lost = _first(record.text, [one.text for one in entries[at + 1 : at + 1 + AHEAD]])
        come = _first(entry.text, list(self._texts_ahead()))
        if lost is not None and (come is None or lost <= come):
            told = f"record {told_place(entry.place)} of {self._name} is there no more"
            yield Found(entry.row, "lost", told)
            self._shift = None if self._archive or self._shift is None else self._shift - 1
            return
        if come is not None:
            for _ in range(come + 1):
                self._ahead.popleft()
            count = "1 record that is" if come == 0 else f"{come + 1:,} records that are"
            yield Found(entry.row, "come", f"before it {self._name} holds {count} no row")
            yield from self._matched(self._ahead[0], entry)
            return
        self._odd = self._ahead.popleft()
        assert entry.text is not None
        yield Found(entry.row, "text", _difference(entry.text, record.text))

    def _texts_ahead(self) -> Iterator[str]:
        """The texts behind that of the record that comes."""
        held = 0
        for at in range(1, AHEAD + 1):
            record = self._peek(at)
            if record is None or (held := held + len(record.text)) > AHEAD_CHARS:
                return
            yield record.text


def _first(text: str | None, others: Sequence[str | None]) -> int | None:
    return next((at for at, other in enumerate(others) if other == text), None)


def _other_columns(record: Record, entry: Entry) -> Iterator[Found]:
    """Columns that are not what the record gives; what it does not give may have been found in its text."""
    for name, given, here in zip(GIVEN, record.given, entry.given, strict=True):
        if given is None and name == "id":
            given = entry.source
        if given is not None and given != here:
            told = f"its source gives the {name} {_short(given)}, and `{name}` is {_short(here)}"
            yield Found(entry.row, name, told)


def _short(text: str | None) -> str:
    if text is None:
        return "null"
    return repr(printable(text if len(text) <= 40 else text[:39] + "…"))


def _difference(undone: str, given: str) -> str:
    pairs = itertools.zip_longest(undone, given)
    at = next(place for place, (one, other) in enumerate(pairs) if one != other)
    return (
        f"its source reads differently from character {at} on: "
        f"{printable(given[at : at + 20])!r}, and by the ledger {printable(undone[at : at + 20])!r}"
    )
