"""The records of a web archive, found by their headers and lengths and held against what follows them.

A record is whole where its ``Content-Length`` leads to its end: a blank line, the next record, or the end of
its compressed member. One that is not is given with what is wrong with it, and reading goes on at the next
place at which a record begins: at the start of a line or a member. Inside what a record claims as its own
it has to stand behind a blank line or have an id, for a page may quote a record.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import NamedTuple

from cleaner.files.members import Damage, Members, next_member
from cleaner.files.paths import InputFile, reason_of
from cleaner.model import InputError

HEADER = 1 << 20
"""Bytes a header may take, of a record or of HTTP."""
SIGN = b"WARC/"
_LOOK = 4 << 10
_SCAN = 256 << 10
_KEPT = 1 << 20  # bytes of a record that are kept while it may turn out that it is shorter
_BREAKS = 64  # line ends that may stand after a record
_SOUGHT = 64 << 10  # a header that is found by a search is no longer
_SIGN = re.compile(rb"WARC/[01]\.[0-9]")
_SIGN_SIZE = 7
_NEXT = re.compile(rb"(?:\r?\n\r?\n)?WARC/[01]\.[0-9]+[ \t]*\r?\n(?=[A-Za-z-]+:)")
_ANOTHER = re.compile(rb"WARC/[01]\.[0-9]+[ \t]*\r?\n")
_FIRST = re.compile(rb"WARC/[01]\.\d+[ \t]*\r?\n")
BLANK = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(r"\+?[0-9]{1,40}")
NO_RECORD = "damaged: no record begins here"


class Place(NamedTuple):
    """Where a record begins: offset in the file of what it is compressed in, and inside that."""

    offset: int
    inner: int

    def __str__(self) -> str:
        return f"{self.offset}+{self.inner}" if self.inner else str(self.offset)


class Stop(NamedTuple):
    """Where reading stopped short between records, and why."""

    place: Place
    reason: str

    def __str__(self) -> str:
        return f"at byte {self.place}: {self.reason}"


class _Again(NamedTuple):
    """Where reading goes on: at the place itself, or at the first record that is found from there on. Of
    ``claimed`` bytes a record said they were its own. ``told`` is damage that was reported."""

    place: Place
    sought: bool = False
    claimed: int = 0
    told: Damage | None = None


class Window:
    """What lies ahead in a stream of members."""

    def __init__(self, stream: Members, size: int):
        self.stream, self.position = stream, 0
        self._size = size
        self._held = b""
        self._marked: tuple[int, tuple[int, int]] | None = None
        self._kept: list[bytes] = []

    def close(self) -> None:
        """Close the file."""
        self.stream.close()

    @property
    def place(self) -> Place:
        """Where the next byte lies."""
        start, offset = self.stream.starts[0]
        inner = self.position - start
        return Place(offset + inner, 0) if self.stream.plain else Place(offset, inner)

    def begins(self, position: int) -> bool:
        """Whether a member that is compressed begins at a place of the stream, or the archive."""
        if self.stream.plain:
            return not position and not self.stream.starts[0][1]
        return any(start == position for start, _ in self.stream.starts)

    def peek(self, count: int) -> bytes:
        """The next ``count`` bytes, or those up to the end; they are not taken."""
        pieces, have = [self._held], len(self._held)
        while have < count and (piece := self.stream.read()):
            pieces.append(piece)
            have += len(piece)
        if len(pieces) > 1:
            self._held = b"".join(pieces)
        self._settle()
        return self._held[:count]

    def own(self, count: int) -> bytes:
        """The next ``count`` bytes, without those from the next member on that begins with a record."""
        data = self.peek(count)
        for start, _ in self.stream.starts:
            if start >= self.position and data[start - self.position :].startswith(SIGN):
                return data[: start - self.position]
        return data

    def take(self, count: int, keep: bool = True) -> tuple[bytes, int]:
        """Take ``count`` bytes of a record: the bytes where they are to be kept, and how many there were.
        It ends before the next member that begins with a record."""
        pieces: list[bytes] = []
        taken = 0
        while taken < count:
            if not keep and not self._held and self.stream.plain:
                skipped = self.stream.skip(count - taken, self._size)
                self.position += skipped
                taken += skipped
                break
            if not self._held:
                self.peek(1)
            size = min(count - taken, len(self._held))
            if (bound := self._bound()) is not None:
                size = min(size, bound - self.position)
                if not size:
                    break
            if not size:
                break
            piece = self._drop(size)
            if keep:
                pieces.append(piece)
            taken += size
        return b"".join(pieces), taken

    def _drop(self, size: int) -> bytes:
        """Take bytes that are held."""
        piece, self._held = self._held[:size], self._held[size:]
        self.position += size
        if self._marked is not None:
            self._kept.append(piece)
            if self.position - self._marked[0] > _KEPT:
                self._marked, self._kept = None, []
        return piece

    def mark(self) -> None:
        """Remember this place, to come back to it: for the next MiB, in a compressed file."""
        self.peek(1)
        self._kept = []
        self._marked = None if self.stream.plain else (self.position, self.stream.starts[0])

    def back(self) -> bool:
        """Go back to the place that was marked; False where it is too far, or in another member."""
        if self._marked is None or self._marked[1] != self.stream.starts[0]:
            return False
        self._held = b"".join([*self._kept, self._held])
        self.position, self._marked, self._kept = self._marked[0], None, []
        return True

    def _bound(self) -> int | None:
        """The place of the next member that begins with a record, among those that are known."""
        if self.stream.plain:
            return None
        for start, _ in list(self.stream.starts):
            if start >= self.position:
                ahead = self.peek(start - self.position + len(SIGN))[start - self.position :]
                if ahead == SIGN:
                    return start
        return None

    def take_over(self, count: int) -> None:
        """Pass over bytes, wherever members begin."""
        while count and self.peek(1):
            size = min(count, len(self._held))
            self._drop(size)
            count -= size

    def breaks(self) -> int:
        """Take the line ends that come next, and count their line feeds."""
        ahead = self.peek(_BREAKS)
        size = len(ahead) - len(ahead.lstrip(b"\r\n"))
        return self._drop(size).count(b"\n")

    def _settle(self) -> None:
        starts = self.stream.starts
        while len(starts) > 1 and starts[1][0] <= self.position:
            starts.popleft()

    def head(self, limit: int = HEADER) -> bytes | None:
        """The bytes up to a blank line and with it; None where none comes."""
        size = _LOOK
        while True:
            data = self.peek(size)
            if found := BLANK.search(data):
                return data[: found.end()]
            if len(data) < size or size >= limit:
                return None
            size *= 4


class Record:
    """A record, to be read before the next is asked for.

    ``fault`` is what makes it no whole record, ``after`` what is wrong behind one that is; both are known
    once it is closed.
    """

    def __init__(self, window: Window, headers: Mapping[str, str], size: int):
        self.place = window.place
        self.headers = headers
        self.type = headers.get("warc-type", "").strip().lower()
        self.length = int(headers["content-length"])
        self.fault: str | None = None
        self.after: str | None = None
        self._window = window
        self._alone = not self.place.inner and not window.stream.plain
        window.take_over(size)
        window.mark()
        self.body = window.place
        self.seen = 0
        self._closed = False

    def peek(self, count: int) -> bytes:
        """The first bytes of its block, which are not taken."""
        return self._window.own(min(count, self.length))

    def block(self, limit: int) -> bytes:
        """The record's block, or its first ``limit`` bytes where it is larger."""
        data, taken = self._window.take(min(self.length, limit))
        self.seen += taken
        return data

    def close(self) -> None:
        """Pass over what is left of it, and see whether it ends where it says."""
        if self._closed:
            return
        self._closed = True
        window, stream = self._window, self._window.stream
        self.seen += window.take(self.length - self.seen, keep=False)[1]
        if self.seen < self.length:
            if stream.damage is not None and not window.peek(1):
                self.fault = stream.damage.reason
            else:
                self.fault = (
                    f"truncated: its Content-Length is {self.length}, and {self.seen} bytes of it are there"
                )
            return
        lines = window.breaks()
        ahead = window.peek(len(SIGN))
        if ahead == SIGN or (ahead and window.begins(window.position)):
            return
        if ahead:
            if lines < 2:
                self.fault = f"damaged: its Content-Length is {self.length}, and its end is not there"
        elif stream.damage is not None and self._alone and stream.damage.offset == self.place.offset:
            truncated = stream.damage.reason.startswith("truncated")
            self.fault, self.after = (
                (None, stream.damage.reason) if truncated else (stream.damage.reason, None)
            )


