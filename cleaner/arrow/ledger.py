"""The ledger undone, a batch of output rows at a time: source texts, decoded texts, removals put back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from cleaner.arrow import OUTPUT_SCHEMA
from cleaner.lines import INVISIBLE
from cleaner.model import Removal, Repair, Status, rebuild, undo_repairs

_REMOVALS = OUTPUT_SCHEMA.field("removals").type

Chosen = Callable[[str], bool]
"""Whether a rule's removals are put back, by its code."""


def removals_of(batch: pa.RecordBatch) -> list[tuple[Removal, ...]]:
    """The removals of each row."""
    return [tuple(Removal(**one) for one in row or ()) for row in batch["removals"].to_pylist()]


def repairs_of(batch: pa.RecordBatch) -> list[tuple[Repair, ...]]:
    """The repairs of each row, notes on decoding included."""
    return [tuple(Repair(**one) for one in row or ()) for row in batch["repairs"].to_pylist()]


def source_texts(batch: pa.RecordBatch) -> list[str]:
    """The source text of each row: what stands there with what was removed."""
    texts: list[str] = batch["text"].to_pylist()
    pairs = zip(texts, removals_of(batch), strict=True)
    return [rebuild(text, removals) if removals else text for text, removals in pairs]


def decoded_texts(batch: pa.RecordBatch) -> list[str]:
    """The decoded text of each row: the source text with the repairs undone."""
    pairs = zip(source_texts(batch), repairs_of(batch), strict=True)
    return [undo_repairs(text, repairs) if repairs else text for text, repairs in pairs]


def put_back(
    batch: pa.RecordBatch, chosen: Chosen, ids: Collection[str] | None = None
) -> tuple[pa.RecordBatch, int, int]:
    """The batch with the chosen removals put back, of the rows with one of ``ids`` or of all; with the
    number of removals and of code points that came back.

    What stays in the ledger stays as it is, for its places are of the source text.
    """
    texts, statuses = batch["text"].to_pylist(), batch["status"].to_pylist()
    kept: list[tuple[Removal, ...]] = []
    spans = chars = 0
    wanted = _rows(batch, ids)
    for row, removals in enumerate(removals_of(batch)):
        back = [one for one in removals if chosen(one.rule)] if row in wanted else []
        kept.append(tuple(one for one in removals if one not in back) if back else removals)
        if back:
            texts[row] = _with(texts[row], removals, back)
            statuses[row] = _status(texts[row], kept[-1])
            spans += len(back)
            chars += sum(one.end - one.start for one in back)
    if not spans:
        return batch, 0, 0
    text = pa.array(texts, pa.string())
    columns = {
        "text": text,
        "status": pa.array(statuses, pa.string()),
        "chars_out": pc.cast(pc.utf8_length(text), pa.int64()),
        "removals": pa.array([[one._asdict() for one in row] for row in kept], _REMOVALS),
    }
    arrays = [columns.get(name, batch[name]) for name in batch.schema.names]
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema), spans, chars


def _rows(batch: pa.RecordBatch, ids: Collection[str] | None) -> Collection[int]:
    if ids is None:
        return range(batch.num_rows)
    return {row for row, name in enumerate(batch["id"].to_pylist()) if name in ids}


def _with(text: str, removals: Sequence[Removal], back: Sequence[Removal]) -> str:
    """The text with some of its removals put back: spans of the source text become places in the text,
    less what stays out before them."""
    return "".join(_pieces(text, removals, set(back)))


def _pieces(text: str, removals: Sequence[Removal], back: set[Removal]) -> Iterator[str]:
    taken = kept = 0  # code points of the source text, of `text`
    for removal in removals:
        step = removal.start - taken
        yield text[kept : kept + step]
        if removal in back:
            yield removal.text
        kept, taken = kept + step, removal.end
    yield text[kept:]


def _status(text: str, removals: Sequence[Removal]) -> Status:
    if not visible(text):
        return "empty"
    return "cleaned" if removals else "clean"


def visible(text: str) -> bool:
    """Whether a text holds a visible character."""
    return bool(text.strip() and text.strip(INVISIBLE))
