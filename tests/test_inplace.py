"""Files changed where they lie: every byte that is no text comes out as it went in."""

import csv
import io
import json
import os
import stat

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.columns import Named, NoTextError
from cleaner.files.inplace import Field, fields, writer
from cleaner.files.inplace.jsonl import as_token, members
from cleaner.files.inplace.parquet import differences
from cleaner.files.inplace.texts import BinaryError
from cleaner.files.paths import Failure, find_inputs
from cleaner.files.reading import ReadSettings
from cleaner.model import InputError, OutputError

PLAIN = ReadSettings()


def put(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    (file,) = find_inputs([str(path)]).files
    return file


def texts(file, settings=PLAIN):
    return [one for one in fields(file, settings) if isinstance(one, Field)]


def rewritten(file, change, settings=PLAIN):
    """The file's bytes after ``change`` (text -> text) on each of its texts."""
    out = writer(file, settings)
    try:
        for one in texts(file, settings):
            if (new := change(one.text)) != one.text:
                out.put(one, new)
        out.finish()
        out.commit()
    finally:
        out.close()
    with open(file.path, "rb") as stream:
        return stream.read()


def upper(text):
    return text.upper()


class TestText:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (b"one\r\ntwo", b"ONE\r\nTWO"),
            (b"\xef\xbb\xbfone\n", b"\xef\xbb\xbfONE\n"),
            ("é\n".encode("utf-16"), "É\n".encode("utf-16")),
            ("\ufeffé\n".encode("utf-16-be"), "\ufeffÉ\n".encode("utf-16-be")),
            ("\ufeffé".encode("utf-32-le"), "\ufeffÉ".encode("utf-32-le")),
            (b"lone\rcr", b"LONE\rCR"),
        ],
    )
    def test_mark_charset_and_line_ends_stay(self, tmp_path, data, expected):
        assert rewritten(put(tmp_path / "a.txt", data), upper) == expected

    def test_a_legacy_charset_stays(self, tmp_path):
        text = "Der Müller mußte über die Brücke, und die Flößer grüßten ihn höflich.\n" * 3
        file = put(tmp_path / "a.txt", text.encode("cp1252"))
        assert rewritten(file, lambda one: one.replace("Müller", "Bäcker")) == text.replace(
            "Müller", "Bäcker"
        ).encode("cp1252")

    def test_what_the_charset_lacks_is_refused(self, tmp_path):
        file = put(tmp_path / "a.txt", "Der Müller mußte über die Brücke.\n".encode("cp1252"))
        (one,) = texts(file)
        with pytest.raises(UnicodeEncodeError):
            one.encode(one.text + "→")

    def test_what_would_be_read_in_another_charset_is_refused(self, tmp_path):
        data = "Летом река мелеет, и паром стоит у берега.\n".encode("cp1251")
        (one,) = texts(put(tmp_path / "a.txt", data))
        assert one.encode(one.text) == data
        with pytest.raises(OutputError, match="no longer be read as windows-1251"):
            one.encode("ё")  # one letter alone says nothing

    def test_mixed_bytes_lock_the_text(self, tmp_path):
        (one,) = texts(put(tmp_path / "a.txt", "naïve ’quoted’\n".encode() * 3 + b"caf\xe9 \x81 noir\n"))
        assert "convert it to UTF-8 first" in one.locked

    def test_binary_is_no_text(self, tmp_path):
        with pytest.raises(BinaryError):
            texts(put(tmp_path / "a.txt", bytes(range(256)) * 20))

    def test_a_file_over_the_limit(self, tmp_path):
        with pytest.raises(InputError, match="--max-document-size"):
            texts(put(tmp_path / "a.txt", "x" * 200), ReadSettings(max_document_bytes=100))


