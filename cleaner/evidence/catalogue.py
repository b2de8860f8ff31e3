"""All evidence by name: its unit, what it says in a sentence, and the kind of reason it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

NEAR = (-2, -1, 1, 2)
NEAR_SHAPES = ("words", "capitals", "tail", "sentence", "bars")
AROUND = ("words", "capitals", "digits", "sentence", "bars")
AROUND_REACH = (3, 6)
NEAR_RULES = (-2, -1, 1, 2)
NEAR_SURE = (-1, 1)
RULE_REACH = (5, 12)
NEAR_SEEN = (-2, -1, 1, 2)
SEEN_REACH = (3, 8)
PAGES_CAP = 1000
FAR_SUBJECT = 30  # lines to one that rules know by its subject, or to a date
SUBJECTS: dict[str, str] = {
    "comments": "comments",
    "links": "other pages",
    "calls": "what readers are asked to do",
    "site": "the site itself",
}
"""What rules are about (`cleaner.rules.model.SUBJECTS`), in words."""

SHARE, LINES, WORDS, POINTS, PAGES = "thousandths", "lines", "words", "rule points", "pages"
CHARACTERS, YES = "characters", "yes or no"

SHAPE: dict[str, tuple[str, str]] = {
    "words": (WORDS, "words of the line"),
    "chars": ("code points", "length of the line without blanks"),
    "word_length": ("thousandths of a letter", "mean length of its words"),
    "letters": (SHARE, "share of letters"),
    "digits": (SHARE, "share of digits"),
    "upper": (SHARE, "share of its letters in upper case"),
    "capitals": (SHARE, "share of its words that begin in upper case"),
    "long_words": (SHARE, "share of its words that have four letters or more"),
    "stops": (CHARACTERS, "full stops, question and exclamation marks, ellipses"),
    "commas": (CHARACTERS, "commas and semicolons"),
    "colons": (CHARACTERS, "colons"),
    "quotes": (CHARACTERS, "quotation marks and apostrophes"),
    "brackets": (CHARACTERS, "brackets"),
    "bars": (CHARACTERS, "bars, bullets, arrows, slashes and dashes"),
    "symbols": (CHARACTERS, "currency signs, emoji, @, # and other symbols"),
    "years": ("numbers", "numbers from 1900 to 2099"),
    "hours": ("numbers", "times of day such as 9:30"),
    "head": ("kind of character", "what the line begins with"),
    "tail": ("kind of character", "what the line ends with, closing marks apart"),
    "sentence": (YES, "whether it ends as sentences do"),
    "prose": (YES, "whether it is prose"),
}
SHAPES = tuple(SHAPE)


class Feature(NamedTuple):
    """One number of evidence. ``kind`` names the reason it is part of (`cleaner.evidence.reasons`)."""

    name: str
    unit: str
    meaning: str
    kind: str


def _below(step: int) -> str:
    lines = "line" if abs(step) == 1 else f"{abs(step)} lines"
    return f"{lines} {'below' if step > 0 else 'above'}"


def _shape() -> Iterator[Feature]:
    for name, (unit, meaning) in SHAPE.items():
        yield Feature(name, unit, meaning, "shape")
    for name in NEAR_SHAPES:
        unit, meaning = SHAPE[name]
        for step in NEAR:
            yield Feature(
                f"{name}{step:+d}", unit, f"the same of the {_below(step)}: {meaning}", "neighbours"
            )
    for name in AROUND:
        unit, meaning = SHAPE[name]
        for reach in AROUND_REACH:
            far = f"mean over the lines up to {reach} away: {meaning}"
            yield Feature(f"{name}~{reach}", unit, far, "neighbours")
    yield Feature("repeats", LINES, "further lines of the text with the same words", "repeats")
    yield Feature("long_terms", WORDS, "its words of four letters or more", "shape")


def _place() -> Iterator[Feature]:
    yield Feature("prose_above", "paragraphs", "prose lines above, at most 3", "place")
    yield Feature("prose_below", "paragraphs", "prose lines below, at most 3", "place")
    yield Feature("lines_since", LINES, "lines since the prose above, at most 10", "place")
    yield Feature("lines_until", LINES, "lines until the prose below, at most 10", "place")
    yield Feature("last_words", WORDS, "words of the prose line above", "place")
    yield Feature("next_words", WORDS, "words of the prose line below", "place")
    yield Feature(
        "window", "before, in, after", "where it stands against the densest part of the text", "place"
    )
    yield Feature("window_away", LINES, "lines from that part, at most 10", "place")
    yield Feature("words_since", WORDS, "words between it and the prose above", "run")
    yield Feature("words_until", WORDS, "words between it and the prose below", "run")
    yield Feature("run_lines", LINES, "lines between the prose above and the prose below, at most 40", "run")
    yield Feature(
        "colon_since", LINES, "lines since one between them that ends in a colon, at most 10", "run"
    )
    yield Feature("run_words", "tenths of a word", "mean words of these lines", "run")
    yield Feature("run_sentences", SHARE, "share of these lines that end as sentences do", "run")
    yield Feature("run_capitals", SHARE, "mean share of capitals of these lines", "run")


def _vocabulary() -> Iterator[Feature]:
    yield Feature("shared", SHARE, "share of its longer words that the paragraphs hold", "vocabulary")
    yield Feature("shared_small", SHARE, "share of its small words that the paragraphs hold", "vocabulary")
    yield Feature("shared-1", SHARE, "the same of the line above: longer words", "vocabulary")
    yield Feature("shared+1", SHARE, "the same of the line below: longer words", "vocabulary")
    yield Feature("shared~3", SHARE, "mean over the lines up to 3 away: longer words", "vocabulary")
    yield Feature(
        "run_shared", SHARE, "mean over the lines between the paragraphs: longer words", "vocabulary"
    )
    yield Feature("in_title", SHARE, "share of its words that the title holds", "title")
    yield Feature("of_title", SHARE, "share of the title's words that it holds", "title")


def _rules() -> Iterator[Feature]:
    yield Feature("points", POINTS, "points of the strongest rule that speaks about it", "rules")
    for step in NEAR_RULES:
        yield Feature(f"points{step:+d}", POINTS, f"the same of the {_below(step)}", "rules near")
    for step in NEAR_SURE:
        yield Feature(f"sure{step:+d}", YES, f"whether a rule takes the {_below(step)}", "rules near")
    for reach in RULE_REACH:
        far = f"over the lines up to {reach} away"
        yield Feature(f"points~{reach}", "hundredths of a point", f"mean rule points {far}", "rules near")
        yield Feature(f"sure~{reach}", SHARE, f"share that rules take {far}", "rules near")
    yield Feature(
        "run_points", "hundredths of a point", "mean rule points between the paragraphs", "rules near"
    )
    yield Feature("run_sure", SHARE, "share that rules take between the paragraphs", "rules near")
    yield Feature("points_above", POINTS, "rule points of all lines above, at most 30", "rules near")
    yield Feature("points_below", POINTS, "rule points of all lines below, at most 30", "rules near")
    yield Feature("sure_since", LINES, "lines since one above that a rule takes, at most 10", "rules near")
    yield Feature("sure_until", LINES, "lines until one below that a rule takes, at most 10", "rules near")


def _subjects() -> Iterator[Feature]:
    for name, words in SUBJECTS.items():
        about = f"about which a rule on {words} speaks"
        yield Feature(f"{name}_since", LINES, f"lines since one above {about}, at most 30", "subject")
        yield Feature(f"{name}_above", LINES, f"lines above {about}, at most 20", "subject")
        yield Feature(f"{name}_below", LINES, f"lines below {about}, at most 20", "subject")


def _pattern() -> Iterator[Feature]:
    dated = "short line that holds a year or a time of day"
    yield Feature("stamps_above", LINES, f"number of each {dated} above, at most 20", "pattern")
    yield Feature("stamps_below", LINES, f"number of each {dated} below, at most 20", "pattern")
    yield Feature("stamp_since", LINES, f"lines since a {dated}, at most 30", "pattern")
    yield Feature("stamp_until", LINES, f"lines until a {dated}, at most 30", "pattern")
    yield Feature("alike", LINES, "short lines that are the same but for numbers, at most 30", "pattern")
    yield Feature(
        "alikes_above", LINES, "lines above of which three or more are so alike, at most 30", "pattern"
    )
    yield Feature("same_form", LINES, "lines with the same marks in the same places, at most 30", "pattern")


def _host() -> Iterator[Feature]:
    yield Feature("host_pages", PAGES, "other pages of the host that the profile knows", "document")
    yield Feature("others", PAGES, "other pages of the host that hold the line", "host")
    yield Feature("held", SHARE, "share of the host's other pages that hold the line", "host")
    yield Feature("headline", YES, "whether it is the headline of another page", "headline")
    for step in NEAR_SEEN:
        yield Feature(f"held{step:+d}", SHARE, f"share of pages that hold the {_below(step)}", "host near")
    for reach in SEEN_REACH:
        far = f"of the lines up to {reach} away"
        yield Feature(f"some~{reach}", SHARE, f"share {far} that stand on other pages", "host near")
        yield Feature(
            f"headline~{reach}", SHARE, f"share {far} that are headlines of others", "headline near"
        )
        yield Feature(f"held~{reach}", SHARE, f"mean share of pages that hold one {far}", "host near")
    yield Feature("run_some", SHARE, "share between the paragraphs that stand on other pages", "host near")
    yield Feature("run_headlines", SHARE, "share between the paragraphs that are headlines", "headline near")


def _document() -> Iterator[Feature]:
    yield Feature("window_words", WORDS, "words of the densest part of the text, at most 2,000", "document")
    yield Feature("doc_words", WORDS, "words of the text, at most 3,000", "document")
    yield Feature("doc_prose", SHARE, "share of the text's words that stand in prose", "document")
    yield Feature("doc_short", SHARE, "share of its lines that are no prose", "document")
    yield Feature("doc_sentences", SHARE, "share of its lines that end as sentences do", "document")
    yield Feature("doc_points", SHARE, "share of its lines about which a rule speaks", "document")
    yield Feature("doc_sure", LINES, "lines of it that rules take, at most 10", "document")
    yield Feature("doc_capitals", SHARE, "mean share of capitals of its lines that are no prose", "document")
    yield Feature("doc_some", SHARE, "share of its lines that stand on other pages", "document")


FEATURES: tuple[Feature, ...] = (
    *_shape(),
    *_place(),
    *_vocabulary(),
    *_rules(),
    *_subjects(),
    *_pattern(),
    *_host(),
    *_document(),
)
"""All evidence, in the order of the table's columns."""

NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)

_SEEN_KINDS = ("host", "host near", "headline", "headline near")
WITHOUT_PROFILE: dict[int, int] = {
    at: 0 if feature.name.startswith(("headline~", "run_headlines")) else -1
    for at, feature in enumerate(FEATURES)
    if feature.kind in _SEEN_KINDS or feature.name in ("host_pages", "doc_some")
}
"""What stands in the columns that a profile fills, where there is none: index of the column -> number."""
