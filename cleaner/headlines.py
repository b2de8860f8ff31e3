r"""Repeated headlines: a finder that wants every form of the headline but the best one to go.

Scrapers write the headline down once from ``<title>``, once from ``og:title`` and once from the
page: with the site's name, without apostrophes, in upper case, cut off with an ellipsis. What
says that two lines are one headline is their fold (see `fold`), never likeness: a line that only
resembles the headline stays.

Where a copy stands decides too. Before the article's first prose it is residue, after the last
prose it belongs to a share bar or a comment form; between prose it is a section title, a refrain
or a speaker's name and stays, whatever it says. A text without prose (verse, lyrics, a table) is
touched only where its first lines repeat one another and the given title.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, groupby, islice
from typing import Literal, NamedTuple

from cleaner.lines import WORDLESS, Line, Lines
from cleaner.model import Finding
from cleaner.options import HeadlinePolicy

CODES: dict[str, tuple[str, str]] = {
    "HDL001": ("headline repeated", "The line has the words of the headline that is kept elsewhere."),
    "HDL002": ("headline truncated", "The line is the beginning of the headline, cut off with an ellipsis."),
    "HDL003": (
        "headline with the site's name",
        "The line is the headline and a site's name or a breadcrumb.",
    ),
    "HDL004": ("headline dropped by policy", "The headline's best form; only the policy 'drop' takes it."),
    "HDL005": ("headline after a reply's mark", "The line is the headline as forums put it over answers."),
}
"""What `cleaner rules` lists of this family: code -> (name, why)."""

MAX_CHARS = 300  # code points; a longer line is no headline, nor a title twice as long
SITE_CHARS = 80  # code points a form may be longer than twice the fold of the headline
SITE_WORDS = {"bar": 6, "dash": 4, "colon": 3}  # words of a site's name, or the way to a page, at most
MAX_SPLITS = 8  # separators looked at in one line
MIN_STEM = 8  # letters and digits a truncated headline still shows
ELLIPSIS_CHARS = 12  # code points of an ellipsis with its brackets and blanks
LABEL_WORDS = 2  # so few words may name a section, a speaker or a menu's entry as well
FEW_COPIES = 4  # what stands in more places of the head is a refrain or a menu's entry
OPENING = 3  # filled lines from the top that may be the headline where no title is given
WINDOW = 12  # filled lines from the top in which its copies then stand
SHORT_HEAD = 30  # and filled lines before the first prose at most: more is a menu, or verse
NOTICES = 3  # so much prose above a menu, or below the last one, is consent and copyright
MENU_LINES = 10  # filled lines a menu has at least
MENU_WORDS = 4.5  # words a line of a menu has at most, on average

_SYMBOL_LETTERS = re.compile("[™℠]")  # NFKD would spell them out
_STROKES = str.maketrans("łøđðħŧı", "loddhti")  # accents to their readers, letters to NFKD
_DIGIT_GAP = re.compile(r"(?<=\d)[^\w\s]+(?=\d)")
_NOT_LETTER = re.compile(
    "[^\\w\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd"
    "\u0f71-\u0fbc\u102b-\u103e\u17b4-\u17d3\u3099\u309a]"
)
"""Accents, vowel points and zero-width characters go with the punctuation; the vowel signs of
Indic and South-East Asian scripts and the voicing marks of Kana are letters, though ``\\w`` does
not know them."""
_ELLIPSIS = re.compile(r"\s*[(\[]?\s*(?:…|\.\.\.+|。。。+|⋯+)\s*[)\]]?\s*\Z")
_NUMBER = re.compile(r"\A\s*\d{1,3}[.)]\s+")
_REPLY = re.compile(r"\A\W*(?:[^\W\d_]{2,4}(?:\[\d+\])?\s?[:：]\s*)+")
_OPEN_END = re.compile(r"[,;:،؛、，；：–—]\W*\Z")
_ASCII_REST = {code: None for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ＇](?=\w)")
_ORNAMENT = re.compile(r"\A\s*[/|·•►>*+=~_-]|[#¶/|·•>*+=~_]\s*\Z")

_EVIDENCE = {
    "HDL001": "repeats the headline of line",
    "HDL002": "is the beginning of the headline of line",
    "HDL003": "is, with a site's name, the headline of line",
    "HDL005": "is, after a reply's mark, the headline of line",
}


_Totals = list[tuple[int, int]]


class Form(NamedTuple):
    """A line that shows the headline, and the code that says in which form."""

    line: Line
    code: str


class Headline(NamedTuple):
    """A headline: its fold, the form that stays, and the further ones (``best`` is none of them).

    ``droppable`` is false where the words also serve as a label or a refrain: the headline then
    cannot be told from those, and the policy ``drop`` leaves it.
    """

    key: str
    best: Form
    others: tuple[Form, ...]
    droppable: bool = True


def find_headlines(lines: Lines, title: str | None, policy: HeadlinePolicy) -> list[Finding]:
    r"""Whole lines to take out so that the headline stands once (``drop``: not at all).

    With a title the headline is what the title says, or there is none; without one it is a line
    of the opening that is repeated near by. Cuts nothing; in the text without the findings it
    finds nothing more.

    >>> lines = Lines("Kim Jong Uns Visit\n\nKim Jong Un's Visit\nKIM JONG UN'S VISIT | Post\n\nIt began.")
    >>> [(f.rule, *f.evidence) for f in find_headlines(lines, "Kim Jong Un's Visit", "keep")]
    [('HDL001', 'repeats the headline of line 3'),
     ('HDL003', "is, with a site's name, the headline of line 3")]
    """
    return findings_of(survey(lines, title, policy), policy)


def survey(lines: Lines, title: str | None, policy: HeadlinePolicy) -> list[Headline]:
    """The headlines of a text in all their forms; none where the policy is ``off``."""
    return list(_headlines(lines, title, policy)) if policy != "off" else []


def findings_of(found: Iterable[Headline], policy: HeadlinePolicy) -> list[Finding]:
    """What a policy takes of the headlines that a survey found."""
    findings: list[Finding] = []
    for headline in found:
        where = headline.best.line.index + 1
        gone = [(line, code, f"{_EVIDENCE[code]} {where}") for line, code in headline.others]
        if policy == "drop" and headline.droppable:
            gone.append((headline.best.line, "HDL004", "is the headline"))
        findings += (Finding(code, line.start, line.end, evidence=(why,)) for line, code, why in gone)
    return sorted(findings, key=lambda finding: finding.start)


def best_title(lines: Lines, title: str | None) -> str | None:
    """The headline in its best form, without the site's name; None where none is convincing.

    Without a title only repetition convinces: a first line that looks like a headline is one in
    0 to 97 of 100 texts, depending on the scraper; else it is a byline or a deck.
    """
    return title_of(survey(lines, title, "keep"))


def title_of(found: Iterable[Headline]) -> str | None:
    """The best form of the longest headline that a survey (under the policy ``keep``) found."""
    headline = max(found, key=lambda one: len(one.key), default=None)
    if headline is None:
        return None
    text = headline.best.line.text.strip()
    bare = (_NUMBER.sub("", text), *(part.plain for part in _parts(text)))
    return next((plain for plain in bare if fold(plain) == headline.key), text)


def title_forms(title: str | None) -> tuple[str, ...]:
    """A title and, where it carries a site's name, what is left without it; nothing for no title.

    >>> title_forms("The last ferry leaves at noon - The Marsh Post")
    ('The last ferry leaves at noon - The Marsh Post', 'The last ferry leaves at noon')
    """
    if not title or not fold(title[:MAX_CHARS]) or len(title) > 2 * MAX_CHARS:
        return ()
    plain = (p.plain for p in _parts(title) if p.kind != "colon" and p.is_site() and p.is_mostly_headline())
    return tuple(dict.fromkeys((title, *plain)))


@lru_cache(maxsize=8192)  # the finders look again at lines that stayed
def fold(text: str) -> str:
    """What is left of a headline when typography, case and accents are taken away.

    Letters and digits of NFKD, case-folded, without blanks, apostrophes and other punctuation, so
    that copies made for a link come out alike. Between digits punctuation counts.

    >>> fold("Kim Jong Un’s Alliance") == fold("KIM JONG-UNS ALLIANCE")
    True
    >>> fold("Prices up 1.5%") == fold("Prices up 15%")
    False
    """
    if text.isascii():
        text = text.lower().replace("_", " ")
        if _DIGIT_GAP.search(text):
            text = _DIGIT_GAP.sub("_", text)
        return text.translate(_ASCII_REST)
    text = unicodedata.normalize("NFKD", _SYMBOL_LETTERS.sub("", text))
    text = _DIGIT_GAP.sub("_", text.casefold().replace("_", " "))
    return _NOT_LETTER.sub("", text).translate(_STROKES)


def _headlines(lines: Lines, title: str | None, policy: HeadlinePolicy) -> Iterator[Headline]:
    """The headline the title tells of; without a title those that the opening repeats.

    A copy that goes makes room in the opening for the lines below, so it is looked at again (30
    times at most, for so long may a head without a title be).
    """
    filled = lines.filled
    if title and fold(title[:MAX_CHARS]):
        headline = _titled(lines, filled, title) if len(title) <= 2 * MAX_CHARS else None
        if headline:
            yield headline
        return
    while headline := _repeated(lines, filled):
        yield headline
        gone = {form.line.index for form in headline.others}
        if policy == "drop" and headline.droppable:
            gone.add(headline.best.line.index)
        filled = [line for line in filled if line.index not in gone]


def _repeated(lines: Lines, filled: Sequence[Line]) -> Headline | None:
    """The first line of the opening that has a further form near it, as if it were the title."""
    prose = next((at for at, line in enumerate(filled) if line.prose), 0)
    window = filled[: min(prose, WINDOW)] if prose <= SHORT_HEAD else []
    if not _may_repeat(window):
        return None
    for line in window[:OPENING]:
        key = fold(line.text)
        if not key or line.words <= LABEL_WORDS or len(line.text) > MAX_CHARS or _OPEN_END.search(line.text):
            continue
        key = _better_key(window, line.text) or key
        if sum(1 for other in window if _form(other, key)) > 1:
            headline = _titled(lines, filled, line.text)
            if headline and headline.others:
                return headline
    return None


def _may_repeat(window: Sequence[Line]) -> bool:
    """Whether one of the first lines could stand in the window once more: its fold in another's, the
    other's in its own, or one of them cut off. False is certain."""
    short = [line.text for line in window if len(line.text) <= 2 * MAX_CHARS + SITE_CHARS]
    if any(map(_ellipsis, short)):
        return True
    folds = [key for key in map(fold, short) if key]
    return any(
        one in other or other in one for at, one in enumerate(folds[:OPENING]) for other in folds[at + 1 :]
    )


