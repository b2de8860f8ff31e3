"""The judge: weighs all evidence about a line that no rule is sure of, for a batch of texts at once.

It is a finder as the rules are: it sees texts with what the rules said of them, cuts nothing, and its
findings for a text depend on nothing that shares its batch. What binds it:

- prose between prose is out of its reach, unless it stands on many pages of the host;
- long lines need more;
- what is not sure by itself goes only where a sure line stands between it and the article: what
  follows the last paragraph directly may be the article's own end;
- the few lines between headline and article need more: bylines, dates;
- on a large host recurrence adds little, but to the frame and the teasers: slogans recur as well;
- the document's own title stays; without one, the first line above its prose that looks like a headline;
- the fuse: where too little would remain as prose, only what the most cautious setting takes goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import log
from typing import NamedTuple

import numpy as np

from cleaner.characters import among
from cleaner.evidence import NAMES, WITHOUT_PROFILE, Batch, evidence
from cleaner.evidence.reasons import reasons_for
from cleaner.evidence.rows import FULL
from cleaner.guards import LEAST_PROSE
from cleaner.model import Finding
from cleaner.options import Strictness
from cleaner.profile import MANY_PAGES, MANY_SHARE, Profile, own_headlines
from cleaner.rules.pack import shipped_folder
from cleaner.scorer import NAME, ONE, Matrix, Scorer, Scores, load
from cleaner.table import Bools, Ints, LineTable
from cleaner.titles import title_forms

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
LARGE_HOST = 20  # pages from which on recurring lines of content (slogans, notes) are to be expected
HOST_ADDS = ONE // 2  # log-odds that recurrence on a large host adds at most
FRAME_PAGES, FRAME_SHARE = 5, 0.8  # pages of a host, and share of them, that hold a line of its frame
RARE_SHARE = 0.05  # share of a host's pages that hold a teaser
BETWEEN_LINES = 3  # lines to a sure one on either side within which a line stands between them
OPENING = 2 * ONE  # log-odds that the lines between the headline and the first paragraph need more
OPENING_LINES, OPENING_WORDS = 4, 12  # so many of them, and so many words on each
MOST_CHARS, MOST_LINES = 2_000_000, 200_000
"""Code points and lines of the largest text the judge hears; no page is larger, and rules see it anyway."""

MOST_TAKEN = 0.9  # share of a text's words beyond which even the cautious setting takes nothing
CLOSED = -(1 << 40)  # the score of a row that guards close
NEAR_MISS = ONE  # log-odds under the threshold within which a line was nearly removed
_TOO_LITTLE = "too little of the text would remain"
_NOT_BEYOND = "no sure line stands between it and the article"
_WORDS_COST = np.array([0, *(round(ONE * log(words) / 2) for words in range(1, 1001))], np.int64)
"""What a line's words take off its score, by their number: a long line must be more certain."""


