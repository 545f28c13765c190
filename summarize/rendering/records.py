"""What became of one document, and what writes it: the data that every format shows, and nothing of formats."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from summarize.grounding.explanation import Explanation


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
    request: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # options given that it depends on
    explanation: Explanation | None = None
    scored: bool = False  # whether what was read was chosen from the whole document
    complaints: tuple[str, ...] = ()  # sentences for stderr: what the document does not support
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # the document's own
    language: str | None = None  # of the document, where it is clearly not English
    style: str | None = None  # that the summary is in

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON record; with an explanation also the document and what it does not support; after it
        the document's own fields, but for those with a name of ours."""
        ours = {
            "source": self.source,
            "summary": self.summary,
            "sentences": list(self.sentences),
            "model": self.model,
            "request": dict(self.request),
            "read": {"words": self.words, "selected_words": self.selected_words},
            "error": self.error,
        }
        if self.style is not None:
            ours["style"] = self.style
        if self.explanation is not None:
            ours["document"] = self.explanation.document
            ours["unsupported"] = [
                {"text": c.text, "kind": c.kind, "sentence": c.sentence, "words": [c.first, c.last]}
                for c in self.explanation.claims
            ]
        return ours | {name: value for name, value in self.fields.items() if name not in ours}


def new_section(record: Record, i: int) -> str:
    """The title that sentence i comes under, where the sentence before it does not."""
    title = record.sentences[i].get("section") or ""
    before = record.sentences[i - 1].get("section") if i else None
    return title if title != before else ""


class Renderer(Protocol):
    """Writes records one by one to a stream, each as soon as it is there."""

    says_what_was_read: bool  # whether its output tells how much of a document was read

    def write(self, record: Record) -> None:
        """Write one record."""
        ...

    def close(self) -> None:
        """Write what comes after the last one."""
        ...
