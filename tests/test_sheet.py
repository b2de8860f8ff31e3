"""Sheets: what is left of texts looks as if it had been read anew."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.cut import Span, cut, with_blank_lines
from cleaner.lines import Lines
from cleaner.matcher import Matcher
from cleaner.options import Options
from cleaner.rules import load_rules
from cleaner.sheet import Change, sheet_of
from cleaner.table import LineTable

MATCHER = Matcher(load_rules(Options()).active)
PROSE = "The ferry leaves at noon and comes back before dark, whatever the weather does to those who wait."
_LINE = st.sampled_from(
    [
        "Share this:",
        "Post a Comment",
        "",
        "  ",
        "12 May 2019, 10:30",
        PROSE,
        "湿原の鳥を見る人のための短い案内である。",
        "Also Read: The dam",
        "Ünder ‑ the–reeds!",
    ]
)
_TEXT = st.lists(st.tuples(_LINE, st.booleans()), max_size=9)
COLUMNS = ("kinds", "words", "final", "ends_sentence", "prose", "head_kind", "tail_kind", "keys", "size")


def same(table: LineTable, other: LineTable) -> None:
    for name in ("doc", "docs", "index", "start", "end", *COLUMNS):
        assert np.array_equal(getattr(table, name), getattr(other, name)), name
    for name in ("initials", "dates"):
        assert all(map(np.array_equal, getattr(table, name), getattr(other, name))), name
    assert np.array_equal(table.terms.row, other.terms.row)
    assert np.array_equal(table.terms.key, other.terms.key)
    assert np.array_equal(table.terms.long, other.terms.long)
    assert [table.text(row) for row in range(len(table))] == [other.text(row) for row in range(len(other))]


@settings(max_examples=300, deadline=None)
@given(st.lists(_TEXT, min_size=1, max_size=4))
def test_what_is_left_is_as_if_read_anew(documents):
    texts = ["".join(f"{line}\n" for line, _ in lines) for lines in documents]
    sheet = sheet_of(texts, MATCHER)
    changes = []
    for number, (lines, chosen) in enumerate(zip(sheet.lines, documents, strict=True)):
        found = [
            Span(line.start, line.end, "X") for line, (_, gone) in zip(lines, chosen, strict=True) if gone
        ]
        spans = with_blank_lines(lines, found)
        if spans:
            changes.append(Change(number, cut(lines.text, spans), spans))
    if not changes:
        return
    left = sheet.left(changes, weighed=True)
    anew = sheet_of([change.left for change in changes], MATCHER)
    same(left.table, anew.table)
    assert left.said == anew.said
    assert left.matches == anew.matches
    for one, other in zip(left.lines, anew.lines, strict=True):
        seen = [
            (line.index, line.start, line.end, line.text, line.words, line.prose, line.blank) for line in one
        ]
        assert seen == [
            (x.index, x.start, x.end, x.text, x.words, x.prose, x.blank) for x in Lines(other.text)
        ]
    places = sheet.left(changes, weighed=False)
    assert (places.said, places.matches) == (left.said, left.matches)


def test_texts_too_large_for_the_judge_are_heard_by_the_rules(monkeypatch):
    monkeypatch.setattr("cleaner.judge.MOST_CHARS", 40)
    text = f"{PROSE}\nPost a Comment\n"
    sheet = sheet_of([text, "Post a Comment\n"], MATCHER)
    assert len(sheet.table) == 1
    assert [list(matches.lines) for matches in sheet.matches] == [[1], [0]]
