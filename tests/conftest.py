"""What several test files share: small tokenizers, small random models, a BERT-shaped folder, pairs to train on."""

from __future__ import annotations

import itertools
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from summarize.checkpoints.model_folder import save_model
from summarize.decoding.hypothesis import SearchOptions
from summarize.network.pointer_generator import ModelConfig, PointerGenerator
from summarize.text.tokenizer import Tokenizer, train_tokenizer
from summarize.training import Trainer
from tests.helpers.models import MORE, NEWS, MakeModel
from tests.helpers.small_runs import STYLE, options

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would every program that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples at every run; --hypothesis-profile=default looks for new ones.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.load_profile("same")


@pytest.fixture(autouse=True)
def as_many_threads_as_before() -> Iterator[None]:
    """A program that is run in this process may set how many threads compute, on which the last digits depend."""
    n = torch.get_num_threads()
    yield
    torch.set_num_threads(n)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-cases", action="store_true", help="Write what the program says into tests/cases.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process is left alone with one of them at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def _nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The machine's own configuration, colours and terminal width have no say, in any process that a test starts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("SUMMARIZE_")]:
            patch.delenv(name)
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
            patch.delenv(name, raising=False)
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
        yield


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two texts in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(NEWS)
    (tmp_path / "b.txt").write_text(MORE)
    return tmp_path


@pytest.fixture
def terminal_of_60_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal is asked for nothing but what these variables say."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture(scope="session")
def tiny_tokenizer() -> Tokenizer:
    """The 104 special tokens, the letters, and some whole words."""
    words = itertools.product(("cat", "dog", "mayor"), ("saw", "met"), ("river", "old town", "minister"))
    return train_tokenizer([f"The {a} {b} the {c} on Monday." for a, b, c in words], vocab_size=180)


@pytest.fixture(scope="session")
def wide_tokenizer(tiny_tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """The 104 special tokens, every ASCII character, some others, and the whole words that the tests speak of."""
    marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~…€£½²"
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = """the a an it is was on in of and they said met visits has we don new york mayor minister anna smith john
        monday march state art well known old town bridge nato us 10 12 30 50 100 500 700 1999 2013 2500 340 142 3rd
        ##s ##38 ##00 ##bn ##th ##ing ##² ##½"""
    tokens = [*tiny_tokenizer.vocabulary[:104], *marks, *letters, *(f"##{c}" for c in letters), *words.split()]
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tiny_tokenizer.save(path)
    content = json.loads(path.read_text())
    content["model"]["vocab"] = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    path.write_text(json.dumps(content))
    return Tokenizer.load(path)


@pytest.fixture(scope="session")
def make_model(tiny_tokenizer: Tokenizer) -> MakeModel:
    """A function that builds a small model, its ModelConfig fields as keywords: the same one at every call."""

    def make(**choices: Any) -> PointerGenerator:
        sizes = {"d_model": 16, "n_heads": 4, "n_layers": 2, "d_ff": 32, "pointer_heads": 2}
        limits = {"vocab_size": len(tiny_tokenizer.vocabulary), "max_src": 24, "max_tgt": 12}
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(0)
            model = PointerGenerator(ModelConfig(**(sizes | limits | choices)))
            # A fresh model has zero biases and almost uniform attention, which would hide a mistake in either.
            for parameter in model.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter))
        return model.eval()

    return make


@pytest.fixture
def tiny_model(make_model: MakeModel) -> PointerGenerator:
    """A small model of its own for each test."""
    return make_model()


@pytest.fixture
def sentencewise_model(make_model: MakeModel) -> PointerGenerator:
    """A small model that generates sentences from passages, and whose sentence marks are not zero."""
    model = make_model(salience=True, sentencewise=True)
    with torch.no_grad():
        for parameter in model.marks.parameters():
            parameter.normal_(0, 0.5)
    return model


