"""`cleaner restore`: what comes back is what was taken, and what is written holds."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import clean_batch
from cleaner.arrow.ledger import decoded_texts, put_back, source_texts
from cleaner.arrow.proof import row_faults
from cleaner.cli import main
from tests.texts import TEXTS

TEXT = (
    "Walkers donâ€™t see the nests.\nAlso Read: Why the dam failed\n\n"
    "The bittern is heard, and on still evenings its call carries three miles over the reeds and beyond.\n"
    "0 Comments\nPost a Comment\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    records = [{"id": name, "text": f"{TEXT}{name}.\n"} for name in "abc"]
    (folder / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    (folder / "b.txt").write_text("0 Comments\n")
    arguments = ["run", str(folder / "a.jsonl"), str(folder / "b.txt"), "--quiet", "--out"]
    assert main([*arguments, str(folder / "out")]) == 0
    assert main([*arguments, str(folder / "one.parquet")]) == 0
    return folder


def restored(made: Path, out: Path, *arguments: str) -> list[dict]:
    assert main(["restore", str(made / "out"), *arguments, "--out", str(out), "--quiet"]) == 0
    return pq.read_table(sorted(out.glob("part-*.parquet"))).to_pylist()


def rows_of(made: Path) -> list[dict]:
    return pq.read_table(sorted((made / "out").glob("part-*.parquet"))).to_pylist()


def test_all_gives_the_source_texts_and_holds(made, tmp_path, capsys):
    rows = restored(made, tmp_path / "r", "--all")
    assert [row["text"] for row in rows] == [TEXT.replace("â€™", "’") + f"{n}.\n" for n in "abc"] + [
        "0 Comments\n"
    ]
    assert [row["status"] for row in rows] == ["clean"] * 4
    assert [row["chars_out"] for row in rows] == [row["chars_in"] for row in rows]
    assert all(row["removals"] == [] for row in rows)
    assert rows[0]["repairs"] == rows_of(made)[0]["repairs"] != []
    inputs = ["--against", str(made / "a.jsonl"), "--against", str(made / "b.txt")]
    assert main(["verify", str(tmp_path / "r"), *inputs]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("rules", [["--rule", "ALR001"], ["--rule", "ALR"], ["--rule", "alr,BKA,ALR001"]])
def test_a_rule_or_a_prefix_brings_back_what_it_took_and_leaves_the_rest(made, tmp_path, capsys, rules):
    if "BKA" in rules[1]:
        assert main(["restore", str(made / "out"), *rules, "--out", str(tmp_path / "r")]) == 2
        assert "no removal stands under BKA; its codes: ALR001" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []
        return
    before, after = rows_of(made), restored(made, tmp_path / "r", *rules)
    for old, new in zip(before, after, strict=True):
        assert new["removals"] == [one for one in old["removals"] if not one["rule"].startswith("ALR")]
        assert new["source_hash"] == old["source_hash"]
    assert "Also Read: Why the dam failed" in after[0]["text"]
    assert "0 Comments" not in after[0]["text"]
    assert [row["status"] for row in after] == ["cleaned"] * 3 + ["empty"]
    assert main(["verify", str(tmp_path / "r")]) == 0, capsys.readouterr().err


def test_an_id_brings_back_its_document_alone(made, tmp_path):
    before, after = rows_of(made), restored(made, tmp_path / "r", "--id", "b", "--id", "c")
    assert [row["removals"] == [] for row in after] == [False, True, True, False]
    assert after[0] == before[0]


def test_rule_and_id_narrow_each_other(made, tmp_path):
    before, after = rows_of(made), restored(made, tmp_path / "r", "--id", "b", "--rule", "ALR")
    back = [len(old["removals"]) - len(new["removals"]) for old, new in zip(before, after, strict=True)]
    assert back == [0, 1, 0, 0]


def test_one_after_the_other_is_all_at_once(made, tmp_path):
    codes = sorted({one["rule"] for row in rows_of(made) for one in row["removals"]})
    place = made / "out"
    for number, code in enumerate(codes):
        out = tmp_path / str(number)
        assert main(["restore", str(place), "--rule", code, "--out", str(out), "--quiet"]) == 0
        place = out
    at_once = restored(made, tmp_path / "all", "--all")
    assert pq.read_table(sorted(place.glob("*.parquet"))).to_pylist() == at_once


def test_a_single_file_is_restored_to_a_single_file(made, tmp_path, capsys):
    out = tmp_path / "two.parquet"
    assert main(["restore", str(made / "one.parquet"), "--all", "--out", str(out), "--quiet"]) == 0
    assert main(["verify", str(out)]) == 0, capsys.readouterr().err
    assert "accounted for" in capsys.readouterr().out


def test_metadata_says_what_was_restored(made, tmp_path):
    restored(made, tmp_path / "r", "--rule", "ALR")
    metadata = pq.read_schema(next((tmp_path / "r").glob("*.parquet"))).metadata
    assert json.loads(metadata[b"cleaner.restored"]) == {"steps": [{"rules": ["ALR"], "ids": None}]}
    assert b"cleaner.rules_hash" in metadata


def test_no_run_goes_on_with_what_was_restored(made, tmp_path, capsys):
    restored(made, tmp_path / "r", "--all")
    assert main(["run", str(made / "a.jsonl"), str(made / "b.txt"), "--out", str(tmp_path / "r")]) == 2
    assert "--overwrite" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ([], "one of --rule, --id and --all"),
        (["--all", "--rule", "ALR"], "--all goes alone"),
        (["--id", "zzz"], "no document has the id 'zzz'"),
        (["--rule", "ZZZ"], "no removal stands under ZZZ"),
    ],
)
def test_a_choice_of_nothing_is_refused(made, tmp_path, capsys, arguments, what):
    assert main(["restore", str(made / "out"), *arguments, "--out", str(tmp_path / "r")]) == 2
    assert what in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


def test_what_stands_there_stays(made, tmp_path, capsys):
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "mine.txt").write_text("mine")
    assert main(["restore", str(made / "out"), "--all", "--out", str(tmp_path / "r")]) == 2
    assert "stands there already" in capsys.readouterr().err
    assert main(["restore", str(made / "out"), "--all", "--out", str(made / "out")]) == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["r", "mine.txt"]


def test_a_row_that_does_not_hold_stops_it_and_nothing_is_left(made, tmp_path, capsys):
    rows = pq.read_table(sorted((made / "out").glob("*.parquet")))
    broken = rows.to_pylist()
    broken[1]["text"] += "x"
    (tmp_path / "bad").mkdir()
    pq.write_table(pa.Table.from_pylist(broken, schema=rows.schema), tmp_path / "bad" / "part-0.parquet")
    assert main(["restore", str(tmp_path / "bad"), "--all", "--out", str(tmp_path / "r")]) == 2
    assert "part-0.parquet, row 2: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.data())
def test_whatever_comes_back_holds_and_undone_it_is_what_came_in(texts, data):
    batch = clean_batch(pa.record_batch({"text": pa.array(texts, pa.string())}))
    codes = sorted({one["rule"] for row in batch["removals"].to_pylist() for one in row})
    chosen = data.draw(st.sets(st.sampled_from(codes))) if codes else set()
    back = put_back(batch, chosen.__contains__)
    assert row_faults(back.batch) == []
    assert source_texts(back.batch) == source_texts(batch)
    assert decoded_texts(back.batch) == texts
    left = {one["rule"] for row in back.batch["removals"].to_pylist() for one in row}
    assert left.isdisjoint(chosen)
    assert back.removals == sum(one["rule"] in chosen for row in batch["removals"].to_pylist() for one in row)
