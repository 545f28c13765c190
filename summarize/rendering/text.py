"""Text that comes from a document, made safe for a terminal's lines."""

from __future__ import annotations


def printable(text: str) -> str:
    """Text without control characters: what it says cannot move a cursor or change a colour."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)


def heading(source: str) -> str:
    """A document's name, or a message that may hold one, on one line."""
    return printable(source).replace("\n", "�").replace("\t", "�")
