"""Options that several commands share, and what their values become: frozen objects that are built once.

`add_…_options` decorates a command; `…_from(values)` builds an object from the values that click gives the command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.config import strongest
from summarize.cli.help import section
from summarize.cli.streams import report
from summarize.errors import UsageError
from summarize.records import RunSettings
from summarize.rendering.terminal import COLORS, Color

if TYPE_CHECKING:
    from summarize.pipeline.request import Request

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Values = Mapping[str, Any]  # what click gives a command: the options' values by their parameters' names

LENGTHS = ("sentences", "words", "ratio", "length")
SEARCH_OPTIONS = ("beam_size", "min_length", "max_length", "length_penalty", "coverage_penalty", "max_src")
# The options that a document's record depends on, besides the model and a length.
_RECORDED = ("style", "outline", "extractive", "query", "explain", "input_format", "field", "id_field", *SEARCH_OPTIONS)

_REQUEST: tuple[Decorator, ...] = (
    section("Length"),
    click.option("--sentences", type=click.IntRange(1), help="Exactly this many sentences."),
    click.option("--words", type=click.IntRange(5), help="At most this many words, in whole sentences."),
    click.option("--ratio", type=click.FloatRange(0, 1, min_open=True),
                 help="At most this share of the document's words, but at least ten words."),
    click.option("--length", type=click.Choice(["short", "medium", "long"]),
                 help="short: one sentence; medium: one of a paragraph, 60 words of an article, 270 of a book; long: "
                      "twice as much. [medium]"),
    click.option("--outline", is_flag=True,
                 help="Summarise each section, in one sentence or in the length that is given."),
    section("Content"),
    click.option("--extractive", is_flag=True, help="Select sentences of the document, unchanged."),
    click.option("--query", help="What the summary is to be about."),
)  # fmt: skip
_DISPLAY: tuple[Decorator, ...] = (
    click.option("--color", type=click.Choice(COLORS), default="auto", show_default=True,
                 help="auto: colours on a terminal; NO_COLOR and FORCE_COLOR change that."),
    click.option("--quiet", "-q", is_flag=True, help="No notes and no progress on stderr, only errors."),
)  # fmt: skip


def with_options(options: Sequence[Decorator], command: Callable[..., Any]) -> Callable[..., Any]:
    """Add options, and the headings among them, in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def add_request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what kind of summary is requested."""
    return with_options(_REQUEST, command)


def request_from(values: Values, *, explain: bool = False) -> Request:
    """The request that the options make. Raises UsageError where they contradict each other."""
    from summarize.pipeline.request import Request
    from summarize.text.lengths import Length

    query = values["query"]
    if query is not None and not query.strip():
        raise UsageError("--query: is blank")
    length = _length_from(values)
    return Request(
        Length(length.get("words"), length.get("sentences"), length.get("ratio"), length.get("length")),
        extractive=values["extractive"],
        query=query,
        explain=explain,
        outline=values["outline"],
    )


def run_settings_from(values: Values) -> RunSettings:
    """The model and the options that the records of a run name: those options that were given and that records depend
    on, by their long names. Raises UsageError where they contradict each other."""
    given = {name: values[name] for name in _RECORDED if values.get(name) not in (None, False)}
    options = {name.replace("_", "-"): value for name, value in (_length_from(values) | given).items()}
    return RunSettings(values["model"], options)


def _length_from(values: Values) -> dict[str, Any]:
    """The one option that gives a length, if any does. Raises UsageError where several do."""
    names = strongest([name for name in LENGTHS if values[name] is not None])
    if len(names) > 1:
        raise UsageError(f"--{names[0]} and --{names[1]}: a summary has one length; give one of them")
    return {name: values[name] for name in names}


@dataclass(frozen=True)
class DisplayOptions:
    """How much is shown on stderr, and whether in colour."""

    color: Color
    quiet: bool

    def note(self, message: str) -> None:
        """Report what is not an error, unless --quiet is given."""
        if not self.quiet:
            report(message)


def add_display_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of DisplayOptions, under the heading that stands above them."""
    return with_options(_DISPLAY, command)


def display_options_from(values: Values) -> DisplayOptions:
    """The values of --color and --quiet."""
    return DisplayOptions(values["color"], values["quiet"])
