"""Five scraped texts from real sites, with what a correct cleaning does to each of their lines.

They are kept outside the repository (``../shared/seeds`` beside it, or the folder that
``CLEANER_SHARED`` names): their texts are not ours to publish. Absent, the tests are skipped.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import cleaner
from cleaner.lines import Line, Lines

ROOT = Path(__file__).resolve().parent.parent
CLEAN = ("000_57d8505da3ee1e28", "001_44efd3dfdd7f2f4e")


def seeds() -> Path | None:
    """The folder of the seeds, if it is there."""
    named = os.environ.get("CLEANER_SHARED")
    shared = [Path(named)] if named else [folder / "shared" for folder in (ROOT, *ROOT.parents)]
    return next((path / "seeds" for path in shared if (path / "seeds" / "labels.json").is_file()), None)


SEEDS = seeds()
pytestmark = pytest.mark.skipif(
    SEEDS is None, reason="no shared/seeds near the repository, nor CLEANER_SHARED set"
)
LABELS: dict[str, Any] = (
    json.loads((SEEDS / "labels.json").read_text(encoding="utf-8")) if SEEDS else dict.fromkeys(CLEAN)
)
each = pytest.mark.parametrize("name", sorted(LABELS))


class Outcome(NamedTuple):
    """What a cleaning did: the lines of the source text, and the numbers (from 1) of those that
    are whole in the clean text and of those of which nothing is."""

    lines: Lines
    kept: set[int]
    gone: set[int]


def read(name: str) -> str:
    assert SEEDS is not None
    return (SEEDS / f"{name}.txt").read_bytes().decode("utf-8")


@cache
def outcome(name: str) -> Outcome:
    text = read(name)
    result = cleaner.clean(text)
    assert result.source == text, "a seed needs no repair"
    lines = Lines(text)
    taken = {at for removal in result.removals for at in range(removal.start, removal.end)}

    def places(line: Line) -> set[int]:
        return set(range(line.start, line.start + len(line.text)))

    kept = {line.index + 1 for line in lines if not places(line) & taken}
    gone = {line.index + 1 for line in lines if line.text and places(line) <= taken}
    return Outcome(lines, kept, gone)


def shown(name: str, numbers: list[int]) -> list[tuple[int, str]]:
    return [(number, outcome(name).lines[number - 1].text[:60]) for number in numbers]


@each
def test_content_stays_word_for_word(name: str) -> None:
    lost = [number for number in LABELS[name]["keep"] if number not in outcome(name).kept]
    assert shown(name, lost) == []


@each
def test_boilerplate_goes(name: str) -> None:
    left = [number for number in LABELS[name]["drop"] if number not in outcome(name).gone]
    assert shown(name, left) == []


@each
def test_a_headline_stays_once_in_its_best_form(name: str) -> None:
    for group in LABELS[name]["one_of"]:
        stays, *others = group
        assert stays in outcome(name).kept
        assert shown(name, [number for number in others if number not in outcome(name).gone]) == []


@each
def test_every_line_is_labelled(name: str) -> None:
    """A line that no label speaks of would be tested by nothing."""
    labels = LABELS[name]
    named = {*labels["keep"], *labels["drop"], *labels["either"]}.union(*labels["one_of"])
    assert {line.index + 1 for line in outcome(name).lines.filled} <= named


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_article_comes_out_byte_for_byte(name: str) -> None:
    result = cleaner.clean(read(name))
    assert (result.text, result.status, result.repairs) == (read(name), "clean", ())


@each
def test_cleaning_again_changes_nothing(name: str) -> None:
    once = cleaner.clean(read(name)).text
    assert cleaner.clean(once).removals == ()
