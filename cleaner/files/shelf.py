"""What a first pass extracted, for the second: pages are taken apart once a run.

The pass that counts lines for the host profile needs the articles as the cleaning does. It leaves them in
a file of its unit, one line a page, in the order the pages come; the cleaning meets the same pages in the
same order, and what it does not find there it extracts anew.
"""

from __future__ import annotations

import json
import os
from typing import IO

from cleaner.extract import Extracted, LineMarkup
from cleaner.extract.head import Head
from cleaner.files.paths import not_written
from cleaner.model import Repair
from cleaner.pages import Unextracted


class ShelfWriter:
    """Keeps extracted pages in a file."""

    def __init__(self, path: str):
        self.path = path
        self._file: IO[str] | None = None

    def keep(self, digest: str, page: Extracted | Unextracted) -> None:
        """Add a page under its digest."""
        line = json.dumps([digest, *page], ensure_ascii=True, separators=(",", ":")) + "\n"
        try:
            if self._file is None:
                self._file = open(self.path, "w", encoding="utf-8")  # noqa: SIM115
            self._file.write(line)
        except OSError as error:
            raise not_written(self.path, error) from error

    def close(self) -> None:
        """Write what is held."""
        try:
            if self._file is not None:
                self._file.close()
        except OSError as error:
            raise not_written(self.path, error) from error


class ShelfReader:
    """Finds kept pages again, in the order they were kept; an absent file holds none."""

    def __init__(self, path: str):
        self._file = open(path, encoding="utf-8") if os.path.exists(path) else None  # noqa: SIM115
        self._next: tuple[str, Extracted | Unextracted] | None = None

    def find(self, digest: str) -> Extracted | Unextracted | None:
        """The page of this digest, if it is the next."""
        if self._next is None and self._file is not None and (line := self._file.readline()):
            self._next = _read(line)
        if self._next is None or self._next[0] != digest:
            return None
        (_, page), self._next = self._next, None
        return page

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _read(line: str) -> tuple[str, Extracted | Unextracted]:
    digest, *rest = json.loads(line)
    if len(rest) == 2:
        return digest, Unextracted(*rest)
    text, path, head, markup, notes, comments = rest
    return digest, Extracted(
        text,
        path,
        Head(*head),
        tuple(LineMarkup(tag, links, heading, tuple(parts)) for tag, links, heading, parts in markup),
        tuple(Repair(*note) for note in notes),
        comments,
    )
