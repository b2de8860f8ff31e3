"""Text repair: mojibake, character references, controls; each line alone, to a fixed point.

A line that cannot change is found by one pattern, made from the fixes that are on, and costs no
more; only the others go through the fixes. What comes out is the same with the gate and without.

Clean text is untouched by the defaults: curly quotes, ligatures, full-width forms, NFC or NFD,
non-breaking spaces and every kind of line end come out as they went in.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from cleaner.edits import Edit, Script, apply, compose
from cleaner.fixes import FIXES, line_breaks
from cleaner.model import DECODE_NOTE, ConfigError, Repair
from cleaner.options import DEFAULTS, Options
from cleaner.suggest import did_you_mean

ROUNDS = 8
"""How often a line is gone over before it counts as one that does not settle."""

_MEMO_CHARS = 2000  # longer lines hardly repeat
_BODY = re.compile(r"[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Fixes:
    """The fixes that are on, by name; hashable and picklable. Made by `fixes_from`."""

    names: frozenset[str] = field(default_factory=lambda: frozenset(n for n, fix in FIXES.items() if fix.on))


class Repaired(NamedTuple):
    """The source text, and what of it reads differently from the decoded text."""

    source: str
    repairs: tuple[Repair, ...]


def fixes_from(options: Options = DEFAULTS) -> Fixes:
    """The fixes that ``options`` leave on: the defaults, with ``repair_on``, without ``repair_off``.

    Raises `ConfigError` for a name that is no fix.
    """
    for key, names in (("repair_on", options.repair_on), ("repair_off", options.repair_off)):
        for name in names:
            if name not in FIXES:
                hint = did_you_mean(name, FIXES) or f"; known fixes: {', '.join(FIXES)}"
                raise ConfigError(f"{key}: unknown fix {name!r}{hint}")
    return Fixes(Fixes().names.union(options.repair_on).difference(options.repair_off))


def without_entities(fixes: Fixes) -> Fixes:
    """The same fixes for text out of a page: its references were resolved when it was parsed, and what
    still looks like one is what its author wrote."""
    return Fixes(fixes.names - {"html-entities"})


def repair(text: str, fixes: Fixes | None = None) -> Repaired:
    r"""Repair a decoded text, each line alone (a line runs to LF, CRLF or a lone CR).

    A ``<`` keeps the character references of its own line as they are: there they may be markup. A
    line that does not settle in `ROUNDS` rounds stays as it was. Repairing the repaired text changes
    nothing.

    >>> repair("Itâ€™s A &amp;amp; B\n1 < 2 &amp; 3\n")
    Repaired(source='It’s A & B\n1 < 2 &amp; 3\n',
             repairs=(Repair(fix='encoding', start=2, end=3, before='â€™'),
                      Repair(fix='html-entities', start=7, end=8, before='&amp;amp;')))
    """
    fixes = fixes or _DEFAULT_FIXES
    if not may_change(text, fixes):
        return Repaired(text, ())
    script = _script(text, fixes)
    return Repaired(apply(text, script), tuple(_ledger(text, script)))


def stable(line: str, fixes: Fixes | None = None) -> bool:
    """Whether repairing this line alone changes nothing."""
    return not repair(line, fixes).repairs


def may_change(text: str, fixes: Fixes) -> bool:
    """Whether some fix could change something: False is certain, True a possibility."""
    return any(
        gate.search(text) and (not finer or any(one.search(text) for one in finer))
        for gate, finer in _gates(fixes, text.isascii())
    )


Gate = tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]
"""A pattern, and those of which one must match as well where it does, if there are any."""


@lru_cache(maxsize=64)
def _gates(fixes: Fixes, ascii_only: bool) -> tuple[Gate, ...]:
    """Patterns of all that the fixes could change; for ASCII text, only those that match ASCII.

    The single characters of all fixes make one class, the fastest there is; joined with the other
    patterns by ``|`` it would be six times as slow.
    """
    on = [fix for name, fix in FIXES.items() if name in fixes.names]
    chars = "".join(fix.chars for fix in on)
    gates: list[Gate] = [(re.compile(f"[{chars}]"), ())] if chars else []
    for fix in on:
        patterns = tuple(map(re.compile, fix.patterns))
        gates += [(re.compile(fix.rough), patterns)] if fix.rough else [(one, ()) for one in patterns]
    return tuple(gate for gate in gates if not ascii_only or any(map(gate[0].search, _ASCII_SAMPLES)))


_ASCII_SAMPLES = (*map(chr, range(128)), "&amp;")


def _script(text: str, fixes: Fixes) -> Script:
    """What is to change in a text. Line ends, where they are fixed, make new lines, so both take turns."""
    script = _lines_script(text, fixes)
    if "line-breaks" not in fixes.names:
        return script
    current = apply(text, script)
    for _ in range(ROUNDS):
        edits = line_breaks(current)
        if not edits:
            break
        script = compose(current, script, edits)
        current = apply(current, edits)
        edits = list(_lines_script(current, fixes))
        script = compose(current, script, edits)
        current = apply(current, edits)
    return script


def _lines_script(text: str, fixes: Fixes) -> Script:
    edits: list[Edit] = []
    for match in _BODY.finditer(text):
        line = match.group()
        if may_change(line, fixes):
            settle = _settle_memo if len(line) <= _MEMO_CHARS else _settle
            at = match.start()
            edits += [Edit(at + e.start, at + e.end, e.text, e.fix) for e in settle(line, fixes)]
    return tuple(edits)


def _settle(line: str, fixes: Fixes) -> Script:
    """What turns a line (without its end) into one that no fix changes; nothing where none does."""
    steps = [
        fix.edits
        for name, fix in FIXES.items()
        if name in fixes.names and name != "line-breaks" and (name != "html-entities" or "<" not in line)
    ]
    text, script = line, Script()
    for _ in range(ROUNDS):
        settled = True
        for step in steps:
            for _ in range(ROUNDS):  # mojibake of mojibake, before another fix takes its clues away
                if not (edits := step(text)):
                    break
                script = compose(text, script, edits)
                text = apply(text, edits)
                settled = False
        if settled:
            return script
    return ()


@lru_cache(maxsize=1 << 14)
def _settle_memo(line: str, fixes: Fixes) -> Script:
    return _settle(line, fixes)


def _ledger(text: str, script: Script) -> Iterable[Repair]:
    """The script, seen from the text that it leads to; edits that cancelled out are none."""
    shift = 0
    for start, end, new, fix in script:
        before = text[start:end]
        if before != new:
            yield Repair(fix, start + shift, start + shift + len(new), before)
        shift += len(new) - (end - start)


def repair_notes(notes: Sequence[Repair], repairs: Sequence[Repair]) -> tuple[Repair, ...]:
    """Move notes on decoding from offsets of the decoded text to those of the source text.

    A note inside a repaired span takes the whole span: which part of it came from which is unknown.

    >>> repair_notes([Repair("decode:bytes", 9, 10, "9d")], [Repair("encoding", 2, 3, "â€™")])
    (Repair(fix='decode:bytes', start=7, end=8, before='9d'),)
    """
    starts: list[int] = []  # of the repairs, in the decoded text
    ends: list[int] = []
    shift = 0
    for item in repairs:
        starts.append(item.start + shift)
        ends.append(item.start + shift + len(item.before))
        shift += len(item.before) - (item.end - item.start)

    def source(offset: int, inside: int) -> int:
        """``offset`` in the source text, for the code point at ``inside`` (the last one of a span)."""
        index = bisect_right(starts, inside) - 1
        if index < 0:
            return offset
        if inside < ends[index]:
            return repairs[index].start if offset == inside else repairs[index].end
        return offset - ends[index] + repairs[index].end

    return tuple(
        note
        if note.start == note.end
        else note._replace(start=source(note.start, note.start), end=source(note.end, note.end - 1))
        for note in notes
    )


def merge(notes: Iterable[Repair], repairs: Iterable[Repair]) -> tuple[Repair, ...]:
    """Notes on decoding (offsets of the source text) and repairs as one list, sorted by place."""
    return tuple(
        sorted([*notes, *repairs], key=lambda r: (r.start, r.end, not r.fix.startswith(DECODE_NOTE)))
    )


_DEFAULT_FIXES = Fixes()
