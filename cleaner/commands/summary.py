"""What a run came to, as a person reads it when it ends: what changed, what went, where to look."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping

from cleaner.commands.codes import Code
from cleaner.commands.figures import Removed, Summary
from cleaner.commands.progress import duration, megabytes, share
from cleaner.commands.terminal import Paint, columns, counted, visible
from cleaner.files.earlier import NEW
from cleaner.model import DECODE_NOTE

MOST_RULES = 20
"""Rules that are listed; a run over a large dump uses most of them a little."""
MOST_TRIALS = 5
FAILURES_SHOWN = 3
INPUTS_SHOWN = 3
SPEED_FROM = 1_000_000
"""Bytes of input from which a speed says anything; below, starting up is all that was measured."""

_STATUSES = {
    "cleaned": "something was removed",
    "clean": "nothing to remove",
    "fused": "kept whole: too little would have remained",
    "empty": "nothing visible in them",
    "failed": "kept as given, see below",
}


def as_json(summary: Summary) -> str:
    """The summary for programs; ASCII only, for it may go to a terminal of any encoding."""
    return json.dumps(summary.to_dict(), indent=2)


def describe(summary: Summary, codes: Mapping[str, Code], bytes_read: int, paint: Paint) -> Iterator[str]:
    """The lines of the summary; ``bytes_read`` is what the inputs hold as stored."""
    yield paint(_first(summary, bytes_read), "bold")
    yield from _documents(summary)
    yield from _taken_over(summary)
    yield from _pages(summary)
    yield from _profile(summary)
    yield from _removals(summary, codes, paint)
    yield from _repairs(summary, paint)
    yield from _failures(summary, paint)
    yield from _output(summary, paint)
    yield from _next(summary, paint)


def _first(summary: Summary, bytes_read: int) -> str:
    told = bytes_read >= SPEED_FROM and summary.seconds > 0
    speed = f", {megabytes(bytes_read / summary.seconds)} MB/s" if told else ""
    return (
        f"{counted(summary.documents, 'document')} of {counted(summary.inputs, 'file')} "
        f"in {duration(summary.seconds)}{speed}: {summary.changed:,} changed, {summary.failed:,} failed"
    )


def _documents(summary: Summary) -> Iterator[str]:
    """How many documents ended how; changed ones may be clean by status, where only repaired."""
    by_count = sorted(summary.statuses.items(), key=lambda item: (-item[1], item[0]))
    yield from columns(
        (f"{count:>12,}", status, share(count, summary.documents).rjust(6), _STATUSES.get(status, ""))
        for status, count in by_count
    )
    if summary.duplicate_ids:
        example = summary.duplicate_example or {}
        named = f", such as {visible(str(example['id']))!r}" if "id" in example else ""
        yield f"  {summary.duplicate_ids:,} documents bear the id of an earlier one{named}; all are kept"
    if summary.skipped:
        kinds = ", ".join(
            f"{count:,} {visible(suffix)}" for suffix, count in list(summary.skipped.items())[:5]
        )
        yield f"  passed by, no documents by their names: {kinds}"


def _taken_over(summary: Summary) -> Iterator[str]:
    """What an earlier run had done, what was cleaned again although it had, and why."""
    if summary.taken_over:
        yield f"  taken over: {counted(summary.taken_over, 'document')} that an earlier run had cleaned"
    for reason, count in summary.anew.items():
        names = summary.anew_examples[reason][:INPUTS_SHOWN]
        more = ", ..." if count > len(names) else ""
        documents = (
            f"{counted(summary.anew_documents.get(reason, 0), 'document')} of {counted(count, 'input')}"
        )
        if not count:
            yield visible(f"  nothing had to be cleaned again: {reason}")
        elif reason == NEW:
            yield visible(f"  new: {documents} ({', '.join(names)}{more})")
        else:
            yield visible(f"  cleaned again: {documents}, {reason} ({', '.join(names)}{more})")
    if summary.removed_inputs:
        noun = counted(summary.removed_inputs, "input")
        yield f"  gone: the documents of {noun} that the run before had read"


def _pages(summary: Summary) -> Iterator[str]:
    """The pages among the documents by how their text was taken out, and records that were not read."""
    if summary.extractions:
        told = ", ".join(f"{count:,} {visible(way)}" for way, count in list(summary.extractions.items())[:6])
        yield f"  extracted from pages: {told}"
    if summary.passed_records:
        told = ", ".join(f"{count:,} {visible(kind)}" for kind, count in summary.passed_records.items())
        yield f"  records of web archives that hold no page: {told}"


def _profile(summary: Summary) -> Iterator[str]:
    """The host profile that was used: what it knows, and where it comes from."""
    if (profile := summary.profile) is None:
        return
    origins = {
        "made": f"counted in {duration(profile.seconds)}",
        "kept": "of an earlier run; --refresh-profile makes it anew",
        "given": f"from {visible(profile.path)}",
    }
    pages, hosts = counted(profile.pages, "page"), counted(profile.hosts, "host")
    yield f"  host profile: {pages} of {hosts}, {origins[profile.origin]}"


def _removals(summary: Summary, codes: Mapping[str, Code], paint: Paint) -> Iterator[str]:
    """What went: families by characters taken, in each its rules."""
    removed = summary.chars_in - summary.chars_out
    yield ""
    yield paint(
        f"what went: {removed:,} of {summary.chars_in:,} characters ({share(removed, summary.chars_in)})",
        "bold",
    )
    listed = list(summary.removals.items())[:MOST_RULES]
    families: dict[str, list[tuple[str, Removed]]] = {}
    for rule, taken in listed:
        families.setdefault(codes[rule].family if rule in codes else "other", []).append((rule, taken))
    everything = _by_family(summary, codes)
    rows: list[tuple[str, ...]] = []
    for family in sorted(families, key=lambda name: -everything[name].chars):
        rows.append((f"  {visible(family)}", *_figures(everything[family], removed)))
        for rule, taken in families[family]:
            name = codes[rule].name if rule in codes else ""
            rows.append((f"    {rule} {visible(name)}".rstrip(), *_figures(taken, removed)))
    if rows:
        width = max(len(row[1]) for row in rows)
        yield from columns([(row[0], row[1].rjust(width), row[2].rjust(6), row[3]) for row in rows])
    if (more := len(summary.removals) - len(listed)) > 0:
        yield f"  and {counted(more, 'further rule')}, listed with the figures"
    yield from _trials(summary, codes, paint)


def _trials(summary: Summary, codes: Mapping[str, Code], paint: Paint) -> Iterator[str]:
    """What rules on trial would have taken; nothing of it is gone."""
    if not summary.trials:
        return
    yield ""
    yield paint("on trial, left where it is", "bold")
    rows = []
    for rule, taken in list(summary.trials.items())[:MOST_TRIALS]:
        name = codes[rule].name if rule in codes else ""
        rows.append(
            (
                f"    {rule} {visible(name)}".rstrip(),
                f"{taken.chars:,} characters",
                counted(taken.spans, "place"),
            )
        )
    yield from columns(rows)


def _by_family(summary: Summary, codes: Mapping[str, Code]) -> dict[str, Removed]:
    """Spans and characters by family, of all rules, also those that are not listed one by one."""
    totals: dict[str, Removed] = {}
    for rule, taken in summary.removals.items():
        family = codes[rule].family if rule in codes else "other"
        before = totals.get(family, Removed(0, 0))
        totals[family] = Removed(before.spans + taken.spans, before.chars + taken.chars)
    return totals


def _figures(taken: Removed, removed: int) -> tuple[str, str, str]:
    return f"{taken.chars:,} characters", share(taken.chars, removed), counted(taken.spans, "removal")


def _repairs(summary: Summary, paint: Paint) -> Iterator[str]:
    fixes = {fix: n for fix, n in summary.repairs.items() if not fix.startswith(DECODE_NOTE)}
    notes = {fix.removeprefix(DECODE_NOTE): n for fix, n in summary.repairs.items() if fix not in fixes}
    for title, counts in (("repaired", fixes), ("decoded", notes)):
        if counts:
            shown = ", ".join(f"{visible(name)} {count:,}" for name, count in list(counts.items())[:8])
            yield f"{paint(title, 'bold')}: {shown}"


def _failures(summary: Summary, paint: Paint) -> Iterator[str]:
    """The first failures of each kind; standard error has told them already, further up."""
    for noun, count, examples in (
        ("input or record", summary.failed_inputs, summary.input_failures),
        ("document", summary.failed, summary.document_failures),
    ):
        if count:
            plural = "" if count == 1 else "s"
            yield ""
            yield paint(f"{count:,} {noun.replace(' or', plural + ' or')}{plural} failed", "red")
            yield from (f"  {visible(str(failure))}" for failure in examples[:FAILURES_SHOWN])
            if count > FAILURES_SHOWN:
                yield "  ..."


def _output(summary: Summary, paint: Paint) -> Iterator[str]:
    yield ""
    rows = [("text and ledger", visible(_pattern(summary)))]
    rows.append(("figures", visible(os.path.join(summary.side_folder, "summary.json"))))
    if summary.failed or summary.failed_inputs:
        rows.append(("failures", visible(os.path.join(summary.side_folder, "failed.jsonl"))))
    yield paint("where it lies", "bold")
    yield from (f"  {line}" for line in columns(rows))


def _next(summary: Summary, paint: Paint) -> Iterator[str]:
    """Commands to paste: which rules took most, and why something went."""
    path = _pattern(summary).replace("'", "''")
    query = (
        "SELECT r.rule, count(*) AS removals, sum(length(r.text)) AS characters "
        f"FROM (SELECT unnest(removals) AS r FROM '{path}') GROUP BY 1 ORDER BY 3 DESC"
    )
    yield ""
    yield paint("what to look at next", "bold")
    if summary.removals:
        yield f"  duckdb -c {visible(_quoted(query))}"
        yield f"  cleaner rules show {next(iter(summary.removals))}"
    yield "  cleaner explain FILE   (a document with what goes and why)"


def _quoted(text: str) -> str:
    """``text`` for a shell; in double quotes where that is safe, for SQL is full of single ones."""
    return shlex.quote(text) if set(text) & set('"$`\\!') else f'"{text}"'


def _pattern(summary: Summary) -> str:
    """What readers are told to open: the one file, or the pattern of the parts."""
    first = summary.outputs[0] if summary.outputs else ""
    if os.path.basename(summary.side_folder) != "_cleaner":  # one file, named by the person
        return first
    return os.path.join(os.path.dirname(summary.side_folder), "part-*.parquet")
