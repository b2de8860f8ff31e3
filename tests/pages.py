"""Pages and web archives written for the tests."""

from __future__ import annotations

import gzip

PROSE = (
    "The boat left at seven in the morning, as it had done on every day of the year since the war, and "
    "nobody on the quay believed that it was for the last time.",
    "“We shall build a bridge,” said the mayor, who had come by bicycle, and the ferryman laughed at him "
    "in front of everyone who stood there.",
    "The timetable hung in the shop for another thirty years, until the shop itself was sold and turned "
    "into a house for summer guests.",
)
NAV = '<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav>'
RELATED = (
    '<aside class="related"><h3>You might also like</h3><ul>'
    '<li><a href="/1">Ten birds of the northern marsh</a></li>'
    '<li><a href="/2">Why the dam failed</a></li></ul></aside>'
)
COMMENTS = (
    '<div id="comments"><h3>2 Comments</h3><div class="comment">'
    "<p>My grandfather was on that boat, and he told me about it often.</p></div></div>"
)
FOOTER = "<footer>Copyright 2024 The Marsh Post</footer>"


def article(*paragraphs: str, title: str = "The last ferry", head: str = "", body: str = "") -> str:
    """A page with an article and what usually stands around it."""
    inner = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs or PROSE)
    return (
        f'<!doctype html><html lang="en"><head><title>{title} | The Marsh Post</title>{head}</head><body>'
        f"{NAV}<article><h1>{title}</h1>{inner}{body}</article>{RELATED}{COMMENTS}{FOOTER}</body></html>"
    )


def record(
    kind: str, body: bytes, uri: str = "https://marsh.example/1", number: int = 1, **headers: str
) -> bytes:
    """One record of a web archive; ``headers`` with underscores for dashes."""
    told = {
        "WARC_Type": kind,
        "WARC_Record_ID": f"<urn:uuid:{number:08d}>",
        "WARC_Target_URI": uri,
        "Content_Type": "application/http; msgtype=response" if kind == "response" else "text/plain",
        **headers,
        "Content_Length": str(len(body)),
    }
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    return f"WARC/1.0\r\n{lines}\r\n".encode() + body + b"\r\n\r\n"


def response(page: str | bytes, number: int = 1, status: int = 200, **headers: str) -> bytes:
    """A response record with a page; ``headers`` are those of HTTP."""
    data = page.encode() if isinstance(page, str) else page
    told = {"Content_Type": "text/html; charset=utf-8", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    http = f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + data
    return record("response", http, f"https://marsh.example/{number}", number)


def members(*records: bytes) -> bytes:
    """An archive with each record in a gzip member of its own."""
    return b"".join(gzip.compress(one) for one in records)
