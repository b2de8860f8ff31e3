"""Damaged web archives: every damage is told with its own offset, and what stands around it is kept."""

import bz2
import gzip
import lzma
import random
import tracemalloc

import pytest
import zstandard

from cleaner.cli import main
from cleaner.files.framing import Record, records
from cleaner.files.members import Members
from cleaner.files.paths import find_inputs
from cleaner.files.plan import scan
from cleaner.files.reading import ReadSettings
from cleaner.model import InputError
from tests.pages import article, members, record, response
from tests.test_warc import read_archive, written

RECORDS = [response(article(title=f"Page {n}"), n) for n in range(1, 7)]
STARTS = [sum(map(len, RECORDS[:n])) for n in range(7)]
PACKED = [gzip.compress(one, mtime=0) for one in RECORDS]
PLACES = [sum(map(len, PACKED[:n])) for n in range(7)]
INFO = record("warcinfo", b"software: none\r\n", Content_Type="application/warc-fields")
REQUEST = record("request", b"GET / HTTP/1.1\r\n\r\n")
BAD = 3


def frames(*parts):
    return b"".join(zstandard.compress(part) for part in parts)


def numbers(rows):
    """The records that were read without an error."""
    return [int(row.id[-9:-1]) for row in rows if row.error is None]


def told(rows, refused):
    return [row.error for row in rows if row.error] + [why for _, why in refused]


