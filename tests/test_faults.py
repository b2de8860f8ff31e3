"""What can happen to a run, done to it: killed, starved, refused; afterwards nothing is lost, nothing twice.

`CLEANER_FAULT_MOMENTS` says how many random moments each of the killing tests tries (3 where it is not
set; continuous integration and a release try more).
"""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cleaner.commands.run import RunSettings, run
from cleaner.model import OutputError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits as POSIX has them")

MOMENTS = int(os.environ.get("CLEANER_FAULT_MOMENTS", "3"))
STRIDE = 1 if MOMENTS >= 50 else 3
"""Of so many steps of the writing one is tried."""

PROSE = "The ferry left the island before dawn, with {n} passengers, a crate of hens and the mail.\n"

DRIVER = """
import sys
from dataclasses import replace
from cleaner.__main__ import main
from cleaner.commands.run import RunSettings

reading = RunSettings.reading
RunSettings.reading = lambda self: replace(reading(self), unit_bytes=100_000)
if __name__ == "__main__":
    sys.exit(main())
"""
"""The program, with units so small that a small dump has many."""

POISON = """
import ctypes, os, signal, time
from cleaner.pages import Extractor
from cleaner.pipeline import Cleaner

clean, fresh = Cleaner.clean_many, Extractor._fresh

def poisoned_page(self, page):
    if b"POISONED PAGE" in page.data:
        with open(os.environ["DEATHS"], "a") as file:
            file.write("1\\n")
        time.sleep(1000) if b"hang" in page.data else os.kill(os.getpid(), signal.SIGKILL)
    return fresh(self, page)

def poisoned(self, documents, *given, **named):
    for document in documents:
        if "POISON" in document.text:
            with open(os.environ["DEATHS"], "a") as file:
                file.write(str(len(documents)) + "\\\\n")
            if "hang" in document.text:
                time.sleep(1000)
            if "crash" in document.text:
                ctypes.string_at(0)
            os.kill(os.getpid(), signal.SIGKILL)
    return clean(self, documents, *given, **named)

Cleaner.clean_many, Extractor._fresh = poisoned, poisoned_page
"""
"""Loaded by every process of a run: documents that name it end the worker that has them."""


def text(n: int) -> str:
    prose = PROSE.format(n=n) * (1 + n % 5)
    return f"Heron {n} returns to the weir\n\n{prose}\nAlso Read: Why the dam failed\n"


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    """Some 20 units: 200 texts, 1,500 records in one file that is split."""
    folder = tmp_path_factory.mktemp("faults") / "dump"
    folder.mkdir()
    for n in range(200):
        (folder / f"{n:03}.txt").write_text(text(n))
    (folder / "m.jsonl").write_text("\n".join(json.dumps({"text": text(n), "n": n}) for n in range(1500)))
    return folder


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    path = tmp_path_factory.mktemp("driver") / "driver.py"
    path.write_text(DRIVER)
    return path


@pytest.fixture(scope="module")
def whole(dump, driver, tmp_path_factory):
    """The output of a run that nobody disturbed, and how long that took."""
    out = tmp_path_factory.mktemp("whole") / "out"
    started = time.monotonic()
    assert start(driver, dump, out).wait() == 0
    return out, time.monotonic() - started


