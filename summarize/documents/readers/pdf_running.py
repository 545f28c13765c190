"""What stands on the pages of a PDF beside its text: running headers and footers, page numbers, line numbers."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from summarize.documents.readers.pdf_page import Line, Page

EDGE_ROWS = 3  # at the top and the bottom of a page, among which running lines are
MAX_CLOSE_ROWS = 2  # of running lines with no gap to the text
N_ROWS = 5  # at an edge that are looked at
MIN_PAGES, FEW_PAGES = 3, 4  # running lines are on so many pages, but on two of a few
SET_OFF = 1.6  # usual line distances: what is further from the text stands apart
MARGIN = 0.08  # of a page's height
SAME_PLACE = 0.02  # of a page's height
MAX_ENTRY = 60  # characters: of the end of an entry in a table of contents
MAX_PRINTED = 150  # characters of a browser's line
MAX_RUNNING = 100  # characters of a line in the margin of a single page
SMALL = 0.92  # of the usual size
MAX_PAGE_NUMBER = 60  # characters, with what is around it
MAX_LINES_A_NUMBER = 1.5
MIN_LINE_NUMBERS = 4
_CONTENTS_LINE = re.compile(r"(?:\. ?){5,}$|(?:(?:\. ?){3,}|(?:… ?)+)\s*(?:\d+|[ivxlc]+)$")  # of a table of contents
_WITH_PAGE_NUMBER = re.compile(r"\b(?:page|seite|página)\s#(?:\s?(?:of|/|von|de)\s?#)?$", re.IGNORECASE)
_PRINTED = re.compile(r"(?:https?|file)://|#[./-]#[./-]#,?\s+#:#")  # a browser's line: the address, the date and time
_OUTER_NUMBER = re.compile(r"^\W*(\d{1,4})(?=\s)|(?<=\s)(\d{1,4})\W*$")
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_PAGE_NUMBER = re.compile(
    r"[-–—|\[(]?\s*(?:(?:page|p\.|pg\.?|seite|página|pagina|s\.)\s*)?#\s*(?:(?:of|/|von|de|di|sur)\s*#)?\s*[-–—|\])]?",
    re.IGNORECASE,
)


def without_running_lines(pages: Sequence[Page]) -> list[Page]:
    """The pages without running headers and footers, page numbers, and lines of a table of contents, in which dots lead
    to a page number."""
    edges = [(*_edge(page, is_top=True), *_edge(page, is_top=False)) for page in pages]
    running = {id(line) for line in _running(edges, pages)}
    if len(pages) == 1:
        running |= {id(line) for line in _small_in_margins(edges[0], pages[0])}
    kept = [Page([line for line in page.lines if _is_kept(line, running)], page.width, page.height) for page in pages]
    return kept if any(page.lines for page in kept) else list(pages)


def _small_in_margins(edges: Sequence[_Edge], page: Page) -> Iterator[Line]:
    """The lines in the margins of a single page that a gap sets off from the text and that are smaller than the text,
    as no other page shows that they run."""
    sizes = [line.size for line in page.lines for _ in range(len(line.text) // 10 + 1)]
    for edge in edges:
        is_small = max(line.size for line in edge.lines) < SMALL * statistics.median(sizes)
        if edge.is_in_margin and edge.is_set_off and is_small and len(edge.text) <= MAX_RUNNING:
            yield from edge.lines


def _is_kept(line: Line, running: set[int]) -> bool:
    if id(line) in running:
        return False
    end = line.text[-MAX_ENTRY:]
    has_leader = ".." in end or ". ." in end or "…" in end  # quicker than the search
    return not has_leader or not _CONTENTS_LINE.search(end)


class _Edge:
    """A row at the top or the bottom of a page. is_set_off: a gap is between it and the text. depth: 0 for the
    outermost row."""

    def __init__(self, lines: list[Line], *, is_top: bool, is_set_off: bool, depth: int, page: Page) -> None:
        self.lines, self.is_top, self.is_set_off, self.depth = lines, is_top, is_set_off, depth
        ordered = sorted(lines, key=lambda line: line.left)
        self.text = " ".join(line.text for line in ordered)
        self.shape = _NUMBER.sub("#", self.text)
        self.height = lines[0].bottom / max(page.height, 1)
        self.is_in_margin = self.height > 1 - MARGIN or self.height < MARGIN

    @property
    def place(self) -> tuple[str, bool, int]:
        """What it says but for numbers, and where: the same for a running line on many pages."""
        return self.shape, self.is_top, round(self.height / SAME_PLACE)

    def n_like_it(self, counts: Counter[tuple[str, bool, int]]) -> int:
        """On how many pages it is, at about the same height. counts: of the places of all rows."""
        shape, is_top, height = self.place
        return sum(counts[shape, is_top, height + d] for d in (-1, 0, 1))

    @property
    def outer_numbers(self) -> set[int]:
        """The numbers at its beginning and its end: one may be the page's."""
        return {int(number) for pair in _OUTER_NUMBER.findall(self.text) for number in pair if number}

    def counts_with(self, other: _Edge) -> bool:
        """Whether both stand in one margin, at about the same height, and a number in them counts up by one."""
        is_beside = self.is_in_margin and self.is_set_off and self.is_top == other.is_top
        is_level = abs(self.height - other.height) <= SAME_PLACE
        return is_beside and is_level and any(n - m in (-1, 1) for n in self.outer_numbers for m in other.outer_numbers)

    @property
    def is_page_number(self) -> bool:
        """Whether it is a page number, or a few words with one after "page"."""
        if len(self.shape) > MAX_PAGE_NUMBER:
            return False
        return bool(_PAGE_NUMBER.fullmatch(self.shape.strip()) or _WITH_PAGE_NUMBER.search(self.shape))

    @property
    def is_of_browser(self) -> bool:
        """Whether it is what a browser prints at the edges of a page."""
        return len(self.shape) <= MAX_PRINTED and _PRINTED.search(self.shape) is not None


