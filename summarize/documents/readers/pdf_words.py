"""The words of a page of a PDF, with the boxes of their first and last letters, all at once.

PDFium is asked for one character a call. A call from Python takes many times as long as PDFium does, so that the calls
are made by `map`, which runs in C, and what is made of the boxes by numpy.
"""

from __future__ import annotations

import ctypes
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2
    from numpy.typing import NDArray

    Boxes = NDArray[np.float32]  # (n, 4): left, bottom, right, top of n characters, in points

BOX_BYTES = 16  # four floats: left, top, right, bottom
LAST_SPACE = 0x3000  # the last code point that is white space
SPACE, LINE_END = 1, 2  # kinds of characters; others are 0
WIDE = 0.5  # of the height: an average letter is narrower, unless wide gaps stand between a line's words
MAX_STRETCH = 2.0  # of the height: a wider gap stands between the cells of a table
SAME = 0.08  # of the height: differences within it are none


_BLANK = re.compile(r"\s+")


@dataclass(frozen=True)
class Words:
    """The words of a page, in arrays of one value a word.

    starts, ends: places in the text. lines: the numbers of lines, as PDFium ends them. first, last: the boxes of the
    first and the last letter.
    """

    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    lines: NDArray[np.intp]
    first: Boxes
    last: Boxes


