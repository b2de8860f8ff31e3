"""Bytes of a page to a tree, parsed once, within limits.

What the parser refuses (elements nested thousands deep, an attribute or a text of ten million
bytes) it leaves out without a word to its caller: here that is an error, for half a page must not pass for
a whole one. Entities that a page declares are never expanded. Control characters, which no tree can hold,
are left out with a note that names them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cleaner.decode import decode, replace_surrogates
from cleaner.extract.charset import declared_in
from cleaner.model import InputError, Repair
from cleaner.utf8 import plain_utf8

if TYPE_CHECKING:
    from lxml.html import HtmlElement

USUAL_DEPTH, MOST_DEPTH = 256, 2048
"""Elements the parser nests, by default and where it is asked to take more: old pages leave tags open."""
DEEP = "elements nested more than {} deep"
HEAD_CHARS = 1 << 16
"""Code points at the start of a page in which a document type with entities of its own is looked for."""

_OTHER_KINDS = {
    b"%PDF-": "a PDF file",
    b"\x89PNG\r\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"PK\x03\x04": "a ZIP file",
    b"\x1f\x8b\x08": "a gzip file",
}
_ENTITY = re.compile(r"<!ENTITY\s+(?:%\s*)?([\w.:-]+)\s+(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE = re.compile(r"[&%]([\w.:-]+);")
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class PageError(InputError):
    """A page that cannot be extracted; one line says why. ``text`` is its markup, decoded."""

    def __init__(self, reason: str, text: str = ""):
        super().__init__(reason)
        self.text = text


class EmptyPageError(PageError):
    """A page of no element at all."""


class Page(NamedTuple):
    """A page as it came: bytes or text, the charset it was declared to have outside itself (HTTP or WARC
    header, an option), and the HTTP status it was sent with."""

    data: bytes | str
    declared: str | None = None
    status: int | None = None


class Parsed(NamedTuple):
    """A page's tree, its markup as text, and the notes on decoding (offsets of ``markup``)."""

    tree: HtmlElement
    markup: str
    notes: tuple[Repair, ...]


def parse(page: Page) -> Parsed:
    """Decode and parse; `PageError` where the page is none, a bomb, or beyond the parser's limits,
    `EmptyPageError` where nothing is there."""
    if (kind := _other_kind(page.data)) is not None:
        raise PageError(f"refused: it is {kind}, no page", markup_of(page)[0])
    markup, notes = markup_of(page)
    if _is_entity_bomb(markup):
        raise PageError("refused: it declares entities that expand into one another", markup)
    source = markup.encode()
    if b"\xef\xbf" in source or source.translate(None, _CONTROLS) != source:
        if dropped := "".join(dict.fromkeys(_NOT_XML.findall(markup))):
            notes = (*notes, Repair("decode:dropped", 0, 0, dropped))
        source = _NOT_XML.sub("", markup).encode()
    if not source.strip():
        raise EmptyPageError("there is no page", markup)
    tree, refused = _tree(source, huge=False)
    if refused == DEEP.format(USUAL_DEPTH):
        tree, refused = _tree(source, huge=True)
    if tree is None and not refused:
        raise EmptyPageError("there is no element", markup)
    if tree is None:
        raise PageError(f"refused: {refused}", markup)
    return Parsed(tree, markup, notes)


def markup_of(page: Page) -> tuple[str, tuple[Repair, ...]]:
    """A page's markup as text, and the notes on decoding."""
    if isinstance(page.data, str):
        whole = replace_surrogates(page.data)
        return whole.text, whole.notes
    if (text := plain_utf8(page.data)) is not None:  # most pages; none of their labels is asked
        return text, ()
    labels = declared_in(page.data)
    decoded = decode(page.data, [page.declared, *labels] if page.declared else labels)
    return decoded.text, decoded.notes


def _tree(data: bytes, huge: bool) -> tuple[HtmlElement | None, str]:
    """The tree; or None and what the parser ran into, nothing where there was no element."""
    from lxml.etree import ElementDefaultClassLookup, HTMLParser, LxmlError, ParserError
    from lxml.html import HtmlElement, document_fromstring

    parser = HTMLParser(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=huge,
    )
    # the parser of lxml.html asks a Python function for the class of each element it shows
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    try:
        tree = document_fromstring(data, parser=parser)
    except ParserError:
        return None, ""
    except (LxmlError, ValueError) as error:
        return None, str(error) or type(error).__name__
    for entry in parser.error_log:
        if entry.type_name == "ERR_RESOURCE_LIMIT":
            if "depth" in entry.message:
                return None, DEEP.format(MOST_DEPTH if huge else USUAL_DEPTH)
            return None, "one attribute or text of more than 10 MB"
    return tree, ""


def _other_kind(data: bytes | str) -> str | None:
    """What a file is by its first bytes, where that is another kind than a page."""
    if isinstance(data, str):
        return None
    return next((kind for magic, kind in _OTHER_KINDS.items() if data.startswith(magic)), None)


def _is_entity_bomb(markup: str) -> bool:
    """Whether entities are declared whose values name one another more than once."""
    head = markup[:HEAD_CHARS]
    if "<!ENTITY" not in head:
        return False
    values = {match[1]: match[2] or match[3] or "" for match in _ENTITY.finditer(head)}
    nested = sum(name in values for value in values.values() for name in _REFERENCE.findall(value))
    return nested > 1
