"""Web archives: what is read, what is counted, and damage told with its offset."""

import bz2
import gzip
import io
import random
import zlib

import pytest
import zstandard

from cleaner.files import members as members_module
from cleaner.files.layout import Layout
from cleaner.files.members import Members
from cleaner.files.paths import find_inputs
from cleaner.files.plan import read, scan
from cleaner.files.reading import ReadSettings
from cleaner.model import InputError
from tests.pages import PROSE, article, members, record, response

PAGES = Layout(pages=("extraction",))


def read_archive(path, settings=ReadSettings()):  # noqa: B008
    """The scan, the rows and the refusals (record, reason) of an archive."""
    (file,) = find_inputs([str(path)]).files
    found = scan(file, settings)
    rows, refused = [], []
    for segment in found.segments:
        rows += read(segment, settings, PAGES, lambda file, row, why: refused.append((row, why)))
    return found, rows, refused


def written(tmp_path, data, name="x.warc"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


RECORDS = (
    record("warcinfo", b"software: none\r\n", Content_Type="application/warc-fields"),
    record("request", b"GET / HTTP/1.1\r\n\r\n", Content_Type="application/http; msgtype=request"),
    response(article(), 1),
    record("metadata", b"fetchTimeMs: 3\r\n"),
    record("revisit", b"HTTP/1.1 200 OK\r\n\r\n", Content_Type="application/http; msgtype=response"),
    response("body { color: red }", 2, Content_Type="text/css"),
    record(
        "resource", article(title="A resource").encode(), number=3, Content_Type="text/html; charset=utf-8"
    ),
    response(article(title="The third"), 4, 404),
)


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("x.warc", b"".join),
        ("x.warc.gz", lambda records: members(*records)),
        ("x.warc.gz", lambda records: gzip.compress(b"".join(records))),
        ("x.warc.zst", lambda records: zstandard.compress(b"".join(records))),
        ("x.warc.bz2", lambda records: bz2.compress(b"".join(records))),
    ],
    ids=["plain", "members", "one member", "zst", "bz2"],
)
def test_pages_are_read_and_the_rest_is_counted(tmp_path, name, pack):
    found, rows, refused = read_archive(written(tmp_path, pack(RECORDS), name))
    assert [row.id for row in rows] == [f"<urn:uuid:0000000{n}>" for n in (1, 3, 4)]
    assert [row.url for row in rows] == [f"https://marsh.example/{end}" for end in (1, 1, 4)]
    assert [row.page.status for row in rows] == [200, None, 404]
    assert rows[0].page.data == article().encode()
    assert [row.page.declared for row in rows] == ["utf-8"] * 3
    assert [row.record for row in rows] == [1, 2, 3]
    assert found.passed == {"warcinfo": 1, "request": 1, "metadata": 1, "revisit": 1, "response": 1}
    assert (found.paged, refused) == (True, [])
    assert len({row.source for row in rows}) == 3


def test_the_source_tells_where_a_record_begins(tmp_path):
    data = members(*RECORDS)
    _, rows, _ = read_archive(written(tmp_path, data, "x.warc.gz"))
    for row in rows:
        offset = int(row.source.removeprefix("x.warc.gz#"))
        assert row.id.encode() in zlib.decompressobj(wbits=31).decompress(data[offset:])
    one = gzip.compress(b"".join(RECORDS))
    _, rows, _ = read_archive(written(tmp_path, one, "y.warc.gz"))
    for row in rows:
        member, inner = map(int, row.source.removeprefix("y.warc.gz#").split("+"))
        assert row.id.encode() in gzip.decompress(one[member:])[inner:][:400]


