"""A document with what goes and why, line by line, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from cleaner.commands.progress import share
from cleaner.commands.terminal import Paint, counted, visible
from cleaner.judge import NearMiss
from cleaner.lines import Line, Lines, line_at
from cleaner.model import DECODE_NOTE, Finding, Repair, Result

SHOWN = 60
"""Code points of a repair that are shown; mojibake can run over a whole paragraph."""


_KEPT_WHOLE = "fused (kept whole: too little would have remained)"


_GUTTERS = {"trial": "?", "near": "="}
_FATES = {"goes": "", "trial": " (on trial: stays)", "near": " (nearly: stays)"}

Fate = Literal["goes", "trial", "near"]
"""What becomes of a marked span: it goes, it would by a rule on trial, or it nearly went."""


class Mark(NamedTuple):
    """A span of the source text (code points) that goes or might have gone, and the reasons."""

    start: int
    end: int
    rule: str
    fate: Fate
    evidence: tuple[str, ...]

    @property
    def goes(self) -> bool:
        """Whether the span is removed."""
        return self.fate == "goes"


def marks(
    result: Result, findings: Iterable[Finding], trials: Iterable[Finding], near: Iterable[NearMiss] = ()
) -> list[Mark]:
    """What goes from ``result``, with the evidence of the findings behind it, the trials and what
    nearly went; by place. A removal can be longer than its finding (blank lines go along) or unite
    several."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    found = []
    for removal in result.removals:
        behind = [
            finding
            for finding in by_rule.get(removal.rule, ())
            if finding.start < removal.end and removal.start < finding.end
        ]
        evidence = dict.fromkeys(reason for finding in behind for reason in finding.evidence)
        found.append(Mark(removal.start, removal.end, removal.rule, "goes", tuple(evidence)))
    found += [Mark(trial.start, trial.end, trial.rule, "trial", trial.evidence) for trial in trials]
    found += [Mark(one.start, one.end, one.code, "near", one.saved_by) for one in near]
    return sorted(found)


def annotate(result: Result, found: Sequence[Mark], names: Mapping[str, str], paint: Paint) -> Iterator[str]:
    """The lines of the source text with a gutter: ``-`` goes, ``~`` a part goes, ``?`` would go on
    trial, ``=`` nearly went; after the last line of each mark its rule and evidence; then the repairs."""
    lines = Lines(result.source)
    width = len(str(len(lines)))
    after: dict[int, list[Mark]] = {}
    for mark in found:
        after.setdefault(line_at(lines, max(mark.start, mark.end - 1)).index, []).append(mark)
    active: list[Mark] = []
    upcoming = 0
    for line in lines:
        while upcoming < len(found) and found[upcoming].start < max(line.end, line.start + 1):
            active.append(found[upcoming])
            upcoming += 1
        active = [mark for mark in active if mark.end > line.start]
        gutter, text = _line(line, active, paint)
        yield f"{gutter} {paint(str(line.index + 1).rjust(width), 'dim')}  {text}".rstrip()
        for mark in after.get(line.index, ()):
            yield _reason(mark, names, " " * (width + 4), paint)
    yield from _repairs(lines, result.repairs, paint)


def heading(source: str, result: Result) -> str:
    """One line on a document: its source, its status, what goes."""
    if result.error is not None:
        return f"{visible(source)}: {result.status}: {visible(result.error)}"
    gone = result.chars_in - result.chars_out
    parts = [_KEPT_WHOLE if result.status == "fused" else str(result.status)]
    if gone:
        parts.append(
            f"{gone:,} of {result.chars_in:,} characters go ({share(gone, result.chars_in)}) "
            f"in {counted(len(result.removals), 'removal')}"
        )
    if result.repairs:
        parts.append(counted(len(result.repairs), "repair"))
    return f"{visible(source)}: {', '.join(parts)}"


def _line(line: Line, active: Sequence[Mark], paint: Paint) -> tuple[str, str]:
    """Gutter and text of one line; inside a line, what goes stands in ``[-`` and ``-]``."""
    going = [mark for mark in active if mark.goes and mark.start < line.end]
    text_end = line.start + len(line.text)
    if any(mark.start <= line.start and mark.end >= max(text_end, line.start + 1) for mark in going):
        return paint("-", "red"), paint(visible(line.text), "red")
    if not going:
        staying = next((_GUTTERS[mark.fate] for mark in active if mark.start < line.end), " ")
        return paint(staying, "yellow") if staying != " " else staying, visible(line.text)
    pieces = []
    at = line.start
    for mark in going:
        start, end = max(mark.start, line.start), min(mark.end, text_end)
        pieces.append(visible(line.text[at - line.start : start - line.start]))
        pieces.append(paint(f"[-{visible(line.text[start - line.start : end - line.start])}-]", "red"))
        at = max(at, end)
    pieces.append(visible(line.text[at - line.start :]))
    return paint("~", "red"), "".join(pieces)


def _reason(mark: Mark, names: Mapping[str, str], indent: str, paint: Paint) -> str:
    name = names.get(mark.rule, "")
    because = f": {visible('; '.join(mark.evidence))}" if mark.evidence else ""
    fate = _FATES[mark.fate]
    return f"{indent}{paint(f'{mark.rule} {name}'.rstrip(), 'cyan')}{paint(fate + because, 'dim')}"


def _repairs(lines: Lines, repairs: Sequence[Repair], paint: Paint) -> Iterator[str]:
    if repairs:
        yield paint("repairs", "bold")
    for repair in repairs:
        now = _shortened(lines.text[repair.start : repair.end])
        if repair.fix.startswith(DECODE_NOTE) and not repair.before:
            yield f"  {visible(repair.fix)}"
            continue
        place = f"line {line_at(lines, repair.start).index + 1}" if len(lines) else "empty text"
        yield f'  {place}: {visible(repair.fix)}: "{_shortened(repair.before)}" became "{now}"'


def _shortened(text: str) -> str:
    return visible(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")
