"""`run`, end to end: what a person gives, what lies in the folder afterwards, how it fails."""

import bz2
import gzip
import io
import json
import lzma
import os
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from cleaner.columns import CONTRACT
from cleaner.commands import crew, making
from cleaner.commands.pool import Pool, WorkerDiedError
from cleaner.commands.run import RunSettings, run
from cleaner.files.reading import ReadSettings
from cleaner.model import ConfigError, InputError, OutputError, RuleError
from cleaner.options import Options

PROSE = "The ferry left the island before dawn, with four passengers, a crate of hens and the mail.\n"


class Said(list):
    """The lines a run says; called as ``say``."""

    def __call__(self, line):
        self.append(line)


def table(out):
    return pq.read_table(out) if str(out).endswith(".parquet") else pq.ParquetDataset(parts(out)).read()


def parts(out):
    return sorted(str(path) for path in Path(out).glob("part-*.parquet"))


def rows(out):
    return table(out).to_pylist()


def failed(out):
    return side(out, "failed.jsonl")


def side(out, name):
    return list(map(json.loads, (Path(out) / "_cleaner" / name).read_text(encoding="utf-8").splitlines()))


def one_worker(**more):
    return RunSettings(workers=1, **more)


@pytest.fixture
def dump(tmp_path):
    """A dump of several formats; 3 texts, 3 JSON records, 2 CSV records, 2 Parquet rows."""
    folder = tmp_path / "dump"
    (folder / "news").mkdir(parents=True)
    (folder / "a.txt").write_text(PROSE)
    (folder / "news/b.md").write_text("# Heron\n\n" + PROSE)
    (folder / "news/c.txt.gz").write_bytes(gzip.compress(PROSE.encode()))
    lines = [
        {"id": "j1", "body": PROSE, "year": 1999},
        {"id": "j2", "body": None},
        {"body": PROSE, "tags": ["x"]},
    ]
    (folder / "d.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "e.csv").write_text(f'id,content,title\n1,"{PROSE}",T\n2,"{PROSE}",\n')
    pq.write_table(
        pa.table({"text": [PROSE, PROSE], "url": ["u", None], "status": [200, 404]}), folder / "f.parquet"
    )
    (folder / "logo.png").write_bytes(b"x")
    return folder


def test_documents_in_are_rows_out_in_order(dump, tmp_path):
    summary = run([str(dump)], str(tmp_path / "out"), settings=one_worker())
    got = rows(tmp_path / "out")
    assert [row["source"] for row in got] == [
        "a.txt",
        *(f"d.jsonl#{n}" for n in (1, 2, 3)),
        *(f"e.csv#{n}" for n in (1, 2)),
        *(f"f.parquet#{n}" for n in (1, 2)),
        "news/b.md",
        "news/c.txt.gz",
    ]
    assert [row["id"] for row in got][:4] == ["a.txt", "j1", "j2", "d.jsonl#3"]
    assert got[2]["text"] == ""
    assert summary.documents == len(got) == 10
    assert summary.exit_code == 0
    assert summary.skipped == {".png": 1}
    assert sum(summary.statuses.values()) == 10
    assert [row["status_input"] for row in got if row["source"].startswith("f.")] == [200, 404]
    assert table(tmp_path / "out").column_names == [*CONTRACT, "year", "tags", "status_input"]


def test_side_files(dump, tmp_path):
    out = tmp_path / "out"
    summary = run([str(dump)], str(out), settings=one_worker())
    assert sorted(os.listdir(out / "_cleaner")) == [
        "failed.jsonl",
        "manifest.jsonl",
        "sites.arrow",
        "summary.json",
    ]
    assert failed(out) == []
    assert json.loads((out / "_cleaner/summary.json").read_text()) == json.loads(summary.to_json())
    head, *entries = side(out, "manifest.jsonl")
    assert head["inputs"] == [str(dump)]
    assert [e["source"] for e in entries if e["kind"] == "input"][:2] == ["a.txt", "d.jsonl"]
    assert sum(e["rows"] for e in entries if e["kind"] == "unit") == 10
    metadata = pq.read_schema(parts(out)[0]).metadata
    assert {
        b"cleaner.version",
        b"cleaner.rules_hash",
        b"cleaner.configuration",
        b"cleaner.profile_hash",
    } <= set(metadata)
    assert json.loads(metadata[b"cleaner.configuration"])["headlines"] == "keep"


def test_schema_never_holds_null_types_and_is_the_same_in_every_part(dump, tmp_path, monkeypatch):
    monkeypatch.setattr(RunSettings, "reading", lambda self: ReadSettings(unit_bytes=1))
    run([str(dump)], str(tmp_path / "out"), settings=one_worker())
    schemas = [pq.read_schema(part) for part in parts(tmp_path / "out")]
    assert len(schemas) > 5
    assert all(schema.equals(schemas[0], check_metadata=True) for schema in schemas)
    assert not any(pa.types.is_null(field.type) for field in schemas[0])


@pytest.fixture
def many(tmp_path, monkeypatch):
    """A dump of some ten small units: 41 texts, 300 JSON records in one file that is split."""
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(41):
        (folder / f"{n:02}.txt").write_text(f"{PROSE}Document {n}.\n" * (n % 7))
    lines = [json.dumps({"id": n % 100, "text": f"{PROSE}{n}"}) for n in range(300)]
    lines[100] = "{broken"
    (folder / "z.jsonl").write_text("\n".join(lines))
    reading = RunSettings.reading
    monkeypatch.setattr(RunSettings, "reading", lambda self: replace(reading(self), unit_bytes=20_000))
    return folder


def test_one_worker_and_two_write_the_same_bytes(many, tmp_path):
    one = run([str(many)], str(tmp_path / "one"), settings=one_worker())
    two = run([str(many)], str(tmp_path / "two"), settings=RunSettings(workers=2))
    first, second = parts(tmp_path / "one"), parts(tmp_path / "two")
    assert len(first) == len(second) > 5
    assert [Path(p).read_bytes() for p in first] == [Path(p).read_bytes() for p in second]
    for name in ("failed.jsonl", "manifest.jsonl"):
        assert side(tmp_path / "one", name) == side(tmp_path / "two", name)
    assert one.documents == two.documents == 341
    assert one.duplicate_ids == two.duplicate_ids == 199
    assert [row["source"] for row in rows(tmp_path / "one")][-1] == "z.jsonl#300"


def test_one_file_holds_what_the_parts_hold(many, tmp_path):
    run([str(many)], str(tmp_path / "one"), settings=one_worker())
    summary = run([str(many)], str(tmp_path / "whole.parquet"), settings=one_worker())
    assert summary.outputs == (str(tmp_path / "whole.parquet"),)
    assert table(tmp_path / "whole.parquet").equals(table(tmp_path / "one"))
    assert {entry["part"] for entry in side(tmp_path, "whole/manifest.jsonl") if entry["kind"] == "unit"} == {
        "whole.parquet"
    }
    run([str(many)], str(tmp_path / "other.parquet"), settings=one_worker())
    run([str(many)], str(tmp_path / "whole.parquet"), settings=one_worker())


def test_progress_ends_where_the_summary_does(dump, tmp_path):
    told = []
    summary = run([str(dump)], str(tmp_path / "out"), settings=one_worker(), progress=told.append)
    last = told[-1]
    assert (last.documents, last.chars_in, last.chars_out) == (10, summary.chars_in, summary.chars_out)
    assert last.bytes_done == last.bytes_total > 0
    assert all(a.bytes_done <= b.bytes_done for a, b in pairwise(told) if a.phase == b.phase)


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstandard.compress)],
)
def test_every_format_compressed(dump, tmp_path, suffix, compress):
    packed = tmp_path / "packed"
    packed.mkdir()
    for name in ("a.txt", "d.jsonl", "e.csv", "f.parquet"):
        (packed / (name + suffix)).write_bytes(compress((dump / name).read_bytes()))
    summary = run([str(packed)], str(tmp_path / "out"), settings=one_worker())
    assert (summary.documents, summary.exit_code) == (8, 0)
    assert [row["source"] for row in rows(tmp_path / "out")][-1] == f"f.parquet{suffix}#2"
    assert {row["text"] for row in rows(tmp_path / "out")} == {PROSE, ""}