def test_conversion_records_are_texts(tmp_path):
    text = "\n".join(PROSE).encode()
    wet = [
        record("warcinfo", b"x"),
        record("conversion", text, WARC_Identified_Content_Language="eng,fra"),
        record("conversion", b"caf\xe9", number=2),
        record("conversion", b"{}", Content_Type="application/json"),
    ]
    found, rows, _ = read_archive(written(tmp_path, members(*wet), "CC-MAIN.warc.wet.gz"))
    assert [(row.text, row.lang, row.page) for row in rows] == [
        ("\n".join(PROSE), "eng", None),
        ("café", None, None),
    ]
    assert rows[1].notes
    assert not found.paged


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_pages_that_were_sent_compressed(tmp_path, encoding):
    packed = gzip.compress(article().encode()) if encoding == "gzip" else zlib.compress(article().encode())
    data = response(packed, 1, Content_Encoding=encoding)
    _, rows, _ = read_archive(written(tmp_path, data))
    assert rows[0].page.data == article().encode()


def test_pages_that_were_sent_in_chunks(tmp_path):
    page = article().encode()
    chunked = b"".join(
        b"%x\r\n%s\r\n" % (len(page[at : at + 100]), page[at : at + 100]) for at in range(0, len(page), 100)
    )
    _, rows, _ = read_archive(
        written(tmp_path, response(chunked + b"0\r\n\r\n", 1, Transfer_Encoding="chunked"))
    )
    assert rows[0].page.data == page


def test_a_large_archive_is_parted_at_its_records(tmp_path):
    data = members(*(response(article(title=f"Page {n}"), n) for n in range(40)))
    path = written(tmp_path, data, "x.warc.gz")
    whole = read_archive(path)
    parted = read_archive(path, ReadSettings(unit_bytes=8 * 2000))
    assert len(whole[0].segments) == 1
    assert len(parted[0].segments) > 5
    assert parted[1] == whole[1]
    assert sum(segment.weight for segment in parted[0].segments) == len(data)


class TestDamage:
    @pytest.mark.parametrize("cut", [1, 9, 200])
    def test_a_truncated_member_is_told_with_its_offset(self, tmp_path, cut):
        packed = [gzip.compress(response(article(title=f"Page {n}"), n)) for n in range(1, 4)]
        start = len(packed[0]) + len(packed[1])
        _, rows, refused = read_archive(written(tmp_path, b"".join(packed)[:-cut], "x.warc.gz"))
        kept = [row for row in rows if row.error is None]
        assert [row.id[-2] for row in kept][:2] == ["1", "2"]
        told = [why for _, why in refused] + [row.error for row in rows if row.error]
        assert told == [f"at byte {start}: truncated: the file ends inside it"]

    @pytest.mark.parametrize("cut", [6, 100, 1200])
    def test_a_truncated_plain_archive_is_told_with_its_offset(self, tmp_path, cut):
        records = [response(article(title=f"Page {n}"), n) for n in range(1, 4)]
        start = len(records[0]) + len(records[1])
        data = b"".join(records)[:-cut]
        assert len(data) > start
        _, rows, refused = read_archive(written(tmp_path, data))
        assert [row.id[-2] for row in rows if row.error is None] == ["1", "2"]
        (why,) = [why for _, why in refused] + [row.error for row in rows if row.error]
        assert why.startswith(f"at byte {start}: truncated")

    def test_a_damaged_member_costs_itself_alone(self, tmp_path):
        packed = [gzip.compress(response(article(title=f"Page {n}"), n)) for n in range(1, 6)]
        start = len(packed[0])
        middle = bytearray(packed[1])
        middle[60:70] = b"\xff" * 10
        packed[1] = bytes(middle)
        _, rows, refused = read_archive(written(tmp_path, b"".join(packed), "x.warc.gz"))
        kept = [row for row in rows if row.error is None]
        assert [row.id[-2] for row in kept] == ["1", "3", "4", "5"]
        told = [why for _, why in refused] + [row.error for row in rows if row.error]
        assert len(told) == 1
        assert told[0].startswith(f"at byte {start}: damaged")

    def test_a_header_that_is_none_is_passed_over(self, tmp_path):
        records = [response(article(title=f"Page {n}"), n) for n in range(1, 4)]
        records[1] = b"XARC" + records[1][4:]
        _, rows, refused = read_archive(written(tmp_path, b"".join(records)))
        assert [row.id[-2] for row in rows] == ["1", "3"]
        assert len(refused) == 1
        assert "damaged" in refused[0][1]

    def test_a_truncated_stream_of_another_compression(self, tmp_path):
        noise = random.Random(1)
        pages = [article(noise.randbytes(20_000).hex(), title=f"Page {n}") for n in range(1, 30)]
        data = zstandard.compress(b"".join(response(page, n) for n, page in enumerate(pages, 1)))
        _, rows, refused = read_archive(written(tmp_path, data[:-40], "x.warc.zst"))
        assert 10 < len(rows) <= 29
        (why,) = [why for _, why in refused] + [row.error for row in rows if row.error]
        whole = sum(len(response(page, n)) for n, page in enumerate(pages[: len(rows) - 1], 1))
        assert why == f"at byte 0+{whole}: truncated: the file ends inside it"

    def test_what_is_no_archive_is_no_input(self, tmp_path):
        for name, data in (("x.warc", b"no archive at all\r\n" * 50), ("x.warc.gz", b"\x1f\x8b\x08garbage")):
            (file,) = find_inputs([str(written(tmp_path, data, name))]).files
            with pytest.raises(InputError, match="no web archive, or a damaged one"):
                scan(file, ReadSettings())

    def test_an_empty_archive_holds_nothing(self, tmp_path):
        found, rows, refused = read_archive(written(tmp_path, record("warcinfo", b"x")))
        assert (found.segments, rows, refused) == ([], [], [])


