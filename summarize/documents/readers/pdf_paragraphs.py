"""Lines of a PDF's pages joined to paragraphs, and which of them are headings, footnotes, captions and tables."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from summarize.documents.document import Blocks, Extracted
from summarize.documents.hyphenation import WordJoiner, join_at_slashes
from summarize.documents.readers.pdf_page import BULLETS, DOTS, Line, Page

Bookmarks = dict[int, dict[str, int]]  # page number → comparable title → level

ITEM_STARTS = (*DOTS, *(f"{bullet} " for bullet in BULLETS))
HYPHEN = "\ufffe"  # PDFium's sign for a hyphen at a line's end
SHORT_LINE = 0.8  # of the width of the lines around it: a shorter line ends a paragraph
LARGE, SMALL = 1.12, 0.92  # of the usual size: headings and footnotes
FULL_LINES = 0.7  # of the lines of a column end before the place that is taken as its right side
MIN_DISTANCE, USUAL_DISTANCE = 0.9, 1.2  # of lines, in heights of a line
FEW_LINES = 8  # of a page: the least of their distances is the usual one
MIN_NARROW_LINES = 4  # of a block that is narrower than its column
MAX_LINE_DISTANCE = 2.0  # of the lines of such a block, in heights of a line
MAX_NOTES = 0.6  # of a page's height
WIDE_GAP = 1.35  # usual line distances: a wider one is between paragraphs
INDENT = 0.7  # heights of a line
FAR_LEFT = 4.0  # heights of a line: a line that begins so far to the left is in another column
CENTRED = 2.0  # heights of a line, between the middles of centred ones
MAX_TITLE_LINES = 3
MIN_HEADING = 3  # letters
MAX_HEADING = 160  # characters
MAX_HEADING_LEVELS = 4
MAX_SMALL_LETTERS = 0.2  # of headings begin with one
MAX_FONT_RATIO = 1.5  # of the heights of two fonts' boxes in one paragraph
MIN_FIGURES = 3  # in a row of a table
MAX_INTERRUPTION = 8  # blocks between the parts of a paragraph
_ITEM = re.compile(r"(?:\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]|\[\d{1,3}\])\s+\S", re.IGNORECASE)
_CAPTION = re.compile(r"(?:fig(?:ure|\.)?|table|tab\.|chart|box|plate|exhibit)\s*\d+", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?:…]['\"”’)\]]*$")
_FIGURE = re.compile(r"[-−–+(]?[$£€]?\d[\d.,:/]*%?\)?|[-−–—]|n/?a|N/?A")
_NOTE = re.compile(r"(?:\d{1,3}|[*†‡§¶]+)[.)]?\s?(?:[^\W\d_a-z]|[“\"‘]|see |http)")
_CJK = "[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"  # scripts without spaces
_CJK_LINE_END = re.compile(f"(?<={_CJK})\n(?={_CJK})")
_NUMBERED = re.compile(
    r"^\s*((chapter|section|appendix|part)\s+)?([\dIVX]+(\.\d+)*|[A-Z](\.\d+)*(?=\.?\s))[.:)]?\s+", re.IGNORECASE
)


@dataclass(frozen=True)
class _Column:
    """Where the lines of a column usually begin and end, in points."""

    left: float
    right: float


@dataclass
class _Block:
    """A paragraph, a heading or a row of a table. level: of the heading that its page's bookmarks make of it."""

    lines: list[Line]
    page: int
    level: int = 0
    column: _Column = _Column(0.0, 0.0)
    text: str = field(default="", init=False)

    @property
    def is_aside(self) -> bool:
        """Whether it interrupts the text around it, as a caption or a table does."""
        return self.lines[0].is_row or bool(_CAPTION.match(self.lines[0].text))


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a full stop, or another sign that ends a sentence, and perhaps quotation marks."""
    return _SENTENCE_END.search(text[-8:]) is not None


def comparable(title: str) -> str:
    """A title's letters and digits in lower case, without a section number, which an outline may have or lack."""
    return "".join(filter(str.isalnum, _NUMBERED.sub("", title))).casefold()


