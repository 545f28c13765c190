"""Help texts, the page in docs that shows them, and what shells complete."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner

from summarize.cli import EXAMPLES, main
from summarize.cli.completion import COMPLETION_VARIABLE
from summarize.cli.config import PROGRAM
from summarize.cli.help import GENERAL, Command, help_texts, section, section_of
from tests.helpers.paths import ROOT


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(main, [*arguments, "--help"])
    assert result.exit_code == 0
    return result.stdout


def write_docs() -> ModuleType:
    """The script."""
    path = ROOT / "scripts" / "write_docs.py"
    spec = importlib.util.spec_from_file_location("write_docs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_record_in_docs_is_what_its_command_prints() -> None:
    """Except figures and words, which can differ between processors."""
    text = (ROOT / "docs" / "json.md").read_text("utf-8")
    shown, made = write_docs().example(text)
    for name in ("source", "model", "request", "read", "error", "document"):
        assert shown[name] == made[name], "run scripts/write_docs.py"
    fields = [set(record["sentences"][0]["words"][0]) | set(record["sentences"][0]) for record in (shown, made)]
    assert [set(shown), fields[0]] == [set(made), fields[1]]


def test_the_page_in_docs_has_the_help_texts() -> None:
    module = write_docs()
    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == module.page(), "run scripts/write_docs.py"
    for command in ("", " corpus", " train", " evaluate", " models", " completion"):
        assert f"## summarize{command}\n" in module.page()


def test_every_command_has_headings_and_help() -> None:
    assert main.commands
    for command in main.commands.values():
        assert isinstance(command, Command), command.name
        assert command.help, command.name


def test_every_option_has_a_heading_and_help() -> None:
    for command in main.commands.values():
        for option in command.params:
            if isinstance(option, click.Option) and option.name != "config":
                assert section_of(option) != GENERAL, f"{command.name}: {option.opts}"
                assert option.help, f"{command.name}: {option.opts}"


def test_commands_with_options_have_examples_that_work() -> None:
    for command in main.commands.values():
        if not isinstance(command, Command):
            continue
        assert command.examples or command.hidden or len(command.params) == 1, command.name
        for _, line in command.examples:
            if line.startswith(f"summarize {command.name} "):
                words = line.partition(">")[0].split()[2:]
                context = command.make_context(command.name, words)  # refuses what it does not know
                assert not context.args, line


def test_the_command_lines_of_the_recipes_are_valid() -> None:
    text = (ROOT / "docs" / "recipes.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("summarize ")]
    assert len(lines) >= 4
    for line in [*lines, *(line.split(" | ")[-1] for _, line in EXAMPLES)]:
        words = shlex.split(re.split(r" [|>]", line)[0])[1:]
        context = main.make_context(PROGRAM, words)
        name, command, rest = main.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        with command.make_context(name, rest, parent=context) as inner:  # refuses what it does not know
            assert not inner.args, line


def test_a_heading_is_for_the_options_below_it() -> None:
    @click.command(cls=Command)
    @section("First")
    @click.option("--one", help="One.")
    @section("Second")
    @click.option("--two", type=int, help="Two.")
    @click.option("--three", is_flag=True, help="Three.")
    @section("First")
    @click.option("--a-very-long-name-that-leaves-no-room", help="Four.")
    def command() -> None:
        """Do it."""

    text = CliRunner().invoke(command, ["--help"]).stdout
    parts = text.split("\n\n")
    assert parts[2] == (
        "First:\n  --one TEXT     One.\n  --a-very-long-name-that-leaves-no-room TEXT\n                 Four."
    )
    assert parts[3] == "Second:\n  --two N        Two.\n  --three        Three."
    assert parts[4].startswith("General:\n  --config FILE  Defaults of options")


def test_help_is_the_same_for_every_form_of_the_default_command() -> None:
    assert shown() == shown("report.txt") == shown("text") == shown("text", "report.txt")
    assert CliRunner().invoke(main, ["-h"]).stdout == shown()
    for heading in (
        "Usage:",
        "Output:",
        "Search:",
        "Machine:",
        "Commands:",
        "Examples:",
        "Exit codes:",
        "Environment:",
    ):
        assert f"\n{heading}" in f"\n{shown()}"
    assert "INTEGER" not in shown("train") + shown("evaluate") + shown()


@pytest.mark.parametrize("width", [50, 78])
def test_help_keeps_to_the_width(width: int) -> None:
    for typed, text in help_texts(main, PROGRAM, width).items():
        options = text.partition("Examples:")[0]  # command lines are not wrapped
        assert [line for line in options.splitlines() if len(line) > width and "|" not in line] == [], typed


def completions(words: str) -> list[str]:
    """The completions of the last word."""
    *before, last = words.split(" ")
    shell_class = get_completion_class("bash")
    assert shell_class is not None
    return [item.value for item in shell_class(main, {}, PROGRAM, COMPLETION_VARIABLE).get_completions(before, last)]


def test_options_values_and_commands_are_completed() -> None:
    assert completions("--outp") == ["--output"]
    assert completions("a.txt --outp") == ["--output"]
    assert completions("a.txt --format pl") == ["plain"]
    assert set(completions("--color=")) == {"auto", "always", "never"}
    assert completions("ev") == ["ev", "evaluate"]  # the first one is for files
    assert completions("a.txt ev") == ["ev"]
    assert completions("train --poi") == ["--pointer-attention", "--pointer-heads"]
    assert completions("completion ") == ["bash", "zsh", "fish"]
    assert set(completions("-")) >= {"--format", "--quiet", "--beam-size", "--config", "--help"}


@pytest.fixture
def shell_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with documents in it, and `summarize` on the path."""
    for name in ("report one.txt", "evening.txt"):
        (tmp_path / name).write_text("Text.")
    (tmp_path / "inbox").mkdir()
    program = tmp_path / "bin" / "summarize"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m summarize "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shell(name: str, script: str) -> list[str]:
    if shutil.which(name) is None:
        pytest.skip(f"this machine has no {name}")
    options = {"bash": ["--norc", "-c"], "zsh": ["-f", "-c"], "fish": ["--no-config", "-c"]}[name]
    done = subprocess.run([name, *options, script], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


BASH = """
compopt() { :; }
source <(summarize completion bash)
try() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _summarize_completion summarize
    echo "${COMPREPLY[*]}"
}
try summarize e
try summarize rep
try summarize a.txt --format js
"""


@pytest.mark.slow
def test_bash_completes(shell_folder: Path) -> None:
    assert shell("bash", BASH) == ["evening.txt evaluate", "report one.txt", "json jsonl"]


@pytest.mark.slow
def test_fish_completes(shell_folder: Path) -> None:
    script = "summarize completion fish | source; complete --do-complete 'summarize %s'"
    assert sorted(line.split("\t")[0] for line in shell("fish", script % "e")) == ["evaluate", "evening.txt"]
    assert shell("fish", script % "a.txt --format js") == ["json", "jsonl"]


@pytest.mark.slow
def test_zsh_loads_the_script(shell_folder: Path) -> None:
    script = 'autoload -Uz compinit; compinit -u -D; eval "$(summarize completion zsh)"; print ${_comps[summarize]}'
    assert shell("zsh", script) == ["_summarize_completion"]
