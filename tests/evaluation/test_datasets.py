"""Data sets in every file format, and the messages for files that are wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from summarize.errors import DataError, UsageError
from summarize.evaluation import DataSet
from summarize.evaluation.run import index_documents
from tests.helpers.evaluations import ROWS, write_table


def contents(data: DataSet) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [(e.id, e.document, e.references) for e in data]


def refusal_of(data: DataSet) -> str:
    with pytest.raises((DataError, UsageError)) as caught:
        index_documents(data)
    return str(caught.value)


@pytest.mark.parametrize("name", ["d.jsonl", "d.csv", "d.tsv", "d.parquet", "d.jsonl.xz", "d.jsonl.gz"])
def test_every_table_format_holds_the_same_examples(tmp_path: Path, name: str) -> None:
    examples = contents(DataSet(write_table(tmp_path / name, ROWS)))
    assert examples == [(row["id"], row["article"], (row["highlights"],)) for row in ROWS]


@pytest.mark.parametrize("document", ["document", "article", "text", "dialogue", "source"])
@pytest.mark.parametrize("summary", ["summary", "highlights", "target", "reference"])
def test_usual_field_names_are_found(tmp_path: Path, document: str, summary: str) -> None:
    path = write_table(tmp_path / "d.jsonl", [{document: "D", summary: "S"}])
    assert contents(DataSet(path)) == [("1", "D", ("S",))]


def test_named_fields_take_precedence_over_usual_ones(tmp_path: Path) -> None:
    path = write_table(tmp_path / "d.jsonl", [{"text": "D", "body": "B", "summary": "S", "abstract": "A"}])
    assert contents(DataSet(path, document_field="body", summary_fields=("abstract",))) == [("1", "B", ("A",))]


def test_a_list_is_several_references_in_a_field_whose_name_says_so(tmp_path: Path) -> None:
    row = {"text": ["D1", "D2"], "abstract": ["S1", "S2"], "references": ["R1", "R2"]}
    path = write_table(tmp_path / "d.jsonl", [row])
    assert contents(DataSet(path)) == [("1", "D1\nD2", ("R1", "R2"))]
    assert contents(DataSet(path, summary_fields=("abstract",))) == [("1", "D1\nD2", ("S1\nS2",))]
    assert contents(DataSet(path, summary_fields=("abstract",), lists="references")) == [("1", "D1\nD2", ("S1", "S2"))]
    assert contents(DataSet(path, lists="sentences")) == [("1", "D1\nD2", ("R1\nR2",))]


def test_a_list_of_lists_is_several_references_of_sentences(tmp_path: Path) -> None:
    path = write_table(tmp_path / "d.jsonl", [{"text": "D", "abstract": [["A", "B"], ["C"]]}])
    assert contents(DataSet(path)) == [("1", "D", ("A\nB", "C"))]


def test_several_fields_are_several_references(tmp_path: Path) -> None:
    path = write_table(tmp_path / "d.jsonl", [{"text": "D", "summary1": "A", "summary2": "B", "summary3": "C"}])
    data = DataSet(path, summary_fields=("summary1", "summary3"))
    assert contents(data) == [("1", "D", ("A", "C"))]
    assert index_documents(data).references == "best-f1-of-2"


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        ([{"summary": "S"}], "1"),
        ([{"summary": ["S"]}], "1"),
        ([{"summary": ["S", "T"]}], "1-lists-joined"),
        ([{"references": ["S", "T"]}], "best-f1-of-2"),
        ([{"references": ["S", "T"]}, {"references": "S"}, {"references": ["S"] * 5}], "best-f1-of-1-5"),
        ([{"summary": [["S", "T"], ["U"]]}, {"summary": ["S", "T"]}], "best-f1-of-1-2-lists-joined"),
    ],
)
def test_the_index_says_how_references_were_read(tmp_path: Path, rows: list[dict[str, object]], read: str) -> None:
    assert index_documents(DataSet(write_table(tmp_path / "d.jsonl", rows))).references == read


def test_the_usual_names_of_ids_are_known(tmp_path: Path) -> None:
    rows = [{"doc_id": 7, "summary": "S"}, {"document_id": "x", "summary": "S"}, {"summary": "S"}]
    assert index_documents(DataSet(write_table(tmp_path / "d.jsonl", rows))).ids == ["7", "x", "3"]


def test_documents_may_be_missing(tmp_path: Path) -> None:
    path = write_table(tmp_path / "d.jsonl", [{"summary": "S"}])
    assert contents(DataSet(path)) == [("1", None, ("S",))]
    assert index_documents(DataSet(path)).without_document == f"{path}, line 1"


def test_text_files_are_read_side_by_side(tmp_path: Path) -> None:
    for name, text in {"docs.txt": "D1\nD2\n", "r1.txt": "A1\nA2\n", "r2.txt": "B1\nB2"}.items():
        (tmp_path / name).write_text(text)
    data = DataSet(tmp_path / "docs.txt", (tmp_path / "r1.txt", tmp_path / "r2.txt"))
    assert contents(data) == [("1", "D1", ("A1", "B1")), ("2", "D2", ("A2", "B2"))]
    assert contents(DataSet(tmp_path / "r1.txt")) == [("1", None, ("A1",)), ("2", None, ("A2",))]
    (tmp_path / "r2.txt").write_text("B1\n")
    assert refusal_of(data) == (
        f"{tmp_path / 'r2.txt'}: ends after line 1, but {tmp_path / 'docs.txt'} goes on: both need as many lines"
    )


def test_folders_are_matched_by_the_names_of_their_files(tmp_path: Path) -> None:
    for name in ("docs/b.txt", "docs/a.md", "refs/a.txt", "refs/b.txt", "refs/.hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"text of {name}\n")
    data = DataSet(tmp_path / "docs", (tmp_path / "refs",))
    assert contents(data) == [
        ("a", "text of docs/a.md\n", ("text of refs/a.txt\n",)),
        ("b", "text of docs/b.txt\n", ("text of refs/b.txt\n",)),
    ]
    (tmp_path / "refs" / "c.txt").write_text("more")
    assert refusal_of(data) == f"{tmp_path / 'docs'}: has no file for {tmp_path / 'refs' / 'c.txt'}"
    assert "name that of the references with --references" in refusal_of(DataSet(tmp_path / "docs"))


def test_a_subset_keeps_every_nth_of_the_matching_rows(tmp_path: Path) -> None:
    rows = [{"summary": str(i), "kind": "odd" if i % 2 else "even", "good": i > 2} for i in range(10)]
    path = write_table(tmp_path / "d.jsonl", rows)

    def kept(**options: Any) -> list[str]:
        return [e.references[0] for e in DataSet(path, **options)]

    assert kept(where="kind=odd") == ["1", "3", "5", "7", "9"]
    assert kept(where="kind=odd", every=2) == ["1", "5", "9"]
    assert kept(where="good=true", every=3) == ["3", "6", "9"]
    index = index_documents(DataSet(path, where="kind=odd", every=2))
    assert (index.rows, index.n_rows) == ([1, 5, 9], 10)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: is not JSON"),
        ("[1]", "line 2: is not a JSON object"),
        ('{"text": "D"}', "line 2: has no field 'summary' (it has text); --summary-field names it"),
        ('{"text": "D", "summary": " "}', "line 2: the reference is empty; a score against it would mean nothing"),
        ('{"text": "D", "references": []}', "line 2: the reference is empty"),
        ('{"text": "D", "references": ["R", ""]}', "line 2: the reference is empty"),
        ('{"text": 3, "summary": "S"}', "line 2: the field 'text' is neither text nor a list of texts"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(f'{{"text": "D", "summary": "S"}}\n{line}\n')
    assert refusal_of(DataSet(path)).startswith(f"{path}, {message}")


def test_a_file_that_cannot_be_read_has_a_message(tmp_path: Path) -> None:
    assert refusal_of(DataSet(tmp_path / "none.jsonl")) == f"{tmp_path / 'none.jsonl'}: no such file"
    assert refusal_of(DataSet(tmp_path / "none.parquet")) == f"{tmp_path / 'none.parquet'}: no such file"
    for name in ("d.parquet", "d.jsonl.xz", "d.jsonl.gz"):
        (tmp_path / name).write_bytes(b"\xff\x00nothing")
        message = refusal_of(DataSet(tmp_path / name)).removeprefix(str(tmp_path / name))
        assert message.startswith((": is damaged", ": is not text")), message
    (tmp_path / "empty.jsonl").write_text("\n")
    assert refusal_of(DataSet(tmp_path / "empty.jsonl")).endswith("holds no example to score")


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    write_table(tmp_path / "references.txt", ROWS)
    message = "can be read only once, but scoring reads a data set twice; name a file"
    assert refusal_of(DataSet(tmp_path / "pipe")) == f"{tmp_path / 'pipe'}: {message}"
    assert refusal_of(DataSet(tmp_path / "references.txt", (tmp_path / "pipe",))) == f"{tmp_path / 'pipe'}: {message}"
    assert refusal_of(DataSet(Path("-"))) == f"-: {message}"


def test_a_json_list_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    for indent in (None, 1):
        path.write_text(json.dumps(ROWS, indent=indent))
        assert contents(DataSet(path)) == [(row["id"], row["article"], (row["highlights"],)) for row in ROWS]


def test_names_of_fields_are_found_in_any_case(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("ID;Document ;SUMMARY\nx;D;S\n")
    (example,) = DataSet(path)
    assert (example.id, example.document, example.references) == ("x", "D", ("S",))
    (example,) = DataSet(path, document_field="document", summary_fields=("summary",))
    assert (example.document, example.references) == ("D", ("S",))


@pytest.mark.parametrize(
    "row",
    [
        {"document": "D", "references": None, "summary": "S"},
        {"document": "D", "summary": None, "highlights": "S"},
    ],
)
def test_a_reference_that_is_null_is_not_there(row: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps(row) + "\n")
    (example,) = DataSet(path)
    assert (example.document, example.references) == ("D", ("S",))


def test_no_other_field_stands_in_for_a_document_that_is_null(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"document": null, "source": "https://example.org", "summary": "S"}\n')
    (example,) = DataSet(path)
    assert example.document is None
