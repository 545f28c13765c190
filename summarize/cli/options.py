"""The options that say which model reads and how summaries are searched for, and the summarizer they ask for."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.config import nearest
from summarize.cli.help import section
from summarize.cli.streams import QUIET
from summarize.errors import UsageError
from summarize.rendering.terminal import COLORS

if TYPE_CHECKING:
    from summarize.pipeline.plan import Request
    from summarize.pipeline.style_router import StyleRouter
    from summarize.pipeline.summarizer import Summarizer

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

MODEL_OPTION = click.option(
    "--model", "-m", default="news", show_default=True, help="A shipped model's name, or a model folder."
)
STYLE_OPTION = click.option(
    "--style", help="One of the model's styles by name, or a style's folder; auto: by the looks of each document."
)
# What is asked of the search; the names are those of SearchOptions' fields.
SEARCHED = ("beam_size", "min_length", "max_length", "length_penalty", "coverage_penalty", "max_src")
LENGTHS = ("sentences", "words", "ratio", "length")
# On these, and on a length, it depends what a document's record says.
RECORDED = ("style", "outline", "extractive", "query", "explain", "input_format", "field", "id_field", *SEARCHED)
BEAM_OPTIONS: tuple[Decorator, ...] = (
    section("Search"),
    click.option("--beam-size", type=click.IntRange(1, 64), help="Hypotheses kept per document; 1 is fastest."),
    click.option("--min-length", type=click.IntRange(0), help="Fewest tokens (about ¾ of a word) of a summary."),
    click.option("--max-length", type=click.IntRange(1), help="Most tokens of a summary."),
    click.option("--length-penalty", type=click.FloatRange(0, 5), help="Above 1 favours long summaries."),
    click.option("--coverage-penalty", type=click.FloatRange(0, 100), help="Cost of attending to a place again."),
    click.option("--max-src", type=click.IntRange(16), help="Most tokens of a document to read."),
)  # fmt: skip
BATCH_OPTIONS: tuple[Decorator, ...] = (
    click.option("--batch-size", type=click.IntRange(1, 1024), default=8, show_default=True,
                 help="Documents summarised together."),
    click.option("--device", default="cpu", show_default=True, help="Where to compute: cpu or cuda."),
    click.option("--precision", type=click.Choice(["int8", "bf16", "fp32"]),
                 help="Of matrix products. [default: what this machine multiplies fastest]"),
)  # fmt: skip
SEARCH_OPTIONS: tuple[Decorator, ...] = (
    *BEAM_OPTIONS,
    section("Machine"),
    *BATCH_OPTIONS,
    click.option("--threads", type=click.IntRange(1, 1024), help="Processor threads. [default: all cores]"),
)


REQUEST_OPTIONS: tuple[Decorator, ...] = (
    section("Length"),
    click.option("--sentences", type=click.IntRange(1), help="Exactly so many sentences."),
    click.option("--words", type=click.IntRange(5), help="At most so many words, in whole sentences."),
    click.option("--ratio", type=click.FloatRange(0, 1, min_open=True),
                 help="At most this share of the words, or ten words."),
    click.option("--length", type=click.Choice(["short", "medium", "long"]), help="short is one sentence. [medium]"),
    click.option("--outline", is_flag=True, help="An entry for each section, of one sentence or the length asked for."),
    section("Content"),
    click.option("--extractive", is_flag=True, help="The document's own sentences, unchanged."),
    click.option("--query", help="What the summary is to be about."),
)  # fmt: skip


def _remember_quiet(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.meta[QUIET] = value


MANNERS: tuple[Decorator, ...] = (
    click.option("--color", type=click.Choice(COLORS), default="auto", show_default=True,
                 help="auto: on a terminal, as NO_COLOR and FORCE_COLOR have it."),
    click.option("--quiet", "-q", is_flag=True, expose_value=False, callback=_remember_quiet,
                 help="No notes and no progress on stderr; errors are still said."),
)  # fmt: skip


def with_options(options: Sequence[Decorator], command: Callable[..., Any]) -> Callable[..., Any]:
    """Add options, and the headings among them, in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what kind of summary is asked for."""
    return with_options(REQUEST_OPTIONS, command)


def request_of(options: dict[str, Any]) -> Request:
    """The request that the options make. Raises UsageError where they contradict each other."""
    from summarize.pipeline.plan import Request
    from summarize.text.lengths import Length

    kept = _length_of(options)
    length = Length(kept.get("words"), kept.get("sentences"), kept.get("ratio"), kept.get("length"))
    return Request(
        length, options["extractive"], options["query"], options.get("explain", False), options.get("outline", False)
    )


def _length_of(options: dict[str, Any]) -> dict[str, Any]:
    """The one option that says how long a summary is to be, if any does. Raises UsageError where several do."""
    names = nearest([name for name in LENGTHS if options[name] is not None])
    if len(names) > 1:
        raise UsageError(f"--{names[0]} and --{names[1]} cannot both be kept: give one length")
    return {name: options[name] for name in names}


def asked_for(options: dict[str, Any]) -> dict[str, Any]:
    """What makes a document's record what it is, besides the model: the options that were given, by their long names.

    Raises UsageError where they contradict each other.
    """
    given = _length_of(options) | {name: options[name] for name in RECORDED if options.get(name) not in (None, False)}
    return {name.replace("_", "-"): value for name, value in given.items()}


def as_typed(request: Mapping[str, Any]) -> str:
    """What was asked for, as it would be typed: --sentences 2 --extractive."""
    typed = [f"--{name}" if value is True else f"--{name} {quote(str(value))}" for name, value in request.items()]
    return " ".join(typed) or "the usual options"


def search_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which model reads, how summaries are searched for, and on what machine."""
    return with_options((section("Model"), MODEL_OPTION, STYLE_OPTION, *SEARCH_OPTIONS), command)


def manners(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how much is shown, and whether in colour; they stand under the heading above them."""
    return with_options(MANNERS, command)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from what is loaded in here, which is needed to the end: it would look through some
    hundred thousand objects again and again, and once more when the program ends, for half a second in all."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def searched(options: dict[str, Any]) -> dict[str, Any]:
    """What the options ask of the search, by the names of SearchOptions' fields."""
    return {name: options[name] for name in SEARCHED if options[name] is not None}


def load_summarizer(options: dict[str, Any]) -> Summarizer | StyleRouter:
    """The summarizer that the options ask for."""
    with _uncollected():
        return _load(options)


def _load(options: dict[str, Any]) -> Summarizer | StyleRouter:
    import torch

    from summarize.network.device import keep_freed_memory
    from summarize.pipeline.style_router import load_styled

    keep_freed_memory()
    if options["threads"]:
        torch.set_num_threads(options["threads"])
    machine = options["device"], options["precision"]
    return load_styled(options["model"], options["style"], searched(options), *machine)


def writer_name(model: str, style: str | None) -> str:
    """What a summary is said to be written by."""
    return model if style is None else f"{model}+{style}"
