"""OpenDocument: texts (ODT), spreadsheets (ODS) and presentations (ODP), zipped or as one flat XML file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.readers.runs import joined_runs
from summarize.documents.readers.spreadsheets import Sheets
from summarize.documents.readers.table_cells import row_blocks
from summarize.documents.readers.zip_archive import Archive, attribute, local_name, parse_xml
from summarize.errors import DocumentError

Run = tuple[str, bool]  # text, and whether it is raised

_LEFT_OUT = {  # notes, comments, deletions, directories, declarations, page numbers, descriptions of pictures
    "note", "annotation", "annotation-end", "tracked-changes", "table-of-content", "alphabetical-index",
    "illustration-index", "table-index", "object-index", "user-index", "bibliography", "sequence-decls",
    "variable-decls", "user-field-decls", "forms", "notes", "ruby-text", "hidden-text", "page-number", "page-count",
    "title", "desc", "event-listeners", "settings", "meta", "object", "object-ole", "image", "plugin", "index-title",
}  # fmt: skip
_FOOTERS = ("footer", "header", "page-number", "date-time")  # presentation:class of what every slide shows
_MAX_CHAIN = 20  # styles that one has as parents
_MAX_SPACES = 100


def read_opendocument(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """Headings, paragraphs, lists and tables of a text; the rows of a spreadsheet's sheets; a presentation's slides.

    Notes, comments, deletions, hidden text, tables of contents, page headers and footers are left out.
    """
    if data[:2] == b"PK":
        archive = Archive(data, source, options)
        manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in archive else b""
        if b"encryption-data" in manifest:
            raise DocumentError(f"{source}: is protected by a password")
        root = archive.xml("content.xml")
        style_roots = [root, *([archive.xml("styles.xml")] if "styles.xml" in archive else [])]
    else:
        root = parse_xml(data)
        style_roots = [root]
    body = next(root.iter("{*}body"), None)
    if body is None:
        raise DocumentError(f"{source}: is damaged, or is not OpenDocument (it has no body)")
    reader = _Reader(_Styles(style_roots))
    for content in body:
        if local_name(content) == "spreadsheet":
            return _spreadsheet(content, reader, source, options)
        reader.add_blocks(content)
    return reader.blocks.extracted()


class _Styles:
    """Which of a document's styles are hidden or raised, and which are headings."""

    def __init__(self, roots: list[Any]) -> None:
        self._styles: dict[str, Any] = {}
        for root in roots:
            for style in root.iter("{*}style"):
                self._styles.setdefault(attribute(style, "name") or "", style)

    def _chain(self, name: str | None) -> Iterator[tuple[str, Any]]:
        for _ in range(_MAX_CHAIN):
            style = self._styles.get(name or "")
            if style is None:
                return
            yield name or "", style
            name = attribute(style, "parent-style-name")

    def _property(self, style_name: str | None, name: str) -> str:
        for _, style in self._chain(style_name):
            for properties in style:
                if (value := attribute(properties, name)) is not None:
                    return value
        return ""

    def is_raised(self, name: str | None) -> bool:
        """Whether text in a style is a superscript: "super 58%", or "33% 58%"."""
        position = (self._property(name, "text-position").split() or [""])[0]
        return position == "super" or bool(re.fullmatch(r"[1-9]\d*(\.\d+)?%", position))

    def is_hidden(self, name: str | None) -> bool:
        """Whether a style hides its text or its table."""
        return self._property(name, "display") in ("none", "false")

    def level(self, name: str | None) -> int:
        """The level of the heading that a paragraph in a style is; 0 if it is none."""
        for style_name, style in self._chain(name):
            outline = attribute(style, "default-outline-level") or ""
            if outline.isdecimal():
                return int(outline)
            if style_name == "Title":
                return 1
        return 1 if name == "Title" else 0


