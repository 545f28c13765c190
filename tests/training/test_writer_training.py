"""The writer's token arrays, objective and trainer, on arrays that the test makes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from summarize.checkpoints.packed_folder import load_writer
from summarize.errors import DataError
from summarize.network.causal_pointer_generator import CausalConfig, CausalPointerGenerator
from summarize.text.vocabulary import END, N_SPECIAL, PAD, START
from summarize.training.token_arrays import LENGTH_MULTIPLE, TARGET_MULTIPLE, TokenArrays
from summarize.training.writer_objective import WriterObjective
from summarize.training.writer_trainer import WriterTrainer, WriterTraining

CONFIG = CausalConfig(vocab_size=140, d_model=64, n_heads=4, n_kv_heads=2, n_layers=1, d_ff=64, pointer_heads=2)
PROMPT = 2  # tokens, START included


def write_arrays(folder: Path, split: str, n: int, seed: int) -> None:
    """Examples whose target repeats three neighbouring tokens of the source, after one that is not in it."""
    rng = np.random.default_rng(seed)
    tokens: list[int] = []
    origins: list[int] = []
    index = []
    for i in range(n):
        document = rng.permutation(np.arange(N_SPECIAL + 2, 140))[: int(rng.integers(6, 24))].tolist()
        source = [START, N_SPECIAL, *document, END]
        first = int(rng.integers(0, len(document) - 3))
        target = [N_SPECIAL + 1, *document[first : first + 3], END]
        index.append((len(tokens), len(source), PROMPT, len(target), i % 2))
        tokens += [*source, *target]
        origins += [0, *range(PROMPT + first, PROMPT + first + 3), 0]
    np.save(folder / f"{split}-tokens.npy", np.array(tokens, np.uint16))
    np.save(folder / f"{split}-origins.npy", np.array(origins, np.uint16))
    np.save(folder / f"{split}-index.npy", np.array(index, np.int32))
    (folder / "kinds.json").write_text(json.dumps({"kinds": ["even", "odd"]}), "utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_arrays(tmp_path, "train", 64, 0)
    write_arrays(tmp_path, "valid", 16, 1)
    return tmp_path


def make_model() -> CausalPointerGenerator:
    torch.manual_seed(0)
    return CausalPointerGenerator(CONFIG)


def test_batches_hold_every_example_once_within_the_budget(data: Path) -> None:
    arrays = TokenArrays(data, "train")
    batches = list(arrays.batches(np.arange(len(arrays)), 256, np.random.default_rng(0)))
    assert sorted(i for batch in batches for i in batch) == list(range(len(arrays)))
    assert all(arrays.collate(batch).tokens.numel() <= 256 for batch in batches)
    assert batches == list(arrays.batches(np.arange(len(arrays)), 256, np.random.default_rng(0)))
    assert batches != list(arrays.batches(np.arange(len(arrays)), 256, np.random.default_rng(1)))


def test_collated_rows_are_source_and_shifted_target(data: Path) -> None:
    arrays = TokenArrays(data, "train")
    batch = arrays.collate([3, 7])
    for row, example in enumerate([3, 7]):
        offset, source, prompt, target, _ = arrays.index[example].tolist()
        ids = arrays.tokens[offset : offset + source + target].tolist()
        assert batch.tokens[row, : source + target].tolist() == [*ids[:source], START, *ids[source:-1]]
        assert batch.tokens[row, source + target :].eq(PAD).all()
        assert batch.tgt[row, :target].tolist() == ids[source:]
        for token, origin in zip(ids[source:], batch.origins[row].tolist(), strict=False):
            assert origin == 0 or (origin >= prompt and ids[origin] == token)
    assert batch.token_index.tolist() == batch.tgt.flatten().nonzero().flatten().tolist()
    assert batch.n_src == int(batch.src_lengths.max())
    assert batch.tokens.shape[1] % LENGTH_MULTIPLE == batch.tgt.shape[1] % TARGET_MULTIPLE == 0
    assert batch.tokens.shape[1] - (batch.src_lengths + batch.tgt.ne(PAD).sum(1)).max() < LENGTH_MULTIPLE
    assert arrays.lengths[[3, 7]].tolist() == (batch.src_lengths + batch.tgt.ne(PAD).sum(1)).tolist()


@pytest.mark.parametrize("weights", [(0.0, 0.0, 0.0), (0.3, 0.1, 0.5)])
def test_loss_is_that_of_the_explicit_mixture(data: Path, weights: tuple[float, float, float]) -> None:
    model, arrays = make_model().double(), TokenArrays(data, "train")
    batch = arrays.collate([0, 1, 2])
    losses = WriterObjective(*weights)(model, batch)
    decoded = model.teacher_forced(
        batch.tokens, batch.n_src, batch.src_lengths, batch.prompt_lengths, batch.tgt.shape[1]
    )
    probabilities = decoded.probabilities(batch.tokens[:, : batch.n_src])
    nlls, totals = [], []
    for row in range(3):
        coverage = torch.zeros(batch.n_src, dtype=torch.float64)
        for t, token in enumerate(batch.tgt[row].tolist()):
            if token == PAD:
                continue
            nll = -probabilities[row, t, token].log()
            origin, p_gen = int(batch.origins[row, t]), decoded.gate[row, t].sigmoid()
            attention = -decoded.pointer[row, t, origin].log() if origin else torch.zeros(())
            gate = -(1 - p_gen).log() if origin else -p_gen.log()
            overlap = torch.minimum(decoded.pointer[row, t], coverage).sum()
            coverage = coverage + decoded.pointer[row, t]
            nlls.append(nll)
            totals.append(nll + weights[0] * attention + weights[1] * gate + weights[2] * overlap)
    torch.testing.assert_close(losses.token_nll, torch.stack(nlls))
    torch.testing.assert_close(losses.total, torch.stack(totals).mean())


@pytest.mark.slow
def test_pointer_learns_where_words_come_from(data: Path, tmp_path: Path) -> None:
    write_arrays(data, "train", 2000, 0)
    options = WriterTraining(
        steps=250, tokens_per_batch=4096, accumulate=1, learning_rate=5e-3, new_learning_rate=5e-3, validate_every=2
    )
    trainer = WriterTrainer(make_model(), data, tmp_path / "run", options)
    before = trainer.validate(lambda line: None)
    trainer.run(lambda line: None)
    after = trainer.validate(lambda line: None)
    for kind in ("even", "odd"):
        assert after[kind]["pointer"] > max(0.6, before[kind]["pointer"])
        assert after[kind]["p_copy"] > 0.8 > 0.2 > after[kind]["p_copy_other"]


def test_stopped_run_resumes_as_if_it_had_not_stopped(data: Path, tmp_path: Path) -> None:
    options = WriterTraining(steps=8, tokens_per_batch=512, accumulate=2, validate_every=2, save_minutes=0)
    whole = WriterTrainer(make_model(), data, tmp_path / "whole", options)
    whole.run(lambda line: None)
    first = WriterTrainer(make_model(), data, tmp_path / "parts", options)
    first.run(lambda line: None, until_step=5)
    first.save()
    second = WriterTrainer(make_model(), data, tmp_path / "parts", options)
    assert second.progress.step == 5
    second.run(lambda line: None)
    for a, b in zip(whole.model.parameters(), second.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    read = load_writer(tmp_path / "parts" / "model")
    assert read.config == CONFIG


def test_half_of_the_schedule_trains_weights_for_rounding(data: Path, tmp_path: Path) -> None:
    options = WriterTraining(steps=4, tokens_per_batch=512, accumulate=1, validate_every=2, learning_rate=1e-2)
    results = []
    for round_from in (0.0, 2.0):
        trainer = WriterTrainer(make_model(), data, tmp_path / str(round_from), replace(options, round_from=round_from))
        trainer.run(lambda line: None)
        results.append(trainer.model.get_parameter("layers.0.query_projection.weight").detach())
    assert not results[0].equal(results[1])


def test_missing_or_short_arrays_are_one_sentence(data: Path) -> None:
    with pytest.raises(DataError, match="token arrays"):
        TokenArrays(data, "test")
    np.save(data / "train-origins.npy", np.zeros(3, np.uint16))
    with pytest.raises(DataError, match="has 3 numbers"):
        TokenArrays(data, "train")
