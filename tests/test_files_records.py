"""JSON Lines and CSV: every record is a row, whatever is wrong with it; types settle over a run."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.columns import Named
from cleaner.files.jsonl import parse, take
from cleaner.files.paths import find_inputs
from cleaner.files.plan import layout_of, read, scan, units_of
from cleaner.files.reading import LEAST_UNIT, SHARES, ReadSettings
from cleaner.files.records import guess_delimiter, records
from cleaner.files.rows import staged
from cleaner.files.textlines import TextLine
from cleaner.model import ConfigError, InputError


def read_file(path, settings=ReadSettings()):  # noqa: B008
    """Rows of a file, the records refused, the output's columns by name, and the error that ended it."""
    (file,) = find_inputs([str(path)]).files
    found = scan(file, settings)
    layout = layout_of([found])
    rows, refused, error = [], [], None
    for segment in found.segments:
        got = []
        try:
            got.extend(read(segment, settings, layout, lambda file, row, why: refused.append((row, why))))
        except InputError as caught:
            error = str(caught)
        rows += got
    (batch,) = [one.passthrough for one in staged(rows, layout)] or [layout.from_records([])]
    return rows, refused, batch, error


def jsonl(tmp_path, *lines, name="x.jsonl"):
    path = tmp_path / name
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n")
    return path


def test_each_line_is_read_alone(tmp_path):
    path = jsonl(tmp_path, '{"text": "one"}', '{"text": "tw', "[1, 2]", "", '{"n": 1}', '{"text": 7}', "7")
    rows, refused, _, error = read_file(path)
    assert [row.source for row in rows] == [f"x.jsonl#{n}" for n in range(1, 7)]
    assert [row.text for row in rows] == ["one", '{"text": "tw', "[1, 2]", "", "7", "7"]
    assert [bool(row.error) for row in rows] == [False, True, True, False, True, True]
    assert rows[1].error == "line 2: broken JSON: Unterminated string starting at column 10"
    assert rows[4].error.startswith("line 6: the text is no string")
    assert not refused
    assert error is None


def test_a_record_over_the_limit_is_refused_and_the_rest_is_read(tmp_path):
    path = jsonl(tmp_path, '{"text": "one"}', '{"text": "' + "x" * 500 + '"}', '{"text": "three"}')
    rows, refused, _, _ = read_file(path, ReadSettings(max_document_bytes=100))
    assert [row.source for row in rows] == ["x.jsonl#1", "x.jsonl#3"]
    ((row, why),) = refused
    assert row == 2
    assert "line 2" in why
    assert "--max-document-size" in why


def test_splits_give_the_same_rows_and_numbers(tmp_path):
    lines = [json.dumps({"text": f"text {n} " + "é" * (n % 50)}, ensure_ascii=False) for n in range(500)]
    lines[100:100] = ["", "{broken", " "]
    path = jsonl(tmp_path, *lines)
    whole = [(r.source, r.text, r.error) for r in read_file(path)[0]]
    (file,) = find_inputs([str(path)]).files
    parts = ReadSettings(unit_bytes=700)
    assert len(scan(file, parts).segments) > 20
    assert [(r.source, r.text, r.error) for r in read_file(path, parts)[0]] == whole


@pytest.mark.parametrize(
    ("values", "kind", "out"),
    [
        ([1, None, 2], pa.int64(), [1, None, 2]),
        ([1, 2.5], pa.float64(), [1.0, 2.5]),
        ([True, False], pa.bool_(), [True, False]),
        (["a", None], pa.string(), ["a", None]),
        ([None, None], pa.string(), [None, None]),
        ([1, "a"], pa.string(), ["1", '"a"']),
        ([True, 1], pa.string(), ["true", "1"]),
        ([2**63, 1], pa.string(), ["9223372036854775808", "1"]),
        ([2**60, 0.5], pa.string(), ["1152921504606846976", "0.5"]),
        ([{"k": [1]}, None], pa.string(), ['{"k": [1]}', None]),
        ([[1], "a"], pa.string(), ["[1]", '"a"']),
        (["half \ud83d gone", "b"], pa.string(), ["half \ufffd gone", "b"]),
    ],
)
def test_types_are_found_over_all_values(tmp_path, values, kind, out):
    path = jsonl(tmp_path, *(json.dumps({"text": "t", "v": value}) for value in values))
    batch = read_file(path)[2]
    assert batch.schema.field("v").type == kind
    assert batch["v"].to_pylist() == out


