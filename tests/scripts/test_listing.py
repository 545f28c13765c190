"""scripts/README.md lists every script, and every script says what it does."""

from __future__ import annotations

import ast
import re
import runpy
import stat
import sys
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

SCRIPTS = ROOT / "scripts"
PROGRAMS = sorted(
    path
    for path in SCRIPTS.iterdir()
    if path.name not in ("README.md", "__pycache__") and not path.name.startswith(".")
)
PYTHON = [path for path in PROGRAMS if path.suffix == ".py" or path.is_dir()]
MODULES = ("damaged_tables.py", "writer_rows.py", "writer_text.py")  # of other scripts; they are not programs
WITH_HELP = [path for path in PYTHON if path.name not in ("draw_terminal.py", "write_docs.py", *MODULES)]
MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 60


def test_the_page_lists_every_script_once() -> None:
    listed = re.findall(r"^\| `([^`]+)` \|", (SCRIPTS / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == [path.name for path in PROGRAMS]


def test_pages_name_only_scripts_that_exist() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("models/**/README.md")]
    for page in pages:
        for name in re.findall(r"scripts/([a-z_]+(?:\.py)?)", page.read_text("utf-8")):
            assert (SCRIPTS / name).exists(), f"{page.name} names scripts/{name}"


@pytest.mark.parametrize("path", [p for p in PROGRAMS if p not in PYTHON], ids=lambda path: path.name)
def test_a_shell_script_opens_with_what_it_does(path: Path) -> None:
    shebang, comment, *_ = path.read_text("utf-8").splitlines()
    assert shebang == "#!/usr/bin/env bash"
    assert re.match(r"# [A-Z]", comment)
    assert sys.platform == "win32" or path.stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize("path", sorted(SCRIPTS.rglob("*.py")), ids=lambda path: path.name)
def test_a_python_script_has_a_docstring_and_short_functions(path: Path) -> None:
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    assert ast.get_docstring(tree)
    assert len(source.splitlines()) <= MAX_FILE_LINES
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", WITH_HELP, ids=lambda path: path.name)
def test_help_says_what_a_script_does(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All but the two that take no arguments."""
    if sys.platform == "win32" and path.name == "benchmark_evaluate.py":
        pytest.skip("it measures processor time by the module resource")
    monkeypatch.setattr(sys, "argv", [str(path), "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(path), run_name="__main__")
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.lower().startswith("usage: ")
    assert len(text.split()) > 10