class TestLimits:
    def test_a_large_record_is_an_error_row(self, tmp_path):
        data = response("x" * 500_000, 1) + response(article(), 2)
        _, rows, refused = read_archive(written(tmp_path, data), ReadSettings(max_document_bytes=100_000))
        assert rows[0].error.startswith("refused: 0.5 MB")
        assert (rows[0].text, rows[0].page) == ("", None)
        assert rows[1].page is not None
        assert not refused

    def test_a_page_that_expands_is_an_error_row(self, tmp_path):
        bomb = gzip.compress(b"\0" * 50_000_000)
        data = response(bomb, 1, Content_Encoding="gzip") + response(article(), 2)
        _, rows, _ = read_archive(written(tmp_path, data), ReadSettings(max_document_bytes=1_000_000))
        assert "refused: more than 1.0 MB" in rows[0].error
        assert rows[1].page is not None

    def test_a_member_that_expands_is_refused(self, monkeypatch, tmp_path):
        monkeypatch.setattr(members_module, "LARGE", 1 << 20)
        bomb = record("response", b"\0" * 20_000_000)
        data = members(response(article(), 1), bomb, response(article(), 3))
        _, rows, refused = read_archive(written(tmp_path, data, "x.warc.gz"))
        assert [row.id[-2] for row in rows if row.page] == ["1", "3"]
        assert any("expands more than" in why for _, why in refused)


def test_members_know_their_places():
    two = len(gzip.compress(b"one"))
    packed = gzip.compress(b"one") + gzip.compress(b"two!") + b"\0\0" + gzip.compress(b"three")
    stream = Members(io.BytesIO(packed), "gz")
    assert [stream.read() for _ in range(4)] == [b"one", b"two!", b"three", b""]
    assert list(stream.starts) == [(0, 0), (3, two), (7, packed.rindex(b"\x1f\x8b"))]
    assert stream.damage is None


def test_streams_stop_and_say_why():
    stream = Members(io.BytesIO(gzip.compress(b"one") + gzip.compress(b"two!")[:-3]), "gz")
    assert [stream.read() for _ in range(3)] == [b"one", b"two!", b""]
    assert stream.damage == (len(gzip.compress(b"one")), "truncated: the file ends inside it")
