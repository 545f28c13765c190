"""The writer's network against transformers' Llama, the explicit mixture, and decoding without a cache."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from summarize.decoding.decoder import IncrementalDecoder
from summarize.network.causal_pointer_generator import CausalConfig, CausalPointerGenerator
from summarize.network.device import has_vnni
from summarize.network.kv_cache import KVCache
from summarize.network.memory import Memory
from summarize.network.padding import pad
from summarize.network.pointer_generator import Decoded, shift_right
from summarize.network.quantization import quantize
from summarize.text.vocabulary import END, PAD, START

# Two documents, each after a prompt of one token, and two summaries; one of each is padded.
SRC = pad([[START, 105, 110, 111, 112, 110, 113, END], [START, 106, 114, 111, END]])
PROMPT_LENGTHS = torch.tensor([2, 2])
TGT = pad([[110, 120, 112, 121, END], [111, 114, END]])
N_SRC, N_TGT = (8, 5), (5, 3)  # tokens of each without padding

POINTERS = [("scaled_dot_product", 1), ("scaled_dot_product", 4), ("additive", 1), ("additive", 4)]
SMALL = {"vocab_size": 130, "d_model": 48, "n_heads": 6, "n_kv_heads": 2, "n_layers": 3, "d_ff": 64}


def make_model(**choices: object) -> CausalPointerGenerator:
    """A small network in float64 whose parameters are all random."""
    torch.manual_seed(0)
    model = CausalPointerGenerator(CausalConfig(**(SMALL | choices)))  # type: ignore[arg-type]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.2)
    return model.double().eval()


def decode(model: CausalPointerGenerator, src: Tensor = SRC, tgt: Tensor = TGT) -> Decoded:
    with torch.no_grad():
        return model.decode(shift_right(tgt), model.encode(src, PROMPT_LENGTHS))


@pytest.mark.parametrize(("n_heads", "n_kv_heads"), [(6, 2), (6, 6), (6, 1)])
def test_language_model_equals_transformers_llama(n_heads: int, n_kv_heads: int) -> None:
    transformers = pytest.importorskip("transformers")
    model = make_model(n_heads=n_heads, n_kv_heads=n_kv_heads)
    c = model.config
    llama = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=c.vocab_size, hidden_size=c.d_model, intermediate_size=c.d_ff, num_hidden_layers=c.n_layers,
            num_attention_heads=c.n_heads, num_key_value_heads=c.n_kv_heads, rms_norm_eps=c.norm_eps,
            rope_parameters={"rope_type": "default", "rope_theta": c.rotary_base}, tie_word_embeddings=True,
            attn_implementation="eager",
        )
    ).double().eval()  # fmt: skip
    llama.load_state_dict(_llama_names(model), strict=False)
    tokens = torch.randint(0, c.vocab_size, (2, 33))
    with torch.no_grad():
        expected = llama(tokens).logits
        actual = model.states(tokens) @ model.token_embedding.weight.T
    torch.testing.assert_close(actual, expected, atol=1e-6, rtol=1e-6)


def _llama_names(model: CausalPointerGenerator) -> dict[str, Tensor]:
    """The language model's part of a network under the names that transformers uses."""
    names = {
        "attention_norm": "input_layernorm",
        "query_projection": "self_attn.q_proj",
        "key_projection": "self_attn.k_proj",
        "value_projection": "self_attn.v_proj",
        "output_projection": "self_attn.o_proj",
        "feed_forward_norm": "post_attention_layernorm",
        "feed_forward_gate": "mlp.gate_proj",
        "feed_forward_in": "mlp.up_proj",
        "feed_forward_out": "mlp.down_proj",
    }
    state = model.state_dict()
    embedding = state["token_embedding.weight"]
    llama = {
        "model.embed_tokens.weight": embedding,
        "lm_head.weight": embedding,
        "model.norm.weight": state["final_norm.weight"],
    }
    for i in range(model.config.n_layers):
        llama |= {f"model.layers.{i}.{b}.weight": state[f"layers.{i}.{a}.weight"] for a, b in names.items()}
    return llama


@pytest.mark.parametrize(("attention", "heads"), POINTERS)
def test_mixture_is_the_explicit_sum(attention: str, heads: int) -> None:
    model = make_model(pointer_attention=attention, pointer_heads=heads)
    decoded = decode(model)
    logits = decoded.hidden @ model.token_embedding.weight.T + model.output_bias
    expected = logits.softmax(-1) * decoded.gate.sigmoid()[..., None]
    for b in range(len(SRC)):
        for t in range(TGT.shape[1]):
            for i, token in enumerate(SRC[b].tolist()):
                expected[b, t, token] += (1 - decoded.gate[b, t].sigmoid()) * decoded.pointer[b, t, i]
    torch.testing.assert_close(decoded.probabilities(SRC), expected)
    torch.testing.assert_close(expected.sum(-1), torch.ones(2, TGT.shape[1], dtype=torch.float64))


@pytest.mark.parametrize(("attention", "heads"), POINTERS)
def test_pointer_attends_to_the_document_alone(attention: str, heads: int) -> None:
    pointer = decode(make_model(pointer_attention=attention, pointer_heads=heads)).pointer
    for b in range(len(SRC)):
        assert pointer[b, :, : PROMPT_LENGTHS[b]].eq(0).all()
        assert pointer[b, :, N_SRC[b] :].eq(0).all()
        assert pointer[b, :, PROMPT_LENGTHS[b] : N_SRC[b]].gt(0).all()


