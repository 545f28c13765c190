"""Colours as options and environment ask for them; progress on stderr only on a terminal that can redraw a line."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text

from summarize.rendering.terminal import Color, can_redraw, is_dumb, make_console


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLORTERM", raising=False)


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize(
    ("color", "env", "on_terminal", "elsewhere"),
    [
        ("auto", {}, True, False),
        ("auto", {"NO_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": ""}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, True, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ("auto", {"TERM": "dumb"}, False, False),
        ("always", {}, True, True),
        ("always", {"NO_COLOR": "1"}, True, True),
        ("always", {"TERM": "dumb"}, True, True),
        ("never", {}, False, False),
        ("never", {"FORCE_COLOR": "1"}, False, False),
    ],
)
def test_colours_follow_the_option_and_the_environment(
    monkeypatch: pytest.MonkeyPatch,
    color: Color,
    env: dict[str, str],
    on_terminal: bool,
    elsewhere: bool,
    terminal: bool,
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    out = Terminal() if terminal else io.StringIO()
    make_console(out, color).print(Text("word", style="red"))
    assert ("\x1b[31m" in out.getvalue()) == (on_terminal if terminal else elsewhere)
    if color == "never":
        assert out.getvalue() == "word\n"


def test_a_line_is_redrawn_only_on_a_terminal_that_can(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_redraw(Terminal())
    assert not can_redraw(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert is_dumb()
    assert not can_redraw(Terminal())


def test_a_reader_that_is_gone_raises_broken_pipe() -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        make_console(Gone()).print("word")


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three documents in the working folder, and a name without one."""
    monkeypatch.chdir(tmp_path)
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text("The mayor met the minister on Monday.")
    return ["a.txt", "b.txt", "nowhere.txt", "c.txt"]


def with_terminal_on_stderr(*arguments: str | Path, shared: bool = False, **env: str) -> tuple[int, str, str]:
    """Exit code, stdout, and the output of a terminal on stderr; shared: stdout is that terminal too."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "summarize", *map(str, arguments)]
    with Path("stdout").open("wb") as file:
        stdout = theirs if shared else file
        env = os.environ | {"COLUMNS": "100"} | env
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=theirs, env=env)
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 4096):
            shown += data
    except OSError:  # on Linux, the other side is closed
        pass
    os.close(ours)
    code = child.wait(timeout=60)
    return code, "" if shared else Path("stdout").read_text(), shown.decode().replace("\r\n", "\n")


@pytest.mark.slow
def test_progress_is_shown_on_a_terminal_and_removed(texts: list[str], model_folder: Path) -> None:
    code, stdout, shown = with_terminal_on_stderr(*texts, "-m", model_folder, "--batch-size", "1")
    assert code == 1
    assert "\x1b" not in stdout
    assert stdout.count("==> ") == 3
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert re.search(r"summarising .*4/4", plain)
    complaint = "summarize: nowhere.txt: no such file"
    assert plain.count(complaint) == 1
    assert re.search(rf"[\r\n]{complaint} *\n", plain)  # on a line of its own
    assert plain.rstrip().endswith("1 of 4 documents could not be summarised")
    assert shown.rindex("\x1b[2K") < shown.rindex("summarize: 1 of 4")  # the bar's line is cleared at the end


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "env"), [(["-q"], {}), ([], {"TERM": "dumb"}), (["-q", "-o", "out.jsonl"], {}), (["shared"], {})]
)
def test_no_progress_where_it_would_disturb(
    texts: list[str], model_folder: Path, arguments: list[str], env: dict[str, str]
) -> None:
    shared = "shared" in arguments
    options = [a for a in arguments if a != "shared"]
    code, _, shown = with_terminal_on_stderr("a.txt", "b.txt", *options, "-m", model_folder, shared=shared, **env)
    assert code == 0
    assert "summarising" not in shown
    assert shared == ("╭─" in shown)
    if not shared:
        assert shown == ""


@pytest.mark.slow
def test_progress_without_colours(texts: list[str], model_folder: Path) -> None:
    for arguments, env in (([], {"NO_COLOR": "1"}), (["--color", "never"], {})):
        _, _, shown = with_terminal_on_stderr("a.txt", "b.txt", *arguments, "-m", model_folder, **env)
        assert "2/2" in shown
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)
