"""The words of a page of a PDF with their boxes, beside the text and PDFium's own boxes, one by one."""

from __future__ import annotations

import re

import pypdfium2
import pytest

from summarize.documents.readers.pdf_words import PageText, Words
from tests.helpers.drawings import WORDS, Drawing, wrapped


def words_of(drawing: Drawing, *, in_pieces: bool) -> tuple[str, Words, pypdfium2.PdfTextPage]:
    page = pypdfium2.PdfDocument(bytes(drawing.pdf.output()))[0].get_textpage()
    text = page.get_text_range()
    characters = PageText(page, text, lambda boxes: boxes)
    characters.is_plain &= in_pieces  # otherwise no line is asked about as a whole
    return text, characters.words(), page


def drawing() -> Drawing:
    drawn = Drawing().page().lines(20, 30, wrapped(WORDS, 80)).raised(20, 120, [("It was 10", "6"), ("", "")])
    drawn.put(20, 140, "A B C D E F")
    return drawn.lines(20, 160, ["mast  nine", "x"])


def test_words_are_those_between_white_space() -> None:
    text, words, _ = words_of(drawing(), in_pieces=False)
    found = [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)]
    assert found == re.findall(r"[^\s\0]+", text)
    lines = [line.split() for line in re.split(r"[\r\n\0]+", text) if line.strip()]
    assert [sum(words.lines == number) for number in range(len(lines))] == list(map(len, lines))


@pytest.mark.parametrize("in_pieces", [False, True])
def test_boxes_are_pdfiums(in_pieces: bool) -> None:
    _, words, page = words_of(drawing(), in_pieces=in_pieces)
    for places, boxes in ((words.starts, words.first), (words.ends - 1, words.last)):
        expected = [page.get_charbox(int(place), loose=True) for place in places]
        assert boxes.tolist() == [pytest.approx(box) for box in expected]


def test_a_line_drawn_at_once_is_one_word() -> None:
    text, words, _ = words_of(drawing(), in_pieces=True)
    found = [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)]
    assert found[: len(wrapped(WORDS, 80))] == wrapped(WORDS, 80)
    assert "A" in found  # letters that may stand apart


def test_an_empty_page_has_no_words() -> None:
    _, words, _ = words_of(Drawing().page(), in_pieces=True)
    assert len(words.starts) == len(words.first) == 0
