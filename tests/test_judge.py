"""The judge: what binds it, whatever its scorer says, and how it says why."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.bench import OPENING_LINES, Case
from cleaner.evidence import NAMES
from cleaner.judge import CODES, MOST_CHARS, MOST_LINES, Judge, judge_for
from cleaner.model import Document
from cleaner.options import STRICTNESSES, Options
from cleaner.pipeline import Cleaner, cleaner_for
from cleaner.profile import Profile, profile_of
from cleaner.scorer import load
from cleaner.table import LineTable
from training.trees import exported, write

PROSE = (
    "The ferry left at seven and came back with the last of the light, as it had for forty years or more.",
    "Nobody on the quay could remember a winter in which the boat had stayed away for longer than one night.",
    "The harbour clock had stopped in the spring, and those who came late for the boat blamed it on that.",
)
PLACES = ("before", "within", "after")
COMPANY = [f"{company}_{place}" for company in ("company", "beyond") for place in PLACES]
POINTS = {
    "sure": 5.0,
    "alone": 6.0,
    "recurring": 5.0,
    "widely": 5.0,
    **{f"company_{place}": 5.0 for place in PLACES},
    **{f"beyond_{place}": 1.0 for place in PLACES},
    "between_before": -0.25,
    "between_after": -0.25,
    "prose": 3.0,
    "abroad": 0.0,
}


def leaf(value):
    return {"leaf_value": value}


def split(name, threshold, left, right):
    return {
        "split_feature": NAMES.index(name),
        "threshold": threshold,
        "decision_type": "<=",
        "internal_value": 0.0,
        "left_child": left,
        "right_child": right,
    }


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """A judge for which lines of one word are sure, other lines that end as no sentence likely, and
    paragraphs likely as well, most of all those that other pages hold."""
    paragraph = split("held", 0, leaf(4.0), leaf(6.0))
    other = split("sentence", 0, leaf(3.0), split("prose", 0, leaf(-9.0), paragraph))
    tree = split("words", 1, leaf(9.0), other)
    points = dict.fromkeys(STRICTNESSES, POINTS)
    points["cautious"] = dict.fromkeys(POINTS, 8.0)
    path = tmp_path_factory.mktemp("judge") / "scorer.json"
    write(path, exported({"tree_info": [{"tree_structure": tree}]}, NAMES, points))
    return Judge(load(path, NAMES), "default")


def taken(judge, lines, title=None, sure=(), points=None, profile=None, url=None):
    """Indices and codes of the lines that go."""
    text = "\n".join(lines) + "\n"
    [verdict] = judge.judge([Case(text, title, url, points or {}, sure)], profile)
    starts = [sum(len(line) + 1 for line in lines[:at]) for at in range(len(lines))]
    return {starts.index(finding.start): finding.rule for finding in verdict.findings}


def test_what_is_not_sure_goes_only_beyond_a_sure_line(judge):
    lines = [*PROSE, "a likely line", "Sure", "another likely line", "and one more"]
    assert taken(judge, lines) == {4: "JDG003", 5: "JDG003", 6: "JDG003"}


def test_above_the_article_the_sure_line_stands_below(judge):
    lines = ["a likely line", "Sure", *["another likely line"] * 4, *PROSE]
    assert taken(judge, lines) == {0: "JDG001", 1: "JDG001"}


def test_a_few_lines_above_the_article_need_more(judge):
    """They may be its headline, byline and date, whatever the title says."""
    assert taken(judge, ["a likely line", "Sure", *PROSE]) == {1: "JDG001"}
    assert taken(judge, ["a likely line", "Sure", *PROSE], points={0: 1}) == {0: "JDG001", 1: "JDG001"}
    far = ["a likely line", "Sure", *["another likely line"] * 3, *PROSE]
    assert taken(judge, far) == {0: "JDG001", 1: "JDG001"}
    assert taken(judge, far, sure={2, 3, 4}) == {1: "JDG001"}  # what rules take lies not between


def test_the_only_dates_above_the_article_are_its_own(judge):
    below = ["Sure", *["another likely line"] * 4, *PROSE]
    assert taken(judge, ["likely in 2019", *below]) == {1: "JDG001"}
    assert taken(judge, ["likely in 2019", "likely in 2020", *below]) == {2: "JDG001"}
    listed = ["likely in 2018", "likely in 2019", "likely in 2020"]
    assert taken(judge, [*listed, *below]) == dict.fromkeys(range(4), "JDG001")


def test_below_a_standfirst_stand_byline_and_date(judge):
    lines = ["Harbour", PROSE[0], "Sure", "a likely line", "Sure", *PROSE[1:]]
    assert taken(judge, lines) == {0: "JDG001", 2: "JDG002", 3: "JDG002", 4: "JDG002"}
    assert taken(judge, lines, title="Harbour") == {2: "JDG002", 4: "JDG002"}
    later = ["Harbour", *PROSE[:2], "Sure", "a likely line", "Sure", PROSE[2]]
    assert taken(judge, later, title="Harbour") == {3: "JDG002", 4: "JDG002", 5: "JDG002"}


def test_between_paragraphs_a_sure_line_stands_on_both_sides(judge):
    lines = [PROSE[0], "likely one", "Sure", "likely two", "Sure", "likely three", PROSE[1]]
    assert taken(judge, lines) == {2: "JDG002", 3: "JDG002", 4: "JDG002"}


def test_between_two_sure_lines_it_needs_less(judge):
    unsure = "words " * 60  # so many that the line falls under what a likely one needs
    assert taken(judge, [*PROSE, "Sure", unsure]) == {3: "JDG003"}
    assert taken(judge, [*PROSE, "Sure", unsure, "Sure"]) == {3: "JDG003", 4: "JDG003", 5: "JDG003"}


def test_a_line_that_a_rule_takes_is_sure_and_stays_the_rules(judge):
    lines = [*PROSE, "a rule knows this", "a likely line"]
    assert taken(judge, lines) == {}
    assert taken(judge, lines, sure={3}) == {4: "JDG003"}


def test_prose_between_prose_is_out_of_reach(judge):
    assert taken(judge, [PROSE[0], PROSE[1], PROSE[2], "Sure"]) == {3: "JDG003"}


def test_a_numbered_list_goes_whole_or_not_at_all(judge):
    listed = ["1. a likely line", "2. a likely line", "3. a likely line"]
    assert taken(judge, [*PROSE, "Sure", *listed]) == dict.fromkeys(range(3, 7), "JDG003")
    unlikely = "2. this one ends as sentences do."
    assert taken(judge, [*PROSE, "Sure", listed[0], unlikely, listed[2]]) == {3: "JDG003"}
    assert taken(judge, [*PROSE, "Sure", listed[0], "2. a rule knows this", listed[2]], sure={5}) == {
        3: "JDG003",
        4: "JDG003",
        6: "JDG003",
    }
    assert taken(judge, [*PROSE, "Sure", listed[2], unlikely, listed[0]]) == {
        3: "JDG003",
        4: "JDG003",
        6: "JDG003",
    }  # no order, no list


def test_a_list_with_bullets_between_paragraphs_goes_whole_or_not_at_all(judge):
    def within(*items: str) -> set[int]:
        return set(taken(judge, [*PROSE, "Sure", *items, "Sure", *PROSE]))

    likely, unlikely = "- a likely line", "- this one ends as sentences do."
    assert within(likely, likely, likely) == {3, 4, 5, 6, 7}
    assert within(likely, unlikely, likely) == {3, 7}
    assert within("* a likely line", unlikely, "* a likely line") == {3, 4, 6, 7}  # no list
    assert set(taken(judge, [*PROSE, "Sure", likely, unlikely, likely])) == {3, 4, 6}


def test_lines_with_a_year_each_between_paragraphs_go_whole_or_not_at_all(judge):
    def within(*items: str) -> set[int]:
        return set(taken(judge, [*PROSE, "Sure", *items, "Sure", *PROSE]))

    unlikely = "1960 ended as sentences do."
    assert within("a likely line of 1931", "a line of 1960", "a line of 2012") == {3, 4, 5, 6, 7}
    assert within("a likely line of 1931", unlikely, "a likely line of 2012") == {3, 7}
    assert within("1863: a likely line", "a line of 1931", "1790: a line") == {3, 4, 5, 6, 7}
    assert within("1863: a likely line", "1700 ended as sentences do.", "a line of 1931") == {3, 7}
    assert within("a likely line", unlikely, "a likely line of 2012") == {3, 4, 6, 7}


def test_prose_at_the_edge_needs_more(judge):
    """Twenty words take 1.5 off the paragraph's 4: over what a line needs, under what prose does."""
    assert taken(judge, [*PROSE, "Sure", PROSE[1]]) == {3: "JDG002"}
    assert taken(judge, [*PROSE, "Sure", PROSE[1][:-1]]) == {3: "JDG003", 4: "JDG003"}


