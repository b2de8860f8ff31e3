"""UTF-16, UTF-32 and ISO-2022 by what their bytes look like, where no mark and no label helps."""

from __future__ import annotations

import re

from cleaner.charsets import CODECS
from cleaner.plausible import EAST_ASIAN, is_plausible
from cleaner.utf8 import ESCAPED, is_utf8

WIDE = frozenset({"utf-16le", "utf-16be", "utf-32le", "utf-32be"})
ISO_2022 = ("iso-2022-jp", "iso-2022-kr")
SCATTERED = 4  # NUL bytes that are too many to stand by chance all in one half of the pairs
_ISO_2022 = re.compile(rb"\x1b(?:\$[@AB]|\$\([CDO-Q]|\$\)C|\([IJ])")
_SURROGATE = re.compile("[\ud800-\udfff]")
# compiled, and kept by `re`, when first asked for: that takes 4 ms, and few files need it
_EAST_ASIAN = "[\t\n\r -~\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]"
_NO_TEXT = "[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f\ud800-\uf8ff\ufff0-\uffff]"


def iso_2022(head: bytes, declared: bool = False) -> str | None:
    """ISO-2022-JP or -KR, where an escape sequence switches and the whole is seven-bit.

    A few bytes above 7F are damage where the rest reads as Japanese or Korean; not where they are UTF-8,
    unless the label, too, says ISO-2022 (``declared``).
    """
    if not _ISO_2022.search(head) or not (head.isascii() or declared or not is_utf8(head)):
        return None
    korean = b"\x1b$)C" in head
    for name in ISO_2022[::-1] if korean else ISO_2022:
        if not head.isascii():
            if is_plausible(head, name):
                return name
            continue
        text = head.decode(CODECS[name], "cleaner.escape")
        if not text.isascii() and len(ESCAPED.findall(text)) * 20 <= len(text) - text.count("\n"):
            return name
    return None


def wide_without_mark(head: bytes, complete: bool) -> str | None:
    """UTF-32 or UTF-16 without a mark, told by where the NUL bytes stand.

    NUL bytes scattered over an eight-bit file stand in both halves of the pairs, or beside bytes
    that read as text of their own; then the file is what it is without them.
    """
    sample = head[: 1 << 16]
    for name in ("utf-32le", "utf-32be"):
        if len(sample) >= 8 and is_utf32(sample, name, complete):
            return name
    for name, high, low in (
        ("utf-16le", sample[1::2], sample[0::2]),
        ("utf-16be", sample[0::2], sample[1::2]),
    ):
        text = sample[: len(sample) // 2 * 2].decode(CODECS[name], "cleaner.escape")
        zeros = high.count(0)
        odd = complete and len(head) % 2
        enough = zeros * 2 >= len(text) or (zeros >= SCATTERED and zeros * 10 >= len(text) and not odd)
        if len(text) > 1 and enough and low.count(0) * 20 <= zeros:
            if len(re.findall(_NO_TEXT, text)) * 20 <= len(text):
                return name
        elif not odd and _is_east_asian(text) and sum(byte < 0x80 for byte in sample) * 10 <= len(sample) * 9:
            plain = sample.replace(b"\0", b"")  # pairs of Shift_JIS read as Han, too
            return None if any(is_plausible(plain, one) for one in EAST_ASIAN) else name
    return None


def _is_east_asian(text: str) -> bool:
    """Whether nine in ten characters are Han, Kana, Hangul, their punctuation or ASCII."""
    return len(text) > 3 and len(re.findall(_EAST_ASIAN, text)) * 10 >= len(text) * 9


def is_utf32(data: bytes, name: str, complete: bool) -> bool:
    """Whether the bytes (the first 64 KiB) decode strictly as UTF-32 and are not mostly NUL."""
    data = data[: 1 << 16]
    if not data or (complete and len(data) % 4 and len(data) < 1 << 16):
        return False
    text = data[: len(data) // 4 * 4].decode(CODECS[name], "cleaner.escape")
    return not _SURROGATE.search(text) and text.count("\0") * 4 <= len(text)
