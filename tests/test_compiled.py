"""Compiled patterns are kept for the next process, and not believed when damaged."""

import json
import subprocess
import sys

import pytest
import regex

from cleaner.rules import compiled as compiled_module
from cleaner.rules.cachefolder import VARIABLE, keep_body
from cleaner.rules.compiled import WORTH, compiled, keep_compiled
from tests.cachefiles import DAMAGES

SOURCES = [rf"(?P<phrase>share (?:this|it)\s++[0-9]{{1,{number}}})\Z" for number in range(1, WORTH + 2)]
LINE = "SHARE this \t 12"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    as_in_a_new_process(monkeypatch)
    yield tmp_path / "cache"
    as_in_a_new_process(monkeypatch)


def as_in_a_new_process(monkeypatch, few=0):
    monkeypatch.setattr(compiled_module, "FEW", few)
    monkeypatch.setattr(compiled_module, "_shelves", [])
    compiled_module._shelf.cache_clear()


@pytest.fixture
def uncompiled(monkeypatch):
    """The sources that are compiled from now on, in a new process."""
    sources = []

    def compile_(source):
        sources.append(source)
        return regex.compile(source, regex.IGNORECASE)

    def watch():
        as_in_a_new_process(monkeypatch)
        monkeypatch.setattr(compiled_module, "_compile", compile_)
        return sources

    return watch


def only(folder):
    (path,) = folder.iterdir()
    return path


def kept(sources=SOURCES):
    found = [compiled(source) for source in sources]
    keep_compiled()
    return found


def test_the_next_process_compiles_nothing_and_finds_the_same(folder, uncompiled):
    first = kept()
    sources = uncompiled()
    again = [compiled(source) for source in SOURCES]
    assert sources == []
    assert [one.pattern for one in again] == SOURCES
    assert [one.flags for one in again] == [one.flags for one in first]
    spans = [
        [match and match.span("phrase") for match in map(one, [LINE])] for one in (p.search for p in first)
    ]
    assert [[match and match.span("phrase") for match in [one.search(LINE)]] for one in again] == spans
    assert [None] in spans
    assert [(0, len(LINE))] in spans
    assert only(folder).stat().st_mode & 0o777 == 0o600


def test_for_a_few_the_file_is_not_read(folder, monkeypatch, uncompiled):
    kept()
    before = only(folder).stat().st_mtime_ns
    sources = uncompiled()
    as_in_a_new_process(monkeypatch, few=4)
    for source in SOURCES:
        compiled(source)
    assert sources == SOURCES[:4]
    keep_compiled()
    assert only(folder).stat().st_mtime_ns == before
    kept(["another", *(f"and {number}" for number in range(WORTH))])
    assert only(folder).read_bytes().count(b"\t") == len(SOURCES) + WORTH + 1


def test_a_few_are_not_worth_the_writing(folder):
    kept(SOURCES[: WORTH - 1])
    assert not folder.exists()
    kept(SOURCES[WORTH - 1 :])
    assert only(folder).read_bytes().count(b"\t") == len(SOURCES)


def test_what_others_kept_meanwhile_stays(folder, monkeypatch, uncompiled):
    compiled("ours")
    other = [f"theirs {number}" for number in range(WORTH)]
    shelf = compiled_module._Shelf(folder / compiled_module._name())
    for source in other:
        shelf.pattern(source)
    shelf.keep()
    kept([f"more {number}" for number in range(WORTH)])
    sources = uncompiled()
    for source in (*other, "ours", "more 1"):
        compiled(source)
    assert sources == []


def test_when_there_are_too_many_those_asked_for_stay(folder, monkeypatch, uncompiled):
    kept()
    monkeypatch.setattr(compiled_module, "MOST", only(folder).stat().st_size)
    as_in_a_new_process(monkeypatch)
    kept([SOURCES[0], *(f"another {number}" for number in range(WORTH))])
    sources = uncompiled()
    for source in (SOURCES[0], SOURCES[1], "another 0"):
        compiled(source)
    assert sources == [SOURCES[1]]


def programs(program):
    """A file with this program for every pattern."""
    return "\n".join(f"{json.dumps(source)}\t{program}" for source in SOURCES).encode()


OTHERS = {
    "no form": lambda path: keep_body(path, b"\xff\t\n\n[]"),
    "no program": lambda path: keep_body(path, programs("?")),
    "too few parts": lambda path: keep_body(path, programs('{"tuple": ["share"]}')),
    "no parts": lambda path: keep_body(path, programs('{"tuple": 3}')),
    "a call": lambda path: keep_body(path, programs('{"eval": "print(1)"}')),
}


@pytest.mark.parametrize("damage", (DAMAGES | OTHERS).values(), ids=DAMAGES | OTHERS)
def test_what_is_damaged_is_compiled_anew(folder, damage, uncompiled, capsys):
    kept()
    damage(only(folder))
    sources = uncompiled()
    assert all(compiled(source).search("share it 1") for source in SOURCES)
    assert sources == SOURCES
    assert capsys.readouterr().out == ""


def test_a_wrong_pattern_says_so_at_any_time(folder):
    for _ in range(2):
        with pytest.raises(regex.error):
            compiled("(")


def test_nothing_is_kept_where_that_is_not_wanted(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    kept()
    assert compiled_module._shelves == []


def test_a_process_keeps_them_as_it_ends(tmp_path):
    text = "\n".join(
        f"{word} us on Facebook" for word in ("Follow", "Like", "Find", "Join", "Share", "Visit")
    )
    code = f"import cleaner; cleaner.clean({text!r} * 30)"
    environment = {"CLEANER_CACHE": str(tmp_path / "cache"), "PATH": ""}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    (path,) = (tmp_path / "cache").iterdir()
    assert path.name.startswith("patterns-")
