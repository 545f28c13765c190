"""Folders on disk: what is written comes back, and what is wrong with one is said with the file's name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from summarize.checkpoints import model_folder
from summarize.checkpoints.model_folder import describe, find_model, load_config, load_model, save_model
from summarize.checkpoints.train_state import load_progress, load_state, save_state
from summarize.checkpoints.warm_start import is_encoder, warm_start
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import CheckpointError
from summarize.network.pointer_generator import PointerGenerator
from summarize.text.tokenizer import Tokenizer
from summarize.training.objective import nll
from tests.helpers.models import MakeModel

SRC, TGT = torch.tensor([[101, 110, 111, 112, 102]]), torch.tensor([[110, 112, 102]])


@pytest.fixture
def folder(tmp_path: Path, tiny_model: PointerGenerator, tiny_tokenizer: Tokenizer) -> Path:
    """A good model folder, to be damaged."""
    save_model(tmp_path / "model", tiny_model, tiny_tokenizer)
    return tmp_path / "model"


def edit_json(path: Path, **fields: object) -> None:
    """Set fields of a JSON file; None removes one."""
    content = json.loads(path.read_text()) | fields
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))


def truncate(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_model_comes_back(
    tmp_path: Path, make_model: MakeModel, tiny_tokenizer: Tokenizer, dtype: torch.dtype
) -> None:
    model = make_model(pointer_attention="additive", dropout=0.5)
    search = SearchOptions(beam_size=7)
    save_model(tmp_path, model.train(), tiny_tokenizer, search, dtype)
    loaded, tokenizer, loaded_search = load_model(tmp_path)
    assert loaded.config == model.config
    assert loaded_search == search
    assert not loaded.training  # else dropout would act
    for name, weight in model.state_dict().items():
        expected = weight.to(dtype).float()  # bfloat16: rounded once, and no further
        assert torch.equal(loaded.state_dict()[name], expected), name
        torch.testing.assert_close(expected, weight, rtol=2**-8, atol=0)
    text = "The mayor met the dog – on Monday."
    assert tokenizer.encode(text) == tiny_tokenizer.encode(text)
    assert load_file(tmp_path / "model.safetensors")["gate.weight"].dtype == dtype


def test_saving_leaves_only_the_three_files(folder: Path) -> None:
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]


def test_saving_over_a_model_replaces_it(folder: Path, make_model: MakeModel) -> None:
    save_model(folder, make_model(d_ff=48), load_model(folder)[1])
    assert load_model(folder)[0].config.d_ff == 48


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        load_model(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize(
    "damage", [truncate, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"\xff\xfe")]
)
def test_a_damaged_file_is_named(folder: Path, name: str, damage: Callable[[Path], object]) -> None:
    damage(folder / name)
    with pytest.raises(CheckpointError, match=name):
        load_model(folder)


def test_a_weight_of_another_shape_is_named(folder: Path) -> None:
    path = folder / "model.safetensors"
    save_file(load_file(path) | {"gate.weight": torch.zeros(3, 3)}, path)
    with pytest.raises(CheckpointError, match=r"model\.safetensors.*gate\.weight"):
        load_model(folder)


@pytest.mark.parametrize("change", ["a missing weight", "an unknown weight"])
def test_other_weights_than_the_models_are_refused(folder: Path, change: str) -> None:
    path = folder / "model.safetensors"
    weights = load_file(path)
    if change == "a missing weight":
        del weights["gate.weight"]
    else:
        weights["surplus"] = torch.zeros(1)
    save_file(weights, path)
    with pytest.raises(CheckpointError, match=r"model\.safetensors.*(gate\.weight|surplus)"):
        load_model(folder)


@pytest.mark.parametrize("content", ["[]", '"text"', "7", "null"])
def test_a_config_that_is_no_object_is_named(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"config\.json does not hold a JSON object"):
        load_config(folder)


@pytest.mark.parametrize("fields", [{"d_models": 16}, {"search": {"d_models": 4}}, {"search": 7}])
def test_an_unknown_field_is_named(folder: Path, fields: dict[str, object]) -> None:
    edit_json(folder / "config.json", **fields)
    with pytest.raises(CheckpointError, match=r"config\.json.*('d_models'|mapping)"):
        load_config(folder)


@pytest.mark.parametrize("model_type", ["bert", None])
def test_a_config_of_another_model_is_refused(folder: Path, model_type: str | None) -> None:
    edit_json(folder / "config.json", model_type=model_type)
    with pytest.raises(CheckpointError, match=r"config\.json does not describe a pointer-generator"):
        load_config(folder)


@pytest.mark.parametrize(
    "fields", [{"n_heads": 3}, {"d_model": "wide"}, {"dropout": 2}, {"pointer_attention": "cosine"}]
)
def test_impossible_sizes_are_refused(folder: Path, fields: dict[str, object]) -> None:
    edit_json(folder / "config.json", **fields)
    with pytest.raises(CheckpointError, match=r"config\.json does not describe a model"):
        load_model(folder)


def test_a_tokenizer_that_writes_ids_the_model_lacks_is_refused(
    tmp_path: Path, make_model: MakeModel, tiny_tokenizer: Tokenizer
) -> None:
    save_model(tmp_path, make_model(vocab_size=120), tiny_tokenizer)
    with pytest.raises(CheckpointError, match=r"tokenizer\.json has \d+ tokens, config\.json 120"):
        load_model(tmp_path)


def test_models_are_found_by_name_and_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Shipped models lie beside the modules or in the checkout: pretend that the module lies elsewhere.
    monkeypatch.setattr(model_folder, "__file__", str(tmp_path / "package" / "checkpoints" / "model_folder.py"))
    with pytest.raises(CheckpointError, match=r"no model 'news'.*shipped models are: none"):
        find_model("news")
    for name in ("news", "mail"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "config.json").write_text("{}")
    assert find_model("news") == tmp_path / "models" / "news"
    assert find_model(tmp_path / "models") == tmp_path / "models"
    with pytest.raises(CheckpointError, match=r"no model 'nwes'.*shipped models are: mail, news"):
        find_model("nwes")
    with pytest.raises(CheckpointError, match="no model"):
        find_model(tmp_path / "models" / "news" / "config.json")  # a file is no folder


@pytest.mark.parametrize("prefix", ["", "bert."])  # Hugging Face writes both, by the class that saved
def test_a_warm_start_names_what_the_encoder_did_not_give(bert_folder: Path, prefix: str) -> None:
    path = bert_folder / "model.safetensors"
    weights = load_file(path)
    save_file({prefix + name: weight for name, weight in weights.items()}, path)
    model, _, new = warm_start(bert_folder, max_tgt=10, pointer_heads=4, pointer_attention="additive")
    assert {name.split(".")[0] for name in new} == {
        "pointer", "gate", "output_transform", "output_norm", "output_bias"
    }  # fmt: skip
    assert (model.config.d_model, model.config.max_src, model.config.max_tgt) == (16, 24, 10)
    assert model.config.pointer_attention == "additive"
    positions = weights["embeddings.position_embeddings.weight"]
    assert torch.equal(model.tgt_positions.weight, positions[-10:])
    assert model.token_embedding.weight[0].eq(0).all()  # padding


def test_encoders_and_models_are_told_apart(bert_folder: Path, folder: Path) -> None:
    assert is_encoder(bert_folder)
    assert not is_encoder(folder)
    with pytest.raises(CheckpointError, match=r"config\.json"):
        is_encoder(folder / "nowhere")


def test_an_encoder_without_a_size_is_refused(bert_folder: Path) -> None:
    edit_json(bert_folder / "config.json", hidden_size=None)
    with pytest.raises(CheckpointError, match=r"config\.json lacks 'hidden_size'"):
        warm_start(bert_folder, max_tgt=10)


def test_an_encoder_without_a_weight_is_refused(bert_folder: Path) -> None:
    weights = load_file(bert_folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.bias"]
    save_file(weights, bert_folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"model\.safetensors.*encoder\.layer\.1\.output\.dense\.bias"):
        warm_start(bert_folder, max_tgt=10)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_an_encoders_truncated_file_is_named(bert_folder: Path, name: str) -> None:
    truncate(bert_folder / name)
    with pytest.raises(CheckpointError, match=name):
        warm_start(bert_folder, max_tgt=10)


@pytest.mark.parametrize("content", ["{}", "[]", '{"normalizer": null}'])
def test_an_encoders_tokenizer_that_is_none_is_named(bert_folder: Path, content: str) -> None:
    (bert_folder / "tokenizer.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        warm_start(bert_folder, max_tgt=10)


def training(model: PointerGenerator) -> torch.optim.AdamW:
    return torch.optim.AdamW(model.train().parameters(), lr=0.01, betas=(0.9, 0.98))


def train(model: PointerGenerator, optimizer: torch.optim.AdamW, steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        nll(model, SRC, TGT).backward()
        optimizer.step()


def test_a_run_continues_exactly(tmp_path: Path, make_model: MakeModel) -> None:
    model = make_model()
    optimizer, path = training(model), tmp_path / "last.safetensors"
    train(model, optimizer, steps=3)
    progress = {"step": 3, "best": 4.25, "name": "ü", "history": [1, None]}
    save_state(path, model, optimizer, progress)

    resumed = make_model()
    resumed_optimizer = training(resumed)
    load_state(path, resumed, resumed_optimizer)
    assert load_progress(path) == progress
    for (name, p), q in zip(model.named_parameters(), resumed.parameters(), strict=True):
        moments, loaded = optimizer.state[p], resumed_optimizer.state[q]
        assert torch.equal(p, q), name
        assert set(moments) == set(loaded) == {"step", "exp_avg", "exp_avg_sq"}, name
        assert all(torch.equal(moments[key], loaded[key]) for key in moments), name

    train(resumed, resumed_optimizer, steps=2)
    train(model, optimizer, steps=2)
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), resumed.parameters(), strict=True))


def test_a_state_saved_before_the_first_step_loads(tmp_path: Path, make_model: MakeModel) -> None:
    model, path = make_model(), tmp_path / "last.safetensors"
    save_state(path, model, training(model), {"step": 0})
    other = make_model(dropout=0.1)
    optimizer = training(other)
    load_state(path, other, optimizer)
    assert not optimizer.state
    assert [p.name for p in tmp_path.iterdir()] == ["last.safetensors"]
    train(other, optimizer, steps=1)


def test_a_state_of_another_model_is_refused(tmp_path: Path, make_model: MakeModel) -> None:
    model, path = make_model(), tmp_path / "last.safetensors"
    save_state(path, model, training(model), {})
    other = make_model(d_ff=48)
    with pytest.raises(CheckpointError, match=r"cannot resume from .*last\.safetensors"):
        load_state(path, other, training(other))


def test_a_damaged_or_missing_state_is_named(tmp_path: Path, make_model: MakeModel) -> None:
    model, path = make_model(), tmp_path / "last.safetensors"
    with pytest.raises(CheckpointError, match=r"last\.safetensors"):
        load_progress(path)
    save_state(path, model, training(model), {})
    truncate(path)
    with pytest.raises(CheckpointError, match=r"last\.safetensors"):
        load_progress(path)
    with pytest.raises(CheckpointError, match=r"last\.safetensors"):
        load_state(path, model, training(model))


def test_weights_without_progress_are_no_state(folder: Path) -> None:
    with pytest.raises(CheckpointError, match=r"cannot resume from .*model\.safetensors"):
        load_progress(folder / "model.safetensors")


def test_config_json_holds_every_field(folder: Path, tiny_model: PointerGenerator) -> None:
    content = json.loads((folder / "config.json").read_text())
    search = dataclasses.asdict(SearchOptions())
    assert content.pop("search") == json.loads(json.dumps(search))
    assert content == {"model_type": "pointer_generator"} | dataclasses.asdict(tiny_model.config)


@pytest.mark.parametrize("fields", [{}, {"n_heads": 3}])
def test_a_folder_that_holds_no_model_is_not_described(folder: Path, fields: dict[str, object]) -> None:
    (folder / "model.safetensors").unlink()
    edit_json(folder / "config.json", **fields)
    with pytest.raises(CheckpointError):
        describe(folder)


def test_a_model_is_described_in_a_line(folder: Path, tiny_model: PointerGenerator) -> None:
    millions = sum(p.numel() for p in tiny_model.parameters()) / 1e6
    description = describe(folder)
    assert description.startswith(f"{millions:.1f} M parameters")
    assert description.endswith("pointer of 2 scaled dot product heads")
    assert "\n" not in description
