"""The options that make a summary checkable, --explain and --strict, and what they do to records."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.help import section
from summarize.cli.options import with_options
from summarize.cli.streams import complain

if TYPE_CHECKING:
    from summarize.rendering import Record
    from summarize.summarizer import Sentence, Summary

EXPLAIN_OPTIONS = (
    section("Checking"),
    click.option("--explain", is_flag=True,
                 help="Show where every word came from, and what the document does not support."),
    click.option("--strict", is_flag=True,
                 help="Exit with 1 where a summary has a number or name that the document has not."),
)  # fmt: skip


def explain_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that make a summary checkable."""
    return with_options(EXPLAIN_OPTIONS, command)


def needs_explanation(options: dict[str, Any], format_: str) -> bool:
    """Whether summaries are to be made with explanations; a page of HTML is nothing without one."""
    return options["explain"] or format_ == "html"


def with_explanation(record: Record, summary: Summary) -> Record:
    """The record with what its summary has to say of where it came from, if it was asked to."""
    explanation = summary.explanation
    if explanation is None:
        return record
    sentences = tuple(
        fields | {"words": _with_attention(fields["words"], sentence), "passages": [_fields(p) for p in passages]}
        for fields, sentence, passages in zip(record.sentences, summary.sentences, explanation.passages, strict=True)
    )
    return dataclasses.replace(record, sentences=sentences, explanation=explanation)


def _with_attention(words: list[dict[str, Any]], sentence: Sentence) -> list[dict[str, Any]]:
    return [
        fields | {"attention": [(start, end, round(weight, 4)) for start, end, weight in word.attention]}
        for fields, word in zip(words, sentence.words, strict=True)
    ]


def _fields(passage: Any) -> dict[str, Any]:
    return {"span": (passage.start, passage.end), "line": passage.line, "share": round(passage.share, 4)}


def unsupported_claims(source: str, document: str, summary: Summary) -> tuple[str, ...]:
    """A sentence for each number or name of a summary that its document has not."""
    from summarize.explanation import find_claims

    return tuple(
        f"{source}: sentence {claim.sentence + 1} has the {claim.kind} “{claim.text}”, which the document has not"
        for claim in find_claims(document, [sentence.words for sentence in summary.sentences])
    )


def complain_of_claims(claims: tuple[str, ...]) -> bool:
    """Say what is unsupported, on stderr; whether there was anything."""
    for claim in claims:
        complain(claim)
    return bool(claims)
