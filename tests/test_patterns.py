"""The pattern language: what is refused, what matches, and that the gate is a superset."""

import sys

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from cleaner.exact import compile_pattern
from cleaner.options import Options
from cleaner.rules import load_rules
from cleaner.rules.gates import fold, literals
from cleaner.rules.patterns import BARE, PatternError, one_way_to_repeat, parse
from cleaner.rules.steps import class_of


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        (" read", "begins or ends with a blank"),
        ("(read", "`)` is missing"),
        ("read)", "a `)` too many"),
        ("[read", "`]` is missing"),
        ("[]", "an empty class"),
        ("[[a]", "inside a class"),
        ("read]", "a `]` too many"),
        ("[z-a]", "is no class"),
        ("read(?=more)", "look-around"),
        ("(?i)read", "look-around, flags"),
        ("(?P<a>b)", "named groups"),
        (r"(read) \1", "back-references"),
        ("^read", "anchors"),
        ("read$", "anchors"),
        (r"\bread", "word bounds"),
        (r"read\Z", "say where with `at`"),
        (r"re\qd", "unknown escape"),
        ("read\\", "lone backslash"),
        ("*read", "nothing to repeat"),
        ("{2}", "nothing to repeat"),
        ("a{2,1}", "low to high"),
        ("a{1,900}", "at most 200"),
        ("a{" + "9" * 5000 + "}", "at most 200"),
        ("a{1," + "9" * 5000 + "}", "at most 200"),
        ("(" * 500 + "a" + ")" * 500, "groups in groups, more than 20 deep"),
        ("a" + "?" * 3000, "a repeat of a repeat of a repeat"),
        ("((((a{200}){200}){200}){200}){200}", "a match could have 40,000 code points"),
        ("(a{200}){80}(b{200}){80}", "a match could have 32,000 code points"),
        ("(([ab]c){200}){40}", "the pattern has 40,041 parts"),
        ("x(((){200}){200}a)", "the pattern has 40,201 parts"),
        ("a|" * 120_000 + "a", "at most 200,000 make one pattern: write several"),
        ("a[" + "b" * 2000 + "]", "a class of more than 1,000 code points"),
        ("a{x}", "written {2}"),
        ("(a+)+", "backtrack without end"),
        ("(read more ?)*", "backtrack without end"),
        (r"read( \W?\w+){1,20}", "backtrack without end"),
        ("(a|ab)* read", "backtrack without end"),
        ("(a+){2,3} read", "backtrack without end"),
        ("a?", "matches nothing at all"),
        ("(a|b*)", "matches nothing at all"),
    ],
)
def test_refused(pattern, reason):
    with pytest.raises(PatternError, match=regex.escape(reason)) as caught:
        parse(pattern)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"read( [^ ]+){1,20} now", r"read( \w+,?){0,9}", "(soon |right )*read", r"(\w+ ){1,8}read"),
        *("(ab){9} x", "read( [^ ]+){0,200}", "(" * 20 + "a|b" + "c){1}{1}" * 20),
        "|".join(f"name{number}\\w*" for number in range(5000)),
    ],
    ids=lambda pattern: pattern[:30],
)
def test_not_refused(pattern):
    parse(pattern)


