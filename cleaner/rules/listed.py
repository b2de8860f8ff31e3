"""The lines of plain ASCII that a pattern takes, where they are few enough to list.

A third of the patterns that a dump calls up stand for whole lines of a few fixed words. For a line of plain
ASCII it is then told by a set whether such a pattern takes it, and the exact pattern, which costs a
millisecond to compile, is not made. Set and exact pattern say the same by construction; a test holds them
together.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from cleaner.rules.patterns import BARE, Concat, Either, Klass, Node, Repeat, Text, parse

MOST_LINES = 400

_DECORATION = "".join(char for char in map(chr, range(128)) if not char.isalnum())
_CHARACTERS = frozenset(string.ascii_letters + string.digits + string.punctuation + " ") - {"`"}


class Core(NamedTuple):
    """A line from its first letter or digit to its last: its place in the line, in code points, and how it
    is written in a list."""

    start: int
    end: int
    folded: str


def core_of(line: str, decoration: int) -> Core | None:
    """What a pattern for whole lines is asked about, where lists can tell: of a line of plain ASCII with no
    more than so much decoration on each side."""
    if not (line.isascii() and line.isprintable()):
        return None
    start = len(line) - len(line.lstrip(_DECORATION))
    end = len(line.rstrip(_DECORATION))
    if start > decoration or len(line) - end > decoration or end <= start:
        return None
    core = line[start:end].lower().replace("`", "'")  # an apostrophe of a pattern takes either
    return Core(start, end, " ".join(core.split()) if "  " in core else core)


@lru_cache(maxsize=16384)
def listed(pattern: str) -> frozenset[str] | None:
    """The lines of plain ASCII that a pattern takes from first letter or digit to last, as `core_of` writes
    them; None where they are too many, or where what it takes begins or ends in another way."""
    texts = _texts(parse(pattern))
    if texts is None or not all(text and text[0].isalnum() and text[-1].isalnum() for text in texts):
        return None
    return frozenset(text for text in texts if "  " not in text)  # a blank takes its whole run


def _texts(node: Node) -> list[str] | None:
    """What a part matches of plain ASCII, in lower case; None where that is too much, or not told."""
    match node:
        case Text(value):
            return _plain(value)
        case Klass(_):
            return None
        case Either(parts):
            found = [_texts(part) for part in parts]
            return _few(text for texts in found for text in texts or ()) if None not in found else None
        case Concat(parts):
            return _joined(map(_texts, parts))
        case Repeat(part, low, high):
            once = _texts(part)
            times = (
                [_joined([once] * count) for count in range(low, high + 1)] if once is not None else [None]
            )
            return _few(text for texts in times for text in texts or ()) if None not in times else None


def _plain(value: str) -> list[str] | None:
    """A text, if a line of plain ASCII can hold it: none with letters of other scripts."""
    value = value.translate(BARE)
    others = set(value) - _CHARACTERS
    if not others:
        return [value.lower()]
    if any(char.isascii() or char.isspace() or _like_ascii(char) for char in others):
        return None
    return []


def _like_ascii(char: str) -> bool:
    """Whether a character may be taken for one of ASCII where case does not matter, as the Kelvin sign is."""
    return any(map(str.isascii, char.casefold() + char.lower() + char.upper()))


def _joined(parts: Iterable[list[str] | None]) -> list[str] | None:
    """All ways to put one text of each part after the other."""
    joined = [""]
    for texts in parts:
        if texts is None or len(joined) * len(texts) > MOST_LINES:
            return None
        joined = [start + text for start in joined for text in texts]
    return joined


def _few(texts: Iterable[str]) -> list[str] | None:
    found = list(dict.fromkeys(texts))
    return found if len(found) <= MOST_LINES else None
