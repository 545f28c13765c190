"""What became of one document, and the protocol of what writes it: the data that every format shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from summarize.grounding.explanation import Explanation


@dataclasses.dataclass(frozen=True)
class Record:
    """What became of one document: a summary as text and data, or an error.

    sentences: as in the JSON record; n_words: of the document; n_words_read: of these, how many the model read.
    request: the options given that the summary depends on. selected_by_salience: whether the words read were selected
    from the whole document. claim_messages: a message for each claim that the document does not support, if asked for.
    document_fields: the document's own, such as those of a table row. language: the document's, if it is clearly not
    English. style: the name of the summary's style, if it has one. notes: what of the document could not be read.
    """

    source: str
    model: str
    summary: str | None = None
    sentences: tuple[dict[str, Any], ...] = ()
    n_words: int = 0
    n_words_read: int = 0
    error: str | None = None
    request: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    explanation: Explanation | None = None
    selected_by_salience: bool = False
    claim_messages: tuple[str, ...] = ()
    document_fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    language: str | None = None
    style: str | None = None
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON record, with an explanation also the document and its unsupported claims.

        The document's own fields follow, except those with the name of a documented field.
        """
        documented: dict[str, Any] = {
            "source": self.source,
            "summary": self.summary,
            "sentences": list(self.sentences),
            "model": self.model,
            "request": dict(self.request),
            "read": {"words": self.n_words, "selected_words": self.n_words_read},
            "error": self.error,
        }
        if self.notes:
            documented["read"]["notes"] = list(self.notes)
        if self.style is not None:
            documented["style"] = self.style
        if self.explanation is not None:
            documented["document"] = self.explanation.document
            documented["unsupported"] = [
                {"text": c.text, "kind": c.kind, "sentence": c.sentence, "words": [c.first, c.last]}
                for c in self.explanation.claims
            ]
        others = {name: value for name, value in self.document_fields.items() if name not in documented}
        return documented | others


def new_section(record: Record, i: int) -> str:
    """The section title to show before sentence i; "" if there is none, or if sentence i − 1 has the same."""
    title = record.sentences[i].get("section") or ""
    title_before = record.sentences[i - 1].get("section") if i else None
    return title if title != title_before else ""


class Renderer(Protocol):
    """Writes records one by one to a stream, each as soon as it is there."""

    shows_word_counts: bool  # whether its output says how many words of a document were read

    def write(self, record: Record) -> None:
        """Write one record."""
        ...

    def close(self) -> None:
        """Write what follows the last record."""
        ...
