"""Titles and headlines as they are compared: what is left without typography, and the parts of a title that
carries its site's name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import Literal, NamedTuple

from cleaner.lines import WORDLESS, Line

MAX_CHARS = 300  # code points; a longer line is no headline, nor a title twice as long
SITE_WORDS = {"bar": 6, "dash": 4, "colon": 3}  # words of a site's name, or the way to a page, at most
MAX_SPLITS = 8  # separators looked at in one line
LABEL_WORDS = 2  # so few words may name a section, a speaker or a menu's entry as well

_SYMBOL_LETTERS = re.compile("[™℠]")  # NFKD would spell them out
_STROKES = str.maketrans("łøđðħŧı", "loddhti")  # accents to their readers, letters to NFKD
_DIGIT_GAP = re.compile(r"(?<=\d)[^\w\s]+(?=\d)")
_NOT_LETTER = re.compile(
    "[^\\w\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd"
    "\u0f71-\u0fbc\u102b-\u103e\u17b4-\u17d3\u3099\u309a]"
)
"""Accents, vowel points and zero-width characters go with the punctuation; the vowel signs of
Indic and South-East Asian scripts and the voicing marks of Kana are letters, though ``\\w`` does
not know them."""
_ASCII_REST = {code: None for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}


def title_forms(title: str | None) -> tuple[str, ...]:
    """A title and, where it carries a site's name, what is left without it; nothing for no title.

    >>> title_forms("The last ferry leaves at noon - The Marsh Post")
    ('The last ferry leaves at noon - The Marsh Post', 'The last ferry leaves at noon')
    """
    if not title or not fold(title[:MAX_CHARS]) or len(title) > 2 * MAX_CHARS:
        return ()
    plain = (p.plain for p in parts(title) if p.kind != "colon" and p.is_site() and p.is_mostly_headline())
    return tuple(dict.fromkeys((title, *plain)))


@lru_cache(maxsize=8192)  # the finders look again at lines that stayed
def fold(text: str) -> str:
    """What is left of a headline when typography, case and accents are taken away.

    Letters and digits of NFKD, case-folded, without blanks, apostrophes and other punctuation, so
    that copies made for a link come out alike. Between digits punctuation counts.

    >>> fold("Kim Jong Un’s Alliance") == fold("KIM JONG-UNS ALLIANCE")
    True
    >>> fold("Prices up 1.5%") == fold("Prices up 15%")
    False
    """
    if text.isascii():
        text = text.lower().replace("_", " ")
        if _DIGIT_GAP.search(text):
            text = _DIGIT_GAP.sub("_", text)
        return text.translate(_ASCII_REST)
    text = unicodedata.normalize("NFKD", _SYMBOL_LETTERS.sub("", text))
    text = _DIGIT_GAP.sub("_", text.casefold().replace("_", " "))
    return _NOT_LETTER.sub("", text).translate(_STROKES)


class Part(NamedTuple):
    """A line parted at a separator: what may be the headline and what may be the site's name."""

    plain: str
    rest: str
    kind: Literal["bar", "dash", "colon"]
    rest_first: bool

    def is_site(self) -> bool:
        """Whether ``rest`` can be a site's name or the way to the page."""
        if not 0 < words(self.rest) <= SITE_WORDS[self.kind]:
            return False
        return self.rest_first if self.kind == "colon" else self.kind == "bar" or _is_name(self.rest)

    def is_mostly_headline(self) -> bool:
        """Whether ``plain`` is by far the longer part, so that it can be told from the site's
        name without a line that says which is which."""
        share = 1.5 if self.kind == "dash" else 1.0
        return words(self.plain) > LABEL_WORDS and len(fold(self.plain)) > share * len(fold(self.rest))


@cache
def _separator() -> re.Pattern[str]:
    return re.compile(
        r"(?P<bar>\s*(?:[|¦｜│«»‹›·•∙●→]+|::+)\s*|\s+[/\\<>]+\s+)"
        rf"|(?P<dash>\s+[-‐‑–—―−~]+\s+|(?<=[{WORDLESS}])[-－—―_]+|[-－—―_]+(?=[{WORDLESS}]))"
        r"|(?P<colon>\s*:\s+|：)"
    )


def parts(text: str) -> Iterator[Part]:
    """A line parted at each of its separators, both ways."""
    if "\t" in text or text.strip()[:1] == "|":
        return  # a row of a table
    for gap in islice(_separator().finditer(text), MAX_SPLITS):
        left, right = text[: gap.start()].strip(), text[gap.end() :].strip()
        kind: Literal["bar", "dash", "colon"] = gap.lastgroup  # type: ignore[assignment]
        yield Part(left, right, kind, rest_first=False)
        yield Part(right, left, kind, rest_first=True)


def _is_name(text: str) -> bool:
    """Whether every longer word is capitalised (or of a script without case), or it is a domain."""
    if "." in text.strip(".") and " " not in text:
        return True
    return text[-1] not in ".?!" and not any(word[0].islower() for word in text.split() if len(word) > 3)


def words(text: str) -> int:
    """Words of a line, as `Line.words` counts them."""
    return Line(0, 0, len(text), text).words
