"""Help like a manual page: options under headings, then examples.

A heading is a decorator above the decorators of its options:

    @section("Length")
    @click.option("--words", …)
    @click.option("--sentences", …)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import click

from summarize.cli.config import config_option, variable_name

Function = TypeVar("Function", bound=Callable[..., Any])
GENERAL = "General"  # the heading of the options that every command has
WIDTH = 78  # of the help text in a file, as on a terminal of 80 columns
MAX_COLUMN = 26  # width of the column of options; a longer option has a line of its own
_sections: WeakKeyDictionary[click.Parameter, str] = WeakKeyDictionary()


def section(title: str) -> Callable[[Function], Function]:
    """A heading for those options below it that have none yet."""

    def mark(function: Function) -> Function:
        for option in getattr(function, "__click_params__", ()):
            _sections.setdefault(option, title)
        return function

    return mark


def section_of(option: click.Parameter) -> str:
    """The heading of an option."""
    return _sections.get(option, GENERAL)


def options_by_section(command: click.Command, context: click.Context) -> dict[str, list[tuple[str, str]]]:
    """The options of a command under their headings, each as (option, help)."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for option in command.get_params(context):
        if isinstance(option, click.Option) and (record := option.get_help_record(context)):
            sections.setdefault(section_of(option), []).append(record)
    if GENERAL in sections:
        sections[GENERAL] = sections.pop(GENERAL)  # at the end
    return sections


class Command(click.Command):
    """A command whose options take their defaults from the configuration, and whose help has headings and examples."""

    def __init__(
        self,
        *args: Any,
        examples: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        """examples: (purpose, command line) of each."""
        kwargs.setdefault("context_settings", {}).setdefault("help_option_names", ["-h", "--help"])
        super().__init__(*args, **kwargs)
        self.examples = examples
        for option in self.params:
            if isinstance(option, click.Option):
                option.envvar = option.envvar or variable_name(self.name or "", option)
                option.metavar = option.metavar or _metavar(option)
        self.params.append(config_option())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line. The message about a wrong value names the environment variable that it comes from."""
        try:
            return super().parse_args(ctx, args)
        except click.BadParameter as error:
            source = ctx.get_parameter_source(error.param.name) if error.param and error.param.name else None
            if error.param and source is click.core.ParameterSource.ENVIRONMENT:
                error.param_hint = f"the environment variable {error.param.envvar}"
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings, then the examples."""
        write_sections(options_by_section(self, ctx), formatter)
        write_examples(self.examples, formatter)


def _metavar(option: click.Option) -> str | None:
    """The placeholder of a number in the help text, where click would write INTEGER RANGE."""
    if option.is_flag or option.count:
        return None
    if isinstance(option.type, click.types.IntParamType):
        return "N"
    return "X" if isinstance(option.type, click.types.FloatParamType) else None


def write_sections(sections: dict[str, list[tuple[str, str]]], formatter: click.HelpFormatter) -> None:
    """Write options under their headings, the help of all of them in one column."""
    lengths = [len(option) for records in sections.values() for option, _ in records]
    width = max((length for length in lengths if length <= MAX_COLUMN), default=0)
    for title, records in sections.items():
        with formatter.section(title):
            formatter.write_dl([(f"{option:{width}}", text) for option, text in records], col_max=width)


def write_examples(examples: Sequence[tuple[str, str]], formatter: click.HelpFormatter) -> None:
    """Write the purpose of each example and, below it, the command line."""
    if not examples:
        return
    with formatter.section("Examples"):
        for number, (purpose, line) in enumerate(examples):
            formatter.write("\n" if number else "")
            formatter.write_text(f"{purpose}:")
            formatter.write(f"{'':{formatter.current_indent + 4}}{line}\n")


class _DefaultContext(click.Context):
    """The context of the default command, whose name is not typed."""

    @property
    def command_path(self) -> str:
        """The program's name."""
        return self.parent.command_path if self.parent else super().command_path


class DefaultCommand(Command):
    """The command that runs if none is named; its help is the program's."""

    context_class = _DefaultContext

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the program's help."""
        if ctx.parent:
            ctx.parent.command.format_help(ctx.parent, formatter)
        else:
            super().format_help(ctx, formatter)


def help_texts(group: click.Group, program: str, width: int = WIDTH) -> dict[str, str]:
    """The help texts of a program and its commands, by their command lines."""
    context = click.Context(group, info_name=program, terminal_width=width, **group.context_settings)
    texts = {program: group.get_help(context)}
    for name in group.list_commands(context):
        command = group.commands[name]
        inner = command.context_class(command, info_name=name, parent=context, **command.context_settings)
        texts[f"{program} {name}"] = command.get_help(inner)
    return texts
