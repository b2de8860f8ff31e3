"""Why a page has no article: what its row says in place of a text."""

from __future__ import annotations

import json
import re
from functools import cache

from cleaner.extract.features import Table
from cleaner.extract.vocabulary import NAME
from cleaner.rules.pack import shipped_folder

NONE = "none: "
SHELL_WORDS = 25
"""Words up to which a page with scripts is a shell that a browser would have filled."""
ERROR_WORDS = 150
"""Words up to which a page is an error page where its title says so."""
LINKS_ONLY = 900
"""Thousandths of a page's code points inside links from which on it is nothing but a list of them."""


def why_empty(table: Table, title: str, scripts: bool) -> str | None:
    """Why nothing of a page is an article; None where something may be.

    Only what is plain is decided here: a page of links with a sentence in it is weighed like any other.
    """
    words = int(table.words.sum())
    if not words:
        return NONE + ("script shell" if scripts else "no text")
    if words <= ERROR_WORDS and _errors().search(title):
        return NONE + "error page"
    if words <= SHELL_WORDS and scripts:
        return NONE + "script shell"
    if not table.prose.any() and table.linked_share >= LINKS_ONLY:
        return NONE + "list of links"
    return None


@cache
def _errors() -> re.Pattern[str]:
    table = json.loads((shipped_folder() / NAME).read_text(encoding="utf-8"))
    phrases = "|".join(re.escape(phrase) for phrase in table["error_titles"])
    return re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.IGNORECASE)
