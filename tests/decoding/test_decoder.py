"""The decoder of a network: its predictions, the shortlist of its output layer, and the memory that it shares."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from torch import Tensor

from summarize.decoding.beam_search import beam_search
from summarize.decoding.decoder import IncrementalDecoder, OutputLayer
from summarize.decoding.hypothesis import Hypothesis, SearchOptions
from summarize.decoding.number_rule import NumberRule
from summarize.decoding.token_properties import WordPieceProperties
from summarize.network.memory import Memory
from summarize.network.padding import pad
from summarize.network.pointer_generator import PointerGenerator, shift_right
from summarize.network.quantization import quantize
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END, N_SPECIAL, PAD, SENTENCE, START
from tests.helpers.models import MakeModel

FIRST_STEP = torch.tensor([[START], [START]]), torch.tensor([[-1], [-1]])


def encode(tokenizer: Tokenizer, *texts: str) -> list[list[int]]:
    return [[START, *tokenizer.encode(text).ids, END] for text in texts]


@torch.no_grad()
def test_copy_shares_equal_those_of_one_pass_over_the_summary(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    properties = WordPieceProperties(tiny_tokenizer.vocabulary)
    (ids,) = encode(tiny_tokenizer, "On Monday the minister saw the old town and the river.")
    src, options = torch.tensor([ids]), SearchOptions(beam_size=3, min_length=3, max_length=20)
    all_hypotheses: list[Hypothesis] = []
    for end_bias in (0, 3, 6, 9):
        model = make_model(max_tgt=32)
        model.output_bias[END] += end_bias
        rules, memory = [NumberRule(properties, ids, [True] * len(ids))], model.encode(src)
        (hypotheses,) = beam_search(IncrementalDecoder(model, memory), src, rules, properties, options)
        assert hypotheses
        all_hypotheses += hypotheses
        for hypothesis in hypotheses:
            tgt = torch.tensor([[*hypothesis.ids, END]])
            decoded = model.decode(shift_right(tgt), memory)
            probabilities = decoded.log_probs(src)[0].exp()
            for t, token in enumerate(hypothesis.ids):
                copying = decoded.pointer[0, t] * src[0].eq(token) * (1 - decoded.p_gen[0, t])
                expected = copying / probabilities[t, token]
                torch.testing.assert_close(hypothesis.copy_shares[t], expected, atol=1e-5, rtol=1e-4)
    # Short and long ones, and copied words: what a random model generates differs from processor to processor.
    assert len({len(h.ids) for h in all_hypotheses}) > 1
    assert max(h.copy_shares.max().item() for h in all_hypotheses) > 0.05


@torch.no_grad()
def test_with_a_shortlist_all_other_tokens_can_only_be_copied(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    """The probabilities are the mixture's, with the generation half over the shortlist alone."""
    model = make_model(max_tgt=32)
    ids, other_ids = encode(
        tiny_tokenizer, "On Monday the minister saw the old town and the river.", "It rained on the old bridge."
    )
    src = pad([ids, other_ids])
    shortlist = torch.tensor([*range(N_SPECIAL), *range(N_SPECIAL, len(tiny_tokenizer.vocabulary), 3)])
    memory = model.encode(src)
    whole = IncrementalDecoder(model, memory).step(*FIRST_STEP)
    model.set_shortlist(shortlist)
    decoder = IncrementalDecoder(model, memory)
    step = decoder.step(*FIRST_STEP)
    assert decoder.output_tokens is not None
    assert set(decoder.output_tokens.tolist()) == {*shortlist.tolist(), *ids, *other_ids, PAD}
    assert len(decoder.output_tokens) == step.probabilities.shape[2] == OutputLayer.COLUMN_MULTIPLE
    tokens = decoder.output_tokens[decoder.output_tokens != PAD].tolist()
    assert len(tokens) == len(set(tokens))
    torch.testing.assert_close(step.probabilities.sum(2), torch.ones(2, 1))
    generated = (1 - step.p_copy) * first_logits(model, memory)[:, shortlist].softmax(-1)
    for row in range(2):
        for column, token in enumerate(decoder.output_tokens.tolist()):
            copied = (step.p_copy[row, 0] * step.pointer[row, 0] * src[row].eq(token)).sum()
            expected = copied + (generated[row, column] if column < len(shortlist) else 0)
            torch.testing.assert_close(step.probabilities[row, 0, column], expected.clamp_min(1e-30))
    assert whole.probabilities.shape[2] == len(tiny_tokenizer.vocabulary)


def first_logits(model: PointerGenerator, memory: Memory) -> Tensor:
    """Logits (B, V) of the first token."""
    return model.decode(torch.full((len(memory.src), 1), START), memory).logits[:, 0]


