"""Where a summary's words came from: what is said of it must be what the model attended to, and stand where it says."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from summarize import Length, Request, SearchOptions, Summarizer, Summary
from summarize.checkpoints.model_folder import load_model
from summarize.decoding.beam_search import beam_search
from summarize.decoding.decoder import IncrementalDecoder
from summarize.decoding.detokenizer import Word
from summarize.decoding.hypothesis import Hypothesis
from summarize.grounding.explanation import Head, find_claims, find_passages
from summarize.network.attention import masked_softmax
from summarize.network.pointer_generator import PointerGenerator
from summarize.pipeline.attribution import KEPT, AttentionRecorder, AttentionTrace, source_words
from summarize.pipeline.generator import first
from summarize.text.sentences import sentence_spans
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.text.vocabulary import SENTENCE
from tests.helpers.explained import DOCUMENT, SUMMARY, HandWord, bridge
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
    return Summarizer(*load_model(model_folder))


@pytest.mark.parametrize("guided", [False, True])
def test_what_is_observed_is_what_every_layer_attends_to(make_model: MakeModel, guided: bool) -> None:
    """Against a plain pass: scores over [source ‖ summary], guided or not, one softmax, its source part."""
    model = make_model(salience=guided)
    sentences = torch.tensor([[-1, 0, 0, 1, -1], [-1, 0, -1, -1, -1]]) if guided else None
    src = torch.tensor([[101, 120, 130, 125, 102], [101, 110, 102, 0, 0]])
    tgt = torch.tensor([[101, 120, 125], [101, 110, 110]])
    observed: list[Tensor] = []
    with torch.inference_mode():
        memory = model.encode(src, sentences=sentences)
        model.decode(tgt, memory, observe=observed.append)
        *layers, pointer = observed
        assert (memory.guidance is not None) == guided
        guidance = 0 if memory.guidance is None else memory.guidance[:, None, None, :]
        x = model.embed(tgt, model.tgt_positions.weight[:3], segment=1)
        for i, (layer, (src_key, src_value), seen) in enumerate(zip(model.stack, memory.layers, layers, strict=True)):
            heads = layer.self_attention
            key, value = heads.project_memory(x)
            scores = heads.project_query(x) @ torch.cat([src_key, key.transpose(-1, -2)], 3) / key.shape[-1] ** 0.5
            if guided:
                scores[..., :5] += model.layer_guidance[i][None, :, None, None] * guidance
            for b, t in itertools.product(range(2), range(3)):
                scores[b, :, t, :5][:, src[b] == 0] = -torch.inf
                scores[b, :, t, 5 + t + 1 :] = -torch.inf
            weights = scores.softmax(-1)
            torch.testing.assert_close(seen, weights[..., :5])
            x = layer.finish(x, weights @ torch.cat([src_value, value], 2))
        query = model.pointer.project_query(x)
        scores = model.pointer.attention.scores(query, memory.pointer[0])
        if guided:
            scores = scores + model.pointer_guidance[None, :, None, None] * guidance
        torch.testing.assert_close(pointer, masked_softmax(scores, src.eq(0)[:, None, None, :]))


def test_observing_changes_nothing(make_model: MakeModel) -> None:
    model, src, tgt = make_model(), torch.tensor([[101, 120, 130, 102]]), torch.tensor([[101, 120]])
    with torch.inference_mode():
        memory = model.encode(src)
        plain, watched = model.decode(tgt, memory), model.decode(tgt, memory, observe=lambda _: None)
    assert torch.equal(plain.hidden, watched.hidden)
    assert torch.equal(plain.gate, watched.gate)
    assert torch.equal(plain.pointer, watched.pointer)


@pytest.mark.parametrize("pointer", ["scaled_dot_product", "additive"])
def test_a_words_attention_is_its_tokens_mean_over_whole_source_words(
    make_model: MakeModel, wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch, pointer: str
) -> None:
    """Against the search's own view of the pointer, one token at a time, added up by hand."""
    found: dict[str, Any] = {}

    def search(*arguments: Any) -> list[list[Hypothesis]]:
        found["hypotheses"] = beam_search(*arguments)
        return found["hypotheses"]

    original = AttentionRecorder.words

    def traced(trace: AttentionRecorder, row: int, written: list[list[Word]]) -> AttentionTrace:
        found["words"] = [word for words in written for word in words]
        return original(trace, row, written)

    monkeypatch.setattr("summarize.pipeline.generator.beam_search", search)
    monkeypatch.setattr(AttentionRecorder, "words", traced)
    sizes = {"vocab_size": len(wide_tokenizer.vocabulary), "max_src": 64, "max_tgt": 32}
    model = make_model(**sizes, pointer_attention=pointer)
    options = SearchOptions(max_src=64, beam_size=2, min_length=4, max_length=14)
    text = TEXTS[1]
    summary = Summarizer(model, wide_tokenizer, options).summarize(text, request=EXPLAIN)
    assert summary.explanation is not None

    encoding = wide_tokenizer.encode(text)
    ids = found["hypotheses"][0][0].ids
    with torch.inference_mode():
        decoder = IncrementalDecoder(model, model.encode(torch.tensor([[101, *encoding.ids, 102]])))
        steps = [
            decoder.step(torch.tensor([[token]]), torch.tensor([[before]]))
            for before, token in enumerate([101, *ids[:-1]], -1)
        ]
    pointers = [step.pointer[0, 0, 1:-1].tolist() for step in steps]
    shown = [word for sentence in summary.sentences for word in sentence.words]
    for word, written in zip(shown, found["words"], strict=True):
        totals: dict[tuple[int, int], float] = {}
        for t in range(*written.tokens):
            for (start, _), weight in zip(encoding.spans, pointers[t], strict=True):
                span = next(span for span in summary.explanation.source if span[0] <= start < span[1])
                totals[span] = totals.get(span, 0) + weight / (written.tokens[1] - written.tokens[0])
        largest = sorted(totals.values(), reverse=True)[:KEPT]
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
    assert all(a < b <= c for (a, b), (c, _) in itertools.pairwise([*explanation.source, (len(document), 0)]))
    assert all(document[a:b].strip() for a, b in explanation.source)
    for number, word in enumerate(words):
        assert word.attention is not None
        assert word.p_gen is not None
        assert 0 <= word.p_gen <= 1
        weights = [weight for _, _, weight in word.attention]
        assert weights == sorted(weights, reverse=True)
        assert 0 <= sum(weights) <= 1 + 1e-3
        assert {(a, b) for a, b, _ in word.attention} <= set(explanation.source)
        for head in explanation.heads:
            seen = explanation.attention(head, number)
            assert sum(weight for _, _, weight in seen) <= 1 + KEPT / 510 + 1e-3
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
    """A model with a salience head, so that sentences of a long document are chosen, and extracted."""
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32, salience=True)
    with torch.no_grad():
        model.output_bias[SENTENCE] += 8  # short sentences
    return Summarizer(model, wide_tokenizer, SearchOptions(min_length=4, max_length=30, beam_size=2))


