"""The lines of a page of a PDF, with their places; superscripts as plain text, no rotated or doubled text.

PDFium gives a page's text and, for each character, a box that is as high as its font. Two boxes are enough for a line
that is drawn by one command, and for most words. All boxes are looked at where the two differ in size or height.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from summarize.documents.readers.runs import joined_runs

if TYPE_CHECKING:
    import pypdfium2

DOTS = "•▪‣◦●■\uf0b7\uf0a7"  # that are bullets wherever they are
BULLETS = f"{DOTS}–—-"
MAX_GAP = 0.9  # between the words of a line, in heights of the line; what is further away is another column or cell
CLOSE = 0.5  # the same, for words that are surely of one line
MAX_LETTER_GAP = 2.0  # the same, for words whose letters stand apart
MAX_OVERLAP = 0.3  # of the boxes of two words, in heights of the line
SMALL = 0.88  # of the line's height: what is smaller and raised is a superscript
RAISED = 0.15  # of the line's height, from its bottom to the bottom of a superscript
MAX_LEVEL_MARK = 4  # characters: what is raised and not small may be a superscript if it is short
SAME = 0.08  # of the height: differences within it are none
INVISIBLE = 3  # PDF's text rendering mode: neither fill nor stroke
DOUBLE = 2.0  # points between the places of a text and its shadow
TURNED = 0.2  # radians
TINY = 2.0  # points; smaller text is not meant to be seen
_LINE = re.compile(r"[^\s\0](?:[^\r\n\0]*[^\s\0])?")
_WORD = re.compile(r"[^\s\0]+")
_LIGATURES = re.compile("[\ufb00-\ufb06]")
_SPACED = re.compile(r"(?:\S ){4,}\S")  # the letters of "C H A P T E R"

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points


@dataclass
class Line:
    """A line of text on a page, or a part of one that stands by itself. Places are in points from the lower left.

    has_mark: it begins with the mark of a note, which is not in the text. is_row: it is a row of a table.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    has_mark: bool = False
    is_row: bool = False

    @property
    def has_words(self) -> bool:
        """Whether it is more than signs."""
        return any(map(str.isalnum, self.text))

    @property
    def size(self) -> float:
        """Its height, which grows with the size of its font."""
        return self.top - self.bottom

    def is_level_with(self, other: Line | Piece) -> bool:
        """Whether two lines stand at one height."""
        overlap = min(self.top, other.top) - max(self.bottom, other.bottom)
        return overlap > 0.4 * min(self.top - self.bottom, other.top - other.bottom)


@dataclass(slots=True)
class Piece:
    """A part of a line in one size. space: what is before it."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    is_invisible: bool
    space: str = " "


@dataclass
class Page:
    """The lines of a page in the order in which the file draws them, and the page's size in points."""

    lines: list[Line]
    width: float
    height: float


def read_page(page: pypdfium2.PdfPage) -> Page:
    """The lines of a page. Its text may be turned against its rotation, or with it."""
    text_page = page.get_textpage()
    try:
        text = text_page.get_text_range()
        for rotation in dict.fromkeys((0, page.get_rotation())):
            places = _Places(page, text_page, text, rotation)
            segments = list(_segments(places.shown_pieces()))
            if places.n_rotated * 2 <= places.n_characters:
                lines = (_line(pieces) for pieces in segments)
                shown = [line for line in lines if line.has_words or line.text in BULLETS]
                return Page(list(_without_doubles(shown)), places.width, places.height)
    finally:
        text_page.close()
    return Page(_plain_lines(text), 1, 1)


def _plain_lines(text: str) -> list[Line]:
    """The lines of a page whose text runs up or down the page: in the order of the file, at made-up places."""
    lines = [line.strip() for line in text.replace("\0", "").splitlines() if line.strip()]
    return [Line(line, 50, -12.0 * i, 50 + 5.0 * len(line), -12.0 * i + 12) for i, line in enumerate(lines)]


