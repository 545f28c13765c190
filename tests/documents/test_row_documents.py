"""Documents from the rows of tables: their texts, ids and other fields, and errors instead of rows."""

from __future__ import annotations

import datetime
import decimal
import json
from pathlib import Path
from typing import Any

import pytest

from summarize.documents import DOCUMENT_FIELDS, Document
from summarize.errors import DocumentError
from tests.helpers import makers
from tests.helpers.documents import error_of, read_bytes, read_one, texts_of
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


def texts_of_rows(tmp_path: Path, rows: list[dict[str, Any]], **options: Any) -> list[str]:
    return texts_of(read_bytes("a.jsonl", makers.jsonl(rows), tmp_path, **options))


def test_names_of_fields_are_found_in_any_case(tmp_path: Path) -> None:
    rows = [{"ID": 7, "Text": FIRST}, {"BODY ": FIRST}, {"text": FIRST, "Document": "a.doc"}]
    documents = read_bytes("a.jsonl", makers.jsonl(rows), tmp_path)
    assert texts_of(documents) == [FIRST] * 2 + [FIRST]
    assert documents[0].source == "7"
    assert texts_of_rows(tmp_path, [{"Story": FIRST, "text": "x"}], field="story") == [FIRST]
    (document,) = read_bytes("a.csv", f"Key;Article\n1;{FIRST}\n".encode(), tmp_path, id_field="key")
    assert (document.source, texts_of([document])) == ("1", [FIRST])


def test_html_in_a_field_is_read_as_html(tmp_path: Path) -> None:
    fields = {
        "<p>One &mdash; two.</p><p>Three &amp; <b>four</b>.</p><ul><li>five</li><li>six</li></ul>":
            "One — two.\n\nThree & four.\n\nfive\n\nsix",
        "One.<br/>Two.": "One. Two.",
        "Tom &amp; Ann didn&#39;t go.": "Tom & Ann didn't go.",
        "if a < b and b > c, use the <b> tag & go": "if a < b and b > c, use the <b> tag & go",
    }  # fmt: skip
    assert texts_of_rows(tmp_path, [{"text": text} for text in fields]) == list(fields.values())
    (document,) = read_bytes("a.jsonl", makers.jsonl([{"text": f"<h2>A title</h2><p>{FIRST}</p>"}]), tmp_path)
    assert isinstance(document, Document)
    assert [section.title for section in document.sections] == ["A title"]


def test_lists_and_objects_that_hold_text(tmp_path: Path) -> None:
    turns = "Ann: One.\n\nBob: Two."
    rows: list[dict[str, Any]] = [
        {"text": ["One.", "Two."]},
        {"message": {"content": FIRST}},
        {"dialogue": [{"speaker": "Ann", "text": "One."}, {"speaker": "Bob", "text": "Two."}]},
        {"messages": [{"author": {"name": "Ann"}, "content": "One."}, {"author": {"name": "Bob"}, "content": "Two."}]},
        {"conversation": [{"role": "user", "content": "One."}, {"role": "assistant", "content": "Two."}]},
    ]
    assert texts_of_rows(tmp_path, rows) == ["One.\n\nTwo.", FIRST, turns, turns, "User: One.\n\nAssistant: Two."]


@pytest.mark.parametrize("value", [5, True, [1, 2], [[1]], {"a": 1}, [{"a": 1}], ["x", 1]])
def test_a_value_that_is_no_text_is_an_error(tmp_path: Path, value: Any) -> None:
    assert "the field 'text' is not text" in error_of("a.jsonl", makers.jsonl([{"text": value}]), tmp_path)


def test_a_case_of_rows(tmp_path: Path) -> None:
    name = "rows-html-and-names.jsonl"
    texts = texts_of(read_bytes(name, (Path(__file__).parent / "cases" / name).read_bytes(), tmp_path))
    assert texts[0].startswith("The bridge at Carrow Point will close for eleven weeks — from March & on.\n\nEngineers")
    assert [text[:9] for text in texts[1:]] == ["The café "] * 3


def test_lists_of_sentences_and_rendered_html(tmp_path: Path) -> None:
    rows = [{"text": ["One.", ["Two.", "Three."]]}, {"content": {"rendered": "<p>One &#8211; two.</p>\n"}}]
    assert texts_of(read_bytes("a.jsonl", makers.jsonl(rows), tmp_path)) == ["One.\n\nTwo. Three.", "One – two."]


def test_html_that_is_escaped_once_more(tmp_path: Path) -> None:
    rows = [
        {"text": "&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two &amp;amp; three.&lt;/p&gt;"},
        {"text": "The tag &lt;p&gt; is short."},
    ]
    texts = ["One.\n\nTwo & three.", "The tag <p> is short."]
    assert texts_of(read_bytes("a.jsonl", makers.jsonl(rows), tmp_path)) == texts
