"""Every input of a manifest accounted for: its records are rows, or stand on the list of failures.

Rows tell by their ``source`` which record of which input they are. Within an input records ascend, none
comes twice, and one that is left out has to be on the list; so the rows are gone through once and what
is held in memory grows with the number of inputs, not of rows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cleaner.files.outputs import Manifest
from cleaner.files.paths import printable

ARCHIVES = ("warc",)
"""Formats whose records are known by their offsets: between them lie others that are no documents, and what
is missing shows in the rows of its part."""

GAPS_TOLD = 3  # records that are told one by one where a whole stretch is missing


Place = tuple[int, int]
"""Where a record stands in its input: its number, or in a web archive its offset, and 0; for several records
in one compressed member the member's offset and that within it."""

NOWHERE: Place = (-1, 0)
"""Before any record."""

_PLACE = re.compile(r"(?P<name>.*)#(?P<number>[0-9]+)(?:\+(?P<within>[0-9]+))?", re.DOTALL)


class Found(NamedTuple):
    """What does not hold of the row at ``row`` (from 0 in its batch): of which kind, and in words."""

    row: int
    kind: str
    what: str


class Wrong(NamedTuple):
    """What does not hold of an input as a whole: of which kind, and in words."""

    source: str
    kind: str
    what: str


def record_of(source: str, inputs: Mapping[str, Any]) -> tuple[str, Place]:
    """The input a ``source`` names and the place of the record, the first for an input of one document.

    >>> record_of("crawl/a#7.jsonl#12", {}), record_of("notes/bird.txt", {"notes/bird.txt": {}})
    (('crawl/a#7.jsonl', (12, 0)), ('notes/bird.txt', (1, 0)))
    """
    found = None if source in inputs else _PLACE.fullmatch(source)
    if found is None:
        return source, (1, 0)
    return found["name"], (int(found["number"]), int(found["within"] or 0))


def told_place(place: Place) -> str:
    """A place as a ``source`` tells it."""
    number, within = place
    return f"{number}+{within}" if within else str(number)


class Account:
    """What was seen of each input so far. `begin` tells of a part, `see` of its rows in order, `close`
    what is missing at the end. Inputs in ``excused`` had rows in a part that is missing or damaged."""

    def __init__(self, manifest: Manifest, failures: Iterable[Mapping[str, Any]]):
        self._inputs, self._units = manifest.inputs, manifest.units
        self._last: dict[str, Place] = {}
        self._here: set[str] = set()
        self._failed: set[str] = set()
        self._refused: dict[str, set[int]] = {}
        self._documents: set[str] = set()
        self.excused: set[str] = set()
        names = Names(self._inputs)
        for line in failures:
            if line.get("kind") == "document":
                self._documents.add(str(line.get("source")))
            else:
                for name in names.of(str(line.get("input"))):
                    row = line.get("row")
                    if isinstance(row, int):
                        self._refused.setdefault(name, set()).add(row)
                    else:
                        self._failed.add(name)

    def begin(self, part: str) -> None:
        """The rows that follow stand in this part (its name)."""
        self._here = {
            segment[0] for unit in self._units if unit.get("part") == part for segment in unit["segments"]
        }

    def see(self, sources: Sequence[str], statuses: Sequence[str]) -> Iterator[Found]:
        """What is wrong with rows as rows of their inputs."""
        for row, (source, status) in enumerate(zip(sources, statuses, strict=True)):
            name, place = record_of(source, self._inputs)
            archive = (self._inputs.get(name) or {}).get("format") in ARCHIVES
            before = self._last.get(name, NOWHERE if archive else (0, 0))
            if name not in self._inputs:
                yield Found(row, "input", f"its input {printable(name)} is none of the manifest's")
            elif name not in self._here:
                told = f"the manifest has no rows of {printable(name)} in this part"
                yield Found(row, "input", told)
            elif place <= before:
                told = (
                    f"record {told_place(place)} of {printable(name)} comes after record {told_place(before)}"
                )
                yield Found(row, "order", f"{told}: twice, or moved")
            elif not archive and (missing := self._missing(name, before[0] + 1, place[0])):
                yield Found(row, "missing", f"before it {missing} missing, and on no list of failures")
            self._last[name] = max(place, before)
            if status == "failed" and source not in self._documents:
                yield Found(row, "unlisted", "it failed, and is not on the list of failures")

    def _missing(self, name: str, first: int, after: int) -> str:
        """Records that are neither rows nor refused, in words; nothing where there are none."""
        if first == after or name in self.excused:
            return ""
        refused = self._refused.get(name, ())
        gaps = [number for number in range(first, after) if number not in refused]
        if not gaps:
            return ""
        shown = ", ".join(map(str, gaps[:GAPS_TOLD])) + (", ..." if len(gaps) > GAPS_TOLD else "")
        return f"{'record' if len(gaps) == 1 else 'records'} {shown} of {printable(name)} " + (
            "is" if len(gaps) == 1 else "are"
        )

    def close(self, short: Collection[str]) -> Iterator[Wrong]:
        """Inputs that were to give rows, gave none and failed nowhere; ``short`` names the parts that hold
        less than the manifest says. (An input may hold no record at all, as a CSV file of a header does.)"""
        told = self._last.keys() | self._failed | self._refused.keys() | self.excused
        for name in dict.fromkeys(name for unit in self._units for name in _filled(unit, short)):
            if name not in self._inputs:
                shown = f"the manifest has rows of {printable(name)}, and no line on this input"
                yield Wrong(name, "input", shown)
            elif name not in told:
                shown = f"the input {printable(name)} has no row, and is on no list of failures"
                yield Wrong(name, "missing", shown)


def _filled(unit: Mapping[str, Any], short: Collection[str]) -> Iterator[str]:
    """The inputs of a unit that are known to have rows in it, or whose rows may be those missing."""
    rows = unit.get("segment_rows") or [unit.get("part") in short] * len(unit["segments"])
    return (segment[0] for segment, count in zip(unit["segments"], rows, strict=False) if count)


class Names:
    """Inputs by the names that the list of failures calls them: their paths as a person gave them."""

    def __init__(self, inputs: Mapping[str, Mapping[str, Any]]):
        self._by_base: dict[str, list[tuple[str, str]]] = {}
        for source, line in inputs.items():
            path = printable(str(line.get("path")))
            self._by_base.setdefault(os.path.basename(path), []).append((path, source))

    def of(self, shown: str) -> list[str]:
        """The inputs that may be meant: paths end alike where one is given from another folder."""
        tail = os.path.normpath(shown)
        while tail.startswith(os.pardir + os.sep):
            tail = tail[len(os.pardir + os.sep) :]
        found = self._by_base.get(os.path.basename(tail), [])
        return [source for path, source in found if path == tail or path.endswith(os.sep + tail)]
