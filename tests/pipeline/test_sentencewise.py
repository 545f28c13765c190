"""Summaries written sentence by sentence, with a small random model: nonsense, of which what is said must hold."""

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
def teller(make_model: MakeModel, wide_tokenizer: Tokenizer) -> Summarizer:
    model = make_model(
        vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=24, salience=True, sentencewise=True
    )
    with torch.no_grad():
        model.gate.bias -= 2  # it copies as often as it writes
    return Summarizer(model, wide_tokenizer, SearchOptions(beam_size=2, min_length=4, max_length=14))


@pytest.fixture(autouse=True, params=[sentencewise.REWRITE_BONUS, 1.0], ids=["usual", "favoured"])
def _favour(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a random model writes is nonsense, and seldom told unless it is much favoured."""
    monkeypatch.setattr(sentencewise, "REWRITE_BONUS", request.param)


DOCUMENT = (
    "Mayor Anna Smith met the minister in New York on Monday. The bridge is well known, they said. "
    "John visits the old town. It was 2,500 in March."
)


@pytest.mark.parametrize("text", [*TEXTS, LONG, DOCUMENT, "One two"])
def test_what_it_says_of_its_words_holds(teller: Summarizer, text: str) -> None:
    summary = teller.summarize(text, Request(explain=True))
    check(summary, text)
    explanation = summary.explanation
    assert explanation is not None
    words = [word for sentence in summary.sentences for word in sentence.words]
    assert len(explanation.p_gen) == len(words)
    assert explanation.index.shape[1] == len(words)
    assert int(explanation.index.max(initial=0)) < max(1, len(explanation.source))


@pytest.mark.parametrize("text", [LONG, DOCUMENT])
def test_an_explanation_has_the_words_that_were_read_once_and_in_order(teller: Summarizer, text: str) -> None:
    summary = teller.summarize(text, Request(Length(sentences=3), explain=True))
    explanation = summary.explanation
    assert explanation is not None
    assert all(a[1] <= b[0] for a, b in pairwise(explanation.source))
    read = sum(len(text[a:b]) for a, b in explanation.source)
    assert read == len(re.sub(r"\s", "", text)) or text is LONG
    words = [word for sentence in summary.sentences for word in sentence.words]
    for number, word in enumerate(words):
        seen = explanation.attention(Head(None, None), number)
        assert [span[:2] for span in seen] == [span[:2] for span in word.attention][: len(seen)]
        if word.span:
            inside = [text[a:b] for a, b in explanation.source if word.span[0] < b and a < word.span[1]]
            assert len(inside) == 1
            assert word.text.lower() in inside[0].lower()


def test_a_sentence_is_told_from_one_place_only(teller: Summarizer) -> None:
    """From itself and what stands before it, or as it stands."""
    for sentence in teller.summarize(DOCUMENT, Request(Length(sentences=3))).sentences:
        spans = [word.span for word in sentence.words if word.span]
        assert sentence.text in DOCUMENT or max(b for _, b in spans) - min(a for a, _ in spans) < len(DOCUMENT)


def test_sentences_stand_in_the_documents_order(teller: Summarizer) -> None:
    summary = teller.summarize(DOCUMENT, Request(Length(sentences=3)))
    assert len(summary.sentences) == 3
    starts = [max((word.span or (0, 0))[1] for word in sentence.words) for sentence in summary.sentences]
    assert starts == sorted(starts)


@pytest.mark.parametrize("words", [1, 3, 5, 12, 30])
def test_words_are_an_upper_bound(teller: Summarizer, words: int) -> None:
    assert 1 <= len(teller.summarize(DOCUMENT, Request(Length(words=words))).text.split()) <= words


def test_where_no_sentence_is_so_short_the_beginning_of_one_is_told(teller: Summarizer) -> None:
    text = "`` Anna " * 20
    for words in (1, 2, 5, 9):
        summary = teller.summarize(text, Request(Length(words=words), explain=True))
        check(summary, text)
        assert 1 <= len(summary.text.split()) <= words


def test_a_batch_says_what_each_text_says_alone(teller: Summarizer) -> None:
    texts: Sequence[str] = [*TEXTS, DOCUMENT, LONG]
    together = list(teller.summarize_many(texts, batch_size=len(texts)))
    assert [s.text for s in together] == [teller.summarize(text).text for text in texts]


def test_it_is_the_same_with_an_explanation(teller: Summarizer) -> None:
    plain = teller.summarize(DOCUMENT)
    explained = teller.summarize(DOCUMENT, Request(explain=True))
    assert plain.text == explained.text
    assert plain.score == pytest.approx(explained.score)


def test_numbers_are_those_of_the_sentences_themselves(teller: Summarizer) -> None:
    for summary in teller.summarize_many([DOCUMENT, LONG] * 2):
        for sentence in summary.sentences:
            for word in sentence.words:
                if any(c.isdigit() for c in word.text):
                    assert word.text in (DOCUMENT + LONG)


def test_nothing_to_read_is_an_error(teller: Summarizer) -> None:
    with pytest.raises(DocumentError, match="nothing to read"):
        teller.summarize(" \n ")


def test_an_unwritten_sentence_was_not_attended_to(teller: Summarizer) -> None:
    summary = teller.summarize(DOCUMENT, Request(explain=True))
    assert summary.explanation is not None
    at = 0
    for sentence in summary.sentences:
        weights = summary.explanation.weight[:, at : at + len(sentence.words)]
        verbatim = all(word.attention == () for word in sentence.words)
        assert bool(np.any(weights)) != verbatim
        assert not verbatim or sentence.text in DOCUMENT
        at += len(sentence.words)


def test_a_query_decides_what_is_told(teller: Summarizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentencewise, "REWRITE_BONUS", 0.02)  # what has been written anew must also be about it
    summary = teller.summarize(LONG, Request(Length(sentences=1), query="bridge of New York"))
    places = [word.span[0] for sentence in summary.sentences for word in sentence.words if word.span]
    assert max(places) >= LONG.index("A bridge") - 300  # that sentence, or what stands before it


def test_what_has_names_that_were_not_read_is_told_as_it_stands(
    teller: Summarizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentencewise, "REWRITE_BONUS", 1.0)
    found = teller.summarize(DOCUMENT, Request(Length(sentences=3)))
    assert any(sentence.text not in DOCUMENT for sentence in found.sentences)

    def in_each(_: str, sentences: Sequence[object]) -> list[Claim]:
        return [Claim("Brown", "name", i, 0, 1) for i in range(len(sentences))]

    monkeypatch.setattr(sentencewise, "find_claims", in_each)
    found = teller.summarize(DOCUMENT, Request(Length(sentences=3)))
    assert len(found.sentences) == 3
    assert all(sentence.text in DOCUMENT for sentence in found.sentences)


def test_what_is_not_sure_enough_is_told_as_it_stands(teller: Summarizer) -> None:
    options = replace(teller.options, min_confidence=1.0)
    sure = Summarizer(teller.model, teller.tokenizer, options)
    for text in (DOCUMENT, LONG):
        found = sure.summarize(text, Request(Length(sentences=3), explain=True))
        assert len(found.sentences) == 3
        assert all(sentence.text in text for sentence in found.sentences)
        assert found.explanation is not None
