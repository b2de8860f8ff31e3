"""Writes docs/cli.md from the program: ``python docs/cli.py``. A test holds the page current."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from cleaner.cli import cli

PAGE = Path(__file__).with_suffix(".md")
WIDTH = 80

_HEAD = """\
# The command line

What `--help` prints, command by command; written by `python docs/cli.py`.

Exit codes: 0 done; 1 something was found or left, or some inputs failed, the rest is done; 2 nothing
could start; 130 interrupted. Data goes to standard output, errors and progress to standard error. Colour
is used on a terminal, never with `NO_COLOR`, always with `FORCE_COLOR`; `COLUMNS` sets the width of the
help. `eval "$(cleaner completion bash)"` in a shell's start file has commands, options and files completed.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_commands(cli, "cleaner")])


def _commands(command: click.Command, path: str) -> Iterator[str]:
    yield f"## {path}\n"
    yield f"```text\n{help_of(command, path).rstrip()}\n```\n"
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            assert inner is not None
            yield from _commands(inner, f"{path} {name}")


def help_of(command: click.Command, path: str) -> str:
    """The help of one command at a fixed width, as a terminal of that width shows it."""
    with click.Context(command, info_name=path, terminal_width=WIDTH) as ctx:
        return command.get_help(ctx)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
