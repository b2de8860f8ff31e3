"""Folding a batch: a character for a character what `fold` makes of each line."""

import re

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.characters import TOP
from cleaner.folds import Folded, fold_tables, head
from cleaner.rules.gates import PREFIX_CHARS, fold
from cleaner.table import LineTable

_LINES = st.text(
    st.sampled_from("aBzß İıΣςéЁέΐế中\t\u00a0\u2003‑’`\u0307\u0301½٣\U0001f600\U00020000\ud800-_•."),
    max_size=30,
)
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
    assert odd <= set(folded.hidden.tolist())
    for row in range(len(table)):
        line = table.text(row)
        assert folded.text(row) == fold(re.sub(r"[^\S\n ]+ *|  +", " ", line))
    data, rows = folded.lines
    parts = data.decode("utf-8", "surrogatepass").split("\n")
    told = [(row, part) for row, part in zip(rows.tolist(), parts, strict=True) if row >= 0]
    assert {row for row, _ in told} == set(range(len(table)))
    assert all(part == folded.text(row) for row, part in told if row not in odd)
    assert {row: part for row, part in told if row in odd} == {row: folded.text(row) for row in odd}
    starts = dict(zip(folded.heads[0].tolist(), folded.heads[1], strict=True))
    for row in range(len(table)):
        first = regex.search(r"[^\W_]", line := table.text(row))
        assert (first is None) == (row not in starts)
        if first is not None:
            shown = "".join(chr(code) for code in starts[row] if code)
            assert shown == head(line, first.start())[:PREFIX_CHARS]


@pytest.mark.parametrize("line", ["Straße", "a  b", "i\u0307", "ŉ"])
def test_lines_that_fold_to_another_length_are_odd(line):
    assert Folded(LineTable([f"plain\n{line}\nplain"])).odd.tolist() == [1]


@pytest.mark.parametrize("line", ["• Share", "“Share", "Don’t", " Share", "½ Share", "…"])
def test_lines_whose_letters_do_not_show_are_hidden(line):
    assert Folded(LineTable([f"Plain\n{line}\nДом"])).hidden.tolist() == [1]
