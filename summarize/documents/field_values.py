"""The text of a row's field: plain text, HTML, a list of paragraphs, a message, or a list of messages."""

from __future__ import annotations

import html
import re
from typing import Any

from summarize.documents.document import Extracted, ReadOptions, plain_value
from summarize.documents.readers.chat_json import conversation
from summarize.documents.readers.html import read_html
from summarize.documents.readers.markup import chapter
from summarize.documents.readers.turns import spoken

# A tag that ends an element, or one that has no end. One tag without an end may be what the text is about.
_TAG = re.compile(
    r"</(?:p|div|li|ul|ol|b|i|u|em|strong|a|span|font|h[1-6]|t[dr]|table|blockquote|section|article|body|html)\s*>"
    r"|<(?:br|hr)\s*/?>|<p>",
    re.IGNORECASE,
)
_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:amp|quot|apos|lt|gt|nbsp|[mn]dash|hellip|[lr][sd]quo|#\d{1,6}|#x[\da-f]{1,5});", re.IGNORECASE
)


def read_value(value: Any, options: ReadOptions) -> Extracted | None:
    """The text of a field; empty for null, None for what is no text, such as a number.

    Raises DocumentError if the text is too large or nested too deeply.
    """
    if value is None:
        return Extracted("")
    text = value if isinstance(value, str) else _text(plain_value(value))
    if text is None:
        return None
    if len(text) > options.max_bytes:
        raise options.too_large("the text")
    if _TAG.search(text):
        return _of_html(text, options)
    plain = html.unescape(text) if _ENTITY.search(text) else text
    if plain is not text and len(_TAG.findall(plain)) > 1:  # escaped once more, as in feeds
        return _of_html(plain, options)
    return Extracted(plain)


def _text(value: Any) -> str | None:
    """The text of an object or a list; None if it holds none."""
    if isinstance(value, list) and None not in (paragraphs := list(map(_paragraph, value))):
        return "\n\n".join(filter(None, paragraphs))
    if isinstance(value, list):
        return conversation(value)
    return spoken(value) if isinstance(value, dict) and spoken(value).strip() else None


def _paragraph(item: Any) -> str | None:
    """A text, or a list of sentences, as a paragraph; None for anything else."""
    if isinstance(item, list) and all(isinstance(sentence, str) for sentence in item):
        return " ".join(item)
    return item if isinstance(item, str) else None


def _of_html(text: str, options: ReadOptions) -> Extracted:
    """The text of a page, or of a piece of one, all of which is taken."""
    if _PAGE.match(text):
        return read_html(text.encode(), "", options)
    from lxml import html as lxml_html

    return chapter(lxml_html.fromstring(f"<div>{text}</div>".replace("\0", " "))).extracted()
