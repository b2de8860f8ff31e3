"""Where a phrase inside a line begins and ends: always at sentence boundaries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cleaner.rules.model import Until

BRACKETS = {"(": ")", "[": "]", "{": "}", "（": "）", "【": "】"}
OPENERS = "([{（【*_–—-•·|>»→►▶~# \t\u00a0"  # no quotes: what is quoted is mentioned, not said
CLOSERS = "\"'”’»›)]}）」』】"
ENDS = ".!?…。！？｡।"
_START = re.compile(
    rf"(?:\A|[{ENDS}][{re.escape(CLOSERS)}]*|[{re.escape(''.join(BRACKETS))}])[{re.escape(OPENERS)}]*"
)
_SENTENCE_END = re.compile(rf"[{ENDS}]+[{re.escape(CLOSERS)}]*(?=\s|\Z)|[。！？｡]")
_BLANK = re.compile(r"\s*")
MOST_BRACKETED = 600  # code points a bracket may hold
_QUOTED = re.compile(
    r"""["“”„‟]\s*(?=[^"“”‟]*["“”‟])|[«‹]\s*(?=[^»›]*[»›]\s*\S)|[»›](?=[^«‹\s][^«‹]*[«‹])"""
    r"""|「(?=[^」]*」)|『(?=[^』]*』)"""
)
"""A quotation mark that opens and that another on the line closes. Those that serve as arrows as well do so
at both ends of a line: « previous 1 2 3 next »."""


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


def mentioned(text: str, start: int) -> bool:
    """Whether the phrase at ``start`` of a line (without its end) is the first thing said in quotation marks
    that close again on it: then the line speaks about the phrase.

    >>> mentioned("“Read more” is what the button says.", 1)
    True
    >>> mentioned("» Read more", 2)
    False
    """
    begin = _back(text, start, " \t\u00a0") - 1
    return begin >= 0 and _QUOTED.match(text, begin) is not None


def phrase_span(text: str, start: int, end: int, until: Until, max_words: int) -> tuple[int, int] | None:
    """The span of ``text`` that goes with the phrase at ``start`` to ``end``, or None.

    The phrase must begin a sentence, or stand first inside a bracket; the span ends with that
    sentence, at the matching bracket, or (``until`` "line") at the line's end. The blank before
    the phrase goes along; at the line's start the blank after it instead. A span of more than
    ``max_words`` blank-separated words is none.
    """
    kept = _back(text, start, OPENERS)  # where what stands before the phrase and its openers ends
    bracket = next((at for at in range(start - 1, kept - 1, -1) if text[at] in BRACKETS), None)
    stop: int | None
    if bracket is not None:
        first = bracket
        stop = _matching(text, first)
    elif until == "bracket" or (kept and not _ends_sentence(text, kept)):
        return None
    else:
        first = kept
        stop = len(text) if until == "line" else _sentence_end(text, end)
    if stop is None or len(text[first:stop].split(maxsplit=max_words)) > max_words:
        return None
    return _with_blank(text, first, stop)


def _back(text: str, at: int, chars: str) -> int:
    """``at`` moved back over ``chars``; the text before is not copied, for it may be megabytes."""
    while at and text[at - 1] in chars:
        at -= 1
    return at


def _ends_sentence(text: str, at: int) -> bool:
    at = _back(text, at, CLOSERS)
    return at > 0 and text[at - 1] in ENDS


def _matching(text: str, start: int) -> int | None:
    """The place after the bracket that closes the one at ``start``."""
    bracket, depth, end = text[start], 0, min(len(text), start + MOST_BRACKETED)
    close = BRACKETS[bracket]
    if text.find(close, start, end) < 0:
        return None
    for at in range(start, end):
        depth += (text[at] == bracket) - (text[at] == close)
        if depth == 0:
            return at + 1
    return None


def _sentence_end(text: str, start: int) -> int:
    match = _SENTENCE_END.search(text, start)
    return match.end() if match else len(text)


def _with_blank(text: str, start: int, end: int) -> tuple[int, int]:
    """Take the blank before along (not the one that indents the line), or at the start the one after."""
    while start and text[start - 1].isspace():
        start -= 1
    if start:
        return start, end
    match = _BLANK.match(text, end)
    return start, match.end() if match else end
