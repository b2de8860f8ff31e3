"""The shipped packs as read, so that a first document does not wait for TOML and gates.

Reading two hundred rules and deriving their gates costs some tenths of a second, more than all
imports together. ``rules/index.json`` keeps the outcome under the digest of each pack's text: a
pack that was edited since is simply read anew. Written by ``python -m cleaner.rules``; a
test holds it current.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from cleaner._version import __version__
from cleaner.rules.model import Block, Gates, Limits, Pack, Rule
from cleaner.rules.pack import load_pack, shipped_folder

NAME = "index.json"


def shipped_packs() -> list[Pack]:
    """The packs that come with the project, in order of their file names."""
    folder = shipped_folder()
    known = _read(folder / NAME)
    return [load_pack(path, known.get) for path in sorted(folder.glob("*.toml"))]


def dump(packs: Iterable[Pack]) -> str:
    """The index of ``packs`` as JSON, one line a rule, keys in a fixed order."""
    lines = [f'"version": {json.dumps(__version__)}']
    for pack in packs:
        head = {key: value for key, value in asdict(pack).items() if key not in ("rules", "source", "digest")}
        rules = ",\n".join(json.dumps(rule_to_json(rule), ensure_ascii=False) for rule in pack.rules)
        lines.append(f'"{pack.digest}": {{"pack": {json.dumps(head)}, "rules": [\n{rules}\n]}}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def rule_to_json(rule: Rule) -> dict[str, Any]:
    """A rule as plain values, without what its defaults say; `rule_from_json` gives it back."""
    values = {field.name: getattr(rule, field.name) for field in fields(rule)}
    limits = {
        field.name: value
        for field in fields(Limits)
        if (value := getattr(rule.limits, field.name)) != field.default
    }
    values["block"] = asdict(rule.block) if rule.block is not None else None
    values["gates"] = rule.gates.text
    del values["limits"]
    bare = {key: value for key, value in values.items() if value != _BARE.get(key) or key == "scope"}
    return bare | ({"limits": limits} if limits else {})


_EMPTY = Rule("", "", "", "line", "")
_BARE = {field.name: getattr(_EMPTY, field.name) for field in fields(Rule)} | {"gates": ""}


def packs_of(data: bytes) -> dict[str, Pack]:
    """Packs by the digest of their text, of what `dump` wrote; none where it is of another version or form:
    the packs themselves are then read, which only takes longer."""
    try:
        table = json.loads(data.decode())
        if table.pop("version", None) != __version__:
            return {}
        return {digest: _pack(digest, entry) for digest, entry in table.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _read(path: Path) -> dict[str, Pack]:
    try:
        return packs_of(path.read_bytes())
    except OSError:
        return {}


def _pack(digest: str, entry: dict[str, Any]) -> Pack:
    return Pack(source="", digest=digest, rules=tuple(map(rule_from_json, entry["rules"])), **entry["pack"])


def rule_from_json(entry: dict[str, Any]) -> Rule:
    """The rule that `rule_to_json` told; `ValueError`, `TypeError` or `KeyError` for what is none."""
    values: dict[str, Any] = {key: _frozen(value) for key, value in entry.items()}
    if not isinstance(entry["gates"], str):
        raise TypeError("gates are one text")
    values["gates"] = Gates(entry["gates"])
    values["limits"] = Limits(**entry.get("limits", {}))
    if entry.get("block"):
        values["block"] = Block(**{key: _frozen(value) for key, value in entry["block"].items()})
    return Rule(**values)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
