"""`cleaner verify`: what no row proves by itself is proved by digests, and one fault does not hide others."""

import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleaner.cli import main
from tests.pages import article, response
from tests.test_verify import part_of, said

PAGE = """<html><head><title>Heron returns</title></head><body><article><h1>Heron returns</h1>
<p>The ferry left the island before dawn, with twelve passengers, a crate of hens and the mail. It was cold,
and the wind came from the north.</p>
<p>The second paragraph is of a length that reads like prose, and it ends with a full stop.</p></article>
<div id="comments" class="comments"><div class="comment"><p>I saw the heron too, it stood by the weir for an
hour.</p></div><div class="comment"><p>What a lovely bird, thanks for writing about it.</p></div></div>
</body></html>
"""


def record(n: int) -> dict[str, object]:
    text = f"Heron {n} returns to the weir.\n\nAlso Read: Why the dam failed\n"
    return {"id": f"r{n}", "title": f"Heron {n}", "url": f"https://marsh.example/{n}", "text": text, "n": n}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "in").mkdir()
    (folder / "in" / "m.jsonl").write_text("".join(json.dumps(record(n)) + "\n" for n in range(200)))
    for n in range(5):
        (folder / "in" / f"{n}.txt").write_text(f"Note {n}.\nRead more: The note behind the note\n")
    assert main(["run", str(folder / "in"), "--out", str(folder / "out"), "--quiet"]) == 0
    return folder


@pytest.fixture
def copy(made, tmp_path) -> Path:
    shutil.copytree(made, tmp_path / "made")
    return tmp_path / "made"


def rewrite(part: Path, change) -> None:
    table = pq.read_table(part)
    pq.write_table(change(table), part)


def other(name: str, at: int, change):
    def changed(table: pa.Table) -> pa.Table:
        values = table[name].to_pylist()
        values[at] = change(values[at])
        field = table.schema.field(name)
        return table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))

    return changed


def under(code: str):
    return lambda removals: [{**removals[0], "rule": code}]


CELLS = [
    (other("id", 50, lambda _: "evil"), "its bytes are not those"),
    (other("url", 50, lambda _: "evil"), "its bytes are not those"),
    (other("title", 50, lambda _: None), "its bytes are not those"),
    (other("lang", 50, lambda _: "xx"), "its bytes are not those"),
    (other("n", 50, lambda n: n + 1), "its bytes are not those"),
    (lambda table: table.drop_columns(["n"]), "its bytes are not those"),
    (other("removals", 50, under("ZZZ999")), "row 51 (id r45): a removal stands under 'ZZZ999'"),
    (other("removals", 50, under("")), "row 51 (id r45): a removal names no rule"),
]


@pytest.mark.parametrize(("change", "what"), CELLS)
def test_no_cell_changes_unseen(copy, capsys, change, what):
    rewrite(part_of(copy), change)
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert what in err
    assert "in what no row proves by itself" in err or "row 51" in err


@pytest.mark.parametrize("name", ["id", "url", "title"])
def test_against_the_sources_the_row_of_another_cell_is_named(copy, capsys, name):
    rewrite(part_of(copy), other(name, 50, lambda _: "evil"))
    code, _, err = said(capsys, copy / "out", "--against", copy / "in")
    assert code == 1
    assert f"its source gives the {name} " in err
    assert f", row 51 (id {'evil' if name == 'id' else 'r45'})" in err


@pytest.mark.parametrize("name", ["part-00000.parquet", "_cleaner/manifest.jsonl", "_cleaner/sites.arrow"])
@pytest.mark.parametrize("at", [0.0, 0.3, 0.9999])
def test_no_byte_changes_unseen(copy, capsys, name, at):
    path = copy / "out" / name
    data = bytearray(path.read_bytes())
    data[int(at * len(data))] ^= 1
    path.write_bytes(data)
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert Path(name).name in err


def test_a_digest_that_changed_in_the_manifest_is_a_change_of_the_manifest(copy, capsys):
    path = copy / "out" / "_cleaner" / "manifest.jsonl"
    before, key, after = path.read_text().rpartition('"sites.arrow": "')
    path.write_text(before + key + ("0" if after[0] != "0" else "1") + after[1:])
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert "manifest.jsonl: its bytes are not those that the run wrote" in err


def test_a_line_of_the_manifest_that_is_cut_off_is_told(copy, capsys):
    path = copy / "out" / "_cleaner" / "manifest.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert "manifest.jsonl: its bytes are not those that the run wrote" in err


