"""The wheel holds the program and its model, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

from summarize import __version__
from summarize.checkpoints.model_folder import find_model, load_config

CHECKOUT = Path(__file__).parent.parent
MODEL = CHECKOUT / "models" / "news"
FILES = ("config.json", "tokenizer.json", "model.safetensors")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Path:
    """A wheel built from a copy of the checkout, in which a tiny model stands for the real one."""
    pytest.importorskip("hatchling")
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("summarize", "tests", "scripts", "examples"):
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(CHECKOUT / name, copy / name)
    for name in ("news", "trial"):
        shutil.copytree(model_folder, copy / "models" / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    built = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (path,) = (copy / "dist").iterdir()
    return path


def test_the_wheel_holds_every_module_and_the_model(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "summarize").rglob("*.py")}
    assert len(modules) > 15
    assert modules <= names
    others = {path for path in (CHECKOUT / "summarize").rglob("*.*") if path.suffix not in (".py", ".pyc")}
    assert {path.name for path in others} >= {"page.html", "page.css", "page.js", "words.txt.xz"}
    assert {str(path.relative_to(CHECKOUT)) for path in others} <= names
    assert {f"summarize/models/news/{name}" for name in FILES} <= names
    assert not any("trial" in name for name in names)  # a model that is not named in pyproject.toml is not shipped


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    for name in zipfile.ZipFile(wheel).namelist():
        assert name.startswith(("summarize/", f"summarize-{__version__}.dist-info/")), name
        assert not name.endswith((".pyc", ".tmp")), name
        assert "test" not in name, name


def test_the_wheel_declares_the_program(wheel: Path) -> None:
    assert wheel.name == f"summarize-{__version__}-py3-none-any.whl"
    archive, information = zipfile.ZipFile(wheel), f"summarize-{__version__}.dist-info"
    points = ConfigParser()
    points.read_string(archive.read(f"{information}/entry_points.txt").decode())
    assert dict(points["console_scripts"]) == {"summarize": "summarize.cli:main"}
    metadata = archive.read(f"{information}/METADATA").decode()
    for line in ("Name: summarize", f"Version: {__version__}", "Requires-Python: >=3.11", "Requires-Dist: torch"):
        assert line in metadata
    assert f"{information}/licenses/LICENSE" in archive.namelist()


@pytest.mark.slow
def test_an_unpacked_wheel_finds_its_model(wheel: Path, tmp_path: Path) -> None:
    """As installed: the modules and the model beside them, and no checkout around."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    script = "import summarize, sys; print(summarize.__file__); from summarize.cli import main; main(['models'])"
    shown = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert shown[0] == str(tmp_path / "summarize" / "__init__.py")
    assert [line.split("\t")[0] for line in shown[1:]] == ["news"]
    assert shown[1].endswith(f"\t{tmp_path / 'summarize' / 'models' / 'news'}")


@pytest.mark.skipif(not (MODEL / "config.json").exists(), reason="the checkout has no trained model yet")
def test_the_shipped_model_is_whole() -> None:
    assert find_model("news") == MODEL
    for name in FILES:
        assert (MODEL / name).stat().st_size > 0
    config, search = load_config(MODEL)
    assert search.max_length < config.max_tgt
    assert search.max_src <= config.max_src


TYPED_PROGRAM = """
from summarize import DocumentError, Length, Request, Summarizer, Summary, UsageError

def first_words(text: str) -> list[str]:
    summarizer = Summarizer.load(style="auto")
    summary: Summary = summarizer.summarize(text, words=50, query="costs")
    for result in summarizer.try_many([text], 4, Request(Length(sentences=2), explain=True)):
        if isinstance(result, DocumentError):
            raise UsageError(str(result))
    return [word.text for sentence in summary.sentences for word in sentence.words]
"""


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment in which the wheel is installed, and nothing that it depends on."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    zipfile.ZipFile(wheel).extractall(site)
    return python


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        (TYPED_PROGRAM, None),
        (TYPED_PROGRAM.replace("words=50", 'words="50"'), "arg-type"),
        (TYPED_PROGRAM.replace("word.text for", "word.txt for"), "attr-defined"),
    ],
    ids=["right", "wrong argument", "wrong attribute"],
)
def test_a_typed_program_is_checked_against_the_installed_wheel(
    installed: Path, tmp_path: Path, program: str, complaint: str | None
) -> None:
    (tmp_path / "program.py").write_text(program)
    options = ["--strict", "--config-file=", f"--python-executable={installed}", f"--cache-dir={installed.parent}"]
    environment = {name: value for name, value in os.environ.items() if name not in ("MYPYPATH", "PYTHONPATH")}
    command = [sys.executable, "-m", "mypy", *options, "program.py"]
    checked = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (checked.returncode == 0) == (complaint is None), checked.stdout
    assert complaint is None or complaint in checked.stdout
