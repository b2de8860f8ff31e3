"""Files looked at where they lie: every text cleaned, nothing written. What check, fix and baseline share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from cleaner.columns import NoTextError
from cleaner.commands.changes import Change, changes
from cleaner.commands.terms import Baseline, Terms, TermsBook
from cleaner.files.formats import Format, named_format
from cleaner.files.inplace import Field, fields
from cleaner.files.inplace.texts import BinaryError
from cleaner.files.paths import STDIN, Failure, InputFile, find_inputs, printable, require
from cleaner.files.spool import Spool
from cleaner.model import CleanerError, Document, InputError, Result
from cleaner.pipeline import Cleaner, cleaner_for
from cleaner.profile import Profile
from cleaner.settings import Choice

TOGETHER = 1 << 22  # code points of texts that go through the core in one go, whatever files they come from
MOST = 2_000  # of them

LONG = 8 << 20  # bytes of files from which on progress is told

Say = Callable[[str], None]


@dataclass(slots=True)
class Opened:
    """A file that is being looked at, and how many texts it holds."""

    file: InputFile
    terms: Terms
    baseline: Baseline | None = None
    documents: int = 0
    broken: bool = False  # not read to its end

    @property
    def path(self) -> str:
        """The file as findings name it, which programs read."""
        return self.file.shown or os.path.normpath(self.file.path)

    @property
    def name(self) -> str:
        """The file as messages name it."""
        return printable(self.path)


class Look(NamedTuple):
    """A text and what the core makes of it; ``fresh`` are its changes that no baseline accepts."""

    opened: Opened
    field: Field
    result: Result
    changes: list[Change]
    fresh: list[Change]

    @property
    def place(self) -> str:
        """Where the text stands, for messages: the file, and in a file of records the row and id."""
        return ", ".join(filter(None, [self.opened.name, named_row(self.field)]))


class End(NamedTuple):
    """All texts of a file have been looked at."""

    opened: Opened


@dataclass(slots=True)
class Looking:
    """A pass over files. Failures and notes are told as they come; ``failures`` keeps the failures."""

    choice: Choice
    say: Say
    baselines: bool = True
    quiet: bool = False
    files: int = 0
    skipped: int = 0
    documents: int = 0
    failures: list[Failure] = field(default_factory=list)
    _book: TermsBook = field(init=False)
    _accepted: dict[str, Baseline] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._book = TermsBook(self.choice)

    def terms_for(self, path: str) -> Terms:
        """The terms of a file. Raises ConfigError for settings that cannot be used."""
        return self._book.of(path)

    def terms_of(self, file: InputFile) -> Terms:
        """The terms of a file; standard input stands for one in the current folder."""
        return self.terms_for(STDIN if file.argument == STDIN else file.path)

    def find(self, arguments: Sequence[str], spool: str | None = None) -> list[InputFile]:
        """The files behind FILE arguments; standard input, a text unless a format is named, is put into
        the folder ``spool``. Raises InputError where there is nothing to read at all."""
        if STDIN in arguments and spool is None:
            raise InputError("standard input is no file to change; clean it with `cleaner run - --out DIR`")
        self._try(self.terms_for(arguments[0]))  # standard input waits for nothing that is wrong
        asked = self.choice.settings_for(arguments[0]).values.get("format")
        format: Format | None = named_format(asked) if asked else "text" if STDIN in arguments else None
        found = find_inputs(arguments, format)
        require(found)
        for file in found.files:
            self._try(self.terms_of(file))
        for problem in found.problems:
            self.fail(problem)
        lies = Spool(spool) if spool else None
        return [lies.given(file) if lies else file for file in found.files]

    def looks(self, files: Sequence[InputFile]) -> Iterator[Look | End]:
        """Every text of the files, in order, and the end of each file. Texts go through the core
        together, also those of several files: a hook gets many small ones."""
        tell = self._teller(sum(file.size for file in files))
        held: list[tuple[Opened, Field | None]] = []
        size = 0
        for file in files:
            terms = self.terms_of(file)
            opened = Opened(file, terms, self._baseline(terms.baseline))
            if held and _core(held[0][0].terms) != _core(opened.terms):
                yield from self._cleaned(held, tell)
                held, size = [], 0
            for one in self._read(opened):
                held.append((opened, one))
                size += len(one.text)
                if size >= TOGETHER or len(held) >= MOST:
                    yield from self._cleaned(held, tell)
                    held, size = [], 0
            held.append((opened, None))
        yield from self._cleaned(held, tell)

    def _teller(self, total: int) -> Callable[[Sequence[Look | End]], None]:
        """What is told each batch when it is done: where all of it takes long, a line on how far that is
        comes now and then."""
        if self.quiet or total < LONG:
            return lambda _: None
        from cleaner.commands.figures import Progress
        from cleaner.commands.progress import LineReporter

        reporter = LineReporter(sys.stderr)
        before = chars_in = chars_out = documents = 0  # before: bytes of the files that are done

        def tell(batch: Sequence[Look | End]) -> None:
            nonlocal before, chars_in, chars_out, documents
            done = before
            for one in batch:
                if isinstance(one, End):
                    before += one.opened.file.size
                    done = before
                    continue
                documents += 1
                chars_in += one.result.chars_in
                chars_out += one.result.chars_out
                done = before + min(one.field.stop, one.opened.file.size)
            reporter.update(Progress(documents, done, total, chars_in, chars_out, len(self.failures)))

        return tell

    def fail(self, failure: Failure) -> None:
        """Take a failure down and tell it."""
        self.failures.append(failure)
        self.say(f"error: {failure}")

    def _read(self, opened: Opened) -> Iterator[Field]:
        """The texts of a file that are asked for; what is none is told."""
        self.files += 1
        try:
            for one in fields(opened.file, opened.terms.reading):
                if isinstance(one, Failure):
                    self.fail(replace(one, where=opened.name))
                elif one.id is None or one.id not in opened.terms.excluded:
                    opened.documents += 1
                    self.documents += 1
                    yield one
        except (NoTextError, BinaryError) as reason:
            self.skipped += 1
            self.say(f"note: {opened.name}: skipped: {reason}")
        except CleanerError as error:
            opened.broken = True
            self.fail(Failure(opened.name, str(error)))

    def _cleaned(
        self, held: Sequence[tuple[Opened, Field | None]], tell: Callable[[Sequence[Look | End]], None]
    ) -> Iterator[Look | End]:
        """Texts of like terms through the core, as one batch."""
        given = [one for _, one in held if one is not None]
        results: Iterator[Result] = iter(())
        if given:
            cleaner, profile = _cleaner(held[0][0].terms)
            documents = [Document(one.text, one.title, one.url, one.lang) for one in given]
            results = iter(cleaner.clean_many(documents, profile, [one.notes for one in given]))
        batch = [End(opened) if one is None else _look(opened, one, next(results)) for opened, one in held]
        tell(batch)
        yield from batch

    def _try(self, terms: Terms) -> None:
        """Meet settings that cannot be used before anything is read."""
        _cleaner(terms)
        self._baseline(terms.baseline)

    def _baseline(self, path: str | None) -> Baseline | None:
        if not self.baselines or path is None:
            return None
        if path not in self._accepted:
            self._accepted[path] = Baseline.load(path)
        return self._accepted[path]


def _look(opened: Opened, one: Field, result: Result) -> Look:
    found = changes(one.text, result)
    fresh = opened.baseline.fresh(opened.file.path, found) if opened.baseline else found
    return Look(opened, one, result, found, fresh)


def named_row(one: Field) -> str:
    """Row and id of a record, empty for a text that is a file of its own."""
    if one.row is None:
        return ""
    return f"row {one.row}" + (f", id {one.id}" if one.id is not None else "")


def clean_again(opened: Opened, one: Field, text: str) -> Result:
    """What the core makes of another text in the place of one it has seen."""
    cleaner, profile = _cleaner(opened.terms)
    return cleaner.clean(text, one.title, one.url, one.lang, profile)


def _core(terms: Terms) -> tuple[object, ...]:
    """What decides results: texts of one batch have it in common."""
    return terms.options, terms.profile


def _cleaner(terms: Terms) -> tuple[Cleaner, Profile | None]:
    if terms.profile is None:
        return cleaner_for(terms.options), None
    from cleaner.files.profiles import load_profile

    return cleaner_for(terms.options), load_profile(terms.profile)
