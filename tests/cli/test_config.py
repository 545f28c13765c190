"""Defaults from a file and from the environment: precedence, types, lists, flags and mistakes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from summarize.cli import main
from summarize.cli.config import default_config_file
from summarize.cli.help import Command, section
from summarize.cli.options import request_from
from summarize.errors import UsageError
from summarize.text.lengths import Length


@pytest.fixture
def program() -> click.Group:
    """A program with the configuration of ours, whose command prints the values of its options."""

    @click.group(params=[*main.params])
    def group() -> None:
        pass

    def show(**values: Any) -> None:
        click.echo(repr(values))

    options: list[Any] = [
        section("All"),
        click.option("--count", "-n", type=click.IntRange(1, 99), default=1),
        click.option("--rate", type=float, default=0.5),
        click.option("--name", default="x"),
        click.option("--kind", "kind_", type=click.Choice(["a", "b"]), default="a"),
        click.option("--fast", is_flag=True),
        click.option("--cache/--no-cache", default=True),
        click.option("--freeze", multiple=True),
        click.option("--pair", nargs=2, type=int),
        click.option("--from", "initial", type=click.Path(path_type=Path)),
    ]
    command = show
    for option in reversed(options):
        command = option(command)
    group.add_command(Command("text", callback=command, params=command.__click_params__[::-1]))  # type: ignore[attr-defined]
    return group


BUILT_IN: dict[str, Any] = {
    "count": 1, "rate": 0.5, "name": "x", "kind_": "a", "fast": False, "cache": True, "freeze": (), "pair": None,
    "initial": None,
}  # fmt: skip


def run(program: click.Group, *arguments: str, **env: str) -> Result:
    return CliRunner().invoke(program, ["text", *arguments], env=env)


def values_in(program: click.Group, *arguments: str, **env: str) -> dict[str, Any]:
    """The values of a run's options, except built-in defaults."""
    result = run(program, *arguments, **env)
    assert result.exit_code == 0, result.stderr
    values = eval(result.stdout, {"PosixPath": Path, "WindowsPath": Path})
    return {name: value for name, value in values.items() if value != BUILT_IN[name]}


@pytest.mark.parametrize(
    ("toml", "values"),
    [
        ("", {}),
        ("count = 3\nrate = 2\nname = '3'", {"count": 3, "rate": 2.0, "name": "3"}),
        ("kind = 'b'", {"kind_": "b"}),
        ("fast = true\ncache = false", {"fast": True, "cache": False}),
        ("fast = false\ncache = true", {}),
        ("freeze = ['a b', 'c']", {"freeze": ("a b", "c")}),
        ("freeze = []", {}),
        ("pair = [3, 4]", {"pair": (3, 4)}),
        ("from = 'a/b'", {"initial": Path("a/b")}),
    ],
)
def test_a_table_gives_defaults(program: click.Group, tmp_path: Path, toml: str, values: dict[str, Any]) -> None:
    file = tmp_path / "my.toml"
    file.write_text(f"[summarize]\n{toml}\n")
    assert values_in(program, "--config", str(file)) == values
    assert values_in(program, SUMMARIZE_CONFIG=str(file)) == values


def test_the_environment_gives_defaults(program: click.Group) -> None:
    assert values_in(program, SUMMARIZE_COUNT="3", SUMMARIZE_KIND="b", SUMMARIZE_FROM="x") == {
        "count": 3,
        "kind_": "b",
        "initial": Path("x"),
    }
    assert values_in(program, SUMMARIZE_FAST="1", SUMMARIZE_CACHE="no") == {"fast": True, "cache": False}
    assert values_in(program, SUMMARIZE_FAST="0", SUMMARIZE_COUNT="") == {}
    assert values_in(program, SUMMARIZE_FREEZE="a b", SUMMARIZE_PAIR="3 4") == {"freeze": ("a", "b"), "pair": (3, 4)}


SOURCES = ("file", "environment", "command line")  # in order of precedence, the lowest first


@given(st.sets(st.sampled_from(SOURCES)))
def test_the_source_with_precedence_gives_the_value(sources: set[str]) -> None:
    file = default_config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[summarize]\nbeam-size = 65\n" if "file" in sources else "")
    env = {"SUMMARIZE_BEAM_SIZE": "66"} if "environment" in sources else {}
    arguments = ["--beam-size", "67"] if "command line" in sources else []
    try:
        result = CliRunner().invoke(main, ["nowhere.txt", *arguments], env=env)
    finally:
        file.unlink()
    if "file" in sources:  # a mistake there is reported, whatever the other sources say
        assert f"{file}: [summarize] beam-size: 65 is not in" in result.stderr
    elif "command line" in sources:
        assert "'--beam-size': 67 is not in" in result.stderr
    elif "environment" in sources:
        assert "the environment variable SUMMARIZE_BEAM_SIZE: 66 is not in" in result.stderr
    assert result.exit_code == (2 if sources else 1)


