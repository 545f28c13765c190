"""PDF: the cases, sections by the outline, files that cannot be read, and parts that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import makers
from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, SECOND, THIRD, TITLES

FILES = makers.every_format()
CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("columns", "move its nine staff to the town hall. The building is to be sold for at least 400,000 crowns."),
        (
            "columns",
            "\n\nHeavy rain has washed out the road to Easton, and the school bus will not run until Thursday.",
        ),
        ("columns", "\n\nThe ferry company has ordered two electric ships for the line to Holm."),
        (
            "superscript",
            "was finished in 2019 and holds 40 million cubic metres of water. About 60 people worked on it,",
        ),
        ("superscript", "31 million crowns. The mayor"),
        ("two-pages", "the county has asked the port to pay the rest because most of the lorries"),
        ("line-numbers", "THE COURT: When did the county know of it? MR. HALE: In October."),
    ],
)
def test_cases(name: str, text: str, tmp_path: Path) -> None:
    assert text in read_one("a.pdf", (CASES / f"pdf-{name}.pdf").read_bytes(), tmp_path).text


def test_cases_without_headers_and_numbers(tmp_path: Path) -> None:
    two_pages = read_one("a.pdf", (CASES / "pdf-two-pages.pdf").read_bytes(), tmp_path).text
    assert two_pages.startswith("The county will close")
    assert two_pages.endswith("last week of May.")
    numbered = read_one("b.pdf", (CASES / "pdf-line-numbers.pdf").read_bytes(), tmp_path).text
    assert not [line for line in numbered.split() if line.isdigit() and line != "9"]
    assert "Alder" not in numbered


def test_a_damaged_page_is_left_out_with_a_note(tmp_path: Path) -> None:
    data = makers.pdf([[FIRST], [SECOND]])
    second = data.index(b"/Type /Page\n", data.index(b"/Type /Page\n") + 1)
    document = read_one("a.pdf", data[:second] + b"/Type /Pxxx\n" + data[second + 12 :], tmp_path)
    assert document.text == FIRST
    assert document.notes == ("page 2 is damaged and is left out",)


def test_sections_are_those_of_the_outline(tmp_path: Path) -> None:
    document = read_one("a.pdf", makers.outlined_pdf(), tmp_path)
    assert [(s.title, s.level) for s in document.sections] == [(TITLES[0], 1), (f"1.1 {TITLES[1]}", 2)]
    assert [document.text[s.start : s.end].split() for s in document.sections] == [
        [*TITLES[0].split(), *FIRST.split()],
        ["1.1", *TITLES[1].split(), *SECOND.split(), *THIRD.split()],
    ]


def test_protected_scanned_and_damaged_files_are_refused(tmp_path: Path) -> None:
    assert error_of("a.pdf", makers.pdf([[FIRST]], password="x"), tmp_path) == ": is protected by a password"
    assert "has no text, only pictures of it" in error_of("a.pdf", makers.pdf([[], []]), tmp_path)
    assert "is damaged, or is not PDF" in error_of("a.pdf", FILES[".pdf"][:100], tmp_path)
