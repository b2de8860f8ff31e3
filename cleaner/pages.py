"""From pages to documents: extraction in front of the flow, each page once.

Pages of the same bytes are extracted once by a worker as long as it remembers them; what it forgot is
extracted again, to the same text. trafilatura's caches are emptied as it goes, so that memory stays flat.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from cleaner.extract import Extracted, Page, PageError, extract, forget
from cleaner.model import ConfigError, Document, Result
from cleaner.options import DEFAULTS, Options
from cleaner.pipeline import Cleaner
from cleaner.profile import Profile
from cleaner.repair import Fixes, repair, without_entities

REMEMBERED = 16 << 20
"""Code points of extracted texts that a worker remembers."""
PAGES_PER_FORGET = 500
"""Pages after which trafilatura's caches are emptied."""
MARK = "> "
"""What the lines of readers' comments begin with."""


class Unextracted(NamedTuple):
    """A page that could not be extracted: why, and its markup as text."""

    reason: str
    markup: str


Extraction = Extracted | Unextracted
Find = Callable[[str], Extraction | None]
Keep = Callable[[str, Extraction], None]


class Extractor:
    """Extracts the pages of one worker.

    ``seconds`` is the time one page may take. ``find`` looks a page up by its digest where an earlier
    pass left what it extracted, ``keep`` is told of each page for a later one.
    """

    def __init__(
        self,
        options: Options = DEFAULTS,
        seconds: float | None = None,
        find: Find | None = None,
        keep: Keep | None = None,
    ):
        self._options, self._seconds = options, seconds
        self._find, self._keep = find, keep
        self._known: OrderedDict[str, Extraction] = OrderedDict()
        self._size = self._pages = 0
        self._lock = Lock()  # of what is remembered: threads may share an extractor

    def extract(self, page: Page) -> Extraction:
        """The article of a page, or why there is none to be had."""
        digest = digest_of(page)
        found = self._known.get(digest)
        if found is None and self._find is not None:
            found = self._find(digest)
        if found is None:
            found = self._fresh(page)
            if self._keep is not None:
                self._keep(digest, found)
        self._remember(digest, found)
        return found

    def _fresh(self, page: Page) -> Extraction:
        self._pages += 1
        if self._pages % PAGES_PER_FORGET == 0:
            forget()
        chosen = {"comments": self._options.comments, "metadata": self._options.metadata}
        try:
            return extract(page, **chosen, seconds=self._seconds)
        except PageError as error:
            return Unextracted(str(error), error.text)
        except ConfigError:
            raise
        except Exception as error:  # one page that breaks an extractor stops no other
            data = page.data
            markup = data if isinstance(data, str) else data.decode("utf-8", "replace")
            return Unextracted(f"{type(error).__name__}: {error}", markup)

    def _remember(self, digest: str, found: Extraction) -> None:
        with self._lock:
            if digest in self._known:
                self._known.move_to_end(digest)
                return
            self._known[digest] = found
            self._size += _size(found)
            while self._size > REMEMBERED:
                _, oldest = self._known.popitem(last=False)
                self._size -= _size(oldest)


def digest_of(page: Page) -> str:
    """The SHA-256 of a page's bytes and of what they were declared to be, in hex."""
    data = page.data if isinstance(page.data, bytes) else page.data.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(f"{type(page.data).__name__}\n{page.declared}\n{page.status}\n".encode())
    digest.update(data)
    return digest.hexdigest()


def document_of(
    extracted: Extracted, title: str | None = None, url: str | None = None, lang: str | None = None
) -> Document:
    """An extracted page as a document: what was given stands above what the page says of itself."""
    head = extracted.head
    return Document(extracted.text, title or head.title, url or head.url, lang or head.lang, extracted.markup)


def finished(result: Result, extracted: Extracted) -> Result:
    """The result of a page's text with what the page adds: the path of extraction, date, author, and after
    the article its readers' comments, each line marked."""
    head = extracted.head
    result = replace(result, extraction=extracted.path, published=head.published, author=head.author)
    said = said_below(extracted)
    if not said:
        return result
    source = result.source + said
    return replace(
        result,
        text=result.text + said,
        chars_in=len(source),
        chars_out=len(result.text) + len(said),
        source_hash=hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
        status="clean" if result.status == "empty" and not result.removals else result.status,
    )


def said_below(extracted: Extracted) -> str:
    """The comments of readers as they stand below the article in the source text: repaired and marked,
    without a repair on record."""
    if not extracted.comments:
        return ""
    lines = repair(extracted.comments, without_entities(Fixes())).source.splitlines()
    return "".join(f"{MARK}{line}\n" for line in lines)


def clean_page(
    core: Cleaner,
    page: Page,
    title: str | None = None,
    url: str | None = None,
    lang: str | None = None,
    profile: Profile | None = None,
) -> Result:
    """One page through the whole flow; raises `PageError` where it cannot be extracted."""
    found = extractor_for(core.options).extract(page)
    if isinstance(found, Unextracted):
        raise PageError(found.reason, found.markup)
    [result] = core.clean_many([document_of(found, title, url, lang)], profile, [found.notes])
    return finished(result, found)


@lru_cache(maxsize=4)
def extractor_for(options: Options) -> Extractor:
    """The `Extractor` of single pages, without a limit on their time."""
    return Extractor(options)


def _size(found: Extraction) -> int:
    if isinstance(found, Unextracted):
        return 200 + len(found.markup)
    return 200 + len(found.text) + len(found.comments) + 100 * len(found.markup)
