"""Each attention against its formula, and properties of weights, masks and gradients that hold for every type."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from summarize.network.attention import (
    AdditiveAttention,
    MultiHeadAttention,
    ScaledDotProductAttention,
    masked_softmax,
    shared_memory_context,
)
from tests.helpers import oracles

TYPES = ["scaled_dot_product", "additive"]
B, H, T, S, D = 2, 3, 4, 5, 6


def single(attention_type: str) -> ScaledDotProductAttention | AdditiveAttention:
    """One attention of width D in float64."""
    torch.manual_seed(0)
    attention = AdditiveAttention(D) if attention_type == "additive" else ScaledDotProductAttention()
    return attention.double()


def multi_head(attention_type: str, d_model: int = 12, n_heads: int = H) -> MultiHeadAttention:
    torch.manual_seed(0)
    return MultiHeadAttention(d_model, n_heads, attention_type).double()


def plain_scores(attention: nn.Module) -> oracles.Scores:
    """The oracle's scores function with this module's weights."""
    if isinstance(attention, ScaledDotProductAttention):
        return oracles.dot_product_scores
    w_query, w_key = attention.query_projection.weight, attention.key_projection.weight
    return oracles.additive_scores(w_query, w_key, attention.v)


def plain_projections(module: MultiHeadAttention) -> oracles.Projections:
    names = ("query", "key", "value", "output")
    linears = {name: getattr(module, f"{name}_projection") for name in names}
    return {name: (linear.weight, linear.bias) for name, linear in linears.items()}


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def some_mask(*shape: int) -> Tensor:
    """A random mask whose rows all keep at least their first position."""
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(7)) < 0.5
    mask[..., 0] = False
    assert mask.any()
    return mask


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("attention_type", TYPES)
def test_equals_the_plain_formula(attention_type: str, masked: bool) -> None:
    attention = single(attention_type)
    query, key, value = random(B, T, D), random(B, S, D, seed=1), random(B, S, 3, seed=2)
    mask = some_mask(B, T, S) if masked else None
    context, weights = attention(query, key, value, mask)
    for b in range(B):
        scores = plain_scores(attention)(query[b], key[b])
        expected = oracles.attention(scores, value[b], None if mask is None else ~mask[b])
        torch.testing.assert_close((context[b], weights[b]), expected)


def test_additive_attention_takes_queries_and_keys_of_different_widths() -> None:
    torch.manual_seed(0)
    attention = AdditiveAttention(d_query=3, d_key=5, d_attention=7).double()
    query, key = random(T, 3), random(S, 5, seed=1)
    context, _ = attention(query, key, key)
    expected, _ = oracles.attention(plain_scores(attention)(query, key), key)
    torch.testing.assert_close(context, expected)


@pytest.mark.parametrize("attention_type", TYPES)
@pytest.mark.parametrize("n_heads", [1, 3])
def test_multi_head_equals_the_plain_formula(attention_type: str, n_heads: int) -> None:
    module = multi_head(attention_type, n_heads=n_heads)
    query, memory = random(B, T, 12), random(B, S, 12, seed=1)
    padding, mask = some_mask(B, S), some_mask(T, S)
    context, weights = module(query, memory, key_padding_mask=padding, attn_mask=mask)
    for b in range(B):
        expected = oracles.multi_head(
            query[b],
            memory[b],
            plain_projections(module),
            n_heads,
            plain_scores(module.attention),
            allowed=~(mask | padding[b]),  # a position takes part only where both masks allow it
        )
        torch.testing.assert_close((context[b], weights[b]), expected)


@pytest.mark.parametrize("attention_type", TYPES)
def test_heads_are_single_heads_on_slices_concatenated_and_projected(attention_type: str) -> None:
    module = multi_head(attention_type)
    query, memory, mask = random(B, T, 12), random(B, S, 12, seed=1), some_mask(T, S)
    q, k, v = module.query_projection(query), module.key_projection(memory), module.value_projection(memory)
    slices = [slice(4 * head, 4 * head + 4) for head in range(H)]
    heads = [module.attention(q[..., i], k[..., i], v[..., i], mask) for i in slices]
    context, weights = module(query, memory, attn_mask=mask)
    torch.testing.assert_close(context, module.output_projection(torch.cat([c for c, _ in heads], -1)))
    torch.testing.assert_close(weights, torch.stack([w for _, w in heads], 1))
    assert not torch.allclose(weights[:, 0], weights[:, 1])  # otherwise the order of the heads is not tested


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("attention_type", TYPES)
def test_weights_sum_to_one_over_what_is_not_masked(attention_type: str, dtype: torch.dtype) -> None:
    attention, mask = single(attention_type).to(dtype), some_mask(B, T, S)
    query, key = 10 * random(B, T, D).to(dtype), 10 * random(B, S, D, seed=1).to(dtype)
    _, weights = attention(query, key, key, mask)
    assert weights[mask].eq(0).all()  # exactly: a masked position must not be copied from, however rarely
    assert weights[~mask].gt(0).all() or dtype != torch.float64
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))


def test_a_half_precision_softmax_is_computed_in_float32() -> None:
    scores = torch.zeros(1, 1000, dtype=torch.bfloat16)
    assert masked_softmax(scores, None).dtype == torch.float32
    assert masked_softmax(scores, torch.zeros(1, 1000, dtype=torch.bool)).dtype == torch.float32


@pytest.mark.parametrize("attention_type", TYPES)
def test_a_fully_masked_row_gives_zeros_and_no_nan(attention_type: str) -> None:
    attention, mask = single(attention_type), some_mask(B, T, S)
    mask[0, 2] = True
    query, key, value = (random(B, n, D, seed=n).requires_grad_() for n in (T, S, S))
    context, weights = attention(query, key, value, mask)
    assert weights[0, 2].eq(0).all()
    assert context[0, 2].eq(0).all()
    context.square().sum().backward()
    assert all(x.grad.isfinite().all() for x in (query, key, value))
    assert query.grad[0, 2].eq(0).all()
    assert query.grad[0, 1].ne(0).any()


def test_multi_head_survives_a_source_that_is_all_padding() -> None:
    module, padding = multi_head("additive"), torch.tensor([[True] * S, [False] * S])
    context, weights = module(random(B, T, 12), random(B, S, 12, seed=1), key_padding_mask=padding)
    assert weights[0].eq(0).all()
    assert weights[1].sum() > 0
    torch.testing.assert_close(context[0], module.output_projection.bias.expand(T, -1))


@pytest.mark.parametrize("attention_type", [*TYPES, "multi_head additive", "multi_head scaled_dot_product"])
def test_gradients_equal_finite_differences(attention_type: str) -> None:
    name = attention_type.removeprefix("multi_head ")
    module = single(name) if name == attention_type else multi_head(name, d_model=D, n_heads=2)
    mask = torch.tensor([[False, True, False], [True, True, True]])  # also through a row that is all masked
    names = [n for n, _ in module.named_parameters()]
    inputs = [random(1, 2, D), random(1, 3, D, seed=1), *(p.detach().clone() for p in module.parameters())]

    def context_and_weights(query: Tensor, memory: Tensor, *parameters: Tensor) -> tuple[Tensor, Tensor]:
        arguments = (query, memory, memory, mask) if name == attention_type else (query, memory, None, mask)
        by_name = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(module, by_name, arguments)

    assert torch.autograd.gradcheck(context_and_weights, [x.requires_grad_() for x in inputs])


@pytest.mark.parametrize("mask_shape", [None, (B, H, T, S), (B, 1, 1, S), (B, 1, T, S), (1, 1, T, S)])
@pytest.mark.parametrize("attention_type", TYPES)
def test_context_alone_equals_forwards(attention_type: str, mask_shape: tuple[int, ...] | None) -> None:
    attention = single(attention_type)
    query, key, value = random(B, H, T, D), random(B, H, S, D, seed=1), random(B, H, S, D, seed=2)
    mask = some_mask(*mask_shape) if mask_shape else None
    expected, _ = attention(query, key, value, mask)
    torch.testing.assert_close(attention.context(query, key, value, mask), expected)
    learned = query.clone().requires_grad_()  # takes other kernels, with a faster backward pass
    torch.testing.assert_close(attention.context(learned, key, value, mask), expected)


@pytest.mark.parametrize("hypotheses", [1, 3])  # per document
@pytest.mark.parametrize("masked", [False, True])
def test_shared_memory_equals_plain_attention_over_the_concatenation(hypotheses: int, masked: bool) -> None:
    n, summary = B * hypotheses, T + 2
    query = random(n, H, T, D)
    src = random(B, H, S, D, seed=1), random(B, H, S, D, seed=2)
    tgt = random(n, H, summary, D, seed=3), random(n, H, summary, D, seed=4)
    src_mask = some_mask(B, 1, 1, S)
    tgt_mask = torch.ones(T, summary, dtype=torch.bool).triu(3) if masked else None
    context = shared_memory_context(query, (src[0].transpose(-1, -2), src[1]), tgt, src_mask, tgt_mask)
    for i in range(n):
        document = i // hypotheses  # hypotheses are ordered by document
        tgt_mask_of_all = torch.zeros(T, summary, dtype=torch.bool) if tgt_mask is None else tgt_mask
        allowed = ~torch.cat([src_mask[document, 0].expand(T, S), tgt_mask_of_all], 1)
        for head in range(H):
            key, value = (torch.cat([s[document, head], u[i, head]]) for s, u in zip(src, tgt, strict=True))
            expected, _ = oracles.attention(oracles.dot_product_scores(query[i, head], key), value, allowed)
            # The softmax is taken in float32, whatever the inputs.
            torch.testing.assert_close(context[i, head], expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("n_heads", [0, -2, 5, 24])
def test_heads_that_do_not_divide_the_model_are_refused(n_heads: int) -> None:
    with pytest.raises(ValueError, match=f"12 is not divisible into {n_heads} heads"):
        MultiHeadAttention(12, n_heads)


def test_an_unknown_type_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown attention type 'cosine'"):
        MultiHeadAttention(12, 3, "cosine")
