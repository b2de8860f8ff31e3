"""Plain text files: one document a file."""

from __future__ import annotations

from collections.abc import Iterator

from cleaner.decode import decode
from cleaner.files.paths import InputFile
from cleaner.files.reading import ReadSettings, Refuse, Row, Scan, Segment
from cleaner.files.streams import read_all, too_large


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """One segment, nothing to look at."""
    return Scan(file, [Segment(file, file.size)])


def read(segment: Segment, settings: ReadSettings, refuse: Refuse) -> Iterator[Row]:
    """The document of a file; one over the limit is refused without being read to its end."""
    file, limit = segment.file, settings.max_document_bytes
    if file.compression is None and file.size > limit:
        refuse(file, 1, too_large(file.size, limit))
        return
    data = read_all(file.path, file.compression, limit)
    decoded = decode(data, settings.encoding)
    yield Row(file.source, decoded.text, len(data), notes=decoded.notes)
