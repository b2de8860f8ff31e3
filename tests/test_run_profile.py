"""The host profile in a run: made once, kept, given, refused; the same whatever the workers and units."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cleaner
from cleaner import cli
from cleaner.commands import making, sites, work
from cleaner.commands.pool import Pool, WorkerDiedError
from cleaner.commands.run import RunSettings, run
from cleaner.files.profiles import read_profile, write_profile
from cleaner.model import ConfigError, InputError
from cleaner.options import Options
from cleaner.profile import Profile, profile_of, sightings
from cleaner.table import LineTable

PROSE = "Of the {n} herons that were counted at the weir in spring, not one was seen again, miller {n} said."
FOOT = "Share this with a friend\n\nMore from the marsh\n"


def body(n: int) -> str:
    return f"Heron {n} returns to the weir\n\n{PROSE.format(n=n)}\n\n{FOOT}"


def records(first: int, last: int, host: str = "marsh") -> list[dict[str, object]]:
    return [
        {
            "id": f"{host}{n}",
            "url": f"https://{host}.example/{n}",
            "body": body(n),
            "summary": f"Summary {n}.",
        }
        for n in range(first, last)
    ]


def as_lines(objects) -> str:
    return "".join(json.dumps(one) + "\n" for one in objects)


@pytest.fixture
def dump(tmp_path):
    """120 pages of two hosts in two files of records, and two texts without an address."""
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "a.jsonl").write_text(as_lines(records(0, 70)))
    table = pa.Table.from_pylist(records(70, 120, "weir"))
    pq.write_table(table, folder / "b.parquet", row_group_size=20)
    (folder / "c.txt").write_text(body(200))
    (folder / "d.txt").write_text(body(201))
    return folder


class Said(list):
    def __call__(self, line):
        self.append(line)


def settings(**more) -> RunSettings:
    return RunSettings(**{"workers": 1, "text_column": "body", **more})


def small_units(monkeypatch, size: int) -> None:
    real = RunSettings.reading
    monkeypatch.setattr(RunSettings, "reading", lambda self: replace(real(self), unit_bytes=size))


def side(out: Path, name: str = "sites.arrow") -> Path:
    return out / "_cleaner" / name


def parts(out: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(out.glob("part-*.parquet"))]


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def profile_from(*texts: str) -> Profile:
    return profile_of(
        [sightings(LineTable(texts), ["https://marsh.example/"] * len(texts), [[]] * len(texts))]
    )


# made


def test_a_run_counts_the_pages_it_cleans(dump, tmp_path):
    summary = run([str(dump)], str(tmp_path / "out"), settings=settings())
    profile = read_profile(side(tmp_path / "out"))
    assert sorted(profile.host_pages.tolist()) == [2, 50, 70]
    assert sorted(profile.line_pages.tolist()) == [2, 2, 50, 50, 70, 70]
    told = summary.profile
    assert told is not None
    assert (told.origin, told.pages, told.hosts) == ("made", 122, 3)
    assert told.path == str(side(tmp_path / "out"))
    assert told.seconds > 0


def test_its_hash_stands_wherever_the_output_is_described(dump, tmp_path):
    out = tmp_path / "out"
    summary = run([str(dump)], str(out), settings=settings())
    digest = read_profile(side(out)).digest
    assert pq.read_schema(out / "part-00000.parquet").metadata[b"cleaner.profile_hash"] == digest.encode()
    head = json.loads(side(out, "manifest.jsonl").read_text().splitlines()[0])
    assert head["cleaner.profile_hash"] == digest
    written = json.loads(side(out, "summary.json").read_text())
    assert written["profile_hash"] == summary.profile_hash == digest
    assert written["profile"] == {
        "origin": "made",
        "path": str(side(out)),
        "hash": digest,
        "pages": 122,
        "hosts": 3,
        "seconds": summary.profile.seconds,
    }


def test_workers_units_and_order_leave_no_trace(dump, tmp_path, monkeypatch):
    run([str(dump)], str(tmp_path / "whole"), settings=settings())
    small_units(monkeypatch, 6_000)
    run([str(dump)], str(tmp_path / "one"), settings=settings())
    run([str(dump)], str(tmp_path / "two"), settings=settings(workers=2))
    files = [str(dump / name) for name in ("d.txt", "b.parquet", "c.txt", "a.jsonl")]
    run(files, str(tmp_path / "turned"), settings=settings(workers=2))
    profiles = {side(tmp_path / name).read_bytes() for name in ("whole", "one", "two", "turned")}
    assert len(profiles) == 1
    assert len(parts(tmp_path / "one")) > 4
    assert parts(tmp_path / "one") == parts(tmp_path / "two")
    whole, one = (pq.ParquetDataset(tmp_path / name).read() for name in ("whole", "one"))
    assert whole.equals(one)


def test_spills_and_ranges_leave_no_trace(dump, tmp_path, monkeypatch):
    run([str(dump)], str(tmp_path / "whole"), settings=settings())
    small_units(monkeypatch, 6_000)
    real = work.Spiller
    monkeypatch.setattr(work, "Spiller", lambda base: real(base, 7))
    cut = sites.ranges
    monkeypatch.setattr(sites, "ranges", lambda spills, folder: cut(spills, folder, 16))
    run([str(dump)], str(tmp_path / "tiny"), settings=settings())
    assert side(tmp_path / "tiny").read_bytes() == side(tmp_path / "whole").read_bytes()
    assert sorted(os.listdir(tmp_path / "tiny/_cleaner")) == [
        "failed.jsonl",
        "manifest.jsonl",
        "sites.arrow",
        "summary.json",
    ]


def test_copies_of_a_page_in_several_files_count_once(tmp_path, monkeypatch):
    small_units(monkeypatch, 1)
    (tmp_path / "in").mkdir()
    for n in range(5):
        (tmp_path / f"in/{n}.txt").write_text(body(n % 2))
    summary = run([str(tmp_path / "in")], str(tmp_path / "out"), settings=settings())
    assert summary.profile is not None
    assert (summary.documents, summary.profile.pages) == (5, 2)


def test_one_file_has_its_profile_beside_its_side_files(dump, tmp_path):
    run([str(dump)], str(tmp_path / "all.parquet"), settings=settings())
    run([str(dump)], str(tmp_path / "out"), settings=settings())
    assert side(tmp_path, "all/sites.arrow").read_bytes() == side(tmp_path / "out").read_bytes()


def test_every_worker_cleans_by_the_profile_that_was_made(dump, tmp_path, monkeypatch):
    seen, left = [], []
    real = making.clean_staged

    def watched(staged, core, profile, see, extractor):
        seen.append(profile.digest)
        left.extend(tmp_path.rglob("*.lines"))
        return real(staged, core, profile, see, extractor)

    monkeypatch.setattr(making, "clean_staged", watched)
    small_units(monkeypatch, 6_000)
    run([str(dump)], str(tmp_path / "out"), settings=settings())
    assert len(seen) > 4
    assert set(seen) == {read_profile(side(tmp_path / "out")).digest}
    assert left == [], "what was spilled takes up the disk no longer"


def test_progress_tells_the_passes_apart(dump, tmp_path, monkeypatch):
    told = []
    small_units(monkeypatch, 6_000)
    run([str(dump)], str(tmp_path / "out"), settings=settings(), progress=told.append)
    phases = [one.phase for one in told]
    assert phases == sorted(phases, key=["counting", "cleaning"].index)
    for phase in ("counting", "cleaning"):
        first, *_, last = [one for one in told if one.phase == phase]
        assert (first.documents, first.bytes_done) == (0, 0)
        assert last.documents == 122
        assert last.bytes_done == last.bytes_total > 0


# kept, made anew


def test_a_later_run_keeps_the_profile_and_another_makes_it_anew(dump, tmp_path):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    before = side(out).read_bytes()
    (dump / "e.txt").write_text(body(202))
    again = run([str(dump)], str(out), settings=settings(workers=2))
    assert side(out).read_bytes() == before
    assert again.profile is not None
    assert (again.documents, again.profile.origin, again.profile.pages) == (123, "kept", 122)
    anew = run([str(dump)], str(out), settings=settings(refresh_profile=True))
    assert side(out).read_bytes() != before
    assert anew.profile is not None
    assert (anew.profile.origin, anew.profile.pages) == ("made", 123)


def test_other_inputs_or_other_texts_make_it_anew(dump, tmp_path):
    out = tmp_path / "out"

    def origin(inputs, **more):
        told = run([str(one) for one in inputs], str(out), settings=settings(overwrite=True, **more)).profile
        return told.origin, told.pages

    assert origin([dump]) == ("made", 122)
    assert origin([dump / "a.jsonl"]) == ("made", 70)
    assert origin([dump / "a.jsonl"]) == ("kept", 70)
    assert origin([dump / "a.jsonl"], text_column="summary") == ("made", 70)
    assert origin([dump]) == ("made", 122)


@pytest.mark.parametrize("choice", [{"no_profile": True}, {"profile": "given.arrow"}])
def test_a_profile_of_other_inputs_does_not_stay_behind(dump, tmp_path, choice, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_profile("given.arrow", profile_from(body(1)))
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    run([str(dump)], str(out), settings=settings(**choice))
    assert side(out).exists(), "of the same inputs: for later"
    run([str(dump / "a.jsonl")], str(out), settings=settings(overwrite=True, **choice))
    assert not side(out).exists()


def spoiled(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "damaged":
        key = read_profile(path).pages[:1].tobytes()
        path.write_bytes(data.replace(key, bytes(8)))
    elif how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    else:
        path.write_bytes(b"no profile at all")


@pytest.mark.parametrize("how", ["damaged", "truncated", "foreign"])
def test_one_that_cannot_be_used_is_made_anew_and_told(dump, tmp_path, how):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    before = side(out).read_bytes()
    spoiled(side(out), how)
    said = Said()
    summary = run([str(dump)], str(out), settings=settings(), say=said)
    assert (summary.exit_code, side(out).read_bytes()) == (0, before)
    (line,) = said
    assert line.startswith(f"{side(out)}: ")
    assert "damaged" in line
    assert line.endswith("; it is counted anew")


def test_another_form_is_made_anew_and_told(dump, tmp_path, monkeypatch):
    from cleaner.files import profiles

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(profiles, "FORM", 99)
        run([str(dump)], str(out), settings=settings())
    said = Said()
    summary = run([str(dump)], str(out), settings=settings(), say=said)
    assert summary.profile is not None
    assert summary.profile.origin == "made"
    assert "of form 99" in said[0]


# given, none


@pytest.mark.parametrize("named", ["earlier/_cleaner/sites.arrow", "earlier", "copy.arrow"])
def test_a_given_profile_is_used_and_none_is_made(dump, tmp_path, monkeypatch, named):
    earlier = run([str(dump)], str(tmp_path / "earlier"), settings=settings())
    (tmp_path / "copy.arrow").write_bytes(side(tmp_path / "earlier").read_bytes())
    monkeypatch.setattr(sites, "made", lambda *_: pytest.fail("a pass was made"))
    given = settings(profile=str(tmp_path / named), workers=2)
    summary = run([str(dump / "a.jsonl")], str(tmp_path / "out"), settings=given)
    assert summary.profile_hash == earlier.profile_hash
    assert summary.profile is not None
    assert (summary.profile.origin, summary.profile.pages) == ("given", 122)
    assert not side(tmp_path / "out").exists()


def test_a_profile_given_by_the_output_it_lies_in_is_not_taken_away(dump, tmp_path):
    out, other = tmp_path / "out", tmp_path / "other.jsonl"
    other.write_text(as_lines(records(200, 230)))
    run([str(dump)], str(out), settings=settings())
    before = side(out).read_bytes()
    for _ in range(2):
        summary = run([str(other)], str(out), settings=settings(profile=str(out), overwrite=True))
        assert (summary.exit_code, summary.documents) == (0, 30)
        assert side(out).read_bytes() == before


@pytest.mark.parametrize("how", ["damaged", "truncated", "foreign"])
def test_a_given_profile_that_cannot_be_used_stops_the_run(dump, tmp_path, how):
    write_profile(tmp_path / "x.arrow", profile_from(body(1), body(2)))
    spoiled(tmp_path / "x.arrow", how)
    with pytest.raises(InputError, match=r"x\.arrow: .*damaged"):
        run([str(dump)], str(tmp_path / "out"), settings=settings(profile=str(tmp_path / "x.arrow")))
    assert not (tmp_path / "out").exists()


def test_without_a_profile_no_pass_is_made(dump, tmp_path, monkeypatch):
    monkeypatch.setattr(sites, "made", lambda *_: pytest.fail("a pass was made"))
    summary = run([str(dump)], str(tmp_path / "out"), settings=settings(no_profile=True))
    assert (summary.profile, summary.profile_hash) == (None, "")
    assert pq.read_schema(tmp_path / "out/part-00000.parquet").metadata[b"cleaner.profile_hash"] == b""
    assert not side(tmp_path / "out").exists()


def test_rules_alone_need_no_profile(dump, tmp_path, monkeypatch):
    monkeypatch.setattr(sites, "made", lambda *_: pytest.fail("a pass was made"))
    summary = run([str(dump)], str(tmp_path / "out"), options=Options(evidence="rules"), settings=settings())
    assert summary.profile is None


@pytest.mark.parametrize(
    "choice",
    [
        {"profile": "x", "no_profile": True},
        {"profile": "x", "refresh_profile": True},
        {"no_profile": True, "refresh_profile": True},
    ],
)
def test_choices_exclude_each_other(dump, tmp_path, choice):
    with pytest.raises(ConfigError, match="exclude each other"):
        run([str(dump)], str(tmp_path / "out"), settings=settings(**choice))


# standard input


def test_standard_input_makes_no_profile_and_takes_one(dump, tmp_path):
    earlier = run([str(dump)], str(tmp_path / "earlier"), settings=settings())
    data = as_lines(records(0, 5)).encode()
    for given, digest in ((None, ""), (str(tmp_path / "earlier"), earlier.profile_hash)):
        asked = settings(format="jsonl", profile=given)
        summary = run(["-"], str(tmp_path / "out"), settings=asked, stdin=io.BytesIO(data))
        assert (summary.documents, summary.profile_hash) == (5, digest)
        assert not side(tmp_path / "out").exists()


def test_beside_files_standard_input_is_not_counted(dump, tmp_path):
    files = str(dump / "*.jsonl")
    alone = run([files], str(tmp_path / "alone"), settings=settings())
    data = as_lines(records(500, 600)).encode()
    asked = settings(format="jsonl")
    both = run(["-", files], str(tmp_path / "both"), settings=asked, stdin=io.BytesIO(data))
    assert (both.documents, both.profile_hash) == (170, alone.profile_hash)


# what fails


def test_what_cannot_be_read_is_told_once(dump, tmp_path):
    lines = [json.dumps(one) for one in records(300, 320)]
    lines[3] = lines[3][:-5]
    (dump / "broken.jsonl").write_text("\n".join(lines))
    (dump / "large.txt").write_text(PROSE * 100)
    said = Said()
    summary = run([str(dump)], str(tmp_path / "out"), settings=settings(max_document_bytes=2_000), say=said)
    assert (summary.failed, summary.failed_inputs, summary.exit_code) == (1, 1, 1)
    assert len([line for line in said if "broken.jsonl#4" in line]) == 1
    assert len([line for line in said if "large.txt" in line]) == 1
    assert summary.profile is not None
    assert summary.profile.pages == 122 + 19


def test_an_interrupted_pass_leaves_everything_as_it_was(dump, tmp_path, monkeypatch):
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    before = everything(out)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    for room, name in ((work.Spiller, "flush"), (sites, "profile_from"), (making, "clean_staged")):
        with monkeypatch.context() as patch:
            patch.setattr(room, name, interrupted)
            with pytest.raises(KeyboardInterrupt):
                run([str(dump)], str(out), settings=settings(refresh_profile=True, fresh=True))
            after = everything(out)
            assert {path: after[path] for path in before} == before
            with pytest.raises(KeyboardInterrupt):
                run([str(dump)], str(tmp_path / "new"), settings=settings())
            left = [path.name for path in everything(tmp_path / "new")] if (tmp_path / "new").exists() else []
            assert sorted(left) == (["journal.jsonl", "sites.arrow"] if name == "clean_staged" else [])


def test_a_unit_that_kills_its_worker_in_the_pass_is_left_out_and_told(dump, tmp_path, monkeypatch):
    real = Pool.run

    def dying(self, function, tasks, report):
        for outcome in real(self, function, tasks, report):
            if function is sites.count_unit and outcome.index == 0:
                outcome.result, outcome.error = None, WorkerDiedError("a worker process was killed (SIGKILL)")
            yield outcome

    monkeypatch.setattr(Pool, "run", dying)
    small_units(monkeypatch, 30_000)
    said, told = Said(), []
    summary = run([str(dump)], str(tmp_path / "out"), settings=settings(), say=said, progress=told.append)
    assert (summary.exit_code, summary.documents) == (0, 122)
    assert summary.profile is not None
    assert 0 < summary.profile.pages < 122
    (line,) = said
    assert line.startswith(f"host profile: {dump / 'a.jsonl'}, from record 1 on, not counted: ")
    counting = [one for one in told if one.phase == "counting"]
    assert counting[-1].bytes_done == counting[-1].bytes_total
    assert counting[-1].documents == summary.profile.pages


# the command line


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.mark.parametrize(
    "words", ["--profile x --no-profile", "--profile x --refresh-profile", "--no-profile --refresh-profile"]
)
def test_options_exclude_each_other(call, dump, words):
    code, _, err = call("run", "dump", "--out", "out", *words.split())
    assert code == 2
    assert "error: --profile, --no-profile and --refresh-profile exclude each other" in err


def test_a_missing_or_foreign_profile_is_an_error(call, dump):
    assert call("run", "dump", "--out", "out", "--profile", "gone") == (
        2,
        "",
        "error: gone: No such file or directory\n",
    )
    code, _, err = call("run", "dump", "--out", "out", "--profile", "dump/c.txt")
    assert (code, err.startswith("error: dump/c.txt: no host profile, or a damaged one: ")) == (2, True)
    code, _, err = call("explain", "dump/c.txt", "--profile", "dump/c.txt")
    assert (code, err.startswith("error: dump/c.txt: no host profile, or a damaged one: ")) == (2, True)


def test_the_summary_tells_of_the_profile(call, dump):
    common = ("run", "dump", "--text-column", "body", "--workers", "1", "--out")

    def told(*more: str) -> list[str]:
        return [line for line in call(*common, *more)[1].splitlines() if "profile" in line]

    (line,) = told("out")
    assert line.startswith("  host profile: 122 pages of 3 hosts, counted in 0:0")
    assert told("out") == [
        "  host profile: 122 pages of 3 hosts, of an earlier run; --refresh-profile makes it anew"
    ]
    assert told("other", "--profile", "out") == [
        f"  host profile: 122 pages of 3 hosts, from {os.path.join('out', '_cleaner', 'sites.arrow')}"
    ]
    assert told("third", "--no-profile") == []


def test_the_configuration_names_one_beside_itself(call, dump, tmp_path, monkeypatch):
    write_profile(dump / "known.arrow", profile_from(body(1), body(2), body(3)))
    (dump / "cleaner.toml").write_text('profile = "known.arrow"\ntext-column = "body"\nworkers = 1')

    def origin(*more: str) -> object:
        return (json.loads(call("run", "dump", "--out", "out", "--json", *more)[1])["profile"] or {}).get(
            "pages"
        )

    assert origin() == 3
    assert origin("--no-profile") is None
    assert origin("--refresh-profile") == 122
    assert origin("--profile", "out") == 122


def test_explain_goes_by_a_profile(call, dump, monkeypatch):
    from cleaner.pipeline import Cleaner

    seen = []
    real = Cleaner.explain

    def watched(self, text, title, url, lang, profile, notes):
        seen.append(profile and profile.digest)
        return real(self, text, title, url, lang, profile, notes)

    monkeypatch.setattr(Cleaner, "explain", watched)
    profile = profile_from(body(1), body(2))
    write_profile("known.arrow", profile)
    assert call("explain", "dump/c.txt", "--profile", "known.arrow")[0] == 0
    assert call("explain", "dump/c.txt")[0] == 0
    (dump / "cleaner.toml").write_text('profile = "../known.arrow"')
    assert call("explain", "dump/c.txt")[0] == 0
    assert seen == [profile.digest, None, profile.digest]


# the library


@pytest.fixture
def given_profiles(monkeypatch):
    """The digests of the profiles the core is given."""
    from cleaner.pipeline import Cleaner

    seen = []
    real = Cleaner.clean

    def watched(self, text, title=None, url=None, lang=None, profile=None, notes=()):
        seen.append(profile and profile.digest)
        return real(self, text, title, url, lang, profile, notes)

    monkeypatch.setattr(Cleaner, "clean", watched)
    return seen


def test_clean_takes_a_profile_or_where_one_lies(tmp_path, given_profiles):
    profile = profile_from(body(1), body(2))
    side(tmp_path).parent.mkdir()
    write_profile(side(tmp_path), profile)
    for given in (profile, str(side(tmp_path)), tmp_path, str(tmp_path), cleaner.load_profile(tmp_path)):
        cleaner.clean(body(3), url="https://marsh.example/3", profile=given)
    cleaner.clean(body(3))
    assert given_profiles == [profile.digest] * 5 + [None]
    assert isinstance(cleaner.load_profile(tmp_path), cleaner.Profile)


def test_a_batch_takes_one_too(tmp_path):
    write_profile(tmp_path / "sites.arrow", profile_from(body(1), body(2)))
    batch = pa.table({"text": [body(3)], "url": ["https://marsh.example/3"]})
    by_path = cleaner.clean_batch(batch, profile=tmp_path / "sites.arrow")
    assert by_path.equals(cleaner.clean_batch(batch, cleaner.load_profile(tmp_path)))


@pytest.mark.parametrize("value", [object(), 3, b"sites.arrow", ["sites.arrow"], False])
def test_what_is_no_profile_is_a_type_error(value):
    for function in (cleaner.clean, cleaner.clean_batch):
        with pytest.raises(TypeError, match=r"profile is a cleaner\.Profile, a path or None, not "):
            function("A line.", profile=value)


def test_a_path_that_leads_to_none_is_an_input_error(tmp_path):
    with pytest.raises(cleaner.InputError, match=r"gone\.arrow: No such file"):
        cleaner.clean("A line.", profile=tmp_path / "gone.arrow")


def test_the_profile_of_an_output_serves_the_library_as_the_run(dump, tmp_path):
    """The same text with the same profile comes out the same, alone and in a run."""
    out = tmp_path / "out"
    run([str(dump)], str(out), settings=settings())
    rows = pq.read_table(out / "part-00000.parquet").to_pylist()[:10]
    for row, record in zip(rows, records(0, 10), strict=True):
        alone = cleaner.clean(str(record["body"]), url=str(record["url"]), profile=out)
        assert (alone.text, len(alone.removals)) == (row["text"], len(row["removals"]))


def test_another_process_reads_it_from_the_file(tmp_path):
    write_profile(tmp_path / "sites.arrow", profile_from(body(1), body(2)))
    code = "import cleaner, sys; print(len(cleaner.load_profile(sys.argv[1]).pages))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "sites.arrow")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "2\n"
