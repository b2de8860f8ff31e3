"""The hooks as pre-commit runs them: installed from a clone, over a repository of data.

Installing takes a minute and a package index; where git, pre-commit or an index is missing the tests
are skipped and say why.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleaner.files.inplace import fields
from cleaner.files.paths import find_inputs
from cleaner.files.reading import ReadSettings

ROOT = Path(__file__).resolve().parent.parent
LARGE = 30_000_000  # bytes
CLEAN = "A heron stood in the reeds until dusk, and nobody on the dyke saw it leave.\n"
DIRTY = (
    "The boat left at seven, and the crossing took most of the day, for the wind had turned in the night.\n"
    "\n"
    "Also Read: Why the dam failed\n"
    "\n"
    "The ferryman donâ€™t mind: he was paid by the hour and told everyone who would listen on the quay.\n"
)
FIXED = DIRTY.replace("Also Read: Why the dam failed\n\n", "").replace("â€™", "’")


def git(*arguments, cwd):
    identity = (
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.org",
        "-c",
        "protocol.file.allow=always",
    )
    return subprocess.run(
        ["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True, text=True
    ).stdout.strip()


def reason_to_skip(folder):
    """Why hooks cannot be installed here; empty where they can."""
    if shutil.which("git") is None:
        return "git is not installed"
    if find_spec("pre_commit") is None:
        return "pre-commit is not installed: it is one of the development tools"
    probe = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(folder), "click>=8.1"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        return "no package index can be reached to install the hooks from"
    return ""


def project_files() -> list[str]:
    """What an installation needs, by git or, in a copy of the tree that is no repository, by folder."""
    if (ROOT / ".git").exists():
        listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0")
    else:
        inside = (path for name in ("cleaner", "rules") for path in (ROOT / name).rglob("*"))
        listed = [str(path.relative_to(ROOT)) for path in (*ROOT.glob("*"), *ROOT.glob(".p*"), *inside)]
    apart = ("tests", "fixtures", "benchmarks", "training")
    return [name for name in listed if name and (ROOT / name).is_file() and name.split("/")[0] not in apart]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A clone of this project as it stands, the home pre-commit installs into, and what it runs."""
    folder = tmp_path_factory.mktemp("hooks")
    if reason := reason_to_skip(folder):
        pytest.skip(reason)
    clone = folder / "clone"
    clone.mkdir()
    for name in project_files():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, clone / name)
    git("init", "-q", "-b", "main", cwd=clone)
    git("add", "-A", cwd=clone)
    git("commit", "-qm", "As it stands", cwd=clone)
    environment = {**os.environ, "PRE_COMMIT_HOME": str(folder / "home"), "PRE_COMMIT_COLOR": "never"}

    def run(*arguments, cwd):
        command = [sys.executable, "-m", "pre_commit", *arguments]
        return subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=900
        )

    return clone, run


def fill(repository):
    """Ten files: clean, dirty, UTF-16, CRLF, Parquet, JSON Lines, quoted CSV, empty, binary, large."""
    data = repository / "data"
    data.mkdir(parents=True)
    (data / "clean.txt").write_text(CLEAN)
    (data / "dirty.txt").write_text(DIRTY)
    (data / "wide.txt").write_bytes(DIRTY.replace("â€™", "'").encode("utf-16"))
    (data / "crlf.txt").write_bytes(DIRTY.replace("\n", "\r\n").encode())
    table = pa.table({"id": ["a", "b"], "text": [DIRTY, CLEAN], "n": [1.5, 2.5]})
    pq.write_table(table, data / "pages.parquet", compression="gzip")
    (data / "pages.jsonl").write_text(json.dumps({"id": 1, "text": DIRTY, "n": 1.50}) + "\n")
    with (data / "pages.csv").open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("id", "text"), ("1", DIRTY), ("2", 'say "hi"')])
    (data / "empty.txt").write_bytes(b"")
    (data / "binary.txt").write_bytes(bytes(range(256)) * 40)
    with (data / "large.jsonl").open("w") as file:
        number = 0
        while file.tell() < LARGE:
            number += 1
            report = f"On day {number} the water at the weir stood {number % 97} inches over the mark. " * 60
            file.write(json.dumps({"id": number, "text": report.strip() + "\n"}) + "\n")
        file.write(json.dumps({"id": "last", "text": DIRTY}) + "\n")
    (repository / "notes.txt").write_text(DIRTY)  # outside of data/: none of the hook's business
    git("init", "-q", "-b", "main", cwd=repository)
    git("add", "-A", cwd=repository)
    git("commit", "-qm", "Data", cwd=repository)
    return data


def configure(repository, clone, *hooks):
    revision = git("rev-parse", "HEAD", cwd=clone)
    listed = "".join(f"      - {{{hook}}}\n" for hook in hooks)
    (repository / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {clone}\n    rev: {revision}\n    hooks:\n{listed}"
    )
    git("add", "-A", cwd=repository)


def test_try_repo(project, tmp_path):
    clone, run = project
    repository = tmp_path / "try"
    repository.mkdir()
    (repository / "dirty.txt").write_text(DIRTY)
    git("init", "-q", "-b", "main", cwd=repository)
    git("add", "-A", cwd=repository)
    done = run("try-repo", str(clone), "cleaner-check", "--all-files", "--verbose", cwd=repository)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "dirty.txt:3: ALR001 " in done.stdout


