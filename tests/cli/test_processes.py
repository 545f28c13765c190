"""The program in a process of its own: what only a real terminal, pipe, stream or signal can show."""

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
from summarize.checkpoints import model_folder

NEWS = "Mayor Anna Smith met the minister in New York on Monday. It was 2,500."
MORE = "“The bridge is well known,” they said. John visits the old town, and has 12 or 3.5bn in the A380."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a text in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(NEWS)
    return tmp_path


def program(*arguments: str | Path) -> list[str]:
    """The command line of the program in a process of its own."""
    return [sys.executable, "-m", "summarize", *map(str, arguments)]


def test_ctrl_c_saves_a_training_run(folder: Path, pairs: Path) -> None:
    sizes = ("--d-model", "8", "--n-layers", "1", "--vocab-size", "200", "--max-src", "32", "--max-tgt", "12")
    command = program("train", pairs, "-o", "run", *sizes, "--steps", "1000000", "--log-every", "1")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            assert child.stderr is not None
            assert child.stderr.readline().startswith("step 1 of 1,000,000  ")
            child.send_signal(signal.SIGINT)
            stdout, stderr = child.communicate(timeout=60)
        finally:
            child.kill()
    assert (child.returncode, stdout) == (130, "")
    match = re.fullmatch(r"summarize: stopped and saved at step (\d+); --resume continues", stderr.splitlines()[-1])
    assert match
    assert model_folder.load_progress(folder / "run" / "last.safetensors")["step"] == int(match[1])
    assert "Traceback" not in stderr


def test_a_reader_that_has_enough_ends_the_program_quietly(folder: Path, model_folder: Path) -> None:
    command = program(*["a.txt"] * 200, "-m", model_folder, "-f", "jsonl", "--batch-size", "1", "--max-length", "5")
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


def loaded_by(*arguments: str | Path, code: int = 0) -> set[str]:
    """The modules that the program has loaded at its end, which comes with this exit code."""
    script = (
        "import sys\nfrom summarize.cli import main\n"
        f"try:\n    main({[str(a) for a in arguments]!r})\nexcept SystemExit as end:\n"
        f"    assert (end.code or 0) == {code}\nprint(*sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    loaded = set(shown.splitlines()[-1].split())
    assert "summarize.cli" in loaded
    return loaded


# What takes long to import, or is of use to few.
HEAVY = {"torch", "tokenizers", "numpy", "safetensors", "sentencex", "py3langid", "rouge_score", "nltk", "scipy"}
HEAVY |= {"rich", "charset_normalizer", "lxml", "pyarrow", "trafilatura", "pypdfium2", "matplotlib", "jinja2"}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["train", "--help"], ["corpus", "--help"], ["evaluate", "--help"]]
)
def test_help_comes_at_once(arguments: list[str]) -> None:
    loaded = loaded_by(*arguments)
    assert not loaded & {*HEAVY, "summarize.documents", "summarize.grounding.explanation", "summarize.rendering.html"}


@pytest.mark.parametrize("arguments", [["--nope"], ["--sentences", "none", "a.txt"], ["train"], ["evaluate", "--nope"]])
def test_so_does_what_is_wrong_with_the_options(arguments: list[str]) -> None:
    assert not loaded_by(*arguments, code=2) & {*HEAVY, "summarize.documents"}


def test_what_cannot_be_read_loads_no_model(folder: Path) -> None:
    assert not loaded_by("missing.txt", code=1) & HEAVY


def test_the_collector_does_not_look_on_while_torch_is_imported(folder: Path, model_folder: Path) -> None:
    script = (
        "import gc, sys\nfrom importlib.abc import MetaPathFinder\nfrom summarize.cli import main\n"
        "class Watch(MetaPathFinder):\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'torch':\n            print('collects' if gc.isenabled() else 'waits')\n"
        f"sys.meta_path.insert(0, Watch())\nmain(['a.txt', '-m', {str(model_folder)!r}])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("waits\n")


def test_a_summary_loads_what_it_needs(folder: Path, model_folder: Path) -> None:
    loaded = loaded_by("a.txt", "-m", model_folder)
    assert loaded & HEAVY == {"torch", "tokenizers", "numpy", "safetensors", "sentencex"}
    assert not loaded & {"sympy", "torch._dynamo", "summarize.rendering.html", "summarize.training"}


def on_terminal(command: Sequence[str], *, stdin: bool) -> tuple[int, str, str]:
    """Exit code, what a terminal of 60 columns shows, and stderr; stdin: whether that is the terminal too."""
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
    code, shown, stderr = on_terminal(program("a.txt", name, "-m", model_folder, "--precision", "fp32"), stdin=False)
    assert (code, stderr) == (0, "")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    first, second = plain.split("╭─ ")[1:]
    assert first.startswith("a.txt ─")
    assert second.startswith("[bold]�[31m.txt ─")
    assert "\x1b[31m" not in shown
    assert "14 words read ─╯" in first
    expected = Summarizer(*model_folder.load_model(model_folder))
    for panel, text in ((first, NEWS), (second, MORE)):
        body = " ".join(re.findall(r"│ (.*?) +│", panel))
        assert body.split() == expected.summarize(text).text.split()


def test_a_terminal_without_a_text_shows_the_help(folder: Path) -> None:
    code, shown, stderr = on_terminal(program(), stdin=True)
    assert (code, shown) == (2, "")
    assert "Usage: summarize [OPTIONS] [FILE|FOLDER|-]..." in stderr


@pytest.mark.parametrize("redirection", ["> /dev/full", ">&-", "<&-"])
def test_a_stream_that_does_not_work_is_told_of(folder: Path, model_folder: Path, redirection: str) -> None:
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    file = () if "<" in redirection else ("a.txt",)
    command = f"{shlex.join(program(*file, '-m', model_folder))} {redirection}"
    child = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True, check=False)
    assert "Traceback" not in child.stderr
    assert child.returncode != 0


def test_characters_that_a_locale_lacks_do_not_stop_it(folder: Path, model_folder: Path) -> None:
    (folder / "é.txt").write_text("☃ ☃ ☃")
    child = subprocess.run(
        program("a.txt", "é.txt", "-m", model_folder),
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (child.returncode, child.stderr) == (0, b"")
    assert b"==> ?.txt <==" in child.stdout


def test_a_terminal_shows_where_words_are_from(folder: Path, model_folder: Path) -> None:
    """What was copied in green, what was written underlined; passages with their lines; nothing of it in a pipe."""
    command = program("a.txt", "-m", model_folder, "--explain", "--precision", "fp32")
    code, shown, stderr = on_terminal(command, stdin=False)
    assert (code, stderr) == (0, "")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    summary = Summarizer(*model_folder.load_model(model_folder)).summarize(NEWS, Request(explain=True))
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
