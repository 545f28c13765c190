"""The attention of the network while it decodes a summary, as data for explanations.

An `AttentionRecorder` observes one teacher-forced pass over finished summaries. It keeps each head's attention to the
source's words for every token, and averages tokens to words. `explain` joins the traces of a summary's parts. Nothing
here runs unless an explanation is requested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from summarize.decoding.detokenizer import Word
from summarize.grounding.explanation import Attention, Explanation, Head, Span, WordLike, find_claims, find_passages
from summarize.grounding.numbers import SEPARATORS, has_digit
from summarize.text.tokenizer import Encoding, Tokenizer

MAX_SOURCE_WORDS = 8  # kept of each head for each word of a summary
MIN_SHARE = 0.004  # of a head's attention; a smaller share rounds to nothing


@dataclass(frozen=True, eq=False)
class AttentionTrace:
    """The attention recorded while a summary was decoded from one source.

    W: words of the summary, over all its sentences; k: source words kept for each.
    """

    source: tuple[Span, ...]  # the source's words
    heads: tuple[Head, ...]  # the pointer's mean first
    index: NDArray[np.int64]  # (heads, W, k): indices into source, the most attended word first
    share: NDArray[np.float32]  # (heads, W, k): of the head's attention, 0 to 1
    p_gen: tuple[float, ...]  # (W)

    def attention(self, word: int) -> Attention:
        """The mean attention of the pointer's heads for one word of the summary."""
        pairs = zip(self.index[0, word], self.share[0, word], strict=True)
        return tuple((*self.source[i], float(share)) for i, share in pairs if share >= MIN_SHARE)

    def first_words(self, n: int) -> AttentionTrace:
        """The trace of the first n words of the summary."""
        return replace(self, index=self.index[:, :n], share=self.share[:, :n], p_gen=self.p_gen[:n])

    def between(self, first: int, last: int) -> AttentionTrace:
        """The trace of the words [first, last) of the summary."""
        index, share, p_gen = self.index[:, first:last], self.share[:, first:last], self.p_gen[first:last]
        return replace(self, index=index, share=share, p_gen=p_gen)

    def with_ellipsis(self) -> AttentionTrace:
        """The trace of the same words and an ellipsis, which was neither copied nor attended to anything."""
        one_word = ((0, 0), (0, 1), (0, 0))
        return replace(
            self,
            index=np.pad(self.index, one_word),
            share=np.pad(self.share, one_word),
            p_gen=(*self.p_gen, 1.0),
        )


def verbatim_trace(heads: tuple[Head, ...], words: Sequence[Span]) -> AttentionTrace:
    """The trace of words that are verbatim from the document: they are their own source, without attention."""
    shape = (len(heads), len(words), 0)
    index, share = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    return AttentionTrace(tuple(words), heads, index, share, (0.0,) * len(words))


class AttentionRecorder:
    """Records the attention of one decoding pass over B finished summaries, one per source."""

    def __init__(
        self,
        encodings: Sequence[Encoding],
        tokenizer: Tokenizer,
        lengths: Sequence[int],
        n_before: Sequence[int] | None = None,
    ) -> None:
        """encodings: the tokens of the B sources; lengths: the number of tokens of each summary; n_before: the tokens
        before each source's (default: START alone)."""
        self._sources = [source_words(encoding, tokenizer) for encoding in encodings]
        self._lengths = lengths
        self._n_before = n_before or [1] * len(encodings)
        self._layers: list[list[NDArray[np.float16]]] = [[] for _ in encodings]

    def observe(self, weights: Tensor) -> None:
        """Record one layer's attention, weights (B, h, T, S) over source positions; the pointer's last."""
        weights = weights.detach().float()
        for b, (spans, word_of_token) in enumerate(self._sources):
            first = self._n_before[b]
            of_tokens = weights[b, :, : self._lengths[b], first : first + len(word_of_token)]  # (h, t, source tokens)
            of_words = of_tokens.new_zeros(*of_tokens.shape[:2], len(spans))
            of_words.index_add_(2, torch.tensor(word_of_token, device=of_tokens.device), of_tokens)
            self._layers[b].append(of_words.cpu().numpy().astype(np.float16))

    def trace(self, b: int, p_gen: Sequence[float], sentences: Sequence[Sequence[Word]]) -> AttentionTrace:
        """The trace of summary b, detokenized to these sentences; p_gen (≥ t): of its t tokens."""
        heads, of_tokens = self._heads(b)
        words = [word for sentence in sentences for word in sentence]
        means = [of_tokens[:, slice(*word.token_span)].mean(1) for word in words]
        shape = (of_tokens.shape[0], 0, of_tokens.shape[2])
        weights = _at_most_one(np.stack(means, axis=1)) if means else np.zeros(shape, np.float32)
        index, share = _largest(weights, MAX_SOURCE_WORDS)
        p_gen_of_words = tuple(float(np.mean(p_gen[slice(*word.token_span)])) for word in words)
        return AttentionTrace(tuple(self._sources[b][0]), heads, index, share, p_gen_of_words)

    def _heads(self, b: int) -> tuple[tuple[Head, ...], NDArray[np.float32]]:
        """Each layer's mean and heads for summary b, the pointer's first, with weights (heads, t, source words)."""
        *layers, pointer = self._layers[b]
        heads: list[Head] = []
        weights: list[NDArray[np.float32]] = []
        for layer, recorded in [(None, pointer), *enumerate(layers, 1)]:
            of_heads = recorded.astype(np.float32)
            heads += [Head(layer, None), *(Head(layer, h) for h in range(1, len(of_heads) + 1))]
            weights += [of_heads.mean(0, keepdims=True), of_heads]
        return tuple(heads), np.concatenate(weights)


