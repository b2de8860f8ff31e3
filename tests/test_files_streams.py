"""Bytes and lines out of plain, compressed, truncated and damaged files."""

import bz2
import gzip
import lzma

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from cleaner.files.streams import chunks, lines, open_stream, read_all
from cleaner.files.textlines import sniff_file, text_lines
from cleaner.model import InputError

COMPRESS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}
DATA = b"".join(b"line %d of the file\n" % n for n in range(60_000))


def lines_of(path, compression, limit=1 << 20):
    """The lines that could be read, and the error that ended them."""
    got = []
    try:
        with open_stream(path, compression) as stream:
            got.extend(lines(chunks(stream, compression), limit))
    except InputError as error:
        return got, str(error)
    return got, None


@pytest.mark.parametrize("kind", COMPRESS)
def test_compressed_bytes_come_out_whole(tmp_path, kind):
    path = tmp_path / f"x.{kind}"
    path.write_bytes(COMPRESS[kind](DATA))
    assert read_all(str(path), kind, len(DATA)) == DATA


@pytest.mark.parametrize("kind", COMPRESS)
def test_every_member_is_read(tmp_path, kind):
    path = tmp_path / f"x.{kind}"
    path.write_bytes(COMPRESS[kind](b"one\n") + COMPRESS[kind](b"two\n"))
    assert read_all(str(path), kind, 100) == b"one\ntwo\n"


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_truncated_file_gives_what_comes_before_and_says_so(tmp_path, kind):
    path = tmp_path / f"x.{kind}"
    parts = [COMPRESS[kind](DATA[at : at + 300_000]) for at in range(0, len(DATA), 300_000)]
    path.write_bytes(b"".join(parts)[: -len(parts[-1]) // 2])
    got, error = lines_of(str(path), kind)
    assert error is not None
    assert "truncated" in error
    assert got
    assert b"".join(line.data for line in got) == DATA[: sum(line.size for line in got)]


@pytest.mark.parametrize("kind", COMPRESS)
def test_every_truncation_is_noticed(tmp_path, kind):
    whole = COMPRESS[kind](b"a short text\n" * 40)
    path = tmp_path / "x"
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        _, error = lines_of(str(path), kind)
        assert error is not None, f"{kind} cut at {size} of {len(whole)} bytes passed as whole"


@pytest.mark.parametrize("kind", COMPRESS)
def test_what_is_no_such_file_is_named(tmp_path, kind):
    path = tmp_path / "x"
    path.write_bytes(b"just text, not compressed at all\n")
    got, error = lines_of(str(path), kind)
    assert not got
    assert f".{kind}" in error


@given(st.lists(st.binary(max_size=12), max_size=12), st.integers(1, 40))
def test_lines_are_cut_anywhere_and_lose_nothing(pieces, limit):
    data = b"".join(pieces)
    got = list(lines(iter(pieces), limit))
    assert sum(line.size for line in got) == len(data)
    want = data.split(b"\n")
    ends = [part + b"\n" for part in want[:-1]] + ([want[-1]] if want[-1] else [])
    assert [line.size for line in got] == [len(line) for line in ends]
    assert [line.data for line in got] == [line if len(line) <= limit else None for line in ends]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_lines_of_any_charset(tmp_path, codec):
    text = "erste Zeile\nzwölf Böcke\r\nпять ਊ 🦆 end"
    path = tmp_path / "x"
    path.write_bytes(text.encode(codec))
    encoding = sniff_file(str(path), None, None)
    got = list(text_lines(str(path), None, encoding, 1 << 20))
    assert "".join(line.text for line in got) == text
    assert [line.number for line in got] == [1, 2, 3]


def test_lone_cr_ends_lines_where_there_is_no_lf(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"a,b\rc,d\r")
    encoding = sniff_file(str(path), None, None)
    assert [line.text for line in text_lines(str(path), None, encoding, 100)] == ["a,b\r", "c,d\r"]


def test_too_large_a_file_is_not_read_on(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"\0" * 50_000_000))
    with pytest.raises(InputError, match="max-document-size"):
        read_all(str(path), "gz", 1_000_000)