class TestJsonl:
    def test_numbers_order_escapes_and_blanks_stay(self, tmp_path):
        data = (
            '{"n": 1.50,"big":12345678901234567890123, "text" : "a\\u00e9", "x": "\\u00e9\\/", "e": 1E5}\r\n'
            "\n"
            '{"text":null,"text ":"no"}\n'
            '  {"z": [1, {"text": "inside"}], "text": "two"}'
        )
        expected = data.replace('"a\\u00e9"', '"A\\u00c9"').replace('"two"', '"TWO"')
        file = put(tmp_path / "a.jsonl", data)
        assert rewritten(file, upper) == expected.encode()

    def test_raw_letters_stay_raw_and_escaped_ones_escaped(self):
        assert as_token("é", '"x"', ascii=False) == '"é"'
        assert as_token("é", '"x"', ascii=True) == '"\\u00e9"'
        assert as_token("a/b", '"a\\/b c"', ascii=False) == '"a\\/b"'

    def test_the_last_of_two_equal_keys_counts(self, tmp_path):
        file = put(tmp_path / "a.jsonl", '{"text": "one", "text": "two"}\n')
        assert [one.text for one in texts(file)] == ["two"]
        assert rewritten(file, upper) == b'{"text": "one", "text": "TWO"}\n'

    def test_a_text_inside_an_object(self, tmp_path):
        file = put(tmp_path / "a.jsonl", '{"a": {"n": 1.0, "body": "one"}, "id": 7.10}\n')
        settings = ReadSettings(Named(text="a.body"))
        assert [one.id for one in texts(file, settings)] == ["7.10"]
        assert rewritten(file, upper, settings) == b'{"a": {"n": 1.0, "body": "ONE"}, "id": 7.10}\n'

    def test_columns_are_told_from_all_lines(self, tmp_path):
        assert texts(put(tmp_path / "nulls.jsonl", '{"text": null}\n{"id": 1, "text": null}\n')) == []
        mixed = put(
            tmp_path / "mixed.jsonl", '{"text": null}\n{"body": {"n": 1}}\n{"text": "a", "body": {}}\n'
        )
        assert [one.text for one in texts(mixed)] == ["a"]
        with pytest.raises(NoTextError):
            texts(put(tmp_path / "other.jsonl", '{"n": 1}\n'))

    def test_a_byte_order_mark(self, tmp_path):
        file = put(tmp_path / "a.jsonl", '\ufeff{"text": "é"}\n{"text": "b"}\n')
        assert rewritten(file, upper) == '\ufeff{"text": "É"}\n{"text": "B"}\n'.encode()

    def test_wide_files(self, tmp_path):
        data = '{"id": 1, "text": "é"}\n{"id": 2, "text": "ü"}\n'
        file = put(tmp_path / "a.jsonl", ("\ufeff" + data).encode("utf-16-le"))
        expected = ("\ufeff" + data.replace("é", "É").replace("ü", "Ü")).encode("utf-16-le")
        assert rewritten(file, upper) == expected

    def test_a_legacy_charset_takes_escapes_for_what_it_lacks(self, tmp_path):
        line = '{"text": "Grüße über die Brücke, müde Flößer"}\n'
        file = put(tmp_path / "a.jsonl", line.encode("cp1252") * 3)
        after = rewritten(file, lambda text: text + "→𝄞")
        assert after == line.replace('r"}', 'r\\u2192\\ud834\\udd1e"}').encode("cp1252") * 3
        assert [one.text[-2:] for one in texts(file)] == ["→𝄞"] * 3

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ('{"text": "a"', "line 1: broken JSON: "),
            ('{"text": "a"} x', "line 1: broken JSON: Extra data at column 15"),
            ('["text"]', "line 1: JSON, but no object"),
            ('{"text": 5}', "line 1: the text is no string"),
            ("not json", "line 1: broken JSON: Expecting value at column 1"),
            ('{"text": "a" "b": 1}', "line 1: broken JSON: Expecting ',' delimiter at column 14"),
        ],
    )
    def test_broken_lines_are_failures_and_stay(self, tmp_path, line, reason):
        data = f'{line}\n{{"text": "b"}}\n'
        file = put(tmp_path / "a.jsonl", data)
        (failure,) = (one for one in fields(file, PLAIN) if isinstance(one, Failure))
        assert failure.error.startswith(reason)
        assert failure.row == 1
        assert rewritten(file, upper) == f'{line}\n{{"text": "B"}}\n'.encode()

    def test_ill_formed_bytes_lock_their_line_only(self, tmp_path):
        data = '{"text": "naïve"}\n'.encode() + b'{"text": "a\xe2\x80"}\n' + '{"text": "ü"}\n'.encode()
        found = texts(put(tmp_path / "a.jsonl", data))
        assert [bool(one.locked) for one in found] == [False, True, False]

    def test_half_a_surrogate_pair_locks(self, tmp_path):
        (one,) = texts(put(tmp_path / "a.jsonl", '{"text": "a\\ud83d"}'))
        assert "surrogate" in one.locked

    @given(
        st.lists(
            st.dictionaries(
                st.text(max_size=4), st.none() | st.floats(allow_nan=False) | st.text() | st.integers()
            ),
            max_size=4,
        ),
        st.booleans(),
        st.sampled_from([None, 1]),
    )
    @settings(max_examples=60, deadline=None)
    def test_members_are_what_json_reads(self, records, ascii, indent):
        for record in records:
            line = json.dumps(record, ensure_ascii=ascii, indent=indent)
            found = list(members(line))
            assert [one.key for one in found] == list(record)
            for one in found:
                assert json.loads(line[one.start : one.end]) == record[one.key]


