"""The command line: what it says, what it refuses, and the exit code of every way to end."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from cleaner import cli, headlines
from cleaner._version import __version__
from cleaner.model import InputError
from cleaner.options import Options

ROOT = Path(__file__).resolve().parent.parent
SCREEN = 24
"""Lines of the smallest terminal a help page of the whole program should fit."""


@pytest.fixture(autouse=True)
def quiet_surroundings(tmp_path, monkeypatch):
    """No configuration but the test's own, no colour but what the test asks for."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


class Said(NamedTuple):
    """One call of the program: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(capsys):
    def run(*arguments: str) -> Said:
        code = cli.main(list(arguments))
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


def program(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "cleaner", *arguments], capture_output=True, text=True, check=False, **options
    )


def every_command(group: click.Group = cli.cli, above: str = "") -> Iterator[str]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        yield f"{above}{name}"
        if isinstance(command, click.Group):
            yield from every_command(command, f"{above}{name} ")


class TestHelp:
    def test_version_names_what_an_error_report_needs(self, call):
        said = call("--version")
        assert said.code == 0
        assert said.out.splitlines()[0] == f"cleaner {__version__}"
        for name in ("Python", "ftfy", "regex", "chardet", "numpy", "ahocorasick_rs", "pyarrow", "click"):
            assert name in said.out
        assert "not found" not in said.out

    def test_the_programs_help_fits_one_screen_and_groups_commands(self, call):
        said = call("--help")
        assert said.code == 0
        assert len(said.out.splitlines()) <= SCREEN
        assert said.out.index("Clean a dump") < said.out.index("  run ") < said.out.index("See why")

    def test_every_command_is_listed_under_its_use(self):
        for group in (cli.cli, cli.rules):
            homes = {name: home for names in group.uses.values() for name, home in names.items()}
            assert {name for name, home in homes.items() if not home} == set(group.commands)
            for name in homes:
                assert group.get_command(click.Context(group), name).name == name

    @pytest.mark.parametrize("command", list(every_command()))
    def test_every_command_has_an_example_of_itself(self, call, command):
        said = call(*command.split(), "--help")
        assert said.code == 0
        example = said.out.partition("Example:\n")[2].strip()
        assert f"cleaner {command} " in example
        assert max(map(len, said.out.splitlines())) <= 80

    def test_bare_program_shows_help_and_refuses(self, call):
        said = call()
        assert (said.code, said.out) == (2, "")
        assert "Usage: cleaner" in said.err

    def test_as_a_module(self):
        assert program("--version").stdout.startswith(f"cleaner {__version__}\n")

    def test_the_width_is_the_terminals(self, call, monkeypatch):
        monkeypatch.setenv("COLUMNS", "60")
        assert max(map(len, call("check", "--help").out.splitlines())) <= 60

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion_of_every_shell(self, call, shell):
        said = call("completion", shell)
        assert said.code == 0
        assert f"_CLEANER_COMPLETE={shell}_complete" in said.out

    @pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
    @pytest.mark.parametrize(
        ("words", "completed"),
        [
            ("cleaner che", "check"),
            ("cleaner check --form", "--format"),
            ("cleaner check --format s", "sarif"),
            ("cleaner check --strictness c", "cautious"),
            ("cleaner rules sh", "show"),
            ("cleaner rules show ALR00", "ALR001 ALR002 ALR003"),
            ("cleaner check --ignore NWS,ALR00", "NWS,ALR001 NWS,ALR002"),
        ],
    )
    def test_completion_in_a_shell(self, tmp_path, words, completed):
        program_path = tmp_path / "cleaner"
        program_path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cleaner "$@"\n')
        program_path.chmod(0o755)
        script = (
            f'eval "$(cleaner completion bash)"; COMP_WORDS=({words}); COMP_CWORD={len(words.split()) - 1};'
            '_cleaner_completion cleaner; echo "${COMPREPLY[@]}"'
        )
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["bash", "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith(completed), done.stderr


class TestWrongUsage:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["rum"], "no such command `rum`; did you mean `run`?"),
            (["qqq"], "no such command `qqq`; known: "),
            (["run", "x", "--out", "y", "--txt-column", "t"], "--text-column"),
            (["run", "--out", "y"], "missing argument 'INPUT...'"),
            (["run", "x"], "missing option '--out'"),
            (["run", "x", "--out", "y", "--workers", "0"], "0 is not in the range"),
            (["run", "x", "--out", "y", "--confidence", "low"], "'low' is not one of"),
            (["run", "x", "--out", "y", "--max-document-size", "huge"], "expected a size in bytes"),
            (["run", "x", "--out", "y", "--config", "a.toml", "--no-config"], "exclude each other"),
            (["run", "x", "--out", "y", "--config", "gone.toml"], "gone.toml: cannot be read: No such file"),
            (["rules", "show"], "missing argument 'CODE...'"),
            (["rules", "show", "HDL01"], "no rule has the code or prefix `HDL01`; did you mean `HDL001`?"),
            (["rules", "tset"], "no rule has the code or prefix `tset`; did you mean `test`?"),
            (["rules", "test", "gone.toml"], "gone.toml: cannot read the rule pack"),
            (["explain"], "missing argument 'FILE...'"),
            (["check"], "missing argument 'FILE...'"),
            (["chekc", "x"], "no such command `chekc`; did you mean `check`?"),
            (["check", "x", "--formt", "json"], "--format"),
            (["check", "x", "--format", "sarfi"], "did you mean `sarif`?"),
            (["check", "gone.txt"], "no readable input: gone.txt: No such file or directory"),
            (["check", "-", "--ignore", "ALR0001"], "did you mean `ALR001`?"),
            (
                ["check", "-", "--ignore", "QQQ"],
                "no rule has the code or prefix 'QQQ'; `cleaner rules`",
            ),
            (["check", "-", "--encoding", "utf9"], "--encoding utf9: no charset is known by this name"),
            (
                ["check", "-", "--baseline", "gone.json"],
                "gone.json: No such file or directory; `clea",
            ),
            (["fix", "-"], "standard input is no file to change"),
            (["baseline", "-"], "standard input is no file to change"),
            (["completion"], "missing argument '{bash|zsh|fish}'. Choose from: bash, zsh, fish"),
        ],
    )
    def test_is_two_and_says_what(self, call, arguments, message):
        said = call(*arguments)
        assert said.code == 2
        assert said.out == ""
        assert said.err.startswith("error: ")
        assert message in said.err

    def test_the_way_to_the_help_is_told(self, call):
        assert "see `cleaner run --help`" in call("run", "x").err

    def test_a_key_of_the_configuration(self, call, tmp_path):
        (tmp_path / "cleaner.toml").write_text("slect = []")
        said = call("rules")
        assert said.code == 2
        assert said.err == "error: cleaner.toml: unknown key `slect`; did you mean `select`?\n"
        assert call("rules", "--no-config").code == 0


class TestEndings:
    @pytest.fixture
    def listing_raises(self, monkeypatch):
        from cleaner.commands import rules

        def arrange(error: BaseException) -> None:
            def raising(*_arguments, **_options):
                raise error

            monkeypatch.setattr(rules, "listing", raising)

        return arrange

    def test_an_expected_error_is_one_line(self, call, listing_raises):
        listing_raises(InputError("page\x1b[31m.txt: cannot be read"))
        said = call("rules")
        assert (said.code, said.out, said.err) == (2, "", "error: page\\x1b[31m.txt: cannot be read\n")

    def test_an_error_of_the_system_names_the_file(self, call, listing_raises):
        listing_raises(PermissionError(13, "Permission denied", "/data/x"))
        said = call("rules")
        assert (said.code, said.err) == (2, "error: /data/x: Permission denied\n")

    @pytest.mark.parametrize("error", [ZeroDivisionError("oops"), EOFError("cut short")])
    def test_a_defect_shows_its_trace_and_where_to_report(self, call, listing_raises, error):
        listing_raises(error)
        said = call("rules")
        assert said.code == 2
        assert "Traceback" in said.err
        assert str(error) in said.err
        assert "please report" in said.err

    def test_an_interruption_is_130(self, call, listing_raises):
        listing_raises(KeyboardInterrupt())
        said = call("rules")
        assert (said.code, said.out) == (130, "")
        assert "Traceback" not in said.err

    @pytest.mark.skipif(os.name == "nt", reason="no POSIX signals")
    def test_a_real_interruption_is_130(self):
        """`explain -` waits for standard input; Ctrl-C ends it."""
        waiting = subprocess.Popen(
            [sys.executable, "-m", "cleaner", "explain", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert waiting.stdin is not None
            waiting.stdin.write("A line.\n")
            waiting.stdin.flush()
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(2)
            waiting.send_signal(signal.SIGINT)
            _, err = waiting.communicate(timeout=10)
        finally:
            waiting.kill()
        assert waiting.returncode == 130
        assert "Traceback" not in err

    @pytest.mark.skipif(os.name == "nt", reason="no POSIX signals")
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_is_quiet_while_it_is_imported(self, tmp_path, number):
        """The signal comes in the middle of the first import of something heavy."""
        (tmp_path / "click.py").write_text(
            f"import os, time\nos.kill(os.getpid(), {int(number)})\ntime.sleep(9)\n"
        )
        path = os.pathsep.join([str(tmp_path), str(Path(cli.__file__).parent.parent)])
        for program in (
            ["-m", "cleaner"],
            ["-c", "import sys; from cleaner.__main__ import main; sys.exit(main())"],
        ):
            ended = subprocess.run(
                [sys.executable, *program, "run", "x", "--out", "y"],
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": path},
                check=False,
            )
            assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")

    def test_importing_the_package_leaves_signals_alone(self):
        code = "import cleaner.__main__, cleaner.cli, signal; print(signal.getsignal(signal.SIGTERM).name)"
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert ended.stdout == "SIG_DFL\n"

    def test_a_reader_that_leaves_is_no_failure(self):
        command = f"{sys.executable} -m cleaner rules list --json | head -c 1"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "[", "")

    def test_a_terminal_without_utf8_gets_escapes(self, tmp_path):
        (tmp_path / "page.txt").write_text("Fähre “spät” 渡\n", encoding="utf-8")
        env = {**os.environ, "PYTHONIOENCODING": "ascii"}
        done = program("explain", "page.txt", env=env)
        assert done.returncode == 0
        assert r"F\xe4hre" in done.stdout


class TestRules:
    def test_the_list_has_code_languages_confidence_name(self, call):
        said = call("rules")
        assert said.code == 0
        line = next(line for line in said.out.splitlines() if line.startswith("HDL001"))
        assert line.split(maxsplit=4) == ["HDL001", "any", "high", "headlines", "headline repeated"]

    def test_prefixes_choose(self, call):
        for arguments in (["rules", "HDL"], ["rules", "list", "hdl"]):
            codes = [line.split()[0] for line in call(*arguments).out.splitlines()[:-2]]
            assert codes == list(headlines.CODES)

    def test_json_lists_every_rule_with_its_reason(self, call):
        listed = json.loads(call("rules", "--json").out)
        assert {"code", "name", "languages", "confidence", "family", "why", "state"} <= listed[0].keys()
        shown = [line.split()[0] for line in call("rules").out.splitlines()[:-2]]
        assert [entry["code"] for entry in listed] == shown
        (gate,) = next(entry for entry in listed if entry["code"] == "ALR007")["gates"][:1]
        assert gate["prefixes"] or gate["literals"]
        assert gate["longest"] > 0

    def test_what_the_configuration_switches_off_is_marked(self, call, tmp_path):
        (tmp_path / "cleaner.toml").write_text('ignore = ["HDL002"]')
        states = {entry["code"]: entry["state"] for entry in json.loads(call("rules", "--json", "HDL").out)}
        assert states == dict.fromkeys(headlines.CODES, "removes") | {"HDL002": "off", "HDL004": "off"}
        (tmp_path / "cleaner.toml").write_text('headlines = "drop"')
        listed = json.loads(call("rules", "--json", "HDL").out)
        assert {entry["state"] for entry in listed} == {"removes"}

    def test_show_says_everything(self, call, own_pack):
        said = call("rules", "show", "ZZZ001", "--rules", str(own_pack))
        assert said.code == 0
        for part in (
            "ZZZ001 pointer to the marsh",
            "marsh (zzz.toml)",
            "scope       line",
            "languages   en",
            "confidence  high (removes text)",
            "It only points to the marsh page.",
            "A sentence about the marsh.",
            "  visit the marsh",
            "  max_words: 9",
            "  - Visit the marsh today",
            "  | They visit the marsh",
        ):
            assert part in said.out

    def test_colour_where_it_is_asked_for(self, call, own_pack, monkeypatch):
        plain = call("rules", "show", "HDL001").out
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert "\x1b[" in call("rules", "show", "HDL001").out
        monkeypatch.setenv("NO_COLOR", "1")
        assert call("rules", "show", "HDL001").out == plain
        assert "\x1b" not in plain


PACK = '''
[pack]
name = "marsh"
prefix = "ZZZ"

[[rule]]
code = "ZZZ001"
name = "pointer to the marsh"
scope = "line"
languages = ["en"]
confidence = "high"
why = "It only points to the marsh page."
risk = "A sentence about the marsh."
any = ["visit the marsh"]
max_words = 9
examples = """
| The river rose in the night and the lower fields stood under water by morning.
- Visit the marsh today
| They visit the marsh
"""
'''


@pytest.fixture
def own_pack(tmp_path: Path) -> Path:
    path = tmp_path / "zzz.toml"
    path.write_text(PACK, encoding="utf-8")
    return path


class TestRulesTest:
    """In processes of their own: within one, a pack is read once."""

    @staticmethod
    def outcome(pack: Path) -> Said:
        done = program("rules", "test", pack.name, cwd=pack.parent)
        assert done.stderr == ""
        return Said(done.returncode, done.stdout, done.stderr)

    def test_an_own_pack_that_holds(self, own_pack):
        said = self.outcome(own_pack)
        assert said.code == 0
        assert said.out == "1 rule of 1 pack holds in 1 example\n"

    def test_failures_name_rule_line_and_what_happened(self, own_pack):
        own_pack.write_text(
            PACK.replace("| They visit the marsh", "| Visit the marsh again\n- They visit the marsh")
        )
        said = self.outcome(own_pack)
        assert said.code == 1
        assert said.out.splitlines() == [
            "FAILED zzz.toml: ZZZ001: line 3 of its examples: should stay and goes",
            "    Visit the marsh again",
            "FAILED zzz.toml: ZZZ001: line 4 of its examples: should go and stays",
            "    They visit the marsh",
            "1 of 1 rules failed",
        ]

    def test_known_failures_are_counted(self, own_pack):
        own_pack.write_text(PACK.replace("| They visit", "? They visit").replace("- Visit", "! Visit"))
        said = self.outcome(own_pack)
        assert said.code == 0
        assert "known misses (?): 1 line\n" in said.out
        assert "known wrong removals (!): 1 line\n" in said.out

    def test_a_known_failure_that_is_none_any_more_fails(self, own_pack):
        own_pack.write_text(PACK.replace("- Visit", "? Visit"))
        said = self.outcome(own_pack)
        assert said.code == 1
        assert "now goes as it should: mark it -" in said.out

    def test_a_configured_pack_keeps_its_word_though_switched_off(self, own_pack):
        (own_pack.parent / "cleaner.toml").write_text('rules = ["zzz.toml"]\nignore = ["ZZZ"]')
        assert self.outcome(own_pack).out == "1 rule of 1 pack holds in 1 example\n"

    def test_a_shipped_pack_can_be_named(self, call):
        from cleaner.rules import shipped_packs

        pack = shipped_packs()[0]
        said = call("rules", "test", pack.source)
        assert f"{len(pack.rules)} rules" in said.out
        assert said.err == ""


PAGE = """\
The river rose in the night and the lower fields stood under water by morning, as in 1987.

