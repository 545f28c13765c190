"""The lines of a page of a PDF: superscripts, and text that is not meant to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from summarize.documents.readers.pdf_page import Piece
from summarize.documents.readers.pdf_page import _line as joined_line
from tests.helpers.documents import read_one
from tests.helpers.drawings import WORDS, Drawing, wrapped


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (
            [("It was sold in 1911", "3"), (" and again in 1920", "4,5"), (".", "")],
            "It was sold in 1911 and again in 1920.",
        ),
        ([("They made 4 x 10", "6"), (" bottles a year.", "")], "They made 4 x 10^6 bottles a year."),
        ([("The hall has 900 m", "2"), (" of floor.", "")], "The hall has 900 m2 of floor."),
        ([("It opens on the 5", "th"), (" of May.", "")], "It opens on the 5th of May."),
        ([("The mayor", "a"), (" has agreed", "*"), (".", "")], "The mayor has agreed."),
    ],
)
def test_superscripts(parts: list[tuple[str, str]], text: str, tmp_path: Path) -> None:
    assert Drawing().page().raised(20, 40, parts).read(tmp_path).text == text


@pytest.mark.parametrize(("text", "height"), [("478", 7.3), ("47", 11)])
def test_figures_of_old_style_are_no_superscripts(text: str, height: float) -> None:
    """Seven reaches below the line, and eight does not; a mark of a note stands higher."""
    pieces = [Piece("47", 212, 687.7 - height, 221, 687.7, False), Piece("8", 221, 681.7, 225, 687.7, False, "")]
    assert joined_line(pieces).text == text


def test_rotated_doubled_tiny_and_outer_text_is_left_out(tmp_path: Path) -> None:
    drawing = Drawing().page()
    for _ in range(2):
        drawing.lines(20, 30, wrapped(WORDS, 80))
    with drawing.pdf.rotation(45, 100, 150):
        drawing.put(60, 150, "Draft of May", 40)
    with drawing.pdf.rotation(90, 10, 150):
        drawing.put(10, 150, "arXiv stamp of the margin")
    drawing.put(20, 200, "Too small to be seen", 1)
    drawing.put(400, 100, "Beside the page")
    assert drawing.read(tmp_path).text == WORDS


def test_invisible_text_is_left_out_unless_it_is_that_of_a_scan(tmp_path: Path) -> None:
    def drawing(shown: list[str], hidden: list[str]) -> Drawing:
        drawing = Drawing().page().lines(20, 30, shown)
        drawing.pdf.text_mode = "INVISIBLE"
        return drawing.lines(20, 100, hidden)

    assert drawing(wrapped(WORDS, 80), ["Buy now!"]).read(tmp_path).text == WORDS
    assert WORDS in drawing(["Scanned in 2004"], wrapped(WORDS, 80)).read(tmp_path).text


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_pages_that_are_turned(rotation: int, tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 30, wrapped(WORDS, 80))
    data = bytes(drawing.pdf.output()).replace(b"/Type /Page\n", b"/Type /Page\n/Rotate %d\n" % rotation)
    assert read_one("a.pdf", data, tmp_path).text == WORDS


def test_letters_that_stand_apart_are_words(tmp_path: Path) -> None:
    drawing = Drawing().page()
    x = 20.0
    for letter in "CHAPTER ONE":
        if letter == " ":
            x += 4
            continue
        drawing.put(x, 20, letter, 12)
        x += 6
    assert drawing.lines(20, 40, wrapped(WORDS, 80)).read(tmp_path).text.startswith("CHAPTER ONE")


def test_a_raised_figure_of_full_size(tmp_path: Path) -> None:
    drawing = Drawing().page()
    x = drawing.put(20, 30, "It was sold in 1911")
    x = drawing.put(x, 28.6, "3")
    drawing.put(x, 30, " and again.")
    assert drawing.read(tmp_path).text == "It was sold in 1911 and again."
