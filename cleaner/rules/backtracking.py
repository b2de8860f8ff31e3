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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from itertools import islice, takewhile
from typing import NamedTuple

import regex

from cleaner.rules.patterns import (
    CHARACTERS,
    Concat,
    Either,
    Klass,
    Node,
    PatternError,
    Repeat,
    Text,
    parse,
    shortest,
    to_regex,
)

MOST_WAYS = 25_000
"""Ways through a pattern from one place in a line that are no reason to look closer."""

MOST_STEPS = 1_000_000
"""What one line may cost from one place in it, in characters tried: some hundredths of a second."""

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
def check(pattern: str) -> None:
    """Refuse a pattern that a line could make hang; raises `PatternError` that says by which line.

    >>> check("by [^ ]+( [^ ]+){0,3}")
    >>> check("a( ?[a-z]+){1,12}!")
    Traceback (most recent call last):
    cleaner.rules.patterns.PatternError: `( ?[a-z]{1,80}){1,12}` can go through one line in ...
    """
    tree = parse(pattern)
    try:
        regex.compile(to_regex(tree), regex.IGNORECASE)
    except regex.error as error:
        raise PatternError(f"{pattern!r}: {error.msg}") from error
    walk = _Walk(tree)
    count, part = walk.worst()
    if count <= MOST_WAYS:
        return
    lines = walk.hostile()
    for line in lines:
        if steps(tree, line) > MOST_STEPS:
            raise PatternError(
                f"`{_shown(part)}` can go through one line in too many ways: {line[:40]!r}... would take "
                f"more than {MOST_STEPS:,} steps. Repeat it less often, or let each repeat begin with "
                "something that nothing else in it matches"
            )
    slow = probe(tree, lines)
    if slow is not None:
        raise PatternError(f"takes more than {PROBE_SECONDS} seconds for a line such as {slow[:40]!r}...")


def ways(pattern: str) -> int:
    """An upper bound of the ways through a line that the pattern has from one place.

    >>> ways("also read"), ways("by [a-z]+"), ways("from .* to")
    (1, 80, 81)
    """
    return _Walk(parse(pattern)).worst()[0]


def steps(tree: Node, line: str, most: int = MOST_STEPS) -> int:
    """How many characters a backtracking engine tries on ``line``, from its first on, before it gives up;
    counting stops where it is more than ``most``.

    >>> steps(parse("(a|aa){1,12}!"), "a" * 12 + "?"), steps(parse("(a|ba){1,12}!"), "a" * 12 + "?")
    (2200, 36)
    """
    return _Steps(line, most).count(tree)


class _Steps:
    """One count: how often each place of the line is reached, part of the pattern by part."""

    def __init__(self, line: str, most: int):
        self._line, self._most, self._count = line, most, 0
        self._chars = "".join(dict.fromkeys(line))
        self._fits: dict[str, list[bool]] = {}

    def count(self, tree: Node) -> int:
        with suppress(_EnoughError):
            self._go(tree, {0: 1})
        return self._count

    def _go(self, node: Node, reached: dict[int, int]) -> dict[int, int]:
        """The places at which ``node`` can end from those that are ``reached``, and by how many ways."""
        match node:
            case Text(value):
                for char in value:
                    reached = self._step(_class_of(char), reached, whole_run=char == " ")
                return reached
            case Klass(text):
                return self._step(text, reached)
            case Concat(parts):
                for part in parts:
                    reached = self._go(part, reached) if reached else reached
                return reached
            case Either(parts):
                return _together(self._go(part, reached) for part in parts)
            case Repeat(part, low, high):
                ends = [reached] if low == 0 else []
                for number in range(1, high + 1):
                    reached = self._go(part, reached) if reached else reached
                    if reached and number >= low:
                        ends.append(reached)
                return _together(ends)

    def _step(self, one: str, reached: dict[int, int], whole_run: bool = False) -> dict[int, int]:
        self._count += sum(reached.values())
        if self._count > self._most:
            raise _EnoughError
        if one not in self._fits:
            fitting = frozenset(_single(one).findall(self._chars))
            self._fits[one] = [char in fitting for char in self._line] + [False]
        fits = self._fits[one]
        ends: dict[int, int] = {}
        for place, count in reached.items():
            if fits[place]:
                end = place + 1
                while whole_run and fits[end]:
                    end += 1
                ends[end] = ends.get(end, 0) + count
        return ends


class _EnoughError(Exception):
    """The count is beyond what was asked for."""


def _together(found: Iterable[dict[int, int]]) -> dict[int, int]:
    ends: dict[int, int] = {}
    for places in found:
        for place, count in places.items():
            ends[place] = ends.get(place, 0) + count
    return ends


@lru_cache(maxsize=4096)
def _single(one: str) -> regex.Pattern[str]:
    """The compiled pattern of one character."""
    return regex.compile(one, regex.IGNORECASE)


