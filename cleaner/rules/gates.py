"""The gate of a pattern: what every match of it must have, derived from the pattern's tree.

Literals of which every match holds one, or prefixes of which every match begins with one. Both are
folded (`fold`, `fold_head`) so that whatever the exact pattern takes for equal is equal here: a
line without any of them cannot match, and most lines are passed over without a pattern being run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

import regex

from cleaner.rules.patterns import BARE, CHARACTERS, Concat, Either, Klass, Node, Repeat, Text

MOST_LITERALS = 24  # alternatives a literal set may grow to before a shorter one is taken
PREFIX_CHARS = 12  # code points of a prefix that are looked at
PREFIX_OTHER = 8  # of one that holds others than ASCII's: fewer lines begin alike there
MOST_PREFIXES = 400  # of one pattern; with more, fewer of their letters are looked at
SHORTER_PREFIXES = (8, 6, 4)
SUFFIX_CHARS = 6
MOST_SUFFIXES = 60
_WORD_END = regex.compile(r"(?r)[^\W_]")  # by the module that judges

_OPEN_CASE = "ßẞ"
"""Letters whose case pairs differ between Unicode versions (U+1DF95 joined them): `regex` may know
a pair that `str.casefold` does not, so no literal may hold them."""

_PLAIN_RUN = re.compile(rf"(?:[^\W_{_OPEN_CASE}]| )+")
_CLOSED_CASE = re.compile(rf"[^{_OPEN_CASE}]+")
BLANK_RUN = re.compile(r"\s+")
ALIKE = str.maketrans({alike: char for char in "'\"-" for alike in CHARACTERS[char][1:-1]})
"""Code point -> the character that `fold_head` makes of it."""

_BARE = BARE | {ord("ı"): "i"}


def fold(text: str) -> str:
    """Fold case and leave out marks: what the exact patterns take for equal comes out equal."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    return folded.replace("i\u0307", "i").translate(_BARE)


def fold_head(text: str) -> str:
    """Fold the beginning of a line as prefixes are folded: case, apostrophes, quotes, hyphens and
    blank runs."""
    return fold(BLANK_RUN.sub(" ", text.translate(ALIKE)))


@lru_cache(maxsize=16384)
def literals(node: Node) -> frozenset[str]:
    """Folded literals of which every match holds at least one; empty where none can be derived.

    Of the sets that can be derived the one whose shortest literal is longest is taken.
    """
    exact, required = _literals(node)
    return _better(exact or frozenset(), required)


@lru_cache(maxsize=16384)
def prefixes(node: Node) -> frozenset[str]:
    """Folded strings of which every match begins with one; empty where none can be derived.

    For patterns that stand at a line's start this gates far better than `literals`: one look at
    the line's first letters instead of a search through it.
    """
    found = _prefixes(node)
    if found is None or not all(found):
        return frozenset()
    cut = {prefix if prefix.isascii() else prefix[:PREFIX_OTHER] for prefix in found}
    return frozenset(prefix for prefix in cut if not any(prefix[:n] in cut for n in range(1, len(prefix))))


@lru_cache(maxsize=16384)
def suffixes(node: Node) -> frozenset[str]:
    """Folded strings of which every match ends with one, what is neither letter nor digit at its end
    apart; empty where none can be derived, or many."""
    ends = [_WORD_END.search(prefix[::-1]) for prefix in prefixes(_reversed(node))]
    found = frozenset(end.string[: end.end()][-SUFFIX_CHARS:] if end else "" for end in ends)
    return found if len(found) <= MOST_SUFFIXES and all(found) else frozenset()


def _reversed(node: Node) -> Node:
    match node:
        case Text(value):
            return Text(value[::-1])
        case Klass(_):
            return node
        case Repeat(part, low, high):
            return Repeat(_reversed(part), low, high)
        case Either(parts):
            return Either(tuple(map(_reversed, parts)))
        case Concat(parts):
            return Concat(tuple(map(_reversed, reversed(parts))))


def _prefixes(node: Node) -> dict[str, bool] | None:
    """Beginnings of matches, and of each whether it is a whole match that more may follow; None
    where there are too many."""
    match node:
        case Text(value):
            run = _CLOSED_CASE.match(value)
            plain = fold_head(run.group() if run else "")[:PREFIX_CHARS]
            return {plain: run is not None and run.end() == len(value) and len(plain) < PREFIX_CHARS}
        case Klass(_):
            return {"": False}
        case Repeat(part, low, high):
            inner = _prefixes(part)
            if inner is None:
                return None
            once = {prefix: whole and high == 1 for prefix, whole in inner.items()}
            return once if low else _merge_prefixes([once, {"": True}])
        case Either(parts):
            return _merge_prefixes(map(_prefixes, parts))
        case Concat(parts):
            found: dict[str, bool] | None = {"": True}
            for part in parts:
                found = _extend(found, part)
                if found is None or not any(found.values()):
                    break
            return found


