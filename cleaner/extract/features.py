"""What is known of each block of a page, as whole numbers for the page scorer.

Shares are thousandths; distances are blocks, capped. *Member* means: held by trafilatura's text, so
``member`` features say how far it went along at this place, above it, and for blocks of the same kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from cleaner.extract.blocks import NEVER, ROLES, Block, Container, Layout
from cleaner.extract.members import members
from cleaner.extract.vocabulary import group_names
from cleaner.extract.words import count_words, tokens, words

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int16]
Columns = dict[str, Ints]

FULL = 1000
FAR = 30
DEEP = 12
LEVELS = (1, 2, 3, 5)
STEPS = (-2, -1, 1, 2)
REACH = (3, 8)
PROSE_WORDS = 12
MEMBER = 700
"""Thousandths of a block from which on it counts as held by trafilatura's text."""
LONG_WORDS = 8
MOST = 30_000
TAGS = tuple(
    words(
        "p li h1 h2 h3 h4 h5 h6 div td th tr dt dd blockquote pre figcaption section article main header "
        "footer aside nav form summary details caption center address figure body label ul"
    )
)
FRAME = ("nav", "footer", "navigation", "consent", "overlay", "comment", "related", "aside")
"""Roles and groups of a site's frame, in which prose is none of the article's for sure."""
KINDS = (
    "Product",
    "Article|NewsArticle|BlogPosting",
    "DiscussionForumPosting|QAPage",
    "ItemList|CollectionPage",
)
"""Types of schema.org a page may say it is of, as patterns of names."""

_TAG_NUMBER = {tag: number for number, tag in enumerate(TAGS)}
_OTHER = _TAG_NUMBER["div"]
_KIND = tuple(re.compile(rf'"@type"\s*:\s*\[?\s*"(?:{kind})"') for kind in KINDS)
_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_DIGIT = re.compile(r"\d")
_CAPITAL = re.compile(r"\b[A-ZÀ-ÖØ-ÞΑ-ΩА-Я]")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONEY = re.compile(r"[$€£¥₹]\s?\d|\d\s?[€£¥₹]")


@dataclass(frozen=True, slots=True)
class Table:
    """The blocks of a page as numbers, shape (blocks, features), and what the choice asks besides:
    ``words`` of each block, whether it is ``prose``, a sentence that trafilatura took (``taken``), stands in
    the site's frame (``framed``) or among readers' comments (``comment``); ``member_words`` of the page that
    trafilatura's text holds, and the share of its code points inside links."""

    numbers: Numbers
    words: Ints
    prose: Bools
    taken: Bools
    framed: Bools
    comment: Bools
    member_words: int
    linked_share: int


def table_of(layout: Layout, reference: str, title: str, linked: str = "") -> Table:
    """The table of a page; ``reference`` is trafilatura's text, ``linked`` the page's JSON-LD."""
    columns = _columns(layout, reference, title, _kinds(linked))
    numbers = np.empty((len(columns), len(layout.blocks)), np.int16)
    for at, column in enumerate(columns.values()):
        numbers[at] = np.minimum(column, MOST)
    size, chars = columns["words"], columns["chars"]
    framed = np.zeros(len(size), np.bool_)
    for name in FRAME:
        framed |= columns[f"in_{name}"] < DEEP
    share = int((columns["density"] * chars).sum()) // max(int(chars.sum()), 1)
    held = int((columns["member"] * size).sum()) // FULL
    comment = (columns["in_comment"] < DEEP) & (columns["in_form"] == FAR) & (size >= 3)
    taken = (columns["sentence"] > 0) & (columns["member"] >= MEMBER) & (columns["density"] * 2 < FULL)
    return Table(numbers.T, size, columns["prose"] > 0, taken, framed, comment, held, share)


@cache
def names() -> tuple[str, ...]:
    """The features, in the order of the table's columns."""
    nothing = (NEVER,) * (len(ROLES) + len(group_names()))
    layout = Layout([Block("x", 0)], [Container("body", 0, 0, nothing, 0, False, 0, 1)])
    return tuple(_columns(layout, "", "", (0,) * len(KINDS)))


def _kinds(linked: str) -> tuple[int, ...]:
    """Which of `KINDS` a page's JSON-LD says it is of."""
    if not linked:
        return (0,) * len(KINDS)
    return tuple(int(kind.search(linked) is not None) for kind in _KIND)


def _columns(layout: Layout, reference: str, title: str, kinds: tuple[int, ...]) -> Columns:
    columns: Columns = {}
    texts = [block.text for block in layout.blocks]
    found = [tokens(text) for text in texts]
    _shapes(columns, layout, texts, found)
    columns["member"] = _ints(members(found, reference))
    _headline(columns, found, title)
    _copies(columns, texts)
    where = _ints([block.container for block in layout.blocks])
    _places(columns)
    _neighbours(columns)
    _above(columns, layout, where)
    _alike(columns, layout, where)
    _names(columns, layout, where)
    _page(columns, kinds)
    return columns


