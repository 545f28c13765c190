"""PDF: lines to paragraphs, headings from the outline or by size, superscripts, and nothing beside the text."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from fpdf import FPDF

from summarize.documents import Document
from summarize.documents.pdf_page import Line, Page
from summarize.documents.pdf_paragraphs import paragraphs
from tests.helpers import makers
from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, PARAGRAPHS, SECOND, THIRD, TITLES

FILES = makers.every_format()
CASES = Path(__file__).parent / "cases"
WORDS = " ".join(PARAGRAPHS)


class Drawing:
    """A PDF on which texts are put at places, in millimetres from the upper left."""

    def __init__(self) -> None:
        self.pdf = FPDF()
        self.pdf.set_auto_page_break(False)

    def page(self) -> Drawing:
        """Begin a page."""
        self.pdf.add_page()
        return self

    def put(self, x: float, y: float, text: str, size: float = 10) -> float:
        """Put a text, and give the place of its end."""
        self.pdf.set_font("helvetica", size=size)
        self.pdf.text(x, y, text)
        return x + self.pdf.get_string_width(text)

    def lines(self, x: float, y: float, texts: list[str], size: float = 10, step: float = 5) -> Drawing:
        """Put lines below each other."""
        for i, text in enumerate(texts):
            self.put(x, y + step * i, text, size)
        return self

    def raised(self, x: float, y: float, parts: list[tuple[str, str]]) -> Drawing:
        """Put a line of texts, each with a superscript after it."""
        for text, mark in parts:
            x = self.put(x, y, text)
            x = self.put(x, y - 1.4, mark, 6.5) if mark else x
        return self

    def read(self, folder: Path) -> Document:
        """The document that is read of it."""
        return read_one("a.pdf", bytes(self.pdf.output()), folder)


def wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)


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


def test_the_rows_of_a_table_are_no_columns(tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 20, wrapped(FIRST, 90))
    for i, row in enumerate((("Ship", "Cars", "Built"), ("Holm", "60", "1998"), ("Easton", "48", "2004"))):
        for k, cell in enumerate(row):
            drawing.put(20 + 50 * k, 50 + 6 * i, cell)
    text = drawing.lines(20, 90, wrapped(SECOND, 90)).read(tmp_path).text
    rows = "Ship | Cars | Built\n\nHolm | 60 | 1998\n\nEaston | 48 | 2004"
    assert text == f"{FIRST}\n\n{rows}\n\n{SECOND}"


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


def test_headings_by_size_without_an_outline(tmp_path: Path) -> None:
    drawing = Drawing().page()
    drawing.lines(20, 20, ["The bridge at Carrow", "Point and its harbour"], 20, 9)
    drawing.put(20, 45, "History", 14)
    drawing.lines(20, 55, wrapped(WORDS, 80))
    drawing.put(20, 90, "Repairs", 14)
    document = drawing.lines(20, 100, wrapped(WORDS, 80)).read(tmp_path)
    assert [(s.title, s.level) for s in document.sections] == [
        ("The bridge at Carrow Point and its harbour", 1), ("History", 2), ("Repairs", 2),
    ]  # fmt: skip


def test_text_in_large_type_throughout_has_no_headings(tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 40, ["Closed on Monday", "for repairs of", "the roof"], 30, 14)
    drawing.put(20, 100, "The town", 8)
    assert drawing.read(tmp_path).sections == ()


def test_notes_below_the_text_are_left_out(tmp_path: Path) -> None:
    half = wrapped(f"{WORDS} {WORDS}", 80)
    drawing = Drawing().page().lines(20, 30, half[:4])
    drawing.raised(20, 200, [("", "1")])
    drawing.put(22, 200, "As the engineer said in a letter to the county.", 7)
    drawing.put(20, 204, "2 The letter is lost.", 7)
    text = drawing.page().lines(20, 30, half[4:]).read(tmp_path).text
    assert " ".join(text.split()) == f"{WORDS} {WORDS}"


def test_small_text_that_is_no_note_is_kept(tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 30, wrapped(WORDS, 80))
    drawing.lines(
        20, 100, ["2020 was the year of the fire.", "5.1: Build a coalition", "1 work-hour costs 85 crowns"], 8
    )
    assert "coalition" in drawing.read(tmp_path).text
    drawing = (
        Drawing()
        .page()
        .lines(20, 20, wrapped(f"{WORDS} {WORDS}", 80))
        .lines(20, 60, wrapped(f"1 {FIRST} " * 25, 80), 8)
    )
    drawing.page().lines(20, 20, wrapped(f"{WORDS} {WORDS} " * 10, 80))
    assert "1 The swing bridge" in drawing.read(tmp_path).text  # too much for notes


def test_a_caption_does_not_interrupt_a_sentence(tmp_path: Path) -> None:
    for n in (1, 3):  # the next line begins with a small letter, and with a capital one
        lines = wrapped(WORDS, 80)
        drawing = Drawing().page().lines(20, 30, lines[:n]).lines(20, 60, ["Figure 3. The bridge from the north."])
        text = drawing.lines(20, 80, lines[n:]).read(tmp_path).text
        assert text == f"{WORDS}\n\nFigure 3. The bridge from the north."


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


def test_paragraphs_by_gaps_and_indents(tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 30, wrapped(FIRST, 60)).lines(20, 47, wrapped(SECOND, 60))
    assert drawing.read(tmp_path).text == f"{FIRST}\n\n{SECOND}"
    lines = [*wrapped(f"#{FIRST}", 53), *wrapped(f"#{SECOND}", 55), *wrapped(f"#{THIRD}", 53)]
    drawing = Drawing().page()
    for i, line in enumerate(lines):
        drawing.put(26 if line[0] == "#" else 20, 30 + 5 * i, line.lstrip("#"))
    assert drawing.read(tmp_path).text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("mark", ["{}.", "({})", "\u2022"])
def test_items_whose_marks_stand_apart(mark: str, tmp_path: Path) -> None:
    drawing, y, items = Drawing().page(), 30.0, list[str]()
    for i, text in enumerate(PARAGRAPHS, 1):
        items.append(f"{mark.format(i)} {text}")
        drawing.put(22, y, mark.format(i).replace("\u2022", "-"))
        drawing.lines(32, y, wrapped(text, 60))
        y += 5 * len(wrapped(text, 60))
    assert drawing.read(tmp_path).text.replace("-", "\u2022") == "\n\n".join(items)


def test_a_narrow_block_is_one_paragraph(tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 30, wrapped(WORDS, 90)).lines(20, 70, wrapped("The Quay Hall. " + FIRST, 32))
    assert (
        drawing.lines(20, 110, wrapped(WORDS, 90)).read(tmp_path).text
        == f"{WORDS}\n\nThe Quay Hall. {FIRST}\n\n{WORDS}"
    )


def test_short_lines_are_items(tmp_path: Path) -> None:
    items = ["Apples and pears", "Plums", "Cherries of the north", "Nuts", "Quinces from Easton"]
    drawing = Drawing().page().lines(20, 30, wrapped(WORDS, 90)).lines(20, 70, items)
    assert drawing.read(tmp_path).text == "\n\n".join((WORDS, *items))


def test_a_raised_figure_of_full_size(tmp_path: Path) -> None:
    drawing = Drawing().page()
    x = drawing.put(20, 30, "It was sold in 1911")
    x = drawing.put(x, 28.6, "3")
    drawing.put(x, 30, " and again.")
    assert drawing.read(tmp_path).text == "It was sold in 1911 and again."


def test_a_damaged_page_is_left_out_with_a_note(tmp_path: Path) -> None:
    data = makers.pdf([[FIRST], [SECOND]])
    second = data.index(b"/Type /Page\n", data.index(b"/Type /Page\n") + 1)
    document = read_one("a.pdf", data[:second] + b"/Type /Pxxx\n" + data[second + 12 :], tmp_path)
    assert document.text == FIRST
    assert document.notes == ("page 2 is damaged and is left out",)


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


def page_of(lines: list[str], size: float = 12) -> Page:
    """A page of lines below each other, of one width."""
    return Page([Line(text, 50, 700 - 15 * i, 500, 700 - 15 * i + size) for i, text in enumerate(lines)], 600, 800)


def test_list_items_are_paragraphs() -> None:
    lines = [THIRD, "\u2022 " + FIRST, "\u2022 " + SECOND, "and so on."]
    assert paragraphs([page_of(lines)], {}).text == f"{THIRD}\n\n\u2022 {FIRST}\n\n\u2022 {SECOND} and so on."


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    contents = [f"{i} Chapter {i} {'. ' * 20} {i * 7}" for i in range(1, 6)]
    text = read_one("a.pdf", makers.pdf([[*contents, FIRST, "It goes on... and on."]], width=150), tmp_path).text
    assert " ".join(text.split()) == f"{FIRST} It goes on... and on."


def test_protected_scanned_and_damaged_files_are_refused(tmp_path: Path) -> None:
    assert error_of("a.pdf", makers.pdf([[FIRST]], password="x"), tmp_path) == ": is protected by a password"
    assert "has no text, only pictures of it" in error_of("a.pdf", makers.pdf([[], []]), tmp_path)
    assert "is damaged, or is not PDF" in error_of("a.pdf", FILES[".pdf"][:100], tmp_path)
