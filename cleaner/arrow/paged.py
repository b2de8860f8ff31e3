"""Rows that are pages: taken out of columns, and turned into rows of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from cleaner.arrow.values import as_json, is_binary, is_string, is_utf8, plain
from cleaner.columns import CONTRACT, METADATA_COLUMNS, PAGE_COLUMNS
from cleaner.extract import Extracted, Page, markup_of
from cleaner.options import Options
from cleaner.pages import Extractor, Unextracted

if TYPE_CHECKING:
    from cleaner.arrow import Staged

Extractions = Mapping[int, Extracted]


def page_columns(options: Options) -> tuple[str, ...]:
    """The columns that stand after the contract's where pages were read."""
    return (*PAGE_COLUMNS, *(METADATA_COLUMNS if options.metadata else ()))


def contract(options: Options) -> tuple[str, ...]:
    """The names of all columns of the output that no input's may bear, where pages were read."""
    return (*CONTRACT, *page_columns(options))


def pages_of(column: pa.Array) -> tuple[pa.Array, dict[int, Page], dict[int, str]]:
    """A column of pages: the text of the rows that hold none, the pages by row, and what is no page."""
    column = plain(column)
    if not is_string(column.type) and not is_binary(column.type):
        values = column.to_pylist()
        errors = {at: f"the page is {column.type}" for at, value in enumerate(values) if value is not None}
        return pa.array([None if v is None else as_json(v) for v in values], pa.string()), {}, errors
    if is_string(column.type) and not is_utf8(column):
        column = column.cast(pa.large_binary())
    pages = {at: Page(value) for at, value in enumerate(column.to_pylist()) if value is not None}
    return pa.nulls(len(column), pa.large_string()), pages, {}


def extracted(staged: Staged, extractor: Extractor) -> tuple[Staged, Extractions]:
    """The rows with the articles of their pages as text, and what was extracted, by row. Pages that cannot
    be extracted become errors, which keep their markup; those given up before are not tried."""
    if not staged.pages:
        return staged, {}
    found: dict[int, Extracted] = {}
    texts = staged.text.to_pylist()
    notes, errors = dict(staged.notes), dict(staged.errors)
    for row, page in staged.pages.items():
        if row in errors:
            texts[row], notes[row] = markup_of(page)
            continue
        result = extractor.extract(page)
        if isinstance(result, Unextracted):
            texts[row], errors[row] = result.markup, result.reason
        else:
            found[row], texts[row] = result, result.text
            notes[row] = (*notes.get(row, ()), *result.notes)
    heads = {name: _with_heads(staged, name, found) for name in ("title", "url", "lang")}
    text = pa.array(texts, pa.large_string())
    return replace(staged, text=text, notes=notes, errors=errors, pages={}, **heads), found


def _with_heads(staged: Staged, name: str, found: Extractions) -> pa.Array:
    """A column of titles, addresses or languages, with what pages say of themselves where none was given."""
    column = getattr(staged, name)
    values = [None] * len(staged.text) if column is None else column.to_pylist()
    for row, page in found.items():
        values[row] = values[row] or getattr(page.head, name)
    return pa.array(values, pa.string())
