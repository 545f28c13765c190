"""The pointer-generator: one stack of multi-head attention that encodes the source and decodes the summary.

The source is encoded once, bidirectionally. The same layers decode the summary, causally, over the source's keys and
values (UniLM, Dong et al. 2019). A pointer attends to the encoded source, and p_gen mixes generating with copying (Get
To The Point, See et al. 2017). With a salience head, the salience of sentences guides the attention to their tokens
(sentence attention modulates word attention: Hsu et al. 2018, A Unified Model for Extractive and Abstractive
Summarization). Tensors in, tensors out: nothing here knows text, files or search.

Shapes: B documents, S source tokens, n sentences, T summary tokens, V vocabulary, h heads, N = B × K hypotheses (K per
document, ordered by document; K = 1 in training).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summarize.network.attention import AttentionType, MultiHeadAttention, masked_softmax, shared_memory_context
from summarize.network.kv_cache import KVCache
from summarize.network.memory import Memory
from summarize.network.salience import SalienceHead, SentenceMark, token_guidance
from summarize.text.vocabulary import PAD, START

MIN_PROBABILITY = 1e-30  # smaller ones are raised to it before a logarithm


@dataclass(frozen=True)
class ModelConfig:
    """The network's sizes and parts, as config.json of a model folder holds them. Lengths are in WordPiece tokens."""

    vocab_size: int = 30522
    d_model: int = 384
    n_heads: int = 12
    n_layers: int = 6
    d_ff: int = 1536
    max_src: int = 512
    max_tgt: int = 128
    pointer_attention: AttentionType = "scaled_dot_product"
    pointer_heads: int = 4
    dropout: float = 0.0
    salience: bool = False  # whether there is a salience head, and guidance by it
    sentencewise: bool = False  # whether each summary sentence is generated from its own passage
    shortlist: int = 0  # how many tokens a search may generate; it can only copy the others. 0: it may generate all
    language: str = "English"  # that it was trained on


