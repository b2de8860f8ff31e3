"""Bytes to text, every guess and every replacement on record.

The order, strongest evidence first:

1. a byte order mark (UTF-8, UTF-16, UTF-32);
2. an ISO-2022 escape sequence (Japanese and Korean mail and news);
3. UTF-16 or UTF-32 without a mark, by the pattern of NUL bytes;
4. strict UTF-8, of which ASCII is a part;
5. UTF-8 with stray bytes: most of the bytes above 7F are well-formed UTF-8;
6. the declared labels (HTTP, WARC, meta), the first that reads as a text in its script, else the first
   that decodes strictly; a Latin label yields to a guess where bytes stand as in no Latin text;
7. chardet over the lines that hold bytes above 7F; where these say little, windows-1252.

A UTF-8 file with a few windows-1252 lines, or a windows-1252 byte inside a UTF-8 line, is common
in dumps that were concatenated from several sources; both are read byte by byte as what they are.
Nothing here raises for any bytes. Ill-formed bytes become U+FFFD, one for each run of adjacent
ones, with a ``decode:bytes`` note that holds the bytes in hex.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cleaner.charsets import CODECS, charset_named
from cleaner.detect import detect, telling_lines
from cleaner.model import Repair
from cleaner.plausible import EAST_ASIAN, LATIN, is_plausible, read_as, script_of, stands_in_runs
from cleaner.utf8 import (
    ESCAPED,
    HIGH_RUN,
    has_latin_strays,
    has_utf8,
    is_damaged_utf8,
    is_mostly_utf8,
    is_utf8,
    read_utf8,
    unescape,
)
from cleaner.wide import ISO_2022, WIDE, is_utf32, iso_2022, wide_without_mark

SNIFF_BYTES = 1 << 20
"""How many bytes of a stream `sniff` should be given: enough to meet the bytes above 7F."""

REPLACEMENT = "\ufffd"

_SURROGATE = re.compile("[\ud800-\udfff]")

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)


class Decoded(NamedTuple):
    """Text, the notes on how it was read (offsets are code points of ``text``), and the charset's
    name (WHATWG's, lower case)."""

    text: str
    notes: tuple[Repair, ...]
    charset: str


class Charset(NamedTuple):
    """What `sniff` found out about a stream: its charset's name and the length of its byte order
    mark in bytes (0: none)."""

    name: str
    bom: int = 0

    @property
    def by_line(self) -> bool:
        """Whether the bytes can be cut at LF (0A) and each line be read alone. UTF-16 and UTF-32
        cannot, and ISO-2022 keeps a state: use `LineDecoder` there."""
        return self.name not in WIDE and self.name not in ISO_2022


Labels = str | Sequence[str] | None
"""What a text was declared to be: a label, or several, the one to be believed first coming first."""


def decode(data: bytes, declared: Labels = None) -> Decoded:
    """Read ``data`` as text; ``declared`` is the label it came with, if any, or several.

    >>> decode(b"caf\\xe9 \\x93noir\\x94")
    Decoded(text='café “noir”',
            notes=(Repair(fix='decode:charset=windows-1252', start=0, end=0, before=''),),
            charset='windows-1252')
    >>> decode(b"It\\xe2\\x80\\x99s cut: \\xe2\\x80").notes
    (Repair(fix='decode:bytes', start=10, end=11, before='e280'),)
    """
    charset = sniff(data, declared, complete=True)
    return _decoded(data[charset.bom :], charset)


def sniff(head: bytes, declared: Labels = None, *, complete: bool = False) -> Charset:
    """Find the charset of a stream from its first bytes (`SNIFF_BYTES` are plenty).

    ``complete`` tells that ``head`` is all there is; else a character cut at its end is no fault.
    """
    for mark, name in _BOMS:
        if head.startswith(mark) and (name != "utf-32le" or is_utf32(head[4:], name, complete)):
            return Charset(name, len(mark))
    names = _names(declared)
    found = iso_2022(head, any(name in ISO_2022 for name in names)) if b"\x1b" in head else None
    if not found and b"\0" in head:
        found = wide_without_mark(head, complete)
    if found:
        return Charset(found)
    head = head.replace(b"\0", b"")  # strays, which would mislead the guess
    if not complete:
        head = _whole_lines(head)
    return Charset(_eight_bit(head, names))


def decode_line(raw: bytes, charset: Charset, *, escape: bool = False) -> Decoded:
    """Read one line (or any piece cut at LF) of a stream whose charset is known.

    The charset is what the stream's head looked like; a line that is plainly something else is read
    as that: UTF-8 in a windows-125x file, windows-1252 in a UTF-8 file. With ``escape`` each
    ill-formed byte stays as U+DC00 + byte without a note, for text that is parsed further (JSON,
    CSV): `replace_surrogates` then notes it at its place in the field.
    """
    if raw.isascii():
        return Decoded(raw.decode("ascii"), (), charset.name)
    if charset.bom and raw.startswith(_BOMS[0][0]) and charset.name == "utf-8":
        raw = raw[charset.bom :]
    else:
        charset = Charset(charset.name)
    if charset.name == "utf-8" and not has_utf8(raw):
        charset = charset._replace(name=_eight_bit(raw, []))
    return _decoded(raw, charset, escape)


class LineDecoder:
    """Read a stream of bytes piece by piece into whole lines (cut at LF), any charset.

    ``feed`` takes the bytes as they come, the byte order mark included, and yields each line with
    its end as soon as it is complete; the last call says ``final=True``. Memory: one line.
    """

    def __init__(self, charset: Charset, *, escape: bool = False):
        self.charset, self.escape = charset, escape
        self._skip = charset.bom
        self._rest: list[bytes] = []
        self._text: list[str] = []
        self._decoder = (
            None if charset.by_line else codecs.getincrementaldecoder(CODECS[charset.name])("cleaner.escape")
        )
        self._first = bool(charset.bom)

    def feed(self, chunk: bytes, *, final: bool = False) -> Iterator[Decoded]:
        """The lines that ``chunk`` completes; with ``final`` also the last one without an end."""
        if self._skip:
            step = min(self._skip, len(chunk))
            self._skip -= step
            chunk = chunk[step:]
        if self._decoder is None:
            yield from self._feed_bytes(chunk, final)
        else:
            yield from self._feed_text(self._decoder.decode(chunk, final), final)

    def _feed_bytes(self, chunk: bytes, final: bool) -> Iterator[Decoded]:
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._rest.append(line)
            yield self._marked(decode_line(b"".join(self._rest) + b"\n", self.charset, escape=self.escape))
            self._rest = []
        if rest:
            self._rest.append(rest)
        if final and self._rest:
            yield self._marked(decode_line(b"".join(self._rest), self.charset, escape=self.escape))
            self._rest = []

    def _feed_text(self, chunk: str, final: bool) -> Iterator[Decoded]:
        *lines, rest = chunk.split("\n")
        for line in lines:
            self._text.append(line)
            yield self._marked(self._noted("".join(self._text) + "\n"))
            self._text = []
        if rest:
            self._text.append(rest)
        if final and self._text:
            yield self._marked(self._noted("".join(self._text)))
            self._text = []

    def _noted(self, text: str) -> Decoded:
        return _finish(text, Charset(self.charset.name), self.escape)

    def _marked(self, decoded: Decoded) -> Decoded:
        if not self._first:
            return decoded
        self._first = False
        return decoded._replace(notes=(Repair("decode:bom", 0, 0, ""), *decoded.notes))


def replace_surrogates(text: str, *, escaped: bool = False) -> Decoded:
    r"""Replace lone surrogates, which no UTF-8 can hold, by U+FFFD; each is on record.

    They come from JSON, where half of an escaped pair can stand alone. With ``escaped`` U+DC00 to
    U+DCFF are the bytes that `decode_line` left with ``escape=True`` and are noted in hex.

    >>> replace_surrogates("half \ud83d gone").notes
    (Repair(fix='decode:bytes', start=5, end=6, before='\\ud83d'),)
    """
    if not _SURROGATE.search(text):
        return Decoded(text, (), "utf-8")
    if escaped:
        return _finish(text, Charset("utf-8"))
    notes = [
        Repair("decode:bytes", m.start(), m.end(), f"\\u{ord(m[0]):04x}") for m in _SURROGATE.finditer(text)
    ]
    return Decoded(_SURROGATE.sub(REPLACEMENT, text), tuple(notes), "utf-8")


def _decoded(data: bytes, charset: Charset, escape: bool = False) -> Decoded:
    """Read ``data`` (without its mark) as ``charset``, other lines as what they are."""
    name = charset.name
    if name in ("utf-8", "windows-1252"):
        text, others = read_utf8(data, latin=name == "windows-1252")
        return _finish(text, charset, escape, others)
    if charset.by_line and name.startswith(("windows-", "iso-8859-", "koi8-", "ibm", "mac")):
        return _finish(_read_single_byte(data, CODECS[name]), charset, escape)
    return _finish(read_as(data, name), charset, escape)


def _finish(text: str, charset: Charset, escape: bool = False, others: tuple[str, ...] = ()) -> Decoded:
    """Put U+FFFD where bytes stand escaped, and write the notes."""
    names = dict.fromkeys((charset.name, *others))
    notes = [Repair(f"decode:charset={name}", 0, 0, "") for name in names if name != "utf-8"]
    if charset.bom:
        notes.insert(0, Repair("decode:bom", 0, 0, ""))
    if not escape and _SURROGATE.search(text):
        text, bad = _replace_escaped(text)
        notes += bad
    return Decoded(text, tuple(notes), charset.name)


def _replace_escaped(text: str) -> tuple[str, list[Repair]]:
    """One U+FFFD for each run of escaped bytes; other surrogates are noted one by one."""
    parts: list[str] = []
    notes: list[Repair] = []
    at = length = 0  # code points of the text before, of the text after
    for match in re.finditer("[\udc00-\udcff]+|[\ud800-\udfff]", text):
        parts += (text[at : match.start()], REPLACEMENT)
        length += match.start() - at
        run, at = match.group(), match.end()
        before = unescape(run).hex() if ESCAPED.fullmatch(run) else f"\\u{ord(run):04x}"
        notes.append(Repair("decode:bytes", length, length + 1, before))
        length += 1
    parts.append(text[at:])
    return "".join(parts), notes


def _read_single_byte(data: bytes, codec: str) -> str:
    """A single-byte charset, but for lines that are plainly UTF-8."""
    if not any(map(_surely_utf8, data.split(b"\n"))):
        return data.decode(codec, "cleaner.escape")
    return "\n".join(
        line.decode("utf-8" if _surely_utf8(line) else codec, "cleaner.escape") for line in data.split(b"\n")
    )


def _surely_utf8(line: bytes) -> bool:
    """Whether a line is UTF-8 beyond chance: well formed, with two sequences or one of three bytes.

    One sequence of two bytes happens in windows-1251 (``В»``).
    """
    if line.isascii() or not is_utf8(line):
        return False
    return len(line) - len(line.decode("utf-8")) > 1


# Which charset


def _names(declared: Labels) -> list[str]:
    """The charsets that labels name, each once, but for UTF-8, which needs no label."""
    labels = [declared] if isinstance(declared, str) else declared or ()
    names = dict.fromkeys(name for label in labels if (name := charset_named(label)))
    return [name for name in names if name != "utf-8"]


def _eight_bit(data: bytes, names: list[str]) -> str:
    """The charset of bytes that are neither marked nor wide nor ISO-2022; ``names`` are declared."""
    if is_utf8(data) or is_damaged_utf8(data) or is_mostly_utf8(data):
        return "utf-8"
    sample = telling_lines(data) if names else b""
    names = [name for name in names if name not in ISO_2022]
    for name in names:
        if name not in WIDE and is_plausible(sample, name) and (name in EAST_ASIAN or _fits(data, name)):
            return name
    label = next((name for name in names if _fits(data, name)), None)
    if label and script_of(label) != LATIN:
        return label
    if not label and not stands_in_runs(data) and not has_latin_strays(data):
        return "utf-8"
    guess = detect(data)
    if label and (script_of(guess) == LATIN or not is_plausible(sample, guess)):
        return label
    return guess


def _fits(data: bytes, name: str) -> bool:
    """Whether a declared charset decodes strictly; a few undefined bytes of a single-byte charset
    do not count against it (one in twenty of the bytes above 7F)."""
    bad = sum(len(run) for run in ESCAPED.findall(read_as(data, name)))
    if name.startswith(("windows-", "iso-8859-")):
        return bad * 20 <= sum(map(len, HIGH_RUN.findall(data)))
    return not bad


def _whole_lines(head: bytes) -> bytes:
    """``head`` up to its last LF, or without a character cut at its end."""
    cut = head.rfind(b"\n") + 1
    if cut:
        return head[:cut]
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    decoder.decode(head)
    return head[: len(head) - len(decoder.getstate()[0])]
