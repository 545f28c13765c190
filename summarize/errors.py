"""The errors that a user can cause, in one tree.

SummarizeError
├── DocumentError      a document cannot be read
├── DataError          a data set cannot be used
├── CheckpointError    a model folder or training run is missing or damaged
├── CorpusError        a run over a corpus cannot continue
└── UsageError         an argument or option is invalid, or contradicts another
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SummarizeError(Exception):
    """The base class. The message is one sentence: what is wrong, where, and what to do about it.

    The command line prints the message, without a traceback.
    """


class DocumentError(SummarizeError):
    """A document cannot be read; other documents can still be summarised.

    source: the document's path, or the id of its row. part: where in the source ("line 3"), or "" for a whole file.
    fields: the fields of the row that could be read. A reader of several documents sets all three.
    """

    def __init__(
        self, message: str, *, source: str | None = None, part: str = "", fields: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.source, self.part, self.fields = source, part, fields or {}


class DataError(SummarizeError):
    """A data set of documents and summaries cannot be used. The message names the file and the line."""


class CheckpointError(SummarizeError):
    """A model folder or training run is missing or damaged, or its tensors have the wrong shapes."""


class CorpusError(SummarizeError):
    """A run over a corpus cannot continue. Finished work is kept, and the same command continues the run."""


class UsageError(SummarizeError):
    """An argument or option is invalid, or contradicts another."""
