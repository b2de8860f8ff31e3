"""The table of lines says of every line what `Lines` says, whatever else is in the batch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.characters import Kind, among, kinds_of, lowered
from cleaner.lines import Lines
from cleaner.table import LineTable

LONG = "The ferry left at seven and came back with the last of the light, as it had for forty years or more."
PIECES = [
    *(
        "",
        " ",
        "\u200b",
        " \u200b ",
        "\x0b",
        "\ufeff",
        "\u2028",
        "\u0085",
        "a\u200bb c",
        "don’t",
        "(1)",
        "…",
        "_",
        "__a__",
    ),
    *(
        LONG,
        LONG + " »",
        LONG[:-1],
        "日本語の文章です。" * 5,
        "日本 a 日本",
        "ภาษาไทย" * 6,
        "नमस्ते दुनिया।",
        "Ab1 cD 2ef",
        "İstanbul ΑΣ ß",
    ),
    *(
        LONG + "[2]",
        LONG + "”[12][a]",
        LONG + " [1, 3–5]",
        LONG + "[1 ]",
        LONG + "[B]",
        "x [1]",
        "[1]",
        "[1]" * 9,
    ),
    *("]", "1]", "a]", " [7] ]", "! ? .", "”" * 300, "x" + "”" * 300, "\ud83d", "😀 😀", "१२३", "½ x²"),
]
ENDS = ["\n", "\n\n", "\r\n", "\r", "\n\r"]
TEXTS = st.lists(
    st.tuples(st.sampled_from(PIECES) | st.text(max_size=10), st.sampled_from(ENDS)), max_size=8
).map(lambda lines: "".join(line + end for line, end in lines)) | st.text(max_size=40)


def described(table: LineTable, doc: int) -> list[tuple]:
    first, stop = table.docs[doc], table.docs[doc + 1]
    columns = (
        table.index,
        table.start,
        table.end,
        table.words,
        table.prose,
        table.ends_sentence,
        table.size,
        table.keys,
        table.head_kind,
        table.tail_kind,
        *table.initials,
    )
    rows = [tuple(column[row] for column in columns) for row in range(first, stop)]
    terms = [
        [
            (int(k), bool(long))
            for r, k, long in zip(table.terms.row, table.terms.key, table.terms.long, strict=True)
            if r == row
        ]
        for row in range(first, stop)
    ]
    return [
        (*row, table.text(at), tuple(table.kinds[at]), tuple(term))
        for row, term, at in zip(rows, terms, range(first, stop), strict=True)
    ]


@settings(deadline=None, max_examples=300)
@given(st.lists(TEXTS, max_size=4))
def test_rows_are_the_filled_lines(texts):
    table = LineTable(texts)
    assert list(table.docs) == [
        sum(len(Lines(text).filled) for text in texts[:number]) for number in range(len(texts) + 1)
    ]
    for doc, text in enumerate(texts):
        rows = range(table.docs[doc], table.docs[doc + 1])
        for row, line in zip(rows, Lines(text).filled, strict=True):
            assert (table.doc[row], table.index[row]) == (doc, line.index)
            assert (table.start[row], table.end[row]) == (line.start, line.end)
            assert table.text(row) == line.text
            assert table.words[row] == line.words
            assert table.prose[row] == line.prose
            assert table.ends_sentence[row] == line.ends_sentence


@pytest.mark.parametrize(
    ("line", "prose"),
    [
        (LONG + "[2]", True),
        (LONG[:-1] + ".”[12][a]", True),
        (LONG + "[1, 3–5]", True),
        (LONG[:-1] + "[2]", False),
        (LONG + "[B]", False),
        (LONG + "[citation needed]", False),
    ],
)
def test_citations_end_no_sentence_and_hide_none(line, prose):
    assert Lines(line)[0].prose is prose
    assert bool(LineTable([line]).prose[0]) is prose


@settings(deadline=None, max_examples=100)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_text_alone_has_the_same_rows(texts):
    together = LineTable(texts)
    for doc, text in enumerate(texts):
        assert described(together, doc) == described(LineTable([text]), 0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ten birds of the marsh", "TEN BIRDS, of the marsh!", True),
        ("Don't stop", "Don’t  stop", True),
        ("Ten birds of the marsh", "Ten birds of the marshes", False),
        ("marsh of birds", "birds of marsh", False),
        ("ab", "ba", False),
        ("Привет мир", "привет, МИР", True),
        ("日本", "本日", False),
        ("दिन", "दान", False),
        ("cafe\u0301", "cafe", True),
    ],
)
def test_keys_fold_case_and_typography(one, other, same):
    first, second = LineTable([one + "\n" + other]).keys
    assert (first == second) is np.bool_(same)
    assert first
    assert second


def test_a_line_without_letters_has_no_key():
    assert list(LineTable(["* * *\n— —\na"]).keys > 0) == [False, False, True]


def test_words_are_compared_by_their_first_letters():
    table = LineTable(["harbours HARBOUR, harbourmaster\nof"])
    keys, long = table.terms.key, table.terms.long
    assert len(set(keys[:3].tolist())) == 1
    assert list(long) == [True, True, True, False]


def test_scripts_without_spaces_are_compared_by_pairs():
    table = LineTable(["日本語\n本語"])
    assert table.terms.key[1] == table.terms.key[2]
    assert list(table.terms.row) == [0, 0, 1]


@pytest.mark.parametrize(
    ("char", "kind"),
    [
        ("a", Kind.LOWER),
        ("É", Kind.UPPER),
        ("я", Kind.LOWER),
        ("א", Kind.LETTER),
        ("日", Kind.WORDLESS),
        ("\U00020000", Kind.WORDLESS),
        ("7", Kind.DIGIT),
        ("٣", Kind.DIGIT),
        (".", Kind.STOP),
        ("…", Kind.STOP),
        ("،", Kind.COMMA),
        ("|", Kind.BAR),
        ("“", Kind.QUOTE),
        ("]", Kind.BRACKET),
        ("€", Kind.SYMBOL),
        ("😀", Kind.SYMBOL),
        ("\u0301", Kind.MARK),
        ("\u200b", Kind.BLANK),
        ("\r", Kind.END),
        ("\U00040000", Kind.OTHER),
    ],
)
def test_kinds_of_characters(char, kind):
    assert kinds_of(np.array([ord(char)], np.uint32)) == kind


def test_no_texts_and_texts_without_lines():
    assert len(LineTable([])) == 0
    table = LineTable(["", " \n", "\u200b"])
    assert len(table) == 0
    assert list(table.docs) == [0, 0, 0, 0]
    assert not len(table.keys)
    assert not len(table.terms.row)


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_among_says_what_isin_says(values, known):
    values, known = np.array(values, np.int64), np.array(sorted(known), np.int64)
    assert among(values, known).tolist() == np.isin(values, known).tolist()


def test_a_few_characters_are_looked_up_as_many_are():
    usual = np.array([*range(0x300), *range(0x2000, 0x2100)], np.uint32)
    whole = np.array([*usual, ord("漢")], np.uint32)  # which no small table has
    assert np.array_equal(kinds_of(usual), kinds_of(whole)[:-1])
    assert np.array_equal(lowered(usual), lowered(whole)[:-1])


def test_numbers_that_rows_begin_with():
    table = LineTable(["1. one\n2) two\n33. three\n1234. no\n12\nx 1.\n5\n.\n007.\n٣. not told\n"])
    assert table.numbered.tolist() == [1, 2, 33, -1, -1, -1, -1, -1, 7, -1]
    assert LineTable([""]).numbered.tolist() == []


def test_bullets_are_told_by_the_blank_behind_them():
    table = LineTable(["- one\n• two\n-three\n*\tfour\n-- five\nsix\n–"])
    assert table.bullet.tolist() == [ord("-"), ord("•"), 0, ord("*"), 0, 0, 0]
    assert LineTable([""]).bullet.tolist() == []
