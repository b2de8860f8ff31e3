"""Web archives: WARC (pages) and WET (texts), record by record, in bounded memory.

Response and resource records of an HTML type are pages, conversion records of plain text are texts; all
others are counted and not read. The readers of web archives end silently where a file is cut short: here
a record that ends early or nowhere, a member that does not decompress and a header that is none are reported
with their offset; what came before is kept, and reading goes on at the next record that can be found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from cleaner.decode import decode
from cleaner.extract import Page, declared_by
from cleaner.extract.parsing import markup_of
from cleaner.files import http
from cleaner.files.framing import HEADER, Record, Stop, own_part, records
from cleaner.files.paths import InputFile
from cleaner.files.reading import ReadSettings, Refuse, Row, Scan, Segment, cut_short
from cleaner.files.streams import too_large
from cleaner.model import InputError

PAGE, TEXT = "page", "text"
SHARE = 8
"""A segment is this share of a unit's bytes: its pages take long to extract."""
HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
_LOOK = 8 << 10  # bytes in which most HTTP headers end


class _Kind(NamedTuple):
    """What document a record is: a page or a text; with the header of the response it is in."""

    name: str
    head: http.Head | None = None


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """Look through the records' headers: where the file can be split, and what is not read.

    Damage is met again by the reader, which reports it.
    """
    passed: Counter[str] = Counter()
    cuts = [(0, 1)]
    documents, paged, count = 0, False, 0
    damage: Stop | None = None
    step = max(settings.unit_of(file.size * SHARE) // SHARE, 1)
    for item in records(file):
        if isinstance(item, Stop):
            damage = damage or item
            continue
        count += 1
        offset, inner = item.place
        if not inner and offset - cuts[-1][0] >= step:
            cuts.append((offset, documents + 1))
        kind = _kind(item)
        item.close()
        if fault := item.fault or item.after:
            damage = damage or Stop(item.place, fault)
        if kind is not None:
            documents += 1
            paged = paged or kind.name == PAGE
        elif item.fault is None:
            passed[item.type] += 1
    if not count:
        if damage is None:
            raise InputError("empty: no record is in it (at byte 0)")
        raise InputError(f"no web archive, or a damaged one: {damage.reason} (at byte {damage.place})")
    if not documents and damage is None:
        return Scan(file, [], passed=passed)
    stops: list[int | None] = [cut[0] for cut in cuts[1:]]
    segments = [
        Segment(file, (file.size if stop is None else stop) - start, start, stop, first)
        for (start, first), stop in zip(cuts, [*stops, None], strict=True)
    ]
    return Scan(file, segments, passed=passed, paged=paged)


def read(segment: Segment, settings: ReadSettings, refuse: Refuse) -> Iterator[Row]:
    """The documents of a segment; damage is refused with its offset and reading goes on after it. A document
    that is not whole is a row that says so, with its text as far as it is there."""
    file = segment.file
    number = segment.first_record
    for item in records(file, segment.start, segment.stop):
        if isinstance(item, Stop):
            refuse(file, number, str(item))
            continue
        kind = _kind(item)
        if kind is not None:
            row = _row(item, kind, file, settings)
            row.record = number
            yield row
        item.close()
        if item.fault is not None and kind is None:
            refuse(file, number, str(Stop(item.place, item.fault)))
        if item.after is not None:
            refuse(file, number, str(Stop(item.place, item.after)))
        number += kind is not None


def _row(item: Record, kind: _Kind, file: InputFile, settings: ReadSettings) -> Row:
    """A document as a row; of one that is over the limit or no whole record, one with its error."""
    limit, headers = settings.max_document_bytes, item.headers
    header = kind.head.size if kind.head else 0
    block = item.block(limit + header)
    item.close()
    if item.fault is not None:
        block = own_part(block)
    address = headers.get("warc-target-uri", "").strip("<>") or None
    row = Row(f"{file.source}#{item.place}", "", len(block), id=headers.get("warc-record-id"), url=address)
    if item.fault is None and item.length > limit + header:
        row.error = too_large(item.length, limit)
        return row
    if kind.name == TEXT:
        decoded = decode(block, settings.encoding or declared_by(headers.get("content-type")))
        languages = headers.get("warc-identified-content-language", "")
        row.text, row.notes, row.lang = decoded.text, decoded.notes, languages.split(",")[0].strip() or None
    else:
        _with_page(row, block, item, kind, settings)
    if truncated := headers.get("warc-truncated"):
        row.notes = cut_short(truncated, row.notes)
    if item.fault is not None:
        _failed(row, str(Stop(item.place, item.fault)))
        if item.fault.startswith("refused"):
            row.text, row.notes = "", ()
    return row


def _with_page(row: Row, block: bytes, item: Record, kind: _Kind, settings: ReadSettings) -> None:
    """Give a row its page, of an HTTP response as it was before it was packed for sending."""
    if kind.head is None:
        row.page = Page(block, settings.encoding or declared_by(item.headers.get("content-type")))
        return
    body = http.body_of(kind.head, block, settings.max_document_bytes)
    if body.error:
        row.error = f"its HTTP response cannot be unpacked: {body.error}"
    elif len(body.data) > settings.max_document_bytes:
        row.error = too_large(None, settings.max_document_bytes)
    else:
        declared = settings.encoding or declared_by(kind.head.fields.get("content-type"))
        row.page = Page(body.data, declared, kind.head.status)
        if body.cut:
            row.notes = cut_short(body.cut, row.notes)


def _failed(row: Row, error: str) -> None:
    """Make a row one that failed, with its text or the markup of its page as given."""
    if row.page is not None:
        row.text, notes = markup_of(row.page)
        row.notes, row.page = (*row.notes, *notes), None
    row.error = error


def _kind(item: Record) -> _Kind | None:
    """What document a record is; None where it is none."""
    name = item.headers.get("content-type")
    if item.type == "conversion":
        return _Kind(TEXT) if _type(name) in ("text/plain", "") else None
    if item.type not in ("response", "resource"):
        return None
    if item.type == "response":
        ahead = item.peek(_LOOK)
        head = http.head_of(ahead)
        if head is None and ahead.startswith(b"HTTP/") and len(ahead) == _LOOK:
            head = http.head_of(item.peek(HEADER))
        if head is not None:
            return _Kind(PAGE, head) if _type(head.fields.get("content-type")) in HTML_TYPES else None
        if ahead.startswith(b"HTTP/"):
            return None
    return _Kind(PAGE) if _type(name) in HTML_TYPES else None


def _type(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()