def _titled(lines: Lines, filled: Sequence[Line], title: str) -> Headline | None:
    """The headline a title tells of, if it stands in the head of the text."""
    key = _better_key(filled, title) or fold(title)
    forms = {at: form for at, line in enumerate(filled) if (form := _form(line, key))}
    if not forms:
        return None
    # A headline as long as prose is none.
    prose = [at for at, line in enumerate(filled) if line.prose and at not in forms]
    totals = _totals(filled, forms)
    first, last = _head_end(forms, prose, totals), _tail_start(forms, prose, totals)
    runs = _runs([at for at, form in forms.items() if at < first and form.code != "HDL005"])
    if all(forms[at].code == "HDL002" for run in runs for at in run):
        return None
    inside = sum(first <= at < last and form.code == "HDL001" for at, form in forms.items())
    if not prose and not _stands_alone(lines, forms, runs[0]):
        return None
    if not prose or _is_label(title, len(runs), inside):
        return _choose(key, [forms[at] for at in runs[0]], droppable=len(runs) == 1)
    headline = _choose(key, [forms[at] for run in runs for at in run])
    if headline.best.code != "HDL001":
        return headline
    rest = [form for at, form in forms.items() if at >= last or form.code == "HDL005"]
    return headline._replace(others=(*headline.others, *rest))


