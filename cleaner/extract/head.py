"""What a page says of itself: title, language, address; with metadata also date and author.

All of it comes from the tree that is parsed anyway: trafilatura's own metadata pass costs as much as three
quarters of the extraction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from cleaner.decode import replace_surrogates

if TYPE_CHECKING:
    from lxml.etree import XPath
    from lxml.html import HtmlElement

_HEADLINE_TYPES = re.compile(r"Article|Posting|Report|Recipe|HowTo|Product|Review|WebPage|Course|Event|Book")
_BLANK = re.compile(r"\s")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LANG = re.compile(r"([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)(?![\w-])")
_SAVED_FROM = re.compile(
    r"<!--[^>]{0,80}?(?:saved from url=\(\d+\)|SingleFile\s+url:\s*|Mirrored from )(?P<url>[^\s>]+)",
    re.IGNORECASE,
)
MOST_JSON = 1 << 20
"""Code points of one JSON-LD script that are read."""
SAVED_CHARS = 2000
"""Code points at the start of a page in which a browser's note of where it was saved from is looked for."""


def linked_data(tree: HtmlElement) -> str:
    """The texts of a page's JSON-LD scripts, as they stand."""
    return "\n".join(_scripts(tree))


class Head(NamedTuple):
    """What a page says of itself; None where it does not say."""

    title: str | None = None
    url: str | None = None
    lang: str | None = None
    published: str | None = None
    author: str | None = None


def head_of(tree: HtmlElement, markup: str, metadata: bool = False) -> Head:
    """Read the head; ``metadata`` asks for date and author as well."""
    metas = _metas(tree)
    linked = list(_linked_data(tree, headline=metas.get("og:title") is None, wanted=metadata))
    title = _title(tree, metas, linked)
    found = Head(title, _address(tree, metas, markup), _language(tree, metas))
    if not metadata:
        return found
    return found._replace(published=_published(tree, metas, linked), author=_author(tree, metas, linked))


def _metas(tree: HtmlElement) -> dict[str, str]:
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        content = meta.get("content")
        if name and content and content.strip():
            metas.setdefault(name.lower(), " ".join(content.split()))
    return metas


def _title(tree: HtmlElement, metas: dict[str, str], linked: list[dict[str, Any]]) -> str | None:
    """The best form of the headline: what several places agree on, without the site's name."""
    named = tree.find(".//title")
    whole = _text(named) if named is not None else None
    top: list[str] = [text for text in map(_text, tree.iter("h1")) if text]
    offered = [
        metas.get("og:title"),
        *(_string(one.get("headline")) for one in linked),
        metas.get("twitter:title"),
    ]
    single = top if len(top) == 1 else []
    candidates: list[str] = [text for text in (*offered, *single, whole, *top[:1]) if text]
    if not candidates:
        return None
    if single and whole and _within(top[0], whole):
        return top[0]  # the heading, of which the title is the form with the site's name
    first = candidates[0]
    shorter = [text for text in candidates if text != first and _within(text, first)]
    return min(shorter, key=len) if shorter else first


def _within(part: str, whole: str) -> bool:
    """Whether one form of a headline is the other with a site's name: a good part of it, at an end."""
    a, b = part.casefold(), whole.casefold()
    return 4 <= len(a) < len(b) and len(a) * 3 >= len(b) and (b.startswith(a) or b.endswith(a))


def _address(tree: HtmlElement, metas: dict[str, str], markup: str) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and (url := _absolute(link.get("href"))):
            return url
    if url := _absolute(metas.get("og:url")):
        return url
    saved = _SAVED_FROM.search(markup[:SAVED_CHARS])
    if not saved:
        return None
    address = saved["url"]
    return _absolute(address if "://" in address else f"http://{address}")


def _absolute(url: str | None) -> str | None:
    url = (url or "").strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    whole = parts.scheme in ("http", "https") and parts.netloc and not _BLANK.search(url)
    return url if whole and len(url) < 4000 else None


def _language(tree: HtmlElement, metas: dict[str, str]) -> str | None:
    root = tree.getroottree().getroot()
    body = tree.find("body")
    for given in (
        root.get("lang"),
        root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        root.get("xml:lang"),
        metas.get("content-language"),
        metas.get("og:locale"),
        body.get("lang") if body is not None else None,
    ):
        if given and (match := _LANG.match(given.strip())):
            return match[1].replace("_", "-")
    return None


def _linked_data(tree: HtmlElement, headline: bool, wanted: bool) -> Iterator[dict[str, Any]]:
    """The objects of JSON-LD that may name headline, date and author; broken ones are passed by."""
    if not (headline or wanted):
        return
    for text in _scripts(tree):
        if '"headline"' not in text and not wanted:
            continue
        try:
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _objects(value)


def _scripts(tree: HtmlElement) -> Iterator[str]:
    for script in tree.iter("script"):
        if (script.get("type") or "").lower() == "application/ld+json":
            text = script.text or ""
            if len(text) <= MOST_JSON:
                yield text


def _objects(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        if _HEADLINE_TYPES.search(str(value.get("@type"))):
            yield value
        yield from _objects(value.get("@graph"), depth + 1)
        yield from _objects(value.get("mainEntity"), depth + 1)


def _published(tree: HtmlElement, metas: dict[str, str], linked: list[dict[str, Any]]) -> str | None:
    """The day of publication, as in ISO 8601."""
    said = [_string(one.get("datePublished")) for one in linked]
    said += [
        metas.get(name)
        for name in (
            "article:published_time",
            "datepublished",
            "date",
            "dc.date",
            "dcterms.date",
            "parsely-pub-date",
            "sailthru.date",
        )
    ]
    said += [time.get("datetime") for time in list(tree.iter("time"))[:3]]
    days = (match[0] for text in said if text and (match := _DATE.search(text)))
    return next(filter(_is_day, days), None)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _author(tree: HtmlElement, metas: dict[str, str], linked: list[dict[str, Any]]) -> str | None:
    """The authors' names, joined by semicolons."""
    for one in linked:
        given = one.get("author")
        people = given if isinstance(given, list) else [given]
        names = [_string(p.get("name") if isinstance(p, dict) else p) for p in people]
        if found := [name for name in names if name and "://" not in name]:
            return "; ".join(dict.fromkeys(found))
    for name in ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author"):
        if (text := metas.get(name)) and "://" not in text:
            return text
    links = (_text(link) for link in _by_rel(tree))
    return next((text for text in links if text), None)


def _by_rel(tree: HtmlElement) -> list[HtmlElement]:
    found: list[HtmlElement] = _author_links()(tree)
    return found


@cache
def _author_links() -> XPath:
    from lxml.etree import XPath

    return XPath(".//a[@rel='author']")


def _string(value: Any) -> str | None:
    """A text of JSON, in which an escape may stand for half of a surrogate pair."""
    if not isinstance(value, str):
        return None
    return " ".join(replace_surrogates(value).text.split()) or None


def _text(element: HtmlElement) -> str | None:
    return " ".join("".join(element.itertext()).split()) or None
