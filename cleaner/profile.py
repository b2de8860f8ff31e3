"""What a whole dump knows of its lines: on how many pages of a host each stands, which are headlines.

A profile is made in a pass of its own (never from what shares a batch) and given to the judge. It
holds 64-bit keys, no text. Pages are told apart by their prose, so that copies of a page count once,
whatever order they come in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from cleaner.table import Bools, Ints, Keys, LineTable, mixed

FORM = 1
"""Version of how keys are made; a profile of another form says nothing and is refused."""

MANY_SHARE, MANY_PAGES = 0.05, 5
"""Prose that stands on so large a share of a host's pages, and on so many, is no copy of an article."""
COPIED = 0.4  # share of a page's prose words on few other pages from which it is a copy of one
NAMELESS = 0.3
"""Share of a text's lines that stand on other pages from which texts without an address are taken for
pages of one site: where they come from many, that a line stands on no other says nothing."""

HEADLINE_WORDS = (4, 22)


_BARE = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]|\Z)")  # an address without its scheme


class Sightings(NamedTuple):
    """What the pages of a batch add to a profile, as columns of 64-bit keys.

    ``page`` has one entry for each text, ``host`` the key of its host; ``line`` and ``line_page``
    are the lines of a host with the page each stands on (each pair once a text), ``headline`` and
    ``headline_page`` the same for headlines, whatever the host.
    """

    host: Keys
    page: Keys
    line: Keys
    line_page: Keys
    headline: Keys
    headline_page: Keys


class Seen(NamedTuple):
    """What a profile says of the rows of a table.

    ``pages``: other pages of the row's host; ``others``: those among them that hold the line;
    ``headline``: whether the line is the headline of another page.
    """

    pages: Ints
    others: Ints
    headline: Bools


@lru_cache(maxsize=65536)
def host_key(url: str | None) -> int:
    """The key of the host of an address; texts without one share the host of no name."""
    from urllib.parse import urlsplit

    try:
        host = urlsplit(f"//{url}" if _BARE.match(url) else url).hostname if url else None
    except ValueError:
        host = None
    name = (host or "").lower().removeprefix("www.")
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def host_keys(urls: Sequence[str | None]) -> Keys:
    """`host_key` of each address."""
    return np.fromiter(map(host_key, urls), np.uint64, len(urls))


def title_keys(titles: Sequence[str | None]) -> Keys:
    """The key of each title as of a line; 0 where there is none."""
    keys = np.zeros(len(titles), np.uint64)
    table = LineTable([" ".join(title.split()) if title else "" for title in titles])
    keys[table.doc] = table.keys
    return keys


def page_keys(table: LineTable, hosts: Keys) -> Keys:
    """One key for each text: of its host and its prose lines (of all lines, where it has no prose)."""
    docs = len(hosts)
    prose = table.prose & (table.keys > 0)
    has_prose = np.bincount(table.doc[prose], minlength=docs) > 0
    rows = np.flatnonzero(prose | ~has_prose[table.doc])
    sums = np.zeros(docs, np.uint64)
    np.add.at(sums, table.doc[rows], mixed(table.keys[rows]))
    return mixed(sums ^ hosts)


def headline_keys(table: LineTable, titles: Sequence[Sequence[str]]) -> tuple[Ints, Keys]:
    """(text, key) of the headlines of texts: all forms of the title that are given, else the first
    line above the prose that looks like one."""
    untitled = np.fromiter((not forms for forms in titles), np.bool_, len(titles))
    docs, keys = _title_keys(titles)
    rows = _first_like(table)
    rows = rows[untitled[table.doc[rows]]]
    return np.concatenate((docs, table.doc[rows])), np.concatenate((keys, table.keys[rows]))


def own_headlines(table: LineTable, titles: Sequence[Sequence[str]]) -> Bools:
    """Whether a row is its own text's headline: a form of its title, or where none is given the first
    line above the prose that looks like one."""
    return _among(table, *headline_keys(table, titles))


def _title_keys(titles: Sequence[Sequence[str]]) -> tuple[Ints, Keys]:
    docs = np.fromiter((doc for doc, forms in enumerate(titles) for _ in forms), np.int64)
    keys = title_keys([form for forms in titles for form in forms])
    return docs[keys > 0], keys[keys > 0]


def _first_like(table: LineTable) -> Ints:
    """Of each text the first row above its prose that looks like a headline, if there is one."""
    low, high = HEADLINE_WORDS
    like = (table.words >= low) & (table.words <= high) & ~table.ends_sentence & ~table.prose
    rows = np.flatnonzero(like & (prose_before(table) == 0) & (table.keys > 0))
    return rows[np.diff(table.doc[rows], prepend=-1) > 0]


def prose_before(table: LineTable) -> Ints:
    """How many prose rows of its text stand before each row."""
    before: Ints = np.cumsum(table.prose) - table.prose
    return before - before[table.docs[table.doc]]


def sightings(table: LineTable, urls: Sequence[str | None], titles: Sequence[Sequence[str]]) -> Sightings:
    """What the texts of a table add to a profile; ``titles`` are the forms of each text's title."""
    hosts = host_keys(urls)
    pages = page_keys(table, hosts)
    lines, line_pages = _pairs(line_keys(table, hosts), table.doc, pages)
    docs, heads = headline_keys(table, titles)
    return Sightings(hosts, pages, lines, line_pages, *_pairs(heads, docs, pages))


def line_keys(table: LineTable, hosts: Keys) -> Keys:
    """The key of each row as a line of its host; 0 for rows without a letter or digit."""
    return np.where(table.keys > 0, mixed(table.keys ^ hosts[table.doc]), np.uint64(0))


