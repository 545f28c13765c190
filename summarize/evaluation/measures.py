"""What ROUGE does not see: how a summary relates to its document, by published definitions.

A word is a run of letters and digits, with its inner apostrophes, in lower case; marks are left out, so that texts
that are tokenised differently measure alike.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from summarize.grounding.claims import SourceFacts, unsupported
from summarize.text.sentences import sentence_spans

BINS = 10  # tenths of a document
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

# In the order of a row of scores. All are means over documents; NaN where a document has no such thing.
MEASURES = {
    "document_words": "words of the document",
    "words": "words of the summary",
    "sentences": "sentences of the summary (lines, or what sentencex finds in a single line)",
    "compression": "document words per summary word (Grusky et al. 2018)",
    "coverage": "share of the summary's words in fragments shared with the document (Grusky et al. 2018)",
    "density": "mean length of the shared fragment that a summary's word is in (Grusky et al. 2018)",
    "novel_1": "share of the summary's words that the document lacks (See et al. 2017)",
    "novel_2": "the same of two words in a row",
    "novel_3": "the same of three words in a row",
    "novel_4": "the same of four words in a row",
    "support": "1 − the mean of novel 1 and novel 2; a weak sign of faithfulness, see docs/evaluation.md",
    "repetition": "share of the summary's three words in a row that it has said before (See et al. 2017)",
    "position": "where in the document the shared fragments stand, 0 its start, 1 its end",
    "unsupported_numbers": "numbers of the summary that the document does not have",
    "unsupported_names": "names of the summary that the document does not have",
    "copied": "share of the summary's probability that copying gave (1 − p_gen at work; our own models only)",
}


def words_of(text: str) -> list[str]:
    """The words that are compared."""
    return _WORD.findall(text.lower().replace("’", "'"))


@dataclass(frozen=True)
class Fragment:
    """Words that stand in a row in both texts: summary[start:start + length] = document[place:place + length]."""

    start: int
    place: int
    length: int


class Source:
    """A document made ready for the measures of several summaries."""

    def __init__(self, text: str) -> None:
        self.words = words_of(text)
        self.known = SourceFacts(text)

    def longest_matches(self, summary: Sequence[str]) -> list[tuple[int, int]]:
        """For each word of a summary, (length, place) of the longest run of words that starts there and stands in the
        document, at its first place; (0, 0) where there is none. From the last word back, so that each run is known
        from the one after it."""
        places: dict[str, list[int]] = {word: [] for word in summary}
        for place, word in enumerate(self.words):
            if word in places:
                places[word].append(place)
        found: list[tuple[int, int]] = [(0, 0)] * len(summary)
        after: dict[int, int] = {}  # place in the document -> length of the run from there
        for i in range(len(summary) - 1, -1, -1):
            after = {place: after.get(place + 1, 0) + 1 for place in places[summary[i]]}
            if after:
                length = max(after.values())
                found[i] = length, next(place for place, n in after.items() if n == length)
        return found


def fragments(matches: Sequence[tuple[int, int]]) -> list[Fragment]:
    """The extractive fragments F(A, S) of Grusky et al. 2018, figure 2: greedily, the longest from each word on."""
    found = []
    i = 0
    while i < len(matches):
        length, place = matches[i]
        if length:
            found.append(Fragment(i, place, length))
        i += max(1, length)
    return found


def _novel(matches: Sequence[tuple[int, int]], n: int) -> float:
    """Share of the n words in a row that the document lacks; NaN where the summary is shorter."""
    grams = len(matches) - n + 1
    return sum(matches[i][0] < n for i in range(grams)) / grams if grams > 0 else math.nan


def _repetition(words: Sequence[str]) -> float:
    grams = Counter(zip(words, words[1:], words[2:], strict=False))
    return 1 - len(grams) / grams.total() if grams else math.nan


def _sentences(text: str) -> int:
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) if len(lines) != 1 else len(sentence_spans(text))


@dataclass(frozen=True)
class Measured:
    """The measures of one summary, in the order of MEASURES, and how many of its words stand in shared fragments from
    each tenth of the document."""

    values: tuple[float, ...]
    positions: tuple[int, ...] = (0,) * BINS


def measure(summary: str, source: Source | None, copied: float = math.nan) -> Measured:
    """All measures of one summary; without a document, those of the summary alone."""
    words = words_of(summary)
    own = float(len(words)), float(_sentences(summary))
    if source is None:
        return Measured((math.nan, *own, *[math.nan] * 8, _repetition(words), *[math.nan] * 3, copied))
    size = len(source.words)
    matches = source.longest_matches(words)
    found = fragments(matches)
    places = [f.place + k for f in found for k in range(f.length)]
    positions = [0] * BINS
    for place in places:
        positions[place * BINS // size] += 1
    novel = [_novel(matches, n) for n in (1, 2, 3, 4)]
    odd = unsupported(source.known, summary)
    values = (
        float(size),
        *own,
        size / len(words) if words else math.nan,
        sum(f.length for f in found) / len(words) if words else math.nan,
        sum(f.length**2 for f in found) / len(words) if words else math.nan,
        *novel,
        1 - (novel[0] + novel[1]) / 2,
        _repetition(words),
        sum((place + 0.5) / size for place in places) / len(places) if places else math.nan,
        float(sum(u.kind == "number" for u in odd)),
        float(sum(u.kind == "name" for u in odd)),
        copied,
    )
    return Measured(values, tuple(positions))
