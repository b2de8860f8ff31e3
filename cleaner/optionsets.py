"""Options that several commands share, under the same headings and in the same order."""

from __future__ import annotations

from typing import Any

import click

from cleaner import settings, usage
from cleaner.options import CONFIDENCES, EVIDENCES, HEADLINE_POLICIES, STRICTNESSES
from cleaner.usage import Choice, Size, option, together


def complete_codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Codes and prefixes of the shipped rules that go on with what was typed, for the shell."""
    from cleaner.rules import shipped_packs

    before, comma, begun = incomplete.rpartition(",")
    known = {name for pack in shipped_packs() for rule in pack.rules for name in (pack.prefix, rule.code)}
    return [f"{before}{comma}{name}" for name in sorted(known) if name.startswith(begun.upper())]


CONFIGURATION = together(
    option(
        usage.GENERAL,
        "--config",
        metavar="FILE",
        type=click.Path(),
        help="Read this configuration, search for none.",
    ),
    option(usage.GENERAL, "--no-config", is_flag=True, help="Read no configuration file."),
)

OWN_PACKS = option(
    "Rules",
    "--rules",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="Add a rule pack of your own; repeatable.",
)

CLEANING = together(
    option(
        "Rules",
        "--select",
        metavar="CODES",
        multiple=True,
        shell_complete=complete_codes,
        help="Only these rules (codes, prefixes).",
    ),
    option(
        "Rules",
        "--ignore",
        metavar="CODES",
        multiple=True,
        shell_complete=complete_codes,
        help="Not these rules (codes, prefixes).",
    ),
    OWN_PACKS,
    option("Rules", "--confidence", type=Choice(CONFIDENCES), help="Lowest that removes [high]."),
    option(
        "Rules",
        "--headlines",
        type=Choice(HEADLINE_POLICIES),
        help="Repeated headlines: keep one [keep].",
    ),
    option(
        "Judge",
        "--strictness",
        type=Choice(STRICTNESSES),
        help="How sure it must be before it takes a line [default].",
    ),
    option(
        "Judge",
        "--evidence",
        type=Choice(EVIDENCES),
        help="Weigh all evidence, or let rules decide alone [all].",
    ),
    option("Rules", "--repair", metavar="FIXES", multiple=True, help="Switch text repairs on."),
    option("Rules", "--no-repair", metavar="FIXES", multiple=True, help="Switch text repairs off."),
    CONFIGURATION,
)

PROFILE = option(
    "Host profile",
    "--profile",
    metavar="PATH",
    type=click.Path(),
    help="Go by this sites.arrow, or by the one of this DIR.",
)

COLUMNS = together(
    *(
        option("Input", f"--{role}-column", metavar="NAME", help=f"Column of the {what}; a.b reaches inside.")
        for role, what in {
            "text": "text",
            "id": "id",
            "title": "title",
            "url": "address",
            "lang": "language",
        }.items()
    ),
    option("Input", "--encoding", metavar="NAME", help="Encoding, where it is known [found by itself]."),
    option("Input", "--max-document-size", type=Size(), help="Refuse larger documents [100 MiB]."),
)

READING = together(
    option("Input", "--format", metavar="NAME", help="Format of - and of names that do not tell."),
    COLUMNS,
    option("Input", "--html-column", metavar="NAME", help="Column of pages, as HTML [html, raw_html ...]."),
    option(
        "Pages",
        "--page-seconds",
        type=click.IntRange(min=1),
        metavar="N",
        help="Time one page may take [60].",
    ),
    option("Pages", "--comments", is_flag=True, default=None, help="Keep readers' comments, marked by >."),
    option("Pages", "--metadata", is_flag=True, default=None, help="Also date and author, as columns."),
)


def read_settings(asked: dict[str, Any], inputs: tuple[str, ...] = ()) -> settings.Settings:
    """Lay the command line's options over the configuration file."""
    choice = choice_of(asked)
    return settings.load(choice.given, inputs, choice.config, choice.search)


def choice_of(asked: dict[str, Any]) -> settings.Choice:
    """What the command line says, before any configuration is looked for. Lists may be written with
    commas, as linters allow; ``--rules`` takes paths, which may hold one."""
    given = {name.replace("_", "-"): value for name, value in asked.items()}
    file, without = given.pop("config", None), given.pop("no-config", False)
    if file and without:
        raise click.UsageError("--config and --no-config exclude each other", click.get_current_context())
    for key in ("select", "ignore", "repair", "no-repair", "exclude-ids"):
        if key in given:
            given[key] = tuple(
                part.strip() for item in given[key] for part in item.split(",") if part.strip()
            )
    return settings.Choice(given, file, search=not without)
