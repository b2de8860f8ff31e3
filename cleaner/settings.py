"""Configuration: ``cleaner.toml`` or ``[tool.cleaner]`` of ``pyproject.toml``, then the command line.

The file is found upwards from the first input, so that a hook, a scheduled job and a person in
another folder treat the same data alike. An option given on the command line replaces the key of
the same name. A misspelled key is an error: a rule somebody believes switched off must not run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cleaner.model import ConfigError
from cleaner.options import CONFIDENCES, EVIDENCES, HEADLINE_POLICIES, STRICTNESSES, Options
from cleaner.suggest import did_you_mean

CONFIG_NAME = "cleaner.toml"
PROJECT_NAME = "pyproject.toml"

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?i?)b?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration file and the command line decide together.

    ``values`` holds the keys that were set, spelled as in the file (``text-column``), checked;
    ``file`` is the configuration file they came from, None where there is none.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None

    def options(self) -> Options:
        """The options of the core these settings ask for."""
        return Options(**self.pick(_CORE))

    def pick(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """The values that were set among ``fields`` (key: field name), as keyword arguments."""
        return {name: self.values[key] for key, name in fields.items() if key in self.values}


@dataclass(slots=True)
class Choice:
    """What the command line says, for commands that look up the configuration of each file.

    ``given`` uses the file's keys; ``config`` is read in place of a search, and nothing is without
    ``search``.
    """

    given: Mapping[str, Any]
    config: str | None = None
    search: bool = True
    _folders: dict[Path, Settings] = field(default_factory=dict)

    def settings_for(self, path: str) -> Settings:
        """The settings that hold for one file. A hook gets its files split over processes: what holds
        for a file must not depend on which others share its process."""
        folder = search_start([path])
        if folder not in self._folders:
            self._folders[folder] = load(self.given, [path], self.config, self.search)
        return self._folders[folder]


def load(
    given: Mapping[str, Any], inputs: Sequence[str] = (), file: str | None = None, search: bool = True
) -> Settings:
    """Read the configuration for ``inputs`` and lay ``given``, the command line's values, over it.

    ``given`` uses the file's keys; None and empty values count as not given. ``file`` is read in
    place of a search; without ``search`` nothing is read.

    Raises ConfigError for a file that cannot be read, an unknown key or a value of the wrong type.
    """
    found = Path(file) if file else find(search_start(inputs)) if search else None
    values = read(found) if found else {}
    set_here = {key: value for key, value in given.items() if value is not None and value != ()}
    if not set_here.keys() <= KEYS.keys():
        raise KeyError(f"not settings: {sorted(set_here.keys() - KEYS.keys())}")
    for here, other in (("repair", "no-repair"), ("no-repair", "repair")):
        if here in set_here and other in values:
            values[other] = tuple(fix for fix in values[other] if fix not in set_here[here])
    return Settings({**values, **set_here}, found)


def search_start(inputs: Sequence[str]) -> Path:
    """The folder the search begins in: the first input's, or the current one for standard input,
    addresses and no input. Links are not resolved: data linked into a project belongs to it."""
    first = inputs[0] if inputs else "-"
    if first == "-" or "://" in first:
        return Path.cwd()
    path = Path(os.path.abspath(first))
    while not path.is_dir() and path != path.parent:  # a file, a glob or a name that is not there
        path = path.parent
    return path


def find(folder: Path) -> Path | None:
    """The nearest configuration file in ``folder`` or above it; cleaner.toml first in each."""
    for place in (folder, *folder.parents):
        if (own := place / CONFIG_NAME).is_file():
            return own
        if (project := place / PROJECT_NAME).is_file() and _has_table(project):
            return project
    return None


def read(path: Path) -> dict[str, Any]:
    """The checked settings of one file; paths in it are relative to its folder.

    Raises ConfigError naming file and key.
    """
    shown = _shown(path)
    table: Any = _parse(path)
    if path.name == PROJECT_NAME:
        table = _own_table(table)
        shown += " [tool.cleaner]"
    if not isinstance(table, dict):
        raise ConfigError(f"{shown}: no table of settings there")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in KEYS:
            raise ConfigError(f"{shown}: unknown key `{key}`{nearest(key, KEYS)}")
        try:
            values[key] = KEYS[key](value)
        except ValueError as error:
            raise ConfigError(f"{shown}: key `{key}`: {error}") from None
    if "rules" in values:
        values["rules"] = tuple(
            name if name.startswith("package:") else str(path.parent / name) for name in values["rules"]
        )
    for name in ("profile", "baseline"):
        if name in values:
            values[name] = str(path.parent / values[name])
    return values


def size(value: object) -> int:
    """Bytes from a number or from digits with a unit: ``"100 MB"`` (10^6), ``"64 MiB"`` (2^20).

    >>> size("1.5 GB"), size("64MiB"), size(4096)
    (1500000000, 67108864, 4096)

    Raises ValueError for anything else and for less than one byte.
    """
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match and (unit := match[2].lower()) in _UNITS:
        value = int(float(match[1]) * _UNITS[unit])
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"expected a size in bytes such as 1000000 or '100 MB', not {value!r}")
    return value


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error about an unknown ``name``: the nearest known one, else all of them.

    >>> nearest("slect", ["select", "ignore"])
    '; did you mean `select`?'
    >>> nearest("colour", ["select", "ignore"])
    '; known: ignore, select'
    """
    names = sorted(known)
    return did_you_mean(name, names) or f"; known: {', '.join(names)}"