def test_nan_huge_numbers_depth_and_repeated_keys(tmp_path):
    digits = "9" * 5_000
    deep = "[" * 100_000 + "]" * 100_000
    path = jsonl(
        tmp_path,
        '{"text": "a", "v": NaN}',
        f'{{"text": "b", "w": {digits}}}',
        deep,
        '{"text": 1, "text": "z"}',
    )
    rows, _, batch, _ = read_file(path)
    assert [row.text for row in rows] == ["a", "b", deep, "z"]
    assert rows[2].error == "line 3: broken JSON: nested too deeply"
    assert batch["w"].to_pylist()[1] == digits
    assert str(batch["v"].to_pylist()[0]) == "nan"


def test_lone_surrogates_and_stray_bytes_are_noted_at_their_place_in_the_text(tmp_path):
    path = jsonl(
        tmp_path,
        '{"text": "ok ünï"}',
        r'{"text": "half \ud83d gone"}',
        b'{"pad": "\xc3\xbc\xc3\xbc\xc3\xbc", "text": "caf\xe9 \xf0\x9f ok \xc3\xbc"}',
    )
    rows, *_ = read_file(path)
    assert rows[1].text == "half \ufffd gone"
    assert (rows[1].notes[0].start, rows[1].notes[0].before) == (5, "\\ud83d")
    assert rows[2].text == "café \ufffd ok ü"
    assert [(n.start, n.before) for n in rows[2].notes if n.fix == "decode:bytes"] == [(5, "f09f")]


@pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig", "utf-32-le"])
def test_json_lines_of_any_charset(tmp_path, codec):
    path = tmp_path / "x.jsonl"
    path.write_bytes('{"text": "пять"}\n{"text": "ਊ"}\n'.encode(codec))
    rows, *_ = read_file(path)
    assert [(row.text, row.error) for row in rows] == [("пять", None), ("ਊ", None)]


def test_nested_paths_take_their_field_only(tmp_path):
    path = jsonl(
        tmp_path,
        '{"article": {"body": "one", "by": "A"}, "n": 1}',
        '{"article": {"body": "two"}}',
        '{"article": null}',
    )
    rows, _, batch, _ = read_file(path, ReadSettings(Named(text="article.body", title="article.by")))
    assert [(row.text, row.title) for row in rows] == [("one", "A"), ("two", None), ("", None)]
    assert batch["article"].to_pylist() == [None, None, None]
    with pytest.raises(ConfigError, match=r"article\.text"):
        read_file(path, ReadSettings(Named(text="article.text")))


def test_taking_removes_objects_that_become_empty():
    record = {"a": {"b": {"c": 1}}, "d": 2}
    assert take(record, ("a", "b", "c")) == 1
    assert record == {"d": 2}


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=4)
)
def test_parse_is_json(value):
    text = json.dumps(value)
    assert json.dumps(parse(text)) == text


# CSV