def test_padding_changes_nothing() -> None:
    model = make_model()
    together = decode(model)
    for b in range(len(SRC)):
        with torch.no_grad():
            memory = model.encode(SRC[b : b + 1, : N_SRC[b]], PROMPT_LENGTHS[b : b + 1])
            alone = model.decode(shift_right(TGT[b : b + 1, : N_TGT[b]]), memory)
        n = N_TGT[b]
        torch.testing.assert_close(together.hidden[b, :n], alone.hidden[0])
        torch.testing.assert_close(together.gate[b, :n], alone.gate[0])
        torch.testing.assert_close(together.pointer[b, :n, : N_SRC[b]], alone.pointer[0])


def test_one_pass_over_source_and_summary_equals_two() -> None:
    model = make_model()
    rows = [[*SRC[b, : N_SRC[b]].tolist(), START, *TGT[b, : N_TGT[b] - 1].tolist()] for b in range(len(SRC))]
    with torch.no_grad():
        one = model.teacher_forced(pad(rows), max(N_SRC), torch.tensor(N_SRC), PROMPT_LENGTHS, TGT.shape[1])
    two = decode(model)
    for b, n in enumerate(N_TGT):
        torch.testing.assert_close(one.hidden[b, :n], two.hidden[b, :n])
        torch.testing.assert_close(one.gate[b, :n], two.gate[b, :n])
        torch.testing.assert_close(one.pointer[b, :n], two.pointer[b, :n])


def test_cached_tree_of_two_branches_equals_the_full_pass() -> None:
    model = make_model()
    other = pad([[110, 122, 123, 124, END], [111, 125, END]])
    with torch.no_grad():
        memory = model.encode(SRC, PROMPT_LENGTHS)
        cache = KVCache(model.config.n_layers)
        inputs, other_inputs = shift_right(TGT), shift_right(other)
        # START and the first token are common; then the two summaries go on side by side.
        model.decode(inputs[:, :2], memory, cache, torch.tensor([[-1, 0], [-1, 0]]))
        parents, parts = torch.tensor([[1, 1], [1, 1]]), []
        for t in range(2, 5):
            tokens = torch.stack([inputs[:, t], other_inputs[:, t]], 1)
            parts.append(model.decode(tokens, memory, cache, parents).log_probs(SRC))
            parents = torch.tensor([[2 * t - 2, 2 * t - 1]] * 2)
        expected = [model.decode(x, memory).log_probs(SRC)[:, 2:] for x in (inputs, other_inputs)]
    for branch in range(2):
        actual = torch.stack([part[:, branch] for part in parts], 1)
        torch.testing.assert_close(actual[0], expected[branch][0])


def test_hypotheses_of_a_document_share_its_memory() -> None:
    model = make_model()
    tgt = torch.cat([TGT[:1], TGT[:1].flip(1), TGT[1:], TGT[1:].flip(1)])
    with torch.no_grad():
        memory = model.encode(SRC, PROMPT_LENGTHS)
        shared = model.decode(tgt, memory)
        repeated = model.decode(tgt, memory.select(torch.tensor([0, 0, 1, 1])))
    torch.testing.assert_close(shared.hidden, repeated.hidden)
    torch.testing.assert_close(shared.pointer, repeated.pointer)


def test_observed_weights_are_those_of_every_layer() -> None:
    model = make_model()
    observed: list[Tensor] = []
    with torch.no_grad():
        memory = model.encode(SRC, PROMPT_LENGTHS)
        decoded = model.decode(shift_right(TGT), memory, observe=observed.append)
    assert [w.shape for w in observed] == [(2, 6, 5, 8)] * 3 + [(2, 4, 5, 8)]
    for weights in observed[:-1]:
        total = weights.sum(-1)
        assert total.gt(0).all()
        assert total.lt(1).all()  # the rest goes to the summary
        assert weights[1, :, :, N_SRC[1] :].eq(0).all()
    torch.testing.assert_close(observed[-1].mean(1), decoded.pointer)


def test_incremental_decoder_gives_the_mixture() -> None:
    model = make_model().float()
    with torch.no_grad():
        memory: Memory = model.encode(SRC, PROMPT_LENGTHS)
        step = IncrementalDecoder(model, memory).step(torch.full((2, 1), START), torch.full((2, 1), -1))
        expected = model.decode(torch.full((2, 1), START), memory)
    torch.testing.assert_close(step.probabilities, expected.probabilities(SRC))
    assert PAD == 0  # the padding that `pad` writes


@pytest.mark.parametrize("sizes", [{"n_heads": 5}, {"n_kv_heads": 4}, {"d_model": 6, "n_heads": 6}])
def test_heads_that_do_not_divide_the_width_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="do not divide"):
        CausalPointerGenerator(CausalConfig(**(SMALL | sizes)))


@pytest.mark.skipif(not has_vnni(), reason="without VNNI, sums of 8-bit products can overflow, and int8 is refused")
def test_eight_bit_layers_are_close_to_the_exact_ones() -> None:
    exact = make_model(d_model=96, n_heads=6, n_kv_heads=2, d_ff=128).float()
    in_8_bits = make_model(d_model=96, n_heads=6, n_kv_heads=2, d_ff=128).float()
    quantize(in_8_bits)
    assert in_8_bits.stack[0].fused_projection is not None
    with torch.inference_mode():
        expected, actual = decode(exact).hidden, decode(in_8_bits).hidden
    assert ((actual - expected).norm() / expected.norm()).item() < 0.05


def test_keys_and_values_of_a_memory_can_be_in_half_precision() -> None:
    model = make_model().float()
    with torch.no_grad():
        exact, half = (model.encode(SRC, PROMPT_LENGTHS, dtype=dtype) for dtype in (None, torch.bfloat16))
    for (key, value), (half_key, half_value) in zip(exact.layers, half.layers, strict=True):
        assert key.dtype == value.dtype == torch.float32
        torch.testing.assert_close(half_key, key.to(torch.bfloat16))
        torch.testing.assert_close(half_value, value.to(torch.bfloat16))
