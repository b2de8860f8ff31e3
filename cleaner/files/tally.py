"""Figures of a run, counted over the output's columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.model import DECODE_NOTE, Result


@dataclass(slots=True)
class Tally:
    """Counts that add up over batches, parts and workers.

    ``changed`` counts documents with a removal, or a repair that is no note on decoding. ``spans``
    and ``chars`` are of removals by rule, ``repairs`` by fix, notes on decoding included;
    ``trial_spans`` and ``trial_chars`` of what rules on trial would have taken.
    """

    documents: int = 0
    changed: int = 0
    chars_in: int = 0
    chars_out: int = 0
    given_ids: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    spans: Counter[str] = field(default_factory=Counter)
    chars: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    trial_spans: Counter[str] = field(default_factory=Counter)
    trial_chars: Counter[str] = field(default_factory=Counter)
    extractions: Counter[str] = field(default_factory=Counter)

    def see(self, result: Result) -> None:
        """Count what rules on trial would have taken of a document, which the output does not hold, and the
        way its text was taken out of a page."""
        if result.extraction is not None:
            self.extractions[result.extraction] += 1
        for removal in result.trials:
            self.trial_spans[removal.rule] += 1
            self.trial_chars[removal.rule] += removal.end - removal.start

    def add(self, other: Tally) -> None:
        """Add another's counts to these."""
        self.documents += other.documents
        self.changed += other.changed
        self.chars_in += other.chars_in
        self.chars_out += other.chars_out
        self.given_ids += other.given_ids
        for name in ("statuses", "spans", "chars", "repairs", "trial_spans", "trial_chars", "extractions"):
            getattr(self, name).update(getattr(other, name))


def tally(batch: pa.RecordBatch) -> Tally:
    """Count one batch of the output."""
    removals, repairs = batch["removals"], batch["repairs"]
    removed, repaired = removals.flatten(), repairs.flatten()
    lengths = pc.subtract(removed.field("end"), removed.field("start"))
    rules = removed.field("rule")
    by_rule = (
        pa.table({"rule": rules, "chars": lengths})
        .group_by("rule", use_threads=False)
        .aggregate([("chars", "sum")])
    )
    real = pc.invert(pc.starts_with(repaired.field("fix"), DECODE_NOTE))
    parents = pa.chunked_array(
        [pc.list_parent_indices(removals), pc.filter(pc.list_parent_indices(repairs), real)]
    )
    return Tally(
        documents=batch.num_rows,
        changed=pc.count_distinct(parents).as_py(),
        chars_in=pc.sum(batch["chars_in"]).as_py() or 0,
        chars_out=pc.sum(batch["chars_out"]).as_py() or 0,
        given_ids=pc.sum(pc.not_equal(batch["id"], batch["source"])).as_py() or 0,
        statuses=_counted(batch["status"]),
        spans=_counted(rules),
        chars=Counter(dict(zip(by_rule["rule"].to_pylist(), by_rule["chars_sum"].to_pylist(), strict=True))),
        repairs=_counted(repaired.field("fix")),
    )


def _counted(column: pa.Array) -> Counter[str]:
    counts = pc.value_counts(column)
    pairs: Iterable[tuple[str, int]] = zip(
        counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True
    )
    return Counter(dict(pairs))


def failures(batch: pa.RecordBatch) -> list[tuple[str, str, str]]:
    """Source, id and error of the rows that failed."""
    rows = batch.filter(pc.equal(batch["status"], "failed"))
    columns = (rows[name].to_pylist() for name in ("source", "id", "error"))
    return list(zip(*columns, strict=True))
