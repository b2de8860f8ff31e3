"""Lines of a text and what can be seen of one line alone.

A line runs to and includes its end: LF, CRLF or a lone CR. U+2028, U+0085, form feeds and the
other breaks `str.splitlines` knows do not end a line, for no reader of text files treats them so.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from operator import attrgetter

WORDLESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Character class (inside the brackets) of the scripts that write without spaces between words:
Thai, Lao, Myanmar, Khmer, Kana and Han."""

INVISIBLE = " \t\r\n\x0b\x0c\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\ufeff"
"""Characters of which a line may consist and yet be blank, besides those `str.isspace` knows; with these
they may be mixed."""

_BLANKS = INVISIBLE + "".join(char for char in map(chr, range(0x3001)) if char.isspace())

PROSE_WORDS = 20
PROSE_WORDLESS = 34
REPEATED = 200  # code points of lines that come again: in other documents, or when looked at again
CHARS_PER_WORD = 1.7  # of a script without spaces

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_WORD_TOKEN = re.compile(r"[^\W_]\S*")
_CLOSERS = "\"'”’»›)]}）」』】*_ \t\u00a0\u200b\ufeff"
_SENTENCE_ENDS = frozenset(".!?…。！？｡।॥؟۔።។၊။‽")


class Line:
    """One line: its place in the text and, computed once when asked for, what it looks like.

    ``start`` and ``end`` are code points of the text, ``end`` after the line end; ``text`` is the
    line without its end.
    """

    __slots__ = ("_blank", "_prose", "_words", "end", "index", "start", "text")

    def __init__(self, index: int, start: int, end: int, text: str):
        self.index, self.start, self.end, self.text = index, start, end, text
        self._blank: bool | None = None
        self._prose: bool | None = None
        self._words = -1

    def moved(self, index: int, start: int) -> Line:
        """The same line at another place."""
        line = Line(index, start, start + self.end - self.start, self.text)
        line._blank, line._prose, line._words = self._blank, self._prose, self._words
        return line

    def __repr__(self) -> str:
        return f"Line({self.index}, {self.start}:{self.end}, {self.text[:40]!r})"

    @property
    def blank(self) -> bool:
        """Whether nothing visible stands on the line."""
        if self._blank is None:
            self._blank = not self.text.strip(_BLANKS)
        return self._blank

    @property
    def words(self) -> int:
        """Number of words: blank-separated tokens that hold a letter or digit, and for scripts
        without spaces one word for each 1.7 characters."""
        if self._words < 0:
            count = _count_words if len(self.text) > REPEATED else _count_again
            self._words = count(self.text)
        return self._words

    @property
    def ends_sentence(self) -> bool:
        """Whether the line ends as sentences do (closing quotes and brackets after the stop allowed)."""
        stripped = self.text.rstrip(_CLOSERS)
        return bool(stripped) and stripped[-1] in _SENTENCE_ENDS

    @property
    def prose(self) -> bool:
        """Whether the line is prose: 20 words or more (34 characters of a script without spaces),
        ending as sentences do."""
        if self._prose is None:
            self._prose = len(self.text) >= PROSE_WORDLESS and self.ends_sentence and self._is_long()
        return self._prose

    def _is_long(self) -> bool:
        text = self.text
        if text.count(" ") < PROSE_WORDS - 1 and text.isascii() and text.isprintable():
            return False  # words are counted where there may be enough of them
        if not self.text.isascii() and len(_wordless_char().findall(self.text)) >= PROSE_WORDLESS:
            return True
        return self.words >= PROSE_WORDS


@cache
def _wordless_char() -> re.Pattern[str]:
    return re.compile(f"[{WORDLESS}]")  # made when met: it takes 2 ms


def _count_words(text: str) -> int:
    if text.isascii():
        return _count_tokens(text)
    wordless = len(_wordless_char().findall(text))
    if not wordless:
        return _count_tokens(text)
    return round(wordless / CHARS_PER_WORD) + _count_tokens(_wordless_char().sub(" ", text))


