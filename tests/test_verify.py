"""`cleaner verify`: a sound output holds, and each way of breaking one is found and named."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cleaner import clean_batch
from cleaner.arrow.proof import row_faults, schema_faults
from cleaner.cli import main
from cleaner.files.accounts import record_of
from tests.texts import TEXTS

RECORDS = [
    {"id": "a", "text": "The boat left at seven.\n\nAlso Read: Why the dam failed\n"},
    {"id": "b", "text": "Es regnet in Köln.\n0 Comments\n"},
    {"id": "c", "text": "Walkers donâ€™t disturb the nests.\n"},
    {"id": "d", "text": {"no": "string"}},
    {"id": "e", "text": "The bittern is heard more often than it is seen.\n"},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "in").mkdir()
    lines = [json.dumps(record) for record in RECORDS]
    (folder / "in" / "a.jsonl").write_text("\n".join([*lines[:2], "", *lines[2:]]) + "\n")
    (folder / "in" / "note.txt").write_text("A note.\nRead more: The note behind the note\n")
    assert main(["run", str(folder / "in"), "--out", str(folder / "out"), "--quiet"]) == 1
    return folder


@pytest.fixture
def copy(made, tmp_path) -> Path:
    """The output, for a test to break."""
    shutil.copytree(made, tmp_path / "made")
    return tmp_path / "made"


def said(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["verify", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def part_of(folder: Path) -> Path:
    (part,) = (folder / "out").glob("part-*.parquet")
    return part


def rewrite(part: Path, change) -> None:
    """Write a part anew, its rows as ``change`` makes them."""
    table = pq.read_table(part)
    rows = table.to_pylist()
    rows = change(rows) or rows
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), part)


def test_a_sound_output_holds(made, capsys):
    code, out, err = said(capsys, made / "out")
    assert code == 0
    assert out.startswith("6 rows of 1 file hold")
    assert "2 inputs of the manifest accounted for" in out
    assert "error" not in err


def test_a_sound_output_holds_against_its_sources(made, capsys):
    code, out, _ = said(capsys, made / "out", "--against", made / "in")
    assert code == 0
    assert "read again" in out


def test_one_file_holds_without_a_manifest(made, capsys):
    code, out, _ = said(capsys, part_of(made))
    assert code == 0
    assert "no manifest stands beside it" in out


def row(name: str):
    """A change of the row with this id."""

    def decorate(function):
        def change(rows):
            (found,) = (one for one in rows if one["id"] == name)
            function(found)

        return change

    return decorate


@row("a")
def other_text(one):
    one["text"] = one["text"].replace("seven", "eight")


@row("a")
def other_removal(one):
    one["removals"][0]["text"] = one["removals"][0]["text"].replace("dam", "dim")


@row("b")
def other_letter_beyond_ascii(one):
    one["text"] = one["text"].replace("ö", "o")


@row("a")
def longer_removal(one):
    one["removals"][0]["text"] += "x"


@row("a")
def lost_removal(one):
    one["removals"] = []


@row("a")
def moved_removal(one):
    one["removals"][0]["start"] -= 1
    one["removals"][0]["end"] -= 1


@row("a")
def removal_beyond_the_end(one):
    one["removals"][0]["start"] += 500
    one["removals"][0]["end"] += 500


@row("a")
def backward_removal(one):
    first = one["removals"][0]
    first["start"], first["end"] = first["end"], first["start"]


@row("a")
def null_place(one):
    one["removals"][0]["start"] = None


@row("a")
def no_text(one):
    one["text"] = None


@row("e")
def wrong_count(one):
    one["chars_out"] += 1


@row("e")
def wrong_count_of_the_source(one):
    one["chars_in"] += 1


@row("e")
def wrong_hash(one):
    one["source_hash"] = one["source_hash"].upper()


@row("e")
def wrong_status(one):
    one["status"] = "cleaned"


@row("e")
def no_status(one):
    one["status"] = "done"


@row("e")
def empty_with_text(one):
    one["status"] = "empty"


@row("d")
def failed_without_error(one):
    one["error"] = None


@row("c")
def repair_beyond_the_end(one):
    one["repairs"][0]["end"] += 500


@row("c")
def repairs_that_overlap(one):
    one["repairs"] *= 2


@row("e")
def other_input(one):
    one["source"] = "b.jsonl#5"


BREAKS = [
    (other_text, "a", "are not the source text"),
    (other_removal, "a", "are not the source text"),
    (other_letter_beyond_ascii, "b", "are not the source text"),
    (longer_removal, "a", "not as long as its span"),
    (lost_removal, "a", "`chars_in` is not"),
    (moved_removal, "a", "are not the source text"),
    (removal_beyond_the_end, "a", "outside the source text"),
    (backward_removal, "a", "a removal is empty"),
    (null_place, "a", "a place in `removals` is null"),
    (no_text, "a", "`text` is null"),
    (wrong_count, "e", "`chars_out` is not the length"),
    (wrong_count_of_the_source, "e", "`chars_in` is not"),
    (wrong_hash, "e", "are not the source text"),
    (wrong_status, "e", "has no removals"),
    (no_status, "e", "`status` is none of"),
    (empty_with_text, "e", "`empty`"),
    (failed_without_error, "d", "`error`"),
    (repair_beyond_the_end, "c", "repairs are not sorted"),
    (repairs_that_overlap, "c", "repairs overlap"),
    (other_input, "e", "none of the manifest's"),
]


@pytest.mark.parametrize(("change", "id", "what"), BREAKS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_row_is_named(copy, capsys, change, id, what):
    part = part_of(copy)
    rewrite(part, change)
    code, out, err = said(capsys, copy / "out")
    assert code == 1
    assert f"{part}, row {ord(id) - 96} (id {id}): " in err
    assert what in err
    assert "hold" not in out


def drop(rows):
    return [one for one in rows if one["id"] != "b"]


def swap(rows):
    return [*rows[1::-1], *rows[2:]]


def double(rows):
    return [rows[0], *rows]


def drop_the_note(rows):
    return rows[:-1]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (drop, "before it record 2 of a.jsonl is missing"),
        (swap, "record 1 of a.jsonl comes after record 2"),
        (double, "record 1 of a.jsonl comes after record 1: twice"),
        (drop_the_note, "the input note.txt has no row"),
    ],
)
def test_rows_that_are_missing_twice_or_moved_are_told(copy, capsys, change, what):
    rewrite(part_of(copy), change)
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert what in err


def test_a_column_of_another_type_is_told(copy, capsys):
    part = part_of(copy)
    table = pq.read_table(part)
    at = table.schema.get_field_index("chars_in")
    table = table.set_column(at, "chars_in", table["chars_in"].cast(pa.int32()))
    pq.write_table(table, part)
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert f"{part}: column `chars_in` is int32, not int64" in err


def test_an_empty_removal_text_beside_a_status_is_no_excuse():
    """Masks of batches that were sliced are of their rows, not of those of the whole."""
    batch = clean_batch(pa.record_batch({"text": [record["text"] for record in RECORDS[:3]]}))
    broken = batch.to_pylist()
    broken[2]["text"] = "?" + broken[2]["text"][1:]
    damaged = pa.RecordBatch.from_pylist(broken, schema=batch.schema)
    assert [fault.row for fault in row_faults(damaged)] == [2]
    assert [fault.row for fault in row_faults(damaged.slice(1))] == [1]
    assert row_faults(damaged.slice(0, 2)) == []


@pytest.mark.parametrize("name", ["manifest.jsonl", "summary.json", "failed.jsonl"])
def test_a_missing_side_file_is_told(copy, capsys, name):
    (copy / "out" / "_cleaner" / name).unlink()
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert name in err


def test_a_failed_row_that_is_on_no_list_is_told(copy, capsys):
    (copy / "out" / "_cleaner" / "failed.jsonl").write_text("")
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert "(id d): it failed, and is not on the list of failures" in err


def test_figures_that_are_not_those_of_the_rows_are_told(copy, capsys):
    path = copy / "out" / "_cleaner" / "summary.json"
    figures = json.loads(path.read_text())
    figures["chars_out"] += 1
    path.write_text(json.dumps(figures))
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert "summary.json: `chars_out` is" in err


def test_a_part_that_is_gone_is_told(copy, capsys):
    part_of(copy).unlink()
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert "part-00000.parquet: is missing: the manifest has 6 rows of 2 inputs there" in err
    assert err.count("out/") == 1


def test_a_part_that_no_run_wrote_is_told(copy, capsys):
    shutil.copy(part_of(copy), copy / "out" / "part-00009.parquet")
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert "part-00009.parquet: holds 6 rows, 0 by the manifest" in err


@pytest.mark.parametrize("cut", [0, 4, 300, -1])
def test_a_truncated_part_is_told(copy, capsys, cut):
    part = part_of(copy)
    part.write_bytes(part.read_bytes()[:cut])
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert f"{part}: no Parquet file, or a damaged one" in err


def test_strings_that_are_no_utf8_are_told(copy, capsys):
    """Found by fuzzing: Arrow hands them on as they are."""
    part = part_of(copy)
    table = pq.read_table(part)
    pq.write_table(table.set_column(0, "id", _bad(table.num_rows)), part)
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert "damaged" in err


def test_names_of_columns_that_are_no_utf8_are_told(tmp_path, capsys):
    """Found by fuzzing, as above."""
    path = tmp_path / "part-0.parquet"
    batch = clean_batch(pa.table({"text": ["One."], "zzcolumn": ["x"]}))
    pq.write_table(batch, path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"zzcolumn", b"\x80zcolumn"))
    code, _, err = said(capsys, path)
    assert code == 1
    assert f"{path}: no Parquet file, or a damaged one" in err


def _bad(rows: int) -> pa.Array:
    """Strings of one byte that is no UTF-8."""
    offsets = pa.array(range(rows + 1), pa.int32()).buffers()[1]
    return pa.StringArray.from_buffers(rows, offsets, pa.py_buffer(b"\xff" * rows))


def test_an_input_of_no_records_is_accounted_for(tmp_path, capsys):
    """Found by fuzzing: a CSV file of a header alone holds no document."""
    (tmp_path / "a.csv").write_text("id,text")
    (tmp_path / "b.txt").write_text("One.")
    assert main(["run", *map(str, tmp_path.iterdir()), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    code, _, err = said(capsys, tmp_path / "out")
    assert code == 0, err


@pytest.mark.parametrize(
    "line", ['{"kind": "unit"}', '{"kind": "unit", "segments": [[]]}', "[]", "{", "null"]
)
def test_a_manifest_that_is_damaged_is_told(copy, capsys, line):
    with (copy / "out" / "_cleaner" / "manifest.jsonl").open("a") as file:
        file.write(line + "\n")
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert "manifest" in err


def test_other_metadata_than_the_manifest_s_is_told(copy, capsys):
    part = part_of(copy)
    table = pq.read_table(part)
    pq.write_table(
        table.replace_schema_metadata({**table.schema.metadata, b"cleaner.rules_hash": b"0"}), part
    )
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert "`cleaner.rules_hash` is not what the manifest says" in err


def change_a_source(folder):
    path = folder / "in" / "a.jsonl"
    path.write_text(path.read_text().replace("heard more", "heard less"))


def add_a_record(folder):
    with (folder / "in" / "a.jsonl").open("a") as file:
        file.write('{"id": "f", "text": "More."}\n')


def remove_a_source(folder):
    (folder / "in" / "note.txt").unlink()


def add_a_source(folder):
    (folder / "in" / "late.txt").write_text("Late.")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (change_a_source, "(id e): its source reads differently from character 21 on: 'less often"),
        (add_a_record, "the input a.jsonl holds 1 record more than there are rows"),
        (remove_a_source, "the input note.txt cannot be read again"),
        (add_a_source, "the input late.txt is no input of the manifest"),
    ],
)
def test_sources_that_changed_are_told(copy, capsys, change, what):
    change(copy)
    assert said(capsys, copy / "out")[0] == 0
    code, _, err = said(capsys, copy / "out", "--against", copy / "in")
    assert code == 1
    assert what in err


def test_json_names_file_row_and_id(copy, capsys):
    rewrite(part_of(copy), other_text)
    code, out, err = said(capsys, copy / "out", "--json")
    figures = json.loads(out)
    assert (code, err.count("not the source text")) == (1, 0)
    assert figures["faults"] == len(figures["first_faults"]) == 2
    assert figures["fault_kinds"] == {"proof": 1, "digest": 1}
    fault = figures["first_faults"][0]
    assert (fault["file"], fault["row"], fault["id"]) == (str(part_of(copy)), 1, "a")


@pytest.mark.parametrize("name", ["nowhere", ""])
def test_where_no_output_lies_nothing_starts(tmp_path, capsys, name):
    code, out, err = said(capsys, tmp_path / name)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")


def test_against_needs_a_manifest(made, capsys):
    code, _, err = said(capsys, part_of(made), "--against", made / "in")
    assert code == 2
    assert "manifest" in err


def test_schema_faults_name_the_column():
    schema = clean_batch(pa.record_batch({"text": ["One."]})).schema
    assert schema_faults(schema) == []
    assert schema_faults(schema.remove(5)) == ["column `text` is missing"] + [
        f"column `{name}` is column {place}, not {place + 1}"
        for place, name in enumerate(schema.names[6:], 6)
    ]


@pytest.mark.parametrize(
    ("source", "inputs", "record"),
    [
        ("a.txt", {"a.txt"}, ("a.txt", (1, 0))),
        ("a#3", {"a#3"}, ("a#3", (1, 0))),
        ("a#3", {"a"}, ("a", (3, 0))),
        ("a#³", {}, ("a#³", (1, 0))),
        ("#7", {}, ("", (7, 0))),
        ("a.warc.gz#8812+512", {}, ("a.warc.gz", (8812, 512))),
    ],
)
def test_record_of(source, inputs, record):
    assert record_of(source, dict.fromkeys(inputs)) == record


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_whatever_is_cleaned_holds(texts):
    assert row_faults(clean_batch(pa.record_batch({"text": pa.array(texts, pa.string())}))) == []


@settings(deadline=None)
@given(TEXTS.filter(str.strip), st.data())
def test_no_character_of_a_text_can_change_unseen(text, data):
    batch = clean_batch(pa.record_batch({"text": [text]}))
    (one,) = batch.to_pylist()
    assume(one["text"] or one["removals"])  # of controls alone nothing stays
    holder = data.draw(st.sampled_from([one, *one["removals"]] if one["text"] else one["removals"]))
    place = data.draw(st.integers(0, len(holder["text"]) - 1))
    letter = "x" if holder["text"][place] != "x" else "y"
    holder["text"] = holder["text"][:place] + letter + holder["text"][place + 1 :]
    assert row_faults(pa.RecordBatch.from_pylist([one], schema=batch.schema))