def _ints(values: list[int] | list[bool]) -> Ints:
    return np.array(values, np.int64).reshape(len(values))


def _sums(values: Ints) -> Ints:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(values)])


def _shapes(columns: Columns, layout: Layout, texts: list[str], held: list[list[str]]) -> None:
    """What a block looks like."""
    blocks, containers = layout.blocks, layout.containers
    size = _ints([count_words(text, found) for text, found in zip(texts, held, strict=True)])
    chars = _ints([len(text) for text in texts])
    linked = np.minimum(_ints([block.link_chars for block in blocks]), chars)
    sentence = _ints([_SENTENCE.search(text) is not None for text in texts])
    counted = [(at, text) for at, text in enumerate(texts) if _DIGIT.search(text)]
    digits, years, money = (np.zeros(len(texts), np.int64) for _ in range(3))
    for at, text in counted:
        digits[at] = FULL * len(_DIGIT.findall(text, 0, 200)) // min(len(text), 200)
        years[at], money[at] = _YEAR.search(text) is not None, _MONEY.search(text) is not None
    columns |= {
        "tag": _ints([_TAG_NUMBER.get(containers[block.container].tag, _OTHER) for block in blocks]),
        "words": np.minimum(size, 5000),
        "chars": np.minimum(chars, MOST),
        "links": np.minimum(_ints([block.links for block in blocks]), 50),
        "density": FULL * linked // np.maximum(chars, 1),
        "sentence": sentence,
        "prose": sentence * (size >= PROSE_WORDS) * (linked * 2 < chars),
        "stops": _ints([text.count(". ") + text.count("。") for text in texts]),
        "commas": _ints([text.count(",") for text in texts]),
        "digits": digits,
        "capitals": _ints([len(_CAPITAL.findall(text, 0, 200)) for text in texts]),
        "year": years,
        "money": money,
        "hidden": _ints([containers[block.container].hidden for block in blocks]),
        "depth": _ints([containers[block.container].depth for block in blocks]),
    }


