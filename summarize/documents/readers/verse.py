"""Verse in the pages of a book: the lines of a stanza, which are often paragraphs, become one paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from summarize.documents.readers.zip_archive import attribute, local_name

MAX_LINE = 80  # characters; what is longer is a paragraph of prose
_VERSE = re.compile(r"(?:^|[\s_:-])(?:verse|stanza|poem|poetry|strophe|linegroup|lg)", re.IGNORECASE)
_BLOCKS = ("p", "div", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6")
_STANZAS = ("div", "section", "blockquote", "p", "li")


def join_verse_lines(page: Any) -> None:
    """Make one paragraph of the lines of each stanza: those in an element that is called one, and short paragraphs that
    each go on in the next."""
    for element in list(page.iter()):
        if local_name(element) in _STANZAS and _is_called_verse(element):
            lines = [child for child in element if local_name(child)]
            if len(lines) > 1 and all(
                local_name(line) in ("p", "div", "span", "br") and _is_line(line) for line in lines
            ):
                for line in lines:
                    _make_inline(line)
    for lines in list(_sentences_over_lines(page)):
        paragraph = lines[0].makeelement(lines[0].tag)
        lines[0].addprevious(paragraph)
        for line in lines:
            paragraph.append(line)
            _make_inline(line)


def _is_called_verse(element: Any) -> bool:
    return bool(_VERSE.search(f"{element.get('class') or ''} {attribute(element, 'type') or ''}"))


def _is_line(element: Any) -> bool:
    return not any(local_name(child) in _BLOCKS for child in element.iterdescendants())


def _make_inline(line: Any) -> None:
    """Make a paragraph an inline element that ends with white space."""
    if local_name(line) in _BLOCKS:
        line.tag = line.tag[: line.tag.rfind("}") + 1] + "span"
        line.tail = f"\n{line.tail or ''}"


def _sentences_over_lines(page: Any) -> Iterator[list[Any]]:
    """The sibling paragraphs of which each goes on in the next."""
    for parent in page.iter():
        chain: list[Any] = []
        last_text = ""
        for element in parent:
            is_line = local_name(element) == "p" and not (element.tail or "").strip() and _is_line(element)
            text = "".join(element.itertext()).strip() if is_line else ""
            if not goes_on(last_text, text):
                if len(chain) > 1:
                    yield chain
                chain = []
            chain.append(element)
            last_text = text
        if len(chain) > 1:
            yield chain


def goes_on(line: str, following: str) -> bool:
    """Whether a short line's sentence goes on in the following line, which then is no paragraph of its own."""
    if not line or not following or len(line) > MAX_LINE:
        return False
    if following[0].islower():
        return line[-1].isalpha() or line[-1] in ",;–—-’'"
    return line[-1] in ",;–—" and len(following.partition("\n")[0]) <= MAX_LINE
