"""From TOML to `Pack`: every key is known, of its type, and every pattern has a gate, or an error
names file, rule and key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from cleaner.model import RuleError
from cleaner.rules import backtracking, gates, model, patterns
from cleaner.rules.model import Block, Gate, Limits, Pack, Rule
from cleaner.suggest import did_you_mean

KINDS = ("titles", "teasers", "links", "blurbs", "contacts", "short", "prose", "any")
"""Kinds of line a block may follow; `cleaner.strip` says what each looks like."""

_CODE = re.compile(r"[A-Z]{2,5}[0-9]{3}\Z")
_PREFIX = re.compile(r"[A-Z]{2,5}\Z")
_PACK_KEYS = ("name", "prefix", "description", "retired")
_LIMIT_KEYS = tuple(field.name for field in fields(Limits))
_RULE_KEYS = (
    *("code", "name", "scope", "languages", "confidence", "points", "why", "risk", "examples"),
    *("any", "all", "unless", "at", "until", "block"),
    *_LIMIT_KEYS,
)
_BLOCK_KEYS = tuple(field.name for field in fields(Block))
_FLAG_COUNTS = {"near_end": model.NEAR_END_LINES, "near_start": model.NEAR_END_LINES}
_COUNTS_OF_TRUE = _FLAG_COUNTS | {"needs_list": model.LIST_LINES, "needs_near": 2, "prose_before": 1}


def shipped_folder() -> Path:
    """The folder of the shipped packs: inside an installed wheel, or the source tree's ``rules/``."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_rules", package.parent / "rules"):
        if folder.is_dir():
            return folder
    raise RuleError(
        f"the shipped rules are missing: neither {package / '_rules'} nor a rules/ folder beside the package"
    )


