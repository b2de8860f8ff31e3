"""Pages that browsers saved with all their parts in one MIME message (.mhtml, .mht)."""

from __future__ import annotations

from email import policy
from email.errors import CloseBoundaryNotFoundDefect
from email.message import EmailMessage
from email.parser import BytesParser
from urllib.parse import urlsplit

from cleaner.extract import Page
from cleaner.model import InputError

ADDRESSES = ("Snapshot-Content-Location", "Content-Location")


def page_in(data: bytes) -> tuple[Page, str | None, bool]:
    """The page of a saved message, the address it was saved from, and whether the message ends inside the
    page; images and frames are left alone.

    `InputError` where there is no page in it.
    """
    message = BytesParser(policy=policy.default).parsebytes(data)
    parts = list(message.walk())
    part = next((part for part in parts if part.get_content_type() in PAGE_TYPES), None)
    if not isinstance(part, EmailMessage):
        raise InputError("no page in it: it holds no part of the type text/html")
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or not content.strip():
        raise InputError("its page is empty")
    unended = any(isinstance(fault, CloseBoundaryNotFoundDefect) for one in parts for fault in one.defects)
    cut = unended and part is parts[-1]
    return Page(content, part.get_content_charset()), _address(message, part), cut


PAGE_TYPES = ("text/html", "application/xhtml+xml")


def _address(message: EmailMessage, part: EmailMessage) -> str | None:
    for headers in (message, part):
        for name in ADDRESSES:
            address = str(headers.get(name) or "").strip()
            if urlsplit(address).scheme in ("http", "https"):
                return address
    return None
