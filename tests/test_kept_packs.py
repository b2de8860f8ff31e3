"""Own packs are counted through once: what was read is kept, handed on, and not believed when damaged."""

import json
import os

import pytest

from cleaner.commands.pool import Pool
from cleaner.commands.run import RunSettings, run
from cleaner.options import Options
from cleaner.rules import kept as kept_module
from cleaner.rules import load_pack, load_rules, registry
from cleaner.rules.cachefolder import VARIABLE, keep_body
from cleaner.rules.kept import MOST, keep, kept
from tests.cachefiles import DAMAGES

PATTERNS = ", ".join(f'"also read number {number}"' for number in range(kept_module.WORTH))
PACK = f"""
[pack]
name = "own"
prefix = "OWN"

[pack.retired]
OWN009 = "see OWN001"

[[rule]]
code = "OWN001"
name = "one"
scope = "block"
languages = ["en"]
why = "It names another text."
any = [{PATTERNS}]
unless = ["said"]
near_end = true
examples = '''
- Also read number 1
| She said it.
'''

[rule.block]
stop = ["the end"]
"""


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(PACK, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder where packs are kept; the registry knows none."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    forgotten(monkeypatch)
    return tmp_path / "cache"


def forgotten(monkeypatch):
    """As in a new process: nothing is known of any pack."""
    monkeypatch.setattr(registry, "_handed", {})
    registry._packs.cache_clear()


@pytest.fixture
def unreadable(monkeypatch):
    """Nothing is read from TOML any more."""

    def never(text, source):
        raise AssertionError("read anew")

    def forbid():
        forgotten(monkeypatch)
        monkeypatch.setattr("cleaner.rules.pack.parse_pack", never)

    return forbid


def only(folder):
    (path,) = folder.iterdir()
    return path


def test_a_pack_is_the_same_as_it_was_read(pack, folder):
    keep(load_pack(pack))
    assert load_pack(pack, kept) == load_pack(pack)
    assert only(folder).stat().st_mode & 0o777 == 0o600


def test_a_second_process_reads_it_no_more(pack, folder, unreadable):
    options = Options(rules=(str(pack),))
    first = load_rules(options)
    unreadable()
    assert load_rules(options) == first


def test_a_pack_that_changed_is_read(pack, folder, monkeypatch):
    load_rules(Options(rules=(str(pack),)))
    pack.write_text(PACK.replace("number 7", "number seven"), encoding="utf-8")
    forgotten(monkeypatch)
    assert "also read number seven" in load_rules(Options(rules=(str(pack),))).all[-1].any
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_damaged_is_read_anew(pack, folder, damage, monkeypatch):
    options = Options(rules=(str(pack),))
    first = load_rules(options)
    damage(only(folder))
    assert kept(load_pack(pack).digest) is None
    forgotten(monkeypatch)
    assert load_rules(options) == first


def test_what_other_code_read_is_not_there(pack, folder, monkeypatch):
    keep(load_pack(pack))
    monkeypatch.setattr(kept_module, "_reader", lambda: "another version")
    assert kept(load_pack(pack).digest) is None


def test_a_valid_file_of_another_form_is_not_there(pack, folder):
    keep(load_pack(pack))
    digest = load_pack(pack).digest
    for body in (b"[]", b'{"version": 3}', json.dumps({"version": "0", digest: {}}).encode()):
        assert keep_body(only(folder), body)
        assert kept(digest) is None


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="needs a folder that cannot be written")
def test_a_folder_that_cannot_be_written_stops_nothing(pack, folder):
    folder.mkdir(mode=0o500)
    assert load_rules(Options(rules=(str(pack),)))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("told", ["", "relative/folder"])
def test_nothing_is_kept_where_that_is_not_wanted(pack, folder, told, monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, told)
    monkeypatch.chdir(tmp_path)
    load_rules(Options(rules=(str(pack),)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.toml"]


def test_small_packs_are_not_worth_a_file(pack, folder):
    pack.write_text(PACK.replace(PATTERNS, '"also read"'), encoding="utf-8")
    load_rules(Options(rules=(str(pack),)))
    assert not folder.exists()


def test_the_oldest_go(pack, folder):
    keep(load_pack(pack))
    for number in range(MOST + 5):
        other = folder / f"{number}.json"
        other.write_text("")
        os.utime(other, (number, number))
    keep(load_pack(pack))
    assert len(list(folder.iterdir())) == MOST
    assert kept(load_pack(pack).digest) is not None


def test_workers_are_handed_what_their_run_has_read(pack, tmp_path, monkeypatch):
    """They could not read it: its file is another by then."""
    texts = tmp_path / "in"
    texts.mkdir()
    for name in "ab":
        (texts / f"{name}.txt").write_text("The boat left at seven.\nAlso read number 3\n", encoding="utf-8")
    seen = []

    class Watched(Pool):
        def __init__(self, size, apart, first):
            seen.append(first)
            super().__init__(size, apart, first)

    monkeypatch.setattr("cleaner.commands.run.Pool", Watched)
    run(
        [str(texts)],
        str(tmp_path / "out"),
        options=Options(rules=(str(pack),)),
        settings=RunSettings(workers=2, apart=True, no_profile=True),
    )
    (first,) = seen
    (handed,) = first.args[0]
    assert handed == load_pack(pack)
    forgotten(monkeypatch)
    first()
    monkeypatch.setattr("cleaner.rules.pack.parse_pack", None)
    assert load_rules(Options(rules=(str(pack),))).all[-1].code == "OWN001"
