"""A little of every fuzz target, with the other tests. `python -m tests.fuzz` is the long run."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from cleaner.commands.run import run
from cleaner.decode import Decoded
from cleaner.extract import extract
from cleaner.files.plan import read
from cleaner.lines import Lines
from cleaner.model import Repair, RuleError
from tests.pages import response

from . import targets
from .targets import TARGETS

SLOW = {"run", "verify"}


@pytest.mark.parametrize("name", TARGETS)
def test_promises_hold(name):
    target = TARGETS[name]

    @settings(max_examples=25 if name in SLOW else 60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(target.inputs)
    def holds(given_input):
        target.holds(given_input)

    holds()


def lose_a_row(*arguments, **options):
    """A run that loses what it wrote."""
    run(*arguments, **options)
    (part,) = Path(arguments[1]).glob("part-*.parquet")
    pq.write_table(pq.read_table(part).slice(1), part)


def twice(*arguments):
    """A reader that gives everything twice."""
    for item in read(*arguments):
        yield from (item, item)


def other_error(text, source):
    raise RuleError("something is wrong somewhere")


def otherwise(page, **asked):
    """An extraction that loses the markup of a line."""
    found = extract(page, **asked)
    return found._replace(markup=found.markup[1:])


BEYOND = Decoded("One.", (Repair("decode:bytes", 3, 9, "ff"),), "utf-8")

BROKEN = {
    "decode": (
        "decode",
        lambda data, declared: BEYOND,
        b"1",
    ),
    "lines": ("Lines", lambda text: Lines(text[1:]), "One.\ntwo"),
    "cut": ("cut", lambda text, spans: text[1:], ("One.\n", [])),
    "clean": ("decoded_texts", lambda batch: ["Two."], ["One."]),
    "pages": ("extract", otherwise, "<p>One."),
    "readers": ("read", twice, ("input.jsonl", b'{"text": "One."}')),
    "archives": ("read", twice, ("input.warc", response("<p>One."))),
    "run": ("run", lose_a_row, ("input.jsonl", b'{"text": "One."}')),
    "rules": ("parse_pack", other_error, b"["),
    "verify": ("main", lambda arguments: 1, b""),
}
"""For each target: what is replaced in it by something broken, and an input that shows it."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_broken_promise_is_seen(name, monkeypatch):
    attribute, broken, shown = BROKEN[name]
    TARGETS[name].holds(shown)
    monkeypatch.setattr(targets, attribute, broken)
    with pytest.raises(AssertionError):
        TARGETS[name].holds(shown)
