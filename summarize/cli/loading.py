"""The options that say which model summarises, how it searches and on which machine; and its loading."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.help import section
from summarize.cli.options import SEARCH_OPTIONS, Decorator, Values, with_options

if TYPE_CHECKING:
    from summarize.network.device import Precision
    from summarize.pipeline.style_router import StyledModel
    from summarize.pipeline.summarizer import Summarizer

MODEL_OPTION = click.option(
    "--model", "-m", default="news", show_default=True, help="A shipped model's name, or a model folder."
)
STYLE_OPTION = click.option(
    "--style", help="One of the model's styles by name, or a style's folder; auto: choose a style for each document."
)
BEAM_OPTIONS: tuple[Decorator, ...] = (
    section("Search"),
    click.option("--beam-size", type=click.IntRange(1, 64), help="Hypotheses kept per document; 1 is fastest."),
    click.option("--min-length", type=click.IntRange(0),
                 help="At least this many tokens in a summary; a token is about ¾ of a word."),
    click.option("--max-length", type=click.IntRange(1), help="At most this many tokens in a summary."),
    click.option("--length-penalty", type=click.FloatRange(0, 5), help="Above 1 favours long summaries."),
    click.option("--coverage-penalty", type=click.FloatRange(0, 100),
                 help="Cost of attending to the same source token again."),
    click.option("--max-src", type=click.IntRange(16), help="Read at most this many tokens of a document."),
)  # fmt: skip
BATCH_OPTIONS: tuple[Decorator, ...] = (
    click.option("--batch-size", type=click.IntRange(1, 1024), default=8, show_default=True,
                 help="Documents summarised together."),
    click.option("--device", default="cpu", show_default=True, help="Where to compute: cpu or cuda."),
    click.option("--precision", type=click.Choice(["int8", "bf16", "fp32"]),
                 help="Precision of matrix products. [default: the fastest that the processor has]"),
)  # fmt: skip
SEARCH_AND_MACHINE_OPTIONS: tuple[Decorator, ...] = (
    *BEAM_OPTIONS,
    section("Machine"),
    *BATCH_OPTIONS,
    click.option(
        "--threads",
        type=click.IntRange(1, 1024),
        help="Processor threads. [default: OMP_NUM_THREADS, or the processors that affinity and cgroup quota leave]",
    ),
)


@dataclass(frozen=True)
class ModelOptions:
    """Which model summarises, how it searches, and where it computes.

    model: a shipped model's name or a folder. style: a style's name or folder, "auto", or None. search: the fields of
    SearchOptions that are given, by name. precision: None is the fastest. threads: None is one for each
    processor of this process.
    """

    model: str
    style: str | None
    search: Mapping[str, float]
    device: str
    precision: Precision | None
    threads: int | None

    @property
    def name(self) -> str:
        """The name of the model, with that of the style."""
        return self.model if self.style is None else f"{self.model}+{self.style}"


def add_model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of ModelOptions, and --batch-size."""
    return with_options((section("Model"), MODEL_OPTION, STYLE_OPTION, *SEARCH_AND_MACHINE_OPTIONS), command)


def model_options_from(values: Values, model: str) -> ModelOptions:
    """The values of all model options but --model, of which `evaluate` takes several."""
    search = {name: values[name] for name in SEARCH_OPTIONS if values[name] is not None}
    machine = (values[name] for name in ("device", "precision", "threads"))
    return ModelOptions(model, values["style"], search, *machine)


def load_summarizer(options: ModelOptions, styled_model: StyledModel | None = None) -> Summarizer:
    """Load the summarizer. styled_model: the model and style of the options, where they are resolved already.

    Raises CheckpointError, and UsageError where the machine lacks the device or the precision.
    """
    with _without_garbage_collection():
        import torch

        from summarize.network.device import keep_freed_memory, limit_threads
        from summarize.pipeline.style_router import StyledModel
        from summarize.pipeline.summarizer import Summarizer

        keep_freed_memory()
        if options.threads:
            torch.set_num_threads(options.threads)
        else:
            limit_threads()
        return Summarizer.of(
            styled_model or StyledModel.resolve(options.model, options.style),
            search=options.search,
            device=options.device,
            precision=options.precision,
        )


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Keep the garbage collector away from what is loaded within, which is needed to the end of the program.

    It would visit some hundred thousand objects again and again, and once more at exit: half a second in all.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
