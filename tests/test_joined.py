"""Lines in which several phrases for whole lines are joined."""

from dataclasses import replace
from itertools import cycle, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cleaner
from cleaner.commands.rulechange import _in_any_line
from cleaner.exact import Exact
from cleaner.gate import LineGate
from cleaner.lines import Lines
from cleaner.matcher import Matcher
from cleaner.options import Options
from cleaner.pipeline import cleaner_for
from cleaner.rules import load_rules, parse_pack
from cleaner.rules.patterns import parse
from cleaner.rules.spelled import made_of, word_of, words
from cleaner.strip import find
from cleaner.table import LineTable

MATCHER = Matcher(load_rules(Options()).active)
PROSE = (
    "The river rose in the night and the lower fields stood under water by morning, so that the farmers had "
    "to bring their sheep up to the old quarry before the road was closed."
)

JOINED = [
    "Share this story Share this on Facebook · Share this on Reddit",
    "74 Comments Tweet Related News",
    "Zum Inhalt springen E-Paper Abo Anzeigen Trauer Immobilien Jobs Anmelden",
    "Sdílet na Facebooku Sdílet na X Tisk",
    "Προηγούμενο άρθρο Επόμενο άρθρο",
    "Поділитися: Facebook Telegram Копіювати посилання",
    "شارك القصة فيسبوك تويتر واتساب نسخ الرابط",
    "8.1k SHARES Facebook Twitter",
    "Read more Read more",
    "Ultim'ora 18:42 18:30 18:11 Tutte le notizie",
    "分享到：QQ空间 新浪微博 开心网",
]

KEPT = [
    "Share prices fell and comments were few on Tuesday",
    "He told us to share this story and to print this page",
    "| Overall rating 4.8 | Overall rating 4.5 |",
    "November 17, 2025",
    "10. Social media 55",
    "Business & Finance",
    "Thanks, and see you on Facebook",
    "See all feedback",
    "Print 18:42 18:30",
    "18:42 Print 18:30 Share",
]


OWN = """
[pack]
name = "own"
prefix = "OWN"
[[rule]]
code = "OWN001"
name = "bell"
why = "A button."
points = 3
at = "whole"
any = ["ring the bell", "knock"]
[[rule]]
code = "OWN002"
name = "gate"
why = "A button that means something elsewhere."
points = 1
needs_near = 4
at = "whole"
any = ["the gate", "left .{2,30}"]
[[rule]]
code = "OWN003"
name = "list"
scope = "block"
why = "A list of others."
points = 3
at = "whole"
any = ["more gates"]
"""


@pytest.mark.parametrize("line", JOINED)
def test_such_a_line_goes_and_says_of_what_it_is_made(line):
    text = f"{PROSE}\n{PROSE.replace('river', 'lake')}\n{line}\n"
    removal = cleaner.clean(text).removals[0]
    assert removal.text.strip() == line
    (hit,) = [hit for hit in MATCHER.match(Lines(line)).lines[0] if hit.parts]
    assert len(hit.parts) > 1
    finding = next(one for one in find(Lines(text), MATCHER.match(Lines(text))) if one.rule == removal.rule)
    assert all(f"“{line[part.start : part.end]}”" in finding.evidence[0] for part in hit.parts)


@pytest.mark.parametrize("line", KEPT)
def test_what_only_looks_like_it_stays(line):
    assert not any(hit.parts for hits in MATCHER.match(Lines(line)).lines.values() for hit in hits)
    text = f"{PROSE}\n{line}\n{PROSE.replace('river', 'lake')}\n"
    assert cleaner.clean(text).text == text


def test_it_stands_where_the_rules_of_all_its_parts_want_it():
    later = OWN.replace('name = "list"', 'name = "list"\nafter_body = true')
    for pack, line, goes in (
        (OWN, "Knock Ring the bell", ("first", "between", "last")),
        (later, "Knock More gates", ("last",)),
        (later, "Ring the bell Knock", ("first", "between", "last")),
        (OWN.replace("points = 1", "points = 1\nbefore_body = true"), "The gate Knock", ("first", "last")),
        (OWN.replace("points = 3", "points = 3\nafter_body = true"), "Knock Ring the bell", ("last",)),
    ):
        matcher = Matcher(parse_pack(pack, "own.toml").rules)
        for place, text in (
            ("first", f"{line}\n{PROSE}\n{PROSE}\n"),
            ("between", f"{PROSE}\n{line}\n{PROSE}\n"),
            ("last", f"{PROSE}\n{PROSE}\n{line}\n"),
        ):
            lines = Lines(text)
            assert bool(find(lines, matcher.match(lines))) == (place in goes), (line, place)


def test_without_the_rule_of_one_part_it_stays():
    line = "Sdílet na Facebooku Sdílet na X Tisk"
    text = f"{PROSE}\n{PROSE.replace('river', 'lake')}\n{line}\n"
    for options in (Options(ignore=("SHR061",)), Options(select=("SHR016",))):
        assert line in cleaner_for(replace(options, evidence="rules")).clean(text).text


def own_parts(line):
    matcher = Matcher(parse_pack(OWN, "own.toml").rules)
    hits = [hit for hits in matcher.match(Lines(line)).lines.values() for hit in hits if hit.parts]
    return [(part.rule.code, line[part.start : part.end]) for hit in hits for part in hit.parts]


