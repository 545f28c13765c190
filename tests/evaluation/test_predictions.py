"""Predictions in every file format, matched to a data set by id or by order; messages for those that do not match."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from summarize.errors import SummarizeError, UsageError
from summarize.evaluation import DataSet, PredictionFile
from summarize.evaluation.predictions import TextStore, load_predictions
from summarize.evaluation.run import index_documents
from tests.helpers.evaluations import ROWS, write_table


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    return DataSet(write_table(tmp_path / "data.jsonl", ROWS))


def predictions(
    data: DataSet, path: Path, *fields: str, name: str | None = None, taken_names: Any = ()
) -> dict[str, Any]:
    store = TextStore()
    names = load_predictions(PredictionFile(path, name, fields), index_documents(data), store, taken_names)
    return {system: [store.get(system, n) for n in range(len(index_documents(data).ids))] for system in names}


def refusal_of(data: DataSet, path: Path, *fields: str, **options: Any) -> str:
    with pytest.raises(SummarizeError) as caught:
        predictions(data, path, *fields, **options)
    return str(caught.value)


def test_predictions_are_matched_by_id(tmp_path: Path, data: DataSet) -> None:
    rows = [{"id": i, "prediction": f"p{i}"} for i in "cab"]
    expected = {"theirs": ["pa", "pb", "pc"]}
    for name in ("theirs.jsonl", "theirs.csv", "theirs.parquet", "theirs.jsonl.xz"):
        assert predictions(data, write_table(tmp_path / name, rows)) == expected
    assert predictions(data, write_table(tmp_path / "x.jsonl", rows), name="theirs") == expected


def test_lines_and_rows_without_ids_are_matched_by_their_order(tmp_path: Path, data: DataSet) -> None:
    (tmp_path / "out.txt").write_text("p1\n\np3\n")
    assert predictions(data, tmp_path / "out.txt") == {"out": ["p1", "", "p3"]}
    path = write_table(tmp_path / "out.jsonl", [{"summary": f"p{i}"} for i in (1, 2, 3)])
    assert predictions(data, path) == {"out": ["p1", "p2", "p3"]}


def test_files_of_a_folder_are_matched_by_name(tmp_path: Path, data: DataSet) -> None:
    (tmp_path / "system").mkdir()
    for id_ in "bca":
        (tmp_path / "system" / f"{id_}.txt").write_text(f"p{id_}")
    assert predictions(data, tmp_path / "system") == {"system": ["pa", "pb", "pc"]}


def test_a_table_may_hold_several_systems(tmp_path: Path, data: DataSet) -> None:
    rows = [{"id": i, "highlights": "no", "one": f"1{i}", "two": [f"2{i}", "."], "n": 3} for i in "abc"]
    path = write_table(tmp_path / "all.jsonl", rows)
    assert predictions(data, path) == {"one": [f"1{i}" for i in "abc"]}  # a list is used only if it is named
    of_both = {"two": [f"2{i}\n." for i in "abc"], "one": [f"1{i}" for i in "abc"]}
    assert predictions(data, path, "two", "one") == of_both
    assert list(predictions(data, path, "two", "one", name="x")) == ["x:two", "x:one"]
    assert refusal_of(data, path, "none").startswith(f"{path}, line 1: has no field 'none'")


def test_one_of_several_text_fields_has_to_be_named(tmp_path: Path, data: DataSet) -> None:
    path = write_table(tmp_path / "all.jsonl", [{"id": i, "url": "u", "my system": "s", "n": 3} for i in "abc"])
    assert refusal_of(data, path) == (
        f"{path}, line 1: has several text fields; name those that hold summaries, of: --prediction-field url "
        "--prediction-field 'my system'"
    )
    assert predictions(data, path, "my system") == {"my system": ["s"] * 3}


def test_a_summary_beside_other_text_is_the_prediction(tmp_path: Path, data: DataSet) -> None:
    rows = [{"id": i, "title": "t", "url": "u", "summary": f"s{i}"} for i in "abc"]
    assert predictions(data, write_table(tmp_path / "p.jsonl", rows)) == {"p": ["sa", "sb", "sc"]}


def test_a_data_sets_own_summary_is_no_prediction(tmp_path: Path) -> None:
    path = write_table(tmp_path / "d.jsonl", [{"id": "a", "text": "D", "summary": "S", "system": "P"}])
    assert predictions(DataSet(path), path) == {"system": ["P"]}


def record(source: str, summary: str | None, **fields: Any) -> dict[str, Any]:
    """A record as this program writes it."""
    error = None if summary is not None else "could not be read"
    settings = {"model": "news", "request": {}, "read": {"words": 9}, "error": error}
    return {"source": source, "summary": summary, "sentences": [], **settings, **fields}


def test_records_of_this_program_are_predictions(tmp_path: Path, data: DataSet) -> None:
    rows = [record(i, None if i == "b" else f"s{i}", title="t", highlights="h") for i in "cab"]
    assert predictions(data, write_table(tmp_path / "p.jsonl", rows)) == {"p": ["sa", "", "sc"]}


def test_records_of_rows_without_ids_are_matched_by_line(tmp_path: Path) -> None:
    data = DataSet(write_table(tmp_path / "data.jsonl", [{"text": "D", "summary": "S"}] * 3))
    rows = [record(f"elsewhere/data.jsonl:{n}", f"s{n}") for n in (3, 1, 2)]
    assert predictions(data, write_table(tmp_path / "p.jsonl", rows)) == {"p": ["s1", "s2", "s3"]}


def test_rows_of_scores_are_predictions_of_their_systems(tmp_path: Path, data: DataSet) -> None:
    rows = [{"id": i, "system": s, "prediction": f"{s}{i}"} for s in ("x", "y") for i in "abc"]
    systems = predictions(data, write_table(tmp_path / "scores.jsonl", rows))
    assert systems == {"x": ["xa", "xb", "xc"], "y": ["ya", "yb", "yc"]}


def test_predictions_that_do_not_match_the_data_set_are_refused(tmp_path: Path, data: DataSet) -> None:
    def of(*ids: str) -> Path:
        return write_table(tmp_path / "p.jsonl", [{"id": i, "prediction": "p"} for i in ids])

    path = tmp_path / "p.jsonl"
    assert refusal_of(data, of("a")) == (
        f"{path}: has no prediction for the document 'b' of {data.data}, line 2 (and 1 more)"
    )
    assert (
        refusal_of(data, of("a", "b", "x", "c"))
        == f"{path}, line 3: the id 'x' is not in {data.data}, whose first is 'a'"
    )
    assert refusal_of(data, of("a", "b", "a", "c")) == f"{path}, line 3: the id 'a' was at line 1 already"
    path.write_text('{"id": "a", "prediction": "p"}\n{"prediction": "p"}\n')
    assert refusal_of(data, path) == f"{path}, line 2: has no id, but the rows before it have one"
    path.write_text('{"prediction": "p"}\n{"id": "a", "prediction": "p"}\n{"id": "b", "prediction": "p"}\n')
    assert refusal_of(data, path) == f"{path}, line 2: has the id 'a', but the rows before it have none"
    path.write_text('{"id": "a", "prediction": 5}\n')
    assert refusal_of(data, path).startswith(f"{path}, line 1: the field 'prediction' is neither text nor")
    path.write_text("")
    assert refusal_of(data, path) == f"{path}: holds no prediction"
    (tmp_path / "p.txt").write_text("one\ntwo\n")
    assert refusal_of(data, tmp_path / "p.txt") == (
        f"{tmp_path / 'p.txt'}: holds 2 predictions, but {data.data} holds 3 documents"
    )
    (tmp_path / "p.txt").write_text("one\n")
    assert "holds 1 prediction, but" in refusal_of(data, tmp_path / "p.txt")
    with pytest.raises(UsageError, match="there is a system called 'p' already"):
        predictions(data, of("a", "b", "c"), taken_names={"p"})


def test_an_id_that_occurs_twice_in_a_data_set_is_refused(tmp_path: Path) -> None:
    path = write_table(tmp_path / "d.jsonl", [ROWS[0], ROWS[1], ROWS[0]])
    other = write_table(tmp_path / "p.jsonl", [{"id": "a", "prediction": "p"}])
    assert refusal_of(DataSet(path), other) == f"{path}, line 3: the id 'a' was at {path}, line 1 already"


def test_a_subset_of_a_data_set_takes_its_own_predictions(tmp_path: Path) -> None:
    subset = DataSet(write_table(tmp_path / "data.jsonl", ROWS), every=2)
    rows = [{"id": i, "prediction": f"p{i}"} for i in "abc"]
    assert predictions(subset, write_table(tmp_path / "p.jsonl", rows)) == {"p": ["pa", "pc"]}
    (tmp_path / "all.txt").write_text("1\n2\n3\n")
    (tmp_path / "part.txt").write_text("1\n3\n")
    assert predictions(subset, tmp_path / "all.txt") == {"all": ["1", "3"]}
    assert predictions(subset, tmp_path / "part.txt") == {"part": ["1", "3"]}


def test_a_lone_surrogate_is_replaced(tmp_path: Path, data: DataSet) -> None:
    (tmp_path / "p.jsonl").write_text('{"prediction": "\\ud800x"}\n' * 3)
    assert predictions(data, tmp_path / "p.jsonl") == {"p": ["�x"] * 3}
