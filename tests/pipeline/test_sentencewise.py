"""Summaries generated sentence by sentence, with a small random model: nonsense, but what is said of it must hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from summarize import Length, Request, SearchOptions, Summarizer
from summarize.errors import DocumentError
from summarize.grounding.explanation import Claim, Head
from summarize.pipeline import sentencewise
from summarize.text.tokenizer import Tokenizer
from tests.helpers.models import MakeModel
from tests.helpers.summaries import LONG, TEXTS, check


@pytest.fixture(scope="module")
def summarizer(make_model: MakeModel, wide_tokenizer: Tokenizer) -> Summarizer:
    model = make_model(
        vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=24, salience=True, sentencewise=True
    )
    with torch.no_grad():
        model.gate.bias -= 2  # it copies as often as it generates
    return Summarizer.from_network(model, wide_tokenizer, SearchOptions(beam_size=2, min_length=4, max_length=14))


@pytest.fixture(autouse=True, params=[sentencewise.REWRITE_BONUS, 1.0], ids=["usual_bonus", "high_bonus"])
def _bonus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a random model generates is nonsense, and seldom selected without a high bonus."""
    monkeypatch.setattr(sentencewise, "REWRITE_BONUS", request.param)


DOCUMENT = (
    "Mayor Anna Smith met the minister in New York on Monday. The bridge is well known, they said. "
    "John visits the old town. It was 2,500 in March."
)
THREE_SENTENCES = Request(Length(sentences=3))


@pytest.mark.parametrize("text", [*TEXTS, LONG, DOCUMENT, "One two"])
def test_spans_and_attention_are_those_of_the_words(summarizer: Summarizer, text: str) -> None:
    summary = summarizer.summarize(text, Request(explain=True))
    check(summary, text)
    explanation = summary.explanation
    assert explanation is not None
    words = [word for sentence in summary.sentences for word in sentence.words]
    assert len(explanation.p_gen) == len(words)
    assert explanation.index.shape[1] == len(words)
    assert int(explanation.index.max(initial=0)) < max(1, len(explanation.source_words))


@pytest.mark.parametrize("text", [LONG, DOCUMENT])
def test_an_explanation_has_all_words_of_the_document_once_and_in_order(summarizer: Summarizer, text: str) -> None:
    summary = summarizer.summarize(text, Request(Length(sentences=3), explain=True))
    explanation = summary.explanation
    assert explanation is not None
    assert all(a[1] <= b[0] for a, b in pairwise(explanation.source_words))
    assert sum(end - start for start, end in explanation.source_words) == len(re.sub(r"\s", "", text))
    words = [word for sentence in summary.sentences for word in sentence.words]
    for number, word in enumerate(words):
        attention = explanation.attention(Head(None, None), number)
        assert [span[:2] for span in attention] == [span[:2] for span in word.attention][: len(attention)]
        if word.span:
            inside = [text[a:b] for a, b in explanation.source_words if word.span[0] < b and a < word.span[1]]
            assert len(inside) == 1
            assert word.text.lower() in inside[0].lower()


def test_sentences_are_in_the_documents_order(summarizer: Summarizer) -> None:
    summary = summarizer.summarize(DOCUMENT, THREE_SENTENCES)
    assert len(summary.sentences) == 3
    ends = [max((word.span or (0, 0))[1] for word in sentence.words) for sentence in summary.sentences]
    assert ends == sorted(ends)


@pytest.mark.parametrize("words", [1, 3, 5, 12, 30])
def test_words_are_an_upper_bound(summarizer: Summarizer, words: int) -> None:
    assert 1 <= len(summarizer.summarize(DOCUMENT, Request(Length(words=words))).text.split()) <= words


def test_where_no_sentence_is_short_enough_the_beginning_of_one_is_taken(summarizer: Summarizer) -> None:
    text = "`` Anna " * 20
    for words in (1, 2, 5, 9):
        summary = summarizer.summarize(text, Request(Length(words=words), explain=True))
        check(summary, text)
        assert 1 <= len(summary.text.split()) <= words