def _is_label(title: str, places: int, inside: int) -> bool:
    """Whether the headline also serves as a label, a refrain or a menu's entry, so that only
    copies that touch one another are residue."""
    words = _words(title)
    if words == LABEL_WORDS and (places > 2 or inside > 0):
        return True
    return words < LABEL_WORDS or places > FEW_COPIES or inside > 1


def _head_end(forms: Mapping[int, Form], prose: Sequence[int], totals: _Totals) -> int:
    """Where the head ends: at the first prose; where that is a notice above a menu, below the
    copy of the headline that follows the menu."""
    end = prose[0] if prose else len(totals)
    for at in forms:
        before = bisect(prose, at)
        if 0 < before <= NOTICES < len(prose) - before and _is_menu(totals, prose[before - 1], at):
            end = at + 1
    return end


def _tail_start(forms: Mapping[int, Form], prose: Sequence[int], totals: _Totals) -> int:
    """Where the tail begins: after the last prose; where that is a notice at the page's foot, at
    the copy of the headline above it that a menu parts from the article."""
    for at in forms:
        before = bisect(prose, at)
        if 0 < len(prose) - before <= NOTICES < before and _is_menu(totals, prose[before - 1], at):
            return at
    return prose[-1] + 1 if prose else len(totals)


def _totals(filled: Sequence[Line], forms: Mapping[int, Form]) -> _Totals:
    """Lines and words before each position, without the forms of the headline, so that what is a
    menu stays one when they are gone."""
    steps = ((0, 0) if at in forms else (1, line.words) for at, line in enumerate(filled))
    return list(
        accumulate(steps, lambda total, step: (total[0] + step[0], total[1] + step[1]), initial=(0, 0))
    )


