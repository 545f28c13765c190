"""Attention traces and explanations: they must show what the network attended to, at the right characters."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from summarize import Length, Request, SearchOptions, Summarizer, Summary
from summarize.checkpoints.model_folder import load_model
from summarize.decoding.beam_search import beam_search
from summarize.decoding.decoder import IncrementalDecoder
from summarize.decoding.detokenizer import Word
from summarize.decoding.hypothesis import Hypothesis
from summarize.grounding.explanation import Head
from summarize.network.pointer_generator import PointerGenerator
from summarize.pipeline.attribution import (
    MAX_SOURCE_WORDS,
    AttentionRecorder,
    AttentionTrace,
    explain,
    source_words,
    verbatim_trace,
)
from summarize.pipeline.generated import Generated
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.text.vocabulary import SENTENCE
from tests.helpers.explained import StubWord
from tests.helpers.models import MakeModel
from tests.helpers.sources import DOCUMENTS

EXPLAIN = Request(explain=True)
TEXTS = [
    "Mayor Anna Smith met the minister in New York on Monday.",
    "“The bridge is well known,” they said. John visits the old town, and has 12 or 3.5bn in the A380.",
    "☃ ☃ café\n\n2,500 on 10:30",
]


@pytest.fixture(scope="module")
def summarizer(model_folder: Path) -> Summarizer:
    return Summarizer.from_network(*load_model(model_folder))


@pytest.mark.parametrize("pointer", ["scaled_dot_product", "additive"])
def test_a_words_attention_is_its_tokens_mean_over_whole_source_words(
    make_model: MakeModel, wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch, pointer: str
) -> None:
    """Against the search's own view of the pointer, one token at a time, added up by hand."""
    hypotheses: list[Hypothesis] = []
    words: list[Word] = []

    def search(*arguments: Any) -> list[list[Hypothesis]]:
        found = beam_search(*arguments)
        hypotheses[:] = found[0]
        return found

    trace = AttentionRecorder.trace

    def trace_words(
        recorder: AttentionRecorder, b: int, p_gen: Sequence[float], sentences: Sequence[Sequence[Word]]
    ) -> AttentionTrace:
        words[:] = [word for sentence in sentences for word in sentence]
        return trace(recorder, b, p_gen, sentences)

    monkeypatch.setattr("summarize.pipeline.summary_decoder.beam_search", search)
    monkeypatch.setattr(AttentionRecorder, "trace", trace_words)
    sizes = {"vocab_size": len(wide_tokenizer.vocabulary), "max_src": 64, "max_tgt": 32}
    model = make_model(**sizes, pointer_attention=pointer)
    options = SearchOptions(max_src=64, beam_size=2, min_length=4, max_length=14)
    text = TEXTS[1]
    summary = Summarizer.from_network(model, wide_tokenizer, options).summarize(text, request=EXPLAIN)
    assert summary.explanation is not None

    encoding = wide_tokenizer.encode(text)
    ids = hypotheses[0].ids
    with torch.inference_mode():
        decoder = IncrementalDecoder(model, model.encode(torch.tensor([[101, *encoding.ids, 102]])))
        steps = [
            decoder.step(torch.tensor([[token]]), torch.tensor([[before]]))
            for before, token in enumerate([101, *ids[:-1]], -1)
        ]
    pointers = [step.pointer[0, 0, 1:-1].tolist() for step in steps]
    shown = [word for sentence in summary.sentences for word in sentence.words]
    for word, tokens in zip(shown, [word.token_span for word in words], strict=True):
        totals: dict[tuple[int, int], float] = {}
        for t in range(*tokens):
            for (start, _), weight in zip(encoding.spans, pointers[t], strict=True):
                span = next(span for span in summary.explanation.source_words if span[0] <= start < span[1])
                totals[span] = totals.get(span, 0) + weight / (tokens[1] - tokens[0])
        largest = sorted(totals.values(), reverse=True)[:MAX_SOURCE_WORDS]
        assert word.attention is not None
        assert [weight for _, _, weight in word.attention] == pytest.approx(largest, abs=2e-3)
        for start, end, weight in word.attention:
            assert totals[start, end] == pytest.approx(weight, abs=2e-3)


