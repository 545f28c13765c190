"""Hard-wrapped lines to paragraphs: lines are joined where a program has wrapped them; items of lists stay items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from summarize.text.list_labels import is_in_list, line_labels

_BULLET = re.compile(r"(?:[-*•·‣◦▪●○–—+]|\[[ xX]\]|\(?(?:[a-zA-Z]|[ivx]{1,5})\))\s+\S")
_LETTER = re.compile(r"([a-z]|[ivx]{2,5})\.\s+\S")
_NUMBER = re.compile(r"\(?(\d{1,3})[.)]\s+\S")
_RULE = re.compile(r"\W{3,}$")
_MIN_WIDTH, _MAX_WIDTH = 60, 100  # characters; a longer line has not been wrapped
_ALMOST_FULL = 0.85  # of the width; people and programs do not always wrap at the same column


def wrapped_paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """The paragraphs of lines, with single spaces: parted by blank lines, by items, and by lines that end early."""
    width = max([len(line) for line in lines if len(line) <= _MAX_WIDTH] + [_MIN_WIDTH])
    labels = line_labels("\n".join(lines))
    paragraph: list[str] = []
    number = 0  # of the last item
    for line in lines:
        text = line.strip()
        item = _NUMBER.match(text)
        is_next = item is not None and int(item[1]) in (1, number + 1)
        is_next |= (letter := _LETTER.match(text)) is not None and is_in_list(letter[1], labels)
        if paragraph and (is_next or not _continues(paragraph[-1], text, width)):
            yield " ".join(" ".join(paragraph).split())
            paragraph.clear()
        if item and (is_next or not paragraph):
            number = int(item[1])
        if text and not _RULE.match(text):
            paragraph.append(text)
    if paragraph:
        yield " ".join(" ".join(paragraph).split())


def _continues(line: str, following: str, width: int) -> bool:
    """Whether a line was wrapped, and the following one goes on with it."""
    if not following or _BULLET.match(following) or _RULE.match(following):
        return False
    if following[0].islower() or following[0] in ",;.)":
        return True
    first_word = following.split(maxsplit=1)[0]
    return len(line) <= _MAX_WIDTH and len(line) + 1 + len(first_word) > _ALMOST_FULL * width
