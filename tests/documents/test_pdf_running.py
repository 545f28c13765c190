"""What stands beside the text of a PDF: headers, footers, page numbers, line numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import makers
from tests.helpers.documents import read_one
from tests.helpers.drawings import WORDS, Drawing, wrapped
from tests.helpers.makers import FIRST, PARAGRAPHS, SECOND, THIRD


@pytest.mark.parametrize("n_pages", [2, 3, 6])
def test_headers_and_footers_that_stand_apart(n_pages: int, tmp_path: Path) -> None:
    drawing = Drawing()
    for i in range(n_pages):
        drawing.page().put(20, 12, f"Harbour Gazette, number {i + 7}")
        drawing.lines(20, 30, [f"{line} {'abcdef'[i]}" for line in wrapped(WORDS, 80)])
        drawing.put(20, 285, f"Confidential - {i + 1} of {n_pages}")
    text = drawing.read(tmp_path).text
    assert "Gazette" not in text
    assert "Confidential" not in text
    assert text.count("Carrow Point") == n_pages


@pytest.mark.parametrize("number", ["1", "- 1 -", "Page 1", "Page 1 of 1", "1/1", "i"])
def test_the_number_of_a_single_page(number: str, tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 30, wrapped(WORDS, 80))
    drawing.put(100, 285, number)
    assert drawing.read(tmp_path).text == WORDS


def test_small_lines_in_the_margins_of_a_single_page(tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 30, wrapped(WORDS, 80))
    drawing.put(20, 10, "Harbour Gazette, May 2024", 8)
    drawing.put(20, 290, "Printed by Lund and Sons for the town of Saltmere", 8)
    assert drawing.read(tmp_path).text == WORDS


@pytest.mark.parametrize(("y", "size"), [(10, 10.0), (10, 14.0), (25, 8.0), (290, 10.0)])
def test_other_lines_at_the_edges_of_a_single_page_are_kept(y: float, size: float, tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 40, wrapped(WORDS, 80))
    drawing.put(20, y, "The bridge is closed", size)
    assert "The bridge is closed" in drawing.read(tmp_path).text


def test_what_a_browser_prints_at_the_edges(tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 30, wrapped(WORDS, 80))
    drawing.put(20, 10, "Harbour news - https://example.org/bridge", 8)
    drawing.put(20, 290, "1 of 1", 8)
    drawing.put(150, 290, "15.9.2007 11:02", 8)
    assert drawing.read(tmp_path).text == WORDS


def test_a_text_that_every_page_repeats_is_kept(tmp_path: Path) -> None:
    clause = "The hall may be used by all members of the club."
    drawing = Drawing()
    for i in range(4):
        drawing.page().lines(
            20, 20, [clause, f"{i + 1}. Hall of {['north', 'south', 'east', 'west'][i]}", clause, "Rent", clause]
        )
    assert drawing.read(tmp_path).text.count(clause) == 12
    pages = [[*wrapped(WORDS, 80)]] * 4
    assert read_one("b.pdf", makers.pdf(pages, width=150), tmp_path).text.count("Carrow Point") == 4


def test_text_at_the_edges_of_two_pages_is_kept(tmp_path: Path) -> None:
    drawing = Drawing()
    for rest in (FIRST, SECOND):
        drawing.page().lines(20, 30, ["Dear Anna,", *wrapped(rest, 80), "Yours, Bob"])
    text = drawing.read(tmp_path).text
    assert text.count("Dear Anna,") == text.count("Yours, Bob") == 2


@pytest.mark.parametrize("x", [10, 200])
@pytest.mark.parametrize("step", [1, 5])
@pytest.mark.parametrize("by_row", [False, True])
def test_line_numbers(x: float, step: int, by_row: bool, tmp_path: Path) -> None:
    lines = wrapped(f"{WORDS} {WORDS} {WORDS} {WORDS} {WORDS}", 80)
    drawing = Drawing().page()
    for i, line in enumerate(lines, 1):
        if by_row and i % step == 0:
            drawing.put(x, 40 + 6 * i, str(i))
        drawing.put(20, 40 + 6 * i, line)
    for i in range(step, 0 if by_row else len(lines) + 1, step):
        drawing.put(x, 40 + 6 * i, str(i))
    text = drawing.read(tmp_path).text
    assert " ".join(text.split()) == f"{WORDS} {WORDS} {WORDS} {WORDS} {WORDS}"


def test_line_numbers_of_a_short_page(tmp_path: Path) -> None:
    lines = wrapped(" ".join([WORDS] * 4), 80)[:11]
    drawing = Drawing().page().lines(20, 40, lines, step=6)
    for n in (5, 10):
        drawing.put(10, 40 + 6 * (n - 1), str(n))
    assert " ".join(drawing.read(tmp_path).text.split()) == " ".join(lines)


def test_numbers_of_rows_are_kept(tmp_path: Path) -> None:
    drawing = Drawing().page()
    for i, text in enumerate(PARAGRAPHS * 2):
        drawing.put(12, 40 + 25 * i, str(i + 1))
        drawing.lines(20, 40 + 25 * i, wrapped(text, 30))
    assert all(str(i) in drawing.read(tmp_path).text.split() for i in range(1, 7))


def test_headers_that_differ_from_page_to_page(tmp_path: Path) -> None:
    drawing = Drawing()
    for i, header in enumerate(["Harbours 12 (2023) 101", "102 The journal of harbours", "A. Brand 103"]):
        drawing.page().put(20, 12, header)
        drawing.lines(20, 30, [f"{line} {'abc'[i]}" for line in wrapped(WORDS, 80)])
    text = drawing.read(tmp_path).text
    assert not any(word in text for word in ("101", "journal", "Brand"))
    assert text.count("Carrow Point") == 3


def test_numbers_in_the_text_are_kept(tmp_path: Path) -> None:
    lines = [
        "The seats of the last vote were as follows, by party:",
        "Left",
        "12",
        "Right",
        "9",
        "Green",
        "31",
        "Others",
        "4",
    ]
    text = Drawing().page().lines(20, 40, lines).read(tmp_path).text
    assert [word for word in text.split() if word.isdigit()] == ["12", "9", "31", "4"]


def test_running_headers_are_left_out(tmp_path: Path) -> None:
    pages = [
        [f"Annual report {year}", PARAGRAPHS[i % 3], f"page {i + 1} of 4"]
        for i, year in enumerate((2020, 2021, 2022, 2023))
    ]
    text = read_one("a.pdf", makers.pdf(pages), tmp_path).text
    assert "Annual report" not in text
    assert "page" not in text
    assert text.count(FIRST) == 2
    same = read_one("b.pdf", makers.pdf([[FIRST, SECOND], [FIRST, THIRD]]), tmp_path).text
    assert same.count(FIRST) == 2  # twice is no habit


def test_page_numbers_of_a_few_pages_are_left_out(tmp_path: Path) -> None:
    lines = [" ".join(letter * n for n in range(3, 9)) for letter in "abcdefgh"]  # no two pages have a line in common
    pages = [[line, line[::-1], line.upper()] + ([str(i)] if i >= 5 else []) for i, line in enumerate(lines)]
    text = read_one("a.pdf", makers.pdf(pages), tmp_path).text
    assert text.split() == [word for line in lines for word in (f"{line} {line[::-1]} {line.upper()}").split()]


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    contents = [f"{i} Chapter {i} {'. ' * 20} {i * 7}" for i in range(1, 6)]
    text = read_one("a.pdf", makers.pdf([[*contents, FIRST, "It goes on... and on."]], width=150), tmp_path).text
    assert " ".join(text.split()) == f"{FIRST} It goes on... and on."
