"""How a run reads and writes, apart from what decides texts."""

from __future__ import annotations

from dataclasses import dataclass

from cleaner.charsets import charset_named
from cleaner.columns import Named
from cleaner.files.reading import ReadSettings
from cleaner.model import ConfigError

PAGE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run reads and writes; what decides the text of a document is in `Options`.

    ``workers`` ``None`` means all cores. ``encoding`` is the charset inputs are declared to have.
    ``max_document_bytes`` is what one document or record may take in its file; larger ones are refused.
    ``max_document_seconds`` is how long one may take, and four more for each MB, before it is given up;
    workers alone are watched. One worker works in this process unless it is to be kept ``apart``: what
    kills a worker in this process kills the run.
    ``profile`` is a host profile to go by (a file, or the output of a run that left one); otherwise one
    is made, or kept from an earlier run into the same output. ``refresh_profile`` makes it anew,
    ``no_profile`` goes by none. ``page_seconds`` is what the extraction of one page may take.

    ``strict`` knows inputs by their content, not by size and time. ``fresh`` takes nothing over from
    earlier runs. ``follow_links`` follows symbolic links out of an input folder, and to folders.
    """

    text_column: str | None = None
    id_column: str | None = None
    title_column: str | None = None
    url_column: str | None = None
    lang_column: str | None = None
    format: str | None = None
    encoding: str | None = None
    workers: int | None = None
    overwrite: bool = False
    max_document_bytes: int = 100 << 20
    profile: str | None = None
    no_profile: bool = False
    refresh_profile: bool = False
    max_document_seconds: float | None = 60.0
    apart: bool = False
    strict: bool = False
    fresh: bool = False
    follow_links: bool = False
    html_column: str | None = None
    page_seconds: int = PAGE_SECONDS

    def reading(self) -> ReadSettings:
        """What readers need of it; `ConfigError` for values that cannot be used."""
        if self.encoding is not None and charset_named(self.encoding) is None:
            raise ConfigError(f"--encoding {self.encoding}: no charset is known by this name")
        if self.max_document_bytes < 1 or (self.workers is not None and self.workers < 1):
            raise ConfigError("--workers and --max-document-size are at least 1")
        if self.max_document_seconds is not None and not self.max_document_seconds > 0:
            raise ConfigError("--max-document-time is more than 0")
        if self.page_seconds < 1:
            raise ConfigError("--page-seconds is at least 1")
        if (self.profile is not None) + self.no_profile + self.refresh_profile > 1:
            raise ConfigError("--profile, --no-profile and --refresh-profile exclude each other")
        named = Named(
            self.text_column,
            self.id_column,
            self.title_column,
            self.url_column,
            self.lang_column,
            self.html_column,
        )
        return ReadSettings(named, self.encoding, self.max_document_bytes, page_seconds=self.page_seconds)
