"""Lines: how text is split, and what counts as a word, a sentence and prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.lines import Lines, line_at


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\n", ["a\n"]),
        ("a\n\n", ["a\n", "\n"]),
        ("a\rb\r\nc\n", ["a\r", "b\r\n", "c\n"]),
        ("a\n\rb", ["a\n", "\r", "b"]),
        ("a\u2028b\u0085c\x0cd\x0be\n", ["a\u2028b\u0085c\x0cd\x0be\n"]),
    ],
)
def test_split(text, parts):
    assert [text[line.start : line.end] for line in Lines(text)] == parts


@given(st.text(st.sampled_from("ab\r\n\u2028 "), max_size=40))
def test_lines_are_the_text(text):
    lines = Lines(text)
    assert "".join(text[line.start : line.end] for line in lines) == text
    for line in lines:
        assert "\n" not in line.text
        assert "\r" not in line.text
        assert text[line.start : line.start + len(line.text)] == line.text
        assert line_at(lines, line.start) is line
        assert line_at(lines, line.end - 1) is line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two - three", 3),
        ("l'été – naïve", 2),
        ("* * *", 0),
        ("今日は雨が降っている", 6),
        ("今日は rain です", 4),
        ("สวัสดีครับ", 6),
        ("한국어 단어 세개", 3),
    ],
)
def test_words(text, words):
    assert (Lines(text)[0].words if text else 0) == words


PROSE = "The ferry left at seven and came back with the last of the light, as it had done for forty years"


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        (f"{PROSE}.", True),
        (PROSE, False),
        (f"“{PROSE}.”", True),
        (f"{PROSE}…)", True),
        (f"{PROSE}?", True),
        ("Short sentence.", False),
        ("渡し船は七時に出て、四十年間そうしてきたように最後の光とともに帰ってきた。", True),
        ("渡し船は七時に出た。", False),
        ("渡し船は七時に出て、四十年間そうしてきたように最後の光とともに帰ってきた", False),
    ],
)
def test_prose(text, prose):
    assert Lines(text)[0].prose is prose


def test_body_runs_from_the_first_prose_line_to_the_last():
    assert Lines(f"Title\n{PROSE}.\nPart\n{PROSE}.\nShare\n").body == (1, 3)
    assert Lines("Title\nShare\n").body == (2, -1)


@pytest.mark.parametrize("text", ["", " ", "\t\u00a0", "\u200b \ufeff", "\u2003"])
def test_blank(text):
    assert Lines(text + "\n")[0].blank
