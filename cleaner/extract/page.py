"""A page in, the article out.

1. The page is decoded and parsed, once (`cleaner.extract.parsing`).
2. Its blocks are laid out in order, each with its place in the markup (`cleaner.extract.blocks`).
3. trafilatura, in its recall mode, says what it takes for the text (`cleaner.extract.reference`).
4. A scorer weighs that beside the markup, block by block, and of all sets of blocks the one is kept whose
   word F1 against the article is expected to be the highest (`cleaner.extract.choice`).
5. Where that keeps implausibly little of the page's prose, a fuller set is; where the page holds its text
   in embedded data only, what trafilatura found there is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cleaner.extract.blocks import Layout, layout_of
from cleaner.extract.choice import choose, fuller, probabilities
from cleaner.extract.features import Table, table_of
from cleaner.extract.head import Head, head_of, linked_data
from cleaner.extract.limit import TimeUpError, time_limit
from cleaner.extract.markup import LineMarkup, line_markup, rendered
from cleaner.extract.notes import notes_in
from cleaner.extract.parsing import EmptyPageError, Page, PageError, Parsed, markup_of, parse
from cleaner.extract.reasons import EMPTY, NONE, why_empty
from cleaner.extract.reference import reference_text
from cleaner.extract.words import tokens
from cleaner.model import Repair

SCORED, FULLER, EMBEDDED, MARKUP = "scored", "scored, fuller", "embedded data", "markup alone"
"""The paths to a text, as the column ``extraction`` names them; without one it says ``none: ...``."""
SAMPLES, SAMPLE_CHARS = 20, 16
EMBEDDED_WORDS = 50
"""Words of trafilatura's text from which on it may come from data that the page embeds."""


class Extracted(NamedTuple):
    """A page as a document. ``text`` has one line for each line of ``markup``; ``path`` is the way that
    led to it, or why there is none. ``notes`` are those of decoding, with offsets of ``text``;
    ``comments`` what readers wrote, where it was asked for."""

    text: str
    path: str
    head: Head = Head()
    markup: tuple[LineMarkup, ...] = ()
    notes: tuple[Repair, ...] = ()
    comments: str = ""


class LeftOut(NamedTuple):
    """A block that extraction left out, and its probability of being article, in thousandths."""

    text: str
    tag: str
    chance: int


def extract(
    page: Page, *, comments: bool = False, metadata: bool = False, seconds: float | None = None
) -> Extracted:
    """Take the article out of a page.

    ``comments`` keeps what readers wrote, apart; ``metadata`` asks for date and author; ``seconds`` is the
    time one page may take (`cleaner.extract.limit`). The result depends on the page and these alone.
    Raises `PageError` for a page that cannot be extracted.
    """
    try:
        with time_limit(seconds):
            return _extract(page, comments, metadata)[0]
    except TimeUpError:
        raise PageError(f"refused: it took more than {seconds:g} s", markup_of(page)[0]) from None


def explain(page: Page, *, comments: bool = False, metadata: bool = False) -> tuple[Extracted, list[LeftOut]]:
    """As `extract`, with the blocks that were left out, in order."""
    extracted, layout, chances, kept = _extract(page, comments, metadata)
    left = [
        LeftOut(block.text, layout.containers[block.container].tag, chance)
        for block, chance, stays in zip(layout.blocks, chances, kept, strict=True)
        if not stays
    ]
    return extracted, left


def _extract(page: Page, comments: bool, metadata: bool) -> tuple[Extracted, Layout, list[int], list[bool]]:
    if page.status is not None and page.status >= 300:
        return Extracted("", f"{NONE}HTTP {page.status}"), Layout(), [], []
    try:
        parsed = parse(page)
    except EmptyPageError:
        return Extracted("", EMPTY), Layout(), [], []
    head = head_of(parsed.tree, parsed.markup, metadata)
    layout = layout_of(parsed.tree)
    reference = _reference(parsed)
    table = table_of(layout, reference, head.title or "", linked_data(parsed.tree))
    nothing = [False] * len(layout.blocks)
    if _is_embedded(layout, table, reference):
        return _of_reference(parsed, head, reference), layout, [0] * len(layout.blocks), nothing
    scripts = parsed.tree.find(".//script") is not None
    if (why := why_empty(table, head.title or "", scripts)) is not None:
        return Extracted("", why, head), layout, [0] * len(layout.blocks), nothing
    chances = probabilities(table)
    kept = choose(table, chances)
    path = SCORED if reference else MARKUP
    if (more := fuller(table, kept)) is not None:
        kept, path = more, FULLER
    extracted = _of_blocks(parsed, head, layout, kept.tolist(), path)
    if comments:
        extracted = extracted._replace(comments=_comments(layout, table, kept.tolist()))
        kept = kept | table.comment
    return extracted, layout, chances.tolist(), kept.tolist()


def _reference(parsed: Parsed) -> str:
    """What trafilatura takes; nothing where it fails on the page, which the markup then decides alone."""
    try:
        return reference_text(parsed.tree)
    except Exception:  # a defect of an extractor on one page: recorded as the path that was taken
        return ""


def _is_embedded(layout: Layout, table: Table, reference: str) -> bool:
    """Whether most of trafilatura's text stands nowhere in the page's own blocks. Blanks do not count: it
    joins what it takes of a page as a last resort without any."""
    found = len(tokens(reference))
    if found < EMBEDDED_WORDS or table.member_words * 2 >= found:
        return False
    own = "".join("".join(block.text.split()) for block in layout.blocks)
    theirs = "".join(reference.split())
    step = max(len(theirs) // SAMPLES, 1)
    samples = [theirs[at : at + SAMPLE_CHARS] for at in range(0, len(theirs), step)]
    return sum(sample in own for sample in samples) * 2 < len(samples)


def _of_reference(parsed: Parsed, head: Head, reference: str) -> Extracted:
    plain = LineMarkup("", 0, 0, ())
    text = "".join(line + "\n" for line in _lines(reference.split("\n")))
    return Extracted(text, EMBEDDED, head, (plain,) * text.count("\n"), notes_in(text, parsed))


def _of_blocks(parsed: Parsed, head: Head, layout: Layout, kept: list[bool], path: str) -> Extracted:
    lines: list[str] = []
    markup: list[LineMarkup] = []
    for block, stays in zip(layout.blocks, kept, strict=True):
        if stays:
            container = layout.containers[block.container]
            new = _lines(rendered(block, container).split("\n"))
            lines += new
            markup += [line_markup(block, container)] * len(new)
    text = "".join(line + "\n" for line in lines)
    if not text:
        return Extracted("", NONE + "no article", head)
    return Extracted(text, path, head, tuple(markup), notes_in(text, parsed))


def _lines(lines: Iterable[str]) -> list[str]:
    """Lines without ends of other kinds inside, and without those that are blank."""
    return [" ".join(line.splitlines()) for line in lines if line.strip()]


def _comments(layout: Layout, table: Table, kept: list[bool]) -> str:
    """What readers wrote: blocks inside containers that are called comments and hold no form."""
    said = (
        block.text
        for block, is_comment, stays in zip(layout.blocks, table.comment.tolist(), kept, strict=True)
        if is_comment and not stays
    )
    return "".join(f"{line}\n" for text in said for line in _lines(text.split("\n")))
