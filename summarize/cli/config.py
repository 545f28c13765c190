"""Defaults from the outside: a TOML file with a table for each command, and SUMMARIZE_… variables.

Precedence: the command line, then the environment, then the file, then what is built in.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from summarize.cli.streams import errors_explained
from summarize.errors import UsageError

PROGRAM = "summarize"
VARIABLE = "SUMMARIZE_CONFIG"
DEFAULT_COMMAND = "text"  # its table is [summarize], its variables have no command's name in them
NOT_IN_FILE = {"config", "help", "version"}


def usual_file() -> Path:
    """Where the file stands if nobody says otherwise: below XDG_CONFIG_HOME, or where this system keeps such files."""
    below = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(below) / PROGRAM if below else Path(click.get_app_dir(PROGRAM))
    return folder / "config.toml"


def table_of(command: str) -> str:
    """The name of a command's table."""
    return PROGRAM if command == DEFAULT_COMMAND else command


def long_name(option: click.Option) -> str:
    """An option's name in the file: its long form without the dashes before it."""
    return max((o for o in option.opts), key=len).lstrip("-")


def variable_of(command: str, option: click.Option) -> str:
    """The environment variable of a command's option."""
    parts = [PROGRAM] if command == DEFAULT_COMMAND else [PROGRAM, command]
    return "_".join([*parts, long_name(option)]).upper().replace("-", "_")


def config_option() -> click.Option:
    """The option --config; reading it sets the defaults of its command."""
    return click.Option(
        ["--config"],
        type=click.Path(dir_okay=False),
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        envvar=VARIABLE,
        callback=_apply,
        help="Defaults of options, as TOML. [default: config.toml in the folder for settings]",
    )


def _apply(context: click.Context, option: click.Parameter, value: str | None) -> None:
    """Set the defaults of a command from the file named, from the one its group was given, or from the usual one."""
    del option
    if context.resilient_parsing:  # a shell asks how a line could go on
        return
    named = value or context.meta.get(VARIABLE)
    if isinstance(context.command, click.Group):
        context.meta[VARIABLE] = value  # for the command that follows
        return
    with errors_explained():
        path = Path(named) if named else usual_file()
        if not named and not path.is_file():
            return
        context.default_map = dict(_defaults(path, context))


def read_tables(path: Path, known: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The tables of a file. Raises UsageError where it is none, or has a table that no command reads."""
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: is not TOML: {error}") from None
    for name, table in content.items():
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {name} stands in no table; [{PROGRAM}] holds what summarising takes")
        if name not in known:
            raise UsageError(f"{path}: [{name}] is no command's table; these are: {', '.join(known)}")
    return content


def _defaults(path: Path, context: click.Context) -> Iterator[tuple[str, Any]]:
    """(parameter's name, value) of each key in the table of the context's command. Raises UsageError."""
    group = context.find_root().command
    commands = group.commands if isinstance(group, click.Group) else {}
    tables = read_tables(path, {table_of(name): None for name in commands})
    table = table_of(context.command.name or "")
    options = {
        long_name(option): option
        for option in context.command.params
        if isinstance(option, click.Option) and option.name not in NOT_IN_FILE
    }
    for key, value in tables.get(table, {}).items():
        option = options.get(key.replace("_", "-"))
        place = f"{path}: [{table}] {key}"
        if option is None or option.name is None:
            raise UsageError(f"{place}: there is no such option; `{context.command_path} --help` lists them")
        if wrong := _wrong_type(option, value):
            raise UsageError(f"{place}: {wrong}")
        try:
            option.type_cast_value(context, value)
        except click.BadParameter as error:
            raise UsageError(f"{place}: {error.message}") from None
        yield option.name, value


def _wrong_type(option: click.Option, value: Any) -> str | None:
    """What is wrong with a value's type, in words; None where it is right."""
    if option.multiple or option.nargs != 1:
        if not isinstance(value, list):
            return "should be a list, as in [1, 2] or ['a', 'b']"
        values = value
    else:
        values = [value]
    for item in values:
        kind = type(item).__name__
        if option.is_flag and option.is_bool_flag:
            if not isinstance(item, bool):
                return "should be true or false"
        elif option.count or isinstance(option.type, click.types.IntParamType):
            if kind != "int":
                return "should be a whole number"
        elif isinstance(option.type, click.types.FloatParamType):
            if kind not in ("int", "float"):
                return "should be a number"
        elif kind != "str":
            return "should be text, in quotes"
    return None


def nearest(names: list[str]) -> list[str]:
    """Of options that cannot go together, those that are given in the nearest place: the command line, the
    environment, or the file. So one on the command line does away with another one in the file."""
    context = click.get_current_context(silent=True)
    if context is None:
        return names
    places = click.core.ParameterSource
    for place in (places.COMMANDLINE, places.ENVIRONMENT, places.DEFAULT_MAP):
        if found := [name for name in names if context.get_parameter_source(name) is place]:
            return found
    return names
