"""The rule engine: from phrases on lines to findings. Finds, never cuts.

Order of what is asked about a hit: the line's own limits (`Limits`), where it stands against the
body, what stands around it, and for blocks what follows and where that stops. A finding is made
for every rule that speaks; who may act on it (confidence, guards, fuse) is decided by the
pipeline, so that trial rules and evidence go the same way.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice, repeat

import regex

from cleaner.exact import Hit, compile_pattern, says
from cleaner.lines import Line, Lines
from cleaner.markup import with_markup
from cleaner.matcher import Matches
from cleaner.model import Finding
from cleaner.rules.model import NEAR_LINES, SUBJECT_BITS, Block, Limits, Rule
from cleaner.shapes import KINDS, WORDS_FOR_KINDS, title_like

LOOK_AHEAD = 2  # filled lines after a block in which prose counts as "prose comes next"
HEADING_WORDS = 6  # of a line above a paragraph that may be its heading and no title of another page

_QUESTION = ("?", "？", "؟")


class Context:
    """One text with its matches: what the conditions of rules ask about."""

    def __init__(
        self,
        lines: Lines,
        matches: Matches,
        title: str | None = None,
        told: Mapping[int, int] | None = None,
    ):
        self.lines, self.matches, self._told = lines, matches, told or {}
        self._title = _letters(title or "")

    def following(self, index: int) -> Iterator[Line]:
        """The filled lines after the line at ``index``."""
        lines = self.lines
        yield from (lines[at] for at in islice(lines.filled_at, lines.rank(index) + 1, None))

    def preceding(self, index: int) -> Iterator[Line]:
        """The filled lines before the line at ``index``, nearest first."""
        lines = self.lines
        yield from (lines[lines.filled_at[place]] for place in range(lines.rank(index) - 1, -1, -1))

    def is_title(self, line: Line) -> bool:
        """Whether the line is the document's own title, which no block takes along."""
        return bool(self._title) and len(line.text) < 1000 and _letters(line.text) == self._title

    def heads_body(self, line: Line) -> bool:
        """Whether the line is the document's own title above its prose: "About us" is the headline
        of a page of that name."""
        return line.index < self.lines.body[0] and self.is_title(line)

    def leads(self, line: Line) -> bool:
        """Whether a rule of a block or tail speaks about the line."""
        return any(hit.rule.scope in ("block", "tail") for hit in self.matches.lines.get(line.index, ()))

    @cached_property
    def points(self) -> dict[int, int]:
        """`points_by_line` of this text, and what its markup says."""
        return with_markup(points_by_line(self.matches), self._told)

    def points_near(self, line: Line) -> int:
        """Rule points of the lines around, the line's own apart."""
        place, points = self.lines.rank(line.index), self.points
        around = self.lines.filled_at[max(0, place - NEAR_LINES) : place + NEAR_LINES + 1]
        return sum(map(points.get, around, repeat(0))) - points.get(line.index, 0)


def points_by_line(matches: Matches) -> dict[int, int]:
    """Points of the strongest rule that speaks about a line, by its index; trial rules apart."""
    points = {}
    for index, hits in matches.lines.items():
        most = 0
        for hit in hits:
            rule = hit.rule
            if rule.points > most and rule.confidence != "trial":
                most = rule.points
        points[index] = most
    return points


def subjects_by_line(matches: Matches) -> dict[int, int]:
    """What the rules that speak about a line are about, by its index: the sum of `SUBJECT_BITS`; trial rules
    apart."""
    subjects = {}
    for index, hits in matches.lines.items():
        bits = 0
        for hit in hits:
            if hit.rule.confidence != "trial":
                bits |= SUBJECT_BITS[hit.rule.subject]
        subjects[index] = bits
    return subjects


