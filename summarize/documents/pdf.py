"""PDF: the text of every page as PDFium sees it, made into paragraphs again."""

from __future__ import annotations

import re
import statistics
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.errors import DocumentError

if TYPE_CHECKING:
    import pypdfium2

Bookmarks = dict[int, dict[str, int]]  # page number → comparable title → level
BULLETS = ("•", "▪", "‣", "◦", "●", "■", "– ", "— ")
PASSWORD = 4  # FPDF_ERR_PASSWORD
HYPHEN = "\ufffe"  # what PDFium puts in the place of a hyphen at a line's end
SHORT = 0.75  # a line shorter than this share of a usual one ends a paragraph
DEEPEST_BOOKMARK, MOST_BOOKMARKS = 6, 10_000
_NUMBERED = re.compile(
    r"^\s*((chapter|section|appendix|part)\s+)?([\dIVX]+(\.\d+)*|[A-Z](\.\d+)*(?=\.?\s))[.:)]?\s+", re.IGNORECASE
)
_STREAM = re.compile(rb"stream\r?\n")
_CONTENTS = re.compile(r"(\. ?){5,}\s*(\d+|[ivxlc]+)?$")  # of a table of contents
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def read_pdf(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The text of a PDF without running headers, footers and page numbers.

    Raises DocumentError for a password, for pictures of text, and for contents that are too large.
    """
    import pypdfium2

    _refuse_bombs(data, source, options)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == PASSWORD:
            raise DocumentError(f"{source}: is protected by a password") from None
        raise
    pages: list[list[str]] = []
    size = 0
    with document:
        bookmarks = _bookmarks(document)
        for number in range(len(document)):
            lines = _page_lines(document, number)
            size += sum(map(len, lines))
            if size > options.max_bytes:
                raise options.too_large(source)
            pages.append(lines)
    if pages and not any(pages):
        raise DocumentError(f"{source}: has no text, only pictures of it (a scan?); run OCR first, as with ocrmypdf")
    return paragraphs(without_running_lines(pages), bookmarks)


def _page_lines(document: pypdfium2.PdfDocument, number: int) -> list[str]:
    """The lines of a page; none of one that is damaged, for the others can still be read."""
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
    """Raises DocumentError where one stream of the file is larger than a document may be; PDFium would unpack up to
    2 GB of it."""
    for match in _STREAM.finditer(data):
        size, end = 0, match.end()
        inflater = zlib.decompressobj()
        chunk = data[end : end + 65536]
        try:
            while chunk and not inflater.eof:
                size += len(inflater.decompress(chunk, 1 << 20))
                if size > options.max_bytes:
                    raise options.too_large(source)
                if not (chunk := inflater.unconsumed_tail):
                    end += 65536
                    chunk = data[end : end + 65536]
        except zlib.error:  # not compressed, or not so
            continue


def _bookmarks(document: pypdfium2.PdfDocument) -> Bookmarks:
    """The titles of the document's own outline, in a form that can be compared, with their levels, by page."""
    import pypdfium2

    found: Bookmarks = {}
    try:
        for bookmark in islice(document.get_toc(max_depth=DEEPEST_BOOKMARK), MOST_BOOKMARKS):
            destination = bookmark.get_dest()
            page = destination.get_index() if destination else None
            if page is not None and (title := comparable(bookmark.get_title())):
                found.setdefault(page, {}).setdefault(title, bookmark.level + 1)
    except (pypdfium2.PdfiumError, ValueError):  # a damaged outline is no reason not to read the text
        pass
    return found


def comparable(title: str) -> str:
    """A title's letters and digits, without the number before them, which an outline may have or not."""
    return "".join(filter(str.isalnum, _NUMBERED.sub("", title))).casefold()


def without_running_lines(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """The pages without lines that open or end most of them and differ in their numbers only, without page numbers,
    and without a table of contents, whose lines are led to their page numbers by dots."""

    def shape(line: str) -> str:
        return re.sub(r"\d+|\b[ivxlc]+\b", "#", line)

    edges = Counter(s for page in pages for s in {shape(line) for line in (*page[:2], *page[-2:])})
    running = {line for line, count in edges.items() if count >= 3 and (count * 2 > len(pages) or line == "#")}

    def kept(line: str, i: int, page: Sequence[str]) -> bool:
        at_edge = i < 2 or i >= len(page) - 2
        return not (at_edge and shape(line) in running) and not _CONTENTS.search(line)

    return [[line for i, line in enumerate(page) if kept(line, i, page)] for page in pages]


def paragraphs(pages: Sequence[Sequence[str]], bookmarks: Bookmarks) -> Extracted:
    """Lines joined to paragraphs: one ends with a line that is clearly shorter than a usual one. A line that a bookmark
    of its page names is a heading."""
    lines = [line for page in pages for line in page]
    words = Counter(word.lower() for line in lines for word in _WORD.findall(line))
    usual = statistics.quantiles(map(len, lines), n=4)[2] if len(lines) > 1 else 0

    def joined(match: re.Match[str]) -> str:
        before, after = match[1], match[2]
        whole, hyphened = (before + after).lower(), f"{before}-{after}".lower()
        return f"{before}-{after}" if words[hyphened] > words[whole] else before + after

    def whole(lines: Sequence[str]) -> str:
        return re.sub(rf"(\w+){HYPHEN}\s*(\w+)", joined, " ".join(lines)).replace(HYPHEN, "-")

    blocks, current = Blocks(), list[str]()
    for number, page in enumerate(pages):
        titles = dict(bookmarks.get(number, {}))
        for line in page:
            level = titles.pop(comparable(line), None) if titles else None
            if level is not None or line.startswith(BULLETS):
                blocks.add(whole(current))
                current.clear()
            if level is not None:
                blocks.heading(whole([line]), level)
                continue
            current.append(line)
            if len(line) < SHORT * usual:
                blocks.add(whole(current))
                current.clear()
    blocks.add(whole(current))
    return blocks.extracted()
