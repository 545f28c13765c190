"""Offline, checkable summaries from a pointer-generator on multi-head attention.

    from summarize import Summarizer
    print(Summarizer.load("news").summarize(text))

The names below are imported on first use, so that `import summarize` is cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from summarize.decoding.hypothesis import SearchOptions
    from summarize.grounding.explanation import Explanation
    from summarize.pipeline.summarizer import Request, Sentence, Summarizer, Summary, SummaryWord
    from summarize.text.lengths import Length

__version__ = "0.1.0"
__all__ = ["Explanation", "Length", "Request", "SearchOptions", "Sentence", "Summarizer", "Summary", "SummaryWord"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "Length":
        return import_module("summarize.text.lengths").Length
    if name == "SearchOptions":
        return import_module("summarize.decoding.beam_search").SearchOptions
    if name in __all__:
        return getattr(import_module("summarize.pipeline.summarizer"), name)
    raise AttributeError(f"module 'summarize' has no attribute {name!r}")
