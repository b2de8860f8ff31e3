"""Files changed where they lie: the texts of a file with their places, and new texts put there.

The other readers of this room turn files into rows; here a file stays the file it is. A reader names
the bytes that each text takes (`Field`), a writer copies all others as they stand and gives the file
its own name only when the whole of it is written. So nothing but texts can change: no quoting, no
number, no line end, no byte order mark.

Plain text, JSON Lines and CSV load no pyarrow: a hook pays for every import.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from cleaner.columns import NoTextError
from cleaner.files.inplace.field import Field
from cleaner.files.inplace.replacing import SpanWriter, Writer
from cleaner.files.paths import Failure, InputFile
from cleaner.files.reading import ReadSettings

__all__ = ["Field", "SpanWriter", "Writer", "fields", "writer"]

_READERS = {"text": "texts", "jsonl": "jsonl", "csv": "delimited", "tsv": "delimited", "parquet": "parquet"}


def fields(file: InputFile, settings: ReadSettings) -> Iterator[Field | Failure]:
    """The texts of a file in order, and the records that are none.

    Raises InputError where the file cannot be read (on), ConfigError for columns that are not there
    (`cleaner.columns.NoTextError` where the file has no column of texts at all, or is a page or an archive
    of pages: its text is taken out by `cleaner run`, and there is no place to put it back).
    """
    if file.format not in _READERS:
        raise NoTextError(f"{file.format} holds pages, which are not changed in place; see `cleaner run`")
    reader = import_module(f"{__name__}.{_READERS[file.format]}")
    found: Iterator[Field | Failure] = reader.fields(file, settings)
    return found


def writer(file: InputFile, settings: ReadSettings) -> Writer:
    """What puts new texts in the places of `fields`, in their order.

    Raises OutputError where the file must not be written: read-only, compressed.
    """
    if file.format != "parquet":
        return SpanWriter(file)
    from cleaner.files.inplace.parquet import ParquetWriter

    return ParquetWriter(file, settings)
