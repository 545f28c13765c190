"""The JSON record: the program's output fits the schema, and the documentation fits both."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from summarize.cli import main
from tests.helpers.paths import ROOT

DOCS = ROOT / "docs"
NEWS = "Mayor Anna Smith met the minister in New York on Monday.\nIt was 2,500."
MORE = "“The bridge is well known,” they said. John visits the old town, and has 12 or 3.5bn in the A380. ☃"


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    content = json.loads((DOCS / "record.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(content)
    return Draft202012Validator(content)


def records(model_folder: Path, tmp_path: Path, *options: str) -> list[dict[str, Any]]:
    """The program's records of two texts and of a file that does not exist."""
    (tmp_path / "a.txt").write_text(NEWS)
    (tmp_path / "b.txt").write_text(MORE)
    paths = [str(tmp_path / name) for name in ("a.txt", "gone.txt", "b.txt")]
    result = CliRunner().invoke(main, [*paths, "-m", str(model_folder), "-f", "jsonl", *options])
    assert result.exit_code == 1
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("options", [(), ("--explain",)])
def test_real_records_fit_the_schema(
    schema: Draft202012Validator, model_folder: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    written = records(model_folder, tmp_path, *options)
    assert len(written) == 3
    for record in written:
        assert list(schema.iter_errors(record)) == []
        assert ("document" in record) == (bool(options) and record["summary"] is not None)


def test_explained_spans_are_exact(model_folder: Path, tmp_path: Path) -> None:
    for record, text in zip(records(model_folder, tmp_path, "--explain")[::2], (NEWS, MORE), strict=True):
        assert record["document"] == text
        check_spans(record)


def check_spans(record: dict[str, Any]) -> None:
    """Every span is of its word, and every passage begins on its line."""
    document = record["document"]
    for sentence in record["sentences"]:
        assert all(p["line"] == document[: p["span"][0]].count("\n") + 1 for p in sentence["passages"])
        for word in sentence["words"]:
            if word["span"] is not None:
                source = document[slice(*word["span"])]
                assert word["text"] in (source, source[:1].upper() + source[1:], source.lower())
            weights = [weight for _, _, weight in word["attention"]]
            assert weights == sorted(weights, reverse=True)
            assert sum(weights) <= 1.001
            for start, end, _ in word["attention"]:
                assert document[start:end].strip() == document[start:end] != ""
    for claim in record["unsupported"]:
        words = record["sentences"][claim["sentence"]]["words"][slice(*claim["words"])]
        assert claim["text"] in "".join(word["text"] for word in words)


def drop(*path: Any) -> Callable[[dict[str, Any]], None]:
    return lambda record: _at(record, path[:-1]).__delitem__(path[-1])


def put(value: Any, *path: Any) -> Callable[[dict[str, Any]], None]:
    return lambda record: _at(record, path[:-1]).__setitem__(path[-1], value)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


WORD = ("sentences", 0, "words", 0)


@pytest.mark.parametrize(
    "change",
    [
        drop("source"), drop("read", "words"), drop("unsupported"), drop("document"), drop(*WORD, "copied"),
        drop(*WORD, "attention"), drop("sentences", 0, "passages"), put(None, "summary"), put("x", "error"),
        put(1.5, *WORD, "copied"), put([1], *WORD, "span"), put([1, 2, 3], *WORD, "span"), put([-1, 2], *WORD, "span"),
        put([[1, 2]], *WORD, "attention"), put([[1, 2, 2.0]], *WORD, "attention"), put([], "sentences", 0, "words"),
        put([{"text": "x", "kind": "verb", "sentence": 0, "words": [0, 1]}], "unsupported"),
        put([{"span": [0, 1], "line": 0, "share": 1}], "sentences", 0, "passages"),
    ],
)  # fmt: skip
def test_the_schema_rejects_wrong_records(
    schema: Draft202012Validator, model_folder: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    record = records(model_folder, tmp_path, "--explain")[0]
    broken = copy.deepcopy(record)
    change(broken)
    assert not schema.is_valid(broken)


def examples() -> list[dict[str, Any]]:
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", (DOCS / "json.md").read_text("utf-8"), re.S)]


def test_the_documented_examples_fit_the_schema_and_the_document(schema: Draft202012Validator) -> None:
    documented = examples()
    assert len(documented) == 2
    for record in documented:
        assert list(schema.iter_errors(record)) == []
    explained, failed = documented
    assert failed["summary"] is None
    whole = (ROOT / "examples" / "harbour-bridge.txt").read_text("utf-8")
    beginning = explained["document"].removesuffix(" …")
    assert whole.startswith(beginning)
    check_spans(explained | {"document": whole})


def test_every_field_of_the_schema_is_documented(schema: Draft202012Validator) -> None:
    text = (DOCS / "json.md").read_text("utf-8")
    fields = set(re.findall(r"`([a-z_]+)`", text))
    parts = [schema.schema, *schema.schema["$defs"].values(), schema.schema["properties"]["read"]]
    assert {name for part in parts for name in part.get("properties", {})} <= fields
