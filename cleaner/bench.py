"""The bench of the judge: a batch of texts, with what guards and places say of their rows before any is
weighed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import NamedTuple

import numpy as np

from cleaner.characters import among
from cleaner.evidence import Batch
from cleaner.evidence.rows import FULL, sums
from cleaner.guards import LEAST_PROSE
from cleaner.profile import MANY_PAGES, MANY_SHARE, Profile, Seen, own_headlines
from cleaner.table import Bools, Ints, Keys, LineTable
from cleaner.titles import title_forms

LARGE_HOST = 20  # pages from which on recurring lines of content (slogans, notes) are to be expected
FRAME_PAGES, FRAME_SHARE = 5, 0.8  # pages of a host, and share of them, that hold a line of its frame
RARE_SHARE = 0.05  # share of a host's pages that hold a teaser
RARE_WORDS = 4  # words of one; shorter lines that stand on few pages are headings and slogans as well
ABROAD, TOLD_WORDS = 25, 60  # small words of a language in a thousand: its texts hold more; words to tell by
BETWEEN_LINES = 3  # lines to a sure one on either side within which a line stands between them
OPENING_LINES, OPENING_WORDS = 4, 12  # so many of them, and so many words on each
BELOW_TITLE = 2  # lines directly below the headline: the byline and what its author is
LISTED = 3  # lines with numbers in order that are a list
LIKE_TITLE, LIKE_WORDS = 700, 2  # share of a line's words, in thousandths, that the title holds; its words
STANDFIRST = 2  # lines below the headline in which a paragraph is its standfirst
OWN_DATES, DATE_WORDS = 2, 8  # date lines above a text that are its own: published, updated; words on each
MOST_TAKEN = 0.9  # share of a text's words beyond which even the cautious setting takes nothing


class Case(NamedTuple):
    """A text before the judge. ``points``: by index of a line, points of the strongest rule that speaks
    about it; ``sure``: indices of the lines that rules of high confidence take or spare; ``subjects``: by
    index, what the rules that speak about it are about (`cleaner.strip.subjects_by_line`); ``further``:
    other titles that it may have: what goes under any of them goes."""

    text: str
    title: str | None
    url: str | None
    points: Mapping[int, int]
    sure: Collection[int]
    subjects: Mapping[int, int] = {}
    further: Sequence[str | None] = ()


class Bench:
    """The batch of some cases, with what guards say of its rows."""

    def __init__(self, cases: Sequence[Case], profile: Profile | None, table: LineTable | None = None):
        if table is None:
            table = LineTable([case.text for case in cases])
        points, sure = np.zeros(len(table), np.int64), np.zeros(len(table), np.bool_)
        subjects = np.zeros(len(table), np.int64)
        for case, first, stop in zip(cases, table.docs.tolist(), table.docs[1:].tolist(), strict=False):
            index = table.index[first:stop]
            for told, column in ((case.points, points), (case.subjects, subjects)):
                at = np.searchsorted(index, np.fromiter(told, np.int64, len(told)))
                column[first + at] = list(told.values())
            sure[first:stop] = among(index, np.array(sorted(case.sure), np.int64))
        self.doc: Ints = table.doc
        self._profile, self._urls = profile, [case.url for case in cases]
        titles = [case.title for case in cases]
        given, seen, own = self._of_titles(table, titles)
        self.batch = Batch(table, points, subjects, sure, given, seen)
        self.title: Bools = own | self._likest(own)
        self.open: Bools = self._open()
        self._abroad: Bools | None = None

    def _of_titles(
        self, table: LineTable, titles: Sequence[str | None]
    ) -> tuple[LineTable, Seen | None, Bools]:
        """(a table of the titles, what the profile says of the rows, which rows are their own headlines)."""
        forms = list(map(title_forms, titles))
        seen = self._profile.seen(table, self._urls, forms) if self._profile is not None else None
        return LineTable([title or "" for title in titles]), seen, own_headlines(table, forms)

    def _likest(self, own: Bools) -> Bools:
        """Of each text that has no line of its title, the line above its prose that has most of its words,
        and hardly others: the first half of the title, or all of it and a remark."""
        batch, docs = self.batch, len(self._urls)
        (above, _), (in_title, of_title) = batch.prose_place, batch.shared_with_titles
        like = (in_title >= LIKE_TITLE) & (batch.table.words >= LIKE_WORDS) & ~batch.table.prose
        like &= (above == 0) & (self.per_text(own.astype(np.int64)) == 0)[self.doc]
        most = np.zeros(docs, np.int64)
        np.maximum.at(most, self.doc[like], of_title[like])
        rows = np.flatnonzero(like & (of_title == most[self.doc]))
        likest = np.zeros(len(like), np.bool_)
        likest[rows[np.diff(self.doc[rows], prepend=-1) > 0]] = True
        return likest

    def _open(self) -> Bools:
        return ~self.batch.sure & ~self.title & (~self.batch.guarded | self._on_many_pages())

    def under(self, titles: Mapping[int, str | None]) -> Bench:
        """The same texts under other titles, by number of the text; rows of the others are closed."""
        table, told = self.batch.table, [titles.get(doc) for doc in range(len(self._urls))]
        other = copy(self)
        for name in _OF_TITLES:
            other.__dict__.pop(name, None)
        given, seen, own = other._of_titles(table, told)
        other.batch = self.batch.under(given, seen)
        other.title = own | other._likest(own)
        other.open = other._open() & among(self.doc, np.array(sorted(titles), np.int64))
        return other

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
        time of day, stand below the headline, or are few: headlines, date lines, bylines, decks; and the
        first lines below the headline, wherever the paragraph begins. Lines that rules take do not count
        (the share bar below a byline), nor does a paragraph under the headline (the standfirst). The only
        dates above it are the text's own, however far above."""
        table, rows = self.batch.table, self.batch.rows
        (years, hours), (above, _) = table.dates, self.batch.prose_place
        title, paragraph, next_ = rows.last(self.title), rows.last(table.prose), rows.next(table.prose)
        standfirst = (above == 1) & (title >= 0) & (title < paragraph) & (paragraph - title <= STANDFIRST)
        early = ((above == 0) | standfirst) & (next_ >= 0) & (self.batch.points == 0)
        counted, (start, stop) = sums((~self.batch.sure).astype(np.int64)), self.batch.run
        until = counted[next_] - counted[rows.at]
        dated = years + hours > 0
        like = dated | (title >= 0) | (counted[stop] - counted[start] <= OPENING_LINES)
        below = (title >= 0) & (counted[rows.at] - counted[title + 1] < BELOW_TITLE)
        near = like & (below | (until <= OPENING_LINES)) & (table.words <= OPENING_WORDS)
        dates = sums((early & dated & (table.words <= DATE_WORDS)).astype(np.int64))
        own = dated & (table.words <= DATE_WORDS) & (dates[stop] - dates[start] <= OWN_DATES)
        opening: Bools = early & (near | own)
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
        contact blocks stand on some, short headings on few), or are headlines of other pages, beside another
        such line or one that rules take: a site's frame, and its teasers."""
        seen = self.batch.seen
        if seen is None:
            return np.zeros(len(self.doc), np.bool_)
        (above, below), rows = self.batch.prose_place, self.batch.rows
        frame = (seen.others >= FRAME_PAGES) & (seen.others >= FRAME_SHARE * seen.pages)
        rare = (seen.others > 0) & (seen.others <= RARE_SHARE * seen.pages)
        rare &= self.batch.table.words >= RARE_WORDS
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

    def abroad(self, home: Keys) -> Bools:
        """Rows of texts whose paragraphs are in another language than the one of which ``home`` are small
        words (keys, sorted; always the same ones); of few paragraphs it is not told."""
        if self._abroad is None:
            self._abroad = self._told_abroad(home) if len(home) else np.zeros(len(self.doc), np.bool_)
        return self._abroad

    def _told_abroad(self, home: Keys) -> Bools:
        table, terms = self.batch.table, self.batch.table.terms
        small = np.flatnonzero(~terms.long)
        known = terms.row[small[among(terms.key[small], home)]]
        words, known_words = (
            self.per_text(np.bincount(rows[table.prose[rows]], minlength=len(table)))
            for rows in (terms.row, known)
        )
        abroad: Bools = (words >= TOLD_WORDS) & (FULL * known_words < ABROAD * words)
        return abroad[self.doc]

    def per_text(self, values: Ints) -> Ints:
        """Sums by text."""
        return np.bincount(self.doc, values, len(self._urls)).astype(np.int64)

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

    def parted(self, wanted: Bools) -> Bools:
        """Rows of `lists` of which ``wanted`` and rules would leave some."""
        count = np.bincount(self.lists)
        left = np.bincount(self.lists[~(wanted | self.batch.sure)], minlength=len(count))
        parted: Bools = ((count >= LISTED) & (left > 0))[self.lists]
        return parted

    @cached_property
    def lists(self) -> Ints:
        """The list that each row is in, by its number; most rows are one by themselves. Those of a list are
        numbered, ``1.`` ``2.`` ``3.``, or stand between paragraphs with bullets or a year on each line."""
        rows, table = self.batch.rows, self.batch.table
        number, bullet, year = table.numbered, table.bullet, (table.dates[0] > 0) | _begins_with_year(table)
        bulleted = (bullet > 0) & (bullet == rows.shifted(bullet, -1))
        dated = year & (rows.shifted(year.astype(np.int64), -1) > 0)
        above, below = self.batch.prose_place
        goes_on = (number > 0) & (number == rows.shifted(number, -1, -2) + 1)
        goes_on |= (bulleted | dated) & (above > 0) & (below > 0)
        return np.cumsum(~goes_on) - 1

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


def _begins_with_year(table: LineTable) -> Bools:
    """Rows whose first word is four digits: of any century, where a chronology has its years."""
    codes = table.codes[np.minimum(table.first[:, None] + np.arange(5), len(table.codes) - 1)]
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    begins: Bools = digit[:, :4].all(axis=1) & ~digit[:, 4]
    return begins


_OF_TITLES = ("opening", "weighed_by_host", "on_large_host", "recurring", "_places")
"""What a `Bench` has found out that depends on titles, or on what a profile says under them."""
