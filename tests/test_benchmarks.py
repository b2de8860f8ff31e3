"""The benchmarks run: every path of them, on little; nothing is said of times."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str) -> str:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_speed_runs_every_path_and_outputs_agree():
    assert run("benchmarks/speed.py", "--quick") == "all paths ran, all outputs agree\n"


@pytest.mark.parametrize("evidence", ["all", "rules"])
def test_profile_finds_every_stage(evidence):
    shown = run("benchmarks/profile.py", "--mb", "0.05", "--evidence", evidence)
    judged = {"evidence", "scorer"}
    stages = {line.split("%")[0].rsplit(maxsplit=1)[0] for line in shown.splitlines()[1:]}
    assert {"read", "repair", "gate", "exact patterns", "strip", "headlines", "cut", "write"} <= stages
    assert (judged <= stages) == (evidence == "all")


def test_speed_names_the_corpora_there_are():
    done = subprocess.run(
        [sys.executable, "benchmarks/speed.py", "--corpora", "weeb"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no such corpus: weeb; there are web, clean," in done.stderr
