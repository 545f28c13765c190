"""The reading order of a page of a PDF: columns, tables, items."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.drawings import WORDS, Drawing, wrapped
from tests.helpers.makers import FIRST, PARAGRAPHS, SECOND


@pytest.mark.parametrize("n_columns", [2, 3])
@pytest.mark.parametrize("by_row", [False, True])
def test_columns(n_columns: int, by_row: bool, tmp_path: Path) -> None:
    """Whatever the order in which they are drawn."""
    columns = [wrapped(WORDS, 80 // n_columns) for _ in range(n_columns)]
    places = [(i, k) for i in range(n_columns) for k in range(len(columns[0]))]
    drawing = Drawing().page()
    drawing.put(20, 20, "A heading over all columns", 16)
    for i, k in sorted(places, key=lambda place: place[::-1]) if by_row else places:
        drawing.put(20 + 175 / n_columns * i, 30 + 5 * k, columns[i][k])
    drawing.put(20, 250, "A line below all columns that is as wide as two of them, or even wider than that.")
    text = drawing.read(tmp_path).text
    assert text.startswith("A heading over all columns\n\n")
    assert " ".join(text.split()).count(WORDS) == n_columns


@pytest.mark.parametrize("n_above", [1, 2, 3, 8])
@pytest.mark.parametrize("size", [10.0, 14.0])
def test_a_few_rows_of_columns_above_a_heading(n_above: int, size: float, tmp_path: Path) -> None:
    """They are of the columns that the page has below the heading."""
    heading = "A heading that goes over both of the columns of the page, from left to right"
    columns = [wrapped(WORDS, 42), wrapped(f"But {WORDS}", 42)]
    drawing = Drawing().page().lines(20, 20, wrapped(FIRST, 90))
    for i in range(n_above):
        for k, column in enumerate(columns):
            drawing.put(20 + 90 * k, 50 + 5 * i, column[i])
    drawing.put(20, 51 + 5 * n_above, heading, size)
    for i in range(len(columns[0])):
        for k, column in enumerate(columns):
            drawing.put(20 + 90 * k, 61 + 5 * (n_above + i), column[i])
    above, below = drawing.read(tmp_path).text.split(f"\n\n{heading}\n\n")
    left, right = (" ".join(column[:n_above]) for column in columns)
    assert " ".join(above.split()) == f"{FIRST} {left} {right}"
    assert " ".join(below.split()) == f"{WORDS} But {WORDS}"


def test_the_rows_of_a_table_are_no_columns(tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 20, wrapped(FIRST, 90))
    for i, row in enumerate((("Ship", "Cars", "Built"), ("Holm", "60", "1998"), ("Easton", "48", "2004"))):
        for k, cell in enumerate(row):
            drawing.put(20 + 50 * k, 50 + 6 * i, cell)
    text = drawing.lines(20, 90, wrapped(SECOND, 90)).read(tmp_path).text
    rows = "Ship | Cars | Built\n\nHolm | 60 | 1998\n\nEaston | 48 | 2004"
    assert text == f"{FIRST}\n\n{rows}\n\n{SECOND}"


def test_a_table_of_figures_that_is_drawn_by_column(tmp_path: Path) -> None:
    """Its head stays above it."""
    rows = [["Holm", "60", "1998", "9"], ["Aud", "48", "2004", "7"], ["Elk", "32", "2011", "4"]]
    drawing = Drawing().page()
    for k, cell in enumerate(("Ship", "Cars", "Built", "Cost")):
        drawing.put(20 + 45 * k, 50, cell)
    for k in (1, 0, 3, 2):
        drawing.lines(20 + 45 * k, 56, [row[k] for row in rows], step=6)
    text = drawing.read(tmp_path).text
    assert text == "\n\n".join(" | ".join(row) for row in [["Ship", "Cars", "Built", "Cost"], *rows])


def test_rows_that_are_drawn_at_once(tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 20, wrapped(FIRST, 90))
    for i, row in enumerate((["Ship", "60", "1998"], ["Cars", "48", "2004"], ["Built", "12", "2011"])):
        drawing.put_apart(20, 50 + 6 * i, row, 20)
    text = drawing.read(tmp_path).text
    assert text == f"{FIRST}\n\nShip | 60 | 1998\n\nCars | 48 | 2004\n\nBuilt | 12 | 2011"


def test_stretched_lines_are_no_table(tmp_path: Path) -> None:
    """Below a row with a wide gap."""
    lines = wrapped(WORDS, 40)
    drawing = Drawing().page().put_apart(20, 20, ["The county of the harbour", "Part 7"], 60)
    for i, line in enumerate(lines):
        if i % 3 == 1:
            drawing.put_apart(20, 25 + 5 * i, line.split(), 5)
        else:
            drawing.put(20, 25 + 5 * i, line)
    assert WORDS in " ".join(drawing.read(tmp_path).text.split())


def test_words_that_are_drawn_apart_are_no_table(tmp_path: Path) -> None:
    """Below a row with a wide gap."""
    drawing = Drawing().page()
    drawing.lines(20, 20, ["The county"]).lines(120, 20, ["Part 7"])
    for i, line in enumerate(wrapped(WORDS, 40)):
        x = 20.0
        for word in line.split() if i % 3 == 0 else [line]:
            x = drawing.put(x, 25 + 5 * i, word) + 4.5
    assert WORDS in " ".join(drawing.read(tmp_path).text.split())


def test_a_row_whose_cells_are_not_in_line_with_the_others(tmp_path: Path) -> None:
    drawing, rows = (
        Drawing().page(),
        [("Ship", "Cars", "Built", "Cost"), ("Holm", "60", "1998", "9"), ("Aud", "48", "2004", "7")],
    )
    for i, row in enumerate(rows):
        for k, cell in enumerate(row):
            drawing.put(20 + 45 * k, 50 + 6 * i, cell)
    for x, cell in ((20, "The new ferry of the county, without lorries"), (110, "2011"), (155, "12")):
        drawing.put(x, 68, cell)
    drawing.lines(20, 74, wrapped(FIRST, 90))
    text = drawing.read(tmp_path).text
    assert f"Aud | 48 | 2004 | 7\n\nThe new ferry of the county, without lorries | 2011 | 12\n\n{FIRST}" in text


@pytest.mark.parametrize("mark", ["{}.", "({})", "\u2022"])
def test_items_whose_marks_stand_apart(mark: str, tmp_path: Path) -> None:
    drawing, y, items = Drawing().page(), 30.0, list[str]()
    for i, text in enumerate(PARAGRAPHS, 1):
        items.append(f"{mark.format(i)} {text}")
        drawing.put(22, y, mark.format(i).replace("\u2022", "-"))
        drawing.lines(32, y, wrapped(text, 60))
        y += 5 * len(wrapped(text, 60))
    assert drawing.read(tmp_path).text.replace("-", "\u2022") == "\n\n".join(items)
