"""Own packs as they were read before, so that their patterns are counted through once and not at each start.

A pattern takes some milliseconds until it is known that no line makes it hang; a pack of a thousand takes
seconds, in each process that a run, a check or a hook starts. What a pack of some size was read as is kept
in the user's cache folder, one file a pack, in the form of ``rules/index.json``. Its name is the digest of
the pack's text and of all that reading it depends on: version, this room's code, tables of characters. The
files are data: of what they hold nothing is run.
"""

from __future__ import annotations

import hashlib
import os
import sys
import unicodedata
from contextlib import suppress
from functools import cache
from pathlib import Path

import regex

from cleaner.rules.cachefolder import cache_folder, keep_body, kept_body
from cleaner.rules.index import dump, packs_of
from cleaner.rules.model import Pack

WORTH = 40
"""Patterns from which on a pack is worth a file: a tenth of a second."""
WORTH_CHARS = 20_000
"""Code points of patterns from which on it is, however few they are."""
MOST = 64
"""Files that are kept; the oldest go."""


def kept(digest: str) -> Pack | None:
    """The pack whose text has this digest, as it was read before; None where it is not known."""
    path = _path(digest)
    body = None if path is None else kept_body(path)
    with suppress(ValueError):
        return None if body is None else packs_of(body).get(digest)
    return None


def keep(pack: Pack) -> None:
    """Keep a pack that was read, where it is worth it and where that is possible; all of the file or none."""
    path = _path(pack.digest) if _worth(pack) else None
    if path is not None and keep_body(path, dump([pack]).encode()):
        with suppress(OSError):
            for old in sorted(path.parent.glob("*.json"), key=os.path.getmtime)[:-MOST]:
                old.unlink(missing_ok=True)


def _worth(pack: Pack) -> bool:
    patterns = [one for rule in pack.rules for one in (*rule.any, *rule.all, *rule.unless)]
    return len(patterns) >= WORTH or sum(map(len, patterns)) >= WORTH_CHARS


def _path(digest: str) -> Path | None:
    folder = cache_folder()
    name = hashlib.sha256(f"{_reader()}\n{digest}".encode()).hexdigest()
    return None if folder is None else folder / f"{name}.json"


@cache
def _reader() -> str:
    """All that the reading of a pack depends on besides its text."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    return f"{sys.version_info[:3]} {unicodedata.unidata_version} {regex.__version__} {code.hexdigest()}"