def csv_file(tmp_path, text, name="x.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_quotes_newlines_and_doubled_quotes(tmp_path):
    path = csv_file(tmp_path, 'id,text,n\r\n1,"a ""b"",\r\nc",x\r\n\r\n2,plain,y\r\n')
    rows, _, batch, _ = read_file(path)
    assert [(r.id, r.text, r.error) for r in rows] == [("1", 'a "b",\r\nc', None), ("2", "plain", None)]
    assert batch["n"].to_pylist() == ["x", "y"]
    assert batch.schema.field("n").type == pa.string()


def test_ragged_rows_fail_and_keep_what_they_have(tmp_path):
    rows, _, batch, _ = read_file(csv_file(tmp_path, "id,text,n\n1,short\n2,t,x,beyond\n3\n4,fine,y\n"))
    assert [r.text for r in rows] == ["short", "t", '["3"]', "fine"]
    assert rows[0].error == "line 2: 2 cells where the header has 3"
    assert "beyond" in rows[1].error
    assert [bool(r.error) for r in rows] == [True, True, True, False]
    assert [r.id for r in rows] == ["1", "2", "3", "4"]
    assert batch["n"].to_pylist() == [None, "x", None, "y"]


def test_a_quote_that_is_never_closed_costs_its_line_only(tmp_path):
    rows, *_ = read_file(csv_file(tmp_path, 'text,n\none,1\n"two,2\nthree,3\n"four\nlines",4\nfive,5\n'))
    # the quote of line 3 is closed by that of line 5: read so, the row is ragged
    rows, *_ = read_file(csv_file(tmp_path, 'text,n\none,1\n"two,2\nthree,3\nfour,4\n'))
    assert [(r.text, bool(r.error)) for r in rows] == [
        ("one", False),
        ('"two,2', True),
        ("three", False),
        ("four", False),
    ]
    assert "line 3: a quote that begins here is never closed" in rows[1].error


def test_a_record_that_grows_beyond_the_limit_costs_its_first_line(tmp_path):
    body = "".join(f"row {n},{n}\n" for n in range(100))
    rows, refused, _, _ = read_file(
        csv_file(tmp_path, 'text,n\n"open,0\n' + body), ReadSettings(max_document_bytes=200)
    )
    assert len(rows) == 101
    assert [bool(r.error) for r in rows] == [True] + [False] * 100
    rows, refused, _, _ = read_file(
        csv_file(tmp_path, "text,n\n" + "x" * 500 + ",1\nb,2\n"), ReadSettings(max_document_bytes=200)
    )
    assert [r.text for r in rows] == ["b"]
    assert refused[0][0] == 1


def test_bom_nul_semicolons_and_repeated_names(tmp_path):
    rows, _, batch, _ = read_file(csv_file(tmp_path, b"\xef\xbb\xbftext;a;a;\nx\x00y;1;2;3\n"))
    assert rows[0].text == "x\x00y"
    assert batch.schema.names == ["a", "a_input", "column_4"]
    assert batch.to_pylist() == [{"a": "1", "a_input": "2", "column_4": "3"}]


def test_tabs_and_windows_1252(tmp_path):
    path = csv_file(tmp_path, "text\tn\ncafé “noir”, oui\t1\n".encode("cp1252"), "x.tsv")
    (row,), *_ = read_file(path)
    assert row.text == "café “noir”, oui"
    assert row.notes[0].fix == "decode:charset=windows-1252"


@pytest.mark.parametrize("delimiter", ",;\t|")
def test_delimiters_are_told_from_the_header(delimiter):
    assert guess_delimiter(delimiter.join(["id", '"a, b"', "c", "d"])) == delimiter
    assert guess_delimiter("text") == ","


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), min_size=2, max_size=2),
        min_size=1,
        max_size=6,
    )
)
def test_what_the_csv_module_writes_is_read_back(table):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(table)
    lines = (
        TextLine(n, line, len(line)) for n, line in enumerate(io.StringIO(out.getvalue(), newline="\n"), 1)
    )
    assert [record.cells for record in records(lines, ",", 1 << 20)] == table


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(["a,b\n", '"a\n', 'b",c\n', '""\n', 'a""b,"c"\n', '"\n', "\n", 'x"y,z\n']), max_size=9
    )
)
def test_no_line_is_lost_in_broken_quoting(parts):
    lines = [TextLine(n, part, len(part)) for n, part in enumerate(parts, 1)]
    got = list(records(iter(lines), ",", 1 << 20))
    assert sum(record.size for record in got) == sum(len(part) for part in parts)
    assert [r.number for r in got] == sorted(r.number for r in got)


# over several files


def scans(*paths):
    return [scan(file, ReadSettings()) for file in find_inputs([str(p) for p in paths]).files]


def test_types_are_widened_over_files(tmp_path):
    pq.write_table(pa.table({"text": ["a"], "n": pa.array([1], pa.int32())}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["a"], "n": pa.array([0.5]), "z": [None]}), tmp_path / "b.parquet")
    jsonl(tmp_path, '{"text": "c", "n": 3}', name="c.jsonl")
    layout = layout_of(scans(tmp_path / "a.parquet", tmp_path / "b.parquet", tmp_path / "c.jsonl"))
    assert {c.name: c.type for c in layout.columns} == {"n": pa.float64(), "z": pa.string()}