def test_a_host_profile_that_is_gone_is_told(copy, capsys):
    (copy / "out" / "_cleaner" / "sites.arrow").unlink()
    code, _, err = said(capsys, copy / "out")
    assert code == 1
    assert "sites.arrow: is missing" in err


def test_a_manifest_of_an_earlier_version_is_read(copy, capsys):
    """It has no digests: what it proves is proved, and what it does not is said."""
    path = copy / "out" / "_cleaner" / "manifest.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        for key in ("sha256", "sealed", "codes"):
            line.pop(key, None)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines if line["kind"] != "end"))
    code, out, err = said(capsys, copy / "out")
    assert code == 0, err
    assert "other columns were not proved" in out


def test_a_run_does_not_go_by_a_damaged_manifest(copy, capsys):
    path = copy / "out" / "_cleaner" / "manifest.jsonl"
    path.write_text(path.read_text().replace('"segment_rows": [', '"segment_rows": [ ', 1))
    assert main(["run", str(copy / "in"), "--out", str(copy / "out"), "--overwrite"]) == 0
    out, err = capsys.readouterr()
    assert "nothing of it is taken over" in err
    assert "taken over:" not in out
    assert said(capsys, copy / "out")[0] == 0


def test_rows_of_a_part_that_was_changed_are_not_taken_over(copy, capsys):
    """A part of which only some rows hold is read, and held against its digest first."""
    asked = ["run", str(copy / "in"), "--out", str(copy / "out"), "--overwrite"]
    assert main([*asked, "--quiet"]) == 0
    part = part_of(copy)
    data = bytearray(part.read_bytes())
    data[0] ^= 1  # seen by nothing else
    part.write_bytes(data)
    (copy / "in" / "0.txt").write_text("Another note.\n")
    assert main(asked) == 0
    out, _ = capsys.readouterr()
    assert "taken over:" not in out
    assert "their rows are missing from the output, or were changed" in out
    assert said(capsys, copy / "out")[0] == 0


