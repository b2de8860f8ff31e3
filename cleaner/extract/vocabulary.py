"""What class names, ids and roles call the parts of a page: the groups of ``rules/page-markup.json``."""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache

from cleaner.rules.pack import shipped_folder

NAME = "page-markup.json"
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
MOST_CHARS = 300
"""Code points of a name that are looked at: style frameworks write dozens of classes on one element."""


@cache
def group_words() -> dict[str, int]:
    """Word -> number of its group; groups are numbered as they stand in the file."""
    return {word: number for number, words in enumerate(_table().values()) for word in words.split()}


@cache
def group_names() -> tuple[str, ...]:
    """The groups, in order."""
    return tuple(_table())


@lru_cache(maxsize=1 << 15)
def groups_of(name: str) -> tuple[int, ...]:
    """Numbers of the groups that a class, id or role names, sorted.

    >>> [group_names()[number] for number in groups_of("post-relatedArticles")]
    ['content', 'related']
    """
    known = group_words()
    words = (word.lower() for word in _WORD.findall(name[:MOST_CHARS]))
    return tuple(sorted({known[word] for word in words if word in known}))


@cache
def _table() -> dict[str, str]:
    table: dict[str, str] = json.loads((shipped_folder() / NAME).read_text(encoding="utf-8"))["groups"]
    return table
