"""``cleaner fix``: the texts of files cleaned where they stand."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cleaner.commands.changes import Change, changes, without
from cleaner.commands.findings import is_kept
from cleaner.commands.looking import End, Look, Looking, Opened, clean_again
from cleaner.commands.terminal import counted, visible
from cleaner.edits import Script, compose
from cleaner.files.inplace import Writer, writer
from cleaner.files.paths import printable, reason_of
from cleaner.model import CleanerError, OutputError
from cleaner.settings import Choice

ROUNDS = 8
"""How often a text of which a part is accepted is looked at again, until nothing more goes."""

Show = Callable[[Iterable[str]], None]
Say = Callable[[str], None]


@dataclass(slots=True)
class Fixed:
    """What was done to one file; ``left`` counts texts with findings that stay as they are."""

    path: str
    documents: int = 0
    removals: int = 0
    repairs: int = 0
    characters: int = 0
    left: int = 0
    fixed: bool = False


@dataclass(slots=True)
class _Work:
    """A file on its way: what puts texts in, what it comes to, and the ledger's lines."""

    opened: Opened
    fixed: Fixed
    writer: Writer | None = None
    refused: str = ""  # why the file cannot be written
    ledger: list[str] = field(default_factory=list)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.writer = None


def fix(
    arguments: Sequence[str],
    choice: Choice,
    *,
    show: Show,
    say: Say,
    ledger: str | None = None,
    dry_run: bool = False,
    as_json: bool = False,
    quiet: bool = False,
) -> int:
    """Clean the texts of files in place; 1 where a file, or a text of it, was left as it is.

    Each file is replaced at once, when the ledger's lines on it are on the disk. Raises InputError
    where nothing can be read at all, ConfigError and RuleError for options that cannot be used,
    OutputError for a ledger that cannot be written.
    """
    looking = Looking(choice, say, quiet=quiet)
    files = looking.find(arguments)
    _check_ledger(ledger, [file.path for file in files])
    done = list(_fixed(looking, looking.looks(files), ledger, dry_run, show, as_json))
    left = sum(fixed.left for fixed in done)
    if not quiet:
        changed = sum(fixed.fixed for fixed in done)
        parts = [
            f"{counted(looking.files, 'file')} looked at",
            f"{changed} {'to fix' if dry_run else 'fixed'}",
        ]
        parts += [f"{looking.skipped} skipped"] if looking.skipped else []
        parts += [f"{counted(left, 'text')} left"] if left else []
        parts += [counted(len(looking.failures), "error")] if looking.failures else []
        say(", ".join(parts))
    return 1 if left or looking.failures else 0


def _fixed(
    looking: Looking,
    looks: Iterable[Look | End],
    ledger: str | None,
    dry_run: bool,
    show: Show,
    as_json: bool,
) -> Iterator[Fixed]:
    """Go through the texts and give each file its new content at its end."""
    work: _Work | None = None
    try:
        for one in looks:
            if work is None or work.opened is not one.opened:
                work = _Work(one.opened, Fixed(one.opened.path))
            if isinstance(one, Look):
                if one.fresh:
                    _put(work, one, looking, dry_run)
                continue
            _finish(work, looking, ledger, dry_run)
            if work.fixed.fixed:
                show([json.dumps(asdict(work.fixed)) if as_json else _line(work.fixed, dry_run)])
            yield work.fixed
            work = None
    finally:
        if work is not None:
            work.close()


def _put(work: _Work, look: Look, looking: Looking, dry_run: bool) -> None:
    """Put one text's clean form in its place, or say why it is left."""
    try:
        wanted = _wanted(look)
        look.field.encode(wanted.text)
    except UnicodeEncodeError as error:
        lacking = error.object[error.start]
        reason = f"its charset has no {lacking!r} (U+{ord(lacking):04X}); convert it to UTF-8 first"
    except OutputError as error:
        reason = str(error)
    else:
        _count(work, look, wanted)
        if not dry_run and not work.refused:
            _write(work, look, wanted.text)
        return
    work.fixed.left += 1
    looking.say(f"{look.place}: left: {reason}")


def _write(work: _Work, look: Look, text: str) -> None:
    """Hand a text to the file's writer; what it refuses is told once, at the file's end."""
    try:
        if work.writer is None:
            work.writer = writer(look.opened.file, look.opened.terms.reading)
        work.writer.put(look.field, text)
    except OutputError as error:
        work.refused = str(error)


@dataclass(slots=True)
class _Wanted:
    """The text that is to stand in a place, and the edits of the old text that make it."""

    text: str
    script: Script
    removals: int
    repairs: int