def find(
    lines: Lines,
    matches: Matches,
    title: str | None = None,
    reasons: bool = True,
    told: Mapping[int, int] | None = None,
) -> list[Finding]:
    """Everything the rules want to take, in no particular order; spans may overlap.

    ``told`` are points that the markup of a page gives to its lines, by their index. Without ``reasons``
    the findings carry no evidence in words, which saves making it.
    """
    findings: list[Finding] = []
    if not (matches.lines or matches.phrases):
        return findings
    context = Context(lines, matches, title, told)
    for index, hits in matches.lines.items():
        line: Line = lines[index]
        for hit in hits:
            if _holds(hit, line, context):
                taken = _SCOPES[hit.rule.scope](hit, line, context)
                if taken is not None:
                    evidence = _evidence(hit, line, taken, context) if reasons else ()
                    findings.append(
                        Finding(
                            hit.rule.code, taken[0].start, taken[-1].end, hit.rule.confidence, True, evidence
                        )
                    )
    for index, hits in matches.phrases.items():
        line = lines[index]
        findings += (_phrase(hit, line, reasons) for hit in hits if _holds(hit, line, context))
    return findings


def _holds(hit: Hit, line: Line, context: Context) -> bool:
    """Whether the line stands where the rule wants it, and has beside it what the rule needs. Of a line in
    which several phrases are joined: where the rules of all want it, what they need it has in itself; outside
    the body it is enough that one of them is a rule for any place."""
    if hit.parts:
        first, last = context.lines.body
        if not first <= line.index <= last and any(_for_any_place(part.rule) for part in hit.parts):
            return _stands(hit.rule, line, context) or hit.rule.scope == "line"
        return all(_stands(part.rule, line, context) for part in hit.parts)
    needs = hit.rule.limits.needs_near
    return _stands(hit.rule, line, context) and not (needs and context.points_near(line) < needs)


def _for_any_place(rule: Rule) -> bool:
    """Whether a rule takes its line wherever that stands and whatever is beside it."""
    limits = rule.limits
    return limits == Limits(limits.min_words, limits.max_words, no_sentence=limits.no_sentence)


def _stands(rule: Rule, line: Line, context: Context) -> bool:
    """Whether the line stands where the rule wants it; cheap conditions first."""
    limits, (first, last) = rule.limits, context.lines.body
    before, after = line.index < first, line.index > last
    if limits.no_sentence and line.ends_sentence:
        return False
    if (limits.before_body and not before) or (limits.after_body and not after):
        return False
    if limits.outside_body and not (before or after):
        return False
    if bisect_left(context.lines.prose, line.index) < limits.prose_before:
        return False
    place = context.lines.rank(line.index)
    if limits.near_start is not None and place > limits.near_start:
        return False
    if limits.near_end is not None and len(context.lines.filled_at) - 1 - place > limits.near_end:
        return False
    return not limits.needs_list or _list_follows(line, limits.needs_list, context)


def _list_follows(line: Line, count: int, context: Context) -> bool:
    followers = list(islice(context.following(line.index), count))
    return len(followers) == count and all(map(title_like, followers))


def _take_line(hit: Hit, line: Line, context: Context) -> list[Line] | None:
    if context.heads_body(line):
        return None
    block = hit.rule.block
    return [line] if block is None or hit.parts else [line, *_below(block, line, context)]


def _below(block: Block, lead: Line, context: Context) -> list[Line]:
    """What goes with a line that leads titles between paragraphs: those down to the next paragraph. The last
    of them may be its heading, and goes only where it is longer than headings are and no question."""
    first, last = context.lines.body
    titles = _followers(block, lead, context) if first < lead.index < last else []
    if not titles or not _prose_comes_next(titles[-1], context):
        return []
    heading = titles[-1].words <= HEADING_WORDS or titles[-1].text.rstrip().endswith(_QUESTION)
    above = heading and next(context.following(titles[-1].index)).prose
    return titles[:-1] if above else titles


def _take_block(hit: Hit, line: Line, context: Context) -> list[Line] | None:
    """The lead line and what follows while it looks as the rule says."""
    block = hit.rule.block
    assert block is not None
    followers = _followers(block, line, context)
    if len(followers) < block.min_lines or context.heads_body(line):
        return None
    if _prose_comes_next(followers[-1] if followers else line, context):
        followers = followers[: block.in_body]
    return [line, *followers]


