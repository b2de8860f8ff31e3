"""``cleaner verify``: read an output once and prove of each row what the contract says of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from cleaner.arrow.proof import row_faults, rows_under_other, schema_faults
from cleaner.commands.faults import Fault, Listing
from cleaner.commands.figures import PartMeter, Progress
from cleaner.commands.progress import duration
from cleaner.commands.terminal import Paint, counted
from cleaner.files.accounts import Account, Found
from cleaner.files.manifest import MANIFEST, SUMMARY, digest_of, is_sound
from cleaner.files.outputs import Manifest, Output, batches, opened
from cleaner.files.paths import printable, reason_of
from cleaner.files.rereading import Sources
from cleaner.files.tally import Tally, tally
from cleaner.model import InputError

_METADATA = ("cleaner.version", "cleaner.rules_hash", "cleaner.configuration", "cleaner.profile_hash")

Tell = Callable[["Fault"], None]
Seen = Callable[[Progress], None]


@dataclass(slots=True)
class Verdict:
    """What a proof came to. ``accounted`` tells whether a manifest was there to account for inputs,
    ``sealed`` whether it says by their SHA-256 what the files of the output are, ``reread`` whether the
    sources were read again. ``unread`` are inputs that the run could not read and says so."""

    output: str
    files: int = 0
    rows: int = 0
    chars_in: int = 0
    chars_out: int = 0
    removals: int = 0
    inputs: int = 0
    unread: int = 0
    accounted: bool = False
    sealed: bool = False
    reread: bool = False
    faults: int = 0
    seconds: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    by_rule: dict[str, dict[str, int]] = field(default_factory=dict)

    def count(self, tally: Tally) -> None:
        """Take the figures of all rows over."""
        self.rows, self.chars_in, self.chars_out = tally.documents, tally.chars_in, tally.chars_out
        self.removals = sum(tally.spans.values())
        rules = tally.chars.items()
        self.by_rule = {rule: {"spans": tally.spans[rule], "chars": chars} for rule, chars in rules}
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
        if self.unread:
            yield f"  {counted(self.unread, 'input')} could not be read, as the list of failures says"
        if self.sealed:
            yield "  parts and side files are, byte for byte, what the run wrote"
        else:
            yield "  nothing says what the bytes of its files should be: other columns were not proved"
        if self.reread:
            yield "  the sources were read again: undone, the rows are what lies there"

    def as_json(self, listing: Listing) -> str:
        """The figures and the faults that are told one by one, for programs; ASCII only."""
        told = {"fault_kinds": listing.kinds, "first_faults": [fault.told() for fault in listing.told]}
        return json.dumps({**asdict(self), **told}, indent=2)

    def figures(self) -> dict[str, Any]:
        """What the summary of a run says too, under its names."""
        return {
            "documents": self.rows,
            "statuses": self.statuses,
            "chars_in": self.chars_in,
            "chars_out": self.chars_out,
            "removals": self.by_rule,
        }


def verify(path: str, against: Sequence[str], tell: Tell, seen: Seen) -> Verdict:
    """Prove the output at ``path``; each fault is told as it is found.

    With ``against``, the INPUTs of the run, the sources are read again too. Raises InputError where no
    output lies there or where sources cannot be found.
    """
    return _Proof(Output.of(path), against, tell, seen).run()


class _Proof:
    """One proof: the output, what its manifest says, and what was counted. ``lame`` are parts, by name, that
    are missing or cannot be read (on), each told of once."""

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
        self.planned: dict[str, int] = {}
        self.digests: dict[str, str] = {}
        self.codes: set[str] = set()
        self.lame: set[str] = set()

    def run(self) -> Verdict:
        with ExitStack() as stack:
            self._read_side_files()
            if self.against:
                if self.manifest is None:
                    raise InputError(f"{self.output.name}: without a manifest no source can be found again")
                failures = self.output.failures() if self.account is not None else ()
                self.sources = stack.enter_context(Sources(self.against, self.manifest, failures))
                self.verdict.reread, self.verdict.unread = True, self.sources.unread
            for part in self.output.parts:
                self._part(part)
            excused = self.account.excused if self.account is not None else set()
            for source, kind, what in self.sources.close(excused) if self.sources is not None else ():
                self._fault(kind, self.output.path, what, place=source)
        self.verdict.count(self.tally)
        self._close()
        self.verdict.seconds = round(time.monotonic() - self.started, 3)
        return self.verdict

    def _read_side_files(self) -> None:
        path = os.path.join(self.output.side, MANIFEST)
        if not self.output.has_manifest:
            if os.path.isdir(self.output.path):
                self._fault("gone", path, "is missing")
            return
        try:
            self.manifest = told = self.output.manifest()
            if not is_sound(path):
                self._fault(
                    "digest", path, "its bytes are not those that the run wrote: they were changed since"
                )
            self.account = Account(told, self.output.failures())
        except (InputError, OSError) as error:
            self._fault("unreadable", self.output.side, str(error))
            return
        self.verdict.accounted, self.verdict.inputs = True, len(told.inputs)
        self.planned, self.digests, self.codes = told.rows_by_part(), told.digests(), told.codes
        self.verdict.sealed = bool(told.files) and self.planned.keys() <= self.digests.keys()
        for name, digest in told.files.items():
            self._bytes(os.path.join(self.output.side, name), digest)
        here = {os.path.basename(part) for part in self.output.parts}
        folder = os.path.dirname(self.output.parts[0]) if self.output.parts else self.output.path
        for name in sorted(self.planned.keys() - here):
            self._lame(
                "gone", os.path.join(folder, name), f"is missing: the manifest has {self._held(name)} there"
            )

    def _bytes(self, path: str, digest: str) -> None:
        """Hold the bytes of a side file against its digest."""
        try:
            if digest_of(path) != digest:
                self._fault(
                    "digest", path, "its bytes are not those that the run wrote: they were changed since"
                )
        except FileNotFoundError:
            self._fault("gone", path, "is missing")
        except OSError as error:
            self._fault("unreadable", path, f"cannot be read: {reason_of(error)}")

    def _held(self, name: str) -> str:
        """What a part holds by the manifest, in words."""
        inputs = self.manifest.inputs_of(name) if self.manifest is not None else ()
        return f"{counted(self.planned.get(name, 0), 'row')} of {counted(len(inputs), 'input')}"

    def _lame(self, kind: str, part: str, what: str) -> None:
        """Tell of a part whose rows cannot be had, and of its inputs no more."""
        self._excuse(os.path.basename(part))
        self._fault(kind, part, what)

    def _excuse(self, name: str) -> None:
        """Hold nothing against the inputs of a part whose rows cannot be had."""
        self.lame.add(name)
        if self.account is not None and self.manifest is not None:
            self.account.excused |= self.manifest.inputs_of(name)

    def _part(self, part: str) -> None:
        """Prove one part; what cannot be read on is told of, and the next one is read."""
        self.verdict.files += 1
        name, rows, before = os.path.basename(part), 0, self.verdict.faults
        if self.account is not None:
            self.account.begin(name)
        try:
            with opened(part) as file:
                if self.account is not None and name not in self.planned and file.metadata.num_rows:
                    # no run wrote it: there is nothing to hold its rows against
                    self.rows[name] = file.metadata.num_rows
                    return
                other = self._other_schema(file.schema_arrow)
                faults = [*schema_faults(file.schema_arrow), *other]
                for what in faults:
                    self._fault("schema", part, what)
                if faults:
                    self._excuse(name)
                for batch in batches(file) if not faults else ():
                    self._batch(part, rows, batch)
                    rows += batch.num_rows
                    self.meter.add(part, batch.num_rows, file.metadata.num_rows)
            self._whole(part, name, self.verdict.faults > before)
        except (InputError, OSError) as error:
            reason = str(error).removeprefix(f"{printable(part)}: ")
            read = f"; the {rows:,} rows before it were read" if rows else ""
            held = f"; by the manifest it holds {self._held(name)}" if name in self.planned else ""
            self._lame("unreadable", part, reason + read + held)
        self.rows[name] = rows

    def _whole(self, part: str, name: str, found: bool) -> None:
        """Hold the bytes of a part against its digest, which proves what no row proves by itself."""
        if name in self.digests and digest_of(part) != self.digests[name]:
            told = "its bytes are not those that the run wrote: they were changed since"
            more = "" if found else ", in what no row proves by itself (ids, titles, further columns, ...)"
            self._fault("digest", part, told + more)

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
        faults = [Found(fault.row, "proof", fault.what) for fault in row_faults(batch)]
        doubtful = {fault.row for fault in faults}
        faults += [
            Found(row, "code", f"a removal stands under {printable(code)!r}, which is no rule of the run")
            for row, code in (rows_under_other(batch, self.codes) if self.codes else ())
        ]
        if self.account is not None and not any(batch[name].null_count for name in ("source", "status")):
            faults += self.account.see(batch["source"].to_pylist(), batch["status"].to_pylist())
        if self.sources is not None:
            faults += self.sources.see(batch, doubtful)
        for row, kind, what in sorted(faults):
            id, source = (batch[name][row].as_py() for name in ("id", "source"))
            place = what if kind == "proof" else str(source).rpartition("#")[0] or str(source)
            self._fault(kind, part, what, before + row + 1, id, source, place=place)
        self.tally.add(tally(batch))

    def _close(self) -> None:
        """What the side files say of the whole: rows of each part, inputs, figures."""
        if self.manifest is None or self.account is None:
            return
        for part in self.output.parts:
            name = os.path.basename(part)
            if name not in self.lame and self.rows[name] != self.planned.get(name, 0):
                told = f"{self.planned.get(name, 0):,} by the manifest"
                self._fault("rows", part, f"holds {counted(self.rows[name], 'row')}, {told}")
        short = {name for name, rows in self.planned.items() if self.rows.get(name, 0) < rows}
        for source, kind, what in self.account.close(short):
            self._fault(kind, os.path.join(self.output.side, MANIFEST), what, place=source)
        path = os.path.join(self.output.side, SUMMARY)
        figures = self.output.summary()
        if figures is None:
            self._fault("unreadable", path, "is missing, or cannot be read")
            return
        for key, value in self.verdict.figures().items() if not self.lame else ():
            if figures.get(key) != value:
                told = f" is {figures.get(key)}, and the rows say {value}" if isinstance(value, int) else ""
                self._fault("figures", path, f"`{key}`{told or ' is not what the rows say'}")

    def _fault(
        self,
        kind: str,
        file: str,
        what: str,
        row: int | None = None,
        id: str | None = None,
        source: str | None = None,
        place: str = "",
    ) -> None:
        self.verdict.faults += 1
        self._tell(Fault(file, what, row, id, source, kind, place or file))
