"""Sentence-by-sentence training: alignment of summary sentences, their passages in a batch, and the loss on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from summarize.checkpoints.model_folder import load_model
from summarize.documents import TextPair
from summarize.errors import UsageError
from summarize.network.padding import MAX_SENTENCE_TOKENS
from summarize.network.pointer_generator import PointerGenerator, shift_right
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END
from summarize.training import Trainer, TrainingOptions
from summarize.training.batches import PASSAGES_PER_DOCUMENT, Batch, Pair, PassageTargets, collate
from summarize.training.objective import Objective
from summarize.training.pairs import encode_pairs, load_pairs, save_pairs
from tests.helpers.small_runs import log_of, options

SENTENCES = ["The mayor visits the old bridge.", "Anna Smith said it was old.", "John met the minister in March."]
SUMMARY = ["John met the minister.", "A dog ran.", "The mayor visits the bridge."]
PAIR = TextPair("1", " ".join(SENTENCES), "\n".join(SUMMARY))


def test_pairs_have_their_alignment_on_disk_too(tmp_path: Path, wide_tokenizer: Tokenizer) -> None:
    pairs = encode_pairs([PAIR], wide_tokenizer, 64, salience=True)
    save_pairs(tmp_path / "pairs", pairs, "fingerprint")
    (loaded,) = load_pairs(tmp_path / "pairs", "fingerprint") or []
    assert loaded.alignment is not None
    assert loaded.alignment.tolist() == [2, -1, 0]
    (plain,) = encode_pairs([PAIR], wide_tokenizer, 64)
    assert plain.alignment is None


def test_a_batch_has_the_aligned_sentences_and_their_passages(wide_tokenizer: Tokenizer) -> None:
    pairs = encode_pairs([PAIR], wide_tokenizer, 64, salience=True)
    batch = collate(pairs * 2, 64, 16)
    targets = batch.passage_targets
    assert targets is not None
    assert targets.tgt.shape == (2 * PASSAGES_PER_DOCUMENT, 16)
    assert targets.documents.tolist()[:4] == [0, 0, 1, 1]
    expected = wide_tokenizer.encode_summary([SUMMARY[0]])
    assert targets.tgt[0, : len(expected)].tolist() == expected
    assert not targets.tgt[4:].any()
    assert (targets.positions[4:] == -1).all()
    source_sentence = batch.src[0][targets.positions[0][targets.is_marked[0]]]
    assert source_sentence.tolist() == wide_tokenizer.encode_batch([SENTENCES[2]])[0].ids
    context = targets.positions[0][~targets.is_marked[0] & (targets.positions[0] >= 0)]
    assert context[0] == 0
    assert batch.src[0][context[1:]].tolist() == wide_tokenizer.encode(" ".join(SENTENCES[:2])).ids
    assert (targets.positions[1] >= 1).sum() == targets.is_marked[1].sum()  # its context is START alone
    assert targets.positions[1, 0] == 0


def test_a_later_window_has_no_passages(wide_tokenizer: Tokenizer) -> None:
    pairs = encode_pairs([PAIR], wide_tokenizer, 64, salience=True)
    assert collate(pairs, 64, 1, [5]).passage_targets is None


def test_long_sentences_are_cut_and_those_beyond_the_window_left_out() -> None:
    tgt = np.array([*range(200, 260), 1, *range(200, 210), END])
    pair = Pair(np.arange(200, 260), tgt, np.repeat([0, 1], 30), np.array([0]), np.array([0, 1]))
    targets = collate([pair], 32, 16).passage_targets
    assert targets is not None
    assert targets.tgt[0].tolist() == [*range(200, 200 + MAX_SENTENCE_TOKENS - 1), END]
    assert not targets.tgt[1].any()  # its source sentence begins where the window ends


SRC = torch.tensor([[101, 110, 111, 112, 113, 114, 102, 0], [101, 120, 121, 122, 110, 115, 116, 102]])
NUMBERS = torch.tensor([[-1, 0, 0, 1, 1, 1, -1, -1], [-1, 0, 1, 1, 1, 2, 2, -1]])
POSITIONS = torch.tensor([[1, 2, 3, 4, 5], [5, 6, -1, -1, -1], [-1] * 5])
TARGETS = PassageTargets(
    torch.tensor([[110, 112, 102], [121, 102, 0], [0, 0, 0]]), torch.tensor([0, 1, 0]), POSITIONS, POSITIONS > 2
)


def test_the_loss_is_that_of_the_passages_alone(sentencewise_model: PointerGenerator) -> None:
    batch = Batch(SRC, torch.full((2, 3), 119), NUMBERS, torch.zeros(2, 16), passage_targets=TARGETS)
    expected, n_tokens = torch.tensor(0.0), 0
    memory = sentencewise_model.encode(SRC, sentences=NUMBERS)
    for n, length in ((0, 3), (1, 2)):
        passage = [x[n : n + 1] for x in (TARGETS.documents, POSITIONS, TARGETS.is_marked)]
        source, tgt = sentencewise_model.passages(memory, *passage), TARGETS.tgt[n : n + 1, :length]
        log_probs = sentencewise_model.decode(shift_right(tgt), source).log_probs(source.src)
        expected = expected - log_probs.gather(-1, tgt[..., None]).sum()
        n_tokens += length
    losses = Objective(salience_weight=1)(sentencewise_model, batch)
    assert losses.n_tokens.item() == n_tokens
    torch.testing.assert_close(losses.nll, expected / n_tokens)
    losses.total.backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in sentencewise_model.marks.parameters())


def test_a_batch_without_passages_is_refused(sentencewise_model: PointerGenerator) -> None:
    batch = Batch(SRC, torch.full((2, 3), 119), NUMBERS, torch.zeros(2, 16))
    with pytest.raises(ValueError, match="whose summary sentences are aligned"):
        Objective(salience_weight=1)(sentencewise_model, batch)


def test_a_model_learns_to_rewrite_sentences(tmp_path: Path, pairs: Path) -> None:
    choices = {"validation": str(pairs), "salience_weight": 1.0, "max_src": 48, "steps": 30, "log_every": 10}
    Trainer(options(pairs, **(choices | {"steps": 2})), tmp_path / "whole").run()
    initial = str(tmp_path / "whole" / "best")
    Trainer(options(pairs, initial=initial, sentencewise=True, **choices), tmp_path / "run").run()
    model, _, _ = load_model(tmp_path / "run" / "best")
    assert model.config.sentencewise
    losses = [line["validation_loss"] for line in log_of(tmp_path / "run") if "validation_loss" in line]
    assert losses[-1] < losses[0] - 0.3


def test_sentencewise_needs_salience(pairs: Path) -> None:
    with pytest.raises(UsageError, match="sentencewise=True needs a salience_weight above 0"):
        TrainingOptions(str(pairs), sentencewise=True)
