"""``cleaner check`` and ``cleaner baseline``: what would change, and what of it is accepted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache

from cleaner.commands.changes import Change
from cleaner.commands.findings import Found, as_github, as_json, as_sarif, as_text, findings, groups
from cleaner.commands.looking import Look, Looking, Opened
from cleaner.commands.terminal import Paint, counted, visible
from cleaner.commands.terms import BASELINE_NAME, Baseline
from cleaner.commands.unified import unified
from cleaner.files.paths import STDIN
from cleaner.options import Options
from cleaner.pipeline import CODES, cleaner_for
from cleaner.settings import Choice

Show = Callable[[Iterable[str]], None]
Say = Callable[[str], None]


def check(
    arguments: Sequence[str],
    choice: Choice,
    *,
    show: Show,
    say: Say,
    paint: Paint,
    format: str = "text",
    diff: bool = False,
    quiet: bool = False,
) -> int:
    """Show every finding in the files; 1 where there is one, or where a file could not be read.

    Raises InputError where nothing can be read at all, ConfigError and RuleError for options that
    cannot be used.
    """
    looking, tally = Looking(choice, say, quiet=quiet), _Tally()
    with ExitStack() as stack:
        files = looking.find(arguments, spool=_spool(arguments, stack))
        looks = tally.counted(look for look in looking.looks(files) if isinstance(look, Look))
        if diff:
            show(_coloured(line, paint) for look in looks for line in _diff(look))
        else:
            found = (one for look in looks for one in findings(look, names_of(look.opened.terms.options)))
            show(_written(found, format, paint))
    if not quiet:
        say(_summary(looking, tally))
    return 1 if tally.findings or looking.failures else 0


def baseline(arguments: Sequence[str], choice: Choice, out: str | None, *, say: Say) -> int:
    """Accept what stands in the files today; 1 where a file could not be read.

    What other files had accepted stays. The file is ``out``, else the one that the configuration
    names, else `BASELINE_NAME` in the folder of the configuration.
    """
    looking = Looking(choice, say, baselines=False)
    files = looking.find(arguments)
    terms = looking.terms_of(files[0])
    path = out or terms.baseline or os.path.join(terms.root, BASELINE_NAME)
    accepted = Baseline.load(path) if os.path.exists(path) else Baseline(path, {})
    held: list[Change] = []
    total = 0
    for one in looking.looks(files):
        if isinstance(one, Look):
            held += one.changes
            total += len(groups(one.changes))
            continue
        if not one.opened.broken:  # a file that cannot be read keeps what it had
            accepted.accept(one.opened.file.path, held)
        held = []
    accepted.save()
    say(f"{visible(path)}: {counted(total, 'finding')} accepted in {counted(len(files), 'file')}")
    if terms.baseline is None:
        say(
            f'put `baseline = "{visible(os.path.basename(path))}"` into the configuration, or pass --baseline'
        )
    return 1 if looking.failures else 0


def _spool(arguments: Sequence[str], stack: ExitStack) -> str | None:
    """A folder for standard input, where it is asked for; it goes with ``stack``."""
    if STDIN not in arguments:
        return None
    import tempfile

    return stack.enter_context(tempfile.TemporaryDirectory(prefix="cleaner-"))


class _Tally:
    """Findings and files with findings, counted as they pass."""

    def __init__(self) -> None:
        self.findings = 0
        self.files: set[str] = set()

    def counted(self, looks: Iterable[Look]) -> Iterator[Look]:
        for look in looks:
            if look.fresh:
                self.findings += len(groups(look.fresh))
                self.files.add(look.opened.path)
            yield look


@cache
def names_of(options: Options) -> dict[str, str]:
    """The name of every code under some options."""
    return {rule.code: rule.name for rule in cleaner_for(options).rules.all} | {
        code: name for code, (name, _) in CODES.items()
    }


def _written(found: Iterable[Found], format: str, paint: Paint) -> Iterator[str]:
    if format == "text":
        return as_text(found, paint)
    writers = {"json": as_json, "github": as_github, "sarif": as_sarif}
    return writers[format](found)


def _diff(look: Look) -> Iterator[str]:
    opened: Opened = look.opened
    name = opened.path if look.field.row is None else look.place
    return unified(name, look.field.text, look.fresh)


def _coloured(line: str, paint: Paint) -> str:
    if not paint.enabled:
        return line
    style = {"-": "red", "+": "green", "@": "cyan"}.get(line[:1])
    return paint(visible(line), style) if style else visible(line)


def _summary(looking: Looking, tally: _Tally) -> str:
    parts = [f"{counted(looking.files, 'file')} checked"]
    if looking.skipped:
        parts.append(f"{looking.skipped} skipped")
    if looking.failures:
        parts.append(f"{counted(len(looking.failures), 'error')}")
    if not tally.findings:
        return f"{', '.join(parts)}: nothing to remove or repair"
    where = f"{counted(tally.findings, 'finding')} in {counted(len(tally.files), 'file')}"
    return f"{', '.join(parts)}: {where}; `cleaner fix` takes them out, `cleaner explain` says why"