def check(summary: Summary, document: str) -> None:
    """What holds of every explanation."""
    explanation = summary.explanation
    assert explanation is not None
    assert explanation.document == document
    words = [word for sentence in summary.sentences for word in sentence.words]
    assert explanation.index.shape == explanation.weight.shape
    assert explanation.index.shape[:2] == (len(explanation.heads), len(words))
    assert explanation.p_gen == tuple(word.p_gen for word in words)
    assert len(explanation.passages) == len(summary.sentences)
    assert all(a < b <= c for (a, b), (c, _) in itertools.pairwise([*explanation.source_words, (len(document), 0)]))
    assert all(document[a:b].strip() for a, b in explanation.source_words)
    for number, word in enumerate(words):
        assert word.attention is not None
        assert word.p_gen is not None
        assert 0 <= word.p_gen <= 1
        weights = [weight for _, _, weight in word.attention]
        assert weights == sorted(weights, reverse=True)
        assert 0 <= sum(weights) <= 1 + 1e-3
        assert {(a, b) for a, b, _ in word.attention} <= set(explanation.source_words)
        for head in explanation.heads:
            attention = explanation.attention(head, number)
            assert sum(weight for _, _, weight in attention) <= 1 + MAX_SOURCE_WORDS / 510 + 1e-3
        mean = explanation.attention(Head(None, None), number)
        assert [span[:2] for span in mean] == [span[:2] for span in word.attention][: len(mean)]
    for passages in explanation.passages:
        for passage in passages:
            assert document[passage.start : passage.end].strip()
            assert passage.line == len(document[: passage.start].split("\n"))
            assert 0 < passage.share <= 1


@pytest.mark.parametrize("text", TEXTS)
def test_an_explanation_fits_its_summary(summarizer: Summarizer, text: str) -> None:
    check(summarizer.summarize(text, EXPLAIN), text)


@given(DOCUMENTS)
@settings(max_examples=25)
def test_any_document_can_be_explained(summarizer: Summarizer, text: str) -> None:
    (result,) = summarizer.try_many([text], request=EXPLAIN)
    if isinstance(result, Summary):
        check(result, text)


LONG = "\n".join(f"The mayor met Anna {i} on Monday. It was the {i}th visit to the bridge." for i in range(30))


@pytest.fixture(scope="module")
def scorer(make_model: MakeModel, wide_tokenizer: Tokenizer) -> Summarizer:
    """Its model has a salience head: it selects sentences of a long document, and can extract."""
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32, salience=True)
    with torch.no_grad():
        model.output_bias[SENTENCE] += 8  # short sentences
    return Summarizer.from_network(model, wide_tokenizer, SearchOptions(min_length=4, max_length=30, beam_size=2))


def test_a_summary_of_several_parts_is_explained_over_them_all(scorer: Summarizer) -> None:
    request = Request(Length(words=200), explain=True)
    summary = scorer.summarize(LONG, request)
    check(summary, LONG)
    explanation = summary.explanation
    assert explanation is not None
    assert len(explanation.source_words) > 4 * 40  # of four parts, each of up to 62 tokens
    # The attention of a sentence is on its own part, and the parts are in order.
    words = [word for sentence in summary.sentences for word in sentence.words]
    firsts = [min(a for a, _, _ in word.attention) for word in words if word.attention]
    assert firsts[-1] > len(LONG) / 2 > firsts[0]
    for number, word in enumerate(words):
        spans = [(a, b) for a, b, _ in explanation.attention(Head(None, None), number)]
        assert spans == [(a, b) for a, b, _ in word.attention][: len(spans)]
    lines = [p.line for passages in explanation.passages for p in passages]
    assert all(LONG.split("\n")[line - 1] for line in lines)


