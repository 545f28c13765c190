"""Documents in, records out: the record of each document, made in one place for every command that writes records."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from summarize.errors import DocumentError, SummarizeError
from summarize.rendering import Record

if TYPE_CHECKING:
    from summarize.documents import Document
    from summarize.grounding.explanation import Attention, Claim, SourceSentence
    from summarize.pipeline.request import Request, Sectioned
    from summarize.pipeline.summarizer import Summarizer
    from summarize.pipeline.summary import Sentence, Summary


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """What the records of a run say about how they were made.

    model: its name. options: those that were given and that summaries depend on, by their long names.
    """

    model: str
    options: Mapping[str, Any]


class Recorder:
    """Summarises documents and makes their records; the model is loaded once there is a document to summarise."""

    def __init__(
        self,
        load: Callable[[], Summarizer],
        request: Request,
        settings: RunSettings,
        batch_size: int = 8,
        *,
        strict: bool = False,
        on_unexpected: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        """load: loads the summarizer. batch_size: documents summarised together. strict: whether records have a message
        for each claim that their document does not support. on_unexpected: is given the exception that stands behind
        the record of a document that hit a fault of this program."""
        self._load, self._request, self._settings = load, request, settings
        self._batch_size, self._strict, self._on_unexpected = batch_size, strict, on_unexpected
        self._summarizer: Summarizer | None = None

    @property
    def model_language(self) -> str:
        """The language that the model reads. "English" also before it is loaded."""
        return self._summarizer.language if self._summarizer else "English"

    def records(self, documents: Sequence[Document | DocumentError]) -> Iterator[Record]:
        """A record of each document, or of the error in its place, in order.

        After an unexpected exception the documents are summarised again one by one, and only the one that causes it
        fails: a fault that one document of millions hits must not stop the others.

        Raises UsageError where the model cannot do what is requested, and CheckpointError.
        """
        try:
            made = list(self._records(documents))  # all, or none: no document may have two records
        except SummarizeError:
            raise
        except Exception as error:
            if len(documents) > 1:
                made = [record for document in documents for record in self.records([document])]
            else:
                made = [self._unexpected(document, error) for document in documents]
        yield from made

    def _unexpected(self, document: Document | DocumentError, error: Exception) -> Record:
        """The record of a document that caused an exception which nothing expected."""
        if isinstance(document, DocumentError):
            raise error  # there was nothing to summarise
        self._on_unexpected(error)
        why = "it does not fit into memory" if isinstance(error, MemoryError) else f"{type(error).__name__}: {error}"
        message = f"{document.location}: could not be summarised ({why})"
        return self.failed(document.source, message, document.fields)

    def _records(self, documents: Sequence[Document | DocumentError]) -> Iterator[Record]:
        readable = [document for document in documents if not isinstance(document, DocumentError)]
        if readable and self._summarizer is None:
            self._summarizer = self._load()  # first: it decides how torch and numpy are imported
        texts = [sectioned(document) for document in readable]
        results = self._summarizer.try_many(texts, self._batch_size, self._request) if self._summarizer else iter(())
        for document in documents:
            if isinstance(document, DocumentError):
                yield self.failed(document.source or "", str(document), document.fields)
            else:
                yield self._record(document, next(results))

    def failed(self, source: str, error: str, fields: Mapping[str, Any]) -> Record:
        """The record of a document that could not be read or summarised. fields: the document's own."""
        settings = self._settings
        return Record(source, settings.model, error=error, request=settings.options, document_fields=fields)

    def _record(self, document: Document, result: Summary | DocumentError) -> Record:
        if isinstance(result, DocumentError):
            return self.failed(document.source, f"{document.location}: {result}", document.fields)
        return Record(
            document.source,
            self._settings.model,
            result.text,
            _sentences(result),
            result.words,
            result.selected_words,
            request=self._settings.options,
            explanation=result.explanation,
            selected_by_salience=result.scored,
            claim_messages=_claim_messages(document, result) if self._strict else (),
            document_fields=document.fields,
            language=result.language,
            style=result.style,
            notes=document.notes,
        )


def sectioned(document: Document) -> Sectioned:
    """What is summarised of a document that was read."""
    from summarize.pipeline.request import Sectioned

    sections = tuple((s.start, s.end, s.title) for s in document.sections)
    levels = tuple(section.level for section in document.sections)
    is_email, subject = {"from", "date"} <= document.fields.keys(), document.fields.get("subject")
    title = subject if is_email and isinstance(subject, str) else ""
    return Sectioned(document.text, sections, is_email, levels, title)


def _sentences(summary: Summary) -> tuple[dict[str, Any], ...]:
    """The sentences of a summary as they are in a JSON record; spans are characters of the document."""
    is_explained = summary.explanation is not None
    sentences = tuple(_sentence(sentence, is_explained=is_explained) for sentence in summary.sentences)
    if summary.explanation is None:
        return sentences
    return tuple(
        fields | {"passages": [_passage(passage) for passage in passages]}
        for fields, passages in zip(sentences, summary.explanation.passages, strict=True)
    )


def _sentence(sentence: Sentence, *, is_explained: bool) -> dict[str, Any]:
    words = []
    for word in sentence.words:
        fields: dict[str, Any] = {"text": word.text, "copied": round(word.copied, 4), "span": word.span}
        if is_explained:
            fields["attention"] = _rounded_attention(word.attention)
        words.append(fields)
    section = {} if sentence.section is None else {"section": sentence.section}
    return {"text": sentence.text, "words": words} | section


def _rounded_attention(attention: Attention) -> list[tuple[int, int, float]]:
    """Attention in four decimals; all rounded down where the sum of the shares would be above 1."""
    rounded = [(start, end, round(share, 4)) for start, end, share in attention]
    if sum(share for _, _, share in rounded) <= 1:
        return rounded
    return [(start, end, math.floor(share * 10_000) / 10_000) for start, end, share in attention]


def _passage(passage: SourceSentence) -> dict[str, Any]:
    return {"span": (passage.start, passage.end), "line": passage.line, "share": round(passage.share, 4)}


def _claim_messages(document: Document, summary: Summary) -> tuple[str, ...]:
    """A message for each number or name of a summary that is not in its document, and each misattributed speaker."""
    from summarize.grounding.explanation import find_claims

    words = [sentence.words for sentence in summary.sentences]
    claims = find_claims(document.text, words, ("number", "name", "speaker"))
    return tuple(f"{document.location}: sentence {claim.sentence + 1}: {_message(claim)}" for claim in claims)


def _message(claim: Claim) -> str:
    if claim.kind == "speaker":
        return f"in the document, it seems, another person says or does what “{claim.text}” says or does"
    return f"the {claim.kind} “{claim.text}” is not in the document"
