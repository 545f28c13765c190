"""Labels of list items: those with a neighbour among the labels of all lines."""

from __future__ import annotations

import pytest

from summarize.text.list_labels import is_in_list, line_labels
from summarize.text.sentences import sentence_spans


@pytest.mark.parametrize(
    ("label", "labels", "is_in"),
    [
        ("1.", "", True), ("2.", "1", True), ("2.", "3", True), ("12.", "9", False), ("i.", "ii", True),
        ("ii.", "i", True), ("iv)", "v", True), ("(a)", "b", True), ("c.", "", False), ("v.", "i ii", False),
        ("i.", "h", True), ("x.", "ix", True),
        ("02.", "1", True), ("٢.", "3", True), ("01.", "", True),
    ],
)  # fmt: skip
def test_neighbours(label: str, labels: str, is_in: bool) -> None:
    assert is_in_list(label, labels.split()) is is_in


def test_labels_of_lines() -> None:
    assert line_labels("1. one\n (b) two\niv) three\nxyz. no\n12.5 no\nA. no\nthe v. team") == {"1", "b", "iv"}
    assert line_labels("01. one\n02. two") == {"1", "2"}


@pytest.mark.parametrize("labels", ["i. ii. iii.", "a. b. c.", "(i) (ii) (iii)", "a) b) c)", "1. 2. 3."])
def test_items_are_sentences(labels: str) -> None:
    words = ("to close the bridge", "to open the ferry", "to ask the town")
    items = [f"{label} {text}" for label, text in zip(labels.split(), words, strict=True)]
    text = "\n".join(["We decided this:", *items])
    assert [text[start:end] for start, end in sentence_spans(text)] == ["We decided this:", *items]


def test_an_initial_at_a_lines_beginning_is_no_label() -> None:
    text = "The case was Roe\nv. Wade, and it was long."
    assert sentence_spans(text) == [(0, len(text))]