Visit the marsh

Nobody had expected it, said the woman at the ferry, who had seen eleven such springs in her life.
"""


@pytest.fixture
def dump(tmp_path: Path, own_pack: Path) -> Path:
    """A small dump, with a pack that is sure to take one line of each document."""
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "page.txt").write_text(PAGE, encoding="utf-8")
    records = [{"id": f"k{n}", "headline": f"Spring {n}", "text": PAGE} for n in range(1, 8)]
    (folder / "pages.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    (tmp_path / "cleaner.toml").write_text(f"rules = [{str(own_pack)!r}]\nworkers = 1")
    return folder


class TestRun:
    def test_the_summary_is_on_standard_output_and_the_rest_beside(self, call, dump):
        said = call("run", "dump", "--out", "out")
        assert said.code == 0
        assert said.out.startswith("8 documents of 2 files")
        assert re.search(
            r"marsh +\d+ characters +100\.0 % +8 removals\n +ZZZ001 pointer to the marsh ", said.out
        )
        assert said.err.splitlines()[-1].startswith("8 documents, ")

    def test_json_alone_on_standard_output(self, call, dump):
        said = call("run", "dump", "--out", "out", "--json")
        figures = json.loads(said.out)
        assert (said.code, figures["documents"], figures["removals"]["ZZZ001"]["spans"]) == (0, 8, 8)
        assert figures == json.loads(Path("out/_cleaner/summary.json").read_text())

    def test_quiet_says_nothing_but_errors(self, call, dump):
        assert call("run", "dump", "--out", "out", "--quiet") == (0, "", "")
        (dump / "page.json").write_text("[]")
        said = call("run", "dump", "--out", "out", "--quiet")
        assert (said.code, said.out) == (1, "")
        assert "page.json" in said.err

    def test_every_option_reaches_the_run(self, call, monkeypatch, own_pack):
        from cleaner.commands import run

        asked = {}

        def fake(inputs, out, *, options, settings, progress, say):
            asked.update(inputs=inputs, out=out, options=options, settings=settings)
            return run.Summary(side_folder="o/_cleaner")

        monkeypatch.setattr(run, "run", fake)
        words = (
            "run a b --out o --overwrite --workers 3 --text-column t --id-column i --title-column h "
            "--url-column u --lang-column l --format csv --encoding latin-1 --max-document-size 5MB "
            "--select ALR,HDL --select PAT --ignore HDL001 --rules zzz.toml --confidence medium "
            "--headlines drop --repair nfc --no-repair encoding,surrogates --json --profile p "
            "--max-document-time 7 --strict --fresh --follow-links "
            "--html-column raw --page-seconds 9 --comments --metadata"
        )
        assert call(*words.split()).code == 0
        assert asked == {
            "inputs": ("a", "b"),
            "out": "o",
            "options": Options(
                select=("ALR", "HDL", "PAT"),
                ignore=("HDL001",),
                rules=("zzz.toml",),
                confidence="medium",
                headlines="drop",
                repair_on=("nfc",),
                repair_off=("encoding", "surrogates"),
                comments=True,
                metadata=True,
            ),
            "settings": run.RunSettings(
                *("t", "i", "h", "u", "l", "csv", "latin-1", 3, True, 5_000_000, "p"),
                html_column="raw",
                page_seconds=9,
                max_document_seconds=7,
                apart=True,
                strict=True,
                fresh=True,
                follow_links=True,
            ),
        }

    def test_nothing_given_leaves_every_default(self, call, monkeypatch):
        from cleaner.commands import run

        asked = {}

        def fake(inputs, out, **keywords):
            asked.update(keywords)
            return run.Summary(failed_inputs=1, side_folder="o/_cleaner")

        monkeypatch.setattr(run, "run", fake)
        assert call("run", "a", "--out", "o", "--quiet").code == 1
        assert asked["options"] == Options()
        assert asked["settings"] == run.RunSettings(apart=True)

    def test_the_exit_code_of_a_run_outlives_its_reader(self, dump):
        (dump / "page.json").write_text("[]")
        command = f"{sys.executable} -m cleaner run dump --out out | true; exit ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", command], cwd=dump.parent, capture_output=True, check=False)
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr


class TestExplain:
    def test_a_document_with_what_goes_and_why(self, call, dump):
        said = call("explain", "dump/page.txt")
        assert (said.code, said.err) == (0, "")
        lines = said.out.splitlines()
        assert lines[0].startswith("page.txt: cleaned, 17 of ")
        assert "- 3  Visit the marsh" in lines
        assert any(line.strip().startswith("ZZZ001 pointer to the marsh: ") for line in lines)
        assert "  5  Nobody had expected it" in said.out

    def test_json_holds_ledger_and_evidence(self, call, dump):
        said = call("explain", "dump/page.txt", "--json")
        (document,) = map(json.loads, said.out.splitlines())
        (removal,) = document["removals"]
        assert removal["rule"] == "ZZZ001"
        assert removal["line"] == 3
        assert PAGE[removal["start"] : removal["end"]] == removal["text"]
        assert PAGE.replace(removal["text"], "") == document["text"]
        assert removal["evidence"]

    def test_of_records_the_first_few_with_a_note(self, call, dump):
        said = call("explain", "dump/pages.jsonl", "--json")
        assert [json.loads(line)["id"] for line in said.out.splitlines()] == ["k1", "k2", "k3", "k4", "k5"]
        assert "first 5 documents; --row or --id choose others" in said.err
        assert said.code == 0

    def test_one_by_row_or_id(self, call, dump):
        by_row = call("explain", "dump/pages.jsonl", "--row", "6", "--json")
        by_id = call("explain", "dump/pages.jsonl", "--id", "k6", "--json", "--title-column", "headline")
        assert by_row.out == by_id.out
        assert (json.loads(by_row.out)["source"], by_row.err) == ("pages.jsonl#6", "")

    @pytest.mark.parametrize("choice", [("--row", "8"), ("--id", "k8")])
    def test_a_choice_that_is_nowhere(self, call, dump, choice):
        said = call("explain", "dump/pages.jsonl", *choice)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("error: dump/pages.jsonl: no document has ")

    def test_parquet_and_csv(self, call, dump, tmp_path):
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table({"id": ["a", "b"], "text": [PAGE, None]})
        pq.write_table(table, tmp_path / "t.parquet", row_group_size=1)
        (tmp_path / "t.csv").write_text(f'id,text\na,"{PAGE}"\nb,\n', encoding="utf-8")
        for name in ("t.parquet", "t.csv"):
            found = [json.loads(line) for line in call("explain", name, "--json").out.splitlines()]
            assert [(d["id"], d["status"], len(d["removals"])) for d in found] == [
                ("a", "cleaned", 1),
                ("b", "empty", 0),
            ]
            row = json.loads(call("explain", name, "--json", "--row", "2").out)
            assert row["source"] == f"{name}#2"

    def test_a_broken_record_is_shown_and_fails(self, call, dump):
        with (dump / "pages.jsonl").open("a") as file:
            file.write("{broken\n")
        said = call("explain", "dump/pages.jsonl", "--row", "8")
        assert said.code == 1
        assert "pages.jsonl#8: failed: line 8: broken JSON" in said.out
        assert "error: pages.jsonl#8: line 8: broken JSON" in said.err

    def test_standard_input(self, dump):
        done = program("explain", "-", "--json", input=PAGE)
        assert json.loads(done.stdout)["removals"][0]["rule"] == "ZZZ001"
        record = json.dumps({"text": PAGE})
        done = program("explain", "-", "--json", "--format", "jsonl", input=record)
        assert json.loads(done.stdout)["removals"][0]["rule"] == "ZZZ001"

    def test_rules_are_chosen_as_in_a_run(self, call, dump):
        assert json.loads(call("explain", "dump/page.txt", "--json", "--ignore", "ZZZ").out)["removals"] == []

    def test_a_title_helps(self, call, tmp_path):
        (tmp_path / "page.txt").write_text("Late ferry!\n\nLate ferry\n\n" + PAGE)
        said = json.loads(call("explain", "page.txt", "--json", "--title", "Late ferry").out)
        assert [removal["rule"] for removal in said["removals"]] == ["HDL001"]
        assert said["title"] == "Late ferry"

    def test_one_unreadable_among_good_ones(self, call, dump):
        said = call("explain", "dump/page.txt", "gone.txt")
        assert said.code == 1
        assert "page.txt: cleaned" in said.out
        assert said.err == "error: gone.txt: No such file or directory\n"
        assert call("explain", "gone.txt").code == 2

    def test_hostile_text_is_shown_escaped(self, call, tmp_path):
        (tmp_path / "page.txt").write_text("Keep \x0c \u202e this line.\n", encoding="utf-8")
        said = call("explain", "page.txt")
        assert r"Keep \x0c \u202e this line." in said.out


class TestExplainTheJudge:
    PAGE = """\