# against the sources


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cut.parquet", None),
        ("empty.parquet", b""),
        ("bad.parquet", b"x" * 100),
        ("no.warc", b"no warc\n" * 50),
    ],
)
def test_an_input_that_could_not_be_read_is_accounted_for(tmp_path, capsys, name, data):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("One.\n")
    path = tmp_path / "in" / name
    if data is None:
        pq.write_table(pa.table({"text": ["One.", "Two."]}), path)
        data = path.read_bytes()[:-20]
    path.write_bytes(data)
    assert main(["run", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--quiet"]) == 1
    code, out, err = said(capsys, tmp_path / "out", "--against", tmp_path / "in")
    assert code == 0, err
    assert "1 input could not be read, as the list of failures says" in out


def test_an_input_that_was_damaged_half_way_is_accounted_for(tmp_path, capsys):
    import gzip

    (tmp_path / "in").mkdir()
    lines = "".join(json.dumps(record(n)) + "\n" for n in range(2_000))
    (tmp_path / "in" / "m.jsonl.gz").write_bytes(gzip.compress(lines.encode())[:-2_000])
    (tmp_path / "in" / "a.txt").write_text("One.\n")
    assert main(["run", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--quiet"]) == 1
    code, _, err = said(capsys, tmp_path / "out", "--against", tmp_path / "in")
    assert code == 0, err


@pytest.mark.parametrize("more", [[], ["--comments"], ["--comments", "--metadata"]])
def test_pages_are_read_again_as_the_run_read_them(tmp_path, capsys, more):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.html").write_text(PAGE)
    (tmp_path / "in" / "p.jsonl").write_text(json.dumps({"html": PAGE}) + "\n")
    assert main(["run", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--quiet", *more]) == 0
    code, _, err = said(capsys, tmp_path / "out", "--against", tmp_path / "in")
    assert code == 0, err
    texts = pq.read_table(part_of(tmp_path))["text"].to_pylist()
    assert all(("> I saw the heron" in text) == bool(more) for text in texts)


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_links_are_followed_where_the_run_did(tmp_path, capsys):
    for name in ("in", "else"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text("One.\n")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "else")
    asked = ["run", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--quiet", "--follow-links"]
    assert main(asked) == 0
    code, out, err = said(capsys, tmp_path / "out", "--against", tmp_path / "in")
    assert code == 0, err
    assert "2 inputs of the manifest" in out


def edit_the_inputs(folder: Path) -> None:
    lines = (folder / "in" / "m.jsonl").read_text().splitlines(keepends=True)
    lines[150] = lines[150].replace("Heron 150 returns", "Heron 150 turns")
    del lines[20]
    (folder / "in" / "m.jsonl").write_text("".join(lines))
    (folder / "in" / "1.txt").write_text("Another.\n")
    (folder / "in" / "2.txt").unlink()
    (folder / "in" / "late.txt").write_text("Late.\n")


def test_one_lost_record_is_one_fault(copy, capsys):
    edit_the_inputs(copy)
    code, out, err = said(capsys, copy / "out", "--against", copy / "in")
    assert code == 1
    assert out.startswith("5 faults ")
    for told in (
        "(id r20): record 21 of m.jsonl is there no more",
        "(id r150): its source reads differently",
        "(id 1.txt): its source reads differently",
        "the input 2.txt cannot be read again",
        "the input late.txt is no input of the manifest",
    ):
        assert err.count(told) == 1


def test_records_that_came_between_are_one_fault(copy, capsys):
    lines = (copy / "in" / "m.jsonl").read_text().splitlines(keepends=True)
    lines[70:70] = [json.dumps(record(1_000 + n)) + "\n" for n in range(3)]
    (copy / "in" / "m.jsonl").write_text("".join(lines))
    code, out, err = said(capsys, copy / "out", "--against", copy / "in")
    assert (code, out.split()[:2]) == (1, ["1", "fault"])
    assert "(id r70): before it m.jsonl holds 3 records that are no row" in err


def test_many_faults_of_a_kind_hide_no_others(copy, capsys):
    path = copy / "in" / "m.jsonl"
    path.write_text(path.read_text().replace(" returns", " turns"))
    (copy / "in" / "1.txt").write_text("Another.\n")
    (copy / "in" / "late.txt").write_text("Late.\n")
    asked = (copy / "out", "--against", copy / "in")
    code, out, err = said(capsys, *asked)
    assert code == 1
    assert out.startswith("202 faults ")
    assert err.count("reads differently") == 4
    assert "(id 1.txt): its source reads differently" in err
    assert "late.txt is no input" in err
    assert "and 197 more: records that read differently now" in out
    assert "--all-faults" in out
    assert said(capsys, *asked, "--all-faults")[2].count("reads differently") == 201
    figures = json.loads(said(capsys, *asked, "--json")[1])
    assert figures["fault_kinds"] == {"text": 201, "new": 1}
    assert len(figures["first_faults"]) == 5
    assert len(json.loads(said(capsys, *asked, "--json", "--all-faults")[1])["first_faults"]) == 202


def test_a_part_that_is_gone_is_one_fault(copy, capsys):
    part_of(copy).unlink()
    for more in ([], ["--against", copy / "in"]):
        code, out, err = said(capsys, copy / "out", *more)
        assert code == 1
        assert out.startswith("1 fault ")
        assert "part-00000.parquet: is missing: the manifest has 205 rows of 6 inputs there" in err


def test_a_damaged_part_is_one_fault(copy, capsys):
    part = part_of(copy)
    part.write_bytes(part.read_bytes()[:-50])
    code, out, err = said(capsys, copy / "out", "--against", copy / "in")
    assert (code, out.split()[:2]) == (1, ["1", "fault"])
    assert "by the manifest it holds 205 rows of 6 inputs" in err


def archive(numbers: list[int], word: str = "island") -> bytes:
    """A web archive of these pages; all of an edited one's bytes behind it stand elsewhere."""
    prose = "The ferry left the {word} {n} before dawn, with twelve passengers, hens and the mail, in rain."
    return b"".join(response(article(*[prose.format(n=n, word=word)] * 3), n) for n in numbers)


def test_records_of_an_archive_are_lined_up_by_their_texts(tmp_path, capsys):
    path = tmp_path / "in" / "a.warc"
    path.parent.mkdir()
    path.write_bytes(archive(list(range(12))))
    assert main(["run", str(path.parent), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert said(capsys, tmp_path / "out", "--against", path.parent)[0] == 0
    path.write_bytes(archive([0, 1, 3, 4]) + archive([5], "headland") + archive([6, 7, 20, 21, 8, 9, 10, 11]))
    code, out, err = said(capsys, tmp_path / "out", "--against", path.parent)
    assert code == 1
    assert out.startswith("3 faults "), err
    assert err.count(" is there no more") == err.count("reads differently") == 1
    assert err.count("holds 2 records that are no row") == 1
