"""The user's cache folder: what took long to make and is kept for the next process.

It is a convenience and never an authority: a file that is damaged (its first line is the digest of the rest),
that belongs to somebody else or that others may write is not there; where nothing can be written nothing is.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

VARIABLE = "CLEANER_CACHE"
"""Names another folder; where it is set and empty, nothing is kept."""


def cache_folder() -> Path | None:
    """Where files are kept; None where they are not."""
    told = os.environ.get(VARIABLE)
    if told is not None:
        return Path(told) if os.path.isabs(told) else None
    base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser(os.path.join("~", ".cache"))
    return Path(base, "cleaner") if os.path.isabs(base) else None


def kept_body(path: Path) -> bytes | None:
    """What a file was written with; None where there is none, or none to be believed."""
    try:
        with open(path, "rb") as file:
            if not _private(os.fstat(file.fileno())):
                return None
            data = file.read()
    except OSError:
        return None
    head, _, body = data.partition(b"\n")
    return body if head == hashlib.sha256(body).hexdigest().encode() else None


def keep_body(path: Path, body: bytes) -> bool:
    """Write a file, all of it or none, in place of what it was; whether that was possible."""
    import tempfile  # not needed where nothing is written, and not light

    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _private(path.parent.stat()):
            return False
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with open(handle, "wb") as file:
                file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            os.replace(name, path)
            return True
        except BaseException:
            os.unlink(name)
            raise
    return False


def _private(status: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and nobody else may write it."""
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
