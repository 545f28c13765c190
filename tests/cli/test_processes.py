"""The program in a process of its own: what only a real terminal, stream, signal or import can show."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from summarize import Request, Summarizer
from summarize.checkpoints.model_folder import load_model
from summarize.checkpoints.train_state import load_progress
from tests.helpers.models import MORE, NEWS
from tests.helpers.program import command_line

pytestmark = pytest.mark.slow


def test_ctrl_c_saves_a_training_run(folder: Path, pairs: Path) -> None:
    sizes = ("--d-model", "8", "--n-layers", "1", "--vocab-size", "200", "--max-src", "32", "--max-tgt", "12")
    command = command_line("train", pairs, "-o", "run", *sizes, "--steps", "1000000", "--log-every", "1")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            assert child.stderr is not None
            assert "pairs: 18" in child.stderr.readline()
            assert child.stderr.readline().startswith("step 1 of 1,000,000  ")
            child.send_signal(signal.SIGINT)
            stdout, stderr = child.communicate(timeout=60)
        finally:
            child.kill()
    assert (child.returncode, stdout) == (130, "")
    match = re.fullmatch(r"summarize: stopped and saved at step (\d+); --resume continues", stderr.splitlines()[-1])
    assert match
    assert load_progress(folder / "run" / "last.safetensors")["step"] == int(match[1])
    assert "Traceback" not in stderr


def test_a_reader_that_stops_reading_ends_the_program_quietly(folder: Path, model_folder: Path) -> None:
    command = command_line(
        *["a.txt"] * 200, "-m", model_folder, "-f", "jsonl", "--batch-size", "1", "--max-length", "5"
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert json.loads(child.stdout.readline())["source"] == "a.txt"
            child.stdout.close()
            assert child.stderr is not None
            stderr = child.stderr.read()
            assert (child.wait(timeout=60), stderr) == (0, "")
        finally:
            child.kill()


def modules_imported_by(*arguments: str | Path, code: int = 0) -> set[str]:
    """The modules that the program has imported when it ends, with this exit code."""
    script = (
        "import sys\nfrom summarize.cli import main\n"
        f"try:\n    main({[str(a) for a in arguments]!r})\nexcept SystemExit as end:\n"
        f"    assert (end.code or 0) == {code}\nprint(*sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    modules = set(shown.splitlines()[-1].split())
    assert "summarize.cli" in modules
    return modules


# Packages that are slow to import, or that few runs need.
HEAVY = {"torch", "tokenizers", "numpy", "safetensors", "sentencex", "py3langid", "rouge_score", "nltk", "scipy"}
HEAVY |= {"rich", "charset_normalizer", "lxml", "pyarrow", "trafilatura", "pypdfium2", "matplotlib", "jinja2"}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["train", "--help"], ["corpus", "--help"], ["evaluate", "--help"]]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    modules = modules_imported_by(*arguments)
    assert not modules & {*HEAVY, "summarize.documents", "summarize.grounding.explanation", "summarize.rendering.html"}


@pytest.mark.parametrize("arguments", [["--nope"], ["--sentences", "none", "a.txt"], ["train"], ["evaluate", "--nope"]])
def test_wrong_options_import_nothing_heavy(arguments: list[str]) -> None:
    assert not modules_imported_by(*arguments, code=2) & {*HEAVY, "summarize.documents"}


def test_a_missing_file_imports_nothing_heavy(folder: Path) -> None:
    assert not modules_imported_by("missing.txt", code=1) & HEAVY


def test_the_garbage_collector_is_off_while_torch_is_imported(folder: Path, model_folder: Path) -> None:
    script = (
        "import gc, sys\nfrom importlib.abc import MetaPathFinder\nfrom summarize.cli import main\n"
        "class Watch(MetaPathFinder):\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'torch':\n            print('on' if gc.isenabled() else 'off')\n"
        f"sys.meta_path.insert(0, Watch())\nmain(['a.txt', '-m', {str(model_folder)!r}])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("off\n")


def test_a_summary_imports_only_what_it_needs(folder: Path, model_folder: Path) -> None:
    modules = modules_imported_by("a.txt", "-m", model_folder)
    assert modules & HEAVY == {"torch", "tokenizers", "numpy", "safetensors", "sentencex"}
    assert not modules & {"sympy", "torch._dynamo", "summarize.rendering.html", "summarize.training"}


@pytest.mark.slow
def test_a_summary_of_a_document_with_a_title_imports_no_stemmer(folder: Path) -> None:
    Path("a.md").write_text("# The ferry\n\nThe ferry was late on Monday. Nobody was hurt in it. It rained.\n")
    assert modules_imported_by("a.md") & HEAVY == {"torch", "tokenizers", "numpy", "safetensors", "sentencex"}


def on_terminal(command: Sequence[str], *, stdin: bool) -> tuple[int, str, str]:
    """Exit code, the output on a terminal of 60 columns, and stderr; stdin: whether it is the terminal, too."""
    ours, theirs = pty.openpty()
    names = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "LINES")
    environment = {k: v for k, v in os.environ.items() if k not in names} | {"COLUMNS": "60", "TERM": "xterm"}
    source = theirs if stdin else subprocess.DEVNULL
    child = subprocess.Popen(command, stdin=source, stdout=theirs, stderr=subprocess.PIPE, env=environment, text=True)
    os.close(theirs)
    shown = b""
    try:
        while select.select([ours], [], [], 60)[0]:
            try:
                data = os.read(ours, 4096)
            except OSError:  # how Linux says that the other side is closed
                break
            if not data:
                break
            shown += data
        _, stderr = child.communicate(timeout=60)
    finally:
        child.kill()
        os.close(ours)
    return child.returncode, shown.decode().replace("\r\n", "\n"), stderr


def test_a_terminal_shows_panels(folder: Path, model_folder: Path) -> None:
    name = "[bold]\x1b[31m.txt"
    (folder / name).write_text(MORE)
    command = command_line("a.txt", name, "-m", model_folder, "--precision", "fp32")
    code, shown, stderr = on_terminal(command, stdin=False)
    assert (code, stderr) == (0, "")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    first, second = plain.split("╭─ ")[1:]
    assert first.startswith("a.txt ─")
    assert second.startswith("[bold]�[31m.txt ─")
    assert "\x1b[31m" not in shown
    assert "14 words read ─╯" in first
    expected = Summarizer.from_network(*load_model(model_folder))
    for panel, text in ((first, NEWS), (second, MORE)):
        body = " ".join(re.findall(r"│ (.*?) +│", panel))
        assert body.split() == expected.summarize(text).text.split()


def test_a_terminal_without_a_text_shows_the_help(folder: Path) -> None:
    code, shown, stderr = on_terminal(command_line(), stdin=True)
    assert (code, shown) == (2, "")
    assert "Usage: summarize [OPTIONS] [FILE|FOLDER|-]..." in stderr


@pytest.mark.parametrize("redirection", ["> /dev/full", ">&-", "<&-"])
def test_a_broken_stream_is_an_error_without_traceback(folder: Path, model_folder: Path, redirection: str) -> None:
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    file = () if "<" in redirection else ("a.txt",)
    command = f"{shlex.join(command_line(*file, '-m', model_folder))} {redirection}"
    child = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True, check=False)
    assert "Traceback" not in child.stderr
    assert child.returncode != 0


def test_characters_that_a_locale_lacks_are_replaced(folder: Path, model_folder: Path) -> None:
    (folder / "é.txt").write_text("☃ ☃ ☃")
    child = subprocess.run(
        command_line("a.txt", "é.txt", "-m", model_folder),
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (child.returncode, child.stderr) == (0, b"")
    assert b"==> ?.txt <==" in child.stdout


def test_a_terminal_shows_the_source_of_words(folder: Path, model_folder: Path) -> None:
    """Copied words are green and generated words underlined, with passages and their lines; not in a pipe."""
    command = command_line("a.txt", "-m", model_folder, "--explain", "--precision", "fp32")
    code, shown, stderr = on_terminal(command, stdin=False)
    assert (code, stderr) == (0, "")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    summary = Summarizer.from_network(*load_model(model_folder)).summarize(NEWS, Request(explain=True))
    flat = " ".join(re.sub("[─╭╮╰╯│]", " ", plain).split())
    for sentence in summary.sentences:
        assert sentence.text in flat
        for word in sentence.words:
            if word.text.isalpha():
                styles = ("32",) if word.span else ("4;33", "1;4;33", "1;7;31")
                assert any(f"\x1b[{style}m{word.text}\x1b[0m" in shown for style in styles), word.text
    assert re.search(r"│ +1 │ ", plain)
    piped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "\x1b" not in piped