def test_the_command_line_precedes_the_environment_and_that_the_file(program: click.Group, tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text("[summarize]\ncount = 2\nfreeze = ['a']\nfast = true\ncache = false\n")
    config = ("--config", str(file))
    assert values_in(program, *config)["count"] == 2
    assert values_in(program, *config, SUMMARIZE_COUNT="3")["count"] == 3
    assert values_in(program, *config, "-n", "4", SUMMARIZE_COUNT="3")["count"] == 4
    assert values_in(program, *config, SUMMARIZE_FREEZE="b c")["freeze"] == ("b", "c")
    assert values_in(program, *config, "--freeze", "d", SUMMARIZE_FREEZE="b c")["freeze"] == ("d",)
    assert values_in(program, *config, "--cache", SUMMARIZE_FAST="false") == {"count": 2, "freeze": ("a",)}


@pytest.mark.parametrize(
    ("toml", "mistake"),
    [
        ("count = '3'", "count: should be a whole number"),
        ("count = 3.0", "count: should be a whole number"),
        ("count = true", "count: should be a whole number"),
        ("count = [3]", "count: should be a whole number"),
        ("count = 100", "count: 100 is not in the range"),
        ("rate = '3'", "rate: should be a number"),
        ("rate = false", "rate: should be a number"),
        ("name = 3", "name: should be text, in quotes"),
        ("name = 2020-01-01", "name: should be text, in quotes"),
        ("name = {a = 3}", "name: should be text, in quotes"),
        ("from = 3", "from: should be text, in quotes"),
        ("initial = 'x'", "initial: there is no such option"),
        ("kind = 'c'", "kind: 'c' is not one of"),
        ("fast = 1", "fast: should be true or false"),
        ("cache = 'no'", "cache: should be true or false"),
        ("freeze = 'a'", "freeze: should be a list"),
        ("freeze = [3]", "freeze: should be text, in quotes"),
        ("pair = 3", "pair: should be a list"),
        ("pair = ['3', 4]", "pair: should be a whole number"),
        ("pair = [3]", "pair: Takes 2 values but 1 was given"),
        ("config = 'x'", "config: there is no such option"),
        ("help = true", "help: there is no such option"),
        ("nonsense = 3", "nonsense: there is no such option"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(program: click.Group, tmp_path: Path, toml: str, mistake: str) -> None:
    file = tmp_path / "my.toml"
    file.write_text(f"[summarize]\n{toml}\n")
    result = run(program, "--config", str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"summarize: {file}: [summarize] {mistake}")
    assert len(result.stderr.splitlines()) == 1
    # The command line does not excuse the file. Help is shown nevertheless.
    assert run(program, "--config", str(file), "-n", "5").exit_code == 2
    assert run(program, "--help", SUMMARIZE_CONFIG=str(file)).exit_code == 0


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_file_is_read_or_refused_with_a_message(content: bytes) -> None:
    file = default_config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    try:
        result = CliRunner().invoke(main, ["nowhere.txt"])
    finally:
        file.unlink()
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code in (1, 2)
    (message,) = result.stderr.splitlines()
    assert message.startswith(f"summarize: {file}: " if result.exit_code == 2 else "summarize: nowhere.txt: ")


def test_the_default_file_is_in_the_settings_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_config_file() == tmp_path / "summarize" / "config.toml"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    if sys.platform == "linux":
        assert default_config_file() == tmp_path / ".config" / "summarize" / "config.toml"
    assert default_config_file().name == "config.toml"
    assert CliRunner().invoke(main, ["nowhere.txt"]).exit_code == 1  # there need not be one


def test_a_length_replaces_another_one_of_lower_precedence(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text("[summarize]\nwords = 20\n")

    def length(*arguments: str, **env: str) -> Length:
        arguments = ("text", "a.txt", "--config", str(file), *arguments)
        with CliRunner().isolation(env=env), main.make_context("summarize", list(arguments)) as context:
            name, command, rest = main.resolve_command(context, [*context._protected_args, *context.args])
            assert command is not None
            with command.make_context(name, rest, parent=context) as inner:
                return request_from(inner.params).length

    assert length() == Length(words=20)
    assert length(SUMMARIZE_SENTENCES="2") == Length(sentences=2)
    assert length("--ratio", "0.5", SUMMARIZE_SENTENCES="2") == Length(ratio=0.5)
    with pytest.raises(UsageError, match="--sentences and --ratio: a summary has one length"):
        length("--ratio", "0.5", "--sentences", "2")


def test_every_option_has_its_own_variable() -> None:
    variables = [
        option.envvar
        for command in main.commands.values()
        for option in command.params
        if isinstance(option, click.Option) and option.name != "config"
    ]
    assert all(isinstance(v, str) and v.startswith("SUMMARIZE_") for v in variables)
    assert len(set(variables)) == len(variables)
    assert {"SUMMARIZE_FORMAT", "SUMMARIZE_TRAIN_FROM", "SUMMARIZE_EVALUATE_BATCH_SIZE"} <= set(variables)