def _wanted(look: Look) -> _Wanted:
    """The clean text; without what is accepted, where a baseline accepts a part. OutputError says why a
    text has to stay as it is."""
    if is_kept(look.fresh):
        raise OutputError("too little of the text would remain (the fuse); look at it with cleaner explain")
    if look.field.locked:
        raise OutputError(look.field.locked)
    script: Script = ()
    text, fresh, accepted = look.field.text, look.fresh, [c for c in look.changes if c not in look.fresh]
    removals = repairs = 0
    for _ in range(ROUNDS):
        script = compose(text, script, [change.edit for change in fresh])
        text = without(text, fresh)
        removals += sum(change.kind == "removal" for change in fresh)
        repairs += sum(change.kind == "repair" for change in fresh)
        if not accepted:  # the core has settled the text
            return _Wanted(text, script, removals, repairs)
        fresh, accepted = _again(look, text, accepted)
        if not fresh:
            return _Wanted(text, script, removals, repairs)
    raise OutputError("what is accepted in it cannot be told from what is not; clean it by hand")


def _again(look: Look, text: str, accepted: list[Change]) -> tuple[list[Change], list[Change]]:
    """What is fresh and what accepted in a text without its fresh changes: what goes changes what is
    found beside it, and a second run has to find nothing."""
    opened, baseline = look.opened, look.opened.baseline
    assert baseline is not None
    baseline.give_back(opened.file.path, accepted)
    found = changes(text, clean_again(opened, look.field, text))
    fresh = baseline.fresh(opened.file.path, found)
    return fresh, [change for change in found if change not in fresh]


def _finish(work: _Work, looking: Looking, ledger: str | None, dry_run: bool) -> None:
    """Give a file its new content, its ledger first."""
    fixed = work.fixed
    fixed.documents = work.opened.documents
    try:
        if work.opened.broken:
            fixed.left += bool(work.ledger)
            return
        if work.refused:
            raise OutputError(work.refused)
        if work.writer is not None:
            work.writer.finish()
            if ledger is not None:
                _append(ledger, work.ledger)
            work.writer.commit()
        fixed.fixed = bool(work.ledger)
    except CleanerError as error:
        fixed.left += len(work.ledger)
        looking.say(f"{work.opened.name}: left: {error}")
    finally:
        work.close()


def _count(work: _Work, look: Look, wanted: _Wanted) -> None:
    fixed = work.fixed
    fixed.removals += wanted.removals
    fixed.repairs += wanted.repairs
    fixed.characters += len(look.field.text) - len(wanted.text)
    work.ledger.append(_ledger_line(look, wanted))


def _ledger_line(look: Look, wanted: _Wanted) -> str:
    """One text's line of the ledger: from last to first, ``before`` put back for what stands from
    ``start`` in the old text gives the old text again (`cleaner.commands.fix.undo`)."""
    one = look.field
    told = {
        "path": look.opened.path,
        "row": one.row,
        "id": one.id,
        "sha256": hashlib.sha256(wanted.text.encode("utf-8", "surrogatepass")).hexdigest(),
        "changes": [
            {
                "code": edit.fix,
                "start": edit.start,
                "before": one.text[edit.start : edit.end],
                "after": edit.text,
            }
            for edit in wanted.script
        ],
    }
    return json.dumps(told, ensure_ascii=False) + "\n"


def undo(text: str, told: Sequence[Mapping[str, Any]]) -> str:
    r"""The old text, of a clean one and the ``changes`` of its line in the ledger (offsets are code points
    of the old text).

    >>> undo("One.\n", [{"code": "SHR001", "start": 5, "before": "Share this:\n", "after": ""}])
    'One.\nShare this:\n'
    """
    parts: list[str] = []
    at = shift = 0  # code points of the clean text that are used; old offset less new one
    for change in told:
        start = change["start"] - shift
        parts += (text[at:start], change["before"])
        at = start + len(change["after"])
        shift += len(change["before"]) - len(change["after"])
    return "".join([*parts, text[at:]])


def _append(path: str, lines: Sequence[str]) -> None:
    """Add lines to the ledger at once: several processes of one hook write to the same, and what an
    earlier run took out stays on record."""
    data = "".join(lines).encode("utf-8", "backslashreplace")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            while data:
                data = data[os.write(handle, data) :]
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise OutputError(f"the ledger {printable(path)} cannot be written: {reason_of(error)}") from error


def _check_ledger(ledger: str | None, paths: Iterable[str]) -> None:
    """Refuse a ledger that cannot be written, or that is one of the files."""
    if ledger is None:
        return
    folder = os.path.dirname(ledger) or os.curdir
    if not os.access(ledger if os.path.exists(ledger) else folder, os.W_OK) or os.path.isdir(ledger):
        raise OutputError(f"{printable(ledger)}: cannot be written; name another --ledger")
    if os.path.realpath(ledger) in {os.path.realpath(path) for path in paths}:
        raise OutputError(f"{printable(ledger)}: is one of the files to be fixed; name another --ledger")


def _line(fixed: Fixed, dry_run: bool) -> str:
    what = [counted(fixed.removals, "removal")] if fixed.removals else []
    what += [counted(fixed.repairs, "repair")] if fixed.repairs else []
    verb = "would fix" if dry_run else "fixed"
    return f"{verb} {visible(fixed.path)}: {', '.join(what)}, {counted(fixed.characters, 'character')} fewer"
