"""A data set is the same examples in whatever files it comes, and what is wrong with it is said with file and line."""

from __future__ import annotations

import csv
import gzip
import json
import lzma
import os
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from summarize.errors import DataError, SummarizeError, UsageError
from summarize.evaluation import DataSet, PredictionFile
from summarize.evaluation.predictions import TextStore, load_predictions
from summarize.evaluation.run import survey

ROWS = [
    {"id": "a", "article": "First, “quoted” text.", "highlights": "One.\nTwo."},
    {"id": "b", "article": "Second\ntext, two lines.", "highlights": "Three."},
    {"id": "c", "article": "Third text.", "highlights": "Four é."},
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    match path.suffix:
        case ".csv" | ".tsv":
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else ",")
                writer.writeheader()
                writer.writerows(rows)
        case ".parquet":
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
        case ".xz":
            path.write_bytes(lzma.compress(text.encode()))
        case ".gz":
            path.write_bytes(gzip.compress(text.encode()))
        case _:
            path.write_text(text)
    return path


def contents(data: DataSet) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [(e.id, e.document, e.references) for e in data]


def refused(data: DataSet) -> str:
    with pytest.raises(DataError) as caught:
        survey(data)
    return str(caught.value)


@pytest.mark.parametrize("name", ["d.jsonl", "d.csv", "d.tsv", "d.parquet", "d.jsonl.xz", "d.jsonl.gz"])
def test_every_table_holds_the_same_examples(tmp_path: Path, name: str) -> None:
    found = contents(DataSet(write(tmp_path / name, ROWS)))
    assert found == [(row["id"], row["article"], (row["highlights"],)) for row in ROWS]


@pytest.mark.parametrize("document", ["document", "article", "text", "dialogue", "source"])
@pytest.mark.parametrize("summary", ["summary", "highlights", "target", "reference"])
def test_usual_names_are_found(tmp_path: Path, document: str, summary: str) -> None:
    path = write(tmp_path / "d.jsonl", [{document: "D", summary: "S"}])
    assert contents(DataSet(path)) == [("1", "D", ("S",))]


def test_named_fields_come_before_usual_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", [{"text": "D", "body": "B", "summary": "S", "abstract": "A"}])
    assert contents(DataSet(path, document_field="body", summary_field="abstract")) == [("1", "B", ("A",))]


