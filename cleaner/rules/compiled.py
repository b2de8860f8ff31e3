"""Exact patterns as they were compiled before.

`regex` compiles in Python: one to two milliseconds a pattern, two seconds in each process for what a dump of
web pages calls up. A compiled pattern is a program for the module's matcher and a few tables of groups, of
which the pattern is made again thirty times sooner; the module gives them away as `copyreg` asks for them.
Those of a user stand in one file of the cache folder, by their source; its name tells of what else they
depend on. As with Python's own compiled modules, who may write the file may say what the matcher does: it is
believed only where nobody else may (`cleaner.rules.cachefolder`), and of what it holds nothing but patterns
is made.
"""

from __future__ import annotations

import atexit
import copyreg
import hashlib
import json
import sys
from base64 import b64decode, b64encode
from functools import cache
from pathlib import Path
from typing import Any

import regex

from cleaner.rules.cachefolder import cache_folder, keep_body, kept_body

WORTH = 8
"""New patterns from which on the file is written anew, which takes ten milliseconds."""
FEW = 4
"""Patterns that a process compiles before it looks into the file: a short text asks for no more."""
MOST = 1 << 24
"""Code points of patterns that a file holds; beyond them only those stay that a process has asked for."""


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
    """Patterns by source, as one file holds them: a line each, the source and its program as JSON."""

    def __init__(self, path: Path):
        self._path = path
        self._kept: dict[str, str] | None = None  # until it is read
        self._asked: dict[str, str] = {}  # since the start
        self._fresh = 0  # of those, how many no file holds, as far as is known

    def pattern(self, source: str) -> regex.Pattern[str]:
        key = json.dumps(source)
        kept = self._known()
        program = kept.get(key)
        if program is not None:
            try:
                pattern = _loaded(program)
                self._asked[key] = program
                return pattern
            except Exception:  # whatever `regex` says of what is no program: it is compiled as if new
                del kept[key]
        pattern = _compile(source)
        program = _program(pattern)
        if program is not None:
            self._asked[key] = program
            self._fresh += 1
        return pattern

    def _known(self) -> dict[str, str]:
        if self._kept is None and len(self._asked) >= FEW:
            self._kept = _read(self._path)
            self._fresh = len(self._asked.keys() - self._kept.keys())
        return {} if self._kept is None else self._kept

    def keep(self) -> None:
        if self._fresh < WORTH:
            return
        asked, self._fresh = dict(self._asked), 0
        everything = {**_read(self._path), **asked}  # others may have written since
        size = sum(map(len, everything)) + sum(map(len, everything.values()))
        self._kept = everything if size <= MOST else asked
        keep_body(self._path, "\n".join(map("\t".join, self._kept.items())).encode())


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
    return f"patterns-{hashlib.sha256(build.encode()).hexdigest()[:16]}"


def _read(path: Path) -> dict[str, str]:
    body = kept_body(path)
    if body is None:
        return {}
    lines = (line.partition("\t") for line in body.decode("utf-8", "replace").split("\n"))
    return {key: program for key, _, program in lines}


def _program(pattern: regex.Pattern[str]) -> str | None:
    """What a pattern can be made of again, as JSON; None where `regex` gives away other values than plain."""
    _, parts = _taken_apart(pattern)
    try:
        return json.dumps(_tagged(parts), ensure_ascii=True, separators=(",", ":"))
    except TypeError:
        return None


def _loaded(program: str) -> regex.Pattern[str]:
    pattern: regex.Pattern[str] = _maker()(*json.loads(program, object_hook=_untagged))
    return pattern


@cache
def _maker() -> Any:
    return _taken_apart(regex.compile("any"))[0]


def _taken_apart(pattern: regex.Pattern[str]) -> tuple[Any, tuple[Any, ...]]:
    """(the function that makes a pattern, what it is called with)."""
    taken_apart: Any = copyreg.dispatch_table[type(pattern)](pattern)
    return taken_apart[0], taken_apart[1]


def _tagged(value: Any) -> Any:
    """A value with what JSON does not tell apart: objects of one key, the type."""
    match value:
        case None | bool() | int() | str():
            return value
        case bytes():
            return {"bytes": b64encode(value).decode()}
        case tuple() | list():
            return {type(value).__name__: [_tagged(one) for one in value]}
        case dict():
            return {"dict": [[_tagged(key), _tagged(one)] for key, one in value.items()]}
    raise TypeError(f"{type(value).__name__} is not plain")


def _untagged(tagged: dict[str, Any]) -> Any:
    ((kind, value),) = tagged.items()
    return _MADE[kind](value)


_MADE: dict[str, Any] = {"bytes": b64decode, "tuple": tuple, "list": list, "dict": dict}
