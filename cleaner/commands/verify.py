"""``cleaner verify``: read an output once and prove of each row what the contract says of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from cleaner.arrow.proof import row_faults, schema_faults
from cleaner.commands.figures import PartMeter, Progress
from cleaner.commands.progress import duration
from cleaner.commands.terminal import Paint, counted
from cleaner.files.accounts import Account
from cleaner.files.manifest import MANIFEST, SUMMARY
from cleaner.files.outputs import Manifest, Output, batches, opened
from cleaner.files.paths import printable
from cleaner.files.rereading import Sources
from cleaner.files.tally import Tally, tally
from cleaner.model import InputError

SHOWN, LISTED = 20, 1_000
"""Faults that are told one by one to a person, and that are listed for a program."""

_METADATA = ("cleaner.version", "cleaner.rules_hash", "cleaner.configuration", "cleaner.profile_hash")

Tell = Callable[["Fault"], None]
Seen = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold: of a row (from 1 in ``file``) or, without one, of the file."""

    file: str
    what: str
    row: int | None = None
    id: str | None = None
    source: str | None = None

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row} (id {printable(str(self.id))})"
        return f"{printable(self.file)}{row}: {self.what}"


@dataclass(slots=True)
class Verdict:
    """What a proof came to. ``accounted`` tells whether a manifest was there to account for inputs,
    ``reread`` whether the sources were read again."""

    output: str
    files: int = 0
    rows: int = 0
    chars_in: int = 0
    chars_out: int = 0
    removals: int = 0
    inputs: int = 0
    accounted: bool = False
    reread: bool = False
    faults: int = 0
    seconds: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)

    def count(self, tally: Tally) -> None:
        """Take the figures of all rows over."""
        self.rows, self.chars_in, self.chars_out = tally.documents, tally.chars_in, tally.chars_out
        self.removals = sum(tally.spans.values())
        self.statuses = dict(sorted((str(status), count) for status, count in tally.statuses.items()))

    def describe(self, paint: Paint) -> Iterator[str]:
        """The lines that a person reads at the end."""
        rows, files = counted(self.rows, "row"), counted(self.files, "file")
        if self.faults:
            yield paint(f"{counted(self.faults, 'fault')} in {rows} of {files}", "red")
            return
        yield paint(f"{rows} of {files} hold: proved in {duration(self.seconds)}", "bold")
        removed = self.chars_in - self.chars_out
        yield (
            f"  {self.chars_out:,} characters of text and {removed:,} in {counted(self.removals, 'removal')} "
            f"are the {self.chars_in:,} of the source texts"
        )
        if self.accounted:
            yield f"  {counted(self.inputs, 'input')} of the manifest accounted for"
        else:
            yield "  no manifest stands beside it: the rows were proved, no input was accounted for"
        if self.reread:
            yield "  the sources were read again: undone, the rows are what lies there"

    def as_json(self, faults: Sequence[Fault]) -> str:
        """The figures and the first faults for programs; ASCII only."""
        return json.dumps({**asdict(self), "first_faults": [asdict(fault) for fault in faults]}, indent=2)

    def figures(self) -> dict[str, Any]:
        """What the summary of a run says too, under its names."""
        return {
            "documents": self.rows,
            "statuses": self.statuses,
            "chars_in": self.chars_in,
            "chars_out": self.chars_out,
        }


def verify(path: str, against: Sequence[str], tell: Tell, seen: Seen) -> Verdict:
    """Prove the output at ``path``; each fault is told as it is found.

    With ``against``, the INPUTs of the run, the sources are read again too. Raises InputError where no
    output lies there or where sources cannot be found.
    """
    return _Proof(Output.of(path), against, tell, seen).run()