def test_check_then_fix_then_check(project, tmp_path):
    clone, run = project
    repository = tmp_path / "repository"
    data = fill(repository)
    unchanged = {name: (data / name).read_bytes() for name in ("clean.txt", "empty.txt", "binary.txt")}
    large = (data / "large.jsonl").read_bytes()
    configure(repository, clone, "id: cleaner-check, files: ^data/, verbose: true")
    done = run("run", "--all-files", cwd=repository)
    assert done.returncode == 1, done.stdout + done.stderr
    told = {line.split(":")[0] for line in done.stdout.splitlines() if ": ALR001 " in line}
    wanted = "dirty.txt wide.txt crlf.txt pages.parquet pages.jsonl pages.csv large.jsonl"
    assert told == {f"data/{name}" for name in wanted.split()}
    assert "note: data/binary.txt: skipped: binary, no text" in done.stdout
    assert git("status", "--porcelain", "data", cwd=repository) == ""

    configure(repository, clone, "id: cleaner-fix, files: ^data/")
    done = run("run", "--all-files", cwd=repository)
    assert done.returncode == 1, done.stdout + done.stderr  # files were modified by this hook
    assert "files were modified by this hook" in done.stdout
    assert (data / "dirty.txt").read_text() == FIXED
    assert (data / "wide.txt").read_bytes() == FIXED.replace("’", "'").encode("utf-16")
    assert (data / "crlf.txt").read_bytes() == FIXED.replace("\n", "\r\n").encode()
    after = pq.ParquetFile(data / "pages.parquet")
    assert after.read().to_pydict() == {"id": ["a", "b"], "text": [FIXED, CLEAN], "n": [1.5, 2.5]}
    assert after.metadata.row_group(0).column(0).compression == "GZIP"
    assert (data / "pages.jsonl").read_text() == json.dumps({"id": 1, "text": FIXED, "n": 1.50}) + "\n"
    assert (data / "pages.csv").read_bytes().count(b'"') == 2 * 6 + 4
    assert {name: (data / name).read_bytes() for name in unchanged} == unchanged
    assert (data / "large.jsonl").read_bytes() == large.replace(
        json.dumps(DIRTY).encode(), json.dumps(FIXED).encode()
    )
    assert (repository / "notes.txt").read_text() == DIRTY

    git("add", "-A", cwd=repository)
    done = run("run", "--all-files", cwd=repository)
    assert done.returncode == 0, done.stdout + done.stderr


def test_arguments_and_configuration_are_those_of_the_command_line(project, tmp_path):
    clone, run = project
    repository = tmp_path / "configured"
    (repository / "data").mkdir(parents=True)
    for number in range(60):  # enough for pre-commit to split them over processes
        (repository / "data" / f"{number}.txt").write_text(DIRTY)
    (repository / "pyproject.toml").write_text('[tool.cleaner]\nignore = ["ALR"]\n')
    git("init", "-q", "-b", "main", cwd=repository)
    configure(repository, clone, 'id: cleaner-check, files: ^data/, args: ["--no-repair", "encoding"]')
    done = run("run", "--all-files", cwd=repository)
    assert done.returncode == 0, done.stdout + done.stderr
    configure(repository, clone, "id: cleaner-check, files: ^data/, verbose: true")
    done = run("run", "--all-files", cwd=repository)
    assert done.returncode == 1
    assert done.stdout.count(": encoding text repair: ") == 60
    assert "ALR001" not in done.stdout


def test_rule_packs(project, tmp_path):
    clone, run = project
    repository = tmp_path / "packs"
    (repository / "rules").mkdir(parents=True)
    pack = '[pack]\nname = "ours"\nprefix = "OUR"\n\n[[rule]]\ncode = "OUR001"\nname = "tip line"\n'
    pack += 'why = "It asks for tips."\nrisk = "None known."\nany = ["got a tip"]\nmax_words = 9\n'
    examples = (
        "- Got a tip? Write to us\n| She got a tip from the ferryman, and it was a good one, and left\n"
    )
    pack += f"examples = '''\n{examples}'''\n"
    (repository / "rules" / "ours.toml").write_text(pack)
    git("init", "-q", "-b", "main", cwd=repository)
    configure(repository, clone, "id: cleaner-rules")
    assert run("run", "--all-files", cwd=repository).returncode == 0
    (repository / "rules" / "ours.toml").write_text(pack.replace("got a tip", "got a hint"))
    git("add", "-A", cwd=repository)
    assert run("run", "--all-files", cwd=repository).returncode == 1


def test_hooks_and_lines_to_paste_are_valid(tmp_path):
    pytest.importorskip("pre_commit")
    command = [sys.executable, "-m", "pre_commit"]
    subprocess.run([*command, "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")], check=True)
    for page in ("README.md", "docs/pre-commit.md"):
        (block,) = re.findall(
            r"```yaml\n(repos:.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL
        )
        (tmp_path / "config.yaml").write_text(block)
        subprocess.run([*command, "validate-config", str(tmp_path / "config.yaml")], check=True)


def test_the_hooks_take_what_the_readers_read():
    yaml = pytest.importorskip("yaml")
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert list(hooks) == ["cleaner-check", "cleaner-fix", "cleaner-rules"]
    for name in ("cleaner-check", "cleaner-fix"):
        pattern = re.compile(hooks[name]["files"])
        taken = [
            ending
            for ending in ["txt", "jsonl", "ndjson", "csv", "tsv", "parquet", "py", "md", "json"]
            if pattern.search(f"data/a.{ending}")
        ]
        assert taken == ["txt", "jsonl", "ndjson", "csv", "tsv", "parquet"]


@pytest.mark.parametrize("ending", ["txt", "jsonl", "ndjson", "csv", "tsv"])
def test_an_empty_file_of_every_kind(tmp_path, ending):
    (tmp_path / f"a.{ending}").write_bytes(b"")
    (file,) = find_inputs([str(tmp_path / f"a.{ending}")]).files
    assert [one.text for one in fields(file, ReadSettings()) if one.text] == []
