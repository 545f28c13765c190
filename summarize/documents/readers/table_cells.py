"""Rows of tables in office files: a row of cells is a line; cells that are laid out by a table are blocks of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Block = tuple[str, int]  # a text, and its level if it is a heading, or 0

LONG_CELL = 240  # characters: such a cell holds prose


def row_blocks(cells: Sequence[Sequence[Block]]) -> Iterator[Block]:
    """What a row of a table is: a line with its cells, or all that is in them if it has only one, or one with prose."""
    cells = [cell for cell in cells if cell]
    if len(cells) == 1 or any(sum(len(text) for text, _ in cell) > LONG_CELL for cell in cells):
        for cell in cells:
            yield from cell
    elif cells:
        yield " | ".join(" ".join(" ".join(text for text, _ in cell).split()) for cell in cells), 0
