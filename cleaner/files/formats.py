"""What a file's name says: its format, its compression, or why it is no input."""

from __future__ import annotations

from typing import Literal, NamedTuple

from cleaner.model import ConfigError

Format = Literal["text", "jsonl", "csv", "tsv", "parquet", "html", "mhtml", "warc"]
Compression = Literal["gz", "zst", "bz2", "xz"]

BY_SUFFIX: dict[str, Format] = {
    ".txt": "text",
    ".md": "text",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
    ".warc": "warc",
    ".wet": "warc",
}
PAGED: frozenset[Format] = frozenset({"html", "mhtml", "warc"})
"""Formats that hold pages."""
COMPRESSED: dict[str, Compression] = {".gz": "gz", ".zst": "zst", ".bz2": "bz2", ".xz": "xz"}
MAGIC: dict[Compression, bytes] = {
    "gz": b"\x1f\x8b",
    "zst": b"\x28\xb5\x2f\xfd",
    "bz2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
}

UNSUPPORTED = {
    ".json": "a JSON document is not supported: give JSON Lines, one object a line "
    "(is it that already, name it .jsonl or pass --format jsonl)",
}
"""Formats that hold documents and cannot be read: named as failed inputs, never passed over."""

NAMES = ("txt", "md", "text", *dict.fromkeys(name[1:] for name in BY_SUFFIX if name not in (".txt", ".md")))


class Kind(NamedTuple):
    """A file's format and compression; ``problem`` says why a known format is not read.

    ``format`` is ``None`` for a file that is no input at all.
    """

    format: Format | None
    compression: Compression | None = None
    problem: str | None = None


def kind_of(name: str) -> Kind:
    """Format and compression by the suffixes of a file's name, upper or lower case.

    >>> kind_of("pages.JSONL.gz")
    Kind(format='jsonl', compression='gz', problem=None)
    >>> kind_of("logo.png")
    Kind(format=None, compression=None, problem=None)
    """
    stem, suffix = _split(name.lower())
    compression = COMPRESSED.get(suffix)
    if compression:
        suffix = _split(stem)[1]
    if problem := UNSUPPORTED.get(suffix):
        return Kind(None, compression, problem)
    return Kind(BY_SUFFIX.get(suffix), compression)


def named_format(name: str) -> Format:
    """The format an option names (``jsonl``, ``.csv``, ``text`` ...), or `ConfigError`."""
    suffix = "." + name.lower().lstrip(".")
    if suffix in UNSUPPORTED:
        raise ConfigError(f"--format {name}: {UNSUPPORTED[suffix]}")
    found = "text" if suffix == ".text" else BY_SUFFIX.get(suffix)
    if found is None:
        raise ConfigError(f"--format {name}: unknown; it is one of {', '.join(NAMES)}")
    return found


def compression_of(head: bytes) -> Compression | None:
    """The compression by a file's first bytes, for standard input, which has no name."""
    return next((name for name, magic in MAGIC.items() if head.startswith(magic)), None)


def suffix_of(name: str) -> str:
    """The suffixes a file that is no input is counted under: ``.png``, ``.tar.gz``, or the bare name."""
    stem, suffix = _split(name.lower())
    if suffix in COMPRESSED:
        suffix = _split(stem)[1] + suffix
    return suffix or name


def _split(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if dot and stem else (name, "")
