"""Lines of a text and what can be seen of one line alone.

A line runs to and includes its end: LF, CRLF or a lone CR. U+2028, U+0085, form feeds and the
other breaks `str.splitlines` knows do not end a line, for no reader of text files treats them so.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate

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
_CITATION = re.compile(r"\[(?:[0-9](?:[0-9,;\s–-]*[0-9])?|[a-z])\Z")  # its closing bracket apart
MOST_CITED, MARK_CHARS = 8, 16  # marks of citations at a line's end, and code points of one
_CLOSERS = "\"'”’»›)]}）」』】*_ \t\u00a0\u200b\ufeff"
_SENTENCE_ENDS = frozenset(".!?…。！？｡।॥؟۔።។၊။‽")


def ending(text: str) -> int:
    """Where a line ends but for closing quotes, brackets, blanks and up to eight marks of citations.

    >>> ending("It froze for the first time in years.[2][14, 15]")
    37
    >>> ending("[2]")
    2
    """
    end = before = len(text.rstrip(_CLOSERS))
    for _ in range(MOST_CITED):
        cited = text.startswith("]", before)
        mark = _CITATION.search(text, max(0, before - MARK_CHARS), before) if cited else None
        if mark is None:
            break
        before = mark.start()
        while before and text[before - 1] in _CLOSERS:
            before -= 1
    return before or end


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
        """Whether the line ends as sentences do (closing quotes, brackets and citations after the stop
        allowed)."""
        place = ending(self.text)
        return place > 0 and self.text[place - 1] in _SENTENCE_ENDS

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


class Lines(Sequence[Line]):
    """The lines of one text, in order, and where its prose lies; ``known`` where that has been seen. A
    line is made when it is asked for.

    >>> [line.text for line in Lines("One\\r\\ntwo\\rthree\\n")]
    ['One', 'two', 'three']
    """

    def __init__(self, text: str, known: Known | None = None):
        self.text, self._known = text, known

    @cached_property
    def _texts(self) -> list[str]:
        """The lines without their ends."""
        if "\r" in self.text:
            return [line.rstrip("\r\n") for line in _LINE.findall(self.text)]
        texts = self.text.split("\n")
        if not texts[-1]:
            texts.pop()
        return texts

    @cached_property
    def starts(self) -> list[int]:
        """Code points at which the lines start, and last the end of the text."""
        if "\r" in self.text:
            return [0, *(match.end() for match in _LINE.finditer(self.text))]
        starts = [0, *accumulate([len(text) + 1 for text in self._texts])]
        starts[-1] = len(self.text)
        return starts

    @cached_property
    def _made(self) -> list[Line | None]:
        return [None] * len(self._texts)

    def _make(self, index: int) -> Line:
        line = Line(index, self.starts[index], self.starts[index + 1], self._texts[index])
        if self._known is not None:
            place = bisect_left(self._known.index, index)
            line._blank = place == len(self._known.index) or self._known.index[place] != index
            if not line._blank:
                line._words, line._prose = self._known.words[place], self._known.prose[place]
        self._made[index] = line
        return line

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        return self._made[index] or self._make(index % len(self))

    def __iter__(self) -> Iterator[Line]:
        return map(self.__getitem__, range(len(self)))

    @cached_property
    def filled_at(self) -> list[int]:
        """Indices of the lines that are not blank, in order."""
        if self._known is not None:
            return self._known.index
        return [index for index, text in enumerate(self._texts) if text.strip(_BLANKS)]

    @cached_property
    def filled_set(self) -> frozenset[int]:
        """Indices of the lines that are not blank."""
        return frozenset(self.filled_at)

    @cached_property
    def filled(self) -> list[Line]:
        """The lines that are not blank, in order."""
        return [self[index] for index in self.filled_at]

    def rank(self, index: int) -> int:
        """How many filled lines stand before the line of an index."""
        return bisect_left(self.filled_at, index)

    @cached_property
    def prose(self) -> list[int]:
        """Indices of the prose lines, in order."""
        if self._known is not None:
            return [index for index, prose in zip(self._known.index, self._known.prose, strict=True) if prose]
        long = [index for index, text in enumerate(self._texts) if len(text) >= PROSE_WORDLESS]
        return [index for index in long if self[index].prose]

    @cached_property
    def body(self) -> tuple[int, int]:
        """Index of the first prose line and of the last; ``(len(self), -1)`` where there is none."""
        return (self.prose[0], self.prose[-1]) if self.prose else (len(self), -1)

    @cached_property
    def words(self) -> int:
        """Number of words in all lines."""
        return sum(line.words for line in self)


def index_at(lines: Lines, offset: int) -> int:
    """Index of the line that holds the code point at ``offset`` of the text."""
    return max(bisect_right(lines.starts, offset, hi=len(lines)) - 1, 0)


def line_at(lines: Lines, offset: int) -> Line:
    """The line that holds the code point at ``offset`` of the text."""
    line: Line = lines[index_at(lines, offset)]
    return line
