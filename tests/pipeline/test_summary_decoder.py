"""From hypotheses to sentences whose words know their source spans, and the search of several sources at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from summarize.decoding.hypothesis import Hypothesis, SearchOptions
from summarize.network.pointer_generator import PointerGenerator
from summarize.pipeline.encoder import DocumentEncoder, SourceTokens
from summarize.pipeline.summary import Sentence
from summarize.pipeline.summary_decoder import SearchResult, SummaryDecoder, copied_positions
from summarize.text.lengths import Limits
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import START
from tests.helpers.models import MakeModel
from tests.helpers.sources import Source, numbers, properties_of

MAX_SRC = 48
OPTIONS = SearchOptions(max_src=MAX_SRC, beam_size=2, min_length=4, max_length=20)
DOCUMENT = "The mayor met the minister on Monday. The mayor visits the old bridge."


@pytest.fixture(scope="module")
def model(make_model: MakeModel, wide_tokenizer: Tokenizer) -> PointerGenerator:
    return make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=MAX_SRC, max_tgt=32)


@pytest.fixture(scope="module")
def encoder(model: PointerGenerator, wide_tokenizer: Tokenizer) -> DocumentEncoder:
    return DocumentEncoder(model, wide_tokenizer, MAX_SRC)


@pytest.fixture(scope="module")
def decoder(model: PointerGenerator, wide_tokenizer: Tokenizer) -> SummaryDecoder:
    return SummaryDecoder(model, wide_tokenizer, OPTIONS)


def source_of(encoder: DocumentEncoder, text: str) -> SourceTokens:
    (document,) = encoder.segment([text])
    return encoder.source_tokens(document, range(len(document)))


def shares(n_positions: int, *rows: dict[int, float]) -> Tensor:
    """Copied shares (T, S), given as position: share for each token."""
    copied = torch.zeros(len(rows), n_positions)
    for t, row in enumerate(rows):
        for position, share in row.items():
            copied[t, position] = share
    return copied


@pytest.mark.parametrize(
    ("rows", "positions"),
    [
        ([], []),
        ([{2: 0.9}], [2]),
        ([{}], [None]),
        ([{0: 0.2, 3: 0.3}], [3]),
        # A token follows the previous one's position unless another position is more than four times as likely.
        ([{2: 0.9}, {3: 0.125, 5: 0.5}], [2, 3]),
        ([{2: 0.9}, {3: 0.124, 5: 0.5}], [2, 5]),
        ([{2: 0.9}, {5: 0.5}], [2, 5]),
        ([{2: 0.9}, {3: 0.2, 5: 0.5}, {4: 0.2, 0: 0.5}, {1: 0.2, 5: 0.3}], [2, 3, 4, 5]),
        # After a token that was not copied, or at the end of the source, there is nothing to follow.
        ([{2: 0.9}, {}, {3: 0.2, 0: 0.5}], [2, None, 0]),
        ([{5: 0.9}, {0: 0.2, 1: 0.5}], [5, 1]),
        ([{4: 0.9}, {5: 0.2, 1: 0.5}], [4, 5]),
    ],
)
def test_copied_tokens_follow_runs_of_the_source(rows: list[dict[int, float]], positions: list[int | None]) -> None:
    assert copied_positions(shares(6, *rows)) == positions


def result_of(encoder: DocumentEncoder, text: str, hypothesis: Hypothesis) -> SearchResult:
    return SearchResult(source_of(encoder, text), Source.of(text, encoder.tokenizer).rule, [hypothesis])


def test_a_run_is_attributed_to_one_place(encoder: DocumentEncoder, decoder: SummaryDecoder) -> None:
    """The same words stand in two places; the likeliest position of single tokens changes between them."""
    ids = encoder.tokenizer.encode("the mayor visits").ids
    source = encoder.tokenizer.encode(DOCUMENT).ids
    second = [i for i, token in enumerate(source) if token == ids[0]][2]
    copied = torch.zeros(len(ids), MAX_SRC)
    copied[0, [second + 1, 1]] = torch.tensor([0.6, 0.4])  # position 0 is START
    copied[1, [second + 2, 2]] = torch.tensor([0.4, 0.6])
    copied[2:, second + 3] = 1
    hypothesis = Hypothesis(tuple(ids), -0.5, copied)
    (sentence,) = decoder.detokenize(result_of(encoder, DOCUMENT, hypothesis), hypothesis).sentences
    start = DOCUMENT.index("The mayor visits")
    assert [word.span for word in sentence.words] == [
        (start, start + 3),
        (start + 4, start + 9),
        (start + 10, start + 16),
    ]


@pytest.mark.parametrize(("share", "is_copied"), [(1.0, True), (0.5, True), (0.49, False), (0.0, False)])
def test_a_word_is_copied_if_half_of_its_probability_is(
    encoder: DocumentEncoder, decoder: SummaryDecoder, share: float, is_copied: bool
) -> None:
    ids = encoder.tokenizer.encode("minister").ids
    position = encoder.tokenizer.encode(DOCUMENT).ids.index(ids[0])
    hypothesis = Hypothesis(tuple(ids), -0.5, shares(MAX_SRC, {position + 1: share}))
    generated = decoder.detokenize(result_of(encoder, DOCUMENT, hypothesis), hypothesis)
    assert (generated.score, generated.traces) == (-0.5, ())
    assert (generated.n_words_encoded, generated.is_source_selected) == (0, False)  # the generator knows these
    (word,) = generated.sentences[0].words
    assert word.copied == pytest.approx(share)
    start = DOCUMENT.index("minister")
    assert word.span == ((start, start + 8) if is_copied else None)
    assert (word.p_gen, word.attention) == (None, ())


def test_the_copied_share_of_a_word_is_the_mean_of_its_tokens(
    encoder: DocumentEncoder, decoder: SummaryDecoder
) -> None:
    ids = encoder.tokenizer.encode("met zq").ids
    assert len(ids) == 3
    hypothesis = Hypothesis(tuple(ids), -0.5, shares(MAX_SRC, {3: 0.25}, {5: 0.5, 6: 0.25}, {7: 0.25}))
    (sentence,) = decoder.detokenize(result_of(encoder, DOCUMENT, hypothesis), hypothesis).sentences
    assert [word.copied for word in sentence.words] == pytest.approx([0.25, 0.5])


def test_each_source_is_searched_under_its_own_number_rule(make_model: MakeModel, wide_tokenizer: Tokenizer) -> None:
    """A model that generates numbers wherever it may writes those of each source and of no other."""
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=MAX_SRC, max_tgt=32)
    with torch.no_grad():
        model.gate.bias += 200
        model.output_bias[properties_of(wide_tokenizer).has_digit_mask] += 50
    encoder, decoder = DocumentEncoder(model, wide_tokenizer, MAX_SRC), SummaryDecoder(model, wide_tokenizer, OPTIONS)
    texts = [f"The mayor met {number} on Monday." for number in ("12", "2,500", "1999", "340")]
    sources = [source_of(encoder, text) for text in texts]
    with torch.no_grad():
        memory = encoder.encode(sources)
        results = decoder.search(memory, sources, [Limits(4, 12)] * 4, keeps_memory=False)
    for text, source, result in zip(texts, sources, results, strict=True):
        assert result.source is source
        for hypothesis in result.hypotheses:
            summary = " ".join(s.text for s in decoder.detokenize(result, hypothesis).sentences)
            assert numbers(summary) == numbers(text)


def test_limits_are_those_of_each_source(encoder: DocumentEncoder, decoder: SummaryDecoder) -> None:
    sources = [source_of(encoder, DOCUMENT)] * 3
    limits = [Limits(4, 4), Limits(9, 9), Limits(6, 6)]
    with torch.no_grad():
        results = decoder.search(encoder.encode(sources), sources, limits, keeps_memory=False)
    assert [{len(h.ids) for h in result.hypotheses} for result in results] == [{4}, {9}, {6}]


def test_a_memory_can_be_kept(encoder: DocumentEncoder, decoder: SummaryDecoder) -> None:
    sources = [source_of(encoder, text) for text in (DOCUMENT, "It was.", DOCUMENT[:30])]
    with torch.no_grad():
        memory = encoder.encode(sources)
        src, layers = memory.src, [(key.clone(), value.clone()) for key, value in memory.layers]
        decoder.search(memory, sources, [Limits(1, n) for n in (20, 2, 5)], keeps_memory=True)
    assert memory.src is src
    for (key, value), (old_key, old_value) in zip(memory.layers, layers, strict=True):
        assert torch.equal(key, old_key)
        assert torch.equal(value, old_value)


def test_every_word_has_the_p_gen_and_attention_of_its_own_summary(
    model: PointerGenerator, encoder: DocumentEncoder, decoder: SummaryDecoder
) -> None:
    """Against a pass over each summary alone; its words have one token each."""
    texts, summaries = [DOCUMENT, "It was 2,500 in March, John said."], ["the mayor met", "it was john in march"]
    sources = [source_of(encoder, text) for text in texts]
    token_ids = [tuple(encoder.tokenizer.encode(summary).ids) for summary in summaries]
    hypotheses = [Hypothesis(ids, -0.5, shares(MAX_SRC, *[{5: 0.25}] * len(ids))) for ids in token_ids]
    results = [result_of(encoder, text, h) for text, h in zip(texts, hypotheses, strict=True)]
    with torch.no_grad():
        explained = decoder.detokenize_with_attention(encoder.encode(sources), results, hypotheses)
        for source, ids, result, generated in zip(sources, token_ids, results, explained, strict=True):
            (sentence,), (trace,) = generated.sentences, generated.traces
            (plain,) = decoder.detokenize(result, result.hypotheses[0]).sentences
            assert plain == Sentence(
                sentence.text, tuple(replace(word, p_gen=None, attention=()) for word in sentence.words)
            )
            decoded = model.decode(torch.tensor([[START, *ids]]), encoder.encode([source]))
            p_gen = decoded.p_gen[0, : len(ids)].tolist()
            assert [word.p_gen for word in sentence.words] == pytest.approx(p_gen, abs=1e-5)
            assert [word.attention for word in sentence.words] == [trace.attention(i) for i in range(len(ids))]
            for t, word in enumerate(sentence.words):
                start, end, share = word.attention[0]
                inside = [i for i, (a, _) in enumerate(source.encoding.spans) if start <= a < end]
                expected = decoded.pointer[0, t, [i + 1 for i in inside]].sum()
                assert share == pytest.approx(float(expected), abs=2e-3)
