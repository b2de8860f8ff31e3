"""The whole flow of one document: decoded text in, result out.

1. *Repair* rewrites the decoded text into the source text, line by line.
2. The *finders* (rules, headlines) say what should go; one function cuts; they look again at what
   is left until nothing more goes, first with what is certain, then with what was opted in.
3. The *fuse* takes back what was opted in where too little would remain.

The result depends on the text, title, url, the rules, the options and the profile only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from cleaner import headlines
from cleaner.cut import Kept, Span, cut, lines_without, own, removals, touching, with_blank_lines
from cleaner.guards import blows_fuse, unguarded
from cleaner.lines import INVISIBLE, Line, Lines, line_at
from cleaner.matcher import Matcher
from cleaner.model import Document, Finding, Removal, Repair, Result, Status
from cleaner.options import DEFAULTS, Options
from cleaner.repair import fixes_from, repair, repair_notes, stable
from cleaner.rules.registry import Rules, load_rules
from cleaner.strip import find

ROUNDS = 32
"""How often the finders may look again; a text that has not settled by then is kept whole."""

Choice = Callable[[Iterable[Finding], Lines], list[Finding]]
Look = Callable[[Lines], list[Finding]]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A result with its reasons; all offsets are code points of the source text.

    ``findings`` are those that removed something, ``trials`` what rules on trial would take.
    """

    result: Result
    findings: tuple[Finding, ...]
    trials: tuple[Finding, ...]


@dataclass(slots=True)
class _Draft:
    """A text on its way from source to clean: what stands, what went and why."""

    lines: Lines
    kept: Kept
    explained: bool
    spans: list[Span] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.lines.text

    def copy(self) -> _Draft:
        return replace(self, kept=self.kept.copy(), spans=[*self.spans], findings=[*self.findings])


