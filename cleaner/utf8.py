"""UTF-8 with stray bytes in it, and ill-formed bytes as a text can hold them for a while.

Every reader leaves an ill-formed byte B as U+DC00 + B, a lone surrogate, which no well-formed input
yields; so its place in the text is known until U+FFFD is put there.
"""

from __future__ import annotations

import codecs
import re

HIGH_RUN = re.compile(rb"[\x80-\xff]+")
ESCAPED = re.compile("[\udc00-\udcff]+")

_CESU_PAIR = re.compile(rb"\xed([\xa0-\xaf])([\x80-\xbf])\xed([\xb0-\xbf])([\x80-\xbf])")
_BROKEN_UTF8 = re.compile(
    rb"\xed[\xa0-\xbf][\x80-\xbf]"  # an encoded surrogate
    rb"|\xc0[\x80\xae\xaf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}"  # overlong
    rb"|\xf4[\x90-\xbf][\x80-\xbf]{2}"  # beyond U+10FFFF
    rb"|\xe2\x80|\xf0\x9f[\x80-\xbf]?"  # punctuation or an emoji cut short; nonsense as windows-1252
)
_CUT_SHORT = re.compile(rb"[\xc2-\xdf]\Z|[\xe0-\xef][\x80-\xbf]?\Z|[\xf0-\xf4][\x80-\xbf]{0,2}\Z")
_NO_LATIN = re.compile(rb"\xff\xfe|\xfe\xff|\xff\xff")
_BESIDE_WORDS = frozenset("\xa0€‚„…‹‘’“”•–—›™§©«®°±·»")  # read as windows-1252 beside any script
_LATIN_LEAD_AFTER_WORD = re.compile(rb"[a-z][\xc2-\xc5]\r?(?:\n|\Z)")


def unescape(escaped: str) -> bytes:
    """The bytes that stand escaped in a text of nothing else."""
    return bytes(ord(char) - 0xDC00 for char in escaped)


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Error handler for every codec: byte B becomes U+DC00 + B (``surrogateescape`` refuses ASCII
    bytes, which are part of ill-formed sequences in UTF-16, ISO-2022 and the East Asian charsets)."""
    assert isinstance(error, UnicodeDecodeError)
    end = max(error.end, error.start + 1)
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : end]), end


codecs.register_error("cleaner.escape", _escape)


def is_encodable(text: str) -> bool:
    r"""Whether UTF-8 can say a text: it holds no half of a surrogate pair.

    >>> is_encodable("é"), is_encodable("\ud83d")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def plain_utf8(data: bytes) -> str | None:
    """The text of well-formed UTF-8 that can be nothing else: it has no mark, no NUL and no escape."""
    if b"\0" in data or b"\x1b" in data or data.startswith(codecs.BOM_UTF8):
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are well-formed UTF-8 (ASCII is)."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read_utf8(data: bytes, latin: bool = False) -> tuple[str, tuple[str, ...]]:
    """UTF-8 with stray bytes: the text (ill-formed bytes escaped) and the other charsets met. With
    ``latin`` lines without UTF-8 are windows-1252 whatever they read as."""
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    if latin and not has_utf8(data):
        return data.decode("cp1252", "cleaner.escape"), ("windows-1252",)
    parts: list[str] = []
    others: dict[str, None] = {}
    for line in data.split(b"\n"):
        if is_utf8(line):
            parts.append(line.decode())
        elif not latin or has_utf8(line):
            parts.append(_read_strays(line.decode("utf-8", "surrogateescape"), others))
        else:
            others["windows-1252"] = None
            parts.append(line.decode("cp1252", "cleaner.escape"))
    return "\n".join(parts), tuple(others)


def has_utf8(data: bytes) -> bool:
    """Whether some bytes are UTF-8 or the remains of it, so that strays are judged one by one."""
    return bool(
        not data.decode("utf-8", "ignore").isascii()
        or _BROKEN_UTF8.search(data)
        or _LATIN_LEAD_AFTER_WORD.search(data)
    )


