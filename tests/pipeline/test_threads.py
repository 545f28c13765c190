"""One `Summarizer` in several threads, from its first call on: each result is the one that a thread alone gets."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from torch import nn

from summarize import Request, SearchOptions, Summarizer
from summarize.checkpoints.model_folder import load_model
from summarize.checkpoints.uninitialised import WithoutInitialisation
from summarize.decoding.decoder import OutputLayer
from summarize.network.pointer_generator import PointerGenerator
from summarize.pipeline import style_router
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import START
from tests.helpers.models import MakeModel
from tests.helpers.summaries import TEXTS

N_THREADS = 8
N_REPETITIONS = 6
Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def _frequent_switches() -> Iterator[None]:
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def at_once(*work: Callable[[], Result]) -> list[Result]:
    """The results of functions that start in threads of their own at the same time; raises what one of them raises."""
    start = threading.Barrier(len(work))
    results: dict[int, Result] = {}
    errors: list[BaseException] = []

    def run(i: int) -> None:
        start.wait()
        try:
            results[i] = work[i]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [results[i] for i in range(len(work))]


@pytest.fixture
def model(make_model: MakeModel, wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> PointerGenerator:
    """A model whose output layer grows with almost every text."""
    monkeypatch.setattr(OutputLayer, "COLUMN_MULTIPLE", 1)
    model = make_model(
        vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32, salience=True, sentencewise=True
    )
    model.set_shortlist(torch.arange(110))
    return model


@pytest.mark.slow
@pytest.mark.parametrize(
    "request_", [Request(), Request(explain=True), Request(extractive=True), Request(query="town")]
)
def test_the_first_calls_can_come_from_many_threads(
    model: PointerGenerator, wide_tokenizer: Tokenizer, request_: Request
) -> None:
    options = SearchOptions(max_src=64, beam_size=2, min_length=4, max_length=14)

    def fresh() -> Summarizer:
        return Summarizer.from_network(model, wide_tokenizer, options)

    texts = [TEXTS[i % len(TEXTS)] + " The well." * (i // len(TEXTS)) for i in range(N_THREADS)]
    alone = [fresh().summarize(text, request_) for text in texts]
    for _ in range(N_REPETITIONS):
        shared = fresh()
        together = at_once(*(partial(shared.summarize, text, request_) for text in texts))
        for one, other in zip(together, alone, strict=True):
            assert one.text == other.text
            assert one.score == pytest.approx(other.score, abs=1e-5)
            assert [[w.span for w in s.words] for s in one.sentences] == [
                [w.span for w in s.words] for s in other.sentences
            ]
        assert shared.summarize(texts[0], request_).text == alone[0].text


@torch.no_grad()
def test_an_output_layer_grows_in_many_threads(model: PointerGenerator) -> None:
    """Each gets as many logits as there are tokens for its columns, however far the others have let the layer grow."""
    states = torch.randn(2, model.config.d_model)
    sources = [torch.tensor([[START, *range(110, 111 + i)]]) for i in range(N_THREADS)]
    for _ in range(50):
        output = OutputLayer(model)

        def logits_of(src: torch.Tensor, output: OutputLayer = output) -> bool:
            project, columns, tokens = output.for_sources(src)
            assert tokens is not None
            assert tokens[columns].tolist() == src.tolist()
            return project(states).shape == (2, len(tokens))

        assert all(at_once(*(lambda src=src: logits_of(src) for src in sources)))


def test_an_engine_is_loaded_once_by_many_threads(model_folder: Path) -> None:
    loaded: list[Path | None] = []
    engine = Summarizer.from_network(*load_model(model_folder)).engine

    def load(style: Path | None) -> object:
        loaded.append(style)
        return engine

    summarizer = Summarizer(load)  # type: ignore[arg-type]
    assert at_once(*[lambda: summarizer.engine] * N_THREADS) == [engine] * N_THREADS
    assert loaded == [None]


def test_models_can_be_loaded_in_many_threads_beside_new_modules(model_folder: Path) -> None:
    """Loading does not initialise the weights that it replaces; modules of other threads are initialised as ever."""
    expected = Summarizer.load(model_folder).summarize(TEXTS[0]).text
    fillers = {name: function for name, function in vars(nn.init).items() if callable(function)}
    is_loading = True

    def build_modules() -> list[bool]:
        is_initialised = []
        while is_loading:
            is_initialised.append(
                bool(nn.LayerNorm(64).weight.eq(1).all()) and bool(nn.Linear(9, 9).weight.abs().le(1).all())
            )
        return is_initialised

    def load() -> list[bool]:
        nonlocal is_loading
        texts = [Summarizer.load(model_folder).summarize(TEXTS[0]).text for _ in range(3)]
        is_loading = False
        return [text == expected for text in texts]

    for results in at_once(build_modules, load, load):
        assert results
        assert all(results)
    assert {name: function for name, function in vars(nn.init).items() if callable(function)} == fillers


def test_a_model_that_is_loaded_is_not_initialised() -> None:
    with WithoutInitialisation():
        layer = nn.Linear(4, 4)
        before = layer.weight.detach().clone()
        layer.reset_parameters()
        assert torch.equal(layer.weight.detach().nan_to_num(), before.nan_to_num())
    layer.reset_parameters()
    assert 0 < layer.weight.abs().max() <= 0.5


def test_a_style_that_a_call_names_is_resolved_once(
    base_folder: Path, monkeypatch: pytest.MonkeyPatch, style_run: object
) -> None:
    """Resolving reads all of the model's weights, to see whether the style was made for them."""
    resolved: list[object] = []
    original = style_router.StyledModel.resolve
    summarizer = Summarizer.load(base_folder)
    style = str(style_run.run_folder.best)  # type: ignore[attr-defined]

    def resolve(model: Path, style: str) -> style_router.StyledModel:
        resolved.append(style)
        return original(model, style)

    monkeypatch.setattr(style_router.StyledModel, "resolve", resolve)
    first = summarizer.summarize("On Monday the cat saw the river.", style=style)
    assert summarizer.summarize("On Monday the cat saw the river.", style=style) == first
    assert resolved == [style]
