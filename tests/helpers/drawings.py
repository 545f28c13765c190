"""PDFs on which texts are put at places."""

from __future__ import annotations

import textwrap
from pathlib import Path

from fpdf import FPDF

from summarize.documents import Document
from tests.helpers.documents import read_one
from tests.helpers.makers import PARAGRAPHS

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

    def put_apart(self, x: float, y: float, texts: list[str], gap: float) -> Drawing:
        """Put texts beside each other by one command. gap: between them, in millimetres."""
        self.put(x, y, " ")
        gap_in_type = -gap * self.pdf.k / self.pdf.font_size_pt * 1000
        array = f" {gap_in_type:.0f} ".join(f"({text} )" for text in texts)
        place = f"{x * self.pdf.k:.2f} {(self.pdf.h - y) * self.pdf.k:.2f}"
        self.pdf._out(f"BT {place} Td [{array}] TJ ET")
        return self

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
    """The lines of a text. width: in characters."""
    return textwrap.wrap(text, width, break_on_hyphens=False)
