"""What stands beside the output: how it was made (manifest), and what failed.

``manifest.jsonl`` holds one object a line: first the ``run`` (INPUT arguments, how they were read,
version, rules, configuration, profile, columns), then each ``rule`` in force, each ``input`` (path, size,
modification time, what the planning pass found in it) and each ``unit`` (its segments, rows and part, with
the SHA-256 of that). A later run compares them to see whether the output is its own and, unit by unit,
whether it still holds. The line ``end`` holds the SHA-256 of all lines before it, and those of other side
files: nothing in an output changes unseen.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cleaner.files.paths import STDIN, Failure, InputFile, absolute, printable, reason_of, utf8
from cleaner.model import OutputError
from cleaner.utf8 import is_encodable

if TYPE_CHECKING:
    from cleaner.files.plan import Unit

SIDE = "_cleaner"
MANIFEST, FAILED, SUMMARY, SITES = "manifest.jsonl", "failed.jsonl", "summary.json", "sites.arrow"


def side_of(out: str) -> str:
    """Where the side files of an output lie: in ``DIR/_cleaner``, those of a file ``DIR/NAME.parquet`` in
    ``DIR/_cleaner/NAME``."""
    if not out.lower().endswith(".parquet"):
        return os.path.join(out, SIDE)
    folder, name = os.path.split(out)
    return os.path.join(folder or os.curdir, SIDE, name[: -len(".parquet")] or name)


def identity(arguments: Iterable[str]) -> list[str]:
    """INPUT arguments as what they mean: absolute, sorted, each once."""
    return sorted({a if a == STDIN else utf8(os.path.abspath(a)) for a in arguments})


def previous_run(folder: str, name: str = MANIFEST) -> dict[str, Any] | None:
    """What the manifest in ``folder`` says of its run, nothing where it cannot be read; ``None`` where there
    is none."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as lines:
            head = json.loads(lines.readline() or "null")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return {}
    return head if isinstance(head, dict) else {}


def previous_inputs(folder: str, name: str = MANIFEST) -> list[str] | None:
    """The INPUT arguments of the run whose manifest lies in ``folder``; ``None`` where there is none."""
    head = previous_run(folder, name)
    if head is None:
        return None
    inputs = head.get("inputs")
    return [str(name) for name in inputs] if isinstance(inputs, list) else []


def input_line(file: InputFile, scan: dict[str, Any] | None = None) -> dict[str, Any]:
    """The manifest's line on one input file; its modification time is in nanoseconds. ``scan`` is what the
    planning pass found in it."""
    line = {
        "kind": "input",
        "source": file.source,
        "path": told_path(file),
        "format": file.format,
        "compression": file.compression,
        "size": file.size,
        "mtime_ns": file.mtime_ns,
    }
    if file.digest:
        line["sha256"] = file.digest
    return line if scan is None else {**line, "scan": scan}


def told_path(file: InputFile) -> str:
    """Where an input lies, as the manifest says it."""
    return file.shown or utf8(absolute(file.path))


def unit_line(
    unit: Unit, segment_rows: Sequence[int], tally: dict[str, Any], **more: Sequence[Any]
) -> dict[str, Any]:
    """The manifest's line on one unit; a part holds the rows of its segments in order.

    ``segment_rows`` counts them by segment. ``more`` are lists: ``problems`` (number of the segment, record
    or None, reason), ``late`` (rows that ran out of time) and ``trials`` (row, rule, code points). Which
    part, from which row on and how large, `placed` says.
    """
    return {
        "kind": "unit",
        "unit": unit.number,
        "part": None,
        "first": 0,
        "rows": sum(segment_rows),
        "bytes": 0,
        "sha256": "",
        "segments": [[segment.file.source, segment.start, segment.stop] for segment in unit.segments],
        "segment_rows": list(segment_rows),
        "tally": tally,
        **more,
    }


def placed(
    line: dict[str, Any], part: str | None, first: int = 0, size: int = 0, digest: str = ""
) -> dict[str, Any]:
    """The line of a unit whose rows stand in ``part`` from row ``first`` on, which has ``size`` bytes and
    this SHA-256."""
    return {**line, "part": part, "first": first, "bytes": size, "sha256": digest}


def digest_of(path: str) -> str:
    """The SHA-256 of the bytes of a file, in hex; `OSError` where it cannot be read."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sealed(lines: Iterable[str], files: dict[str, str]) -> Iterator[str]:
    """The lines of a manifest, and behind them the one that proves them and what it says itself: ``files``
    are the SHA-256 of other side files by their names."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
        yield line
    digest.update(_encoded(files).encode())
    yield from as_lines([{"kind": "end", "files": files, "sha256": digest.hexdigest()}])


def is_sound(path: str) -> bool:
    """Whether a manifest is as its run wrote it; one of an earlier version, which has no such line, is taken
    to be. `OSError` where it cannot be read."""
    digest, head, last = hashlib.sha256(), b"", b""
    with open(path, "rb") as lines:
        for line in lines:
            head = head or line
            digest.update(last)
            last = line
    try:
        end = json.loads(last)
        if isinstance(end, dict) and end.get("kind") == "end":
            alone = digest.hexdigest()  # so those of an earlier version were proved
            digest.update(_encoded(end.get("files")).encode())
            return end.get("sha256") in (alone, digest.hexdigest())
        return not json.loads(head).get("sealed")
    except (ValueError, AttributeError):
        return False


def problem_line(problem: Failure) -> dict[str, Any]:
    """The line of failed.jsonl on an input, or a record of it, that adds no row."""
    kind = "input" if problem.row is None else "record"
    return {"kind": kind, "input": problem.where, "row": problem.row, "error": problem.error}


def document_line(source: str, id: str, error: str) -> dict[str, Any]:
    """The line of failed.jsonl on a document whose row has the status ``failed``."""
    return {"kind": "document", "source": source, "id": id, "error": error}


_encoded = json.JSONEncoder(ensure_ascii=False).encode  # one for all: `json.dumps` makes one a line


def as_lines(objects: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Objects as JSON Lines, in UTF-8 where it can say them: a key of an input may hold half a character."""
    for one in objects:
        line = _encoded(one) + "\n"
        yield line if line.isascii() or is_encodable(line) else json.dumps(one) + "\n"


def write_file(path: str, pieces: Iterable[str]) -> None:
    """Write a side file to a temporary name, make it durable, and give it its own name."""
    try:
        with open(path + ".tmp", "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path + ".tmp", path)
    except OSError as error:
        raise OutputError(f"{printable(path)}: cannot be written: {reason_of(error)}") from error


def fsync_folder(folder: str) -> None:
    """Make renames and removals inside a folder durable, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
