"""Web archives: WARC (pages) and WET (texts), record by record, in bounded memory.

Response and resource records of an HTML type are pages, conversion records of plain text are texts; all
others are counted and not read. The readers of web archives end silently where a file is cut short: here
a record that ends early, a member that does not decompress and a header that is none are reported with their
offset; what came before is kept, and reading goes on at the next record that can be found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

from cleaner.decode import decode
from cleaner.extract import Page, declared_by
from cleaner.files.members import Members, Whole, next_member
from cleaner.files.paths import InputFile, reason_of
from cleaner.files.reading import ReadSettings, Refuse, Row, Scan, Segment
from cleaner.files.streams import open_stream, too_large
from cleaner.model import InputError

PAGE, TEXT = "page", "text"
DOCUMENTS = frozenset(("response", "resource", "conversion"))
"""Types of records that may be documents."""
SHARE = 8
"""A segment is this share of a unit's bytes: its pages take long to extract."""
HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
HEADERS = 64 << 10
"""Bytes an HTTP header may take beside the page."""
RECORD_END = b"\r\n\r\n"
_SEARCH = 1 << 20


class Place(NamedTuple):
    """Where a record begins: offset in the file, and inside its gzip member."""

    offset: int
    inner: int

    def __str__(self) -> str:
        return f"{self.offset}+{self.inner}" if self.inner else str(self.offset)


class _Stop(NamedTuple):
    """Where reading stopped short, why, and where it can go on."""

    offset: int
    reason: str
    resume: int | None


class _Record:
    """A record, to be read before the next is asked for; ``short`` tells that the archive ended first."""

    def __init__(self, place: Place, record: Any):
        self.place, self.record = place, record
        self.type = str(record.record_type)
        self.length = int(record.content_length)
        self.short = False

    def block(self, limit: int) -> bytes:
        """The record's block, or its first ``limit`` bytes where it is larger."""
        data: bytes = self.record.reader.read(min(self.length, limit))
        self.short = len(data) < min(self.length, limit)
        return data


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """Look through the records' headers: where the file can be split, and what is not read.

    Damage is met again by the reader, which reports it.
    """
    passed: Counter[str] = Counter()
    cuts = [(0, 1)]
    documents, paged, records = 0, False, 0
    step = max(settings.unit_bytes // SHARE, 1)
    for item in _records(file, 0, None, parse_http=True):
        if isinstance(item, _Stop):
            if not records and item.resume is None:
                raise InputError(f"no web archive, or a damaged one: {item.reason} (at byte {item.offset})")
            continue
        records += 1
        offset, inner = item.place
        if file.compression in (None, "gz") and not inner and offset - cuts[-1][0] >= step:
            cuts.append((offset, documents + 1))
        kind = _kind(item.record)
        if kind is None:
            passed[item.type] += 1
        else:
            documents += 1
            paged = paged or kind == PAGE
    if not documents:
        return Scan(file, [], passed=passed)
    stops: list[int | None] = [cut[0] for cut in cuts[1:]]
    segments = [
        Segment(file, (file.size if stop is None else stop) - start, start, stop, first)
        for (start, first), stop in zip(cuts, [*stops, None], strict=True)
    ]
    return Scan(file, segments, passed=passed, paged=paged)


def read(segment: Segment, settings: ReadSettings, refuse: Refuse) -> Iterator[Row]:
    """The documents of a segment; damage is refused with its offset and reading goes on after it."""
    file = segment.file
    number = segment.first_record
    for item in _records(file, segment.start, segment.stop, parse_http=False):
        if isinstance(item, _Stop):
            refuse(file, number, f"at byte {item.offset}: {item.reason}")
        elif item.type in DOCUMENTS and (row := _row(item, file, settings)) is not None:
            row.record = number
            number += 1
            yield row


def _row(item: _Record, file: InputFile, settings: ReadSettings) -> Row | None:
    """A record as a row; None for one that holds no document, or not all of it."""
    limit, record = settings.max_document_bytes, item.record
    block = item.block(limit + HEADERS)
    if item.short:
        return None
    headers = record.headers
    address = (headers.get("WARC-Target-URI") or "").strip("<>") or None
    row = Row(f"{file.source}#{item.place}", "", len(block), id=record.record_id, url=address)
    if item.type == "response":
        return _responded(row, block, item.length, settings)
    kind = _kind(record)
    if kind is not None and item.length > limit:
        row.error = too_large(item.length, limit)
    elif kind == TEXT:
        decoded = decode(block, settings.encoding or declared_by(headers.get("Content-Type")))
        languages = headers.get("WARC-Identified-Content-Language") or ""
        row.text, row.notes, row.lang = decoded.text, decoded.notes, languages.split(",")[0].strip() or None
    elif kind == PAGE:
        row.page = Page(block, settings.encoding or declared_by(headers.get("Content-Type")))
    return None if kind is None else row


def _responded(row: Row, block: bytes, length: int, settings: ReadSettings) -> Row | None:
    """A row with the page of an HTTP response, as it was before it was packed for sending."""
    from fastwarc.warc import WarcRecord

    limit = settings.max_document_bytes
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: {len(block)}"
    )
    record = WarcRecord.from_bytes(head.encode() + RECORD_END + block + RECORD_END)
    try:
        record.parse_http(auto_decode="all")
        if _kind(record) is None:
            return None
        if length > limit + HEADERS:
            row.error = too_large(length, limit)
            return row
        data = record.reader.read(limit + 1)
    except (OSError, ValueError) as error:
        row.error = f"its HTTP response cannot be unpacked: {reason_of(error)}"
        return row
    if len(data) > limit:
        row.error = too_large(None, limit)
        return row
    http = record.http_headers
    declared = settings.encoding or declared_by(http.get("Content-Type"))
    row.page = Page(data, declared, http.status_code)
    return row