class TestDelimited:
    def test_quoting_line_ends_and_mark_stay(self, tmp_path):
        data = '\ufeffid;"text";note\r\n"1";"say ""hi""\r\nthere";x\r\n2;plain;"q"\r\n3;;\r\n4;a "b" c;end'
        expected = data.replace('say ""hi""\r\nthere', 'SAY ""HI""\r\nTHERE').replace(";plain;", ";PLAIN;")
        expected = expected.replace('a "b" c', '"A ""B"" C"')  # a quote makes quotes needed
        assert rewritten(put(tmp_path / "a.csv", data), upper) == expected.encode()

    def test_tabs(self, tmp_path):
        file = put(tmp_path / "a.tsv", 'id\ttext\n1\t"a, b"\n2\tc\n')
        assert rewritten(file, upper) == b'id\ttext\n1\t"A, B"\n2\tC\n'

    def test_an_emptied_cell_that_is_all_of_its_record(self, tmp_path):
        file = put(tmp_path / "a.csv", "text\none\ntwo\n")
        assert rewritten(file, lambda text: "" if text == "one" else text) == b'text\n""\ntwo\n'

    def test_lines_are_those_of_the_file(self, tmp_path):
        data = 'a,text\n"x\ny","one\ntwo"\nz,three\n'
        assert [(one.row, one.line) for one in texts(put(tmp_path / "a.csv", data))] == [(1, 3), (2, 5)]

    def test_ragged_records_and_open_quotes_are_failures_and_stay(self, tmp_path):
        data = 'id,text\n1,a\n2,b,c\n3,"open\n4,d\n'
        file = put(tmp_path / "a.csv", data)
        assert [one.row for one in fields(file, PLAIN) if isinstance(one, Failure)] == [2, 3]
        assert rewritten(file, upper) == data.replace("1,a", "1,A").replace("4,d", "4,D").encode()

    def test_lone_cr_ends_records(self, tmp_path):
        assert rewritten(put(tmp_path / "a.csv", "id,text\r1,a\r2,b\r"), upper) == b"id,text\r1,A\r2,B\r"

    def test_no_column_of_texts(self, tmp_path):
        with pytest.raises(NoTextError):
            texts(put(tmp_path / "a.csv", "a,b\n1,2\n"))
        with pytest.raises(NoTextError):
            texts(put(tmp_path / "a.csv", "a,text\n1,2\n"), ReadSettings(Named(text="zzz")))

    @given(
        st.lists(
            st.tuples(st.text("ab\"',;\n é", max_size=6), st.text("ab\"',;\n é", max_size=6)), min_size=1
        ),
        st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        st.sampled_from(["\n", "\r\n"]),
    )
    @settings(max_examples=60, deadline=None)
    def test_the_texts_change_and_the_rest_is_kept(self, tmp_path_factory, rows, quoting, end):
        out = io.StringIO(newline="")
        writing = csv.writer(out, quoting=quoting, lineterminator=end)
        writing.writerows([("note", "text", "n"), *((note, text, "1") for note, text in rows)])
        file = put(tmp_path_factory.mktemp("csv") / "a.csv", out.getvalue())
        assert [one.text for one in texts(file)] == [text for _, text in rows]
        after = rewritten(file, lambda text: text + '"new",\n')
        back = list(csv.reader(io.StringIO(after.decode(), newline="")))
        assert back[1:] == [[note, text + '"new",\n', "1"] for note, text in rows]
        assert (
            rewritten(put(tmp_path_factory.mktemp("csv") / "a.csv", out.getvalue()), str)
            == out.getvalue().encode()
        )


