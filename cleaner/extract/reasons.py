"""Why a page has no article: what its row says in place of a text."""

from __future__ import annotations

import json
import re
from functools import cache

from cleaner.extract.features import Table
from cleaner.extract.vocabulary import NAME
from cleaner.rules.pack import shipped_folder

NONE = "none: "
EMPTY = NONE + "empty page"
SHELL_WORDS = 25
"""Words up to which a page with scripts is a shell that a browser would have filled."""
ERROR_WORDS = 150
"""Words up to which a page is an error page where its title says so."""
ERROR_PROSE = 30
"""Words of prose up to which a title that also says something else is believed."""
LINKS_ONLY = 900
"""Thousandths of a page's code points inside links from which on it is nothing but a list of them."""


def why_empty(table: Table, title: str, scripts: bool) -> str | None:
    """Why nothing of a page is an article; None where something may be.

    Only what is plain is decided here: a page of links with a sentence in it is weighed like any other.
    """
    words = int(table.words.sum())
    if not words:
        return NONE + ("script shell" if scripts else "no text")
    if words <= ERROR_WORDS and _is_error(title, int(table.words[table.prose].sum())):
        return NONE + "error page"
    if words <= SHELL_WORDS and scripts:
        return NONE + "script shell"
    if not table.prose.any() and table.linked_share >= LINKS_ONLY:
        return NONE + "list of links"
    return None


def _is_error(title: str, prose: int) -> bool:
    """Whether a title is that of an error page: it speaks of an error and there is no prose to speak of,
    or it says nothing else, the site's name apart."""
    phrase, alone = _errors()
    if prose <= ERROR_PROSE:
        return phrase.search(title) is not None
    return any(map(alone.fullmatch, _PARTS.split(title)))


_PARTS = re.compile(r"\s+(?:[|–—·-]|::)\s+")


@cache
def _errors() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds a phrase of an error in a title, and what tells a title of such phrases alone."""
    table = json.loads((shipped_folder() / NAME).read_text(encoding="utf-8"))
    phrases = "|".join(re.escape(phrase) for phrase in table["error_titles"])
    alone = rf"\W*(?:error\W+)?(?:{phrases})(?:\W+(?:error|{phrases}))*\W*"
    return re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.IGNORECASE), re.compile(alone, re.IGNORECASE)
