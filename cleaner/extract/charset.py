"""The charsets a page declares inside itself.

Browsers look for one in the first 1,024 bytes. Pages exist that declare it later, or twice: each label
counts as evidence wherever it stands in the head, for `cleaner.decode` asks them only where the bytes are
not UTF-8, and believes the first that they read as a text in.
"""

from __future__ import annotations

import re

from cleaner.charsets import charset_named

HEAD_BYTES = 1 << 16
"""Bytes in which labels are looked for."""
MOST_LABELS = 4

_COMMENT = rb"<!--(?:-?>|[^-]*(?:-(?!->)[^-]*)*(?:-->)?)"
_NO_MARKUP = re.compile(
    _COMMENT + rb"|<(script|style|title|textarea|xmp|iframe|noembed|noframes)\b[^>]{0,2000}>"
    rb"[^<]*(?:<(?!/\1\b)[^<]*)*",
    re.IGNORECASE,
)
_COMMENTS = re.compile(_COMMENT)
_META = re.compile(rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:()+-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:()+-]{2,40})", re.IGNORECASE)


def declared_in(data: bytes) -> list[str]:
    """The labels a page's XML declaration and meta elements give, in order; those that are known.

    What stands in a comment, a script, a style sheet or a title is none, unless there is no other (the
    element may never end). A page that can say so in ASCII is not UTF-16, whatever it says: such a label
    means UTF-8, as in browsers.

    >>> declared_in(b'<meta http-equiv="Content-Type" content="text/html; charset=big5">')
    ['big5']
    """
    for hidden in (_NO_MARKUP, _COMMENTS):
        head = hidden.sub(b"", data[:HEAD_BYTES])
        labels = [match[1] for pattern in (_XML, _META) for match in pattern.finditer(head)]
        names = [name for label in labels if (name := charset_named(label.decode("ascii", "replace")))]
        if names:
            plain = ("utf-8" if name.startswith(("utf-16", "utf-32")) else name for name in names)
            return list(dict.fromkeys(plain))[:MOST_LABELS]
    return []


def declared_by(content_type: str | None) -> str | None:
    """The label of a Content-Type header.

    >>> declared_by("text/html; charset=Shift_JIS")
    'Shift_JIS'
    """
    match = _ATTRIBUTE.search(content_type or "")
    return match[1] if match else None
