"""``cleaner restore``: put what was removed back, under a rule, in a document or all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from cleaner.commands.figures import PartMeter, Progress
from cleaner.commands.terminal import Paint, counted
from cleaner.files.outputs import Output
from cleaner.files.paths import printable
from cleaner.files.restoring import Choice, Restoration, check
from cleaner.files.restoring import restore as write


def restore(
    path: str, rules: Sequence[str], ids: Sequence[str], out: str, seen: Callable[[Progress], None]
) -> Restoration:
    """Write the output at ``path`` to ``out`` with what ``rules`` (codes or their beginnings) took put back
    in the documents with ``ids``; without either in all, without both everything.

    Raises InputError where a rule or an id stands nowhere in it, or a row's ledger does not hold, and
    OutputError where ``out`` cannot be written: nothing is there then.
    """
    output = Output.of(path)
    choice = Choice(tuple(rule.upper() for rule in rules) or None, frozenset(ids) or None)
    check(output, choice)
    return write(output, choice, out, PartMeter(output.parts, seen, "restoring").add)


def describe(done: Restoration, out: str, paint: Paint) -> Iterator[str]:
    """The lines that a person reads at the end."""
    back = f"{counted(done.removals, 'removal')} of {counted(done.documents, 'document')} put back"
    yield paint(f"{back}: {counted(done.chars, 'character')}", "bold")
    yield f"  {counted(done.tally.documents, 'document')} written to {printable(out)}"


def as_json(done: Restoration) -> str:
    """The figures for programs; ASCII only."""
    figures = {
        "documents": done.tally.documents,
        "restored_documents": done.documents,
        "restored_removals": done.removals,
        "restored_chars": done.chars,
        "outputs": done.outputs,
    }
    return json.dumps(figures, indent=2)
