"""On scraped texts as they are: the ledger holds, and cleaning the output again removes nothing.

The texts are third-party ones and no part of the repository: ``../shared/eval`` beside it, or the folder
that ``CLEANER_EVAL`` names. Absent, the tests are skipped. All documents of all sets take some minutes;
by default every `STEP`-th is cleaned, with ``CLEANER_EVAL_STEP=1`` all are.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleaner.arrow import clean_batch
from cleaner.arrow.ledger import decoded_texts
from cleaner.arrow.proof import row_faults
from cleaner.model import Document
from cleaner.options import DEFAULTS, Options
from cleaner.pipeline import cleaner_for
from cleaner.profile import Profile, profile_of

ROOT = Path(__file__).resolve().parent.parent
STEP = int(os.environ.get("CLEANER_EVAL_STEP", "16"))


def folder() -> Path | None:
    named = os.environ.get("CLEANER_EVAL")
    places = [Path(named)] if named else [one / "shared" / "eval" for one in (ROOT, *ROOT.parents)]
    return next((place / "data" for place in places if (place / "data").is_dir()), None)


def sets() -> list[Path]:
    """The files of documents that have a text."""
    place = folder()
    found = sorted(place.glob("*.parquet")) if place else []
    return [path for path in found if "text" in pq.read_schema(path).names]


SETS = sets()
pytestmark = pytest.mark.skipif(not SETS, reason="no shared/eval near the repository, nor CLEANER_EVAL set")


def columns(path: Path) -> pa.Table:
    table = pq.read_table(path)
    given = [name for name in ("text", "title", "url") if name in table.column_names]
    return table.select(given).take(pa.array(range(0, table.num_rows, STEP)))


def profile_from(table: pa.Table, options: Options) -> Profile:
    rows = [Document(one["text"] or "", one.get("title"), one.get("url")) for one in table.to_pylist()]
    return profile_of([cleaner_for(options).sightings(rows)])


@pytest.mark.parametrize("with_profile", [False, True], ids=["no-profile", "profile"])
@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name.removesuffix(".parquet"))
def test_the_ledger_holds_and_nothing_more_goes(path: Path, with_profile: bool) -> None:
    given = columns(path)
    profile = profile_from(given, DEFAULTS) if with_profile else None
    once = clean_batch(given, profile)
    for batch in once.to_batches():
        assert row_faults(batch) == []
    decoded = [text for batch in once.to_batches() for text in decoded_texts(batch)]
    assert decoded == [text or "" for text in given["text"].to_pylist()]
    cleaned = given.set_column(given.column_names.index("text"), "text", once["text"])
    again = clean_batch(cleaned, profile)
    changed = [
        row
        for row, (text, removals, repairs) in enumerate(
            zip(*(again[name].to_pylist() for name in ("text", "removals", "repairs")), strict=True)
        )
        if removals or repairs or text != once["text"][row].as_py()
    ]
    assert changed == []
