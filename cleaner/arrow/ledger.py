"""The ledger undone, a batch of output rows at a time: source texts, decoded texts, removals put back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

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


class Restored(NamedTuple):
    """A batch with text put back: in so many documents, so many removals, of so many code points."""

    batch: pa.RecordBatch
    documents: int = 0
    removals: int = 0
    chars: int = 0


def put_back(batch: pa.RecordBatch, chosen: Chosen, ids: Collection[str] | None = None) -> Restored:
    """Put the chosen removals back: of the rows whose id is one of ``ids``, or of all.

    What stays in the ledger stays as it is, for its places are of the source text.
    """
    texts, statuses = batch["text"].to_pylist(), batch["status"].to_pylist()
    names = batch["id"].to_pylist()
    left: list[Sequence[Removal]] = []
    documents = spans = chars = 0
    for row, removals in enumerate(removals_of(batch)):
        wanted = ids is None or names[row] in ids
        back = {one for one in removals if chosen(one.rule)} if wanted else set()
        left.append([one for one in removals if one not in back])
        if back:
            texts[row] = "".join(_pieces(texts[row], removals, back))
            statuses[row] = _status(texts[row], left[-1])
            documents += 1
            spans += len(back)
            chars += sum(one.end - one.start for one in back)
    if not spans:
        return Restored(batch)
    text = pa.array(texts, pa.string())
    columns = {
        "text": text,
        "status": pa.array(statuses, pa.string()),
        "chars_out": pc.cast(pc.utf8_length(text), pa.int64()),
        "removals": pa.array([[one._asdict() for one in row] for row in left], _REMOVALS),
    }
    arrays = [columns[name] if name in columns else batch[name] for name in batch.schema.names]
    return Restored(pa.RecordBatch.from_arrays(arrays, schema=batch.schema), documents, spans, chars)


def _pieces(text: str, removals: Sequence[Removal], back: Collection[Removal]) -> Iterator[str]:
    """The text with some of its removals put back, in pieces; the others stay out."""
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
