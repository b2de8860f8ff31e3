"""How the command line explains itself: commands by use, options by section, near misses, examples.

click prints one flat list of each; a person who looks for "where does the output go" should not
have to read twenty options first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import click

from cleaner.settings import nearest, size
from cleaner.suggest import did_you_mean

GENERAL = "Help and configuration"


class SectionedOption(click.Option):
    """An option that knows under which heading of the help it stands."""

    def __init__(self, *names: Any, section: str = GENERAL, **attributes: Any):
        super().__init__(*names, **attributes)
        self.section = section


class Command(click.Command):
    """A command whose help lists its options by section and ends with an example."""

    def __init__(self, *arguments: Any, example: str = "", **attributes: Any):
        attributes.setdefault("context_settings", {"max_content_width": 100})
        super().__init__(*arguments, **attributes)
        self.example = example

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their sections, in the order the sections first appear."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(parameter, "section", GENERAL), []).append(record)
        if GENERAL in sections:
            sections[GENERAL] = sections.pop(GENERAL)  # last, whatever its options' place
        for name, records in sections.items():
            with formatter.section(name):
                formatter.write_dl(records, col_max=34)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        _write_example(formatter, self.example)


def _write_example(formatter: click.HelpFormatter, example: str) -> None:
    """Write an example, each of its lines as it stands."""
    if example:
        with formatter.section("Example"):
            for line in example.splitlines():
                formatter.write(f"{' ' * formatter.current_indent}{line}\n")


class Group(click.Group):
    """A group whose help lists its commands by use and whose errors name the nearest command.

    ``uses`` maps a heading to its commands, and each of them to where it is defined
    (``"package.module:name"``, imported when it is asked for) or, where it was added here, to "". With
    ``default``, what is no command of the group goes to the command of that name (``cleaner rules
    ALR`` is ``cleaner rules list ALR``).
    """

    command_class = Command

    def __init__(
        self,
        *arguments: Any,
        uses: Mapping[str, Mapping[str, str]],
        default: str = "",
        example: str = "",
        **attributes: Any,
    ):
        attributes.setdefault("context_settings", {"max_content_width": 100})
        super().__init__(*arguments, **attributes)
        self.uses, self.default, self.example = uses, default, example
        self._homes = {name: home for commands in uses.values() for name, home in commands.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, as the help orders them."""
        return list(self._homes)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of this name, imported where it is defined elsewhere."""
        if home := self._homes.get(name):
            module, _, attribute = home.partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        return super().get_command(ctx, name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command's name before arguments that name none."""
        named = bool(args) and (args[0] in self._homes or args[0] in ctx.help_option_names)
        if self.default and not named and not ctx.resilient_parsing:  # a shell asks for all commands
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was named; the error for an unknown one names the nearest."""
        name = args[0]
        if name not in self._homes and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"no such command `{name}`{nearest(name, self._homes)}", ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the group's few options in one line: a screen is soon full."""
        self.format_commands(ctx, formatter)
        names = [name for parameter in self.get_params(ctx) for name in parameter.opts]
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(f"Options: {', '.join(names)}")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example, then what else there is to say."""
        _write_example(formatter, self.example)
        super().format_epilog(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands under the headings of their use; those under no heading are left out."""
        width = max(
            (len(name) for heading, names in self.uses.items() if heading for name in names), default=0
        )
        for heading, names in self.uses.items():
            if not heading:
                continue
            with formatter.section(heading):
                formatter.write_dl(
                    [
                        (name.ljust(width), command.get_short_help_str(80))
                        for name in names
                        if (command := self.get_command(ctx, name)) is not None
                    ]
                )


def option(section: str, *names: str, **attributes: Any) -> Callable[[Any], Any]:
    """``click.option`` under a heading of the help."""
    return click.option(*names, cls=SectionedOption, section=section, **attributes)


def together(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One decorator out of several, so that commands share a set of options in one order."""

    def decorate(function: Any) -> Any:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


class Choice(click.Choice):  # type: ignore[type-arg]  # generic since click 8.2
    """One of a few words; the error for another names the nearest."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """What is said of a word that is none of them."""
        known = [str(choice) for choice in self.choices]
        return f"{value!r} is not one of {', '.join(map(repr, known))}{did_you_mean(str(value), known)}"


class Size(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.2
    """A size in bytes, with or without a unit."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Bytes of ``value``; fails as click expects it for what is no size."""
        try:
            return size(int(value) if str(value).isdecimal() else value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Share(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.2
    """A share in per cent, as 0 to 1; the sign is wanted, for 0.5 alone could be either. 0 is 0."""

    name = "SHARE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The share ``value`` stands for; fails as click expects it for what is none."""
        if isinstance(value, float):
            return value
        try:
            number = float(value.removesuffix("%")) / 100
        except ValueError:
            number = math.nan
        told = f"expected a share in per cent such as 0.1%, not {value!r}"
        if not value.endswith("%") and 0 < number <= 1:
            share = f"{number * 10_000:.9g}% for {value} of the text, or " if number <= 0.01 else ""
            self.fail(f"{told}: write {share}{value}%", param, ctx)
        if not 0 <= number <= 1:
            self.fail(told, param, ctx)
        return number
