"""The parts of tables and reports that need no run: shared words, p-values, cells without a value."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from summarize.evaluation import ROUGE_TYPES, Settings
from summarize.evaluation.report.overlap import overlap
from summarize.evaluation.report.plots import shortened
from summarize.evaluation.report.tables import p_value, tables_of


@given(st.text(alphabet="ab cd.,\n’é", max_size=40), st.lists(st.text(alphabet="ab cd.", max_size=40), max_size=3))
def test_segments_are_the_text_itself(text: str, references: list[str]) -> None:
    assert "".join(segment.text for segment in overlap(text, references)) == text


def test_overlap_marks_what_rouge_counts() -> None:
    segments = overlap("The mayors opened, on Monday, it.", ["the mayor opens nothing", "it"])
    assert [(s.text, s.kind) for s in segments if s.kind] == [("The mayors opened", "run"), ("it", "word")]
    segments = overlap("The mayors opened", ["the mayor opens"], Settings(words="rouge-score", stemmer=False))
    assert [(s.text, s.kind) for s in segments if s.kind] == [("The", "word")]


def test_small_p_values_are_not_zero() -> None:
    assert (p_value(0.0001), p_value(0.0449)) == ("< 0.001", "0.045")


def test_a_cell_without_a_value_is_a_dash() -> None:
    score = {"precision": 0.5, "recall": 0.5, "fmeasure": 0.5, "low": None, "high": None}
    system: dict[str, Any] = {"name": "s", "measures": {}, **dict.fromkeys(ROUGE_TYPES, score)}
    (table,) = tables_of({"documents": 1, "systems": [system], "comparisons": []})
    assert table.rows[0] == ("s (1 documents)", "1", "50.00", "50.00", "50.00", "– – –")


def test_a_long_name_is_shortened_to_its_end() -> None:
    assert shortened("x" * 24) == "x" * 24
    assert shortened("abc" + "x" * 22) == "…c" + "x" * 22
