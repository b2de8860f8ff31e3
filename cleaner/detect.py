"""A guess at the charset of bytes that no mark, no label and no pattern tells.

chardet says what letters are frequent in which language; it gives up a multi-byte charset at the first
ill-formed byte, which is where its answer is held against what the text would read as.
"""

from __future__ import annotations

import re

from cleaner.charsets import charset_named
from cleaner.plausible import EAST_ASIAN, LATIN, is_plausible, read_as, script_of, stands_in_runs

_GUESSES = (  # what chardet may answer: charsets the web still meets, by Python's codec
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("iso8859-1", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-9", "koi8-r", "koi8-u", "cp866"),
    *("gb18030", "big5hkscs", "cp949", "euc_kr", "cp932", "euc_jis_2004"),
)
_LATIN_OR_DOS = frozenset(
    {"windows-1250", "windows-1252", "windows-1254", "windows-1257", "windows-1258", "iso-8859-2", "ibm866"}
)
_FALLBACK = "windows-1252"
_SAMPLE_BYTES = 1 << 16
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_SURE = 0.1  # chardet's confidence: right answers for single Latin lines lie above, most wrong ones below
_TAG = re.compile(rb"<[^<>]{1,1000}>")
_SURELY_COMMON = 0.9  # of the characters: what reads as another East Asian charset by chance has fewer


def detect(data: bytes) -> str:
    """Guess the charset of eight-bit data that is not UTF-8.

    Only lines that hold bytes above 7F are shown to chardet (it reads the first 200 kB of what it
    is given, and a long ASCII text can have its only clue behind them). Where the evidence is thin
    (an unsure answer for a Latin charset, or another script for bytes that stand singly among
    ASCII) the answer is windows-1252, as in browsers: an exotic charset for one apostrophe is the
    classic wrong guess. Where high bytes stand in runs and the answer does not read as what it says, the
    East Asian charsets are tried, with a few ill-formed sequences allowed.
    """
    sample = telling_lines(data)
    guess = _answer(sample)
    if stands_in_runs(sample) and (script_of(guess) == LATIN or not is_plausible(sample, guess)):
        return next((name for name in EAST_ASIAN if is_plausible(sample, name, _SURELY_COMMON)), guess)
    return guess


def _answer(sample: bytes) -> str:
    """chardet's answer where it is sure. It sees no tags: it would believe what a meta element says, and
    their English thins out the evidence."""
    sample = _TAG.sub(b" ", sample)
    runs = _HIGH_RUN.findall(sample)
    lone = sum(len(run) == 1 for run in runs)
    import chardet

    answer = chardet.detect(sample, compat_names=False, include_encodings=_GUESSES)
    name = charset_named(answer["encoding"] or "") or _FALLBACK
    if read_as(sample, name) == read_as(sample, _FALLBACK):  # nothing but quotes and dashes
        return _FALLBACK
    if name in EAST_ASIAN or lone * 2 <= len(runs):
        vague = name in _LATIN_OR_DOS
        return _FALLBACK if vague and answer["confidence"] < _SURE else name
    single = name in _LATIN_OR_DOS and script_of(name) == LATIN  # no Cyrillic word is a lone letter
    return name if single and answer["confidence"] >= _SURE else _FALLBACK


def telling_lines(data: bytes) -> bytes:
    """Lines with bytes above 7F, up to 64 KiB; a longer line is cut around its first such bytes."""
    parts: list[bytes] = []
    size = at = 0
    while size < _SAMPLE_BYTES and (match := _HIGH_RUN.search(data, at)):
        start = max(at, data.rfind(b"\n", at, match.start()) + 1, match.start() - 256)
        end = data.find(b"\n", match.end())
        end = len(data) if end < 0 else end
        end = min(end, start + _SAMPLE_BYTES - size)
        parts.append(data[start:end])
        size += end - start
        at = max(end, match.end())
    return b"\n".join(parts)