Harbour Gazette
Local
Tides

Ten birds of the northern marsh

By Marit Stoll

The bittern is heard more often than it is seen, and on still evenings its call carries for three miles.
Walkers who keep to the eastern dyke do not disturb the nests, and see more than those who take the short way.
Nobody has counted the warblers since the war, and the only list that was ever made was eaten by the goats.

Share this
Why the dam failed in the second winter
Mayor denies owning the third boat
12 comments
Crossword
Horoscopes
© 2024 The Gazette
"""

    def test_reasons_stand_in_plain_words(self, call, tmp_path):
        (tmp_path / "judged.txt").write_text(self.PAGE)
        said = call("explain", "judged.txt")
        assert "- 14  Why the dam failed in the second winter" in said.out
        assert "JDG003 after the article: directly after a line that rules know; " in said.out
        assert "JDG003" not in call("explain", "judged.txt", "--evidence", "rules").out

    def test_lines_nearly_removed_are_shown_on_request(self, call, tmp_path):
        (tmp_path / "judged.txt").write_text(self.PAGE)
        cautious = ("explain", "judged.txt", "--strictness", "cautious")
        assert "nearly" not in call(*cautious).out
        said = call(*cautious, "--near")
        assert "=  2  Local" in said.out
        assert "JDG001 before the article (nearly: stays): no sure line stands between it and the" in said.out
        near = json.loads(call(*cautious, "--near", "--json").out)["near"]
        assert ("JDG001", 2, "Local\n") in [(one["rule"], one["line"], one["text"]) for one in near]
        assert all(one["evidence"] for one in near)