def _read_strays(line: str, others: dict[str, None]) -> str:
    """Read the stray bytes of one line, decoded with ``surrogateescape``, as windows-1252, unless they are
    the remains of a UTF-8 sequence or would be no text there; names what was met in ``others``."""
    leads = {char.encode()[0] for char in set(ESCAPED.sub("", line)) if char > "\x7f"}
    end = len(line.rstrip("\r"))

    def read(match: re.Match[str]) -> str:
        raw = unescape(match.group())
        before, after = line[match.start() - 1 : match.start()], line[match.end() : match.end() + 1]
        at_end = match.end() == end
        parts: list[str] = []
        at = stray = 0  # raw[stray:at]: bytes that may be windows-1252
        while at < len(raw):
            if pair := _CESU_PAIR.match(raw, at):
                others["cesu-8"] = None
                read = pair.group().decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass")
                parts += (_latin(raw[stray:at], before, "", others), read.decode("utf-16"))
                before, at = "", pair.end()
                stray = at
                continue
            broken = _BROKEN_UTF8.match(raw, at)
            if not broken and (cut := _CUT_SHORT.match(raw, at)):
                followed = len(cut.group()) > 1 or at_end
                known = raw[at] in leads or (raw[at] <= 0xC5 and before.islower() and not leads)
                broken = cut if followed and known else None
            if broken:
                parts += (_latin(raw[stray:at], before, "", others), _escaped(broken.group()))
                before, stray = "", at + len(broken.group())
            at += len(broken.group()) if broken else 1
        return "".join((*parts, _latin(raw[stray:], before, after, others)))

    return ESCAPED.sub(read, line)


def _escaped(raw: bytes) -> str:
    return "".join(chr(0xDC00 + byte) for byte in raw)


def _latin(raw: bytes, before: str, after: str, others: dict[str, None]) -> str:
    """Stray bytes as windows-1252 where they read as text between the characters around them, else
    escaped, as are those which it does not define."""
    if not raw or not _is_latin(raw, before, after):
        return _escaped(raw)
    text = raw.decode("cp1252", "cleaner.escape")
    if ESCAPED.sub("", text):
        others["windows-1252"] = None
    return text


def _is_latin(raw: bytes, before: str, after: str) -> bool:
    """Whether windows-1252 is plausible for stray bytes in a text of ASCII or UTF-8.

    It is not for half a byte order mark or bytes FF in a row, for letters that begin no word where none
    is, and beside letters of another script, where a byte is what was left of one of them.
    """
    if _NO_LATIN.search(raw):
        return False
    text = before + raw.decode("cp1252", "cleaner.escape") + after
    for at in range(len(before), len(before) + len(raw)):
        left, char, right = text[at - 1 : at] if at else "", text[at], text[at + 1 : at + 2]
        foreign = _is_foreign(left) + _is_foreign(right)
        if char.isalpha():
            in_word = _is_latin_letter(left) or (char != "ÿ" and _is_latin_letter(right))
            if foreign or (char in "ÿþðÞÐ" and not in_word):
                return False
        elif foreign > (char in _BESIDE_WORDS):
            return False
    return True


def _is_latin_letter(char: str) -> bool:
    return char.isalpha() and (char < "\u0250" or "\u1e00" <= char < "\u1f00")


def _is_foreign(char: str) -> bool:
    return char.isalpha() and not _is_latin_letter(char)


def has_latin_strays(data: bytes) -> bool:
    """Whether a byte above 7F, in data that is no UTF-8, reads as windows-1252 between its neighbours."""
    for match in HIGH_RUN.finditer(data):
        before = data[max(match.start() - 1, 0) : match.start()].decode("ascii")
        after = data[match.end() : match.end() + 1].decode("ascii")
        raw = match.group()
        if raw.decode("cp1252", "ignore") and _is_latin(raw, before, after):
            return True
    return False


def is_damaged_utf8(data: bytes) -> bool:
    """Whether nothing but remains of UTF-8 sequences (overlong, surrogates, cut short) is ill-formed."""
    intact = _BROKEN_UTF8.sub(b"", data)
    tail = _CUT_SHORT.search(intact)
    if tail and (not intact[: tail.start()].isascii() or _LATIN_LEAD_AFTER_WORD.search(intact)):
        intact = intact[: tail.start()]
    return len(intact) < len(data) and is_utf8(intact)


def is_mostly_utf8(data: bytes) -> bool:
    """Whether most bytes above 7F stand in runs that are UTF-8, but for one byte in eight.

    The East Asian charsets pair up to UTF-8 by chance too, up to half of their bytes, but hardly a
    whole run of adjacent high bytes; a stray windows-1252 byte mostly makes a run of its own.
    """
    formed = stray = 0
    for run in HIGH_RUN.findall(data):
        bad = sum(map(len, ESCAPED.findall(run.decode("utf-8", "surrogateescape"))))
        if bad * 8 <= len(run):
            formed += len(run)
        else:
            stray += len(run)
    return formed >= max(stray, 2)
