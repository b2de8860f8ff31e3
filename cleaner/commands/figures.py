"""What a run says of itself: how far it is, and what it came to."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from cleaner.files.paths import Failure

SAID = 20
"""Failures of each kind that are told one by one; the list of failures has all."""

Phase = Literal["counting", "cleaning", "proving", "restoring", "comparing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. Bytes are of the inputs as they are stored, characters code points.

    ``phase`` says which pass this is: ``counting`` for the host profile, which cleans nothing, or
    ``cleaning``, which begins at nothing again; the others go over an output.
    """

    documents: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    chars_in: int = 0
    chars_out: int = 0
    failed: int = 0
    phase: Phase = "cleaning"


@dataclass(frozen=True, slots=True)
class HostProfile:
    """The host profile a run went by: ``made`` in its first pass, ``kept`` from an earlier run into the
    same output, or ``given``; ``path`` is where it lies.

    ``pages`` without copies, of so many ``hosts``; ``seconds`` the pass took.
    """

    origin: Literal["made", "kept", "given"]
    path: str
    hash: str
    pages: int
    hosts: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Removed:
    """What one rule took: spans, and code points of the source texts."""

    spans: int
    chars: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to.

    ``documents`` are rows of the output; ``changed`` those with a removal or a repair. ``failed`` of
    them kept their text. ``failed_inputs`` counts inputs and single records that added no row; both
    lists hold the first of each, ``failed.jsonl`` all. ``trials`` is what rules on trial would have
    taken. ``skipped`` counts, by suffix, files in folders that are no inputs; ``passed_records``,
    by type, records of web archives that are no documents; ``extractions`` pages by the way their text was
    taken out, or by why they have none; ``duplicate_ids`` rows whose given id an earlier row bears.
    ``profile`` is None where the run went by none.

    ``taken_over`` are documents that an earlier run had cleaned; ``anew`` counts, by reason, inputs of
    which some could not be taken over, ``anew_documents`` these, ``anew_examples`` names the first inputs.
    ``removed_inputs`` are inputs whose rows went, for they are there no more.
    """

    documents: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    failed: int = 0
    failed_inputs: int = 0
    document_failures: tuple[Failure, ...] = ()
    input_failures: tuple[Failure, ...] = ()
    chars_in: int = 0
    chars_out: int = 0
    repairs: dict[str, int] = field(default_factory=dict)
    removals: dict[str, Removed] = field(default_factory=dict)
    trials: dict[str, Removed] = field(default_factory=dict)
    duplicate_ids: int = 0
    duplicate_example: dict[str, str] | None = None
    inputs: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    passed_records: dict[str, int] = field(default_factory=dict)
    extractions: dict[str, int] = field(default_factory=dict)
    repeated_inputs: int = 0
    links_not_followed: int = 0
    outputs: tuple[str, ...] = ()
    side_folder: str = ""
    seconds: float = 0.0
    profile: HostProfile | None = None
    taken_over: int = 0
    anew: dict[str, int] = field(default_factory=dict)
    anew_documents: dict[str, int] = field(default_factory=dict)
    anew_examples: dict[str, tuple[str, ...]] = field(default_factory=dict)
    removed_inputs: int = 0

    @property
    def profile_hash(self) -> str:
        """The digest of the host profile, as in the output's metadata; empty without one."""
        return self.profile.hash if self.profile is not None else ""

    @property
    def removed_share(self) -> float:
        """Share of the code points of the source texts that was removed, 0 to 1."""
        return (self.chars_in - self.chars_out) / self.chars_in if self.chars_in else 0.0

    @property
    def exit_code(self) -> int:
        """0 when all went well, 1 when a document or an input failed."""
        return 1 if self.failed or self.failed_inputs else 0

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain values."""
        return {
            **asdict(self),
            "profile_hash": self.profile_hash,
            "removed_share": round(self.removed_share, 6),
            "exit_code": self.exit_code,
        }

    def to_json(self) -> str:
        """The figures as JSON text, as in ``summary.json``."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)


@dataclass(slots=True)
class Delta:
    """What a unit did since it last said so; ``bytes`` are of input, as planned."""

    documents: int = 0
    bytes: int = 0
    chars_in: int = 0
    chars_out: int = 0
    failed: int = 0


class Meter:
    """Adds up what units report, so that one that failed half-way can be taken back."""

    def __init__(self, weights: Sequence[int], tell: Callable[[Progress], None], phase: Phase = "cleaning"):
        self._weights = list(weights)
        self._units = [Delta() for _ in weights]
        self._tell = tell
        self._now = Progress(bytes_total=sum(self._weights), phase=phase)
        tell(self._now)

    def add(self, index: int, delta: Delta) -> None:
        """Count what a unit did since it last said so."""
        unit = self._units[index]
        unit.documents += delta.documents
        unit.bytes += delta.bytes
        unit.chars_in += delta.chars_in
        unit.chars_out += delta.chars_out
        unit.failed += delta.failed
        self._shift(delta, 1)

    def forget(self, index: int) -> None:
        """Take back the documents of a unit; its bytes count as done."""
        unit = self._units[index]
        self._shift(unit, -1)
        self._shift(Delta(bytes=self._weights[index]), 1)

    def restart(self, index: int) -> None:
        """Take back all that a unit did: it begins again."""
        self._shift(self._units[index], -1)
        self._units[index] = Delta()

    def _shift(self, delta: Delta, sign: int) -> None:
        now = self._now
        self._now = replace(
            now,
            documents=now.documents + sign * delta.documents,
            bytes_done=now.bytes_done + sign * delta.bytes,
            chars_in=now.chars_in + sign * delta.chars_in,
            chars_out=now.chars_out + sign * delta.chars_out,
            failed=now.failed + sign * delta.failed,
        )
        self._tell(self._now)


class Teller:
    """Says single lines, of failures of each kind the first few."""

    def __init__(self, say: Callable[[str], None]):
        self.say = say
        self._said: Counter[str] = Counter()
        self._told: set[str] = set()

    def some(self, kind: str, message: str) -> None:
        """Tell of one failure, unless it or many of its kind were told already."""
        if message in self._told:
            return
        self._said[kind] += 1
        if self._said[kind] <= SAID:
            self._told.add(message)
            self.say(message)


class PartMeter:
    """How far a pass over the parts of an output is, which count by the bytes they take."""

    def __init__(self, parts: Sequence[str], tell: Callable[[Progress], None], phase: Phase):
        self._sizes = {part: os.path.getsize(part) for part in parts}
        self._tell, self._bytes = tell, 0.0
        self._now = Progress(bytes_total=sum(self._sizes.values()), phase=phase)
        tell(self._now)

    def add(self, part: str, rows: int, of: int) -> None:
        """Count ``rows`` of the ``of`` rows of a part."""
        self._bytes += self._sizes.get(part, 0) * rows / max(of, 1)
        self._now = replace(self._now, documents=self._now.documents + rows, bytes_done=round(self._bytes))
        self._tell(self._now)
