"""``cleaner explain``: read documents, ask the core why, show the answer."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cleaner import model as core
from cleaner.commands import codes
from cleaner.commands.annotate import Fate, Mark, annotate, heading, marks
from cleaner.commands.documents import Document, documents
from cleaner.commands.runsettings import RunSettings
from cleaner.commands.terminal import Paint, counted, visible
from cleaner.files.formats import Format, named_format
from cleaner.files.paths import STDIN, Failure, InputFile, find_inputs, require
from cleaner.files.spool import Spool
from cleaner.lines import Lines, line_at
from cleaner.model import CleanerError, Result, failed
from cleaner.options import Options
from cleaner.pipeline import Cleaner, Explanation, cleaner_for
from cleaner.profile import Profile

if TYPE_CHECKING:
    from cleaner.extract import LeftOut, Page

LEFT_SHOWN, LEFT_CHARS = 5, 80
"""Blocks of a page that were left out that are shown, and code points of each."""
FIRST = 5
"""Documents shown of a file of records of which none was asked for."""

Show = Callable[[Iterable[str]], None]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What to explain: files, and of a file of records the row (from 1) or id; ``title`` stands in
    where a document has none, ``near`` asks for the lines that the judge nearly took."""

    files: tuple[str, ...]
    row: int | None = None
    id: str | None = None
    title: str | None = None
    near: bool = False
    settings: RunSettings = field(default_factory=RunSettings)

    @property
    def chosen(self) -> str | None:
        """The choice in words; None where there is none."""
        words = [f"row {self.row}"] if self.row is not None else []
        words += [f"id {self.id!r}"] if self.id is not None else []
        return " and ".join(words) or None


def explain(request: Request, options: Options, *, show: Show, say: Say, paint: Paint, as_json: bool) -> int:
    """Show every document asked for; 1 where a file or a document could not be read, or where what
    was asked for is nowhere.

    Raises InputError where nothing can be read at all, ConfigError and RuleError for options that
    cannot be used.
    """
    failures: list[Failure] = []
    shown = 0
    cleaner, names = cleaner_for(options), codes.names(options)
    known = request.settings.profile
    profile = _profile(known) if known is not None else None
    with tempfile.TemporaryDirectory(prefix="cleaner-") as folder:
        for file in _files(request, folder, failures):
            try:
                for document in _asked_for(file, request, failures, say):
                    explained = _explained(cleaner, document, request, profile)
                    if as_json:
                        show([_as_json(explained, names)])
                    else:
                        show(_as_text(explained, names, paint, first=not shown))
                    shown += 1
                    if (error := explained.result.error) is not None:
                        failures.append(Failure(document.source, error))
            except CleanerError as error:
                failures.append(Failure(file.name, str(error)))
    if request.chosen and not shown and not failures:
        failures.append(Failure(", ".join(request.files), f"no document has {request.chosen}"))
    for failure in failures:
        say(f"error: {failure}")
    return 1 if failures else 0


def _profile(path: str) -> Profile:
    from cleaner.files.profiles import load_profile  # which loads pyarrow

    return load_profile(path)


def _files(request: Request, folder: str, failures: list[Failure]) -> Iterator[InputFile]:
    """The files asked for; standard input, a text unless a format is named, is put into ``folder``."""
    asked = request.settings.format
    format: Format | None = named_format(asked) if asked else "text" if request.files == (STDIN,) else None
    found = find_inputs(request.files, format)
    require(found)
    failures += found.problems
    spool = Spool(folder)
    for file in found.files:
        try:
            yield spool.given(file, sys.stdin.buffer)
        except CleanerError as error:
            failures.append(Failure(file.name, str(error)))


def _asked_for(file: InputFile, request: Request, failures: list[Failure], say: Say) -> Iterator[Document]:
    """The documents of one file that were asked for, or its first few."""
    shown = 0
    for document in documents(file, request.settings.reading(), request.row, failures):
        if request.id is not None and document.id != request.id:
            continue
        if request.chosen is None and shown == FIRST:
            say(f"{file.name}: these are the first {FIRST} documents; --row or --id choose others")
            return
        shown += 1
        yield document


class _Explained(NamedTuple):
    """A document, what became of it, the marks on its text, and what extraction left out of its page."""

    document: Document
    result: Result
    found: list[Mark]
    left: list[LeftOut]