def _headline(columns: Columns, held: list[list[str]], title: str) -> None:
    """Words shared with the page's title."""
    headline = set(tokens(title))
    shared = [len(headline.intersection(block)) if len(block) < 60 else 0 for block in held]
    columns["in_title"] = _ints(
        [FULL * n // max(len(set(block)), 1) for n, block in zip(shared, held, strict=True)]
    )
    columns["of_title"] = _ints([FULL * n // max(len(headline), 1) for n in shared])


def _copies(columns: Columns, texts: list[str]) -> None:
    """Blocks of the same text, and those that stood there before."""
    counts = Counter(texts)
    columns["copies"] = _ints([min(counts[text], 50) for text in texts])
    seen: set[str] = set()
    again = []
    for text in texts:
        again.append(text in seen)
        seen.add(text)
    columns["again"] = _ints(again)


def _places(columns: Columns) -> None:
    """Where a block stands on the page, and against what trafilatura took, prose and the heading."""
    size, member = columns["words"], columns["member"]
    at = np.arange(len(size))
    columns["place"] = FULL * _sums(size)[:-1] // max(int(size.sum()), 1)
    marked = {
        "member": member >= MEMBER,
        "long": (member >= MEMBER) & (size >= LONG_WORDS),
        "prose": columns["prose"] > 0,
        "heading": columns["tag"] == _TAG_NUMBER["h1"],
    }
    for name, marks in marked.items():
        places = np.flatnonzero(marks)
        first, last = (places[0], places[-1]) if len(places) else (len(size), -1)
        columns[f"from_first_{name}"] = np.clip(at - first, -FAR, FAR) + FAR
        columns[f"to_last_{name}"] = np.clip(last - at, -FAR, FAR) + FAR
        padded = np.concatenate([[-FAR], places, [len(size) + FAR]])
        columns[f"since_{name}"] = np.minimum(at - padded[np.searchsorted(padded, at) - 1], FAR)
        columns[f"until_{name}"] = np.minimum(padded[np.searchsorted(padded, at, side="right")] - at, FAR)


def _neighbours(columns: Columns) -> None:
    """The blocks beside it."""
    for name in ("words", "member"):
        values = columns[name]
        n = len(values)
        for step in STEPS:
            moved = np.full(n, -1, np.int64)
            if step > 0:
                moved[: max(n - step, 0)] = values[step:]
            else:
                moved[-step:] = values[: max(n + step, 0)]
            columns[f"{name}{step:+d}"] = moved
    size = columns["words"]
    held, total = _sums(columns["member"] * size // FULL), _sums(size)
    linked, prose = _sums(columns["density"]), _sums(columns["prose"])
    at = np.arange(len(size))
    for reach in REACH:
        low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(size))
        words, blocks = total[high] - total[low], high - low
        columns[f"member~{reach}"] = FULL * (held[high] - held[low]) // np.maximum(words, 1)
        columns[f"words~{reach}"] = np.minimum(10 * words // blocks, 5000)
        columns[f"density~{reach}"] = (linked[high] - linked[low]) // blocks
        columns[f"prose~{reach}"] = FULL * (prose[high] - prose[low]) // blocks


def _above(columns: Columns, layout: Layout, where: Ints) -> None:
    """The containers above it; a level counts where it holds more than the one below."""
    containers = layout.containers
    parent = _ints([one.parent for one in containers])
    first, stop = _ints([one.first for one in containers]), _ints([one.stop for one in containers])
    size, chars = columns["words"], columns["chars"]
    words, length = _sums(size), _sums(chars)
    linked, held = _sums(columns["density"] * chars // FULL), _sums(columns["member"] * size // FULL)
    prose = _sums(columns["prose"] * size)
    up = where
    for level in range(1, max(LEVELS) + 1):
        up = _grown(up, parent, first, stop)
        if level not in LEVELS:
            continue
        low, high = first[up], stop[up]
        total = words[high] - words[low]
        columns[f"up{level}_words"] = np.minimum(total, MOST)
        columns[f"up{level}_blocks"] = np.minimum(high - low, 2000)
        columns[f"up{level}_density"] = (
            FULL * (linked[high] - linked[low]) // np.maximum(length[high] - length[low], 1)
        )
        columns[f"up{level}_member"] = FULL * (held[high] - held[low]) // np.maximum(total, 1)
        columns[f"up{level}_prose"] = FULL * (prose[high] - prose[low]) // np.maximum(total, 1)


def _grown(at: Ints, parent: Ints, first: Ints, stop: Ints) -> Ints:
    """The container above; those of up to three that hold no further block are passed by."""
    up = parent[at]
    for _ in range(3):
        same = (first[up] == first[at]) & (stop[up] == stop[at])
        up = np.where(same, parent[up], up)
    return up


def _alike(columns: Columns, layout: Layout, where: Ints) -> None:
    """The blocks whose elements bear the same names all the way up: items of a list, posts of a thread."""
    paths = _ints([layout.containers[at].path for at in where.tolist()])
    _, kind = np.unique(paths, return_inverse=True)
    count = np.bincount(kind)
    size = columns["words"]
    words = np.bincount(kind, size).astype(np.int64)

    def mean(values: Ints, over: Ints) -> Ints:
        found: Ints = (np.bincount(kind, values).astype(np.int64) // np.maximum(over, 1))[kind]
        return found

    columns["alike"] = np.minimum(count[kind], 1000)
    columns["alike_words"] = np.minimum(mean(10 * size, count), MOST)
    columns["alike_member"] = mean(columns["member"] * size, words)
    columns["alike_density"] = mean(columns["density"], count)
    columns["alike_prose"] = mean(FULL * columns["prose"], count)


def _names(columns: Columns, layout: Layout, where: Ints) -> None:
    """Levels up to the nearest element of each role and group."""
    keys = (*ROLES, *group_names())
    containers = layout.containers
    near = np.array([containers[at].near for at in where.tolist()], np.int64).reshape(len(where), len(keys))
    level = np.minimum(columns["depth"].reshape(-1, 1) - near, DEEP)
    level = np.where(near == NEVER, FAR, level)
    for at, name in enumerate(keys):
        columns[f"in_{name}"] = level[:, at]


def _page(columns: Columns, kinds: tuple[int, ...]) -> None:
    """The page as a whole, the same for all its blocks."""
    size, tag = columns["words"], columns["tag"]
    held, prose = columns["member"] * size // FULL, columns["prose"] * size
    total, blocks = max(int(size.sum()), 1), max(len(size), 1)
    values: Mapping[str, int] = {
        "page_words": min(total, MOST),
        "page_blocks": min(len(size), MOST),
        "page_density": int((columns["density"] * columns["chars"]).sum())
        // max(int(columns["chars"].sum()), 1),
        "page_member": FULL * int(held.sum()) // total,
        "page_member_words": min(int(held.sum()), MOST),
        "page_prose": FULL * int(prose.sum()) // total,
        "page_prose_member": int((columns["member"] * prose).sum()) // max(int(prose.sum()), 1),
        "page_headings": int((tag == _TAG_NUMBER["h1"]).sum()),
        "page_sections": int(((tag == _TAG_NUMBER["h2"]) | (tag == _TAG_NUMBER["h3"])).sum()),
        "page_items": FULL * int((tag == _TAG_NUMBER["li"]).sum()) // blocks,
        **{f"page_kind{at}": value for at, value in enumerate(kinds)},
    }
    for name, value in values.items():
        columns[name] = np.full(len(size), value, np.int64)
