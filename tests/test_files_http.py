"""HTTP responses of archives: read by their bytes, and what is cut short says so."""

import gzip
import random
import zlib
from functools import partial

import brotli
import pytest
import zstandard

from cleaner.commands.run import RunSettings, run
from cleaner.files.http import body_of, head_of
from cleaner.files.reading import ReadSettings
from tests.pages import PROSE, article, record, response
from tests.test_run_pages import rows
from tests.test_warc import read_archive, written

PAGE = article().encode()
RAW = zlib.compress(PAGE)[2:-4]
gzipped = partial(gzip.compress, mtime=0)  # the same bytes, and so the same test names, in every second


def chunked(data, size=100):
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def taken(data, limit=1 << 20, **headers):
    """What is read of a body that was sent with these headers."""
    block = response(data, **headers).partition(b"\r\n\r\n")[2]
    return body_of(head_of(block), block[:-4], limit)


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (PAGE, {}),
        (PAGE, {"Content_Encoding": "identity"}),
        (PAGE, {"Content_Encoding": "none"}),
        (PAGE, {"Content_Encoding": "gzip"}),
        (PAGE, {"Content_Encoding": "deflate"}),
        (PAGE, {"Content_Encoding": "br"}),
        (PAGE, {"Content_Encoding": "zstd"}),
        (PAGE, {"Content_Encoding": "foo"}),
        (b"\xef\xbb\xbf \n" + PAGE, {"Content_Encoding": "UTF-8"}),
        (PAGE, {"Transfer_Encoding": "chunked"}),
        (b"7 boats\r\n" + PAGE, {"Transfer_Encoding": "chunked"}),
        (b"7b\r\n" + PAGE, {"Transfer_Encoding": "chunked"}),
        (PAGE, {"Content_Length": "10"}),
    ],
)
def test_what_stands_in_plain_text_is_read_as_it_is(data, headers):
    assert taken(data, **headers) == (data, "", "")


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (gzipped(PAGE), {"Content_Encoding": "gzip"}),
        (gzipped(PAGE), {"Content_Encoding": "x-gzip"}),
        (gzipped(PAGE), {"Content_Encoding": "GZIP "}),
        (gzipped(PAGE), {"Content_Encoding": "deflate"}),
        (gzipped(PAGE[:500]) + gzipped(PAGE[500:]), {"Content_Encoding": "gzip"}),
        (gzipped(PAGE) + b"\0\0", {"Content_Encoding": "gzip"}),
        (gzipped(gzipped(PAGE)), {"Content_Encoding": "gzip, gzip"}),
        (gzipped(PAGE), {"Content_Encoding": "gzip, gzip"}),
        (zlib.compress(PAGE), {"Content_Encoding": "deflate"}),
        (RAW, {"Content_Encoding": "deflate"}),
        (zstandard.compress(PAGE), {"Content_Encoding": "zstd"}),
        (brotli.compress(PAGE), {"Content_Encoding": "br"}),
        (chunked(brotli.compress(PAGE)), {"Transfer_Encoding": "chunked", "Content_Encoding": "br"}),
        (chunked(PAGE), {"Transfer_Encoding": "Chunked"}),
        (chunked(PAGE).replace(b"\r\n", b"\n"), {"Transfer_Encoding": "chunked"}),
        (chunked(PAGE).replace(b"64\r\n", b"64;name=value\r\n"), {"Transfer_Encoding": "chunked"}),
        (chunked(gzipped(PAGE)), {"Transfer_Encoding": "chunked", "Content_Encoding": "gzip"}),
        (chunked(gzipped(PAGE)), {"Transfer_Encoding": "gzip, chunked"}),
    ],
)
def test_what_is_packed_is_unpacked(data, headers):
    assert taken(data, **headers) == (PAGE, "", "")


@pytest.mark.parametrize(
    ("data", "cut", "headers"),
    [
        (gzipped(PAGE)[:-60], "gzip", {"Content_Encoding": "gzip"}),
        (gzipped(PAGE)[:-8] + b"\1" * 8, "gzip", {"Content_Encoding": "gzip"}),
        (zlib.compress(PAGE)[:-60], "deflate", {"Content_Encoding": "deflate"}),
        (RAW[:-60], "deflate", {"Content_Encoding": "deflate"}),
        (brotli.compress(PAGE)[:-60], "br", {"Content_Encoding": "br"}),
        (b"3e8\r\n" + PAGE[:700], "chunked", {"Transfer_Encoding": "chunked"}),
        (b"7fffffffffffffff\r\n" + PAGE[:700], "chunked", {"Transfer_Encoding": "chunked"}),
        (chunked(PAGE)[:-5], "chunked", {"Transfer_Encoding": "chunked"}),
        (chunked(PAGE[:500])[:-5] + PAGE[500:], "chunked", {"Transfer_Encoding": "chunked"}),
        (
            chunked(gzipped(PAGE)[:-60]),
            "gzip",
            {"Transfer_Encoding": "chunked", "Content_Encoding": "gzip"},
        ),
    ],
)
def test_of_what_is_cut_short_all_that_is_there_is_read(data, cut, headers):
    found = taken(data, **headers)
    assert (found.cut, found.error) == (cut, "")
    assert len(found.data) >= 500
    assert (PAGE * 99).startswith(found.data)


