"""What may reach a terminal: document text made harmless, colour only where it is wanted.

A scraped document can carry escape sequences that recolour, retitle or reprogram a terminal, and
bidirectional overrides that show a line in another order than it is stored. Whatever comes from a
document is therefore shown through `visible`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

_UNSAFE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f"  # C0 (tab excepted), DEL, C1
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"  # bidi, invisible
    "\U000e0000-\U000e0fff\ud800-\udfff]"  # tags (invisible), lone surrogates (cannot be encoded)
)

_STYLES = {"bold": "1", "dim": "2", "strike": "9", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class ReaderGoneError(Exception):
    """Whoever read standard output has stopped, as ``head`` does; there is no one left to tell.

    An error of its own, for a BrokenPipeError can also come from a worker process that died.
    """


def visible(text: str) -> str:
    r"""``text`` with every character escaped that would act on a terminal or hide on it.

    Joiners (U+200C, U+200D) stay: emoji and several scripts are spelled with them.

    >>> print(visible("red \x1b[31m, reversed \u202e, tab \t stays"))
    red \x1b[31m, reversed \u202e, tab 	 stays
    """
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts ANSI styles around a text, or nothing where colour is off.

    >>> Paint(False)("gone", "red", "strike")
    'gone'
    >>> Paint(True)("gone", "red", "strike")
    '\\x1b[31;9mgone\\x1b[0m'
    """

    enabled: bool

    def __call__(self, text: str, *styles: str) -> str:
        """``text`` in ``styles`` (bold, dim, strike or a colour)."""
        if not self.enabled or not text:
            return text
        return f"\x1b[{';'.join(_STYLES[style] for style in styles)}m{text}\x1b[0m"


def wants_colour(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether ``stream`` gets colour: NO_COLOR forbids it, FORCE_COLOR asks for it, else a terminal
    that knows more than plain text has it. Empty variables count as not set."""
    if environ.get("NO_COLOR"):
        return False
    if forced := environ.get("FORCE_COLOR"):
        return forced not in ("0", "false")
    return is_terminal(stream, environ)


def is_terminal(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether ``stream`` is a terminal that can do more than append; a closed or missing stream
    is none."""
    try:
        return stream.isatty() and environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):
        return False


def put(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Write ``lines`` and their ends to ``stream`` (standard output).

    Raises ReaderGoneError where the other end of the pipe was closed.
    """
    stream = sys.stdout if stream is None else stream
    try:
        for line in lines:
            stream.write(line + "\n")
        stream.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None


def say(message: str) -> None:
    """Write one line to standard error."""
    print(visible(message), file=sys.stderr)


def release_output() -> None:
    """Point standard output at nothing once its reader is gone: the interpreter flushes it on exit
    and would complain there, past every handler."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError, AttributeError):  # a stream of a test or a notebook has no descriptor
        return


def columns(rows: Iterable[tuple[str, ...]], gap: str = "  ") -> list[str]:
    """``rows`` as lines with their cells aligned; the last cell of a row is not padded.

    >>> columns([("ALR001", "en", "pointer"), ("X", "", "y")])
    ['ALR001  en  pointer', 'X           y']
    """
    table = list(rows)
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    return [
        gap.join(cell.ljust(width) for cell, width in zip(row, [*widths[:-1], 0], strict=True)).rstrip()
        for row in table
    ]


def counted(number: int, noun: str) -> str:
    """A number and what it counts.

    >>> counted(1, "line"), counted(2000, "line")
    ('1 line', '2,000 lines')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
