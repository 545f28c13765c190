"""Markdown: its prose, without code, link targets or front matter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.encodings import decode
from summarize.documents.markup import HEADINGS

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n.*?\r?\n(---|\.\.\.)[ \t]*(\r?\n|\Z)", re.DOTALL)


def read_markdown(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The prose of Markdown: headings, paragraphs, lists, quotes, tables; no code, link targets or front matter."""
    from markdown_it import MarkdownIt

    text = _FRONT_MATTER.sub("", decode(data, source), count=1)
    blocks, cells, level = Blocks(), [], 0
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "heading_open":
            level = HEADINGS[token.tag]
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