def start(driver: Path, dump: Path, out: Path, *more: str, **options) -> subprocess.Popen[str]:
    command = [sys.executable, str(driver), "run", str(dump), "--out", str(out), "--quiet", *more]
    options = {"workers": 2, **options}
    command += ["--workers", str(options.pop("workers"))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def parts(out: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(out.glob("part-*.parquet"))]


def moments(seconds: float) -> list[float]:
    chance = random.Random(7)
    return [chance.uniform(0.05, 1.0) * seconds for _ in range(MOMENTS)]


def resumed(driver: Path, dump: Path, out: Path, whole: Path, proven) -> None:
    """Run again and compare with what nobody disturbed."""
    again = start(driver, dump, out)
    _, said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    proven(out)
    assert parts(out) == parts(whole)


def children(process: int) -> list[int]:
    """The workers of a run."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == process and "spawn_main" in (entry / "cmdline").read_text():
                found.append(int(entry.name))
        except (OSError, ValueError, IndexError):
            continue
    return found


# killed


def test_the_run_is_killed(dump, driver, whole, tmp_path, proven):
    out, seconds = whole
    for number, moment in enumerate(moments(seconds)):
        place = tmp_path / str(number)
        process = start(driver, dump, place)
        time.sleep(moment)
        process.kill()
        process.communicate()
        if parts(place):
            assert parts(place) == parts(out), "what stands there is whole"
        resumed(driver, dump, place, out, proven)


def test_it_is_killed_again_and_again(dump, driver, whole, tmp_path, proven):
    out, seconds = whole
    for moment in moments(seconds):
        process = start(driver, dump, tmp_path / "out")
        time.sleep(moment)
        process.kill()
        process.communicate()
    resumed(driver, dump, tmp_path / "out", out, proven)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="finds workers by /proc")
def test_workers_are_killed(dump, driver, whole, tmp_path, proven):
    out, seconds = whole
    chance = random.Random(11)
    for number, moment in enumerate(moments(seconds * 0.8)):
        place = tmp_path / str(number)
        process = start(driver, dump, place)
        time.sleep(moment)
        if workers := children(process.pid):
            os.kill(chance.choice(workers), signal.SIGKILL)
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        proven(place)
        assert parts(place) == parts(out)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_asked_to_end(dump, driver, whole, tmp_path, proven, number):
    out, seconds = whole
    stopped = 0
    for at, moment in enumerate(moments(seconds)):
        place = tmp_path / str(at)
        process = start(driver, dump, place)
        time.sleep(max(moment, 0.5 * seconds))
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert process.returncode in (0, 130, -number), said
        assert "Traceback" not in said
        assert not (place / "_cleaner/lock").exists()
        stopped += process.returncode == 130
        journals = [path.read_text().splitlines() for path in place.rglob("journal.jsonl")]
        if kept := sum('"kind": "unit"' in line for lines in journals for line in lines):
            assert f"{kept} of " in said or f"{kept - 1} of " in said
            assert "the same command goes on from there" in said
        resumed(driver, dump, place, out, proven)
    assert stopped, "none of the moments was within the run"


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="finds workers by /proc")
def test_workers_do_not_outlive_their_run(dump, driver, whole, tmp_path):
    process = start(driver, dump, tmp_path / "out")
    workers: list[int] = []
    deadline = time.monotonic() + 60
    while not workers and time.monotonic() < deadline:
        time.sleep(0.02)
        workers = children(process.pid)
    process.kill()
    process.communicate()
    assert workers
    while any(Path(f"/proc/{worker}/cmdline").exists() for worker in workers):
        assert time.monotonic() < deadline, "a worker works on for nobody"
        time.sleep(0.05)


# stopped at every step of the writing


def steps(monkeypatch, limit: int, act) -> list[str]:
    """Let ``act`` be called in place of the step after ``limit`` of those that write, name or remove."""
    seen: list[str] = []
    for name in ("fsync", "replace", "unlink", "mkdir"):
        real = getattr(os, name)

        def counted(*given, real=real, name=name, **named):
            seen.append(name)
            if len(seen) > limit:
                return act()
            return real(*given, **named)

        monkeypatch.setattr(os, name, counted)
    return seen


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Few documents in several units; runs work in this process."""
    folder = tmp_path / "small"
    folder.mkdir()
    for n in range(5):
        (folder / f"{n:02}.txt").write_text(text(n))
    reading = RunSettings.reading
    monkeypatch.setattr(RunSettings, "reading", lambda self: replace(reading(self), unit_bytes=12_000))
    return folder


def died_after(limit: int, folder: Path, out: Path, **more) -> bool:
    """Run in a process that ends, without a word, at the step after ``limit``; False where it got through."""
    child = os.fork()
    if not child:
        code = 1
        try:
            with pytest.MonkeyPatch.context() as patch:
                steps(patch, limit, lambda: os._exit(9))
                run([str(folder)], str(out), settings=RunSettings(workers=1, **more))
                code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 9)
    return code == 9