def test_the_documents_own_title_stays(judge):
    lines = ["Sure", "Harbour", *PROSE]
    assert taken(judge, lines) == {0: "JDG001", 1: "JDG001"}
    assert taken(judge, lines, title="HARBOUR!") == {0: "JDG001"}


def test_directly_below_the_headline_lines_need_more(judge):
    """Byline and what its author is, however many boxes stand between them and the article."""
    lines = ["Harbour", "a likely line", *["a likely one"] * 9, "Sure", *PROSE]
    assert taken(judge, lines).keys() == {*range(12)}
    near = {8, 9, 10}  # the article
    assert taken(judge, lines, title="Harbour").keys() == {*range(12)} - {0, 1, 2} - near
    assert taken(judge, lines, title="Harbour", sure={1}).keys() == {*range(12)} - {0, 1, 2, 3} - near


def test_what_says_most_of_the_title_is_the_headline(judge):
    lines = ["Sure", "Old harbour", "Old harbour sinks", "Sure", *PROSE]
    assert taken(judge, lines) == dict.fromkeys(range(4), "JDG001")
    for title in ("Old harbour sinks. A talk with its last pilot", "Old harbour sinks!"):
        assert 2 not in taken(judge, lines, title=title)
    assert 2 in taken(judge, lines, title="Old harbour")  # stands in the text in these words
    assert 2 in taken(judge, lines, title="Harbour lights and other tales")
    within = [*PROSE, "Sure", "Old harbour sinks"]
    assert taken(judge, within, title="Old harbour sinks. A talk with its last pilot").keys() == {3, 4}