def test_a_list_holds_several_references(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", [{"text": "D", "summary": "S", "references": ["R1", "R2"]}])
    assert contents(DataSet(path)) == [("1", "D", ("R1", "R2"))]
    assert contents(DataSet(path, summary_field="summary")) == [("1", "D", ("S",))]


def test_documents_may_be_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", [{"summary": "S"}])
    assert contents(DataSet(path)) == [("1", None, ("S",))]
    assert survey(DataSet(path)).without_document == f"{path}, line 1"


def test_text_files_are_read_side_by_side(tmp_path: Path) -> None:
    for name, text in {"docs.txt": "D1\nD2\n", "r1.txt": "A1\nA2\n", "r2.txt": "B1\nB2"}.items():
        (tmp_path / name).write_text(text)
    data = DataSet(tmp_path / "docs.txt", (tmp_path / "r1.txt", tmp_path / "r2.txt"))
    assert contents(data) == [("1", "D1", ("A1", "B1")), ("2", "D2", ("A2", "B2"))]
    assert contents(DataSet(tmp_path / "r1.txt")) == [("1", None, ("A1",)), ("2", None, ("A2",))]
    (tmp_path / "r2.txt").write_text("B1\n")
    assert refused(data) == (
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
    assert refused(data) == f"{tmp_path / 'docs'}: has no file for {tmp_path / 'refs' / 'c.txt'}"
    assert "name that of the references with --references" in refused(DataSet(tmp_path / "docs"))


def test_a_part_keeps_every_nth_row_that_fits(tmp_path: Path) -> None:
    rows = [{"summary": str(i), "kind": "odd" if i % 2 else "even", "good": i > 2} for i in range(10)]
    path = write(tmp_path / "d.jsonl", rows)

    def kept(**choice: Any) -> list[str]:
        return [e.references[0] for e in DataSet(path, **choice)]

    assert kept(where="kind=odd") == ["1", "3", "5", "7", "9"]
    assert kept(where="kind=odd", every=2) == ["1", "5", "9"]
    assert kept(where="good=true", every=3) == ["3", "6", "9"]
    keys = survey(DataSet(path, where="kind=odd", every=2))
    assert (keys.rows, keys.all_rows) == ([1, 5, 9], 10)


@pytest.mark.parametrize(
    ("line", "complaint"),
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
def test_a_wrong_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(f'{{"text": "D", "summary": "S"}}\n{line}\n')
    assert refused(DataSet(path)).startswith(f"{path}, {complaint}")


def test_files_that_cannot_be_read_are_a_sentence(tmp_path: Path) -> None:
    assert refused(DataSet(tmp_path / "none.jsonl")) == f"{tmp_path / 'none.jsonl'}: no such file"
    assert refused(DataSet(tmp_path / "none.parquet")) == f"{tmp_path / 'none.parquet'}: no such file"
    for name in ("d.parquet", "d.jsonl.xz", "d.jsonl.gz"):
        (tmp_path / name).write_bytes(b"\xff\x00nothing")
        assert refused(DataSet(tmp_path / name)).startswith(f"{tmp_path / name}: cannot be read")
    (tmp_path / "empty.jsonl").write_text("\n")
    assert refused(DataSet(tmp_path / "empty.jsonl")).endswith("holds no such pair")


def test_what_is_read_only_once_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    write(tmp_path / "references.txt", ROWS)
    complaint = "is read only once, but a data set is read again to score it; name a file"
    assert refused(DataSet(tmp_path / "pipe")) == f"{tmp_path / 'pipe'}: {complaint}"
    assert refused(DataSet(tmp_path / "references.txt", (tmp_path / "pipe",))) == f"{tmp_path / 'pipe'}: {complaint}"
    assert refused(DataSet(Path("-"))) == f"-: {complaint}"


def test_a_json_list_is_told_how_to_become_lines(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    for indent in (None, 1):
        path.write_text(json.dumps(ROWS, indent=indent))
        assert refused(DataSet(path)).startswith(f"{path}: is a JSON list, but an object a line is wanted")


# Predictions


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    return DataSet(write(tmp_path / "data.jsonl", ROWS))


def predictions(data: DataSet, path: Path, *fields: str, name: str | None = None, taken: Any = ()) -> dict[str, Any]:
    store = TextStore()
    names = load_predictions(PredictionFile(path, name, fields), survey(data), store, taken)
    return {system: [store.get(system, n) for n in range(len(survey(data).ids))] for system in names}


def wrong(data: DataSet, path: Path, *fields: str, **choices: Any) -> str:
    with pytest.raises(SummarizeError) as caught:
        predictions(data, path, *fields, **choices)
    return str(caught.value)


def test_predictions_are_matched_by_id(tmp_path: Path, data: DataSet) -> None:
    rows = [{"id": i, "prediction": f"p{i}"} for i in "cab"]
    expected = {"theirs": ["pa", "pb", "pc"]}
    for name in ("theirs.jsonl", "theirs.csv", "theirs.parquet", "theirs.jsonl.xz"):
        assert predictions(data, write(tmp_path / name, rows)) == expected
    assert predictions(data, write(tmp_path / "x.jsonl", rows), name="theirs") == expected


def test_lines_and_rows_without_ids_are_matched_by_order(tmp_path: Path, data: DataSet) -> None:
    (tmp_path / "out.txt").write_text("p1\n\np3\n")
    assert predictions(data, tmp_path / "out.txt") == {"out": ["p1", "", "p3"]}
    path = write(tmp_path / "out.jsonl", [{"summary": f"p{i}"} for i in (1, 2, 3)])
    assert predictions(data, path) == {"out": ["p1", "p2", "p3"]}


def test_files_of_a_folder_are_matched_by_name(tmp_path: Path, data: DataSet) -> None:
    (tmp_path / "system").mkdir()
    for id_ in "bca":
        (tmp_path / "system" / f"{id_}.txt").write_text(f"p{id_}")
    assert predictions(data, tmp_path / "system") == {"system": ["pa", "pb", "pc"]}


def test_a_table_may_hold_several_systems(tmp_path: Path, data: DataSet) -> None:
    rows = [{"id": i, "highlights": "no", "one": f"1{i}", "two": [f"2{i}", "."], "n": 3} for i in "abc"]
    path = write(tmp_path / "all.jsonl", rows)
    assert predictions(data, path) == {"one": [f"1{i}" for i in "abc"]}  # a list is not taken unasked
    both = {"two": [f"2{i}\n." for i in "abc"], "one": [f"1{i}" for i in "abc"]}
    assert predictions(data, path, "two", "one") == both
    assert list(predictions(data, path, "two", "one", name="x")) == ["x:two", "x:one"]
    assert wrong(data, path, "none").startswith(f"{path}, line 1: has no field 'none'")


def test_rows_of_scores_are_predictions_of_their_systems(tmp_path: Path, data: DataSet) -> None:
    rows = [{"id": i, "system": s, "prediction": f"{s}{i}"} for s in ("x", "y") for i in "abc"]
    found = predictions(data, write(tmp_path / "scores.jsonl", rows))
    assert found == {"x": ["xa", "xb", "xc"], "y": ["ya", "yb", "yc"]}


def test_predictions_that_do_not_fit_are_named(tmp_path: Path, data: DataSet) -> None:
    def of(*ids: str) -> Path:
        return write(tmp_path / "p.jsonl", [{"id": i, "prediction": "p"} for i in ids])

    path = tmp_path / "p.jsonl"
    assert wrong(data, of("a")) == (
        f"{path}: has no prediction for the document 'b' of {data.data}, line 2 (and 1 more)"
    )
    assert (
        wrong(data, of("a", "b", "x", "c")) == f"{path}, line 3: the id 'x' is not in {data.data}, whose first is 'a'"
    )
    assert wrong(data, of("a", "b", "a", "c")) == f"{path}, line 3: the id 'a' was at line 1 already"
    path.write_text('{"id": "a", "prediction": "p"}\n{"prediction": "p"}\n')
    assert wrong(data, path) == f"{path}, line 2: has no id, as the rows before it have"
    path.write_text('{"id": "a", "prediction": 5}\n')
    assert wrong(data, path).startswith(f"{path}, line 1: the field 'prediction' is neither text nor")
    path.write_text("")
    assert wrong(data, path) == f"{path}: holds no prediction"
    (tmp_path / "p.txt").write_text("one\ntwo\n")
    assert wrong(data, tmp_path / "p.txt") == (
        f"{tmp_path / 'p.txt'}: holds 2 predictions, but {data.data} holds 3 documents"
    )
    (tmp_path / "p.txt").write_text("one\n")
    assert "holds 1 prediction, but" in wrong(data, tmp_path / "p.txt")
    with pytest.raises(UsageError, match="there is a system called 'p' already"):
        predictions(data, of("a", "b", "c"), taken={"p"})


def test_an_id_that_a_data_set_has_twice_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", [ROWS[0], ROWS[1], ROWS[0]])
    other = write(tmp_path / "p.jsonl", [{"id": "a", "prediction": "p"}])
    assert wrong(DataSet(path), other) == f"{path}, line 3: the id 'a' was at {path}, line 1 already"


def test_a_part_of_a_data_set_takes_its_own_predictions(tmp_path: Path) -> None:
    part = DataSet(write(tmp_path / "data.jsonl", ROWS), every=2)
    rows = [{"id": i, "prediction": f"p{i}"} for i in "abc"]
    assert predictions(part, write(tmp_path / "p.jsonl", rows)) == {"p": ["pa", "pc"]}
    (tmp_path / "all.txt").write_text("1\n2\n3\n")
    (tmp_path / "part.txt").write_text("1\n3\n")
    assert predictions(part, tmp_path / "all.txt") == {"all": ["1", "3"]}
    assert predictions(part, tmp_path / "part.txt") == {"part": ["1", "3"]}


def test_half_a_character_does_not_stop_a_run(tmp_path: Path, data: DataSet) -> None:
    (tmp_path / "p.jsonl").write_text('{"prediction": "\\ud800x"}\n' * 3)
    assert predictions(data, tmp_path / "p.jsonl") == {"p": ["?x"] * 3}
