"""Look-ahead and pruning: which nodes a search has decoded before it needs them, and which it forgets. Neither changes
its result."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from summarize.decoding.beam import Beam
from summarize.decoding.beam_search import beam_search
from summarize.decoding.decoder import IncrementalDecoder
from summarize.decoding.hypothesis import Hypothesis, Node, SearchOptions
from summarize.decoding.number_rule import NumberRule
from summarize.decoding.token_properties import WordPieceProperties
from summarize.network.padding import pad
from summarize.text.lengths import Limits
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE, START
from tests.helpers.models import MakeModel
from tests.helpers.tables import (
    COMMA,
    FIVE_HUNDRED,
    FULL_STOP,
    PROPERTIES,
    TWO,
    A,
    Attention,
    B,
    C,
    D,
    E,
    Ids,
    Table,
    TableDecoder,
    assert_hypotheses,
    random_table,
    search_with,
)

MODULE = "summarize.decoding.beam_search"


def copying(src: Sequence[int], seed: int = 0) -> tuple[Table, Attention]:
    """A table that mostly continues with the source's next token, and attention to that token."""
    random_continuation = random_table(seed, (A, B, C, D, E, SENTENCE, END))

    def next_position(ids: Ids) -> int:
        return max((i + 1 for i, token in enumerate(src) if ids[-1:] == (token,)), default=0)

    def table(ids: Ids) -> dict[int, float]:
        log_probs = {token: log_prob - 2 for token, log_prob in random_continuation(ids).items()}
        probable = src[next_position(ids)] if next_position(ids) < len(src) else END
        return log_probs | {probable: -0.05}

    def attention(_: int, ids: Ids) -> list[float]:
        return [float(i == next_position(ids)) for i in range(len(src))]

    return table, attention


