"""What a line looks like, without knowing a single word: the kinds a block may follow.

Every kind is a function of one line; none knows the line's index or how far the document's end is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cleaner.lines import Line

TITLE_WORDS = 22
TEASER_WORDS = 30
SHORT_WORDS = 12
CONTACT_WORDS = 10

_FULL_STOPS = ".。．｡।॥۔።"
_CLOSERS = "\"'”’»›)]}）」』】*_ \t\u00a0"
_LINK = re.compile(
    r"https?://|www\.|\b[\w.+-]+@[\w-]+\.\w|(?<!\w)@\w{2,}|\b[\w-]+\.(?:com|org|net|info|co|io|de|fr|uk|ru|gr)\b"
    r"|\s[|»›→]\s|[»›→]\s*$|^\s*[-*•·‣▪►▸→»›]\s",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d")


def title_like(line: Line) -> bool:
    """A headline, a list item, a date or a byline: short, and no sentence that ends in a full stop."""
    if line.blank or line.words > TITLE_WORDS or line.prose or "。" in line.text:
        return False
    stripped = line.text.rstrip(_CLOSERS)
    return not (stripped and stripped[-1] in _FULL_STOPS and not stripped.endswith("..."))


def teaser_like(line: Line) -> bool:
    """A headline or the short text under it."""
    return not line.blank and not line.prose and line.words <= TEASER_WORDS


def link_like(line: Line) -> bool:
    """A line that holds an address, a handle, an arrow, a bullet or a name after a bar."""
    return title_like(line) and _LINK.search(line.text) is not None


def contact_like(line: Line) -> bool:
    """A line of an address block: a name, a street, a place, a number, a mail address."""
    return (
        not line.blank
        and not line.prose
        and line.words <= CONTACT_WORDS
        and not (line.ends_sentence and line.words > 6 and not _DIGITS.search(line.text))
    )


def short(line: Line) -> bool:
    """Few words and no prose."""
    return not line.blank and not line.prose and line.words <= SHORT_WORDS


def prose(line: Line) -> bool:
    """A paragraph: see `Line.prose`."""
    return line.prose


def anything(line: Line) -> bool:
    """Any line with something on it."""
    return not line.blank


KINDS: dict[str, Callable[[Line], bool]] = {
    "titles": title_like,
    "teasers": teaser_like,
    "links": link_like,
    "blurbs": teaser_like,  # and prose directly under a title-like line: see cleaner.strip
    "contacts": contact_like,
    "short": short,
    "prose": prose,
    "any": anything,
}

WORDS_FOR_KINDS = {
    "titles": "like titles",
    "teasers": "like teasers",
    "links": "like links",
    "blurbs": "like titles with a blurb",
    "contacts": "like an address",
    "short": "like a menu",
    "prose": "like paragraphs",
    "any": "of any kind",
}
