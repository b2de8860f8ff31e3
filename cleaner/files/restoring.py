"""An output written anew with text put back: parts of the same names, side files that say what was done.

All is written to a folder beside the new one, which takes its name when it is whole: there is never half
of it. No run takes it for its own output: its manifest is that of a restoration, not of a run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from cleaner.arrow import OUTPUT_SCHEMA
from cleaner.arrow.ledger import put_back
from cleaner.arrow.proof import row_faults, schema_faults
from cleaner.files import manifest
from cleaner.files.outputs import Output, batches, json_object, opened
from cleaner.files.paths import printable, reason_of, within
from cleaner.files.tally import Tally, tally
from cleaner.files.writer import PartWriter
from cleaner.model import InputError, OutputError

Seen = Callable[[str, int, int], None]
"""Told of a part, of rows of it that were written, and of how many it has."""

_RULES = "removals.list.element.rule"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is put back: removals under ``rules`` (codes or their beginnings; None: all), in documents
    with one of ``ids`` (None: all)."""

    rules: tuple[str, ...] | None = None
    ids: frozenset[str] | None = None

    def takes(self, rule: str) -> bool:
        """Whether removals under this code are put back."""
        return self.rules is None or rule.startswith(self.rules)

    def told(self) -> dict[str, Any]:
        """The choice as plain values."""
        return {
            "rules": None if self.rules is None else list(self.rules),
            "ids": None if self.ids is None else sorted(self.ids),
        }


@dataclass(slots=True)
class Restoration:
    """What was put back, and where the output and its side files lie now."""

    side: str
    outputs: list[str] = field(default_factory=list)
    documents: int = 0
    removals: int = 0
    chars: int = 0
    tally: Tally = field(default_factory=Tally)


def check(output: Output, choice: Choice) -> None:
    """Refuse a choice of which something stands nowhere in the output; `InputError` says what."""
    if not output.parts:
        raise InputError(f"{output.name}: its parts are missing; `cleaner verify` tells of what else is")
    found: set[str] = set()
    ids: set[str] = set()
    for part in output.parts:
        with opened(part) as file:
            if faults := schema_faults(file.schema_arrow):
                raise InputError(f"{printable(part)}: is no output of a run: {faults[0]}")
            for batch in batches(file, ["id", _RULES] if choice.ids else [_RULES]):
                found.update(batch["removals"].flatten().field("rule").unique().to_pylist())
                if choice.ids:
                    ids.update(choice.ids.intersection(batch["id"].to_pylist()))
    for rule in choice.rules or ():
        if not any(code.startswith(rule) for code in found):
            codes = ", ".join(sorted(found)) or "none"
            raise InputError(f"{output.name}: no removal stands under {rule}; its codes: {codes}")
    for name in sorted((choice.ids or frozenset()) - ids):
        raise InputError(f"{output.name}: no document has the id {printable(name)!r}")


def restore(output: Output, choice: Choice, out: str, seen: Seen) -> Restoration:
    """Write ``output`` to ``out``, a new folder (a new file for an output that is one), with text put back.

    Raises InputError for rows whose ledger does not hold, OutputError where ``out`` cannot be written.
    """
    _check_place(output, out)
    done = Restoration(manifest.side_of(out))
    with _built(out) as place:
        if os.path.isdir(output.path):
            os.mkdir(place)
            done.outputs = [os.path.join(out, os.path.basename(part)) for part in output.parts]
            written = [os.path.join(place, os.path.basename(part)) for part in output.parts]
        else:
            done.outputs, written = [out], [place]
        for part, path in zip(output.parts, written, strict=True):
            _write(part, path, choice, done, seen)
        if os.path.isdir(place):
            _side_files(output, choice, done, manifest.side_of(place), written)
    if output.has_manifest and not os.path.isdir(out):
        _side_files(output, choice, done, manifest.side_of(out), [out])
    return done


def _check_place(output: Output, out: str) -> None:
    name = printable(out)
    is_file = out.lower().endswith(".parquet")
    if is_file == os.path.isdir(output.path):
        wanted = "a folder" if is_file else "a name that ends in .parquet"
        raise OutputError(f"{name}: {output.name} wants {wanted} as its --out")
    if within(out, output.path):
        raise OutputError(f"{name}: lies in {output.name}; name an --out outside")
    if os.path.lexists(out) and (not os.path.isdir(out) or os.listdir(out)):
        raise OutputError(f"{name}: stands there already; name another --out")


