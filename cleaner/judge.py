"""The judge: weighs all evidence about a line that no rule is sure of, for a batch of texts at once.

It is a finder as the rules are: it sees texts with what the rules said of them, cuts nothing, and its
findings for a text depend on nothing that shares its batch. What binds it:

- prose between prose is out of its reach, unless it stands on many pages of the host;
- long lines need more;
- what is not sure by itself goes only where a sure line stands between it and the article: what
  follows the last paragraph directly may be the article's own end;
- the few lines between headline and article need more, and those right below the headline: bylines, dates;
- on a large host recurrence adds little, but to the frame and the teasers: slogans recur as well;
- a list that is numbered, or has bullets or years, goes whole or not at all;
- the document's own title stays, or the line above its prose that says most of it; without a title, the first
  such line that looks like a headline;
- the fuse: where too little would remain as prose, only what the most cautious setting takes goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import log
from typing import NamedTuple

import numpy as np

from cleaner.bench import Bench, Case
from cleaner.evidence import NAMES, WITHOUT_PROFILE, evidence, evidence_under
from cleaner.evidence.reasons import reasons_for
from cleaner.model import Finding
from cleaner.options import Strictness
from cleaner.profile import Profile
from cleaner.rules.pack import shipped_folder
from cleaner.scorer import NAME, ONE, Matrix, Scorer, Scores, load
from cleaner.table import Bools, Ints, LineTable, once

CODES: dict[str, tuple[str, str]] = {
    "JDG001": (
        "before the article",
        "The evidence about the line, which stands before the first paragraph, agrees.",
    ),
    "JDG002": ("inside the article", "The evidence about the line, which stands between paragraphs, agrees."),
    "JDG003": (
        "after the article",
        "The evidence about the line, which stands after the last paragraph, agrees.",
    ),
    "JDG004": (
        "repeated on the host",
        "The line stands on other pages of the host, and further evidence agrees.",
    ),
}
"""What `cleaner rules` lists of the judge: code -> (name, why)."""

TOGETHER = 1 << 19  # code points of texts that are judged in one go; no verdict depends on it
HOST_ADDS = ONE // 4  # log-odds that recurrence on a large host adds at most
OPENING = 2 * ONE  # log-odds that the lines between the headline and the first paragraph need more
MOST_CHARS, MOST_LINES = 2_000_000, 200_000
"""Code points and lines of the largest text the judge hears; no page is larger, and rules see it anyway."""

CLOSED = -(1 << 40)  # the score of a row that guards close
NEAR_MISS = ONE  # log-odds under the threshold within which a line was nearly removed
_TOO_LITTLE = "too little of the text would remain"
_NOT_BEYOND = "no sure line stands between it and the article"
_WORDS_COST = np.array([0, *(round(ONE * log(words) / 2) for words in range(1, 1001))], np.int64)
"""What a line's words take off its score, by their number: a long line must be more certain."""


class NearMiss(NamedTuple):
    """A line that stays and was nearly removed: its place in code points, and what saved it."""

    start: int
    end: int
    code: str
    saved_by: tuple[str, ...]


class Verdict(NamedTuple):
    """What the judge says of one text: what goes, what nearly went (only with reasons), and whether
    the fuse kept the text whole."""

    findings: list[Finding]
    near: list[NearMiss]
    fused: bool


@dataclass(frozen=True, slots=True)
class Thresholds:
    """An operating point: what a line's score must reach, in units of the scorer.

    By itself a line is sure from ``sure`` on where rules speak about a line between the same paragraphs, from
    ``alone`` on where none does, and from ``recurring`` on where it recurs on the host among lines that do
    (``widely``: on a host of many pages, where slogans recur as well). Others go in company only, by their
    place against the paragraphs: ``company_...`` where the text holds a sure line elsewhere, ``beyond_...``
    where one stands between the line and the article, ``between_...`` where they stand on both sides of it,
    close by. ``prose`` is for paragraphs in company, before the article or after it. So much less is needed
    ``abroad``, in texts of another language than the trees know best, before the article and beyond a sure
    line after it, but not by paragraphs."""

    sure: int
    alone: int
    recurring: int
    widely: int
    company_before: int
    company_within: int
    company_after: int
    beyond_before: int
    beyond_within: int
    beyond_after: int
    between_before: int
    between_after: int
    prose: int
    abroad: int


