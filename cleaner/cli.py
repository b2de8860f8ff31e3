"""The command line: what can be asked, and how every way of ending becomes an exit code.

Each command reads its options, hands them to its room under `cleaner.commands` and prints what
comes back; nothing is decided here. Those rooms are imported inside the commands, so that
``cleaner --version`` and a usage error cost no more than click.

Exit codes: 0 done; 1 something failed, or was found by a command that looks for it; 2 nothing
could start; 130 interrupted. Errors and progress go to standard error only.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import click

from cleaner import settings
from cleaner.commands import terminal
from cleaner.model import CleanerError
from cleaner.optionsets import (
    CLEANING,
    CONFIGURATION,
    OWN_PACKS,
    PROFILE,
    READING,
    complete_codes,
    read_settings,
)
from cleaner.usage import Command, Group, option

INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run one command line and return its exit code; ``argv`` defaults to the program's own."""
    if argv is None:
        return _program()
    _make_output_forgiving()
    try:
        code = cli.main(argv, prog_name="cleaner", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (terminal.ReaderGoneError, BrokenPipeError) as gone:
        terminal.release_output()
        return 0 if isinstance(gone, terminal.ReaderGoneError) else _defect(gone)
    except click.ClickException as error:
        return _refuse(error)
    except click.Abort as abort:
        return _defect(abort.__cause__) if isinstance(abort.__cause__, EOFError) else INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except CleanerError as error:
        return _error(str(error))
    except OSError as error:
        return _error(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except Exception as error:
        return _defect(error)


def _program() -> int:
    """`main` on the program's own arguments, in a process that ends with it.

    The rules are some hundred thousand objects that live as long as the process: walked again and again
    by the collector while they are loaded and once more at the end, they cost a hook 60 ms a call.
    """
    gc.set_threshold(20_000, 20, 20)
    code = main(sys.argv[1:])
    gc.freeze()
    return code


def _error(message: str) -> int:
    print(f"error: {terminal.visible(message)}", file=sys.stderr)
    return 2


def _refuse(error: click.ClickException) -> int:
    """Say what is wrong with a command line, and where its help is."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return 2
    message = " ".join(error.format_message().split())
    _error(message[:1].lower() + message[1:])
    if isinstance(error, click.UsageError) and error.ctx is not None:
        print(f"see `{error.ctx.command_path} --help`", file=sys.stderr)
    return 2


def _defect(error: BaseException | None) -> int:
    """Report what no one foresaw, with all a maintainer needs."""
    import traceback

    traceback.print_exception(error)
    print(
        "error: this is a defect of cleaner, not of your data; please report the lines above "
        "together with what `cleaner --version` prints",
        file=sys.stderr,
    )
    return 2


def _make_output_forgiving() -> None:
    """Show what the terminal's encoding lacks as an escape; a scraped emoji must not end a run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from cleaner.commands.versions import describe

        terminal.put(describe())
        ctx.exit()


USES: dict[str, dict[str, str]] = {
    "Clean a dump": {"run": ""},
    "See why": {"explain": "", "rules": ""},
    "Prove it, undo it": {name: f"cleaner.cli_ledger:{name}" for name in ("verify", "restore", "diff")},
    "Data in a repository": {
        "check": "cleaner.datastep:check",
        "fix": "cleaner.datastep:fix",
        "baseline": "cleaner.datastep:baseline",
    },
    "": {"completion": "cleaner.datastep:completion"},
}
"""Every command by its use, in the order of the help, and where it is defined (empty: here). What stands
under no use is not listed there: the help has to fit one screen."""


@click.group(
    cls=Group,
    name="cleaner",
    uses=USES,
    help="Strip boilerplate from scraped text, with every removed character on record.",
    epilog="`cleaner COMMAND --help` gives an example; see also `cleaner completion`.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Versions."
)
def cli() -> None:
    """Hold the commands."""


@cli.command(
    cls=Command,
    short_help="Clean files and folders into Parquet with a ledger.",
    example="cleaner run dump/ --out cleaned/ --title-column headline",
)
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path())
@option(
    "Output",
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(),
    help="Folder, or a file named .parquet.",
)
@option("Output", "--overwrite", is_flag=True, help="Replace the output of other inputs.")
@option("Output", "--fresh", is_flag=True, help="Take nothing over from earlier runs into DIR.")
@option("Output", "--workers", type=click.IntRange(min=1), metavar="N", help="Processes [all cores].")
@option("Output", "--quiet", is_flag=True, help="No progress, no summary; errors only.")
@option("Output", "--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@PROFILE
@option("Host profile", "--no-profile", is_flag=True, help="Go by none; saves the counting pass.")
@option("Host profile", "--refresh-profile", is_flag=True, help="Count anew what DIR keeps.")
@READING
@option(
    "Input",
    "--max-document-time",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Give a document up after S seconds, 4 more a MB [60].",
)
@option("Input", "--strict", is_flag=True, help="Know inputs by content, not by size and time.")
@option("Input", "--follow-links", is_flag=True, help="Follow symbolic links out of an INPUT.")
@CLEANING
def run(inputs: tuple[str, ...], out: str, quiet: bool, as_json: bool, **asked: Any) -> int:
    """Clean INPUT (files, folders, globs; - is standard input) into Parquet at DIR.

    Every removed character is on record there. Exit code 1 where a document or an input failed. A run
    that was stopped goes on where it was, when it is given again; a later one cleans only what changed.
    """
    flags = {name: asked.pop(name) for name in ("overwrite", "fresh", "strict", "follow_links")}
    choice = _profile_choice(asked)
    chosen = read_settings(asked, inputs)
    from cleaner.commands import progress, summary
    from cleaner.commands import run as work
    from cleaner.commands.codes import catalogue

    fields = chosen.pick(settings.READING | settings.RUNNING) | choice | flags
    reading = work.RunSettings(apart=True, **fields)
    options = chosen.options()
    with progress.reporter(sys.stderr, quiet=quiet) as report:
        result = work.run(
            inputs, out, options=options, settings=reading, progress=report.update, say=report.say
        )
    try:
        if as_json:
            terminal.put([summary.as_json(result)])
        elif not quiet:
            paint = terminal.Paint(terminal.wants_colour(sys.stdout))
            terminal.put(summary.describe(result, catalogue(options), report.bytes_read, paint))
    except terminal.ReaderGoneError:  # the work is done: its exit code stands
        terminal.release_output()
    return int(result.exit_code)


def _profile_choice(asked: dict[str, Any]) -> dict[str, Any]:
    """What the flags say of the host profile, as fields of the run's settings; a flag stands above the
    profile the configuration names."""
    flags = {name: True for name in ("no_profile", "refresh_profile") if asked.pop(name)}
    if len(flags) + (asked["profile"] is not None) > 1:
        message = "--profile, --no-profile and --refresh-profile exclude each other"
        raise click.UsageError(message, click.get_current_context())
    return {"profile": None, **flags} if flags else {}


@cli.command(
    cls=Command,
    short_help="Show what goes from a document, and why.",
    example="cleaner explain page.txt --title 'Heron returns to the weir'\n"
    "cleaner explain dump.jsonl --row 812",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@option("Document", "--title", metavar="TEXT", help="The document's title, where the file holds none.")
@option(
    "Document", "--row", type=click.IntRange(min=1), metavar="N", help="Only record N of each file, from 1."
)
@option("Document", "--id", "wanted_id", metavar="ID", help="Only records with this id.")
@option("Document", "--near", is_flag=True, help="Also lines nearly removed, and what saved them.")
@option("Document", "--json", "as_json", is_flag=True, help="One JSON object a document, for programs.")
@PROFILE
@READING
@CLEANING
def explain(
    files: tuple[str, ...],
    title: str | None,
    row: int | None,
    wanted_id: str | None,
    near: bool,
    as_json: bool,
    **asked: Any,
) -> int:
    """Show each document of FILE (- is standard input) with what goes and why.

    Lines that go are marked with - and followed by the rule's code, its name and the evidence; with
    --near lines that nearly went with = and what saved them. Of a file of records the first five are shown.
    """
    chosen = read_settings(asked, files)
    from cleaner.commands import explain as work
    from cleaner.commands.runsettings import RunSettings

    request = work.Request(files, row, wanted_id, title, near, RunSettings(**chosen.pick(settings.READING)))
    paint = terminal.Paint(terminal.wants_colour(sys.stdout))
    return work.explain(
        request, chosen.options(), show=terminal.put, say=terminal.say, paint=paint, as_json=as_json
    )


@cli.group(
    cls=Group,
    default="list",
    short_help="List, show and test the rules.",
    example="cleaner rules list ALR\ncleaner rules show ALR001",
    help="List, show and test the rules. Without a command: list.",
    uses={"Commands": {"list": "", "show": "", "test": ""}},
)
def rules() -> None:
    """Hold the commands on rules."""


@rules.command(
    "list",
    cls=Command,
    short_help="Code, name, languages and confidence of the rules.",
    example="cleaner rules list ALR PAT",
)
@click.argument("prefixes", metavar="[CODE]...", nargs=-1, shell_complete=complete_codes)
@option("Output", "--json", "as_json", is_flag=True, help="One JSON array, for programs.")
@OWN_PACKS
@CONFIGURATION
def list_rules(prefixes: tuple[str, ...], as_json: bool, **asked: Any) -> int:
    """List the rules whose codes begin with CODE, or all: code, name, languages, confidence."""
    return _on_rules(lambda work, options, paint: work.listing(prefixes, options, paint, as_json), asked)


@rules.command(
    "show", cls=Command, short_help="Everything about one rule.", example="cleaner rules show ALR001"
)
@click.argument("codes", metavar="CODE...", nargs=-1, required=True, shell_complete=complete_codes)
@OWN_PACKS
@CONFIGURATION
def show_rules(codes: tuple[str, ...], **asked: Any) -> int:
    """Show why a rule exists, what it could take wrongly, its patterns, limits and examples."""
    return _on_rules(lambda work, options, paint: work.details(codes, options, paint), asked)


@rules.command(
    "test",
    cls=Command,
    short_help="Run the examples of the rules.",
    example="cleaner rules test my-rules.toml",
)
@click.argument("packs", metavar="[FILE]...", nargs=-1, type=click.Path())
@CONFIGURATION
def test_rules(packs: tuple[str, ...], **asked: Any) -> int:
    """Run the examples of the packs in FILE, or of the shipped and configured ones.

    Examples begin with - for what goes, | for what stays, ? for what should go and does not yet, !
    for what goes and should not. Exit code 1 where one does not hold.
    """
    return _on_rules(lambda work, options, paint: work.test(packs, options, paint), asked)


def _on_rules(ask: Callable[[Any, Any, terminal.Paint], tuple[list[str], int]], asked: dict[str, Any]) -> int:
    """Load the rules room, put the question and print the answer."""
    from cleaner.commands import rules as work

    paint = terminal.Paint(terminal.wants_colour(sys.stdout))
    lines, code = ask(work, read_settings(asked).options(), paint)
    terminal.put(lines)
    return code
