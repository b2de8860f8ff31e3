"""Arrow in, Arrow out: a batch of documents cleaned into the columns of the contract.

`clean_batch` serves engines and notebooks, `clean_staged` the files room; both end in one place
that builds the output's columns. Schema of the result: `OUTPUT_SCHEMA`, then the input columns
that were not taken as text, id, title, url or language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.arrow.paged import Extractions, contract, extracted, page_columns, pages_of
from cleaner.arrow.values import (
    column_at,
    optional_strings,
    plain,
    struct_paths,
    text_strings,
    untaken,
)
from cleaner.columns import CONTRACT, Named, Path, Role, Roles, find_roles, free_names
from cleaner.extract import Page
from cleaner.model import Document, Notes, Result, failed
from cleaner.options import DEFAULTS, Options
from cleaner.pages import Extractor, extractor_for, finished
from cleaner.pipeline import Cleaner, cleaner_for
from cleaner.profile import Profile, Sightings, joined

REPAIR_TYPE = pa.struct(
    [("fix", pa.string()), ("start", pa.int64()), ("end", pa.int64()), ("before", pa.string())]
)
REMOVAL_TYPE = pa.struct(
    [("rule", pa.string()), ("start", pa.int64()), ("end", pa.int64()), ("text", pa.string())]
)
_TYPES: dict[str, pa.DataType] = {
    "chars_in": pa.int64(),
    "chars_out": pa.int64(),
    "repairs": pa.list_(REPAIR_TYPE),
    "removals": pa.list_(REMOVAL_TYPE),
}
OUTPUT_SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in CONTRACT])
"""The contract's columns, in order; the columns that pass through stand after them."""

BATCH_ROWS = 2_000
BATCH_BYTES = 4 << 20  # of Arrow data a batch holds at most, one row excepted
MARKUP_SHARE = 8  # bytes of a page for one of its text, or more: batches of pages hold so many times more

Tabular = TypeVar("Tabular", pa.RecordBatch, pa.Table)


@dataclass(frozen=True, slots=True)
class Staged:
    """Rows on their way into the core, as columns of equal length.

    ``text`` is a string column (null: no text). ``notes`` and ``errors`` are sparse, by row: notes on
    decoding, and why a reader could not make a document of the row (its text is then kept as given).
    ``passthrough`` has its final names and types. ``pages`` are the rows that are pages still, by row;
    None where none can be, and the output has no columns for them.
    """

    source: pa.Array
    text: pa.Array
    passthrough: pa.RecordBatch
    id: pa.Array | None = None
    title: pa.Array | None = None
    url: pa.Array | None = None
    lang: pa.Array | None = None
    notes: Mapping[int, Notes] = field(default_factory=dict)
    errors: Mapping[int, str] = field(default_factory=dict)
    pages: Mapping[int, Page] | None = None


def clean_batch(
    batch: Tabular,
    profile: Profile | None = None,
    *,
    options: Options = DEFAULTS,
    text_column: str | None = None,
    id_column: str | None = None,
    title_column: str | None = None,
    url_column: str | None = None,
    lang_column: str | None = None,
    html_column: str | None = None,
) -> Tabular:
    """Clean a record batch or a table; the same kind comes back, rows counted and ordered alike.

    Columns are found by their usual names (`cleaner.columns.USUAL_NAMES`) or named, nested ones by a
    dotted path; `ConfigError` where the text is missing or ambiguous. ``source`` is ``#N``, from 1
    within what was given. Null text comes out empty; a text that is no string makes a row of status
    ``failed`` that holds it as JSON; bytes are decoded. Where no column is text, one of pages is taken: the
    article is extracted, and the column ``extraction`` says how.

    >>> import pyarrow as pa
    >>> out = clean_batch(pa.table({"text": ["A heron stood in the reeds."], "year": [1999]}))
    >>> out.column_names[-2:], out["source"].to_pylist(), out["status"].to_pylist()
    (['removals', 'year'], ['#1'], ['clean'])
    """
    named = Named(text_column, id_column, title_column, url_column, lang_column, html_column)
    roles = roles_of(batch.schema, named)
    core = cleaner_for(options)
    cleaned: list[pa.RecordBatch] = []
    rows = 0
    for part in _bounded(batch, roles.html):
        source = pa.array([f"#{n}" for n in range(rows + 1, rows + part.num_rows + 1)], pa.string())
        cleaned.append(clean_staged(stage(part, roles, source, options=options), core, profile))
        rows += part.num_rows
    if not cleaned:
        empty = pa.RecordBatch.from_arrays(
            [pa.array([], f.type) for f in batch.schema], schema=batch.schema.remove_metadata()
        )
        staged = stage(empty, roles, pa.array([], pa.string()), options=options)
        cleaned.append(clean_staged(staged, core, profile))
    table = pa.Table.from_batches(cleaned)
    if isinstance(batch, pa.Table):
        return table
    return pa.RecordBatch.from_arrays([_joined(column) for column in table.columns], schema=table.schema)


