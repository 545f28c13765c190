"""Labels of list items at the beginnings of lines: numbers, letters and Roman numerals; which of them make a list."""

from __future__ import annotations

import re
from collections.abc import Collection

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
LABEL = r"\(?(?:\d{1,3}|[a-z]|[ivx]{2,5})[.)]"  # "12.", "(a)", "iv)"
LABELLED_LINE = re.compile(rf"^[ \t]*({LABEL})[ \t]+(?=\S)", re.MULTILINE)


def line_labels(text: str) -> frozenset[str]:
    """The labels at the beginnings of all lines, without their marks."""
    return frozenset(map(_plain, LABELLED_LINE.findall(text)))


def item_labels(text: str) -> frozenset[int]:
    """Where, at the beginnings of lines, the labels of a list's items begin."""
    labels = line_labels(text)
    return frozenset(match.start(1) for match in LABELLED_LINE.finditer(text) if is_in_list(match[1], labels))


def is_in_list(label: str, labels: Collection[str]) -> bool:
    """Whether a label begins a list, or has a neighbour among those of all lines. One without is of no list: a line was
    wrapped before a number, or an initial."""
    label = _plain(label)
    if label == "1":
        return True
    return any(neighbour in labels for neighbour in _neighbours(label))


def _plain(label: str) -> str:
    """A label without its marks; a number without leading zeros, in Western digits."""
    label = label.strip("().")
    return str(int(label)) if label.isdecimal() else label


def _neighbours(label: str) -> list[str]:
    """The labels before and after one; "i" and its like are letters, and numerals, too."""
    if label.isdigit():
        return [str(int(label) - 1), str(int(label) + 1)]
    found = [chr(ord(label) + step) for step in (-1, 1)] if len(label) == 1 else []
    if label in _ROMAN:
        at = _ROMAN.index(label)
        found += _ROMAN[max(at - 1, 0) : at] + _ROMAN[at + 1 : at + 2]
    return found
