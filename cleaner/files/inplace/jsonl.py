"""JSON Lines: the string of each line's text, found without touching what stands around it."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # what json itself reads strings with
from typing import Any, NamedTuple

from cleaner.columns import Path, Role, find_roles
from cleaner.decode import replace_surrogates
from cleaner.files.inplace.field import Field
from cleaner.files.inplace.lines import PlacedLine, placed_lines
from cleaner.files.paths import Failure, InputFile
from cleaner.files.reading import ReadSettings
from cleaner.files.streams import too_large

BLANK = " \t\r\n\x0b\x0c\ufeff"
_WHITE = re.compile(r"[ \t\n\r]*")
_decoder: Any = json.JSONDecoder(parse_int=str, parse_float=str)  # numbers stay as they are written
_scan: Callable[[str, int], tuple[Any, int]] = _decoder.scan_once


class Member(NamedTuple):
    """One key of an object and its value, which takes the characters from ``start`` to ``end``."""

    key: str
    value: Any
    start: int
    end: int


def members(text: str, at: int = 0) -> Iterator[Member]:
    r"""The members of the JSON object at ``at``; one without any yields none. Numbers come as text.

    >>> list(members('{"n": 1.50, "text": "a\\u0062"}'))
    [Member(key='n', value='1.50', start=6, end=10), Member(key='text', value='ab', start=20, end=29)]

    Raises ValueError for what is no object, RecursionError for what is nested too deeply.
    """
    at = _expect(text, _skip(text, at), "{")
    if text[at : at + 1] == "}":
        return
    while True:
        _expect(text, at, '"')
        key, at = scanstring(text, at + 1, True)
        at = _expect(text, _skip(text, at), ":")
        try:
            value, end = _scan(text, at)
        except StopIteration:
            raise ValueError("a value is missing") from None
        yield Member(key, value, at, end)
        at = _skip(text, end)
        if text[at : at + 1] == "}":
            return
        at = _expect(text, at, ",")


def _skip(text: str, at: int) -> int:
    match = _WHITE.match(text, at)
    return match.end() if match else at


def _expect(text: str, at: int, mark: str) -> int:
    if text[at : at + 1] != mark:
        raise ValueError(f"{mark} is missing")
    return _skip(text, at + 1) if mark != '"' else at


def fields(file: InputFile, settings: ReadSettings) -> Iterator[Field | Failure]:
    """The texts of a file; the columns are told from all its lines first, as a run does."""
    columns = _Columns(set(settings.named.dotted()))
    for placed in placed_lines(file, settings):
        columns.look(placed.read.text)
    if not columns.names:
        columns.names["text"] = False  # no object at all: every line will fail
    roles = find_roles(
        list(columns.names), settings.named, nested=columns.nested(), paths=list(columns.paths)
    ).paths()
    row = 0
    for placed in placed_lines(file, settings):
        line = placed.read
        if line.text is not None and not line.text.strip(BLANK):
            continue
        row += 1
        if line.text is None:
            limit = settings.max_document_bytes
            yield Failure(file.name, f"line {line.number}: {too_large(line.size, limit)}", row)
            continue
        try:
            found = _field(placed, line.text, row, roles)
        except ValueError as error:
            yield Failure(file.name, f"line {line.number}: {error}", row)
            continue
        if found is not None:
            yield found


@dataclass(slots=True)
class _Columns:
    """The keys of a file's objects, each with whether all its values are nested (None: all are null); of
    the names with a dot those that lead somewhere."""

    dotted: set[str]
    names: dict[str, bool | None] = field(default_factory=dict)
    paths: dict[str, None] = field(default_factory=dict)

    def look(self, text: str | None) -> None:
        try:
            value = json.loads(text or "null", parse_int=str)
        except (ValueError, RecursionError):
            return
        if not isinstance(value, dict):
            return
        for key, item in value.items():
            if item is None:
                self.names.setdefault(key, None)
            else:
                self.names[key] = isinstance(item, dict | list) and self.names.get(key) is not False
        self.paths.update((name, None) for name in self.dotted if _at(value, tuple(name.split("."))))

    def nested(self) -> list[str]:
        return [name for name, nested in self.names.items() if nested]


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _field(placed: PlacedLine, text: str, row: int, roles: dict[Role, Path]) -> Field | None:
    """The text of one line; None where it has none. ValueError says what is wrong with the line."""
    try:
        record = {member.key: member for member in members(text)}
        json.loads(text, parse_int=str)  # what stands after the object, too
    except (ValueError, RecursionError) as error:
        raise ValueError(_reason(text, error)) from None
    path = roles["text"]
    member = record.get(path[0])
    for name in path[1:]:
        inside = member is not None and isinstance(member.value, dict)
        member = {one.key: one for one in members(text, member.start)}.get(name) if inside else None  # type: ignore[union-attr]
    if member is None or member.value is None:
        return None
    if text[member.start] != '"':
        raise ValueError("the text is no string")
    token = text[member.start : member.end]
    decoded = replace_surrogates(member.value, escaped=placed.read.escaped)
    values = {key: one.value for key, one in record.items()}
    others = {role: _string(_at(values, path)) for role, path in roles.items() if role != "text"}
    return Field(
        decoded.text,
        placed.read.number,
        placed.offset(member.start) if not placed.locked else placed.start,
        placed.offset(member.end) if not placed.locked else placed.start,
        lambda new: as_token(new, token, ascii=text.isascii()).encode(placed.codec, "cleaner.json"),
        row=row,
        notes=(*placed.read.notes, *decoded.notes),
        locked=placed.locked or ("it holds half of a surrogate pair" if decoded.notes else ""),
        **others,
    )


def as_token(new: str, old: str, *, ascii: bool) -> str:
    r"""``new`` as a JSON string that is escaped as ``old`` is: solidi, and all but ASCII where the
    whole line is ASCII.

    >>> as_token("a/é", r'"a\/b\n"', ascii=True)
    '"a\\/\\u00e9"'
    """
    token = json.dumps(new, ensure_ascii=ascii)
    return token.replace("/", "\\/") if r"\/" in old else token


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Error handler: what a charset lacks is written as JSON escapes."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), error.end


codecs.register_error("cleaner.json", _escaped)


def _string(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return replace_surrogates(value).text if value else None
    return json.dumps(value, ensure_ascii=False)


def _reason(text: str, error: Exception) -> str:
    try:
        value = json.loads(text, parse_int=str)
    except json.JSONDecodeError as broken:
        return f"broken JSON: {broken.msg.removesuffix(' at')} at column {broken.colno}"
    except (ValueError, RecursionError):
        return f"broken JSON: {error}"
    return "JSON, but no object" if not isinstance(value, dict) else f"broken JSON: {error}"
