"""Text that comes from a document, made safe for the lines of a terminal."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """Text without control characters, so that it cannot move a cursor or change a colour."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else _substitute(c) for c in text)


def on_one_line(name: str) -> str:
    """A document's name, or a message that may contain one, on one line; line breaks and tabs are shown as �."""
    return printable(name).replace("\n", "�").replace("\t", "�")


def unwrapped(text: str) -> str:
    """Text of a document on one line, with single spaces."""
    return " ".join(printable("".join(" " if c.isspace() else c for c in text)).split())


def _substitute(character: str) -> str:
    """A space for any kind of space; for all else a mark that a character was there."""
    return " " if unicodedata.category(character) == "Zs" else "�"
