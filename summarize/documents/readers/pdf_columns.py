"""The reading order of a page of a PDF: columns that are drawn row by row are read column by column; rows of tables.

Most files draw a page in the order in which it is read, column after column, and this order is kept. What is drawn row
by row, across gutters, is either columns of prose or a table.
"""

from __future__ import annotations

import math
import re
import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from summarize.documents.readers.pdf_page import BULLETS, Line

Row = list[Line]  # lines at one height, from left to right
Interval = tuple[float, float]

MAX_ITEM_GAP = 7.0  # from a list item's mark to its text, in heights of a line
MIN_LINES = 3  # of a column
MIN_TABLE_ROWS = 2
MAX_CELL = 30  # characters
MIN_CELLS, MIN_UPWARDS = 12, 2  # of a table of figures that is not drawn row by row
MIN_ROW = 3  # cells of a row, and such rows
MOST = 0.8  # of a block's characters
MAX_ROW_GAP = 2.5  # between the rows of one block, in heights of a line
MIN_GUTTER = 6  # points
NARROW, WIDE = 1.1, 2.0  # gutters, in heights of a line: a narrower one is none; a wide one is certain
MANY_ROWS = 4  # with a gutter that is not wide
FULL = 0.6  # of a column's width: how much of it a usual line of prose fills
UPWARDS = 3  # times as many steps up as down
MIN_WORDS = 3  # in a usual line of prose
_VALUE = re.compile(r"[-−+(]?[$£€]?\s?\d")  # in a row of a table whose cells are in no line with those of the others
_ITEM_MARK = re.compile(
    r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivx]{1,4})[.)]|\.?\d{1,3}(?:\.\d{1,3})+|\.\d{1,3}|[" + BULLETS + "]"
)


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """A page's lines in the order in which they are read. The cells of a table's row become one line."""
    ordered: list[Line] = []
    lines = sorted(lines, key=lambda line: -line.bottom) if _runs_upwards(lines) else _with_rows_together(lines)
    blocks = list(_blocks(list(_rows(lines))))
    gutters = {gutter for rows, columns, is_prose in blocks if is_prose for gutter in _gutters(columns)}
    is_table = False
    for block, columns, is_prose in blocks:
        was_table, is_table = is_table, False
        if len(columns) > 1 and (is_prose or _are_parted_by(block, columns, gutters)):
            cells = sorted((cell for row in block for cell in row), key=lambda cell: -cell.bottom)
            for column in _by_column(cells, columns):
                ordered += [joined(row, " ") for row in _rows(column)]
        else:
            n_of_table = sum(_is_of_table(row, columns) for row in block)
            is_table = n_of_table >= MIN_TABLE_ROWS and (len(columns) > 1 or 2 * n_of_table >= len(block))
            is_table |= (
                was_table and len(block[0]) > 2 and sum(_VALUE.match(cell.text) is not None for cell in block[0]) > 1
            )
            ordered += [joined(row, " | " if is_table and _is_of_table(row, columns) else " ") for row in block]
    return [line for line in ordered if line.has_words]


def _with_rows_together(lines: Sequence[Line]) -> list[Line]:
    """The lines, of which the cells of a table of figures that is drawn in another order stand row by row."""
    ordered = list[Line]()
    for is_cell, group in groupby(lines, key=lambda line: len(line.text) <= MAX_CELL):
        cells = list(group)
        n_upwards = sum(b.bottom > a.bottom + 0.5 * a.size for a, b in pairwise(cells))
        ordered += _by_row(cells) if is_cell and n_upwards >= MIN_UPWARDS and len(cells) >= MIN_CELLS else cells
    return ordered