class _Places:
    """The places of a page's characters. n_characters, n_rotated: how many there are, and how many are in words that
    do not run from left to right. width, height: of the page, in points."""

    def __init__(self, page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage, text: str, rotation: int) -> None:
        """rotation: by which the page's contents are turned before it is read, in degrees."""
        import pypdfium2.raw as pdfium

        self._text, self._raw, self._pdfium = text, text_page.raw, pdfium
        self._rect = pdfium.FS_RECTF()
        self._pointer = ctypes.byref(self._rect)
        self._get, self._index_of = pdfium.FPDFText_GetLooseCharBox, pdfium.FPDFText_GetCharIndexFromTextIndex
        self._is_plain = text_page.count_chars() == len(text)  # an index into the text is one of a character
        self._page_box = page.get_bbox()
        self._rotation = rotation
        self.n_characters = self.n_rotated = 0
        left, bottom, right, top = self._turned(self._page_box)
        self._corner = left, bottom
        self.width, self.height = right - left, top - bottom

    def _index(self, i: int) -> int:
        """The index of the text's i-th character on the page."""
        return i if self._is_plain else self._index_of(self._raw, i)

    def _box(self, i: int) -> Box:
        """(left, bottom, right, top) of the text's i-th character."""
        self._get(self._raw, self._index(i), self._pointer)
        rect = self._rect
        box = rect.left, rect.bottom, rect.right, rect.top
        return self._turned(box) if self._rotation else box

    def _turned(self, box: Box) -> Box:
        """A box on the page when it is turned."""
        x0, y0, x1, y1 = box
        left, bottom, right, top = self._page_box
        if self._rotation == 90:
            return y0 - bottom, right - x1, y1 - bottom, right - x0
        if self._rotation == 180:
            return right - x1, top - y1, right - x0, top - y0
        return (top - y1, x0 - left, top - y0, x1 - left) if self._rotation == 270 else box

    def _is_invisible(self, i: int) -> bool:
        """Whether the text's i-th character is drawn in no colour, as the text of a scan is below its picture."""
        drawn = self._pdfium.FPDFText_GetTextObject(self._raw, self._index(i))
        return bool(drawn) and self._pdfium.FPDFTextObj_GetTextRenderMode(drawn) == INVISIBLE

    def shown_pieces(self) -> Iterator[Piece | None]:
        """The parts of lines without the invisible ones, unless most of the page's text is invisible: then the page is
        a picture of its text."""
        pieces = list(self._pieces())
        lengths = Counter[bool]()
        for piece in pieces:
            if piece is not None:
                lengths[piece.is_invisible] += len(piece.text)
        return (p for p in pieces if p is None or not p.is_invisible or lengths[True] > lengths[False])

    def _pieces(self) -> Iterator[Piece | None]:
        """The parts of lines that can be seen, in order, each in one size; None where PDFium ends a line."""
        for line in _LINE.finditer(self._text):
            yield None
            start, end = line.span()
            if (
                self._is_plain and self._pdfium.FPDFText_CountRects(self._raw, start, end - start) == 1
            ):  # drawn by one command
                first, last = self._box(start), self._box(end - 1)
                if _are_level(first, last) and first[2] <= last[0] and not _SPACED.fullmatch(line[0]):
                    self.n_characters += end - start
                    if self._is_shown(first):
                        yield Piece(line[0], first[0], first[1], last[2], first[3], self._is_invisible(start))
                    continue
            yield from self._words(start, end)

    def _words(self, start: int, end: int) -> Iterator[Piece]:
        """The parts of a line: close words of one size, and the parts of words of several sizes."""
        piece: Piece | None = None
        is_letter = False  # whether the last word was a single letter
        for match in _WORD.finditer(self._text, start, end):
            word_start, word_end = match.span()
            first = self._box(word_start)
            last = self._box(word_end - 1) if word_end - word_start > 1 else first
            self.n_characters += word_end - word_start
            is_even = _are_level(first, last)
            was_letter, is_letter = is_letter, word_end - word_start == 1
            runs_right = is_even and first[0] < last[0]
            if piece is not None and runs_right and _is_close(piece, first):
                piece.text += f" {match[0]}"
                piece.right = last[2]
                continue
            if not runs_right and self._does_not_run_right(first, last, word_start, word_end):
                self.n_rotated += word_end - word_start
                continue
            if not self._is_shown(first):
                continue
            if piece is not None and is_even and not (was_letter and is_letter) and _is_close(piece, first):
                piece.text += f" {match[0]}"
                piece.right = max(first[2], last[2])
                continue
            if piece is not None:
                yield piece
                piece = None
            if is_even:
                left, right = min(first[0], last[0]), max(first[2], last[2])
                piece = Piece(match[0], left, first[1], right, first[3], self._is_invisible(word_start))
            else:
                yield from self._parts(word_start, word_end)
        if piece is not None:
            yield piece

    def _does_not_run_right(self, first: Box, last: Box, start: int, end: int) -> bool:
        """Whether a word is rotated or upside down."""
        if end - start > 1 and _are_level(first, last):
            return _is_upside_down(first, last, self._text[start])
        angle: float = self._pdfium.FPDFText_GetCharAngle(self._raw, self._index(start)) + math.radians(self._rotation)
        return abs(math.remainder(angle, 2 * math.pi)) > TURNED

    def _is_shown(self, box: Box) -> bool:
        """Whether a character is large enough to be seen, and on the page."""
        if box[3] - box[1] < TINY:
            return False
        x, y = (box[0] + box[2]) / 2 - self._corner[0], (box[1] + box[3]) / 2 - self._corner[1]
        return 0 <= x <= self.width and 0 <= y <= self.height

    def _parts(self, start: int, end: int) -> Iterator[Piece]:
        """The parts of a word that differ in size or height."""
        part: Piece | None = None
        for i in range(start, end):
            left, bottom, right, top = self._box(i)
            if part is not None and _are_level((0, part.bottom, 0, part.top), (0, bottom, 0, top)):
                part.text += self._text[i]
                part.left, part.right = min(part.left, left), max(part.right, right)
                continue
            if part is not None:
                yield part
            space = " " if part is None else ""
            part = Piece(self._text[i], left, bottom, right, top, self._is_invisible(i), space)
        if part is not None:
            yield part


