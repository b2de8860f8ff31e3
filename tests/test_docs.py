"""The documents are tested against the program: examples run, names exist, links lead somewhere."""

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest

import cleaner
from cleaner.arrow import OUTPUT_SCHEMA
from cleaner.cli import cli, main
from cleaner.options import Options
from cleaner.rules import load_pack
from cleaner.rules.model import Block, Limits
from cleaner.rules.pack import KINDS
from cleaner.settings import load

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
HOOKS = (ROOT / "docs" / "pre-commit.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_before_becomes_after():
    before, after = blocks(README, "text")[:2]
    assert cleaner.clean(before).text == after


def test_python_examples_of_the_readme(tmp_path, monkeypatch):
    run = [
        sys.executable,
        "-m",
        "cleaner",
        "run",
        str(ROOT / "fixtures" / "dump"),
        "--out",
        str(tmp_path / "cleaned"),
    ]
    subprocess.run([*run, "--quiet"], check=True, capture_output=True)
    monkeypatch.chdir(tmp_path)
    for code in blocks(README, "python"):
        names: dict = {}
        exec(compile(code, "README.md", "exec"), names)
        for expression, value in re.findall(r"^([\w.()\[\]\", ]+?)  # ([('\[].*)$", code, re.MULTILINE):
            result = eval(expression, names)
            shown = repr(result.to_pylist() if hasattr(result, "to_pylist") else result)
            assert shown == value, expression
    documents = pq.read_table(tmp_path / "cleaned", columns=["status"])
    assert documents.num_rows > 30


def test_commands_on_the_ledger_in_the_readme(tmp_path, monkeypatch):
    """The block under "Proving it, undoing it", line by line; the last is the gate and may say no."""
    (block,) = (one for one in blocks(README, "bash") if "cleaner verify" in one)
    (pack,) = (one for one in blocks(README, "toml") if "[[rule]]" in one)
    (tmp_path / "my-rules.toml").write_text(pack)
    shutil.copytree(ROOT / "fixtures" / "dump", tmp_path / "dump")
    monkeypatch.chdir(tmp_path)
    assert main(["run", "dump/", "--out", "cleaned/", "--quiet"]) == 0
    for line in block.splitlines():
        assert main(shlex.split(line)[1:]) == 0, line


def test_columns_of_the_readme_are_those_of_the_output():
    table = README.split("| column | type | meaning |")[1].split("\n\n")[0]
    named = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(named) == sorted(OUTPUT_SCHEMA.names)


def test_configuration_of_the_readme_is_one(tmp_path):
    (text,) = (block for block in blocks(README, "toml") if "[tool.cleaner]" in block)
    (tmp_path / "pyproject.toml").write_text(text)
    settings = load({}, [str(tmp_path)])
    options = settings.options()
    assert options.ignore == ("NWS", "ALR002")
    assert options.rules == (str(tmp_path / "my-rules.toml"),)


@pytest.mark.parametrize("document", [README, RULES], ids=["README.md", "rules.md"])
def test_rule_packs_in_the_documents_pass_their_examples(document, tmp_path):
    packs = [block for block in blocks(document, "toml") if "[[rule]]" in block]
    for number, text in enumerate(packs):
        text = text.replace("ALR", "DOC").replace("also-read", "documented")  # the shipped codes are taken
        path = tmp_path / f"pack{number}.toml"
        path.write_text(text)
        assert load_pack(path).rules
        command = [sys.executable, "-m", "cleaner", "rules", "test", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert packs


def test_every_key_of_a_rule_is_documented():
    for name in [*(field.name for field in fields(Limits)), *(field.name for field in fields(Block)), *KINDS]:
        assert f"`{name}`" in RULES, name


def test_options_of_the_core_are_documented():
    help_text = subprocess.run(
        [sys.executable, "-m", "cleaner", "run", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for field in fields(Options):
        option = field.name.replace("repair_on", "repair").replace("repair_off", "no-repair")
        assert f"--{option}" in help_text


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[\w-]+)?\)", text):
        assert target.startswith("https://") or (path.parent / target).exists(), target


def test_every_proof_that_reliability_names_is_a_test():
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 25
    assert {name for name in named if f"def {name}(" not in tests} == set()


def test_newcomers_find_one_command_under_each_heading():
    for heading in ("Quick start", "Tests"):
        section = README.split(f"## {heading}\n")[1]
        command = re.search(r"```\w*\n(.*?)```", section, re.DOTALL)
        assert command is not None
        assert command.group(1).count("\n") == 1


def test_the_version_has_a_place_in_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog or f"## [{cleaner.__version__}]" in changelog
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dynamic"] == ["version"]


def test_the_page_of_commands_is_what_the_program_prints():
    spec = importlib.util.spec_from_file_location("docs_cli", ROOT / "docs" / "cli.py")
    assert spec is not None
    assert spec.loader is not None
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    assert writer.PAGE.read_text(encoding="utf-8") == writer.page(), "run `python docs/cli.py`"


def command_lines():
    for text in (README, HOOKS, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        for block in re.findall(r"```(?:bash|console|yaml|make)\n(.*?)```", text, re.DOTALL):
            yield from re.findall(
                r"(?:^|[$|:]|&&)\s*(?:\S+/bin/)?(cleaner \w+ [^|&>\n]*)", block, re.MULTILINE
            )


@pytest.mark.parametrize("line", sorted(set(command_lines())))
def test_every_command_line_of_the_documents_is_one(line):
    arguments = shlex.split(line)[1:]
    command, ctx = cli, click.Context(cli, info_name="cleaner")
    while isinstance(command, click.Group):
        _, command, arguments = command.resolve_command(ctx, arguments)
    assert command is not None
    command.make_context(command.name, arguments)


def test_command_lines_are_found():
    assert len(set(command_lines())) > 8


def test_the_lines_to_paste_name_hooks_that_there_are():
    yaml = pytest.importorskip("yaml")
    known = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    for text in (README, HOOKS):
        (block,) = (block for block in blocks(text, "yaml") if "repos:" in block)
        assert block.count("\n") == 4
        (repository,) = yaml.safe_load(block)["repos"]
        assert repository["rev"] == f"v{cleaner.__version__}"
        assert {hook["id"] for hook in repository["hooks"]} <= known
        assert {hook["files"] for hook in repository["hooks"]} == {"^data/"}
    for block in blocks(HOOKS, "yaml"):
        assert isinstance(yaml.safe_load(block), dict)


def test_suppression_of_the_documents_is_a_configuration(tmp_path):
    (text,) = blocks(HOOKS, "toml")
    (tmp_path / "pyproject.toml").write_text(text)
    values = load({}, [str(tmp_path)]).values
    assert values["exclude-ids"] == ("a17", "a18")
    assert values["per-file-ignores"]["*.csv"] == ("ALR002",)
