"""Exact patterns as they were compiled before.

`regex` compiles in Python: one to two milliseconds a pattern, two seconds in each process for what a dump of
web pages calls up. Pickled (as the module itself offers) a pattern is its program for the matcher, which is
read forty times sooner. Those of a user stand in one file of the cache folder, by their source; its name
tells of what else they depend on. As with Python's own compiled modules, who may write the file may say what
runs: it is believed only where nobody else may (`cleaner.rules.cachefolder`).
"""

from __future__ import annotations

import atexit
import hashlib
import io
import pickle
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import regex

from cleaner.rules.cachefolder import cache_folder, keep_body, kept_body

WORTH = 8
"""New patterns from which on the file is written anew, which takes ten milliseconds."""
MOST = 1 << 24
"""Bytes of patterns that a file holds; beyond them only those stay that a process has asked for."""


def compiled(source: str) -> regex.Pattern[str]:
    """The pattern of a source in which case does not matter; raises `regex.error` as `regex.compile` does."""
    folder = cache_folder()
    return _compile(source) if folder is None else _shelf(folder / _name()).pattern(source)


def keep_compiled() -> None:
    """Keep what was compiled since this was last called, where it is worth it; done as a process ends, and
    by workers, which end without notice, after each task."""
    for shelf in _shelves:
        shelf.keep()


class _Shelf:
    """Patterns by source, as one file holds them."""

    def __init__(self, path: Path):
        self._path = path
        self._kept = _read(path)
        self._asked: dict[str, bytes] = {}  # since the start
        self._fresh = 0  # of those, how many no file holds

    def pattern(self, source: str) -> regex.Pattern[str]:
        data = self._kept.get(source)
        if data is not None:
            self._asked[source] = data
            try:
                found: regex.Pattern[str] = _unpickled(data)
                return found
            except Exception:  # whatever another build of `regex` says of it: it is compiled as if new
                del self._kept[source]
        pattern = _compile(source)
        self._asked[source] = pickle.dumps(pattern, pickle.HIGHEST_PROTOCOL)
        self._fresh += 1
        return pattern

    def keep(self) -> None:
        if self._fresh < WORTH:
            return
        asked, self._fresh = dict(self._asked), 0
        everything = {**_read(self._path), **asked}  # others may have written since
        self._kept = everything if sum(map(len, everything.values())) <= MOST else asked
        keep_body(self._path, pickle.dumps(self._kept, pickle.HIGHEST_PROTOCOL))


_shelves: list[_Shelf] = []


@cache
def _shelf(path: Path) -> _Shelf:
    if not _shelves:
        atexit.register(keep_compiled)
    _shelves.append(_Shelf(path))
    return _shelves[-1]


def _compile(source: str) -> regex.Pattern[str]:
    pattern: regex.Pattern[str] = regex.compile(source, regex.IGNORECASE, cache_pattern=False)
    return pattern


@cache
def _name() -> str:
    """The file's name, of all that a compiled pattern depends on besides its source."""
    build = f"{sys.version} {sys.byteorder} {sys.maxsize} {regex.__version__}"
    return f"patterns-{hashlib.sha256(build.encode()).hexdigest()[:16]}.pickle"


def _read(path: Path) -> dict[str, bytes]:
    body = kept_body(path)
    try:
        found = {} if body is None else _unpickled(body)
    except Exception:  # whole, but of another form
        return {}
    return dict(found) if isinstance(found, Mapping) else {}


class _Unpickler(pickle.Unpickler):
    """Of pickled data makes plain values and compiled patterns, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module.partition(".")[0], name) not in {("regex", "compile"), ("_regex", "compile")}:
            raise pickle.UnpicklingError(f"{module}.{name} is no pattern")
        return super().find_class(module, name)


def _unpickled(data: bytes) -> Any:
    return _Unpickler(io.BytesIO(data)).load()
