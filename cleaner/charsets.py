"""Names of charsets.

Names are those of the WHATWG Encoding Standard, in lower case; a label is read as browsers read it:
``latin1`` and ``ascii`` mean windows-1252, ``gb2312`` means gb18030. The standard's table of 220
labels is not repeated here: Python's own aliases, mapped by codec, cover it but for a handful.
"""

from __future__ import annotations

import codecs
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
