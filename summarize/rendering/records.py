"""What became of one document, and what writes it: the data that every format shows, and nothing of formats."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol


@dataclasses.dataclass(frozen=True)
class Record:
    """What became of one document: a summary as text and data, or an error."""

    source: str
    model: str
    summary: str | None = None
    sentences: tuple[dict[str, Any], ...] = ()
    words: int = 0
    selected_words: int = 0
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON record."""
        return {
            "source": self.source,
            "summary": self.summary,
            "sentences": list(self.sentences),
            "model": self.model,
            "read": {"words": self.words, "selected_words": self.selected_words},
            "error": self.error,
        }


class Renderer(Protocol):
    """Writes records one by one to a stream, each as soon as it is there."""

    says_what_was_read: bool  # whether its output tells how much of a document was read

    def write(self, record: Record) -> None:
        """Write one record."""
        ...

    def close(self) -> None:
        """Write what comes after the last one."""
        ...
