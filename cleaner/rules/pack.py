"""From TOML to `Pack`: every key is known, of its type, and every pattern has a gate, or an error
names file, rule and key."""

from __future__ import annotations

import hashlib
import re
import reprlib
import stat
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from cleaner.model import RuleError
from cleaner.rules import backtracking, gates, model, patterns
from cleaner.rules.model import Block, Gate, Limits, Pack, Rule
from cleaner.rules.spelled import words
from cleaner.suggest import did_you_mean

KINDS = ("titles", "teasers", "links", "blurbs", "contacts", "short", "prose", "any")
"""Kinds of line a block may follow; `cleaner.strip` says what each looks like."""

MOST_BYTES = 4 << 20
"""Of a pack; the largest that is shipped has a hundredth of it."""
MOST_COST = 5_000_000
"""Of reading the patterns of a pack, in parts written out: some ten seconds. The largest pack that is
shipped has a fifteenth."""
COST_OF_A_PATTERN = 50  # whatever it is
MOST_COUNT = 1_000_000_000
MOST_DOTS = 100  # in a line that names a table: each line below it costs as much
MOST_SHOWN = 60  # code points of a key, and of a value, in an error

_SHOWN = reprlib.Repr()
_SHOWN.maxstring = _SHOWN.maxother = MOST_SHOWN
_CODE = re.compile(r"[A-Z]{2,5}[0-9]{3}\Z")
_PREFIX = re.compile(r"[A-Z]{2,5}\Z")
_PACK_KEYS = ("name", "prefix", "description", "subject", "retired")
_LIMIT_KEYS = tuple(field.name for field in fields(Limits))
_RULE_KEYS = (
    *("code", "name", "scope", "languages", "confidence", "points", "why", "risk", "examples"),
    *("any", "all", "unless", "at", "until", "block"),
    *_LIMIT_KEYS,
)
_BLOCK_KEYS = tuple(field.name for field in fields(Block))
_BELOW_KEYS = ("follow", "stop", "in_body")  # of a rule of scope line
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
    data = _bytes(path)
    pack = known(hashlib.sha256(data).hexdigest()) if known is not None else None
    if pack is not None:
        return replace(pack, source=str(path))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RuleError(f"{path}: a rule pack is UTF-8; byte {error.start} is not") from error
    return parse_pack(text, str(path))