def test_standard_input(tmp_path):
    data = gzip.compress(json.dumps({"text": PROSE}).encode() + b"\n")
    summary = run(["-"], str(tmp_path / "out"), settings=one_worker(format="jsonl"), stdin=io.BytesIO(data))
    assert summary.documents == 1
    assert [row["source"] for row in rows(tmp_path / "out")] == ["-#1"]
    with pytest.raises(ConfigError, match="--format"):
        run(["-"], str(tmp_path / "out2"), settings=one_worker(), stdin=io.BytesIO(data))
    assert not (tmp_path / "out2").exists()


# bad input


@pytest.mark.parametrize(
    "argument", ["missing.txt", "empty", "*.nothing", "none.parquet", "cut.txt.gz", "cut.jsonl.gz"]
)
def test_nothing_that_can_be_read_is_an_error_and_leaves_nothing(tmp_path, monkeypatch, argument):
    monkeypatch.chdir(tmp_path)
    os.makedirs("empty")
    Path("none.parquet").write_text("no Parquet at all")
    Path("cut.txt.gz").write_bytes(gzip.compress(PROSE.encode())[:-20])
    Path("cut.jsonl.gz").write_bytes(gzip.compress(b'{"text": "a"}\n')[:12])
    with pytest.raises(InputError, match=r"no readable input"):
        run([argument], "out", settings=one_worker())
    assert not os.path.exists("out")


