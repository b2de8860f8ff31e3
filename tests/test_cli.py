"""The command line: what it says, what it refuses, and the exit code of every way to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cleaner import cli
from cleaner._version import __version__
from cleaner.model import InputError

SCREEN = 24
"""Lines of the smallest terminal a help page of the whole program should fit."""


@pytest.fixture(autouse=True)
def quiet_surroundings(tmp_path, monkeypatch):
    """No configuration but the test's own, no colour but what the test asks for."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


class Said:
    """One call of the program: its exit code and what it printed."""

    def __init__(self, code: int, out: str, err: str):
        self.code, self.out, self.err = code, out, err


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


class TestHelp:
    def test_version_names_what_an_error_report_needs(self, call):
        said = call("--version")
        assert said.code == 0
        assert said.out.splitlines()[0] == f"cleaner {__version__}"
        for name in ("Python", "ftfy", "regex", "chardet", "pyarrow"):
            assert name in said.out
        assert "not found" not in said.out

    def test_the_programs_help_fits_one_screen_and_groups_commands(self, call):
        said = call("--help")
        assert said.code == 0
        assert len(said.out.splitlines()) <= SCREEN
        assert said.out.index("Clean a dump") < said.out.index("  run ") < said.out.index("See why")

    def test_every_command_is_listed_under_its_use(self):
        listed = [name for names in cli.cli.uses.values() for name in names]
        assert sorted(listed) == sorted(cli.cli.commands)
        listed = [name for names in cli.rules.uses.values() for name in names]
        assert sorted(listed) == sorted(cli.rules.commands)

    @pytest.mark.parametrize("command", ["run", "explain", "rules list", "rules show", "rules test"])
    def test_every_command_has_an_example_of_itself(self, call, command):
        said = call(*command.split(), "--help")
        assert said.code == 0
        example = said.out.partition("Example:\n")[2].strip()
        assert example.startswith(f"cleaner {command} ")
        assert max(map(len, said.out.splitlines())) <= 80

    def test_bare_program_shows_help_and_refuses(self, call):
        said = call()
        assert (said.code, said.out) == (2, "")
        assert "Usage: cleaner" in said.err

    def test_as_a_module(self):
        assert program("--version").stdout.startswith(f"cleaner {__version__}\n")

    def test_shell_completion(self):
        done = program(env={**os.environ, "_CLEANER_COMPLETE": "bash_source"})
        assert "complete" in done.stdout


class TestWrongUsage:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["rum"], "no such command `rum`; did you mean `run`?"),
            (["qqq"], "no such command `qqq`; known: explain, rules, run"),
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
            assert codes == ["HDL001", "HDL002", "HDL003", "HDL004"]

    def test_json_lists_every_rule_with_its_reason(self, call):
        listed = json.loads(call("rules", "--json").out)
        assert {"code", "name", "languages", "confidence", "family", "why", "state"} <= listed[0].keys()
        shown = [line.split()[0] for line in call("rules").out.splitlines()[:-2]]
        assert [entry["code"] for entry in listed] == shown

    def test_what_the_configuration_switches_off_is_marked(self, call, tmp_path):
        (tmp_path / "cleaner.toml").write_text('ignore = ["HDL002"]')
        states = {entry["code"]: entry["state"] for entry in json.loads(call("rules", "--json", "HDL").out)}
        assert states == {"HDL001": "removes", "HDL002": "off", "HDL003": "removes", "HDL004": "off"}

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
    def test_an_own_pack_that_holds(self, call, own_pack):
        said = call("rules", "test", "zzz.toml")
        assert (said.code, said.err) == (0, "")
        assert said.out == "1 rules of 1 packs hold in 1 examples\n"

    def test_failures_name_rule_line_and_what_happened(self, call, own_pack):
        own_pack.write_text(
            PACK.replace("| They visit the marsh", "| Visit the marsh again\n- They visit the marsh")
        )
        said = call("rules", "test", "zzz.toml")
        assert said.code == 1
        assert said.out.splitlines() == [
            "FAILED zzz.toml: ZZZ001: line 4 of its examples: should stay and goes",
            "    Visit the marsh again",
            "FAILED zzz.toml: ZZZ001: line 5 of its examples: should go and stays",
            "    They visit the marsh",
            "1 of 1 rules failed",
        ]

    def test_known_failures_are_counted_and_checked(self, call, own_pack):
        own_pack.write_text(PACK.replace("| They visit", "? They visit").replace("- Visit", "! Visit"))
        said = call("rules", "test", "zzz.toml")
        assert said.code == 0
        assert "known misses (?): 1 lines" in said.out
        assert "known wrong removals (!): 1 lines" in said.out
        own_pack.write_text(PACK.replace("- Visit", "? Visit"))
        assert "now goes as it should: mark it -" in call("rules", "test", "zzz.toml").out

    def test_a_configured_pack_is_tested_with_the_shipped_ones_and_alone(self, call, own_pack, tmp_path):
        (tmp_path / "cleaner.toml").write_text('rules = ["zzz.toml"]\nignore = ["ZZZ"]')
        assert call("rules", "test", "zzz.toml").out == "1 rules of 1 packs hold in 1 examples\n"

    def test_a_shipped_pack_can_be_named(self, call):
        from cleaner.rules import shipped_packs

        pack = shipped_packs()[0]
        said = call("rules", "test", pack.source)
        assert f"{len(pack.rules)} rules of 1 packs" in said.out
