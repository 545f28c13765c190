"""Small runs: they learn, they log every figure, and errors are one sentence."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from summarize.errors import CheckpointError, DataError, SummarizeError, UsageError
from summarize.pipeline.summarizer import Summarizer
from summarize.training import Progress, Trainer
from summarize.training.batches import collate
from summarize.training.objective import nll
from summarize.training.options import TrainingOptions, learning_rate_factor
from tests.helpers.small_runs import log_of, options, refused


@pytest.fixture
def four(pairs: Path, tmp_path: Path) -> Path:
    """Four of the pairs, all of the same length: one batch."""
    path = tmp_path / "four.jsonl"
    path.write_text("".join(pairs.read_text().splitlines(keepends=True)[:12:3]))
    return path


POINTERS = [("scaled_dot_product", 1), ("scaled_dot_product", 2), ("additive", 1), ("additive", 2)]


@pytest.mark.parametrize("pointer", POINTERS)
def test_one_batch_is_memorised(tmp_path: Path, four: Path, pointer: tuple[str, int]) -> None:
    attention, heads = pointer
    choices = {"pointer_attention": attention, "pointer_heads": heads, "steps": 60, "new_learning_rate": 2e-2}
    trainer = Trainer(options(four, log_every=1, **choices), tmp_path / "run")
    assert trainer.run()
    losses = [line["loss"] for line in log_of(tmp_path / "run") if "loss" in line]
    assert len(losses) == trainer.step == 60
    assert losses[0] > 2
    assert losses[-1] < 0.5


@pytest.mark.slow
def test_coverage_is_learned(tmp_path: Path, four: Path) -> None:
    trainer = Trainer(options(four, coverage_weight=1.0, steps=120, new_learning_rate=2e-2), tmp_path / "run")
    batch = collate(trainer.pairs, 32, 16)

    def coverage_loss() -> float:
        with torch.no_grad():
            return (nll(trainer.model, batch.src, batch.tgt, 1.0) - nll(trainer.model, batch.src, batch.tgt)).item()

    before = coverage_loss()
    trainer.run()
    assert coverage_loss() < before / 2
    assert log_of(tmp_path / "run")[-2]["loss"] < 1  # and the summaries are learned too


@pytest.mark.slow
def test_memorised_pairs_are_summarised_by_their_summaries(tmp_path: Path, four: Path) -> None:
    choices = {"validation": str(four), "steps": 200, "validate_every": 200, "rouge_examples": 4}
    Trainer(options(four, new_learning_rate=2e-2, **choices), tmp_path / "run").run()
    (line,) = [line for line in log_of(tmp_path / "run") if "rouge1" in line]
    assert line["rouge1"] == line["rougeLsum"] == 100
    summarizer = Summarizer.load(tmp_path / "run" / "best")
    for row in map(json.loads, four.read_text().splitlines()):
        summary = summarizer.summarize(row["document"])
        assert [sentence.text for sentence in summary.sentences] == row["summary"].splitlines()


def test_a_run_depends_on_its_seed_alone(tmp_path: Path, pairs: Path, bert_folder: Path) -> None:
    def weights(name: str, seed: int) -> dict[str, torch.Tensor]:
        sizes = {"initial": str(bert_folder), "max_src": 24, "max_tgt": 12}
        Trainer(options(pairs, steps=3, dropout=0.1, seed=seed, **sizes), tmp_path / name).run()
        return load_file(tmp_path / name / "last.safetensors")

    first, again, different = weights("first", 3), weights("again", 3), weights("different", 4)
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())
    assert not torch.equal(first["model.gate.weight"], different["model.gate.weight"])


def test_the_learning_rate_warms_up_stays_and_decays() -> None:
    factors = [learning_rate_factor(step, 20, 4, 0.5) for step in range(20)]
    expected = [0.25, 0.5, 0.75, *[1.0] * 8, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    assert factors == pytest.approx(expected)
    for total, warmup, decay in itertools.product((1, 7, 30), (0, 1, 10, 50), (0.0, 0.3, 1.0)):
        for step in range(total):
            rising = (step + 1) / warmup if step < warmup else 1.0
            left = total - step
            falling = left / (total * decay) if left < total * decay else 1.0
            assert learning_rate_factor(step, total, warmup, decay) == pytest.approx(min(rising, falling))


def test_the_rate_of_each_step_is_logged(tmp_path: Path, pairs: Path) -> None:
    Trainer(options(pairs, steps=8, log_every=1, decay=0.5, new_learning_rate=4e-3), tmp_path).run()
    rates = [line["learning_rate"] for line in log_of(tmp_path) if "learning_rate" in line]
    assert rates == pytest.approx([4e-3 * f for f in (1 / 3, 2 / 3, 1, 1, 1, 0.75, 0.5, 0.25)])


def test_new_weights_have_their_own_rate_and_only_matrices_decay(
    tmp_path: Path, pairs: Path, bert_folder: Path
) -> None:
    chosen = options(pairs, initial=str(bert_folder), max_src=24, max_tgt=12, steps=2, log_every=1)
    trainer = Trainer(chosen, tmp_path / "run")
    groups = {
        id(p): (group["peak_lr"], group["weight_decay"])
        for group in trainer.optimizer.param_groups
        for p in group["params"]
    }
    for name, parameter in trainer.model.named_parameters():
        is_given = name.startswith(("layers.", "token_embedding", "src_pos", "tgt_pos", "segments", "embedding_norm"))
        expected = (2e-3 if is_given else 5e-3, 0.01 if parameter.dim() > 1 else 0.0)
        assert groups[id(parameter)] == expected, name
    trainer.run()
    assert {group["lr"] for group in trainer.optimizer.param_groups} == {2e-3 / 2, 5e-3 / 2}  # of the last step


def test_low_rank_changes_have_a_higher_default_rate() -> None:
    assert TrainingOptions("pairs").new_rate == 8e-4
    assert TrainingOptions("pairs", only="attention").new_rate == 3e-3
    assert TrainingOptions("pairs", only="attention", new_learning_rate=1e-4).new_rate == 1e-4


def test_frozen_parameters_stay_as_they_were(tmp_path: Path, pairs: Path) -> None:
    trainer = Trainer(options(pairs, steps=3, freeze=("layers.", "token_embedding")), tmp_path)
    before = {name: p.detach().clone() for name, p in trainer.model.named_parameters()}
    trainer.run()
    for name, parameter in trainer.model.named_parameters():
        frozen = name.startswith(("layers.", "token_embedding"))
        if not name.endswith("key_projection.bias"):  # it has no gradient
            assert torch.equal(parameter, before[name]) == frozen, name


def test_the_log_has_every_figure(tmp_path: Path, pairs: Path) -> None:
    seen: list[Progress] = []
    chosen = options(pairs, validation=str(pairs), steps=6, rouge_examples=2, validate_every=3)
    Trainer(chosen, tmp_path).run(seen.append)
    log = log_of(tmp_path)
    training = {"step", "epoch", "loss", "learning_rate", "examples_per_second", "minutes"}
    validation = {"step", "validation_loss", "rouge1", "rouge2", "rougeL", "rougeLsum"}
    assert [(line["step"], set(line)) for line in log] == [
        (0, {"step", "pairs", "left_out", "documents_cut", "summaries_cut"}),
        *((1, training), (2, training), (3, validation), (4, training), (6, training), (6, validation)),
    ]
    assert [{"step": p.step} | p.figures for p in seen] == log[1:]
    assert {p.total_steps for p in seen} == {6}
    assert all(0 <= line[name] <= 100 for line in log for name in ("rouge1", "rougeLsum") if name in line)
    assert all(math.isfinite(value) for line in log for value in line.values())
    assert json.loads((tmp_path / "options.json").read_text()) == json.loads(json.dumps(dataclasses.asdict(chosen)))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        *("best", "last.safetensors", "log.jsonl", "options.json", "pairs.safetensors", "tokenizer.json")
    ]


def test_a_logged_loss_is_the_mean_since_the_last_line(tmp_path: Path, pairs: Path, start: Path) -> None:
    Trainer(options(pairs, initial=str(start), steps=6, log_every=1), tmp_path / "each").run()
    Trainer(options(pairs, initial=str(start), steps=6, log_every=3), tmp_path / "threes").run()
    each = [line["loss"] for line in log_of(tmp_path / "each") if "loss" in line]
    threes = [line["loss"] for line in log_of(tmp_path / "threes") if "loss" in line]
    # The first step has a line of its own, as the first mean can be hours away.
    assert threes == pytest.approx([each[0], sum(each[:3]) / 3, sum(each[3:]) / 3], abs=1e-4)


def test_the_weights_of_every_validation_can_be_kept(tmp_path: Path, pairs: Path) -> None:
    Trainer(options(pairs, keep_validated=True), tmp_path).run()
    assert sorted(p.name for p in tmp_path.glob("step-*")) == ["step-12", "step-4", "step-8"]
    assert Summarizer.load(tmp_path / "step-12").engine.model.config.d_model == 16


def test_the_best_weights_are_a_model(tmp_path: Path, pairs: Path) -> None:
    chosen = options(pairs, validation=str(pairs))
    trainer = Trainer(chosen, tmp_path)
    trainer.run()
    summarizer = Summarizer.load(tmp_path / "best")
    assert summarizer.engine.model.config == trainer.model.config
    assert summarizer.engine.options == trainer.search
    assert summarizer.engine.tokenizer.vocabulary == trainer.tokenizer.vocabulary
    assert summarizer.summarize("On Monday the cat saw the river.").sentences
    assert 1 <= summarizer.engine.options.min_length <= summarizer.engine.options.max_length <= 15


def test_the_best_weights_are_those_of_the_best_validation(tmp_path: Path, pairs: Path, start: Path) -> None:
    """One pair is memorised: the loss on the others rises, and later weights are not kept."""
    one = tmp_path / "one.jsonl"
    one.write_text(pairs.read_text().splitlines(keepends=True)[0])
    chosen = options(one, initial=str(start), validation=str(pairs), steps=90, validate_every=5, learning_rate=2e-2)
    Trainer(chosen, tmp_path / "run").run()
    losses = [line["validation_loss"] for line in log_of(tmp_path / "run") if "validation_loss" in line]
    assert losses[-1] > min(losses) + 0.3
    again = dataclasses.replace(chosen, initial=str(tmp_path / "run" / "best"))
    kept = Trainer(again, tmp_path / "again")
    figures = kept.validation.figures(kept.model, kept.objective, kept.search, nullcontext)
    assert figures["validation_loss"] == pytest.approx(min(losses), abs=0.05)  # weights on disk are rounded


def test_without_validation_the_last_weights_are_kept(tmp_path: Path, pairs: Path) -> None:
    trainer = Trainer(options(pairs, steps=5), tmp_path)
    trainer.run()
    best = load_file(tmp_path / "best" / "model.safetensors")
    for name, weight in trainer.model.state_dict().items():
        assert torch.equal(best[name], weight.to(torch.bfloat16)), name


def test_a_run_that_stops_improving_says_so(tmp_path: Path, pairs: Path) -> None:
    seen: list[Progress] = []
    chosen = options(pairs, validation=str(pairs), validate_every=2, new_learning_rate=0.0, steps=10)
    Trainer(chosen, tmp_path).run(seen.append)
    notes = [p.note for p in seen if "validation_loss" in p.figures]
    assert notes[:2] == ["", ""]
    assert [note.split(" checks")[0] for note in notes[2:]] == [
        f"validation has not improved for {n}" for n in (2, 3, 4)
    ]
    improving: list[Progress] = []
    Trainer(dataclasses.replace(chosen, new_learning_rate=2e-3), tmp_path / "better").run(improving.append)
    assert {p.note for p in improving} == {""}


def test_a_run_starts_from_a_trained_model(tmp_path: Path, pairs: Path) -> None:
    Trainer(options(pairs, steps=30), tmp_path / "first").run()
    first = [line["loss"] for line in log_of(tmp_path / "first") if "loss" in line]
    chosen = options(pairs, initial=str(tmp_path / "first" / "best"), steps=2, log_every=1)
    trainer = Trainer(chosen, tmp_path / "second")
    assert {group["peak_lr"] for group in trainer.optimizer.param_groups} == {2e-3}
    trainer.run()
    second = [line["loss"] for line in log_of(tmp_path / "second") if "loss" in line]
    assert second[0] < (first[0] + first[-1]) / 2


def test_a_warm_start_learns(tmp_path: Path, pairs: Path, bert_folder: Path) -> None:
    chosen = options(pairs, initial=str(bert_folder), max_src=24, max_tgt=12, steps=30, new_learning_rate=1e-2)
    trainer = Trainer(chosen, tmp_path / "run")
    trainer.run()
    losses = [line["loss"] for line in log_of(tmp_path / "run") if "loss" in line]
    assert losses[-1] < losses[0] - 0.5


def test_epochs_are_counted_in_full_batches(tmp_path: Path, pairs: Path) -> None:
    for epochs, steps in ((1.0, 4), (0.3, 2), (0.01, 1), (2.5, 10)):
        trainer = Trainer(options(pairs, steps=None, epochs=epochs, log_every=1), tmp_path / str(epochs))
        assert trainer.total_steps == steps
    trainer.run()
    assert [line["epoch"] for line in log_of(tmp_path / "2.5") if "epoch" in line] == [0] * 4 + [1] * 4 + [2] * 2


def test_bfloat16_learns_too(tmp_path: Path, pairs: Path) -> None:
    Trainer(options(pairs, steps=10, precision="bf16"), tmp_path).run()
    losses = [line["loss"] for line in log_of(tmp_path) if "loss" in line]
    assert losses[-1] < losses[0]
    assert load_file(tmp_path / "last.safetensors")["model.gate.weight"].dtype == torch.float32


@pytest.mark.parametrize(
    ("choices", "kind", "message"),
    [
        ({"train": "nowhere.jsonl"}, DataError, "nowhere.jsonl: no such file"),
        ({"validation": "nowhere.jsonl"}, DataError, "nowhere.jsonl: no such file"),
        ({"summary_field": "abstract"}, DataError, "pairs.jsonl, line 1: has no field 'abstract'"),
        ({"document_field": "body"}, DataError, "pairs.jsonl, line 1: has no field 'body'"),
        ({"freeze": ("layers.", "nothing.")}, UsageError, "freeze: no parameter's name begins with 'nothing.'"),
        ({"freeze": ("",)}, UsageError, "freeze: every parameter is frozen"),
        ({"initial": "nowhere"}, CheckpointError, "no model 'nowhere'"),
        ({"d_model": 15}, UsageError, "these sizes make no model"),
        ({"n_heads": 3}, UsageError, "these sizes make no model"),
        ({"pointer_heads": 3}, UsageError, "these sizes make no model"),
        ({"device": "nonsense"}, UsageError, "device 'nonsense': this machine has no such device"),
    ],
)
def test_a_run_that_cannot_start_is_refused_in_a_sentence(
    tmp_path: Path, pairs: Path, choices: dict[str, Any], kind: type[SummarizeError], message: str
) -> None:
    error = refused(options(pairs, **choices), tmp_path / "run")
    assert type(error) is kind
    assert message in str(error)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("content", ["", "\n", '{"document": "", "summary": "S"}\n{"document": "D", "summary": " "}\n'])
def test_data_without_a_pair_are_refused(tmp_path: Path, pairs: Path, content: str) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text(content)
    error = refused(options(empty), tmp_path / "run")
    assert isinstance(error, DataError)
    assert "empty.jsonl" in str(error)
    if not content.strip():
        assert isinstance(refused(options(pairs, validation=str(empty)), tmp_path / "run"), DataError)


def test_a_validation_document_without_text_does_not_stop_a_run(tmp_path: Path, pairs: Path) -> None:
    validation = tmp_path / "validation.jsonl"
    validation.write_text('{"document": " ", "summary": "S."}\n' + pairs.read_text())
    assert Trainer(options(pairs, validation=str(validation), steps=1, rouge_examples=1), tmp_path / "run").run()


def test_dropout_is_set_in_a_trained_model_too(tmp_path: Path, pairs: Path, start: Path) -> None:
    assert Trainer(options(pairs, initial=str(start), dropout=0.3), tmp_path).model.dropout.p == 0.3


def test_a_run_from_scratch_has_the_words_of_its_pairs(tmp_path: Path, pairs: Path) -> None:
    trainer = Trainer(options(pairs), tmp_path)
    assert {"Monday", "minister"} <= set(trainer.tokenizer.vocabulary)
    config = trainer.model.config
    assert config.vocab_size == len(trainer.tokenizer.vocabulary) <= 200
    assert (config.d_model, config.n_heads, config.n_layers, config.pointer_heads) == (16, 2, 1, 2)
    # The output bias starts from the token frequencies: the best guess before any step.
    the, cat, unused = (trainer.tokenizer.vocabulary.index(token) for token in ("the", "cat", "[unused7]"))
    bias = trainer.model.output_bias
    assert bias[the] > bias[cat] > bias[unused]
    assert (bias[the] - bias[cat]).item() == pytest.approx(math.log(18.1 / 6.1), abs=1e-4)