def source_words(encoding: Encoding, tokenizer: Tokenizer) -> tuple[list[Span], list[int]]:
    """The words of a source as spans of its characters, and for each token the index of its word."""
    return _with_whole_numbers(encoding.text, *tokenizer.words(encoding))


def _with_whole_numbers(text: str, spans: list[Span], word_of_token: list[int]) -> tuple[list[Span], list[int]]:
    """The same with 14,200 and 10:30 as one word each."""
    merged: list[Span] = []
    merged_index: list[int] = []  # of each span
    for i, (start, end) in enumerate(spans):
        previous = merged[-1] if merged else (0, 0)
        continues_number = has_digit(text[start:end])
        if text[start:end] in SEPARATORS and i + 1 < len(spans):
            continues_number = spans[i + 1][0] == end and has_digit(text[slice(*spans[i + 1])])
        if has_digit(text[slice(*previous)]) and continues_number and previous[1] == start:
            merged[-1] = (previous[0], end)
        else:
            merged.append((start, end))
        merged_index.append(len(merged) - 1)
    return merged, [merged_index[word] for word in word_of_token]


def explain(
    document: str,
    spans: Sequence[Span],
    sentences: Sequence[Sequence[WordLike]],
    traces: Sequence[AttentionTrace],
) -> Explanation:
    """The explanation of a summary.

    spans: the document's sentences, in order; sentences: the words of the summary's; traces: of these words, in order.
    Without traces the summary is extractive.
    """
    words = [word for sentence in sentences for word in sentence]
    sources = [trace.source for trace in traces] or [tuple(word.span for word in words if word.span)]
    source, source_indices = _merge_sources(sources)
    heads = traces[0].heads if traces else ()
    k = max((trace.index.shape[-1] for trace in traces), default=0)
    index = np.zeros((len(heads), len(words), k), np.uint32)
    weight = np.zeros((len(heads), len(words), k), np.uint8)
    start = 0
    for trace, merged_index in zip(traces, source_indices, strict=False):
        _, n_words, width = trace.index.shape
        index[:, start : start + n_words, :width] = merged_index[trace.index]
        levels = np.where(trace.share >= MIN_SHARE, trace.share * 255, 0)
        rounded = np.rint(levels)
        is_too_much = rounded.sum(-1, keepdims=True) > 255  # then all are rounded down
        weight[:, start : start + n_words, :width] = np.where(is_too_much, np.floor(levels), rounded)
        start += n_words
    return Explanation(
        document,
        source,
        tuple(find_passages(document, spans, sentence) for sentence in sentences),
        find_claims(document, sentences, ("number", "name", "word", "speaker")),
        tuple(p_gen for trace in traces for p_gen in trace.p_gen) or (0.0,) * len(words),
        heads,
        index,
        weight,
    )


def _merge_sources(sources: Sequence[Sequence[Span]]) -> tuple[tuple[Span, ...], list[NDArray[np.int64]]]:
    """The words of several sources, which may overlap, once each and in the document's order; and for each source the
    indices of its words there. A part of a word (the 14 of 14,200) has the index of the whole word."""
    merged: list[Span] = []
    merged_index: dict[Span, int] = {}
    spans = {span for source in sources for span in source}
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not merged or start >= merged[-1][1]:
            merged.append((start, end))
        merged_index[start, end] = len(merged) - 1
    return tuple(merged), [np.array([merged_index[span] for span in source], np.int64) for source in sources]


def _at_most_one(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights (…, source words) whose sum over the words is at most 1. Recording rounds to 16 bits, which can make it
    0.0005 more; dividing by slightly more than the sum leaves room for the rounding of the quotients."""
    total = weights.sum(-1, keepdims=True, dtype=np.float64)
    divisor = np.where(total > 1, total * (1 + 2**-20), 1.0)
    return (weights / divisor).astype(np.float32)


def _largest(weights: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The indices and values of the k largest weights of the last dimension, largest first; of fewer than k, all."""
    k = min(k, weights.shape[-1])
    index = np.argsort(-weights, axis=-1, kind="stable")[..., :k]
    return index, np.take_along_axis(weights, index, -1)