class Judge:
    """A scorer at one of its operating points."""

    def __init__(self, scorer: Scorer, strictness: Strictness):
        self.scorer = scorer
        self._chosen = Thresholds(**scorer.points[strictness])
        self._cautious = Thresholds(**scorer.points["cautious"])
        self._home = once(LineTable([" ".join(scorer.home)]).terms.key)

    def judge(
        self,
        cases: Sequence[Case],
        profile: Profile | None = None,
        reasons: bool = False,
        table: LineTable | None = None,
    ) -> list[Verdict]:
        """A verdict on each text; words for it only where ``reasons`` are asked for. ``table`` holds the
        lines of the cases' texts, where these are known; all are then weighed in one go."""
        if table is not None:
            return self._judge(cases, profile, reasons, table)
        verdicts = [Verdict([], [], False) for _ in cases]
        heard = [at for at, case in enumerate(cases) if judgeable(case.text)]
        for part in portions([cases[at].text for at in heard]):
            told = self._judge([cases[at] for at in heard[part]], profile, reasons)
            for at, verdict in zip(heard[part], told, strict=True):
                verdicts[at] = verdict
        return verdicts

    def _judge(
        self,
        cases: Sequence[Case],
        profile: Profile | None,
        reasons: bool,
        table: LineTable | None = None,
    ) -> list[Verdict]:
        bench = Bench(cases, profile, table)
        if not len(bench.batch.table):
            return [Verdict([], [], False) for _ in cases]
        numbers = evidence(bench.batch)
        told = [[verdict] for verdict in self._verdicts(bench, numbers, reasons)]
        for number in range(max(len(case.further) for case in cases)):
            titles = {doc: one.further[number] for doc, one in enumerate(cases) if len(one.further) > number}
            other = bench.under(titles)
            verdicts = self._verdicts(other, evidence_under(other.batch, numbers), reasons)
            for doc in titles:
                told[doc].append(verdicts[doc])
        return [_united(verdicts) for verdicts in told]

    def _verdicts(self, bench: Bench, numbers: Matrix, reasons: bool) -> list[Verdict]:
        scores = self.scores(bench, numbers)
        taken, blown, fused = self._decide(bench, scores)
        verdicts = [Verdict([], [], bool(kept)) for kept in fused]
        for row in np.flatnonzero(taken).tolist():
            why = self._reasons(numbers, row, towards=True) if reasons else ()
            found = Finding(bench.code(row), *bench.place(row), "medium", True, why)
            verdicts[bench.doc[row]].findings.append(found)
        if reasons:
            needed = self._beyond(bench, self._chosen, np.zeros(len(scores), np.bool_))
            for row in np.flatnonzero(bench.open & ~taken & (scores >= needed - NEAR_MISS)).tolist():
                why = self._reasons(numbers, row, towards=False)
                if scores[row] >= needed[row]:
                    why = (_TOO_LITTLE if blown[bench.doc[row]] else _NOT_BEYOND, *why)
                verdicts[bench.doc[row]].near.append(NearMiss(*bench.place(row), bench.code(row), why))
        return verdicts

    def scores(self, bench: Bench, numbers: Matrix) -> Scores:
        """The score of each row: the trees' less what the words cost; far under any threshold where guards
        close the row. What a large host's other pages say is evidence and no verdict: it adds little, but to
        a site's frame and teasers."""
        open_rows = np.flatnonzero(bench.open)
        scores = np.full(len(bench.open), CLOSED, np.int64)
        scores[open_rows] = self._scores(bench, np.take(numbers.T, open_rows, axis=1).T, open_rows)
        return scores

    def _scores(self, bench: Bench, numbers: Matrix, rows: Ints) -> Scores:
        scores = self.scorer.score(numbers)
        if bench.batch.seen is not None:
            bound = np.flatnonzero(bench.weighed_by_host[rows])
            without = numbers[bound]
            for column, unknown in WITHOUT_PROFILE.items():
                without[:, column] = unknown
            scores[bound] = np.minimum(scores[bound], self.scorer.score(without) + HOST_ADDS)
        return scores - _WORDS_COST[np.minimum(bench.batch.table.words[rows], 1000)]

    def _decide(self, bench: Bench, scores: Scores) -> tuple[Bools, Bools, Bools]:
        """(rows that go, texts of which only the most certain goes, texts kept whole)."""
        wanted = self._passing(bench, scores, self._chosen)
        wanted &= ~bench.parted(wanted)
        blown = bench.too_little_left(wanted)
        if blown.any():
            least = wanted & self._passing(bench, scores, self._cautious)
            least &= ~bench.parted(least)
            wanted = np.where(blown[bench.doc], least, wanted)
        fused = blown & bench.too_much_taken(wanted)
        return wanted & ~fused[bench.doc], blown, fused

    def sure_by_itself(self, bench: Bench, scores: Scores, point: Thresholds | None = None) -> Bools:
        """Rows that need no company to go, and those that rules take."""
        point = point or self._chosen
        needed = np.where(bench.spoken_of, point.sure, point.alone)
        recurring = np.where(bench.on_large_host, point.widely, point.recurring)
        needed = np.where(bench.recurring, np.minimum(needed, recurring), needed)
        needed = needed + np.where(bench.opening, OPENING, 0) - self._less(bench, point, bench.before)
        return bench.batch.sure | (scores >= needed)

    def _less(self, bench: Bench, point: Thresholds, chosen: Bools) -> Ints:
        """What the chosen rows need less for the language of their text; paragraphs nothing, as what stands
        between them does (headings, figures) and between the headline and the first (bylines, dates)."""
        less = chosen & bench.abroad(self._home) & ~bench.batch.table.prose & ~bench.opening
        return np.where(less, point.abroad, 0)

    @staticmethod
    def _in_place(bench: Bench, before: int, within: int, after: int) -> Ints:
        """A number for each row, by its place against the paragraphs."""
        needed: Ints = np.where(bench.before, before, np.where(bench.after, after, within))
        return needed + np.where(bench.opening, OPENING, 0)

    def _beyond(self, bench: Bench, point: Thresholds, near: Bools) -> Ints:
        """What each row needs where a sure one stands between it and the article; ``near`` are those that
        have one on both sides, close by."""
        needed = self._in_place(bench, point.beyond_before, point.beyond_within, point.beyond_after)
        between = self._in_place(bench, point.between_before, point.between_before, point.between_after)
        needed = np.where(near, between, needed) - self._less(bench, point, bench.before | bench.after)
        prose = bench.batch.table.prose & (bench.before | bench.after) & ~near
        return np.where(prose, point.prose, needed)

    def _passing(self, bench: Bench, scores: Scores, point: Thresholds) -> Bools:
        sure = self.sure_by_itself(bench, scores, point)
        company = (bench.per_text(sure.astype(np.int64)) > 0)[bench.doc] & ~bench.weighed_by_host
        needed = self._in_place(bench, point.company_before, point.company_within, point.company_after)
        needed = np.where(bench.batch.table.prose & bench.after, point.prose, needed)
        sure |= company & (scores >= needed - self._less(bench, point, bench.before))
        needed = self._beyond(bench, point, bench.between(sure))
        return (sure | ((scores >= needed) & bench.beyond(sure))) & ~bench.batch.sure

    def _reasons(self, numbers: Matrix, row: int, towards: bool) -> tuple[str, ...]:
        values = dict(zip(NAMES, numbers[row].tolist(), strict=True))
        return reasons_for(values, self.scorer.reasons(numbers[row]).tolist(), towards)


