"""What the markup says about each line of an extracted text: evidence that plain text lacks."""

from __future__ import annotations

from typing import NamedTuple

from cleaner.extract.blocks import NEVER, ROLES, Block, Container
from cleaner.extract.vocabulary import group_names

NEAR = 4
"""Levels above a block in which the name of an element speaks about it."""
ITEM = "- "
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}


class LineMarkup(NamedTuple):
    """What the markup says of a line. ``tag`` is the element that holds it, ``links`` the share of
    its code points inside links in thousandths, ``heading`` its level (1 to 6, 0 for none), ``parts``
    what the elements close above it are or are called (roles such as ``aside``, groups of class names
    such as ``related``)."""

    tag: str
    links: int
    heading: int
    parts: tuple[str, ...]


def line_markup(block: Block, container: Container) -> LineMarkup:
    """The markup of a block's lines."""
    least = container.depth - NEAR
    names = (*ROLES, *group_names())
    parts = tuple(
        name for name, depth in zip(names, container.near, strict=True) if depth != NEVER and depth >= least
    )
    links = 1000 * min(block.link_chars, len(block.text)) // max(len(block.text), 1)
    return LineMarkup(container.tag, links, HEADINGS.get(container.tag, 0), parts)


def rendered(block: Block, container: Container) -> str:
    """A block as text: an item of a list begins with a dash, as in trafilatura's text."""
    if block.opens_item and not block.text.startswith(("- ", "• ", "* ", "– ")):
        return ITEM + block.text
    return block.text
