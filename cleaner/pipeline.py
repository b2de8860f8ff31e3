"""The whole flow of one document: decoded text in, result out."""

from __future__ import annotations

from cleaner.model import Repair, Result
from cleaner.options import DEFAULTS, Options


class Cleaner:
    """Everything options decide, ready to clean documents; made once, used for many."""

    def __init__(self, options: Options = DEFAULTS):
        self.options = options

    def clean(
        self,
        text: str,
        title: str | None = None,
        url: str | None = None,
        lang: str | None = None,
        profile: object = None,
        notes: tuple[Repair, ...] = (),
    ) -> Result:
        """Clean one decoded text; ``notes`` are the notes its decoding left (offsets of ``text``)."""
        raise NotImplementedError