def test_bad_inputs_among_good_ones(dump, tmp_path):
    whole = b"".join(gzip.compress(json.dumps({"text": f"{n}"}).encode() + b"\n") for n in range(40))
    (dump / "cut.jsonl.gz").write_bytes(whole[:-15])
    (dump / "none.parquet").write_text("PAR1 but no Parquet")
    (dump / "two.jsonl").write_text('{"text": "a", "content": "b"}\n')
    (dump / "page.json").write_text("[]")
    said = Said()
    summary = run([str(dump), "gone.csv"], str(tmp_path / "out"), settings=one_worker(), say=said)
    assert summary.exit_code == 1
    assert summary.documents == len(rows(tmp_path / "out")) == 10 + 39
    reasons = {Path(line["input"]).name: line["error"] for line in failed(tmp_path / "out")}
    assert set(reasons) == {"cut.jsonl.gz", "none.parquet", "two.jsonl", "page.json", "gone.csv"}
    assert "39 records before it were read" in reasons["cut.jsonl.gz"]
    assert "--text-column" in reasons["two.jsonl"]
    assert "JSON Lines" in reasons["page.json"]
    assert summary.failed_inputs == 5
    for name in reasons:
        assert any(name in line for line in said), f"nothing was said of {name}"


def test_json_broken_in_line_812(tmp_path):
    lines = [json.dumps({"text": f"text {n}"}) for n in range(1, 1001)]
    lines[811] = lines[811][:-3]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    said = Said()
    summary = run([str(tmp_path / "x.jsonl")], str(tmp_path / "out"), settings=one_worker(), say=said)
    assert (summary.documents, summary.failed, summary.exit_code) == (1000, 1, 1)
    bad = rows(tmp_path / "out")[811]
    assert (bad["source"], bad["status"], bad["text"]) == ("x.jsonl#812", "failed", lines[811])
    assert "line 812" in bad["error"]
    assert any("812" in line for line in said)
    assert failed(tmp_path / "out")[0]["source"] == "x.jsonl#812"


def test_a_text_column_of_numbers(tmp_path):
    pq.write_table(pa.table({"text": [1, 2]}), tmp_path / "x.parquet")
    summary = run([str(tmp_path / "x.parquet")], str(tmp_path / "out"), settings=one_worker())
    assert (summary.failed, summary.exit_code) == (2, 1)
    assert [row["text"] for row in rows(tmp_path / "out")] == ["1", "2"]


def test_duplicate_ids_are_kept_and_counted(tmp_path):
    (tmp_path / "x.jsonl").write_text("".join(f'{{"text": "t", "id": "{i}"}}\n' for i in "abcabd"))
    summary = run([str(tmp_path / "x.jsonl")], str(tmp_path / "out"), settings=one_worker())
    assert [row["id"] for row in rows(tmp_path / "out")] == list("abcabd")
    assert summary.duplicate_ids == 2
    assert summary.duplicate_example == {"id": "a", "source": "x.jsonl#4"}
    assert summary.exit_code == 0