@lru_cache(maxsize=4096)
def _class_of(char: str) -> str:
    """A literal character as the exact pattern asks for it, one at a time."""
    return r"\s" if char == " " else CHARACTERS.get(char) or regex.escape(char)


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
        begins = [(self._begin(part, follow), self.ways(part, follow), _opening(part)) for part in parts]
        worst = 0
        for char in self.alphabet:
            here = [(count, opening) for first, count, opening in begins if char in first]
            if sum(count for count, _ in here) > worst:
                # all that a line begins with are begun by the longest of them
                together = (sum(n for n, other in here if _begins(one, other)) for _, one in here)
                worst = max(worst, *together)
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
        return self.first(part) | (follow if shortest(part) == 0 else frozenset())

    def first(self, node: Node) -> frozenset[str]:
        """Characters of the alphabet that a match of ``node`` may begin with."""
        if node not in self._firsts:
            self._firsts[node] = self._first(node)
        return self._firsts[node]

    def _first(self, node: Node) -> frozenset[str]:
        match node:
            case Text(value):
                return self._matching(_class_of(value[0]))
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
        return frozenset(_single(one).findall(self._letters))

    @cached_property
    def _letters(self) -> str:
        return "".join(self.alphabet)

    def hostile(self) -> list[str]:
        """Lines made to be gone through in as many ways as there are, and to match in none: the pattern's
        own text with its repeats blown up by what they take, and something alien at the end."""
        repeats = [node for node in _nodes(self.tree) if isinstance(node, Repeat) and node.high > 1]
        fillers = sorted({char for node in repeats for char in self._fillers(node)})
        lines = [self._line(self._blown(self.tree, filler)) for filler in ("", *fillers)]
        lines += [line[:-1] + filler * BLOWN for line, filler in zip(lines[1:], fillers, strict=True)]
        whole = self._line(self._blown(self.tree, None))
        lines += [whole[:-1] * (LINE_CHARS // len(whole)), whole * (LINE_CHARS // len(whole))]
        lines += [line for node in repeats for line in self._pumped(node)]
        return list(dict.fromkeys(f"{line}\x00" for line in lines))

    def _pumped(self, node: Repeat) -> Iterator[str]:
        """What leads to a repeat, then the texts of its alternatives over and over, as they are and each
        followed by all others."""
        lead = self._line(takewhile(lambda piece: piece is not node, self._blown(self.tree, None, node)))
        inner = next((one for one in _nodes(node.part) if isinstance(one, Either)), None)
        texts = [self._line(self._blown(one, None)) for one in (inner.parts if inner else (node.part,))]
        for text in ("".join(texts[:FEW_TEXTS]), *texts[:FEW_TEXTS]):
            yield lead + text * (LINE_CHARS // max(len(text), 1))

    @staticmethod
    def _line(pieces: Iterable[str | Node]) -> str:
        return "".join(islice((piece for piece in pieces if isinstance(piece, str)), LINE_CHARS))

    def _fillers(self, node: Repeat) -> Iterator[str]:
        """Of what a repeat takes, what most parts of the pattern take too: a letter, a blank, a sign."""
        takes = [self.first(other) for other in _nodes(self.tree) if isinstance(other, Klass | Text | Repeat)]
        chars = sorted(self.first(node.part), key=lambda char: (-sum(char in one for one in takes), char))
        for kind in (str.isalpha, str.isspace, lambda char: not (char.isalpha() or char.isspace())):
            yield from [char for char in chars if kind(char)][:1]

    def _blown(self, node: Node, filler: str | None, until: Node | None = None) -> Iterator[str | Node]:
        """The characters of a text that the pattern begins to match. Repeats are as short as they may be;
        those that take the filler, or with an empty one all, as long. ``until`` is told where it begins."""
        if node is until:
            yield node
        match node:
            case Text(value):
                yield from value
            case Klass():
                yield filler if filler and filler in self.first(node) else min(self.first(node), default="x")
            case Concat(parts):
                for part in parts:
                    yield from self._blown(part, filler, until)
            case Either(parts):
                takes = (part for part in parts if filler and filler in self.first(part))
                leads = (part for part in parts if until is not None and until in _nodes(part))
                yield from self._blown(next(leads, next(takes, parts[0])), filler, until)
            case Repeat(part, low, high):
                blown = filler is not None and (not filler or filler in self.first(part))
                leads_to = until is not None and until in _nodes(part)
                for _ in range(min(high, BLOWN) if blown else max(low, leads_to)):
                    yield from self._blown(part, filler, until)


def _opening(node: Node) -> str:
    """Literal text that every match of a part begins with; empty where there is none."""
    match node:
        case Text(value):
            return value
        case Concat(parts):
            opening = ""
            for part in parts:
                opening += _opening(part)
                if not isinstance(part, Text):
                    break
            return opening
        case Repeat(part, low, _):
            return _opening(part) if low else ""
        case _:
            return ""


def _begins(long: str, short: str) -> bool:
    """Whether a line that begins with ``long`` may begin with ``short``, which is no longer: unless they part
    at letters, digits or blanks of which it is certain that nothing is taken for both."""
    for one, other in zip(long, short, strict=False):
        if one.lower() != other.lower():
            return not all(char == " " or (char.isascii() and char.isalnum()) for char in (one, other))
    return len(short) <= len(long)


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