def _by_row(cells: list[Line]) -> list[Line]:
    """The cells of a table row by row, below its head; as they are if they are no table of figures."""
    figures = [cell for cell in cells if _VALUE.match(cell.text)]
    if 2 * len(figures) < len(cells):
        return cells
    top = max(figure.top for figure in figures)
    rows = list(_level(sorted((cell for cell in cells if cell.bottom < top), key=lambda cell: -cell.bottom)))
    if sum(len(row) >= MIN_ROW for row in rows) < MIN_ROW:
        return cells
    head = [cell for cell in cells if cell.bottom >= top]
    return head + [cell for row in rows for cell in sorted(row, key=lambda cell: cell.left)]


def _level(cells: Iterable[Line]) -> Iterator[Row]:
    """Cells at one height, of cells from top to bottom."""
    row: Row = []
    for cell in cells:
        if row and not row[0].is_level_with(cell):
            yield row
            row = []
        row.append(cell)
    if row:
        yield row


def _blocks(rows: Sequence[Row]) -> Iterator[tuple[Sequence[Row], list[Interval], bool]]:
    """(rows, columns, whether they are prose) of each block of a page."""
    start = 0
    while start < len(rows):
        end, columns = _block(rows, start)
        block, is_prose = rows[start:end], False
        if len(columns) > 1:
            size = statistics.median(cell.size for row in block for cell in row)
            columns = _merged(columns, NARROW * size)
            is_prose = len(columns) > 1 and _is_prose(block, columns, size)
        yield block, columns, is_prose
        start = end


def _gutters(columns: Sequence[Interval]) -> list[Interval]:
    return [(a[1], b[0]) for a, b in pairwise(columns)]


def _are_parted_by(block: Sequence[Row], columns: Sequence[Interval], gutters: Iterable[Interval]) -> bool:
    """Whether a few rows, such as those between a heading and the next one, are in the columns of prose that the page
    has elsewhere: all their gaps are gutters there, and their lines are of several words."""
    gaps = _gutters(columns)
    are_gutters = all(any(gap[0] < gutter[1] and gutter[0] < gap[1] for gutter in gutters) for gap in gaps)
    cells = [cell for row in block for cell in row]
    return are_gutters and statistics.median(cell.text.count(" ") + 1 for cell in cells) >= MIN_WORDS


def _runs_upwards(lines: Sequence[Line]) -> bool:
    """Whether a page is drawn from the bottom to the top."""
    steps = Counter(b.bottom > a.bottom for a, b in pairwise(lines) if not a.is_level_with(b))
    return steps[True] > UPWARDS * steps[False] and steps[True] > 2


def _rows(lines: Sequence[Line]) -> Iterator[Row]:
    """Lines that are drawn one after the other at one height. A list item's mark is joined to its text."""
    row: Row = []
    for line in lines:
        if row and not (row[-1].is_level_with(line) and (line.left >= row[-1].right or line.right <= row[0].left)):
            yield _in_order(row)
            row = []
        row.append(line)
    if row:
        yield _in_order(row)


def _in_order(row: Row) -> Row:
    row = sorted(row, key=lambda cell: cell.left)
    is_item = (
        len(row) > 1 and _ITEM_MARK.fullmatch(row[0].text) and row[1].left - row[0].right < MAX_ITEM_GAP * row[0].size
    )
    return [joined(row[:2], " "), *row[2:]] if is_item else row


def _block(rows: Sequence[Row], start: int) -> tuple[int, list[Interval]]:
    """(end, columns) of the block of rows that begins at a row: those below each other that have common gutters."""
    end = start + 1
    if len(rows[start]) < 2:
        return end, []
    columns = _merged((cell.left, cell.right) for cell in rows[start])
    if len(columns) < 2:
        return end, columns
    while (
        end < len(rows) and _is_below(rows[end], rows[end - 1]) and not _have_new_gutter(rows[end : end + 2], columns)
    ):
        merged = _merged((*columns, *((cell.left, cell.right) for cell in rows[end])))
        is_first_gap_false = end == start + 1 and len(merged) > 1 and len(rows[end]) > 1  # a wide space in a line
        if len(merged) < len(columns) and not is_first_gap_false:
            break
        columns, end = merged, end + 1
    return end, columns


