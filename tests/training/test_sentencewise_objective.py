"""Summaries sentence by sentence: which sentence each is told from, the passages of it, and how that is learned."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from summarize.checkpoints.model_folder import load_model
from summarize.documents import TextPair
from summarize.errors import UsageError
from summarize.network.padding import CONTEXT_TOKENS, MAX_SENTENCE_TOKENS, PASSAGE_TOKENS, passage_places
from summarize.network.pointer_generator import PointerGenerator, shift_right
from summarize.network.salience import SentenceMark
from summarize.selection.oracle import align
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END
from summarize.training import Trainer, TrainingOptions
from summarize.training.batches import SENTENCES_PER_DOCUMENT, Batch, Pair, PassageTargets, collate
from summarize.training.objective import Objective
from summarize.training.pairs import encode_pairs, load_pairs, save_pairs
from tests.helpers.models import MakeModel

SENTENCES = ["The mayor visits the old bridge.", "Anna Smith said it was old.", "John met the minister in March."]
SUMMARY = ["John met the minister.", "A dog ran.", "The mayor visits the bridge."]


def test_a_sentence_is_told_from_the_one_that_has_most_of_it() -> None:
    assert align(SUMMARY, SENTENCES) == [2, -1, 0]
    assert align(SUMMARY, SENTENCES, first=1) == [-1, -1, 0]
    assert align(["The old mayor."], ["The old bridge.", "The old mayor, the old bridge."]) == [1]
    assert align([], SENTENCES) == []
    assert align(["The mayor visits the bridge in London with his old dog."], SENTENCES) == [-1]  # half is invented
    assert align(["A dog."], []) == [-1]


def test_what_is_not_said_there_is_not_learned_from_it() -> None:
    before = "It was built in 1927 by Anna Smith."
    assert align(["The bridge of 1927 was closed."], [before, "The bridge was closed."]) == [1]
    assert align(["The bridge of 1928 was closed."], [before, "The bridge was closed."]) == [-1]
    assert align(["The bridge of 1927 was closed."], ["The bridge was closed.", before]) == [-1]
    assert align(["The bridge of 1927 was closed."], [before, "a " * 40, "The bridge was closed."]) == [-1]


def test_pairs_know_it_on_disk_too(tmp_path: Path, wide_tokenizer: Tokenizer) -> None:
    pairs = encode_pairs([TextPair("1", " ".join(SENTENCES), "\n".join(SUMMARY))], wide_tokenizer, 64, salience=True)
    save_pairs(tmp_path / "pairs", pairs, "mark")
    (loaded,) = load_pairs(tmp_path / "pairs", "mark") or []
    assert loaded.aligned is not None
    assert loaded.aligned.tolist() == [2, -1, 0]
    (plain,) = encode_pairs([TextPair("1", " ".join(SENTENCES), "\n".join(SUMMARY))], wide_tokenizer, 64)
    assert plain.aligned is None


def test_a_passage_is_the_sentence_and_what_stands_before_it() -> None:
    numbers = np.array([-1, *np.repeat(np.arange(4), [30, 20, 150, 5]), -1])
    assert passage_places(numbers, 0).tolist() == list(range(31))
    assert passage_places(numbers, 1).tolist() == list(range(51))
    assert passage_places(numbers, 2).tolist() == [
        0,
        *range(51, 50 + PASSAGE_TOKENS),
    ]  # a long one leaves room for nothing
    assert passage_places(numbers, 3).tolist() == [0, *range(201 - CONTEXT_TOKENS, 206)]
    assert passage_places(numbers, 4).tolist() == []


def test_a_batch_has_the_sentences_that_are_told(wide_tokenizer: Tokenizer) -> None:
    pairs = encode_pairs([TextPair("1", " ".join(SENTENCES), "\n".join(SUMMARY))], wide_tokenizer, 64, salience=True)
    batch = collate(pairs * 2, 64, 16)
    told = batch.told
    assert told is not None
    assert told.tgt.shape == (2 * SENTENCES_PER_DOCUMENT, 16)
    assert told.rows.tolist()[:4] == [0, 0, 1, 1]
    expected = wide_tokenizer.encode_summary([SUMMARY[0]])
    assert told.tgt[0, : len(expected)].tolist() == expected
    assert not told.tgt[4:].any()
    assert (told.places[4:] == -1).all()
    read = batch.src[0][told.places[0][told.marked[0]]]
    assert read.tolist() == wide_tokenizer.encode_batch([SENTENCES[2]])[0].ids
    assert (told.places[1] >= 1).sum() == told.marked[1].sum()  # before the first sentence there is START alone
    assert told.places[1, 0] == 0


def test_a_window_elsewhere_tells_nothing(wide_tokenizer: Tokenizer) -> None:
    pairs = encode_pairs([TextPair("1", " ".join(SENTENCES), "\n".join(SUMMARY))], wide_tokenizer, 64, salience=True)
    assert collate(pairs, 64, 1, [5]).told is None


def test_long_sentences_are_cut_and_those_beyond_the_window_left_out() -> None:
    tgt = np.array([*range(200, 260), 1, *range(200, 210), END])
    pair = Pair(np.arange(200, 260), tgt, np.repeat([0, 1], 30), np.array([0]), np.array([0, 1]))
    told = collate([pair], 32, 16).told
    assert told is not None
    assert told.tgt[0].tolist() == [*range(200, 200 + MAX_SENTENCE_TOKENS - 1), END]
    assert not told.tgt[1].any()  # its sentence begins where the window ends


def test_a_mark_is_added_where_it_is() -> None:
    mark = SentenceMark(2, 3)
    for own in mark.parameters():
        torch.nn.init.normal_(own)
    key, value = torch.randn(1, 2, 4, 3), torch.randn(1, 2, 4, 3)
    found = mark(key, value, torch.tensor([[False, True, True, False]]))
    for before, after, own in zip((key, value), found, (mark.key, mark.value), strict=True):
        torch.testing.assert_close(after[..., 1:3, :], before[..., 1:3, :] + own)
        torch.testing.assert_close(after[..., [0, 3], :], before[..., [0, 3], :])


SRC = torch.tensor([[101, 110, 111, 112, 113, 114, 102, 0], [101, 120, 121, 122, 110, 115, 116, 102]])
NUMBERS = torch.tensor([[-1, 0, 0, 1, 1, 1, -1, -1], [-1, 0, 1, 1, 1, 2, 2, -1]])
PLACES = torch.tensor([[1, 2, 3, 4, 5], [5, 6, -1, -1, -1], [-1] * 5])
TOLD_BATCH = PassageTargets(
    torch.tensor([[110, 112, 102], [121, 102, 0], [0, 0, 0]]), torch.tensor([0, 1, 0]), PLACES, PLACES > 2
)


@pytest.fixture
def teller(make_model: MakeModel) -> PointerGenerator:
    """A model whose marks say something."""
    model = make_model(salience=True, sentencewise=True)
    with torch.no_grad():
        for own in model.marks.parameters():
            own.normal_(0, 0.5)
    return model


def test_passages_are_the_documents_tokens_with_their_mark(teller: PointerGenerator) -> None:
    with torch.no_grad():
        memory = teller.encode(SRC, sentences=NUMBERS)
        found = teller.passages(memory, TOLD_BATCH.rows, PLACES, TOLD_BATCH.marked)
    assert found.src.tolist() == [[110, 111, 112, 113, 114], [115, 116, 0, 0, 0], [0] * 5]
    assert torch.equal(found.key_padding_mask, PLACES < 0)
    before, after = ([(k.transpose(-1, -2), v) for k, v in own.layers] + [own.pointer] for own in (memory, found))
    for mark, before_mark, after_mark in zip(teller.marks, before, after, strict=True):
        for own, old, new in zip((mark.key, mark.value), before_mark, after_mark, strict=True):
            torch.testing.assert_close(new[0, :, :2], old[0, :, 1:3])
            torch.testing.assert_close(new[0, :, 2:], old[0, :, 3:6] + own)
            torch.testing.assert_close(new[1, :, :2], old[1, :, 5:7] + own)


def test_the_loss_is_of_the_told_sentences_alone(teller: PointerGenerator) -> None:
    batch = Batch(SRC, torch.full((2, 3), 119), NUMBERS, torch.zeros(2, 16), told=TOLD_BATCH)
    expected, tokens = torch.tensor(0.0), 0
    memory = teller.encode(SRC, sentences=NUMBERS)
    for n, length in ((0, 3), (1, 2)):
        rows, places, marked = (x[n : n + 1] for x in (TOLD_BATCH.rows, PLACES, TOLD_BATCH.marked))
        own, tgt = teller.passages(memory, rows, places, marked), TOLD_BATCH.tgt[n : n + 1, :length]
        log_probs = teller.decode(shift_right(tgt), own).log_probs(own.src)
        expected = expected - log_probs.gather(-1, tgt[..., None]).sum()
        tokens += length
    losses = Objective(salience_weight=1)(teller, batch)
    assert losses.tokens.item() == tokens
    torch.testing.assert_close(losses.nll, expected / tokens)
    losses.total.backward()
    assert all(own.grad is not None and own.grad.abs().max() > 0 for own in teller.marks.parameters())


def test_nothing_but_told_sentences_is_learned_from(teller: PointerGenerator) -> None:
    with pytest.raises(ValueError, match="whose sentences are aligned"):
        Objective(salience_weight=1)(teller, Batch(SRC, torch.full((2, 3), 119), NUMBERS, torch.zeros(2, 16)))


def test_a_model_learns_to_tell_sentences(tmp_path: Path, pairs: Path) -> None:
    first = TrainingOptions(
        str(pairs), str(pairs), vocab_size=200, d_model=16, n_heads=2, n_layers=1, batch_size=4, steps=2,
        validate_every=2, rouge_examples=0, salience_weight=1.0, max_src=48, precision="fp32",
    )  # fmt: skip
    Trainer(first, tmp_path / "first").run()
    again = TrainingOptions(**(vars(first) | {"initial": str(tmp_path / "first" / "best"), "sentencewise": True}))
    Trainer(again, tmp_path / "second").run()
    model, _, _ = load_model(tmp_path / "second" / "best")
    assert model.config.sentencewise
    log = [json.loads(line) for line in (tmp_path / "second" / "log.jsonl").read_text().splitlines()]
    assert log[-1]["validation_loss"] > 0


def test_sentences_need_salience(tmp_path: Path, pairs: Path) -> None:
    with pytest.raises(UsageError, match="--sentencewise needs --salience-weight"):
        Trainer(TrainingOptions(str(pairs), vocab_size=200, sentencewise=True), tmp_path / "run")
