"""Figures of a run, counted over the output's columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.model import DECODE_NOTE


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

    def trial(self, rule: str, chars: int) -> None:
        """Count one span that a rule on trial would have taken; the output does not hold it."""
        self.trial_spans[rule] += 1
        self.trial_chars[rule] += chars

    def told(self) -> dict[str, Any]:
        """The counts as plain values, those that are nothing left out."""
        return {
            field.name: dict(value) if isinstance(value, Counter) else value
            for field in fields(self)
            if (value := getattr(self, field.name))
        }

    @classmethod
    def of(cls, told: dict[str, Any]) -> Tally:
        """The counts that were told.

        >>> Tally.of({"documents": 2, "statuses": {"clean": 2}}).statuses["clean"]
        2
        """
        tally = cls()
        for name, value in told.items():
            setattr(tally, name, Counter(value) if isinstance(value, dict) else value)
        return tally

    def add(self, other: Tally) -> None:
        """Add another's counts to these."""
        self.documents += other.documents
        self.changed += other.changed
        self.chars_in += other.chars_in
        self.chars_out += other.chars_out
        self.given_ids += other.given_ids
        for name in ("statuses", "spans", "chars", "repairs", "trial_spans", "trial_chars", "extractions"):
            getattr(self, name).update(getattr(other, name))


def tally(batch: pa.RecordBatch, paged: bool = False) -> Tally:
    """Count one batch of the output; ``paged`` where it has the columns of pages."""
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
        extractions=_counted(batch["extraction"].drop_null()) if paged else Counter(),
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