def held(out: Path) -> list[bytes]:
    """The output, a folder or a file."""
    return parts(out) if out.is_dir() else [out.read_bytes()]


@pytest.mark.parametrize("form", ["out", "out.parquet"])
@pytest.mark.parametrize("change", [None, "00b.txt"], ids=["first", "later"])
def test_power_goes_at_every_step(small, tmp_path, proven, form, change):
    """First in a run from nothing, then in one that renumbers the parts of another."""
    alone = RunSettings(workers=1, no_profile=True)

    def begun(place: Path) -> None:
        """The output as it stands before the run that dies."""
        if change:
            (small / change).unlink(missing_ok=True)
            run([str(small)], str(place), settings=alone)
            (small / change).write_text(text(99))

    begun(tmp_path / form)
    run([str(small)], str(tmp_path / f"whole-{form}"), settings=alone)
    wanted = held(tmp_path / f"whole-{form}")
    limit, died = 0, True
    while died:
        place = tmp_path / f"{limit}-{form}"
        begun(place)
        died = died_after(limit, small, place, no_profile=True)
        run([str(small)], str(place), settings=alone)
        assert held(place) == wanted, f"stopped at step {limit}"
        if form == "out":
            proven(place)
        limit += STRIDE
    assert limit > 15


def test_the_disk_refuses_at_every_step(small, tmp_path, monkeypatch, proven):
    def refuse():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run([str(small)], str(tmp_path / "whole"), settings=RunSettings(workers=1))
    limit = refused = 0
    while True:
        place = tmp_path / str(limit)
        with monkeypatch.context() as patch:
            seen = steps(patch, limit, refuse)
            try:
                run([str(small)], str(place), settings=RunSettings(workers=1))
                said = ""
            except OutputError as error:
                said = str(error)
        if said:
            refused += 1
            assert os.strerror(errno.ENOSPC) in said
        run([str(small)], str(place), settings=RunSettings(workers=1))
        proven(place)
        assert parts(place) == parts(tmp_path / "whole"), f"refused at step {limit}"
        if len(seen) <= limit:
            break
        limit += 2 * STRIDE
    assert refused > 5


def test_a_file_may_not_become_so_large(dump, driver, whole, tmp_path, proven):
    """`RLIMIT_FSIZE`: what a full disk does to a real process, at a size of our choosing."""
    import resource

    big = tmp_path / "big"
    big.mkdir()
    for n in range(40):
        (big / f"{n:02}.txt").write_text(text(n))
    noise = random.Random(3)
    lines = ("".join(noise.choices("abcdefghijklmnop    ", k=80)) for _ in range(100_000))
    (big / "zz.txt").write_text("\n".join(lines))
    limits = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, 2_500_000))}
    process = start(driver, big, tmp_path / "out", "--no-profile", workers=1, **limits)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "cannot be written: File too large" in said
    assert "the same command goes on from there" in said
    assert not parts(tmp_path / "out")
    again = start(driver, big, tmp_path / "out", "--no-profile", "--json")
    told, said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert json.loads(told)["taken_over"] >= 20
    assert len(proven(tmp_path / "out")) == 41


