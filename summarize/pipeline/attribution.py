"""What the model attended to as it wrote a summary: taken from the one pass over the finished summary, and only there.

A `AttentionRecorder` watches that pass and keeps, for every token written, each head's attention over the source's words, and puts
tokens together to the summary's words; `explain` puts together the parts of a summary. Nothing here runs unless an
explanation is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from summarize.decoding.detokenizer import Word
from summarize.grounding.explanation import Attention, Explanation, Head, Span, WordLike, find_claims, find_passages
from summarize.grounding.numbers import SEPARATORS
from summarize.text.tokenizer import Encoding

KEPT = 8  # source words of each head for each word of a summary
LEAST = 0.004  # a smaller share of attention is not worth telling, and rounds to nothing


@dataclass(frozen=True, eq=False)
class AttentionTrace:
    """What was seen as one passage's summary was written. W: its words over all sentences, k: source words kept."""

    source: tuple[Span, ...]  # the words that were read
    heads: tuple[Head, ...]  # the pointer's mean first
    index: NDArray[np.int64]  # (heads, W, k): of source words, most attended first
    share: NDArray[np.float32]  # (heads, W, k)
    p_gen: tuple[float, ...]  # (W)

    def attention(self, word: int) -> Attention:
        """What the pointer's heads attended to on average as a word was written."""
        found = zip(self.index[0, word], self.share[0, word], strict=True)
        return tuple((*self.source[i], float(share)) for i, share in found if share >= LEAST)


class AttentionRecorder:
    """Watches the decoding of B finished summaries, one a document."""

    def __init__(self, encodings: Sequence[Encoding], vocabulary: Sequence[str], lengths: Sequence[int]) -> None:
        """encodings: the sources' tokens as read, START not among them; lengths: tokens written for each."""
        self.sources = [source_words(encoding, vocabulary) for encoding in encodings]
        self._lengths = lengths
        self.p_gen: list[list[float]] = []
        self._seen: list[list[NDArray[np.float16]]] = [[] for _ in encodings]

    def observe(self, weights: Tensor) -> None:
        """Take in one attention of all summaries: weights (B, h, T, S) over source positions, START at 0."""
        weights = weights.detach().float()
        for row, (spans, word_of) in enumerate(self.sources):
            of_tokens = weights[row, :, : self._lengths[row], 1 : 1 + len(word_of)]  # (h, t, tokens)
            of_words = of_tokens.new_zeros(*of_tokens.shape[:2], len(spans))
            of_words.index_add_(2, torch.tensor(word_of, device=of_tokens.device), of_tokens)
            self._seen[row].append(of_words.cpu().numpy().astype(np.float16))

    def words(self, row: int, sentences: Sequence[Sequence[Word]]) -> AttentionTrace:
        """What was seen as the words of summary `row` were written."""
        heads, of_tokens = self._heads(row)
        words = [word for sentence in sentences for word in sentence]
        shape = (of_tokens.shape[0], 0, of_tokens.shape[2])
        means = [of_tokens[:, slice(*word.tokens)].mean(1) for word in words]
        index, share = _largest(np.stack(means, axis=1) if means else np.zeros(shape, np.float32), KEPT)
        p_gen = tuple(float(np.mean(self.p_gen[row][slice(*word.tokens)])) for word in words)
        return AttentionTrace(tuple(self.sources[row][0]), heads, index, share, p_gen)

    def _heads(self, row: int) -> tuple[tuple[Head, ...], NDArray[np.float32]]:
        """Every head and mean of summary `row`, the pointer's first, with their attention (heads, t, source words)."""
        *layers, pointer = self._seen[row]
        heads: list[Head] = []
        figures: list[NDArray[np.float32]] = []
        for layer, seen in [(None, pointer), *enumerate(layers, 1)]:
            each = seen.astype(np.float32)
            heads += [Head(layer, None), *(Head(layer, h) for h in range(1, len(each) + 1))]
            figures += [each.mean(0, keepdims=True), each]
        return tuple(heads), np.concatenate(figures)


