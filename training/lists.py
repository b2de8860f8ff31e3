"""Lists that are content: names, tables, credits, slogans in words that mean nothing.

The development data holds few of them, on few sites, and what stands after the last paragraph in short lines
is mostly boilerplate there. So lists are set into the texts that are seen at random, as content.
"""

from __future__ import annotations

import random
from collections.abc import Callable

_BEGINS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
_MIDDLES = ["a", "e", "i", "o", "u", "ai", "ea", "ou", "io"]
_ENDS = ("", "", "n", "r", "s", "t", "l", "nd", "rk", "m")
LENGTHS = (2, 3, 4, 6, 9, 14, 25, 40)


def a_list(rng: random.Random) -> list[str]:
    """The lines of one list; now and then with a heading, or a line that ends in a colon."""
    make = rng.choice(_KINDS)
    lines = [make(rng) for _ in range(rng.choice(LENGTHS))]
    heading = rng.choice((None, None, _word, _pair, _introduction))
    return [heading(rng), *lines] if heading is not None else lines


def _word(rng: random.Random) -> str:
    return _lower(rng).capitalize()


def _lower(rng: random.Random) -> str:
    syllables = rng.choice((1, 1, 2, 2, 3))
    return "".join(rng.choice(_BEGINS) + rng.choice(_MIDDLES) + rng.choice(_ENDS) for _ in range(syllables))


def _words(rng: random.Random, low: int, high: int) -> str:
    return " ".join(_lower(rng) for _ in range(rng.randint(low, high)))


def _pair(rng: random.Random) -> str:
    return f"{_word(rng)} {_word(rng)}"


def _introduction(rng: random.Random) -> str:
    return f"{_words(rng, 3, 9).capitalize()}:"


def _named_number(rng: random.Random) -> str:
    return f"{_words(rng, 1, 3).capitalize()}{rng.choice((': ', ' ', ' – '))}{rng.randint(1, 9999)}"


def _row(rng: random.Random) -> str:
    cells = [str(rng.randint(0, 500)) if rng.random() < 0.6 else _word(rng) for _ in range(rng.randint(2, 6))]
    return rng.choice((" ", "  ", " | ", "\t")).join(cells)


def _cell(rng: random.Random) -> str:
    return f"{rng.randint(0, 9999)}" if rng.random() < 0.5 else _words(rng, 1, 2).capitalize()


def _item(rng: random.Random) -> str:
    return f"{rng.choice(('-', '•', '*', '–'))} {_words(rng, 2, 12).capitalize()}"


def _reference(rng: random.Random) -> str:
    author, title = f"{_word(rng)}, {_word(rng)[0]}.", f"{_words(rng, 3, 9).capitalize()}."
    return f"{rng.randint(1, 60)}. {author} {title} {rng.randint(1950, 2025)}."


def _role(rng: random.Random) -> str:
    return f"{_pair(rng)} {rng.choice(('–', 'as', '.....', ','))} {_words(rng, 1, 3)}"


def _slogan(rng: random.Random) -> str:
    return f"{_words(rng, 2, 6).capitalize()}."


def _verse(rng: random.Random) -> str:
    return _words(rng, 4, 9).capitalize() + rng.choice(("", ",", ";", "."))


_KINDS: tuple[Callable[[random.Random], str], ...] = (
    _word,
    _pair,
    _pair,
    _named_number,
    _row,
    _cell,
    _item,
    _reference,
    _role,
    _slogan,
    _slogan,
    _verse,
)
