"""PDF: the lines of each page, as PDFium extracts them, joined to paragraphs."""

from __future__ import annotations

import re
import zlib
from itertools import islice
from typing import TYPE_CHECKING

from summarize.documents.document import Extracted, ReadOptions
from summarize.documents.readers.pdf_columns import in_reading_order
from summarize.documents.readers.pdf_page import Page, read_page
from summarize.documents.readers.pdf_paragraphs import Bookmarks, comparable, paragraphs
from summarize.documents.readers.pdf_running import without_line_numbers, without_running_lines
from summarize.errors import DocumentError

if TYPE_CHECKING:
    import pypdfium2

PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
MAX_BOOKMARK_DEPTH, MAX_BOOKMARKS = 6, 10_000
MAX_DEFLATE_RATIO = 1032  # of what is unpacked to what is packed
_STREAM = re.compile(rb"stream\r?\n")


def read_pdf(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The text of a PDF without running headers, footers and page numbers.

    Raises DocumentError if the file has a password, only pictures of text, or contents that are too large.
    """
    import pypdfium2

    _refuse_bombs(data, source, options)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == PASSWORD_ERROR:
            raise DocumentError(f"{source}: is protected by a password") from None
        raise
    pages, notes = list[Page](), list[str]()
    n_characters = 0
    with document:
        bookmarks = _bookmarks(document)
        for number in range(len(document)):
            page = _page(document, number)
            if page is None:
                notes.append(f"page {number + 1} is damaged and is left out")
                page = Page([], 1, 1)
            n_characters += sum(len(line.text) for line in page.lines)
            if n_characters > options.max_bytes:
                raise options.too_large(source)
            pages.append(page)
    if pages and not any(page.lines for page in pages):
        raise DocumentError(f"{source}: has no text, only pictures of it (a scan?); run OCR first, as with ocrmypdf")
    for page in pages:
        page.lines = in_reading_order(without_line_numbers(page.lines))
    extracted = paragraphs(without_running_lines(pages), bookmarks)
    return Extracted(extracted.text, extracted.sections, notes=tuple(notes))


def _page(document: pypdfium2.PdfDocument, number: int) -> Page | None:
    """A page; None if it is damaged, for the other pages can still be read."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return None
    try:
        return read_page(page)
    finally:
        page.close()


def _refuse_bombs(data: bytes, source: str, options: ReadOptions) -> None:
    """Raises DocumentError if one stream of the file is larger than a document may be. PDFium would unpack up to 2 GB
    of it."""
    for match in _STREAM.finditer(data):
        if (len(data) - match.end()) * MAX_DEFLATE_RATIO <= options.max_bytes:
            return  # what is left of the file is too short
        n_bytes, end = 0, match.end()
        inflater = zlib.decompressobj()
        chunk = data[end : end + 65536]
        try:
            while chunk and not inflater.eof:
                n_bytes += len(inflater.decompress(chunk, 1 << 20))
                if n_bytes > options.max_bytes:
                    raise options.too_large(source)
                if not (chunk := inflater.unconsumed_tail):
                    end += 65536
                    chunk = data[end : end + 65536]
        except zlib.error:  # not compressed, or by another method
            continue


def _bookmarks(document: pypdfium2.PdfDocument) -> Bookmarks:
    """The titles of the document's outline in comparable form, with their levels, by page."""
    import pypdfium2

    bookmarks: Bookmarks = {}
    try:
        for bookmark in islice(document.get_toc(max_depth=MAX_BOOKMARK_DEPTH), MAX_BOOKMARKS):
            destination = bookmark.get_dest()
            page = destination.get_index() if destination else None
            if page is not None and (title := comparable(bookmark.get_title())):
                bookmarks.setdefault(page, {}).setdefault(title, bookmark.level + 1)
    except (pypdfium2.PdfiumError, ValueError):  # the text can be read without the outline
        pass
    return bookmarks
