"""Text that comes from a document, made safe for the lines of a terminal."""

from __future__ import annotations

import unicodedata

# Joiners, the tags of flags, and signs before Arabic and Kaithi numbers.
_VISIBLE_FORMAT_CHARACTERS = frozenset(
    map(
        chr,
        (0x200C, 0x200D, *range(0xE0020, 0xE0080), *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD),
    )
)


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
    """A space for any kind of space; nothing for a format character, which may change the order of what is shown,
    unless it joins letters or emoji; for all else a mark that a character was there."""
    category = unicodedata.category(character)
    if category == "Cf":
        return character if character in _VISIBLE_FORMAT_CHARACTERS else ""
    return " " if category == "Zs" else "�"
