"""Searching several documents together: each gets the same summary as alone, and finished ones leave the batch."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from summarize.decoding.beam_search import beam_search
from summarize.decoding.decoder import IncrementalDecoder
from summarize.decoding.hypothesis import Hypothesis, SearchOptions
from summarize.decoding.number_rule import NumberRule
from summarize.decoding.token_properties import WordPieceProperties
from summarize.network.padding import pad
from summarize.text.lengths import Limits
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END, SENTENCE, START
from tests.helpers.models import MakeModel
from tests.helpers.tables import (
    A,
    B,
    C,
    D,
    Table,
    TableDecoder,
    assert_hypotheses,
    random_table,
    search,
    search_with,
)

MODULE = "summarize.decoding.beam_search"


@pytest.mark.parametrize(("beam_size", "patience"), [(1, 1.0), (2, 1.0), (3, 0.5), (4, 2.0), (5, 1.0)])
def test_each_document_of_a_batch_is_searched_as_if_alone(beam_size: int, patience: float) -> None:
    options = SearchOptions(beam_size=beam_size, patience=patience, min_length=1, max_length=9, no_repeat_words=2)
    tables = [random_table(seed, (A, B, C, D, SENTENCE, END)) for seed in range(12)]
    together = search(tables, options)
    assert len({len(hypotheses[0].ids) for hypotheses in together}) > 2
    assert together == [search([table], options)[0] for table in tables]


def ends_after(n: int) -> Table:
    return lambda ids: {END: -0.1, A: -5.0, B: -5.5} if len(ids) >= n else {A: -1.0, B: -2.0}


@pytest.mark.parametrize(
    ("multiple", "batches"),
    [
        (1, [[0, 1, 2, 3], [0, 1, 2, 3], [0, 2], [0], [0]]),
        (2, [[0, 1, 2, 3], [0, 1, 2, 3], [0, 2], [0, 2], [0, 2]]),  # a finished document stays
        (3, [[0, 1, 2, 3, 0, 0], [0, 1, 2, 3, 0, 0], [0, 1, 2], [0, 1, 2], [0, 1, 2]]),  # copies of the first pad it
        (8, [[0, 1, 2, 3]] * 5),  # a small batch is not padded
    ],
)
def test_finished_documents_leave_the_batch(
    multiple: int, batches: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{MODULE}.BATCH_MULTIPLE", multiple)
    monkeypatch.setattr(f"{MODULE}.MAX_LOOKAHEAD", 0)
    options = SearchOptions(beam_size=2, min_length=0, max_length=9, no_repeat_words=0)
    decoder = TableDecoder([ends_after(4), ends_after(1), ends_after(2), ends_after(1)], n_src=1)
    hypotheses = search_with(decoder, [[A]] * 4, options)
    assert [len(own[0].ids) for own in hypotheses] == [4, 1, 2, 1]
    assert decoder.batches == batches


@pytest.mark.parametrize("multiple", [1, 2, 3, 8])
def test_how_a_batch_is_padded_and_pruned_changes_no_summary(multiple: int, monkeypatch: pytest.MonkeyPatch) -> None:
    options = SearchOptions(beam_size=2, min_length=0, max_length=9, no_repeat_words=0)
    tables = [ends_after(n) for n in (4, 1, 7, 3, 9, 2, 6)]
    expected = search(tables, options)
    monkeypatch.setattr(f"{MODULE}.BATCH_MULTIPLE", multiple)
    monkeypatch.setattr(f"{MODULE}.MIN_SLOTS_TO_PRUNE", 4)
    assert search(tables, options) == expected


@pytest.mark.parametrize(
    ("n_documents", "beam_size", "width"), [(1, 2, 6), (16, 2, 6), (20, 2, 5), (40, 2, 3), (60, 2, 2), (16, 10, 10)]
)
def test_look_ahead_fills_a_step_up_to_its_maximum_of_nodes(n_documents: int, beam_size: int, width: int) -> None:
    options = SearchOptions(beam_size=beam_size, min_length=0, max_length=4, no_repeat_words=0)
    decoder = TableDecoder([random_table(0)] * n_documents)
    search_with(decoder, [[A, B, C]] * n_documents, options)
    assert decoder.widths[:2] == [1, width]


def test_each_document_has_its_own_limits() -> None:
    options = SearchOptions(beam_size=3, min_length=0, max_length=9, no_repeat_words=0)
    limits = [Limits(0, 2), Limits(0, 7), Limits(0, 4)]
    hypotheses = search([random_table(1, (A, B))] * 3, options, limits=limits)
    assert [len(own[0].ids) for own in hypotheses] == [2, 7, 4]


def test_each_document_has_its_own_source() -> None:
    """A word may be doubled only where its own source doubles it."""
    options = SearchOptions(beam_size=1, min_length=0, max_length=2)
    table = lambda ids: {A: -0.1, B: -1.0}  # noqa: E731
    decoder = TableDecoder([table, table, table])
    hypotheses = search_with(decoder, [[A, B, A], [A, A, B], [B, B, A]], options)
    assert [own[0].ids for own in hypotheses] == [(A, B), (A, A), (A, B)]


def test_hypotheses_are_best_first() -> None:
    options = SearchOptions(beam_size=4, patience=3.0, min_length=0, max_length=6, no_repeat_words=0)
    for hypotheses in search([random_table(seed) for seed in range(5)], options):
        scores = [h.score for h in hypotheses]
        assert len(scores) > 2
        assert scores == sorted(scores, reverse=True)


@torch.no_grad()
@pytest.mark.parametrize("beam_size", [1, 3])
def test_a_network_searches_each_document_of_a_batch_as_if_alone(
    make_model: MakeModel, tiny_tokenizer: Tokenizer, beam_size: int
) -> None:
    model, properties = make_model(max_tgt=32), WordPieceProperties(tiny_tokenizer.vocabulary)
    model.output_bias[END] += 4  # or none would end
    texts = ["The mayor met the dog on Monday.", "The cat.", "On Monday the minister saw the old town and the river."]
    sources = [[START, *tiny_tokenizer.encode(text).ids, END] for text in texts]
    options = SearchOptions(beam_size=beam_size, min_length=2, max_length=20)

    def search_network(documents: Sequence[Sequence[int]]) -> list[list[Hypothesis]]:
        src = pad(documents)
        rules = [NumberRule(properties, ids, [True] * len(ids)) for ids in documents]
        return beam_search(IncrementalDecoder(model, model.encode(src)), src, rules, properties, options)

    together = search_network(sources)
    assert len({len(hypotheses[0].ids) for hypotheses in together}) > 1
    for source, hypotheses in zip(sources, together, strict=True):
        assert_hypotheses(hypotheses, [(h.score, h.ids) for h in search_network([source])[0]])
