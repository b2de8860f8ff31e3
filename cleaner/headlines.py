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
from itertools import accumulate, groupby
from typing import NamedTuple

from cleaner.lines import Line, Lines
from cleaner.model import Finding
from cleaner.options import HeadlinePolicy
from cleaner.titles import LABEL_WORDS, MAX_CHARS, fold, parts, words

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

SITE_CHARS = 80  # code points a form may be longer than twice the fold of the headline
MIN_STEM = 8  # letters and digits a truncated headline still shows
ELLIPSIS_CHARS = 12  # code points of an ellipsis with its brackets and blanks
FEW_COPIES = 4  # what stands in more places of the head is a refrain or a menu's entry
OPENING = 3  # filled lines from the top that may be the headline where no title is given
WINDOW = 12  # filled lines from the top in which its copies then stand
SHORT_HEAD = 30  # and filled lines before the first prose at most: more is a menu, or verse
NOTICES = 3  # so much prose above a menu, or below the last one, is consent and copyright
MENU_LINES = 10  # filled lines a menu has at least
MENU_WORDS = 4.5  # words a line of a menu has at most, on average

_ELLIPSIS = re.compile(r"\s*[(\[]?\s*(?:…|\.\.\.+|。。。+|⋯+)\s*[)\]]?\s*\Z")
_NUMBER = re.compile(r"\A\s*\d{1,3}[.)]\s+")
_REPLY = re.compile(r"\A\W*(?:[^\W\d_]{2,4}(?:\[\d+\])?\s?[:：]\s*)+")
_FIELD = re.compile(r"\s*[^\W\d_][^:：.!?]{0,30}(?::\s|：)\s*\S")
_OPEN_END = re.compile(r"[,;:،؛、，；：–—]\W*\Z")
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
    bare = (_NUMBER.sub("", text), *(part.plain for part in parts(text)))
    return next((plain for plain in bare if fold(plain) == headline.key), text)


def _headlines(lines: Lines, title: str | None, policy: HeadlinePolicy) -> Iterator[Headline]:
    """The headline the title tells of; without a title those that the opening repeats.

    A copy that goes makes room in the opening for the lines below, so it is looked at again (30
    times at most, for so long may a head without a title be).
    """
    if title and fold(title[:MAX_CHARS]):
        headline = _titled(lines, lines.filled, title) if len(title) <= 2 * MAX_CHARS else None
        if headline:
            yield headline
        return
    prose = lines.rank(lines.prose[0]) if lines.prose else 0
    if not _may_repeat([lines[at] for at in lines.filled_at[: _opening(prose)]]):
        return
    filled = lines.filled
    while headline := _repeated(lines, filled):
        yield headline
        gone = {form.line.index for form in headline.others}
        if policy == "drop" and headline.droppable:
            gone.add(headline.best.line.index)
        filled = [line for line in filled if line.index not in gone]


def _repeated(lines: Lines, filled: Sequence[Line]) -> Headline | None:
    """The first line of the opening that has a further form near it, as if it were the title."""
    prose = next((at for at, line in enumerate(filled) if line.prose), 0)
    window = filled[: _opening(prose)]
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


def _opening(prose: int) -> int:
    """How many filled lines are looked at for a headline that comes again; prose begins after so many."""
    return min(prose, WINDOW) if prose <= SHORT_HEAD else 0


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
    forms = {
        at: form
        for at, line in enumerate(filled)
        if (form := _form(line, key)) and not (form.code == "HDL003" and _is_field(filled, at))
    }
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


def _is_field(filled: Sequence[Line], at: int) -> bool:
    """Whether a line is one of several that give a label and a value: a book's or an object's title among
    its author, date and measures."""
    beside = (filled[near].text for near in (at - 1, at + 1) if 0 <= near < len(filled))
    return _FIELD.match(filled[at].text) is not None and any(map(_FIELD.match, beside))


def _is_label(title: str, places: int, inside: int) -> bool:
    """Whether the headline also serves as a label, a refrain or a menu's entry, so that only
    copies that touch one another are residue."""
    size = words(title)
    if size == LABEL_WORDS and (places > 2 or inside > 0):
        return True
    return size < LABEL_WORDS or places > FEW_COPIES or inside > 1


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
    if numbered or any(fold(part.plain) == key and part.is_site() for part in parts(text)):
        return "HDL003"
    return None


def _better_key(filled: Sequence[Line], title: str) -> str | None:
    """The fold of the whole headline, where the title is cut off or carries the site's name and
    a line has it without."""
    if (cut := _ellipsis(title)) and _is_telling(stem := fold(title[: cut.start()])):
        return _whole_key(filled, stem)
    sites = [part for part in parts(title) if part.kind != "colon" and part.is_site()]
    keys = {fold(part.plain) for part in sites if part.is_mostly_headline()}
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
    return len(stem) >= MIN_STEM or words(stem) > LABEL_WORDS


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
