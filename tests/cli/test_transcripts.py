"""Golden transcripts: each file in tests/cases is a list of commands with their expected output.

The first line says what the transcript shows. `== NAME ==` and the lines below it are a file. Below `$ COMMAND` are its
stdout, its stderr with `! ` before each line, and `? ` with its exit code if that is not 0. `summarize` runs in this
process with a small random model, the value of SUMMARIZE_MODEL; other commands, and what follows a `|`, run in the
shell. `«summary of NAME»` is the summary of a file by that model, a sentence a line.

`pytest tests/cli/test_transcripts.py --update-cases` writes the output of the program into the files; read the diff.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from summarize import Summarizer
from summarize.cli import main
from tests.helpers.paths import TESTS

FOLDER = TESTS / "cases"
CASES = sorted(FOLDER.glob("*.txt"))


@dataclass
class Step:
    """A command and its expected output."""

    command: str
    expected: list[str] = field(default_factory=list)


@dataclass
class Case:
    """A transcript: its title, files and commands."""

    title: list[str]
    files: dict[str, list[str]]
    steps: list[Step]

    def __str__(self) -> str:
        parts = [*self.title]
        for name, lines in self.files.items():
            parts += [f"== {name} ==", *lines]
        for step in self.steps:
            parts += [f"$ {step.command}", *step.expected]
        return "\n".join(parts) + "\n"


def read_case(path: Path) -> Case:
    case = Case([], {}, [])
    section = case.title
    for line in path.read_text("utf-8").splitlines():
        if name := re.fullmatch(r"== (.+) ==", line):
            section = case.files.setdefault(name[1], [])
        elif line.startswith("$ "):
            case.steps.append(Step(line[2:]))
            section = case.steps[-1].expected
        else:
            section.append(line)
    return case


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with the model in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").symlink_to(model_folder)
    monkeypatch.setenv("SUMMARIZE_MODEL", "tiny")
    monkeypatch.setenv("XDG_CONFIG_HOME", "settings")


def run_program(command: str) -> tuple[bytes, bytes, int]:
    """`NAME=VALUE summarize … < FILE`, in this process: stdout, stderr, exit code."""
    words = shlex.split(command)
    env: dict[str, str] = {}
    while words[0] != "summarize":
        name, _, value = words.pop(0).partition("=")
        env[name] = value
    stdin = Path(words.pop()).read_bytes() if len(words) > 2 and words[-2] == "<" else b""
    if words[-1] == "<":
        words.pop()
    result = CliRunner().invoke(main, words[1:], input=stdin, env=env)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.stdout_bytes, result.stderr_bytes, result.exit_code


def run_shell(command: str, stdin: bytes = b"") -> tuple[bytes, bytes, int]:
    done = subprocess.run(["sh", "-c", command], input=stdin, capture_output=True, check=False)
    return done.stdout, done.stderr, done.returncode


def transcript(command: str) -> list[str]:
    """The output of a command, as in a transcript."""
    program, pipe, rest = command.partition(" | ")
    if next(word for word in shlex.split(program) if not re.match(r"\w+=", word)) == "summarize":
        stdout, stderr, code = run_program(program)
        if pipe:
            stdout = run_shell(rest, stdout)[0]
    else:
        stdout, stderr, code = run_shell(command)
    lines = stdout.decode().splitlines() + [f"! {line}" for line in stderr.decode().splitlines()]
    return lines + ([f"? {code}"] if code else [])


def with_summaries(lines: list[str], expected: Summarizer) -> list[str]:
    """Lines with summaries in place of `«summary of NAME»`."""
    replaced = []
    for line in lines:
        name = re.fullmatch(r"«summary of (.+)»", line)
        if name:
            replaced += [sentence.text for sentence in expected.summarize(Path(name[1]).read_text("utf-8")).sentences]
        else:
            replaced.append(line)
    return replaced


def without_summaries(lines: list[str], files: dict[str, list[str]], expected: Summarizer) -> list[str]:
    """Lines with `«summary of NAME»` in place of summaries that are whole lines."""
    text = "\n".join(["", *lines, ""])
    for name, content in files.items():
        if "".join(content).strip():
            try:
                summary = "\n".join(with_summaries([f"«summary of {name}»"], expected))
            except Exception:  # a file that cannot be summarised has no summary to look for
                continue
            text = text.replace(f"\n{summary}\n", f"\n«summary of {name}»\n")
    return text.split("\n")[1:-1]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_program_prints_the_transcript(path: Path, expected: Summarizer, request: pytest.FixtureRequest) -> None:
    case = read_case(path)
    for name, lines in case.files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    for step in case.steps:
        printed = transcript(step.command)
        if request.config.getoption("update_cases"):
            step.expected = without_summaries(printed, case.files, expected)
        else:
            assert printed == with_summaries(step.expected, expected), step.command
    if request.config.getoption("update_cases"):
        path.write_text(str(case), "utf-8")


def test_transcripts_are_read_as_they_are_written() -> None:
    assert len(CASES) >= 25
    for path in CASES:
        case = read_case(path)
        assert str(case) == path.read_text("utf-8"), path.name
        assert case.title, path.name
        assert any("summarize" in step.command for step in case.steps), path.name


def test_a_transcript_fails_if_the_output_differs(expected: Summarizer) -> None:
    Path("a.txt").write_text("The mayor met the minister.\n")
    assert transcript("summarize a.txt") == with_summaries(["«summary of a.txt»"], expected)
    assert transcript("summarize a.txt") != with_summaries(["«summary of a.txt»", ""], expected)
    assert transcript("summarize nowhere.txt") == ["! summarize: nowhere.txt: no such file", "? 1"]
    assert os.environ["SUMMARIZE_MODEL"] == "tiny"
