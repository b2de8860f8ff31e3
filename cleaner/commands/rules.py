"""``cleaner rules``: list the rules, show one with its reasons, run the examples."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from cleaner.commands import codes
from cleaner.commands.codes import Code
from cleaner.commands.terminal import Paint, columns, counted, visible
from cleaner.options import Options
from cleaner.rules import Example, Pack, Rule, load_rules
from cleaner.rules.model import Gate

Answer = tuple[list[str], int]
"""The lines to print and the exit code."""

COMMANDS = ("list", "show", "test")
LANGUAGES_LISTED = 3
WIDTH = 96
"""Columns a sentence is wrapped to."""


def listing(prefixes: Sequence[str], options: Options, paint: Paint, as_json: bool = False) -> Answer:
    """The rules whose codes begin with one of ``prefixes``, or all.

    Raises ConfigError for a prefix that no code has.
    """
    known = codes.catalogue(options)
    chosen = list(known.values())
    if prefixes:
        taken = {code.code for prefix in prefixes for code in codes.lookup(prefix, known, COMMANDS)}
        chosen = [code for code in chosen if code.code in taken]
    if as_json:
        return [json.dumps([record(code) for code in chosen], indent=2)], 0
    lines = columns([_row(code) for code in chosen])
    shown = [
        paint(line, "dim") if code.state == "off" else line for line, code in zip(lines, chosen, strict=True)
    ]
    families = len({code.family for code in chosen})
    return [
        *shown,
        "",
        f"{counted(len(chosen), 'rule')}, families: {families}; `cleaner rules show CODE` says why",
    ], 0


def details(wanted: Sequence[str], options: Options, paint: Paint) -> Answer:
    """Everything about the rules that ``wanted`` names by code or prefix.

    Raises ConfigError for a code that is not there, naming the nearest.
    """
    known = codes.catalogue(options)
    found = {code.code: code for name in wanted for code in codes.lookup(name, known)}
    lines: list[str] = []
    for code in found.values():
        lines += [*([""] if lines else []), *_describe(code, paint)]
    return lines, 0


def test(files: Sequence[str], options: Options, paint: Paint) -> Answer:
    """Run the examples of the packs in ``files``, or of all packs in force; code 1 on a failure.

    The examples run under the default choice of rules: a rule that a project switched off has to
    keep its word all the same. Raises RuleError for a pack that cannot be used.
    """
    from cleaner.examples import run_examples

    plain = Options(rules=options.rules)
    packs, plain = _chosen_packs(files, plain)
    rules = [rule for pack in packs for rule in pack.rules]
    sources = {rule.code: pack for pack in packs for rule in pack.rules}
    failures = run_examples(rules, plain)
    lines: list[str] = []
    for failure in failures:
        where = f"{_origin(sources[failure.code])}: {failure.code}"
        line = f" line {failure.line} of its examples:" if failure.line else ""
        lines.append(f"{paint('FAILED', 'red')} {where}:{line} {failure.reason}")
        if failure.text:
            lines.append(f"    {visible(failure.text)}")
    failed = len({failure.code for failure in failures})
    return [*lines, *_verdict(rules, packs, failed, paint)], 1 if failures else 0


def record(code: Code) -> dict[str, Any]:
    """A code as plain values, for programs."""
    values: dict[str, Any] = {
        "code": code.code,
        "name": code.name,
        "family": code.family,
        "languages": list(code.languages),
        "confidence": code.confidence,
        "state": code.state,
        "why": code.why,
    }
    if code.rule is not None and code.pack is not None:
        rule = asdict(code.rule)
        rule["gates"] = [_told_gate(gate) for gate in code.rule.gates]
        rule["examples"] = [_gutter(example) for example in code.rule.examples]
        values |= {key: rule[key] for key in rule if key not in values}
        values["pack"] = _origin(code.pack)
    return values


def _told_gate(gate: Gate) -> dict[str, Any]:
    """Of one pattern what every match begins with, holds, has at most and ends with, folded."""
    parts = {"prefixes": gate.prefixes, "literals": gate.literals, "suffixes": gate.suffixes}
    return {**parts, "longest": gate.longest}


def _row(code: Code) -> tuple[str, ...]:
    named, more = code.languages[:LANGUAGES_LISTED], len(code.languages) - LANGUAGES_LISTED
    languages = (",".join(named) + (f" +{more}" if more > 0 else "")) or "any"
    state = "" if code.state in ("removes", "trial") else f"({code.state})"
    return code.code, languages, code.confidence, code.family, f"{visible(code.name)} {state}".rstrip()


def _describe(code: Code, paint: Paint) -> Iterator[str]:
    yield f"{paint(code.code, 'cyan')} {paint(visible(code.name), 'bold')}"
    rule = code.rule
    facts = [
        ("family", code.family + (f" ({_origin(code.pack)})" if code.pack else "")),
        ("languages", ", ".join(code.languages) or "any"),
        ("confidence", f"{code.confidence} ({_STATES[code.state]})"),
    ]
    if rule is not None:
        facts.insert(1, ("scope", rule.scope))
        facts.append(("points", str(rule.points)))
    yield from (f"  {line}" for line in columns(facts))
    yield from _sentences("why", code.why, paint)
    if rule is None:
        return
    yield from _sentences("risk", rule.risk, paint)
    for key in ("any", "all", "unless"):
        yield from _items(_PATTERNS[key], getattr(rule, key), paint)
    yield from _items(
        "where in the line", [rule.at] + ([f"until {rule.until}"] if rule.scope == "phrase" else []), paint
    )
    yield from _items("limits", list(_changed(rule.limits)), paint)
    if rule.block is not None:
        yield from _items("the block", [f"{key}: {value}" for key, value in _block(rule)], paint)
    yield from _examples(rule, paint)


_STATES = {
    "removes": "removes text",
    "evidence": "counts as evidence; --confidence medium lets it remove",
    "trial": "on trial: only reported",
    "off": "switched off here",
}
_PATTERNS = {"any": "at least one of", "all": "every one of", "unless": "but none of"}


def _sentences(label: str, text: str, paint: Paint) -> Iterator[str]:
    if text:
        yield paint(label, "bold")
        yield from textwrap.wrap(visible(text), WIDTH, initial_indent="  ", subsequent_indent="  ")


def _items(label: str, values: Sequence[str], paint: Paint) -> Iterator[str]:
    if values:
        yield paint(label, "bold")
        yield from (f"  {visible(value)}" for value in values)


def _changed(limits: Any) -> Iterator[str]:
    """The limits that differ from no limit, and how many words the line may have in any case."""
    for field in fields(limits):
        value = getattr(limits, field.name)
        if value != field.default or field.name == "max_words":
            yield field.name if value is True else f"{field.name}: {value}"


def _block(rule: Rule) -> Iterator[tuple[str, str]]:
    for field in fields(rule.block or ()):  # type: ignore[arg-type]
        value = getattr(rule.block, field.name)
        if value:
            yield field.name, ", ".join(value) if isinstance(value, tuple) else str(value)


def _examples(rule: Rule, paint: Paint) -> Iterator[str]:
    if rule.examples:
        yield paint("examples", "bold") + paint("  - goes, | stays, ? should go, ! should stay", "dim")
    for number, example in enumerate(rule.examples):
        if number:
            yield ""
        for mark, text in zip(example.marks, example.texts, strict=True):
            line = f"  {mark} {visible(text)}".rstrip()
            yield paint(line, "red") if mark in "-!" else line


def _gutter(example: Example) -> str:
    return "".join(
        f"{mark} {text}".rstrip() + "\n" for mark, text in zip(example.marks, example.texts, strict=True)
    )


def _chosen_packs(files: Sequence[str], options: Options) -> tuple[list[Pack], Options]:
    """The packs ``files`` name and the options that load them. A file may be a shipped pack, or
    one the configuration names: it is loaded once, or its codes would clash with themselves."""
    loaded = load_rules(options).packs
    if not files:
        return list(loaded), options
    there = {_place(pack.source) for pack in loaded}
    added = dict.fromkeys(file for file in files if _place(file) not in there)
    options = replace(options, rules=(*options.rules, *added))
    wanted = {_place(file) for file in files}
    return [pack for pack in load_rules(options).packs if _place(pack.source) in wanted], options


def _place(path: str) -> Path:
    return Path(path).resolve()


def _origin(pack: Pack) -> str:
    """Where a pack comes from, as a person names it: its path below here, or the file's name."""
    try:
        return str(_place(pack.source).relative_to(Path.cwd()))
    except ValueError:
        return Path(pack.source).name


def _verdict(rules: Sequence[Rule], packs: Sequence[Pack], failed: int, paint: Paint) -> Iterator[str]:
    marks = [mark for rule in rules for example in rule.examples for mark in example.marks]
    examples = sum(len(rule.examples) for rule in rules)
    if missed := marks.count("?"):
        yield f"known misses (?): {counted(missed, 'line')}"
    if wrong := marks.count("!"):
        yield f"known wrong removals (!): {counted(wrong, 'line')}"
    if failed:
        yield paint(f"{failed} of {len(rules)} rules failed", "red")
    else:
        hold = "holds" if len(rules) == 1 else "hold"
        named = f"{counted(len(rules), 'rule')} of {counted(len(packs), 'pack')}"
        yield f"{named} {hold} in {counted(examples, 'example')}"
