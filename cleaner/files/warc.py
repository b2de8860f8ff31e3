"""Web archives: WARC (pages) and WET (texts), record by record, in bounded memory.

Response and resource records of an HTML type are pages, conversion records of plain text are texts; all
others are counted and not read. The readers of web archives end silently where a file is cut short: here
a record that ends early, a member that does not decompress and a header that is none are reported with their
offset; what came before is kept, and reading goes on at the next record that can be found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, Any, NamedTuple

from cleaner.decode import decode
from cleaner.extract import Page, declared_by
from cleaner.files.members import DamagedMemberError, Members, next_member
from cleaner.files.paths import InputFile, reason_of
from cleaner.files.reading import ReadSettings, Refuse, Scan, Segment
from cleaner.files.rows import Row
from cleaner.files.streams import open_stream, too_large
from cleaner.model import InputError

SHARE = 32
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


class _Damage(NamedTuple):
    """Where reading stopped short, why, and where it can go on."""

    offset: int
    reason: str
    resume: int | None


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """Look through the records' headers: where the file can be split, and what is not read.

    Damage is met again by the reader, which reports it.
    """
    passed: Counter[str] = Counter()
    cuts = [(0, 1)]
    documents, paged, records = 0, False, 0
    step = max(settings.unit_bytes // SHARE, 1)
    for item in _records(file, 0, None):
        if isinstance(item, _Damage):
            if not records and item.resume is None:
                raise InputError(f"no web archive, or a damaged one: {item.reason} (at byte {item.offset})")
            continue
        place, record = item
        records += 1
        if file.compression in (None, "gz") and not place.inner and place.offset - cuts[-1][0] >= step:
            cuts.append((place.offset, documents + 1))
        kind = _kind(record)
        if kind is None:
            passed[record.record_type.name] += 1
        else:
            documents += 1
            paged = paged or kind == "page"
    if not documents:
        return Scan(file, [], passed=passed)
    stops = [cut[0] for cut in cuts[1:]]
    segments = [
        Segment(file, (file.size if stop is None else stop) - start, start, stop, first)
        for (start, first), stop in zip(cuts, [*stops, None], strict=True)
    ]
    return Scan(file, segments, passed=passed, paged=paged)


def read(segment: Segment, settings: ReadSettings, refuse: Refuse) -> Iterator[Row]:
    """The documents of a segment; damage is refused with its offset and reading goes on after it."""
    file, limit = segment.file, settings.max_document_bytes
    number = segment.first_record - 1
    for item in _records(file, segment.start, segment.stop, decode_http=True):
        if isinstance(item, _Damage):
            refuse(file, number + 1, f"at byte {item.offset}: {item.reason}")
            continue
        place, record = item
        kind = _kind(record)
        if kind is None:
            continue
        number += 1
        source = f"{file.source}#{place}"
        try:
            row = _row(record, kind, source, limit, settings.encoding)
        except DamagedMemberError as error:
            damaged = f"at byte {error.offset}: {error.reason}"
            row = Row(source, "", 0, id=record.record_id, error=damaged)
        yield replace(row, record=number)


def _row(record: Any, kind: str, source: str, limit: int, encoding: str | None) -> Row:
    url = record.headers.get("WARC-Target-URI", "").strip("<>") or None
    id = record.record_id
    size = int(record.headers.get("Content-Length") or 0)
    if size > limit + HEADERS:
        return Row(source, "", 0, id=id, url=url, error=too_large(size, limit))
    data = record.reader.read(limit + HEADERS + 1)
    if len(data) > limit:
        return Row(source, "", len(data), id=id, url=url, error=too_large(None, limit))
    if kind == "text":
        decoded = decode(data, encoding or declared_by(record.headers.get("Content-Type")) or "utf-8")
        languages = record.headers.get("WARC-Identified-Content-Language") or ""
        lang = languages.split(",")[0].strip() or None
        return Row(source, decoded.text, size, id=id, url=url, lang=lang, notes=decoded.notes)
    http = record.http_headers
    declared = (
        declared_by(http.get("Content-Type")) if http else declared_by(record.headers.get("Content-Type"))
    )
    status = http.status_code if http else None
    return Row(source, "", size, id=id, url=url, page=Page(data, encoding or declared, status))


def _kind(record: Any) -> str | None:
    """Whether a record is a ``page`` or a ``text``; None where it is neither."""
    name = record.record_type.name
    if name == "conversion":
        return "text" if _type(record.headers.get("Content-Type")) in ("text/plain", "") else None
    if name == "response" and record.http_headers is not None:
        declared = _type(record.http_headers.get("Content-Type"))
        return "page" if declared in HTML_TYPES else None
    if name == "resource":
        return "page" if _type(record.headers.get("Content-Type")) in HTML_TYPES else None
    return None


def _type(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()


def _records(
    file: InputFile, start: int, stop: int | None, decode_http: bool = False
) -> Iterator[tuple[Place, Any] | _Damage]:
    """The records that begin from ``start`` to before ``stop``, each to be read before the next is asked for,
    and the damage between them."""
    at: int | None = start
    while at is not None and (stop is None or at < stop):
        resume = None
        for item in _run(file, at, stop, decode_http):
            yield item
            resume = item.resume if isinstance(item, _Damage) else None
        at = resume


def _run(
    file: InputFile, start: int, stop: int | None, decode_http: bool
) -> Iterator[tuple[Place, Any] | _Damage]:
    """Records up to the first damage, which ends it."""
    from fastwarc.warc import ArchiveIterator

    place = Place(start, 0)
    with _opened(file, start) as stream:
        reader = ArchiveIterator(
            stream,
            parse_http=True,
            auto_decode="all" if decode_http else "none",
            stream_detect=False,
            fsspec_args=False,
        )
        try:
            for record in reader:
                place = _place(stream, start, record.stream_pos)
                if stop is not None and place.offset >= stop:
                    return
                if file.compression is None and (short := _missing(file, place.offset, record)):
                    yield _Damage(place.offset, short, None)
                    return
                yield place, record
            if isinstance(stream, Members) and stream.tail not in (b"", RECORD_END):
                yield _Damage(place.offset, "truncated: its last member does not end as records do", None)
        except DamagedMemberError as error:
            yield _Damage(error.offset, error.reason, _next_record(file, error.offset))
        except (OSError, EOFError, ValueError) as error:
            yield _Damage(place.offset, f"damaged: {reason_of(error)}", _next_record(file, place.offset))


def _opened(file: InputFile, start: int) -> IO[bytes] | Members:
    try:
        if file.compression == "gz":
            return Members(open(file.path, "rb"), start)
        if file.compression is not None:
            return open_stream(file.path, file.compression)
        raw = open(file.path, "rb")  # noqa: SIM115
        raw.seek(start)
    except OSError as error:
        raise InputError(f"cannot be read: {reason_of(error)}") from error
    return raw


def _place(stream: IO[bytes] | Members, start: int, position: int) -> Place:
    if isinstance(stream, Members):
        return Place(*stream.place(position))
    return Place(start + position, 0)


def _missing(file: InputFile, offset: int, record: Any) -> str | None:
    """What a record of a plain file lacks; None where the file holds all of it."""
    length = int(record.headers.get("Content-Length") or 0)
    if offset + length + HEADERS <= file.size:
        return None
    with open(file.path, "rb") as raw:
        raw.seek(offset)
        header = raw.read(HEADERS).find(RECORD_END)
    end = offset + header + len(RECORD_END) + length
    if header >= 0 and end <= file.size:
        return None
    return f"truncated: the file ends {end - file.size:,} bytes before the record does"


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
            if (place := held.find(b"\r\n\r\nWARC/1.")) >= 0:
                return at + place + len(RECORD_END)
            at += max(len(held) - 16, 0)
            held = held[-16:]
    return None