def _pairs(keys: Keys, docs: Ints, pages: Keys) -> tuple[Keys, Keys]:
    """Each key with the page it stands on, once a text."""
    docs, keys = docs[keys > 0], keys[keys > 0]
    order = np.lexsort((keys, docs))
    docs, keys = docs[order], keys[order]
    fresh = (np.diff(docs, prepend=-1) != 0) | (np.diff(keys, prepend=np.uint64(0)) != 0)
    return keys[fresh], pages[docs[fresh]]


@dataclass(frozen=True)
class Profile:
    """Counts over a dump, by sorted keys; pages that are copies of each other count as one.

    ``hosts`` with ``host_pages``; ``pages``: the keys of all pages; ``lines`` (of a host) that stand
    on two pages or more, with ``line_pages``; ``headlines`` (of any host) with ``headline_pages``.
    """

    hosts: Keys
    host_pages: Ints
    pages: Keys
    lines: Keys
    line_pages: Ints
    headlines: Keys
    headline_pages: Ints

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that the profile says, as lower-case hex."""
        digest = hashlib.sha256(f"profile {FORM}".encode())
        for column in (self.hosts, self.pages, self.lines, self.headlines):
            digest.update(len(column).to_bytes(8, "little"))
            digest.update(np.ascontiguousarray(column, "<u8").data)
        for counts in (self.host_pages, self.line_pages, self.headline_pages):
            digest.update(np.ascontiguousarray(counts, "<i8").data)
        return digest.hexdigest()

    def seen(self, table: LineTable, urls: Sequence[str | None], titles: Sequence[Sequence[str]]) -> Seen:
        """What the profile says of each row; a page that it was made from does not count itself."""
        hosts = host_keys(urls)
        own = _found(self.pages, page_keys(table, hosts))
        pages = np.maximum(_looked_up(self.hosts, self.host_pages, hosts) - own, 0)[table.doc]
        counted = _looked_up(self.lines, self.line_pages, line_keys(table, hosts))
        others = np.minimum(np.where(counted > 0, counted - own[table.doc], 0), pages)
        copies = self._copies(table, others, pages)
        unheard = copies | self._of_many_sites(table, others, hosts)
        rows = _first_like(table)  # its own, if the profile was counted without the title
        own_line = own_headlines(table, titles) | _among(table, table.doc[rows], table.keys[rows])
        headline = _found(self.headlines, table.keys) & ~own_line
        return Seen(np.where(unheard, 0, pages), np.where(unheard, 0, others), headline & ~copies)

    @staticmethod
    def _of_many_sites(table: LineTable, others: Ints, hosts: Keys) -> Bools:
        """Rows of texts without an address few of whose lines stand on other pages."""
        docs = len(hosts)
        recurring = np.bincount(table.doc, others > 0, docs)
        few = recurring < NAMELESS * np.bincount(table.doc, minlength=docs)
        unheard: Bools = (few & (hosts == np.uint64(host_key(None))))[table.doc]
        return unheard

    @staticmethod
    def _copies(table: LineTable, others: Ints, pages: Ints) -> Bools:
        """Rows of texts most of whose prose stands on a few other pages."""
        many = (others >= MANY_PAGES) & (others >= MANY_SHARE * pages)
        words = np.where(table.prose & ~many, table.words, 0)
        docs = len(table.docs) - 1
        whole = np.bincount(table.doc, words, docs)
        recurring = np.bincount(table.doc, words * (others > 0), docs)
        return (recurring > COPIED * whole)[table.doc]


def _among(table: LineTable, docs: Ints, keys: Keys) -> Bools:
    """Whether a row's key is one of those of its text."""
    both = np.sort(mixed(keys) ^ docs.astype(np.uint64))
    return _found(both, mixed(table.keys) ^ table.doc.astype(np.uint64)) & (table.keys > 0)


def _found(sorted_keys: Keys, keys: Keys) -> Bools:
    if not len(sorted_keys):
        return np.zeros(len(keys), np.bool_)
    at = np.searchsorted(sorted_keys, keys)
    return np.asarray(sorted_keys[np.minimum(at, len(sorted_keys) - 1)] == keys)


def _looked_up(sorted_keys: Keys, counts: Ints, keys: Keys) -> Ints:
    """The count of each key; 0 where it is none of the sorted ones."""
    if not len(sorted_keys):
        return np.zeros(len(keys), np.int64)
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return np.where(sorted_keys[at] == keys, counts[at], 0)


def counted(keys: Keys, pages: Keys, least: int = 1) -> tuple[Keys, Ints]:
    """Keys that stand on ``least`` different pages or more, sorted, with the number of pages."""
    order = np.lexsort((pages, keys))
    keys, pages = keys[order], pages[order]
    fresh = np.ones(len(keys), np.bool_)
    fresh[1:] = (keys[1:] != keys[:-1]) | (pages[1:] != pages[:-1])
    unique, counts = np.unique(keys[fresh], return_counts=True)
    enough = counts >= least
    return unique[enough], counts[enough].astype(np.int64)


def joined(parts: Sequence[Sightings]) -> Sightings:
    """Several batches' sightings as one."""
    none = np.zeros(0, np.uint64)
    return Sightings(*map(np.concatenate, zip(Sightings(*[none] * 6), *parts, strict=True)))


def profile_of(parts: Sequence[Sightings]) -> Profile:
    """The profile of what was seen, all of it in memory; the files room counts larger dumps."""
    host, page, line, line_page, head, head_page = joined(parts)
    hosts, host_pages = counted(host, page)
    lines, line_pages = counted(line, line_page, least=2)
    heads, head_pages = counted(head, head_page)
    return Profile(hosts, host_pages, np.unique(page), lines, line_pages, heads, head_pages)