def test_a_document_over_the_limit_is_refused_with_file_and_row(tmp_path):
    (tmp_path / "x.jsonl").write_text(json.dumps({"text": "y" * 5_000}) + "\n" + json.dumps({"text": "z"}))
    (tmp_path / "x.txt").write_text("y" * 5_000)
    pq.write_table(pa.table({"text": ["y" * 5_000, "z"]}), tmp_path / "x.parquet")
    summary = run(
        [str(tmp_path)], str(tmp_path.parent / "out"), settings=one_worker(max_document_bytes=1_000)
    )
    assert summary.exit_code == 1
    got = rows(tmp_path.parent / "out")
    assert [(r["source"], r["status"]) for r in got] == [
        ("x.jsonl#2", "clean"),
        ("x.parquet#1", "failed"),
        ("x.parquet#2", "clean"),
    ]
    refused = [
        (Path(f["input"]).name, f["row"]) for f in failed(tmp_path.parent / "out") if f["kind"] == "record"
    ]
    assert refused == [("x.jsonl", 1), ("x.txt", 1)]


def test_types_that_do_not_meet_stop_the_run(tmp_path):
    pq.write_table(pa.table({"text": ["a"], "n": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["a"], "n": ["1"]}), tmp_path / "b.parquet")
    with pytest.raises(InputError, match=r"'n' is int64 in .*a\.parquet and string in .*b\.parquet"):
        run([str(tmp_path / "*.parquet")], str(tmp_path / "out"), settings=one_worker())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"workers": 0},
        {"max_document_bytes": 0},
        {"encoding": "klingon"},
        {"format": "json"},
        {"page_seconds": 0},
    ],
)
def test_settings_that_cannot_be_used(dump, tmp_path, settings):
    with pytest.raises(ConfigError):
        run([str(dump)], str(tmp_path / "out"), settings=RunSettings(**settings))


def test_rules_that_do_not_exist_stop_the_run(dump, tmp_path):
    with pytest.raises(RuleError, match=r"none\.toml"):
        run([str(dump)], str(tmp_path / "out"), options=Options(rules=(str(tmp_path / "none.toml"),)))


# the output's place


@pytest.mark.parametrize("out", ["dump", "dump/out", "dump/x.parquet", "dump/news"])
def test_never_into_the_input_folder(dump, monkeypatch, out):
    monkeypatch.chdir(dump.parent)
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="input"):
            run(["dump"], out, settings=one_worker(overwrite=overwrite))
    assert not (dump / "_cleaner").exists()


def test_never_over_an_input(tmp_path):
    (tmp_path / "part-00000.parquet").write_bytes(b"")
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "part-00000.parquet")
    with pytest.raises(OutputError, match="holds the input"):
        run([str(tmp_path / "part-00000.parquet")], str(tmp_path), settings=one_worker(overwrite=True))


