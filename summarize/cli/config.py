"""Defaults of options from a TOML file with a table for each command, and from SUMMARIZE_… variables.

Precedence: the command line, then the environment, then the file, then the built-in default.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import click

from summarize.cli.streams import errors_reported
from summarize.errors import UsageError

PROGRAM = "summarize"
CONFIG_VARIABLE = "SUMMARIZE_CONFIG"
DEFAULT_COMMAND = "text"  # its table is [summarize], and its variables do not contain its name
NOT_IN_FILE = {"config", "help", "version"}


def default_config_file() -> Path:
    """The file that is read if none is named: below XDG_CONFIG_HOME, or where this system keeps such files."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(base) / PROGRAM if base else Path(click.get_app_dir(PROGRAM))
    return folder / "config.toml"


def table_name(command: str) -> str:
    """The name of a command's table."""
    return PROGRAM if command == DEFAULT_COMMAND else command


def key_of(option: click.Option) -> str:
    """An option's key in the file: its long name without the leading dashes."""
    return max((o for o in option.opts), key=len).lstrip("-")


def variable_name(command: str, option: click.Option) -> str:
    """The environment variable of a command's option."""
    parts = [PROGRAM] if command == DEFAULT_COMMAND else [PROGRAM, command]
    return "_".join([*parts, key_of(option)]).upper().replace("-", "_")


def config_option() -> click.Option:
    """The option --config, which sets the defaults of its command from a file."""
    return click.Option(
        ["--config"],
        type=click.Path(dir_okay=False),
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        envvar=CONFIG_VARIABLE,
        callback=_set_defaults,
        help="Defaults of options, as TOML. [default: config.toml in the settings folder]",
    )


def _set_defaults(context: click.Context, option: click.Parameter, value: str | None) -> None:
    """Set a command's defaults from the file named to it or to its group, or from the default file."""
    del option
    if context.resilient_parsing:  # only a completion is asked for
        return
    named = value or context.meta.get(CONFIG_VARIABLE)
    if isinstance(context.command, click.Group):
        context.meta[CONFIG_VARIABLE] = value  # for the command that follows
        return
    with errors_reported():
        path = Path(named) if named else default_config_file()
        if not named and not path.is_file():
            return
        context.default_map = dict(_defaults(path, context))


def read_tables(path: Path, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """The tables of a file. Raises UsageError if it is not TOML, or has something else than the tables with these
    names."""
    import tomllib  # here, as most runs have no such file

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
            raise UsageError(f"{path}: {name} is not in a table; the options of summarising are in [{PROGRAM}]")
        if name not in names:
            raise UsageError(f"{path}: no command has the table [{name}]; the tables are: {', '.join(names)}")
    return content


def _defaults(path: Path, context: click.Context) -> Iterator[tuple[str, Any]]:
    """(parameter's name, value) of each key in the table of the context's command. Raises UsageError."""
    group = context.find_root().command
    commands = group.commands if isinstance(group, click.Group) else {}
    tables = read_tables(path, [table_name(name) for name in commands])
    table = table_name(context.command.name or "")
    options = {
        key_of(option): option
        for option in context.command.params
        if isinstance(option, click.Option) and option.name not in NOT_IN_FILE
    }
    for key, value in tables.get(table, {}).items():
        option = options.get(key.replace("_", "-"))
        location = f"{path}: [{table}] {key}"
        if option is None or option.name is None:
            raise UsageError(f"{location}: there is no such option; `{context.command_path} --help` lists them")
        if mistake := _type_mistake(option, value):
            raise UsageError(f"{location}: {mistake}")
        try:
            option.type_cast_value(context, value)
        except click.BadParameter as error:
            raise UsageError(f"{location}: {error.message}") from None
        yield option.name, value


def _type_mistake(option: click.Option, value: Any) -> str | None:
    """What type a value should have, as a message; None if it has it."""
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


def strongest(names: list[str]) -> list[str]:
    """Of options that exclude each other, those from the source with the highest precedence: the command line, the
    environment or the file. So one on the command line replaces another in the file."""
    context = click.get_current_context(silent=True)
    if context is None:
        return names
    sources = click.core.ParameterSource
    for source in (sources.COMMANDLINE, sources.ENVIRONMENT, sources.DEFAULT_MAP):
        if from_source := [name for name in names if context.get_parameter_source(name) is source]:
            return from_source
    return names
