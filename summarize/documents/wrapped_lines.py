"""Hard-wrapped lines to paragraphs: lines are joined where a program has wrapped them; items of lists stay items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_ITEM = re.compile(r"(?:[-*•·‣◦▪●○–—+]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\[[ xX]\])\s+\S")
_RULE = re.compile(r"\W{3,}$")
_MIN_WIDTH, _MAX_WIDTH = 60, 100  # characters; a longer line has not been wrapped
_ALMOST_FULL = 0.85  # of the width; people and programs do not always wrap at the same column


def wrapped_paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """The paragraphs of lines, with single spaces: parted by blank lines, by items, and by lines that end early."""
    width = max([len(line) for line in lines if len(line) <= _MAX_WIDTH] + [_MIN_WIDTH])
    open_lines: list[str] = []
    for line in lines:
        stripped = line.strip()
        if open_lines and not _continues(open_lines[-1], stripped, width):
            yield " ".join(" ".join(open_lines).split())
            open_lines.clear()
        if stripped and not _RULE.match(stripped):
            open_lines.append(stripped)
    if open_lines:
        yield " ".join(" ".join(open_lines).split())


def is_item(line: str) -> bool:
    """Whether a line begins an item of a list."""
    return _ITEM.match(line) is not None


def _continues(line: str, following: str, width: int) -> bool:
    """Whether a line was wrapped, and the following one goes on with it."""
    if not following or is_item(following) or _RULE.match(following):
        return False
    if following[0].islower() or following[0] in ",;.)":
        return True
    first_word = following.split(maxsplit=1)[0]
    return len(line) <= _MAX_WIDTH and len(line) + 1 + len(first_word) > _ALMOST_FULL * width
