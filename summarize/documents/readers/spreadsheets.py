"""Spreadsheets: the rows of each sheet as lines of text, and the prose in their cells; XLSX and XLS files."""

from __future__ import annotations

import datetime
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.readers.zip_archive import Archive
from summarize.errors import DocumentError

_PROSE_WORDS = 12  # a cell with so many words and a full stop is prose
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)]?(?:\s|$)")
_DEFAULT_NAME = re.compile(r"(?:sheet|tabelle|feuil|hoja|foglio|blad|ark|table)\s?\d*", re.IGNORECASE)
MAX_CELLS = 5_000_000  # of a sheet, with the empty ones between others
MAX_HEADER_ROWS = 20  # at a sheet's top, among which the names of its columns are
_MAX_NAME = 60  # characters of a column's name


class Sheets:
    """Joins the sheets of a workbook to a text: of each sheet its name, its prose, then its rows.

    A row is "name: value | name: value" if the sheet's first full row names the columns, else its cells.
    """

    def __init__(self, source: str, options: ReadOptions) -> None:
        self._source, self._options = source, options
        self._sheets: list[tuple[str, list[list[str]]]] = []
        self._n_characters = 0

    def add(self, name: str, rows: Iterable[Sequence[str]]) -> None:
        """Add a sheet. rows: the texts of all cells, with the empty ones. Raises DocumentError if it is too large."""
        kept = []
        for row in rows:
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells):
                kept.append(cells)
                self._n_characters += sum(map(len, cells)) + len(cells)
            if self._n_characters > self._options.max_bytes:
                raise self._options.too_large(self._source)
        if kept:
            self._sheets.append((name, kept))

    def extracted(self) -> Extracted:
        """The text, with a section a sheet if the sheets have names of their own."""
        blocks = Blocks()
        for name, rows in self._sheets:
            if name and (len(self._sheets) > 1 or not _DEFAULT_NAME.fullmatch(name)):
                blocks.heading(name, 1)
            for text in _prose(rows):
                blocks.add(text)
            for line in _lines(rows):
                blocks.add(line)
        return blocks.extracted()


def _is_prose(cell: str) -> bool:
    return cell.count(" ") >= _PROSE_WORDS - 1 and bool(_SENTENCE_END.search(cell))


def _prose(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    return (cell for row in rows for cell in row if _is_prose(cell))


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Each row as a line, without its prose."""
    top = pairwise(rows[:MAX_HEADER_ROWS])
    header = next((i for i, (row, following) in enumerate(top) if _is_header(row, following)), None)
    for i, row in enumerate(rows):
        if i == header:
            continue
        names: Sequence[str] = rows[header] if header is not None and i > header else ()
        cells = [
            f"{names[k]}: {cell}" if k < len(names) and names[k] and names[k] != cell else cell
            for k, cell in enumerate(row)
            if cell and not _is_prose(cell)
        ]
        yield " | ".join(cells)


def _is_header(row: Sequence[str], following: Sequence[str]) -> bool:
    """Whether a row names the columns of those after it: short names, one for each cell of the next row."""
    names = [cell for cell in row if cell]
    if len(names) < 2 or len(set(names)) < len(names):
        return False
    if any(len(name) > _MAX_NAME or not any(map(str.isalpha, name)) for name in names):
        return False
    return all(k < len(row) and row[k] for k, cell in enumerate(following) if cell)


def read_xlsx(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The rows of a workbook's sheets, with formulas' results; no hidden sheets, comments or charts.

    Raises DocumentError if a sheet has too many cells.
    """
    import openpyxl

    unpacked = Archive(data, source, options).repacked()
    sheets = Sheets(source, options)
    with warnings.catch_warnings():  # about features that are not read here
        warnings.simplefilter("ignore")
        workbook = openpyxl.load_workbook(unpacked, read_only=True, data_only=True, keep_links=False)
        for sheet in workbook.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()  # those that the file declares may be far larger than the sheet is
                sheets.add(sheet.title, _rows(sheet, source, options))
    return sheets.extracted()


def _rows(sheet: Any, source: str, options: ReadOptions) -> Iterator[list[str]]:
    n_cells = 0
    for row in sheet.iter_rows():
        n_cells += len(row) + 1
        if n_cells > MAX_CELLS:
            raise options.too_large(f"{source}: the sheet {sheet.title}")
        yield [cell_text(cell.value, getattr(cell, "number_format", "") or "") for cell in row]


def read_xls(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The same of a workbook of Excel 5 to 2003. Raises DocumentError if it is protected by a password."""
    import xlrd

    try:
        book = xlrd.open_workbook(
            file_contents=_book_stream(data), logfile=io.StringIO(), on_demand=True, ragged_rows=True
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise DocumentError(f"{source}: is protected by a password") from None
        raise
    sheets = Sheets(source, options)
    for number in range(book.nsheets):
        sheet = book.sheet_by_index(number)
        if sheet.visibility == 0:
            sheets.add(sheet.name, ([_xls_text(cell, book.datemode) for cell in row] for row in sheet.get_rows()))
        book.unload_sheet(number)
    return sheets.extracted()


def _book_stream(data: bytes) -> bytes:
    """The stream of a workbook in an OLE file. (xlrd would look for it without end in some damaged files.)"""
    import olefile

    if not data.startswith(olefile.MAGIC):
        return data
    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        stream = ole.openstream("Workbook" if ole.exists("Workbook") else "Book")
        return bytes(stream.read())


def _xls_text(cell: Any, date_mode: int) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_ERROR:
        return ""
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return cell_text(bool(cell.value))
    if cell.ctype != xlrd.XL_CELL_DATE:
        return cell_text(cell.value)
    date = xlrd.xldate_as_datetime(cell.value, date_mode)
    return cell_text(date.time() if cell.value < 1 else date)


def cell_text(value: Any, number_format: str = "") -> str:
    """A cell's value as a person would write it; "" for an error such as #REF!."""
    if isinstance(value, datetime.datetime) and (value.time() != datetime.time() or "h" in number_format.lower()):
        return f"{cell_text(value.date())} {value:%H:%M}"
    if isinstance(value, datetime.date):
        return f"{value.day} {value:%B} {value.year}"
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number_text(value, number_format)
    text = "" if value is None else str(value)
    return "" if re.fullmatch(r"#[A-Z/0!?]+[!?A0]", text) else text


def _number_text(value: float, number_format: str) -> str:
    is_percentage = "%" in number_format
    if is_percentage:
        value *= 100
    decimals = re.search(r"[0#]\.(0+)", number_format)
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    text = f"{value:.{min(len(decimals[1]), 10) if decimals else 6}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = f"{value:.3g}" if value and float(text) == 0 else text
    return f"{text}%" if is_percentage else text
