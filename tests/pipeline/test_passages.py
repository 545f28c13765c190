"""The writer's prompt, and its source: the tokens of chosen sentences, with their characters in the document."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.pipeline.encoder import SegmentedDocument
from summarize.pipeline.passages import make_prompt, passage_tokens, prompt_length, rounded_words, usual_words
from summarize.text.lengths import Limits
from tests.helpers.byte_pair import small_byte_pair


def document(sentences: list[str], breaks: list[str]) -> SegmentedDocument:
    """Sentences with white space between them."""
    text, spans = "", []
    for sentence, after in zip(sentences, [*breaks, ""], strict=True):
        spans.append((len(text), len(text) + len(sentence)))
        text += sentence + after
    n_words = np.array([len(s.split()) for s in sentences])
    return SegmentedDocument(text, np.array(spans), n_words, n_words)


@pytest.mark.parametrize(
    ("n_sentences", "n_words", "expected"),
    [
        (None, None, "News:\n\n"),
        (1, None, "News, 1 sentence:\n\n"),
        (3, 52, "News, 3 sentences, 50 words:\n\n"),
        (None, 84, "News, 80 words:\n\n"),
    ],
)
def test_prompt_has_what_is_asked_for(n_sentences: int | None, n_words: int | None, expected: str) -> None:
    assert make_prompt("News", n_sentences, n_words) == expected


@pytest.mark.parametrize(("n", "rounded"), [(1, 5), (7, 5), (8, 10), (58, 60), (62, 60), (66, 70), (126, 130)])
def test_words_are_rounded_as_in_training(n: int, rounded: int) -> None:
    assert rounded_words(n) == rounded


def test_prompt_asks_for_the_length_that_the_limits_have() -> None:
    assert prompt_length(Limits(8, 120, n_sentences=2), 900) == (2, None)
    assert prompt_length(Limits(8, 120, max_words=50), 900) == (None, 45)
    assert prompt_length(Limits(8, 120), 900) == (None, usual_words(900))


def test_usual_length_grows_with_the_document() -> None:
    lengths = [usual_words(n) for n in (0, 1, 30, 100, 500, 3000, 10**6)]
    assert lengths == sorted(lengths)
    assert lengths[0] == 10
    assert lengths[-1] == 90


def test_sentences_are_joined_as_in_the_document() -> None:
    source = passage_tokens(
        small_byte_pair(),
        document(["Anna paid.", "She left.", "It rained.", "The mayor said no."], ["  ", "\n\n", " "]),
        [0, 1, 3],
        100,
    )
    assert small_byte_pair().decode(source.encoding.ids) == "Anna paid. She left.\nThe mayor said no."
    assert source.n_words == 8


def test_last_sentences_that_do_not_fit_are_left_out() -> None:
    tokenizer, first = small_byte_pair(), "Anna paid."
    n = len(tokenizer.encode(first).ids)
    source = passage_tokens(tokenizer, document([first, "She left town."], [" "]), [0, 1], n + 2)
    assert tokenizer.decode(source.encoding.ids) == first
    assert source.sentence_indices.tolist() == [0]
    assert source.n_words == 2


def test_first_sentence_that_does_not_fit_is_cut() -> None:
    source = passage_tokens(small_byte_pair(), document(["Anna paid the mayor.", "No."], [" "]), [0, 1], 3)
    assert len(source.encoding.ids) == 3
    assert source.sentence_indices.tolist() == [0]


@given(
    st.lists(st.text(min_size=1).filter(lambda s: s.strip() == s), min_size=1, max_size=5),
    st.sampled_from([" ", "\n", " \n ", "  "]),
    st.integers(1, 200),
    st.data(),
)
def test_spans_are_the_characters_of_the_document(
    sentences: list[str], gap: str, max_tokens: int, data: st.DataObject
) -> None:
    given_document = document(sentences, [gap] * (len(sentences) - 1))
    chosen = data.draw(st.sets(st.integers(0, len(sentences) - 1), min_size=1))
    source = passage_tokens(small_byte_pair(), given_document, sorted(chosen), max_tokens)
    encoding = source.encoding
    assert len(encoding.ids) == len(encoding.spans) == len(source.sentence_of_token) <= max_tokens
    for token, (start, end), i in zip(encoding.ids, encoding.spans, source.sentence_of_token.tolist(), strict=True):
        sentence_start, sentence_end = given_document.spans[source.sentence_indices[i]]
        assert sentence_start <= start <= end <= sentence_end
        spelt = small_byte_pair().decode([token]).strip()
        if spelt.isprintable() and spelt.isascii():
            assert spelt in given_document.text[start:end]