_count_again = lru_cache(maxsize=16384)(_count_words)


def _count_tokens(text: str) -> int:
    """Blank-separated tokens that hold a letter or digit: one match from the first such to the blank."""
    return len(_WORD_TOKEN.findall(text))


@dataclass(frozen=True, slots=True)
class Known:
    """What has been seen of the lines that are not blank: their indices, words, and whether each is prose."""

    index: list[int]
    words: list[int]
    prose: list[bool]

    def __iter__(self) -> Iterator[tuple[int, int, bool]]:
        return zip(self.index, self.words, self.prose, strict=True)


class Lines(Sequence[Line]):
    """The lines of one text, in order, and where its prose lies; ``known`` where that has been seen.

    >>> [line.text for line in Lines("One\\r\\ntwo\\rthree\\n")]
    ['One', 'two', 'three']
    """

    def __init__(self, text: str, known: Known | None = None):
        self.text, self._known = text, known

    @cached_property
    def _lines(self) -> list[Line]:
        lines = list(_split(self.text))
        if self._known is not None:
            for line in lines:
                line._blank = True
            for index, words, prose in self._known:
                line = lines[index]
                line._blank, line._words, line._prose = False, words, prose
        return lines

    def without(self, text: str, gone: Iterable[tuple[int, int]]) -> Lines:
        """The lines of ``text``, which is this text without some whole lines: from the line of an index
        to an offset, in order. What has been seen of the others is kept."""
        if "\r" in text:  # a CR that ended a line and a LF that followed another are now one end
            return Lines(text)
        left = Lines(text)
        lines: list[Line] = []
        at = shift = 0
        for first, end in gone:
            lines += self._moved(at, first, len(lines), shift)
            at = first
            while at < len(self._lines) and self._lines[at].start < end:
                at += 1
            shift += end - self._lines[first].start
        lines += self._moved(at, len(self._lines), len(lines), shift)
        left.__dict__["_lines"] = lines
        return left

    def _moved(self, first: int, stop: int, index: int, shift: int) -> list[Line]:
        """The lines from ``first`` on, the first of them now at ``index``, all nearer by ``shift``."""
        lines = self._lines[first:stop]
        return (
            [line.moved(at, line.start - shift) for at, line in enumerate(lines, index)] if shift else lines
        )

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._lines[index]

    def __iter__(self) -> Iterator[Line]:
        return iter(self._lines)

    @cached_property
    def filled(self) -> list[Line]:
        """The lines that are not blank, in order."""
        return [line for line in self._lines if not line.blank]

    @cached_property
    def prose(self) -> list[int]:
        """Indices of the prose lines, in order."""
        if self._known is not None:
            return [index for index, _, prose in self._known if prose]
        return [line.index for line in self._lines if len(line.text) >= PROSE_WORDLESS and line.prose]

    @cached_property
    def body(self) -> tuple[int, int]:
        """Index of the first prose line and of the last; ``(len(self), -1)`` where there is none."""
        return (self.prose[0], self.prose[-1]) if self.prose else (len(self._lines), -1)

    @cached_property
    def words(self) -> int:
        """Number of words in all lines."""
        return sum(line.words for line in self._lines)


def _split(text: str) -> Iterator[Line]:
    start = 0
    if "\r" in text:
        for index, match in enumerate(_LINE.finditer(text)):
            yield Line(index, match.start(), match.end(), match.group().rstrip("\r\n"))
        return
    parts = text.split("\n")
    last = len(parts) - 1
    for index, part in enumerate(parts):
        if index == last:
            if part:
                yield Line(index, start, start + len(part), part)
            return
        end = start + len(part) + 1
        yield Line(index, start, end, part)
        start = end


def line_at(lines: Lines, offset: int) -> Line:
    """The line that holds the code point at ``offset`` of the text."""
    at = bisect_right(lines, offset, key=_START) - 1
    line: Line = lines[max(at, 0)]
    return line


_START = attrgetter("start")