def _bytes(path: Path) -> bytes:
    """What the file holds; `RuleError` for what is no file, such as a pipe that nobody writes to, or none
    that people write."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RuleError(f"{path}: a rule pack is a file; this is a folder, a pipe or a device")
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RuleError(f"{path}: cannot read the rule pack: {reason}") from error
    if len(data) > MOST_BYTES:
        raise RuleError(f"{path}: a rule pack has at most {MOST_BYTES >> 20} MiB: make it several")
    return data


def parse_pack(text: str, source: str) -> Pack:
    """Read a pack from TOML text; ``source`` names it in errors."""
    try:
        return _pack(text, source)
    except RecursionError as error:
        raise RuleError(f"{source}: brackets or names in one another, too deep to be read") from error


def _table(text: str, source: str) -> dict[str, Any]:
    import tomllib

    if any(line.lstrip()[:1] == "[" and line.count(".") > MOST_DOTS for line in text.split("\n")):
        raise RuleError(f"{source}: a table's name has more than {MOST_DOTS} parts")
    try:
        return tomllib.loads(text)
    except ValueError as error:  # `TOMLDecodeError`, and what numbers and dates raise that are none
        raise RuleError(f"{source}: not valid TOML: {error}") from error


def _pack(text: str, source: str) -> Pack:
    table = _table(text, source)
    where = _Where(source)
    where.known(table, ("pack", "rule"))
    head = where.take(table, "pack", dict, required=True)
    where.at("[pack]").known(head, _PACK_KEYS)
    name = where.at("[pack]").take(head, "name", str, required=True)
    prefix = where.at("[pack]").take(head, "prefix", str, required=True)
    if not _PREFIX.match(prefix):
        raise where.at("[pack]").error("prefix", "two to five capital letters, such as ALR")
    subject = where.at("[pack]").choice(head, "subject", model.SUBJECTS, "site")
    retired = where.at("[pack]").take(head, "retired", dict) or {}
    for code in retired:
        where.at("[pack.retired]").take(retired, code, str)
    rules: list[Rule] = []
    codes = set(retired)
    for index, entry in enumerate(where.take(table, "rule", list) or []):
        rule = _rule(entry, prefix, name, where.at(f"rule {index + 1}"))
        if rule.code in codes:
            raise RuleError(
                f"{source}: {rule.code}: the code is used twice or retired; codes are never reused"
            )
        codes.add(rule.code)
        rules.append(replace(rule, subject=subject))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Pack(name, prefix, source, tuple(rules), retired, digest)


class _Where:
    """Where in a pack we are, for errors, with the checks every table needs."""

    def __init__(self, source: str, place: str = "", above: _Where | None = None):
        self.source, self.place = source, place
        self._top: _Where = above._top if above is not None else self
        self._cost = 0

    def at(self, place: str) -> _Where:
        return _Where(self.source, place, self)

    def error(self, key: str, reason: str) -> RuleError:
        place = f" {self.place}:" if self.place else ""
        return RuleError(f"{self.source}:{place} `{_short(key)}`: {reason}")

    def pay(self, key: str, cost: int) -> None:
        """Add up what reading the pack costs, so that it ends."""
        self._top._cost += cost
        if self._top._cost > MOST_COST:
            raise self.error(key, "here the patterns of the pack become too many to be read: make it several")

    def known(self, table: dict[str, Any], keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                raise self.error(key, f"unknown key{did_you_mean(_short(key), keys)}")

    def take(self, table: dict[str, Any], key: str, kind: type, required: bool = False) -> Any:
        value = table.get(key)
        if value is None:
            if required:
                raise self.error(key, "is missing")
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(key, f"wants {_KIND_NAMES[kind]}, not {_told(value)}")
        return value

    def strings(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        value = [value] if isinstance(value, str) and key == "follow" else value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, f"wants a list of strings, not {_told(value)}")
        return tuple(value)

    def choice(self, table: dict[str, Any], key: str, choices: tuple[str, ...], default: str) -> Any:
        value = table.get(key, default)
        if value not in choices:
            raise self.error(key, f"wants one of {', '.join(choices)}, not {_told(value)}")
        return value

    def count(self, table: dict[str, Any], key: str, default: Any) -> Any:
        value = table.get(key, default)
        if value is True and key in _COUNTS_OF_TRUE:
            return _COUNTS_OF_TRUE[key]
        if value is False and key in _COUNTS_OF_TRUE:
            return default
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise self.error(key, f"wants a count, not {_told(value)}")
        if value is not None and value > MOST_COUNT:
            raise self.error(key, f"wants a count of at most {MOST_COUNT:,}")
        return value

    def patterns(self, table: dict[str, Any], key: str, check: Callable[[str], int]) -> tuple[str, ...]:
        values = self.strings(table, key)
        for value in values:
            try:
                self.pay(key, COST_OF_A_PATTERN + check(value))
            except patterns.PatternError as error:
                raise self.error(key, str(error)) from error
        return values


def _told(value: Any) -> str:
    """A value as errors show it, however large or deep it is."""
    try:
        return _SHOWN.repr(value)
    except ValueError:  # of numbers with thousands of digits
        return "a number of this size"


def _short(key: str) -> str:
    return key if len(key) <= MOST_SHOWN else f"{key[:MOST_SHOWN]}…"


_KIND_NAMES = {
    str: "a string",
    int: "a whole number",
    dict: "a table",
    list: "a list of tables",
    bool: "true or false",
}


def _rule(entry: Any, prefix: str, family: str, where: _Where) -> Rule:
    if not isinstance(entry, dict):
        raise where.error("rule", "wants tables, written [[rule]]")
    code = where.take(entry, "code", str, required=True)
    if not _CODE.match(code) or code[:-3] != prefix:
        raise where.error(
            "code", f"wants the pack's prefix and three digits, such as {prefix}001, not {_told(code)}"
        )
    where = where.at(code)
    where.known(entry, _RULE_KEYS)
    scope = where.choice(entry, "scope", model.SCOPES, "line")
    block = where.take(entry, "block", dict)
    if block is not None and scope == "phrase":
        raise where.error("block", "is for the scopes line, block, head and tail, not phrase")
    any_ = where.patterns(entry, "any", _gated)
    all_ = where.patterns(entry, "all", backtracking.check if any_ else _gated)
    if not any_ and not all_:
        raise where.error("any", "a rule needs at least one pattern in `any` or `all`")
    derived = gates_of(any_, all_)
    where.pay("any", sum(len(gate.prefixes) + len(gate.literals) for gate in derived))
    rule = Rule(
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
        block=_block(block, where.at(f"{code} [rule.block]"), scope),
        examples_text=_examples(where.take(entry, "examples", str) or "", where),
    )
    spelled = sorted(set[str]().union(*map(words, map(patterns.parse, any_)))) if rule.joins else ()
    made = model.Gates.of(model.asked(gate, rule) for gate in derived)
    return replace(rule, gates=made, spelled=model.PARTS.join(spelled))


def _limits(entry: dict[str, Any], where: _Where) -> Limits:
    values: dict[str, Any] = {}
    for field in fields(Limits):
        if isinstance(field.default, bool):
            flag = where.take(entry, field.name, bool)
            values[field.name] = field.default if flag is None else flag
        else:
            values[field.name] = where.count(entry, field.name, field.default)
    return Limits(**values)


def _block(entry: dict[str, Any] | None, where: _Where, scope: str) -> Block | None:
    if entry is None and scope in ("line", "phrase"):
        return None
    entry = entry or {}
    where.known(entry, _BLOCK_KEYS if scope != "line" else _BELOW_KEYS)
    follow = where.strings(entry, "follow") or (("any",) if scope in ("head", "tail") else ("titles",))
    for kind in follow:
        if kind not in KINDS:
            where.patterns({"follow": [kind]}, "follow", backtracking.check)
    usual = Block()
    in_body = where.count(entry, "in_body", usual.in_body)
    return Block(
        follow=follow,
        stop=where.patterns(entry, "stop", backtracking.check),
        max_lines=where.count(entry, "max_lines", in_body if scope == "line" else usual.max_lines),
        min_lines=where.count(entry, "min_lines", usual.min_lines),
        in_body=in_body,
    )


def _gated(pattern: str) -> int:
    if not gates.literals(patterns.parse(pattern)):
        raise patterns.PatternError(
            f"{patterns.excerpt(pattern)} holds no letters or digits that every match must have: no gate can "
            "be derived"
        )
    return backtracking.check(pattern)


def gates_of(any_: Iterable[str], all_: Iterable[str]) -> tuple[Gate, ...]:
    """The gate of each pattern of ``any``, or without them of the first of ``all``.

    A line that a rule matches holds literals of each of ``all`` too, so the best set gates.
    """
    leads, others = [patterns.parse(one) for one in any_], [patterns.parse(one) for one in all_]
    best = max((gates.literals(one) for one in others), key=gates.worth, default=frozenset[str]())
    shared = tuple(sorted(best))
    found = []
    for node in leads or others[:1]:
        own = gates.literals(node)
        literals = tuple(sorted(own)) if gates.worth(own) >= gates.worth(best) else shared
        begin, end = sorted(gates.prefixes(node)), sorted(gates.suffixes(node))
        found.append(Gate.of(begin, literals, patterns.longest(node), end))
    return tuple(found)


def _examples(text: str, where: _Where) -> str:
    try:
        list(model.read_examples(text))
    except ValueError as error:
        raise where.error("examples", str(error)) from error
    return text
