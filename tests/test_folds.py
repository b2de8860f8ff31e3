"""Folding a batch: a character for a character what `fold` makes of each line."""

import re

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.characters import TOP
from cleaner.folds import HEAD, Folded, fold_tables
from cleaner.indices import Endings, Vocabulary
from cleaner.phrases import sentence_starts
from cleaner.rules.gates import PREFIX_CHARS, SUFFIX_CHARS, fold, fold_head
from cleaner.rules.model import DECORATION, PARTS
from cleaner.rules.spelled import made_of, word_of, words_in
from cleaner.table import LineTable

_LINES = st.text(
    st.sampled_from("aBzß İıΣςéЁέΐế中\t\u00a0\u2003‑’`\u0307\u0301½٣\U0001f600\U00020000\ud800-_•."),
    max_size=30,
)
_SENTENCES = st.text(st.sampled_from("ab.!?\"'”)(]【— \t•*»\n\r\U00020000\U000e0067"), max_size=40)
_TEXTS = st.lists(st.lists(_LINES, max_size=6).map("\n".join), min_size=1, max_size=4)


def test_tables_say_of_every_code_point_what_folding_makes_of_it():
    tables = fold_tables()
    for code in range(TOP):
        char = chr(code)
        if char in "\r\n":
            continue
        folded = fold(" " if char.isspace() else char)
        assert tables.odd[code] or folded == chr(tables.folded[code]), hex(code)
        assert bool(regex.match(r"[^\W_]", char)) == tables.letter[code], hex(code)
        assert bool(regex.match(r"\d", char)) == tables.digit[code], hex(code)
        head = fold_head(char)
        assert tables.odd[code] or head == chr(tables.head[code]), hex(code)
    assert np.count_nonzero(tables.odd) < 200


def test_what_lies_beyond_the_tables_folds_to_itself():
    assert all(fold(chr(code)) == chr(code) for code in range(TOP, 0x110000))


@settings(max_examples=1000, deadline=None)
@given(_TEXTS)
def test_rows_read_as_folded_by_themselves(texts):
    table = LineTable(texts)
    if not len(table):
        return
    folded = Folded(table)
    odd = set(folded.odd.tolist())
    for row in range(len(table)):
        line = table.text(row)
        assert folded.text(row) == fold(re.sub(r"[^\S\n ]+ *|  +", " ", line))
    data, rows = folded.lines
    parts = data.decode("utf-8", "surrogatepass").split("\n")
    told = [(row, part) for row, part in zip(rows.tolist(), parts, strict=True) if row >= 0]
    assert {row for row, _ in told} == set(range(len(table)))
    assert all(part == folded.text(row) for row, part in told if row not in odd)
    assert {row: part for row, part in told if row in odd} == {row: folded.text(row) for row in odd}


@settings(max_examples=1000, deadline=None)
@given(_TEXTS)
def test_heads_and_tails_are_those_of_the_lines(texts):
    table = LineTable(texts)
    if not len(table):
        return
    folded = Folded(table)
    starts = dict(zip(*map(np.ndarray.tolist, folded.line_starts), strict=True))
    for row in range(len(table)):
        line, first = table.text(row), int(table.first[row])
        letters = [match.start() for match in regex.finditer(r"[^\W_]", line)]
        assert starts.get(row, -1) == folded.cores[0][row] == (first + letters[0] if letters else -1)
        assert folded.cores[1][row] == (first + letters[-1] if letters else -1)
    rows, places = folded.line_starts
    clear = folded.clear(places, places + HEAD)
    heads = folded.heads(rows, places)[clear]
    for row, place, codes in zip(rows[clear], places[clear], heads, strict=True):
        assert text_of(codes) == folded.head(row, int(place))[:PREFIX_CHARS]
    first, stop = folded.cores[0][rows], folded.cores[1][rows] + 1
    begins, ends = first - table.first[rows], stop - table.first[rows]
    tails, clear = folded.tails(rows), folded.clear(first, stop)
    for at in np.flatnonzero(clear):
        core = table.text(rows[at])[begins[at] : ends[at]]
        assert text_of(tails[at])[::-1] == fold_head(core)[-SUFFIX_CHARS:]


def text_of(codes):
    return "".join(chr(code) for code in codes if code)


def test_letters_behind_much_decoration_begin_nothing():
    for signs, found in ((DECORATION, True), (DECORATION + 1, False), (100_000, False)):
        folded = Folded(LineTable([f"{'•' * signs}Share\nShare{'•' * signs}"]))
        assert [len(folded.line_starts[0]), (folded.cores[1] >= 0).sum()] == ([2, 2] if found else [1, 1])
        assert folded.line_starts[0][-1] == 1


@settings(max_examples=1000, deadline=None)
@given(st.lists(_SENTENCES, min_size=1, max_size=3))
def test_sentences_start_where_phrases_says(texts):
    table = LineTable(texts)
    if not len(table):
        return
    rows, places = Folded(table).sentence_starts
    found = set(zip(rows.tolist(), (places - table.first[rows]).tolist(), strict=True))
    for row in range(len(table)):
        line = table.text(row)
        assert {(row, at) for at in sentence_starts(line) if at < len(line)} <= found


def test_openers_without_end_are_passed_over_at_once():
    line = f"It froze. {'- ' * 200_000}See also ponds."
    rows, places = Folded(LineTable([line])).sentence_starts
    assert (places.tolist(), rows.tolist()) == ([0, line.index("See")], [0, 0])


@pytest.mark.parametrize("line", ["Straße", "a  b", "i\u0307", "ŉ"])
def test_lines_that_fold_to_another_length_are_odd(line):
    folded = Folded(LineTable([f"plain\n{line}\nplain"]))
    assert folded.odd.tolist() == [1]
    first, last = folded.cores
    assert folded.clear(first, last + 1).tolist() == [True, False, True]


@settings(max_examples=500, deadline=None)
@given(_TEXTS, st.sets(st.text(st.sampled_from("abzisςéв中0"), min_size=1, max_size=4), max_size=6))
def test_lines_that_are_made_of_words_may_be(texts, more):
    table = LineTable(texts)
    if not len(table):
        return
    folded, rows = Folded(table), np.arange(len(table))
    words = {word_of(match[0]) for match in words_in(table.text(0))} | set(map(word_of, more))
    may = Vocabulary(words).may_make(folded, rows)
    made = np.array([made_of(table.text(row), words) for row in rows])
    assert (may[made]).all()
    odd = np.isin(rows, folded.odd)
    assert not may[~made & ~odd].any()  # bits lie once in a million


def test_endings_tell_lines_that_end_in_another_way():
    lines = ["» Share this page!", "Share this", "Share this page and more of it", "(Straße this page)"]
    folded, rows = Folded(LineTable(["\n".join(lines)])), np.arange(len(lines))
    endings = Endings([(0, f"page{PARTS}pages")], np.array([20, 10]))
    assert endings.fit(folded, rows, np.zeros(4, np.int64)).tolist() == [True, False, False, True]
    assert endings.fit(folded, rows, np.ones(4, np.int64)).tolist() == [False, True, False, True]
