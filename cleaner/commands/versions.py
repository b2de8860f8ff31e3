"""What ``cleaner --version`` prints: the versions that decide a result, for an error report."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Sequence

from cleaner._version import __version__

_DECISIVE = ("ftfy", "regex", "chardet", "numpy", "ahocorasick_rs", "pyarrow", "click")


def describe() -> list[str]:
    """The program's version, then those of Python, the system and the libraries a result rests on."""
    found = installed(_DECISIVE, sys.path)
    libraries = ", ".join(f"{name} {found.get(name, 'not found')}" for name in _DECISIVE)
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return [f"cleaner {__version__}", f"{python}; {libraries}"]


def installed(names: Sequence[str], folders: Iterable[str]) -> dict[str, str]:
    """Versions of the distributions ``names``, read off the names of their metadata folders.

    importlib.metadata would say the same for 40 ms of imports, a quarter of what ``--version`` may
    take. A distribution installed in a way that leaves no such folder is not found. The first
    folder that holds one wins, as it does for imports.
    """
    versions: dict[str, str] = {}
    for folder in folders:
        try:
            entries = os.listdir(folder or ".")
        except OSError:  # a zip file, or a folder that is gone
            continue
        for entry in entries:
            stem, dot, suffix = entry.rpartition(".")
            name, dash, version = stem.partition("-")
            if dot and dash and suffix in ("dist-info", "egg-info") and name in names:
                versions.setdefault(name, version)
    return versions
