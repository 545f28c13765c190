"""CSV and TSV: names in the first line, then rows of as many cells; a row that is not so is named, never mended.

Python's csv module parses them. This module finds the separator, keeps count of lines, and goes on after a row whose
quotation marks do not pair.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import Any

from summarize.documents.document import ReadOptions
from summarize.documents.encodings import marked_encoding, refuse_binary, text_lines
from summarize.errors import DocumentError

Row = tuple[str, dict[str, Any] | str]  # position ("line 3"), and its fields or what is wrong with it
SEPARATORS = ",;\t|"  # of a file called CSV
MAX_HELD_CHARACTERS = 200_000  # of rows that are held back after a wrong one
NEVER_CLOSED = "opens a quotation mark that is never closed"
WRONG_QUOTES = 'has a quotation mark in the wrong place (within a quoted cell, it is written twice: "")'
QUOTE_PROBLEMS = (NEVER_CLOSED, WRONG_QUOTES)
NUL = "has a NUL character, which is not text"


def delimited_rows(
    stream: io.BufferedReader, head: bytes, format: str, source: str, options: ReadOptions
) -> tuple[list[str], int, Iterator[Row]]:
    """(names of the columns, their line number, rows) of a CSV or TSV file; no names if the file is empty.

    Raises DocumentError if the first line is not one of names, and, while rows are taken, for a row that is too large.
    """
    if not marked_encoding(head):
        refuse_binary(head, source, allow_nul=True)
    lines = _Lines(text_lines(stream, head, source, options), source, options)
    csv.field_size_limit(2**31 - 1)  # a process-wide setting, shorter than many documents; _Lines has the limit
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        return [], 0, iter(())
    lines.give_back(1)
    lines.begin_row()
    separator = "\t" if format == "tsv" else _separator(first)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    location = f"{source}, line {lines.number + 1}"
    try:
        names = next(reader)
    except csv.Error as error:
        raise DocumentError(f"{location}: {_quote_problem(error)}") from None
    if lines.has_nul:
        raise DocumentError(f"{location}: is not text (it has control bytes)")
    return names, lines.number, _DelimitedRows(reader, lines, names).rows()


def _separator(line: str) -> str:
    """What stands between the names in the first line of a CSV file: a comma, unless it has none and another mark."""
    return "," if "," in line else max(SEPARATORS, key=line.count)


def _quote_problem(error: csv.Error) -> str:
    return NEVER_CLOSED if "unexpected end" in str(error) else WRONG_QUOTES


class _Lines:
    """The lines of a file, with their numbers, from which lines can be given back.

    number: of the last line taken. of_row: the lines taken since begin_row().
    """

    def __init__(self, lines: Iterator[str], source: str, options: ReadOptions) -> None:
        self._lines, self._source, self._options = lines, source, options
        self._given_back: deque[str] = deque()
        self._n_characters = 0
        self.number = 0
        self.of_row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next line. Raises DocumentError if the row has more characters than a document may."""
        line = self._given_back.popleft() if self._given_back else next(self._lines)
        self.number += 1
        self.of_row.append(line)
        self._n_characters += len(line)
        if self._n_characters > self._options.max_bytes:
            raise self._options.too_large(f"{self._source}, line {self.first_number}: a row")
        return line

    @property
    def first_number(self) -> int:
        """The number of the row's first line."""
        return self.number - len(self.of_row) + 1

    @property
    def has_nul(self) -> bool:
        """Whether the row has a NUL character."""
        return any("\0" in line for line in self.of_row)

    def begin_row(self) -> None:
        """Forget the lines of the row before."""
        self.of_row, self._n_characters = [], 0

    def give_back(self, n_lines: int) -> None:
        """Put the last lines of the row back: they are the next to be taken."""
        for _ in range(n_lines):
            line = self.of_row.pop()
            self._given_back.appendleft(line)
            self._n_characters -= len(line)
        self.number -= n_lines


