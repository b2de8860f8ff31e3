"""The output of a run as it lies on the disk: its parts, and what its manifest says of them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.arrow import rows_per_batch
from cleaner.files.manifest import FAILED, MANIFEST, SIDE, SITES, SUMMARY, side_of
from cleaner.files.paths import printable, reason_of
from cleaner.model import InputError

PART = re.compile(r"part-.*\.parquet")
BUFFER = 1 << 20  # bytes read ahead in each column


@dataclass(frozen=True, slots=True)
class Output:
    """The output at ``path``: a folder of parts, or one Parquet file; ``side`` holds its side files."""

    path: str
    parts: tuple[str, ...]
    side: str

    @classmethod
    def of(cls, path: str) -> Output:
        """The output that a person means; `InputError` where none lies there."""
        if os.path.isdir(path):
            if os.path.basename(os.path.normpath(path)) == SIDE:
                path = os.path.dirname(os.path.normpath(path)) or os.curdir
            names = sorted(name for name in os.listdir(path) if PART.fullmatch(name))
            output = cls(path, tuple(os.path.join(path, name) for name in names), side_of(path))
            if not names and not output.has_manifest:
                raise InputError(f"{printable(path)}: holds no output of a run: no part-*.parquet")
            return output
        if not os.path.exists(path):
            raise InputError(f"{printable(path)}: there is no such file or folder")
        return cls(path, (path,), side_of(path) if path.lower().endswith(".parquet") else "")

    @property
    def name(self) -> str:
        """The output as messages name it."""
        return printable(self.path)

    @property
    def has_manifest(self) -> bool:
        """Whether a manifest says how it was made: a Parquet file on its own need not have one."""
        return bool(self.side) and os.path.isfile(os.path.join(self.side, MANIFEST))

    @property
    def profile(self) -> str | None:
        """The host profile that lies beside it, if one does."""
        path = os.path.join(self.side, SITES)
        return path if self.side and os.path.isfile(path) else None

    def manifest(self) -> Manifest:
        """What the manifest says; `InputError` where it cannot be read."""
        told = Manifest()
        for line in self.lines(MANIFEST):
            told.enter(line)
        if not told.head:
            raise InputError(f"{printable(os.path.join(self.side, MANIFEST))}: holds no line on a run")
        return told

    def failures(self) -> Iterator[dict[str, Any]]:
        """The lines of the list of failures; `InputError` where it cannot be read."""
        return self.lines(FAILED)

    def summary(self) -> dict[str, Any] | None:
        """The figures that stand beside it; None where there are none that can be read."""
        try:
            with open(os.path.join(self.side, SUMMARY), encoding="utf-8") as file:
                figures = json.load(file)
        except (OSError, ValueError):
            return None
        return figures if isinstance(figures, dict) else None

    def lines(self, name: str) -> Iterator[dict[str, Any]]:
        """The lines of a side file; `InputError` where it cannot be read (on)."""
        path = os.path.join(self.side, name)
        try:
            with open(path, encoding="utf-8", newline="\n") as lines:
                for number, line in enumerate(lines, 1):
                    one = json.loads(line)
                    if not isinstance(one, dict):
                        raise ValueError(f"line {number} is no object")
                    yield one
        except (OSError, ValueError) as error:
            raise InputError(f"{printable(path)}: cannot be read: {reason_of(error)}") from error


@dataclass(slots=True)
class Manifest:
    """The lines of a manifest by kind: the run, its inputs by source, the units in order, the codes of the
    rules in force, and the SHA-256 of other side files by name."""

    head: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    units: list[dict[str, Any]] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)
    lines: int = 0

    def enter(self, line: dict[str, Any]) -> None:
        """Take one line in; kinds that are not known are passed by."""
        self.lines += 1
        if self.lines == 1:
            self.head = line
        elif line.get("kind") == "input":
            self.inputs[str(line.get("source"))] = line
        elif line.get("kind") == "unit":
            segments = line.get("segments")
            if not isinstance(segments, list) or not all(isinstance(one, list) and one for one in segments):
                raise InputError(f"line {self.lines} of the manifest is no unit of work")
            self.units.append(line)
        elif line.get("kind") == "rule":
            self.rules.add(str(json_of(line.get("rule")).get("code")))
        elif line.get("kind") == "end":
            self.files = {str(name): str(digest) for name, digest in json_of(line.get("files")).items()}

    @property
    def arguments(self) -> list[str]:
        """The INPUT arguments of the run, absolute; empty where it says none."""
        inputs = self.head.get("inputs")
        return [str(name) for name in inputs] if isinstance(inputs, list) else []

    @property
    def codes(self) -> set[str]:
        """The codes that may stand in a ledger; empty where the manifest, of an earlier version, does not
        tell all."""
        finders = self.head.get("codes")
        return self.rules.union(map(str, finders)) if isinstance(finders, list) else set()

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each part, by its name, where the manifest tells it."""
        return {str(unit["part"]): str(unit["sha256"]) for unit in self.units if unit.get("sha256")}

    def inputs_of(self, part: str) -> set[str]:
        """The inputs that have rows in a part, by its name."""
        return {name for unit in self.units if unit.get("part") == part for name in _filled(unit)}

    def rows_by_part(self) -> dict[str, int]:
        """How many rows the units put into each part, by its name."""
        rows: dict[str, int] = {}
        for unit in self.units:
            if unit.get("part"):
                rows[unit["part"]] = rows.get(unit["part"], 0) + int(unit.get("rows", 0))
        return rows


def _filled(unit: dict[str, Any]) -> Iterator[str]:
    rows = unit.get("segment_rows") or [1] * len(unit["segments"])
    return (str(segment[0]) for segment, count in zip(unit["segments"], rows, strict=False) if count)


def json_of(value: Any) -> dict[str, Any]:
    """A value of a side file as an object; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def json_object(text: str | bytes | None) -> dict[str, Any]:
    """The object that a value of an output's metadata holds; an empty one where it is none."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


@contextmanager
def opened(part: str) -> Iterator[pq.ParquetFile]:
    """A part, open; `InputError` where it is no Parquet file, or a damaged one, also when read on."""
    try:
        with pq.ParquetFile(part, buffer_size=BUFFER, pre_buffer=False) as file:
            yield file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last from names of columns
        reason = f"no Parquet file, or a damaged one: {reason_of(error)}"
        raise InputError(f"{printable(part)}: {reason}") from error


def batches(
    file: pq.ParquetFile, columns: Sequence[str] | None = None, groups: Sequence[int] | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of an open part, in order, in batches of bounded size."""
    for group in range(file.num_row_groups) if groups is None else groups:
        meta = file.metadata.row_group(group)
        step = rows_per_batch(meta.total_byte_size, meta.num_rows)
        for batch in file.iter_batches(step, [group], columns, use_threads=False):
            batch.validate(full=True)  # strings may be no UTF-8, lists may lead nowhere
            yield batch
