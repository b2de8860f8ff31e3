"""The rules in force: shipped and own packs, chosen by code or prefix."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from cleaner.model import ConfigError, RuleError
from cleaner.options import Options
from cleaner.rules.index import shipped_packs
from cleaner.rules.installed import pack_path
from cleaner.rules.kept import keep, kept
from cleaner.rules.model import Pack, Rule
from cleaner.rules.pack import load_pack
from cleaner.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Rules:
    """All packs, and of their rules those that the options let speak.

    ``active`` holds the rules that may remove, count as evidence or are on trial; ``removing`` the
    codes that may remove text; ``spared`` the codes that would, but are ignored: what such a rule
    would own stays, whatever other rules say of it, so that its text comes back and nothing else
    changes.
    """

    packs: tuple[Pack, ...]
    active: tuple[Rule, ...]
    removing: frozenset[str]
    spared: frozenset[str] = frozenset()
    digest: str = ""

    @property
    def all(self) -> tuple[Rule, ...]:
        """Every rule of every pack, selected or not."""
        return tuple(rule for pack in self.packs for rule in pack.rules)


_handed: dict[str, Pack] = {}
"""Own packs by the digest of their text, as this process or another has read them."""


def hand(packs: Iterable[Pack]) -> None:
    """Take packs that were read already: a file with the same text need not be read again."""
    _handed.update((pack.digest, pack) for pack in packs)


def own_packs(options: Options) -> tuple[Pack, ...]:
    """The packs that do not come with the project; raises as `load_rules` does."""
    return _packs(options.rules)[-len(options.rules) :] if options.rules else ()


def _own(path: str) -> Pack:
    """An own pack as it was handed over, as it was read before, or read now and kept."""
    pack = load_pack(pack_path(path), _known)
    if pack.digest not in _handed:
        keep(pack)
        hand([pack])
    return pack


def _known(digest: str) -> Pack | None:
    if digest not in _handed and (pack := kept(digest)) is not None:
        hand([pack])
    return _handed.get(digest)


@cache
def _packs(paths: tuple[str, ...]) -> tuple[Pack, ...]:
    packs = [*shipped_packs(), *map(_own, paths)]
    owners: dict[str, Pack] = {}
    for pack in packs:
        for rule in pack.rules:
            other = owners.setdefault(rule.code, pack)
            if other is not pack:
                raise RuleError(
                    f"{pack.source}: {rule.code} is a rule of {other.source} already; codes are unique"
                )
    return tuple(packs)


def load_rules(options: Options, other_codes: Iterable[str] = ()) -> Rules:
    """Load the packs and choose; ``other_codes`` are codes of findings that are no rules of a pack
    (headlines), so that they can be selected too.

    Raises `ConfigError` for a selector that matches nothing, `RuleError` for a pack that cannot
    be used.
    """
    packs = _packs(options.rules)
    rules = [rule for pack in packs for rule in pack.rules]
    codes = [rule.code for rule in rules]
    known = {*codes, *other_codes}
    for name, selectors in (("select", options.select), ("ignore", options.ignore)):
        for selector in selectors:
            _check(selector, name, known, packs)
    active = tuple(rule for rule in rules if chosen(rule.code, options))
    acting = {rule.code for rule in active if _removes(rule, options)}
    acting |= {code for code in other_codes if chosen(code, options)}
    removing = frozenset(code for code in acting if selected(code, options))
    digest = hashlib.sha256("\n".join(f"{pack.name} {pack.digest}" for pack in packs).encode()).hexdigest()
    return Rules(packs, active, removing, frozenset(acting - removing), digest)


def chosen(code: str, options: Options) -> bool:
    """Whether ``select`` names the code, or nothing is selected."""
    return not options.select or _longest(code, options.select) >= 0


def selected(code: str, options: Options) -> bool:
    """Whether the selectors let this code speak: the longest that matches wins, `ignore` on a tie."""
    taken = _longest(code, options.select) if options.select else 0
    return taken > _longest(code, options.ignore)


def _longest(code: str, selectors: tuple[str, ...]) -> int:
    """Length of the longest selector that matches; 0 for ``ALL``, -1 where none does."""
    return max(
        (0 if s == "ALL" else len(s) for s in selectors if s == "ALL" or code.startswith(s)), default=-1
    )


def _removes(rule: Rule, options: Options) -> bool:
    """High rules remove; medium ones when asked for by confidence or by their full code; trial never."""
    if rule.confidence == "high":
        return True
    return rule.confidence == "medium" and (options.confidence == "medium" or rule.code in options.select)


def _check(selector: str, option: str, known: set[str], packs: tuple[Pack, ...]) -> None:
    if selector == "ALL" or any(code.startswith(selector) for code in known):
        return
    for pack in packs:
        if selector in pack.retired:
            raise ConfigError(f"{option}: {selector} is retired: {pack.retired[selector]}")
    raise ConfigError(
        f"{option}: no rule has the code or prefix {selector!r}"
        + (did_you_mean(selector.upper(), known) or "; `cleaner rules` lists them all")
    )
