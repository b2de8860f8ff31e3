"""What a proof finds wrong, and what of it is told one by one: some of each kind, so that none hides any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from cleaner.files.paths import printable

OF_A_KIND, OF_A_PLACE = 20, 3
"""Faults of one kind that are told one by one, and of these, faults of one input or file."""

KINDS = {
    "unreadable": "files and inputs that cannot be read",
    "gone": "parts, side files and inputs that are not there",
    "digest": "files whose bytes are not those that the run wrote",
    "schema": "columns or metadata that are not as they should be",
    "proof": "rows that do not prove their source text",
    "code": "removals under no rule of the run",
    "input": "rows of inputs that should have none there",
    "order": "rows that stand twice, or where others should",
    "missing": "records that are neither rows nor on the list of failures",
    "unlisted": "documents that failed and are not on the list of failures",
    "rows": "parts with more or fewer rows than the manifest says",
    "figures": "figures that are not those of the rows",
    "text": "records that read differently now",
    "lost": "records that are in their input no more",
    "come": "places where records came between",
    "more": "inputs that hold more records than there are rows",
    "new": "inputs that are none of the manifest",
    "id": "ids that are not those of the sources",
    "url": "addresses that are not those of the sources",
    "title": "titles that are not those of the sources",
    "lang": "languages that are not those of the sources",
}
"""Every kind of fault, as a person reads what is wrong with several."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold: of a row (from 1 in ``file``) or, without one, of the file. ``kind`` is
    one of `KINDS`."""

    file: str
    what: str
    row: int | None = None
    id: str | None = None
    source: str | None = None
    kind: str = "proof"
    place: str = ""
    """What it is counted with: the input, the file, or of proofs the sentence."""

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row} (id {printable(str(self.id))})"
        return f"{printable(self.file)}{row}: {self.what}"

    def told(self) -> dict[str, Any]:
        """The fault for programs."""
        return {key: value for key, value in asdict(self).items() if key != "place"}


class Listing:
    """Takes faults in and tells some of each kind as they come, or with ``everything`` all."""

    def __init__(self, say: Callable[[str], None], everything: bool = False):
        self._say, self._everything = say, everything
        self.told: list[Fault] = []
        self._kinds: Counter[str] = Counter()
        self._told: Counter[str] = Counter()
        self._places: Counter[tuple[str, str]] = Counter()

    def add(self, fault: Fault) -> None:
        """Take one in."""
        self._kinds[fault.kind] += 1
        place = fault.kind, fault.place
        if self._everything or (self._told[fault.kind] < OF_A_KIND and self._places[place] < OF_A_PLACE):
            self._told[fault.kind] += 1
            self._places[place] += 1
            self.told.append(fault)
            self._say(str(fault))

    @property
    def kinds(self) -> dict[str, int]:
        """How many faults there are of each kind."""
        return dict(self._kinds.most_common())

    def rest(self) -> Iterator[str]:
        """What was not told one by one, in lines."""
        left = [(kind, count - self._told[kind]) for kind, count in self._kinds.most_common()]
        for kind, count in left:
            if count:
                yield f"  and {count:,} more: {KINDS[kind]}"
        if any(count for _, count in left):
            yield "  --all-faults tells each"