def source_words(encoding: Encoding, vocabulary: Sequence[str]) -> tuple[list[Span], list[int]]:
    """The words of a source as spans of its characters, and for each token the number of its word."""
    spans: list[Span] = []
    word_of: list[int] = []
    for token, (start, end) in zip(encoding.ids, encoding.spans, strict=True):
        if vocabulary[token].startswith("##") and spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        word_of.append(len(spans) - 1)
    return _with_whole_numbers(encoding.text, spans, word_of)


def _with_whole_numbers(text: str, spans: list[Span], word_of: list[int]) -> tuple[list[Span], list[int]]:
    """The same with 14,200 and 10:30 as one word each."""
    merged: list[Span] = []
    new: list[int] = []  # the new number of each old word
    for i, (start, end) in enumerate(spans):
        before = merged[-1] if merged else (0, 0)
        digits_before, goes_on = _has_digit(text, before), _has_digit(text, (start, end))
        if text[start:end] in SEPARATORS and i + 1 < len(spans):
            goes_on = spans[i + 1][0] == end and _has_digit(text, spans[i + 1])
        if digits_before and goes_on and before[1] == start:
            merged[-1] = (before[0], end)
        else:
            merged.append((start, end))
        new.append(len(merged) - 1)
    return merged, [new[word] for word in word_of]


def _has_digit(text: str, span: Span) -> bool:
    return any(c.isnumeric() for c in text[slice(*span)])


def explain(
    document: str,
    spans: Sequence[Span],
    sentences: Sequence[Sequence[WordLike]],
    parts: Sequence[tuple[AttentionTrace, int]],
) -> Explanation:
    """The explanation of a summary of one or more parts, each with how many of its first words the summary has.

    spans: the document's sentences, in order. Without parts the summary is of the document's own sentences.
    """
    words = [word for sentence in sentences for word in sentence]
    sources = [traced.source for traced, _ in parts] or [tuple(word.span for word in words if word.span)]
    source, numbers = _in_order(sources)
    heads = parts[0][0].heads if parts else ()
    k = max((traced.index.shape[-1] for traced, _ in parts), default=0)
    index = np.zeros((len(heads), len(words), k), np.uint32)
    weight = np.zeros((len(heads), len(words), k), np.uint8)
    at = 0
    for (traced, n), own in zip(parts, numbers, strict=False):
        width = traced.index.shape[-1]
        index[:, at : at + n, :width] = own[traced.index[:, :n]]
        share = traced.share[:, :n]
        weight[:, at : at + n, :width] = np.where(share >= LEAST, np.rint(share * 255), 0).clip(0, 255)
        at += n
    return Explanation(
        document,
        source,
        tuple(find_passages(document, spans, sentence) for sentence in sentences),
        find_claims(document, sentences, ("number", "name", "word", "speaker")),
        tuple(p_gen for traced, n in parts for p_gen in traced.p_gen[:n]) or (0.0,) * len(words),
        heads,
        index,
        weight,
    )


def _in_order(sources: Sequence[Sequence[Span]]) -> tuple[tuple[Span, ...], list[NDArray[np.int64]]]:
    """The words of several sources, which may have some in common, once each and in the document's order; and for each
    source the numbers of its words there. A part of a word (the 14 of 14,200) has the whole one's."""
    every: list[Span] = []
    number: dict[Span, int] = {}
    for start, end in sorted({span for source in sources for span in source}, key=lambda span: (span[0], -span[1])):
        if not every or start >= every[-1][1]:
            every.append((start, end))
        number[start, end] = len(every) - 1
    return tuple(every), [np.array([number[span] for span in source], np.int64) for source in sources]


def _largest(figures: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k largest of the last dimension and where they are, largest first; fewer where there are not so many."""
    k = min(k, figures.shape[-1])
    index = np.argsort(-figures, axis=-1, kind="stable")[..., :k]
    return index, np.take_along_axis(figures, index, -1)
