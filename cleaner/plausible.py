"""Whether a text reads as what its charset was made for.

That bytes decode proves little: single-byte charsets decode anything, and GB18030 nearly anything. What tells
is the text that comes out. A few letters make half of what is written in every alphabet, read in the wrong
charset they become others, with capitals in the middle of words and Latin letters among them; and nine in
ten East Asian characters are those that the standards put first, for they are the ones people use.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise

from cleaner.charsets import CODECS
from cleaner.utf8 import ESCAPED, HIGH_RUN

LATIN = "latin"
EAST_ASIAN = ("euc-kr", "euc-jp", "shift_jis", "big5", "gb18030")
"""In this order a text is tried where no label helps: Korean reads as rare Chinese in GB18030, not
the other way round."""
ENOUGH = 6
"""Characters of its script that a text must hold to count as plausible: two or three words."""

_SCRIPTS = {  # script -> its charsets, its letters, and the few that make half of any text
    "cyrillic": (
        ("windows-1251", "koi8-r", "koi8-u", "iso-8859-5", "ibm866", "x-mac-cyrillic"),
        "\u0400-\u04ff",
        "оеаинтсрвліј",
    ),
    "greek": (("windows-1253", "iso-8859-7"), "\u0370-\u03ff", "αοιετσνηυρςί"),
    "hebrew": (("windows-1255", "iso-8859-8"), "\u0590-\u05ff", "יוהלאתרבשמ"),
    "arabic": (("windows-1256", "iso-8859-6"), "\u0600-\u06ff", "المينرتوبهد"),
    "thai": (("windows-874",), "\u0e00-\u0e7f", "านรอกเงวยมท่้ัีิ"),
}
_SCRIPT_OF = {name: script for script, (names, *_) in _SCRIPTS.items() for name in names}
_CASED = frozenset({"cyrillic", "greek"})
_KANA = re.compile("[\u3041-\u30fe]")
_HIGH = re.compile("[^\x00-\x7f\xa0\xad\udc80-\udcff]")
_NO_TEXT = re.compile("[\x80-\x9f\ue000-\uf8ff\ufffd]")
_ASCII_TRAIL = re.compile(rb"[\xa1-\xf9][\x40-\x7e]")
_UNASSIGNED = {0xF8F0: 0xDCA0, 0xF8F1: 0xDCFD, 0xF8F2: 0xDCFE, 0xF8F3: 0xDCFF}
_KOREAN = 0.95  # of the characters are common Hangul: Chinese read as Korean has half that
_STANDARD = {  # charset -> the standard's own codec, and the lead bytes of the characters in common use
    "gb18030": ("gb2312", (range(0xA1, 0xA4), range(0xB0, 0xD8))),
    "big5": ("big5", (range(0xA1, 0xA4), range(0xA4, 0xC7))),
    "euc-jp": ("euc_jp", (range(0xA1, 0xA6), range(0xB0, 0xD0))),
    "shift_jis": ("euc_jp", (range(0xA1, 0xA6), range(0xB0, 0xD0))),
    "iso-2022-jp": ("euc_jp", (range(0xA1, 0xA6), range(0xB0, 0xD0))),
    "euc-kr": ("euc_kr", (range(0xA1, 0xA4), range(0xB0, 0xC9))),
    "iso-2022-kr": ("euc_kr", (range(0xA1, 0xA4), range(0xB0, 0xC9))),
}


def script_of(name: str) -> str:
    """What a charset was made for: the script of a single-byte one, `LATIN`, or the name of an East
    Asian one."""
    return name if name in _STANDARD else _SCRIPT_OF.get(name, LATIN)


def read_as(data: bytes, name: str) -> str:
    """The bytes in a charset, ill-formed ones escaped; also those that only Python's Shift_JIS reads, as
    characters of no meaning."""
    text = data.decode(CODECS[name], "cleaner.escape")
    return text.translate(_UNASSIGNED) if name == "shift_jis" else text


def is_plausible(data: bytes, name: str, share: float = 0.7) -> bool:
    """Whether the bytes, read as ``name``, are a text in a script that charset is for.

    For East Asian charsets ``share`` of what is not ASCII must be in common use, in Japanese a tenth kana;
    one sequence for ten characters may be ill-formed. A few characters prove nothing: below `ENOUGH` the
    answer is no, but for Latin charsets, to which few such characters are the rule.
    """
    if (script := script_of(name)) == LATIN:
        return not stands_in_runs(data)
    text = read_as(data, name)
    if name not in _STANDARD:
        return _is_alphabetic(text, script)
    if not _is_east_asian(text, name, share):
        return False
    if name in EAST_ASIAN and ESCAPED.search(text) and not stands_in_runs(data):
        return False  # a Latin text whose few signs happen to pair
    if name == "big5" and len(_ASCII_TRAIL.findall(data)) * 8 < len(_HIGH.findall(text)):
        return False  # three in eight characters of Big5 end in an ASCII byte, in EUC none
    return name != "gb18030" or not is_plausible(data, "euc-kr", _KOREAN)


def stands_in_runs(data: bytes) -> bool:
    """Whether most bytes above 7F stand three and more together, as in no Latin text: there they are single
    letters in words, or a letter and a quote. Rows of a sign, as in rules and drawings, do not count."""
    inside = total = 0
    for run in HIGH_RUN.findall(data):
        total += len(run)
        if len(run) > 2 and sum(a == b for a, b in pairwise(run)) * 3 < len(run):
            inside += len(run)
    return inside * 2 > total


def _is_east_asian(text: str, name: str, share: float) -> bool:
    counts = Counter(_HIGH.findall(text))
    total = sum(counts.values())
    if total < ENOUGH or len(ESCAPED.findall(text)) * 10 > total:
        return False
    kana = sum(counts[char] for char in counts if _KANA.match(char))
    if _STANDARD[name][0] == "euc_jp" and kana * 10 < total:
        return False
    return sum(counts[char] for char in counts if _is_common(char, name)) >= total * share


@cache
def _is_common(char: str, name: str) -> bool:
    codec, rows = _STANDARD[name]
    try:
        lead, *rest = char.encode(codec)
    except UnicodeEncodeError:
        return False
    return len(rest) == 1 and any(lead in row for row in rows)


def _is_alphabetic(text: str, script: str) -> bool:
    """Nine in ten letters beyond ASCII are the script's, two in five the frequent ones; one word in ten at
    most mixes it with Latin letters or goes from small to capital letters."""
    _, block, frequent = _SCRIPTS[script]
    high = _HIGH.findall(text)
    own = re.findall(f"[{block}]", text)
    others = sum(char.isalpha() for char in high) - sum(char.isalpha() for char in own)
    usual = sum(char in frequent for char in "".join(own).lower())
    if len(own) < ENOUGH or others * 9 > len(own) or usual * 5 < len(own) * 2 or len(own) * 2 < len(high):
        return False
    if len(_NO_TEXT.findall(text)) * 20 > len(own):
        return False
    words = re.findall(f"[A-Za-z]*[{block}]+(?:[A-Za-z]|[{block}])*", text)
    return sum(_is_odd(word, script) for word in words) * 10 <= len(words)


def _is_odd(word: str, script: str) -> bool:
    if re.search("[A-Za-z]", word):
        return True
    return script in _CASED and any(a.islower() and b.isupper() for a, b in pairwise(word))
