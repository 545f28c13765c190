"""The options that make a summary checkable, --explain and --strict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from summarize.cli.help import section
from summarize.cli.options import with_options
from summarize.cli.streams import complain

EXPLAIN_OPTIONS = (
    section("Checking"),
    click.option("--explain", is_flag=True,
                 help="Show where every word came from, and what the document does not support."),
    click.option("--strict", is_flag=True,
                 help="Exit with 1 where a summary has a number or name that the document has not, or has somebody "
                      "say or do what another does."),
)  # fmt: skip


def explain_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that make a summary checkable."""
    return with_options(EXPLAIN_OPTIONS, command)


def needs_explanation(options: dict[str, Any], format_: str) -> bool:
    """Whether summaries are to be made with explanations; a page of HTML is nothing without one."""
    return options["explain"] or format_ == "html"


def complain_of_claims(claims: tuple[str, ...]) -> bool:
    """Say what is unsupported, on stderr; whether there was anything."""
    for claim in claims:
        complain(claim)
    return bool(claims)