def roles_of(schema: pa.Schema, named: Named) -> Roles:
    """The columns of an Arrow schema that are taken as text, id, title, url and language."""
    nested = {f.name for f in schema if pa.types.is_nested(f.type) and not pa.types.is_dictionary(f.type)}
    return find_roles(schema.names, named, nested=nested, paths=[".".join(p) for p in struct_paths(schema)])


def stage(
    batch: pa.RecordBatch,
    roles: Roles,
    source: pa.Array,
    through: pa.RecordBatch | None = None,
    options: Options = DEFAULTS,
) -> Staged:
    """Rows of an Arrow batch made ready for the core: text as strings, pages as pages, the rest passing
    through.

    ``through`` are the columns that pass where the caller has settled their names and types; else
    ``options`` tell which names the output needs itself.
    """
    paths = roles.paths()
    taken = {role: column_at(batch, path) for role, path in paths.items()}
    content = taken.pop("text")
    others: dict[Role, pa.Array] = {role: optional_strings(column) for role, column in taken.items()}
    if through is None:
        names = contract(options) if roles.html else CONTRACT
        through = passthrough(batch, list(paths.values()), names)
    if roles.html:
        text, pages, errors = pages_of(content)
        return Staged(source, text, through, **others, errors=errors, pages=pages)
    text, notes, errors = text_strings(content)
    return Staged(source, text, through, **others, notes=notes, errors=errors)


def passthrough(
    batch: pa.RecordBatch, taken: Sequence[Path], contract: Sequence[str] = CONTRACT
) -> pa.RecordBatch:
    """The columns that are not used up, under names clear of the contract's and in plain types."""
    names, arrays = untaken(batch, taken)
    arrays = [plain(array) for array in arrays]
    if not arrays:
        return pa.RecordBatch.from_arrays([], names=[])
    return pa.RecordBatch.from_arrays(arrays, names=free_names(names, contract))


def clean_staged(
    staged: Staged,
    core: Cleaner,
    profile: Profile | None = None,
    see: Callable[[Result], None] | None = None,
    extractor: Extractor | None = None,
) -> pa.RecordBatch:
    """Clean staged rows, one row out for each row in; no document stops the others.

    ``see`` is shown each result, for what the output's columns do not hold; ``extractor`` takes the
    articles out of pages.
    """
    staged, pages = extracted(staged, extractor or extractor_for(core.options))
    results: list[Result | None] = [None] * len(staged.text)
    rows, documents = _documents(staged, pages)
    notes = [staged.notes.get(row, ()) for row in rows]
    for row, result in zip(rows, _cleaned(core, documents, profile, notes), strict=True):
        results[row] = finished(result, pages[row]) if row in pages else result
    for row, error in staged.errors.items():
        results[row] = failed(staged.text[row].as_py() or "", error, staged.notes.get(row, ()))
    done = [result for result in results if result is not None]
    if see is not None:
        for result in done:
            see(result)
    return _output(staged, done, page_columns(core.options) if staged.pages is not None else ())


def sightings_of(staged: Staged, core: Cleaner, extractor: Extractor | None = None) -> Sightings:
    """What staged rows add to a host profile; rows that hold no text are left out, and documents that
    break the core: cleaning reports them."""
    staged, pages = extracted(staged, extractor or extractor_for(core.options))
    documents = [document for document in _documents(staged, pages)[1] if document.text]
    try:
        return core.sightings(documents)
    except Exception:
        return joined([seen for document in documents for seen in _one_sighting(core, document)])


def _one_sighting(core: Cleaner, document: Document) -> list[Sightings]:
    try:
        return [core.sightings([document])]
    except Exception:
        return []


