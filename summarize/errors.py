"""Every error that a person can cause, as one tree.

SummarizeError
├── DocumentError      a document that cannot be read
├── DataError          a data set that cannot be used: file and line
├── CheckpointError    a model or training folder that is missing or damaged
├── CorpusError        a run over a corpus that cannot go on: storage, or workers
└── UsageError         options that do not go together
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SummarizeError(Exception):
    """One sentence: what is wrong, where, and what to do. The command line prints it and no traceback."""


class DocumentError(SummarizeError):
    """A document cannot be read; others can still be summarised.

    A reader of many says what the error stands for: source (a path or a row's id), part ("line 3", or "" for a whole
    file), and the fields that could be read.
    """

    def __init__(
        self, message: str, *, source: str | None = None, part: str = "", fields: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.source, self.part, self.fields = source, part, fields or {}


class DataError(SummarizeError):
    """A data set of pairs cannot be used; the message names file and line."""


class CheckpointError(SummarizeError):
    """A model folder or training run is missing, damaged or of another shape."""


class CorpusError(SummarizeError):
    """A run over a corpus cannot go on; what is finished is kept, and the same command goes on with it."""


class UsageError(SummarizeError):
    """Options that do not go together."""