TITLES = (None, "Harbour", "A likely line", "Sure of it")
SAID = st.sampled_from([*PROSE, "Sure", "Harbour", "a likely line", "Harbour: a likely line", "Sure of it"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(SAID, min_size=1, max_size=9),
            st.lists(st.sampled_from(TITLES), min_size=1, max_size=3, unique=True),
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_a_text_of_several_titles_is_heard_under_each(documents, known):
    judge, told = judge_for("thorough"), profile([page(n, "Sure of it", "Harbour") for n in range(6)])
    seen = told if known else None
    cases, alone = [], []
    for lines, (title, *further) in documents:
        case = Case("\n".join(lines) + "\n", title, "https://marsh.example/9", {}, ())
        cases.append(case._replace(further=further))
        alone.append([case._replace(title=one) for one in (title, *further)])
    for verdict, separate in zip(judge.judge(cases, seen), alone, strict=True):
        verdicts = [judge.judge([case], seen)[0] for case in separate]
        places = {(finding.start, finding.end, finding.rule) for one in verdicts for finding in one.findings}
        assert {(finding.start, finding.end, finding.rule) for finding in verdict.findings} == places
        assert verdict.fused == any(one.fused for one in verdicts)


def test_the_fuse_leaves_what_only_the_cautious_setting_takes(judge):
    menu = ["likely words here", "Sure"] * 40
    assert set(taken(judge, [*menu, *PROSE[:1]])) == set(range(1, 80, 2))
    assert set(taken(judge, [*menu, *PROSE * 20])) == set(range(80))


def test_the_fuse_keeps_a_text_whole_where_even_that_is_nearly_all(judge):
    text = "\n".join(["Sure"] * 30 + ["two words here"]) + "\n"
    [verdict] = judge.judge([Case(text, None, None, {}, ())])
    assert (verdict.findings, verdict.fused) == ([], True)
    result = Cleaner(Options(), judge).clean(text)
    assert (result.status, result.text) == ("fused", text)


def profile(pages, url="https://marsh.example/1"):
    cleaner = cleaner_for(Options(evidence="rules"))
    return profile_of([cleaner.sightings([Document(page, None, url) for page in pages])])


def page(number, *more):
    return (
        "\n".join((f"{PROSE[0][:-1]} on the {number}th day of a long and wet and windy autumn.", *more))
        + "\n"
    )


CONSENT = (
    "We and our partners keep all that can be kept of you and yours, and you are asked once, and no more."
)


def test_prose_on_many_pages_of_the_host_loses_its_guard(judge):
    known = profile([page(number, CONSENT, PROSE[1]) for number in range(12)])
    lines = [
        PROSE[2],
        "Sure",
        CONSENT,
        "Sure",
        PROSE[2][::-1].strip(".") + " and so it went on and on and on for hours.",
        PROSE[2],
    ]
    url = "https://www.marsh.example/2"
    assert set(taken(judge, lines, url=url)) == {1, 3}
    assert taken(judge, lines, url=url, profile=known)[2] == "JDG004"
    assert set(taken(judge, lines, url="https://other.example/", profile=known)) == {1, 3}


def test_what_stands_on_other_pages_goes_under_its_own_code(judge):
    known = profile([page(number, "Sure") for number in range(8)])
    lines = [*PROSE, "Sure", "Other"]
    assert taken(judge, lines, profile=known, url="https://marsh.example/x") == {3: "JDG004", 4: "JDG003"}


def test_near_misses_say_what_saved_them(judge):
    text = "\n".join([*PROSE, "a likely line"]) + "\n"
    [verdict] = judge.judge([Case(text, None, None, {}, ())], reasons=True)
    near = verdict.near[-1]
    assert text[near.start : near.end] == "a likely line\n"
    assert (near.code, near.saved_by[0]) == ("JDG003", "no sure line stands between it and the article")


LINES = st.lists(
    st.sampled_from(
        [*PROSE, "Home", "Ten ponds", "Share | Print | Mail", "By the ferryman", "0", "© 2024", ""]
    )
    | st.text(max_size=15),
    max_size=14,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(LINES.map("\n".join), min_size=1, max_size=4), st.sampled_from(STRICTNESSES), st.booleans())
def test_a_text_is_judged_alike_alone_and_in_any_batch(texts, strictness, known):
    cleaner = cleaner_for(Options(strictness=strictness))
    documents = [Document(text, None, f"https://h{at % 2}.example") for at, text in enumerate(texts)]
    seen = profile_of([cleaner.sightings(documents * 2)]) if known else None
    together = cleaner.clean_many(documents, seen)
    alone = [cleaner.clean(one.text, one.title, one.url, profile=seen) for one in documents]
    assert together == alone
    assert cleaner.clean_many(documents[::-1], seen)[::-1] == alone
    again = cleaner.clean_many(
        [one._replace(text=result.text) for one, result in zip(documents, alone, strict=True)], seen
    )
    assert [result.text for result in again] == [result.text for result in alone]


ARTICLE = "\n".join(PROSE) + "\n"


MENU_NAMES = (
    "Share this",
    "Tweet",
    "Harbour Gazette",
    "Local",
    "Tides",
    "Horoscopes",
    "Puzzles",
    "Archive",
    "© 2024 The Post",
)
MENU = ARTICLE + "".join(f"{name}\n" for name in MENU_NAMES)


def test_codes_can_be_ignored_and_their_text_comes_back():
    every = cleaner_for(Options()).clean(MENU)
    learned = {removal.rule for removal in every.removals if removal.rule in CODES}
    assert learned, "the judge takes something of this menu"
    without = cleaner_for(Options(ignore=("JDG",))).clean(MENU)
    assert without.removals == tuple(one for one in every.removals if one.rule not in CODES)
    for code in learned:
        one = cleaner_for(Options(ignore=(code,))).clean(MENU)
        assert one.removals == tuple(removal for removal in every.removals if removal.rule != code)
        assert cleaner_for(Options(ignore=(code,))).clean(one.text).text == one.text


def test_the_dial_takes_more_from_step_to_step():
    text = MENU
    sizes = [len(cleaner_for(Options(strictness=name)).clean(text).text) for name in STRICTNESSES]
    assert sizes == sorted(sizes, reverse=True)


def test_evidence_in_plain_words():
    text = MENU
    explanation = cleaner_for(Options()).explain(text)
    found = [finding for finding in explanation.findings if finding.rule in CODES]
    assert found
    for finding in found:
        assert 1 <= len(finding.evidence) <= 4
        assert all(reason and reason[0].isalnum() for reason in finding.evidence)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one line",
        "word\n" * 100_000,
        "漢字" * 30_000 + "\n" + "かな\n" * 500,
        "x" * 1_000_000 + "\n" + ARTICLE,
        ("mixed слова 言葉 कुछ\n" * 200) + ARTICLE,
        "\n" * 50_000,
    ],
    ids=["empty", "one", "many", "wordless", "long", "mixed", "blank"],
)
def test_sound_whatever_comes(text):
    cleaner = cleaner_for(Options(strictness="thorough"))
    result = cleaner.clean(text)
    assert result.source == text
    assert all(line in result.text for line in ARTICLE.splitlines() if line in text)
    assert cleaner.clean(result.text).text == result.text
    assert len(result.text) >= 0.05 * len(text.strip())


