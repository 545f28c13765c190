"""Runs of characters, some raised, as plain text."""

from __future__ import annotations

import pytest

from summarize.documents.readers.runs import joined_runs


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ([("in 2019", False), ("5", True), (" it", False)], "in 2019 it"),
        ([("in 2019", False), ("5", True), (",", True), ("6", True), (" it", False)], "in 2019 it"),
        ([("10", False), ("6", True), (" it", False)], "10^6 it"),
        ([("from", False), (" 1", True), ("⁄4 inch", False)], "from 1⁄4 inch"),
        ([("sold", False), ("1 ", True), ("it", False)], "sold it"),
        ([("all raised", True)], "all raised"),
        ([("  ", False), ("all raised", True)], "  all raised"),
        ([("sold", False), (" and a whole sentence that is raised for no reason at all", True)],
         "sold and a whole sentence that is raised for no reason at all"),
        ([], ""),
    ],
)  # fmt: skip
def test_joined_runs(runs: list[tuple[str, bool]], text: str) -> None:
    assert joined_runs(runs) == text


def test_many_runs_take_little_time() -> None:
    """The text before a mark is not copied for each mark."""
    runs = [("word ", False), ("1", True)] * 50_000
    assert joined_runs(runs) == "word " * 50_000
