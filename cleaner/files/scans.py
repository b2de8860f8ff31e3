"""What the planning pass found in a file, as JSON: a file that did not change is not looked at again."""

from __future__ import annotations

import base64
from typing import Any

import pyarrow as pa

from cleaner.columns import Roles
from cleaner.decode import Charset
from cleaner.files.paths import InputFile
from cleaner.files.reading import TEXT_ALONE, Scan, Segment
from cleaner.files.textlines import Encoding

PLACES = ("weight", "start", "stop", "first_record", "first_number")
"""What segments of one file differ in."""


def scan_to_json(scan: Scan) -> dict[str, Any]:
    """A scan as plain values; `scan_from_json` gives it back for the same file.

    >>> file = InputFile("a.txt", "a.txt", "text", size=9)
    >>> scan = Scan(file, [Segment(file, 9)])
    >>> scan_from_json(scan_to_json(scan), file) == scan
    True
    """
    told: dict[str, Any] = {"segments": [[getattr(one, name) for name in PLACES] for one in scan.segments]}
    if scan.segments:
        first = scan.segments[0]
        if first.roles != TEXT_ALONE:
            told["roles"] = {role: list(path) for role, path in first.roles.paths().items()}
        if first.roles.html:
            told["html"] = True
        if first.encoding is not None:
            charset, end = first.encoding
            told["encoding"] = [charset.name, charset.bom, end.decode("ascii")]
    if scan.types:
        schema = pa.schema(list(scan.types.items()))
        told["types"] = base64.b64encode(schema.serialize()).decode("ascii")
    if scan.kinds:
        told["kinds"] = dict(scan.kinds)
    if scan.passed:
        told["passed"] = dict(scan.passed)
    if scan.paged:
        told["paged"] = True
    return told


def scan_from_json(told: dict[str, Any], file: InputFile) -> Scan:
    """The scan of ``file`` that was told; `ValueError`, `TypeError` or `KeyError` for what is none."""
    roles, encoding = TEXT_ALONE, None
    if "roles" in told:
        paths = {role: tuple(path) for role, path in told["roles"].items()}
        roles = Roles(**paths, html=told.get("html", False))
    if "encoding" in told:
        name, bom, end = told["encoding"]
        encoding = Encoding(Charset(name, bom), end.encode("ascii"))
    segments = [
        Segment(file, **dict(zip(PLACES, places, strict=True)), roles=roles, encoding=encoding)
        for places in told["segments"]
    ]
    types = {}
    if "types" in told:
        schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(told["types"])))
        types = {field.name: field.type for field in schema}
    passed, paged = told.get("passed", {}), told.get("paged", False)
    return Scan(file, segments, types=types, kinds=told.get("kinds", {}), passed=passed, paged=paged)
