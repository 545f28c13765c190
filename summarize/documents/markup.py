"""Texts with markup: Markdown; HTML pages, of which the article is taken; HTML chapters of books, taken whole."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.encodings import decode, decode_as, marked_encoding

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n.*?\r?\n(---|\.\.\.)[ \t]*(\r?\n|\Z)", re.DOTALL)
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = {"p", "li", "dt", "dd", "pre", "blockquote", "td", "th", "caption", "figcaption", "div", "section", "article"}
_HIDDEN = {"script", "style", "head", "nav", "noscript", "template", "svg", "math", "rt", "rp"}


def read_markdown(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The prose of Markdown: headings, paragraphs, lists, quotes, tables; no code, link targets or front matter."""
    from markdown_it import MarkdownIt

    text = _FRONT_MATTER.sub("", decode(data, source), count=1)
    blocks, cells, level = Blocks(), [], 0
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "heading_open":
            level = _HEADINGS[token.tag]
        elif token.type == "tr_open":
            cells = [""]
        elif token.type == "tr_close":
            blocks.add(" | ".join(filter(None, cells)))
            cells = []
        elif token.type == "inline":
            words = _inline(token.children or [])
            if cells:
                cells.append(words)
            elif level:
                blocks.heading(words, level)
            else:
                blocks.add(words)
            level = 0
    return blocks.extracted()


def _inline(tokens: list[Token]) -> str:
    """The text of a line of Markdown; for a picture, its description."""
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline", "image"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
    return "".join(parts)


def decode_html(data: bytes, source: str) -> str:
    """HTML's characters: by byte order mark, in the encoding that it declares, or as any other text."""
    declared = _CHARSET.search(data[:2048])
    text = decode_as(data, declared[1].decode("ascii")) if declared and not marked_encoding(data) else None
    return decode(data, source) if text is None else text


def read_html(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The article of a page, as trafilatura finds it, without menus and comments; all text if it finds no article."""
    import trafilatura
    from lxml import html

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL + 1)  # its messages would reach stderr
    logging.getLogger("htmldate").setLevel(logging.CRITICAL + 1)
    page = re.sub(r"\A\s*<\?xml[^>]*>", "", decode_html(data, source)).replace("\0", " ")
    blocks = Blocks()
    article = trafilatura.bare_extraction(page, include_comments=False, include_tables=True, with_metadata=False)
    body: Any = getattr(article, "body", None)
    if body is not None:
        _add_article(body, blocks)
    extracted = blocks.extracted()
    if extracted.text or not page.strip():
        return extracted
    return chapter(html.fromstring(page)).extracted()


def _add_article(element: Any, blocks: Blocks) -> None:
    """Add the blocks of trafilatura's tree (whose tags are TEI's) in order, without blocks of code."""
    inline = [element.text or ""]  # text between blocks
    for child in element:
        if child.tag in ("lb", "hi", "ref", "del"):
            inline.append(" " if child.tag == "lb" else _words(child))
        else:
            blocks.add("".join(inline))
            inline.clear()
            _add_block(child, blocks)
        inline.append(child.tail or "")
    blocks.add("".join(inline))


def _add_block(block: Any, blocks: Blocks) -> None:
    if block.tag == "head":
        level = re.search(r"\d", block.get("rend") or "")
        blocks.heading(_words(block), int(level[0]) if level else 2)
    elif block.tag == "row":
        blocks.add(" | ".join(filter(None, (" ".join(_words(cell).split()) for cell in block))))
    elif block.tag in ("list", "table", "quote", "div") and len(block):
        _add_article(block, blocks)
    elif block.tag != "code":
        blocks.add(_words(block))


def _words(element: Any) -> str:
    for line_break in element.iter("lb"):
        line_break.tail = f" {line_break.tail or ''}"
    return "".join(element.itertext())


def chapter(tree: Any, blocks: Blocks | None = None) -> Blocks:
    """All text of an HTML tree in order, with its headings; for HTML that is text throughout, such as a book.

    blocks: where to add it; by default new ones.
    """
    blocks = Blocks() if blocks is None else blocks
    pending: list[str] = []
    open_headings: list[int] = []  # their levels

    def flush() -> None:
        words = "".join(pending)
        pending.clear()
        blocks.heading(words, open_headings[-1]) if open_headings else blocks.add(words)

    from lxml import etree

    hidden_depth = 0  # how many hidden elements are open
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        tag = element.tag if isinstance(element.tag, str) else ""
        tag = tag.rpartition("}")[2]
        if event in ("comment", "pi"):
            pending.append("" if hidden_depth else element.tail or "")
            continue
        is_block = tag in _BLOCKS or tag in _HEADINGS
        hidden_depth += (tag in _HIDDEN) * (1 if event == "start" else -1)
        if is_block:
            flush()
        if event == "start":
            if tag in _HEADINGS:
                open_headings.append(_HEADINGS[tag])
            pending.append("" if hidden_depth else element.text or "")
            continue
        if tag in _HEADINGS:
            open_headings.pop()
        if tag == "br":
            pending.append("\n")
        pending.append("" if hidden_depth else element.tail or "")
    flush()
    return blocks