class TestParquet:
    def table(self):
        kind = pa.struct([("body", pa.large_string()), ("n", pa.int8())])
        return pa.table(
            {
                "id": pa.array(["a", "b", "c", "d"]),
                "text": pa.array(["one", None, "two", "three"], pa.dictionary(pa.int32(), pa.string())),
                "when": pa.array([1, 2, None, 4], pa.timestamp("ms", "UTC")),
                "deep": pa.array(
                    [{"body": "x", "n": 1}, None, {"body": None, "n": 3}, {"body": "y", "n": 4}], kind
                ),
                "tags": pa.array([["p"], [], None, ["q", "r"]]),
            }
        ).replace_schema_metadata({"made by": "a test"})

    def write(self, path, **options):
        pq.write_table(self.table(), path, row_group_size=2, **options)
        (file,) = find_inputs([str(path)]).files
        return file

    @pytest.mark.parametrize(
        "options",
        [
            {"compression": "zstd"},
            {"compression": {"id": "gzip", "text": "snappy", "when": "none"}, "use_dictionary": ["id"]},
            {"store_schema": False, "version": "1.0", "compression": "brotli"},
            {"write_page_index": True, "write_statistics": ["id"]},
            {"use_deprecated_int96_timestamps": True},
            {"sorting_columns": [pq.SortingColumn(0)]},
        ],
        ids=["zstd", "each its own", "no arrow schema", "page index", "int96", "sorted"],
    )
    def test_all_but_the_texts_stays(self, tmp_path, options):
        file = self.write(tmp_path / "a.parquet", **options)
        before = pq.ParquetFile(io.BytesIO((tmp_path / "a.parquet").read_bytes()))
        rewritten(file, upper)
        after = pq.ParquetFile(tmp_path / "a.parquet")
        assert differences(before, after) == []
        table = after.read()
        assert table.column("text").to_pylist() == ["ONE", None, "TWO", "THREE"]
        assert table.drop(["text"]).equals(before.read().drop(["text"]))
        for group in range(2):
            old, new = before.metadata.row_group(group), after.metadata.row_group(group)
            assert old.sorting_columns == new.sorting_columns
            for at in range(old.num_columns):
                if before.schema.column(at).path != "text":
                    for name in ("compression", "has_dictionary_page", "is_stats_set", "has_offset_index"):
                        assert getattr(old.column(at), name) == getattr(new.column(at), name), name

    @pytest.mark.parametrize("how", ["compression zstd, row_group_size 2048", "parquet_version v2"])
    def test_a_file_of_another_writer(self, tmp_path, how):
        duckdb = pytest.importorskip("duckdb")
        path = tmp_path / "a.parquet"
        columns = (
            "i as id, 'text ' || i as text, [i] as l, {'n': i::int} as s, map {'k': i} as m, "
            "i::decimal(9, 2) as d, (timestamp '2020-01-01')::timestamp_ns as ns, "
            "date '2020-01-01' as day, (i % 200)::utinyint as u"
        )
        duckdb.sql(f"copy (select {columns} from range(5000) r(i)) to '{path}' (format parquet, {how})")
        (file,) = find_inputs([str(path)]).files
        before, groups = pq.read_table(path), pq.ParquetFile(path).metadata.num_row_groups
        rewritten(file, lambda text: "new" if text == "text 7" else text)
        after = pq.read_table(path)
        assert after.column("text").to_pylist()[6:9] == ["text 6", "new", "text 8"]
        assert after.schema.equals(before.schema, check_metadata=True)
        assert after.drop(["text"]).equals(before.drop(["text"]))
        assert pq.ParquetFile(path).metadata.num_row_groups == groups

    def test_a_text_inside_a_struct(self, tmp_path):
        file = self.write(tmp_path / "a.parquet")
        rewritten(file, upper, ReadSettings(Named(text="deep.body")))
        deep = pq.read_table(tmp_path / "a.parquet").column("deep").to_pylist()
        assert deep == [{"body": "X", "n": 1}, None, {"body": None, "n": 3}, {"body": "Y", "n": 4}]

    def test_only_the_last_row_group_changes(self, tmp_path):
        file = self.write(tmp_path / "a.parquet")
        rewritten(file, lambda text: "new" if text == "three" else text)
        assert pq.read_table(tmp_path / "a.parquet").column("text").to_pylist() == ["one", None, "two", "new"]

    def test_what_cannot_be_kept_leaves_the_file(self, tmp_path, monkeypatch):
        file = self.write(tmp_path / "a.parquet", compression="zstd")
        before = (tmp_path / "a.parquet").read_bytes()
        monkeypatch.setattr(
            "cleaner.files.inplace.parquet._properties",
            lambda old: {"compression": "snappy", "store_schema": False},
        )
        with pytest.raises(OutputError, match="compression cannot be kept"):
            rewritten(file, upper)
        assert (tmp_path / "a.parquet").read_bytes() == before
        assert os.listdir(tmp_path) == ["a.parquet"]


