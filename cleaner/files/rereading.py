"""The sources of an output read again: what the ledger says came in, held against what lies there."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from cleaner.arrow import Staged
from cleaner.arrow.ledger import decoded_texts
from cleaner.arrow.paged import extracted, page_columns
from cleaner.columns import Named
from cleaner.extract import Page
from cleaner.files.accounts import NOWHERE, Place, record_of, told_place
from cleaner.files.formats import named_format
from cleaner.files.layout import Layout
from cleaner.files.outputs import Manifest, json_object
from cleaner.files.paths import InputFile, find_inputs, printable, require
from cleaner.files.plan import read, scan
from cleaner.files.reading import ReadSettings, Row
from cleaner.files.spool import Spool
from cleaner.model import CleanerError, InputError
from cleaner.options import Options
from cleaner.pages import Extractor, Unextracted


def settings_of(manifest: Manifest) -> tuple[ReadSettings, str | None, Options]:
    """How the run read its inputs, by its manifest, the format it was told, and what it took out of pages."""
    limits = json_object(manifest.head.get("cleaner.configuration"))
    try:
        reading = manifest.head["reading"]
        named = Named(**reading["columns"])
        limit = int(limits["max_document_bytes"])
        options = Options(comments=bool(limits.get("comments")), metadata=bool(limits.get("metadata")))
        seconds = limits.get("page_seconds")
        settings = ReadSettings(named, reading["encoding"], limit, page_seconds=seconds)
        return settings, reading["format"], options
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("the manifest does not tell how the inputs were read") from error


class Sources:
    """The inputs of a run, read again beside the rows of its output, which come in the same order.

    ``arguments`` name the inputs as they were named to the run: the names of sources depend on them.
    """

    def __init__(self, arguments: Sequence[str], manifest: Manifest):
        self._settings, format, options = settings_of(manifest)
        self._layout = Layout(pages=page_columns(options))
        self._extractor = Extractor(options, self._settings.page_seconds)
        found = find_inputs(arguments, named_format(format) if format else None)
        require(found)
        self._files = {file.source: file for file in found.files}
        self._inputs = manifest.inputs
        self._folder = tempfile.TemporaryDirectory(prefix="cleaner-")
        self._name = ""
        self._records: Iterator[_Record] = iter(())
        self._count: Place = NOWHERE
        self._gone: dict[str, str] = {}
        self._further: dict[str, int] = {}

    def __enter__(self) -> Sources:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def see(self, batch: pa.RecordBatch, doubtful: set[int]) -> Iterator[tuple[int, str]]:
        """Rows (from 0) whose text is not that of their source with the repairs undone, and what is wrong;
        rows that are ``doubtful`` as it is cannot be undone and are passed by."""
        sure = [row for row in range(batch.num_rows) if row not in doubtful]
        texts = decoded_texts(batch.take(pa.array(sure, pa.int64())) if doubtful else batch)
        sources = batch["source"].to_pylist()
        for row, decoded in zip(sure, texts, strict=True):
            name, place = record_of(sources[row], self._inputs)
            if name in self._gone:
                continue
            try:
                given = self._record(name, place)
            except CleanerError as error:
                self._gone[name] = str(error)
                continue
            if given is None:
                yield row, f"{printable(name)} holds no record {told_place(place)}"
            elif given != decoded:
                yield row, _difference(decoded, given)

    def close(self) -> Iterator[str]:
        """What is wrong with inputs, after the last row: those that are not there or cannot be read on,
        those that hold more than was cleaned, and those that came later."""
        self._leave()
        for name, reason in self._gone.items():
            yield f"the input {printable(name)} cannot be read again: {reason}"
        for name, more in self._further.items():
            records = "1 record" if more == 1 else f"{more:,} records"
            yield f"the input {printable(name)} holds {records} more than there are rows"
        for name in sorted(self._files.keys() - self._inputs.keys()):
            yield f"the input {printable(name)} is no input of the manifest: it came later, or was not given"

    def _record(self, name: str, place: Place) -> str | None:
        """The text of a record; its file is read on from where it was, for rows come in order."""
        if name != self._name or place <= self._count:
            self._leave()
            file = self._files.get(name)
            if file is None:
                raise InputError("it is none of the inputs that were given")
            self._name, self._count = name, NOWHERE
            self._records = self._read(Spool(self._folder.name).readable(file))
        for record in self._records:
            self._count = record.place
            if record.place >= place:
                return record.text if record.place == place else None
        return None

    def _read(self, file: InputFile) -> Iterator[_Record]:
        """The records of a file that are rows, in order; of pages what was taken out of them."""
        names: Mapping[str, Any] = {file.source: None}
        for segment in scan(file, self._settings).segments:
            for item in read(segment, self._settings, self._layout, lambda file, record, reason: None):
                if isinstance(item, Row):
                    text = item.text if item.page is None else self._extracted(item.page)
                    yield _Record(record_of(item.source, names)[1], text)
                else:
                    yield from _of_batch(extracted(item, self._extractor)[0], names)

    def _extracted(self, page: Page) -> str:
        result = self._extractor.extract(page)
        return result.markup if isinstance(result, Unextracted) else result.text

    def _leave(self) -> None:
        """Read the file that is open to its end: what is left of it is no row."""
        try:
            more = sum(1 for _ in self._records)
        except CleanerError as error:
            self._gone.setdefault(self._name, str(error))
            more = 0
        if more:
            self._further[self._name] = more
        self._records = iter(())


class _Record(NamedTuple):
    place: Place
    text: str


def _of_batch(batch: Staged, names: Mapping[str, Any]) -> Iterator[_Record]:
    for source, text in zip(batch.source.to_pylist(), batch.text.to_pylist(), strict=True):
        yield _Record(record_of(source, names)[1], text or "")


def _difference(undone: str, given: str) -> str:
    pairs = itertools.zip_longest(undone, given)
    at = next(place for place, (one, other) in enumerate(pairs) if one != other)
    return (
        f"its source reads differently from character {at} on: "
        f"{printable(given[at : at + 20])!r}, and by the ledger {printable(undone[at : at + 20])!r}"
    )
