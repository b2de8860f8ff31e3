"""Evidence: whole numbers with names, the same for a document whatever shares its batch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.evidence import FEATURES, NAMES, WITHOUT_PROFILE, Batch, evidence
from cleaner.evidence.reasons import _PHRASES, reasons_for
from cleaner.evidence.rows import Rows, best_window
from cleaner.profile import profile_of, sightings
from cleaner.rules.model import SUBJECT_BITS
from cleaner.scorer import MOST
from cleaner.table import LineTable
from training.card import PAGE, with_features

PROSE = (
    "The ferry left at seven and came back with the last of the light, as it had for forty years or more.",
    "Nobody on the quay could remember a winter in which the boat had stayed away for longer than one night.",
    "The harbour clock had stopped in the spring, and those who came late for the boat blamed it on that.",
)
SHORT = (
    "Home",
    "Ten ponds of the marsh",
    "By the ferryman",
    "Read on | Share | Print",
    "0",
    "© 2024",
    "日本語の記事",
    "• •",
)
LINES = st.lists(st.sampled_from(PROSE + SHORT) | st.text("ab .\n|", max_size=12), max_size=14)
TEXTS = LINES.map("\n".join)


def numbers(texts, titles=None, points=None, profile=None):
    """The evidence of some texts, by text; ``points`` and sureness depend on the line alone."""
    table = LineTable(texts)
    titles = titles or [None] * len(texts)
    told = np.array([len(table.text(row)) % 4 for row in range(len(table))], np.int64)
    seen = profile.seen(table, [None] * len(texts), [()] * len(texts)) if profile is not None else None
    subjects = np.array([len(table.text(row)) % 16 for row in range(len(table))], np.int64)
    batch = Batch(table, told, subjects, told == 3, LineTable([title or "" for title in titles]), seen)
    found = evidence(batch)
    return [found[first:stop] for first, stop in zip(table.docs[:-1], table.docs[1:], strict=True)]


@settings(deadline=None, max_examples=100)
@given(st.lists(TEXTS, min_size=1, max_size=5), st.booleans())
def test_a_document_alone_has_the_same_evidence(texts, known):
    titles = [text.split("\n")[0] or None for text in texts]
    profile = None
    if known:
        profile = profile_of([sightings(LineTable([text]), [None], [()]) for text in texts])
    together = numbers(texts, titles, profile=profile)
    for text, title, rows in zip(texts, titles, together, strict=True):
        [alone] = numbers([text], [title], profile=profile)
        assert np.array_equal(rows, alone)


@settings(deadline=None, max_examples=60)
@given(TEXTS)
def test_blank_lines_say_nothing(text):
    [dense] = numbers([text])
    [loose] = numbers(["\n \n" + text.replace("\n", "\n\n\n") + "\n\n"])
    assert np.array_equal(dense, loose)


def test_names_and_columns_agree():
    [found] = numbers(["\n".join(PROSE + SHORT)])
    assert found.shape == (len(PROSE + SHORT), len(NAMES))
    assert len(set(NAMES)) == len(NAMES)
    assert all(feature.unit and feature.kind in _PHRASES for feature in FEATURES)


def test_no_number_knows_how_far_the_end_is_beyond_its_run():
    """What is added after the next paragraph changes nothing but what a document is as a whole, what is
    said of other lines by kind (paragraphs and their words, lines that rules know) and means of what
    stands around."""
    whole = {feature.name for feature in FEATURES if feature.kind in ("document", "vocabulary")}
    far = {"prose_below", "points_below", "sure_until", "window", "window_away", "repeats"}
    far |= {feature.name for feature in FEATURES if feature.kind in ("subject", "pattern")}
    far |= {name for name in NAMES if "~" in name}
    body = "\n".join((*SHORT[:3], *PROSE, *SHORT[3:5], PROSE[0]))
    [first], [longer] = numbers([body]), numbers([body + "\n" + "\n".join(PROSE * 3)])
    local = [at for at, name in enumerate(NAMES) if name not in whole | far]
    rows = len((*SHORT[:3], *PROSE, *SHORT[3:5]))
    assert np.array_equal(first[:rows, local], longer[:rows, local])


def test_every_number_fits_whatever_the_line():
    huge = "word " * 300_000 + "\n" + "x" * 400_000 + "\n" + "。" * 50_000
    [found] = numbers([huge + "\n" + "\n".join(PROSE)])
    assert found.max() <= MOST
    assert found.min() >= -1


def column(rows, name):
    return rows[:, NAMES.index(name)].tolist()


def test_places_are_told_against_the_prose():
    [rows] = numbers(["\n".join((SHORT[0], PROSE[0], SHORT[1], SHORT[2], PROSE[1], SHORT[3]))])
    assert column(rows, "prose_above") == [0, 0, 1, 1, 1, 2]
    assert column(rows, "prose_below") == [2, 1, 1, 1, 0, 0]
    assert column(rows, "lines_since")[2:4] == [1, 2]
    assert column(rows, "lines_until")[2:4] == [2, 1]
    assert column(rows, "run_lines")[2:4] == [2, 2]


def test_words_are_shared_with_the_paragraphs_and_not_with_the_line_itself():
    text = "\n".join((*PROSE, "The harbour clock of the ferry", "Zebra crossing repainted"))
    [rows] = numbers([text])
    assert column(rows, "shared")[3:] == [1000, 0]
    [alone] = numbers([PROSE[0]])
    assert column(alone, "shared") == [0]


def test_what_rules_are_about_is_told_by_subject():
    table = LineTable(["\n".join((PROSE[0], "5 comments", "Anna", PROSE[1], "About us"))])
    nothing = np.zeros(5, np.int64)
    subjects = np.array([0, SUBJECT_BITS["comments"], 0, 0, SUBJECT_BITS["site"]], np.int64)
    rows = evidence(Batch(table, nothing, subjects, nothing > 0, LineTable([""]), None))
    assert column(rows, "comments_since") == [30, 30, 1, 2, 3]
    assert column(rows, "comments_above") == [0, 0, 1, 1, 1]
    assert column(rows, "comments_below") == [1, 0, 0, 0, 0]
    assert column(rows, "site_below") == [1, 1, 1, 1, 0]
    assert column(rows, "links_above") == [0] * 5
    values = dict(zip(NAMES, rows[3].tolist(), strict=True))
    weights = [int(name == "comments_since") for name in NAMES]
    assert reasons_for(values, weights, towards=True) == ("2 lines below one about comments",)


def test_lines_of_one_form_are_counted():
    thread = [f"Anna on {day} May 2021 at 8:0{day}" for day in range(1, 5)]
    text = "\n".join((PROSE[0], *thread, "Ben, 3 May 2021", "Harbour", PROSE[1]))
    [rows] = numbers([text])
    assert column(rows, "alike") == [0, 4, 4, 4, 4, 1, 1, 0]
    assert column(rows, "alikes_above") == [0, 0, 1, 2, 3, 4, 4, 4]
    assert column(rows, "same_form")[1:6] == [4, 4, 4, 4, 1]
    assert column(rows, "stamps_above") == [0, 0, 1, 2, 3, 4, 5, 5]
    assert column(rows, "stamps_below") == [5, 4, 3, 2, 1, 0, 0, 0]
    assert column(rows, "stamp_since")[6:] == [1, 2]
    [rows] = numbers(["Tides 12 | 14\nFerry 7 | 5\nHarbours 800 | 4"])
    assert column(rows, "alike") == [1, 1, 1]
    assert column(rows, "same_form") == [3, 3, 3]


def test_title_words():
    [rows] = numbers(["The last ferry leaves\nZebra crossing"], ["The last ferry"])
    assert column(rows, "of_title") == [1000, 0]
    [rows] = numbers(["Bora Bora"], ["Bora Bora"])
    assert column(rows, "of_title") == [1000]
    [rows] = numbers(["The last ferry leaves"], [None])
    assert column(rows, "of_title") == [-1]


@pytest.mark.parametrize(
    ("weights", "window"),
    [
        ([5, -3, 9, -20, 4], (0, 3)),
        ([-5, -3], (0, 0)),
        ([4, -9, 4], (0, 1)),
        ([-1, 7], (1, 2)),
    ],
)
def test_the_best_window_is_the_run_with_the_largest_sum(weights, window):
    other = [3, -8, 2]
    values = np.array([*other, *weights, *other])
    docs = np.array([0, 3, 3 + len(weights), 6 + len(weights)])
    rows = Rows(np.repeat([0, 1, 2], np.diff(docs)), docs)
    first, stop = best_window(rows, values)
    assert {(int(a) - 3, int(b) - 3) for a, b in zip(first[3:-3], stop[3:-3], strict=True)} == {window}


def test_reasons_are_the_strongest_kinds_in_plain_words():
    [rows] = numbers(["\n".join((*PROSE, *SHORT))])
    values = dict(zip(NAMES, rows[4].tolist(), strict=True))
    weights = [0] * len(NAMES)
    weights[NAMES.index("prose_below")] = 500
    weights[NAMES.index("shared")] = 900
    weights[NAMES.index("words")] = -700
    weights[NAMES.index("repeats")] = 3
    assert reasons_for(values, weights, towards=True) == (
        "shares no words with the article",
        "after the article's last paragraph",
    )
    assert reasons_for(values, weights, towards=False) == ("5 words, no sentence",)


def test_the_documentation_lists_all_evidence():
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_features(page), "python -m training.card writes the table anew"


@settings(deadline=None, max_examples=30)
@given(TEXTS)
def test_without_a_profile_its_columns_say_nothing(text):
    [rows] = numbers([text])
    for at, unknown in WITHOUT_PROFILE.items():
        assert set(rows[:, at].tolist()) <= {unknown}, NAMES[at]
    [known] = numbers(
        [text], profile=profile_of([sightings(LineTable([text, text + "\nmore"]), [None] * 2, [()] * 2)])
    )
    others = [at for at in range(len(NAMES)) if at not in WITHOUT_PROFILE]
    assert np.array_equal(rows[:, others], known[:, others])