def _kind(record: Any) -> str | None:
    """Whether a record is a page or a text; None where it is neither."""
    name = str(record.record_type)
    if name == "conversion":
        return TEXT if _type(record.headers.get("Content-Type")) in ("text/plain", "") else None
    if name == "response" and record.http_headers is not None:
        return PAGE if _type(record.http_headers.get("Content-Type")) in HTML_TYPES else None
    if name == "resource":
        return PAGE if _type(record.headers.get("Content-Type")) in HTML_TYPES else None
    return None


def _type(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()


def _records(file: InputFile, start: int, stop: int | None, parse_http: bool) -> Iterator[_Record | _Stop]:
    """The records that begin from ``start`` to before ``stop``, each to be read before the next is asked for,
    and where reading stopped between them."""
    at: int | None = start
    while at is not None and (stop is None or at < stop):
        resume = None
        with closing(_opened(file, at)) as stream:
            for item in _run(file, stream, stop, parse_http):
                yield item
                resume = item.resume if isinstance(item, _Stop) else None
        at = resume


def _run(
    file: InputFile, stream: Members | Whole, stop: int | None, parse_http: bool
) -> Iterator[_Record | _Stop]:
    """Records up to the first that is not whole, which ends it."""
    from fastwarc.warc import ArchiveIterator

    source: Any = stream
    item: _Record | None = None
    failed = ""
    try:
        for record in ArchiveIterator(
            source, parse_http=parse_http, auto_decode="none", stream_detect=False, fsspec_args=False
        ):
            item = _Record(Place(*stream.place(record.stream_pos)), record)
            if stop is not None and item.place.offset >= stop:
                return
            yield item
            if item.short:
                break
    except (OSError, ValueError) as error:
        failed = f"damaged: {reason_of(error)}"
    offset = item.place.offset if item is not None else stream.place(0)[0]
    if stream.damage is not None:
        offset, reason = stream.damage
        yield _Stop(offset, reason, _next_record(file, offset))
    elif failed:
        yield _Stop(offset, failed, _next_record(file, offset))
    elif (item is not None and item.short) or stream.tail not in (b"", RECORD_END):
        yield _Stop(offset, "truncated: the archive ends inside this record", None)


def _opened(file: InputFile, start: int) -> Members | Whole:
    if file.compression not in (None, "gz"):
        return Whole(open_stream(file.path, file.compression))
    try:
        raw = open(file.path, "rb")  # noqa: SIM115
    except OSError as error:
        raise InputError(f"cannot be read: {reason_of(error)}") from error
    if file.compression == "gz":
        return Members(raw, start)
    raw.seek(start)
    return Whole(raw, start)


def _next_record(file: InputFile, after: int) -> int | None:
    """Where reading can go on beyond damage; None where no further record is found, or could be."""
    if file.compression not in (None, "gz"):
        return None
    with open(file.path, "rb") as raw:
        if file.compression == "gz":
            return next_member(raw, after)
        at = after + 1
        raw.seek(at)
        held = b""
        while piece := raw.read(_SEARCH):
            held += piece
            if (place := held.find(RECORD_END + b"WARC/1.")) >= 0:
                return at + place + len(RECORD_END)
            keep = max(len(held) - 16, 0)
            at, held = at + keep, held[keep:]
    return None
