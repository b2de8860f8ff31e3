"""Findings in the forms that people and programs read: lines, JSON, GitHub's annotations, SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cleaner._version import __version__
from cleaner.commands.changes import FUSE, Change
from cleaner.commands.looking import Look, named_row
from cleaner.commands.terminal import Paint, counted, visible

WORDS = 60
"""Code points of a text that a finding shows."""

_REPAIR, _FUSED = "text repair", "kept whole"
_TOO_LITTLE = "too little of the text would remain; look at it with cleaner explain, or exclude it"

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class Found(NamedTuple):
    """One finding. ``line`` is one of the file, from 1 (Parquet has none: the row); ``words`` say what
    goes, or what becomes of it, shortened."""

    path: str
    line: int
    code: str
    name: str
    words: str
    look: Look
    change: Change

    @property
    def message(self) -> str:
        """Name and words, with row and id in a file of records."""
        row = named_row(self.look.field)
        return f"{self.name}: {self.words}" + (f" [{row}]" if row else "")


def findings(look: Look, names: Mapping[str, str]) -> list[Found]:
    """The findings in one text, `groups` of its changes."""
    first = look.field.line
    spread = look.opened.file.format in ("text", "csv", "tsv")  # lines of the text are lines of the file
    found = []
    for change, *more in groups(look.fresh):
        known = (names[part] for part in change.code.split("+") if part in names)
        name = {"repair": _REPAIR, "fuse": _FUSED}.get(change.kind) or next(known, "removal")
        line = first + (change.line if spread else 0)
        words = _words(change, 1 + len(more))
        found.append(Found(look.opened.path, line, change.code, name, words, look, change))
    return found


def groups(changes: Sequence[Change]) -> list[list[Change]]:
    """Changes that are told as one: each removal, and a repair with its like on the same line."""
    found: list[list[Change]] = []
    for change in changes:
        last = found[-1][-1] if found else None
        like = last is not None and (last.kind, last.code, last.line) == (
            change.kind,
            change.code,
            change.line,
        )
        if like and change.kind == "repair":
            found[-1].append(change)
        else:
            found.append([change])
    return found


def _words(change: Change, times: int) -> str:
    if change.kind == "fuse":
        return _TOO_LITTLE
    if change.kind == "repair":
        more = f" ({times} times on this line)" if times > 1 else ""
        return f'"{_shortened(change.before)}" becomes "{_shortened(change.edit.text)}"{more}'
    lines = [line for line in change.before.splitlines() if line.strip()]
    if not lines:
        return "blank lines"
    more = f" (and {counted(len(lines) - 1, 'line')} after it)" if len(lines) > 1 else ""
    return _shortened(" ".join(lines[0].split())) + more


def _shortened(text: str) -> str:
    return visible(text if len(text) <= WORDS else text[: WORDS - 1] + "…")


def as_text(found: Iterable[Found], paint: Paint) -> Iterator[str]:
    """Lines as linters print them, which editors jump by."""
    for one in found:
        place = f"{paint(visible(one.path), 'bold')}:{one.line}"
        yield f"{place}: {paint(visible(one.code), 'red')} {visible(one.message)}"


def as_json(found: Iterable[Found]) -> Iterator[str]:
    """One JSON array, an object a finding; offsets are code points of the text as it stands."""
    yield "["
    comma = ""
    for one in found:
        yield comma + json.dumps(_object(one))
        comma = ","
    yield "]"


def _object(one: Found) -> dict[str, Any]:
    field, change = one.look.field, one.change
    return {
        "path": one.path,
        "line": one.line,
        "row": field.row,
        "id": field.id,
        "code": one.code,
        "name": one.name,
        "kind": change.kind,
        "start": change.edit.start,
        "end": change.edit.end,
        "before": change.before,
        "after": change.edit.text,
        "fingerprint": change.fingerprint,
    }


def as_github(found: Iterable[Found]) -> Iterator[str]:
    """Workflow commands: GitHub shows them beside the lines of a pull request."""
    for one in found:
        title = _property(f"{one.code} {one.name}")
        place = f"file={_property(one.path)},line={one.line},title={title}"
        yield f"::error {place}::{_data(f'{one.path}:{one.line}: {one.code} {one.message}')}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(found: Iterable[Found]) -> Iterator[str]:
    """SARIF 2.1.0, for code scanning; results are written as they come, the rules they name after them."""
    yield f'{{"$schema": "{SARIF_SCHEMA}", "version": "2.1.0", "runs": [{{"results": ['
    comma, named = "", dict[str, str]()
    for one in found:
        named[one.code] = one.name
        yield comma + json.dumps(_result(one))
        comma = ","
    rules = [{"id": code, "shortDescription": {"text": name}} for code, name in sorted(named.items())]
    driver = {"name": "cleaner", "version": __version__, "rules": rules}
    yield f'], "columnKind": "unicodeCodePoints", "tool": {json.dumps({"driver": driver})}}}]}}'


def _result(one: Found) -> dict[str, Any]:
    row = named_row(one.look.field)
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(one.path)},
            "region": {"startLine": one.line},
        }
    }
    if row:
        location["logicalLocations"] = [{"name": row, "kind": "element"}]
    return {
        "ruleId": one.code,
        "level": "warning",
        "message": {"text": one.message},
        "locations": [location],
        "partialFingerprints": {"cleaner/v1": one.change.fingerprint},
    }


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path.replace("\\", "/"))


def is_kept(fresh: Sequence[Change]) -> bool:
    """Whether the fuse kept the text whole."""
    return any(change.code == FUSE for change in fresh)
