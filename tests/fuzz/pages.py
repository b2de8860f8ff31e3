"""Hostile pages, and files that hold pages: saved ones and web archives, damaged member by member."""

from __future__ import annotations

import gzip

from hypothesis import strategies as st

from tests import pages

from . import inputs

NAMES = (
    *("p", "div", "h1", "article", "section", "aside", "nav", "ul", "li", "table", "tr", "td", "a", "br"),
    *("b", "pre", "blockquote", "script", "style", "template", "noscript", "svg", "math", "iframe", "form"),
    *("textarea", "select", "option", "title", "body", "head", "html", "no-such", "frameset", "plaintext"),
)
ATTRIBUTES = (
    *(
        "",
        ' class="related"',
        ' class="comments article-body"',
        ' hidden=""',
        ' href="https://marsh.example/1"',
    ),
    *(
        ' href="javascript:0"',
        ' style="display:none"',
        " x='",
        ' lang="\u202e"',
        ' id="\x00"',
        ' rel="canonical"',
    ),
    ' property="og:title" content="The last ferry"',
)
DATA = '<script type="application/ld+json">'
MARKUP = (
    *(
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<!doctype html>",
        "<?xml version='1.0'?>",
        "<",
        ">",
        "</",
        "&",
        "&#0;",
    ),
    *(
        "&#xd800;",
        "&#1114112;",
        "&amp;lt;",
        "&nbsp;",
        "&notit;",
        "<meta charset=shift_jis>",
        "<base href='//['>",
    ),
    '<meta http-equiv="content-type" content="text/html; charset=utf-16">',
    f'{DATA}{{"@type": "Article", "headline": ["x"], "articleBody": "One."}}</script>',
    f'{DATA}[[{{"@graph": {{"headline": 3}}}}',
    f'{DATA}{{"@type": "NewsArticle", "headline": "x\\ud800", "author": {{"name": 1}}}}</script>',
    '<link rel="canonical" href="http://[::1">',
    "<!DOCTYPE x [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]>",
    "<div>" * 300,
    "<p><b><i>" * 40,
    "</div>" * 20,
    *pages.PROSE,
    pages.NAV,
    pages.RELATED,
    pages.COMMENTS,
    pages.FOOTER,
)


def element(name: str, attributes: str, inside: str, closed: bool) -> str:
    return f"<{name}{attributes}>{inside}" + (f"</{name}>" if closed else "")


SCRAPS = st.one_of(
    st.sampled_from(MARKUP),
    st.builds(
        element,
        st.sampled_from(NAMES),
        st.sampled_from(ATTRIBUTES),
        st.one_of(inputs.LINES, st.sampled_from(MARKUP)),
        st.booleans(),
    ),
    inputs.LINES,
)
MARKED_UP = st.one_of(
    st.lists(SCRAPS, max_size=14).map("".join),
    st.lists(SCRAPS, max_size=6).map(lambda scraps: pages.article(*scraps)),
    st.builds(
        lambda head, body: pages.article(head=head, body=body),
        SCRAPS,
        st.lists(SCRAPS, max_size=4).map("".join),
    ),
)
PAGES = st.one_of(
    MARKED_UP,
    inputs.mutated(st.builds(inputs.encoded, MARKED_UP, st.sampled_from(inputs.CHARSETS))),
    inputs.BYTES,
)

STORED = st.builds(inputs.encoded, MARKED_UP, st.sampled_from(("utf-8", "cp1252", "shift_jis", "utf-16")))
TYPES = st.sampled_from(
    (
        "text/html",
        "text/html; charset=utf-8",
        "text/html; charset=x",
        "application/xhtml+xml",
        "text/plain",
        "",
    )
)
SENT: tuple[dict[str, str], ...] = (
    {},
    {},
    {"Content_Encoding": "gzip"},
    {"Transfer_Encoding": "chunked"},
    {"Content_Length": "5"},
)


def packed(data: bytes) -> bytes:
    """A gzip member, the same at any time."""
    return gzip.compress(data, mtime=0)


def answer(page: bytes, type: str, sent: dict[str, str], status: int, number: int) -> bytes:
    """A response record; what it says of its own packing is true or not."""
    body = packed(page) if "Content_Encoding" in sent and number % 2 else page
    return pages.response(body, number, status, **{"Content_Type": type, **sent})


RECORDS = st.one_of(
    st.builds(
        answer,
        STORED,
        TYPES,
        st.sampled_from(SENT),
        st.sampled_from((200, 200, 301, 404, 0)),
        st.integers(1, 9),
    ),
    st.builds(lambda page, type: pages.record("resource", page, Content_Type=type), STORED, TYPES),
    st.builds(lambda text: pages.record("conversion", text), inputs.BYTES),
    st.builds(
        pages.record,
        st.sampled_from(("warcinfo", "request", "metadata", "revisit", "")),
        st.binary(max_size=20),
    ),
)
ARCHIVES = st.lists(RECORDS, max_size=4)


@st.composite
def members(draw: st.DrawFn) -> bytes:
    """An archive of which each record lies in a gzip member of its own, damaged before it was packed or
    after, with strange bytes in between."""
    damaged = (inputs.mutated(RECORDS.map(packed)), inputs.mutated(RECORDS).map(packed))
    parts = draw(st.lists(st.one_of(*damaged, RECORDS.map(packed), st.sampled_from(JUNK)), max_size=5))
    return b"".join(parts)


JUNK = (
    b"\0" * 20,
    b"\x1f\x8b\x08",
    b"WARC/1.0\r\n",
    packed(b""),
    packed(b"WARC/1.0\r\n\r\n"),
    b"\r\n",
)


def mime(page: bytes) -> bytes:
    """A page as browsers save it with its parts."""
    return (
        b"MIME-Version: 1.0\r\nSnapshot-Content-Location: https://marsh.example/1\r\n"
        b'Content-Type: multipart/related; boundary="xx"\r\n\r\n--xx\r\n'
        b"Content-Type: text/html; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\n"
        + page
        + b"\r\n--xx\r\nContent-Type: image/png\r\n\r\nxx\r\n--xx--\r\n"
    )


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A name and what is in the file of that name: pages, saved or archived, mutated at some level."""
    suffix = draw(
        st.sampled_from(("html", "mhtml", "warc", "warc.gz", "warc.gz", "warc", "html.gz", "warc.zst"))
    )
    if suffix == "warc.gz":
        return f"input.{suffix}", draw(members())
    kind, _, compression = suffix.partition(".")
    whole = ARCHIVES.map(b"".join) if kind == "warc" else STORED if kind == "html" else STORED.map(mime)
    compress = inputs.COMPRESSIONS[f".{compression}" if compression else ""]
    if draw(st.booleans()):
        return f"input.{suffix}", compress(draw(inputs.mutated(whole)))
    return f"input.{suffix}", draw(inputs.mutated(whole.map(compress)))
