"""What a line costs a backtracking engine, counted and not tried.

Places in the line, and how often each is reached: the count takes no longer where it is astronomic.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

import regex

from cleaner.rules.patterns import CHARACTERS, Concat, Either, Klass, Node, Repeat, Text

MOST_STEPS = 1_000_000
"""What one line may cost from one place in it, in characters tried: some hundredths of a second."""

MOST_EFFORT = 3_000_000
"""Places that are looked at while the lines made for one pattern are counted: a second or two."""


class Effort:
    """What all the counting for one pattern has cost, in places that were looked at."""

    def __init__(self) -> None:
        self.spent = 0


def steps(tree: Node, line: str, effort: Effort | None = None, most: int = MOST_STEPS) -> int:
    """How many characters a backtracking engine tries on ``line``, from its first on, before it gives up;
    counting stops where it is more than ``most``. What it has cost is added to ``effort``.

    >>> from cleaner.rules.patterns import parse
    >>> steps(parse("(a|aa){1,12}!"), "a" * 12 + "?"), steps(parse("(a|ba){1,12}!"), "a" * 12 + "?")
    (2200, 36)
    """
    counted = _Steps(line, most)
    count = counted.count(tree)
    if effort is not None:
        effort.spent += counted.spent
    return count


class _Steps:
    """One count: how often each place of the line is reached, part of the pattern by part."""

    def __init__(self, line: str, most: int):
        self._line, self._most, self._count, self.spent = line, most, 0, 0
        self._chars = "".join(dict.fromkeys(line))
        self._fits: dict[str, list[bool]] = {}

    def count(self, tree: Node) -> int:
        with suppress(_EnoughError):
            self._go(tree, {0: 1})
        return self._count

    def _go(self, node: Node, reached: dict[int, int]) -> dict[int, int]:
        """The places at which ``node`` can end from those that are ``reached``, and by how many ways."""
        self._spend(reached)
        match node:
            case Text(value):
                for char in value:
                    reached = self._step(class_of(char), reached, whole_run=char == " ")
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
                    reached = self._go(part, reached)
                    if not reached:
                        break
                    if number >= low:
                        ends.append(reached)
                return _together(ends)

    def _step(self, one: str, reached: dict[int, int], whole_run: bool = False) -> dict[int, int]:
        self._count += sum(reached.values())
        if self._count > self._most:
            raise _EnoughError
        self._spend(reached)
        if one not in self._fits:
            self.spent += len(self._line)
            fitting = frozenset(single(one).findall(self._chars))
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

    def _spend(self, reached: dict[int, int]) -> None:
        self.spent += 1 + len(reached)
        if self.spent > MOST_EFFORT:
            raise _EnoughError


class _EnoughError(Exception):
    """The count is beyond what was asked for."""


def _together(found: Iterable[dict[int, int]]) -> dict[int, int]:
    ends: dict[int, int] = {}
    for places in found:
        for place, count in places.items():
            ends[place] = ends.get(place, 0) + count
    return ends


@lru_cache(maxsize=4096)
def single(one: str) -> regex.Pattern[str]:
    """The compiled pattern of one character."""
    return regex.compile(one, regex.IGNORECASE)


@lru_cache(maxsize=4096)
def class_of(char: str) -> str:
    """A literal character as the exact pattern asks for it, one at a time."""
    return r"\s" if char == " " else CHARACTERS.get(char) or regex.escape(char)