def test_parts_are_words_with_a_break_between_them_and_all_of_the_line():
    assert own_parts("Ring the bell Knock") == [("OWN001", "Ring the bell"), ("OWN001", "Knock")]
    assert own_parts("» Ring the bell | The gate «") == [("OWN001", "Ring the bell"), ("OWN002", "The gate")]
    assert own_parts("Knock 14 Knock (3)") == [("OWN001", "Knock"), ("OWN001", "Knock")]
    for line in (
        "Knock",
        "Knock-knock",  # no break
        "The gate The gate",  # nothing that speaks for them
        "Knock left the house",  # a phrase that lets a word be any word
        "Ring the bell at noon",
        "14 Knock Knock",
        "Ring the bell knock",  # a word that goes on
        "More gates Knock",  # what leads a block stands last
        "",
    ):
        assert own_parts(line) == [], line


def test_a_line_that_ends_in_the_lead_of_a_block_takes_the_block():
    line = "Knock More gates"
    assert own_parts(line) == [("OWN001", "Knock"), ("OWN003", "More gates")]
    matcher = Matcher(parse_pack(OWN, "own.toml").rules)
    lines = Lines(f"{PROSE}\n{line}\nThe Northern Gate Opens Again\nA New Gate for the Harbour\n")
    (finding,) = [one for one in find(lines, matcher.match(lines)) if one.rule == "OWN003"]
    assert finding.end == lines[3].end


@pytest.mark.parametrize("worth", [0, 1 << 40])
def test_a_rule_that_changes_can_touch_a_line_that_it_has_part_in(worth, monkeypatch):
    monkeypatch.setattr("cleaner.gate._WORTH", worth)
    rules = {rule.code: rule for rule in parse_pack(OWN, "own.toml").rules}
    for code, line in (("OWN001", "The gate Knock"), ("OWN002", f"Knock {'Knock ' * 9}The gate")):
        found = LineGate([rules[code]]).candidates(LineTable([line]))
        assert not any(units for _, _, units, _ in found)
        assert any(True for _ in LineGate([_in_any_line(rules[code])]).candidates(LineTable([line])))


def sure(rule):
    """Whether a rule for any line takes its phrases by itself, and they are sought by how they begin."""
    alone = rule.scope == "line" and rule.at == "whole" and not rule.limits.needs_near and rule.points >= 3
    return alone and bool(rule.spelled) and all(gate.begins for gate in rule.gates)


def sure_lines():
    """Lines of the examples of all packs that such a rule takes and whose words it spells."""
    rules = load_rules(Options()).active
    lines = {line for rule in rules for example in rule.examples for line in example.texts}
    short = sorted(line for line in lines if 0 < len(line.split()) <= 8 and line[:1].isalpha())
    return [
        line
        for line in short
        if any(
            sure(hit.rule) and not hit.parts and made_of(line, {*hit.rule.spelled_words, "0"})
            for hit in MATCHER.match(Lines(line)).lines.get(0, ())
        )
    ]


LINES = sure_lines()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_two_lines_of_the_examples_are_joined_or_one_phrase(data):
    assert len(LINES) > 300
    two = data.draw(st.lists(st.sampled_from(LINES), min_size=2, max_size=3, unique=True))
    line = data.draw(st.sampled_from(["  ", " | ", " · "])).join(two)
    hits = MATCHER.match(Lines(line)).lines.get(0, ())
    long = LineTable([line]).words[0] >= 20  # a paragraph, if it ends as one does
    assert long or any(hit.rule.at == "whole" for hit in hits), line


def test_the_words_that_a_pattern_spells():
    for pattern, spelled in (
        ("read (more|on)", {"read", "more", "on"}),
        ("e-?mail", {"e", "mail", "email"}),
        (r"\d+ comments? ?(so far)?", {"0", "comment", "comments", "so", "far"}),
        ("don't miss", {"don", "t", "miss"}),
        ("share( .{2,30})?", {"share"}),
        ("share .{2,30}", set()),
        ("(home|news)([ |]{1,3}(home|news)){2,9}", {"home", "news"}),
        ("wei[a-z]{1,2} mehr", set()),
        (r"4k( videos?)?", {"0k", "video", "videos"}),
    ):
        assert words(parse(pattern)) == spelled, pattern


def test_a_text_is_made_of_words_that_fold_alike():
    own = {"straße", "don", "t", "0", "0k"}
    assert made_of("STRASSE", {word_of("straße")})
    for text, so in (
        ("Don't: 24/7", True),
        ("14k", True),
        ("14m", False),
        ("don tt", False),
        ("– · –", True),
    ):
        assert made_of(text, own) == so, text


def test_what_is_asked_grows_with_the_words_of_a_line(monkeypatch):
    asked = []
    search = Exact.search
    monkeypatch.setattr(Exact, "search", lambda self, *rest: asked.append(1) or search(self, *rest))
    counts = []
    for words_ in (8, 16, 32, 64, 4000):
        asked.clear()
        matcher = Matcher(load_rules(Options()).active)
        matcher.match(Lines(" ".join(islice(cycle(["share", "comments", "home", "menu", "print"]), words_))))
        counts.append(len(asked))
    assert counts[2] < 5 * counts[0] + 500
    assert max(counts[3:]) < counts[2]  # too long to be tried


def test_it_is_found_in_any_table():
    rows = [*JOINED, *KEPT]
    together = MATCHER.match_rows(LineTable(rows))
    for row, line in enumerate(rows):
        assert Matcher(load_rules(Options()).active).match_rows(LineTable([line])).get(0) == together.get(row)
