"""What SECURITY.md promises: no network, no code out of data, nothing written but where it is told."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "cleaner").rglob("*.py"))

REFUSED_MODULES = {
    *("pickle", "marshal", "shelve", "dill", "yaml", "code", "runpy", "ctypes"),
    *("socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "httpx", "aiohttp", "fsspec"),
    *("subprocess", "zipfile", "tarfile"),
}
REFUSED_CALLS = {"eval", "exec", "compile", "__import__", "system", "popen"}
URLS_ONLY = {"urllib.parse"}  # takes addresses apart and opens none

WATCHED = """
import json, os, socket, sys
inside = {inside!r}
seen = []
def between_own_processes(event, args):  # a run tells its workers what to do through pipes
    if event == "socket.__new__":
        return args[1] == socket.AF_UNIX
    return event == "pickle.find_class" and args[0].split(".")[0] in ("cleaner", "pathlib", "collections")
def watch(event, args):
    if between_own_processes(event, args):
        return
    if event.split(".")[0] in ("socket", "subprocess", "ftplib", "http", "urllib") or event in (
        "os.system", "os.exec", "os.posix_spawn", "pickle.find_class",
    ):
        seen.append(event)
    elif event == "open" and isinstance(args[0], str) and args[2] & (os.O_WRONLY | os.O_RDWR):
        if not os.path.abspath(args[0]).startswith((*inside, os.devnull)):
            seen.append("wrote " + args[0])
from cleaner.cli import main
sys.addaudithook(watch)
code = main({arguments!r})
print(json.dumps([code, sorted(set(seen))]))
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_reaches_for_the_network_or_runs_what_it_read(path):
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        found += [n for n in names if n.partition(".")[0] in REFUSED_MODULES and n not in URLS_ONLY]
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            owner = getattr(getattr(called, "value", None), "id", "")
            if name in REFUSED_CALLS and owner not in ("re", "regex", "platform"):
                found.append(f"{name}() in line {node.lineno}")
    assert found == []


def watched(tmp_path: Path, *arguments: str) -> list:
    """A command in a process of its own: its exit code, and what it did that it should not."""
    inside = [str(tmp_path), os.path.realpath(tmp_path)]
    code = WATCHED.format(inside=inside, arguments=list(arguments))
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_commands_touch_nothing_they_were_not_given(tmp_path):
    dump, out = str(ROOT / "fixtures" / "dump"), str(tmp_path / "out")
    for arguments in (
        ["run", dump, "--out", out, "--workers", "1", "--quiet"],
        ["verify", out, "--against", dump, "--quiet"],
        ["restore", out, "--all", "--out", str(tmp_path / "back"), "--quiet"],
        ["diff", out, "--workers", "1", "--quiet"],
    ):
        assert watched(tmp_path, *arguments) == [0, []], arguments


def test_the_watch_sees_what_it_should(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "here").mkdir()
    elsewhere.mkdir()
    arguments = [
        "run",
        str(ROOT / "fixtures" / "dump"),
        "--out",
        str(elsewhere / "out"),
        "--workers",
        "1",
        "--quiet",
    ]
    code, seen = watched(tmp_path / "here", *arguments)
    assert code == 0
    assert any(one.startswith("wrote ") for one in seen)
