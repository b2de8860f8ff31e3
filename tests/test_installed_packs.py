"""Rule packs that other packages offer: in force where they are named, read as data, never run."""

import sys
from pathlib import Path

import pytest

from cleaner.cli import main
from cleaner.model import RuleError
from cleaner.options import Options
from cleaner.rules import load_rules
from cleaner.rules.installed import pack_path
from cleaner.settings import load

PACK = """
[pack]
name = "marsh"
prefix = "MRS"

[[rule]]
code = "MRS001"
name = "tide line"
why = "w"
any = ["zztide table"]
"""


@pytest.fixture
def installed(tmp_path, monkeypatch) -> Path:
    """A package with two packs, one of which is not there, that must not be imported."""
    package, info = tmp_path / "site" / "marsh_rules", tmp_path / "site" / "marsh_rules-1.0.dist-info"
    (package / "packs").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (package / "packs" / "marsh.toml").write_text(PACK)
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: marsh-rules\nVersion: 1.0\n")
    offers = "marsh = marsh_rules:packs.marsh\ngone = marsh_rules:packs.gone\nnowhere = no_such_rules:a\n"
    (info / "entry_points.txt").write_text(f"[cleaner.rules]\n{offers}")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return package


def test_a_pack_is_in_force_where_it_is_named_and_nowhere_else(installed):
    codes = {rule.code for rule in load_rules(Options()).all}
    assert "MRS001" not in codes
    codes = {rule.code for rule in load_rules(Options(rules=("package:marsh",))).all}
    assert "MRS001" in codes
    assert "marsh_rules" not in sys.modules


def test_the_command_line_and_the_configuration_name_it_alike(installed, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("The boat left at seven.\nZztide table\n")
    assert main(["explain", str(tmp_path / "a.txt"), "--rules", "package:marsh"]) == 0
    assert "MRS001" in capsys.readouterr().out
    (tmp_path / "cleaner.toml").write_text('rules = ["package:marsh", "own.toml"]')
    found = load({}, [str(tmp_path / "a.txt")])
    assert found.options().rules == ("package:marsh", str(tmp_path / "own.toml"))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("package:mash", "no installed package offers a rule pack of this name; did you mean `marsh`?"),
        ("package:gone", "is not there"),
        ("package:nowhere", "is not there"),
        ("package:", "no installed package offers"),
    ],
)
def test_what_is_not_there_is_said(installed, name, reason):
    with pytest.raises(RuleError) as raised:
        pack_path(name)
    assert str(raised.value).startswith(f"{name}: ")
    assert reason in str(raised.value)


def test_two_offers_of_one_name_are_refused(installed):
    path = installed.parent / "other_rules-1.0.dist-info"
    path.mkdir()
    (path / "METADATA").write_text("Metadata-Version: 2.1\nName: other-rules\nVersion: 1.0\n")
    (path / "entry_points.txt").write_text("[cleaner.rules]\nmarsh = other_rules:marsh\n")
    with pytest.raises(RuleError, match="several installed packages"):
        pack_path("package:marsh")


def test_a_file_is_what_it_always_was():
    assert pack_path("rules/mine.toml") == Path("rules/mine.toml")
