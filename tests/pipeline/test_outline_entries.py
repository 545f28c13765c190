"""The entries of an outline: few enough to read, whatever the headings of the document are."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.errors import UsageError
from summarize.pipeline.outline_entries import MAX_ENTRIES, outline_entries
from summarize.pipeline.request import Sectioned, Sections


def sectioned(levels: list[int]) -> Sectioned:
    """A text with sections of ten characters, named by their numbers."""
    sections = tuple((10 * i, 10 * i + 10, str(i)) for i in range(len(levels)))
    return Sectioned("x" * 10 * len(levels), sections, levels=tuple(levels))


def titles(sections: Sections) -> list[str]:
    return [title for _, _, title in sections]


@pytest.mark.parametrize("levels", [[], [1], [1, 2, 2], [1] * MAX_ENTRIES])
def test_a_few_sections_are_all_entries(levels: list[int]) -> None:
    assert outline_entries(sectioned(levels)) == sectioned(levels).sections


def test_of_many_sections_the_highest_levels_are_taken() -> None:
    entries = outline_entries(sectioned([1, *[2, *[3] * 30] * 2] * 20))
    assert len(entries) == 60
    assert titles(entries)[:4] == ["0", "1", "32", "63"]
    assert entries[1] == (10, 320, "1")  # with the deeper sections below it


@pytest.mark.parametrize("levels", [[1, *[2] * 1000], [2] * 1001, [1, *[2] * 1000, 1]])
def test_neighbours_of_one_level_become_one_entry(levels: list[int]) -> None:
    text = sectioned(levels)
    entries = outline_entries(text)
    assert len(entries) == MAX_ENTRIES
    assert titles(entries)[0] == "0 – 9"
    assert entries[-1][1] == len(text.text)


def test_titles_that_are_the_same_are_told_once() -> None:
    sections = tuple((i, i + 1, "Note") for i in range(400))
    assert set(titles(outline_entries(Sectioned("x" * 400, sections)))) == {"Note"}


@given(st.lists(st.integers(1, 6), max_size=600))
def test_entries_are_few_and_leave_out_nothing(levels: list[int]) -> None:
    text = sectioned(levels)
    entries = outline_entries(text)
    assert len(entries) <= MAX_ENTRIES
    assert bool(entries) == bool(levels)
    assert all(a[1] == b[0] for a, b in pairwise(entries))
    assert not entries or (entries[0][0], entries[-1][1]) == (text.sections[0][0], len(text.text))
    Sectioned(text.text, entries)  # in order, and within the text


@pytest.mark.parametrize("levels", [(1, 2), 3, ("a",)])
def test_levels_are_of_all_sections_or_none(levels: Any) -> None:
    with pytest.raises(UsageError, match=r"^levels=.*: must be as many numbers as sections"):
        Sectioned("text", ((0, 4, "a"),), levels=levels)
