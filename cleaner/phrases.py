"""Where a phrase inside a line begins and ends: always at sentence boundaries."""

from __future__ import annotations

import re

from cleaner.matcher import Hit

_BRACKETS = {"(": ")", "[": "]", "{": "}", "（": "）", "【": "】"}
_OPENERS = "([{（【*_–—-•·|>»→►▶~# \t\u00a0\"“'‘"
_CLOSERS = "\"'”’»›)]}）」』】"
_ENDS = ".!?…。！？｡।"
_SENTENCE_END = re.compile(rf"[{_ENDS}]+[{re.escape(_CLOSERS)}]*(?=\s|\Z)|[。！？｡]")
_BLANK = re.compile(r"\s*")


def phrase_span(text: str, hit: Hit) -> tuple[int, int] | None:
    """The span of ``text`` (a line without its end) that goes with the phrase, or None.

    The phrase must begin a sentence, or stand first inside a bracket; the span ends with that
    sentence, at the matching bracket, or (``until = "line"``) at the line's end. The blank before
    the phrase goes along; at the line's start the blank after it instead. A span of more words
    than the rule's ``max_words`` is none.
    """
    before = text[: hit.start].rstrip(_OPENERS)
    opening = text[len(before) : hit.start]
    bracket = next((char for char in reversed(opening) if char in _BRACKETS), None)
    if hit.rule.until == "bracket" and bracket is None:
        return None
    if before and bracket is None and not _ends_sentence(before):
        return None
    if bracket is not None:
        start = len(before) + opening.rindex(bracket)
        end = _matching(text, start, bracket)
    else:
        start = len(before)
        end = len(text) if hit.rule.until == "line" else _sentence_end(text, hit.end)
    if end is None or len(text[start:end].split()) > hit.rule.limits.max_words:
        return None
    return _with_blank(text, start, end)


def _ends_sentence(before: str) -> bool:
    stripped = before.rstrip(_CLOSERS)
    return bool(stripped) and stripped[-1] in _ENDS


def _matching(text: str, start: int, bracket: str) -> int | None:
    depth, close = 0, _BRACKETS[bracket]
    for at in range(start, min(len(text), start + 600)):
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
