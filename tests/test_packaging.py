"""The rules are found however the package is installed, and what is promised to users ships."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import cleaner
from cleaner.rules.pack import shipped_folder

ROOT = Path(__file__).resolve().parent.parent
COUNT = "from cleaner.rules import shipped_packs; print(sum(len(p.rules) for p in shipped_packs()))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from this tree; hatchling comes with the development extra."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def count(folder):
    """Rules found by a fresh interpreter that sees the package in ``folder`` only."""
    env = {**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    code = f"import cleaner; assert cleaner.__file__.startswith({str(folder)!r}), cleaner.__file__; {COUNT}"
    return int(
        subprocess.run(
            [sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True
        ).stdout
    )


def test_a_wheel_finds_its_rules(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    assert (tmp_path / "cleaner" / "_rules" / "also-read.toml").is_file()
    assert count(tmp_path) == count(ROOT) >= 120


def test_a_source_tree_finds_its_rules():
    if Path(cleaner.__file__).parent.parent == ROOT:
        assert shipped_folder() == ROOT / "rules"


def test_the_wheel_says_what_it_is(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith("METADATA"))).decode()
        entry_points = archive.read(next(n for n in names if n.endswith("entry_points.txt"))).decode()
    assert "cleaner/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "Name: dump-cleaner\n" in metadata
    assert f"Version: {cleaner.__version__}\n" in metadata
    assert "Requires-Python: >=3.11\n" in metadata
    assert "cleaner = cleaner.__main__:main" in entry_points
    assert not [name for name in names if name.startswith(("tests/", "fixtures/", "benchmarks/"))]
