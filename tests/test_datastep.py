"""check, fix and baseline: what they find, what they change, and what they leave."""

import csv
import gzip
import json
import os
import subprocess
import sys
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cleaner
from cleaner import cli
from cleaner.cli import main
from cleaner.commands.changes import changes, without
from cleaner.commands.fix import undo
from cleaner.commands.progress import LineReporter
from cleaner.commands.unified import unified
from cleaner.model import Removal, Repair, Result

DIRTY = (
    "The boat left at seven, and the crossing took most of the day, for the wind had turned in the night.\n"
    "\n"
    "Also Read: Why the dam failed\n"
    "\n"
    "The ferryman donâ€™t mind: he was paid by the hour and told everyone who would listen on the quay.\n"
)
FIXED = (
    "The boat left at seven, and the crossing took most of the day, for the wind had turned in the night.\n"
    "\n"
    "The ferryman don’t mind: he was paid by the hour and told everyone who would listen on the quay.\n"
)
CLEAN = "A heron stood in the reeds until dusk, and nobody on the dyke saw it leave.\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def call(capsys):
    def run(*arguments):
        code = cli.main(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def rows(*texts, **others):
    return "".join(
        json.dumps({"id": f"r{n}", "text": text} | others) + "\n" for n, text in enumerate(texts, 1)
    )


class TestCheck:
    def test_nothing_to_do(self, folder, call):
        put(folder / "a.txt", CLEAN)
        put(folder / "empty.txt", "")
        put(folder / "empty.jsonl", "")
        put(folder / "empty.csv", "")
        assert call("check", ".") == (0, "", "4 files checked: nothing to remove or repair\n")

    def test_one_line_a_finding(self, folder, call):
        put(folder / "a.txt", DIRTY)
        code, out, err = call("check", "a.txt")
        assert code == 1
        assert out.splitlines() == [
            "a.txt:3: ALR001 also read: another article: Also Read: Why the dam failed",
            'a.txt:5: encoding text repair: "â€™" becomes "’"',
        ]
        assert err.startswith("1 file checked: 2 findings in 1 file; `cleaner fix`")
        assert (folder / "a.txt").read_text() == DIRTY

    def test_records_are_named_by_line_row_and_id(self, folder, call):
        put(folder / "a.jsonl", "\n" + rows(CLEAN, DIRTY))
        with (folder / "b.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("key", "body"), ("x", CLEAN), ("y", DIRTY)])
        pq.write_table(pa.table({"uuid": ["p", "q"], "content": [DIRTY, None]}), folder / "c.parquet")
        places = [
            line.partition(" ALR001 ")[::2] for line in call("check", ".")[1].splitlines() if "ALR" in line
        ]
        assert [(place, told.rpartition(" [")[2]) for place, told in places] == [
            ("a.jsonl:3:", "row 2, id r2]"),
            ("b.csv:6:", "row 2]"),
            ("c.parquet:1:", "row 1, id p]"),
        ]

    def test_same_as_the_core(self, folder, call):
        put(folder / "a.txt", DIRTY)
        _, out, _ = call("check", "--format", "json", "a.txt")
        result = cleaner.clean(DIRTY)
        told = json.loads(out)
        assert [one["code"] for one in told if one["kind"] == "removal"] == [r.rule for r in result.removals]
        assert [one["code"] for one in told if one["kind"] == "repair"] == [r.fix for r in result.repairs]
        for one in told:
            assert DIRTY[one["start"] : one["end"]] == one["before"]

    def test_like_repairs_on_one_line_are_one_finding(self, folder, call):
        put(folder / "a.txt", "The ferrymen don\u00e2\u20ac\u2122t mind, and don\u00e2\u20ac\u2122t ask.\n")
        code, out, err = call("check", "a.txt")
        assert code == 1
        assert (
            out
            == 'a.txt:1: encoding text repair: "\u00e2\u20ac\u2122" becomes "\u2019" (2 times on this line)\n'
        )
        assert "1 finding in 1 file" in err

    def test_json_of_nothing_is_an_empty_array(self, folder, call):
        put(folder / "a.txt", CLEAN)
        code, out, _ = call("check", "--format", "json", "a.txt")
        assert (code, json.loads(out)) == (0, [])

    def test_github_escapes_what_it_would_read_as_its_own(self, folder, call):
        put(folder / "a,b.txt", DIRTY)
        first = call("check", "--format", "github", "a,b.txt")[1].splitlines()[0]
        assert first == (
            "::error file=a%2Cb.txt,line=3,title=ALR001 also read%3A another article"
            "::a,b.txt:3: ALR001 also read: another article: Also Read: Why the dam failed"
        )

    def test_sarif(self, folder, call):
        put(folder / "a b.jsonl", rows(DIRTY))
        (run,) = json.loads(call("check", "--format", "sarif", "a b.jsonl")[1])["runs"]
        assert run["tool"]["driver"]["version"] == cleaner.__version__
        assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["ALR001", "encoding"]
        (place,) = run["results"][0]["locations"]
        assert place["physicalLocation"] == {
            "artifactLocation": {"uri": "a%20b.jsonl"},
            "region": {"startLine": 1},
        }
        assert place["logicalLocations"][0]["name"] == "row 1, id r1"

    def test_a_diff_can_be_applied(self, folder, call):
        said = [f"On day {day} the water stood {day + 20} inches above the mark.\n" for day in range(20)]
        text = "".join([*said[:10], DIRTY, *said[10:], "\n", "Also Read: The ford"])
        put(folder / "a.txt", text)
        code, out, _ = call("check", "--diff", "-q", "a.txt")
        assert code == 1
        assert out.startswith("--- a.txt\n+++ a.txt\n@@ -10,")
        subprocess.run(["git", "apply", "-p0", "-"], input=out.encode(), check=True)
        fixed = (folder / "a.txt").read_text()
        assert fixed == cleaner.clean(text).text != text

    def test_a_diff_and_a_format_exclude_each_other(self, folder, call):
        put(folder / "a.txt", DIRTY)
        assert call("check", "--diff", "--format", "json", "a.txt")[0] == 2

    def test_colour_where_it_is_asked_for(self, folder, call, monkeypatch):
        put(folder / "a.txt", DIRTY)
        assert "\x1b[" not in call("check", "a.txt")[1]
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert "\x1b[31mALR001\x1b[0m" in call("check", "a.txt")[1]
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b[" not in call("check", "--diff", "a.txt")[1]

    def test_what_is_no_document_is_skipped_with_a_note(self, folder, call):
        put(folder / "a.txt", bytes(range(256)) * 10)
        put(folder / "b.csv", "x,y\n1,2\n")
        code, out, err = call("check", ".")
        assert (code, out) == (0, "")
        assert "note: a.txt: skipped: binary, no text\n" in err
        assert "note: b.csv: skipped: no column has a usual name of the text" in err

    def test_a_near_miss_of_a_column_is_an_error(self, folder, call):
        put(folder / "a.csv", "body,y\n1,2\n")
        code, _, err = call("check", "--text-column", "boddy", "a.csv")
        assert code == 1
        assert "a.csv: --text-column: there is no column 'boddy'; did you mean `body`?\n" in err

    def test_what_cannot_be_read_is_an_error_and_the_rest_is_done(self, folder, call):
        put(folder / "a.jsonl", '{"text": "x"}\n{"text": \n')
        put(folder / "b.parquet", b"PAR1 no parquet")
        put(folder / "c.txt", DIRTY)
        code, out, err = call("check", ".")
        assert code == 1
        assert out.count("\n") == 2
        assert "error: a.jsonl, record 2: line 2: broken JSON" in err
        assert "error: b.parquet: no Parquet file" in err
        assert "3 files checked, 2 errors: 2 findings in 1 file" in err

    def test_standard_input(self, folder):
        put(folder / "cleaner.toml", 'no-repair = ["encoding"]')
        done = subprocess.run(
            [sys.executable, "-m", "cleaner", "check", "-q", "-"],
            input=DIRTY.encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 1
        assert done.stdout.startswith(b"standard input:3: ALR001 ")
        assert done.stdout.count(b"\n") == 1

    def test_compressed_files(self, folder, call):
        put(folder / "a.jsonl.gz", gzip.compress(rows(DIRTY).encode()))
        assert call("check", "a.jsonl.gz")[0] == 1

    def test_the_fuse_is_a_finding(self, folder, call, monkeypatch):
        fused = Result(CLEAN, "fused", chars_in=len(CLEAN), chars_out=len(CLEAN))
        monkeypatch.setattr("cleaner.pipeline.Cleaner.clean_many", lambda *_: [fused])
        put(folder / "a.txt", CLEAN)
        code, out, _ = call("check", "a.txt")
        assert code == 1
        assert out.startswith("a.txt:1: fuse kept whole: too little of the text would remain")
        code, out, err = call("fix", "a.txt")
        assert (code, out) == (1, "")
        assert "a.txt: left: too little of the text would remain" in err

    def test_texts_of_many_files_go_through_the_core_together(self, folder, call, monkeypatch):
        from cleaner.pipeline import Cleaner

        sizes = []
        clean_many = Cleaner.clean_many
        monkeypatch.setattr(
            Cleaner,
            "clean_many",
            lambda self, documents, *rest: sizes.append(len(documents)) or clean_many(self, documents, *rest),
        )
        for number in range(30):
            put(folder / f"{number:02}.txt", DIRTY if number % 2 else CLEAN)
        assert call("check", ".")[1].count("ALR001") == 15
        assert sizes == [30]

    def test_a_hook_loads_no_arrow(self, folder):
        put(folder / "a.txt", DIRTY)
        put(folder / "a.jsonl", rows(DIRTY))
        put(folder / "a.csv", f'text\n"{DIRTY}"\n')
        heavy = ["pyarrow", "trafilatura", "rich", "chardet", "pandas", "cleaner.extract"]
        for calls, unwanted in (
            ("main(['check', 'a.txt'])", [*heavy, "numpy.ma", "tempfile", "shutil"]),
            ("main(['explain', 'a.txt']); main(['check', '.']); main(['fix', '.'])", heavy),
        ):
            probe = (
                f"import sys; from cleaner.cli import main; {calls};"
                f"print([name for name in {unwanted} if name in sys.modules])"
            )
            done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
            assert done.stdout.splitlines()[-1] == "[]"
        assert (folder / "a.txt").read_text() == FIXED

    def test_one_thread_is_enough(self, folder):
        put(folder / "a.txt", DIRTY)
        probe = (
            "import os, sys; sys.argv = ['cleaner', 'check', 'a.txt'];"
            "from cleaner.__main__ import main; main();"
            "print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
        )
        for asked in ("1", "2"):
            given = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
            given |= {"OPENBLAS_NUM_THREADS": asked} if asked != "1" else {}
            done = subprocess.run(
                [sys.executable, "-c", probe], capture_output=True, text=True, check=True, env=given
            )
            assert done.stdout.splitlines()[-1] == f"{asked} True"

    def test_how_far_a_long_check_is(self, folder, call, monkeypatch):
        monkeypatch.setattr("cleaner.commands.looking.LONG", 1)
        monkeypatch.setattr("cleaner.commands.looking.MOST", 3)
        monkeypatch.setattr("cleaner.commands.progress.LineReporter", partial(LineReporter, every=0.0))
        put(folder / "a.jsonl", rows(*[CLEAN] * 8))
        put(folder / "b.jsonl", rows(*[CLEAN] * 2))
        told = [line.split(",")[0] for line in call("check", ".")[2].splitlines()[:-1]]
        assert told == ["3 documents", "6 documents", "9 documents", "10 documents"]
        assert call("check", "-q", ".")[2] == ""


class TestFix:
    def test_every_format_and_a_second_run(self, folder, call):
        put(folder / "a.txt", DIRTY)
        put(folder / "crlf.txt", b"\xef\xbb\xbf" + DIRTY.replace("\n", "\r\n").encode())
        put(folder / "wide.txt", DIRTY.replace("â€™", "'").encode("utf-16"))
        put(folder / "b.jsonl", rows(DIRTY, CLEAN, n=1.5))
        put(folder / "c.csv", f'id;text;n\r\n1;"{DIRTY}";1.50\r\n')
        pq.write_table(pa.table({"text": [CLEAN, DIRTY]}), folder / "d.parquet")
        put(folder / "clean.txt", CLEAN)
        code, out, err = call("fix", ".")
        assert code == 0
        assert "fixed a.txt: 1 removal, 1 repair, 33 characters fewer\n" in out
        assert out.count("fixed ") == 6
        assert err == "7 files looked at, 6 fixed\n"
        assert (folder / "a.txt").read_text() == FIXED
        assert (folder / "crlf.txt").read_bytes() == b"\xef\xbb\xbf" + FIXED.replace("\n", "\r\n").encode()
        assert (folder / "wide.txt").read_bytes() == FIXED.replace("’", "'").encode("utf-16")
        assert (folder / "b.jsonl").read_text() == rows(FIXED, CLEAN, n=1.5)
        assert (folder / "c.csv").read_bytes() == f'id;text;n\r\n1;"{FIXED}";1.50\r\n'.encode()
        assert pq.read_table(folder / "d.parquet").column("text").to_pylist() == [CLEAN, FIXED]
        before = {path: (path.read_bytes(), path.stat().st_ino) for path in folder.iterdir()}
        assert call("fix", ".") == (0, "", "7 files looked at, 0 fixed\n")
        assert {path: (path.read_bytes(), path.stat().st_ino) for path in folder.iterdir()} == before
        assert call("check", ".")[0] == 0

    def test_a_dry_run_changes_nothing(self, folder, call):
        put(folder / "a.txt", DIRTY)
        code, out, err = call("fix", "--dry-run", "--ledger", "ledger.jsonl", "a.txt")
        assert (code, out) == (0, "would fix a.txt: 1 removal, 1 repair, 33 characters fewer\n")
        assert err == "1 file looked at, 1 to fix\n"
        assert (folder / "a.txt").read_text() == DIRTY
        assert not (folder / "ledger.jsonl").exists()

    def test_the_ledger_gives_every_text_back_and_is_added_to(self, folder, call):
        texts = [DIRTY, CLEAN, CLEAN + DIRTY * 2]
        put(folder / "a.jsonl", rows(*texts))
        put(folder / "b.txt", DIRTY)
        assert call("fix", "--ledger", "ledger.jsonl", "a.jsonl")[0] == 0
        assert call("fix", "--ledger", "ledger.jsonl", "a.jsonl", "b.txt")[0] == 0
        told = [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
        assert [(one["path"], one["row"], one["id"]) for one in told] == [
            ("a.jsonl", 1, "r1"),
            ("a.jsonl", 3, "r3"),
            ("b.txt", None, None),
        ]
        after = [json.loads(line)["text"] for line in (folder / "a.jsonl").read_text().splitlines()]
        assert undo(after[0], told[0]["changes"]) == texts[0]
        assert undo(after[2], told[1]["changes"]) == texts[2]
        assert undo((folder / "b.txt").read_text(), told[2]["changes"]) == DIRTY

    def test_the_ledger_is_written_before_the_file(self, folder, call, monkeypatch):
        from cleaner.files.inplace.replacing import Replacement

        put(folder / "a.txt", DIRTY)
        monkeypatch.setattr(Replacement, "publish", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        assert call("fix", "--ledger", "ledger.jsonl", "a.txt")[0] == 130
        assert (folder / "a.txt").read_text() == DIRTY
        assert len((folder / "ledger.jsonl").read_text().splitlines()) == 1
        assert sorted(os.listdir(folder)) == ["a.txt", "ledger.jsonl"]

    def test_a_ledger_that_is_a_file_to_fix_is_refused(self, folder, call):
        put(folder / "a.jsonl", rows(DIRTY))
        code, _, err = call("fix", "--ledger", "a.jsonl", "a.jsonl")
        assert code == 2
        assert "is one of the files to be fixed" in err

    def test_json(self, folder, call):
        put(folder / "a.txt", DIRTY)
        told = json.loads(call("fix", "--json", "-q", "a.txt")[1])
        assert told == {
            "path": "a.txt",
            "documents": 1,
            "removals": 1,
            "repairs": 1,
            "characters": 33,
            "left": 0,
            "fixed": True,
        }

    def test_what_its_charset_lacks_leaves_a_text(self, folder, call):
        text = DIRTY.replace("donâ€™t", "grüßte höflich &rarr; und")
        put(folder / "a.txt", text.encode("cp1252"))
        code, out, err = call("fix", "a.txt")
        assert (code, out) == (1, "")
        assert "a.txt: left: its charset has no '→' (U+2192); convert it to UTF-8 first\n" in err
        assert (folder / "a.txt").read_bytes() == text.encode("cp1252")

    def test_a_read_only_file_is_left_and_told_once(self, folder, call):
        path = put(folder / "a.jsonl", rows(*[DIRTY] * 5))
        path.chmod(0o444)
        code, _, err = call("fix", "a.jsonl")
        assert code == 1
        assert err.count("left: read-only") == 1
        assert "5 texts left" in err

    def test_broken_records_stay_and_the_others_are_fixed(self, folder, call):
        put(folder / "a.jsonl", "no json\n" + rows(DIRTY))
        assert call("fix", "a.jsonl")[0] == 1
        assert (folder / "a.jsonl").read_text() == "no json\n" + rows(FIXED)

    def test_a_damaged_file_is_left_alone(self, folder, call):
        data = put(
            folder / "a.jsonl", ("\ufeff" + rows(DIRTY)).encode("utf-16-le") + b"\x00\xd8\x41"
        ).read_bytes()
        assert call("fix", "a.jsonl")[0] == 1
        assert (folder / "a.jsonl").read_bytes() == data

    def test_standard_input_is_refused(self, call):
        code, _, err = call("fix", "-")
        assert code == 2
        assert "cleaner run -" in err


class TestSuppression:
    def test_configuration_is_that_above_each_file(self, folder, call):
        put(folder / "cleaner.toml", 'ignore = ["ALR"]')
        put(folder / "other" / "cleaner.toml", 'no-repair = ["encoding"]')
        put(folder / "a.txt", DIRTY)
        put(folder / "other" / "b.txt", DIRTY)
        out = call("check", "a.txt", "other/b.txt")[1]
        assert [line.split()[:2] for line in out.splitlines()] == [
            ["a.txt:5:", "encoding"],
            ["other/b.txt:3:", "ALR001"],
        ]

    def test_per_file_ignores(self, folder, call):
        put(
            folder / "pyproject.toml",
            "[tool.cleaner.per-file-ignores]\n"
            '"data/old/*" = ["ALR", "encoding"]\n"half*.txt" = ["encoding"]\n',
        )
        for name in ("data/old/deep/a.txt", "data/half-1.txt", "data/new.txt"):
            put(folder / name, DIRTY)
        out = call("check", "data")[1]
        assert [line.split()[:2] for line in out.splitlines()] == [
            ["data/half-1.txt:3:", "ALR001"],
            ["data/new.txt:3:", "ALR001"],
            ["data/new.txt:5:", "encoding"],
        ]
        call("fix", "data")
        assert (folder / "data/old/deep/a.txt").read_text() == DIRTY
        assert (folder / "data/half-1.txt").read_text() == FIXED.replace("’", "â€™")

    def test_an_unknown_code_of_a_file_is_an_error(self, folder, call):
        put(folder / "cleaner.toml", 'per-file-ignores = {"*.txt" = ["ARL001"]}')
        put(folder / "a.txt", DIRTY)
        code, _, err = call("check", "a.txt")
        assert code == 2
        assert "no rule has the code or prefix 'ARL001'" in err

    def test_excluded_ids(self, folder, call):
        put(folder / "cleaner.toml", 'exclude-ids = ["r1"]')
        put(folder / "a.jsonl", rows(DIRTY, DIRTY, DIRTY))
        assert call("check", "a.jsonl")[1].count("ALR001") == 2
        assert call("check", "--exclude-ids", "r1,r2", "a.jsonl")[1].count("ALR001") == 1
        call("fix", "a.jsonl")
        assert (folder / "a.jsonl").read_text() == rows(DIRTY, FIXED, FIXED)

    def test_a_baseline_accepts_what_is_there_and_no_more(self, folder, call):
        put(folder / "data" / "a.txt", DIRTY)
        code, out, err = call("baseline", "data")
        assert (code, out) == (0, "")
        assert "cleaner-baseline.json: 2 findings accepted in 1 file\n" in err
        assert 'put `baseline = "cleaner-baseline.json"` into the configuration' in err
        put(folder / "cleaner.toml", 'baseline = "cleaner-baseline.json"')
        assert call("check", "data")[:2] == (0, "")
        assert call("fix", "data")[0] == 0
        assert (folder / "data/a.txt").read_text() == DIRTY

        put(folder / "data" / "a.txt", CLEAN + DIRTY)  # the lines moved: still accepted
        assert call("check", "data")[0] == 0
        put(folder / "data" / "a.txt", DIRTY + "\nAlso Read: Why the dam failed\n\n" + CLEAN)  # a second copy
        code, out, _ = call("check", "data")
        assert code == 1
        assert out.splitlines() == [
            "data/a.txt:7: ALR001 also read: another article: Also Read: Why the dam failed"
        ]

    def test_fix_leaves_what_is_accepted_and_settles(self, folder, call):
        put(folder / "a.txt", DIRTY)
        call("baseline", "a.txt", "--out", "known.json")
        put(folder / "a.txt", DIRTY + "\nShare this:\nFacebook\nTwitter\n")
        assert call("fix", "--baseline", "known.json", "--ledger", "l.jsonl", "a.txt")[0] == 0
        assert (folder / "a.txt").read_text() == DIRTY
        (told,) = map(json.loads, (folder / "l.jsonl").read_text().splitlines())
        assert undo(DIRTY, told["changes"]) == DIRTY + "\nShare this:\nFacebook\nTwitter\n"
        assert call("check", "--baseline", "known.json", "a.txt")[0] == 0

    def test_made_again_for_some_files_others_keep_theirs(self, folder, call):
        put(folder / "a.txt", DIRTY)
        put(folder / "b.txt", DIRTY)
        put(folder / "gone.txt", DIRTY)
        call("baseline", ".")
        put(folder / "a.txt", CLEAN)
        (folder / "gone.txt").unlink()
        call("baseline", "a.txt")
        table = json.loads((folder / "cleaner-baseline.json").read_text())
        assert list(table["files"]) == ["b.txt"]
        assert [key.split()[0] for key in table["files"]["b.txt"]] == ["ALR001", "encoding"]

    def test_a_file_that_cannot_be_read_keeps_what_it_had(self, folder, call):
        put(folder / "a.jsonl", rows(DIRTY))
        call("baseline", "a.jsonl")
        before = (folder / "cleaner-baseline.json").read_text()
        put(folder / "a.jsonl", ("\ufeff" + rows(DIRTY)).encode("utf-16-le") + b"\x00\xd8\x41")
        assert call("baseline", "a.jsonl")[0] == 1
        assert (folder / "cleaner-baseline.json").read_text() == before

    @pytest.mark.parametrize("text", ["", "[]", '{"form": 1, "files": 5}', "nonsense"])
    def test_a_damaged_baseline_says_how_to_make_it_anew(self, folder, call, text):
        put(folder / "a.txt", DIRTY)
        put(folder / "known.json", text)
        code, _, err = call("check", "--baseline", "known.json", "a.txt")
        assert code == 2
        assert "known.json: " in err
        assert "cleaner baseline" in err


TEXTS = st.lists(
    st.sampled_from(
        [
            "",
            CLEAN.strip(),
            "Also Read: Why the dam failed",
            "donâ€™t",
            "caf&eacute; â€œxâ€\x9d",
            "Share this:",
            "Facebook",
        ]
    ),
    max_size=12,
)


class TestChanges:
    @given(TEXTS, st.sampled_from(["\n", "\r\n"]))
    @settings(max_examples=150, deadline=None)
    def test_together_they_are_the_result(self, lines, end):
        text = end.join(lines)
        result = cleaner.clean(text)
        assert without(text, changes(text, result)) == result.text

    def test_a_repair_that_reaches_over_the_edge_of_a_removal(self):
        result = Result(
            "ab", "cleaned", repairs=(Repair("x", 1, 3, "123"),), removals=(Removal("ALR001", 2, 4, "CD"),)
        )
        found = changes("a123D", result)
        assert without("a123D", found) == result.text
        assert [change.code for change in found] == ["x+ALR001"]

    @given(TEXTS, st.sampled_from(["\n", "\r\n"]), st.booleans())
    @settings(max_examples=100, deadline=None)
    def test_a_diff_says_what_changes(self, lines, end, ended):
        text = end.join(lines) + end * ended
        result = cleaner.clean(text)
        patched = apply_patch(text, list(unified("a", text, changes(text, result))))
        assert patched == result.text


def apply_patch(text, diff):
    """The text after a unified diff, by the book."""
    old = text.split("\n")
    old = [line + "\n" for line in old[:-1]] + ([old[-1]] if old[-1] else [])
    new, at = [], 0
    hunk = diff[2:]
    for number, line in enumerate(hunk):
        if line.startswith("@@"):
            start, length = map(int, line.split()[1][1:].split(","))
            first = start - 1 if length else start
            new += old[at:first]
            at = first
        elif line[0] in " -":
            ended = hunk[number + 1 : number + 2] != ["\\ No newline at end of file"]
            assert old[at] == line[1:] + "\n" * ended
            new += [old[at]] if line[0] == " " else []
            at += 1
        elif line[0] == "+":
            new.append(line[1:] + "\n" * (hunk[number + 1 : number + 2] != ["\\ No newline at end of file"]))
    return "".join(new + old[at:])


def test_pages_are_passed_by_with_a_note(tmp_path, capsys):
    (tmp_path / "page.html").write_text("<p>Share this:")
    for command in ("check", "fix"):
        assert main([command, str(tmp_path / "page.html")]) == 0
        assert "skipped: html holds pages, which are not changed in place" in capsys.readouterr().err
    assert (tmp_path / "page.html").read_text() == "<p>Share this:"
