"""The commands that go by the ledger: ``verify`` proves it, ``restore`` undoes it, ``diff`` compares two."""

from __future__ import annotations

import sys
from typing import Any

import click

from cleaner import settings
from cleaner.commands import terminal
from cleaner.optionsets import CLEANING, PROFILE, read_settings
from cleaner.usage import Command, Share, option


@click.command(
    cls=Command,
    short_help="Prove that nothing is lost: text and ledger are the source.",
    example="cleaner verify cleaned/\ncleaner verify cleaned/ --against dump/",
)
@click.argument("output", metavar="DIR")
@option("Proof", "--against", metavar="INPUT", multiple=True, help="Read the sources again; repeatable.")
@option("Output", "--all-faults", is_flag=True, help="Each fault, not the first few of each kind.")
@option("Output", "--quiet", is_flag=True, help="No progress, no summary; faults only.")
@option("Output", "--json", "as_json", is_flag=True, help="Figures and faults as JSON.")
def verify(output: str, against: tuple[str, ...], all_faults: bool, quiet: bool, as_json: bool) -> int:
    """Prove each row of DIR, the output of a run or one Parquet file.

    That text and removals are the source text of its hash, that counts, places, status and columns are as
    they should be, that each input of the manifest is accounted for, and that all files are, byte for byte,
    what the run wrote. With --against, which names the run's INPUTs as they were given to it, the sources
    are read again, the repairs undone, texts, ids, titles and addresses compared. Exit code 1 where
    something does not hold: file, row and id are named.
    """
    from cleaner.commands import progress
    from cleaner.commands import verify as work
    from cleaner.commands.faults import Listing

    with progress.reporter(sys.stderr, quiet=quiet) as report:
        listing = Listing((lambda line: None) if as_json else report.say, all_faults)
        verdict = work.verify(output, against, listing.add, report.update)
    if as_json:
        terminal.put([verdict.as_json(listing)])
    elif quiet:
        for line in listing.rest():
            terminal.say(line.strip())
    else:
        paint = terminal.Paint(terminal.wants_colour(sys.stdout))
        terminal.put([*verdict.describe(paint), *listing.rest()])
    return 1 if verdict.faults else 0


@click.command(
    cls=Command,
    short_help="Put back what was removed, by rule or document.",
    example="cleaner restore cleaned/ --rule ALR --rule NWS002 --out restored/",
)
@click.argument("output", metavar="DIR")
@option("Choice", "--rule", "rules", metavar="CODE", multiple=True, help="What these took (codes, prefixes).")
@option("Choice", "--id", "ids", metavar="ID", multiple=True, help="In documents with this id; repeatable.")
@option("Choice", "--all", "everything", is_flag=True, help="All that was removed.")
@option("Output", "--out", required=True, metavar="DIR2", help="A new folder; a new file for a file.")
@option("Output", "--quiet", is_flag=True, help="No progress, no summary; errors only.")
@option("Output", "--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def restore(
    output: str,
    rules: tuple[str, ...],
    ids: tuple[str, ...],
    everything: bool,
    out: str,
    quiet: bool,
    as_json: bool,
) -> int:
    """Write DIR, the output of a run, to DIR2 with text put back from its ledger.

    With --rule and --id only what these rules took in these documents. What is not put back stays in the
    ledger; repairs stay. The inputs are not needed.
    """
    if everything == bool(rules or ids):
        message = "one of --rule, --id and --all says what is put back; --all goes alone"
        raise click.UsageError(message, click.get_current_context())
    from cleaner.commands import progress
    from cleaner.commands import restore as work

    codes = [code.strip() for item in rules for code in item.split(",") if code.strip()]
    with progress.reporter(sys.stderr, quiet=quiet) as report:
        done = work.restore(output, codes, ids, out, report.update)
    if as_json:
        terminal.put([work.as_json(done)])
    elif not quiet:
        terminal.put(work.describe(done, out, terminal.Paint(terminal.wants_colour(sys.stdout))))
    return 0


@click.command(
    cls=Command,
    short_help="What a change of rules takes more, and what less.",
    example="cleaner diff cleaned/ --rules new.toml --max-new-loss 0.1%\ncleaner diff before/ after/",
)
@click.argument("output", metavar="DIR")
@click.argument("other", metavar="[DIR2]", required=False)
@option("Gate", "--max-new-loss", type=Share(), metavar="SHARE", help="Exit code 1 above, as in 0.1%.")
@option("Output", "--workers", type=click.IntRange(min=1), metavar="N", help="Processes [all cores].")
@option("Output", "--quiet", is_flag=True, help="No progress, no report; the exit code tells.")
@option("Output", "--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@PROFILE
@option("Host profile", "--no-profile", is_flag=True, help="Go by none.")
@CLEANING
def diff(
    output: str, other: str | None, max_new_loss: float | None, quiet: bool, as_json: bool, **asked: Any
) -> int:
    """Compare DIR, the output of a run, with DIR2, or with what rules and options of now make of its texts.

    Without DIR2 the texts in the ledger of DIR are cleaned again as `run` would with these options and the
    configuration of its inputs; nothing is written. The new loss is the share of the text that DIR keeps and
    the other does not.
    """
    context = click.get_current_context()
    given = [name for name, value in asked.items() if value]
    if other is not None and given:
        raise click.UsageError(f"two outputs are compared as they are: no --{given[0]}", context)
    without_profile = asked.pop("no_profile")
    if without_profile and asked["profile"]:
        raise click.UsageError("--profile and --no-profile exclude each other", context)
    from cleaner.commands import diff as work
    from cleaner.commands import progress
    from cleaner.commands.codes import names

    with progress.reporter(sys.stderr, quiet=quiet) as report:
        if other is not None:
            options = settings.Settings().options()
            found = work.diff_outputs(output, other, report.update)
        else:
            chosen = read_settings(asked, tuple(work.arguments_of(output)))
            options = chosen.options()
            fields = chosen.pick({"profile": "profile", "workers": "workers"})
            found = work.diff_cleaning(output, options, report.update, no_profile=without_profile, **fields)
    if as_json:
        terminal.put([work.as_json(found)])
    elif not quiet:
        paint = terminal.Paint(terminal.wants_colour(sys.stdout))
        terminal.put(work.describe(found, paint, names(options)))
    loss = found.comparison.new_loss
    if max_new_loss is None or loss <= max_new_loss:
        return 0
    terminal.say(f"the new loss of {loss:.4%} is over --max-new-loss {max_new_loss:.4%}")
    return 1