def own_part(block: bytes) -> bytes:
    """A block whose length is wrong, up to where another record seems to begin in it."""
    found = _NEXT.search(block)
    return block if found is None else block[: found.start()]


def records(file: InputFile, start: int = 0, stop: int | None = None) -> Iterator[Record | Stop]:
    """The records that begin from ``start`` to before ``stop``, each to be read before the next is asked for,
    and where reading stopped between them. ``start`` is 0, or a place at which a record was found."""
    again: _Again | None = _Again(Place(start, 0))
    while again is not None:
        with closing(_opened(file, again.place)) as window:
            again = yield from _run(file, window, stop, again)


def _run(
    file: InputFile, window: Window, stop: int | None, begun: _Again
) -> Generator[Record | Stop, None, _Again | None]:
    """Records of one stream, up to where another has to be opened."""
    stream, told = window.stream, begun.told
    if begun.sought:
        _seek(window, begun.claimed)
    while True:
        ahead = window.peek(1)
        place = window.place
        if stop is not None and place.offset >= stop:
            return None
        if not ahead:
            if stream.damage is None:
                return None
            if stream.damage != told:
                at = place if stream.damage.offset == place.offset else Place(stream.damage.offset, 0)
                yield Stop(at, stream.damage.reason)
            return _beyond(file, stream.damage)
        if ahead in b"\r\n":
            window.breaks()
            continue
        found = _header(window)
        if isinstance(found, str):
            yield Stop(place, found)
            if stream.damage is not None and found == stream.damage.reason:
                told = stream.damage
            window.take_over(1)
            _seek(window, 0)
            continue
        record = Record(window, *found)
        yield record
        record.close()
        if stream.damage is not None and stream.damage.reason in (record.fault, record.after):
            told = stream.damage
        if record.fault is not None:
            if not window.back():
                return _Again(record.body, True, record.seen, told)
            _seek(window, record.seen)


