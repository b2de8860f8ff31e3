"""JSON Lines: one object a line, each line read alone, so that a broken one breaks nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cleaner.arrow.values import as_json
from cleaner.columns import Named, Path, Roles, find_roles
from cleaner.decode import replace_surrogates
from cleaner.extract import Page
from cleaner.files.layout import NESTED, kind_of_value
from cleaner.files.paths import InputFile
from cleaner.files.reading import ReadSettings, Refuse, Row, Scan, Segment
from cleaner.files.streams import too_large
from cleaner.files.textlines import TextLine, sniff_file, text_lines
from cleaner.model import InputError, Notes

MAX_KEYS = 10_000  # columns; more means that keys are data, and Parquet cannot hold that
_NAMES = {bool: "true or false", dict: "an object", list: "an array"}
BLANK = " \t\r\n\x0b\x0c\ufeff"


@dataclass(slots=True)
class _Survey:
    """What the planning pass finds over a file: kinds of values by key, and named paths that exist."""

    named: Named
    kinds: dict[str, int] = field(default_factory=dict)
    paths: dict[str, None] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)  # by key: the dotted names below it

    def __post_init__(self) -> None:
        for name in self.named.dotted():
            self.below.setdefault(name.split(".")[0], []).append(name)

    def line(self, line: TextLine) -> None:
        if line.text is None:
            return
        try:
            value = parse(line.text)
        except ValueError:
            return
        if isinstance(value, dict):
            self.record(value)

    def record(self, record: dict[str, Any]) -> None:
        for key in self.below.keys() & record.keys():
            for name in self.below[key]:
                if take(record, tuple(name.split("."))) is not None:
                    self.paths[name] = None
        kinds = self.kinds
        for key, value in record.items():
            if value is not None:
                kinds[key] = kinds.get(key, 0) | kind_of_value(value)
            elif key not in kinds:
                kinds[key] = 0
        if len(kinds) > MAX_KEYS:
            raise InputError(f"more than {MAX_KEYS:,} different keys: they seem to be data, not columns")

    def roles(self) -> Roles:
        if not self.kinds and not self.paths:
            return Roles(("text",))  # no object at all: every line will be a failed row
        nested = [key for key, kinds in self.kinds.items() if kinds == NESTED]
        return find_roles(list(self.kinds), self.named, nested=nested, paths=list(self.paths))


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """Read the whole file once: its columns and their types, and where it can be split.

    Plain files are split into about as much as a unit of them holds, at line starts.
    """
    encoding = sniff_file(file.path, file.compression, settings.encoding)
    splittable = file.compression is None and encoding.charset.by_line
    survey = _Survey(settings.named)
    cuts = [(0, 1, 1)]  # byte, record and line that each segment begins with
    offset, record, number = 0, 1, 1
    damaged = False
    step = settings.unit_of(file.size)
    try:
        for line in text_lines(file.path, file.compression, encoding, settings.max_document_bytes):
            if splittable and offset - cuts[-1][0] >= step:
                cuts.append((offset, record, number))
            offset += line.size
            number = line.number + 1
            if line.text is None or line.text.strip(BLANK):
                record += 1
                survey.line(line)
    except InputError:
        if record == 1:
            raise
        damaged = True  # the reader will meet it again, report it, and keep what came before
    if record == 1:
        return Scan(file, [])
    roles = survey.roles()
    stops: list[int | None] = [cut[0] for cut in cuts[1:]]
    stops.append(offset if splittable and not damaged else None)
    segments = [
        Segment(
            file,
            (offset if stop is None else stop) - start if splittable else file.size,
            start,
            stop,
            first_record,
            first_number,
            roles,
            encoding,
        )
        for (start, first_record, first_number), stop in zip(cuts, stops, strict=True)
    ]
    taken = {path[0] for path in roles.paths().values() if len(path) == 1}
    kinds = {key: kind for key, kind in survey.kinds.items() if key not in taken}
    return Scan(file, segments, kinds=kinds, whole=not damaged)


def read(segment: Segment, settings: ReadSettings, refuse: Refuse) -> Iterator[Row]:
    """The rows of a segment: broken lines and what is no object are rows with an error."""
    file, limit = segment.file, settings.max_document_bytes
    assert segment.encoding is not None
    lines = text_lines(
        file.path,
        file.compression,
        segment.encoding,
        limit,
        start=segment.start,
        stop=segment.stop,
        number=segment.first_number,
    )
    record = segment.first_record - 1
    roles = segment.roles
    try:
        for line in lines:
            if line.text is not None and not line.text.strip(BLANK):
                continue
            record += 1
            if line.text is None:
                refuse(file, record, f"line {line.number}: {too_large(line.size, limit)}")
            else:
                yield _row(line, f"{file.source}#{record}", roles)
    except InputError as error:
        raise InputError(f"{error}; the {record:,} records before it were read") from error


def _row(line: TextLine, source: str, roles: Roles) -> Row:
    assert line.text is not None
    try:
        value = parse(line.text)
    except ValueError as error:
        return _broken(line, source, f"line {line.number}: broken JSON: {error}")
    if not isinstance(value, dict):
        return _broken(line, source, f"line {line.number}: JSON, but no object")
    given = {role: take(value, path) for role, path in roles.paths().items()}
    content = given.pop("text")
    text, notes, problem = _text(content, line)
    others: dict[str, Any] = {role: _string(item) for role, item in given.items()}
    if roles.html and isinstance(content, str):
        return Row(source, "", line.size, value, page=Page(text), **others)
    return Row(source, text, line.size, value, notes=notes, error=problem, **others)


def _text(value: Any, line: TextLine) -> tuple[str, Notes, str | None]:
    if value is None:
        return "", (), None
    if not isinstance(value, str):
        what = _NAMES.get(type(value), "a number")
        return as_json(value), (), f"line {line.number}: the text is no string but {what}"
    if value.isascii():
        return value, line.notes, None
    decoded = replace_surrogates(value, escaped=line.escaped)
    return decoded.text, (*line.notes, *decoded.notes), None


def _broken(line: TextLine, source: str, error: str) -> Row:
    assert line.text is not None
    decoded = replace_surrogates(line.text.rstrip("\r\n"), escaped=line.escaped)
    return Row(source, decoded.text, line.size, notes=(*line.notes, *decoded.notes), error=error)


def _string(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return replace_surrogates(value).text if value else None
    return as_json(value)


def parse(text: str) -> Any:
    """A line's JSON value; `ValueError` says what is wrong with it and at which column (from 1).

    Numbers of thousands of digits, which Python refuses to make an int of, become their text.
    """
    text = text.rstrip("\r\n")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg.removesuffix(' at')} at column {error.colno}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        return json.loads(text, parse_int=_number)


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) < 4000 else digits


def take(record: dict[str, Any], path: Path) -> Any:
    """Remove the value at a path and return it; objects that become empty go with it."""
    key, *rest = path
    if not rest:
        return record.pop(key, None)
    inner = record.get(key)
    if not isinstance(inner, dict):
        return None
    value = take(inner, tuple(rest))
    if not inner:
        del record[key]
    return value
