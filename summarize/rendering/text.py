"""Text that comes from a document, made safe for a terminal's lines."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """Text without control characters: what it says cannot move a cursor or change a colour."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else _instead_of(c) for c in text)


def heading(source: str) -> str:
    """A document's name, or a message that may hold one, on one line."""
    return printable(source).replace("\n", "�").replace("\t", "�")


def passage(text: str) -> str:
    """A stretch of a document on one line."""
    return " ".join(printable("".join(" " if c.isspace() else c for c in text)).split())


def _instead_of(character: str) -> str:
    """A space of some kind is shown as a space, all else as a mark that something was there."""
    return " " if unicodedata.category(character) == "Zs" else "�"
