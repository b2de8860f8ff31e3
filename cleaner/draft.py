"""A text on its way through the pipeline, and what one look at it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cleaner.bench import Case
from cleaner.cut import Kept, Span
from cleaner.judge import NearMiss
from cleaner.lines import Lines
from cleaner.markup import points_of
from cleaner.model import Document, Finding, Notes
from cleaner.repair import Repaired


@dataclass(slots=True)
class Look:
    """What the rules say of a text as it stands, and what the judge is to know of it."""

    found: list[Finding]
    case: Case | None = None


@dataclass(slots=True)
class Draft:
    """A text on its way from source to clean: what stands, what went and why."""

    document: Document
    repaired: Repaired
    notes: Notes
    lines: Lines
    kept: Kept
    trials: tuple[Finding, ...] = ()
    spans: list[Span] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    near: list[NearMiss] = field(default_factory=list)
    headline: str | None = None  # of the source text, where no title is given
    now: str | None = None  # of the text as it stands
    fused: bool = False
    settled: int = 0  # spans that stood when text was last given back
    told: Mapping[int, int] = field(default_factory=dict)

    def listen(self) -> Mapping[int, int]:
        """Points that the markup gives to lines as the text stands, kept as ``told``; none for a text that
        had no markup."""
        if self.document.markup is not None:
            self.told = points_of(self.document.markup, Lines(self.source), self.spans, len(self.lines))
        return self.told

    @property
    def text(self) -> str:
        """The text as it stands."""
        return self.lines.text

    @property
    def source(self) -> str:
        """The source text."""
        return self.repaired.source

    @property
    def titles(self) -> list[str | None]:
        """The title that is given; without one what may be given when the output is cleaned again."""
        given = self.document.title
        return [given] if given is not None else list(dict.fromkeys((None, self.headline, self.now)))

    def restore(self) -> None:
        """Put everything back: the text is kept whole."""
        self.lines, self.kept = Lines(self.source), Kept(len(self.source))
        self.spans, self.findings, self.near, self.fused = [], [], [], True