def paragraphs(pages: Sequence[Page], bookmarks: Bookmarks) -> Extracted:
    """The text of pages: their lines joined to paragraphs, without footnotes.

    Headings are the lines that an outline names, or if it names none, short lines in larger type.
    """
    usual_size = _usual_size(line for page in pages for line in page.lines)
    blocks: list[_Block] = []
    for number, page in enumerate(pages):
        lines = _without_footnotes(page.lines, usual_size)
        titles = dict(bookmarks.get(number, {}))
        _add_page(lines, number, titles, blocks, _usual_distance(lines))
    if not any(block.level for block in blocks):
        _find_headings(blocks, usual_size)
    join = _Joiner(line.text for block in blocks for line in block.lines)
    for block in blocks:
        block.text = join(line.text for line in block.lines)
    out = Blocks()
    for block in _without_interruptions(blocks, join):
        out.heading(block.text, block.level) if block.level else out.add(block.text)
    return out.extracted()


def _usual_size(lines: Iterator[Line]) -> float:
    """The height of most of the text."""
    lengths: Counter[float] = Counter()
    for line in lines:
        lengths[round(line.size * 2) / 2] += len(line.text)
    return lengths.most_common(1)[0][0] if lengths else 1.0


def _without_footnotes(lines: Sequence[Line], usual_size: float) -> list[Line]:
    """The lines of a page without notes: small lines below all text of their column, of which the first begins with a
    mark."""
    text: list[Line] = []  # of usual size, from the bottom up
    small: list[Line] = []  # small lines with no text below them
    for line in sorted(lines, key=lambda line: line.bottom):
        if line.size > SMALL * usual_size:
            if not any(other.left <= line.left and other.right >= line.right for other in text):
                text.append(line)
        elif not any(_are_in_one_column(line, other) for other in text):
            small.append(line)
    notes: list[Line] = []
    for line in reversed(small):
        if line.has_mark or _NOTE.match(line.text) or any(_are_in_one_column(line, note) for note in notes):
            notes.append(line)
    height = max((line.top for line in lines), default=0) - min((line.bottom for line in lines), default=0)
    if notes and notes[0].top - notes[-1].bottom > MAX_NOTES * height:
        return list(lines)
    dropped = {id(line) for line in notes}
    return [line for line in lines if id(line) not in dropped]


def _add_page(
    lines: Sequence[Line], number: int, titles: dict[str, int], blocks: list[_Block], distance: float
) -> None:
    """Add the blocks of a page; its first line may go on with the last block."""
    for line, column in zip(lines, _with_narrow_blocks(lines, _columns(lines)), strict=True):
        level = titles.pop(comparable(line.text), 0) if titles else 0
        if level:
            blocks.append(_Block([line], number, level))
            continue
        previous = blocks[-1] if blocks else None
        if previous is None or previous.level or not _goes_on(previous, line, number, column, distance):
            blocks.append(_Block([line], number, column=column))
        else:
            previous.lines.append(line)
        if titles and len(blocks[-1].lines) <= MAX_TITLE_LINES:
            blocks[-1].level = titles.pop(comparable(" ".join(other.text for other in blocks[-1].lines)), 0)


