"""What the markup of a page says of its lines, in the shape of rule points.

A line in a container that is called related, or one that is nothing but links, needs less of a cue: it
counts as a line about which a rule speaks, for its neighbours (``needs_near``) and before the judge. It is
evidence and removes nothing by itself. A text without markup has none of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from cleaner.cut import Span
from cleaner.lines import Lines
from cleaner.model import Markup

ASIDE = frozenset(
    ("related", "share", "newsletter", "promotion", "consent", "aside", "nav", "comment", "author")
)
"""Parts of a page that stand beside its article."""
ASIDE_POINTS = LINKS_POINTS = 1
"""Points of a line in such a part, and of a line of links; a rule's are 1 to 5. With more the judge takes
lists that are content, measured on pages that are lists."""
LISTING = 5
"""A page of which one line in so many is nothing but links is a list: there links say nothing."""
ALL_LINKS = 900
"""Thousandths of a line's code points inside links from which on it is nothing but links."""


def points_of(markup: Sequence[Markup], source: Lines, gone: Sequence[Span], left: int) -> Mapping[int, int]:
    """The points of the lines of a text as it stands, by their index.

    ``markup`` has an entry for each line of ``source``, of which the spans ``gone`` were cut and ``left``
    lines remain. Nothing where the lines cannot be told any more.
    """
    if len(markup) != len(source):
        return {}
    listing = sum(one.links >= ALL_LINKS for one in markup) * LISTING > len(markup)
    taken = sorted(gone)
    points: dict[int, int] = {}
    index = at = 0
    for (start, end), one in zip(pairwise(source.starts), markup, strict=True):
        while at < len(taken) and taken[at].end <= start:
            at += 1
        if at < len(taken) and taken[at].start <= start and taken[at].end >= end:
            continue
        if worth := _points(one, listing):
            points[index] = worth
        index += 1
    return points if index == left else {}


def with_markup(points: dict[int, int], told: Mapping[int, int]) -> dict[int, int]:
    """Points of rules and of the markup by line: the larger counts."""
    if not told:
        return points
    return {**told, **{index: max(value, told.get(index, 0)) for index, value in points.items()}}


def _points(markup: Markup, listing: bool) -> int:
    if not ASIDE.isdisjoint(markup.parts):
        return ASIDE_POINTS
    return LINKS_POINTS if markup.links >= ALL_LINKS and not listing else 0
