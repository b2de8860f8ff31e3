"""HTML in, the article out: a rewrite, as `cleaner.repair` is one.

trafilatura and lxml live in this room and are imported by the first page.
"""

from cleaner.extract.charset import declared_by
from cleaner.extract.markup import LineMarkup
from cleaner.extract.page import Extracted, LeftOut, explain, extract
from cleaner.extract.parsing import Page, PageError, markup_of
from cleaner.extract.reference import forget

__all__ = [
    "Extracted",
    "LeftOut",
    "LineMarkup",
    "Page",
    "PageError",
    "declared_by",
    "explain",
    "extract",
    "forget",
    "markup_of",
]
