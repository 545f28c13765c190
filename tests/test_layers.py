"""The package's structure, read from its sources: rooms in ten layers, imports that only point down, short files.

Every folder of the package is a room; the few modules beside them count as rooms too. A room imports from rooms of
lower layers and from itself, and only what those rooms name as public.
"""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

import summarize

PACKAGE = Path(summarize.__path__[0])

# Lowest first. Rooms of one layer do not import each other.
LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "errors atomic_write concurrency",
        "text",
        "selection documents",
        "grounding network",
        "decoding rendering",
        "checkpoints evaluation",
        "pipeline",
        "training records",
        "corpus",
        "cli",
    )
)
# What other rooms may import: the room itself (what its __init__ exports, written ".") or modules of it by name.
PUBLIC = {
    "errors": ".",
    "atomic_write": ".",
    "concurrency": ".",
    "text": "vocabulary tokenizer byte_pair sentences language conversation pronouns lengths matching openers "
    "list_labels word_classes",
    "selection": "oracle expected_rouge bm25 centrality",
    "documents": ". dataset_rows tables",
    "grounding": "claims numbers number_context words explanation",
    "network": "attention pointer_generator causal_pointer_generator group_quantization memory padding kv_cache device "
    "quantization",
    "decoding": "beam_search decoder detokenizer hypothesis source_rule vocabulary_rules",
    "rendering": ". terminal",
    "checkpoints": "files model_folder packed_folder warm_start train_state lora",
    "evaluation": ". report",
    "pipeline": "request summary summarizer style_router",
    "training": ".",
    "records": ".",
    "corpus": ".",
    "cli": ".",
}
EXEMPT = {"__init__", "__main__"}  # the public API, and `python -m summarize`

FILES = sorted(PACKAGE.rglob("*.py"))
MAX_FILE_LINES, MAX_FUNCTION_LINES, MAX_MODULES_BESIDE_ROOMS = 400, 60, 6


def module_name(path: Path) -> str:
    """A file's dotted name below the package: decoding.beam_search; a room's __init__ has the room's name."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in FILES}
ROOMS = {name.split(".")[0] for name in MODULES} - EXEMPT


def imports_of(source: str) -> set[str]:
    """The package's modules that a source imports, at its top or inside a function or condition, by dotted name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: a relative import, which this test cannot place"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    dotted = {name.removeprefix("summarize.") for name in names if name.startswith("summarize.")}
    return {_module_of(name) for name in dotted} - {""}


def _module_of(name: str) -> str:
    """The longest beginning of a dotted name that is a module; "" where none is."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


IMPORTS = {name: imports_of(path.read_text("utf-8")) for name, path in MODULES.items()}


def room_imports() -> set[tuple[str, str]]:
    """(module, imported module) of every import that leaves a room."""
    return {
        (module, other)
        for module, others in IMPORTS.items()
        for other in others
        if module.split(".")[0] not in EXEMPT and module.split(".")[0] != other.split(".")[0]
    }


def test_every_room_has_one_layer() -> None:
    listed = [name for layer in LAYERS for name in layer]
    assert len(LAYERS) == 10
    assert sorted(listed) == sorted(ROOMS) == sorted(PUBLIC)


def test_few_modules_stand_beside_the_rooms() -> None:
    beside = [path.name for path in PACKAGE.glob("*.py")]
    assert len(beside) <= MAX_MODULES_BESIDE_ROOMS, beside


def test_imports_point_down() -> None:
    layer = {name: i for i, names in enumerate(LAYERS) for name in names}
    upward = [(a, b) for a, b in sorted(room_imports()) if layer[a.split(".")[0]] <= layer[b.split(".")[0]]]
    assert upward == []


def test_rooms_import_only_what_other_rooms_make_public() -> None:
    private = []
    for module, other in sorted(room_imports()):
        room, _, inner = other.partition(".")
        if (inner.split(".")[0] or ".") not in PUBLIC[room].split():
            private.append(f"{module} imports {other}")
    assert private == []


def test_what_is_public_exists_and_is_used() -> None:
    used = {other.partition(".")[::2] for _, other in room_imports()} | {
        other.partition(".")[::2] for name in EXEMPT for other in IMPORTS.get("" if name == "__init__" else name, ())
    }
    for room, names in PUBLIC.items():
        for name in names.split():
            inner = "" if name == "." else name
            assert f"{room}.{inner}".rstrip(".") in MODULES
            is_top = room in LAYERS[-1]
            assert is_top or any(r == room and i.split(".")[0] == inner for r, i in used), f"{room}: {name} is unused"


def test_no_imports_form_a_cycle() -> None:
    TopologicalSorter({name: others - {name} for name, others in IMPORTS.items()}).prepare()  # raises CycleError


def test_no_private_name_is_imported() -> None:
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("summarize"):
                for alias in node.names:
                    assert alias.name.startswith("__") or not alias.name.startswith("_"), f"{name} takes {alias.name}"


@pytest.mark.parametrize(
    "source",
    [
        "import summarize.network.kv_cache",
        "import summarize.network.kv_cache as m",
        "from summarize.network.kv_cache import KVCache",
        "from summarize.network import kv_cache",
        "def late():\n    from summarize.network.kv_cache import KVCache",
        "if True:\n    import json, summarize.network.kv_cache",
    ],
)
def test_every_form_of_import_is_seen(source: str) -> None:
    assert imports_of(source) == {"network.kv_cache"}


@pytest.mark.parametrize("path", [*FILES, *sorted(Path(__file__).parent.rglob("*.py"))], ids=str)
def test_files_and_functions_are_short(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= MAX_FILE_LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"


def test_no_test_imports_another() -> None:
    for path in Path(__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert not [n for n in names if n.split(".")[-1].startswith("test_") or "conftest" in n], path


def test_tests_mirror_the_rooms() -> None:
    tests = Path(__file__).parent
    folders = {path.parent.relative_to(tests).parts[0] for path in tests.rglob("test_*.py") if path.parent != tests}
    assert folders - {"scripts", "helpers"} <= ROOMS


def test_layers_are_in_order() -> None:
    assert all(a.isdisjoint(b) for a, b in pairwise(LAYERS))
