"""PDF: the lines of each page, as PDFium extracts them, joined to paragraphs."""

from __future__ import annotations

import re
import statistics
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.hyphenation import WordJoiner
from summarize.errors import DocumentError

if TYPE_CHECKING:
    import pypdfium2

Bookmarks = dict[int, dict[str, int]]  # page number → comparable title → level
BULLETS = ("•", "▪", "‣", "◦", "●", "■", "– ", "— ")
PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
HYPHEN = "\ufffe"  # PDFium's sign for a hyphen at a line's end
SHORT_LINE = 0.75  # of the usual length: a shorter line ends a paragraph
MAX_BOOKMARK_DEPTH, MAX_BOOKMARKS = 6, 10_000
_NUMBERED = re.compile(
    r"^\s*((chapter|section|appendix|part)\s+)?([\dIVX]+(\.\d+)*|[A-Z](\.\d+)*(?=\.?\s))[.:)]?\s+", re.IGNORECASE
)
_STREAM = re.compile(rb"stream\r?\n")
_CONTENTS_LINE = re.compile(r"(\. ?){5,}\s*(\d+|[ivxlc]+)?$")  # of a table of contents


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
    pages: list[list[str]] = []
    n_characters = 0
    with document:
        bookmarks = _bookmarks(document)
        for number in range(len(document)):
            lines = _page_lines(document, number)
            n_characters += sum(map(len, lines))
            if n_characters > options.max_bytes:
                raise options.too_large(source)
            pages.append(lines)
    if pages and not any(pages):
        raise DocumentError(f"{source}: has no text, only pictures of it (a scan?); run OCR first, as with ocrmypdf")
    return paragraphs(without_running_lines(pages), bookmarks)


def _page_lines(document: pypdfium2.PdfDocument, number: int) -> list[str]:
    """The lines of a page; none if the page is damaged, for the other pages can still be read."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return []
    try:
        text = page.get_textpage()
        lines = text.get_text_range().replace("\0", "").splitlines()
        text.close()
    finally:
        page.close()
    return [line.strip() for line in lines if line.strip()]


def _refuse_bombs(data: bytes, source: str, options: ReadOptions) -> None:
    """Raises DocumentError if one stream of the file is larger than a document may be. PDFium would unpack up to 2 GB
    of it."""
    for match in _STREAM.finditer(data):
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


def comparable(title: str) -> str:
    """A title's letters and digits in lower case, without a section number, which an outline may have or lack."""
    return "".join(filter(str.isalnum, _NUMBERED.sub("", title))).casefold()


def without_running_lines(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """The pages without running headers and footers (first or last lines that most pages share but for numbers), page
    numbers, and lines of a table of contents, in which dots lead to a page number."""

    def shape(line: str) -> str:
        return re.sub(r"\d+|\b[ivxlc]+\b", "#", line)

    edges = Counter(s for page in pages for s in {shape(line) for line in (*page[:2], *page[-2:])})
    running = {line for line, count in edges.items() if count >= 3 and (count * 2 > len(pages) or line == "#")}

    def is_text(line: str, i: int, page: Sequence[str]) -> bool:
        is_at_edge = i < 2 or i >= len(page) - 2
        return not (is_at_edge and shape(line) in running) and not _CONTENTS_LINE.search(line)

    return [[line for i, line in enumerate(page) if is_text(line, i, page)] for page in pages]


def paragraphs(pages: Sequence[Sequence[str]], bookmarks: Bookmarks) -> Extracted:
    """Lines joined to paragraphs. A line that is clearly shorter than usual ends its paragraph. A line that is the
    title of a bookmark of its page is a heading."""
    lines = [line for page in pages for line in page]
    joiner = WordJoiner(lines)
    usual_length = statistics.quantiles(map(len, lines), n=4)[2] if len(lines) > 1 else 0

    def join_word(match: re.Match[str]) -> str:
        return joiner.join(match[1], match[2])

    def join_lines(lines: Sequence[str]) -> str:
        return re.sub(rf"(\w+){HYPHEN}\s*(\w+)", join_word, " ".join(lines)).replace(HYPHEN, "-")

    blocks, current = Blocks(), list[str]()
    for number, page in enumerate(pages):
        titles = dict(bookmarks.get(number, {}))
        for line in page:
            level = titles.pop(comparable(line), None) if titles else None
            if level is not None or line.startswith(BULLETS):
                blocks.add(join_lines(current))
                current.clear()
            if level is not None:
                blocks.heading(join_lines([line]), level)
                continue
            current.append(line)
            if len(line) < SHORT_LINE * usual_length:
                blocks.add(join_lines(current))
                current.clear()
    blocks.add(join_lines(current))
    return blocks.extracted()