def test_words_beyond_a_limit_are_not_explained(scorer: Summarizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that is too long loses its last sentences after the search; here each loses all but the first."""
    request = Request(Length(sentences=8), explain=True)
    whole = scorer.summarize(LONG, request)
    monkeypatch.setattr(Generated, "within", lambda own, _: own.first_sentences(1))
    cut = scorer.summarize(LONG, request)
    assert 1 < len(cut.sentences) < len(whole.sentences)
    check(cut, LONG)


def test_an_extractive_summary_is_explained_by_its_passages(scorer: Summarizer) -> None:
    summary = scorer.summarize(LONG, Request(extractive=True, explain=True))
    explanation = summary.explanation
    assert explanation is not None
    assert explanation.heads == explanation.claims == ()
    words = [word for sentence in summary.sentences for word in sentence.words]
    assert [LONG[a:b] for a, b in explanation.source_words] == [word.text for word in words]
    assert [[(LONG[p.start : p.end], p.share) for p in own] for own in explanation.passages] == [
        [(sentence.text, 1.0)] for sentence in summary.sentences
    ]
    assert scorer.summarize(LONG, Request(extractive=True)).explanation is None


def test_there_are_as_many_heads_as_the_model_has(summarizer: Summarizer) -> None:
    explanation = summarizer.summarize(TEXTS[0], request=EXPLAIN).explanation
    config = summarizer.engine.model.config
    expected = [Head(None, None), *(Head(None, h + 1) for h in range(config.pointer_heads))]
    for layer in range(1, config.n_layers + 1):
        expected += [Head(layer, None), *(Head(layer, h + 1) for h in range(config.n_heads))]
    assert explanation is not None
    assert list(explanation.heads) == expected


def test_a_summary_is_the_same_with_and_without_and_alone_or_in_a_batch(summarizer: Summarizer) -> None:
    together = list(summarizer.summarize_many(TEXTS, request=EXPLAIN))
    for text, explained in zip(TEXTS, together, strict=True):
        plain = summarizer.summarize(text)
        assert plain.explanation is None
        assert all(w.attention == () and w.p_gen is None for s in plain.sentences for w in s.words)
        assert explained.text == plain.text
        spans = [[w.span for w in s.words] for s in explained.sentences]
        assert spans == [[w.span for w in s.words] for s in plain.sentences]
        alone = summarizer.summarize(text, EXPLAIN).explanation
        assert explained.explanation is not None
        assert alone is not None
        assert explained.explanation.source_words == alone.source_words
        assert np.abs(explained.explanation.weight.astype(int) - alone.weight).max() <= 2


def test_without_explain_no_attention_is_recorded(summarizer: Summarizer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("attention was recorded")

    monkeypatch.setattr(AttentionRecorder, "observe", fail)
    monkeypatch.setattr(PointerGenerator, "_source_weights", fail)
    assert summarizer.summarize(TEXTS[0]).text
    with pytest.raises(AssertionError, match="recorded"):
        summarizer.summarize(TEXTS[0], request=EXPLAIN)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("it was 2,500.", ["it", "was", "2,500", "."]),
        ("10:30, 2013-05-12", ["10:30", ",", "2013-05-12"]),
        ("3. 5 and 12-x", ["3", ".", "5", "and", "12", "-", "x"]),
        ("2,500,", ["2,500", ","]),
        ("café ☃☃", ["café", "☃", "☃"]),
    ],
)
def test_source_words_are_whole(wide_tokenizer: Tokenizer, text: str, words: list[str]) -> None:
    encoding: Encoding = wide_tokenizer.encode(text)
    spans, word_of_token = source_words(encoding, wide_tokenizer)
    texts = [text[start:end] for start, end in spans]
    assert list("".join(texts)) == [c for c in text if c != " "]
    if "☃" not in text:
        assert texts == words
    assert word_of_token == sorted(word_of_token)
    assert set(word_of_token) == set(range(len(spans)))
    for (start, end), word in zip(encoding.spans, word_of_token, strict=True):
        assert spans[word][0] <= start
        assert end <= spans[word][1]


def test_a_trace_is_the_mean_of_tokens_over_the_sum_of_source_tokens(wide_tokenizer: Tokenizer) -> None:
    """Two summaries of sources of different lengths, two layers of two heads and a pointer of one; against loops."""
    encodings = [wide_tokenizer.encode(text) for text in ("It was 2,500 in all.", "zq met zq")]
    lengths = [3, 2]
    rng = np.random.default_rng(0)
    layers = [rng.dirichlet(np.ones(12), (2, n_heads, 4)).astype(np.float32) for n_heads in (2, 2, 1)]
    recorder = AttentionRecorder(encodings, wide_tokenizer, lengths)
    for weights in layers:
        recorder.observe(torch.from_numpy(weights))
    p_gen = [[0.1, 0.2, 0.6, 0.9], [0.5, 0.3, 0.9, 0.9]]
    heads = [Head(None, None), Head(None, 1)]
    heads += [Head(layer, head) for layer in (1, 2) for head in (None, 1, 2)]
    for b, word_tokens in enumerate([[(0, 2), (2, 3)], [(0, 1), (1, 2)]]):
        sentences = [[Word("x", tokens, None, False)] for tokens in word_tokens]
        trace = recorder.trace(b, p_gen[b], sentences)
        spans, word_of_token = source_words(encodings[b], wide_tokenizer)
        assert trace.source == tuple(spans)
        assert list(trace.heads) == heads
        assert trace.p_gen == pytest.approx([np.mean(p_gen[b][start:end]) for start, end in word_tokens])
        for h, head in enumerate(heads):
            of_layer = layers[2 if head.layer is None else head.layer - 1][b]
            of_head = of_layer.mean(0) if head.head is None else of_layer[head.head - 1]
            for w, (start, end) in enumerate(word_tokens):
                expected = np.zeros(len(spans))
                for position, word in enumerate(word_of_token, 1):  # START is at 0
                    expected[word] += of_head[start:end, position].mean()
                index, share = trace.index[h, w], trace.share[h, w]
                assert sorted(index.tolist()) == list(range(len(spans)))
                assert share == pytest.approx(expected[index], abs=2e-3)
                assert (np.diff(share) <= 0).all()


def test_a_trace_keeps_the_most_attended_source_words(wide_tokenizer: Tokenizer) -> None:
    encoding = wide_tokenizer.encode("the mayor met anna smith on monday in new york and john in march")
    recorder = AttentionRecorder([encoding], wide_tokenizer, [1])
    weights = torch.zeros(1, 1, 1, 16)
    weights[0, 0, 0, 1:15] = torch.arange(14) / 91
    recorder.observe(weights)
    trace = recorder.trace(0, [0.5], [[Word("x", (0, 1), None, False)]])
    assert trace.index[0, 0].tolist() == list(range(13, 13 - MAX_SOURCE_WORDS, -1))
    empty = recorder.trace(0, [0.5], [])
    assert empty.index.shape == (2, 0, MAX_SOURCE_WORDS)
    assert empty.p_gen == ()


def test_of_equally_attended_source_words_the_first_are_kept(wide_tokenizer: Tokenizer) -> None:
    recorder = AttentionRecorder([wide_tokenizer.encode("met has was " * 10)], wide_tokenizer, [1])
    recorder.observe(torch.full((1, 1, 1, 32), 1 / 32))
    trace = recorder.trace(0, [0.5], [[Word("x", (0, 1), None, False)]])
    assert trace.index[0, 0].tolist() == list(range(MAX_SOURCE_WORDS))


def trace_of(source: Sequence[tuple[int, int]], index: Sequence[int], share: Sequence[float]) -> AttentionTrace:
    """A trace of words that attend to one source word each."""
    shape = (1, len(index), 1)
    arrays = np.array(index).reshape(shape), np.array(share, np.float32).reshape(shape)
    return AttentionTrace(tuple(source), (Head(None, None),), *arrays, tuple(0.1 * (i + 1) for i in range(len(index))))


def test_a_small_share_of_attention_is_left_out() -> None:
    trace = trace_of([(0, 1), (2, 3)], [1, 0, 0], [0.5, 0.0041, 0.0039])
    assert trace.attention(0) == ((2, 3, 0.5),)
    assert trace.attention(1) == ((0, 1, pytest.approx(0.0041)),)
    assert trace.attention(2) == ()
    words = [StubWord("x", None, True)] * 3
    assert explain("a b", [(0, 3)], [words], [trace]).weight[0, :, 0].tolist() == [128, 1, 0]


def test_the_sources_of_several_traces_are_merged() -> None:
    """Overlapping sources, a part of a word beside the whole word, and traces of different widths."""
    text = "It was 14,200 in all, they said."
    first = trace_of([(0, 2), (3, 6), (7, 9)], [2, 0], [1.0, 0.5])  # its source was cut off inside 14,200
    second = trace_of([(3, 6), (7, 13), (14, 16)], [0, 1, 2], [0.2, 0.4, 0.6])
    verbatim = verbatim_trace((Head(None, None),), [(22, 26), (27, 31)])
    sentences = [[StubWord("x", None, True)] * n for n in (2, 3, 2)]
    explanation = explain(text, [(0, len(text))], sentences, [first, second, verbatim])
    assert explanation.source_words == ((0, 2), (3, 6), (7, 13), (14, 16), (22, 26), (27, 31))
    assert explanation.index[0, :, 0].tolist() == [2, 0, 1, 2, 3, 0, 0]
    assert explanation.weight[0, :, 0].tolist() == [255, 128, 51, 102, 153, 0, 0]
    assert explanation.p_gen == pytest.approx((0.1, 0.2, 0.1, 0.2, 0.3, 0, 0))
    assert explanation.heads == (Head(None, None),)


def test_an_explanation_has_passages_and_claims_of_every_kind() -> None:
    text = "Anna: I met John in May.\nJohn: You met me in the town.\nAnna: It was so."
    copied = [(n, text.index(n)) for n in ("met", "John", "May")]
    sentences = [
        [StubWord("John", None, False), *(StubWord(n, (i, i + len(n)), True) for n, i in copied)],
        [StubWord("Zquox", None, False), StubWord("came", None, True), StubWord("2013", None, True)],
    ]
    spans = [(0, 24), (25, 54), (55, 71)]
    explanation = explain(text, spans, sentences, [])
    assert {claim.kind for claim in explanation.claims} >= {"name", "word", "number"}
    assert [[(p.start, p.end) for p in passages] for passages in explanation.passages] == [[(0, 24)], []]
    assert explanation.p_gen == (0.0,) * 7
    assert explanation.index.shape == (0, 7, 0)
    assert explanation.source_words == tuple((i, i + len(n)) for n, i in copied)
