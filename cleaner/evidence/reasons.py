"""Evidence in plain words: the kinds of reason that weighed most, each as one short phrase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cleaner.evidence.catalogue import FAR_SUBJECT, FEATURES, SUBJECTS

MOST_REASONS = 4
LEAST_WEIGHT = 0.08  # of all that speaks for the same side; less is no reason of its own

Values = Mapping[str, int]


def reasons_for(values: Values, weights: Sequence[int], towards: bool) -> tuple[str, ...]:
    """Up to four phrases on one line, the strongest first: what spoke for its going (``towards``), or
    for its staying. ``weights`` are what each feature added to the score."""
    by_kind: dict[str, int] = {}
    for feature, weight in zip(FEATURES, weights, strict=True):
        by_kind[feature.kind] = by_kind.get(feature.kind, 0) + (int(weight) if towards else -int(weight))
    speaking = {kind: weight for kind, weight in by_kind.items() if weight > 0}
    least = LEAST_WEIGHT * sum(speaking.values())
    strongest = sorted(speaking, key=lambda kind: (-speaking[kind], kind))
    phrases = (_PHRASES[kind](values) for kind in strongest if speaking[kind] >= least)
    return tuple(dict.fromkeys(phrase for phrase in phrases if phrase))[:MOST_REASONS]


def _shape(values: Values) -> str:
    words = counted(values["words"], "word")
    if values["prose"]:
        return f"a paragraph of {words}"
    return f"{words}, {'ending as sentences do' if values['sentence'] else 'no sentence'}"


def _neighbours(values: Values) -> str:
    if values["sentence~3"] >= 500:
        return "the lines around are sentences"
    return f"the lines around are short ({values['words~3']} words on average) and no sentences"


def _place(values: Values) -> str:
    above, below = values["prose_above"], values["prose_below"]
    if above and below:
        return "between paragraphs"
    if above:
        return "after the article's last paragraph"
    return "before the article's first paragraph" if below else "in a text without paragraphs"


def _run(values: Values) -> str:
    lines = values["run_lines"]
    if lines <= 1:
        return "it stands alone between paragraphs"
    more = " or more" if lines >= 40 else ""
    return f"in a run of {lines}{more} short lines"


def _vocabulary(values: Values) -> str:
    shared = values["shared"]
    if shared < 0:
        return "has no words to compare with the article"
    if shared == 0:
        return "shares no words with the article"
    return f"shares {percent(shared)} of its words with the article"


def _host(values: Values) -> str:
    others, pages = values["others"], values["host_pages"]
    if others <= 0:
        return "on no other page of this host" if pages > 0 else ""
    return f"on {others} of {counted(pages, 'other page')} of this host"


def _host_near(values: Values) -> str:
    if values["some~3"] < 0:
        return ""
    return f"{percent(values['some~3'])} of the lines around stand on other pages of this host"


def _headline(values: Values) -> str:
    return "the headline of another page" if values["headline"] > 0 else ""


def _headline_near(values: Values) -> str:
    return "beside headlines of other pages" if values["headline~3"] > 0 else ""


def _rules(values: Values) -> str:
    points = values["points"]
    return f"rules give it {counted(points, 'point')}" if points else "no rule speaks about it"


def _rules_near(values: Values) -> str:
    above = bool(values["sure-1"] or values["points-1"])
    below = bool(values["sure+1"] or values["points+1"])
    if above and below:
        return "between two lines that rules know"
    if above or below:
        return f"directly {'after' if above else 'before'} a line that rules know"
    if values["points~12"] or values["sure~12"]:
        return "near lines that rules know"
    return "no rule knows a line around it"


def _subject(values: Values) -> str:
    near = [
        (values[f"{name}_since"], words) for name, words in SUBJECTS.items() if values[f"{name}_above"] > 0
    ]
    if near:
        since, words = min(near)
        far = counted(since, "line") if since < FAR_SUBJECT else f"{since} lines or more"
        return f"{far} below one about {words}"
    if values["calls_below"] or values["site_below"]:
        return "above lines about the site and what its readers are asked to do"
    return "no line above that rules know"


def _pattern(values: Values) -> str:
    if values["alike"] > 1:
        return f"one of {values['alike']} lines that differ in numbers only"
    if values["same_form"] > 2:
        return f"one of {values['same_form']} lines of the same form"
    stamps = values["stamps_above"] + values["stamps_below"]
    return f"among {counted(stamps, 'short line')} with a date or a time" if stamps else ""


def _repeats(values: Values) -> str:
    return (
        f"stands {values['repeats'] + 1} times in the text"
        if values["repeats"]
        else "stands once in the text"
    )


def _title(values: Values) -> str:
    shared = values["of_title"]
    if shared < 0:
        return ""
    return f"has {percent(shared)} of the title's words" if shared else "shares no words with the title"


def _document(values: Values) -> str:
    return (
        f"{percent(values['doc_prose'])} of the text's words are paragraphs"
        if values["doc_prose"] >= 0
        else ""
    )


_PHRASES: dict[str, Callable[[Values], str]] = {
    "shape": _shape,
    "neighbours": _neighbours,
    "place": _place,
    "run": _run,
    "vocabulary": _vocabulary,
    "host": _host,
    "host near": _host_near,
    "headline": _headline,
    "headline near": _headline_near,
    "rules": _rules,
    "rules near": _rules_near,
    "subject": _subject,
    "pattern": _pattern,
    "repeats": _repeats,
    "title": _title,
    "document": _document,
}


def percent(share: int) -> str:
    """Thousandths as people read them.

    >>> percent(666), percent(4)
    ('67 %', '0.4 %')
    """
    return f"{share / 10:.0f} %" if share >= 10 or not share else f"{share / 10:.1f} %"


def counted(number: int, thing: str) -> str:
    """A number of things.

    >>> counted(1, "word"), counted(3, "word")
    ('1 word', '3 words')
    """
    return f"{number} {thing}{'' if number == 1 else 's'}"