class _Reader:
    """Walks the elements of a text or a presentation."""

    def __init__(self, styles: _Styles) -> None:
        self.styles, self.blocks = styles, Blocks()
        self._boxes: list[Any] = []

    def add_blocks(self, parent: Any) -> None:
        """Add the paragraphs and tables in an element."""
        for text, level in self.blocks_of(parent):
            self.blocks.heading(text, level) if level else self.blocks.add(text)

    def blocks_of(self, parent: Any) -> Iterator[tuple[str, int]]:
        """(text, heading level or 0) of each paragraph, and of each row of a table."""
        for element in parent:
            name = local_name(element)
            if name in ("p", "h"):
                yield from self._paragraph(element, name)
            elif name == "table-row":
                yield from row_blocks([list(self.blocks_of(cell)) for cell in element])
            elif name == "page":
                yield from self._slide(element)
            elif name and name not in _LEFT_OUT and not self._is_hidden_section(element):
                yield from self.blocks_of(element)

    def _is_hidden_section(self, element: Any) -> bool:
        return local_name(element) == "section" and attribute(element, "display") in ("none", "condition")

    def _paragraph(self, paragraph: Any, name: str) -> Iterator[tuple[str, int]]:
        style = attribute(paragraph, "style-name")
        text = "" if self.styles.is_hidden(style) else joined_runs(self._runs(paragraph, is_raised=False))
        if text.strip():
            outline = attribute(paragraph, "outline-level") or "1"
            yield text, (int(outline) if outline.isdecimal() else 1) if name == "h" else self.styles.level(style)
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            yield from self.blocks_of(box)

    def _slide(self, page: Any) -> Iterator[tuple[str, int]]:
        """The title of a slide as a heading, then its other texts."""
        frames = [frame for frame in page if attribute(frame, "class") not in _FOOTERS]
        for frame in frames:
            if attribute(frame, "class") == "title":
                yield " ".join(text for text, _ in self.blocks_of(frame)), 1
        yield from self.blocks_of([frame for frame in frames if attribute(frame, "class") != "title"])

    def _runs(self, parent: Any, *, is_raised: bool) -> Iterator[Run]:
        yield parent.text or "", is_raised
        for element in parent:
            name = local_name(element)
            if name == "s":
                count = attribute(element, "c") or "1"
                yield " " * min(int(count) if count.isdecimal() else 1, _MAX_SPACES), is_raised
            elif name in ("tab", "line-break"):
                yield " ", is_raised
            elif name in ("frame", "text-box", "custom-shape", "g", "rect"):
                self._boxes.append([element])
            elif name == "span":
                style = attribute(element, "style-name")
                if not self.styles.is_hidden(style):
                    yield from self._runs(element, is_raised=is_raised or self.styles.is_raised(style))
            elif name and name not in _LEFT_OUT:
                yield from self._runs(element, is_raised=is_raised)
            yield element.tail or "", is_raised


def _spreadsheet(content: Any, reader: _Reader, source: str, options: ReadOptions) -> Extracted:
    sheets = Sheets(source, options)
    for table in content:
        if local_name(table) == "table" and not reader.styles.is_hidden(attribute(table, "style-name")):
            sheets.add(attribute(table, "name") or "", (_cells(row, reader) for row in _shown_rows(table)))
    return sheets.extracted()


def _shown_rows(parent: Any) -> Iterator[Any]:
    for element in parent:
        name = local_name(element)
        if name == "table-row" and attribute(element, "visibility") not in ("collapse", "filter"):
            yield element
        elif name in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _shown_rows(element)


def _cells(row: Any, reader: _Reader) -> list[str]:
    """The texts of a row's cells. (An empty cell that is repeated often is what fills the sheet.)"""
    cells: list[str] = []
    for cell in row:
        if local_name(cell) in ("table-cell", "covered-table-cell"):
            text = " ".join(text for text, _ in reader.blocks_of(cell))
            repeated = attribute(cell, "number-columns-repeated") or "1"
            cells += [text] * min(int(repeated) if repeated.isdecimal() else 1, 100)
    return cells
