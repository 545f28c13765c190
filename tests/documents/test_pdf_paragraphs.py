"""Lines of a PDF joined to paragraphs: headings, notes, captions, items."""

from __future__ import annotations

from pathlib import Path

from summarize.documents.readers.pdf_page import Line, Page, Piece
from summarize.documents.readers.pdf_page import _line as joined_line
from summarize.documents.readers.pdf_paragraphs import paragraphs
from tests.helpers import makers
from tests.helpers.documents import read_one
from tests.helpers.drawings import WORDS, Drawing, wrapped
from tests.helpers.makers import FIRST, PARAGRAPHS, SECOND, THIRD


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


def test_text_in_a_larger_type_than_a_table_is_no_heading(tmp_path: Path) -> None:
    drawing = Drawing().page()
    for i in range(24):
        drawing.put(20, 60 + 5 * i, f"Year {i} of the bridge had many ships, cars and carts of all kinds in it", 8)
    for i, line in enumerate(
        ["The amounts borrowed by", "town and county for the", "bridge were paid back in", "full by 1911."]
    ):
        drawing.put(20 + 5 * (i % 2), 20 + 9 * i, line, 10)
    assert drawing.read(tmp_path).sections == ()


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


def test_a_line_above_a_table_does_not_go_on_below_it() -> None:
    page = page_of(["Income level of the county", "Low | 60", THIRD, THIRD])
    page.lines[1].is_row = True
    assert paragraphs([page], {}).text == f"Income level of the county\n\nLow | 60\n\n{THIRD} {THIRD}"


def test_paragraphs_by_gaps_and_indents(tmp_path: Path) -> None:
    drawing = Drawing().page().lines(20, 30, wrapped(FIRST, 60)).lines(20, 47, wrapped(SECOND, 60))
    assert drawing.read(tmp_path).text == f"{FIRST}\n\n{SECOND}"
    lines = [*wrapped(f"#{FIRST}", 53), *wrapped(f"#{SECOND}", 55), *wrapped(f"#{THIRD}", 53)]
    drawing = Drawing().page()
    for i, line in enumerate(lines):
        drawing.put(26 if line[0] == "#" else 20, 30 + 5 * i, line.lstrip("#"))
    assert drawing.read(tmp_path).text == "\n\n".join(PARAGRAPHS)


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


def page_of(lines: list[str], size: float = 12) -> Page:
    """A page of lines below each other, of one width."""
    return Page([Line(text, 50, 700 - 15 * i, 500, 700 - 15 * i + size) for i, text in enumerate(lines)], 600, 800)


def test_list_items_are_paragraphs() -> None:
    lines = [THIRD, "\u2022 " + FIRST, "\u2022 " + SECOND, "and so on."]
    assert paragraphs([page_of(lines)], {}).text == f"{THIRD}\n\n\u2022 {FIRST}\n\n\u2022 {SECOND} and so on."


def test_marks_of_items_in_a_font_of_symbols() -> None:
    piece = Piece("\uf076", 50, 700, 58, 712, False)
    for space in (" ", ""):
        line = joined_line([piece, Piece(FIRST, 62, 700, 300, 712, False, space)])
        assert line.text == f"\u2022 {FIRST}"
    for text in ("\uf731\uf739\uf738\uf734 was a good year", "\uf001nal results"):  # in fonts with letters of their own
        assert joined_line([Piece(text, 50, 700, 300, 712, False)]).text == text


def test_lines_in_fonts_of_other_heights_are_of_one_paragraph() -> None:
    """What goes on with an unfinished sentence right below it does not wait for a line in the first font."""
    texts = ["The ferry stopped at the pier where", "many people had waited since the", "early morning, and it left at"]
    heights = (12.3, 8.7, 12.3)
    lines = [Line(text, 54, 700 - 12 * i, 300, 700 - 12 * i + heights[i]) for i, text in enumerate(texts)]
    assert paragraphs([Page(lines, 595, 842)], {}).text == " ".join(texts)


def test_rows_of_figures_are_not_joined() -> None:
    rows = ["Maine 13,278 13,077 12,950", "New York 9,258 n/a 10,108"]
    assert paragraphs([page_of(rows)], {}).text == "\n\n".join(rows)


def test_lines_and_divided_words_are_joined(tmp_path: Path) -> None:
    data = makers.pdf([[FIRST.replace("vehicles", "vehi-\ncles"), SECOND, THIRD]], width=60)
    text = read_one("a.pdf", data, tmp_path).text
    assert "14,200 vehicles a day" in text
    assert " ".join(text.split()) == " ".join(PARAGRAPHS)


def test_a_compound_keeps_its_hyphen_if_the_text_has_it_elsewhere(tmp_path: Path) -> None:
    line = "The well-known mayor of the old town came. It was a well-\nknown harbour, and vehi-\ncles came."
    text = read_one("a.pdf", makers.pdf([[line]], width=120), tmp_path).text
    assert "a well-known harbour, and vehicles came" in text
