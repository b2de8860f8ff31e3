"""From scanned files to units of work, the same whatever the number of workers.

Where a unit ends depends on the names and sizes of its files, not on what stands far before them: a
file that is added or goes moves no more than a boundary or two, and all other units, each a part of
the output, stay as they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from cleaner.arrow import Staged
from cleaner.arrow.paged import page_columns
from cleaner.files import delimited, htmlfiles, jsonl, parquet, textfiles, warc
from cleaner.files.formats import PAGED
from cleaner.files.layout import Layout, Widening
from cleaner.files.paths import InputFile
from cleaner.files.reading import ReadSettings, Refuse, Row, Scan, Segment
from cleaner.options import DEFAULTS, Options

COMPRESSED_WEIGHT = 4  # compressed text is read as about so many times its bytes
PAGE_WEIGHT = 2  # a page takes so much longer than a text that its units are smaller
SEGMENT_WEIGHT = 4 << 10  # bytes that opening a file costs: 4,096 tiny ones make a unit

_SCANS: dict[str, Callable[[InputFile, ReadSettings], Scan]] = {
    "text": textfiles.scan,
    "jsonl": jsonl.scan,
    "csv": delimited.scan,
    "tsv": delimited.scan,
    "parquet": parquet.scan,
    "html": htmlfiles.scan,
    "mhtml": htmlfiles.scan,
    "warc": warc.scan,
}
_READS: dict[str, Callable[[Segment, ReadSettings, Refuse], Iterator[Row]]] = {
    "text": textfiles.read,
    "jsonl": jsonl.read,
    "csv": delimited.read,
    "tsv": delimited.read,
    "html": htmlfiles.read,
    "mhtml": htmlfiles.read,
    "warc": warc.read,
}


@dataclass(frozen=True, slots=True)
class Unit:
    """What one worker does in one go, and one part of the output: segments in input order, 16 MiB at the most
    where they can be parted."""

    number: int
    segments: tuple[Segment, ...]

    @property
    def weight(self) -> int:
        """Bytes of input."""
        return sum(segment.weight for segment in self.segments)


def scan(file: InputFile, settings: ReadSettings) -> Scan:
    """The planning pass over one file; `InputError` or `ConfigError` where it cannot be read."""
    found = _SCANS[file.format](file, settings)
    return replace(found, paged=True) if any(segment.roles.html for segment in found.segments) else found


def read(segment: Segment, settings: ReadSettings, layout: Layout, refuse: Refuse) -> Iterator[Row | Staged]:
    """What a segment holds, as rows or staged batches; `InputError` where reading stops short."""
    if segment.file.format == "parquet":
        return parquet.read(segment, settings, layout, refuse)
    return _READS[segment.file.format](segment, settings, refuse)


def layout_of(scans: Iterable[Scan], options: Options = DEFAULTS) -> Layout:
    """The one layout that holds the columns of all files; `InputError` names two that disagree."""
    widening = Widening()
    paged = False
    for found in scans:
        paged = paged or found.paged
        name = found.file.name
        for key, kind in found.types.items():
            widening.declared(name, key, kind)
        for key, kinds in found.kinds.items():
            widening.kinds(name, key, kinds)
    return widening.layout(page_columns(options) if paged else ())


def units_of(scans: Iterable[Scan], settings: ReadSettings) -> list[Unit]:
    """Pack segments, in order, into units of up to ``settings.unit_bytes`` each, less where all is little.

    From a quarter of that on a unit may end before any segment: the more likely the larger that is, by
    a checksum of its file's name.
    """
    segments = [segment for found in scans for segment in found.segments]
    weights = [_weight(segment) for segment in segments]
    unit_bytes = settings.unit_of(sum(weights))
    units: list[Unit] = []
    held: list[Segment] = []
    size = 0
    for segment, weight in zip(segments, weights, strict=True):
        full = size + weight > unit_bytes or (size > unit_bytes // 4 and _parts(segment, weight, unit_bytes))
        if held and full:
            units.append(Unit(len(units), tuple(held)))
            held, size = [], 0
        held.append(segment)
        size += weight
    if held:
        units.append(Unit(len(units), tuple(held)))
    return units


def _weight(segment: Segment) -> int:
    """What a segment takes to clean, as bytes of plain text."""
    factor = COMPRESSED_WEIGHT if segment.file.compression else 1
    if segment.roles.html or segment.file.format in PAGED:
        factor *= PAGE_WEIGHT
    return segment.weight * factor + SEGMENT_WEIGHT


def _parts(segment: Segment, weight: int, unit_bytes: int) -> bool:
    """Whether a unit may end before this segment: so that one does within half a unit, most often."""
    return zlib.crc32(segment.file.source.encode()) * (unit_bytes // 2) < weight << 32