@torch.no_grad()
def test_a_shortlist_of_all_tokens_changes_nothing(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    model, properties = make_model(max_tgt=32), WordPieceProperties(tiny_tokenizer.vocabulary)
    (ids,) = encode(tiny_tokenizer, "On 3 March the minister saw 2,500 people.")
    src, options = torch.tensor([ids, ids]), SearchOptions(beam_size=3, min_length=3, max_length=20)

    def search() -> list[list[Hypothesis]]:
        rules = [NumberRule(properties, ids, [True] * len(ids)) for _ in src]
        return beam_search(IncrementalDecoder(model, model.encode(src)), src, rules, properties, options)

    without = search()
    model.set_shortlist(torch.arange(len(tiny_tokenizer.vocabulary)))
    for before, after in zip(without, search(), strict=True):
        assert [h.ids for h in before] == [h.ids for h in after]
        for a, b in zip(before, after, strict=True):
            torch.testing.assert_close(a.copy_shares, b.copy_shares)


@torch.no_grad()
def test_without_a_token_on_the_shortlist_a_summary_is_copied(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    model, properties = make_model(max_tgt=32), WordPieceProperties(tiny_tokenizer.vocabulary)
    model.set_shortlist(torch.arange(N_SPECIAL))
    sources = encode(tiny_tokenizer, "On 3 March the minister saw 2,500 people.", "The old town and the river.")
    rules = [NumberRule(properties, ids, [False] * len(ids)) for ids in sources]
    src, options = pad(sources), SearchOptions(beam_size=3, min_length=3, max_length=20)
    decoder = IncrementalDecoder(model, model.encode(src))
    for hypotheses, ids in zip(beam_search(decoder, src, rules, properties, options), sources, strict=True):
        tokens = {token for hypothesis in hypotheses for token in hypothesis.ids}
        assert tokens <= {*ids, SENTENCE}
        assert tokens & set(ids)


@torch.no_grad()
@pytest.mark.parametrize("int8", [False, True])
def test_an_output_layer_serves_ever_longer_sources(
    make_model: MakeModel, int8: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It grows by multiples of columns; the logits of the columns that it had do not change."""
    monkeypatch.setattr(OutputLayer, "COLUMN_MULTIPLE", 8)
    model = make_model()
    model.set_shortlist(torch.arange(110))
    if int8:
        quantize(model)
    output, states = OutputLayer(model), torch.randn(3, model.config.d_model)
    expected = output.for_sources(torch.tensor([[START]]))[0](states)[:, :110]
    if not int8:
        plain = states @ model.token_embedding.weight[:110].T + model.output_bias[:110]
        torch.testing.assert_close(expected, plain)
    sizes = []
    for others in ([120], [*range(115, 130)], [131, 120], []):
        src = torch.tensor([[START, *others, 105, END]])
        project, columns, tokens = output.for_sources(src)
        logits = project(states)
        assert tokens is not None
        assert logits.shape == (3, len(tokens))
        torch.testing.assert_close(logits[:, :110], expected)
        assert logits[:, 110:].eq(-torch.inf).all()
        assert tokens[columns].tolist() == src.tolist()
        assert tokens.tolist()[110:] == sorted(others) + [PAD] * (len(tokens) - 110 - len(others))
        sizes.append(len(tokens))
    assert sizes == [112, 128, 128, 128]


@torch.no_grad()
def test_an_output_layer_is_shared_by_decoders(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    model = make_model()
    memory = model.encode(pad(encode(tiny_tokenizer, "The mayor met the dog.", "The cat.")))
    shared = OutputLayer(model)
    expected = IncrementalDecoder(model, memory).step(*FIRST_STEP)
    for _ in range(2):
        step = IncrementalDecoder(model, memory, shared).step(*FIRST_STEP)
        torch.testing.assert_close(step.probabilities, expected.probabilities)


def test_a_decoder_continues_with_the_selected_documents(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    """Before its first step and after it: each goes on as the document alone does."""
    model = make_model()
    model.set_shortlist(torch.arange(N_SPECIAL + 20))
    sources = encode(tiny_tokenizer, "The mayor met the dog.", "The cat saw.", "On Monday the river.")
    src, second = pad(sources), 105
    order = torch.tensor([2, 0, 2])
    with torch.no_grad():
        late = IncrementalDecoder(model, model.encode(src))
        late.step(torch.full((3, 1), START), torch.full((3, 1), -1))
        late.select(order)
        early = IncrementalDecoder(model, model.encode(src))
        early.select(order)
        early.step(torch.full((3, 1), START), torch.full((3, 1), -1))
        steps = [decoder.step(torch.full((3, 1), second), torch.zeros(3, 1).long()) for decoder in (late, early)]
        whole = IncrementalDecoder(model, model.encode(src))
        whole.step(torch.full((3, 1), START), torch.full((3, 1), -1))
        expected = whole.step(torch.full((3, 1), second), torch.zeros(3, 1).long())
    for step in steps:
        torch.testing.assert_close(step.probabilities, expected.probabilities[order])
        torch.testing.assert_close(step.pointer, expected.pointer[order])
        torch.testing.assert_close(step.p_copy, expected.p_copy[order])


@torch.no_grad()
def test_a_decoder_does_not_modify_the_memory_of_its_caller(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    model = make_model()
    memory = model.encode(pad(encode(tiny_tokenizer, "The mayor met the dog.", "The cat.")))
    before = memory.copy()
    decoder = IncrementalDecoder(model, memory)
    decoder.step(*FIRST_STEP)
    decoder.select(torch.tensor([1]))
    assert memory == before  # of the same tensors
    assert memory.layers[0][0].shape[0] == 2


@torch.no_grad()
def test_memory_that_is_handed_over_is_freed_as_documents_leave(
    make_model: MakeModel, tiny_tokenizer: Tokenizer
) -> None:
    model = make_model(salience=True)
    sources = encode(tiny_tokenizer, "The mayor met the dog.", "The cat.")
    memory = model.encode(pad(sources), sentences=torch.zeros(2, len(sources[0])).long())
    assert memory.guidance is not None
    tensors = [*memory.layers[0], *memory.layers[-1], *memory.pointer, memory.guidance]
    references = [weakref.ref(tensor) for tensor in tensors]
    del tensors
    decoder = IncrementalDecoder(model, memory.hand_over())
    gc.collect()
    assert all(reference() is not None for reference in references)
    decoder.select(torch.tensor([1]))
    gc.collect()
    assert all(reference() is None for reference in references)
    assert memory.src.tolist() == pad(sources).tolist()
