"""Which column is the text, and which the id, title, url and language: by name alone.

Pure functions over column names, so that an Arrow batch, a Parquet schema, a CSV header and the
keys of JSON records are all judged alike. Nothing here looks at data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from cleaner.model import ConfigError
from cleaner.suggest import did_you_mean

Role = Literal["text", "id", "title", "url", "lang"]
Path = tuple[str, ...]
"""A column, or a field inside a nested one: ``("article", "body")``."""

CONTRACT = (
    "id",
    "source",
    "url",
    "title",
    "lang",
    "text",
    "status",
    "error",
    "chars_in",
    "chars_out",
    "source_hash",
    "repairs",
    "removals",
)
"""Names of the output's own columns, in order."""

USUAL_NAMES: dict[Role, tuple[str, ...]] = {
    "text": (
        "text",
        "content",
        "contents",
        "body",
        "article",
        "articlebody",
        "article_body",
        "article_text",
        "article_content",
        "body_text",
        "maintext",
        "main_text",
        "raw_content",
        "raw_text",
        "fulltext",
        "full_text",
        "plain_text",
        "page_content",
    ),
    "id": ("id", "_id", "doc_id", "docid", "document_id", "article_id", "uuid", "guid", "uid"),
    "title": ("title", "headline", "article_title", "page_title"),
    "url": ("url", "link", "uri", "source_url", "page_url", "canonical_url", "permalink"),
    "lang": ("lang", "language", "lang_code", "language_code"),
}
"""Usual names in lower case. Two columns with a usual name of the text are an error, for a wrong
text spoils the whole run; for the other roles the first name in this order wins."""

HTML_NAMES = ("html", "raw_html", "content_html", "html_content", "page_html", "body_html")
"""Usual names of a column of pages, in lower case: taken where there is no text, the first in this order."""

PAGE_COLUMNS = ("extraction",)
"""Names of the output's columns that stand after the contract's where pages were read."""
METADATA_COLUMNS = ("published", "author")
"""Further ones where pages were asked for metadata."""

SHOWN_COLUMNS = 30  # names an error message lists before it says how many more there are


@dataclass(frozen=True, slots=True)
class Named:
    """The columns a person named by option; ``None`` leaves a role to the usual names."""

    text: str | None = None
    id: str | None = None
    title: str | None = None
    url: str | None = None
    lang: str | None = None
    html: str | None = None

    def dotted(self) -> list[str]:
        """The names that may be paths into nested columns."""
        names = (getattr(self, f.name) for f in fields(self))
        return [name for name in names if name and "." in name]


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns that were taken, as paths; only the text is always there. With ``html`` it holds pages."""

    text: Path
    id: Path | None = None
    title: Path | None = None
    url: Path | None = None
    lang: Path | None = None
    html: bool = False

    def paths(self) -> dict[Role, Path]:
        """The roles that have a column, text first."""
        return {role: path for role in USUAL_NAMES if (path := getattr(self, role))}


class NoTextError(ConfigError):
    """There is no column of texts: none has a usual name, or there is none of the name given."""


def find_roles(
    names: Sequence[str], named: Named, *, nested: Collection[str] = (), paths: Collection[str] = ()
) -> Roles:
    """Give each role its column out of ``names``.

    ``nested`` are those of ``names`` that hold structs or lists: never chosen by themselves.
    ``paths`` are the dotted paths that exist below them and may be named. Raises `ConfigError`
    that lists the columns where the text is missing or ambiguous. Where no column is text by its name,
    one of pages is taken; ``named.html`` names it.

    >>> find_roles(["ID", "Content", "link"], Named())
    Roles(text=('Content',), id=('ID',), title=None, url=('link',), lang=None, html=False)
    >>> find_roles(["url", "raw_html"], Named())
    Roles(text=('raw_html',), id=None, title=None, url=('url',), lang=None, html=True)
    >>> find_roles(["article"], Named(text="article.body"), paths=["article.body"]).text
    ('article', 'body')
    """
    taken: dict[Role, Path] = {}
    for role in USUAL_NAMES:
        if (name := getattr(named, role)) is not None:
            taken[role] = _named_path(role, name, names, paths)
    html = named.html is not None
    if named.html is not None:
        if named.text is not None:
            raise ConfigError("--text-column and --html-column exclude each other: name one of them")
        taken["text"] = _named_path("html", named.html, names, paths)
    elif named.text is not None:
        html = named.text.rsplit(".", 1)[-1].lower() in HTML_NAMES
    else:
        name, html = _text_name(names, frozenset(nested), used=set(taken.values()))
        taken["text"] = (name,)
    for role, usual in USUAL_NAMES.items():
        if role not in taken:
            used = set(taken.values())
            free = [name for name in names if (name,) not in used and name not in nested]
            found = [name for want in usual for name in free if name.lower() == want]
            if found:
                taken[role] = (found[0],)
    return Roles(**taken, html=html)


def _named_path(role: str, name: str, names: Sequence[str], paths: Collection[str]) -> Path:
    if name in names:
        return (name,)
    if name in paths:
        return tuple(name.split("."))
    near = did_you_mean(name, [*names, *paths])
    kind = NoTextError if role == "text" and not near else ConfigError
    raise kind(f"--{role}-column: there is no column {name!r}{near or f'; {listed(names)}'}")


def _text_name(names: Sequence[str], nested: frozenset[str], used: Collection[Path]) -> tuple[str, bool]:
    """The column that is the text, and whether it holds pages."""
    usual = [name for name in names if name.lower() in USUAL_NAMES["text"] and (name,) not in used]
    flat = [name for name in usual if name not in nested]
    if len(flat) == 1:
        return flat[0], False
    if flat:
        raise ConfigError(
            f"more than one column may be the text ({', '.join(flat)}): name it with --text-column; "
            + listed(names)
        )
    free = [name for name in names if (name,) not in used and name not in nested]
    for want in HTML_NAMES:
        if found := [name for name in free if name.lower() == want]:
            return found[0], True
    if usual:
        raise ConfigError(
            f"column {usual[0]!r} is nested: name the field that holds the text, "
            f"as in --text-column {usual[0]}.body; " + listed(names)
        )
    raise NoTextError(
        "no column has a usual name of the text or of pages: name it with --text-column or --html-column; "
        + listed(names)
    )


def listed(names: Sequence[str]) -> str:
    """The columns as an error message lists them."""
    shown = ", ".join(names[:SHOWN_COLUMNS]) or "none"
    more = len(names) - SHOWN_COLUMNS
    return f"columns: {shown}" + (f" and {more} more" if more > 0 else "")


def free_names(names: Iterable[str], taken: Collection[str] = ()) -> list[str]:
    """``names`` made unique and clear of ``taken``: the suffix ``_input``, repeated until free.

    A name that is free keeps it, wherever it stands; only then are the others given theirs.

    >>> free_names(["a", "status", "a", "status_input"], taken=CONTRACT)
    ['a', 'status_input_input', 'a_input', 'status_input']
    """
    wanted = list(names)
    result: list[str | None] = [None] * len(wanted)
    used = set(taken)
    for index, name in enumerate(wanted):
        if name not in used:
            used.add(name)
            result[index] = name
    for index, name in enumerate(wanted):
        if result[index] is None:
            while name in used:
                name += "_input"
            used.add(name)
            result[index] = name
    return [name for name in result if name is not None]