class _Proof:
    """One proof: the output, what its manifest says, and what was counted."""

    def __init__(self, output: Output, against: Sequence[str], tell: Tell, seen: Seen):
        self.output, self.against, self._tell = output, against, tell
        self.meter = PartMeter(output.parts, seen, "proving")
        self.verdict = Verdict(output.path)
        self.manifest: Manifest | None = None
        self.account: Account | None = None
        self.sources: Sources | None = None
        self.started = time.monotonic()
        self.tally = Tally()
        self.schema: Any = None
        self.rows: dict[str, int] = {}

    def run(self) -> Verdict:
        with ExitStack() as stack:
            self._read_side_files()
            if self.against:
                if self.manifest is None:
                    raise InputError(f"{self.output.name}: without a manifest no source can be found again")
                self.sources = stack.enter_context(Sources(self.against, self.manifest))
                self.verdict.reread = True
            for part in self.output.parts:
                self._part(part)
            for what in self.sources.close() if self.sources is not None else ():
                self._fault(self.output.path, what)
        self.verdict.count(self.tally)
        self._close()
        self.verdict.seconds = round(time.monotonic() - self.started, 3)
        return self.verdict

    def _read_side_files(self) -> None:
        if not self.output.has_manifest:
            if os.path.isdir(self.output.path):
                self._fault(os.path.join(self.output.side, MANIFEST), "is missing")
            return
        try:
            self.manifest = self.output.manifest()
            self.account = Account(self.manifest, self.output.failures())
        except InputError as error:
            self._fault(self.output.side, str(error))
            return
        self.verdict.accounted = True
        self.verdict.inputs = len(self.manifest.inputs)

    def _part(self, part: str) -> None:
        """Prove one part; what cannot be read on is told of, and the next one is read."""
        self.verdict.files += 1
        name, rows = os.path.basename(part), 0
        if self.account is not None:
            self.account.begin(name)
        try:
            with opened(part) as file:
                faults = [*schema_faults(file.schema_arrow), *self._other_schema(file.schema_arrow)]
                for what in faults:
                    self._fault(part, what)
                for batch in batches(file) if not faults else ():
                    self._batch(part, rows, batch)
                    rows += batch.num_rows
                    self.meter.add(part, batch.num_rows, file.metadata.num_rows)
        except InputError as error:
            reason = str(error).removeprefix(f"{printable(part)}: ")
            self._fault(part, f"{reason}; the {rows:,} rows before it were read" if rows else reason)
        self.rows[name] = rows

    def _other_schema(self, schema: Any) -> list[str]:
        """What the schema of a part says otherwise than the manifest and the first part."""
        if self.manifest is None:
            return []
        metadata, head = schema.metadata or {}, self.manifest.head
        faults = [
            f"its metadata `{key}` is not what the manifest says"
            for key in _METADATA
            if key in head and metadata.get(key.encode(), b"").decode("utf-8", "replace") != head[key]
        ]
        if self.schema is None:
            self.schema = schema
        elif not schema.equals(self.schema):
            faults.append("its columns are not those of the first part")
        return faults

    def _batch(self, part: str, before: int, batch: Any) -> None:
        faults = [(fault.row, fault.what) for fault in row_faults(batch)]
        doubtful = {row for row, _ in faults}
        if self.account is not None and not any(batch[name].null_count for name in ("source", "status")):
            faults += self.account.see(batch["source"].to_pylist(), batch["status"].to_pylist())
        if self.sources is not None:
            faults += self.sources.see(batch, doubtful)
        for row, what in sorted(faults):
            given = (batch[name][row].as_py() for name in ("id", "source"))
            self._fault(part, what, before + row + 1, *given)
        self.tally.add(tally(batch))

    def _close(self) -> None:
        """What the side files say of the whole: rows of each part, inputs, figures."""
        if self.manifest is None or self.account is None:
            return
        planned = self.manifest.rows_by_part()
        for name in sorted(planned.keys() | self.rows.keys()):
            file = os.path.join(os.path.dirname(self.output.parts[0]) if self.output.parts else "", name)
            if name not in self.rows:
                self._fault(file, f"is missing: the manifest has {counted(planned[name], 'row')} there")
            elif self.rows[name] != planned.get(name, 0):
                told = f"{planned.get(name, 0):,} by the manifest"
                self._fault(file, f"holds {counted(self.rows[name], 'row')}, {told}")
        short = {name for name, rows in planned.items() if self.rows.get(name, 0) < rows}
        for what in self.account.close(short):
            self._fault(os.path.join(self.output.side, MANIFEST), what)
        figures = self.output.summary()
        if figures is None:
            self._fault(os.path.join(self.output.side, SUMMARY), "is missing, or cannot be read")
            return
        for key, value in self.verdict.figures().items():
            if figures.get(key) != value:
                told = f"`{key}` is {figures.get(key)}, and the rows say {value}"
                self._fault(os.path.join(self.output.side, SUMMARY), told)

    def _fault(self, file: str, what: str, *row: Any) -> None:
        self.verdict.faults += 1
        self._tell(Fault(file, what, *row))
