"""Rule packs that other packages bring: found by name, read as data, never imported.

A package offers a pack by an entry point of the group ``cleaner.rules``; its value says where the file
lies in the package: ``marsh_rules:packs.marsh`` is ``packs/marsh.toml`` in the folder of ``marsh_rules``.
Nothing is loaded because it is installed: a pack is in force where ``--rules package:NAME`` or the
configuration names it.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cleaner.model import RuleError
from cleaner.suggest import did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "cleaner.rules"
PREFIX = "package:"
"""What an installed pack's name is told from a file's by."""


def pack_path(named: str) -> Path:
    """The file of a pack: ``named`` itself, or the one that the package behind ``package:NAME`` offers.

    Raises `RuleError` where no installed package offers that name, several do, or the file is not there.
    """
    if not named.startswith(PREFIX):
        return Path(named)
    from importlib.metadata import entry_points  # 40 ms that only those pay who ask for a package

    name = named.removeprefix(PREFIX)
    offered = entry_points(group=GROUP)
    found = {(one.name, one.value): one for one in offered if one.name == name}
    if not found:
        known = did_you_mean(name, [one.name for one in offered])
        raise RuleError(f"{named}: no installed package offers a rule pack of this name{known}")
    if len(found) > 1:
        places = ", ".join(sorted(value for _, value in found))
        raise RuleError(f"{named}: several installed packages offer a rule pack of this name: {places}")
    return _file(named, next(iter(found.values())))


def _file(named: str, offer: EntryPoint) -> Path:
    """Where the package lies is asked of the import system; the package itself is not imported."""
    package, _, inside = offer.value.partition(":")
    top, *folders = package.strip().split(".")
    spec = find_spec(top) if top.isidentifier() else None
    parts = inside.strip().split(".")
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(place, *folders, *parts[:-1], f"{parts[-1]}.toml")
        if path.is_file():
            return path
    raise RuleError(f"{named}: the file that its package offers ({offer.value}) is not there")