def _is_menu(totals: _Totals, start: int, end: int) -> bool:
    """Whether many lines stand between two positions, few words on each."""
    lines, words = (till - since for till, since in zip(totals[end], totals[start + 1], strict=True))
    return lines >= MENU_LINES and words <= MENU_WORDS * lines


def _stands_alone(lines: Lines, forms: Mapping[int, Form], run: Sequence[int]) -> bool:
    """Whether the run opens the text and a blank line parts it from what follows: verse often
    begins with the words of its title."""
    after = forms[run[-1]].line.index + 1
    return run[0] < OPENING and (after == len(lines) or lines[after].blank)


def _runs(positions: Sequence[int]) -> list[list[int]]:
    """Positions among the filled lines, those that touch one another together."""
    groups = groupby(enumerate(positions), key=lambda pair: pair[1] - pair[0])
    return [[at for _, at in group] for _, group in groups]


def _choose(key: str, forms: Sequence[Form], droppable: bool = True) -> Headline:
    best = max(forms, key=_spelling)
    return Headline(key, best, tuple(form for form in forms if form is not best), droppable)


def _form(line: Line, key: str) -> Form | None:
    """How the line shows the headline whose fold is ``key``; None if it does not."""
    text = line.text
    if len(text) > 2 * len(key) + SITE_CHARS:
        return None
    code = None
    longest = len(text) * (1 if text.isascii() else 4)  # NFKD makes up to four letters of one
    if longest >= len(key) and key in (folded := fold(text)):
        code = "HDL001" if folded == key else _code_with_more(text, key)
    if not code and (cut := _ellipsis(text)):
        stem = fold(text[: cut.start()])
        if key.startswith(stem) and _is_telling(stem):
            code = "HDL002"
    return Form(line, code) if code and not _OPEN_END.search(text) else None


def _code_with_more(text: str, key: str) -> str | None:
    """The code of a line that says more than the headline."""
    if (mark := _REPLY.match(text)) and fold(text[mark.end() :]) == key:
        return "HDL005"
    numbered = fold(_NUMBER.sub("", text)) == key  # an item of the way to the page
    if numbered or any(fold(part.plain) == key and part.is_site() for part in _parts(text)):
        return "HDL003"
    return None


class _Part(NamedTuple):
    """A line parted at a separator: what may be the headline and what may be the site's name."""

    plain: str
    rest: str
    kind: Literal["bar", "dash", "colon"]
    rest_first: bool

    def is_site(self) -> bool:
        """Whether ``rest`` can be a site's name or the way to the page."""
        if not 0 < _words(self.rest) <= SITE_WORDS[self.kind]:
            return False
        return self.rest_first if self.kind == "colon" else self.kind == "bar" or _is_name(self.rest)

    def is_mostly_headline(self) -> bool:
        """Whether ``plain`` is by far the longer part, so that it can be told from the site's
        name without a line that says which is which."""
        share = 1.5 if self.kind == "dash" else 1.0
        return _words(self.plain) > LABEL_WORDS and len(fold(self.plain)) > share * len(fold(self.rest))


