"""What protects content from rules that are not certain by themselves.

Guards bind findings of medium confidence (and later the scorer's): prose between prose is out of
their reach, and where they would leave too little the fuse takes them back.
"""

from __future__ import annotations

from collections.abc import Iterable

from cleaner.lines import Lines
from cleaner.model import Finding

LEAST_PROSE = 0.25
"""Share of a document's words that must remain as prose for findings of medium confidence to stand."""


def unguarded(findings: Iterable[Finding], lines: Lines) -> list[Finding]:
    """The findings without those of medium confidence that touch prose between prose."""
    first, last = lines.body
    guarded = [line for line in lines[first + 1 : last] if line.prose] if last > first else []
    return [
        finding
        for finding in findings
        if finding.confidence == "high"
        or not any(line.start < finding.end and finding.start < line.end for line in guarded)
    ]


def blows_fuse(before: Lines, after: Lines) -> bool:
    """Whether under a quarter of the words of ``before`` (what high rules left) would remain as
    prose in ``after``; a text that had less prose to begin with may not lose any of it."""
    words = before.words
    if not words:
        return False
    prose = sum(line.words for line in after if line.prose)
    return prose < LEAST_PROSE * words