def _documents(staged: Staged, pages: Extractions) -> tuple[list[int], list[Document]]:
    """The rows that hold a document, and the documents."""
    title, url, lang = (_listed(getattr(staged, role), len(staged.text)) for role in ("title", "url", "lang"))
    texts = enumerate(staged.text.to_pylist())
    found = [
        (
            row,
            Document(
                text or "", title[row], url[row], lang[row], pages[row].markup if row in pages else None
            ),
        )
        for row, text in texts
        if row not in staged.errors
    ]
    return [row for row, _ in found], [document for _, document in found]


def _cleaned(
    core: Cleaner, documents: Sequence[Document], profile: Profile | None, notes: Sequence[Notes]
) -> list[Result]:
    """The documents cleaned together; whatever one does to the core, the others are cleaned."""
    try:
        return core.clean_many(documents, profile, notes)
    except Exception as raised:
        if len(documents) == 1:
            return [failed(documents[0].text, f"{type(raised).__name__}: {raised}", notes[0])]
        pairs = zip(documents, notes, strict=True)
        return [_cleaned(core, [document], profile, [note])[0] for document, note in pairs]


def _output(staged: Staged, results: Sequence[Result], pages: Sequence[str]) -> pa.RecordBatch:
    """The output's columns, those for ``pages`` after the contract's; what was given for url, title and
    language is never overwritten."""

    def strings(name: str) -> pa.Array:
        return pa.array([getattr(result, name) for result in results], pa.string())

    def given_or_found(name: str) -> pa.Array:
        given = getattr(staged, name)
        return strings(name) if given is None else pc.coalesce(given, strings(name))

    def counts(name: str) -> pa.Array:
        return pa.array([getattr(result, name) for result in results], pa.int64())

    built = {
        "id": staged.source if staged.id is None else pc.coalesce(staged.id, staged.source),
        "source": staged.source,
        "url": given_or_found("url"),
        "title": given_or_found("title"),
        "lang": given_or_found("lang"),
        "text": strings("text"),
        "status": strings("status"),
        "error": strings("error"),
        "chars_in": counts("chars_in"),
        "chars_out": counts("chars_out"),
        "source_hash": strings("source_hash"),
        "repairs": _ledger([result.repairs for result in results], REPAIR_TYPE),
        "removals": _ledger([result.removals for result in results], REMOVAL_TYPE),
    }
    further = pa.schema([(name, pa.string()) for name in pages])
    schema = pa.schema([*OUTPUT_SCHEMA, *further, *staged.passthrough.schema])
    columns = [*(built[name] for name in CONTRACT), *map(strings, pages), *staged.passthrough.columns]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _ledger(rows: Sequence[Sequence[tuple[str, int, int, str]]], kind: pa.StructType) -> pa.ListArray:
    """Repairs or removals of all rows as one list column, built from flat columns and offsets."""
    offsets = pa.array(list(accumulate(map(len, rows), initial=0)), pa.int32())
    flat = list(chain.from_iterable(rows))
    fields = [pa.array([item[at] for item in flat], kind[at].type) for at in range(kind.num_fields)]
    return pa.ListArray.from_arrays(
        offsets, pa.StructArray.from_arrays(fields, fields=list(kind)), type=pa.list_(kind)
    )


def _bounded(data: pa.RecordBatch | pa.Table, pages: bool) -> Iterator[pa.RecordBatch]:
    """Slices of at most 2,000 rows and about 4 MiB each (of pages eight times that), in order."""
    step = rows_per_batch(data.nbytes, data.num_rows, pages)
    batches = data.to_batches(max_chunksize=step) if isinstance(data, pa.Table) else [data]
    for batch in batches:
        for start in range(0, batch.num_rows, step):
            yield batch.slice(start, step)


def rows_per_batch(size: int, rows: int, pages: bool = False) -> int:
    """How many rows of ``rows`` that take ``size`` bytes make a batch; more of them where they are pages."""
    limit = BATCH_BYTES * MARKUP_SHARE if pages else BATCH_BYTES
    return max(1, min(BATCH_ROWS, limit * rows // max(size, 1)))


def _joined(column: pa.ChunkedArray) -> pa.Array:
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined


def _listed(column: pa.Array | None, rows: int) -> list[str | None]:
    return [None] * rows if column is None else column.to_pylist()