def _extend(found: dict[str, bool] | None, part: Node) -> dict[str, bool] | None:
    after = _prefixes(part)
    if found is None or after is None:
        return None
    longer = []
    for start, open_end in found.items():
        for more, whole in after.items() if open_end else ():
            joined = _join(start, more)
            longer.append({joined[:PREFIX_CHARS]: whole and len(joined) < PREFIX_CHARS})
    return _merge_prefixes([{start: False for start, open_end in found.items() if not open_end}, *longer])


def _merge_prefixes(sets: Iterable[dict[str, bool] | None]) -> dict[str, bool] | None:
    """The union; a beginning that is whole in one and broken off in another needs both readings,
    and the broken-off one, which claims less, covers them."""
    merged: dict[str, bool] = {}
    for found in sets:
        if found is None:
            return None
        for prefix, whole in found.items():
            merged[prefix] = whole and merged.get(prefix, True)
    if len(merged) <= MOST_PREFIXES:
        return merged
    for length in SHORTER_PREFIXES:
        merged = {prefix[:length]: whole and len(prefix) < length for prefix, whole in merged.items()}
        if len(merged) <= MOST_PREFIXES:
            return merged
    return None


def _literals(node: Node) -> tuple[frozenset[str] | None, frozenset[str]]:
    """(every string the node matches, folded, or None where there are too many; a required set)."""
    match node:
        case Text(_):
            return _concat((node,))
        case Klass(_):
            return None, frozenset()
        case Either(parts):
            return _either(parts)
        case Repeat(part, low, high):
            exact, required = _literals(part)
            if (low, high) == (0, 1) and exact is not None and len(exact) < MOST_LITERALS:
                return exact | {""}, frozenset()
            return None, (_better(exact or frozenset(), required) if low else frozenset())
        case Concat(parts):
            return _concat(parts)


def _either(parts: Iterable[Node]) -> tuple[frozenset[str] | None, frozenset[str]]:
    exact: set[str] | None = set()
    required: set[str] | None = set()
    for part in parts:
        one_exact, one_required = _literals(part)
        if exact is not None:
            exact = None if one_exact is None else exact | one_exact
            exact = exact if exact is not None and len(exact) <= MOST_LITERALS else None
        best = _better(one_exact or frozenset(), one_required)
        if required is not None and best:
            required.update(best)
        else:
            required = None
    return (None if exact is None else frozenset(exact)), frozenset(required or ())


def _concat(parts: Iterable[Node]) -> tuple[frozenset[str] | None, frozenset[str]]:
    """Join neighbouring exact sets into longer literals; keep the best set seen."""
    run, sets, whole = _NOTHING, [frozenset[str]()], True
    for exact, required in chain.from_iterable(map(_pieces, parts)):
        joined = _joined(run, exact)
        if joined is not None:
            run = joined
            continue
        whole = False
        sets += [run, required]
        run = exact if exact is not None else _NOTHING
    best = max((*sets, run), key=worth)  # the first of those
    return (run, best) if whole else (None, best)


_NOTHING = frozenset([""])


def _pieces(node: Node) -> Iterable[tuple[frozenset[str] | None, frozenset[str]]]:
    """A part of a sequence as sets to join; literal text falls into plain runs and what lies between."""
    if not isinstance(node, Text):
        yield _literals(node)
        return
    at = 0
    for match in _PLAIN_RUN.finditer(node.value):
        if match.start() > at:
            yield None, frozenset()
        yield frozenset([fold(match.group())]), frozenset()
        at = match.end()
    if at < len(node.value):
        yield None, frozenset()


def _joined(run: frozenset[str], exact: frozenset[str] | None) -> frozenset[str] | None:
    if exact is None or len(run) * len(exact) > MOST_LITERALS:
        return None
    return frozenset(_join(one, other) for one in run for other in exact)


def _join(one: str, other: str) -> str:
    """Two pieces of a literal; blanks that meet are one run, as in folded text."""
    return one + other[1:] if one.endswith(" ") and other.startswith(" ") else one + other


def _better(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    return one if worth(one) >= worth(other) else other


def worth(strings: frozenset[str]) -> tuple[int, int, int]:
    """How well a set gates: by the longest word of the literal that has the shortest one, then by
    length, then by how few they are. Short words are common ones."""
    if not strings:
        return 0, 0, 0
    word = min(max(map(len, string.split()), default=0) for string in strings)
    return word, min(len(string.strip()) for string in strings), -len(strings)