def test_a_folder_that_holds_something_else(dump, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.docx").write_text("x")
    with pytest.raises(OutputError, match="--overwrite"):
        run([str(dump)], str(out), settings=one_worker())
    run([str(dump)], str(out), settings=one_worker(overwrite=True))
    assert (out / "thesis.docx").read_text() == "x"
    assert len(rows(out)) == 10


def test_a_file_that_was_there(dump, tmp_path):
    (tmp_path / "x.parquet").write_text("mine")
    with pytest.raises(OutputError, match="--overwrite"):
        run([str(dump)], str(tmp_path / "x.parquet"), settings=one_worker())
    assert (tmp_path / "x.parquet").read_text() == "mine"
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(OutputError, match="a file is wanted"):
        run([str(dump)], str(tmp_path / "folder.parquet"), settings=one_worker())


def test_a_run_again_replaces_its_own_output_and_no_other(dump, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(RunSettings, "reading", lambda self: ReadSettings(unit_bytes=1))
        run([str(dump)], str(out), settings=one_worker())
        assert len(parts(out)) > 1
    monkeypatch.chdir(dump.parent)
    run(["./dump"], str(out), settings=one_worker())
    assert len(parts(out)) == 1
    assert len(rows(out)) == 10
    with pytest.raises(OutputError, match="other inputs"):
        run([str(dump / "a.txt")], str(out), settings=one_worker())
    run([str(dump / "a.txt")], str(out), settings=one_worker(overwrite=True))
    assert [row["source"] for row in rows(out)] == ["a.txt"]


def test_no_documents_at_all_still_make_a_readable_output(tmp_path):
    (tmp_path / "x.jsonl").write_text("\n\n")
    said = Said()
    summary = run([str(tmp_path / "x.jsonl")], str(tmp_path / "out"), settings=one_worker(), say=said)
    assert (summary.documents, summary.exit_code) == (0, 0)
    assert table(tmp_path / "out").column_names == list(CONTRACT)
    assert any("x.jsonl" in line for line in said)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_cannot_be_written(dump, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="cannot be written"):
        run([str(dump)], str(tmp_path / "locked/out"), settings=one_worker())


# interruption and death


def test_ctrl_c_leaves_the_old_output_as_it_was(dump, tmp_path, monkeypatch):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=one_worker())
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "clean_staged", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run([str(dump)], str(out), settings=one_worker(fresh=True))
    after = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert {path: after[path] for path in before} == before
    assert parts(out)
    with pytest.raises(KeyboardInterrupt):
        run([str(dump)], str(tmp_path / "new"), settings=one_worker(no_profile=True))
    assert not (tmp_path / "new").exists(), "nothing was done that would be of use"


def dies_on_three(task, report):
    """A task for the pool: kills its worker when given 3, raises at 5."""
    report(task)
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    if task == 5:
        raise ZeroDivisionError("five")
    return task * 10


def test_a_worker_that_dies_takes_its_own_task_only():
    told = []
    with Pool(2) as pool:
        ended = {
            o.index: o for o in pool.run(dies_on_three, list(range(8)), lambda i, value: told.append(value))
        }
    assert sorted(ended) == list(range(8))
    assert isinstance(ended[3].error, WorkerDiedError)
    assert "ZeroDivisionError: five (test_run.py" in str(ended[5].error)
    assert [ended[i].result for i in (0, 1, 2, 4, 6, 7)] == [0, 10, 20, 40, 60, 70]
    assert sorted(told) == list(range(8))


def test_a_unit_that_killed_its_worker_is_listed_and_the_rest_is_done(many, tmp_path, monkeypatch):
    real = Pool.run

    def dying(self, function, tasks, report):
        for outcome in real(self, function, tasks, report):
            if function is crew.clean_unit and outcome.index == 0:
                outcome.result, outcome.error = None, WorkerDiedError("a worker process was killed (SIGKILL)")
            yield outcome

    monkeypatch.setattr(Pool, "run", dying)
    said, told = Said(), []
    out = tmp_path / "out"
    summary = run([str(many)], str(out), settings=one_worker(), say=said, progress=told.append)
    assert summary.exit_code == 1
    assert summary.documents == len(rows(out)) == told[-1].documents < 341
    assert summary.documents + summary.failed_inputs == 341
    assert any("SIGKILL" in line for line in said)
    assert parts(out)[0].endswith("part-00000.parquet")
    lost = [entry for entry in side(out, "manifest.jsonl") if entry["kind"] == "unit" and not entry["rows"]]
    assert [entry["part"] for entry in lost] == [None]


def test_a_pipe_is_no_file(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(tmp_path / "x.jsonl")
    with pytest.raises(InputError, match="no regular file"):
        run([str(tmp_path / "x.jsonl")], str(tmp_path / "out"), settings=one_worker())


def test_damage_in_the_middle_of_a_parquet_file_keeps_the_rows_before(tmp_path):
    path = tmp_path / "x.parquet"
    texts = [f"{PROSE}{n}" for n in range(400)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=100, compression="zstd")
    chunk = pq.read_metadata(path).row_group(2).column(0)
    data = bytearray(path.read_bytes())
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data[start : start + chunk.total_compressed_size] = bytes(chunk.total_compressed_size)
    path.write_bytes(data)
    summary = run([str(path)], str(tmp_path / "out"), settings=one_worker())
    assert summary.exit_code == 1
    assert [row["text"] for row in rows(tmp_path / "out")] == texts[:200]
    assert "200 rows before it were read" in failed(tmp_path / "out")[0]["error"]


def test_the_package_stays_light_until_a_run(tmp_path):
    code = "import cleaner, sys; print(sorted({'pyarrow', 'ftfy', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
