"""The words of this project as types: a document's result, its ledger, and the errors.

All offsets are code points of the *source text* (the text after repair), half open. The model
imports nothing of the project; every other room may import it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

Status = Literal["failed", "fused", "empty", "cleaned", "clean"]
Confidence = Literal["high", "medium", "trial"]

DECODE_NOTE = "decode:"
"""Prefix of the repairs that are notes on decoding; they are skipped when repairs are undone."""


class Removal(NamedTuple):
    """One span of the source text that was taken out.

    ``rule`` is the code that owns the span, ``start`` and ``end`` its place in code points of the
    source text, ``text`` what stood there (``source[start:end]``).
    """

    rule: str
    start: int
    end: int
    text: str


class Repair(NamedTuple):
    """One span of the source text that reads differently from the decoded text.

    ``fix`` names what changed it (several at one place are joined by ``+``), ``before`` is the
    decoded text that stood there; ``start == end`` where something was deleted. A ``fix`` that
    begins with ``decode:`` is a note on how bytes became text: it changes nothing when undone.
    """

    fix: str
    start: int
    end: int
    before: str


Notes = tuple[Repair, ...]
"""Notes on the decoding of one text, at places of the decoded text."""


class Finding(NamedTuple):
    """What a finder wants to take out of the text it was given, and why.

    ``whole_lines`` tells a span made of whole lines (line ends included) from a phrase inside a
    line. ``evidence`` holds the reasons in plain words, strongest first.
    """

    rule: str
    start: int
    end: int
    confidence: Confidence = "high"
    whole_lines: bool = True
    evidence: tuple[str, ...] = ()


class Markup(Protocol):
    """What the markup of a page says of one line of its text (`cleaner.extract.LineMarkup`)."""

    @property
    def links(self) -> int:
        """Share of the line's code points inside links, in thousandths."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What the elements close above the line are, or are called."""


class Document(NamedTuple):
    """A document on its way in: decoded text and what is known about it. ``markup`` has an entry for each
    line of a text that was taken out of a page, None for any other text."""

    text: str
    title: str | None = None
    url: str | None = None
    lang: str | None = None
    markup: tuple[Markup, ...] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A cleaned document with its ledger.

    ``text`` and ``removals`` together are the source text: see `source`. ``chars_in`` and
    ``chars_out`` count code points of the source text and of ``text``; ``source_hash`` is the
    SHA-256 of the source text in UTF-8 as lower-case hex. ``trials`` is what rules on trial would
    take; it is in ``text`` and no part of the ledger. Of a page, ``extraction`` is the way its text was
    taken out, or why it has none; ``published`` and ``author`` are what it says, where metadata was
    asked for.
    """

    text: str
    status: Status
    title: str | None = None
    url: str | None = None
    lang: str | None = None
    error: str | None = None
    chars_in: int = 0
    chars_out: int = 0
    source_hash: str = ""
    repairs: tuple[Repair, ...] = ()
    removals: tuple[Removal, ...] = ()
    trials: tuple[Removal, ...] = ()
    extraction: str | None = None
    published: str | None = None
    author: str | None = None

    @property
    def source(self) -> str:
        """The source text, rebuilt from ``text`` and ``removals``."""
        return rebuild(self.text, self.removals)

    @property
    def decoded(self) -> str:
        """The decoded text, rebuilt from the source text and ``repairs``."""
        return undo_repairs(self.source, self.repairs)


def rebuild(text: str, removals: Sequence[Removal]) -> str:
    """Put the removed spans back into ``text``: the inverse of the cut.

    >>> rebuild("One.\\n", [Removal("ALR001", 5, 16, "Also read:\\n")])
    'One.\\nAlso read:\\n'
    """
    parts: list[str] = []
    taken = kept = 0  # code points of the source text, of `text`
    for removal in removals:
        step = removal.start - taken
        parts += (text[kept : kept + step], removal.text)
        kept += step
        taken = removal.end
    parts.append(text[kept:])
    return "".join(parts)


def undo_repairs(source: str, repairs: Sequence[Repair]) -> str:
    """Turn the source text back into the decoded text; notes on decoding are skipped.

    >>> undo_repairs("It’s", [Repair("encoding", 2, 3, "â€™")])
    'Itâ€™s'
    """
    parts: list[str] = []
    at = 0
    for repair in repairs:
        if repair.fix.startswith(DECODE_NOTE):
            continue
        parts += (source[at : repair.start], repair.before)
        at = repair.end
    parts.append(source[at:])
    return "".join(parts)


class CleanerError(Exception):
    """Base of every error this package raises on purpose; its text is meant for people."""


class ConfigError(CleanerError):
    """A setting that cannot be used; names the file (or option) and the key."""


class RuleError(CleanerError):
    """A rule pack that cannot be used; names the file, the rule and the key."""


class InputError(CleanerError):
    """An input that cannot be read; names the file and, where known, the row."""


class OutputError(CleanerError):
    """An output that cannot or must not be written; names the path and what to do."""


ERROR_CHARS = 500


def failed(text: str, error: str, notes: Notes = ()) -> Result:
    """The result of a document that could not be cleaned: its text as given, the reason in one line."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    size = len(text)
    return Result(
        text,
        "failed",
        error=one_line(error),
        chars_in=size,
        chars_out=size,
        source_hash=digest,
        repairs=notes,
    )


def one_line(message: object) -> str:
    """A message without line ends and of at most 500 code points."""
    line = " ".join(str(message).split())
    return line if len(line) <= ERROR_CHARS else line[: ERROR_CHARS - 1] + "…"
