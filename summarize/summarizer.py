"""Text in, `Summary` out: the one class that a program needs.

from summarize import Summarizer
print(Summarizer.load("news").summarize(text))
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
import torch

from summarize.checkpoints import find_model, load_model
from summarize.errors import DocumentError, UsageError
from summarize.explanation import Explanation
from summarize.extraction import USUAL, extract, extracted
from summarize.hardware import check_device, has_fast_bf16
from summarize.lengths import Length, Limits
from summarize.model import PointerGenerator
from summarize.provenance import Traced, explain
from summarize.reading import Passage, Reader, Sentences
from summarize.relevance import relevance
from summarize.search import SearchOptions
from summarize.summary import Sentence, Summary, SummaryWord
from summarize.tokenizer import Tokenizer
from summarize.writing import Writer, Written

__all__ = ["Request", "Sentence", "Summarizer", "Summary", "SummaryWord"]

# What a query adds to the log-odds of the sentence that has most to do with it, and what is read where there is one:
# a share of the pieces, but not too few of them.
QUERY_WEIGHT, QUERY_SHARE, QUERY_LEAST = 8.0, 0.3, 120


@dataclass(frozen=True)
class Request:
    """What is asked for: how long, in the document's own sentences or in the model's words, and about what.

    explain: also what every word's attention was on, and what the document does not support (Summary.explanation).
    """

    length: Length = field(default_factory=Length)
    extractive: bool = False
    query: str | None = None
    explain: bool = False


@dataclass(frozen=True)
class _Part:
    """A stretch of a document that is summarised by itself: its sentences first … last − 1."""

    first: int
    last: int
    limits: Limits


class Summarizer:
    """A model and its tokenizer, ready to summarise."""

    def __init__(
        self,
        model: PointerGenerator,
        tokenizer: Tokenizer,
        options: SearchOptions | None = None,
        bf16: bool | None = None,
    ) -> None:
        """bf16: multiply matrices in bfloat16 (default: where the processor does so quickly).

        Raises UsageError where the options ask for longer summaries than the model can write.
        """
        self.model, self.tokenizer = model.eval(), tokenizer
        self.options = options or SearchOptions()
        self.max_src = min(self.options.max_src, model.config.max_src)
        if self.options.max_length > model.config.max_tgt - 1:
            raise UsageError(f"this model writes at most {model.config.max_tgt - 1} pieces")
        self._bf16 = has_fast_bf16() if bf16 is None else bf16
        self._reader = Reader(self.model, tokenizer, self.max_src)
        self._writer = Writer(self._reader, self.options)

    @classmethod
    def load(
        cls,
        model: str | os.PathLike[str] = "news",
        *,
        options: SearchOptions | None = None,
        device: str = "cpu",
    ) -> Summarizer:
        """A shipped model by name, or any model folder by path; options: instead of those it was shipped with.

        Raises CheckpointError, and UsageError where the machine has no such device.
        """
        on = check_device(device)
        network, tokenizer, search = load_model(find_model(model))
        return cls(network.to(on), tokenizer, options or search)

    def summarize(self, text: str, request: Request = Request()) -> Summary:
        """Summarise one text. Raises DocumentError where there is nothing to read in it."""
        return next(self.summarize_many([text], request=request))

    def summarize_many(
        self, texts: Iterable[str], batch_size: int = 8, request: Request = Request()
    ) -> Iterator[Summary]:
        """Summaries of texts, in order, as soon as each batch is done; no more than one batch is held.

        Raises DocumentError where there is nothing to read in a text.
        """
        for result in self.try_many(texts, batch_size, request):
            if isinstance(result, DocumentError):
                raise result
            yield result

    def try_many(
        self, texts: Iterable[str], batch_size: int = 8, request: Request = Request()
    ) -> Iterator[Summary | DocumentError]:
        """The same, with the error in the place of a summary where a text cannot be summarised.

        Raises UsageError where the model cannot do what is asked for.
        """
        if request.extractive and not self.model.config.salience:
            raise UsageError("this model cannot extract: it was trained without --salience-weight")
        texts = iter(texts)
        while batch := list(islice(texts, batch_size)):
            with torch.inference_mode(), self._autocast():
                results = self._batch(batch, request)
            yield from results

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.model.output_bias.device.type, torch.bfloat16, enabled=self._bf16)

    def _batch(self, texts: Sequence[str], request: Request) -> list[Summary | DocumentError]:
        documents = [
            _about(document, request.query) if request.query else document
            for document in self._reader.sentences(texts, score_all=request.extractive or bool(request.query))
        ]
        plans = [self._plan(document, request) for document in documents]
        if request.extractive:
            return [self._extract(*both, request.explain) for both in zip(documents, plans, strict=True)]
        passages = [
            [self._passage(document, part, bool(request.query)) for part in plan]
            for document, plan in zip(documents, plans, strict=True)
        ]
        wanted = [
            (p, part.limits)
            for own, plan in zip(passages, plans, strict=True)
            for p, part in zip(own, plan, strict=True)
            if p.encoding.ids
        ]
        written = iter(self._write(wanted, len(texts), request.explain))
        results = []
        for document, own in zip(documents, passages, strict=True):
            read = [p for p in own if p.encoding.ids]
            results.append(_summary(document, read, [next(written) for _ in read]))
        return results

    def _passage(self, document: Sentences, part: _Part, has_query: bool) -> Passage:
        """What is read of a part: as much as fits, or what a query is about."""
        pieces = int(document.sizes[part.first : part.last].sum())
        room = max(QUERY_LEAST, int(QUERY_SHARE * pieces)) if has_query else None
        return self._reader.passage(document, self._reader.choose(document, part.first, part.last, room))

    def _write(self, wanted: Sequence[tuple[Passage, Limits]], size: int, explain: bool) -> list[Written]:
        """Summaries of passages within their limits, so many at a time."""
        found: list[Written] = []
        for start in range(0, len(wanted), size):
            batch = wanted[start : start + size]
            found += self._writer.write([p for p, _ in batch], [limits for _, limits in batch], explain)
        return found

    def _plan(self, document: Sentences, request: Request) -> list[_Part]:
        """The parts of a document that are summarised one by one, of about as many pieces each."""
        usual = USUAL if request.extractive else self.options.limits
        words, pieces = int(document.words.sum()), int(document.sizes.sum())
        limits = request.length.parts(words, len(document), usual)
        if not request.extractive and pieces < 2 * usual.min_pieces:  # of a few words no long summary can be made
            limits = [replace(own, min_pieces=min(own.min_pieces, pieces // 2)) for own in limits]
        ends = np.searchsorted(document.sizes.cumsum(), pieces * (1 + np.arange(len(limits))) / len(limits)) + 1
        ends[-1] = len(document)
        starts = np.concatenate([[0], ends[:-1]])
        return [_Part(int(a), int(b), own) for a, b, own in zip(starts, ends, limits, strict=True)]

    def _extract(self, document: Sentences, plan: Sequence[_Part], explained: bool) -> Summary | DocumentError:
        if document.salience is None:
            return _nothing_to_read()
        chosen = [i for p in plan for i in extract(document, document.salience, p.limits, p.first, p.last)]
        if not chosen:
            return DocumentError("no sentence of this text is as short as that")
        words, score = int(document.words.sum()), float(document.salience[chosen].mean())
        sentences = extracted(document, chosen)
        return Summary(sentences, score, words, words, _explanation(document, sentences, []) if explained else None)


def _nothing_to_read() -> DocumentError:
    return DocumentError("there is nothing to read in this text")


def _about(document: Sentences, query: str) -> Sentences:
    """The document with sentences that have to do with a query more salient than all others."""
    about = QUERY_WEIGHT * relevance(query, [document.of(i) for i in range(len(document))])
    return replace(document, salience=about if document.salience is None else document.salience + about)


def _summary(document: Sentences, read: Sequence[Passage], written: Sequence[Written]) -> Summary | DocumentError:
    """The summary of a document from those of its passages."""
    if not written:
        return _nothing_to_read()
    sentences = tuple(sentence for part in written for sentence in part.sentences)
    score = sum(part.score for part in written) / len(written)
    traced = [(part.traced, sum(len(s.words) for s in part.sentences)) for part in written if part.traced]
    explanation = _explanation(document, sentences, traced) if traced else None
    selected, scored = sum(p.words for p in read), document.salience is not None
    return Summary(sentences, score, int(document.words.sum()), selected, explanation, scored)


def _explanation(
    document: Sentences, sentences: Sequence[Sentence], traced: Sequence[tuple[Traced, int]]
) -> Explanation:
    spans = [(int(start), int(end)) for start, end in document.spans]
    return explain(document.text, spans, [sentence.words for sentence in sentences], traced)
