"""What holds for one file among others: the configuration above it, and what of it is accepted."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from cleaner import settings
from cleaner.charsets import charset_named
from cleaner.columns import Named
from cleaner.commands.changes import Change
from cleaner.files.manifest import write_file
from cleaner.files.paths import reason_of
from cleaner.files.reading import ReadSettings
from cleaner.fixes import FIXES
from cleaner.model import ConfigError
from cleaner.options import Options

FORM = 1
"""Version of the baseline's form."""

BASELINE_NAME = "cleaner-baseline.json"


@dataclass(frozen=True, slots=True)
class Terms:
    """How one file is to be read and cleaned.

    ``excluded`` are ids of records that are passed over, ``baseline`` the file of accepted findings
    (None: nothing is accepted), ``root`` the folder of the configuration: per-file ignores name files
    from there.
    """

    options: Options
    reading: ReadSettings
    profile: str | None
    excluded: frozenset[str]
    baseline: str | None
    root: str


@dataclass(slots=True)
class TermsBook:
    """The terms of files, each made once."""

    choice: settings.Choice
    _made: dict[tuple[int, tuple[str, ...]], Terms] = field(default_factory=dict)

    def of(self, path: str) -> Terms:
        """The terms of a file. Raises ConfigError for settings that cannot be used."""
        found = self.choice.settings_for(path)
        root = str(found.file.parent) if found.file is not None else os.curdir
        spared = _spared(found.values.get("per-file-ignores", {}), _relative(path, root))
        key = (id(found), spared)
        if key not in self._made:
            self._made[key] = _terms(found, spared, root)
        return self._made[key]


def _terms(found: settings.Settings, spared: tuple[str, ...], root: str) -> Terms:
    options = found.options()
    codes = tuple(code for code in spared if code not in FIXES)
    fixes = tuple(code for code in spared if code in FIXES)
    options = replace(options, ignore=options.ignore + codes, repair_off=options.repair_off + fixes)
    values = found.values
    encoding = values.get("encoding")
    if encoding is not None and charset_named(encoding) is None:
        raise ConfigError(f"--encoding {encoding}: no charset is known by this name")
    named = Named(**{role: values.get(f"{role}-column") for role in ("text", "id", "title", "url", "lang")})
    reading = ReadSettings(named, encoding)
    if size := values.get("max-document-size"):
        reading = replace(reading, max_document_bytes=size)
    excluded = frozenset(values.get("exclude-ids", ()))
    return Terms(options, reading, values.get("profile"), excluded, values.get("baseline"), root)


def _spared(ignores: Mapping[str, tuple[str, ...]], path: str) -> tuple[str, ...]:
    """The codes and fixes that are ignored in a file, by its path below the configuration's folder; a
    pattern without a slash may also match its name alone."""
    name = path.rpartition("/")[2]
    return tuple(
        code
        for pattern, codes in ignores.items()
        if fnmatchcase(path, pattern) or ("/" not in pattern and fnmatchcase(name, pattern))
        for code in codes
    )


def _relative(path: str, root: str) -> str:
    """A path from ``root``, with slashes; absolute where there is no way (other drives)."""
    try:
        return os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:
        return os.path.abspath(path).replace(os.sep, "/")


class Baseline:
    """Findings that are accepted: for each file, how often each fingerprint may stand in it.

    Files are named from the folder of the baseline. What is accepted is used up as a file is read, so
    that a second copy of an accepted line is new.
    """

    def __init__(self, path: str, files: dict[str, dict[str, int]]):
        self.path, self.files = path, files
        self._left: dict[str, Counter[str]] = {}

    @classmethod
    def load(cls, path: str) -> Baseline:
        """The baseline in a file. Raises ConfigError where it is none."""
        shown = os.path.relpath(path)
        try:
            table = json.loads(Path(path).read_text(encoding="utf-8"))
            if table["form"] != FORM:
                raise ConfigError(
                    f"{shown}: a baseline of form {table['form']!r}; make it anew: cleaner baseline"
                )
            files = {
                name: {code: int(count) for code, count in found.items()}
                for name, found in table["files"].items()
            }
        except OSError as error:
            raise ConfigError(f"{shown}: {reason_of(error)}; `cleaner baseline` makes it") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigError(
                f"{shown}: no baseline, or a damaged one; make it anew: cleaner baseline"
            ) from error
        return cls(path, files)

    def name(self, path: str) -> str:
        """What a file is called here."""
        return _relative(path, os.path.dirname(self.path))

    def fresh(self, path: str, found: Iterable[Change]) -> list[Change]:
        """The changes that are not accepted; the others are used up."""
        name = self.name(path)
        left = self._left.setdefault(name, Counter(_counts(self.files.get(name, {}))))
        new = []
        for change in found:
            if left[change.fingerprint] > 0:
                left[change.fingerprint] -= 1
            else:
                new.append(change)
        return new

    def give_back(self, path: str, found: Iterable[Change]) -> None:
        """Accept changes again that were used up, for the same text is looked at once more."""
        self._left[self.name(path)].update(change.fingerprint for change in found)

    def accept(self, path: str, found: Iterable[Change]) -> None:
        """Let the changes stand in a file, in place of what was accepted there."""
        counts = Counter(f"{change.code} {change.fingerprint}" for change in found)
        self.files[self.name(path)] = dict(sorted(counts.items()))

    def save(self) -> None:
        """Write the baseline, one finding a line so that a diff can be read; files without any, and
        files that are gone, are left out."""
        folder = os.path.dirname(self.path)
        kept = {
            name: found
            for name, found in sorted(self.files.items())
            if found and os.path.exists(os.path.join(folder, name))
        }
        table = json.dumps({"form": FORM, "files": kept}, indent=1, ensure_ascii=False)
        write_file(self.path, [table, "\n"])


def _counts(found: Mapping[str, int]) -> dict[str, int]:
    """Fingerprints without the codes that stand before them for readers."""
    return {key.rpartition(" ")[2]: count for key, count in found.items()}
