"""trafilatura, the one place that calls it: what it takes for the text of a page."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.html import HtmlElement


@cache
def _options(focus: str, comments: bool) -> Any:
    from trafilatura.settings import Extractor

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it discards is on record in the row
    return Extractor(
        output_format="python",
        comments=comments,
        dedup=False,
        fast=focus == "fast",
        recall=focus == "recall",
        precision=focus == "precision",
    )


def reference_text(tree: HtmlElement, focus: str = "recall", comments: bool = False) -> str:
    """The text that trafilatura takes out of a page, empty where it takes none; the tree stays as it is."""
    from trafilatura import bare_extraction

    document: Any = bare_extraction(tree, options=_options(focus, comments))
    return document.text or "" if document is not None else ""


def forget() -> None:
    """Empty trafilatura's caches: they keep the last 16,384 lines it saw, and more."""
    from trafilatura.meta import reset_caches

    reset_caches()