def load_pack(path: Path | str, known: Callable[[str], Pack | None] | None = None) -> Pack:
    """Read one pack file; raises `RuleError` naming the file and what is wrong with it.

    ``known`` gives a pack that was read before by the digest of its text (`cleaner.rules.index`).
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RuleError(f"{path}: cannot read the rule pack: {error.strerror or error}") from error
    pack = known(hashlib.sha256(data).hexdigest()) if known is not None else None
    if pack is not None:
        return replace(pack, source=str(path))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RuleError(f"{path}: a rule pack is UTF-8; byte {error.start} is not") from error
    return parse_pack(text, str(path))


def parse_pack(text: str, source: str) -> Pack:
    """Read a pack from TOML text; ``source`` names it in errors."""
    import tomllib

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{source}: not valid TOML: {error}") from error
    where = _Where(source)
    where.known(table, ("pack", "rule"))
    head = where.take(table, "pack", dict, required=True)
    where.at("[pack]").known(head, _PACK_KEYS)
    name = where.at("[pack]").take(head, "name", str, required=True)
    prefix = where.at("[pack]").take(head, "prefix", str, required=True)
    if not _PREFIX.match(prefix):
        raise where.at("[pack]").error("prefix", "two to five capital letters, such as ALR")
    retired = where.at("[pack]").take(head, "retired", dict) or {}
    rules = tuple(
        _rule(entry, index, prefix, name, source)
        for index, entry in enumerate(where.take(table, "rule", list) or [])
    )
    seen: set[str] = set()
    for rule in rules:
        if rule.code in seen or rule.code in retired:
            raise RuleError(
                f"{source}: {rule.code}: the code is used twice or retired; codes are never reused"
            )
        seen.add(rule.code)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Pack(name, prefix, source, rules, retired, digest)


class _Where:
    """Where in a pack we are, for errors, with the checks every table needs."""

    def __init__(self, source: str, place: str = ""):
        self.source, self.place = source, place

    def at(self, place: str) -> _Where:
        return _Where(self.source, place)

    def error(self, key: str, reason: str) -> RuleError:
        place = f" {self.place}:" if self.place else ""
        return RuleError(f"{self.source}:{place} `{key}`: {reason}")

    def known(self, table: dict[str, Any], keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                raise self.error(key, f"unknown key{did_you_mean(key, keys)}")

    def take(self, table: dict[str, Any], key: str, kind: type, required: bool = False) -> Any:
        value = table.get(key)
        if value is None:
            if required:
                raise self.error(key, "is missing")
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(key, f"wants {_KIND_NAMES[kind]}, not {value!r}")
        return value

    def strings(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        value = [value] if isinstance(value, str) and key == "follow" else value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, f"wants a list of strings, not {value!r}")
        return tuple(value)

    def choice(self, table: dict[str, Any], key: str, choices: tuple[str, ...], default: str) -> Any:
        value = table.get(key, default)
        if value not in choices:
            raise self.error(key, f"wants one of {', '.join(choices)}, not {value!r}")
        return value

    def count(self, table: dict[str, Any], key: str, default: Any) -> Any:
        value = table.get(key, default)
        if value is True and key in _COUNTS_OF_TRUE:
            return _COUNTS_OF_TRUE[key]
        if value is False and key in _COUNTS_OF_TRUE:
            return default
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise self.error(key, f"wants a count, not {value!r}")
        return value

    def patterns(self, table: dict[str, Any], key: str, check: Callable[[str], object]) -> tuple[str, ...]:
        values = self.strings(table, key)
        for value in values:
            try:
                check(value)
            except patterns.PatternError as error:
                raise self.error(key, str(error)) from error
        return values


_KIND_NAMES = {
    str: "a string",
    int: "a whole number",
    dict: "a table",
    list: "a list of tables",
    bool: "true or false",
}


def _rule(entry: Any, index: int, prefix: str, family: str, source: str) -> Rule:
    where = _Where(source, f"rule {index + 1}")
    if not isinstance(entry, dict):
        raise where.error("rule", "wants tables, written [[rule]]")
    code = where.take(entry, "code", str, required=True)
    if not _CODE.match(code) or code[:-3] != prefix:
        raise where.error(
            "code", f"wants the pack's prefix and three digits, such as {prefix}001, not {code!r}"
        )
    where = where.at(code)
    where.known(entry, _RULE_KEYS)
    scope = where.choice(entry, "scope", model.SCOPES, "line")
    block = where.take(entry, "block", dict)
    if block is not None and scope not in ("block", "tail", "head"):
        raise where.error("block", f"is for the scopes block, head and tail, not {scope}")
    any_ = where.patterns(entry, "any", _gated)
    all_ = where.patterns(entry, "all", backtracking.check if any_ else _gated)
    if not any_ and not all_:
        raise where.error("any", "a rule needs at least one pattern in `any` or `all`")
    return Rule(
        code=code,
        name=where.take(entry, "name", str, required=True),
        family=family,
        scope=scope,
        why=where.take(entry, "why", str, required=True),
        risk=where.take(entry, "risk", str) or "",
        languages=where.strings(entry, "languages"),
        confidence=where.choice(entry, "confidence", model.CONFIDENCES, "high"),
        points=where.count(entry, "points", 1),
        any=any_,
        all=all_,
        unless=where.patterns(entry, "unless", backtracking.check),
        at=where.choice(entry, "at", model.PLACES, "start"),
        until=where.choice(entry, "until", model.UNTILS, "sentence"),
        limits=_limits(entry, where),
        block=_block(block or {}, where.at(f"{code} [rule.block]"), scope),
        gates=gates_of(any_, all_),
        examples_text=_examples(where.take(entry, "examples", str) or "", where),
    )


def _limits(entry: dict[str, Any], where: _Where) -> Limits:
    values: dict[str, Any] = {}
    for field in fields(Limits):
        if isinstance(field.default, bool):
            flag = where.take(entry, field.name, bool)
            values[field.name] = field.default if flag is None else flag
        else:
            values[field.name] = where.count(entry, field.name, field.default)
    return Limits(**values)


def _block(entry: dict[str, Any], where: _Where, scope: str) -> Block | None:
    where.known(entry, _BLOCK_KEYS)
    if scope not in ("block", "head", "tail"):
        return None
    follow = where.strings(entry, "follow") or (("titles",) if scope == "block" else ("any",))
    for kind in follow:
        if kind not in KINDS:
            where.patterns({"follow": [kind]}, "follow", backtracking.check)
    return Block(
        follow=follow,
        stop=where.patterns(entry, "stop", backtracking.check),
        **{
            key: where.count(entry, key, getattr(Block(), key))
            for key in ("max_lines", "min_lines", "in_body")
        },
    )


def _gated(pattern: str) -> None:
    if not gates.literals(patterns.parse(pattern)):
        raise patterns.PatternError(
            f"{pattern!r} holds no letters or digits that every match must have: no gate can be derived"
        )
    backtracking.check(pattern)


def gates_of(any_: Iterable[str], all_: Iterable[str]) -> tuple[Gate, ...]:
    """The gate of each pattern of ``any``, or without them of the first of ``all``.

    A line that a rule matches holds literals of each of ``all`` too, so the best set gates.
    """
    leads, others = [patterns.parse(one) for one in any_], [patterns.parse(one) for one in all_]
    found = []
    for node in leads or others[:1]:
        literals = max((gates.literals(one) for one in (node, *others)), key=gates.worth)
        begin, end = sorted(gates.prefixes(node)), sorted(gates.suffixes(node))
        found.append(Gate(tuple(begin), tuple(sorted(literals)), patterns.longest(node), tuple(end)))
    return tuple(found)


def _examples(text: str, where: _Where) -> str:
    try:
        list(model.read_examples(text))
    except ValueError as error:
        raise where.error("examples", str(error)) from error
    return text