@dataclass
class Decoded:
    """The parts of the mixture at T positions. They are kept apart because a loss does not need the whole mixture."""

    hidden: Tensor  # (N, T, d_model): the output layer's input
    weight: Tensor  # (V, d_model), the output layer's
    bias: Tensor  # (V,), the output layer's
    pointer: Tensor  # (N, T, S): the copy distribution, the mean of the pointer's heads
    gate: Tensor  # (N, T): the logit of p_gen

    @property
    def logits(self) -> Tensor:
        """(N, T, V): the logits of the vocabulary distribution; computed at each use."""
        return F.linear(self.hidden, self.weight, self.bias)

    @property
    def p_gen(self) -> Tensor:
        """(N, T): the probability of generating from the vocabulary."""
        return self.gate.sigmoid()

    @property
    def p_copy(self) -> Tensor:
        """(N, T): the probability of copying, 1 − p_gen. The sigmoid of −gate does not round to 0 where p_gen is near
        1."""
        return (-self.gate).sigmoid()

    def probabilities(self, src: Tensor) -> Tensor:
        """p_gen · softmax(logits) + (1 − p_gen) · Σ_{i: src_i = w} pointer_i, (N, T, V); src (B, S)."""
        return self.mixture(self.logits, src)

    def mixture(self, logits: Tensor, src: Tensor) -> Tensor:
        """The same for another output layer of C columns: logits (N, T, C) to (N, T, C); src (B, S): the column of each
        source token."""
        n, t, s = self.pointer.shape
        p = logits.softmax(-1, dtype=self.gate.dtype) * self.p_gen[..., None]
        ids = src.repeat_interleave(n // src.shape[0], 0)[:, None, :].expand(n, t, s)
        return p.scatter_add_(-1, ids, (self.pointer * self.p_copy[..., None]).to(p.dtype))

    def log_probs(self, src: Tensor) -> Tensor:
        """The logarithm of `probabilities`, (N, T, V)."""
        return self.probabilities(src).clamp_min(MIN_PROBABILITY).log()


class Layer(nn.Module):
    """One post-norm layer of the stack (BERT's: Devlin et al. 2019)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        d = config.d_model
        self.self_attention = MultiHeadAttention(d, config.n_heads)
        self.attention_norm = nn.LayerNorm(d, eps=1e-12)
        self.feed_forward_in = nn.Linear(d, config.d_ff)
        self.feed_forward_out = nn.Linear(config.d_ff, d)
        self.feed_forward_norm = nn.LayerNorm(d, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)

    def finish(self, x: Tensor, context: Tensor) -> Tensor:
        """The layer after its attention: x (B, T, d) and the heads' contexts (B, h, T, d_head) to (B, T, d)."""
        x = self.attention_norm(x + self.dropout(self.self_attention.merge_heads(context)))
        hidden = self.feed_forward_out(F.gelu(self.feed_forward_in(x)))
        return self.feed_forward_norm(x + self.dropout(hidden))


class PointerGenerator(nn.Module):
    """The summarizer's network; the module's docstring describes it."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.shortlist: Tensor | None
        self.register_buffer(
            "shortlist", torch.zeros(config.shortlist, dtype=torch.int64) if config.shortlist else None
        )
        d = config.d_model
        self.token_embedding = nn.Embedding(config.vocab_size, d, padding_idx=PAD)
        self.src_positions = nn.Embedding(config.max_src, d)
        self.tgt_positions = nn.Embedding(config.max_tgt, d)
        self.segments = nn.Embedding(2, d)  # 0: source, 1: summary
        self.embedding_norm = nn.LayerNorm(d, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.n_layers))
        self.pointer = MultiHeadAttention(d, config.pointer_heads, config.pointer_attention)
        self.gate = nn.Linear(2 * d, 1)
        self.output_transform = nn.Linear(d, d)
        self.output_norm = nn.LayerNorm(d)
        self.output_bias = nn.Parameter(torch.zeros(config.vocab_size))
        if config.salience:
            self.salience = SalienceHead(d)
            # How strongly each head follows the guidance; a new head does not.
            self.layer_guidance = nn.Parameter(torch.zeros(config.n_layers, config.n_heads))
            self.pointer_guidance = nn.Parameter(torch.zeros(config.pointer_heads))
        if config.sentencewise:
            heads = [config.n_heads] * config.n_layers + [config.pointer_heads]
            self.marks = nn.ModuleList(SentenceMark(h, d // h) for h in heads)  # the pointer's last
        self.apply(_initialise)
        # The pointer starts with weighted means of the encoded states, and the output layer with the similarity to each
        # embedding. Both are useful from the first step of a warm start.
        for projection in (
            self.pointer.value_projection,
            self.pointer.output_projection,
            self.output_transform,
        ):
            nn.init.eye_(projection.weight)

    @property
    def stack(self) -> list[Layer]:
        """The shared layers, in order."""
        return cast(list[Layer], list(self.layers))

    def set_shortlist(self, tokens: Tensor) -> None:
        """Let a search generate only these tokens (K,); it can still copy all others. Training does not change."""
        self.config = replace(self.config, shortlist=len(tokens))
        self.register_buffer("shortlist", tokens)

    def set_sentencewise(self, sentencewise: bool) -> None:
        """Set whether summaries are generated sentence by sentence.

        Raises ValueError if the network has no sentence marks for that.
        """
        if sentencewise and not hasattr(self, "marks"):
            raise ValueError("a network without sentence marks cannot generate sentence by sentence")
        self.config = replace(self.config, sentencewise=sentencewise)

    def set_dropout(self, rate: float) -> None:
        """Set the share (0 to 1) of states that training drops."""
        for module in self.modules():
            if isinstance(module, nn.Dropout):
                module.p = rate

    def embed(self, ids: Tensor, positions: Tensor, segment: int) -> Tensor:
        """ids (B, T) with position vectors (T, d) or (B, T, d) to (B, T, d); segment: 0 of a source, 1 of a summary."""
        x = self.token_embedding(ids).to(self.embedding_norm.weight.dtype) + positions + self.segments.weight[segment]
        return self.dropout(self.embedding_norm(x))

    def encode(
        self,
        src: Tensor,
        src_key_padding_mask: Tensor | None = None,
        sentences: Tensor | None = None,
        sentence_positions: Tensor | None = None,
    ) -> Memory:
        """Encode sources src (B, S); src_key_padding_mask (B, S) bool, True = padding (default: where src is PAD).

        For a network with a salience head: sentences (B, S), the number of each token's sentence, −1 for none; without
        it nothing guides. sentence_positions (B, ≥ n): each sentence's number in the document (default: 0, 1, …).
        """
        padding = src.eq(PAD) if src_key_padding_mask is None else src_key_padding_mask
        mask = padding[:, None, None, :]
        x = self.embed(src, self.src_positions.weight[: src.shape[1]], segment=0)
        layers = []
        for layer in self.stack:
            query, key, value = layer.self_attention.project(x)
            layers.append((key.transpose(-2, -1), value))
            x = layer.finish(x, layer.self_attention.attention.context(query, key, value, mask))
        pointer = self.pointer.project_memory(x)
        if not self.config.salience or sentences is None:
            return Memory(src, padding, layers, pointer)
        logits = self.salience(x, sentences, sentence_positions)
        # Detached, so that the head learns from the oracle's labels alone and its outputs stay probabilities.
        return Memory(src, padding, layers, pointer, logits, token_guidance(logits.detach(), sentences))

    def passages(
        self, memory: Memory, documents: Tensor, positions: Tensor, is_marked: Tensor, dtype: torch.dtype | None = None
    ) -> Memory:
        """A memory of N passages, picked out of the encoded documents of a memory.

        documents (N,): the index of each passage's document. positions (N, L): the positions of its tokens there, −1
        for none. is_marked (N, L) bool: True on the tokens of the source sentence, which get the sentence mark. dtype:
        of the layers' keys and values (default: the memory's).
        """
        layers = [(key.transpose(-2, -1), value) for key, value in memory.layers]
        picked = [
            mark(_gather(key, documents, positions), _gather(value, documents, positions), is_marked)
            for mark, (key, value) in zip(self.marks, [*layers, memory.pointer], strict=True)
        ]
        dtype = dtype or picked[0][0].dtype
        layers = [(key.transpose(-2, -1).to(dtype), value.to(dtype)) for key, value in picked[:-1]]
        is_padding = positions < 0
        src = memory.src[documents[:, None], positions.clamp_min(0)].masked_fill(is_padding, PAD)
        return Memory(src, is_padding, layers, picked[-1])

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
        t = tgt.shape[1]
        if cache is None or parents is None:
            positions, mask = (
                self.tgt_positions.weight[:t],
                torch.ones(t, t, dtype=torch.bool, device=tgt.device).triu(1),
            )
        else:
            depths, tree_mask = cache.grow(parents)
            positions, mask = self.tgt_positions.weight[depths], tree_mask[:, None]
        x = self.embed(tgt, positions, segment=1)
        for i, layer in enumerate(self.stack):
            query, key, value = layer.self_attention.project(x)
            if cache is not None:
                key, value = cache.extend(i, key, value)
            if observe is not None:
                observe(self._source_weights(i, query, memory, key, mask))
            is_teacher_forced = cache is None and len(tgt) == len(memory.src)
            context = self._teacher_forced_context if is_teacher_forced else self._shared_source_context
            x = layer.finish(x, context(i, query, memory, (key, value), mask))
        return self._mixture_parts(x, memory, observe)

    def _source_weights(self, i: int, query: Tensor, memory: Memory, tgt_key: Tensor, causal: Tensor) -> Tensor:
        """The attention of layer i's heads to the source, (B, h, T, S); the rest of each row goes to the summary."""
        src_key, (b, _, t, _) = memory.layers[i][0].transpose(-2, -1), query.shape
        src_mask = memory.key_padding_mask[:, None, None, :].expand(-1, 1, t, -1)
        mask = torch.cat([src_mask, causal.expand(b, 1, -1, -1)], -1)
        scores = self.stack[i].self_attention.attention.scores(query, torch.cat([src_key, tgt_key], 2))
        bias = self._guidance_bias(i, memory)
        if bias is not None:
            scores = scores + F.pad(bias, (0, t))
        return masked_softmax(scores, mask)[..., : src_key.shape[2]]

    def _shared_source_context(
        self, i: int, query: Tensor, memory: Memory, tgt: tuple[Tensor, Tensor], mask: Tensor
    ) -> Tensor:
        """Layer i's attention from queries (N, h, T, d_head) to [source ‖ summary]: contexts (N, h, T, d_head).

        The K hypotheses of a document share its source.
        """
        src_mask = memory.key_padding_mask[:, None, None, :]
        return shared_memory_context(query, memory.layers[i], tgt, src_mask, mask, self._guidance_bias(i, memory))

    def _teacher_forced_context(
        self, i: int, query: Tensor, memory: Memory, tgt: tuple[Tensor, Tensor], causal: Tensor
    ) -> Tensor:
        """The same for K = 1 and all positions at once, as in training: attention to the concatenation is fastest."""
        src, (b, _, t, _) = memory.layers[i], query.shape
        src_mask = memory.key_padding_mask[:, None, None, :].expand(b, 1, t, -1)
        mask = torch.cat([src_mask, causal.expand(b, 1, t, -1)], -1)
        key, value = torch.cat([src[0].transpose(-2, -1), tgt[0]], 2), torch.cat([src[1], tgt[1]], 2)
        bias = self._guidance_bias(i, memory)
        if bias is not None:
            bias = F.pad(bias, (0, t))  # summary tokens have no bias
        return self.stack[i].self_attention.attention.context(query, key, value, mask, bias)

    def _guidance_bias(self, i: int, memory: Memory) -> Tensor | None:
        """The bias that guidance adds to layer i's scores of source tokens, (B, h, 1, S); None without guidance."""
        if memory.guidance is None:
            return None
        return self.layer_guidance[i][None, :, None, None] * memory.guidance[:, None, None, :]

    def _mixture_parts(self, x: Tensor, memory: Memory, observe: Callable[[Tensor], None] | None = None) -> Decoded:
        """Summary states x (N, T, d) to the mixture's parts; a document's hypotheses are rows of one query matrix."""
        n, t, d = x.shape
        b = memory.src.shape[0]
        mask = memory.key_padding_mask[:, None, None, :]
        bias = None
        if memory.guidance is not None:
            bias = self.pointer_guidance[None, :, None, None] * memory.guidance[:, None, None, :]
        context, weights = self.pointer.attend(x.view(b, -1, d), *memory.pointer, mask, bias)
        if observe is not None:
            observe(weights)
        gate = self.gate(torch.cat([x, context.view(n, t, d)], -1)).squeeze(-1)
        gate = gate if gate.dtype == torch.float64 else gate.float()
        hidden = self.output_norm(F.gelu(self.output_transform(x)))
        pointer = weights.mean(1).view(n, t, -1)
        return Decoded(hidden, self.token_embedding.weight, self.output_bias, pointer, gate)


def _gather(x: Tensor, documents: Tensor, positions: Tensor) -> Tensor:
    """x (B, h, S, d) at positions (N, L) of documents (N,): (N, h, L, d). An embedding look-up, because its backward
    pass is fast too."""
    b, h, s, _ = x.shape
    table = x.transpose(1, 2).reshape(b * s, -1)
    picked = F.embedding(documents[:, None] * s + positions.clamp_min(0), table)
    return picked.unflatten(-1, (h, -1)).transpose(1, 2)


def shift_right(tgt: Tensor) -> Tensor:
    """Decoder inputs of targets tgt (B, T): START, then all targets but the last."""
    return F.pad(tgt[:, :-1], (1, 0), value=START)


def _initialise(module: nn.Module) -> None:
    """BERT's initialisation: normal with standard deviation 0.02, biases zero."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Embedding) and module.padding_idx is not None:
        nn.init.zeros_(module.weight[module.padding_idx])
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