def with_length(length, number=BAD):
    """The records with one whose Content-Length is another."""
    damaged = list(RECORDS)
    size = int(damaged[number].partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    other = length(size) if callable(length) else length
    damaged[number] = damaged[number].replace(
        b"Content-Length: %d" % size, f"Content-Length: {other}".encode()
    )
    return damaged


class TestNothingIsSilent:
    @pytest.mark.parametrize(
        ("name", "data", "offset", "why"),
        [
            (
                "a.warc.gz",
                members(INFO, REQUEST) + PACKED[0][:60],
                len(members(INFO, REQUEST)),
                "truncated: the file ends inside it",
            ),
            (
                "b.warc",
                INFO + REQUEST + RECORDS[0][:100],
                len(INFO + REQUEST),
                "truncated: the archive ends inside this record's header",
            ),
            ("c.warc.gz", members(INFO) + b"GARBAGE" * 20, len(members(INFO)), "damaged: "),
            ("d.warc", INFO + b"GARBAGE" * 20, len(INFO), "damaged: no record begins here"),
            ("e.warc.zst", frames(INFO) + frames(RECORDS[0])[:60], len(frames(INFO)), "truncated: "),
        ],
    )
    def test_damage_before_the_first_document(self, tmp_path, capsys, name, data, offset, why):
        path = written(tmp_path, data, name)
        _, rows, refused = read_archive(path)
        assert not rows
        assert len(refused) == 1
        assert refused[0][1].startswith(f"at byte {offset}: {why}")
        assert main(["run", str(path), "--out", str(tmp_path / "out"), "--workers", "1"]) == 1
        assert f"at byte {offset}: {why}" in capsys.readouterr().err

    def test_a_record_that_swallows_the_one_page(self, tmp_path):
        long = INFO.replace(b"Content-Length: 16", b"Content-Length: 9000")
        _, rows, refused = read_archive(written(tmp_path, INFO + long + RECORDS[0]))
        assert numbers(rows) == [1]
        assert told(rows, refused)[0].startswith(
            f"at byte {len(INFO)}: truncated: its Content-Length is 9000"
        )

    @pytest.mark.parametrize("name", ["x.warc", "x.warc.gz", "x.warc.zst"])
    def test_an_archive_of_no_bytes(self, tmp_path, name):
        (file,) = find_inputs([str(written(tmp_path, b"", name))]).files
        with pytest.raises(InputError, match=r"empty: no record is in it \(at byte 0\)"):
            scan(file, ReadSettings())

    def test_bare_line_feeds_throughout_make_lengths_wrong(self, tmp_path):
        data = b"".join(RECORDS).replace(b"\r\n", b"\n")
        _, rows, refused = read_archive(written(tmp_path, data))
        assert (len(rows), numbers(rows), refused) == (6, [], [])
        assert all(row.text.startswith("<!doctype html>") for row in rows)

    def test_bare_line_feeds_around_right_lengths_are_read(self, tmp_path):
        data = b"".join(
            one.replace(b"\r\n", b"\n") for one in (record("conversion", b"One.", number=n) for n in (1, 2))
        )
        _, rows, refused = read_archive(written(tmp_path, data))
        assert ([row.text for row in rows], told(rows, refused)) == (["One.", "One."], [])


class TestLengths:
    @pytest.mark.parametrize("pack", [b"".join, lambda all: members(*all), lambda all: frames(*all)])
    @pytest.mark.parametrize("length", [lambda n: n + 10, lambda n: n + 300, 10**7, 2**63, 10**30])
    def test_one_that_is_too_large_costs_its_record_alone(self, tmp_path, pack, length):
        data = pack(with_length(length))
        name = {b"W": "x.warc", b"\x1f": "x.warc.gz", b"(": "x.warc.zst"}[data[:1]]
        _, rows, refused = read_archive(written(tmp_path, data, name))
        assert numbers(rows) == [1, 2, 3, 5, 6]
        assert not refused
        bad = rows[BAD]
        place = {"x.warc": STARTS[BAD], "x.warc.gz": len(members(*RECORDS[:BAD]))}.get(
            name, len(frames(*RECORDS[:BAD]))
        )
        assert bad.source == f"{name}#{place}"
        assert bad.error.startswith(f"at byte {place}: ")
        assert "Content-Length" in bad.error
        assert bad.text.startswith("<!doctype html>")
        assert "Page 5" not in bad.text

    @pytest.mark.parametrize(
        "pack", [b"".join, lambda all: members(*all), lambda all: gzip.compress(b"".join(all))]
    )
    @pytest.mark.parametrize("short", [10, 300])
    def test_one_that_is_too_small_fails_its_record(self, tmp_path, pack, short):
        data = pack(with_length(lambda n: n - short))
        name = "x.warc" if data[:1] == b"W" else "x.warc.gz"
        _, rows, refused = read_archive(written(tmp_path, data, name))
        assert numbers(rows) == [1, 2, 3, 5, 6]
        assert not refused
        assert rows[BAD].error.startswith(
            f"at byte {rows[BAD].source.partition('#')[2]}: damaged: its Content-L"
        )
        assert rows[BAD].text == article(title="Page 4")[:-short]

    @pytest.mark.parametrize("length", ["", "abc", "-5", "12.5", "9" * 50])
    def test_one_that_is_none_is_told(self, tmp_path, length):
        for name, data in (
            ("x.warc", b"".join(with_length(length))),
            ("x.warc.gz", members(*with_length(length))),
        ):
            place = STARTS[BAD] if name == "x.warc" else len(members(*RECORDS[:BAD]))
            _, rows, refused = read_archive(written(tmp_path, data, name))
            assert numbers(rows) == [1, 2, 3, 5, 6]
            assert refused == [
                (4, f"at byte {place}: damaged: its header has no Content-Length that is a number")
            ]

    def test_a_page_that_quotes_a_record_is_whole(self, tmp_path):
        quoting = response(article("</p><pre>\r\n\r\n" + RECORDS[0].decode() + "</pre>"), 9)
        _, rows, refused = read_archive(written(tmp_path, RECORDS[0] + quoting + RECORDS[1]))
        assert (numbers(rows), refused) == ([1, 9, 2], [])

    def test_the_end_of_a_record_may_be_missing_where_its_member_ends(self, tmp_path):
        _, rows, refused = read_archive(
            written(tmp_path, members(*(one[:-4] for one in RECORDS)), "x.warc.gz")
        )
        assert (numbers(rows), refused) == ([1, 2, 3, 4, 5, 6], [])


class TestGarbage:
    @pytest.mark.parametrize("junk", [b"GARBAGE\r\n" * 50, b"GARBAGE" * 50, b"WARC/1.0\r\nno header\r\n\r\n"])
    @pytest.mark.parametrize("at", [0, 4, 6])
    def test_between_records_it_costs_none(self, tmp_path, junk, at):
        data = b"".join([*RECORDS[:at], junk, *RECORDS[at:]])
        _, rows, refused = read_archive(written(tmp_path, data))
        assert numbers(rows) == [1, 2, 3, 4, 5, 6]
        assert [(number, why.partition(": ")[0]) for number, why in refused] == [
            (at + 1, f"at byte {STARTS[at]}")
        ]
        data = b"".join([*PACKED[:at], junk, *PACKED[at:]])
        _, rows, refused = read_archive(written(tmp_path, data, "x.warc.gz"))
        assert numbers(rows) == [1, 2, 3, 4, 5, 6]
        assert refused[0][1].startswith(f"at byte {PLACES[at]}: damaged")

    def test_a_header_without_an_end_is_passed_over(self, tmp_path):
        long = RECORDS[2].replace(b"https://", b"https://" + b"x" * 3_000_000)
        _, rows, refused = read_archive(written(tmp_path, b"".join([*RECORDS[:2], long, *RECORDS[3:]])))
        assert numbers(rows) == [1, 2, 4, 5, 6]
        assert refused == [(3, f"at byte {STARTS[2]}: damaged: its header is longer than 1048576 bytes")]

    @pytest.mark.parametrize("cut", [20, 100, 600])
    def test_an_archive_put_behind_one_that_was_cut(self, tmp_path, cut):
        _, rows, refused = read_archive(
            written(tmp_path, RECORDS[0] + RECORDS[1][:cut] + b"".join(RECORDS[2:]))
        )
        assert numbers(rows) == [1, 3, 4, 5, 6]
        assert [why.partition(": ")[0] for why in told(rows, refused)] == [f"at byte {STARTS[1]}"]

    def test_blank_lines_between_records_are_none(self, tmp_path):
        data = b"\r\n" + (b"\r\n" * 100).join(RECORDS)
        for name, packed in (("x.warc", data), ("x.warc.gz", gzip.compress(data))):
            _, rows, refused = read_archive(written(tmp_path, packed, name))
            assert (numbers(rows), refused) == ([1, 2, 3, 4, 5, 6], [])

    def test_padding_between_members_is_none(self, tmp_path):
        data = b"".join([*PACKED[:3], b"\0" * 100_000, gzip.compress(b""), *PACKED[3:], b"\0" * 512])
        _, rows, refused = read_archive(written(tmp_path, data, "x.warc.gz"))
        assert (numbers(rows), refused) == ([1, 2, 3, 4, 5, 6], [])


class TestCompression:
    def test_whole_frames_before_a_cut_are_kept(self, tmp_path):
        data = frames(*RECORDS)
        place = len(frames(*RECORDS[:5]))
        _, rows, refused = read_archive(written(tmp_path, data[: place + 100], "x.warc.zst"))
        assert numbers(rows) == [1, 2, 3, 4, 5]
        assert told(rows, refused) == [f"at byte {place}: truncated: the file ends inside it"]

    def test_a_damaged_frame_costs_itself_alone(self, tmp_path):
        place, end = (len(frames(*RECORDS[:n])) for n in (2, 3))
        data = bytearray(frames(*RECORDS))
        data[place + 9 : end - 100] = b"\xff" * (end - 100 - place - 9)
        _, rows, refused = read_archive(written(tmp_path, bytes(data), "x.warc.zst"))
        assert numbers(rows) == [1, 2, 4, 5, 6]
        assert told(rows, refused)[0].startswith(f"at byte {place}: damaged: ")

    def test_what_stands_before_a_flip_in_one_member_is_kept(self, tmp_path):
        noise = random.Random(3)
        pages = [response(article(noise.randbytes(3000).hex()), n) for n in range(1, 9)]
        data = bytearray(gzip.compress(b"".join(pages), mtime=0))
        middle = len(data) // 2
        data[middle : middle + 40] = b"\xff" * 40
        _, rows, refused = read_archive(written(tmp_path, bytes(data), "x.warc.gz"))
        assert numbers(rows)[:3] == [1, 2, 3]
        assert told(rows, refused)[0].startswith("at byte 0+")

    def test_a_checksum_that_does_not_hold_fails_the_record(self, tmp_path):
        packed = list(PACKED)
        packed[2] = packed[2][:-8] + bytes(8 * [1])
        _, rows, refused = read_archive(written(tmp_path, b"".join(packed), "x.warc.gz"))
        assert numbers(rows) == [1, 2, 4, 5, 6]
        assert rows[2].error.startswith(f"at byte {PLACES[2]}: damaged")
        assert rows[2].text == article(title="Page 3")
        assert not refused

    def test_an_expanding_member_is_an_error_row(self, monkeypatch, tmp_path):
        monkeypatch.setattr("cleaner.files.members.LARGE", 1 << 20)
        bomb = record("resource", b"<p>" + b"a" * 20_000_000, number=9, Content_Type="text/html")
        data = members(RECORDS[0], bomb, RECORDS[1])
        _, rows, refused = read_archive(written(tmp_path, data, "x.warc.gz"))
        assert (len(rows), numbers(rows), refused) == (3, [1, 2], [])
        assert rows[1].error == f"at byte {PLACES[1]}: refused: it expands more than 500-fold"
        assert rows[1].text == ""

    @pytest.mark.parametrize("packed", [False, True])
    def test_a_zstd_archive_with_its_dictionary(self, tmp_path, packed):
        many = [response(article(title=f"Page {n}"), n) for n in range(40)]
        dictionary = zstandard.train_dictionary(4096, many * 5)
        compressor = zstandard.ZstdCompressor(dict_data=dictionary)
        held = zstandard.compress(dictionary.as_bytes()) if packed else dictionary.as_bytes()
        head = b"\x5d\x2a\x4d\x18" + len(held).to_bytes(4, "little") + held
        data = head + frames(INFO) + b"".join(map(compressor.compress, many))
        path = written(tmp_path, data, "x.warc.zst")
        found, rows, refused = read_archive(path)
        assert numbers(rows) == list(range(40))
        assert (dict(found.passed), refused) == ({"warcinfo": 1}, [])
        assert read_archive(path, ReadSettings(unit_bytes=8 * 500))[1] == rows
        broken = head[:8] + b"\x28\xb5\x2f\xfd" + b"\xff" * (len(held) - 4)
        for damaged, why in ((head[:9], "truncated"), (broken + data, "damaged")):
            (file,) = find_inputs([str(written(tmp_path, damaged, "y.warc.zst"))]).files
            with pytest.raises(InputError, match=f"{why}: .*dictionary"):
                scan(file, ReadSettings())

    @pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, zstandard.compress])
    def test_streams_of_other_compressions_one_after_the_other(self, tmp_path, pack):
        suffix = {bz2.compress: "bz2", lzma.compress: "xz"}.get(pack, "zst")
        data = b"".join(pack(one) for one in RECORDS)
        _, rows, refused = read_archive(written(tmp_path, data, f"x.warc.{suffix}"))
        assert (numbers(rows), refused) == ([1, 2, 3, 4, 5, 6], [])
        _, rows, refused = read_archive(written(tmp_path, data[:-30], f"x.warc.{suffix}"))
        assert numbers(rows)[:5] == [1, 2, 3, 4, 5]
        assert len(told(rows, refused)) == 1

    def test_records_that_run_over_several_members(self, tmp_path):
        whole = b"".join(RECORDS)
        data = members(*(whole[at : at + 333] for at in range(0, len(whole), 333)))
        _, rows, refused = read_archive(written(tmp_path, data, "x.warc.gz"))
        assert (numbers(rows), refused) == ([1, 2, 3, 4, 5, 6], [])
        assert rows[0].page.data == article(title="Page 1").encode()


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_wrong_lengths_throughout_one_member_cost_no_second_reading(tmp_path, monkeypatch, pack):
    opened = []
    real = Members.__init__

    def counted(self, *arguments):
        opened.append(arguments)
        real(self, *arguments)

    monkeypatch.setattr(Members, "__init__", counted)
    data = b"".join(RECORDS * 20).replace(b"\r\n", b"\n")
    name = "x.warc.gz" if pack is gzip.compress else "x.warc.zst"
    (file,) = find_inputs([str(written(tmp_path, pack(data), name))]).files
    found = list(records(file))
    assert len(found) == 120
    assert all(item.fault for item in found)
    assert len(opened) == 1


