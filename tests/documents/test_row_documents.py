"""Documents from the rows of tables: their texts, ids and other fields, and errors instead of rows."""

from __future__ import annotations

import datetime
import decimal
import json
from pathlib import Path

import pytest

from summarize.documents import DOCUMENT_FIELDS, Document
from summarize.errors import DocumentError
from tests.helpers import makers
from tests.helpers.documents import error_of, read_bytes, read_one
from tests.helpers.makers import FIRST, PARAGRAPHS

FILES = makers.every_format()


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".tsv", ".parquet"])
def test_rows_keep_their_other_fields_and_their_ids(tmp_path: Path, suffix: str) -> None:
    first, *_ = documents = read_bytes(f"a{suffix}", FILES[suffix], tmp_path)
    assert [d.source for d in documents] == ["x0", "x1", "x2"]
    assert isinstance(first, Document)
    assert first.fields == {"id": "x0", "kind": "news"}
    by_kind = read_bytes(f"a{suffix}", FILES[suffix], tmp_path, field="kind", id_field="text")
    assert [d.text for d in by_kind if isinstance(d, Document)] == ["news"] * 3
    assert [d.source for d in by_kind] == list(PARAGRAPHS)


@pytest.mark.parametrize("field", DOCUMENT_FIELDS)
def test_usual_field_names_are_found(tmp_path: Path, field: str) -> None:
    document = read_one("a.jsonl", makers.jsonl([{"n": 1, field: FIRST}]), tmp_path)
    assert (document.text, document.fields, document.source) == (FIRST, {"n": 1}, f"{tmp_path / 'a.jsonl'}:1")


def test_a_row_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    lines = [
        '{"id": 1, "text": "One."}',
        "{nonsense",
        '{"id": 3}',
        '["x"]',
        '{"id": 5, "text": 5}',
        '{"id": 6, "text": " "}',
        "",
        '{"id": 8, "text": "Eight.", "n": NaN, "s": "\\ud800"}',
        '{"text": null}',
        "[" * 100_000,
    ]
    rows = read_bytes("a.jsonl", "\n".join(lines).encode(), tmp_path)
    documents = [row for row in rows if isinstance(row, Document)]
    assert [(d.text, d.source) for d in documents] == [("One.", "1"), ("Eight.", "8")]
    assert documents[1].fields == {"id": 8, "n": None, "s": "\ufffd"}
    errors = [row for row in rows if isinstance(row, DocumentError)]
    messages = [str(error).removeprefix(f"{tmp_path / 'a.jsonl'}, ") for error in errors]
    assert [message.partition(": Expecting")[0] for message in messages] == [
        "line 2: is not JSON",
        "line 3: has no field 'document' (it has id); --field names it",
        "line 4: is not a JSON object",
        "line 5: the field 'text' is not text",
        "line 6: the field 'text' is empty",
        "line 9: the field 'text' is empty",
        "line 10: is nested too deeply",
    ]
    assert errors[0].source == f"{tmp_path / 'a.jsonl'}:2"
    fields = [(error.source, dict(error.fields)) for error in errors if error.fields]
    assert fields == [("3", {"id": 3}), ("5", {"id": 5}), ("6", {"id": 6})]
    assert messages[0].endswith("is not JSON: Expecting property name enclosed in double quotes (column 2)")


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_a_table_without_the_field_is_one_error(tmp_path: Path, suffix: str) -> None:
    make = {".csv": makers.table, ".tsv": lambda rows: makers.table(rows, "\t"), ".parquet": makers.parquet}[suffix]
    message = error_of(f"a{suffix}", make([{"a": "x", "b": "y"}] * 5), tmp_path)
    assert "has no field 'document' (it has a, b); --field names it" in message
    assert "has no field 'c'" in error_of(f"a{suffix}", make([{"a": "x", "b": "y"}] * 5), tmp_path, field="c")


def test_values_of_parquet_become_values_of_json(tmp_path: Path) -> None:
    row = {
        "text": "T.",
        "day": datetime.date(2026, 3, 2),
        "price": decimal.Decimal("1.50"),
        "raw": b"ab",
        "l": [{"x": 1}],
    }
    fields = read_one("a.parquet", makers.parquet([row]), tmp_path).fields
    assert json.loads(json.dumps(fields)) == {"day": "2026-03-02", "price": "1.50", "raw": "ab", "l": [{"x": 1}]}


def test_one_json_object_is_one_document(tmp_path: Path) -> None:
    document = read_one("a.json", json.dumps({"text": FIRST, "n": 1}, indent=1).encode(), tmp_path)
    assert (document.text, document.fields) == (FIRST, {"n": 1})
