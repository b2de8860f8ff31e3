"""What surrounds a run: odd names, links, clocks, disks that fail; and that it opens nothing else."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cleaner.commands import making
from cleaner.commands.run import RunSettings, run
from cleaner.files import textlines

PROSE = "The ferry left the island before dawn, with {n} passengers, a crate of hens and the mail.\n"
ROOT = Path(__file__).resolve().parent.parent


def alone(**more) -> RunSettings:
    return RunSettings(workers=1, **more)


def program(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cleaner", "run", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)


def parts(out: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(out.glob("part-*.parquet"))]


ODD = [b"\xff\xfe heron.txt", b"new\nline.txt", "right-to-left \u202etxt.txt".encode(), b"\x1b[31mred.txt"]


def test_odd_file_names(tmp_path, proven):
    folder = tmp_path / "in"
    folder.mkdir()
    for n, name in enumerate(ODD):
        try:
            path = os.path.join(os.fsencode(folder), name)
            with open(path, "w") as file:
                file.write(PROSE.format(n=n))
            with open(path + b".gz", "w"):
                pass  # empty: it fails, and its name is told
        except OSError:
            pytest.skip("this file system takes no such names")
    done = program(str(folder), "--out", str(tmp_path / "out"), "--no-config")
    assert done.returncode == 1, done.stderr
    told = done.stdout + done.stderr
    assert not [char for char in "\x1b\u202e\udcff" if char in told]
    assert r"new\nline.txt.gz" in told
    rows = proven(tmp_path / "out")
    assert {row["source"] for row in rows} == {
        r"\xff\xfe heron.txt",
        "new\nline.txt",
        "right-to-left \u202etxt.txt",
        "\x1b[31mred.txt",
    }
    again = program(str(folder), "--out", str(tmp_path / "out"), "--no-config", "--json")
    assert json.loads(again.stdout)["taken_over"] == 4


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_are_followed_where_that_is_asked_for(tmp_path):
    folder, other = tmp_path / "in", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    for path in (folder / "a.txt", other / "b.txt", other / "c.txt"):
        path.write_text(PROSE.format(n=path.name))
    (folder / "circle").symlink_to(folder)
    (folder / "outside").symlink_to(other)
    (other / "back").symlink_to(folder)
    (folder / "c.txt").symlink_to(other / "c.txt")
    (folder / "d.txt").symlink_to(folder / "a.txt")

    def sources(**more) -> tuple[list[str], int]:
        summary = run([str(folder)], str(tmp_path / "out"), settings=alone(**more))
        lines = (tmp_path / "out/_cleaner/manifest.jsonl").read_text().splitlines()
        found = [entry["source"] for entry in map(json.loads, lines) if entry["kind"] == "input"]
        return found, summary.links_not_followed

    assert sources() == (["a.txt"], 3)
    assert sources(follow_links=True) == (["a.txt", "c.txt", "outside/b.txt"], 0)
    assert sources() == (["a.txt"], 3)


def test_the_clock_jumps_back(tmp_path, monkeypatch, proven):
    reading = RunSettings.reading
    monkeypatch.setattr(RunSettings, "reading", lambda self: replace(reading(self), unit_bytes=12_000))
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(12):
        (folder / f"{n:02}.txt").write_text(PROSE.format(n=n))
    os.utime(folder / "03.txt", (4e9, 4e9))
    run([str(folder)], str(tmp_path / "whole"), settings=alone())
    real, left = making.clean_staged, [3]

    def stopping(*given, **named):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(making, "clean_staged", stopping)
        with pytest.raises(KeyboardInterrupt):
            run([str(folder)], str(tmp_path / "out"), settings=alone())
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 1e8)
    monkeypatch.setattr(time, "strftime", lambda form, *given: "1999-01-01 00:00:00")
    for path in (tmp_path / "out").rglob("*"):
        os.utime(path, (5e9, 5e9))
    summary = run([str(folder)], str(tmp_path / "out"), settings=alone())
    assert summary.taken_over > 0
    assert summary.seconds >= 0
    assert parts(tmp_path / "out") == parts(tmp_path / "whole")
    proven(tmp_path / "out")


def test_reading_fails_half_way(tmp_path, monkeypatch, proven):
    """A disk that gives up in the middle of a file, and the next day does not."""
    lines = [json.dumps({"text": PROSE.format(n=n) * 5, "n": n}) for n in range(3_000)]
    lines.append(json.dumps({"text": "The last one.", "late": "a column of its own"}))
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    run([str(tmp_path / "x.jsonl")], str(tmp_path / "whole"), settings=alone(no_profile=True))
    real = textlines.open_stream

    def failing(path, compression):
        stream = real(path, compression)
        chunks = iter(lambda: stream.read(1 << 18), b"")

        class Disk:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                stream.close()

            def seek(self, place):
                stream.seek(place)

            def read(self, size):
                if stream.tell() > 1 << 19:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                return next(chunks, b"")

        return Disk()

    with monkeypatch.context() as patch:
        patch.setattr(textlines, "open_stream", failing)
        summary = run([str(tmp_path / "x.jsonl")], str(tmp_path / "out"), settings=alone(no_profile=True))
    assert 0 < summary.documents < 3_000
    assert summary.exit_code == 1
    assert "Input/output error" in summary.input_failures[0].error
    assert f"{summary.documents:,} records before it were read" in summary.input_failures[0].error
    proven(tmp_path / "out")
    again = run([str(tmp_path / "x.jsonl")], str(tmp_path / "out"), settings=alone(no_profile=True))
    assert (again.documents, again.exit_code, again.anew) == (3_001, 0, {"failed before": 1})
    assert parts(tmp_path / "out") == parts(tmp_path / "whole")


WATCH = """
import os, sys

log = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        told = os.path.realpath(os.fsdecode(arguments[0]))
    elif event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"):
        told = event
    else:
        return
    os.write(log, os.fsencode(told) + bytes([10]))

sys.addaudithook(watch)
"""
"""Loaded by every process of a run: tells which files it opens, and any connection."""


@pytest.mark.skipif(os.name != "posix", reason="devices as POSIX names them")
def test_a_run_opens_what_it_is_given(tmp_path):
    folder, out, site = tmp_path / "in", tmp_path / "out", tmp_path / "site"
    folder.mkdir()
    site.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "a.txt").write_text(PROSE)
    (folder / "b.jsonl").write_text(json.dumps({"text": PROSE, "url": "https://marsh.example/1"}))
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (site / "sitecustomize.py").write_text(WATCH)
    watched = tmp_path / "watched"
    env = {**os.environ, "PYTHONPATH": str(site), "WATCHED": str(watched), "PYTHONDONTWRITEBYTECODE": "1"}
    done = program(str(folder), "--out", str(out), "--no-config", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    own = (
        sys.prefix,
        sys.base_prefix,
        sys.exec_prefix,
        str(ROOT / "cleaner"),
        str(ROOT / "rules"),
        str(site),
    )
    given = (str(folder), str(out), str(watched))
    allowed = (*own, *given, "/proc/", "/dev/", "/sys/", "/usr/lib", "/usr/share/zoneinfo", "/etc/localtime")
    opened = set(watched.read_text().splitlines())
    assert str(folder / "a.txt") in opened
    real = tuple(os.path.realpath(path) for path in allowed) + allowed
    assert sorted(path for path in opened if not path.startswith(real)) == []
