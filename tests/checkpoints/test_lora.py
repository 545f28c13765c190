"""Styles: small low-rank changes of the attention alone, merged into the weights when a style is loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from summarize import Summarizer
from summarize.checkpoints.lora import (
    add_low_rank_changes,
    apply_style,
    attention_layers,
    find_style,
    load_style,
    low_rank_changes,
    save_style,
)
from summarize.checkpoints.model_folder import load_config, load_model
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import CheckpointError
from summarize.network.pointer_generator import ModelConfig, PointerGenerator, shift_right
from summarize.pipeline.generator import WholeSummaryGenerator
from summarize.pipeline.sentencewise import SentencewiseGenerator
from summarize.training import Trainer, TrainingOptions
from tests.helpers.models import MakeModel

SRC, TGT = torch.tensor([[101, 110, 111, 112, 102]]), torch.tensor([[110, 112, 102]])


def log_probs(model: PointerGenerator) -> Tensor:
    with torch.no_grad():
        return model.decode(shift_right(TGT), model.encode(SRC)).log_probs(SRC)


def test_new_changes_change_nothing(make_model: MakeModel) -> None:
    model = make_model(pointer_attention="additive")
    weights, before = {name: layer.weight for name, layer in attention_layers(model)}, log_probs(model)
    names = add_low_rank_changes(model, 3)
    # The additive pointer has W_q and W_k besides its four projections.
    assert len(names) == 2 * len(list(attention_layers(model))) == 2 * (2 * 4 + 6)
    assert all(torch.equal(layer.weight, weights[name]) for name, layer in attention_layers(model))
    torch.testing.assert_close(log_probs(model), before)


def test_a_change_is_added_to_the_weight(make_model: MakeModel) -> None:
    model = make_model()
    weights = {name: layer.weight.detach().clone() for name, layer in attention_layers(model)}
    add_low_rank_changes(model, 3)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.normal_()
    changes = low_rank_changes(model)
    for name, layer in attention_layers(model):
        torch.testing.assert_close(layer.weight, weights[name] + changes[f"{name}.up"] @ changes[f"{name}.down"])
        assert torch.linalg.matrix_rank(layer.weight - weights[name], atol=1e-4) == 3


def test_a_loaded_style_is_what_was_trained(style_run: Trainer, base_folder: Path) -> None:
    """It is merged into the weights, and no parametrization is left."""
    model, _, _ = load_model(base_folder)
    search = apply_style(model, base_folder, style_run.run_folder.best)
    assert not any("parametrizations" in name for name, _ in model.named_parameters())
    best, last = load_file(style_run.run_folder.best / "adapter.safetensors"), low_rank_changes(style_run.model)
    assert all(torch.equal(best[name], last[name]) for name in last)  # the last validation was the best
    torch.testing.assert_close(log_probs(model), log_probs(style_run.model.eval()), rtol=1e-4, atol=1e-4)
    assert search == style_run.search
    assert search.whole
    assert not model.config.sentencewise


def test_a_style_decides_how_summaries_are_generated(style_run: Trainer, base_folder: Path) -> None:
    assert isinstance(Summarizer.load(base_folder).engine._generator, SentencewiseGenerator)
    styled = Summarizer.load(base_folder, style=style_run.run_folder.best)
    assert type(styled.engine._generator) is WholeSummaryGenerator
    assert styled.engine.options == load_style(style_run.run_folder.best).search == style_run.search
    assert styled.summarize("On Monday the cat saw the river. It rained.").sentences


def test_a_long_document_has_one_headline(
    style_run: Trainer, base_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("summarize.text.lengths.DOCUMENT_WORDS_PER_PART", 20)
    monkeypatch.setattr("summarize.pipeline.plan.MAX_WORDS_OF_ONE_PART", 20)
    monkeypatch.setattr("summarize.text.lengths.ARTICLE_WORDS", 20)
    text = "On Monday the cat saw the river. It rained. " * 40
    n_parts: list[int] = []

    def count_parts(summarizer: Summarizer) -> int:
        generator = summarizer.engine._generator
        generate = generator.generate
        monkeypatch.setattr(
            generator, "generate", lambda parts, *rest: n_parts.append(len(parts)) or generate(parts, *rest)
        )
        n_parts.clear()
        assert summarizer.summarize(text).sentences
        return sum(n_parts)

    assert count_parts(Summarizer.load(base_folder)) > 1
    assert count_parts(Summarizer.load(base_folder, style=style_run.run_folder.best)) == 1


def test_a_style_of_the_shipped_models_size_is_small(tmp_path: Path) -> None:
    model = PointerGenerator(ModelConfig(salience=True, sentencewise=True))
    add_low_rank_changes(model, TrainingOptions.rank)
    save_style(tmp_path, model, "base", SearchOptions(), "# Card\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "adapter.safetensors", "config.json"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 5e6


def test_styles_are_found_by_name_and_by_path(base_folder: Path, style_run: Trainer, tmp_path: Path) -> None:
    shutil.copytree(base_folder, tmp_path / "news")
    shutil.copytree(style_run.run_folder.best, tmp_path / "news" / "styles" / "headline")
    assert find_style(tmp_path / "news", "headline") == tmp_path / "news" / "styles" / "headline"
    assert find_style(tmp_path / "news", tmp_path) == tmp_path
    with pytest.raises(CheckpointError, match="no style 'tldr': not a folder, and the styles of news are: headline"):
        find_style(tmp_path / "news", "tldr")


def test_a_style_of_another_base_is_refused(style_run: Trainer, start: Path) -> None:
    with pytest.raises(CheckpointError, match="was made for another model than"):
        Summarizer.load(start, style=style_run.run_folder.best)


def truncate_adapter(folder: Path) -> None:
    path = folder / "adapter.safetensors"
    path.write_bytes(path.read_bytes()[:100])


def with_field(name: str, value: object) -> Callable[[Path], None]:
    """Changes or adds a field of config.json."""

    def damage(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncate_adapter, r"cannot read the weights .*adapter\.safetensors"),
        (with_field("rank", 5), r"adapter\.safetensors does not fit the attention of"),
        (with_field("surplus", 5), r"config\.json cannot be used: .*'surplus'"),
        (lambda folder: (folder / "config.json").unlink(), r"cannot read .*config\.json"),
        (lambda folder: (folder / "config.json").write_text("{}"), r"config\.json does not describe a style"),
    ],
)
def test_a_damaged_style_is_refused_in_a_sentence(
    style_run: Trainer, base_folder: Path, tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    shutil.copytree(style_run.run_folder.best, tmp_path / "style")
    damage(tmp_path / "style")
    with pytest.raises(CheckpointError, match=message):
        Summarizer.load(base_folder, style=tmp_path / "style")


def test_a_sentencewise_style_of_a_base_without_marks_is_refused(
    style_run: Trainer, base_folder: Path, tmp_path: Path, make_model: MakeModel
) -> None:
    shutil.copytree(style_run.run_folder.best, tmp_path / "style")
    with_field("sentencewise", True)(tmp_path / "style")
    model = PointerGenerator(style_run.model.config)  # whole summaries: it has no marks
    with pytest.raises(CheckpointError, match=r"style.*config\.json does not fit .*: a network without sentence marks"):
        apply_style(model, base_folder, tmp_path / "style")


def test_a_style_is_no_model(style_run: Trainer) -> None:
    with pytest.raises(CheckpointError, match="is a style, not a model"):
        load_config(style_run.run_folder.best)
