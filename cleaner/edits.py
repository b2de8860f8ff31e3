"""Edit scripts: what of a text is replaced by what, composed step by step.

A script is a tuple of edits, sorted, apart from each other (not even touching), in code points of
the text they apply to. Several rounds of fixes compose to one script from the first text to the
last, so that the ledger holds one entry a place, however many fixes it took.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Edit(NamedTuple):
    """Replace code points ``start`` to ``end`` by ``text``; ``fix`` names why."""

    start: int
    end: int
    text: str
    fix: str


Script = tuple[Edit, ...]


def apply(text: str, script: Sequence[Edit]) -> str:
    """The text after the script.

    >>> apply("a &amp; b", (Edit(2, 7, "&", "html-entities"),))
    'a & b'
    """
    parts: list[str] = []
    at = 0
    for edit in script:
        parts += (text[at : edit.start], edit.text)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)


def compose(middle: str, first: Sequence[Edit], then: Sequence[Edit]) -> Script:
    """One script for ``first``, which made ``middle``, and ``then``, which applies to ``middle``.

    Edits that overlap or touch become one, their fixes joined by ``+`` in order of use.

    >>> compose("x &nbsp; y", (Edit(2, 12, "&nbsp;", "a"),), (Edit(2, 8, "_", "b"),))
    (Edit(start=2, end=12, text='_', fix='a+b'),)
    """
    if not first:
        return _joined(then)
    result: list[Edit] = []
    i = j = shift = 0  # shift: offset in `middle` minus offset in the first text
    while i < len(first) or j < len(then):
        starts = [first[i].start + shift] if i < len(first) else []
        starts += [then[j].start] if j < len(then) else []
        low = high = min(starts)
        origin, known, later = low - shift, i, j
        while True:
            if i < len(first) and first[i].start + shift <= high:
                edit = first[i]
                high = max(high, edit.start + shift + len(edit.text))
                shift += len(edit.text) - (edit.end - edit.start)
                i += 1
            elif j < len(then) and then[j].start <= high:
                high = max(high, then[j].end)
                j += 1
            else:
                break
        local = [edit._replace(start=edit.start - low, end=edit.end - low) for edit in then[later:j]]
        fixes = _names((*first[known:i], *then[later:j]))
        result.append(Edit(origin, high - shift, apply(middle[low:high], local), fixes))
    return tuple(result)


def _joined(edits: Sequence[Edit]) -> Script:
    """Edits that touch, made one."""
    result: list[Edit] = []
    first = 0  # of the edits that touch so far
    for index, edit in enumerate(edits):
        if index + 1 < len(edits) and edits[index + 1].start <= edit.end:
            continue
        run = edits[first : index + 1]
        text = "".join(part.text for part in run)
        result.append(Edit(run[0].start, edit.end, text, _names(run)))
        first = index + 1
    return tuple(result)


def _names(edits: Iterable[Edit]) -> str:
    return "+".join(dict.fromkeys(name for edit in edits for name in edit.fix.split("+")))


def replacements(pattern: re.Pattern[str], text: str, replace: dict[str, str], fix: str) -> list[Edit]:
    """Edits for each match of ``pattern`` that ``replace`` knows another form of."""
    return [
        Edit(match.start(), match.end(), new, fix)
        for match in pattern.finditer(text)
        if (new := replace.get(match.group(), match.group())) != match.group()
    ]


def difference(before: str, after: str, anchors: re.Pattern[str], fix: str) -> list[Edit]:
    """Edits between two forms of a text whose stretches outside ``anchors`` did not change.

    ``anchors`` matches the stretches that may differ. Their number is the same in both, so they pair
    up in order: linear in the length of the text, where a general diff is quadratic. Where they do
    not pair up, the whole from the first difference to the last is one edit.
    """
    olds, news = anchors.split(before), anchors.split(after)
    if olds != news:
        return _trimmed(before, after, 0, fix)
    edits: list[Edit] = []
    for old, new in zip(anchors.finditer(before), anchors.finditer(after), strict=True):
        if old.group() != new.group():
            edits += _trimmed(old.group(), new.group(), old.start(), fix)
    return edits


def _trimmed(old: str, new: str, at: int, fix: str) -> list[Edit]:
    """One edit at offset ``at`` without what both forms begin and end with."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - head) if old[-1 - i] != new[-1 - i]), shorter - head)
    return [Edit(at + head, at + len(old) - tail, new[head : len(new) - tail], fix)]
