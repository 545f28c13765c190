"""Every error that a person can cause, as one tree.

SummarizeError
├── DocumentError      a document that cannot be read
├── DataError          a data set that cannot be used: file and line
├── CheckpointError    a model or training folder that is missing or damaged
└── UsageError         options that do not go together
"""

from __future__ import annotations


class SummarizeError(Exception):
    """One sentence: what is wrong, where, and what to do. The command line prints it and no traceback."""


class DocumentError(SummarizeError):
    """A document cannot be read; others can still be summarised."""


class DataError(SummarizeError):
    """A data set of pairs cannot be used; the message names file and line."""


class CheckpointError(SummarizeError):
    """A model folder or training run is missing, damaged or of another shape."""


class UsageError(SummarizeError):
    """Options that do not go together."""
