"""The whole flow of documents: decoded texts in, results out.

1. *Repair* rewrites the decoded text into the source text, line by line.
2. The *finders* (rules, headlines, the judge) say what should go; one function cuts; they look again
   at what is left until nothing more goes. What a text loses in one look depends on that text alone,
   so cleaning the output again changes nothing.
3. The *fuse* takes back, in each look, what is not certain where too little would remain.

Documents go through together, for the judge weighs whole batches at once; the result of each depends
on its text, title, url, the rules, the options and the profile only.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cleaner import headlines
from cleaner.bench import Case
from cleaner.cut import Kept, Span, cut, lines_without, own, removals, touching, with_blank_lines
from cleaner.draft import Draft, Look
from cleaner.guards import blows_fuse, unguarded
from cleaner.judge import CODES as JUDGE_CODES
from cleaner.judge import Judge, NearMiss, Verdict, judge_for, judgeable, portions
from cleaner.lines import INVISIBLE, Line, Lines, index_at
from cleaner.markup import with_markup
from cleaner.matcher import Matcher, Matches
from cleaner.model import ConfigError, Document, Finding, Markup, Notes, Removal, Repair, Result, Status
from cleaner.options import DEFAULTS, EVIDENCES, STRICTNESSES, Options
from cleaner.profile import Profile, Sightings, joined, sightings
from cleaner.repair import Fixes, fixes_from, repair, repair_notes, stable, without_entities
from cleaner.rules.registry import Rules, load_rules
from cleaner.sheet import Change, Sheet, sheet_of
from cleaner.strip import find, points_by_line, subjects_by_line
from cleaner.table import LineTable
from cleaner.titles import title_forms

ROUNDS = 32
"""How often the finders may look again; a text that has not settled by then is kept whole."""

CODES = {**headlines.CODES, **JUDGE_CODES}
"""The codes of finders that are no rules of a pack: code -> (name, why)."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A result with its reasons; all offsets are code points of the source text.

    ``findings`` are those that removed something, ``trials`` what rules on trial would take, ``near``
    the lines that the judge nearly took, with what saved them.
    """

    result: Result
    findings: tuple[Finding, ...]
    trials: tuple[Finding, ...]
    near: tuple[NearMiss, ...] = ()


class Cleaner:
    """Everything options decide, ready to clean documents; made once, used for many.

    ``rules`` are the packs and the choice among them, ``rules_hash`` the SHA-256 that names their
    content and the judge's. ``judge`` sits in place of the shipped one; ``judges`` tells whether any
    does, so that a host profile is of use. Raises `ConfigError` and `RuleError` for options or packs
    that cannot be used.
    """

    def __init__(self, options: Options = DEFAULTS, judge: Judge | None = None):
        _check_choices(options)
        self.options = options
        self.rules: Rules = load_rules(options, CODES)
        self.judges = options.evidence == "all" and not self.rules.removing.isdisjoint(JUDGE_CODES)
        self._judge = (judge or judge_for(options.strictness)) if self.judges else None
        digests = [self.rules.digest, self._judge.scorer.digest if self._judge else ""]
        self.rules_hash = hashlib.sha256("\n".join(digests).encode()).hexdigest()
        self._acting = self.rules.removing | self.rules.spared
        self._matcher = Matcher(self.rules.active)
        self._fixes = fixes_from(options)
        self._page_fixes = without_entities(self._fixes)  # a page's own are text: &lt;b&gt; is no markup
        self._opted_in = any(
            rule.confidence == "medium" and rule.code in self.rules.removing for rule in self.rules.active
        )

    def clean(
        self,
        text: str,
        title: str | None = None,
        url: str | None = None,
        lang: str | None = None,
        profile: Profile | None = None,
        notes: Notes = (),
    ) -> Result:
        """Clean one decoded text; ``notes`` are the notes its decoding left (offsets of ``text``)."""
        return self.clean_many([Document(text, title, url, lang)], profile, [notes])[0]

    def clean_many(
        self,
        documents: Sequence[Document],
        profile: Profile | None = None,
        notes: Sequence[Notes] | None = None,
    ) -> list[Result]:
        """Clean documents together: the same results as one by one, sooner."""
        given = notes or [()] * len(documents)
        results: list[Result] = []
        for part in portions([document.text for document in documents]):
            drafts = self._settled(documents[part], profile, given[part], reasons=False)
            results += map(self._result, drafts)
        return results

    def explain(
        self,
        text: str,
        title: str | None = None,
        url: str | None = None,
        lang: str | None = None,
        profile: Profile | None = None,
        notes: Notes = (),
        markup: tuple[Markup, ...] | None = None,
    ) -> Explanation:
        """As `clean`, with the findings behind each removal, what rules on trial would take and what
        the judge nearly took; ``markup`` as in `Document`."""
        document = Document(text, title, url, lang, markup)
        [draft] = self._settled([document], profile, [notes], reasons=True)
        return Explanation(self._result(draft), tuple(draft.findings), draft.trials, tuple(draft.near))

    def sightings(self, documents: Sequence[Document]) -> Sightings:
        """What documents add to a host profile; those that the judge does not hear add nothing."""
        documents = [document for document in documents if judgeable(document.text)]
        seen = []
        for part in portions([document.text for document in documents]):
            chosen = documents[part]
            table = LineTable([repair(one.text, self._fixes_of(one)).source for one in chosen])
            titles = [title_forms(document.title) for document in chosen]
            seen.append(sightings(table, [document.url for document in chosen], titles))
        return joined(seen)

    def cases(self, documents: Sequence[Document]) -> list[Case]:
        """Documents as they first come before the judge, each under the title that is given: what a
        scorer is trained on."""
        drafts = self._drafts(documents, [()] * len(documents))
        sheet = self._sheet(drafts)
        return [
            self._case(draft, matches, self._rules_say(draft, matches, reasons=False))
            for draft, matches in zip(drafts, sheet.matches, strict=True)
        ]

    def _settled(
        self,
        documents: Sequence[Document],
        profile: Profile | None,
        notes: Sequence[Notes],
        reasons: bool,
    ) -> list[Draft]:
        """Look and cut until nothing more goes from any text; without ``reasons`` no words are made
        for findings, and none are kept."""
        drafts = self._drafts(documents, notes)
        groups = [(self._sheet(drafts), drafts)]
        for number in range(ROUNDS):
            changed: list[tuple[Sheet, list[Draft]]] = []
            anew: list[Draft] = []
            for sheet, group in groups:
                left, others = self._round(sheet, group, profile, reasons, first=not number)
                changed += left
                anew += others
            groups = [*changed, *([(self._sheet(anew), anew)] if anew else [])]
            if not groups:
                break
        for _, group in groups:
            for draft in group:
                draft.restore()
        return drafts

    def _sheet(self, drafts: Sequence[Draft]) -> Sheet:
        """What can be seen of texts as they stand."""
        sheet = sheet_of([draft.text for draft in drafts], self._matcher)
        for draft, lines in zip(drafts, sheet.lines, strict=True):
            draft.lines = lines
        return sheet

    def _round(
        self, sheet: Sheet, drafts: Sequence[Draft], profile: Profile | None, reasons: bool, first: bool
    ) -> tuple[list[tuple[Sheet, list[Draft]]], list[Draft]]:
        """One look at some texts. Those that lost whole lines come back with the sheet of what is left,
        those that changed in another way by themselves: they are to be read anew."""
        looks = [
            self._look(draft, matches, reasons, first)
            for draft, matches in zip(drafts, sheet.matches, strict=True)
        ]
        verdicts = self._judged(sheet, looks, profile, reasons)
        changes: list[Change] = []
        anew: list[Draft] = []
        for number, (draft, look, verdict) in enumerate(zip(drafts, looks, verdicts, strict=True)):
            before = draft.text
            spans = self._step(draft, look, verdict, reasons)
            if not spans:
                if self._put_back(draft):
                    anew.append(draft)
            elif "\r" not in before and all(span.whole_lines for span in spans) and judgeable(before):
                changes.append(Change(number, draft.text, spans))
            else:
                anew.append(draft)
        if not changes:
            return [], anew
        left = sheet.left(changes, weighed=self._judge is not None)
        changed = [drafts[change.number] for change in changes]
        for draft, lines in zip(changed, left.lines, strict=True):
            draft.lines = lines
        return [(left, changed)], anew

    def _put_back(self, draft: Draft) -> bool:
        """Give a settled text back what ignored rules own; True where it has to be looked at again, for
        other text went with it."""
        back = [span for span in draft.spans if span.rule in self.rules.spared]
        if not back:
            return False
        draft.spans = [span for span in draft.spans if span.rule not in self.rules.spared]
        again = len(draft.spans) > draft.settled
        draft.settled = len(draft.spans)
        draft.kept = Kept(len(draft.source))
        draft.kept.remove(sorted(draft.spans))
        draft.lines = Lines(cut(draft.source, sorted(draft.spans)))
        return again

    def _drafts(self, documents: Sequence[Document], notes: Sequence[Notes]) -> list[Draft]:
        return [self._draft(document, note) for document, note in zip(documents, notes, strict=True)]

    def _fixes_of(self, document: Document) -> Fixes:
        return self._fixes if document.markup is None else self._page_fixes

    def _draft(self, document: Document, notes: Notes) -> Draft:
        text = document.text
        if not isinstance(text, str):
            raise TypeError(f"text is a str, not {type(text).__name__}; decode bytes first (cleaner.decode)")
        repaired = repair(text, self._fixes_of(document))
        return Draft(document, repaired, notes, Lines(repaired.source), Kept(len(repaired.source)))

    def _look(self, draft: Draft, matches: Matches, reasons: bool, first: bool) -> Look:
        """All that the rules say of a text as it stands, whoever may act on it."""
        found = self._rules_say(draft, matches, reasons)
        if first:
            draft.headline = draft.now
            draft.trials = tuple(finding for finding in found if finding.confidence == "trial")
        if self._judge is None:
            return Look(found)
        title, *further = draft.titles
        return Look(found, self._case(draft, matches, found)._replace(title=title, further=further))

    def _rules_say(self, draft: Draft, matches: Matches, reasons: bool) -> list[Finding]:
        title, lines, policy = draft.document.title, draft.lines, self.options.headlines
        found = find(lines, matches, title, reasons, draft.listen())
        seen = headlines.survey(lines, title, policy)
        if title is None:
            draft.now = headlines.title_of(seen) if policy == "keep" else headlines.best_title(lines, None)
        for finding in headlines.findings_of(seen, policy):
            if finding.rule in self._acting:
                found.append(finding)
        return found

    @staticmethod
    def _case(draft: Draft, matches: Matches, found: Sequence[Finding]) -> Case:
        if not judgeable(draft.text):
            return Case("", draft.document.title, draft.document.url, {}, ())
        points = with_markup(points_by_line(matches), draft.told)
        sure = _lines_of((finding for finding in found if finding.confidence == "high"), draft.lines)
        subjects = subjects_by_line(matches)
        return Case(draft.text, draft.document.title, draft.document.url, points, sure, subjects)

    def _judged(
        self, sheet: Sheet, looks: Sequence[Look], profile: Profile | None, reasons: bool
    ) -> list[Verdict]:
        """The judge's verdict on each text, all of them weighed together."""
        cases = [look.case for look in looks if look.case is not None]
        if self._judge is None:
            return [Verdict([], [], False) for _ in looks]
        return self._judge.judge(cases, profile, reasons, sheet.table)

    def _step(self, draft: Draft, look: Look, verdict: Verdict, reasons: bool) -> list[Span]:
        """Cut what goes from a text in this look; nothing where it has settled."""
        lines = draft.lines
        certain = [finding for finding in look.found if finding.confidence == "high"]
        opted_in, fused = self._opted(look.found, certain, lines)
        chosen = self._lasting([*certain, *opted_in, *verdict.findings], lines)
        spans = self._spans(chosen, lines)
        if not spans:
            draft.fused = (fused or verdict.fused) and not draft.spans
            draft.near = [
                near._replace(start=span.start, end=span.end)
                for near in verdict.near
                for span in draft.kept.lift([Span(near.start, near.end, near.code)])[:1]
            ]
            return []
        if reasons:
            gone = [span for span in spans if span.rule not in self.rules.spared]
            spoken = touching((f for f in chosen if f.rule in self.rules.removing), gone)
            draft.findings += (_lifted(finding, draft.kept) for finding in spoken)
        draft.spans += draft.kept.remove(spans)
        draft.lines = lines_without(lines, spans)
        return spans

    def _opted(
        self, found: Iterable[Finding], certain: list[Finding], lines: Lines
    ) -> tuple[list[Finding], bool]:
        """Findings of medium confidence that may act, and whether the fuse took them back."""
        if not self._opted_in:
            return [], False
        likely = [f for f in found if f.confidence == "medium" and f.rule in self._acting]
        likely = unguarded(likely, lines)
        if not likely:
            return [], False
        before = lines_without(lines, self._spans(certain, lines))
        after = lines_without(lines, self._spans([*certain, *likely], lines))
        return ([], True) if blows_fuse(before, after) else (likely, False)

    @staticmethod
    def _spans(chosen: Iterable[Finding], lines: Lines) -> list[Span]:
        """What goes with some findings, with the blank lines between. What ignored rules own goes too, for
        now: it comes back at the end, and nothing else changes."""
        return with_blank_lines(lines, own(chosen))

    def _result(self, draft: Draft) -> Result:
        document, source, repairs = draft.document, draft.source, draft.repaired.repairs
        taken = removals(source, draft.spans)
        return Result(
            text=draft.text,
            status=_status(draft.text, taken, draft.fused),
            title=document.title if document.title is not None else draft.headline,
            url=document.url,
            lang=document.lang,
            chars_in=len(source),
            chars_out=len(draft.text),
            source_hash=hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
            repairs=_merged(repairs, repair_notes(draft.notes, repairs)),
            removals=taken,
            trials=removals(source, own(draft.trials)),
        )

    def _lasting(self, found: list[Finding], lines: Lines) -> list[Finding]:
        """Leave out phrases whose going would make repair see the rest of their line with other
        eyes: the output would change when it is cleaned again."""
        inside: dict[int, list[Finding]] = {}
        for finding in found:
            if not finding.whole_lines:
                inside.setdefault(index_at(lines, finding.start), []).append(finding)
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


def _check_choices(options: Options) -> None:
    """Refuse what no command line or configuration lets through, but a program may ask for."""
    for name, known in (("strictness", STRICTNESSES), ("evidence", EVIDENCES)):
        value = getattr(options, name)
        if value not in known:
            raise ConfigError(f"{name}: one of {', '.join(known)}, not {value!r}")


def _lines_of(findings: Iterable[Finding], lines: Lines) -> set[int]:
    """Indices of the whole lines that findings take."""
    taken: set[int] = set()
    for finding in findings:
        if finding.whole_lines:
            first = index_at(lines, finding.start)
            taken.update(range(first, bisect_left(lines.starts, finding.end, first, len(lines))))
    return taken


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
