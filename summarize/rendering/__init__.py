"""Results as people and programs read them: panels on a terminal, plain text in a pipe, JSON.

Text that comes from a document is data: never markup, never a terminal's control sequence.
"""

from __future__ import annotations

from typing import IO, Literal

from summarize.rendering.html import HtmlRenderer
from summarize.rendering.json import JsonLinesRenderer, JsonRenderer, to_json
from summarize.rendering.markdown import MarkdownRenderer
from summarize.rendering.plain import PlainRenderer
from summarize.rendering.records import Record, Renderer
from summarize.rendering.rich import RichRenderer
from summarize.rendering.text import heading, printable
from summarize.terminal import Color

__all__ = [
    "FORMATS",
    "Format",
    "HtmlRenderer",
    "JsonLinesRenderer",
    "JsonRenderer",
    "MarkdownRenderer",
    "PlainRenderer",
    "Record",
    "Renderer",
    "RichRenderer",
    "heading",
    "printable",
    "renderer",
    "to_json",
]

Format = Literal["auto", "rich", "plain", "json", "jsonl", "markdown", "html"]
FORMATS: tuple[Format, ...] = ("auto", "rich", "plain", "json", "jsonl", "markdown", "html")


def renderer(format: Format, out: IO[str], several: bool, color: Color = "auto") -> Renderer:
    """The renderer for a format; "auto" is rich on a terminal and plain elsewhere."""
    if format == "auto":
        format = "rich" if out.isatty() else "plain"
    match format:
        case "rich":
            return RichRenderer(out, color)
        case "json":
            return JsonRenderer(out)
        case "jsonl":
            return JsonLinesRenderer(out)
        case "markdown":
            return MarkdownRenderer(out, several)
        case "html":
            return HtmlRenderer(out, several)
        case _:
            return PlainRenderer(out, several)