class TestReplacing:
    def test_mode_and_link_stay(self, tmp_path):
        real = tmp_path / "store" / "real.txt"
        real.parent.mkdir()
        put(real, "one\n")
        real.chmod(0o640)
        link = tmp_path / "a.txt"
        link.symlink_to("store/real.txt")
        (file,) = find_inputs([str(link)]).files
        rewritten(file, upper)
        assert link.is_symlink()
        assert real.read_bytes() == b"ONE\n"
        assert stat.S_IMODE(real.stat().st_mode) == 0o640

    def test_a_read_only_file_is_refused(self, tmp_path):
        file = put(tmp_path / "a.txt", "one\n")
        (tmp_path / "a.txt").chmod(0o444)
        with pytest.raises(OutputError, match="read-only"):
            rewritten(file, upper)
        assert (tmp_path / "a.txt").read_bytes() == b"one\n"

    def test_a_file_that_changed_meanwhile_is_left(self, tmp_path):
        file = put(tmp_path / "a.txt", "one\n")
        (one,) = texts(file)
        out = writer(file, PLAIN)
        out.put(one, "ONE\n")
        (tmp_path / "a.txt").write_bytes(b"other\n")
        with pytest.raises(OutputError, match="changed while"):
            out.commit()
        out.close()
        assert (tmp_path / "a.txt").read_bytes() == b"other\n"
        assert os.listdir(tmp_path) == ["a.txt"]

    def test_what_is_not_committed_leaves_nothing(self, tmp_path):
        file = put(tmp_path / "a.txt", "one\n")
        (one,) = texts(file)
        out = writer(file, PLAIN)
        out.put(one, "ONE\n")
        out.close()
        assert (tmp_path / "a.txt").read_bytes() == b"one\n"
        assert os.listdir(tmp_path) == ["a.txt"]

    def test_nothing_is_written_where_nothing_changes(self, tmp_path):
        file = put(tmp_path / "a.txt", "ONE\n")
        before = os.stat(file.path)
        rewritten(file, upper)
        assert os.stat(file.path).st_ino == before.st_ino

    def test_compressed_files_are_read_and_not_written(self, tmp_path):
        import gzip

        file = put(tmp_path / "a.jsonl.gz", gzip.compress(b'{"text": "one"}\n'))
        assert [one.text for one in texts(file)] == ["one"]
        with pytest.raises(OutputError, match="decompress it first"):
            writer(file, PLAIN)
