"""The writer's network: a decoder-only pointer-generator, of the shape of a Llama language model.

One causal stack reads [source ‖ summary]: grouped-query attention (Ainslie et al. 2023), rotary positions (Su et al.
2021), root-mean-square norms (Zhang and Sennrich 2019), SwiGLU (Shazeer 2020), an output layer tied to the embeddings.
Its weights can start from a pre-trained language model. A pointer attends from the states of summary tokens to those of
the document, and p_gen mixes generating with copying (Get To The Point, See et al. 2017).

The state of a source token predicts the token after it, as the state of a summary token does. So the pointer's keys are
made of the state before their position, which predicts the token there, and of that token's embedding.

Shapes: B documents, S source tokens, T summary tokens, L = S + T, V vocabulary, h query heads, g key-value heads,
N = B × K hypotheses (K per document, ordered by document).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summarize.network.attention import AttentionType, MultiHeadAttention, masked_softmax, shared_memory_context
from summarize.network.kv_cache import KVCache
from summarize.network.memory import Memory
from summarize.network.pointer_generator import Decoded
from summarize.network.rotary import Rotation, rotate, rotation
from summarize.text.vocabulary import PAD

# The logit of p_gen before training. A pre-trained decoder copies by its own heads, and shuts out a pointer that starts
# far worse; at even odds both parts of the mixture learn.
INITIAL_GATE = 0.0
INITIAL_SIMILARITY = (
    0.02  # of states, beside products of states and embeddings: a state has about so many times the norm
)


@dataclass(frozen=True)
class CausalConfig:
    """The network's sizes and parts, as config.json of a model folder holds them. Lengths are in tokens."""

    vocab_size: int = 32768
    d_model: int = 576
    n_heads: int = 9
    n_kv_heads: int = 3
    n_layers: int = 30
    d_ff: int = 1536
    rotary_base: float = 100_000.0
    norm_eps: float = 1e-5
    max_src: int = 640  # with the prompt, START and END
    max_tgt: int = 128
    pointer_attention: AttentionType = "scaled_dot_product"
    pointer_heads: int = 4
    language: str = "English"  # that it was trained on

    @property
    def d_head(self) -> int:
        """The size of a head."""
        return self.d_model // self.n_heads


