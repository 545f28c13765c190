"""The lines of a page of a PDF, with their places; superscripts as plain text, no rotated or doubled text.

PDFium gives a page's text and, for each character, a box that is as high as its font. Two boxes are enough for a line
that is drawn by one command, and for most words (pdf_words). All are looked at where the two differ in size or height.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from summarize.documents.readers.pdf_words import SAME, PageText, Words, are_level
from summarize.documents.readers.runs import joined_runs

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2
    from numpy.typing import NDArray

    from summarize.documents.readers.pdf_words import Boxes

DOTS = "•▪‣◦●■\uf0b7\uf0a7"  # that are bullets wherever they are
BULLETS = f"{DOTS}–—-"
MAX_GAP = 0.9  # between the words of a line, in heights of the line; what is further away is another column or cell
CLOSE = 0.5  # the same, for words that are surely of one line
MIN_SPACE = 0.15  # the same: what is nearer is of one word
MAX_LETTER_GAP = 2.0  # the same, for words whose letters stand apart
MAX_OVERLAP = 0.3  # of the boxes of two words, in heights of the line
SMALL = 0.88  # of the line's height: what is smaller and raised is a superscript
RAISED = 0.15  # of the line's height, from its bottom to the bottom of a superscript
DESCENT = 0.25  # of the line's height: how far below the line a figure of old style reaches at most
MAX_LEVEL_MARK = 4  # characters: what is raised and not small may be a superscript if it is short
INVISIBLE = 3  # PDF's text rendering mode: neither fill nor stroke
DOUBLE = 2.0  # points between the places of a text and its shadow
TURNED = 0.2  # radians
TINY = 2.0  # points; smaller text is not meant to be seen
_LIGATURES = re.compile("[\ufb00-\ufb06]")
_SYMBOL_MARK = re.compile(r"[\x80-\x9f\ue000-\uf8ff] ?(?=\S)")  # maybe a dot of a list, in a font of symbols
_SPACED = re.compile(r"(?:\S ){4,}\S")  # the letters of "C H A P T E R"


@dataclass(slots=True)
class Line:
    """A line of text on a page, or a part of one that stands by itself. Places are in points from the lower left.

    has_mark: it begins with the mark of a note, which is not in the text. is_row: it is a row of a table.
    size: its height, which grows with the size of its font.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    has_mark: bool = False
    is_row: bool = False
    size: float = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.top - self.bottom

    @property
    def has_words(self) -> bool:
        """Whether it is more than signs."""
        return self.text[:1].isalnum() or any(map(str.isalnum, self.text))

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
        self._text, self._characters = text, PageText(text_page, text, self._turned_boxes)
        self._page_box = page.get_bbox()
        self._rotation = rotation
        self.n_characters = self.n_rotated = 0
        left, bottom, right, top = (float(place) for place in self._turned(*self._page_box))
        self._corner = left, bottom
        self.width, self.height = right - left, top - bottom

    def _turned(self, x0: Any, y0: Any, x1: Any, y1: Any) -> tuple[Any, Any, Any, Any]:
        """A box on the page, or the boxes in arrays, when it is turned."""
        left, bottom, right, top = self._page_box
        if self._rotation == 90:
            return y0 - bottom, right - x1, y1 - bottom, right - x0
        if self._rotation == 180:
            return right - x1, top - y1, right - x0, top - y0
        return (top - y1, x0 - left, top - y0, x1 - left) if self._rotation == 270 else (x0, y0, x1, y1)

    def _turned_boxes(self, boxes: Boxes) -> Boxes:
        import numpy as np

        return np.stack(self._turned(*boxes.T), axis=1) if self._rotation else boxes

    def shown_pieces(self) -> Iterator[Piece | None]:
        """The parts of lines without the invisible ones, unless most of the page's text is invisible: then the page is
        a picture of its text."""
        pieces = list(self._pieces())
        if not any(piece is not None and piece.is_invisible for piece in pieces):
            return iter(pieces)
        lengths = Counter[bool]()
        for piece in pieces:
            if piece is not None:
                lengths[piece.is_invisible] += len(piece.text)
        return (p for p in pieces if p is None or not p.is_invisible or lengths[True] > lengths[False])

    def _pieces(self) -> Iterator[Piece | None]:
        """The parts of lines that can be seen, in order, each in one size; None where PDFium ends a line."""
        import numpy as np

        words = self._characters.words()
        if not len(words.starts):
            return
        first, last = words.first, words.last
        self.n_characters = int((words.ends - words.starts).sum())
        is_even, is_single = are_level(first, last), words.ends - words.starts == 1
        runs_right = is_even & (first[:, 0] < last[:, 0])
        is_shown = self._are_shown(first)
        is_head = np.ones(len(first), bool)
        is_head[1:] = ~_are_joined(words, is_even & (runs_right | is_single), is_shown, is_single)
        heads = np.flatnonzero(is_head)
        tails = np.append(heads[1:], len(first)) - 1
        is_turned = self._are_turned(words, heads, is_even, runs_right)
        self.n_rotated = int((words.ends - words.starts)[heads[is_turned]].sum())
        starts, ends = words.starts[heads].tolist(), words.ends[tails].tolist()
        lefts = np.minimum(first[heads, 0], last[heads, 0]).tolist()
        rights = np.maximum(first[tails, 2], last[tails, 2]).tolist()
        bottoms, tops = first[heads, 1].tolist(), first[heads, 3].tolist()
        modes, are_even = self._characters.render_modes(starts), is_even[heads].tolist()
        are_kept = (is_shown[heads] & ~is_turned).tolist()
        line = -1
        for i, number in enumerate(words.lines[heads].tolist()):
            if number != line:
                yield None
                line = number
            if not are_kept[i]:
                continue
            if not are_even[i]:
                yield from self._parts(starts[i], ends[i])
                continue
            text = self._text[starts[i] : ends[i]]
            if "  " in text or not text.isascii():
                text = " ".join(text.split())
            yield Piece(text, lefts[i], bottoms[i], rights[i], tops[i], modes[i] == INVISIBLE)

    def _are_turned(
        self, words: Words, heads: NDArray[np.intp], is_even: NDArray[np.bool_], runs_right: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Whether words are rotated or upside down. heads: which words are asked about."""
        import numpy as np

        starts = words.starts[heads]
        is_turned = np.zeros(len(heads), bool)
        is_reversed = (words.ends[heads] - starts > 1) & is_even[heads] & ~runs_right[heads]
        for i in np.flatnonzero(is_reversed):
            is_turned[i] = _is_upside_down(words.first[heads[i]], words.last[heads[i]], self._text[starts[i]])
        others = np.flatnonzero(~is_reversed & ~runs_right[heads])
        if len(others):
            angles = np.array(self._characters.angles(starts[others].tolist())) + math.radians(self._rotation)
            is_turned[others] = np.abs(np.remainder(angles + math.pi, 2 * math.pi) - math.pi) > TURNED
        return is_turned

    def _are_shown(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Whether characters are large enough to be seen, and on the page."""
        x = (boxes[:, 0] + boxes[:, 2]) / 2 - self._corner[0]
        y = (boxes[:, 1] + boxes[:, 3]) / 2 - self._corner[1]
        is_on_page = (x >= 0) & (x <= self.width) & (y >= 0) & (y <= self.height)
        is_shown: NDArray[np.bool_] = is_on_page & (boxes[:, 3] - boxes[:, 1] >= TINY)
        return is_shown

    def _parts(self, start: int, end: int) -> Iterator[Piece]:
        """The parts of a word that differ in size or height."""
        import numpy as np

        boxes = self._characters.boxes(np.arange(start, end)).tolist()
        modes = self._characters.render_modes(range(start, end))
        part: Piece | None = None
        for i, (left, bottom, right, top) in enumerate(boxes):
            limit = 0.0 if part is None else SAME * (part.top - part.bottom)
            if part is not None and abs(part.bottom - bottom) <= limit and abs(part.top - top) <= limit:
                part.text += self._text[start + i]
                part.left, part.right = min(part.left, left), max(part.right, right)
                continue
            if part is not None:
                yield part
            space = " " if part is None else ""
            part = Piece(self._text[start + i], left, bottom, right, top, modes[i] == INVISIBLE, space)
        if part is not None:
            yield part


def _are_joined(
    words: Words, can_be: NDArray[np.bool_], is_shown: NDArray[np.bool_], is_single: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Whether each word but the first goes on with the word before it, in one size at a small distance.

    can_be: its letters are of one size, from left to right. is_single: it is a letter. Two letters are joined later.
    """
    import numpy as np

    first, last = words.first, words.last
    size = first[:-1, 3] - first[:-1, 1]
    gap = first[1:, 0] - np.maximum(first[:-1, 2], last[:-1, 2])
    is_close = (gap > -MAX_OVERLAP * size) & (gap < CLOSE * size) & are_level(first[:-1], first[1:])
    is_joined: NDArray[np.bool_] = (
        is_close
        & can_be[1:]
        & can_be[:-1]
        & ~(is_single[1:] & is_single[:-1])
        & (is_shown[:-1] | ~is_shown[1:])
        & (words.lines[1:] == words.lines[:-1])
    )
    return is_joined


def _is_upside_down(first: Boxes, last: Boxes, letter: str) -> bool:
    """Whether a word runs from right to left, though its letters are of a script that does not."""
    return bool(last[0] < first[0]) and unicodedata.bidirectional(letter) not in ("R", "AL", "AN")


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
        if segment and is_broken and piece.left - segment[-1].right < MIN_SPACE * (piece.top - piece.bottom):
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
    if len(pieces) == 1 and pieces[0].text.isascii():
        (piece,) = pieces
        return Line(piece.text, piece.left, piece.bottom, piece.right, piece.top)
    main = _main_piece(pieces)
    runs = [(piece.space + piece.text, _is_raised(piece, main)) for piece in pieces]
    text = joined_runs(runs).strip() if len(runs) > 1 else pieces[0].text
    if (mark := _SYMBOL_MARK.match(text)) and _is_dot(mark[0], pieces):
        text = f"• {text[mark.end() :]}"
    text = _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    if _SPACED.fullmatch(text.replace("  ", " ")):
        text = _without_letter_spacing(pieces)
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    has_mark = runs[0][1] and not text.startswith(pieces[0].text)
    return Line(text, left, main.bottom, right, main.top, has_mark)


def _is_dot(mark: str, pieces: Sequence[Piece]) -> bool:
    """Whether a private character, at the beginning of a line, is a dot of a list: a space or gap follows. Otherwise it
    is a letter of a font that has its own characters for figures or ligatures."""
    if mark[0] in DOTS or mark.endswith(" "):
        return True
    first, size = pieces[0], pieces[0].top - pieces[0].bottom
    return len(pieces) > 1 and len(first.text) == 1 and pieces[1].left - first.right > MIN_SPACE * size


def _is_raised(piece: Piece, main: Piece) -> bool:
    """Whether a piece is a superscript: smaller than its line and not lower than it, or short and as a whole higher.
    (The boxes of two fonts of one size may differ, too, but not in this way.)"""
    size = main.top - main.bottom
    rise, top_rise = piece.bottom - main.bottom, piece.top - main.top
    if piece.top - piece.bottom < SMALL * size:
        is_figure = piece.text.isdigit() and not any(map(str.isalpha, main.text))
        if is_figure and rise <= DESCENT * size and abs(top_rise) <= SAME * size:
            return False  # of old style, beside figures that reach below the line
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
    seen: dict[str, list[Line]] = {}
    for line in lines:
        same = seen.setdefault(line.text, [])
        if not (same and any(_are_at_one_place(line, other) for other in same)):
            yield line
        same.append(line)


def _are_at_one_place(line: Line, other: Line) -> bool:
    x, y = round(line.left / DOUBLE), round(line.bottom / DOUBLE)
    return abs(x - round(other.left / DOUBLE)) <= 1 and abs(y - round(other.bottom / DOUBLE)) <= 1
