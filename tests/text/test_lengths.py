"""What is asked for, as limits of parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.text.lengths import Length, Limits

USUAL = Limits(42, 95)


@given(st.integers(1, 5000), st.integers(1, 10**6), st.integers(1, 10**5))
def test_words_are_shared_out_whole(wanted: int, words: int, sentences: int) -> None:
    parts = Length(words=wanted).parts(words, sentences, USUAL)
    assert sum(part.words or 0 for part in parts) == wanted
    assert all(0 <= part.min_tokens <= part.max_tokens <= USUAL.max_tokens for part in parts)
    assert len(parts) <= max(1, sentences)


@given(st.integers(1, 500), st.integers(1, 10**6), st.integers(1, 10**5))
def test_sentences_are_shared_out_whole(wanted: int, words: int, sentences: int) -> None:
    parts = Length(sentences=wanted).parts(words, sentences, USUAL)
    assert sum(part.sentences or 0 for part in parts) == wanted


def test_a_ratio_is_of_the_documents_words() -> None:
    assert Length(ratio=0.1).parts(500, 30, USUAL)[0].words == 50
    assert Length(ratio=0.001).parts(500, 30, USUAL)[0].words == 10  # of a short mail, a sentence


def test_names() -> None:
    assert Length(name="short").parts(500, 30, USUAL) == Length(sentences=1).parts(500, 30, USUAL)
    assert Length(name="medium").parts(500, 30, USUAL) == Length().parts(500, 30, USUAL) == [USUAL]
    assert len(Length(name="long").parts(500, 30, USUAL)) == 2
    assert Length().is_usual
    assert not Length(words=10).is_usual


@pytest.mark.parametrize(("words", "parts"), [(100, 1), (3000, 1), (12_000, 2), (100_000, 6), (1_000_000, 18)])
def test_a_very_long_document_has_a_longer_summary(words: int, parts: int) -> None:
    assert Length().parts(words, words // 20, USUAL) == [USUAL] * parts