def test_a_text_beyond_all_pages_is_not_judged(judge):
    lines = [*PROSE, "Sure"]
    for beyond in ("\n" * MOST_LINES, "x" * MOST_CHARS):
        assert taken(judge, lines) == {3: "JDG003"}
        [verdict] = judge.judge([Case("\n".join(lines) + "\n" + beyond, None, None, {}, ())])
        assert verdict.findings == []


def test_rules_take_from_a_text_beyond_all_pages(monkeypatch):
    text = f"{ARTICLE}\nAlso Read: The dam\nPost a Comment\n0 Comments\n"
    core = cleaner_for(Options(evidence="rules"))
    alone = core.clean(text)
    assert alone.removals
    monkeypatch.setattr("cleaner.judge.MOST_CHARS", len(ARTICLE))
    assert cleaner_for(Options()).clean(text) == alone


def test_a_judge_is_loaded_once():
    assert judge_for("default") is judge_for("default")
    assert judge_for("default").scorer is judge_for("thorough").scorer


def test_a_profile_is_evidence_only_for_its_host():
    known = profile([page(number, "Teaser of the week") for number in range(30)])
    assert isinstance(known, Profile)
    assert known.digest == replace(known).digest
    assert known.digest != profile([page(1)]).digest


def test_where_no_rule_speaks_a_line_needs_more_to_be_sure_by_itself(tmp_path):
    path = tmp_path / "scorer.json"
    tree = split("words", 1, leaf(5.5), leaf(-9.0))
    write(
        path, exported({"tree_info": [{"tree_structure": tree}]}, NAMES, dict.fromkeys(STRICTNESSES, POINTS))
    )
    judge = Judge(load(path, NAMES), "default")
    lines = [*PROSE, "Sure", "no more than a few words"]
    assert taken(judge, lines) == {}
    assert taken(judge, lines, points={4: 1}) == {3: "JDG003"}