@pytest.mark.parametrize(
    ("pattern", "at", "text", "found"),
    [
        ("also read", "anywhere", "We also\u00a0  READ it", "also\u00a0  READ"),
        ("also read", "anywhere", "we also reader", None),
        ("also read", "anywhere", "balsalso read", None),
        ("don't miss", "anywhere", "Don’t miss out", "Don’t miss"),
        ("e-mail", "anywhere", "by e‑mail", "e‑mail"),
        ('say "so"', "anywhere", "they say “so” now", "say “so”"),
        ("also read:", "anywhere", "Also read:ten", "Also read:"),
        ("also read", "start", "►► Also read: ten", "Also read"),
        ("also read", "start", "we also read", None),
        ("also read", "whole", "** Also read: **", "Also read"),
        ("also read", "whole", "Also read ten", None),
        ("also read", "whole", "_Also read_", "Also read"),
        ("read more", "end", "the pond (read more...)", "read more"),
        ("read more", "end", "read more ponds", None),
        ("阅读更多", "anywhere", "请点击阅读更多文章", "阅读更多"),
        (r"\d+ comments?", "whole", "12 Comments", "12 Comments"),
        (r"\d+ comments?", "whole", "12 Commentsx", None),
        ("(share|tweet)( this)?", "whole", "Share this", "Share this"),
        ("следите за нами", "start", "СЛЕДИТЕ ЗА НАМИ в сети", "СЛЕДИТЕ ЗА НАМИ"),
        ("citește și", "start", "CITESTE SI: Ce facem", "CITESTE SI"),
        ("διαβάστε επίσης", "whole", "ΔΙΑΒΑΣΤΕ ΕΠΙΣΗΣ", "ΔΙΑΒΑΣΤΕ ΕΠΙΣΗΣ"),
        ("публикуется ещё", "whole", "Публикуется еще", "Публикуется еще"),
        ("cafe", "whole", "Café", None),
        ("мой мир", "whole", "мои мир", None),
        ("a.c", "whole", "abc", "abc"),
        ("[ab]{2} x", "whole", "ba  x", "ba  x"),
        (r"c\+\+ news", "whole", "C++ News", "C++ News"),
    ],
)
def test_matches(pattern, at, text, found):
    match = compile_pattern((pattern,), at).search(text)
    assert (match and match.group("phrase")) == found


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("also read", {"also read"}),
        ("(also|must) read:?", {"also read", "must read"}),
        ("follow( us)? on", {"follow on", "follow us on"}),
        (r"\d+ comments?", {" comment", " comments"}),
        ("don't miss it", {"t miss it"}),
        ("Straße", {"stra"}),
        (r"[a-z]+ \d", set()),
        ("(newsletter|[x-z])", set()),
    ],
)
def test_literals(pattern, expected):
    assert literals(parse(pattern)) == expected


@pytest.mark.parametrize(
    ("pattern", "one_way"),
    [
        ("one |two |three", True),
        ("one|two|onerous", False),
        ("two|one|twoone|on", False),
        ("b|bc", False),
        ("abc|abd|ab", False),
        ("a|b|ÀB|àbc", False),
    ],
)
def test_texts_of_which_one_begins_another_are_told(pattern, one_way):
    assert one_way_to_repeat(parse(pattern)) is one_way


def test_an_error_shows_of_a_long_pattern_what_stands_about_the_place():
    with pytest.raises(PatternError) as caught:
        parse("a" * 5000 + "(?i)" + "b" * 5000)
    assert "aa(?i)bb" in str(caught.value)
    assert "character 5002" in str(caught.value)


def shipped_patterns():
    return sorted({pattern for rule in load_rules(Options()).all for pattern in (*rule.any, *rule.all)})


def test_every_shipped_pattern_of_a_rule_has_a_gate():
    for rule in load_rules(Options()).all:
        for pattern in rule.any or ():
            assert literals(parse(pattern)), (rule.code, pattern)


def test_fold_takes_for_equal_what_the_exact_patterns_take_for_equal():
    """Every code point that `regex` matches for a letter of a shipped literal folds to the same."""
    letters = sorted(
        {char for pattern in shipped_patterns() for literal in literals(parse(pattern)) for char in literal}
    )
    letters = sorted({*letters, *map(chr, BARE), *"abcdefghijklmnopqrstuvwxyzøłıσиґ"} - {" "})
    everything = "".join(chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF)
    for letter in letters:
        for other in set(regex.findall(class_of(letter), everything, regex.IGNORECASE)):
            assert fold(other) == fold(letter), (letter, other)


_ATOMS = st.sampled_from(["a", "b", "é", "É", "ß", "中", " ", "-", "'", r"\d", "[ab]", "."])


def _repeated(inner):
    return st.tuples(inner, st.sampled_from(["?", "{1,2}", "{2}"])).map(lambda pair: f"({pair[0]}){pair[1]}")


_PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        _repeated(inner),
    ),
    max_leaves=8,
)


@given(_PATTERNS, st.text("abBeEéÉßẞ中 -’1\u00a0\u2003\x1c", max_size=30))
def test_a_match_always_holds_a_literal_of_the_gate(pattern, text):
    try:
        node = parse(pattern)
    except PatternError:
        return
    gate = literals(node)
    folded = fold(regex.sub(r"\s+", " ", text))
    if compile_pattern((pattern,)).search(text) and gate:
        assert any(literal in folded for literal in gate)
