"""Cleaning what was cleaned takes nothing: on every development set, and on texts nobody thought of.

The development sets are third-party texts and no part of the repository: `../shared/eval` beside it, or
where ``CLEANER_EVAL`` points; absent, their tests are skipped. `CLEANER_SETTLED_ROWS` says how many
documents of each are tried (60 where it is not set).
"""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cleaner
from cleaner.commands.run import RunSettings, run

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("CLEANER_EVAL", ROOT.parent / "shared" / "eval")) / "data"
ROWS = int(os.environ.get("CLEANER_SETTLED_ROWS", "60"))
SETS = sorted(
    path.name
    for path in DATA.glob("*.parquet")
    if not path.name.endswith((".labels.parquet", ".html.parquet"))
)


@pytest.mark.skipif(not SETS, reason="no shared/eval near the repository, nor CLEANER_EVAL set")
@pytest.mark.parametrize("name", SETS or ["none"])
def test_a_development_set_is_settled(name, tmp_path):
    table = pq.read_table(DATA / name)
    columns = [one for one in ("id", "url", "title", "text") if one in table.column_names]
    step = max(1, table.num_rows // ROWS)
    table = table.take(list(range(0, table.num_rows, step))).select(columns)
    pq.write_table(table, tmp_path / "in.parquet")
    run([str(tmp_path / "in.parquet")], str(tmp_path / "out"), settings=RunSettings(workers=1))
    once = pq.read_table(tmp_path / "out/part-00000.parquet")
    assert once.num_rows == table.num_rows
    twice = cleaner.clean_batch(once.select(["url", "title", "text"]), profile=tmp_path / "out")
    taken = {
        source: [removal["text"] for removal in removals]
        for source, removals in zip(once["source"].to_pylist(), twice["removals"].to_pylist(), strict=True)
        if removals
    }
    assert taken == {}
    assert twice["text"].to_pylist() == once["text"].to_pylist()


LINES = (
    "Heron returns to the weir",
    "The ferry left the island before dawn, with four passengers, a crate of hens and the mail on board.",
    "It was said that nobody, not even the miller, had seen the river so high since the year of the flood.",
    "Also Read: Why the dam failed",
    "You Might Also Like",
    "Ten birds of the northern marsh",
    "Share this:",
    "Facebook",
    "Support us on Patreon",
    "Subscribe to our newsletter",
    "Read more",
    "0 Comments",
    "Itâ€™s on sale now &amp; then",
    "",
    " ",
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=30)), max_size=25),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
    st.sampled_from([None, LINES[0], "Another"]),
)
def test_any_text_is_settled(lines, end, title):
    once = cleaner.clean(end.join(lines), title=title)
    twice = cleaner.clean(once.text, title=once.title)
    assert (twice.text, twice.removals) == (once.text, ())