@pytest.mark.parametrize(
    ("data", "headers", "error"),
    [
        (b"\x01\x02\x03" * 99, {"Content_Encoding": "foo"}, "the Content-Encoding 'foo' is not known"),
        (gzipped(PAGE)[:12], {"Content_Encoding": "gzip"}, "its gzip data is truncated"),
        (b"\xff" * 99, {"Content_Encoding": "deflate"}, "its deflate data is damaged"),
        (b"\xff" * 99, {"Content_Encoding": "br"}, "its br data is damaged or truncated"),
    ],
)
def test_what_cannot_be_unpacked_says_so_in_few_words(data, headers, error):
    assert taken(data, **headers) == (b"", "", error)


@pytest.mark.parametrize(
    ("pack", "name"), [(gzipped, "gzip"), (zstandard.compress, "zstd"), (brotli.compress, "br")]
)
def test_a_body_over_the_limit_is_not_unpacked_to_its_end(pack, name):
    found = taken(pack(b"a" * 50_000_000), limit=100_000, Content_Encoding=name)
    assert 100_000 < len(found.data) < 10_000_000


def test_of_a_zstd_body_that_is_cut_short_whole_blocks_are_read():
    data = random.Random(1).randbytes(400_000)
    found = taken(zstandard.compress(data)[:-60], Content_Encoding="zstd")
    assert (found.cut, found.error) == ("zstd", "")
    assert data.startswith(found.data)
    assert len(found.data) > 200_000


def test_bare_line_feeds_end_the_lines_of_a_header():
    head = head_of(b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n<p>")
    assert (head.status, head.size) == (200, 41)
    assert head_of(b"HTTP/2 404\r\n\r\n").status == 404
    assert head_of(b"HTTP/1.1 abc\r\n\r\n").status is None
    assert head_of(b"HTTP/1.1 200 OK\r\nContent-Type: text/html") is None
    assert head_of(b"<p>HTTP/1.1 200 OK\r\n\r\n") is None


def test_responses_of_every_kind_of_line_end_are_read(tmp_path):
    http = b"HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8\n\n" + PAGE
    found, read, refused = read_archive(written(tmp_path, record("response", http) + response(PAGE, 2)))
    assert [row.page.data for row in read] == [PAGE, PAGE]
    assert (dict(found.passed), refused) == ({}, [])


def test_a_header_longer_than_most_is_read(tmp_path):
    data = response(PAGE, 1, X_Y="y" * 200_000)
    _, read, _ = read_archive(written(tmp_path, data), ReadSettings(max_document_bytes=10_000))
    assert read[0].page.data == PAGE


def test_a_page_without_a_header_of_http_is_a_page(tmp_path):
    data = record("response", PAGE, Content_Type="text/html; charset=utf-8")
    _, read, _ = read_archive(written(tmp_path, data))
    assert (read[0].page.data, read[0].page.status) == (PAGE, None)


def test_rows_say_that_they_are_cut_short(tmp_path):
    data = b"".join(
        (
            response(gzipped(PAGE)[:-60], 1, Content_Encoding="gzip"),
            record(
                "response", response(PAGE).partition(b"\r\n\r\n")[2][:-4], number=2, WARC_Truncated="length"
            ),
            record("conversion", PROSE[0].encode(), number=3, WARC_Truncated="time"),
            response(PAGE, 4),
        )
    )
    path = written(tmp_path, data)
    summary = run([str(path)], str(tmp_path / "out"), settings=RunSettings(workers=1))
    found = rows(tmp_path / "out")
    notes = [[(note["fix"], note["before"]) for note in row["repairs"]] for row in found]
    assert notes == [
        [("decode:truncated", "gzip")],
        [("decode:truncated", "length")],
        [("decode:truncated", "time")],
        [],
    ]
    assert [row["status"] for row in found] == ["clean"] * 4
    assert found[1]["text"] == found[3]["text"]
    assert summary.exit_code == 0