class _DelimitedRows:
    """The rows of a file, and the way back to them after a row that is wrong.

    A wrong quotation mark makes the parser take lines of text for rows, or rows for the text of a cell. So only the
    first line of a wrong row is given up. The lines after it are parsed as rows, but held back until a quotation mark
    decides: if it stands where it may, they were rows; if not, they were text of the wrong row. In a file whose cells
    may have several lines, all these lines are given up, for a line of text can look like a row.

    A quotation mark in the middle of a cell is no fault in files whose writer never puts cells in quotation marks.
    """

    def __init__(self, reader: Iterator[list[str]], lines: _Lines, names: list[str]) -> None:
        self._reader, self._lines, self._names = reader, lines, names
        # What there was in the rows so far: cells in quotation marks, marks in other cells, cells of several lines.
        self._has_quoted_cells = any('"' in line for line in lines.of_row)
        self._has_bare_marks = False
        self._has_long_rows = False

    def rows(self) -> Iterator[Row]:
        """Each row, or what is wrong with it, in order."""
        while (row := self._next_row()) is not None:
            problem = row[1]
            if isinstance(problem, str) and (problem in QUOTE_PROBLEMS or (problem != NUL and self._has_quoted_cells)):
                yield from self._rows_after(problem)
            else:
                yield self._with_all_lines(row)

    def _rows_after(self, problem: str) -> Iterator[Row]:
        """The wrong row that was parsed last, and the rows after it until it is known that they are rows."""
        self._has_quoted_cells = not self._has_bare_marks
        first_line = self._lines.first_number
        last_line = self._give_up()
        held: list[Row] = []
        n_characters = 0
        while n_characters < MAX_HELD_CHARACTERS and (row := self._next_row()) is not None:
            if row[1] in QUOTE_PROBLEMS:
                held, last_line = [], self._give_up()
                break
            is_row = isinstance(row[1], dict) and any('"' in line for line in self._lines.of_row)
            if self._has_long_rows and not is_row:
                last_line = self._lines.number
            else:
                held.append(self._with_all_lines(row))
            if is_row:
                break
            n_characters += sum(map(len, self._lines.of_row))
        yield f"line {first_line}", problem + _lines_of_it(first_line + 1, last_line)
        yield from held

    def _give_up(self) -> int:
        """Give up the row that was parsed last, or only its first line; the number of the last line given up."""
        if not self._has_long_rows:
            self._lines.give_back(len(self._lines.of_row) - 1)
        return self._lines.number

    def _with_all_lines(self, row: Row) -> Row:
        """The row that was parsed last; what is wrong with it names its other lines, too."""
        position, fields = row
        if not isinstance(fields, str):
            return row
        return position, fields + _lines_of_it(self._lines.first_number + 1, self._lines.number)

    def _next_row(self) -> Row | None:
        """The next row that is not blank, by its last line, or what is wrong with it, by its first; None at the end."""
        while True:
            self._lines.begin_row()
            try:
                cells = next(self._reader, None)
            except csv.Error as error:
                return f"line {self._lines.first_number}", _quote_problem(error)
            if cells is None:
                return None
            if len(cells) > 1 or (cells and (len(self._names) == 1 or cells[0].strip())):
                fields = self._fields(cells)
                is_row = isinstance(fields, dict)
                return f"line {self._lines.number if is_row else self._lines.first_number}", fields

    def _fields(self, cells: list[str]) -> dict[str, Any] | str:
        """The cells by their names, or what is wrong with them."""
        if self._lines.has_nul:
            return NUL
        if self._has_wrong_mark(cells):
            return WRONG_QUOTES
        n_cells, n_names = len(cells), len(self._names)
        if n_cells == n_names:
            self._has_long_rows |= len(self._lines.of_row) > 1
            return dict(zip(self._names, cells, strict=True))
        problem = f"has {_count(n_cells, 'cell')}, but the first line has {_count(n_names, 'name')}"
        return f"{problem}; a cell that holds the separator needs quotation marks" if n_cells > n_names else problem

    def _has_wrong_mark(self, cells: list[str]) -> bool:
        """Whether a cell holds a quotation mark but is not in quotation marks, though other cells of the file are."""
        text = "".join(self._lines.of_row)
        if '"' not in text:
            return False
        bare = any('"' in cell and '"{}"'.format(cell.replace('"', '""')) not in text for cell in cells)
        if bare and not self._has_quoted_cells:
            self._has_bare_marks = True
        elif not bare and not self._has_bare_marks:
            self._has_quoted_cells = True
        return bare and not self._has_bare_marks


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _lines_of_it(first: int, last: int) -> str:
    """What to add to what is wrong with a row if these lines are given up with it."""
    if first > last:
        return ""
    return f"; {f'line {last} seems' if first == last else f'lines {first} to {last} seem'} to belong to it"