def test_a_summary_of_several_parts_is_explained_over_them_all(scorer: Summarizer) -> None:
    request = Request(Length(words=200), explain=True)
    summary = scorer.summarize(LONG, request)
    check(summary, LONG)
    explanation = summary.explanation
    assert explanation is not None
    assert len(explanation.source) > 4 * 40  # of four parts, each of up to 62 tokens
    # Attention is always on the part that a sentence was written from, and parts are in order.
    words = [word for sentence in summary.sentences for word in sentence.words]
    firsts = [min(a for a, _, _ in word.attention) for word in words if word.attention]
    assert firsts[-1] > len(LONG) / 2 > firsts[0]
    for number, word in enumerate(words):
        spans = [(a, b) for a, b, _ in explanation.attention(Head(None, None), number)]
        assert spans == [(a, b) for a, b, _ in word.attention][: len(spans)]
    lines = [p.line for passages in explanation.passages for p in passages]
    assert all(LONG.split("\n")[line - 1] for line in lines)


def test_words_that_a_limit_cuts_off_leave_the_explanation_too(
    scorer: Summarizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that is too long loses its last sentences after the search; here each loses all but the first."""
    request = Request(Length(sentences=8), explain=True)
    whole = scorer.summarize(LONG, request)
    monkeypatch.setattr("summarize.pipeline.generator._within", lambda own, _: first(own, 1))
    cut = scorer.summarize(LONG, request)
    assert 1 < len(cut.sentences) < len(whole.sentences)
    check(cut, LONG)


def test_extracted_sentences_are_explained_by_their_places(scorer: Summarizer) -> None:
    summary = scorer.summarize(LONG, Request(extractive=True, explain=True))
    explanation = summary.explanation
    assert explanation is not None
    assert explanation.heads == explanation.claims == ()
    words = [word for sentence in summary.sentences for word in sentence.words]
    assert [LONG[a:b] for a, b in explanation.source] == [word.text for word in words]
    assert [[(LONG[p.start : p.end], p.share) for p in own] for own in explanation.passages] == [
        [(sentence.text, 1.0)] for sentence in summary.sentences
    ]
    assert scorer.summarize(LONG, Request(extractive=True)).explanation is None


def test_there_are_as_many_heads_as_the_model_has(summarizer: Summarizer) -> None:
    explanation = summarizer.summarize(TEXTS[0], request=EXPLAIN).explanation
    config = summarizer.model.config
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
        assert explained.explanation.source == alone.source
        assert np.abs(explained.explanation.weight.astype(int) - alone.weight).max() <= 2


def test_nothing_is_watched_that_nobody_asked_for(summarizer: Summarizer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("called without need")

    monkeypatch.setattr(AttentionRecorder, "observe", fail)
    monkeypatch.setattr(PointerGenerator, "_source_weights", fail)
    assert summarizer.summarize(TEXTS[0]).text
    with pytest.raises(AssertionError):
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
    spans, word_of = source_words(encoding, wide_tokenizer.vocabulary)
    joined = [text[a:b] for a, b in spans]
    assert list("".join(joined)) == [c for c in text if c != " "]
    if "☃" not in text:
        assert joined == words
    assert word_of == sorted(word_of)
    assert set(word_of) == set(range(len(spans)))
    for (start, end), word in zip(encoding.spans, word_of, strict=True):
        assert spans[word][0] <= start
        assert end <= spans[word][1]


def test_passages_are_the_sentences_that_words_were_copied_from() -> None:
    spans = sentence_spans(DOCUMENT)
    words = [HandWord(DOCUMENT[a:b], (a, b), True) for a, b in ((4, 10), (14, 20), (78, 84), (14, 20))]
    found = find_passages(DOCUMENT, spans, [*words, HandWord("x", None, True), HandWord(".", (72, 73), False)])
    assert [(p.line, p.share) for p in found] == [(1, 0.75), (3, 0.25)]
    assert [DOCUMENT[p.start : p.end] for p in found] == [DOCUMENT[:73], DOCUMENT[75:133]]
    assert find_passages(DOCUMENT, spans, [HandWord("x", None, True)]) == ()


def test_a_passage_that_gave_one_word_of_many_is_not_named() -> None:
    spans = sentence_spans(DOCUMENT)
    words = [HandWord("bridge", (4, 10), True)] * 9 + [HandWord("opened", (78, 84), True)]
    assert [p.line for p in find_passages(DOCUMENT, spans, words)] == [1]


def test_claims_are_found_with_their_words() -> None:
    explanation = bridge().explanation
    assert explanation is not None
    found = [(c.text, c.kind, c.sentence, c.first, c.last) for c in explanation.claims]
    assert found == [
        ("Brooklyn", "name", 0, 3, 4),
        ("says", "word", 1, 1, 2),
        ("15,300", "number", 1, 2, 3),
        ("cross", "word", 1, 4, 5),
    ]
    assert SUMMARY[1].split()[2] == "15,300"


def test_a_number_put_together_from_copied_parts_is_still_found() -> None:
    words = [HandWord("15", (0, 2), False), HandWord(",", (2, 3), False), HandWord("300", (7, 10), False)]
    (claim,) = find_claims("15, or 300", [words])
    assert (claim.text, claim.kind, claim.first, claim.last) == ("15,300", "number", 0, 3)


def test_a_number_that_two_sentences_make_is_the_first_ones() -> None:
    words = [[HandWord(w, None, True) for w in text.split()] for text in ("It was twenty", "five men")]
    (claim,) = find_claims("It was men.", words)
    assert (claim.kind, claim.sentence, claim.first, claim.last) == ("number", 0, 2, 3)


def test_a_name_that_was_copied_is_supported_however_it_is_read() -> None:
    assert find_claims("xNato", [[HandWord("The", None, False), HandWord("Nato", (1, 5), True)]]) == ()
    assert len(find_claims("xNato", [[HandWord("The", None, False), HandWord("Nato", None, True)]])) == 1