class Case(NamedTuple):
    """A text before the judge. ``points``: by index of a line, points of the strongest rule that speaks
    about it; ``sure``: indices of the lines that rules of high confidence take or spare; ``subjects``: by
    index, what the rules that speak about it are about (`cleaner.strip.subjects_by_line`)."""

    text: str
    title: str | None
    url: str | None
    points: Mapping[int, int]
    sure: Collection[int]
    subjects: Mapping[int, int] = {}


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
    close by. ``prose`` is for paragraphs in company, before the article or after it."""

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


class Judge:
    """A scorer at one of its operating points."""

    def __init__(self, scorer: Scorer, strictness: Strictness):
        self.scorer = scorer
        self._chosen = Thresholds(**scorer.points[strictness])
        self._cautious = Thresholds(**scorer.points["cautious"])

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
        scores = self.scores(bench, numbers)
        taken, blown, fused = self._decide(bench, scores)
        verdicts = [Verdict([], [], bool(kept)) for kept in fused]
        for row in np.flatnonzero(taken).tolist():
            why = self._reasons(numbers, row, towards=True) if reasons else ()
            found = Finding(bench.code(row), *bench.place(row), "medium", True, why)
            verdicts[bench.doc[row]].findings.append(found)
        if reasons:
            needed = self._beyond(bench, self._chosen)
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
        blown = bench.too_little_left(wanted)
        if blown.any():
            least = wanted & self._passing(bench, scores, self._cautious)
            wanted = np.where(blown[bench.doc], least, wanted)
        fused = blown & bench.too_much_taken(wanted)
        return wanted & ~fused[bench.doc], blown, fused

    def sure_by_itself(self, bench: Bench, scores: Scores, point: Thresholds | None = None) -> Bools:
        """Rows that need no company to go, and those that rules take."""
        point = point or self._chosen
        needed = np.where(bench.spoken_of, point.sure, point.alone)
        recurring = np.where(bench.on_large_host, point.widely, point.recurring)
        needed = np.where(bench.recurring, np.minimum(needed, recurring), needed)
        sure: Bools = scores >= needed + np.where(bench.opening, OPENING, 0)
        return sure | bench.batch.sure

    @staticmethod
    def _in_place(bench: Bench, before: int, within: int, after: int) -> Ints:
        """A number for each row, by its place against the paragraphs."""
        needed: Ints = np.where(bench.before, before, np.where(bench.after, after, within))
        return needed + np.where(bench.opening, OPENING, 0)

    def _beyond(self, bench: Bench, point: Thresholds) -> Ints:
        """What each row needs where a sure one stands between it and the article."""
        needed = self._in_place(bench, point.beyond_before, point.beyond_within, point.beyond_after)
        prose = bench.batch.table.prose & (bench.before | bench.after)
        return np.where(prose, point.prose, needed)

    def _passing(self, bench: Bench, scores: Scores, point: Thresholds) -> Bools:
        sure = self.sure_by_itself(bench, scores, point)
        company = (bench.per_text(sure.astype(np.int64)) > 0)[bench.doc] & ~bench.weighed_by_host
        needed = self._in_place(bench, point.company_before, point.company_within, point.company_after)
        needed = np.where(bench.batch.table.prose & bench.after, point.prose, needed)
        sure |= company & (scores >= needed)
        between = self._in_place(bench, point.between_before, point.between_before, point.between_after)
        needed = np.where(bench.between(sure), between, self._beyond(bench, point))
        return (sure | ((scores >= needed) & bench.beyond(sure))) & ~bench.batch.sure

    def _reasons(self, numbers: Matrix, row: int, towards: bool) -> tuple[str, ...]:
        values = dict(zip(NAMES, numbers[row].tolist(), strict=True))
        return reasons_for(values, self.scorer.reasons(numbers[row]).tolist(), towards)


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


class Bench:
    """The batch of some cases, with what guards say of its rows."""

    def __init__(self, cases: Sequence[Case], profile: Profile | None, table: LineTable | None = None):
        if table is None:
            table = LineTable([case.text for case in cases])
        titles = [title_forms(case.title) for case in cases]
        points, sure = np.zeros(len(table), np.int64), np.zeros(len(table), np.bool_)
        subjects = np.zeros(len(table), np.int64)
        for case, first, stop in zip(cases, table.docs.tolist(), table.docs[1:].tolist(), strict=False):
            index = table.index[first:stop]
            for told, column in ((case.points, points), (case.subjects, subjects)):
                at = np.searchsorted(index, np.fromiter(told, np.int64, len(told)))
                column[first + at] = list(told.values())
            sure[first:stop] = among(index, np.array(sorted(case.sure), np.int64))
        seen = profile.seen(table, [case.url for case in cases], titles) if profile is not None else None
        given = LineTable([case.title or "" for case in cases])
        self.batch = Batch(table, points, subjects, sure, given, seen)
        self.doc: Ints = table.doc
        self._texts = len(cases)
        self.title: Bools = own_headlines(table, titles)
        self.open: Bools = ~sure & ~self.title & (~self.batch.guarded | self._on_many_pages())

    def _on_many_pages(self) -> Bools:
        """Prose that so many pages of the host hold is no part of one article: consent, subscription."""
        seen = self.batch.seen
        if seen is None:
            return np.zeros(len(self.doc), np.bool_)
        return (seen.others >= MANY_PAGES) & (seen.others >= MANY_SHARE * seen.pages)

    def place(self, row: int) -> tuple[int, int]:
        """Start and end of a row in its text."""
        return int(self.batch.table.start[row]), int(self.batch.table.end[row])

    @cached_property
    def opening(self) -> Bools:
        """Short lines directly above the first paragraph of which no rule speaks and that hold a year or a
        time of day, stand below the headline, or are few: headlines, date lines, bylines, decks."""
        table, rows = self.batch.table, self.batch.rows
        (years, hours), (above, _) = table.dates, self.batch.prose_place
        until = rows.next(table.prose) - rows.at
        near = (above == 0) & (until > 0) & (until <= OPENING_LINES) & (table.words <= OPENING_WORDS)
        few = np.diff(self.batch.run, axis=0)[0] <= OPENING_LINES
        like = (years + hours > 0) | (rows.last(self.title) >= 0) | few
        opening: Bools = near & like & (self.batch.points == 0)
        return opening

    @cached_property
    def weighed_by_host(self) -> Bools:
        """Lines of large hosts, their frames and teasers apart: their other pages have much to say of them,
        for good and ill."""
        return self.on_large_host & ~self.recurring

    @cached_property
    def on_large_host(self) -> Bools:
        """Lines of hosts of which the profile knows many pages."""
        seen = self.batch.seen
        if seen is None:
            return np.zeros(len(self.doc), np.bool_)
        large: Bools = seen.pages >= LARGE_HOST
        return large

    @cached_property
    def before(self) -> Bools:
        """Rows before the first paragraph of a text that has one."""
        above, below = self.batch.prose_place
        before: Bools = (above == 0) & (below > 0)
        return before

    @cached_property
    def after(self) -> Bools:
        """Rows after the last paragraph."""
        above, below = self.batch.prose_place
        after: Bools = (above > 0) & (below == 0)
        return after

    @cached_property
    def spoken_of(self) -> Bools:
        """Rows that stand between the same paragraphs as a line that rules take or speak about."""
        return self.batch.over_run(FULL * (self.batch.sure | (self.batch.points > 0))) > 0

    @cached_property
    def recurring(self) -> Bools:
        """Lines outside the article that stand on nearly all pages of the host or on very few (slogans and
        contact blocks stand on some), or are headlines of other pages, beside another such line or one
        that rules take: a site's frame, and its teasers."""
        seen = self.batch.seen
        if seen is None:
            return np.zeros(len(self.doc), np.bool_)
        (above, below), rows = self.batch.prose_place, self.batch.rows
        frame = (seen.others >= FRAME_PAGES) & (seen.others >= FRAME_SHARE * seen.pages)
        rare = (seen.others > 0) & (seen.others <= RARE_SHARE * seen.pages)
        outside = ((above == 0) | (below == 0)) & ~self.batch.table.prose
        one = outside & (frame | rare | seen.headline)
        such = (one | self.batch.sure).astype(np.int64)
        recurring: Bools = one & (rows.shifted(such, 1) + rows.shifted(such, -1) > 0)
        return recurring

    def beyond(self, sure: Bools) -> Bools:
        """Rows with a sure row between them and the prose of their text: above them after the last
        prose, below them before the first, on both sides between, on any in a text without prose."""
        rows, prose = self.batch.rows, self.batch.table.prose
        last, next_ = rows.last(prose), rows.next(prose)
        sure_next = rows.next(sure)
        above = rows.last(sure) > last
        below = (sure_next >= 0) & ((next_ < 0) | (sure_next < next_))
        inside, outside = (last >= 0) & (next_ >= 0), (last < 0) & (next_ < 0)
        beside = np.where(last >= 0, above, below)
        return np.where(inside, above & below, np.where(outside, above | below, beside))

    def between(self, sure: Bools) -> Bools:
        """Lines outside the article, no prose, with a sure line close by on both sides."""
        rows, (start, stop), (above, below) = self.batch.rows, self.batch.run, self.batch.prose_place
        last, next_ = rows.last(sure), rows.next(sure)
        near = (last >= start) & (rows.at - last <= BETWEEN_LINES)
        near &= (next_ >= 0) & (next_ < stop) & (next_ - rows.at <= BETWEEN_LINES)
        between: Bools = near & ((above == 0) | (below == 0)) & ~self.batch.table.prose
        return between

    def per_text(self, values: Ints) -> Ints:
        """Sums by text."""
        return np.bincount(self.doc, values, self._texts).astype(np.int64)

    def too_little_left(self, wanted: Bools) -> Bools:
        """Texts of which under a quarter of the words would remain as prose, by what ``wanted`` takes."""
        table, sure = self.batch.table, self.batch.sure
        words = self.per_text(np.where(sure, 0, table.words))
        left = self.per_text(np.where(table.prose & ~sure & ~wanted, table.words, 0))
        return (left < LEAST_PROSE * words) & (self.per_text(wanted.astype(np.int64)) > 0)

    def too_much_taken(self, wanted: Bools) -> Bools:
        """Texts of which more than nine tenths of the words would go."""
        table, sure = self.batch.table, self.batch.sure
        words = self.per_text(np.where(sure, 0, table.words))
        return self.per_text(np.where(wanted, table.words, 0)) > MOST_TAKEN * words

    @cached_property
    def _places(self) -> Ints:
        above, below = self.batch.prose_place
        first, stop = self.batch.window
        at = np.arange(len(self.doc))
        none = (above == 0) & (below == 0)
        before = np.where(none, at < first, above == 0)
        after = np.where(none, at >= stop, below == 0) & ~before
        place = np.where(before, 1, np.where(after, 3, 2))
        seen = self.batch.seen
        return place if seen is None else np.where((seen.others > 0) | seen.headline, 4, place)

    def code(self, row: int) -> str:
        """The code a row would go under, by its place."""
        return f"JDG{self._places[row]:03d}"


@cache
def judge_for(strictness: Strictness) -> Judge:
    """The shipped scorer at an operating point, loaded once a process; `ConfigError` where it is damaged."""
    return Judge(_shipped(), strictness)


@cache
def _shipped() -> Scorer:
    return load(shipped_folder() / NAME, NAMES)
