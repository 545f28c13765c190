"""PDF: lines to paragraphs, headings from the outline, and nothing of page headers and footers."""

from __future__ import annotations

from pathlib import Path

from summarize.documents.pdf import paragraphs
from tests.helpers import makers
from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, PARAGRAPHS, SECOND, THIRD, TITLES

FILES = makers.every_format()


def test_lines_and_divided_words_are_joined(tmp_path: Path) -> None:
    data = makers.pdf([[FIRST.replace("vehicles", "vehi-\ncles"), SECOND, THIRD]], width=60)
    text = read_one("a.pdf", data, tmp_path).text
    assert "14,200 vehicles a day" in text
    assert " ".join(text.split()) == " ".join(PARAGRAPHS)


def test_sections_are_those_of_the_outline(tmp_path: Path) -> None:
    document = read_one("a.pdf", makers.outlined_pdf(), tmp_path)
    assert [(s.title, s.level) for s in document.sections] == [(TITLES[0], 1), (f"1.1 {TITLES[1]}", 2)]
    assert [document.text[s.start : s.end].split() for s in document.sections] == [
        [*TITLES[0].split(), *FIRST.split()],
        ["1.1", *TITLES[1].split(), *SECOND.split(), *THIRD.split()],
    ]


def test_a_compound_keeps_its_hyphen_if_the_text_has_it_elsewhere(tmp_path: Path) -> None:
    line = "The well-known mayor of the old town came. It was a well-\nknown harbour, and vehi-\ncles came."
    text = read_one("a.pdf", makers.pdf([[line]], width=120), tmp_path).text
    assert "a well-known harbour, and vehicles came" in text


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


def test_list_items_are_paragraphs() -> None:
    lines = [THIRD, "\u2022 " + FIRST, "\u2022 " + SECOND, THIRD]  # of about one length
    assert paragraphs([lines], {}).text == f"{THIRD}\n\n\u2022 {FIRST}\n\n\u2022 {SECOND} {THIRD}"


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    contents = [f"{i} Chapter {i} {'. ' * 20} {i * 7}" for i in range(1, 6)]
    text = read_one("a.pdf", makers.pdf([[*contents, FIRST, "It goes on... and on."]], width=150), tmp_path).text
    assert " ".join(text.split()) == f"{FIRST} It goes on... and on."


def test_protected_scanned_and_damaged_files_are_refused(tmp_path: Path) -> None:
    assert error_of("a.pdf", makers.pdf([[FIRST]], password="x"), tmp_path) == ": is protected by a password"
    assert "has no text, only pictures of it" in error_of("a.pdf", makers.pdf([[], []]), tmp_path)
    assert "is damaged, or is not PDF" in error_of("a.pdf", FILES[".pdf"][:100], tmp_path)
