"""A page as blocks: the pieces of text a reader sees apart, in order, each with its place in the markup.

A block is the text between two starts or ends of elements that break a line. The cells of a table row
are one block where each holds no more than one. Containers are the elements that break lines; the blocks
inside one stand side by side, so that sums over a container are differences of prefix sums.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from cleaner.extract.vocabulary import group_names, groups_of
from cleaner.extract.words import words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

INLINE = frozenset(
    words(
        "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb ruby s "
        "samp small span strike strong sub sup time tt u var wbr img picture source button"
    )
)
SKIPPED = frozenset(
    words(
        "script style template svg math iframe object embed applet audio video canvas map select option "
        "optgroup datalist input textarea head title meta link rp rt rtc frameset frame noframes progress "
        "meter"
    )
)
ROLES = tuple(
    words(
        "article main nav footer header aside form section figure table ul ol dl blockquote pre details "
        "noscript"
    )
)
"""Elements that are told by their own name, besides the groups of class names."""
NEVER = -99
"""Depth of the nearest element of a role or group where there is none."""
CELL_BAR = " | "
CELL_CHARS = 200
"""Code points of a cell up to which its row is read as one line; longer cells are columns of a layout."""
_ROLE_NUMBER = {tag: number for number, tag in enumerate(ROLES)}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(slots=True)
class Block:
    """One piece of text. ``container`` is the index of the innermost element that holds it,
    ``link_chars`` counts code points inside links, ``links`` the links; ``opens_item`` tells that it is
    the first of an item of a list."""

    text: str
    container: int
    link_chars: int = 0
    links: int = 0
    opens_item: bool = False


@dataclass(slots=True)
class Container:
    """An element that breaks lines. Its blocks are ``first`` to ``stop``, half open; ``near`` holds the
    depth of the nearest element, itself included, of each role and group; ``path`` numbers its chain
    of tags and class names, ``hidden`` tells that the markup hides it."""

    tag: str
    parent: int
    depth: int
    near: tuple[int, ...]
    path: int
    hidden: bool
    first: int = 0
    stop: int = 0


@dataclass(slots=True)
class Layout:
    """The blocks and containers of a page, both in document order; container 0 is the root."""

    blocks: list[Block] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)


def layout_of(root: HtmlElement) -> Layout:
    """Walk an element's tree once."""
    return _with_rows(_Walk().walk(root))


