"""Parts in other formats that a Word document takes in where it names them (w:altChunk): HTML, MHTML, RTF, text."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.encodings import decode
from summarize.documents.readers.markup import chapter, decode_html, parse_html
from summarize.documents.readers.rtf import read_rtf

_MESSAGE = re.compile(rb"\s*(?:[A-Za-z][\w-]{1,60}:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*){1,30}\r?\n")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")
_MARKUP_SUFFIXES = (".htm", ".html", ".xhtml", ".xml")


def read_chunk(data: bytes, name: str, source: str, options: ReadOptions) -> Extracted:
    """The text of a part that is no Word document. name: of the part in its archive."""
    if data.startswith(b"{\\rtf"):
        return read_rtf(data, source, options)
    if name.lower().endswith((".mht", ".mhtml", ".eml")) or (_MESSAGE.match(data) and b"MIME-Version" in data[:2000]):
        return _of_message(data, source)
    if _MARKUP.match(data) or name.lower().endswith(_MARKUP_SUFFIXES):
        return _of_markup(decode_html(data, source))
    blocks = Blocks()
    for line in decode(data, source).splitlines():
        blocks.add(line)
    return blocks.extracted()


def _of_message(data: bytes, source: str) -> Extracted:
    """The first text of a page saved with its pictures as one message."""
    for part in email.message_from_bytes(data, policy=email.policy.compat32).walk():
        payload = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(payload, bytes) and payload.strip():
            charset = part.get_content_charset()
            return _of_markup(decode_html(payload, source, charset))
    return Extracted("")


def _of_markup(page: str) -> Extracted:
    tree = parse_html(page)
    return Extracted("") if tree is None else chapter(tree).extracted()


def blocks_of(extracted: Extracted) -> Iterator[tuple[str, int]]:
    """(text, heading level or 0) of each block of a text."""
    levels = {section.start: section.level for section in extracted.sections}
    start = 0
    for text in extracted.text.split("\n\n"):
        yield text, levels.get(start, 0)
        start += len(text) + 2
