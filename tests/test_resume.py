"""Going on where a run stopped, and doing only what changed: the same rows, and no work twice."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleaner.arrow import clean_staged
from cleaner.commands import making, planning
from cleaner.commands import run as run_module
from cleaner.commands.run import RunSettings, run
from cleaner.commands.summary import describe
from cleaner.commands.terminal import Paint
from cleaner.files import lock
from cleaner.files.manifest import as_lines, sealed
from cleaner.files.publishing import Moves, finish, moves_of, publish
from cleaner.model import OutputError
from cleaner.options import Options
from cleaner.pipeline import cleaner_for
from cleaner.rules import registry

PROSE = "The ferry left the island before dawn, with {n} passengers, a crate of hens and the mail.\n"
UNIT = 20_000


def text(n: int) -> str:
    return (
        f"Heron {n} returns to the weir\n\n{PROSE.format(n=n) * (1 + n % 5)}\nAlso Read: Why the dam failed\n"
    )


@pytest.fixture
def dump(tmp_path, monkeypatch):
    """Some ten small units: 40 texts, 150 JSON records in a file that is split, 60 rows of Parquet."""
    folder = tmp_path / "dump"
    folder.mkdir()
    for n in range(40):
        (folder / f"{n:02}.txt").write_text(text(n))
    lines = [json.dumps({"id": n % 100, "text": text(n), "year": 1900 + n}) for n in range(150)]
    lines[100] = "{broken"
    (folder / "m.jsonl").write_text("\n".join(lines))
    table = pa.table(
        {"text": [text(n) for n in range(60)], "url": [f"https://marsh.example/{n}" for n in range(60)]}
    )
    pq.write_table(table, folder / "z.parquet", row_group_size=15)
    reading = RunSettings.reading
    monkeypatch.setattr(RunSettings, "reading", lambda self: replace(reading(self), unit_bytes=UNIT))
    return folder


@pytest.fixture
def cleaned(monkeypatch):
    """The sources of the documents that are cleaned, in order; runs work in this process."""
    seen: list[str] = []
    real = clean_staged

    def watched(staged, core, profile, **more):
        seen.extend(staged.source.to_pylist())
        return real(staged, core, profile, **more)

    monkeypatch.setattr(making, "clean_staged", watched)
    return seen


def settings(**more) -> RunSettings:
    return RunSettings(**{"workers": 1, **more})


def parts(out: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(out.glob("part-*.parquet"))]


def stop_after(monkeypatch, batches):
    """Interrupt a run when so many batches are cleaned."""
    real, left = making.clean_staged, [batches]

    def stopping(*given, **named):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(*given, **named)

    monkeypatch.setattr(making, "clean_staged", stopping)


def interrupted(monkeypatch, dump, out, batches: int, **more) -> None:
    with monkeypatch.context() as patch:
        stop_after(patch, batches)
        with pytest.raises(KeyboardInterrupt):
            run([str(dump)], str(out), settings=settings(**more))


# going on


def test_what_is_done_is_not_done_again(dump, tmp_path, monkeypatch, cleaned, proven):
    whole = run([str(dump)], str(tmp_path / "whole"), settings=settings())
    count = len(cleaned)
    cleaned.clear()
    interrupted(monkeypatch, dump, tmp_path / "out", 4)
    before = len(cleaned)
    assert not parts(tmp_path / "out")
    summary = run([str(dump)], str(tmp_path / "out"), settings=settings())
    assert 0 < before < count
    assert sorted(cleaned) == sorted(row["source"] for row in proven(tmp_path / "whole"))
    assert parts(tmp_path / "out") == parts(tmp_path / "whole")
    assert summary.taken_over == before
    same = (
        "documents",
        "statuses",
        "removals",
        "trials",
        "failed",
        "failed_inputs",
        "duplicate_ids",
        "duplicate_example",
    )
    assert {n: getattr(summary, n) for n in same} == {n: getattr(whole, n) for n in same}
    for name in ("failed.jsonl", "manifest.jsonl"):
        one, two = ((tmp_path / where / "_cleaner" / name).read_text() for where in ("out", "whole"))
        assert one == two
    proven(tmp_path / "out")


def test_interrupted_again_and_again(dump, tmp_path, monkeypatch, cleaned):
    run([str(dump)], str(tmp_path / "whole"), settings=settings())
    count = len(cleaned)
    cleaned.clear()
    for _ in range(3):
        interrupted(monkeypatch, dump, tmp_path / "out", 3)
    run([str(dump)], str(tmp_path / "out"), settings=settings())
    assert len(cleaned) == count
    assert parts(tmp_path / "out") == parts(tmp_path / "whole")


def test_the_host_profile_is_not_counted_again(dump, tmp_path, monkeypatch):
    interrupted(monkeypatch, dump, tmp_path / "out", 2)
    monkeypatch.setattr(run_module.sites, "made", lambda *_: pytest.fail("a pass was made"))
    summary = run([str(dump)], str(tmp_path / "out"), settings=settings())
    assert summary.profile is not None
    assert summary.profile.origin == "kept"
    assert summary.profile.path == str(tmp_path / "out/_cleaner/sites.arrow")


def test_a_journal_that_was_cut_short_is_read_up_to_there(dump, tmp_path, monkeypatch, proven):
    run([str(dump)], str(tmp_path / "whole"), settings=settings())
    interrupted(monkeypatch, dump, tmp_path / "out", 5)
    (journal,) = (tmp_path / "out").rglob("journal.jsonl")
    journal.write_bytes(journal.read_bytes()[:-20])
    summary = run([str(dump)], str(tmp_path / "out"), settings=settings())
    assert summary.taken_over > 0
    assert parts(tmp_path / "out") == parts(tmp_path / "whole")
    proven(tmp_path / "out")


def test_a_part_that_is_not_as_it_was_written_is_made_anew(dump, tmp_path, monkeypatch):
    run([str(dump)], str(tmp_path / "whole"), settings=settings())
    interrupted(monkeypatch, dump, tmp_path / "out", 5)
    for part in (tmp_path / "out").rglob("*.part"):
        part.write_bytes(part.read_bytes()[:-1])
    summary = run([str(dump)], str(tmp_path / "out"), settings=settings())
    assert summary.taken_over == 0
    assert summary.anew["their rows are missing from the output, or were changed"] > 0
    assert parts(tmp_path / "out") == parts(tmp_path / "whole")


def spoil(part: Path) -> None:
    """Damage a part and leave its size."""
    data = bytearray(part.read_bytes())
    data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
    part.write_bytes(data)


def test_a_part_that_cannot_be_read_any_more_is_made_anew(dump, tmp_path):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    spoil(out / "part-00000.parquet")
    (dump / "00new.txt").write_text(text(3))
    summary = run([str(dump)], str(out), settings=settings())
    assert (summary.documents, summary.failed_inputs) == (251, 0)
    assert pq.read_table(out / "part-00000.parquet")["source"].to_pylist()[:2] == ["00.txt", "00new.txt"]


def test_damage_that_cannot_be_mended_by_the_way_is_told(dump, tmp_path, proven):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    spoil(out / "part-00003.parquet")
    (dump / "00new.txt").write_text(text(3))
    with pytest.raises(OutputError, match=r"part-00003\.parquet: damaged: .*; --fresh makes all"):
        run([str(dump)], str(out), settings=settings())
    run([str(dump)], str(out), settings=settings(fresh=True))
    assert len(proven(out)) == 251


def test_one_file_goes_on_as_well(dump, tmp_path, monkeypatch):
    run([str(dump)], str(tmp_path / "whole.parquet"), settings=settings())
    interrupted(monkeypatch, dump, tmp_path / "out.parquet", 5)
    summary = run([str(dump)], str(tmp_path / "out.parquet"), settings=settings())
    assert summary.taken_over > 0
    assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    again = run([str(dump)], str(tmp_path / "out.parquet"), settings=settings())
    assert again.taken_over == again.documents
    (dump / "00b.txt").write_text(text(7))
    more = run([str(dump)], str(tmp_path / "out.parquet"), settings=settings())
    assert (more.documents, more.taken_over) == (again.documents + 1, again.documents)


def test_standard_input_is_known_by_what_it_holds(tmp_path, monkeypatch, cleaned):
    reading = RunSettings.reading
    monkeypatch.setattr(RunSettings, "reading", lambda self: replace(reading(self), unit_bytes=UNIT))
    data = "".join(json.dumps({"text": text(n)}) + "\n" for n in range(200)).encode()

    def once(what: bytes):
        return run(["-"], str(tmp_path / "out"), settings=settings(format="jsonl"), stdin=io.BytesIO(what))

    with monkeypatch.context() as patch:
        stop_after(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            once(data)
    assert not list((tmp_path / "out").rglob("standard-input")), "a copy of the input is not left behind"
    first = len(cleaned)
    assert once(data).taken_over == first > 0
    assert len(cleaned) == 200
    assert once(data.replace(b"1", b"2")).taken_over == 0


# only what changed


def test_a_second_run_has_nothing_to_do(dump, tmp_path, monkeypatch, cleaned, proven):
    out = tmp_path / "out"
    first = run([str(dump)], str(out), settings=settings())
    stamps = {path: path.stat().st_mtime_ns for path in out.glob("part-*")}
    before = parts(out)
    cleaned.clear()
    monkeypatch.setattr(planning, "scan_file", lambda *_: pytest.fail("a file was looked through"))
    second = run([str(dump)], str(out), settings=settings(workers=2))
    assert cleaned == []
    assert (second.taken_over, second.exit_code) == (first.documents, first.exit_code) == (250, 1)
    assert second.duplicate_ids == first.duplicate_ids > 0
    assert second.document_failures == first.document_failures
    assert second.anew == {}
    assert {path: path.stat().st_mtime_ns for path in out.glob("part-*")} == stamps
    assert parts(out) == before
    proven(out)


def test_new_changed_and_removed_inputs(dump, tmp_path, cleaned, proven):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    (dump / "00new.txt").write_text(text(3))
    (dump / "05.txt").write_text(text(4))
    (dump / "20.txt").unlink()
    cleaned.clear()
    summary = run([str(dump)], str(out), settings=settings())
    assert sorted(cleaned) == ["00new.txt", "05.txt"]
    assert summary.anew == {"new": 1, "changed": 1}
    assert summary.anew_examples["changed"] == (str(dump / "05.txt"),)
    assert (summary.removed_inputs, summary.documents, summary.taken_over) == (1, 250, 248)
    sources = [row["source"] for row in proven(out)]
    assert sources[:3] == ["00.txt", "00new.txt", "01.txt"]
    assert "20.txt" not in sources


def test_it_gives_the_bytes_that_a_run_from_nothing_gives(dump, tmp_path):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    (dump / "00new.txt").write_text(text(3))
    (dump / "20.txt").unlink()
    with (dump / "m.jsonl").open("a") as file:
        file.write("\n" + json.dumps({"id": "x", "text": text(1)}))
    run([str(dump)], str(out), settings=settings())
    kept = str(out / "_cleaner/sites.arrow")
    run([str(dump)], str(tmp_path / "anew"), settings=settings(profile=kept))
    assert parts(out) == parts(tmp_path / "anew")
    run([str(dump)], str(out), settings=settings(fresh=True))
    assert parts(out) == parts(tmp_path / "anew")


def test_a_file_that_is_added_leaves_most_parts_alone(tmp_path, monkeypatch):
    reading = RunSettings.reading
    monkeypatch.setattr(RunSettings, "reading", lambda self: replace(reading(self), unit_bytes=100_000))
    (tmp_path / "in").mkdir()
    for n in range(400):
        (tmp_path / f"in/{n:03}.txt").write_text(text(n))
    run([str(tmp_path / "in")], str(tmp_path / "out"), settings=settings())
    before = set(parts(tmp_path / "out"))
    (tmp_path / "in/000b.txt").write_text(text(8))
    run([str(tmp_path / "in")], str(tmp_path / "out"), settings=settings())
    assert len(before) > 12
    assert len(before - set(parts(tmp_path / "out"))) <= 3


def test_strict_looks_at_what_files_hold(dump, tmp_path, cleaned):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings(strict=True))
    os.utime(dump / "03.txt", ns=(1, 1))
    status = (dump / "05.txt").stat()
    (dump / "05.txt").write_text(text(5).replace("Heron", "Egret"))
    os.utime(dump / "05.txt", ns=(status.st_atime_ns, status.st_mtime_ns))
    cleaned.clear()
    summary = run([str(dump)], str(out), settings=settings(strict=True))
    assert cleaned == ["05.txt"]
    assert summary.anew == {"changed": 1}
    cleaned.clear()
    run([str(dump)], str(out), settings=settings())
    assert cleaned == [], "by size and time nothing changed"


def test_what_was_not_known_by_content_is_not_called_changed(dump, tmp_path, cleaned):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    cleaned.clear()
    summary = run([str(dump)], str(out), settings=settings(strict=True))
    assert summary.anew == {"not known by content yet": 42}
    assert len(cleaned) == 250
    cleaned.clear()
    assert run([str(dump)], str(out), settings=settings(strict=True)).taken_over == 250
    assert cleaned == []


def test_a_run_by_size_and_time_forgets_no_content(dump, tmp_path, cleaned):
    """What it takes over was made of the content that is known; what it cleans again is not known by it."""
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings(strict=True))
    (dump / "05.txt").write_text(text(7))
    run([str(dump)], str(out), settings=settings())
    status = (dump / "06.txt").stat()
    (dump / "06.txt").write_text(text(6).replace("Heron", "Egret"))
    os.utime(dump / "06.txt", ns=(status.st_atime_ns, status.st_mtime_ns))
    cleaned.clear()
    summary = run([str(dump)], str(out), settings=settings(strict=True))
    assert summary.anew == {"not known by content yet": 1, "changed": 1}
    assert sorted(cleaned) == ["05.txt", "06.txt"]


def told_by(summary) -> str:
    return "\n".join(describe(summary, {}, 0, Paint(False)))


def test_what_was_cleaned_again_is_counted(dump, tmp_path, cleaned, pack):
    out = tmp_path / "out"

    def again(options: Options):
        cleaned.clear()
        return run([str(dump)], str(out), options=options, settings=settings())

    first = again(pack("heron 3 returns"))
    assert (first.anew, first.anew_documents) == ({}, {})
    assert "cleaned again" not in told_by(first)
    assert told_by(first).startswith("250 documents of 42 files in ")
    summary = again(pack("heron 4 returns"))
    reason = "rules changed (MRS001): only what they can touch"
    assert summary.anew_documents == {reason: len(cleaned)}
    assert summary.taken_over + len(cleaned) == summary.documents == 250
    assert 0 < summary.anew[reason] <= len(cleaned) < 250
    count = f"{len(cleaned)} documents of {summary.anew[reason]} inputs"
    assert f"  cleaned again: {count}, {reason} (" in told_by(summary)
    assert json.loads(summary.to_json())["anew_documents"] == summary.anew_documents
    why = pack("heron 4 returns").rules[0]
    Path(why).write_text(Path(why).read_text().replace("why = ", "why = 'Else. '\n# ", 1))
    registry._packs.cache_clear()
    cleaner_for.cache_clear()
    summary = again(Options(rules=(why,)))
    assert cleaned == []
    assert summary.anew_documents == {"rules changed in words only": 0}
    assert "  nothing had to be cleaned again: rules changed in words only" in told_by(summary)
    assert "taken over: 250 documents" in told_by(summary)
    (dump / "new.txt").write_text(text(1))
    summary = again(Options(rules=(why,)))
    assert "  new: 1 document of 1 input (" in told_by(summary)


def test_an_input_that_fails_in_several_units_is_listed_once(dump, tmp_path, monkeypatch, cleaned):
    out, real = tmp_path / "out", making.clean_staged
    said: list[str] = []

    def meddling(staged, *given, **named):
        if "m.jsonl#1" in staged.source.to_pylist():
            with (dump / "m.jsonl").open("a") as file:
                file.write("\n")
        return real(staged, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(making, "clean_staged", meddling)
        summary = run([str(dump)], str(out), settings=settings(no_profile=True), say=said.append)
    changed = [one for one in summary.input_failures if "changed while" in one.error]
    assert len(changed) == 1
    assert sum("changed while" in line for line in said) == 1
    assert (out / "_cleaner/failed.jsonl").read_text().count("changed while") == 1
    assert summary.failed_inputs == 1


def test_configuration_and_version_are_named(dump, tmp_path, monkeypatch, cleaned):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    cleaned.clear()
    summary = run([str(dump)], str(out), settings=settings(), options=Options(headlines="off"))
    assert len(cleaned) == 250
    assert summary.anew == {"configuration changed (headlines)": 42}
    monkeypatch.setattr(run_module, "__version__", "99.0")
    summary = run([str(dump)], str(out), settings=settings(), options=Options(headlines="off"))
    (reason,) = summary.anew
    assert reason.startswith("version 99.0 in place of ")
    summary = run([str(dump)], str(out), settings=settings(no_profile=True), options=Options(headlines="off"))
    assert summary.anew == {"another host profile": 42}


def test_a_column_more_costs_no_cleaning_and_another_type_does(dump, tmp_path, cleaned, proven):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    (dump / "a.jsonl").write_text(json.dumps({"text": text(1), "place": "weir"}))
    cleaned.clear()
    run([str(dump)], str(out), settings=settings())
    assert cleaned == ["a.jsonl#1"]
    assert {row["place"] for row in proven(out)} == {None, "weir"}
    (dump / "a.jsonl").write_text(json.dumps({"text": text(1), "year": "MCM"}))
    summary = run([str(dump)], str(out), settings=settings())
    assert summary.anew["the columns changed"] > 0
    assert {row["year"] for row in proven(out) if row["source"] == "m.jsonl#3"} == {"1902"}


def test_compressed_parquet_is_not_unpacked_again(tmp_path, monkeypatch, cleaned):
    (tmp_path / "in").mkdir()
    pq.write_table(pa.table({"text": [text(1), text(2)]}), tmp_path / "x.parquet")
    (tmp_path / "in/x.parquet.gz").write_bytes(gzip.compress((tmp_path / "x.parquet").read_bytes()))
    run([str(tmp_path / "in")], str(tmp_path / "out"), settings=settings())
    assert len(cleaned) == 2
    monkeypatch.setattr("cleaner.files.spool.open_stream", lambda *_: pytest.fail("it was unpacked"))
    assert run([str(tmp_path / "in")], str(tmp_path / "out"), settings=settings()).taken_over == 2


def test_an_input_that_failed_is_tried_again(dump, tmp_path, monkeypatch, cleaned):
    out = tmp_path / "out"
    whole = gzip.compress(b"".join(json.dumps({"text": text(n)}).encode() + b"\n" for n in range(40)))
    (dump / "cut.jsonl.gz").write_bytes(whole[:-15])
    first = run([str(dump)], str(out), settings=settings())
    assert first.failed_inputs == 1
    cleaned.clear()
    second = run([str(dump)], str(out), settings=settings())
    assert {source.split("#")[0] for source in cleaned} == {"cut.jsonl.gz"}
    assert second.anew == {"failed before": 1}
    assert (second.documents, second.failed_inputs, second.exit_code) == (first.documents, 1, 1)


def test_what_is_refused_is_told_again(dump, tmp_path, cleaned):
    """Also where the rows around it are taken over into another part."""
    (dump / "large.jsonl").write_text("\n".join(json.dumps({"text": "y" * n}) for n in (10, 5_000, 20)))
    for number, name in enumerate([None, None, "kz.txt", "kz.txt"]):
        if name:
            (dump / name).write_text(text(number))
        small = settings(max_document_bytes=2_000)
        summary = run([str(dump)], str(tmp_path / "out"), settings=small)
        assert [(one.where, one.row) for one in summary.input_failures] == [(str(dump / "large.jsonl"), 2)]
        assert (summary.failed_inputs, summary.exit_code) == (1, 1)
        failed = (tmp_path / "out/_cleaner/failed.jsonl").read_text()
        assert failed.count("large.jsonl") == 1
    assert [source for source in cleaned if source.startswith("large")] == ["large.jsonl#1", "large.jsonl#3"]


def test_documents_that_ran_out_of_time_are_tried_again(dump, tmp_path, monkeypatch, cleaned, proven):
    whole = run([str(dump)], str(tmp_path / "whole"), settings=settings())
    real = making._Making.__init__

    def condemning(self, task, report):
        if task.unit.segments[0].file.source == "m.jsonl":
            task = replace(task, condemned={1: making.Condemned("given up: too slow", late=True)})
        real(self, task, report)

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(making._Making, "__init__", condemning)
        late = run([str(dump)], str(out), settings=settings())
    assert late.failed > whole.failed
    failed = [row for row in proven(out) if row["status"] == "failed" and row["error"].startswith("given up")]
    assert failed[0]["text"] == text(1)
    cleaned.clear()
    summary = run([str(dump)], str(out), settings=settings())
    assert sorted(cleaned) == sorted(row["source"] for row in failed)
    assert summary.anew == {"ran out of time before": 1}
    assert parts(out) == parts(tmp_path / "whole")


# other rules


PACK = '''
[pack]
name = "marsh"
prefix = "MRS"

[[rule]]
code = "MRS001"
name = "the weir's own line"
why = "It only points to the weir."
risk = "None known."
any = ["{phrase}"]
examples = """
- {example}
| The river rose in the night and the lower fields stood under water by morning.
"""
'''


@pytest.fixture
def pack(tmp_path):
    """Writes a pack of one rule on a phrase; packs are read once a process, by their path."""

    def write(phrase: str, remark: str = "") -> Options:
        path = tmp_path / "marsh.toml"
        path.write_text(PACK.format(phrase=phrase, example=phrase.capitalize()) + remark)
        registry._packs.cache_clear()
        cleaner_for.cache_clear()
        return Options(rules=(str(path),))

    yield write
    registry._packs.cache_clear()
    cleaner_for.cache_clear()


@pytest.mark.parametrize("place", ["texts", "records"])
def test_a_changed_rule_costs_the_documents_it_can_touch(tmp_path, cleaned, proven, pack, place):
    folder = tmp_path / "in"
    folder.mkdir()
    bodies = [
        text(n) + ("Ring the mill\n" if n % 10 == 3 else "Call the weir\n" if n % 10 == 5 else "")
        for n in range(60)
    ]
    if place == "texts":
        for n, body in enumerate(bodies):
            (folder / f"{n:02}.txt").write_text(body)
        names = [f"{n:02}.txt" for n in range(60)]
    else:
        (folder / "x.jsonl").write_text("\n".join(json.dumps({"text": body}) for body in bodies))
        names = [f"x.jsonl#{n + 1}" for n in range(60)]
    mill, weir = (sorted(names[n] for n in range(60) if n % 10 == rest) for rest in (3, 5))

    def again(options: Options):
        cleaned.clear()
        summary = run([str(folder)], str(tmp_path / "out"), options=options, settings=settings())
        done = sorted(cleaned)
        run(
            [str(folder)],
            str(tmp_path / "anew"),
            options=options,
            settings=settings(fresh=True, overwrite=True),
        )
        assert parts(tmp_path / "out") == parts(tmp_path / "anew")
        proven(tmp_path / "out")
        return done, summary.anew

    assert len(again(Options())[0]) == 60
    done, why = again(pack("ring the mill"))
    assert (done, list(why)) == (mill, ["rules changed (MRS001): only what they can touch"])
    assert again(pack("ring the mill", "# a remark\n"))[0] == []
    assert again(pack("call the weir"))[0] == sorted(mill + weir)
    assert again(Options())[0] == weir


def test_what_cannot_be_proved_is_made_anew(dump, tmp_path, cleaned, pack):
    out = tmp_path / "out"
    run(
        [str(dump)],
        str(out),
        options=Options(select=("ALR", "MRS001", "HDL"), rules=pack("x y z").rules),
        settings=settings(),
    )
    manifest = out / "_cleaner/manifest.jsonl"
    *lines, end = [json.loads(line) for line in manifest.read_text().splitlines()]
    for line in lines:
        if line["kind"] == "rule" and line["rule"]["code"] == "MRS001":
            line["rule"]["gates"] = [[[], [], 9]]
    manifest.write_text("".join(sealed(as_lines(lines), end["files"])))
    cleaned.clear()
    options = Options(select=("ALR", "MRS001", "HDL"), rules=pack("call the weir").rules)
    summary = run([str(dump)], str(out), options=options, settings=settings())
    assert summary.anew == {"rules changed": 42}
    assert len(cleaned) == 250


# one at a time, and of whom


def test_a_second_run_is_refused_and_told_who_the_first_is(dump, tmp_path):
    side = tmp_path / "out/_cleaner"
    side.mkdir(parents=True)
    with (
        lock.locked(str(side), "out"),
        pytest.raises(
            OutputError, match=rf"another run \(process {os.getpid()} on .*, started 20..-..-.. ..:..:..\)"
        ),
    ):
        run([str(dump)], str(tmp_path / "out"), settings=settings())
    assert not (side / "lock").exists()


def test_the_lock_of_a_dead_process_holds_nobody_up(dump, tmp_path):
    side = tmp_path / "out/_cleaner"
    side.mkdir(parents=True)
    (side / "lock").write_text('{"process": 1, "host": "weir", "started": "1999-01-01 00:00:00"}')
    assert run([str(dump)], str(tmp_path / "out"), settings=settings()).documents == 250
    assert not (side / "lock").exists()


def test_unfinished_work_on_other_inputs_is_not_thrown_away(dump, tmp_path, monkeypatch):
    interrupted(monkeypatch, dump, tmp_path / "out", 4)
    with pytest.raises(OutputError, match="other inputs"):
        run([str(dump / "01.txt")], str(tmp_path / "out"), settings=settings())
    assert list((tmp_path / "out").rglob("*.part"))
    run([str(dump / "01.txt")], str(tmp_path / "out"), settings=settings(overwrite=True))
    assert not list((tmp_path / "out").rglob("*.part"))


# inputs that do not hold still


def test_an_input_that_changes_while_it_is_read_is_told_and_read_again(dump, tmp_path, monkeypatch, cleaned):
    out, real = tmp_path / "out", making.clean_staged

    def meddling(staged, *given, **named):
        if "07.txt" in staged.source.to_pylist():
            (dump / "07.txt").write_text(text(1))
        return real(staged, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(making, "clean_staged", meddling)
        summary = run([str(dump)], str(out), settings=settings())
    assert summary.failed_inputs == 1
    assert summary.input_failures[0].where == str(dump / "07.txt")
    assert "changed while it was read" in summary.input_failures[0].error
    cleaned.clear()
    again = run([str(dump)], str(out), settings=settings())
    assert cleaned == ["07.txt"]
    assert again.failed_inputs == 0


def test_an_input_that_vanishes_is_told_and_gone_the_next_time(dump, tmp_path, monkeypatch, proven):
    out, real = tmp_path / "out", run_module.crew.cleaned

    def meddling(*given):
        (dump / "07.txt").unlink()
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(run_module.crew, "cleaned", meddling)
        summary = run([str(dump)], str(out), settings=settings())
    assert (summary.failed_inputs, summary.documents) == (1, 249)
    assert "No such file" in summary.input_failures[0].error
    again = run([str(dump)], str(out), settings=settings())
    assert (again.failed_inputs, again.documents) == (0, 249)
    assert "07.txt" not in [row["source"] for row in proven(out)]


# giving names


def test_names_are_given_all_or_later(tmp_path):
    """Stopped after any number of renames, the rest is done by whoever comes next."""
    for stop in range(8):
        folder = tmp_path / str(stop)
        side = folder / "_cleaner"
        (side / "work").mkdir(parents=True)
        for name in "abc":
            (folder / f"{name}.parquet").write_text(name)
        (side / "work/n").write_text("n")
        wanted = [("_cleaner/work/n", "a.parquet"), ("a.parquet", "b.parquet"), ("b.parquet", "c.parquet")]
        moves = moves_of([(str(folder / a), str(folder / b)) for a, b in wanted], str(side / "work"))
        moves.gone.append(str(side / "old"))
        (side / "old").write_text("old")
        left, real = [stop], os.replace

        def stopping(a, b, left=left, real=real):
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            real(a, b)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "replace", stopping)
            with contextlib.suppress(KeyboardInterrupt):
                publish(str(side), moves)
        started = stop > 0
        assert finish(str(side)) == (started and stop < 7)
        if started:
            assert [(folder / f"{name}.parquet").read_text() for name in "abc"] == ["n", "a", "b"]
            assert [path.name for path in side.iterdir()] == ["work"]


def test_a_file_that_stays_is_not_moved():
    assert moves_of([("out/part-00000.parquet", "out/part-00000.parquet")], "work") == Moves()