def test_where_the_text_holds_a_sure_line_others_need_less(tmp_path):
    path = tmp_path / "scorer.json"
    tree = split("words", 1, leaf(7.0), split("words", 2, leaf(4.0), leaf(-9.0)))
    beyond = {f"beyond_{place}": 9.0 for place in PLACES}
    point = {**POINTS, **beyond, "company_within": 3.0, "company_after": 3.7}
    points = dict.fromkeys(STRICTNESSES, point)
    write(path, exported({"tree_info": [{"tree_structure": tree}]}, NAMES, points))
    judge = Judge(load(path, NAMES), "default")
    lines = [PROSE[0], "two words", *PROSE[1:], "no more than a few words"]
    assert taken(judge, lines) == {}
    assert taken(judge, [*lines, "Sure"]) == {1: "JDG002", 5: "JDG003"}
    assert taken(judge, [*lines, "two words", "no more than a few", "Sure"]) == {1: "JDG002", 7: "JDG003"}
    points = {key: {**point, "company_after": 3.5} for key in STRICTNESSES}
    write(path, exported({"tree_info": [{"tree_structure": tree}]}, NAMES, points))
    judge = Judge(load(path, NAMES), "default")
    lines = [*PROSE, "two words", "no more than a few words", "Sure"]
    assert taken(judge, lines) == {3: "JDG003", 5: "JDG003"}


def test_what_recurs_needs_more_on_a_host_of_many_pages(tmp_path):
    """Slogans and addresses recur on all its pages as the frame does."""
    path = tmp_path / "scorer.json"
    tree = split("words", 2, leaf(4.0), leaf(-9.0))
    point = {**POINTS, "recurring": 3.0, "widely": 4.5}
    write(
        path, exported({"tree_info": [{"tree_structure": tree}]}, NAMES, dict.fromkeys(STRICTNESSES, point))
    )
    judge = Judge(load(path, NAMES), "default")
    lines = [*PROSE, "Harbour Gazette", "Old Quay"]
    for pages, goes in ((10, {3: "JDG004", 4: "JDG004"}), (40, {})):
        known = profile([page(number, *lines[-2:]) for number in range(pages)])
        assert taken(judge, lines, profile=known, url="https://marsh.example/9") == goes


