"""Classes of characters as arrays, for looking at whole batches of text at once.

The tables are made from Python's own Unicode database when first needed (a few milliseconds), so
that what counts as a letter, a blank or a digit here is what `cleaner.lines` takes for one.
"""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cleaner.lines import INVISIBLE, WORDLESS

TOP, END_OF_HAN = 0x20000, 0x40000
"""Code points from here on are Han, and from there on nothing a line of text shows."""

Codes = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]


class Kind(IntEnum):
    """What a character is; the numbers are columns of counts."""

    OTHER = 0
    BLANK = 1
    END = 2  # of a line: LF and CR
    LOWER = 3
    UPPER = 4
    LETTER = 5  # of a script without case
    MARK = 6  # combining
    WORDLESS = 7  # of a script without spaces between words
    DIGIT = 8
    STOP = 9  # ends a sentence
    COMMA = 10
    COLON = 11
    QUOTE = 12
    BRACKET = 13
    BAR = 14  # parts the entries of a menu: bars, bullets, arrows, slashes, dashes
    SYMBOL = 15  # currency, emoji, mathematics, @ and #


KINDS = len(Kind)

_MARKS = {
    Kind.STOP: ".!?…。！？｡।॥؟۔።‽",
    Kind.COMMA: ",;،؛、，；",
    Kind.COLON: ":：",
    Kind.BAR: "|•·‣▪►▸→»›«‹/\\~–—-*_>＞│┃¦∙●○■□◦",
    Kind.SYMBOL: "@#&+=%^$©®™",
}
_VARIED = [*range(0x3100), *range(0xA640, 0xABC0), *range(0xFE00, 0x10000), *range(0x10400, 0x10500)]
"""Code points that are looked at one by one: elsewhere letters have no case and marks no other kind."""

_BY_CATEGORY = {
    **dict.fromkeys(("Mn", "Mc", "Me"), Kind.MARK),
    **dict.fromkeys(("Ps", "Pe"), Kind.BRACKET),
    **dict.fromkeys(("Sc", "So", "Sm", "Sk"), Kind.SYMBOL),
    **dict.fromkeys(("Pi", "Pf"), Kind.QUOTE),
}
"""Kind by Unicode's general category, of what is neither letter, digit nor blank."""

_QUOTES = "\"'“”„‘’‚`´＂＇"


class Tables(NamedTuple):
    """By code point below `TOP`: the kind of character, and its lower-case form."""

    kinds: Bytes
    lower: Codes


def tables_for(codes: Codes) -> Tables:
    """Tables that are right for these code points: small ones where they are few and as texts in Latin
    script have them, for a hook would be done before the others are made."""
    usual = len(codes) < _FEW and bool(((codes < _LATIN) | (codes - _PUNCTUATION < 0x100)).all())
    return _tables(whole=not usual)


_FEW = 1 << 16  # characters of one text, or of a batch of them
_LATIN = 0x300
_PUNCTUATION = np.uint32(0x2000)  # from here on, to 0x2100; what is below wraps around to beyond


@cache
def _tables(*, whole: bool) -> Tables:
    """The tables, of all code points or of the usual ones; each made once a process."""
    codes = np.arange(TOP) if whole else np.r_[:_LATIN, 0x2000:0x2100]
    text = codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    found = np.zeros(len(codes), np.uint8)
    for char_class, kind in ((r"\s", Kind.BLANK), (r"[^\W\d_]", Kind.LETTER), (r"[^\W_]", None)):
        for run in re.finditer(f"(?:{char_class})+", text):
            part = found[run.start() : run.end()]
            part[part == 0] = Kind.DIGIT if kind is None else kind
    for run in re.finditer(f"[{WORDLESS}]+", text) if whole else ():
        found[run.start() : run.end()] = Kind.WORDLESS
    kinds = np.zeros(TOP + 2, np.uint8)  # the last entries stand for Han beyond `TOP` and for the rest
    kinds[codes], kinds[TOP] = found, Kind.WORDLESS
    varied = np.array(_VARIED) if whole else codes
    lower = np.arange(TOP + 2, dtype=np.uint32)
    letters = _of_kind(kinds, varied, Kind.LETTER)
    lows = {char: low for char, low in zip(letters, map(str.lower, letters), strict=True) if low != char}
    kinds[[*map(ord, lows)]] = Kind.UPPER
    single = {char: low for char, low in lows.items() if len(low) == 1}
    lower[[*map(ord, single)]] = [*map(ord, single.values())]
    kinds[[ord(char) for char in letters if char not in lows and char.upper() != char]] = Kind.LOWER
    kinds[0x1F000:0x1FB00] = Kind.SYMBOL
    others = _of_kind(kinds, varied, Kind.OTHER)
    told = [_BY_CATEGORY.get(unicodedata.category(char), Kind.OTHER) for char in others]
    kinds[[*map(ord, others)]] = told
    for kind, chars in _MARKS.items():
        kinds[[ord(char) for char in chars]] = kind
    kinds[[ord(char) for char in _QUOTES]] = Kind.QUOTE
    kinds[[ord(char) for char in INVISIBLE]] = Kind.BLANK
    kinds[[10, 13]] = Kind.END
    return Tables(kinds, lower)


def _of_kind(kinds: Bytes, varied: npt.NDArray[Any], kind: Kind) -> list[str]:
    """Those of the varied code points that are of a kind so far, as characters."""
    return [*map(chr, varied[kinds[varied] == kind].tolist())]


def among(values: npt.NDArray[Any], known: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which of ``values`` are among ``known``, which is sorted.

    What `np.isin` says, without the 12 ms that its first call costs: it imports `np.ma`.
    """
    if not len(known):
        return np.zeros(len(values), np.bool_)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[at] == values
    return found


def kinds_of(codes: Codes) -> Bytes:
    """The kind of each character."""
    places = np.minimum(codes, TOP)
    if len(codes) and codes.max() >= END_OF_HAN:
        places[codes >= END_OF_HAN] = TOP + 1
    return tables_for(codes).kinds[places]


def lowered(codes: Codes) -> Codes:
    """Each character in lower case, where that is one character."""
    low = tables_for(codes).lower[np.minimum(codes, TOP)]
    beyond = codes >= TOP
    return np.where(beyond, codes, low) if beyond.any() else low
