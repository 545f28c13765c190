"""Verse in the pages of a book: the lines of a stanza, which are often paragraphs, become one paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from summarize.documents.zip_archive import attribute, local_name

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
    for line, following in list(_continued_lines(page)):
        line.tail = ""
        _join(line, following)


def _is_called_verse(element: Any) -> bool:
    return bool(_VERSE.search(f"{element.get('class') or ''} {attribute(element, 'type') or ''}"))


def _is_line(element: Any) -> bool:
    return not any(local_name(child) in _BLOCKS for child in element.iterdescendants())


def _make_inline(line: Any) -> None:
    """Make a paragraph an inline element that ends with white space."""
    if local_name(line) in _BLOCKS:
        line.tag = line.tag[: line.tag.rfind("}") + 1] + "span"
        line.tail = f"\n{line.tail or ''}"


def _continued_lines(page: Any) -> Iterator[tuple[Any, Any]]:
    """(line, next line) of sibling paragraphs of which the first goes on in the second, the last of them first."""
    pairs = [pair for parent in page.iter() if len(parent) > 1 for pair in pairwise(parent)]
    for line, following in reversed(pairs):
        if local_name(line) == local_name(following) == "p" and not (line.tail or "").strip():
            text, next_text = ("".join(e.itertext()).strip() for e in (line, following))
            if goes_on(text, next_text) and _is_line(line) and _is_line(following):
                yield line, following


def goes_on(line: str, following: str) -> bool:
    """Whether a short line's sentence goes on in the following line, which then is no paragraph of its own."""
    if not line or not following or len(line) > MAX_LINE:
        return False
    if following[0].islower():
        return line[-1].isalpha() or line[-1] in ",;–—-’'"
    return line[-1] in ",;–—" and len(following.partition("\n")[0]) <= MAX_LINE


def _join(line: Any, following: Any) -> None:
    """Move the content of a line into the one before it."""
    last = line[-1] if len(line) else None
    text = f"\n{following.text or ''}"
    if last is None:
        line.text = (line.text or "") + text
    else:
        last.tail = (last.tail or "") + text
    line.extend(list(following))
    line.tail = following.tail
    following.getparent().remove(following)
