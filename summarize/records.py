"""Documents in, records out: what every command that summarises writes of a document, made in one place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from summarize.errors import DocumentError
from summarize.rendering import Record
from summarize.text.language import foreign_language

if TYPE_CHECKING:
    from summarize.documents import Document
    from summarize.pipeline.plan import Request, Sectioned
    from summarize.pipeline.style_router import StyleRouter
    from summarize.pipeline.summarizer import Sentence, Summarizer, Summary

Result = tuple["Summary | DocumentError", str | None]  # what became of a text, and its language if that is not English


class Recorder:
    """Makes records of documents; the model is loaded once there is a text to read."""

    def __init__(
        self,
        load: Callable[[], tuple[Summarizer | StyleRouter, Request]],
        model: str,
        asked: Mapping[str, Any],
        batch_size: int = 8,
        *,
        strict: bool = False,
    ) -> None:
        """load: gives what summarises, and what is asked of it. model, asked: what the records call both. batch_size:
        texts summarised together. strict: whether what a document does not support is complained of."""
        self._load = cache(load)
        self._model, self._asked, self._batch_size, self._strict = model, dict(asked), batch_size, strict

    def records(self, documents: Sequence[Document | DocumentError]) -> Iterator[Record]:
        """A record for every document, or for the error in its place, in order.

        Raises UsageError where the model cannot do what is asked for, and CheckpointError.
        """
        read = [document for document in documents if not isinstance(document, DocumentError)]
        results = self._results(read) if read else iter(())
        for document in documents:
            if isinstance(document, DocumentError):
                yield self.failed(document.source or "", str(document), document.fields)
            else:
                yield self._record(document, *next(results))

    def failed(self, source: str, error: str, fields: Mapping[str, Any]) -> Record:
        """The record of a document that could not be read or summarised."""
        return Record(source, self._model, error=error, request=self._asked, fields=fields)

    def _results(self, documents: Sequence[Document]) -> Iterator[Result]:
        """What became of each text, in order. One that the model cannot read well is given in its own sentences,
        where the model can choose them."""
        (summarizer, request), size = self._load(), self._batch_size  # first, for it says how torch is imported
        texts = [_sectioned(document) for document in documents]
        extract = dataclasses.replace(request, extractive=request.extractive or summarizer.can_extract)
        languages = [foreign_language(text.text) for text in texts]
        english = [text for text, language in zip(texts, languages, strict=True) if not language]
        foreign = [text for text, language in zip(texts, languages, strict=True) if language]
        written = summarizer.try_many(english, size, request)
        extracted = summarizer.try_many(foreign, size, extract)
        for language in languages:
            yield next(extracted if language else written), language

    def _record(self, document: Document, result: Summary | DocumentError, language: str | None) -> Record:
        if isinstance(result, DocumentError):
            return self.failed(document.source, f"{document.place}: {result}", document.fields)
        record = Record(
            document.source,
            self._model,
            result.text,
            tuple(_sentence(sentence) for sentence in result.sentences),
            result.words,
            result.selected_words,
            request=self._asked,
            scored=result.scored,
            complaints=unsupported_claims(document.place, document.text, result) if self._strict else (),
            fields=document.fields,
            language=language,
            style=result.style,
        )
        return with_explanation(record, result)


def _sectioned(document: Document) -> Sectioned:
    from summarize.pipeline.plan import Sectioned

    sections = tuple((s.start, s.end, s.title) for s in document.sections)
    return Sectioned(document.text, sections, is_email={"from", "date"} <= document.fields.keys())


def _sentence(sentence: Sentence) -> dict[str, Any]:
    """A sentence as it stands in a JSON record; spans are characters of the document."""
    words = [{"text": w.text, "copied": round(w.copied, 4), "span": w.span} for w in sentence.words]
    section = {} if sentence.section is None else {"section": sentence.section}
    return {"text": sentence.text, "words": words} | section


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
    """A sentence for each number or name of a summary that its document has not, and for each speaker mixed up."""
    from summarize.grounding.explanation import find_claims

    words = [sentence.words for sentence in summary.sentences]
    return tuple(
        f"{source}: sentence {claim.sentence + 1} has "
        + (
            f"“{claim.text}” say or do what, it seems, another does"
            if claim.kind == "speaker"
            else f"the {claim.kind} “{claim.text}”, which the document has not"
        )
        for claim in find_claims(document, words, ("number", "name", "speaker"))
    )
