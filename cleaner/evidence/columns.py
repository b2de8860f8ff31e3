"""The numbers themselves: from a table of lines, what rules said and what a profile has seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cleaner.characters import Kind
from cleaner.evidence.catalogue import (
    AROUND,
    FAR_SUBJECT,
    NAMES,
    NEAR,
    NEAR_RULES,
    NEAR_SEEN,
    NEAR_SHAPES,
    NEAR_SURE,
    PAGES_CAP,
    RULE_REACH,
    SHAPES,
)
from cleaner.evidence.rows import FULL, Rows, best_window, share, sums
from cleaner.evidence.vocabulary import Vocabulary
from cleaner.profile import Seen
from cleaner.rules.model import SUBJECT_BITS
from cleaner.scorer import MOST, Matrix
from cleaner.table import FORMED, Bools, Ints, LineTable

FAR = 10  # lines to prose beyond which it does not matter how many
MOST_COUNTED, MOST_ALIKE = 20, 30  # lines that are counted of one kind, and of one form
SHORT = 14  # words of lines that are compared but for numbers
RUN_LINES, RUN_WORDS = 40, 400
_COLUMNS = {name: at for at, name in enumerate(NAMES)}
WINDOW_COST = 10  # words a line must have to make the body's window longer


@dataclass(frozen=True)
class Batch:
    """What is known of the documents of a table.

    ``points``, ``subjects`` and ``sure`` have one entry a row: points of the strongest rule that speaks about
    the line, what the rules are about that do (`SUBJECT_BITS`), and whether one of high confidence takes it.
    ``titles`` is a table of the documents' titles (no row for a document without one), ``seen`` what the
    profile says, None without one.
    """

    table: LineTable
    points: Ints
    subjects: Ints
    sure: Bools
    titles: LineTable
    seen: Seen | None

    def under(self, titles: LineTable, seen: Seen | None) -> Batch:
        """The same documents with other titles, and what the profile says of them then; what does not depend
        on titles is not found out anew."""
        other = replace(self, titles=titles, seen=seen)
        other.__dict__.update({name: self.__dict__[name] for name in _OF_ANY_TITLE if name in self.__dict__})
        return other

    @cached_property
    def rows(self) -> Rows:
        """The rows and their documents."""
        return Rows(self.table.doc, self.table.docs)

    @cached_property
    def window(self) -> tuple[Ints, Ints]:
        """First row and row after the last of the body's best window, for each row."""
        return best_window(self.rows, self.table.words - WINDOW_COST)

    @cached_property
    def prose_place(self) -> tuple[Ints, Ints]:
        """Prose rows of the document above and below each row."""
        prose = self.table.prose.astype(np.int64)
        return self.rows.before(prose), self.rows.after(prose)

    @cached_property
    def run(self) -> tuple[Ints, Ints]:
        """First row and row after the last of the rows between the prose above and the prose below."""
        last, next_ = self.rows.last(self.table.prose), self.rows.next(self.table.prose)
        return np.where(last >= 0, last + 1, self.rows.first), np.where(next_ >= 0, next_, self.rows.stop)

    def over_run(self, values: Ints, number: Ints | None = None) -> Ints:
        """Sum of ``values`` over each row's run by that of ``number`` (of the run's rows without it);
        -1 where there is none of these."""
        start, stop = self.run
        total = sums(values)
        count = stop - start if number is None else sums(number)[stop] - sums(number)[start]
        return np.where(count > 0, (total[stop] - total[start]) // np.maximum(count, 1), -1)

    def beside(self, values: Ints, step: int, missing: int = 0) -> Ints:
        """The value ``step`` rows further down; ``missing`` where a paragraph stands between: beyond it no
        line knows of others."""
        moved = self.rows.shifted(values, step, missing)
        between = range(1, abs(step)) if step > 0 else range(-1, step, -1)
        for other in between:
            walled = self.rows.shifted(self.table.prose.astype(np.int64), other) > 0
            moved = np.where(walled, missing, moved)
        return moved

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of the rows."""
        return Vocabulary(self.table.terms, self.table.doc, len(self.table.docs) - 1)

    @cached_property
    def shared_with_titles(self) -> tuple[Ints, Ints]:
        """`Vocabulary.shared_with_titles` of the documents' titles."""
        return self.vocabulary.shared_with_titles(self.titles)

    @cached_property
    def guarded(self) -> Bools:
        """Prose between prose, out of reach for what is not certain."""
        above, below = self.prose_place
        return self.table.prose & (above > 0) & (below > 0)


_OF_ANY_TITLE = ("rows", "window", "prose_place", "run", "vocabulary", "guarded")


def evidence(batch: Batch) -> Matrix:
    """All numbers of all rows, shape (rows, features), columns as in `NAMES`."""
    columns: dict[str, Ints] = {}
    _shapes(batch, columns)
    _places(batch, columns)
    _words_shared(batch, columns)
    _titles(batch, columns)
    _rules(batch, columns)
    _subjects(batch, columns)
    _pattern(batch, columns)
    _seen(batch, columns)
    _document(batch, columns)
    out = np.empty((len(NAMES), len(batch.table)), np.int16)
    for at, name in enumerate(NAMES):
        out[at] = np.minimum(columns.pop(name), MOST)
    assert not columns, f"numbers without a name: {sorted(columns)}"
    return out.T


def evidence_under(batch: Batch, numbers: Matrix) -> Matrix:
    """The same for a batch that is another `Batch.under` other titles, of which these are the numbers."""
    columns: dict[str, Ints] = {}
    _titles(batch, columns)
    if batch.seen is not None:
        _seen(batch, columns)
    out = numbers.T.copy()
    for name, values in columns.items():
        out[_COLUMNS[name]] = np.minimum(values, MOST)
    return out.T


def _shapes(batch: Batch, columns: dict[str, Ints]) -> None:
    """What the line looks like, and the lines beside it."""
    table, rows = batch.table, batch.rows
    kinds, words = table.kinds, table.words
    letters = kinds[:, Kind.LOWER] + kinds[:, Kind.UPPER] + kinds[:, Kind.LETTER] + kinds[:, Kind.WORDLESS]
    upper, lower = table.initials
    terms = table.terms
    count = np.bincount(terms.row, minlength=len(table))
    long = np.bincount(terms.row[terms.long], minlength=len(table))
    visible = table.size - kinds[:, Kind.BLANK]  # indentation says nothing
    size = np.maximum(visible, 1)
    years, hours = table.dates
    shape: dict[str, Ints] = {
        "words": np.minimum(words, 1000),
        "chars": np.minimum(visible, 5000),
        "word_length": share(letters + kinds[:, Kind.DIGIT], words),
        "letters": FULL * letters // size,
        "digits": FULL * kinds[:, Kind.DIGIT] // size,
        "upper": share(kinds[:, Kind.UPPER], kinds[:, Kind.UPPER] + kinds[:, Kind.LOWER]),
        "capitals": share(upper, upper + lower),
        "long_words": share(long, count),
        "stops": np.minimum(kinds[:, Kind.STOP], 20),
        "commas": np.minimum(kinds[:, Kind.COMMA], 20),
        "colons": np.minimum(kinds[:, Kind.COLON], 10),
        "quotes": np.minimum(kinds[:, Kind.QUOTE], 10),
        "brackets": np.minimum(kinds[:, Kind.BRACKET], 10),
        "bars": np.minimum(kinds[:, Kind.BAR], 20),
        "symbols": np.minimum(kinds[:, Kind.SYMBOL], 20),
        "years": np.minimum(years, 5),
        "hours": np.minimum(hours, 5),
        "head": table.head_kind,
        "tail": table.tail_kind,
        "sentence": table.ends_sentence.astype(np.int64),
        "prose": table.prose.astype(np.int64),
    }
    assert tuple(shape) == SHAPES
    columns.update(shape)
    for name in NEAR_SHAPES:
        for step in NEAR:
            columns[f"{name}{step:+d}"] = batch.beside(shape[name], step, -1)
    for name in AROUND:
        for reach in (3, 6):
            total, number = rows.around(np.maximum(shape[name], 0), reach)
            columns[f"{name}~{reach}"] = np.where(number > 0, total // np.maximum(number, 1), -1)
    repeats = rows.equals(table.keys, table.keys > 0) - 1
    columns["repeats"] = np.clip(repeats, 0, 10)


def _places(batch: Batch, columns: dict[str, Ints]) -> None:
    """Where the line stands against the prose."""
    table, rows = batch.table, batch.rows
    prose, words = table.prose, table.words
    above, below = batch.prose_place
    last, next_ = rows.last(prose), rows.next(prose)
    columns["prose_above"], columns["prose_below"] = np.minimum(above, 3), np.minimum(below, 3)
    since = np.where(last >= 0, rows.at - last, FAR)
    until = np.where(next_ >= 0, next_ - rows.at, FAR)
    columns["lines_since"], columns["lines_until"] = np.minimum(since, FAR), np.minimum(until, FAR)
    columns["last_words"] = np.where(last >= 0, np.minimum(words[last], 200), -1)
    columns["next_words"] = np.where(next_ >= 0, np.minimum(words[next_], 200), -1)
    start, stop = batch.run
    total = sums(words)
    columns["words_since"] = np.minimum(total[rows.at] - total[start], RUN_WORDS)
    columns["words_until"] = np.minimum(total[stop] - total[rows.at + 1], RUN_WORDS)
    columns["run_lines"] = np.minimum(stop - start, RUN_LINES)
    colon = rows.last(table.tail_kind == Kind.COLON)
    columns["colon_since"] = np.where(colon >= start, np.minimum(rows.at - colon, FAR), FAR)
    columns["run_words"] = batch.over_run(10 * words)
    columns["run_sentences"] = batch.over_run(FULL * table.ends_sentence.astype(np.int64))
    columns["run_capitals"] = batch.over_run(np.maximum(columns["capitals"], 0))
    first, end = batch.window
    columns["window"] = np.where(rows.at < first, 0, np.where(rows.at < end, 1, 2))
    columns["window_words"] = np.minimum(total[end] - total[first], 2000)
    away = np.where(rows.at < first, first - rows.at, np.where(rows.at < end, 0, rows.at - end + 1))
    columns["window_away"] = np.minimum(away, FAR)


def _words_shared(batch: Batch, columns: dict[str, Ints]) -> None:
    """Words the line has in common with the body."""
    table, rows = batch.table, batch.rows
    first, end = batch.window
    body = table.prose & (rows.at >= first) & (rows.at < end)
    body = np.where(np.asarray(rows.whole(body.astype(np.int64)) > 0), body, table.prose)
    vocabulary = batch.vocabulary
    held = vocabulary.held_by(body)
    long = vocabulary.share(held, long=True)
    columns["shared"] = long
    columns["shared_small"] = vocabulary.share(held, long=False)
    for step in (-1, 1):
        columns[f"shared{step:+d}"] = rows.shifted(long, step, -1)
    known = (long >= 0) & ~table.prose
    total, _ = rows.around(np.where(known, long, 0), 3)
    count, _ = rows.around(known.astype(np.int64), 3)
    columns["shared~3"] = np.where(count > 0, total // np.maximum(count, 1), -1)
    columns["run_shared"] = batch.over_run(np.where(known, long, 0), known.astype(np.int64))
    columns["long_terms"] = np.minimum(vocabulary.count(long=True), 50)


def _titles(batch: Batch, columns: dict[str, Ints]) -> None:
    """Words the line has in common with its document's title."""
    columns["in_title"], columns["of_title"] = batch.shared_with_titles


def _rules(batch: Batch, columns: dict[str, Ints]) -> None:
    """What the rules say of the line and of those around it."""
    rows, points = batch.rows, batch.points
    sure = batch.sure.astype(np.int64)
    columns["points"] = points
    for step in NEAR_RULES:
        columns[f"points{step:+d}"] = batch.beside(points, step)
    for step in NEAR_SURE:
        columns[f"sure{step:+d}"] = batch.beside(sure, step)
    for reach in RULE_REACH:
        total, number = rows.around(points, reach)
        columns[f"points~{reach}"] = 100 * total // np.maximum(number, 1)
        total, number = rows.around(sure, reach)
        columns[f"sure~{reach}"] = FULL * total // np.maximum(number, 1)
    columns["run_points"] = batch.over_run(100 * points)
    columns["run_sure"] = batch.over_run(FULL * sure)
    columns["points_above"] = np.minimum(rows.before(points), 30)
    columns["points_below"] = np.minimum(rows.after(points), 30)
    columns["sure_since"] = _away(rows, rows.last(batch.sure))
    columns["sure_until"] = _away(rows, rows.next(batch.sure))


def _away(rows: Rows, other: Ints, far: int = FAR) -> Ints:
    """Lines to another row, at most ``far``; that where there is none."""
    return np.where(other >= 0, np.minimum(np.abs(other - rows.at), far), far)


def _subjects(batch: Batch, columns: dict[str, Ints]) -> None:
    """What the rules are about that speak of lines above and below: what follows the heading of the comments
    is no part of the article, however it reads."""
    rows = batch.rows
    for name, bit in SUBJECT_BITS.items():
        told = (batch.subjects & bit) > 0
        number = told.astype(np.int64)
        columns[f"{name}_since"] = _away(rows, rows.last(told), FAR_SUBJECT)
        columns[f"{name}_above"] = np.minimum(rows.before(number), MOST_COUNTED)
        columns[f"{name}_below"] = np.minimum(rows.after(number), MOST_COUNTED)


def _pattern(batch: Batch, columns: dict[str, Ints]) -> None:
    """What stands in the text again and again in one form: the dates of a thread, the entries of a list."""
    table, rows = batch.table, batch.rows
    years, hours = table.dates
    short = (table.words <= SHORT) & ~table.prose
    stamps = short & (years + hours > 0)
    columns["stamps_above"] = np.minimum(rows.before(stamps.astype(np.int64)), MOST_COUNTED)
    columns["stamps_below"] = np.minimum(rows.after(stamps.astype(np.int64)), MOST_COUNTED)
    columns["stamp_since"] = _away(rows, rows.last(stamps), FAR_SUBJECT)
    columns["stamp_until"] = _away(rows, rows.next(stamps), FAR_SUBJECT)
    alike = rows.equals(table.loose_keys, (table.words <= SHORT) & (table.loose_keys != 0))
    columns["alike"] = np.minimum(alike, MOST_ALIKE)
    columns["alikes_above"] = np.minimum(rows.before((alike >= 3).astype(np.int64)), MOST_ALIKE)
    marked = table.kinds[:, Kind.STOP :].sum(axis=1) > 0
    columns["same_form"] = np.minimum(
        rows.equals(table.shape_keys, marked & (table.words <= FORMED)), MOST_ALIKE
    )


def _seen(batch: Batch, columns: dict[str, Ints]) -> None:
    """What the profile of the dump says; -1 where there is none."""
    rows, seen = batch.rows, batch.seen
    unknown = np.full(rows.count, -1, np.int64)
    pages, others = (seen.pages, seen.others) if seen is not None else (unknown, unknown)
    known = pages > 0
    columns["host_pages"] = np.minimum(pages, PAGES_CAP)
    columns["others"] = np.where(known, np.minimum(others, PAGES_CAP), -1)
    held = share(np.maximum(others, 0), pages)
    columns["held"] = held
    some = (known & (others > 0)).astype(np.int64)
    headline = seen.headline.astype(np.int64) if seen is not None else np.zeros(rows.count, np.int64)
    columns["run_some"] = np.where(known, batch.over_run(FULL * some), -1)
    columns["run_headlines"] = batch.over_run(FULL * headline)
    columns["headline"] = headline if seen is not None else unknown
    for step in NEAR_SEEN:
        columns[f"held{step:+d}"] = batch.beside(held, step, -1)
    for name, values in (("some", some), ("headline", headline), ("held", np.maximum(held, 0))):
        for reach in (3, 8):
            total, number = rows.around(values, reach)
            scale = 1 if name == "held" else FULL
            columns[f"{name}~{reach}"] = np.where(
                known | (name == "headline"), scale * total // np.maximum(number, 1), -1
            )


def _document(batch: Batch, columns: dict[str, Ints]) -> None:
    """What the document as a whole is like."""
    table, rows = batch.table, batch.rows
    words = rows.whole(table.words)
    short = (~table.prose).astype(np.int64)
    columns["doc_words"] = np.minimum(words, 3000)
    columns["doc_prose"] = share(rows.whole(np.where(table.prose, table.words, 0)), words)
    columns["doc_short"] = FULL * rows.whole(short) // np.maximum(rows.size, 1)
    columns["doc_sentences"] = (
        FULL * rows.whole(table.ends_sentence.astype(np.int64)) // np.maximum(rows.size, 1)
    )
    columns["doc_points"] = FULL * rows.whole((batch.points > 0).astype(np.int64)) // np.maximum(rows.size, 1)
    columns["doc_sure"] = np.minimum(rows.whole(batch.sure.astype(np.int64)), 10)
    capitals = np.maximum(columns["capitals"], 0)
    columns["doc_capitals"] = rows.whole(capitals * short) // np.maximum(rows.whole(short), 1)
    seen = batch.seen
    some = (seen.others > 0).astype(np.int64) if seen is not None else np.zeros(rows.count, np.int64)
    columns["doc_some"] = (
        FULL * rows.whole(some) // np.maximum(rows.size, 1) if seen is not None else some - 1
    )