@cache
def _separator() -> re.Pattern[str]:
    return re.compile(
        r"(?P<bar>\s*(?:[|¦｜│«»‹›·•∙●→]+|::+)\s*|\s+[/\\<>]+\s+)"
        rf"|(?P<dash>\s+[-‐‑–—―−~]+\s+|(?<=[{WORDLESS}])[-－—―_]+|[-－—―_]+(?=[{WORDLESS}]))"
        r"|(?P<colon>\s*:\s+|：)"
    )


def _parts(text: str) -> Iterator[_Part]:
    if "\t" in text or text.strip()[:1] == "|":
        return  # a row of a table
    for gap in islice(_separator().finditer(text), MAX_SPLITS):
        left, right = text[: gap.start()].strip(), text[gap.end() :].strip()
        kind: Literal["bar", "dash", "colon"] = gap.lastgroup  # type: ignore[assignment]
        yield _Part(left, right, kind, rest_first=False)
        yield _Part(right, left, kind, rest_first=True)


def _is_name(text: str) -> bool:
    """Whether every longer word is capitalised (or of a script without case), or it is a domain."""
    if "." in text.strip(".") and " " not in text:
        return True
    return text[-1] not in ".?!" and not any(word[0].islower() for word in text.split() if len(word) > 3)


def _better_key(filled: Sequence[Line], title: str) -> str | None:
    """The fold of the whole headline, where the title is cut off or carries the site's name and
    a line has it without."""
    if (cut := _ellipsis(title)) and _is_telling(stem := fold(title[: cut.start()])):
        return _whole_key(filled, stem)
    parts = [part for part in _parts(title) if part.kind != "colon" and part.is_site()]
    keys = {fold(part.plain) for part in parts if part.is_mostly_headline()}
    if not keys:
        return None
    low, high = min(map(len, keys)), max(map(len, keys))
    near = (line.text for line in filled if low / 4 <= len(line.text) <= 2 * high + SITE_CHARS)
    return max((key for text in near if (key := fold(text)) in keys), key=len, default=None)


def _whole_key(filled: Sequence[Line], stem: str) -> str | None:
    """The fold of the one headline that begins with ``stem``; None where several may."""
    near = [line for line in filled if len(line.text) <= MAX_CHARS and not line.prose]
    whole = [line for line in near if fold(line.text).startswith(stem) and not _ellipsis(line.text)]
    key = min((fold(line.text) for line in whole), key=len, default="")
    return key if len(key) > len(stem) and all(_form(line, key) for line in whole) else None


def _ellipsis(text: str) -> re.Match[str] | None:
    if text.isascii() and "..." not in text:
        return None
    return _ELLIPSIS.search(text, max(0, len(text) - ELLIPSIS_CHARS))


def _is_telling(stem: str) -> bool:
    """Whether a headline cut off there still shows enough: a few letters begin many lines."""
    return len(stem) >= MIN_STEM or _words(stem) > LABEL_WORDS


def _words(text: str) -> int:
    return Line(0, 0, len(text), text).words


def _spelling(form: Form) -> tuple[int, ...]:
    """How well a form is spelled, for `max`: whole before cut off, bare before the site's name,
    mixed case before lower, upper and a link's, then by what the others lost."""
    text = form.line.text.strip()
    upper, lower = any(map(str.isupper, text)), any(map(str.islower, text))
    case = 0 if upper and not lower else 1 if lower and not upper else 2
    accents = sum(not char.isascii() and char.isalpha() for char in unicodedata.normalize("NFC", text))
    return (
        -("HDL001", "HDL003", "HDL005", "HDL002").index(form.code),
        case if " " in text or not text.isascii() else -1,
        len(_APOSTROPHE.findall(text)),
        accents,
        -bool(_ORNAMENT.search(text)),
    )
