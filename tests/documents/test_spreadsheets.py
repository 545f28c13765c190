"""XLSX and XLS: rows of sheets as lines, prose first, values as people write them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from summarize.documents.readers import spreadsheets
from summarize.documents.readers.spreadsheets import cell_text
from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, SECOND
from tests.helpers.office_makers import W, package, relationships, xls, xlsx_of


def test_the_first_row_names_the_columns(tmp_path: Path) -> None:
    rows = [["Ship", "Cars", "Sails"], ["Holm", 60, datetime.date(2026, 5, 4)], ["Easton", None, None]]
    text = read_one("a.xlsx", xlsx_of({"Sheet1": rows}), tmp_path).text
    assert text == "Ship: Holm | Cars: 60 | Sails: 4 May 2026\n\nShip: Easton"


def test_a_title_above_the_names_is_a_line(tmp_path: Path) -> None:
    rows = [["Ferries of the county"], [], ["Ship", "Cars"], ["Holm", 60]]
    assert (
        read_one("a.xlsx", xlsx_of({"Sheet1": rows}), tmp_path).text == "Ferries of the county\n\nShip: Holm | Cars: 60"
    )


def test_rows_without_names(tmp_path: Path) -> None:
    assert read_one("a.xlsx", xlsx_of({"Sheet1": [[1, 2], [3, 4]]}), tmp_path).text == "1 | 2\n\n3 | 4"


def test_prose_comes_before_the_rows(tmp_path: Path) -> None:
    rows = [["Name", "Note"], ["Bridge", FIRST], ["Harbour", SECOND]]
    text = read_one("a.xlsx", xlsx_of({"Sheet1": rows}), tmp_path).text
    assert text == f"{FIRST}\n\n{SECOND}\n\nName: Bridge\n\nName: Harbour"


def test_several_sheets_are_sections_and_hidden_ones_are_left_out(tmp_path: Path) -> None:
    sheets = {"Ships": [["Holm"]], "Off": [["secret"]], "Quays": [["North"]], "Empty": []}
    document = read_one("a.xlsx", xlsx_of(sheets, hidden=["Off"]), tmp_path)
    assert document.text == "Ships\n\nHolm\n\nQuays\n\nNorth"
    assert [section.title for section in document.sections] == ["Ships", "Quays"]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (120.0, "General", "120"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5678, "#,##0.00", "1234.57"),
        (0.125, "0.0%", "12.5%"),
        (1e-9, "General", "1e-09"),
        (True, "General", "yes"),
        (datetime.datetime(2026, 3, 12), "d.m.yy", "12 March 2026"),
        (datetime.datetime(2026, 3, 12, 14, 5), "d.m.yy h:mm", "12 March 2026 14:05"),
        (datetime.time(9, 30), "h:mm", "09:30"),
        ("#REF!", "General", ""),
        ("#1 in the list", "General", "#1 in the list"),
        (None, "General", ""),
    ],
)
def test_values(value: Any, number_format: str, text: str) -> None:
    assert cell_text(value, number_format) == text


def sheet_of(data: str, dimension: str = "") -> bytes:
    """A workbook with one sheet, written by hand."""
    s = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    r = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    book = (
        f'<workbook xmlns="{s}"><sheets><sheet name="Sheet1" sheetId="1" r:id="r1" xmlns:r="{r}"/></sheets></workbook>'
    )
    return package("xl/workbook.xml", content_type, {
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": relationships([("r1", "worksheet", "worksheets/sheet1.xml")]),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{s}">{dimension}<sheetData>{data}</sheetData></worksheet>',
    })  # fmt: skip


def test_a_declared_size_does_not_matter(tmp_path: Path) -> None:
    data = sheet_of('<row r="1"><c r="A1"><v>7</v></c></row>', '<dimension ref="A1:XFD1048576"/>')
    assert read_one("a.xlsx", data, tmp_path).text == "7"


def test_a_sheet_of_empty_cells_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MAX_CELLS", 100_000)
    rows = "".join(f'<row r="{i}"><c r="XFD{i}"><v>7</v></c></row>' for i in range(1, 20))
    assert "the sheet Sheet1: is larger than" in error_of("a.xlsx", sheet_of(rows), tmp_path)


def test_a_word_document_named_as_a_workbook_is_read_as_what_it_is(tmp_path: Path) -> None:
    word = package(
        "word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        {"word/document.xml": f'<d xmlns="{W}"><body><p><r><t>{FIRST}</t></r></p></body></d>'},
    )
    assert read_one("a.xlsx", word, tmp_path).text == FIRST


def test_xls(tmp_path: Path) -> None:
    data = xls([["Ship", "Cars"], ["Holm", 60], ["Easton", 48.5]], "Ferries")
    document = read_one("a.xls", data, tmp_path)
    assert document.text == "Ferries\n\nShip: Holm | Cars: 60\n\nShip: Easton | Cars: 48.5"
    assert [section.title for section in document.sections] == ["Ferries"]
    assert error_of("b.xls", xls([["secret"]], is_hidden=True), tmp_path) == ": holds no text"