def hurt(data, noise):
    """Data with a bit flipped, bytes gone or come, or its end cut off."""
    damaged = bytearray(data)
    at = noise.randrange(len(damaged))
    match noise.randrange(4):
        case 0:
            damaged[at] ^= 1 << noise.randrange(8)
        case 1:
            del damaged[at : at + noise.choice((1, 40, 300))]
        case 2:
            damaged[at:at] = noise.randbytes(noise.choice((1, 100)))
        case 3:
            del damaged[at:]
    return bytes(damaged)


@pytest.mark.parametrize("seed", range(30))
def test_parts_agree_with_one_reader_whatever_is_damaged(tmp_path, seed):
    noise = random.Random(seed)
    many = [noise.choice((INFO, REQUEST, response(article(noise.randbytes(200).hex()), n))) for n in range(9)]
    name, pack = noise.choice(
        (
            ("x.warc", b"".join),
            ("x.warc.gz", lambda all: members(*all)),
            ("x.warc.zst", lambda all: frames(*all)),
            ("x.warc.gz", lambda all: gzip.compress(b"".join(all))),
        )
    )
    if noise.random() < 0.5:
        at = noise.randrange(len(many))
        many[at] = hurt(many[at], noise)
        data = pack(many)
    else:
        data = hurt(pack(many), noise)
    path = written(tmp_path, data or b"x", name)
    try:
        _, rows, refused = read_archive(path)
    except InputError:
        return
    for unit in (1, 8 * 600):
        parted = read_archive(path, ReadSettings(unit_bytes=unit))
        assert parted[1:] == (rows, refused)
    places = [row.source for row in rows]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("name", "pack"), [("x.warc", bytes), ("x.warc.gz", gzip.compress), ("x.warc.zst", zstandard.compress)]
)
def test_memory_does_not_grow_with_the_archive(tmp_path, name, pack):
    noise = random.Random(5)
    large = record("metadata", noise.randbytes(100_000) * 300)
    junk = noise.randbytes(100_000) * 100 + b"\n"
    path = written(tmp_path, pack(RECORDS[0] + large + RECORDS[1] + junk + RECORDS[2]), name)
    (file,) = find_inputs([str(path)]).files
    tracemalloc.start()
    try:
        found = [item.type if isinstance(item, Record) else "stop" for item in records(file)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == ["response", "metadata", "response", "stop", "response"]
    assert peak < 16 << 20, "of 40 MB"


def test_it_is_told_with_file_record_and_offset_by_a_run(tmp_path, capsys):
    path = written(tmp_path, b"".join(with_length(10**7)) + b"GARBAGE")
    out = str(tmp_path / "out")
    assert main(["run", str(path), "--out", out, "--workers", "2"]) == 1
    said = capsys.readouterr().err
    assert f"x.warc#{STARTS[BAD]}: at byte {STARTS[BAD]}: truncated: its Content-Length is 10000000" in said
    assert "x.warc, record 7: at byte" in said
    assert main(["verify", out, "--against", str(path)]) == 0


def test_every_cut_is_told_once(tmp_path):
    for name, packed in (
        ("x.warc", RECORDS[0]),
        ("x.warc.gz", PACKED[0]),
        ("x.warc.zst", frames(RECORDS[0])),
    ):
        head = {"x.warc": INFO, "x.warc.gz": members(INFO)}.get(name, frames(INFO))
        for size in range(1, len(packed), 7):
            _, rows, refused = read_archive(written(tmp_path, head + packed[:size], name))
            (why,) = told(rows, refused)
            assert why.startswith(f"at byte {len(head)}: truncated")