def _followers(block: Block, lead: Line, context: Context) -> list[Line]:
    stop = compile_pattern(block.stop, "start") if block.stop else None
    taken: list[Line] = []
    before = lead
    for line in context.following(lead.index):
        if (
            len(taken) >= block.max_lines
            or _stops(line, stop, context)
            or not _follows(block, line, before, taken)
        ):
            break
        taken.append(line)
        before = line
    return taken


def _stops(line: Line, stop: regex.Pattern[str] | None, context: Context) -> bool:
    return context.leads(line) or context.is_title(line) or (stop is not None and says(line.text, stop))


def _follows(block: Block, line: Line, before: Line, taken: list[Line]) -> bool:
    for kind in block.follow:
        if kind not in KINDS:
            # of prose a pattern has to tell the whole: a word that it begins with is not enough
            if says(line.text, compile_pattern((kind,), "whole" if line.prose else "start")):
                return True
        elif KINDS[kind](line) or (kind == "blurbs" and taken and line.prose and title_like(before)):
            return True
    return False


def _prose_comes_next(line: Line, context: Context) -> bool:
    for other in islice(context.following(line.index), LOOK_AHEAD):
        if other.prose:
            return True
        if context.leads(other):
            return False
    return False


def _take_tail(hit: Hit, line: Line, context: Context) -> list[Line] | None:
    """The line and all that follows, if it looks as the rule says up to the end or a stop."""
    block = hit.rule.block
    assert block is not None
    followers = _followers(block, line, context)
    rest = next(context.following((followers[-1] if followers else line).index), None)
    stop = compile_pattern(block.stop, "start") if block.stop else None
    if len(followers) < block.min_lines or (rest is not None and not _stops(rest, stop, context)):
        return None
    return [line, *followers]


def _take_head(hit: Hit, line: Line, context: Context) -> list[Line] | None:
    """The line and all that stands before it, if that looks as the rule says and is no title."""
    block = hit.rule.block
    assert block is not None
    taken: list[Line] = []
    for other in context.preceding(line.index):
        if (
            len(taken) >= block.max_lines
            or other.prose
            or context.is_title(other)
            or not _follows(block, other, line, taken)
        ):
            return None
        taken.append(other)
    return [*reversed(taken), line] if len(taken) >= block.min_lines else None


_SCOPES = {"line": _take_line, "block": _take_block, "tail": _take_tail, "head": _take_head}


def _evidence(hit: Hit, lead: Line, taken: list[Line], context: Context) -> tuple[str, ...]:
    rule = hit.rule
    evidence = [f"{_PLACES[rule.at]} {_said(hit, lead.text)}"]
    if len(taken) > 1 and rule.block is not None:
        looks = " or ".join(WORDS_FOR_KINDS.get(kind, "as the rule says") for kind in rule.block.follow)
        side = "before" if rule.scope == "head" else "after"
        told = f"the line {side} it looks" if len(taken) == 2 else f"{len(taken) - 1} lines {side} it look"
        evidence.append(f"{told} {looks}")
    evidence.append(_zone(lead, context))
    return tuple(evidence)


def _said(hit: Hit, text: str) -> str:
    """What the line says, in quotation marks; each phrase of several that are joined in theirs."""
    spans = [(part.start, part.end) for part in hit.parts] or [(hit.start, hit.end)]
    *others, last = [f"“{text[start:end]}”" for start, end in spans]
    return f"{', '.join(others)} and {last}" if others else last


_PLACES = {
    "start": "the line begins with",
    "whole": "the line is nothing but",
    "end": "the line ends with",
    "anywhere": "the line says",
}


def _zone(line: Line, context: Context) -> str:
    first, last = context.lines.body
    if last < first:
        return "in a document without prose"
    if line.index < first:
        return "before the first paragraph"
    return "after the last paragraph" if line.index > last else "between paragraphs"


def _phrase(hit: Hit, line: Line, reasons: bool) -> Finding:
    rule, start, end = hit.rule, hit.first, hit.last
    evidence = (f"a sentence that begins with “{line.text[hit.start : hit.end]}”",) if reasons else ()
    if not (line.text[:start].strip() or line.text[end:].strip()):
        return Finding(rule.code, line.start, line.end, rule.confidence, True, evidence)
    return Finding(rule.code, line.start + start, line.start + end, rule.confidence, False, evidence)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