def _beyond(file: InputFile, damage: Damage) -> _Again | None:
    """The next member after damage; None without one."""
    with open(file.path, "rb") as raw:
        at = next_member(raw, file.compression, damage.offset)
    return None if at is None else _Again(Place(at, 0))


def _seek(window: Window, claimed: int) -> None:
    """Go to the next place at which a record begins, or to the end. One that does not begin a line, or within
    the next ``claimed`` bytes stands behind no blank line, has to have an id."""
    claimed += window.position
    before = b""
    while data := window.peek(_SCAN):
        size = max(len(data) - _SIGN_SIZE, 1)
        found = _SIGN.search(data)
        if found is not None:
            size = found.start()
        before = (before + data[:size])[-4:]
        window.take_over(size)
        if found is None:
            continue
        apart = before.endswith((b"\r\n\r\n", b"\n\n")) or window.begins(window.position)
        sure = apart or (before.endswith(b"\n") and window.position >= claimed)
        header = _header(window, _SOUGHT)
        if not isinstance(header, str) and (sure or "warc-record-id" in header[0]):
            return
        window.take_over(1)
        before = (before + b"W")[-4:]


def _header(window: Window, limit: int = HEADER) -> tuple[dict[str, str], int] | str:
    """The header of the record that begins here (names in lower case) and its size; or why there is none."""
    ahead = window.peek(32)
    if not _FIRST.match(ahead):
        return _cut(window) if len(ahead) < 32 and SIGN.startswith(ahead[: len(SIGN)]) else NO_RECORD
    data = window.head(limit)
    if data is None:
        if len(window.peek(limit)) < limit:
            return _cut(window)
        return f"damaged: its header is longer than {limit} bytes"
    told = data.split(b"\n", 1)[1]
    if _ANOTHER.search(told):
        return "truncated: another record begins inside its header"
    headers = fields(told)
    if not headers.get("warc-type"):
        return "damaged: its header has no WARC-Type"
    if not _LENGTH.fullmatch(headers.get("content-length", "")):
        return "damaged: its header has no Content-Length that is a number"
    return headers, len(data)


def _cut(window: Window) -> str:
    damage = window.stream.damage
    return "truncated: the archive ends inside this record's header" if damage is None else damage.reason


def fields(data: bytes) -> dict[str, str]:
    """Header fields by their names in lower case; of several of a name the first, of a list all of it."""
    found: dict[str, str] = {}
    name = ""
    for line in data.splitlines():
        text = _text(line)
        if line[:1] in (b" ", b"\t"):
            if name:
                found[name] = f"{found[name]} {text.strip()}".strip()
            continue
        name, colon, value = text.partition(":")
        name = name.strip().lower()
        if not colon or not name:
            name = ""
        elif name in ("content-encoding", "transfer-encoding") and name in found:
            found[name] += f", {value.strip()}"
        elif name not in found:
            found[name] = value.strip()
        else:
            name = ""
    return found


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _opened(file: InputFile, place: Place) -> Window:
    try:
        raw = open(file.path, "rb")  # noqa: SIM115
    except OSError as error:
        raise InputError(f"cannot be read: {reason_of(error)}") from error
    try:
        window = Window(Members(raw, file.compression, place.offset), os.fstat(raw.fileno()).st_size)
    except BaseException:
        raw.close()
        raise
    window.take_over(place.inner)
    return window
