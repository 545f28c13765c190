"""The package's structure, read from its sources: imports point down, files and functions are short.

The table is the design's. A new module fails the test until somebody has given it a level here.
"""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import summarize

PACKAGE = Path(summarize.__path__[0])

LEVELS = {
    "cli": 13,
    "scaling": 12,
    "styling": 10,
    "recording": 11,
    "adapters": 5,
    "summarizer": 9,
    "training": 9,
    "checkpoints": 4,
    "objective": 4,
    "reading": 4,
    "provenance": 4,
    "writing": 6,
    "telling": 8,
    "extraction": 7,
    "planning": 5,
    "model": 3,
    "incremental": 4,
    "hypotheses": 2,
    "beams": 3,
    "cache": 1,
    "quantization": 2,
    "batching": 2,
    "salience": 2,
    "search": 4,
    "surface": 2,
    "rendering": 3,
    "summary": 3,
    "explanation": 2,
    "reporting": 4,
    "evaluation": 2,
    "terminal": 1,
    "attention": 1,
    "constraints": 1,
    "tokenizer": 1,
    "documents": 1,
    "sentences": 1,
    "lengths": 1,
    "relevance": 2,
    "expectation": 1,
    "oracle": 1,
    "support": 1,
    "speakers": 1,
    "naming": 2,
    "hardware": 1,
    "vocabulary_loss": 1,
    "language": 1,
    "errors": 0,
    "vocabulary": 0,
}
EXEMPT = {"__init__", "__main__"}  # the public names, and the way in
SAME_LEVEL = {("salience", "batching"), ("training", "summarizer")}  # (who imports, what)

FILES = sorted(PACKAGE.rglob("*.py"))
MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 60


def module_of(path: Path) -> str:
    """The module a file belongs to; all files of a folder are one module."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


MODULES = {module_of(path) for path in FILES} - EXEMPT


def imports_of(source: str) -> set[str]:
    """The package's modules that a source imports, at its top or inside a function or condition."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: a relative import, which this test cannot place"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        parts = [name.split(".") for name in names]
        found |= {p[1] for p in parts if p[0] == "summarize" and len(p) > 1 and p[1] in MODULES}
    return found


def graph() -> dict[str, set[str]]:
    """What each module imports, but for the exempt ones."""
    imports: dict[str, set[str]] = {}
    for path in FILES:
        module = module_of(path)
        if module in MODULES:
            imports.setdefault(module, set()).update(imports_of(path.read_text("utf-8")) - {module})
    return imports


def test_every_module_has_a_level() -> None:
    assert set(LEVELS) == MODULES


def test_imports_point_down() -> None:
    upward = []
    for module, others in graph().items():
        for other in others:
            if module in LEVELS and other in LEVELS:  # the test above names those that are not
                same = LEVELS[other] == LEVELS[module] and (module, other) in SAME_LEVEL
                if LEVELS[other] >= LEVELS[module] and not same:
                    upward.append(f"{module} imports {other}")
    assert upward == []


def test_no_imports_form_a_cycle() -> None:
    TopologicalSorter(graph()).prepare()  # raises CycleError, naming the modules


@pytest.mark.parametrize(
    "source",
    [
        "import summarize.model",
        "import summarize.model as m",
        "from summarize.model import Cache",
        "from summarize import model",
        "def late():\n    from summarize.model import Cache",
        "if True:\n    import json, summarize.model",
    ],
)
def test_every_form_of_import_is_seen(source: str) -> None:
    assert imports_of(source) == {"model"}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_files_and_functions_are_short(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= MAX_FILE_LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"