def _string(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected a string, not {value!r}")
    return value


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f'expected a list of strings, such as ["one", "two"], not {value!r}')
    return tuple(value)


def _ignores(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ValueError(f'expected a table such as {{"data/old/*" = ["ALR"]}}, not {value!r}')
    return {str(pattern): _strings(codes) for pattern, codes in value.items()}


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"expected a whole number from 1, not {value!r}")
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
        raise ValueError(f"expected a number of seconds above 0, not {value!r}")
    return float(value)


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, not {value!r}")
    return value


def _one_of(choices: Sequence[str]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if value not in choices or not isinstance(value, str):
            raise ValueError(f"expected one of {', '.join(choices)}, not {value!r}")
        return value

    return check


_CORE = {
    "select": "select",
    "ignore": "ignore",
    "rules": "rules",
    "confidence": "confidence",
    "headlines": "headlines",
    "strictness": "strictness",
    "evidence": "evidence",
    "repair": "repair_on",
    "no-repair": "repair_off",
    "comments": "comments",
    "metadata": "metadata",
}

READING = {
    "text-column": "text_column",
    "id-column": "id_column",
    "title-column": "title_column",
    "url-column": "url_column",
    "lang-column": "lang_column",
    "html-column": "html_column",
    "page-seconds": "page_seconds",
    "format": "format",
    "encoding": "encoding",
    "max-document-size": "max_document_bytes",
    "profile": "profile",
}
"""Keys on how inputs are read and what is known of their hosts, and the fields of the run's settings
they fill."""

RUNNING = {"workers": "workers", "max-document-time": "max_document_seconds"}
"""Keys on how a run works, and the fields of its settings they fill."""

KEYS: dict[str, Callable[[object], Any]] = {
    "select": _strings,
    "ignore": _strings,
    "rules": _strings,
    "confidence": _one_of(CONFIDENCES),
    "headlines": _one_of(HEADLINE_POLICIES),
    "strictness": _one_of(STRICTNESSES),
    "evidence": _one_of(EVIDENCES),
    "repair": _strings,
    "no-repair": _strings,
    "text-column": _string,
    "id-column": _string,
    "title-column": _string,
    "url-column": _string,
    "lang-column": _string,
    "html-column": _string,
    "page-seconds": _count,
    "comments": _yes_or_no,
    "metadata": _yes_or_no,
    "format": _string,
    "encoding": _string,
    "workers": _count,
    "max-document-size": size,
    "max-document-time": _seconds,
    "profile": _string,
    "per-file-ignores": _ignores,
    "exclude-ids": _strings,
    "baseline": _string,
}
"""Every key of a configuration file and the function that checks its value (raises ValueError)."""


def _parse(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{_shown(path)}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{_shown(path)}: not valid TOML: {error}") from None


def _has_table(project: Path) -> bool:
    """Whether a pyproject.toml holds ``[tool.cleaner]``. One that never names the tool is not
    parsed: a dump of scraped repositories may hold broken ones that are none of our business."""
    try:
        if b"cleaner" not in project.read_bytes():
            return False
    except OSError:
        return False
    return _own_table(_parse(project)) is not None


def _own_table(project: dict[str, Any]) -> Any:
    """What stands under ``[tool.cleaner]``; None where there is no such table."""
    tool = project.get("tool")
    return tool.get("cleaner") if isinstance(tool, dict) else None


def _shown(path: Path) -> str:
    """The path as a person would name it from where they stand."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