def test_a_temporary_file_may_not_become_so_large(driver, tmp_path, proven):
    """The host profile is counted in temporary files: the message names the one, and why."""
    import resource

    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("".join(text(n).replace("ferry", f"ferry{n}") for n in range(4_000)))
    limits = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))}
    process = start(driver, tmp_path / "in", tmp_path / "out", workers=1, **limits)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert f"error: {tmp_path / 'out/_cleaner/work-00001-'}" in said
    assert "a temporary file cannot be written: File too large" in said
    assert "the same command goes on" in said
    assert start(driver, tmp_path / "in", tmp_path / "out").wait() == 0
    proven(tmp_path / "out")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_output(dump, driver, whole, tmp_path):
    place = tmp_path / "out"
    assert start(driver, dump, place).wait() == 0
    for path in (place, place / "_cleaner"):
        path.chmod(0o500)
    process = start(driver, dump, place)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "cannot be written: Permission denied" in said
    assert parts(place) == parts(whole[0])


# poison


@pytest.fixture
def poisoned(tmp_path, monkeypatch):
    """Loads POISON into every process that is started; gives the list of batches that died."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(POISON)
    paths = [str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    monkeypatch.setenv("DEATHS", str(tmp_path / "deaths"))
    return tmp_path / "deaths"


@pytest.mark.parametrize("how", ["exhaust", "hang"])
def test_a_page_that_ends_its_worker_is_found_and_kept(driver, tmp_path, poisoned, proven, how):
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(6):
        said = f"POISONED PAGE {how}" if n == 3 else f"Heron {n}"
        page = f"<html><body><article><h1>{said}</h1><p>{PROSE.format(n=n)}</p></article></body></html>"
        (folder / f"{n}.html").write_text(page)
    more = ("--max-document-time", "6") if how == "hang" else ()
    process = start(driver, folder, tmp_path / "out", *more)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 1, said
    rows = proven(tmp_path / "out")
    [failed] = [row for row in rows if row["status"] == "failed"]
    assert len(rows) == 6
    assert failed["id"] == "3.html"
    assert failed["text"] == (folder / "3.html").read_text()
    assert {"exhaust": "SIGKILL", "hang": "took longer"}[how] in failed["error"]
    assert len(poisoned.read_text().split()) <= 4


@pytest.mark.parametrize("how", ["crash", "exhaust", "hang"])
def test_a_document_that_ends_its_worker_is_found_and_kept(driver, tmp_path, poisoned, proven, how):
    folder = tmp_path / "in"
    folder.mkdir()
    records = [{"id": n, "text": text(n)} for n in range(300)]
    for n in (100, 222):
        records[n]["text"] = f"POISON {how} {n}\n" + text(n)
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, records)))
    more = ("--max-document-time", "6") if how == "hang" else ()
    process = start(driver, folder, tmp_path / "out", *more)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 1, said
    rows = proven(tmp_path / "out")
    failed = [row for row in rows if row["status"] == "failed"]
    assert [row["id"] for row in failed] == ["100", "222"]
    assert [row["text"] for row in failed] == [records[100]["text"], records[222]["text"]]
    assert len(rows) == 300
    reason = {"crash": "SIGSEGV", "exhaust": "SIGKILL", "hang": "took longer"}[how]
    assert all(reason in row["error"] for row in failed)
    assert all(("out of memory" in row["error"]) == (how == "exhaust") for row in failed)
    again = "the next run tries it again" if how == "hang" else "a run with --fresh tries it again"
    assert all(row["error"].endswith(again) for row in failed)
    assert "x.jsonl#101: given up" in said
    deaths = poisoned.read_text().split()
    assert len(deaths) <= 2 * (2 if how == "hang" else 3), "three crashes of a document are not four"
    again = start(driver, folder, tmp_path / "out", *more, "--json")
    told, _ = again.communicate(timeout=300)
    assert again.returncode == 1, "the same again on a rerun"
    summary = json.loads(told)
    assert summary["failed"] == 2
    if how == "hang":
        assert summary["anew"] == {"ran out of time before": 1}
    else:
        assert summary["taken_over"] == 300
        assert len(poisoned.read_text().split()) == len(deaths), "what is known to kill is not tried again"
