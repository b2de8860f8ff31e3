"""Pages saved as files: one document a file."""

from __future__ import annotations

from collections.abc import Iterator

from cleaner.extract import Page
from cleaner.files.mhtml import page_in
from cleaner.files.paths import InputFile
from cleaner.files.reading import ReadSettings, Refuse, Row, Scan, Segment, cut_short
from cleaner.files.streams import TooLargeError, read_all


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """One segment, nothing to look at."""
    return Scan(file, [Segment(file, file.size)], paged=True)


def read(segment: Segment, settings: ReadSettings, refuse: Refuse) -> Iterator[Row]:
    """The page of a file; of one over the limit only a row that says so."""
    file, limit = segment.file, settings.max_document_bytes
    try:
        data = read_all(file.path, file.compression, limit)
    except TooLargeError as error:
        yield Row(file.source, "", 0, error=str(error))
        return
    page, url, cut = page_in(data) if file.format == "mhtml" else (Page(data), None, False)
    if settings.encoding is not None:
        page = page._replace(declared=settings.encoding)
    notes = cut_short("the message") if cut else ()
    yield Row(file.source, "", len(data), url=url, page=page, notes=notes)