class CausalLayer(nn.Module):
    """One pre-norm layer: grouped-query self-attention, then SwiGLU. No projection has a bias."""

    def __init__(self, config: CausalConfig) -> None:
        super().__init__()
        d, d_kv = config.d_model, config.n_kv_heads * config.d_head
        self.n_heads, self.n_kv_heads, self.d_head = config.n_heads, config.n_kv_heads, config.d_head
        self.attention_norm = nn.RMSNorm(d, config.norm_eps)
        self.query_projection = nn.Linear(d, d, bias=False)
        self.key_projection = nn.Linear(d, d_kv, bias=False)
        self.value_projection = nn.Linear(d, d_kv, bias=False)
        self.output_projection = nn.Linear(d, d, bias=False)
        self.feed_forward_norm = nn.RMSNorm(d, config.norm_eps)
        self.feed_forward_gate = nn.Linear(d, config.d_ff, bias=False)
        self.feed_forward_in = nn.Linear(d, config.d_ff, bias=False)
        self.feed_forward_out = nn.Linear(config.d_ff, d, bias=False)
        self.fused_projection: nn.Module | None = None  # replaces query, key and value after fuse_projections
        self.fused_feed_forward: nn.Module | None = None  # replaces gate and in

    def fuse_projections(self, fuse: Callable[..., nn.Module]) -> None:
        """Replace the projections of one input by one layer: query, key and value, and the feed-forward's first two.

        fuse: makes the layer that gives the outputs of several, concatenated.
        """
        self.fused_projection = fuse(self.query_projection, self.key_projection, self.value_projection)
        self.fused_feed_forward = fuse(self.feed_forward_gate, self.feed_forward_in)
        del self.query_projection, self.key_projection, self.value_projection
        del self.feed_forward_gate, self.feed_forward_in

    def project(self, x: Tensor, by: Rotation) -> tuple[Tensor, Tensor, Tensor]:
        """x (B, T, d_model) to queries (B, h, T, d_head), keys and values (B, g, T, d_head), rotated to positions."""
        x = self.attention_norm(x)
        if self.fused_projection is None:
            parts = self.query_projection(x), self.key_projection(x), self.value_projection(x)
        else:
            sizes = [n * self.d_head for n in (self.n_heads, self.n_kv_heads, self.n_kv_heads)]
            parts = self.fused_projection(x).split(sizes, -1)
        query, key, value = (part.unflatten(-1, (-1, self.d_head)).transpose(1, 2) for part in parts)
        return rotate(query, by), rotate(key, by), value

    def finish(self, x: Tensor, context: Tensor) -> Tensor:
        """The layer after its attention: x (B, T, d_model) and the heads' contexts (B, h, T, d_head)."""
        x = x + self.output_projection(context.transpose(1, 2).flatten(2))
        y = self.feed_forward_norm(x)
        if self.fused_feed_forward is None:
            gate, hidden = self.feed_forward_gate(y), self.feed_forward_in(y)
        else:
            gate, hidden = self.fused_feed_forward(y).chunk(2, -1)
        return x + self.feed_forward_out(F.silu(gate) * hidden)

    def forward(self, x: Tensor, by: Rotation) -> tuple[Tensor, Tensor, Tensor]:
        """All positions of x (B, T, d_model) at once, each attending to itself and those before it.

        Returns the layer's output, and its keys and values (B, g, T, d_head).
        """
        query, key, value = self.project(x, by)
        context = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        return self.finish(x, context), key, value