def _explained(cleaner: Cleaner, document: Document, request: Request, profile: Profile | None) -> _Explained:
    if document.error is not None:
        return _Explained(document, failed(document.text, document.error, document.notes), [], [])
    given = core.Document(document.text, document.title or request.title, document.url, document.lang)
    if document.page is not None:
        return _explained_page(cleaner, document, document.page, given, request, profile)
    why = cleaner.explain(given.text, given.title, given.url, given.lang, profile, document.notes)
    return _Explained(document, why.result, _marks(why, request), [])


def _explained_page(
    cleaner: Cleaner,
    document: Document,
    page: Page,
    given: core.Document,
    request: Request,
    profile: Profile | None,
) -> _Explained:
    from cleaner import extract  # texts do without
    from cleaner.pages import document_of, finished

    options = cleaner.options
    try:
        found, left = extract.explain(page, comments=options.comments, metadata=options.metadata)
    except extract.PageError as error:
        return _Explained(document, failed(error.text, str(error)), [], [])
    text, title, url, lang, markup = document_of(found, given.title, given.url, given.lang)
    why = cleaner.explain(text, title, url, lang, profile, found.notes, markup)
    return _Explained(document, finished(why.result, found), _marks(why, request), left)


def _marks(why: Explanation, request: Request) -> list[Mark]:
    return marks(why.result, why.findings, why.trials, why.near if request.near else ())


def _as_text(explained: _Explained, names: Mapping[str, str], paint: Paint, first: bool) -> Iterator[str]:
    document, result, found, left = explained
    if not first:
        yield ""
    yield paint(heading(document.source, result), "bold")
    if result.extraction is not None:
        yield from _extraction(result, left, paint)
    yield from annotate(result, found, names, paint)


def _extraction(result: Result, left: list[LeftOut], paint: Paint) -> Iterator[str]:
    """How the text was taken out of its page, and what of the page was left out: the likeliest first."""
    gone = counted(len(left), "block")
    yield f"extraction: {visible(result.extraction or '')}; {gone} of the page left out"
    for name in ("title", "url", "lang", "published", "author"):
        if (value := getattr(result, name)) is not None:
            yield f"  {name}: {visible(value)}"
    likely = sorted(left, key=lambda one: -one.chance)[:LEFT_SHOWN]
    for one in likely:
        text = one.text if len(one.text) <= LEFT_CHARS else one.text[: LEFT_CHARS - 1] + "…"
        yield paint(f"  left out, {one.chance / 10:.0f} % article: <{one.tag}> {visible(text)}", "dim")
    if len(left) > len(likely):
        yield paint(f"  and {counted(len(left) - len(likely), 'further block')}; --json has all", "dim")


def _as_json(explained: _Explained, names: Mapping[str, str]) -> str:
    """One document on one line. ASCII only: escapes keep what is hostile to a terminal, and lone
    surrogates, out of the output."""
    document, result, found, left = explained
    source = result.source
    lines = Lines(source)

    def line_of(offset: int) -> int | None:
        return line_at(lines, offset).index + 1 if len(lines) else None

    def reasons(fate: Fate) -> list[dict[str, Any]]:
        return [
            {
                "rule": mark.rule,
                "name": names.get(mark.rule),
                "start": mark.start,
                "end": mark.end,
                "line": line_of(mark.start),
                "text": source[mark.start : mark.end],
                "evidence": list(mark.evidence),
            }
            for mark in found
            if mark.fate == fate
        ]

    repairs = [
        {**repair._asdict(), "line": line_of(repair.start), "after": source[repair.start : repair.end]}
        for repair in result.repairs
    ]
    page = {}
    if result.extraction is not None:
        page = {
            "extraction": result.extraction,
            "published": result.published,
            "author": result.author,
            "left_out": [one._asdict() for one in left],
        }
    return json.dumps(
        {
            "source": document.source,
            "id": document.id,
            "status": result.status,
            "error": result.error,
            "title": result.title,
            "url": result.url,
            "lang": result.lang,
            "chars_in": result.chars_in,
            "chars_out": result.chars_out,
            "text": result.text,
            "removals": reasons("goes"),
            "trials": reasons("trial"),
            "near": reasons("near"),
            "repairs": repairs,
            **page,
        }
    )