class PageText:
    """The characters of a page. is_plain: an index into its text is one of a character of the page."""

    def __init__(self, text_page: pypdfium2.PdfTextPage, text: str, turned: Callable[[Boxes], Boxes]) -> None:
        """turned: gives the boxes on the page when it is turned."""
        self.text, self._turned = text, turned
        self.is_plain = text_page.count_chars() == len(text)
        self._handle = ctypes.cast(text_page.raw, ctypes.c_void_p).value

    def words(self) -> Words:
        """All words of the text: what stands between white space. A line that is drawn in one piece is one word."""
        import numpy as np

        codes = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), np.uint32)
        kinds = _kinds()[np.minimum(codes, LAST_SPACE + 1)]
        is_blank = np.ones(len(codes) + 2, bool)
        is_blank[1:-1] = kinds > 0
        edges = np.flatnonzero(is_blank[1:] != is_blank[:-1])
        starts, ends = edges[0::2], edges[1::2]
        lines = np.cumsum(kinds == LINE_END)[starts]
        is_first = np.diff(lines, prepend=-1) != 0
        is_last = np.append(is_first[1:], True)[: len(starts)]
        numbers = np.cumsum(is_first) - 1  # of the words' lines, without empty ones
        is_whole = self._are_whole(starts[is_first], ends[is_last], np.bincount(numbers))
        starts = starts[is_first | ~is_whole[numbers]]
        ends = ends[is_last | ~is_whole[numbers]]
        numbers = numbers[is_first | ~is_whole[numbers]]
        boxes = self.boxes(np.stack((starts, ends - 1), axis=1).ravel())
        return Words(starts, ends, numbers, boxes[0::2], boxes[1::2])

    def _are_whole(
        self, starts: NDArray[np.intp], ends: NDArray[np.intp], n_words: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Whether each line is drawn in one piece, from left to right in letters of one size, which do not stand apart,
        without gaps as between the cells of a table.

        starts, ends: places of lines in the text. n_words: in each.
        """
        import numpy as np

        is_whole = np.zeros(len(starts), bool)
        if not self.is_plain:
            return is_whole
        are_apart = (n_words > 4) & (ends - starts == 2 * n_words - 1)
        candidates = np.flatnonzero((n_words > 1) & ~are_apart)
        rectangles = self._n_rectangles(starts[candidates].tolist(), (ends - starts)[candidates].tolist())
        candidates = candidates[np.array(rectangles, int) == 1]
        boxes = self.boxes(np.stack((starts[candidates], ends[candidates] - 1), axis=1).ravel())
        first, last = boxes[0::2], boxes[1::2]
        width = (last[:, 2] - first[:, 0]) / (ends - starts)[candidates]
        is_narrow = width <= WIDE * (first[:, 3] - first[:, 1])
        is_even = are_level(first, last) & (first[:, 2] <= last[:, 0])
        is_whole[candidates[is_even & is_narrow]] = True
        is_whole[self._stretched(starts, ends, candidates[is_even & ~is_narrow].tolist())] = True
        return is_whole

    def _stretched(self, starts: NDArray[np.intp], ends: NDArray[np.intp], wide: Sequence[int]) -> list[int]:
        """Which of the wide lines are stretched to the width of their column, or are in wide type, and no rows of a
        table: none of the gaps between their words is very wide, and most of the words are no figures."""
        import numpy as np

        gaps: list[tuple[int, int]] = []  # the last place before each gap of a line, and the first one after it
        lines: list[tuple[int, int]] = []  # (line, how many gaps it has)
        for i in wide:
            start, text = int(starts[i]), self.text[starts[i] : ends[i]]
            words = text.split()
            if 2 * sum(any(map(str.isdigit, word)) for word in words) <= len(words):
                found = [(start + gap.start() - 1, start + gap.end()) for gap in _BLANK.finditer(text)]
                gaps += found
                lines.append((i, len(found)))
        if not gaps:
            return []
        boxes = self.boxes(np.array(gaps, np.intp).ravel())
        widths = (boxes[1::2, 0] - boxes[0::2, 2]) / (boxes[0::2, 3] - boxes[0::2, 1])  # in heights
        firsts = np.cumsum([0] + [n for _, n in lines[:-1]])
        return [
            i for (i, _), width in zip(lines, np.maximum.reduceat(widths, firsts), strict=True) if width < MAX_STRETCH
        ]

    def boxes(self, places: NDArray[np.intp]) -> Boxes:
        """The boxes of the characters at places in the text: as high as their fonts."""
        import numpy as np

        values = np.zeros((len(places), 4), np.float32)
        address = values.ctypes.data
        get = _functions()["FPDFText_GetLooseCharBox"]
        addresses = range(address, address + BOX_BYTES * len(places), BOX_BYTES)
        deque(map(get, repeat(self._handle), self.indices(places.tolist()), addresses), maxlen=0)
        return self._turned(values[:, (0, 3, 2, 1)])

    def indices(self, places: Sequence[int]) -> Sequence[int]:
        """The indices of the page's characters at places in the text."""
        if self.is_plain:
            return places
        return list(map(_functions()["FPDFText_GetCharIndexFromTextIndex"], repeat(self._handle), places))

    def _n_rectangles(self, starts: Sequence[int], lengths: Iterable[int]) -> list[int]:
        """How many pieces each stretch of characters is drawn in."""
        return list(map(_functions()["FPDFText_CountRects"], repeat(self._handle), starts, lengths))

    def render_modes(self, places: Sequence[int]) -> list[int]:
        """How the characters at places are drawn, as PDF numbers it; -1 where it is not known."""
        functions = _functions()
        objects = map(functions["FPDFText_GetTextObject"], repeat(self._handle), self.indices(places))
        return list(map(functions["FPDFTextObj_GetTextRenderMode"], objects))

    def angles(self, places: Sequence[int]) -> list[float]:
        """The angles of the characters at places, in radians."""
        return list(map(_functions()["FPDFText_GetCharAngle"], repeat(self._handle), self.indices(places)))


def are_level(first: Boxes, last: Boxes) -> NDArray[np.bool_]:
    """Whether two characters are of one size, and on one line."""
    import numpy as np

    limit = SAME * (first[:, 3] - first[:, 1])
    is_level: NDArray[np.bool_] = (np.abs(first[:, 1] - last[:, 1]) <= limit) & (
        np.abs(first[:, 3] - last[:, 3]) <= limit
    )
    return is_level


@cache
def _kinds() -> NDArray[np.uint8]:
    """The kind of each code point, up to the last one that is white space and one more."""
    import numpy as np

    kinds = [SPACE * chr(code).isspace() for code in range(LAST_SPACE + 2)]
    for code in (0, 10, 13):
        kinds[code] = LINE_END
    return np.array(kinds, np.uint8)


@cache
def _functions() -> dict[str, Any]:
    """PDFium's functions that are called often, with numbers for pointers: pypdfium2's own check each argument. They
    keep Python's lock, for PDFium must not be called by two threads."""
    import pypdfium2.raw as pdfium

    pointer, number = ctypes.c_void_p, ctypes.c_int
    signatures: dict[str, tuple[Any, ...]] = {
        "FPDFText_GetLooseCharBox": (number, pointer, number, pointer),
        "FPDFText_GetCharIndexFromTextIndex": (number, pointer, number),
        "FPDFText_CountRects": (number, pointer, number, number),
        "FPDFText_GetTextObject": (pointer, pointer, number),
        "FPDFTextObj_GetTextRenderMode": (number, pointer),
        "FPDFText_GetCharAngle": (ctypes.c_float, pointer, number),
    }
    return {
        name: ctypes.PYFUNCTYPE(*signature)(ctypes.cast(getattr(pdfium, name), pointer).value or 0)
        for name, signature in signatures.items()
    }
