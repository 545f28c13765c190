"""Results as people and programs read them: panels on a terminal, plain text in a pipe, JSON.

Text that comes from a document is data: never markup, never a terminal's control sequence.
"""

from __future__ import annotations

from typing import IO, Literal

from summarize.rendering.records import Record, Renderer
from summarize.rendering.terminal import Color
from summarize.rendering.text import heading, printable

__all__ = ["FORMATS", "Format", "Record", "Renderer", "heading", "printable", "renderer"]

Format = Literal["auto", "rich", "plain", "json", "jsonl", "markdown", "html"]
FORMATS: tuple[Format, ...] = ("auto", "rich", "plain", "json", "jsonl", "markdown", "html")


def renderer(format: Format, out: IO[str], several: bool, color: Color = "auto") -> Renderer:
    """The renderer for a format, whose module is imported here; "auto" is rich on a terminal and plain elsewhere."""
    if format == "auto":
        format = "rich" if out.isatty() else "plain"
    match format:
        case "rich":
            from summarize.rendering.rich import RichRenderer

            return RichRenderer(out, color)
        case "json":
            from summarize.rendering.json import JsonRenderer

            return JsonRenderer(out)
        case "jsonl":
            from summarize.rendering.json import JsonLinesRenderer

            return JsonLinesRenderer(out)
        case "markdown":
            from summarize.rendering.markdown import MarkdownRenderer

            return MarkdownRenderer(out, several)
        case "html":
            from summarize.rendering.html import HtmlRenderer

            return HtmlRenderer(out, several)
        case _:
            from summarize.rendering.plain import PlainRenderer

            return PlainRenderer(out, several)