class _Walk:
    """One walk; what stands open while it goes."""

    def __init__(self) -> None:
        self.layout = Layout()
        self._parts: list[str] = []
        self._links: list[str] = []  # text inside links of the block that is open
        self._link_count = 0
        self._in_link = 0
        self._in_pre = 0
        self._item = False  # an item of a list has begun and holds no text yet
        self._paths: dict[tuple[int, str, str], int] = {}

    def walk(self, root: HtmlElement) -> Layout:
        from lxml.etree import iterwalk

        blocks, containers, parts = self.layout.blocks, self.layout.containers, self._parts
        nothing = (NEVER,) * (len(ROLES) + len(group_names()))
        containers.append(Container("body", 0, 0, nothing, 0, False))
        open_: list[int] = [0]
        kinds: list[str] = []  # of the elements that are open: their tags, empty for those that are skipped
        walker = iterwalk(root, events=("start", "end"))
        for event, element in walker:
            if event == "start":
                tag = element.tag
                if tag.__class__ is not str or tag in SKIPPED:
                    walker.skip_subtree()
                    kinds.append("")
                    continue
                kinds.append(tag)
                if tag in INLINE:
                    if tag == "a":
                        self._in_link += 1
                        self._link_count += 1
                elif tag == "br":
                    parts.append("\n")
                else:
                    self._flush(open_[-1])
                    containers.append(self._container(element, tag, open_[-1]))
                    open_.append(len(containers) - 1)
                if (text := element.text) is not None:
                    self._add(text)
            else:
                tag = kinds.pop()
                if tag == "a":
                    self._in_link -= 1
                elif tag and tag not in INLINE and tag != "br":
                    self._flush(open_[-1])
                    containers[open_.pop()].stop = len(blocks)
                    self._in_pre -= tag == "pre"
                    self._item = self._item and tag != "li"
                if kinds and (text := element.tail) is not None:
                    self._add(text)
        self._flush(0)
        containers[0].stop = len(blocks)
        return self.layout

    def _add(self, text: str) -> None:
        if not self._in_pre and "\n" in text:
            text = text.replace("\n", " ")
        self._parts.append(text)
        if self._in_link:
            self._links.append(text)

    def _container(self, element: HtmlElement, tag: str, parent: int) -> Container:
        above = self.layout.containers[parent]
        depth, near, hidden, name = above.depth + 1, above.near, above.hidden, ""
        hits: tuple[int, ...] = ()
        if attributes := element.items():
            given = dict(attributes)
            name = given.get("class", "")
            hits = groups_of(f"{name} {given.get('id', '')} {given.get('role', '')}")
            hidden = hidden or _is_hidden(given)
        role = _ROLE_NUMBER.get(tag)
        if hits or role is not None:
            changed = list(near)
            for hit in hits:
                changed[len(ROLES) + hit] = depth
            if role is not None:
                changed[role] = depth
            near = tuple(changed)
        self._in_pre += tag == "pre"
        self._item = self._item or tag == "li"
        path = self._paths.setdefault((above.path, tag, name), len(self._paths) + 1)
        return Container(tag, parent, depth, near, path, hidden, len(self.layout.blocks))

    def _flush(self, container: int) -> None:
        """End the block that is open; two line breaks in a row part it."""
        if not self._parts:
            self._link_count = 0
            return
        text = "".join(self._parts)
        if text.isspace():
            self._parts.clear()
            self._links.clear()
            self._link_count = 0
            return
        linked = _size("".join(self._links)) if self._links else 0
        links = self._link_count
        self._parts.clear()
        self._links.clear()
        self._link_count = 0
        if self._in_pre:
            if text.strip():
                self._append(text.strip("\n").rstrip(), container, linked, links)
            return
        pieces = [_tidy(piece) for piece in re.split(r"\n\s*\n", text)] if "\n" in text else [_tidy(text)]
        pieces = [piece for piece in pieces if piece]
        whole = sum(map(len, pieces)) or 1
        for piece in pieces:
            share = linked if len(pieces) == 1 else linked * len(piece) // whole
            self._append(piece, container, share, links)

    def _append(self, text: str, container: int, linked: int, links: int) -> None:
        self.layout.blocks.append(Block(text, container, linked, links, self._item))
        self._item = False


def _with_rows(layout: Layout) -> Layout:
    """The same with the cells of each table row as one block, where the row is one of data."""
    blocks, containers = layout.blocks, layout.containers
    rows = [at for at, one in enumerate(containers) if one.tag == "tr" and one.stop - one.first > 1]
    rows = [at for at in rows if _is_data(layout, at)]
    if not rows:
        return layout
    moved = [1] * len(blocks)  # how many blocks each becomes
    for at in rows:
        first, stop = containers[at].first, containers[at].stop
        cells = blocks[first:stop]
        blocks[first] = Block(
            CELL_BAR.join(cell.text.replace("\n", " ") for cell in cells),
            at,
            sum(cell.link_chars for cell in cells),
            sum(cell.links for cell in cells),
        )
        moved[first + 1 : stop] = [0] * (stop - first - 1)
    places = [0, *accumulate(moved)]
    for one in containers:
        one.first, one.stop = places[one.first], places[one.stop]
    layout.blocks = [block for block, stays in zip(blocks, moved, strict=True) if stays]
    return layout


def _is_data(layout: Layout, row: int) -> bool:
    """Whether each cell of a row holds one short block at most."""
    containers = layout.containers
    first, stop = containers[row].first, containers[row].stop
    cells = [block.container for block in layout.blocks[first:stop]]
    if any(len(block.text) > CELL_CHARS for block in layout.blocks[first:stop]):
        return False
    owners = set()
    for cell in cells:
        while containers[cell].tag not in ("td", "th", "tr", "table", "body"):
            cell = containers[cell].parent
        if containers[cell].tag not in ("td", "th") or containers[cell].parent != row or cell in owners:
            return False
        owners.add(cell)
    return True


def _tidy(text: str) -> str:
    """Text with each run of blanks as one; line breaks stay."""
    if "\n" in text:
        lines = (" ".join(line.split()) for line in text.split("\n"))
        return "\n".join(line for line in lines if line)
    return " ".join(text.split())


def _size(text: str) -> int:
    return len(" ".join(text.split()))


def _is_hidden(given: Mapping[str, str]) -> bool:
    """Whether an element's attributes hide it."""
    return (
        "hidden" in given
        or given.get("aria-hidden") == "true"
        or ("style" in given and _HIDDEN.search(given["style"]) is not None)
    )
