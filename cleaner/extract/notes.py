"""Notes on decoding, moved from a page's markup to the text that was taken out of it."""

from __future__ import annotations

from cleaner.decode import REPLACEMENT
from cleaner.extract.parsing import Parsed
from cleaner.model import Repair

CONTEXT = 12
"""Code points before an ill-formed place by which it is found again in the text."""


def notes_in(text: str, parsed: Parsed) -> tuple[Repair, ...]:
    """The notes that concern ``text``: on the charset, and on each ill-formed place that it still holds.

    A place is found again by what stands before it, in order; one whose neighbourhood the markup
    interrupts keeps its U+FFFD in the text and has no note.
    """
    if not parsed.notes:
        return ()
    notes = [note for note in parsed.notes if note.start == note.end]
    at = 0
    for note in parsed.notes:
        if note.start == note.end:
            continue
        before = parsed.markup[max(0, note.start - CONTEXT) : note.start].rpartition(">")[2]
        found = text.find(before + REPLACEMENT, at)
        if found >= 0:
            start = found + len(before)
            notes.append(note._replace(start=start, end=start + 1))
            at = start + 1
    return tuple(notes)
