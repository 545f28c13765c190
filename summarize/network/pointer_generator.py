"""The pointer-generator: one stack of multi-head attention that reads the source and writes the summary.

The source is encoded once, bidirectionally; the summary is decoded causally by the same layers over the source's
keys and values (UniLM, Dong et al. 2019); a pointer attends to the memory, and p_gen mixes copying with writing
(See et al. 2017, Get To The Point). With a salience head, what its sentences are worth guides where summary tokens
look (sentence attention modulating word attention: Hsu et al. 2018, A Unified Model for Extractive and Abstractive
Summarization). Tensors in, tensors out: nothing here knows text, files or search.

Shapes: B documents, S source tokens, T summary tokens, V vocabulary, N = B × K hypotheses (K per document, next to
each other; K = 1 in training).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summarize.network.attention import AttentionType, MultiHeadAttention, masked_softmax, shared_memory_context
from summarize.network.kv_cache import KVCache
from summarize.network.salience import SalienceHead, SentenceMark, spread
from summarize.text.vocabulary import PAD, START

LEAST = 1e-30  # of probabilities: what is less has a logarithm all the same


@dataclass(frozen=True)
class ModelConfig:
    """Sizes and choices that a folder's config.json holds. Lengths are in WordPiece tokens."""

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
    # Whether a summary's sentence is written from one sentence of the source, and what stands before it.
    sentencewise: bool = False
    # How many tokens a search considers generating (PointerGenerator.shortlist): all others it leaves to be copied. 0:
    # all are considered.
    shortlist: int = 0


@dataclass
class Memory:
    """A batch of sources as the decoder needs them: encoded once, shared by all hypotheses of a document."""

    src: Tensor  # (B, S) ids
    key_padding_mask: Tensor  # (B, S) bool, True = padding
    # Per layer: keys (B, h, d_head, S), transposed as a product wants them, and values (B, h, S, d_head).
    layers: list[tuple[Tensor, Tensor]]
    pointer: tuple[Tensor, Tensor]  # the pointer's keys and values, each (B, pointer_heads, S, d_head)
    salience: Tensor | None = None  # (B, n) logits of each sentence's being worth telling
    guidance: Tensor | None = None  # (B, S) the same as log-probabilities, at each token

    def narrow(self, rows: Tensor) -> None:
        """Keep the documents at rows (R,) alone, in that order; a layer at a time, so that all is never there twice."""
        self.src, self.key_padding_mask = self.src[rows], self.key_padding_mask[rows]
        for i, (keys, values) in enumerate(self.layers):
            self.layers[i] = keys[rows], values[rows]
        self.pointer = self.pointer[0][rows], self.pointer[1][rows]
        self.salience = None if self.salience is None else self.salience[rows]
        self.guidance = None if self.guidance is None else self.guidance[rows]

    def shared(self) -> Memory:
        """The same tensors in a memory that can be narrowed by itself."""
        return replace(self, layers=list(self.layers))

    def select(self, rows: Tensor) -> Memory:
        """The documents at rows (R,), in that order, in a memory of their own."""
        found = self.shared()
        found.narrow(rows)
        return found

    @staticmethod
    def joined(parts: Sequence[Memory]) -> Memory:
        """The documents of several memories of one length S, one after another, without salience and guidance. The
        parts lose their layers one by one, so that all is never there twice."""
        return Memory(
            torch.cat([part.src for part in parts]),
            torch.cat([part.key_padding_mask for part in parts]),
            [_joined([part.layers.pop(0) for part in parts]) for _ in range(len(parts[0].layers))],
            _joined([part.pointer for part in parts]),
        )


