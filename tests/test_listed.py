"""Patterns whose lines can be listed: the list says what the exact pattern says."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.exact import Exact, compile_pattern
from cleaner.matcher import Matcher
from cleaner.options import Options
from cleaner.rules import load_rules
from cleaner.rules.listed import MOST_LINES, core_of, listed
from cleaner.rules.model import DECORATION
from cleaner.rules.patterns import PatternError, parse
from cleaner.table import LineTable

LEADS = sorted({lead for rule in load_rules(Options()).all if rule.at == "whole" for lead in rule.leads})


def by_list(pattern, line):
    """(start, end) of the phrase, or None where the list says no; "unknown" where it cannot tell."""
    lines, core = listed(pattern), core_of(line, DECORATION)
    if lines is None or core is None:
        return "unknown"
    return (core.start, core.end) if core.folded in lines else None


def exactly(pattern, line):
    match = compile_pattern((pattern,), "whole").match(line)
    return match.span("phrase") if match else None


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ("share", {"share"}),
        ("(share|send)( it)?", {"share", "share it", "send", "send it"}),
        ("[ab]{1,2}", {"a", "b", "aa", "ab", "ba", "bb"}),
        ("e-?mail", {"email", "e-mail"}),
        ("don't", {"don't"}),
        ("a ( b)?", set()),  # ends with a blank, which would be decoration
        ("a( b| c)? d", {"a d", "a b d", "a c d"}),
        ("über( mich| façade)?", {"uber", "uber mich", "uber facade"}),
        ("é", {"e"}),
        ("ø", set()),
        ("(новости|news)", {"news"}),
    ],
)
def test_lines_are_listed(pattern, lines):
    assert (listed(pattern) or set()) == lines


@pytest.mark.parametrize("char", ["ı", "İ", "ſ", "\N{KELVIN SIGN}", "ß", "\N{NO-BREAK SPACE}"])
def test_what_may_be_taken_for_ascii_is_not_told_by_a_list(char):
    """The exact pattern finds a Kelvin sign in a k: case does not matter."""
    assert listed(f"a{char}b") is None


@pytest.mark.parametrize("line", ["uber uns", "Uber Uns", "sport", "kultur", "aktuell", "strasse", "k"])
def test_an_ascii_line_is_no_match_of_letters_beyond(line):
    for pattern in ("über uns", "spört", "κultur", "аktuell", "straße", "\N{KELVIN SIGN}"):
        assert by_list(pattern, line) in ("unknown", exactly(pattern, line)), pattern


@pytest.mark.parametrize("pattern", [r"\d", "a.b", "share:?", "(a|b){1,12}", "a`b", "[a-z]b"])
def test_other_patterns_have_no_list(pattern):
    assert listed(pattern) is None


def test_many_of_the_shipped_patterns_are_listed():
    known = [lines for lead in LEADS if (lines := listed(lead)) is not None]
    assert len(known) > len(LEADS) / 4
    assert max(map(len, known)) <= MOST_LINES


def test_lists_say_what_the_shipped_patterns_say():
    chance = random.Random(20_261_129)
    for lead in LEADS:
        lines = sorted(listed(lead) or ())
        for line in chance.sample(lines, min(len(lines), 12)):
            for changed in (line, line.upper(), f"- {line}:", *nearly(chance, line)):
                assert by_list(lead, changed) in ("unknown", exactly(lead, changed)), (lead, changed)
            assert by_list(lead, line) == (0, len(line))


def nearly(chance, line):
    """A line with something else about it."""
    at = chance.randrange(len(line) + 1)
    yield line.replace(" ", "  ")
    yield line.replace(" ", "\t")
    yield line.replace("'", "`")
    yield line.replace("'", "’")
    yield line[:at] + chance.choice("a -'.`_\x1c\u00a0\u0131") + line[at:]
    yield line[:at] + line[at + 1 :]
    yield "*" * chance.randint(38, 42) + line
    yield line + "_" * chance.randint(38, 42)


_PARTS = [
    "a",
    "B",
    "ab",
    " ",
    "-",
    "'",
    '"',
    "_",
    ":",
    "(a|ab)",
    "( b)?",
    "[ab]",
    "(a ){0,2}",
    "b{2}",
    "( | a)",
]


@settings(max_examples=1500)
@given(
    st.lists(st.sampled_from(_PARTS), min_size=1, max_size=5).map("".join),
    st.text(st.sampled_from("aAbB  -'`\"_:\t’"), max_size=12),
)
def test_lists_say_what_any_pattern_says(pattern, line):
    try:
        parse(pattern)
    except PatternError:
        return
    assert by_list(pattern, line) in ("unknown", exactly(pattern, line))


def test_a_listed_pattern_is_not_compiled(monkeypatch):
    asked = []
    monkeypatch.setattr(Exact, "_lead", lambda exact, number: asked.append(exact.rule.leads[number]))
    [rule] = [rule for rule in load_rules(Options()).all if rule.code == "ADS001"]
    found = Matcher([rule]).match_rows(LineTable(["Ads placeholder\nAn ads placeholder\n* Ad placeholder *"]))
    assert [(row, hit.start, hit.end) for row, (hits, _) in found.items() for hit in hits] == [
        (0, 0, 15),
        (2, 2, 16),
    ]
    assert asked == []