def _have_new_gutter(rows: Sequence[Row], columns: Sequence[Interval]) -> bool:
    """Whether two rows have a gap in common within one of the columns of the rows above them."""
    if len(rows) < 2 or min(map(len, rows)) < 2:
        return False
    gaps, next_gaps = ([(a[1], b[0]) for a, b in pairwise(_merged((c.left, c.right) for c in row))] for row in rows)
    inner = [gap for gap in gaps if gap[1] <= columns[_place(gap[0], columns)][1]]
    return any(
        min(gap[1], other[1]) - max(gap[0], other[0]) > MIN_GUTTER
        for gap in inner
        for other in next_gaps[max(0, bisect_left(next_gaps, gap) - 1) :][:2]
    )


def _place(x: float, columns: Sequence[Interval]) -> int:
    """The number of the last column that begins before a place."""
    return max(0, bisect_right(columns, (x, math.inf)) - 1)


def _is_of_table(row: Row, columns: Sequence[Interval]) -> bool:
    """Whether the cells of a row are in several columns, or far apart: not those of stretched prose."""
    if len(row) < 2:
        return False
    is_wide = any(b.left - a.right >= WIDE * a.size for a, b in pairwise(row))
    return is_wide or len({_place((cell.left + cell.right) / 2, columns) for cell in row}) > 1


def _by_column(cells: Sequence[Line], columns: Sequence[Interval]) -> list[list[Line]]:
    """The cells of each column, in their order."""
    found: list[list[Line]] = [[] for _ in columns]
    for cell in cells:
        found[_place((cell.left + cell.right) / 2, columns)].append(cell)
    return found


def _is_below(row: Row, previous: Row) -> bool:
    gap = previous[0].bottom - row[0].top
    return row[0].bottom < previous[0].bottom and gap < MAX_ROW_GAP * max(row[0].size, previous[0].size)


def _merged(intervals: Iterable[Interval], gap: float = 1) -> list[Interval]:
    """The union of intervals, from left to right. gap: the least one between two, in points."""
    merged: list[Interval] = []
    for left, right in sorted(intervals):
        if merged and left <= merged[-1][1] + gap:
            merged[-1] = merged[-1][0], max(right, merged[-1][1])
        else:
            merged.append((left, right))
    return merged


def _is_prose(rows: Sequence[Row], columns: Sequence[Interval], size: float) -> bool:
    """Whether the columns of a block are text that runs down each of them: lines of several words that fill it. Most of
    the characters must be in such columns, and in two of them at least. size: the height of a line."""
    if len(rows) < MANY_ROWS and any(b[0] - a[1] < WIDE * size for a, b in pairwise(columns)):
        return False  # a few lines with wide spaces at one place
    n_columns = n_prose = n_characters = 0
    cells = [cell for row in rows for cell in row]
    for column, lines in zip(columns, _by_column(cells, columns), strict=True):
        length = sum(len(line.text) for line in lines)
        n_characters += length
        if len(lines) >= MIN_LINES and _are_filled(lines, column):
            n_columns, n_prose = n_columns + 1, n_prose + length
    return n_columns >= 2 and n_prose > MOST * n_characters


def _are_filled(lines: Sequence[Line], column: Interval) -> bool:
    width = statistics.median(line.right - line.left for line in lines) / (column[1] - column[0])
    return width >= FULL and statistics.median(line.text.count(" ") + 1 for line in lines) >= MIN_WORDS


def joined(row: Row, separator: str) -> Line:
    """One line of the lines at one height."""
    if len(row) == 1:
        return row[0]
    largest = max(row, key=lambda cell: len(cell.text))
    return Line(
        separator.join(cell.text for cell in row),
        min(cell.left for cell in row),
        largest.bottom,
        max(cell.right for cell in row),
        largest.top,
        row[0].has_mark,
        separator.strip() != "",
    )
