"""Own packs as they were read before, so that their patterns are counted through once and not at each start.

A pattern takes some milliseconds until it is known that no line makes it hang; a pack of a thousand takes
seconds, in each process that a run, a check or a hook starts. What a pack of some size was read as is kept
in the user's cache folder, one file a pack, in the form of ``rules/index.json``. Its name is the digest of
the pack's text and of all that reading it depends on: version, this room's code, tables of characters.

It is a convenience and never an authority: a file that is damaged (its first line is the digest of the rest),
that belongs to somebody else or that others may write is not there; where nothing can be written nothing is.
The files are data: of what they hold nothing is run.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
import unicodedata
from contextlib import suppress
from functools import cache
from pathlib import Path

import regex

from cleaner.rules.index import dump, packs_of
from cleaner.rules.model import Pack

VARIABLE = "CLEANER_CACHE"
"""Names another folder; where it is set and empty, nothing is kept."""
WORTH = 40
"""Patterns from which on a pack is worth a file: a tenth of a second."""
WORTH_CHARS = 20_000
"""Code points of patterns from which on it is, however few they are."""
MOST = 64
"""Files that are kept; the oldest go."""


def kept(digest: str) -> Pack | None:
    """The pack whose text has this digest, as it was read before; None where it is not known."""
    path = _path(digest)
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            if not _private(os.fstat(file.fileno())):
                return None
            data = file.read()
        body = data.partition(b"\n")[2]
        return packs_of(body).get(digest) if data == sealed(body) else None
    except (OSError, ValueError):
        return None


def keep(pack: Pack) -> None:
    """Keep a pack that was read, where it is worth it and where that is possible; all of the file or none."""
    path = _path(pack.digest) if _worth(pack) else None
    if path is None:
        return
    data = sealed(dump([pack]).encode())
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _private(path.parent.stat()):
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with open(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
        for old in sorted(path.parent.glob("*.json"), key=os.path.getmtime)[:-MOST]:
            old.unlink(missing_ok=True)


def sealed(body: bytes) -> bytes:
    """What a file holds: the digest of the rest, and the rest."""
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _worth(pack: Pack) -> bool:
    patterns = [one for rule in pack.rules for one in (*rule.any, *rule.all, *rule.unless)]
    return len(patterns) >= WORTH or sum(map(len, patterns)) >= WORTH_CHARS


def _private(status: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and nobody else may write it."""
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _path(digest: str) -> Path | None:
    folder = _folder()
    name = hashlib.sha256(f"{_reader()}\n{digest}".encode()).hexdigest()
    return None if folder is None else folder / f"{name}.json"


def _folder() -> Path | None:
    told = os.environ.get(VARIABLE)
    if told is not None:
        return Path(told) if os.path.isabs(told) else None
    base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser(os.path.join("~", ".cache"))
    return Path(base, "cleaner", "packs") if os.path.isabs(base) else None


@cache
def _reader() -> str:
    """All that the reading of a pack depends on besides its text."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    return f"{sys.version_info[:3]} {unicodedata.unidata_version} {regex.__version__} {code.hexdigest()}"
