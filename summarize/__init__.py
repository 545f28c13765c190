"""Offline, checkable summaries from a pointer-generator on multi-head attention.

    from summarize import Summarizer
    print(Summarizer.load().summarize(text, words=50))

The names below are imported at their first use, so that `import summarize` is cheap.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from summarize.decoding.hypothesis import SearchOptions
    from summarize.errors import (
        CheckpointError,
        CorpusError,
        DataError,
        DocumentError,
        SummarizeError,
        UsageError,
    )
    from summarize.grounding.explanation import Claim, Explanation, Head, SourceSentence
    from summarize.pipeline.request import Request, Sectioned
    from summarize.pipeline.summarizer import Summarizer
    from summarize.pipeline.summary import Sentence, Summary, SummaryWord
    from summarize.text.lengths import Length

# Threads that wait for each other sleep soon, and leave the processor to those that compute: where other programs run,
# spinning for long takes many times as long (docs/performance.md). torch reads this once, when it is imported.
if os.environ.keys().isdisjoint({"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}):
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ["GOMP_SPINCOUNT"] = "2000"  # of GNU's OpenMP: some 50 µs; waking a thread that sleeps takes as long

__version__ = "0.2.0.dev0"
__all__ = [
    "CheckpointError",
    "Claim",
    "CorpusError",
    "DataError",
    "DocumentError",
    "Explanation",
    "Head",
    "Length",
    "Request",
    "SearchOptions",
    "Sectioned",
    "Sentence",
    "SourceSentence",
    "SummarizeError",
    "Summarizer",
    "Summary",
    "SummaryWord",
    "UsageError",
]

_MODULES = {
    "decoding.hypothesis": "SearchOptions",
    "errors": "CheckpointError CorpusError DataError DocumentError SummarizeError UsageError",
    "grounding.explanation": "Claim Explanation Head SourceSentence",
    "pipeline.request": "Request Sectioned",
    "pipeline.summarizer": "Summarizer",
    "pipeline.summary": "Sentence Summary SummaryWord",
    "text.lengths": "Length",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(f"summarize.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'summarize' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
