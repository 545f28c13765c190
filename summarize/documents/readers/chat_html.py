"""Pages of HTML: chats that Telegram exported, and all others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from summarize.documents.document import Extracted, ReadOptions
from summarize.documents.readers.html import read_html
from summarize.documents.readers.markup import decode_html
from summarize.documents.readers.turns import Turns

_MARKS = (b'class="page_wrap"', b'class="message ', b'class="from_name"')


def read_page(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The messages of a chat that Telegram exported; of any other page, its article."""
    if all(mark in data for mark in _MARKS):
        from lxml import html

        turns = Turns()
        for name, words in _messages(html.fromstring(decode_html(data, source).replace("\0", " "))):
            turns.message(words, name)
        extracted = turns.extracted()
        if extracted.text:
            return extracted
    return read_html(data, source, options)


def _messages(tree: Any) -> Iterator[tuple[str, str]]:
    """(speaker, words) of each message; one without a name is by the speaker before."""
    name = ""
    for message in tree.iterfind(".//div[@class]"):
        if not {"message", "default"} <= set(message.get("class").split()):
            continue
        named = message.find(".//div[@class='from_name']")
        name = name if named is None else named.text_content().strip()
        text = message.find(".//div[@class='text']")
        if text is not None:
            for line_break in text.iter("br"):
                line_break.tail = f"\n{line_break.tail or ''}"
            yield name, text.text_content()