@dataclass
class Decoded:
    """What decoding T positions gives. The mixture's parts stay apart so that a loss need not build it."""

    hidden: Tensor  # (N, T, d_model): what the output layer turns into logits
    weight: Tensor  # (V, d_model) of the output layer, and its bias (V,)
    bias: Tensor
    pointer: Tensor  # (N, T, S): the copying half, mean of the pointer's heads
    gate: Tensor  # (N, T): logit of p_gen

    @property
    def logits(self) -> Tensor:
        """(N, T, V): the writing half, before its softmax; computed at each use."""
        return F.linear(self.hidden, self.weight, self.bias)

    @property
    def p_gen(self) -> Tensor:
        """(N, T): the share of the writing half."""
        return self.gate.sigmoid()

    @property
    def p_copy(self) -> Tensor:
        """(N, T): 1 − p_gen. As the sigmoid of −gate, for the difference would be zero where writing is all but
        certain."""
        return (-self.gate).sigmoid()

    def probabilities(self, src: Tensor) -> Tensor:
        """p_gen · softmax(logits) + (1 − p_gen) · Σ_{i: src_i = w} pointer_i, (N, T, V); src (B, S)."""
        return self.mixture(self.logits, src)

    def mixture(self, logits: Tensor, src: Tensor) -> Tensor:
        """The same with another output layer's logits (N, T, C); src (B, S): the column of each token of the source."""
        n, t, s = self.pointer.shape
        p = logits.softmax(-1, dtype=self.gate.dtype) * self.p_gen[..., None]
        ids = src.repeat_interleave(n // src.shape[0], 0)[:, None, :].expand(n, t, s)
        return p.scatter_add_(-1, ids, (self.pointer * self.p_copy[..., None]).to(p.dtype))

    def log_probs(self, src: Tensor) -> Tensor:
        """The logarithm of the same, of the whole vocabulary."""
        return self.probabilities(src).clamp_min(LEAST).log()


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
        """Everything after the attention: x (B, T, d), context heads (B, h, T, d_head) to (B, T, d)."""
        x = self.attention_norm(x + self.dropout(self.self_attention.merge_heads(context)))
        hidden = self.feed_forward_out(F.gelu(self.feed_forward_in(x)))
        return self.feed_forward_norm(x + self.dropout(hidden))


class PointerGenerator(nn.Module):
    """The summarizer's network. See the module's docstring for what it is."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.passage_type: torch.dtype | None = None  # what passages' keys and values are kept in; None: as they are
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
            # How strongly each head follows the guidance: not at all at first.
            self.layer_guidance = nn.Parameter(torch.zeros(config.n_layers, config.n_heads))
            self.pointer_guidance = nn.Parameter(torch.zeros(config.pointer_heads))
        if config.sentencewise:
            heads = [config.n_heads] * config.n_layers + [config.pointer_heads]
            self.marks = nn.ModuleList(SentenceMark(h, d // h) for h in heads)  # the pointer's last
        self.apply(_initialise)
        # The pointer starts as weighted averages of the memory itself, and the output layer as a look-up of the
        # nearest embedding: both are then useful from the first step of a warm start.
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

    def shorten(self, tokens: Tensor) -> None:
        """Have a search generate these tokens (K,) alone. Training goes on with all of them."""
        self.config = replace(self.config, shortlist=len(tokens))
        self.register_buffer("shortlist", tokens)

    def set_dropout(self, share: float) -> None:
        """Drop this share (0–1) of states in training from now on."""
        for module in self.modules():
            if isinstance(module, nn.Dropout):
                module.p = share

    def embed(self, ids: Tensor, positions: Tensor, segment: int) -> Tensor:
        """ids (B, T) with position vectors (T, d) or (B, T, d) to (B, T, d)."""
        x = self.token_embedding(ids).to(self.embedding_norm.weight.dtype) + positions + self.segments.weight[segment]
        return self.dropout(self.embedding_norm(x))

    def encode(
        self,
        src: Tensor,
        src_key_padding_mask: Tensor | None = None,
        sentences: Tensor | None = None,
        places: Tensor | None = None,
    ) -> Memory:
        """Read sources src (B, S); src_key_padding_mask (B, S) bool, True = padding (default: where src is PAD).

        sentences (B, S): for a model with a salience head, each token's sentence, −1 for none; places
        (B, ≥ n): the number in the document of each of these sentences (default: 0, 1, …). Without, nothing guides.
        """
        padding = src.eq(PAD) if src_key_padding_mask is None else src_key_padding_mask
        mask = padding[:, None, None, :]
        x = self.embed(src, self.src_positions.weight[: src.shape[1]], segment=0)
        layers = []
        for layer in self.stack:
            query, key, value = layer.self_attention.project(x)
            layers.append((key.transpose(-2, -1), value))
            x = layer.finish(x, layer.self_attention.attention.context(query, key, value, mask))
        memory = Memory(src, padding, layers, self.pointer.project_memory(x))
        if self.config.salience and sentences is not None:
            memory.salience = self.salience(x, sentences, places)
            # Detached: what is worth telling is learned from references alone, and stays a probability.
            memory.guidance = spread(memory.salience.detach(), sentences)
        return memory

    def passages(self, memory: Memory, rows: Tensor, places: Tensor, marked: Tensor) -> Memory:
        """What is to be told, N passages: the tokens at places (N, L) of documents rows (N,), −1 for none, with the
        mark on those of the sentence itself, marked (N, L) bool. They were encoded with their whole document."""
        layers = [(key.transpose(-2, -1), value) for key, value in memory.layers]
        sources = zip(self.marks, [*layers, memory.pointer], strict=True)
        found = [mark(_at(key, rows, places), _at(value, rows, places), marked) for mark, (key, value) in sources]
        kept = self.passage_type or found[0][0].dtype
        layers = [(key.transpose(-2, -1).to(kept), value.to(kept)) for key, value in found[:-1]]
        src = memory.src[rows[:, None], places.clamp_min(0)].masked_fill(places < 0, PAD)
        return Memory(src, places < 0, layers, found[-1])

    def decode(
        self,
        tgt: Tensor,
        memory: Memory,
        cache: KVCache | None = None,
        parents: Tensor | None = None,
        observe: Callable[[Tensor], None] | None = None,
    ) -> Decoded:
        """Decode summary inputs tgt (N, T) causally over the memory of B documents, N = B × K.

        With a cache, N = B, and each token of tgt follows the one that the cache has at its place in parents (N, T), −1
        for none; the cache then holds tgt too.
        observe: called with what each layer, and last the pointer, attends to of the source, (N, h, T, S) in at least
        float32; only for one hypothesis a document and no cache.
        """
        t = tgt.shape[1]
        if cache is None or parents is None:
            positions, mask = (
                self.tgt_positions.weight[:t],
                torch.ones(t, t, dtype=torch.bool, device=tgt.device).triu(1),
            )
        else:
            depths, unseen = cache.grow(parents)
            positions, mask = self.tgt_positions.weight[depths], unseen[:, None]
        x = self.embed(tgt, positions, segment=1)
        for i, layer in enumerate(self.stack):
            query, key, value = layer.self_attention.project(x)
            if cache is not None:
                key, value = cache.extend(i, key, value)
            if observe is not None:
                observe(self._source_weights(i, query, memory, key, mask))
            context = self._teacher_forced if cache is None and len(tgt) == len(memory.src) else self._shared
            x = layer.finish(x, context(i, query, memory, (key, value), mask))
        return self._head(x, memory, observe)

    def _source_weights(self, i: int, query: Tensor, memory: Memory, tgt_key: Tensor, causal: Tensor) -> Tensor:
        """What layer i's heads attend to of the source, (B, h, T, S); the rest of each row goes to the summary."""
        src_key, (b, _, t, _) = memory.layers[i][0].transpose(-2, -1), query.shape
        src_mask = memory.key_padding_mask[:, None, None, :].expand(-1, 1, t, -1)
        mask = torch.cat([src_mask, causal.expand(b, 1, -1, -1)], -1)
        scores = self.stack[i].self_attention.attention.scores(query, torch.cat([src_key, tgt_key], 2))
        bias = self._bias(i, memory)
        if bias is not None:
            scores = scores + F.pad(bias, (0, t))
        return masked_softmax(scores, mask)[..., : src_key.shape[2]]

    def _shared(self, i: int, query: Tensor, memory: Memory, tgt: tuple[Tensor, Tensor], mask: Tensor) -> Tensor:
        """Layer i attends from queries to [source ‖ summary], sources shared by hypotheses: all (N, h, T, d_head)."""
        src_mask = memory.key_padding_mask[:, None, None, :]
        return shared_memory_context(query, memory.layers[i], tgt, src_mask, mask, self._bias(i, memory))

    def _teacher_forced(
        self, i: int, query: Tensor, memory: Memory, tgt: tuple[Tensor, Tensor], causal: Tensor
    ) -> Tensor:
        """The same for one hypothesis a document and all its positions at once, as in training: there the fused
        kernel on the concatenation is fastest."""
        src, (b, _, t, _) = memory.layers[i], query.shape
        src_mask = memory.key_padding_mask[:, None, None, :].expand(b, 1, t, -1)
        mask = torch.cat([src_mask, causal.expand(b, 1, t, -1)], -1)
        key, value = torch.cat([src[0].transpose(-2, -1), tgt[0]], 2), torch.cat([src[1], tgt[1]], 2)
        bias = self._bias(i, memory)
        if bias is not None:
            bias = F.pad(bias, (0, t))  # the summary's own tokens are not biased
        return self.stack[i].self_attention.attention.context(query, key, value, mask, bias)

    def _bias(self, i: int, memory: Memory) -> Tensor | None:
        """What guidance adds to layer i's scores of source tokens, (B, h, 1, S)."""
        if memory.guidance is None:
            return None
        return self.layer_guidance[i][None, :, None, None] * memory.guidance[:, None, None, :]

    def _head(self, x: Tensor, memory: Memory, observe: Callable[[Tensor], None] | None = None) -> Decoded:
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


def _joined(pairs: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Keys and values of several documents, one after another."""
    keys, values = zip(*pairs, strict=True)
    return torch.cat(keys), torch.cat(values)


def _at(x: Tensor, rows: Tensor, places: Tensor) -> Tensor:
    """x (B, h, S, d) at places (N, L) of rows (N,): (N, h, L, d). A look-up in a table: of all ways to pick, the one
    that is also fast backward."""
    b, h, s, _ = x.shape
    table = x.transpose(1, 2).reshape(b * s, -1)
    found = F.embedding(rows[:, None] * s + places.clamp_min(0), table)
    return found.unflatten(-1, (h, -1)).transpose(1, 2)


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
