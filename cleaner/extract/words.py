"""Words of a page's text, as the page scorer counts them."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")
_WORDLESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
CHARACTERS_PER_WORD = 1.7
"""Characters of scripts without blanks that count as one word."""


def words(names: str) -> list[str]:
    """A table of names, written as a sentence is."""
    return names.split()


def tokens(text: str) -> list[str]:
    """Words in lower case.

    >>> tokens("Re-opened: 3 ferries")
    ['re', 'opened', '3', 'ferries']
    """
    return _WORD.findall(text.lower())


def count_words(text: str, found: list[str]) -> int:
    """How many words a text has, ``found`` being its tokens.

    >>> count_words("白鷺在堰上站到黃昏。", tokens("白鷺在堰上站到黃昏。"))
    5
    """
    if text.isascii():
        return len(found)
    return max(len(found), int(len(_WORDLESS.findall(text)) / CHARACTERS_PER_WORD))
