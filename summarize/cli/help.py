"""Help as a manual page: options under headings, examples, and what else there is to know.

A heading stands above the options that belong to it, as a decorator among theirs:

    @section("Length")
    @click.option("--words", …)
    @click.option("--sentences", …)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import click

from summarize.cli.config import config_option, variable_of

Function = TypeVar("Function", bound=Callable[..., Any])
GENERAL = "General"  # what every command has
WIDTH = 78  # of help that is written to a file, as on a terminal of 80 columns
COLUMN = 26  # of what is typed; what is longer has a line of its own
_sections: WeakKeyDictionary[click.Parameter, str] = WeakKeyDictionary()


def section(title: str) -> Callable[[Function], Function]:
    """A heading over the options below it that have none yet."""

    def mark(function: Function) -> Function:
        for option in getattr(function, "__click_params__", ()):
            _sections.setdefault(option, title)
        return function

    return mark


def section_of(option: click.Parameter) -> str:
    """The heading that an option stands under."""
    return _sections.get(option, GENERAL)


def sections(command: click.Command, context: click.Context) -> dict[str, list[tuple[str, str]]]:
    """The options of a command under their headings: what is typed, and what it does."""
    found: dict[str, list[tuple[str, str]]] = {}
    for option in command.get_params(context):
        if isinstance(option, click.Option) and (record := option.get_help_record(context)):
            found.setdefault(section_of(option), []).append(record)
    if GENERAL in found:
        found[GENERAL] = found.pop(GENERAL)  # at the end
    return found


class Command(click.Command):
    """A command whose options take defaults from the configuration, and whose help is a manual page."""

    def __init__(
        self,
        *args: Any,
        examples: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        """examples: (what it does, what to type)."""
        kwargs.setdefault("context_settings", {}).setdefault("help_option_names", ["-h", "--help"])
        super().__init__(*args, **kwargs)
        self.examples = examples
        for option in self.params:
            if isinstance(option, click.Option):
                option.envvar = option.envvar or variable_of(self.name or "", option)
                option.metavar = option.metavar or _metavar(option)
        self.params.append(config_option())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; a wrong value from the environment is named as such."""
        try:
            return super().parse_args(ctx, args)
        except click.BadParameter as error:
            source = ctx.get_parameter_source(error.param.name) if error.param and error.param.name else None
            if error.param and source is click.core.ParameterSource.ENVIRONMENT:
                error.param_hint = f"the environment variable {error.param.envvar}"
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings, then examples."""
        write_sections(sections(self, ctx), formatter)
        write_examples(self.examples, formatter)


def _metavar(option: click.Option) -> str | None:
    """What stands for an option's value, where click would write INTEGER RANGE."""
    if option.is_flag or option.count:
        return None
    if isinstance(option.type, click.types.IntParamType):
        return "N"
    return "X" if isinstance(option.type, click.types.FloatParamType) else None


def write_sections(found: dict[str, list[tuple[str, str]]], formatter: click.HelpFormatter) -> None:
    """Write options under their headings, what they do in one column for all."""
    width = max((len(typed) for records in found.values() for typed, _ in records if len(typed) <= COLUMN), default=0)
    for title, records in found.items():
        with formatter.section(title):
            formatter.write_dl([(f"{typed:{width}}", meaning) for typed, meaning in records], col_max=width)


def write_examples(examples: Sequence[tuple[str, str]], formatter: click.HelpFormatter) -> None:
    """Write each example as what it does and, below that, what to type."""
    if not examples:
        return
    with formatter.section("Examples"):
        for number, (purpose, line) in enumerate(examples):
            formatter.write("\n" if number else "")
            formatter.write_text(f"{purpose}:")
            formatter.write(f"{'':{formatter.current_indent + 4}}{line}\n")


class _DefaultContext(click.Context):
    """The context of the default command, whose name nobody types."""

    @property
    def command_path(self) -> str:
        """What was typed: the program's name."""
        return self.parent.command_path if self.parent else super().command_path


class DefaultCommand(Command):
    """The command that runs where none is named; its help is the program's."""

    context_class = _DefaultContext

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the program's help."""
        if ctx.parent:
            ctx.parent.command.format_help(ctx.parent, formatter)
        else:
            super().format_help(ctx, formatter)


def help_texts(group: click.Group, program: str, width: int = WIDTH) -> dict[str, str]:
    """The help texts of a program and its commands, by what is typed."""
    context = click.Context(group, info_name=program, terminal_width=width, **group.context_settings)
    found = {program: group.get_help(context)}
    for name in group.list_commands(context):
        command = group.commands[name]
        inner = command.context_class(command, info_name=name, parent=context, **command.context_settings)
        found[f"{program} {name}"] = command.get_help(inner)
    return found