def _columns(lines: Sequence[Line]) -> list[_Column]:
    """The column that each line of a page is in: lines of one size that begin at about the same place."""
    columns: list[list[int]] = []
    for i in sorted(range(len(lines)), key=lambda i: (round(lines[i].size), lines[i].left)):
        last = lines[columns[-1][-1]] if columns else None
        if last and lines[i].left - last.left < 2 * last.size and round(lines[i].size) == round(last.size):
            columns[-1].append(i)
        else:
            columns.append([i])
    found = [_Column(0.0, 0.0)] * len(lines)
    for members in columns:
        rights = sorted(lines[i].right for i in members)
        lefts = [lines[i].left for i in members]
        column = _Column(lefts[len(lefts) // 10], rights[int(FULL_LINES * (len(rights) - 1))])
        for i in members:
            found[i] = column
    return found


def _with_narrow_blocks(lines: Sequence[Line], columns: list[_Column]) -> list[_Column]:
    """The columns; the lines of a block that is narrower than its column have one of their own."""
    start = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines) and _are_in_one_block(lines[end - 1], lines[end]):
            continue
        block = lines[start:end]
        right = max(line.right for line in block)
        if len(block) >= MIN_NARROW_LINES and all(not _fits(b, a, right) for a, b in pairwise(block[:-1])):
            for i in range(start, end):
                columns[i] = _Column(columns[i].left, right)
        start = end
    return columns


def _are_in_one_block(line: Line, following: Line) -> bool:
    """Whether two lines begin at one place, one below the other, in one size."""
    gap = line.bottom - following.bottom
    is_near = 0 < gap < MAX_LINE_DISTANCE * line.size
    return is_near and abs(line.left - following.left) < 1 and abs(line.size - following.size) < 0.1 * line.size


def _fits(following: Line, line: Line, right: float) -> bool:
    """Whether the first word of the following line would have fitted at the end of a line."""
    word_length = len(following.text.split(" ", 1)[0]) + 2
    word_width = word_length * (following.right - following.left) / max(len(following.text), 1)
    return line.right + word_width <= right


def _usual_distance(lines: Sequence[Line]) -> float:
    """The usual distance of the lines of a page, in heights of a line."""
    distances = [
        (a.bottom - b.bottom) / a.size
        for a, b in pairwise(lines)
        if 0 < a.bottom - b.bottom < 3 * a.size and abs(a.size - b.size) < 0.1 * a.size
    ]
    usual = len(distances) // 4 if len(distances) > FEW_LINES else 0
    return max(sorted(distances)[usual], MIN_DISTANCE) if distances else USUAL_DISTANCE


def _are_in_one_column(line: Line, other: Line) -> bool:
    return min(line.right, other.right) > max(line.left, other.left)


def _goes_on(block: _Block, line: Line, number: int, column: _Column, distance: float) -> bool:
    """Whether a line goes on with the paragraph before it. distance: the usual one of lines on its
    page, in their heights."""
    last = block.lines[-1]
    if last.is_row or line.is_row or line.text.startswith(ITEM_STARTS):
        return False
    if _has_figures(last.text) and _has_figures(line.text):  # rows of a table
        return False
    is_unfinished = not ends_sentence(last.text)
    if abs(last.size - line.size) > 0.1 * last.size:
        return block.page == number and is_unfinished and _is_in_other_font(last, line, distance)
    continues_word = last.text.endswith(HYPHEN) or (is_unfinished and line.text[:1].islower())
    gap = last.bottom - line.bottom
    if block.page == number and _is_across(line, last):
        return False
    if block.page != number or gap <= 0 or not _are_in_one_column(last, line):  # another page or column
        is_new = _ITEM.match(line.text) or _CAPTION.match(line.text) or _is_short(last, line, block.column)
        return continues_word or (is_unfinished and not is_new)
    if gap > WIDE_GAP * distance * line.size:
        return False
    if _CAPTION.match(line.text) or (
        _ITEM.match(line.text) and (not is_unfinished or _ITEM.match(block.lines[0].text))
    ):
        return False
    if not is_unfinished and line.left - column.left > INDENT * line.size > last.left - column.left:
        return False
    return continues_word or not _is_short(last, line, column)


def _is_in_other_font(last: Line, line: Line, distance: float) -> bool:
    """Whether a line goes on with an unfinished one below which it stands, though its font has boxes of another height.
    distance: the usual one of lines."""
    smaller, larger = sorted((last.size, line.size))
    is_of_text = larger < MAX_FONT_RATIO * smaller and line.text[:1].islower()
    return is_of_text and _is_right_below(last, line, distance)


def _is_right_below(last: Line, line: Line, distance: float = USUAL_DISTANCE) -> bool:
    """Whether a line begins at the same place below another. distance: the usual one of lines."""
    gap = last.bottom - line.bottom
    return 0 < gap <= WIDE_GAP * distance * max(last.size, line.size) and abs(last.left - line.left) < 1


def _has_figures(text: str) -> bool:
    """Whether a line is a row of figures, as in a table."""
    words = text.split()
    n_figures = sum(_FIGURE.fullmatch(word) is not None for word in words)
    return n_figures >= MIN_FIGURES and 2 * n_figures >= len(words)


def _is_across(line: Line, last: Line) -> bool:
    """Whether a line is below several columns, of which the last line is in one."""
    shift = abs((line.left + line.right) - (last.left + last.right)) / 2
    return (
        last.left - line.left > FAR_LEFT * line.size
        and line.bottom < last.bottom
        and line.right > last.left
        and shift > CENTRED * line.size
    )


def _is_short(line: Line, following: Line, column: _Column) -> bool:
    """Whether a line ends before its column does, as at the end of a paragraph: the next word would have fitted on it.
    A line that does not end a sentence must be clearly shorter."""
    if not _fits(following, line, column.right):
        return False
    is_clearly_short = line.right - column.left < SHORT_LINE * (column.right - column.left)
    return is_clearly_short or ends_sentence(line.text)


def _find_headings(blocks: Sequence[_Block], usual_size: float) -> None:
    """Make headings of short blocks in larger type; the largest type is of the first level."""
    large = [
        block for block in blocks
        if block.lines[0].size > LARGE * usual_size
        and not block.lines[0].is_row
        and not block.lines[0].text.startswith(ITEM_STARTS)
        and sum(len(line.text) for line in block.lines) <= MAX_HEADING
        and sum(map(str.isalpha, "".join(line.text for line in block.lines))) >= MIN_HEADING
    ]  # fmt: skip
    large = _without_running_text(large)
    if not large or sum(len(line.text) for block in blocks for line in block.lines) < 2 * sum(
        len(line.text) for block in large for line in block.lines
    ):
        return  # a slide or a poster, which is in large type throughout
    sizes: list[float] = []
    for size in sorted({block.lines[0].size for block in large}, reverse=True):
        if not sizes or size < 0.95 * sizes[-1]:
            sizes.append(size)
    for block in large:
        rank = next(i for i, size in enumerate(sizes) if block.lines[0].size > 0.95 * size)
        block.level = min(rank + 1, MAX_HEADING_LEVELS)


def _without_running_text(large: Sequence[_Block]) -> list[_Block]:
    """Blocks in larger type without those in a size in which text runs on: many begin with a small letter."""
    by_size: dict[float, list[_Block]] = defaultdict(list)
    for block in large:
        by_size[round(block.lines[0].size)].append(block)
    kept = []
    for blocks in by_size.values():
        n_small = sum(block.lines[0].text[:1].islower() for block in blocks)
        kept += blocks if n_small < max(2, MAX_SMALL_LETTERS * len(blocks)) else []
    return kept


class _Joiner:
    """Joins lines, and words that are divided at their ends."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = list(lines)

    def __call__(self, lines: Iterable[str]) -> str:
        """The lines as one text."""
        text = "\n".join(lines)
        if not text.isascii():
            text = _CJK_LINE_END.sub("", text)
        text = join_at_slashes(text).replace("\n", " ")
        return (
            re.sub(rf"\b(\w{{1,60}}){HYPHEN}\s*(\w+)", self._word, text).replace(HYPHEN, "-")
            if HYPHEN in text
            else text
        )

    @cached_property
    def _joiner(self) -> WordJoiner:
        return WordJoiner(self._lines)

    def _word(self, match: re.Match[str]) -> str:
        return self._joiner.join(match[1], match[2])


def _without_interruptions(blocks: Sequence[_Block], join: _Joiner) -> Iterator[_Block]:
    """The blocks, in which a paragraph that a caption or a table interrupts comes before it as a whole."""
    taken: set[int] = set()
    for i, block in enumerate(blocks):
        if i in taken:
            continue
        if not block.level and not block.is_aside and not ends_sentence(block.text):
            rest = _rest_of(block, blocks, i)
            if rest is not None:
                taken.add(rest)
                block.text = join((block.text, blocks[rest].text))
        yield block


def _rest_of(block: _Block, blocks: Sequence[_Block], i: int) -> int | None:
    """The number of the block that goes on with an unfinished one after asides; None if none does."""
    for k in range(i + 1, min(i + 1 + MAX_INTERRUPTION, len(blocks))):
        other = blocks[k]
        is_same_size = abs(other.lines[0].size - block.lines[0].size) <= 0.1 * block.lines[0].size
        if other.level or (not is_same_size and k == i + 1 and _is_right_below(block.lines[-1], other.lines[0])):
            return None
        if not other.is_aside and is_same_size:
            is_full = len(block.lines) > 1 and not _fits(other.lines[0], block.lines[-1], block.column.right)
            return k if k > i + 1 and (other.text[:1].islower() or is_full) else None
    return None
