"""Model folders: what is saved is loaded, and what is wrong with a folder is said with the file's name."""

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
from summarize.checkpoints.packed_folder import is_writer, load_writer_config
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import CheckpointError
from summarize.network.causal_pointer_generator import CausalConfig
from summarize.network.pointer_generator import ModelConfig, PointerGenerator
from summarize.text.tokenizer import Tokenizer
from tests.helpers.files import edit_json, truncate
from tests.helpers.models import MakeModel


@pytest.fixture
def folder(tmp_path: Path, tiny_model: PointerGenerator, tiny_tokenizer: Tokenizer) -> Path:
    """A good model folder, to be damaged."""
    save_model(tmp_path / "model", tiny_model, tiny_tokenizer)
    return tmp_path / "model"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_saved_model_is_loaded(
    tmp_path: Path, make_model: MakeModel, tiny_tokenizer: Tokenizer, dtype: torch.dtype
) -> None:
    model = make_model(pointer_attention="additive", dropout=0.5)
    search = SearchOptions(beam_size=7)
    save_model(tmp_path, model.train(), tiny_tokenizer, search, dtype)
    loaded, tokenizer, loaded_search = load_model(tmp_path)
    assert loaded.config == model.config
    assert loaded_search == search
    assert not loaded.training  # without dropout
    for name, weight in model.state_dict().items():
        expected = weight.to(dtype).float()  # bfloat16: rounded once
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
def test_missing_and_unknown_weights_are_refused(folder: Path, change: str) -> None:
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


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused(
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


# Names in config.json and model.safetensors of all models: a renamed field or parameter could not be read.
CONFIG_FIELDS = [
    "vocab_size",
    "d_model",
    "n_heads",
    "n_layers",
    "d_ff",
    "max_src",
    "max_tgt",
    "pointer_attention",
    "pointer_heads",
    "dropout",
    "salience",
    "sentencewise",
    "shortlist",
    "language",
]
PARAMETERS = [
    "token_embedding.weight",
    "src_positions.weight",
    "tgt_positions.weight",
    "segments.weight",
    "embedding_norm.weight",
    "layers.0.self_attention.query_projection.weight",
    "layers.0.self_attention.key_projection.bias",
    "layers.0.self_attention.value_projection.weight",
    "layers.0.self_attention.output_projection.weight",
    "layers.0.attention_norm.weight",
    "layers.0.feed_forward_in.weight",
    "layers.0.feed_forward_out.bias",
    "layers.0.feed_forward_norm.bias",
    "pointer.query_projection.weight",
    "pointer.attention.query_projection.weight",
    "pointer.attention.key_projection.weight",
    "pointer.attention.v",
    "gate.weight",
    "gate.bias",
    "output_transform.weight",
    "output_norm.weight",
    "output_bias",
    "salience.hidden.weight",
    "salience.norm.weight",
    "salience.output.weight",
    "salience.place",
    "layer_guidance",
    "pointer_guidance",
    "marks.0.key",
    "marks.2.value",
    "shortlist",
]


def test_names_in_model_folders_do_not_change(make_model: MakeModel) -> None:
    model = make_model(salience=True, sentencewise=True, shortlist=5, pointer_attention="additive")
    assert [field.name for field in dataclasses.fields(model.config)] == CONFIG_FIELDS
    assert set(PARAMETERS) <= set(model.state_dict())


def test_shipped_folders_are_read() -> None:
    folders = model_folder.model_folders()
    assert {"news", "writer"} <= folders.keys()
    for folder in folders.values():
        content = json.loads((folder / "config.json").read_text())
        config: ModelConfig | CausalConfig
        if is_writer(folder):
            writer = load_writer_config(folder)
            config, search = writer.network, writer.search
            assert content.pop("selector") in folders
        else:
            config, search = load_config(folder)
        fields = dataclasses.asdict(config)
        defaults = dataclasses.asdict(type(config)())
        assert fields == {name: content.get(name, defaults[name]) for name in fields}  # older ones lack the newest
        assert content.keys() - {"model_type", "search"} <= fields.keys()
        assert content["search"].items() <= json.loads(json.dumps(dataclasses.asdict(search))).items()