@pytest.mark.parametrize("penalty", [0.0, 0.5])
@pytest.mark.parametrize("prune_at", [3, 1000])
@pytest.mark.parametrize("n_ahead", [1, 4, 9])
def test_look_ahead_changes_nothing_but_the_number_of_steps(
    n_ahead: int, prune_at: int, penalty: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = [*range(N_SPECIAL, N_SPECIAL + 6), TWO, COMMA, FIVE_HUNDRED]
    options = SearchOptions(beam_size=2, min_length=2, max_length=10, coverage_penalty=penalty)
    tables, attention = [copying(source, seed)[0] for seed in range(3)], copying(source)[1]

    def search_ahead(n_ahead: int, prune_at: int) -> tuple[list[list[Hypothesis]], TableDecoder]:
        monkeypatch.setattr(f"{MODULE}.MAX_LOOKAHEAD", n_ahead)
        monkeypatch.setattr(f"{MODULE}.MIN_SLOTS_TO_PRUNE", prune_at)
        decoder = TableDecoder(tables, attention, len(source))
        return search_with(decoder, [source] * 3, options), decoder

    step_by_step, plain = search_ahead(0, 1000)
    looked_ahead, decoder = search_ahead(n_ahead, prune_at)
    for before, after in zip(step_by_step, looked_ahead, strict=True):
        assert before == after
        for a, b in zip(before, after, strict=True):
            torch.testing.assert_close(a.copy_shares, b.copy_shares)
    assert plain.widths == [1, *[2] * (len(plain.widths) - 1)]
    assert decoder.widths == [1, *[2 + n_ahead] * (len(decoder.widths) - 1)]
    assert len(decoder.widths) <= (len(plain.widths) - 1 if n_ahead == 1 else 2 + 2 * len(plain.widths) // 3)


def beam_of(src: Sequence[int], beam_size: int = 1, max_tokens: int = 20) -> Beam:
    options = SearchOptions(beam_size=beam_size, min_length=0, no_repeat_words=0)
    rule = NumberRule(PROPERTIES, src, [True] * len(src))
    return Beam(np.array(src), rule, PROPERTIES, options, Limits(0, max_tokens))


def decode(node: Node, log_probs: dict[int, float], attended: int | None = None, n_src: int = 5) -> None:
    """Record a prediction, with all attention on one source position."""
    pointer = np.zeros(n_src, np.float32)
    if attended is not None:
        pointer[attended] = 1.0
    node.record(sorted(log_probs.items(), key=lambda pair: -pair[1]), pointer, 1.0, 0.0)


def decoded_beam(
    src: Sequence[int], log_probs: dict[int, float], attended: int | None, beam_size: int = 1, max_tokens: int = 20
) -> Beam:
    """A beam after its first step; the root attends to one source position."""
    beam = beam_of(src, beam_size, max_tokens)
    (root,) = beam.request(1, 0)
    decode(root, log_probs, attended, len(src))
    beam.advance()
    return beam


def test_the_first_request_is_the_root() -> None:
    beam = beam_of([A, B, C])
    (root,) = beam.request(4, 0)
    assert (root.ids, root.slot, root.parent) == ((), 0, None)


def test_look_ahead_continues_a_copied_run_to_the_end_of_the_source() -> None:
    beam = decoded_beam([A, B, C, D, E], {B: -0.1}, attended=1)
    nodes = beam.request(9, 7)
    assert [node.ids for node in nodes] == [(B,), (B, C), (B, C, D), (B, C, D, E)]
    assert [node.slot for node in nodes] == [7, 8, 9, 10]
    assert [node.ids for node in decoded_beam([A, B, C, D, E], {B: -0.1}, 1).request(2, 0)] == [(B,), (B, C)]


@pytest.mark.parametrize(
    ("src", "log_probs", "attended"),
    [
        ([A, B, C, D, E], {B: -0.1}, 2),  # B was not copied: the attention is on another token
        ([A, B, C, D, E], {B: -0.1}, None),  # nor from anywhere
        ([A, B, END, D, E], {B: -0.1}, 1),  # the source goes on with no text
        ([A, FULL_STOP, C, D, E], {FULL_STOP: -0.1}, 1),  # a sentence may end here
        ([A, B, C, D, E], {E: -0.1}, 4),  # the source ends here
    ],
)
def test_look_ahead_stops_where_a_copied_run_stops(
    src: Sequence[int], log_probs: dict[int, float], attended: int | None
) -> None:
    beam = decoded_beam(src, log_probs, attended)
    assert [node.ids for node in beam.request(9, 0)] == [(next(iter(log_probs)),)]


@pytest.mark.parametrize("max_tokens", [1, 3])
def test_look_ahead_stops_at_the_maximum_length(max_tokens: int) -> None:
    beam = decoded_beam([A, B, C, D, E], {A: -0.1}, attended=0, max_tokens=max_tokens)
    assert [node.ids for node in beam.request(9, 0)] == [(A, B, C)[:n] for n in range(1, max_tokens + 1)]


def test_look_ahead_follows_the_best_hypotheses_of_the_beam() -> None:
    """Needed nodes come first. Then, depth by depth, the beam_size most probable: 0.9 is assumed of a copied token."""
    src = [A, B, C, D, E]
    beam = decoded_beam(src, {A: math.log(0.5), C: math.log(0.4)}, attended=0, beam_size=2)
    a, c, *copied = beam.request(9, 1)
    assert [node.ids for node in (a, c, *copied)] == [(A,), (C,), *((A, B, C, D, E)[:n] for n in range(2, 6))]
    decode(c, {D: math.log(0.95), E: math.log(0.05), END: math.log(0.9)}, attended=3)  # END is never decoded
    assert [node.ids for node in beam.request(5, 9)] == [(A,), (A, B), (C, D), (A, B, C), (C, D, E)]
    decode(a, {B: math.log(0.1)}, attended=1)
    beam.advance()
    assert [node.ids for node in beam.request(2, 9)] == [(C, D), (A, B)]


def test_a_node_that_is_decoded_already_is_not_requested_again() -> None:
    beam = decoded_beam([A, B, C, D, E], {A: -0.1}, attended=0)
    a, ab, abc = beam.request(3, 1)
    for i, node in enumerate((a, ab)):
        decode(node, {(B, C)[i]: -0.1}, attended=i + 1)
    assert [node.ids for node in beam.request(2, 4)] == [abc.ids, (A, B, C, D)]


def test_compacting_keeps_the_decoded_nodes_that_the_search_may_need() -> None:
    beam = decoded_beam([A, B, C, D, E], {A: math.log(0.5), C: math.log(0.4)}, attended=0, beam_size=2)
    a, c, ab, *_ = beam.request(6, 1)
    assert [node.slot for node in (a, c, ab)] == [1, 2, 3]
    decode(a, {B: math.log(0.5), D: math.log(0.4)}, attended=1)
    decode(c, {D: math.log(1e-6)}, attended=3)
    decode(ab, {C: math.log(0.5)}, attended=2)
    beam.advance()  # to (A, B) and (A, D): (C,) is not needed any more, and (A, B, C) not decoded yet
    assert beam.compact_slots() == [0, 1, 3]
    assert [node.slot for node in (a, ab)] == [1, 2]
    assert beam.compact_slots() == [0, 1, 2]
    (ad, *_) = beam.request(9, 3)
    assert (ad.ids, ad.slot) == ((A, D), 3)


def test_a_finished_search_requests_and_keeps_nothing() -> None:
    beam = decoded_beam([A, B, C, D, E], {END: -0.1}, attended=None)
    assert beam.is_done
    assert beam.request(9, 1) == []
    assert beam.compact_slots() == []


def test_the_tree_is_pruned_at_its_maximum_and_may_then_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{MODULE}.MIN_SLOTS_TO_PRUNE", 6)
    monkeypatch.setattr(f"{MODULE}.MAX_LOOKAHEAD", 0)
    decoder = TableDecoder([lambda ids: {A: -0.1, B: -0.2}], n_src=1)
    options = SearchOptions(beam_size=2, min_length=20, max_length=20, no_repeat_words=0)
    search_with(decoder, [[C]], options)
    sizes = decoder.n_slots
    pruned = [i for i in range(1, len(sizes)) if sizes[i] < sizes[i - 1] + decoder.widths[i - 1]]
    before = [sizes[i - 1] + decoder.widths[i - 1] for i in pruned]
    assert before[0] == 7  # 1, 3, 5, 7: the first of at least 6
    assert [size >= 2 * sizes[i] + 6 for i, size in zip(pruned, before[1:], strict=False)] == [True] * (len(pruned) - 1)
    assert [size <= 2 * sizes[i] + 7 for i, size in zip(pruned, before[1:], strict=False)] == [True] * (len(pruned) - 1)
    assert len(pruned) >= 2


@torch.no_grad()
@pytest.mark.parametrize("prune_at", [3, 20])
def test_pruning_a_networks_tree_changes_no_summary(
    make_model: MakeModel, tiny_tokenizer: Tokenizer, prune_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, properties = make_model(max_tgt=32), WordPieceProperties(tiny_tokenizer.vocabulary)
    texts = ["The mayor met the dog on Monday.", "The cat.", "On Monday the minister saw the old town and the river."]
    sources = [[START, *tiny_tokenizer.encode(text).ids, END] for text in texts]
    src, options = pad(sources), SearchOptions(beam_size=3, min_length=2, max_length=20)
    rules = [NumberRule(properties, ids, [True] * len(ids)) for ids in sources]
    whole = beam_search(IncrementalDecoder(model, model.encode(src)), src, rules, properties, options)
    monkeypatch.setattr(f"{MODULE}.MIN_SLOTS_TO_PRUNE", prune_at)
    pruned = beam_search(IncrementalDecoder(model, model.encode(src)), src, rules, properties, options)
    for expected, hypotheses in zip(whole, pruned, strict=True):
        assert_hypotheses(hypotheses, [(h.score, h.ids) for h in expected])