class CausalPointerGenerator(nn.Module):
    """The writer's network; the module's docstring describes it.

    A source is START, a prompt, the document and END. The pointer attends to the document alone.
    """

    def __init__(self, config: CausalConfig) -> None:
        """Raises ValueError if the heads do not divide the width."""
        super().__init__()
        if config.d_model % config.n_heads or config.n_heads % config.n_kv_heads or config.d_head % 2:
            raise ValueError(
                f"{config.n_heads} heads over {config.n_kv_heads} do not divide d_model {config.d_model} evenly"
            )
        self.config = config
        self.shortlist: Tensor | None = None  # it may generate every token
        d = config.d_model
        self.token_embedding = nn.Embedding(config.vocab_size, d)
        self.layers = nn.ModuleList(CausalLayer(config) for _ in range(config.n_layers))
        self.final_norm = nn.RMSNorm(d, config.norm_eps)
        self.output_bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.pointer_input = nn.Linear(2 * d, d)
        self.pointer = MultiHeadAttention(d, config.pointer_heads, config.pointer_attention)
        self.gate = nn.Linear(2 * d, 1)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        nn.init.constant_(self.gate.bias, INITIAL_GATE)
        self._start_pointer()

    def _start_pointer(self) -> None:
        """Start the pointer's scores as the output layer's logits of the source tokens, plus a little of the similarity
        between a summary token's state and the states before the source's tokens."""
        d, d_head = self.config.d_model, self.config.d_model // self.config.pointer_heads
        with torch.no_grad():
            self.pointer_input.weight.copy_(torch.cat([torch.eye(d) * INITIAL_SIMILARITY, torch.eye(d)], 1))
            for projection in (self.pointer.query_projection, self.pointer.key_projection):
                projection.weight.copy_(torch.eye(d) * d_head**0.25)

    @property
    def stack(self) -> list[CausalLayer]:
        """The layers, in order."""
        return cast(list[CausalLayer], list(self.layers))

    def states(self, tokens: Tensor, keep: Callable[[Tensor, Tensor], None] | None = None) -> Tensor:
        """The last states (B, L, d_model) of tokens (B, L), each of which sees itself and those before it.

        Padding at the end changes nothing before it. keep: called with each layer's keys and values (B, g, L, d_head).
        """
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        by = rotation(positions, self.config.d_head, self.config.rotary_base)
        x = self.token_embedding(tokens).to(self.final_norm.weight.dtype)
        for layer in self.layers:
            x, key, value = layer(x, by)
            if keep is not None:
                keep(key, value)
        return cast(Tensor, self.final_norm(x))

    def encode(
        self,
        src: Tensor,
        prompt_lengths: Tensor,
        src_key_padding_mask: Tensor | None = None,
        dtype: torch.dtype | None = None,
    ) -> Memory:
        """Encode sources src (B, S), padded at the end; prompt_lengths (B,): tokens before the document, with START.

        src_key_padding_mask (B, S) bool, True = padding (default: where src is PAD). dtype: of the layers' keys and
        values in the memory (default: the states').
        """
        padding = src.eq(PAD) if src_key_padding_mask is None else src_key_padding_mask
        layers: list[tuple[Tensor, Tensor]] = []

        def keep(key: Tensor, value: Tensor) -> None:
            layers.append((key.to(dtype or key.dtype).transpose(-2, -1), value.to(dtype or value.dtype)))

        x = self.states(src, keep)
        pointer = self.pointer.project_memory(self._pointer_memory(x, src))
        return Memory(src, padding, layers, pointer, pointer_mask=pointer_mask(padding, prompt_lengths))

    def decode(
        self,
        tgt: Tensor,
        memory: Memory,
        cache: KVCache | None = None,
        parents: Tensor | None = None,
        observe: Callable[[Tensor], None] | None = None,
    ) -> Decoded:
        """Decode summary inputs tgt (N, T) causally over the memory of B documents, N = B × K.

        With a cache, N = B, and tgt holds new tokens of each document's tree: parents (N, T) gives the cache slot that
        each follows, −1 for none. The cache then holds tgt too.

        observe: called with the attention of each layer, and last of the pointer, to the source: (N, h, T, S) in at
        least float32. Only for K = 1 and no cache.
        """
        (n, t), b = tgt.shape, len(memory.src)
        if cache is None or parents is None:
            depths = torch.arange(t, device=tgt.device).expand(n, t)
            mask = torch.ones(t, t, dtype=torch.bool, device=tgt.device).triu(1).expand(n, 1, t, t)
        else:
            depths, tree_mask = cache.grow(parents)
            mask = tree_mask[:, None]
        n_src = (~memory.key_padding_mask).sum(1).repeat_interleave(n // b)
        by = rotation(n_src[:, None] + depths, self.config.d_head, self.config.rotary_base)
        x = self.token_embedding(tgt).to(self.final_norm.weight.dtype)
        for i, layer in enumerate(self.stack):
            query, key, value = layer.project(x, by)
            if cache is not None:
                key, value = cache.extend(i, key, value)
            if observe is not None:
                observe(_source_weights(query, memory, i, key, mask))
            x = layer.finish(x, _grouped_context(query, memory, i, (key, value), mask))
        return self._mixture_parts(self.final_norm(x), memory, observe)

    def teacher_forced(
        self, tokens: Tensor, n_src: int, src_lengths: Tensor, prompt_lengths: Tensor, n_tgt: int
    ) -> Decoded:
        """All of `encode` and `decode` in one pass, as training needs it.

        tokens (B, L): each row a source, the summary's inputs, and padding. src_lengths and prompt_lengths (B,).
        n_src: S, the longest source. n_tgt: T; the rows of shorter summaries end in positions that mean nothing.
        """
        x = self.states(tokens)
        index = src_lengths[:, None] + torch.arange(n_tgt, device=tokens.device)
        index = index.clamp_max(tokens.shape[1] - 1)[..., None].expand(-1, -1, x.shape[-1])
        padding = torch.arange(n_src, device=tokens.device) >= src_lengths[:, None]
        keys = self.pointer.project_memory(self._pointer_memory(x[:, :n_src], tokens[:, :n_src]))
        memory = Memory(tokens[:, :n_src], padding, [], keys, pointer_mask=pointer_mask(padding, prompt_lengths))
        return self._mixture_parts(x.gather(1, index), memory)

    def _pointer_memory(self, x: Tensor, src: Tensor) -> Tensor:
        """Source states x (B, S, d_model) of tokens src (B, S) to what the pointer's keys are made of, shaped as x."""
        before = F.pad(x, (0, 0, 1, 0))[:, :-1]
        return cast(Tensor, self.pointer_input(torch.cat([before, self.token_embedding(src).to(x.dtype)], -1)))

    def _mixture_parts(self, x: Tensor, memory: Memory, observe: Callable[[Tensor], None] | None = None) -> Decoded:
        """Summary states x (N, T, d_model) to the mixture's parts; a document's hypotheses are rows of one matrix."""
        (n, t, d), b = x.shape, len(memory.src)
        assert memory.pointer_mask is not None
        context, weights = self.pointer.attend(x.reshape(b, -1, d), *memory.pointer, memory.pointer_mask[:, None, None])
        if observe is not None:
            observe(weights)
        gate = self.gate(torch.cat([x, context.view(n, t, d)], -1)).squeeze(-1)
        gate = gate if gate.dtype == torch.float64 else gate.float()
        return Decoded(x, self.token_embedding.weight, self.output_bias, weights.mean(1).view(n, t, -1), gate)


def pointer_mask(padding: Tensor, prompt_lengths: Tensor) -> Tensor:
    """(B, S) bool, True where the pointer may not attend: the prompt of prompt_lengths (B,) tokens, and padding (B, S).

    END, the last token of a source, is left to it: it is no document's, so where nothing is copied, attention has a
    place to rest.
    """
    return padding | (torch.arange(padding.shape[1], device=padding.device) < prompt_lengths[:, None])


def _group(query: Tensor, n_kv_heads: int) -> Tensor:
    """Queries (N, h, T, d_head) as rows of their key-value head: (N, g, h / g · T, d_head)."""
    n, _, _, d = query.shape
    return query.reshape(n, n_kv_heads, -1, d)


def _grouped_context(query: Tensor, memory: Memory, i: int, tgt: tuple[Tensor, Tensor], mask: Tensor) -> Tensor:
    """Layer i's attention from queries (N, h, T, d_head) to [source ‖ summary]: contexts (N, h, T, d_head).

    mask (N, 1, T, U) bool, True = takes no part. The heads of a group are more rows of the query.
    """
    n_kv_heads, n_groups = tgt[0].shape[1], query.shape[1] // tgt[0].shape[1]
    src_mask = memory.key_padding_mask[:, None, None, :]
    rows_mask = mask.repeat(1, 1, n_groups, 1)
    context = shared_memory_context(_group(query, n_kv_heads), memory.layers[i], tgt, src_mask, rows_mask)
    return context.reshape(query.shape)


def _source_weights(query: Tensor, memory: Memory, i: int, tgt_key: Tensor, mask: Tensor) -> Tensor:
    """The attention of layer i's heads to the source, (N, h, T, S); the rest of each row goes to the summary."""
    src_key, (_, h, t, d) = memory.layers[i][0].transpose(-2, -1), query.shape
    key = torch.cat([src_key, tgt_key], 2).repeat_interleave(h // src_key.shape[1], 1)
    src_mask = memory.key_padding_mask[:, None, None, :].expand(-1, 1, t, -1)
    weights = masked_softmax(query @ key.transpose(-2, -1) / d**0.5, torch.cat([src_mask, mask], -1))
    return weights[..., : src_key.shape[2]]
