"""Whether a line can make a pattern hang: a bound from its tree, and the worst lines there are for it.

The engine tries one way through a pattern after another, so what a line costs is the number of ways by
which the pattern can go through it. Three looks, the cheap one first:

`ways` bounds that number from above for every line there is, on the tree: a repeat that could end at any
of 80 places counts 80, unless what may follow begins with nothing the repeat itself takes; repeats of
parts that can be gone through in several ways multiply. A pattern within `MOST_WAYS` cannot hang.

The bound looks one character ahead and so is often far too high. `steps` counts exactly what the engine
would have to try on one line, without trying it: places in the line and how often each is reached, so the
count takes no longer where it is astronomic. It is asked about lines derived from the pattern, with its
repeats blown up and an end that fits nothing. A pattern is refused where such a line costs more than
`MOST_STEPS`, whatever the lines at hand look like.

Last the exact pattern is run on the same lines against the clock (`probe`): the engine has the last word.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import islice, takewhile
from typing import NamedTuple

import regex

from cleaner.rules.openings import most_together, opening
from cleaner.rules.patterns import (
    CHARACTERS,
    Concat,
    Either,
    Klass,
    Node,
    PatternError,
    Repeat,
    Text,
    excerpt,
    parse,
    shortest,
    to_regex,
    written_out,
)
from cleaner.rules.steps import MOST_EFFORT, MOST_STEPS, Effort, class_of, single, steps

MOST_WAYS = 25_000
"""Ways through a pattern from one place in a line that are no reason to look closer."""

MOST_SETS = 20_000_000
"""Parts written out and letters of classes, times the characters by which parts are told apart: what the
bound is computed from, in a second or two. The largest shipped pattern has half a million."""

MOST_REPEATS = 100
"""Repeats of a pattern that is looked at closer; each is blown up in lines of its own."""

EFFORT_OF_A_PART = 20  # places that are counted in the time in which the bound for a part is
PROBE_SECONDS = 0.5  # for one hostile line, which a pattern within the bound takes a few milliseconds for
PROBE_TRIES = 3  # a machine that is busy elsewhere is no reason to refuse a pattern
BLOWN = 240  # the most times a part is repeated in a hostile line: three parts of up to 80 in a row
LINE_CHARS = 500  # of a hostile line
FEW_TEXTS = 12  # alternatives of a repeat that are repeated in hostile lines

_CEILING = 10**18  # beyond this ways are not counted
_SAMPLES = (
    string.ascii_lowercase[:6]
    + "xyzABXZ019_ \t\n\u00a0\u3000\u200b.,:;!?-–—'’\"“”()[]/|#@&•→éßıİñжЖعไ中あ한😀́"
)
"""Characters of every kind that classes tell apart."""

_QUOTED = regex.compile(r"\\(.)|(.)", regex.DOTALL)


@lru_cache(maxsize=16384)
def check(pattern: str) -> int:
    """Refuse a pattern that a line could make hang; raises `PatternError` that says by which line.

    Returns what the look at it has cost, in parts of the pattern.

    >>> check("by [^ ]+( [^ ]+){0,3}")
    17
    >>> check("a( ?[a-z]+){1,12}!")
    Traceback (most recent call last):
    cleaner.rules.patterns.PatternError: `( ?[a-z]{1,80}){1,12}` can go through one line in ...
    """
    tree = parse(pattern)
    walk, effort = _Walk(tree), Effort()
    if walk.sets() > MOST_SETS:
        raise PatternError(
            f"{excerpt(pattern)}: too many alternatives, classes and different characters for one pattern: "
            "make it several"
        )
    try:
        regex.compile(to_regex(tree), regex.IGNORECASE)
    except regex.error as error:
        raise PatternError(f"{excerpt(pattern)}: {error.msg}") from error
    count, part = walk.worst()
    if count <= MOST_WAYS:
        return written_out(tree)
    lines = list(_affordable(walk, part, effort))
    slow = probe(tree, lines)
    if slow is not None:
        raise PatternError(f"takes more than {PROBE_SECONDS} seconds for a line such as {slow[:40]!r}...")
    return written_out(tree) + effort.spent // EFFORT_OF_A_PART


def _affordable(walk: _Walk, part: Node, effort: Effort) -> Iterator[str]:
    """The hostile lines, each of which the pattern can go through in few steps; `PatternError` for the first
    that it cannot, and where so much would have to be counted that nobody can wait for it."""
    for line in walk.hostile():
        effort.spent += walk.line_effort
        if steps(walk.tree, line, effort) > MOST_STEPS:
            raise PatternError(
                f"`{_shown(part)}` can go through one line in too many ways: {line[:40]!r}... would take "
                f"more than {MOST_STEPS:,} steps. Repeat it less often, or let each repeat begin with "
                "something that nothing else in it matches"
            )
        if effort.spent > MOST_EFFORT:
            raise PatternError(
                f"`{_shown(part)}` can go through one line in many ways, and the pattern is too large for "
                "them to be counted: make it several patterns, or repeat less"
            )
        yield line


def ways(pattern: str) -> int:
    """An upper bound of the ways through a line that the pattern has from one place.

    >>> ways("also read"), ways("by [a-z]+"), ways("from .* to")
    (1, 80, 81)
    """
    return _Walk(parse(pattern)).worst()[0]


def probe(tree: Node, lines: Sequence[str], seconds: float = PROBE_SECONDS) -> str | None:
    """The first of ``lines`` that the exact pattern needs more than ``seconds`` for, every time of
    `PROBE_TRIES`; None where there is none."""
    exact = regex.compile(rf"(?:{to_regex(tree)})[\W_]*\Z", regex.IGNORECASE)
    for line in lines:
        if all(_times_out(exact, line, seconds) for _ in range(PROBE_TRIES)):
            return line
    return None


def _times_out(exact: regex.Pattern[str], line: str, seconds: float) -> bool:
    try:
        exact.match(line, timeout=seconds)
    except TimeoutError:
        return True
    return False


class _Part(NamedTuple):
    """A bound, and the smallest part of the pattern that is beyond `MOST_WAYS`, or all of it."""

    ways: int
    node: Node


class _Walk:
    """One pattern's tree, gone through with an alphabet that tells its classes apart."""

    def __init__(self, tree: Node):
        self.tree = tree
        self._firsts: dict[Node, frozenset[str]] = {}

    @cached_property
    def alphabet(self) -> frozenset[str]:
        """The characters by which parts are told apart: samples, and all that the pattern mentions."""
        return frozenset(_SAMPLES).union(_mentioned(self.tree))

    def sets(self) -> int:
        """What computing the bound costs: sets of characters, by how many they are of."""
        letters = sum(len(node.text) for node in _nodes(self.tree) if isinstance(node, Klass))
        return (written_out(self.tree) + letters) * len(self.alphabet)

    @cached_property
    def line_effort(self) -> int:
        """What making a hostile line costs, at the most."""
        return sum(1 for _ in _nodes(self.tree)) + len(self.alphabet)

    def worst(self) -> _Part:
        """The bound for the whole pattern, after which anything may stand."""
        self._culprit: Node | None = None
        count = self.ways(self.tree, self.alphabet)
        return _Part(count, self._culprit or self.tree)

    def ways(self, node: Node, follow: frozenset[str]) -> int:
        """Ways through ``node`` from one place, at the end of which one of ``follow`` stands.

        Of ends that nothing can follow each is one more step of the engine, not a way.
        """
        match node:
            case Klass() | Text():  # blank runs are possessive: there is one way through a text
                count = 1
            case Concat(parts):
                count = self._sequence(parts, follow)
            case Either(parts):
                count = self._choice(parts, follow)
            case Repeat(part, low, high):
                count = self._repeat(part, low, high, follow)
        if count > MOST_WAYS and self._culprit is None:
            self._culprit = node
        return min(count, _CEILING)

    def _sequence(self, parts: Sequence[Node], follow: frozenset[str]) -> int:
        count = 1
        for part in reversed(parts):
            count *= self.ways(part, follow)
            follow = self._begin(part, follow)
        return count

    def _choice(self, parts: Sequence[Node], follow: frozenset[str]) -> int:
        """The ways of all that can begin together, at the worst: with the same character, and with words of
        which one begins the other."""
        begins = [(self._begin(part, follow), self.ways(part, follow), opening(part)) for part in parts]
        by_char: dict[str, list[int]] = {}
        for number, (first, _, _) in enumerate(begins):
            for char in first:
                by_char.setdefault(char, []).append(number)
        worst = 0
        for here in set(map(tuple, by_char.values())):
            if sum(begins[number][1] for number in here) > worst:
                # all that a line begins with are begun by the longest of them
                worst = max(worst, most_together([begins[number][1:] for number in here]))
        return worst

    def _repeat(self, part: Node, low: int, high: int, follow: frozenset[str]) -> int:
        if high == 0:
            return 1
        again = self.first(part)
        onward = self.ways(part, self._begin(part, follow)) if high > 1 else 1
        leave = self.ways(part, follow)
        if onward == 1:
            # it can be left after each repeat, or only where no other can begin
            times = high - max(low, 1) + 1 if again & follow else 1
            return times * leave + (low == 0 and bool(again & follow))
        total = int(low == 0)
        for number in range(max(low, 1), high + 1):
            total += onward ** (number - 1) * leave
            if total > _CEILING:
                break
        return total

    def _begin(self, part: Node, follow: frozenset[str]) -> frozenset[str]:
        return self.first(part) if shortest(part) else self.first(part) | follow

    def first(self, node: Node) -> frozenset[str]:
        """Characters of the alphabet that a match of ``node`` may begin with."""
        if node not in self._firsts:
            self._firsts[node] = self._first(node)
        return self._firsts[node]

    def _first(self, node: Node) -> frozenset[str]:
        match node:
            case Text(value):
                return self._matching(class_of(value[0]))
            case Klass(text):
                return self._matching(text)
            case Concat(parts):
                found: frozenset[str] = frozenset()
                for part in parts:
                    found |= self.first(part)
                    if shortest(part):
                        break
                return found
            case Either(parts):
                return frozenset[str]().union(*map(self.first, parts))
            case Repeat(part, _, high):
                return self.first(part) if high else frozenset()

    def _matching(self, one: str) -> frozenset[str]:
        return frozenset(single(one).findall(self._letters))

    @cached_property
    def _letters(self) -> str:
        return "".join(self.alphabet)

    def hostile(self) -> Iterator[str]:
        """Lines made to be gone through in as many ways as there are, and to match in none: the pattern's
        own text with its repeats blown up by what they take, and something alien at the end."""
        repeats = [
            (node, way) for node, way in _reached(self.tree) if isinstance(node, Repeat) and node.high > 1
        ]
        if len(repeats) > MOST_REPEATS:
            raise PatternError(
                f"more than {MOST_REPEATS} repeats, and so many ways through one line that each had to be "
                "looked at: make it several patterns"
            )
        seen = set()
        for line in self._hostile(repeats):
            if line not in seen:
                seen.add(line)
                yield f"{line}\x00"

    def _hostile(self, repeats: Sequence[tuple[Repeat, _Way]]) -> Iterator[str]:
        fillers = sorted({char for node, _ in repeats for char in self._fillers(node)})
        blown = [self._line(self._blown(self.tree, filler)) for filler in ("", *fillers)]
        yield from blown
        yield from (line[:-1] + filler * BLOWN for line, filler in zip(blown[1:], fillers, strict=True))
        whole = self._line(self._blown(self.tree, None))
        yield whole[:-1] * (LINE_CHARS // len(whole))
        yield whole * (LINE_CHARS // len(whole))
        for node, way in repeats:
            yield from self._pumped(node, way)

    def _pumped(self, node: Repeat, way: _Way) -> Iterator[str]:
        """What leads to a repeat, then the texts of its alternatives over and over, as they are and each
        followed by all others."""
        lead = self._line(takewhile(lambda piece: piece is not node, self._blown(self.tree, None, way)))
        inner = next((one for one in _nodes(node.part) if isinstance(one, Either)), None)
        few = (inner.parts if inner else (node.part,))[:FEW_TEXTS]
        texts = [self._line(self._blown(one, None)) for one in few]
        for text in ("".join(texts), *texts):
            yield lead + text * (LINE_CHARS // max(len(text), 1))

    @staticmethod
    def _line(pieces: Iterable[str | Node]) -> str:
        return "".join(islice((piece for piece in pieces if isinstance(piece, str)), LINE_CHARS))

    def _fillers(self, node: Repeat) -> Iterator[str]:
        """Of what a repeat takes, what most parts of the pattern take too: a letter, a blank, a sign."""
        chars = sorted(self.first(node.part), key=lambda char: (-self._takers[char], char))
        for kind in (str.isalpha, str.isspace, lambda char: not (char.isalpha() or char.isspace())):
            yield from [char for char in chars if kind(char)][:1]

    @cached_property
    def _takers(self) -> Counter[str]:
        """How many parts of the pattern may begin with a character."""
        parts = (node for node in _nodes(self.tree) if isinstance(node, Klass | Text | Repeat))
        return Counter(char for part in parts for char in self.first(part))

    def _blown(self, node: Node, filler: str | None, way: _Way = ()) -> Iterator[str | Node]:
        """The characters of a text that the pattern begins to match. Repeats are as short as they may be;
        those that take the filler, or with an empty one all, as long. What ``way`` leads to is told where
        it begins."""
        here = bool(way) and way[0] is node
        ahead = way[1:] if here else ()
        if here and not ahead:
            yield node
        match node:
            case Text(value):
                yield from value
            case Klass():
                yield filler if filler and filler in self.first(node) else min(self.first(node), default="x")
            case Concat(parts):
                for part in parts:
                    yield from self._blown(part, filler, ahead)
            case Either(parts):
                takes = (part for part in parts if filler and filler in self.first(part))
                chosen = ahead[0] if ahead else next(takes, parts[0])
                yield from self._blown(chosen, filler, ahead)
            case Repeat(part, low, high):
                blown = filler is not None and (not filler or filler in self.first(part))
                for _ in range(min(high, BLOWN) if blown else max(low, bool(ahead))):
                    yield from self._blown(part, filler, ahead)


_Way = tuple[Node, ...]
"""A part of a pattern, with all that it is a part of before it."""


def _reached(node: Node, above: _Way = ()) -> Iterator[tuple[Node, _Way]]:
    """Every part, and the way to it."""
    way = (*above, node)
    yield node, way
    match node:
        case Concat(parts) | Either(parts):
            for part in parts:
                yield from _reached(part, way)
        case Repeat(part):
            yield from _reached(part, way)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Concat(parts) | Either(parts):
            for part in parts:
                yield from _nodes(part)
        case Repeat(part):
            yield from _nodes(part)


def _mentioned(tree: Node) -> Iterator[str]:
    """The characters of texts and classes in both cases, and those beside the ends of ranges."""
    for node in _nodes(tree):
        text = node.value if isinstance(node, Text) else node.text if isinstance(node, Klass) else ""
        for match in _QUOTED.finditer(text):
            char = match[1] or match[2]
            yield from (c for c in (char, *char.upper(), *char.lower(), *CHARACTERS.get(char, "")[1:-1]))
            if isinstance(node, Klass):
                yield from (chr(code) for code in (ord(char) - 1, ord(char) + 1) if 0 <= code < 0x110000)


def _shown(node: Node) -> str:
    """A part of a pattern as its author may know it."""
    text = "".join(_written(node))
    return text if len(text) <= 60 else text[:59] + "…"


def _written(node: Node) -> Iterator[str]:
    match node:
        case Text(value):
            yield value
        case Klass(text):
            yield text
        case Concat(parts):
            for part in parts:
                yield from _written(part)
        case Either(parts):
            yield "(" + "|".join("".join(_written(part)) for part in parts) + ")"
        case Repeat(part, low, high):
            inner = "".join(_written(part))
            grouped = inner if isinstance(part, Klass | Either) or len(inner) == 1 else f"({inner})"
            yield f"{grouped}?" if (low, high) == (0, 1) else f"{grouped}{{{low},{high}}}"
