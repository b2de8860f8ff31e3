"""Repeated headlines: a finder that wants every form of the headline but the best one to go.

Scrapers write the headline down once from ``<title>``, once from ``og:title`` and once from the
page: with the site's name, without apostrophes, in upper case, cut off with an ellipsis. What
says that two lines are one headline is their fold (see `fold`), never likeness: a line that only
resembles the headline stays.

Where a copy stands decides too. Before the article's first prose it is residue, after the last
prose it belongs to a share bar or a comment form; between prose it is a section title, a refrain
or a speaker's name and stays, whatever it says. A text without prose (verse, lyrics, a table) is
touched only where its first lines repeat one another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from cleaner.lines import WORDLESS, Line, Lines
from cleaner.model import Finding
from cleaner.options import HeadlinePolicy

CODES: dict[str, tuple[str, str]] = {
    "HDL001": (
        "headline repeated",
        "The line has the words of the headline, which stands better spelled or earlier elsewhere.",
    ),
    "HDL002": (
        "headline truncated",
        "The line is the beginning of the headline, cut off with an ellipsis.",
    ),
    "HDL003": (
        "headline with the site's name",
        "The line is the headline with a site's name or the way to the page before or after it.",
    ),
    "HDL004": (
        "headline dropped by policy",
        "The best form of the headline; it goes only where the headline policy is 'drop'.",
    ),
}
"""What `cleaner rules` lists of this family: code -> (name, why)."""

MAX_CHARS = 300  # code points; a longer line is no headline
HEAD_WINDOW = 12  # filled lines from the top in which lines convict one another without a title
OPENING = 5  # filled lines from the top that may be the headline where no title is given
FEW_COPIES = 4  # what recurs more often far down the head is a refrain or a menu
LABEL_WORDS = 2  # so few words may be a section's or a person's name: only copies that touch go
MIN_STEM = 8  # letters a truncated headline still shows
SITE_WORDS = 6  # a site's name, or the way to a page, has no more words

_SYMBOL_LETTERS = re.compile("[™℠]")  # NFKD would spell them out
_DIGIT_GAP = re.compile(r"(?<=\d)[^\w\s]+(?=\d)")
_NOT_LETTER = re.compile(
    "[^\\w\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd"
    "\u0f71-\u0fbc\u102b-\u103e\u17b4-\u17d3\u3099\u309a]"
)
"""Accents, vowel points and zero-width characters go with the punctuation; the vowel signs of
Indic and South-East Asian scripts and the voicing marks of Kana are letters, though ``\\w`` does
not know them."""
_ELLIPSIS = re.compile(r"\s*[(\[]?\s*(?:…|\.\.\.+|。。。+|⋯+)\s*[)\]]?\s*\Z")
_SEPARATOR = re.compile(
    r"(?P<bar>\s*(?:[|¦｜│«»‹›·•∙●→]+|::+)\s*|\s+[/\\<>]+\s+)"
    rf"|(?P<dash>\s+[-‐‑–—―−~]+\s+|(?<=[{WORDLESS}])[-－—―_]+|[-－—―_]+(?=[{WORDLESS}]))"
    r"|(?P<colon>\s*:\s+|：)"
)
_OPEN_END = re.compile(r"[,;:،؛、，；：–—]\W*\Z")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ＇](?=\w)")
_ORNAMENT = re.compile(r"\A\s*[/|·•>*+=~_-]|[#/|·•>*+=~_]\s*\Z")


class Form(NamedTuple):
    """A line that shows the headline, and the code that says in which form."""

    line: Line
    code: str


class Headline(NamedTuple):
    """The headline's best form and the others; ``best`` is in none of ``others``."""

    best: Form
    others: tuple[Form, ...]


def find_headlines(lines: Lines, title: str | None, policy: HeadlinePolicy) -> list[Finding]:
    """Whole lines to take out so that the headline stands once (``drop``: not at all).

    Without a title only lines near the top that repeat one another are a headline. Cuts nothing;
    on the text without the findings it finds nothing more.

    >>> text = "Kim Jong Uns Visit\\n\\nKim Jong Un's Visit\\nKIM JONG UN'S VISIT | The Daily Post\\n\\nSo it began."
    >>> [(f.rule, f.evidence) for f in find_headlines(Lines(text), "Kim Jong Un's Visit", "keep")]
    [('HDL001', ('repeats the headline of line 3',)), ('HDL003', ('repeats the headline of line 3',))]
    """
    if policy == "off":
        return []
    gone: dict[int, Finding] = {}
    for headline in _headlines(lines, title, policy):
        where = f"the headline of line {headline.best.line.index + 1}"
        for form in headline.others:
            gone[form.line.index] = _finding(form.line, form.code, _EVIDENCE[form.code] + where)
        if policy == "drop":
            gone[headline.best.line.index] = _finding(headline.best.line, "HDL004", "the headline itself")
    return [gone[index] for index in sorted(gone)]


_EVIDENCE = {
    "HDL001": "repeats ",
    "HDL002": "is the beginning of ",
    "HDL003": "repeats, with a site's name, ",
}


def _finding(line: Line, code: str, evidence: str) -> Finding:
    return Finding(code, line.start, line.end, evidence=(evidence,))
