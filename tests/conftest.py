"""What several tests share: the proof that an output is whole."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import settings

from cleaner.model import Removal, rebuild

os.environ["CLEANER_CACHE"] = ""  # for doctests and for what processes keep as they end
settings.register_profile("untimed", deadline=None)  # a busy machine makes no test fail
settings.load_profile("untimed")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes do not name a test: packed data may hold a time, and each worker would collect other names."""
    return argname if isinstance(val, bytes) else None


def prove(out: str | Path) -> list[dict[str, Any]]:
    """Show that an output is what it says it is; its rows.

    Each row's text and removals are the source text its hash is of, no source comes twice, the parts
    are those of the manifest and hold the rows it counts, and nothing else was left behind.
    """
    folder = Path(out)
    side = folder / "_cleaner"
    head, *entries = map(json.loads, (side / "manifest.jsonl").read_text(encoding="utf-8").splitlines())
    units = [entry for entry in entries if entry["kind"] == "unit"]
    assert {"failed.jsonl", "manifest.jsonl", "summary.json"} <= {one.name for one in side.iterdir()}
    assert {one.name for one in side.iterdir()} <= {
        "failed.jsonl",
        "manifest.jsonl",
        "summary.json",
        "sites.arrow",
    }
    parts = sorted(path.name for path in folder.glob("part-*.parquet"))
    assert parts == sorted({unit["part"] for unit in units if unit["part"]} or {"part-00000.parquet"})
    rows: list[dict[str, Any]] = []
    for part in parts:
        held = pq.read_table(folder / part).to_pylist()
        assert len(held) == sum(unit["rows"] for unit in units if unit["part"] == part)
        metadata = pq.read_schema(folder / part).metadata
        assert metadata[b"cleaner.rules_hash"].decode() == head["cleaner.rules_hash"]
        rows += held
    for row in rows:
        source = rebuild(row["text"], [Removal(**one) for one in row["removals"]])
        assert hashlib.sha256(source.encode()).hexdigest() == row["source_hash"], row["source"]
        assert (len(source), len(row["text"])) == (row["chars_in"], row["chars_out"])
    sources = [row["source"] for row in rows]
    assert len(sources) == len(set(sources))
    summary = json.loads((side / "summary.json").read_text(encoding="utf-8"))
    assert summary["documents"] == len(rows)
    return rows


@pytest.fixture(autouse=True)
def no_kept_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on what an earlier one kept of its packs, or leaves anything in a person's home."""
    monkeypatch.setenv("CLEANER_CACHE", "")


@pytest.fixture
def proven() -> Callable[[str | Path], list[dict[str, Any]]]:
    """`prove`, as a fixture."""
    return prove


def count_calls(work: Callable[[], object]) -> int:
    """How many functions ``work`` calls, Python's and C's: its amount of work, the same on any machine.

    What is remembered from call to call would hide work: call it on texts of its own.
    """
    count = 0

    def note(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.fixture
def calls() -> Callable[[Callable[[], object]], int]:
    """`count_calls`, as a fixture."""
    return count_calls