def test_types_that_no_type_holds_name_both_files(tmp_path):
    pq.write_table(pa.table({"text": ["a"], "n": [1]}), tmp_path / "a.parquet")
    csv_file(tmp_path, "text,n\na,b\n", "b.csv")
    with pytest.raises(InputError) as caught:
        layout_of(scans(tmp_path / "a.parquet", tmp_path / "b.csv"))
    assert "a.parquet" in str(caught.value)
    assert "b.csv" in str(caught.value)


def test_json_meets_csv_as_strings(tmp_path):
    csv_file(tmp_path, "text,n\na,1\n", "a.csv")
    path = jsonl(tmp_path, '{"text": "c", "n": 3}')
    (column,) = layout_of(scans(tmp_path / "a.csv", path)).columns
    assert (column.type, column.json_text) == (pa.string(), True)


def test_units_hold_everything_once_in_order(tmp_path):
    for n in range(40):
        (tmp_path / f"{n:02}.txt").write_text("x" * 1000)
    found = scans(tmp_path)
    units = units_of(found, ReadSettings(unit_bytes=20_000))
    assert len(units) > 5
    flat = [segment for unit in units for segment in unit.segments]
    assert flat == [segment for one in found for segment in one.segments]
    assert [unit.number for unit in units] == list(range(len(units)))


def test_little_is_parted_finely_so_that_no_worker_waits_long():
    settings, mib = ReadSettings(), 1 << 20
    assert [settings.unit_of(size * mib) // mib for size in (0, 1, 31, 63, 64, 128, 256, 9_000)] == [
        *(2, 2, 2, 2),
        *(4, 8, 16, 16),
    ]
    assert all(settings.unit_of(size * mib) * SHARES <= max(size, 32) * mib for size in range(1, 256))
    assert ReadSettings(unit_bytes=1).unit_of(1 << 40) == 1


def test_one_file_of_little_is_parted_too(tmp_path):
    line = json.dumps({"text": "The ferry was late again. " * 400}) + "\n"
    path = tmp_path / "a.jsonl"
    path.write_text(line * 1_000)
    found = scans(path)
    assert len(units_of(found, ReadSettings())) == path.stat().st_size // LEAST_UNIT + 1
    (tmp_path / "b.jsonl").write_text(line * 9_000)
    assert len(units_of(scans(path, tmp_path / "b.jsonl"), ReadSettings())) < 30


def test_a_parquet_column_whose_name_is_no_utf8_is_an_error(tmp_path):
    """Found by fuzzing: Arrow raises a UnicodeDecodeError there, as it opens the file."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["One."], "zzcolumn": ["x"]}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"zzcolumn", b"\x80zcolumn"))
    (file,) = find_inputs([str(path)]).files
    with pytest.raises(InputError, match="damaged"):
        scan(file, ReadSettings())


@pytest.mark.parametrize("group", [1, 40, 100, 1000])
@pytest.mark.parametrize("unit", [1, 2_000, 9_000, 1 << 20])
def test_row_groups_of_any_size_are_parted_into_the_same_rows(tmp_path, monkeypatch, group, unit):
    monkeypatch.setattr("cleaner.arrow.BATCH_ROWS", 16)
    texts = [f"Row {n}: {'ferry ' * (n % 9)}" for n in range(300)]
    table = pa.table({"text": texts, "n": range(300)})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=group, compression="zstd")
    (file,) = find_inputs([str(tmp_path / "a.parquet")]).files
    found = scan(file, ReadSettings(unit_bytes=unit))
    layout = layout_of([found])
    rows = []
    for segment in found.segments:
        assert segment.first_record == len(rows) + 1
        for batch in read(segment, ReadSettings(), layout, refuse=None):
            texts_read, numbers = batch.text.to_pylist(), batch.passthrough["n"].to_pylist()
            rows += zip(batch.source.to_pylist(), texts_read, numbers, strict=True)
    assert rows == [(f"a.parquet#{n + 1}", text, n) for n, text in enumerate(texts)]
    if group >= 100 and unit <= 2_000:
        assert len(found.segments) > 300 // group, "large row groups are cut"