@pytest.fixture(scope="session")
def model_folder(make_model: MakeModel, wide_tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small random model on disk, which writes short nonsense; for tests that only read it."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32)
    save_model(folder, model, wide_tokenizer, SearchOptions(max_src=64, beam_size=2, min_length=4, max_length=14))
    return folder


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """18 documents with their summaries."""
    path = tmp_path_factory.mktemp("data") / "pairs.jsonl"
    words = itertools.product(("cat", "dog", "mayor"), ("saw", "met"), ("river", "old town", "minister"))
    rows = [
        {"document": f"On Monday the {a} {b} the {c}. It rained.", "summary": f"A {a} {b} the {c}.\nIt rained."}
        for a, b, c in words
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="session")
def start(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model that knows the pairs' words; runs from it do not make a vocabulary of their own."""
    run = tmp_path_factory.mktemp("runs") / "start"
    Trainer(options(pairs, steps=1), run).run()
    return run / "best"


@pytest.fixture(scope="session")
def base_folder(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small trained model that generates summaries sentence by sentence: the base of styles."""
    run = tmp_path_factory.mktemp("runs") / "base"
    Trainer(options(pairs, steps=20, salience_weight=1.0, sentencewise=True, max_src=48), run).run()
    return run / "best"


@pytest.fixture(scope="session")
def headlines(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents of the pairs with another kind of summary, of one line."""
    path = tmp_path_factory.mktemp("data") / "headlines.jsonl"
    rows = [json.loads(line) for line in pairs.read_text().splitlines()]
    rows = [row | {"summary": row["summary"].splitlines()[0].removeprefix("A ").rstrip(".")} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="session")
def style_run(base_folder: Path, headlines: Path, tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """A finished run that has trained the style of the headlines."""
    run = tmp_path_factory.mktemp("runs") / "headline"
    choices = {"initial": str(base_folder), "validation": str(headlines), "sentencewise": False, "steps": 60}
    trainer = Trainer(options(headlines, **(STYLE | choices)), run)
    trainer.run()
    return trainer


@pytest.fixture(scope="session")
def bert_weights(tiny_tokenizer: Tokenizer) -> dict[str, Tensor]:
    """Random weights of a small encoder (2 layers, 16 wide), under Hugging Face's names."""
    generator = torch.Generator().manual_seed(1)
    weights: dict[str, Tensor] = {}

    def add(name: str, *shape: int) -> None:
        weights[name] = 0.3 * torch.randn(shape, generator=generator)

    def add_linear(name: str, n_out: int, n_in: int) -> None:
        add(f"{name}.weight", n_out, n_in)
        add(f"{name}.bias", n_out)

    def add_norm(name: str) -> None:
        add(f"{name}.weight", 16)
        weights[f"{name}.weight"] += 1
        add(f"{name}.bias", 16)

    add("embeddings.word_embeddings.weight", len(tiny_tokenizer.vocabulary), 16)
    add("embeddings.position_embeddings.weight", 24, 16)
    add("embeddings.token_type_embeddings.weight", 2, 16)
    add_norm("embeddings.LayerNorm")
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            add_linear(f"{layer}.attention.{name}", 16, 16)
        add_norm(f"{layer}.attention.output.LayerNorm")
        add_linear(f"{layer}.intermediate.dense", 32, 16)
        add_linear(f"{layer}.output.dense", 16, 32)
        add_norm(f"{layer}.output.LayerNorm")
    return weights


@pytest.fixture
def bert_folder(tmp_path: Path, bert_weights: dict[str, Tensor], tiny_tokenizer: Tokenizer) -> Path:
    """bert_weights as Hugging Face lays an encoder out on disk."""
    folder = tmp_path / "bert"
    folder.mkdir()
    config = {
        "model_type": "bert",
        "vocab_size": len(tiny_tokenizer.vocabulary),
        "hidden_size": 16,
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 24,
    }
    (folder / "config.json").write_text(json.dumps(config))
    save_file(bert_weights, folder / "model.safetensors")
    tiny_tokenizer.save(folder / "tokenizer.json")
    return folder
