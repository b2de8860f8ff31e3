"""What the markup says of lines: points as rules give, for pages alone."""

import pytest

from cleaner.cut import Span
from cleaner.extract import LineMarkup
from cleaner.lines import Lines
from cleaner.markup import ASIDE_POINTS, LINKS_POINTS, points_of, with_markup
from cleaner.model import Document
from cleaner.options import Options
from cleaner.pipeline import cleaner_for
from tests.pages import PROSE

PLAIN = LineMarkup("p", 0, 0, ("article",))
LINK = LineMarkup("li", 1000, 0, ("ul",))
RELATED = LineMarkup("li", 1000, 0, ("ul", "related"))
SOURCE = "one\ntwo\nthree\nfour\n" + 8 * "more\n"
MARKUP = (PLAIN, LINK, RELATED, *(PLAIN,) * 9)


def test_lines_beside_the_article_and_lines_of_links_have_points():
    found = points_of(MARKUP, Lines(SOURCE), (), 12)
    assert found == {1: LINKS_POINTS, 2: ASIDE_POINTS}


@pytest.mark.parametrize(
    ("gone", "left", "want"),
    [
        ([Span(0, 4, "X")], 11, {0: LINKS_POINTS, 1: ASIDE_POINTS}),
        ([Span(4, 8, "X")], 11, {1: ASIDE_POINTS}),
        ([Span(5, 7, "X", False)], 12, {1: LINKS_POINTS, 2: ASIDE_POINTS}),
        ([Span(0, 4, "X"), Span(8, 14, "X")], 10, {0: LINKS_POINTS}),
        ([Span(0, 4, "X")], 12, {}),
    ],
)
def test_they_go_along_when_lines_are_cut(gone, left, want):
    assert points_of(MARKUP, Lines(SOURCE), gone, left) == want


def test_markup_of_another_text_says_nothing():
    assert points_of((RELATED,), Lines(SOURCE), (), 4) == {}


def test_on_a_page_that_is_a_list_links_say_nothing():
    assert points_of((PLAIN, LINK, LINK, RELATED), Lines("a\nb\nc\nd\n"), (), 4) == {3: ASIDE_POINTS}


def test_the_larger_counts():
    assert with_markup({0: 3, 1: 1}, {1: 2, 5: 2}) == {0: 3, 1: 2, 5: 2}


def test_no_markup_changes_nothing_and_plain_markup_neither():
    text = "".join(f"{line}\n" for line in (*PROSE, "Ten birds of the marsh", "Why the dam failed"))
    core = cleaner_for(Options())
    plain = (PLAIN,) * text.count("\n")
    assert core.clean_many([Document(text)]) == core.clean_many([Document(text, markup=plain)])
