"""The commands for data that lives in a repository: check it, fix it, accept what is there."""

from __future__ import annotations

import sys
from typing import Any

import click

from cleaner.commands import terminal
from cleaner.optionsets import CLEANING, COLUMNS, PROFILE, choice_of
from cleaner.usage import Choice, Command, option, together

FILES = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())

EXCLUDED = option(
    "Suppression", "--exclude-ids", metavar="IDS", multiple=True, help="Pass over these records."
)

SUPPRESSION = together(
    option(
        "Suppression",
        "--baseline",
        metavar="FILE",
        type=click.Path(),
        help="Accept the findings that are listed there.",
    ),
    EXCLUDED,
)

NAMED_FORMAT = option(
    "Input", "--input-format", "format", metavar="NAME", help="Format of names that do not tell."
)

READ_AND_CLEANED = together(PROFILE, NAMED_FORMAT, COLUMNS, CLEANING)

QUIET = option("Output", "--quiet", "-q", is_flag=True, help="No summary.")


@click.command(
    cls=Command,
    short_help="Say what would change in files; exit code 1 if anything.",
    example="cleaner check data/\ncleaner check --diff data/pages.jsonl",
)
@FILES
@option(
    "Output",
    "--format",
    "shown",
    type=Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="How findings are written [text].",
)
@option("Output", "--diff", is_flag=True, help="A unified diff in place of the findings.")
@QUIET
@SUPPRESSION
@READ_AND_CLEANED
def check(files: tuple[str, ...], shown: str, diff: bool, quiet: bool, **asked: Any) -> int:
    """Look for boilerplate, repeats and mojibake in FILE (files, folders, globs); nothing is changed.

    One line a finding, `path:line: CODE name: first words`. Exit code 0 where there is nothing to
    do, 1 where something was found or a file could not be read.
    """
    if diff and shown != "text":
        raise click.UsageError("--diff and --format exclude each other", click.get_current_context())
    choice = choice_of(asked)
    from cleaner.commands import check as work

    paint = terminal.Paint(terminal.wants_colour(sys.stdout))
    return work.check(
        files, choice, show=terminal.put, say=terminal.say, paint=paint, format=shown, diff=diff, quiet=quiet
    )


@click.command(
    cls=Command,
    short_help="Clean the texts of files in place; nothing else changes.",
    example="cleaner fix data/\ncleaner fix --dry-run --ledger removed.jsonl data/pages.csv",
)
@FILES
@option("Output", "--dry-run", is_flag=True, help="Only say which files would change.")
@option(
    "Output",
    "--ledger",
    metavar="FILE",
    type=click.Path(),
    help="Add what was changed to this JSON Lines file.",
)
@option("Output", "--json", "as_json", is_flag=True, help="One JSON object a fixed file, for programs.")
@QUIET
@SUPPRESSION
@READ_AND_CLEANED
def fix(
    files: tuple[str, ...], dry_run: bool, ledger: str | None, as_json: bool, quiet: bool, **asked: Any
) -> int:
    """Clean the texts in FILE (files, folders, globs) where they stand.

    Only texts change: format, encoding, line ends, other columns, quoting and file mode stay. Each file
    is replaced at once. Exit code 1 where a file or a text had to be left as it is.
    """
    choice = choice_of(asked)
    from cleaner.commands import fix as work

    return work.fix(
        files,
        choice,
        show=terminal.put,
        say=terminal.say,
        ledger=ledger,
        dry_run=dry_run,
        as_json=as_json,
        quiet=quiet,
    )


@click.command(
    cls=Command,
    short_help="Accept what stands in files today; only new findings fail.",
    example="cleaner baseline data/\ncleaner baseline data/ --out known.json",
)
@FILES
@option(
    "Output",
    "--out",
    metavar="FILE",
    type=click.Path(),
    help="The baseline [configured, or cleaner-baseline.json].",
)
@EXCLUDED
@READ_AND_CLEANED
def baseline(files: tuple[str, ...], out: str | None, **asked: Any) -> int:
    """Write what is found in FILE into a baseline, by which check and fix accept it.

    Made again for some files it replaces what they had accepted; other files keep theirs.
    """
    choice = choice_of(asked)
    from cleaner.commands import check as work

    return work.baseline(files, choice, out, say=terminal.say)


@click.command(
    cls=Command,
    short_help="Print what makes a shell complete commands and options.",
    example='eval "$(cleaner completion bash)"',
)
@click.argument("shell", type=Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the script that makes SHELL complete commands, options, choices and files."""
    from click.shell_completion import get_completion_class

    from cleaner.cli import cli

    kind = get_completion_class(shell)
    assert kind is not None
    terminal.put(kind(cli, {}, "cleaner", "_CLEANER_COMPLETE").source().splitlines())
    return 0
