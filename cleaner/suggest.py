"""Near misses: the known name somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint to end an error message with, empty where nothing known is near.

    >>> did_you_mean("max_word", ["max_words", "min_words"])
    '; did you mean `max_words`?'
    """
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""
