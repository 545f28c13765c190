"""The shares of a word's attention: rounding never adds them up to more than 1."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from summarize import Sentence, SummaryWord
from summarize.decoding.detokenizer import Word
from summarize.grounding.explanation import Head
from summarize.pipeline import summary_decoder
from summarize.pipeline.attribution import AttentionRecorder, AttentionTrace, explain
from summarize.records import _sentence
from summarize.text.tokenizer import Encoding, Tokenizer
from tests.helpers.explained import StubWord

HEAD = Head(None, None)
ROUNDED_UP = (0.3353, 0.3353, 0.3294)  # their sum is 1; in 255ths they are 86, 86 and 84 when each is rounded


def shares_of_one_word(shares: Any) -> np.ndarray:
    """(1 head, 1 word, k)."""
    return np.array(shares, np.float32)[None, None]


def trace_of(shares: Any) -> AttentionTrace:
    spans = tuple((3 * i, 3 * i + 2) for i in range(len(shares)))
    return AttentionTrace(spans, (HEAD,), np.arange(len(shares))[None, None], shares_of_one_word(shares), (0.5,))


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=12), st.integers(1, 3))
def test_recorded_shares_add_up_to_at_most_1(wide_tokenizer: Tokenizer, parts: list[float], n_tokens: int) -> None:
    """Softmax weights over S source words, recorded in 16 bits and averaged over the tokens of one word."""
    weights = torch.tensor(parts) / sum(parts)
    text = " ".join("ab" for _ in parts)
    spans = [(3 * i, 3 * i + 2) for i in range(len(parts))]
    encoding = Encoding(text, [wide_tokenizer.vocabulary.index("us")] * len(parts), spans)
    recorder = AttentionRecorder([encoding], wide_tokenizer, [n_tokens])
    padded = torch.cat([torch.zeros(1), weights])  # START has none
    recorder.observe(padded.expand(1, 2, n_tokens, -1))
    trace = recorder.trace(0, [0.5] * n_tokens, [[Word("ab", (0, n_tokens), None, False)]])
    assert trace.share.astype(np.float64).sum(-1).max() <= 1
    assert trace.share.max() <= 1
    kept = np.sort(weights.numpy())[::-1][:8]
    np.testing.assert_allclose(trace.share[0, 0], kept, atol=1e-3)


@pytest.mark.parametrize("shares", [ROUNDED_UP, (0.5, 0.5), (1.0,), (0.25, 0.2)])
def test_an_explanation_rounds_down_only_what_would_be_more_than_1(shares: tuple[float, ...]) -> None:
    words: Any = [StubWord("ab", (0, 2), False)]
    explanation = explain("ab " * len(shares), [(0, 3 * len(shares))], [words], [trace_of(shares)])
    given_shares = [share for _, _, share in explanation.attention(HEAD, 0)]
    assert sum(explanation.weight[0, 0].tolist()) <= 255
    assert given_shares == sorted(given_shares, reverse=True)
    np.testing.assert_allclose(given_shares, shares, atol=1 / 255)
    if shares != ROUNDED_UP:
        np.testing.assert_allclose(given_shares, shares, atol=0.5 / 255)


def test_a_record_rounds_down_only_what_would_be_more_than_1() -> None:
    def recorded(shares: tuple[float, ...]) -> list[float]:
        attention = tuple((i, i + 1, share) for i, share in enumerate(shares))
        word = SummaryWord("ab", 1.0, None, False, 0.5, attention)
        fields = _sentence(Sentence("ab", (word,)), is_explained=True)
        return [share for _, _, share in fields["words"][0]["attention"]]

    assert recorded((0.33336, 0.33336, 0.33328)) == [0.3333, 0.3333, 0.3332]  # 1.0001 when each is rounded
    assert recorded((0.50006, 0.49994)) == [0.5001, 0.4999]
    assert recorded((0.33336, 0.3)) == [0.3334, 0.3]
    assert recorded(()) == []


def test_a_copied_share_is_at_most_1() -> None:
    word: Any = SimpleNamespace(token_span=(0, 2), text="ab", span=None, space_before=False)
    assert summary_decoder._summary_word(word, [1.0000001, 1.0], None, 0).copied == 1.0