@contextmanager
def _built(out: str) -> Iterator[str]:
    """A place beside ``out`` to write to; it becomes ``out`` when all went well, else it goes."""
    folder, name = os.path.split(os.path.abspath(out))
    place = os.path.join(folder, f".{name}.restoring-{os.getpid()}")
    try:
        os.makedirs(folder, exist_ok=True)
        yield place
        os.replace(place, out)
        manifest.fsync_folder(folder)
    except OSError as error:
        raise OutputError(f"{printable(out)}: cannot be written: {reason_of(error)}") from error
    finally:
        with suppress(OSError):
            shutil.rmtree(place) if os.path.isdir(place) else os.unlink(place)


def _write(part: str, path: str, choice: Choice, done: Restoration, seen: Seen) -> None:
    """Write one part anew, row group by row group."""
    with opened(part) as file:
        if faults := schema_faults(file.schema_arrow):
            raise InputError(f"{printable(part)}: is no output of a run: {faults[0]}")
        schema = _with_note(file.schema_arrow, choice)
        through = tuple(schema.names[len(OUTPUT_SCHEMA) :])
        rows = 0
        with PartWriter(path, schema, through) as writer:
            for batch in batches(file):
                for fault in row_faults(batch):
                    where = f"{printable(part)}, row {rows + fault.row + 1}"
                    raise InputError(f"{where}: {fault.what}; `cleaner verify` tells of all such rows")
                restored = put_back(batch, choice.takes, choice.ids)
                writer.write(restored.batch)
                rows += batch.num_rows
                done.documents += restored.documents
                done.removals += restored.removals
                done.chars += restored.chars
                done.tally.add(tally(restored.batch))
                seen(part, batch.num_rows, file.metadata.num_rows)


def _with_note(schema: pa.Schema, choice: Choice) -> pa.Schema:
    """The schema, its metadata with what was put back: choices add up over restorations."""
    metadata = dict(schema.metadata or {})
    before = json_object(metadata.get(b"cleaner.restored")).get("steps", [])
    metadata[b"cleaner.restored"] = json.dumps({"steps": [*before, choice.told()]}).encode()
    return schema.with_metadata(metadata)


def _side_files(output: Output, choice: Choice, done: Restoration, side: str, written: Sequence[str]) -> None:
    """The side files of the source, with what is different now."""
    if not output.has_manifest:
        return
    os.makedirs(side, exist_ok=True)
    parts = {
        os.path.basename(old): {
            "part": os.path.basename(new),
            "bytes": os.path.getsize(path),
            "sha256": manifest.digest_of(path),
        }
        for old, new, path in zip(output.parts, done.outputs, written, strict=True)
    }
    failed = os.path.join(side, manifest.FAILED)
    manifest.write_file(failed, manifest.as_lines(output.failures()))
    told = (line for line in output.lines(manifest.MANIFEST) if line.get("kind") != "end")
    lines = manifest.as_lines(_told(line, output, choice, parts) for line in told)
    proved = {manifest.FAILED: manifest.digest_of(failed)}
    manifest.write_file(os.path.join(side, manifest.MANIFEST), manifest.sealed(lines, proved))
    text = json.dumps((output.summary() or {}) | _figures(done), ensure_ascii=False, indent=2)
    manifest.write_file(os.path.join(side, manifest.SUMMARY), [text + "\n"])
    manifest.fsync_folder(side)


def _figures(done: Restoration) -> dict[str, Any]:
    """The figures of a summary that are others now."""
    counts = done.tally
    return {
        "documents": counts.documents,
        "statuses": dict(sorted(counts.statuses.items())),
        "changed": counts.changed,
        "chars_in": counts.chars_in,
        "chars_out": counts.chars_out,
        "removals": {
            rule: {"spans": counts.spans[rule], "chars": chars} for rule, chars in counts.chars.most_common()
        },
        "removed_share": round((counts.chars_in - counts.chars_out) / max(counts.chars_in, 1), 6),
        "outputs": done.outputs,
        "side_folder": done.side,
    }


def _told(
    line: dict[str, Any], output: Output, choice: Choice, parts: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """A line of the manifest as it stands in the new one. A run would take an output with ``inputs`` for
    one that it may go on with."""
    if line.get("kind") in ("run", "restoration"):
        kept = {key: value for key, value in line.items() if key not in ("kind", "inputs")}
        made_of = os.path.abspath(output.path)
        return {"kind": "restoration", "of": made_of, "restored": choice.told(), **kept, "sealed": True}
    if line.get("kind") == "unit" and line.get("part") in parts:
        return line | {
            key: value for key, value in parts[line["part"]].items() if key in line or key == "sha256"
        }
    return line
