"""Where a phrase inside a line begins and ends: always at sentence boundaries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cleaner.rules.model import Until

_BRACKETS = {"(": ")", "[": "]", "{": "}", "（": "）", "【": "】"}
_OPENERS = "([{（【*_–—-•·|>»→►▶~# \t\u00a0"  # no quotes: what is quoted is mentioned, not said
_CLOSERS = "\"'”’»›)]}）」』】"
_ENDS = ".!?…。！？｡।"
_START = re.compile(
    rf"(?:\A|[{_ENDS}][{re.escape(_CLOSERS)}]*|[{re.escape(''.join(_BRACKETS))}])[{re.escape(_OPENERS)}]*"
)
_SENTENCE_END = re.compile(rf"[{_ENDS}]+[{re.escape(_CLOSERS)}]*(?=\s|\Z)|[。！？｡]")
_BLANK = re.compile(r"\s*")
MOST_BRACKETED = 600  # code points a bracket may hold


def sentence_starts(text: str) -> Iterator[int]:
    """Places in ``text`` (a line without its end) where a sentence or a bracket may begin, after
    opening dashes and blanks; what stands in quotes begins none.

    >>> list(sentence_starts("It froze. See also (more) ponds."))
    [0, 10, 20, 32]
    """
    last = -1
    for match in _START.finditer(text):
        if match.end() > last:
            last = match.end()
            yield last


def phrase_span(text: str, start: int, end: int, until: Until, max_words: int) -> tuple[int, int] | None:
    """The span of ``text`` that goes with the phrase at ``start`` to ``end``, or None.

    The phrase must begin a sentence, or stand first inside a bracket; the span ends with that
    sentence, at the matching bracket, or (``until`` "line") at the line's end. The blank before
    the phrase goes along; at the line's start the blank after it instead. A span of more than
    ``max_words`` blank-separated words is none.
    """
    before = text[:start].rstrip(_OPENERS)
    opening = text[len(before) : start]
    bracket = next((char for char in reversed(opening) if char in _BRACKETS), None)
    stop: int | None
    if bracket is not None:
        first = len(before) + opening.rindex(bracket)
        stop = _matching(text, first, bracket)
    elif until == "bracket" or (before and not _ends_sentence(before)):
        return None
    else:
        first = len(before)
        stop = len(text) if until == "line" else _sentence_end(text, end)
    if stop is None or len(text[first:stop].split()) > max_words:
        return None
    return _with_blank(text, first, stop)


def _ends_sentence(before: str) -> bool:
    stripped = before.rstrip(_CLOSERS)
    return bool(stripped) and stripped[-1] in _ENDS


def _matching(text: str, start: int, bracket: str) -> int | None:
    depth, close = 0, _BRACKETS[bracket]
    for at in range(start, min(len(text), start + MOST_BRACKETED)):
        depth += (text[at] == bracket) - (text[at] == close)
        if depth == 0:
            return at + 1
    return None


def _sentence_end(text: str, start: int) -> int:
    match = _SENTENCE_END.search(text, start)
    return match.end() if match else len(text)


def _with_blank(text: str, start: int, end: int) -> tuple[int, int]:
    """Take the blank before along (not the one that indents the line), or at the start the one after."""
    kept = len(text[:start].rstrip())
    if kept:
        return kept, end
    match = _BLANK.match(text, end)
    return start, match.end() if match else end
