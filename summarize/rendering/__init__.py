"""Records as people and programs read them: panels on a terminal, plain text in a pipe, Markdown, HTML and JSON.

A record is what became of one document (`records`); a module for each format writes it. Text that comes from a
document is data: never markup, never a terminal's control sequence.
"""

from __future__ import annotations

from typing import IO, Literal

from summarize.rendering.json import to_json
from summarize.rendering.records import Record, Renderer
from summarize.rendering.terminal import Color
from summarize.rendering.text import on_one_line, printable

__all__ = ["FORMATS", "Format", "Record", "Renderer", "make_renderer", "on_one_line", "printable", "to_json"]

Format = Literal["auto", "rich", "plain", "json", "jsonl", "markdown", "html"]
FORMATS: tuple[Format, ...] = ("auto", "rich", "plain", "json", "jsonl", "markdown", "html")


def make_renderer(format: Format, out: IO[str], several: bool, color: Color = "auto") -> Renderer:
    """The renderer of a format; "auto" is rich on a terminal and plain elsewhere. Only its module is imported.

    several: whether there may be more than one document, so that each gets a heading.
    """
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