def _united(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict of several on the same text (under each title it may have)."""
    if len(verdicts) == 1:
        return verdicts[0]
    findings = {finding.start: finding for verdict in reversed(verdicts) for finding in verdict.findings}
    near = {one.start: one for verdict in verdicts for one in verdict.near if one.start not in findings}
    return Verdict([*findings.values()], [*near.values()], any(verdict.fused for verdict in verdicts))


def judgeable(text: str) -> bool:
    """Whether a text is of a size that the judge hears: its numbers take up to a kilobyte a line."""
    return len(text) <= MOST_CHARS and text.count("\n") + text.count("\r") <= MOST_LINES


def portions(texts: Sequence[str]) -> Iterator[slice]:
    """Texts in order, so many together that their numbers stay in the processor's cache and memory is
    bounded, however many there are."""
    first = size = 0
    for at, text in enumerate(texts):
        length = len(text) if isinstance(text, str) else 0
        if at > first and size + length > TOGETHER:
            yield slice(first, at)
            first, size = at, 0
        size += length
    if first < len(texts):
        yield slice(first, len(texts))


@cache
def judge_for(strictness: Strictness) -> Judge:
    """The shipped scorer at an operating point, loaded once a process; `ConfigError` where it is damaged."""
    return Judge(_shipped(), strictness)


@cache
def _shipped() -> Scorer:
    return load(shipped_folder() / NAME, NAMES)
