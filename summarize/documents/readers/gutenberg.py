"""Books of Project Gutenberg: what stands between its notices."""

from __future__ import annotations

import re

_NAME = "project gutenberg"
# "*** START OF THE PROJECT GUTENBERG EBOOK EMMA ***", whose title may be wrapped, and how older files begin and end.
_START = re.compile(
    r"^[ \t]*\*{2,6}[ \t]*START OF (?:THE|THIS) PROJECT GUTENBERG[^*]{0,400}\*{2,6}[^\n]*$"
    r"|^[ \t]*\*?END[* ]+(?:OF )?THE SMALL PRINT![^\n]*(?:\n[^\n]*\*END\*[^\n]*)?$",
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(
    r"^[ \t]*\*{2,6}[ \t]*END OF (?:THE|THIS) PROJECT GUTENBERG"
    r"|^[ \t]*\*{0,3}[ \t]*End of (?:the |this )?Project Gutenberg(?:['’]s)?(?: (?:e-?book|e-?text)| [A-Z])"
    r"|^[ \t]*\*{3}START: FULL LICENSE\*{3}",
    re.IGNORECASE | re.MULTILINE,
)
_CREDITS = re.compile(
    r"\s*(?:produced by|e-?text prepared by|transcribed (?:by|from)|this e-?(?:text|book) was)\b.*(?:\n.+)*",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"\[Illustration(?::[^\]]{0,500})?\]", re.IGNORECASE)
_ITALICS = re.compile(r"(?<!\w)_(?=\S)([^_]{1,300})_(?!\w)")


def without_notices(text: str) -> str:
    """The book itself, if the text is one of Project Gutenberg; otherwise the text."""
    if _NAME not in text[:20_000].lower():
        return text
    starts = [start.end() for start in _START.finditer(text)]
    begin = starts[-1] if starts else 0
    end = _END.search(text, begin)
    if not starts and end is None:
        return text
    book = text[begin : end.start() if end else len(text)]
    if credits := _CREDITS.match(book):
        book = book[credits.end() :]
    book = _ITALICS.sub(r"\1", _PICTURE.sub("", book)).strip("\n")
    return book if book.strip() else text