def test_short_lines_on_a_few_pages_of_a_large_host_are_headings_as_well(tmp_path):
    """Slogans, "Ingredients": a teaser is longer."""
    path = tmp_path / "scorer.json"
    tree = split("words", 9, leaf(5.0), leaf(-9.0))
    point = {**POINTS, "alone": 9.0, "sure": 9.0, "widely": 3.0, **dict.fromkeys(COMPANY, 9.0)}
    write(
        path, exported({"tree_info": [{"tree_structure": tree}]}, NAMES, dict.fromkeys(STRICTNESSES, point))
    )
    judge = Judge(load(path, NAMES), "default")
    short, long = ["Bug fixes", "We never forget"], ["Storm over the flats", "Boats that came back"]
    others = [f"{PROSE[0]} {number}" for number in range(60)]
    for lines, goes in ((short, {}), (long, {3: "JDG004", 4: "JDG004"})):
        known = profile([page(1, *lines), page(2, *lines), *map(page, range(3, 63), others)])
        assert taken(judge, [*PROSE, *lines], profile=known, url="https://marsh.example/9") == goes


GERMAN = (
    "Die Fähre legte um sieben Uhr ab und kam erst mit dem letzten Licht zurück, so wie sie es seit vierzig "
    "Jahren oder mehr getan hatte.",
    "Niemand am Kai erinnerte sich an einen Winter, in dem das alte Boot länger als nur eine einzige Nacht "
    "draußen ausgeblieben war.",
    "Die Uhr am Hafen stand seit dem Frühjahr still, und wer das Boot am Abend verpasste, der gab nur ihr "
    "allein die Schuld daran.",
)


def test_abroad_a_line_needs_less(tmp_path):
    """The trees know their own language best; of a few words it is not told which they are in. Paragraphs,
    what stands between them and what follows the last directly may be the article's own in any language."""
    path = tmp_path / "scorer.json"
    paragraph = split("window_words", 0, leaf(5.9), leaf(6.0))
    tree = split("words", 3, leaf(5.9), split("prose", 0, leaf(-9.0), paragraph))
    points = {key: {**POINTS, "prose": 9.0, "abroad": 1.0} for key in STRICTNESSES}
    dump = {"tree_info": [{"tree_structure": tree}]}
    for home, known in ((("the", "and", "of"), True), ((), False)):
        write(path, exported(dump, NAMES, points, home))
        judge = Judge(load(path, NAMES), "default")
        above = ["Alle Bilder", *["Neu"] * OPENING_LINES, *GERMAN]
        assert 0 in taken(judge, above) if known else taken(judge, above) == {}
        assert taken(judge, ["All pictures", *["New"] * OPENING_LINES, *PROSE]) == {}
        assert taken(judge, [GERMAN[0], "Alle Bilder", *GERMAN[1:]]) == {}
        assert taken(judge, [*GERMAN, "Alle Bilder"]) == {}
        assert taken(judge, [*above[:5], GERMAN[0]]) == {}
        both = judge.judge(
            [Case("\n".join(lines) + "\n", None, None, {}, ()) for lines in (["All"] * 5 + [*PROSE], above)]
        )
        assert [bool(verdict.findings) for verdict in both] == [False, known]
    likelier = {"tree_info": [{"tree_structure": split("words", 3, leaf(7.5), leaf(-9.0))}]}
    write(path, exported(likelier, NAMES, points, ("the", "and", "of")))
    judge = Judge(load(path, NAMES), "default")
    assert taken(judge, ["Von Jörn", "Neu", *GERMAN]) == {}  # two lines above an article: 8 are needed, not 7
    assert 0 in taken(judge, ["Von Jörn", *["Neu"] * OPENING_LINES, *GERMAN])


def test_texts_without_an_address_are_of_one_site_only_where_their_lines_recur():
    cleaner = cleaner_for(Options(evidence="rules"))
    one_site = [Document(page(number, "Harbour Gazette", "Tides", "Archive")) for number in range(9)]
    many = [Document(page(number, f"Gazette {number}", f"Tides {number}", "Archive")) for number in range(9)]
    for documents, heard in ((one_site, True), (many, False)):
        known = profile_of([cleaner.sightings(documents)])
        table = LineTable([documents[0].text])
        seen = known.seen(table, [None], [()])
        assert seen.pages.tolist() == [8 * heard] * 4
        named = profile_of([cleaner.sightings([one._replace(url="https://a.example/") for one in documents])])
        assert named.seen(table, ["https://a.example/"], [()]).pages.tolist() == [8] * 4
