"""The sources of an output read again: what the ledger says came in, held against what lies there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

import pyarrow as pa

from cleaner.arrow import Staged
from cleaner.arrow.ledger import decoded_texts
from cleaner.arrow.paged import extracted, page_columns
from cleaner.columns import Named
from cleaner.files.accounts import ARCHIVES, Found, Names, Wrong, record_of
from cleaner.files.aligning import GIVEN, Aligner, Entry, Record
from cleaner.files.formats import named_format
from cleaner.files.layout import Layout
from cleaner.files.manifest import told_path
from cleaner.files.outputs import Manifest, json_object
from cleaner.files.paths import InputFile, find_inputs, printable, require
from cleaner.files.plan import read, scan
from cleaner.files.reading import ReadSettings, Row
from cleaner.files.rows import staged
from cleaner.files.spool import Spool
from cleaner.model import CleanerError, InputError
from cleaner.options import Options
from cleaner.pages import Extractor, said_below


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
    ``failures`` are the lines of its list of failures: what could not be read then need not be now.
    """

    def __init__(
        self, arguments: Sequence[str], manifest: Manifest, failures: Iterable[Mapping[str, Any]] = ()
    ):
        self._settings, format, options = settings_of(manifest)
        self._layout = Layout(pages=page_columns(options))
        self._extractor = Extractor(options, self._settings.page_seconds)
        links = manifest.head.get("follow_links") is True
        found = find_inputs(arguments, named_format(format) if format else None, links)
        require(found)
        self._files = {file.source: file for file in found.files}
        self._inputs = manifest.inputs
        self._failed = _failed(failures, manifest.inputs, self._files.values())
        self._folder = tempfile.TemporaryDirectory(prefix="cleaner-")
        self._name = ""
        self._open: Aligner | None = None
        self._errors: list[str] = []
        self._seen: set[str] = set()
        self._again: set[str] = set()
        self._gone: dict[str, tuple[str, str]] = {}
        self._further: dict[str, int] = {}

    def __enter__(self) -> Sources:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    @property
    def unread(self) -> int:
        """Inputs that were given, could not be read by the run, and stand on its list of failures."""
        return len((self._files.keys() - self._inputs.keys()) & self._failed)

    def see(self, batch: pa.RecordBatch, doubtful: set[int]) -> Iterator[Found]:
        """What is wrong with rows whose text, with the repairs undone, or whose columns are not those of
        their source; texts of rows that are ``doubtful`` as it is cannot be undone and are passed by."""
        for name, some in groupby(self._entries(batch, doubtful), key=lambda pair: pair[0]):
            entries = [entry for _, entry in some]
            while entries:
                count = _ascending(entries)
                yield from self._some(name, entries[:count])
                entries = entries[count:]

    def close(self, excused: set[str]) -> Iterator[Wrong]:
        """What is wrong with inputs, after the last row: those that are not there or cannot be read on,
        those that hold more than was cleaned, and those that came later. Of those that are ``excused`` rows
        are known to be missing."""
        self._leave()
        for name in self._inputs.keys() & self._files.keys() - self._seen - self._failed - excused:
            self._start(name)
            self._leave()
        for name, (kind, reason) in sorted(self._gone.items()):
            yield Wrong(name, kind, f"the input {printable(name)} {reason}")
        for name, more in sorted(self._further.items()):
            if name not in self._failed | excused:
                records = "1 record" if more == 1 else f"{more:,} records"
                yield Wrong(
                    name, "more", f"the input {printable(name)} holds {records} more than there are rows"
                )
        for name in sorted(self._files.keys() - self._inputs.keys() - self._failed):
            told = f"the input {printable(name)} is no input of the manifest: it came later, or was not given"
            yield Wrong(name, "new", told)

    def _entries(self, batch: pa.RecordBatch, doubtful: set[int]) -> Iterator[tuple[str, Entry]]:
        """The rows of a batch, each with the name of its input."""
        sure = [row for row in range(batch.num_rows) if row not in doubtful]
        sound = decoded_texts(batch.take(pa.array(sure, pa.int64())) if doubtful else batch)
        texts = dict(zip(sure, sound, strict=True))
        given = zip(*(batch[name].to_pylist() for name in GIVEN), strict=True)
        for row, (source, own) in enumerate(zip(batch["source"].to_pylist(), given, strict=True)):
            if source is not None:
                name, place = record_of(source, self._inputs)
                yield name, Entry(row, place, texts.get(row), source, own)

    def _some(self, name: str, entries: Sequence[Entry]) -> Iterator[Found]:
        """Rows of one input whose places ascend; its file is read on from where it was."""
        if name in self._gone:
            return
        try:
            if self._open is None or name != self._name or entries[0].place <= self._open.last:
                self._leave()
                self._start(name)
            assert self._open is not None
            if name in self._gone:
                return
            for found in self._open.see(entries):
                if found.kind == "lost" and self._errors:
                    self._gone[name] = "unreadable", f"cannot be read again: {self._errors[0]}"
                    return
                yield found
        except CleanerError as error:
            self._gone[name] = "unreadable", f"cannot be read again: {error}"

    def _start(self, name: str) -> None:
        file = self._files.get(name)
        if name in self._seen:
            self._again.add(name)
        self._seen.add(name)
        if file is None:
            told = "cannot be read again: it is none of the inputs that were given"
            self._gone[name] = "gone", told
            self._name, self._open = name, Aligner(name, iter(()), False)
            return
        self._errors = []
        archive = self._inputs.get(name, {}).get("format") in ARCHIVES
        self._name, self._open = name, Aligner(name, self._read(file), archive)

    def _read(self, file: InputFile) -> Iterator[Record]:
        """The records of a file that are rows, in order; of pages what was taken out of them."""
        names: Mapping[str, Any] = {file.source: None}
        for batch in staged(self._items(file), self._layout):
            yield from self._of_batch(batch, names)

    def _items(self, file: InputFile) -> Iterator[Row | Staged]:
        """What can be read of a file: a run goes on behind a piece that cannot."""
        try:
            segments = scan(Spool(self._folder.name).readable(file), self._settings).segments
        except CleanerError as error:
            self._errors.append(str(error))
            return
        for segment in segments:
            try:
                yield from read(segment, self._settings, self._layout, lambda file, record, reason: None)
            except CleanerError as error:
                self._errors.append(str(error))

    def _of_batch(self, batch: Staged, names: Mapping[str, Any]) -> Iterator[Record]:
        batch, pages = extracted(batch, self._extractor)
        columns = [getattr(batch, name) for name in GIVEN]
        given = zip(*(_listed(column, len(batch.text)) for column in columns), strict=True)
        rows = zip(batch.source.to_pylist(), batch.text.to_pylist(), given, strict=True)
        for row, (source, text, own) in enumerate(rows):
            below = said_below(pages[row]) if row in pages else ""
            yield Record(record_of(source, names)[1], (text or "") + below, own)

    def _leave(self) -> None:
        """Read the file that is open to its end: what is left of it is no row."""
        if self._open is None:
            return
        try:
            more = self._open.rest()
        except CleanerError as error:
            self._errors.append(str(error))
            more = 0
        if self._errors and self._name not in self._failed:
            self._gone.setdefault(self._name, ("unreadable", f"cannot be read again: {self._errors[0]}"))
        elif more and self._name not in self._again:
            self._further[self._name] = more
        self._open, self._errors = None, []


def _failed(
    failures: Iterable[Mapping[str, Any]], inputs: Mapping[str, Any], files: Iterable[InputFile]
) -> set[str]:
    """The inputs that could not be read, or not to their end, by the list of failures."""
    names = Names({**{file.source: {"path": told_path(file)} for file in files}, **inputs})
    whole = (line for line in failures if line.get("kind") == "input")
    return {name for line in whole for name in names.of(str(line.get("input")))}


def _ascending(entries: Sequence[Entry]) -> int:
    """How many rows stand one behind the other as in their input."""
    pairs = enumerate(pairwise(entries), 1)
    return next((at for at, (one, other) in pairs if other.place <= one.place), len(entries))


def _listed(column: pa.Array | None, rows: int) -> list[str | None]:
    return [None] * rows if column is None else column.to_pylist()
