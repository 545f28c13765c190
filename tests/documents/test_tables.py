"""Tables of every format, encoding and separator, read the same by both users of the one reader: documents and data
sets."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from summarize.documents import Document
from summarize.documents.dataset_rows import dataset_rows
from summarize.errors import DataError
from tests.helpers import makers
from tests.helpers.documents import error_of, read_bytes, texts_of
from tests.helpers.makers import COMPRESSIONS

ROWS = [
    {"id": "1", "text": 'Le café; fermé, dit-il, "hier".', "summary": "Fermé."},
    {"id": "2", "text": "Two lines,\nof which one | is short.", "summary": "Déjà vu."},
]
TEXT_FORMATS = {
    "a.jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS),
    "list.json": json.dumps(ROWS, ensure_ascii=False, indent=1),
    "lines.json": "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS),
    "list.jsonl": json.dumps(ROWS, ensure_ascii=False),
    "a.csv": makers.table(ROWS).decode(),
    "semicolons.csv": makers.table(ROWS, ";").decode(),
    "tabs.csv": makers.table(ROWS, "\t").decode(),
    "bars.csv": makers.table(ROWS, "|").decode(),
    "a.tsv": makers.table(ROWS, "\t").decode(),
    "a.tab": makers.table(ROWS, "\t").decode(),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252")


def both(name: str, data: bytes, folder: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """The texts of documents, and the rows of a data set, that a file holds."""
    documents = texts_of(read_bytes(name, data, folder))
    return documents, [fields for _, fields in dataset_rows(folder / name)]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_every_format_is_read_in_every_encoding(tmp_path: Path, name: str, encoding: str) -> None:
    texts, rows = both(name, TEXT_FORMATS[name].encode(encoding), tmp_path)
    assert texts == [row["text"] for row in ROWS]
    assert rows == ROWS


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("name", [*TEXT_FORMATS, "a.parquet"])
def test_every_format_is_read_compressed(tmp_path: Path, name: str, compression: str) -> None:
    data = makers.parquet(ROWS) if name == "a.parquet" else TEXT_FORMATS[name].encode()
    texts, rows = both(name + compression, COMPRESSIONS[compression](data), tmp_path)
    assert texts == [row["text"] for row in ROWS]
    assert rows == ROWS


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv"])
def test_lines_end_as_on_any_system(tmp_path: Path, name: str, end: str) -> None:
    rows = [row | {"text": row["text"].replace("\n", " ")} for row in ROWS]
    lines = [json.dumps(row) for row in rows] if name == "a.jsonl" else [
        "\t".join(cells) if name == "a.tsv" else ",".join(f'"{cell}"' for cell in cells)
        for cells in (list(rows[0]), *([value.replace('"', "'") for value in row.values()] for row in rows))
    ]  # fmt: skip
    texts, found = both(name, (end.join(lines) + end).encode(), tmp_path)
    assert [text.replace('"', "'") for text in texts] == [row["text"].replace('"', "'") for row in rows]
    assert [row["id"] for row in found] == ["1", "2"]
    assert read_bytes(name, (end.join(lines) + end + "x").encode(), tmp_path)[-1].part == f"line {len(lines) + 1}"


def test_a_utf8_line_with_a_damaged_byte_is_not_taken_for_another_encoding(tmp_path: Path) -> None:
    line = json.dumps({"text": "“Ça va?” – dit le garçon à l'élève."}, ensure_ascii=False).encode()
    texts, _ = both("a.jsonl", line + b"\n" + line.replace("à".encode(), b"\xc3"), tmp_path)
    assert texts[1] == "“Ça va?” – dit le garçon \ufffd l'élève."


def test_nan_and_infinity_are_null(tmp_path: Path) -> None:
    data = b'{"text": "T", "n": NaN, "m": -Infinity}'
    assert dict(read_bytes("a.jsonl", data, tmp_path)[0].fields) == {"n": None, "m": None}
    assert [row for _, row in dataset_rows(tmp_path / "a.jsonl")] == [{"text": "T", "n": None, "m": None}]
    error = error_of("a.json", b"[" + data + b"]", tmp_path)
    assert error.startswith(", row 1: is not JSON: lexical error: invalid char in json text")


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    data = rb'{"text": "a \ud800 b \ud83d\ude00"}'
    assert both("a.jsonl", data, tmp_path) == (["a \ufffd b 😀"], [{"text": "a \ufffd b 😀"}])


def test_one_object_over_several_lines_is_one_row(tmp_path: Path) -> None:
    data = b"\n\n" + json.dumps(ROWS[0], indent=1).encode()
    assert both("a.json", data, tmp_path) == ([ROWS[0]["text"]], [ROWS[0]])
    assert error_of("a.json", data[:-3], tmp_path).startswith(", line 6: is not JSON")


def test_a_table_in_a_file_without_a_telling_name_is_json_lines(tmp_path: Path) -> None:
    (tmp_path / "pairs").write_text(TEXT_FORMATS["a.jsonl"])
    assert [row for _, row in dataset_rows(tmp_path / "pairs")] == ROWS


def test_a_wrong_element_of_a_list_is_named(tmp_path: Path) -> None:
    good, wrong = read_bytes("a.json", b'[{"text": "T"}, 3]', tmp_path)
    assert isinstance(good, Document)
    assert str(wrong) == f"{tmp_path / 'a.json'}, row 2: is not a JSON object"


@pytest.mark.parametrize(("suffix", "location"), [(".csv", ", line 2"), (".tsv", ", line 2"), (".parquet", "")])
def test_columns_of_one_name_are_refused(tmp_path: Path, suffix: str, location: str) -> None:
    """Of two cells under one name, a row could have only the last."""
    rows = [["text", "summary", "summary"], ["A.", "S.", "T."]]
    if suffix == ".parquet":
        columns = [pyarrow.array([cell]) for cell in rows[1]]
        out = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.Table.from_arrays(columns, names=rows[0]), out)
        data = out.getvalue()
    else:
        separator = "\t" if suffix == ".tsv" else ","
        data = ("\n" + "".join(separator.join(row) + "\n" for row in rows)).encode()
    message = "has 2 columns that are called 'summary'; rename all but one of them"
    assert error_of(f"a{suffix}", data, tmp_path) == f"{location}: {message}"
    with pytest.raises(DataError) as caught:
        list(dataset_rows(tmp_path / f"a{suffix}"))
    assert str(caught.value) == f"{tmp_path / f'a{suffix}'}{location}: {message}"


def test_columns_without_a_name_may_be_several(tmp_path: Path) -> None:
    assert texts_of(read_bytes("a.csv", b"text,,\nA.,,\nB.,,\n", tmp_path)) == ["A.", "B."]


def test_a_list_in_the_first_line_of_json_lines_is_a_wrong_row(tmp_path: Path) -> None:
    lines = ['[{"text": "A."}]', '{"text": "B."}', '{"text": "C."}']
    wrong, *documents = read_bytes("a.jsonl", "\n".join(lines).encode(), tmp_path)
    assert str(wrong) == f"{tmp_path / 'a.jsonl'}, line 1: is not a JSON object"
    assert texts_of(documents) == ["B.", "C."]
    wrong, document = read_bytes("a.jsonl", f"{lines[0]}{lines[1]}\n{lines[2]}".encode(), tmp_path)
    assert str(wrong) == f"{tmp_path / 'a.jsonl'}, line 1: is not JSON: Extra data (column 17)"
    assert texts_of([document]) == ["C."]
    assert texts_of(read_bytes("a.jsonl", f"\n{lines[0]}\n\n".encode(), tmp_path)) == ["A."]  # nothing but a list
    assert texts_of(read_bytes("a.jsonl", b'[{"text": "A."},\n{"text": "B."}]\n', tmp_path)) == ["A.", "B."]
