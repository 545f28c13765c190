"""Measures of a summary beyond ROUGE: how it relates to its document, by published definitions.

A word is a run of letters, digits and their marks with its inner apostrophes, in lower case; in scripts without spaces
it is a character. Punctuation is ignored, so that texts
with different tokenisation are measured alike.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from summarize.grounding.claims import SourceFacts, find_unsupported
from summarize.text.matching import unicode_words
from summarize.text.sentences import sentence_spans

N_BINS = 10  # tenths of a document
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")

# In the order of a row of scores. Each is a mean over documents; NaN for a document that has no value.
MEASURES = {
    "document_words": "words of the document",
    "words": "words of the summary",
    "sentences": "sentences of the summary (lines, or what sentencex finds in a single line)",
    "compression": "document words per summary word (Grusky et al. 2018)",
    "coverage": "share of the summary's words in fragments shared with the document (Grusky et al. 2018)",
    "density": "mean length of the shared fragment that a summary's word is in (Grusky et al. 2018)",
    "novel_1": "share of the summary's words that are not in the document (See et al. 2017)",
    "novel_2": "the same for bigrams",
    "novel_3": "the same for trigrams",
    "novel_4": "the same for 4-grams",
    "support": "1 − the mean of novel 1 and novel 2; a weak sign of faithfulness, see docs/evaluation.md",
    "repetition": "share of the summary's trigrams that occurred in it before (See et al. 2017)",
    "position": "mean position of the shared fragments in the document, 0 its start, 1 its end",
    "unsupported_numbers": "numbers of the summary that the document does not contain",
    "unsupported_names": "names of the summary that the document does not contain",
    "copied": "share of the summary's probability that copying gave (1 − p_gen at work; our own models only)",
    "chrf": "F of character n-grams against the best reference, by sacrebleu (Popović 2015); with --chrf",
}


def words_of(text: str) -> list[str]:
    """The words of a text in the form in which they are compared."""
    text = text.lower().replace("’", "'")
    return _WORD.findall(text) if text.isascii() else unicode_words(text, joiner="'")


@dataclass(frozen=True)
class Fragment:
    """Words shared by both texts: summary[start:start + length] = document[position:position + length]."""

    start: int
    position: int
    length: int


class SourceDocument:
    """A document prepared for measuring several summaries."""

    def __init__(self, text: str) -> None:
        self.words = words_of(text)
        self.facts = SourceFacts(text)

    def longest_matches(self, summary: Sequence[str]) -> list[tuple[int, int]]:
        """For each word of a summary, the longest run of words from it on that the document contains.

        Each is (length, position): of its first occurrence in the document; (0, 0) if the word does not occur. The
        words are visited from the last one back, so that each run extends the run of the word after it.
        """
        positions: dict[str, list[int]] = {word: [] for word in summary}
        for position, word in enumerate(self.words):
            if word in positions:
                positions[word].append(position)
        matches: list[tuple[int, int]] = [(0, 0)] * len(summary)
        lengths: dict[int, int] = {}  # position in the document -> length of the run from there
        for i in range(len(summary) - 1, -1, -1):
            lengths = {position: lengths.get(position + 1, 0) + 1 for position in positions[summary[i]]}
            if lengths:
                longest = max(lengths.values())
                matches[i] = longest, next(position for position, n in lengths.items() if n == longest)
        return matches


def fragments(matches: Sequence[tuple[int, int]]) -> list[Fragment]:
    """The extractive fragments F(A, S) of Grusky et al. 2018, figure 2: greedily, the longest match from each word.

    matches: as longest_matches gives them.
    """
    greedy = []
    i = 0
    while i < len(matches):
        length, position = matches[i]
        if length:
            greedy.append(Fragment(i, position, length))
        i += max(1, length)
    return greedy


def _novel(matches: Sequence[tuple[int, int]], n: int) -> float:
    """Share of the n-grams that are not in the document; NaN if the summary is shorter."""
    n_grams = len(matches) - n + 1
    return sum(matches[i][0] < n for i in range(n_grams)) / n_grams if n_grams > 0 else math.nan


def _repetition(words: Sequence[str]) -> float:
    """Share of the trigrams that occurred before; NaN if there is none."""
    trigrams = Counter(zip(words, words[1:], words[2:], strict=False))
    return 1 - len(trigrams) / trigrams.total() if trigrams else math.nan


def _count_sentences(text: str) -> int:
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) if len(lines) != 1 else len(sentence_spans(text))


@dataclass(frozen=True)
class Measurement:
    """The measures of one summary, in the order of MEASURES.

    positions: how many of its words are in fragments shared with each tenth of the document.
    """

    values: tuple[float, ...]
    positions: tuple[int, ...] = (0,) * N_BINS


def measure(
    summary: str, source: SourceDocument | None, copied: float = math.nan, chrf: float = math.nan
) -> Measurement:
    """All measures of one summary; without a document, those of the summary alone. copied, chrf: these measures'
    values."""
    words = words_of(summary)
    lengths = float(len(words)), float(_count_sentences(summary))
    if source is None:
        return Measurement((math.nan, *lengths, *[math.nan] * 8, _repetition(words), *[math.nan] * 3, copied, chrf))
    n_document_words = len(source.words)
    matches = source.longest_matches(words)
    shared = fragments(matches)
    word_positions = [f.position + k for f in shared for k in range(f.length)]
    bins = [0] * N_BINS
    for position in word_positions:
        bins[position * N_BINS // n_document_words] += 1
    novel = [_novel(matches, n) for n in (1, 2, 3, 4)]
    claims = find_unsupported(source.facts, summary)
    relative_positions = ((position + 0.5) / n_document_words for position in word_positions)
    values = (
        float(n_document_words),
        *lengths,
        n_document_words / len(words) if words else math.nan,
        sum(f.length for f in shared) / len(words) if words else math.nan,
        sum(f.length**2 for f in shared) / len(words) if words else math.nan,
        *novel,
        1 - (novel[0] + novel[1]) / 2,
        _repetition(words),
        sum(relative_positions) / len(word_positions) if word_positions else math.nan,
        float(sum(claim.kind == "number" for claim in claims)),
        float(sum(claim.kind == "name" for claim in claims)),
        copied,
        chrf,
    )
    return Measurement(values, tuple(bins))