def _edge(page: Page, *, is_top: bool) -> Iterator[_Edge]:
    """The outermost rows at an edge of a page, from the outside."""
    rows: list[list[Line]] = []
    for line in sorted(page.lines, key=lambda line: -line.bottom if is_top else line.bottom):
        if rows and rows[-1][0].is_level_with(line):
            rows[-1].append(line)
        elif len(rows) == N_ROWS:
            break
        else:
            rows.append([line])
    distances = [abs(a[0].bottom - b[0].bottom) for a, b in pairwise(rows)]
    usual = _usual_distance(page)
    gaps = [i for i, distance in enumerate(distances[:EDGE_ROWS]) if distance > SET_OFF * usual]
    n_set_off = gaps[-1] + 1 if gaps else 0
    for depth, row in enumerate(rows):
        yield _Edge(row, is_top=is_top, is_set_off=depth < n_set_off, depth=depth, page=page)


def _usual_distance(page: Page) -> float:
    """The usual distance of lines, in points."""
    distances = [a.bottom - b.bottom for a, b in pairwise(page.lines) if 0 < a.bottom - b.bottom < 4 * a.size]
    sizes = [line.size for line in page.lines]
    return statistics.median(distances) if distances else 1.2 * statistics.median(sizes or [10.0])


def _running(edges: Sequence[Sequence[_Edge]], pages: Sequence[Page]) -> Iterator[Line]:
    """The lines at the edges that are not text of their page."""
    outer = {id(line) for rows in edges for edge in rows if edge.depth < MAX_CLOSE_ROWS for line in edge.lines}
    inner_rows = [[edge for edge in rows if id(edge.lines[0]) not in outer] for rows in edges]
    counts = Counter(edge.place for rows in edges for edge in rows)
    counts_of_text = Counter(edge.shape for rows in inner_rows for edge in rows)
    for i, (rows, inner) in enumerate(zip(edges, inner_rows, strict=True)):
        beside = [
            other for page in edges[max(i - 1, 0) : i + 2] if page is not rows for other in page if not other.depth
        ]
        is_copy = bool(inner) and all(
            edge.n_like_it(counts) > 1 for edge in inner
        )  # the page is like others throughout
        for edge in rows:
            n_like_it, n_in_text = edge.n_like_it(counts), counts_of_text[edge.shape]
            is_apart = edge.depth < EDGE_ROWS and n_in_text < MIN_PAGES and _is_apart(edge, n_like_it, len(pages))
            is_close = edge.depth < MAX_CLOSE_ROWS and not is_copy and not n_in_text
            is_apart |= not edge.depth and any(map(edge.counts_with, beside))
            if is_apart or (is_close and _is_frequent(n_like_it, len(pages))):
                yield from edge.lines


def _is_frequent(n_pages_with_it: int, n_pages: int) -> bool:
    return n_pages_with_it >= MIN_PAGES and n_pages_with_it * 2 > n_pages


def _is_apart(edge: _Edge, n_pages_with_it: int, n_pages: int) -> bool:
    """Whether a page number, or a row that a gap sets off from the text, is no text."""
    if edge.depth < MAX_CLOSE_ROWS and (edge.is_page_number or edge.is_of_browser):
        return edge.is_set_off or edge.is_in_margin or n_pages_with_it >= MIN_PAGES
    return edge.is_set_off and n_pages_with_it >= (2 if n_pages <= FEW_PAGES else MIN_PAGES)


def without_line_numbers(lines: Sequence[Line]) -> list[Line]:
    """The lines of a page without the numbers of lines: a column of numbers at the side of the text that count up."""
    numbers = [line for line in lines if line.text.isdecimal() and len(line.text) <= 5]
    texts = [line for line in lines if any(map(str.isalpha, line.text))]
    if not numbers or not texts:
        return list(lines)
    left = statistics.quantiles([line.left for line in texts], n=10)[0] if len(texts) > 1 else texts[0].left
    right = statistics.quantiles([line.right for line in texts], n=10)[-1] if len(texts) > 1 else texts[0].right
    dropped: set[int] = set()
    for column in ([n for n in numbers if n.right <= left], [n for n in numbers if n.left >= right]):
        column.sort(key=lambda line: -line.bottom)
        if _count_lines(column, texts) or _are_counted(column, texts):
            dropped |= {id(line) for line in column}
    return [line for line in lines if id(line) not in dropped]


def _count_lines(column: Sequence[Line], texts: Sequence[Line]) -> bool:
    """Whether numbers, from top to bottom, count up as those of lines do: there are few lines more."""
    steps = [int(b.text) - int(a.text) for a, b in pairwise(column)]
    if len(column) < MIN_LINE_NUMBERS or sum(step in (1, 5, 10) for step in steps) < 0.8 * len(steps):
        return False
    size = statistics.median(line.size for line in texts)
    heights = {round(line.bottom / size) for line in texts if column[-1].bottom <= line.bottom <= column[0].bottom}
    return len(heights) <= MAX_LINES_A_NUMBER * sum(step for step in steps if step > 0)


def _are_counted(column: Sequence[Line], texts: Sequence[Line]) -> bool:
    """Whether there are a few numbers, every fifth or tenth, each beside the line of the page that has this number."""
    numbers = [int(line.text) for line in column]
    is_stepped = len(column) > 1 and any(numbers == list(range(n, n * len(numbers) + 1, n)) for n in (5, 10))
    return is_stepped and all(
        sum(line.bottom > number.bottom and not line.is_level_with(number) for line in texts) == int(number.text) - 1
        for number in column
    )
