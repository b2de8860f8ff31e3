"""The charset a page declares inside itself.

Browsers look for it in the first 1,024 bytes. Pages exist that declare it later, or twice: the label
counts as evidence wherever it stands in the head, for `cleaner.decode` asks it only where the bytes are
not UTF-8, and believes it only where it decodes them.
"""

from __future__ import annotations

import re

from cleaner.charsets import charset_named

PRESCAN_BYTES = 1024
HEAD_BYTES = 1 << 16
"""Bytes in which a label is looked for where the first 1,024 hold none that is known."""

_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:()+-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:()+-]{2,40})", re.IGNORECASE)


def declared_in(data: bytes) -> str | None:
    """The label a page's XML declaration or meta element gives; None where none is known.

    A page that can say so in ASCII is not UTF-16, whatever it says: such a label means UTF-8, as in
    browsers.

    >>> declared_in(b'<meta http-equiv="Content-Type" content="text/html; charset=big5">')
    'big5'
    """
    for stop in (PRESCAN_BYTES, HEAD_BYTES):
        head = _COMMENT.sub(b"", data[:stop])
        for pattern in (_XML, _META):
            for match in pattern.finditer(head):
                name = charset_named(match[1].decode("ascii", "replace"))
                if name is not None:
                    return "utf-8" if name.startswith(("utf-16", "utf-32")) else name
    return None


def declared_by(content_type: str | None) -> str | None:
    """The label of a Content-Type header.

    >>> declared_by("text/html; charset=Shift_JIS")
    'Shift_JIS'
    """
    match = _ATTRIBUTE.search(content_type or "")
    return match[1] if match else None
