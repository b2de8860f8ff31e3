"""Names of charsets, and a guess where no name helps.

Names are those of the WHATWG Encoding Standard, in lower case; a label is read as browsers read it:
``latin1`` and ``ascii`` mean windows-1252, ``gb2312`` means gb18030. The standard's table of 220
labels is not repeated here: Python's own aliases, mapped by codec, cover it but for a handful.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

CODECS = {
    "utf-8": "utf-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
    "windows-1252": "cp1252",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1253": "cp1253",
    "windows-1254": "cp1254",
    "windows-1255": "cp1255",
    "windows-1256": "cp1256",
    "windows-1257": "cp1257",
    "windows-1258": "cp1258",
    "windows-874": "cp874",
    "iso-8859-2": "iso8859-2",
    "iso-8859-3": "iso8859-3",
    "iso-8859-4": "iso8859-4",
    "iso-8859-5": "iso8859-5",
    "iso-8859-6": "iso8859-6",
    "iso-8859-7": "iso8859-7",
    "iso-8859-8": "iso8859-8",
    "iso-8859-10": "iso8859-10",
    "iso-8859-13": "iso8859-13",
    "iso-8859-14": "iso8859-14",
    "iso-8859-15": "iso8859-15",
    "iso-8859-16": "iso8859-16",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "ibm866": "cp866",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "euc-jp": "euc_jp",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-kr": "iso2022_kr",
}
"""Name of a charset -> Python's codec for it, the superset that browsers use where there is one."""

_SUPERSETS = {  # Python's codec -> name, where the name's codec is another
    "ascii": "windows-1252",
    "iso8859-1": "windows-1252",
    "iso8859-9": "windows-1254",
    "iso8859-11": "windows-874",
    "tis-620": "windows-874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5",
    "cp950": "big5",
    "euc_kr": "euc-kr",
    "johab": "euc-kr",
    "shift_jis": "shift_jis",
    "shift_jis_2004": "shift_jis",
    "shift_jisx0213": "shift_jis",
    "euc_jis_2004": "euc-jp",
    "euc_jisx0213": "euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "iso2022_jp_1": "iso-2022-jp",
    "iso2022_jp_2": "iso-2022-jp",
    "iso2022_jp_3": "iso-2022-jp",
    "iso2022_jp_2004": "iso-2022-jp",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16le",
    "utf-32": "utf-32le",
}
_LABELS = {  # labels of the standard that Python does not know
    "unicode-1-1-utf-8": "utf-8",
    "unicode": "utf-16le",
    "ucs-2": "utf-16le",
    "iso-10646-ucs-2": "utf-16le",
    "unicodefffe": "utf-16be",
    "dos-874": "windows-874",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-8-i": "iso-8859-8",
    "logical": "iso-8859-8",
    "visual": "iso-8859-8",
    "sun_eu_greek": "iso-8859-7",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "koi8-ru": "koi8-u",
    "windows-31j": "shift_jis",
    "windows-949": "euc-kr",
    "ks_c_5601-1989": "euc-kr",
    "cn-big5": "big5",
    "x-x-big5": "big5",
    "x-mac-roman": "macintosh",
    "x-mac-ukrainian": "x-mac-cyrillic",
    "x-euc-jp": "euc-jp",
    "x-sjis": "shift_jis",
}

_GUESSES = (  # what chardet may answer: charsets the web still meets, by Python's codec
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("iso8859-1", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-9", "koi8-r", "koi8-u", "cp866"),
    *("gb18030", "big5hkscs", "cp949", "euc_kr", "cp932", "euc_jis_2004"),
)
_LATIN_OR_DOS = frozenset(
    {"windows-1250", "windows-1252", "windows-1254", "windows-1257", "windows-1258", "iso-8859-2", "ibm866"}
)
_EAST_ASIAN = frozenset({"gb18030", "big5", "euc-kr", "shift_jis", "euc-jp"})
_FALLBACK = "windows-1252"
_SAMPLE_BYTES = 1 << 16
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_SURE = 0.1  # chardet's confidence: right answers for single Latin lines lie above, most wrong ones below


@cache
def _names() -> dict[str, str]:
    """Python's codec -> name. Made when first needed: it imports some fifty codecs."""
    return {codecs.lookup(codec).name: name for name, codec in CODECS.items()} | {
        codecs.lookup(codec).name: name for codec, name in _SUPERSETS.items()
    }


def charset_named(label: str) -> str | None:
    """The charset a label means to a browser; None where no such charset is known.

    Python's codecs that are no charsets (``base64``, ``unicode_escape``, ``utf-7``) are refused.

    >>> charset_named(" ISO-8859-1"), charset_named("x-gbk"), charset_named("rot13")
    ('windows-1252', 'gb18030', None)
    """
    label = label.strip(" \t\r\n\f\"';").lower()
    if label in CODECS:
        return label
    if label in _LABELS:
        return _LABELS[label]
    for candidate in (label, label.removeprefix("x-")):
        try:
            codec = codecs.lookup(candidate).name
        except (LookupError, ValueError):  # ValueError: a NUL in the label
            continue
        if codec in _names():
            return _names()[codec]
    return None


def detect(data: bytes) -> str:
    """Guess the charset of eight-bit data that is not UTF-8.

    Only lines that hold bytes above 7F are shown to chardet (it reads the first 200 kB of what it
    is given, and a long ASCII text can have its only clue behind them). Where the evidence is thin
    (an unsure answer for a Latin charset, or another script for bytes that stand singly among
    ASCII) the answer is windows-1252, as in browsers: an exotic charset for one apostrophe is the
    classic wrong guess.
    """
    sample = _telling_lines(data)
    runs = _HIGH_RUN.findall(sample)
    lone = sum(len(run) == 1 for run in runs)
    import chardet

    answer = chardet.detect(sample, compat_names=False, include_encodings=_GUESSES)
    name = charset_named(answer["encoding"] or "") or _FALLBACK
    if name in _EAST_ASIAN or lone * 2 <= len(runs):
        vague = name in _LATIN_OR_DOS
        return _FALLBACK if vague and answer["confidence"] < _SURE else name
    return name if answer["confidence"] >= _SURE and name in _LATIN_OR_DOS else _FALLBACK


def _telling_lines(data: bytes) -> bytes:
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