class Cleaner:
    """Everything options decide, ready to clean documents; made once, used for many.

    ``rules`` are the packs and the choice among them, ``rules_hash`` the SHA-256 that names their
    content. Raises `ConfigError` and `RuleError` for options or packs that cannot be used.
    """

    def __init__(self, options: Options = DEFAULTS):
        self.options = options
        self.rules: Rules = load_rules(options, headlines.CODES)
        self.rules_hash = self.rules.digest
        self._acting = self.rules.removing | self.rules.spared
        self._matcher = Matcher(self.rules.active)
        self._fixes = fixes_from(options)
        self._opted_in = any(
            rule.confidence == "medium" and rule.code in self.rules.removing for rule in self.rules.active
        )

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
        return self._explain(Document(text, title, url, lang), notes, reasons=False).result

    def explain(
        self,
        text: str,
        title: str | None = None,
        url: str | None = None,
        lang: str | None = None,
        profile: object = None,
        notes: tuple[Repair, ...] = (),
    ) -> Explanation:
        """As `clean`, with the findings behind each removal and what rules on trial would take."""
        return self._explain(Document(text, title, url, lang), notes, reasons=True)

    def _explain(self, document: Document, notes: tuple[Repair, ...], reasons: bool) -> Explanation:
        """The flow itself; without ``reasons`` no words are made for findings, and none are kept."""
        text, title, url, lang = document
        if not isinstance(text, str):
            raise TypeError(f"text is a str, not {type(text).__name__}; decode bytes first (cleaner.decode)")
        repaired = repair(text, self._fixes)
        source = repaired.source
        lines = Lines(source)
        look = partial(self._find, title=title, reasons=reasons)
        first = look(lines)
        whole = _Draft(lines, Kept(len(source)), reasons)
        draft, fused = self._settle(whole, first, look)
        taken = removals(source, draft.spans)
        trials = tuple(finding for finding in first if finding.confidence == "trial")
        result = Result(
            text=draft.text,
            status=_status(draft.text, taken, fused),
            title=title if title is not None else headlines.best_title(lines, None),
            url=url,
            lang=lang,
            chars_in=len(source),
            chars_out=len(draft.text),
            source_hash=hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
            repairs=_merged(repaired.repairs, repair_notes(notes, repaired.repairs)),
            removals=taken,
            trials=removals(source, own(trials)),
        )
        return Explanation(result, tuple(draft.findings), trials)

    def _find(self, lines: Lines, title: str | None, reasons: bool) -> list[Finding]:
        """All that the finders say of a text, whoever may act on it."""
        found = find(lines, self._matcher.match(lines), title, reasons)
        for finding in headlines.find_headlines(lines, title, self.options.headlines):
            if finding.rule in self._acting:
                found.append(finding)
        return found

    def _settle(self, whole: _Draft, first: list[Finding], look: Look) -> tuple[_Draft, bool]:
        """Look and cut until nothing more goes; returns the draft and whether the fuse spoke.

        ``first`` is what the finders say of the whole text.
        """
        certain = self._run(whole.copy(), first, self._certain, look)
        if certain is None:
            return whole, True
        if not self._opted_in:
            return certain, False
        found = look(certain.lines) if certain.spans else first
        draft = self._run(certain.copy(), found, self._wanted, look)
        if draft is None or (draft.spans != certain.spans and blows_fuse(certain.lines, draft.lines)):
            return certain, not certain.spans
        return draft, False

    def _certain(self, found: Iterable[Finding], lines: Lines) -> list[Finding]:
        return [finding for finding in found if finding.confidence == "high"]

    def _wanted(self, found: Iterable[Finding], lines: Lines) -> list[Finding]:
        return unguarded((finding for finding in found if finding.rule in self._acting), lines)

    def _run(self, draft: _Draft, found: list[Finding], choose: Choice, look: Look) -> _Draft | None:
        """Cut what ``choose`` takes of the findings, look again, until it takes nothing; None where
        a text does not settle."""
        for _ in range(ROUNDS):
            chosen = self._lasting(choose(found, draft.lines), draft.lines)
            spans = [span for span in own(chosen) if span.rule not in self.rules.spared]
            spans = with_blank_lines(draft.lines, spans)
            if not spans:
                return draft
            if draft.explained:
                spoken = touching((f for f in chosen if f.rule in self.rules.removing), spans)
                draft.findings += (_lifted(finding, draft.kept) for finding in spoken)
            draft.spans += draft.kept.remove(spans)
            draft.lines = lines_without(draft.lines, spans)
            found = look(draft.lines)
        return None

    def _lasting(self, found: list[Finding], lines: Lines) -> list[Finding]:
        """Leave out phrases whose going would make repair see the rest of their line with other
        eyes: the output would change when it is cleaned again."""
        inside: dict[int, list[Finding]] = {}
        for finding in found:
            if not finding.whole_lines:
                inside.setdefault(line_at(lines, finding.start).index, []).append(finding)
        dropped = {
            finding
            for index, group in inside.items()
            if not self._rest_is_stable(lines[index], group)
            for finding in group
        }
        return [finding for finding in found if finding not in dropped] if dropped else found

    def _rest_is_stable(self, line: Line, group: list[Finding]) -> bool:
        spans = [
            span._replace(start=span.start - line.start, end=span.end - line.start) for span in own(group)
        ]
        return stable(cut(line.text, spans), self._fixes)


def _lifted(finding: Finding, kept: Kept) -> Finding:
    pieces = kept.lift([Span(finding.start, finding.end, finding.rule)])
    return finding._replace(start=pieces[0].start, end=pieces[-1].end)


def _merged(repairs: tuple[Repair, ...], notes: tuple[Repair, ...]) -> tuple[Repair, ...]:
    return (
        tuple(sorted([*notes, *repairs], key=lambda repair: (repair.start, repair.end))) if notes else repairs
    )


def _status(text: str, taken: tuple[Removal, ...], fused: bool) -> Status:
    if fused:
        return "fused"
    if not text.strip() or not text.strip(INVISIBLE):
        return "empty"
    return "cleaned" if taken else "clean"


@lru_cache(maxsize=16)
def cleaner_for(options: Options) -> Cleaner:
    """The `Cleaner` of these options, made once a process."""
    return Cleaner(options)
