"""A text and the place in its file where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cleaner.model import Notes


@dataclass(slots=True)
class Field:
    """One text of a file.

    ``row`` numbers the record from 1, and is None where the file is one document. ``line`` is the line
    of the file on which the text begins, from 1 (Parquet has none: the row). ``start`` and ``stop`` are
    the bytes of the file that ``encode`` has to replace; it raises UnicodeEncodeError for characters
    that the file's charset lacks. ``locked`` says why the bytes must stay as they are, in words that
    follow "left: ".
    """

    text: str
    line: int
    start: int
    stop: int
    encode: Callable[[str], bytes]
    row: int | None = None
    id: str | None = None
    title: str | None = None
    url: str | None = None
    lang: str | None = None
    notes: Notes = ()
    locked: str = ""