def _are_level(first: Box, last: Box) -> bool:
    """Whether two characters are of one size, and on one line."""
    limit = SAME * (first[3] - first[1])
    return abs(first[1] - last[1]) <= limit and abs(first[3] - last[3]) <= limit


def _is_close(piece: Piece, box: Box) -> bool:
    """Whether a word that begins with a character goes on with a part of a line."""
    size = piece.top - piece.bottom
    return (
        -MAX_OVERLAP * size < box[0] - piece.right < CLOSE * size
        and abs(piece.bottom - box[1]) <= SAME * size
        and abs(piece.top - box[3]) <= SAME * size
    )


def _is_upside_down(first: Box, last: Box, letter: str) -> bool:
    """Whether a word runs from right to left, though its letters are of a script that does not."""
    return last[0] < first[0] and unicodedata.bidirectional(letter) not in ("R", "AL", "AN")


def _segments(pieces: Iterator[Piece | None]) -> Iterator[list[Piece]]:
    """Pieces that form a line, or a part of one."""
    segment: list[Piece] = []
    is_broken = False
    for piece in pieces:
        if piece is None:
            is_broken = True
            continue
        if segment and not _continues(segment, piece, is_broken=is_broken):
            yield segment
            segment = []
        if segment and is_broken and piece.left - segment[-1].right < 0.15 * (piece.top - piece.bottom):
            piece.space = ""
        segment.append(piece)
        is_broken = False
    if segment:
        yield segment


def _continues(segment: Sequence[Piece], piece: Piece, *, is_broken: bool) -> bool:
    """Whether a piece goes on where a segment ends. is_broken: PDFium begins a line with it, as it does after a raised
    figure."""
    last = segment[-1]
    size = max(last.top - last.bottom, piece.top - piece.bottom)
    smaller = min(last.top - last.bottom, piece.top - piece.bottom)
    if min(last.top, piece.top) - max(last.bottom, piece.bottom) < 0.4 * smaller:
        return False
    limit = (0.5 if is_broken else MAX_GAP) * size
    if len(segment) > 2 and all(len(p.text) == 1 and p.text.isalpha() for p in (*segment, piece)):
        limit = MAX_LETTER_GAP * size  # between words whose letters stand apart
    if len(segment) == 1 and last.text.isdigit():
        limit = min(limit, 0.6 * size)  # a line's number stands near to its line
    gap = piece.left - last.right
    if gap < -MAX_OVERLAP * size and not is_broken:
        gap = last.left - piece.right  # from right to left
    return -MAX_OVERLAP * size <= gap <= limit


def _line(pieces: Sequence[Piece]) -> Line:
    """The line of pieces, in which superscripts are what a plain text has for them."""
    main = _main_piece(pieces)
    runs = [(piece.space + piece.text, _is_raised(piece, main)) for piece in pieces]
    text = joined_runs(runs).strip() if len(runs) > 1 else pieces[0].text
    text = _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    if _SPACED.fullmatch(text.replace("  ", " ")):
        text = _without_letter_spacing(pieces)
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    has_mark = runs[0][1] and not text.startswith(pieces[0].text)
    return Line(text, left, main.bottom, right, main.top, has_mark)


def _is_raised(piece: Piece, main: Piece) -> bool:
    """Whether a piece is a superscript: smaller than its line and not lower than it, or short and as a whole higher.
    (The boxes of two fonts of one size may differ, too, but not in this way.)"""
    size = main.top - main.bottom
    rise, top_rise = piece.bottom - main.bottom, piece.top - main.top
    if piece.top - piece.bottom < SMALL * size:
        return rise > RAISED * size and top_rise > -SAME * size
    return len(piece.text) <= MAX_LEVEL_MARK and min(rise, top_rise) > RAISED * size


def _main_piece(pieces: Sequence[Piece]) -> Piece:
    """A piece of the size that most characters have."""
    if len(pieces) == 1:
        return pieces[0]
    lengths: dict[float, int] = {}
    for piece in pieces:
        key = round(piece.top - piece.bottom, 1)
        lengths[key] = lengths.get(key, 0) + len(piece.text)
    largest = max(lengths, key=lambda key: (lengths[key], key))
    return next(piece for piece in pieces if round(piece.top - piece.bottom, 1) == largest)


def _without_letter_spacing(pieces: Sequence[Piece]) -> str:
    """The words of a line whose letters stand apart; a gap that is clearly wider than most is one between words."""
    gaps = [b.left - a.right for a, b in pairwise(pieces)]
    usual = sorted(gaps)[len(gaps) // 2]
    parts = [pieces[0].text]
    for gap, piece in zip(gaps, pieces[1:], strict=True):
        parts += (" " if gap > 1.6 * usual else "", piece.text)
    return "".join(parts)


def _without_doubles(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines without those that are drawn twice at one place, for a shadow or to look bold."""
    seen: set[tuple[str, int, int]] = set()
    for line in lines:
        x, y = round(line.left / DOUBLE), round(line.bottom / DOUBLE)
        if not any((line.text, x + dx, y + dy) in seen for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
            yield line
        seen.add((line.text, x, y))
