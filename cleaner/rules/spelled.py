"""The words that a pattern spells out, derived from its tree.

Phrases that stand for whole lines are joined in one line where an extractor lost the breaks between them
(`cleaner.joined`). Whether a line is worth a try is told by its words: all of them are of the kind that
patterns for whole lines spell out. Where a pattern lets a word be any word, it spells what it matches without
that; none, if it cannot do without.
"""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import regex

from cleaner.rules.gates import fold
from cleaner.rules.patterns import Concat, Either, Klass, Node, Repeat, Text, may_match_blank

MOST_WORDS = 400  # of one pattern; one with more is of a script that parts no words
NUMBER = "0"
"""How any run of digits is written among words."""

_WORD = regex.compile(r"[^\W_]+")  # by the module that judges: it knows more letters than `re`
_LAST_WORD = regex.compile(r"(?r)[^\W_]+")
_DIGITS = regex.compile(r"\d+")
_LETTERS = "aąéßжωאعकกあ中가Aİ"
_OTHERS = " .,:'\"()|/-–·•»©_@#&+%\t"


class _Spelled(NamedTuple):
    """What the matches of a part are made of: ``inner``, words with something else on both sides; ``whole``,
    matches that hold nothing but letters and digits, or nothing; ``heads`` and ``tails``, the letters that
    those which hold something else begin and end with."""

    inner: frozenset[str]
    whole: frozenset[str]
    heads: frozenset[str]
    tails: frozenset[str]


_NONE: frozenset[str] = frozenset()
_EMPTY = _Spelled(_NONE, frozenset(("",)), _NONE, _NONE)
_PARTING = _Spelled(_NONE, _NONE, frozenset(("",)), frozenset(("",)))


def word_of(text: str) -> str:
    """A run of letters and digits as it is written among the words of patterns."""
    return str(_DIGITS.sub(NUMBER, fold(text)))


def made_of(text: str, words: Container[str]) -> bool:
    """Whether all runs of letters and digits of a text are words, written as `word_of` does."""
    for match in _LAST_WORD.finditer(fold(text)):  # where a line begins, it says what others say as well
        word = match[0]
        if word not in words and (word.isalpha() or _DIGITS.sub(NUMBER, word) not in words):
            return False
    return True


def words_in(text: str) -> list[regex.Match[str]]:
    """The runs of letters and digits of a text."""
    return list(_WORD.finditer(text))


@lru_cache(maxsize=16384)
def words(node: Node) -> frozenset[str]:
    """The words that matches of a pattern are made of, folded, digits as `NUMBER`; what repeats is taken
    once, a blank that may stand between two words parts them, and what can be any word is left out where it
    need not be there. Empty where it must, and where there are more than `MOST_WORDS`."""
    found = _spelled(node)
    if found is None:
        return _NONE
    return frozenset(filter(None, found.inner | found.whole | found.heads | found.tails))


def _spelled(node: Node) -> _Spelled | None:
    match node:
        case Text(value):
            return _of_text(value)
        case Klass(text):
            return _of_class(text)
        case Either(parts):
            return _either([_spelled(part) for part in parts])
        case Concat(parts):
            found: _Spelled | None = _EMPTY
            for part in parts:
                found = _then(found, _spelled(part))
            return found
        case Repeat(part, low, _):
            once = _spelled(part)
            parting = once == _PARTING and may_match_blank(part)
            return once if low or parting else _either([_EMPTY, once])


def _of_text(value: str) -> _Spelled:
    folded = _DIGITS.sub(NUMBER, fold(value))
    runs = [match.span() for match in _WORD.finditer(folded)]
    if runs == [(0, len(folded))]:
        return _Spelled(_NONE, frozenset((folded,)), _NONE, _NONE)
    head = folded[: runs[0][1]] if runs and runs[0][0] == 0 else ""
    tail = folded[runs[-1][0] :] if runs and runs[-1][1] == len(folded) else ""
    inner = frozenset(folded[start:end] for start, end in runs if start > 0 and end < len(folded))
    return _Spelled(inner, _NONE, frozenset((head,)), frozenset((tail,)))


@lru_cache(maxsize=1024)
def _of_class(text: str) -> _Spelled | None:
    matches = regex.compile(text, regex.IGNORECASE).match
    if any(map(matches, _LETTERS)):
        return None
    whole = frozenset((NUMBER,)) if matches("7") else _NONE
    edge = frozenset(("",)) if any(map(matches, _OTHERS)) or not whole else _NONE
    return _Spelled(_NONE, whole, edge, edge)


def _either(found: list[_Spelled | None]) -> _Spelled | None:
    known = [one for one in found if one is not None]
    if not known:
        return None
    return _few(_Spelled(*(_NONE.union(*sets) for sets in zip(*known, strict=True))))


def _then(one: _Spelled | None, other: _Spelled | None) -> _Spelled | None:
    """What is made of one part and another directly after it."""
    if one is None or other is None:
        return None
    return _few(
        _Spelled(
            one.inner | other.inner | _joined(one.tails, other.heads),
            _joined(one.whole, other.whole),
            one.heads | _joined(one.whole, other.heads),
            other.tails | _joined(one.tails, other.whole),
        )
    )


def _joined(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    if len(one) * len(other) > MOST_WORDS**2:
        return _NONE
    return frozenset(
        first + second[1:] if first.endswith(NUMBER) and second.startswith(NUMBER) else first + second
        for first, second in product(one, other)
    )


def _few(found: _Spelled) -> _Spelled | None:
    return found if max(map(len, found)) <= MOST_WORDS else None
