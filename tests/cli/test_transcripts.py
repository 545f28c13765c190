"""Golden cases: transcripts in tests/cases, each a plain file, run line by line.

A transcript opens with what it shows. `== NAME ==` and the lines below it make a file; `$ COMMAND` is run, and below
it stand stdout as it is, stderr after `! `, and the exit code after `? ` where it is not 0. `summarize` runs in this
process with a small random model, on which the variable SUMMARIZE_MODEL is set; whatever stands after a `|`, and any
other command, is the shell's. `«summary of NAME»` stands for what that model says of a file, a sentence a line.

`pytest tests/test_cases.py --update-cases` writes what the program says into the files; read the difference.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from summarize import Summarizer
from summarize.cli import main
from summarize.pipeline import summarizer
from tests.helpers.paths import TESTS

FOLDER = TESTS / "cases"
CASES = sorted(FOLDER.glob("*.txt"))


@dataclass
class Step:
    """A command, and what it should say."""

    command: str
    expected: list[str] = field(default_factory=list)


@dataclass
class Case:
    """A transcript: what it shows, files, commands."""

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
    into = case.title
    for line in path.read_text("utf-8").splitlines():
        if name := re.fullmatch(r"== (.+) ==", line):
            into = case.files.setdefault(name[1], [])
        elif line.startswith("$ "):
            case.steps.append(Step(line[2:]))
            into = case.steps[-1].expected
        else:
            into.append(line)
    return case


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with the model in it; float32, so that a batch says what its texts say alone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").symlink_to(model_folder)
    monkeypatch.setenv("SUMMARIZE_MODEL", "tiny")
    monkeypatch.setenv("XDG_CONFIG_HOME", "settings")
    monkeypatch.setattr(summarizer, "fastest_precision", lambda device: "fp32")
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def expected(model_folder: Path) -> Summarizer:
    return Summarizer(*model_folder.load_model(model_folder))


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
    """What a command says, as a transcript has it."""
    program, pipe, rest = command.partition(" | ")
    if next(word for word in shlex.split(program) if not re.match(r"\w+=", word)) == "summarize":
        stdout, stderr, code = run_program(program)
        if pipe:
            stdout = run_shell(rest, stdout)[0]
    else:
        stdout, stderr, code = run_shell(command)
    said = stdout.decode().splitlines() + [f"! {line}" for line in stderr.decode().splitlines()]
    return said + ([f"? {code}"] if code else [])


def filled(lines: list[str], expected: Summarizer) -> list[str]:
    """Lines with the summaries that they stand for."""
    found = []
    for line in lines:
        name = re.fullmatch(r"«summary of (.+)»", line)
        if name:
            found += [sentence.text for sentence in expected.summarize(Path(name[1]).read_text("utf-8")).sentences]
        else:
            found.append(line)
    return found


def abridged(lines: list[str], files: dict[str, list[str]], expected: Summarizer) -> list[str]:
    """The reverse: summaries that fill whole lines, by their files' names."""
    text = "\n".join(["", *lines, ""])
    for name, content in files.items():
        if "".join(content).strip():
            try:
                summary = "\n".join(filled([f"«summary of {name}»"], expected))
            except Exception:  # a file that cannot be summarised has no summary to look for
                continue
            text = text.replace(f"\n{summary}\n", f"\n«summary of {name}»\n")
    return text.split("\n")[1:-1]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_program_says_what_the_case_says(path: Path, expected: Summarizer, request: pytest.FixtureRequest) -> None:
    case = read_case(path)
    for name, lines in case.files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    for step in case.steps:
        said = transcript(step.command)
        if request.config.getoption("update_cases"):
            step.expected = abridged(said, case.files, expected)
        else:
            assert said == filled(step.expected, expected), step.command
    if request.config.getoption("update_cases"):
        path.write_text(str(case), "utf-8")


def test_cases_are_many_and_read_back_as_written() -> None:
    assert len(CASES) >= 25
    for path in CASES:
        case = read_case(path)
        assert str(case) == path.read_text("utf-8"), path.name
        assert case.title, path.name
        assert any("summarize" in step.command for step in case.steps), path.name


def test_a_case_fails_where_the_program_says_something_else(expected: Summarizer) -> None:
    Path("a.txt").write_text("The mayor met the minister.\n")
    assert transcript("summarize a.txt") == filled(["«summary of a.txt»"], expected)
    assert transcript("summarize a.txt") != filled(["«summary of a.txt»", ""], expected)
    assert transcript("summarize nowhere.txt") == ["! summarize: nowhere.txt: no such file", "? 1"]
    assert os.environ["SUMMARIZE_MODEL"] == "tiny"
