"""Ownership, blank lines and the cut: text + removals are the source text, whatever the text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.cut import Kept, Span, cut, lines_without, own, removals, with_blank_lines
from cleaner.lines import Lines
from cleaner.model import Finding, rebuild

HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\n\r\u2028\u0085\x0c\t \u00a0a.🦆e\u0301\u202eא\ud800\u200b"),
        st.characters(),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ([("B", 0, 4), ("A", 2, 9)], [(0, 4, "B"), (4, 9, "A")]),  # the earliest start owns
        ([("B", 0, 4), ("A", 0, 9)], [(0, 9, "A")]),  # then the longest
        ([("B", 0, 4), ("A", 0, 4)], [(0, 4, "A")]),  # then the lowest code
        ([("A", 3, 5), ("B", 1, 8)], [(1, 8, "B")]),
        ([("A", 1, 2), ("B", 2, 3)], [(1, 2, "A"), (2, 3, "B")]),
        ([], []),
    ],
)
def test_own(text, spans):
    found = [Finding(code, start, end) for code, start, end in text]
    assert [span[:3] for span in own(found)] == spans
    assert [span[:3] for span in own(reversed(found))] == spans


@pytest.mark.parametrize(
    ("gutter", "left"),
    [
        ("|a,|,-x,|,|b", "a,,b"),  # blank before and after: the one after goes along
        ("|a,-x,|,|b", "a,,b"),
        ("|a,|,-x,|b", "a,,b"),
        ("|a,-x,|b", "a,b"),
        ("|a,|,-x,|,-y,|,|b", "a,,b"),
        ("|a,|,-x,-y,|,|,|b", "a,,b"),
        ("|a,-x,|,-y,|b", "a,,b"),
        ("|a,|,|,-x,|,|,|b", "a,,,b"),
        ("-x,|,|a", "a"),  # head: the blank lines after it
        ("|,-x,|,|a", ",a"),
        ("|a,|,|,-x", "a"),  # tail: the blank lines before it
        ("|a,|,-x,|,-y,|", "a"),
        ("|a,|,-x,|,|", "a"),
        ("-x,|,-y", ""),
        ("|,-x,|", ""),
        ("|a,|", "a,"),  # nothing goes, nothing changes
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_go_along(gutter, left, end):
    marks = gutter.split(",")
    text = "".join(mark[1:] + end for mark in marks)
    lines = Lines(text)
    spans = [
        Span(line.start, line.end, "T001") for line, mark in zip(lines, marks, strict=True) if mark[0] == "-"
    ]
    wide = with_blank_lines(lines, spans)
    assert cut(text, wide) == "".join(f"{line}{end}" for line in left.split(",")) * bool(left)
    assert {span.rule for span in wide} == ({"T001"} if spans else set())


def test_a_tail_leaves_the_end_of_the_last_kept_line():
    lines = Lines("a\r\n\r\nx")
    assert cut(lines.text, with_blank_lines(lines, [Span(5, 6, "T001")])) == "a\r\n"


@given(
    HOSTILE,
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20), st.sampled_from(["A", "B"])), max_size=8),
)
def test_text_and_removals_rebuild_the_source(text, pieces):
    spans = own(
        Finding(code, start, min(len(text), start + length))
        for start, length, code in pieces
        if start < len(text)
    )
    taken = removals(text, spans)
    assert rebuild(cut(text, spans), taken) == text


@given(HOSTILE, st.data())
def test_rounds_of_cuts_are_one_cut_of_the_source(text, data):
    kept, now, taken = Kept(len(text)), text, []
    for _ in range(3):
        places = st.lists(st.tuples(st.integers(0, max(0, len(now))), st.integers(1, 9)), max_size=4)
        spans = own(Finding("A", s, min(len(now), s + n)) for s, n in data.draw(places) if s < len(now))
        assert [now[s.start : s.end] for s in spans] == [
            "".join(text[p.start : p.end] for p in kept.lift([s])) for s in spans
        ]
        taken += kept.remove(spans)
        now = cut(now, spans)
    assert cut(text, sorted(taken)) == now
    assert rebuild(now, removals(text, taken)) == text


@given(HOSTILE, st.sets(st.integers(0, 30)))
def test_blank_lines_are_all_that_goes_along(text, chosen):
    lines = Lines(text)
    spans = [Span(line.start, line.end, "A") for line in lines if line.index in chosen]
    wide = with_blank_lines(lines, spans)
    gone = {
        line.index for line in lines for span in wide if span.start <= line.start and line.end <= span.end
    }
    assert chosen & set(range(len(lines))) <= gone
    assert all(lines[index].blank for index in gone - chosen)
    assert wide == sorted(wide)
    assert all(one.end <= other.start for one, other in pairwise(wide))


@given(HOSTILE, st.sets(st.integers(0, 30)))
def test_lines_that_stay_are_the_lines_of_the_text_that_stays(text, chosen):
    lines = Lines(text)
    assert lines.words >= 0  # what has been seen of a line goes with it
    spans = [Span(line.start, line.end, "A") for line in lines if line.index in chosen]
    left, fresh = lines_without(lines, spans), Lines(cut(text, spans))
    facts = [(x.index, x.start, x.end, x.text, x.words, x.blank, x.prose) for x in fresh]
    assert [(x.index, x.start, x.end, x.text, x.words, x.blank, x.prose) for x in left] == facts
    assert left.text == fresh.text
