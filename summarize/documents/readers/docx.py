"""DOCX: the text of a Word document as it reads when all tracked changes are accepted, with headings, without notes.

The elements are walked by their local names, so that strict and transitional files are read alike, and whatever stands
around a run (an insertion, a content control, a smart tag, a link) does not hide it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.readers.docx_chunks import blocks_of, read_chunk
from summarize.documents.readers.runs import joined_runs
from summarize.documents.readers.symbol_font import symbol
from summarize.documents.readers.table_cells import row_blocks
from summarize.documents.readers.word_styles import Styles, is_on
from summarize.documents.readers.zip_archive import (
    Archive,
    attribute,
    identified_relationships,
    local_name,
    main_part,
    relationships,
)
from summarize.errors import DocumentError

Run = tuple[str, bool]  # text, and whether it is raised

_LEFT_OUT = {  # deletions, properties, pictures, and what has its text in another part
    "del", "moveFrom", "delText", "delInstrText", "pPr", "rPr", "tcPr", "tblPr", "trPr", "sdtPr", "sectPr", "rt",
    "object", "footnoteReference", "endnoteReference", "commentReference", "annotationRef", "footnoteRef",
    "endnoteRef", "softHyphen", "pgNum", "binData", "fPr", "sSupPr", "sSubPr", "ctrlPr",
}  # fmt: skip
_PRIVATE = re.compile("[\uf020-\uf0ff]")  # pictures of the fonts Symbol and Wingdings
_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_OF_FORMULAS = {"sup": "^", "den": "/"}  # what is written before a part of a formula
_FIELDS_LEFT_OUT = {  # directories and their entries, page numbers, marks of notes
    "TOC", "TOA", "INDEX", "XE", "TC", "TA", "RD", "PAGE", "NUMPAGES", "SECTIONPAGES", "NOTEREF", "FTNREF",
}  # fmt: skip
_DIRECTORIES = ("Table of Contents", "Table of Figures", "Index")
_MAX_DEPTH = 3  # of documents within documents
_MAX_RUN_IN = 80  # characters of a heading within a paragraph
_MIN_RUN_ON = 4  # words of the text after it
_APART = re.compile(r"\s*(?:[\t\n]|\s{2})\s*$")  # ends one, if no punctuation does
_MAX_HEADING = 240  # characters; what is longer is a paragraph in the style of a heading


def read_docx(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """Paragraphs, lists, tables and text boxes of a Word document, in order, with headings by style or outline level.

    Page headers and footers, notes, comments, deletions, hidden text and tables of contents are left out.
    """
    return _read(data, source, options, 0)


def _read(data: bytes, source: str, options: ReadOptions, depth: int) -> Extracted:
    """The text of a Word document. depth: of documents around it."""
    archive = Archive(data, source, options)
    main = main_part(archive)
    if not main:
        raise DocumentError(f"{source}: is damaged, or is not DOCX (it has no main part)")
    styles = next((target for kind, target in relationships(archive, main) if kind == "styles"), "")
    reader = _Reader(Styles(archive.xml(styles) if styles in archive else None), _Chunks(archive, main, options, depth))
    root = archive.xml(main)
    reader.fields.may_span_paragraphs = _are_balanced(root)
    for body in root:
        if local_name(body) == "body":
            reader.add_blocks(body)
    reader.end()
    return reader.blocks.extracted()


class _Chunks:
    """The parts in other formats that a document takes in."""

    def __init__(self, archive: Archive, main: str, options: ReadOptions, depth: int) -> None:
        self._archive, self._main, self._options, self._depth = archive, main, options, depth

    def blocks(self, identifier: str | None) -> Iterator[tuple[str, int]]:
        """(text, heading level or 0) of each block of the part that a relationship names."""
        related = identified_relationships(self._archive, self._main) if self._depth < _MAX_DEPTH else []
        name = next((target for key, kind, target in related if key == identifier and kind == "aFChunk"), "")
        if not name or name not in self._archive:
            return
        data = self._archive.read(name)
        source = f"{self._archive.source}, part {name}"
        if data.startswith(b"PK"):
            yield from blocks_of(_read(data, source, self._options, self._depth + 1))
        elif data.strip():
            yield from blocks_of(read_chunk(data, name, source, self._options))


def _are_balanced(root: Any) -> bool:
    kinds = [attribute(element, "fldCharType") for element in root.iter("{*}fldChar")]
    return kinds.count("begin") == kinds.count("end")


class _Fields:
    """The complex fields that are open: each has an instruction, then a result. Fields nest, and span paragraphs."""

    def __init__(self) -> None:
        self._open: list[list[Any]] = []  # [instruction, whether its result has begun]
        self.may_span_paragraphs = True

    def mark(self, kind: str | None) -> None:
        """A field begins, its result begins, or it ends."""
        if kind == "begin":
            self._open.append(["", False])
        elif kind == "separate" and self._open:
            self._open[-1][1] = True
        elif kind == "end" and self._open:
            self._open.pop()

    def instruct(self, text: str) -> None:
        """Add to the instruction of the innermost field."""
        if self._open and not self._open[-1][1]:
            self._open[-1][0] += text

    def end_paragraph(self) -> None:
        """Close fields that never end."""
        if not self.may_span_paragraphs:
            self._open.clear()

    @property
    def are_shown(self) -> bool:
        """Whether text here is text of the document: in results only, and not in those of directories."""
        return all(in_result and is_field_shown(instruction) for instruction, in_result in self._open)


def is_field_shown(instruction: str) -> bool:
    """Whether the result of a field is text of the document."""
    return (instruction.split() or [""])[0].upper() not in _FIELDS_LEFT_OUT


class _Reader:
    """Walks blocks and runs. Text that belongs to the next paragraph (a drop cap, a paragraph whose end is deleted)
    waits for it; text boxes wait for the end of their paragraph."""

    def __init__(self, styles: Styles, chunks: _Chunks) -> None:
        self.styles, self.fields, self.blocks, self._chunks = styles, _Fields(), Blocks(), chunks
        self._waiting: list[Run] = []
        self._boxes: list[Any] = []

    def add_blocks(self, parent: Any) -> None:
        """Add the paragraphs and tables in an element."""
        for text, level in self._blocks_of(parent):
            self.blocks.heading(text, level) if level else self.blocks.add(text)

    def end(self) -> None:
        """Add what still waits."""
        self.blocks.add(joined_runs(self._waiting))
        self._waiting = []

    def _blocks_of(self, parent: Any) -> Iterator[tuple[str, int]]:
        """(text, heading level or 0) of each paragraph, and of each row of a table."""
        for element in parent:
            name = local_name(element)
            if name == "p":
                yield from self._paragraph(element)
            elif name == "tbl":
                yield from self._table(element)
            elif name == "AlternateContent":
                yield from self._blocks_of(_alternative(element))
            elif name == "altChunk":
                yield from self._chunks.blocks(attribute(element, "id"))
            elif name == "sdt":
                yield from self._blocks_of(_shown_content(element))
            elif name in ("customXml", "smartTag", "ins", "moveTo", "sdtContent", "subDoc", "Choice", "Fallback"):
                yield from self._blocks_of(element)

    def _paragraph(self, paragraph: Any) -> Iterator[tuple[str, int]]:
        properties = _properties(paragraph, "pPr")
        style = self.styles.of_paragraph(properties)
        runs = list(self._runs(paragraph, is_hidden=style.is_hidden, is_raised=False))
        self.fields.end_paragraph()
        if not style.is_directory:
            if not style.level and not self._waiting and (title := self._run_in_heading(paragraph)):
                yield title, 0
                runs = _without_beginning(runs, title)
            self._waiting += runs
        if not (_is_drop_cap(properties) or _has_deleted_end(properties)):
            text = joined_runs(self._waiting)
            self._waiting = []
            if text.strip():
                yield text, style.level if len(text) <= _MAX_HEADING else 0
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            yield from self._blocks_of(box)

    def _run_in_heading(self, paragraph: Any) -> str:
        """The bold words at the beginning of a paragraph that a tab, a line break or a gap sets off from its text; ""
        if there are none. Words with punctuation at their end need no part of their own."""

        def is_bold(run: Any) -> bool:
            return local_name(run) == "r" and self.styles.of_run(_properties(run, "rPr"), False).is_bold

        children = [child for child in paragraph if local_name(child) != "pPr"]
        bold = list(takewhile(is_bold, children))
        if not bold or len(bold) == len(children):
            return ""
        title, rest = ("".join(map(_shown_text, runs)) for runs in (bold, children[len(bold) :]))
        gap = title[len(title.rstrip()) :] + rest[: len(rest) - len(rest.lstrip())]
        title = title.strip()
        is_set_off = _APART.search(gap) is not None and title[-1:].isalnum() and len(title) <= _MAX_RUN_IN
        is_text = len(rest.split()) >= _MIN_RUN_ON and rest.strip()[:1].isupper()
        return title if is_set_off and is_text else ""

    def _table(self, table: Any) -> Iterator[tuple[str, int]]:
        for row in _rows(table):
            yield from row_blocks([list(self._blocks_of(cell)) for cell in _cells(row)])

    def _runs(self, parent: Any, *, is_hidden: bool, is_raised: bool) -> Iterator[Run]:
        """The runs in a paragraph, or in an element of one."""
        for element in parent:
            name = local_name(element)
            if name == "r":
                style = self.styles.of_run(_properties(element, "rPr"), is_hidden)
                yield from self._runs(element, is_hidden=style.is_hidden, is_raised=is_raised or style.is_raised)
            elif name == "fldChar":
                self.fields.mark(attribute(element, "fldCharType"))
            elif name == "instrText":
                self.fields.instruct(element.text or "")
            elif name == "txbxContent":
                self._boxes.append(element)
            elif name == "AlternateContent":
                yield from self._runs(_alternative(element), is_hidden=is_hidden, is_raised=is_raised)
            elif name == "sdt":
                yield from self._runs(_shown_content(element), is_hidden=is_hidden, is_raised=is_raised)
            elif name == "fldSimple" and not is_field_shown(attribute(element, "instr") or ""):
                continue
            elif name in _OF_FORMULAS:
                yield _OF_FORMULAS[name], is_raised
                yield from self._runs(element, is_hidden=is_hidden, is_raised=is_raised)
            elif name not in _LEFT_OUT:
                if not is_hidden and self.fields.are_shown and (text := _text_of(element, name)):
                    yield text, is_raised
                yield from self._runs(element, is_hidden=is_hidden, is_raised=is_raised)


def _properties(element: Any, name: str) -> Any:
    """The properties of a paragraph or a run, which are its first child; None if it has none."""
    first = element[0] if len(element) else None
    return first if first is not None and local_name(first) == name else None


def _shown_text(run: Any) -> str:
    return "".join(_text_of(element, local_name(element)) for element in run)


def _without_beginning(runs: list[Run], title: str) -> list[Run]:
    """Runs without the words of a heading at their beginning."""
    n_left = len("".join(title.split()))
    rest = list[Run]()
    for text, is_raised in runs:
        at = 0
        while n_left and at < len(text):
            n_left -= not text[at].isspace()
            at += 1
        rest.append((text[at:], is_raised))
    return rest


def _text_of(element: Any, name: str) -> str:
    """The characters that an element stands for by itself."""
    if name == "t":
        return _PRIVATE.sub(" ", element.text or "")
    if name == "sym":
        return symbol(attribute(element, "font") or "", attribute(element, "char") or "")
    return _CHARACTERS.get(name, "")


def _alternative(element: Any) -> Any:
    """The first content of an AlternateContent: all of them show the same."""
    return next((child for child in element if local_name(child) in ("Choice", "Fallback")), ())


def _shown_content(control: Any) -> Any:
    """The content of a content control; nothing for a placeholder or a table of contents."""
    properties = next(control.iterchildren("{*}sdtPr"), None)
    if properties is not None:
        placeholder = next(properties.iterchildren("{*}showingPlcHdr"), None)
        gallery = next(properties.iter("{*}docPartGallery"), None)
        if is_on(placeholder) or (gallery is not None and attribute(gallery, "val") in _DIRECTORIES):
            return ()
    return next(control.iterchildren("{*}sdtContent"), ())


def _is_drop_cap(properties: Any) -> bool:
    frame = None if properties is None else next(properties.iterchildren("{*}framePr"), None)
    return frame is not None and attribute(frame, "dropCap") in ("drop", "margin")


def _has_deleted_end(properties: Any) -> bool:
    """Whether the mark at a paragraph's end is deleted, which joins the paragraph to the next one."""
    marks = None if properties is None else next(properties.iterchildren("{*}rPr"), None)
    return marks is not None and any(local_name(child) in ("del", "moveFrom") for child in marks)


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table, without deleted ones."""
    for element in table:
        name = local_name(element)
        if name == "tr":
            properties = next(element.iterchildren("{*}trPr"), ())
            if not any(local_name(child) == "del" for child in properties):
                yield element
        elif name in ("sdt", "customXml", "sdtContent", "ins", "moveTo"):
            yield from _rows(element)


def _cells(row: Any) -> Iterator[Any]:
    for element in row:
        name = local_name(element)
        if name == "tc":
            if next(element.iterfind("{*}tcPr/{*}cellDel"), None) is None:
                yield element
        elif name in ("sdt", "customXml", "sdtContent", "ins", "moveTo"):
            yield from _cells(element)