def test_a_batch_gives_each_text_the_summary_that_it_has_alone(summarizer: Summarizer) -> None:
    texts: Sequence[str] = [*TEXTS, DOCUMENT, LONG]
    together = list(summarizer.summarize_many(texts, batch_size=len(texts)))
    for text, summary in zip(texts, together, strict=True):
        alone = summarizer.summarize(text)
        assert summary.text == alone.text
        assert summary.score == pytest.approx(alone.score, abs=1e-4)
        spans = [[word.span for word in sentence.words] for sentence in summary.sentences]
        assert spans == [[word.span for word in sentence.words] for sentence in alone.sentences]


def test_the_size_of_a_batch_of_sentences_changes_nothing(
    summarizer: Summarizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [*TEXTS, DOCUMENT, LONG]
    expected = [s.text for s in summarizer.summarize_many(texts, batch_size=len(texts))]
    monkeypatch.setattr(sentencewise, "MAX_BATCH_SENTENCES", 3)
    assert [s.text for s in summarizer.summarize_many(texts, batch_size=len(texts))] == expected


def test_an_explained_summary_is_the_same(summarizer: Summarizer) -> None:
    plain = summarizer.summarize(DOCUMENT)
    explained = summarizer.summarize(DOCUMENT, Request(explain=True))
    assert plain.text == explained.text
    assert plain.score == pytest.approx(explained.score)


def test_nothing_to_read_is_an_error(summarizer: Summarizer) -> None:
    with pytest.raises(DocumentError, match="nothing to read"):
        summarizer.summarize(" \n ")


def test_a_verbatim_sentence_has_no_attention(summarizer: Summarizer) -> None:
    summary = summarizer.summarize(DOCUMENT, Request(explain=True))
    assert summary.explanation is not None
    first = 0
    for sentence in summary.sentences:
        weights = summary.explanation.weight[:, first : first + len(sentence.words)]
        is_verbatim = all(word.attention == () for word in sentence.words)
        assert bool(np.any(weights)) != is_verbatim
        assert not is_verbatim or sentence.text in DOCUMENT
        first += len(sentence.words)


def test_a_query_decides_which_sentence_is_selected(summarizer: Summarizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentencewise, "REWRITE_BONUS", 0.02)  # a rewritten one, too, must be about it
    summary = summarizer.summarize(LONG, Request(Length(sentences=1), query="bridge of New York"))
    starts = [word.span[0] for sentence in summary.sentences for word in sentence.words if word.span]
    assert max(starts) >= LONG.index("A bridge") - 300  # in that sentence or its context


def test_a_sentence_with_unsupported_claims_is_verbatim_instead(
    summarizer: Summarizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentencewise, "REWRITE_BONUS", 1.0)
    summary = summarizer.summarize(DOCUMENT, THREE_SENTENCES)
    assert any(sentence.text not in DOCUMENT for sentence in summary.sentences)

    def one_claim_each(_: str, sentences: Sequence[object]) -> list[Claim]:
        return [Claim("Brown", "name", i, 0, 1) for i in range(len(sentences))]

    monkeypatch.setattr(sentencewise, "find_claims", one_claim_each)
    summary = summarizer.summarize(DOCUMENT, THREE_SENTENCES)
    assert len(summary.sentences) == 3
    assert all(sentence.text in DOCUMENT for sentence in summary.sentences)


def test_a_sentence_that_is_not_confident_is_verbatim_instead(summarizer: Summarizer) -> None:
    engine = summarizer.engine
    options = replace(engine.options, min_confidence=1.0)
    strict = Summarizer.from_network(engine.model, engine.tokenizer, options)
    for text in (DOCUMENT, LONG):
        summary = strict.summarize(text, Request(Length(sentences=3), explain=True))
        assert len(summary.sentences) == 3
        assert all(sentence.text in text for sentence in summary.sentences)
        assert summary.explanation is not None
        shortest = strict.summarize(text, Request(Length(words=2)))  # no sentence has two words
        assert shortest.text.removesuffix("…") in text
        assert 1 <= len(shortest.text.split()) <= 2
