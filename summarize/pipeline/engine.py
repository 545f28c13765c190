"""Text in, `Summary` out: the one class that a program needs.

from summarize import Summarizer
print(Summarizer.load("news").summarize(text))
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import torch

from summarize.checkpoints.lora import apply_style, find_style
from summarize.checkpoints.model_folder import find_model, load_model, retype
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import DocumentError, UsageError
from summarize.grounding.explanation import Explanation
from summarize.network.device import Precision, check_device, check_precision, fastest_precision, has_bf16
from summarize.network.pointer_generator import PointerGenerator
from summarize.network.quantization import quantize
from summarize.pipeline.attribution import AttentionTrace, explain
from summarize.pipeline.encoder import DocumentEncoder, SegmentedDocument
from summarize.pipeline.extractive import USUAL, Extractor
from summarize.pipeline.generator import Generated, Generator
from summarize.pipeline.plan import Part, Request, Sectioned, headings, plan
from summarize.pipeline.sentencewise import SentencewiseGenerator
from summarize.pipeline.summary import Sentence, Summary, SummaryWord
from summarize.selection.bm25 import relevance
from summarize.text.lengths import USUAL_SENTENCE
from summarize.text.tokenizer import Tokenizer

__all__ = ["Request", "Sectioned", "Sentence", "Summarizer", "Summary", "SummaryWord"]

USUAL_REQUEST = Request()
QUERY_WEIGHT = 8.0  # what a query adds to the log-odds of the sentence that has most to do with it


class Summarizer:
    """A model and its tokenizer, ready to summarise."""

    def __init__(
        self,
        model: PointerGenerator,
        tokenizer: Tokenizer,
        options: SearchOptions | None = None,
        bf16: bool = False,
    ) -> None:
        """bf16: multiply matrices in bfloat16.

        Raises UsageError where the options ask for longer summaries than the model can write.
        """
        self.model, self.tokenizer = model.eval(), tokenizer
        self.options = options or SearchOptions()
        self.max_src = min(self.options.max_src, model.config.max_src)
        if self.options.max_length > model.config.max_tgt - 1:
            raise UsageError(f"this model writes at most {model.config.max_tgt - 1} tokens")
        self._bf16 = bf16
        self._reader = DocumentEncoder(self.model, tokenizer, self.max_src, name_speakers=self.options.name_speakers)
        self._extractor = Extractor(self._reader)
        self._writer = (SentencewiseGenerator if model.config.sentencewise else Generator)(self._reader, self.options)

    @classmethod
    def load(
        cls,
        model: str | os.PathLike[str] = "news",
        *,
        style: str | os.PathLike[str] | None = None,
        options: SearchOptions | None = None,
        device: str = "cpu",
        precision: Precision | None = None,
    ) -> Summarizer:
        """A shipped model by name, or any model folder by path; style: one of its styles by name, or a style's folder;
        options: instead of those that model or style were shipped with; precision: of matrix products (default: what
        the machine multiplies fastest; bf16 is for a GPU, or a CPU that has it, int8 for a CPU with VNNI).

        Raises CheckpointError, and UsageError where the machine has no such device, or it has not that precision.
        """
        on, folder = check_device(device), find_model(model)
        precision = check_precision(precision, on) if precision else fastest_precision(on)
        half = torch.float32 if precision == "fp32" else torch.bfloat16  # as on disk, mapped; autocast's, too
        network, tokenizer, search = load_model(folder, half if style is None else torch.float32)
        if style is not None:  # its changes are added in full precision, and rounded with what they change
            search = apply_style(network, folder, find_style(folder, style))
            retype(network, half)
        if precision == "int8":
            quantize(network)
            network.passage_type = torch.bfloat16 if has_bf16() else None
        return cls(network.to(on), tokenizer, options or search, bf16=precision == "bf16")

    def summarize(self, text: str | Sectioned, request: Request = USUAL_REQUEST) -> Summary:
        """Summarise one text. Raises DocumentError where there is nothing to read in it."""
        return next(self.summarize_many([text], request=request))

    def summarize_many(
        self, texts: Iterable[str | Sectioned], batch_size: int = 8, request: Request = USUAL_REQUEST
    ) -> Iterator[Summary]:
        """Summaries of texts, in order, as soon as each batch is done; no more than one batch is held.

        Raises DocumentError where there is nothing to read in a text.
        """
        for result in self.try_many(texts, batch_size, request):
            if isinstance(result, DocumentError):
                raise result
            yield result

    def try_many(
        self, texts: Iterable[str | Sectioned], batch_size: int = 8, request: Request = USUAL_REQUEST
    ) -> Iterator[Summary | DocumentError]:
        """The same, with the error in the place of a summary where a text cannot be summarised.

        Raises UsageError where the model cannot do what is asked for.
        """
        self._check(request)
        texts = iter(texts)
        while batch := list(islice(texts, batch_size)):
            with torch.inference_mode(), self._autocast():
                results = self._batch(batch, request)
            yield from results

    @property
    def can_extract(self) -> bool:
        """Whether it can give a text's own sentences."""
        return self.model.config.salience

    def _check(self, request: Request) -> None:
        """Raises UsageError where the model cannot do what is asked for."""
        if request.extractive and not self.can_extract:
            raise UsageError("this model cannot extract: it was trained without --salience-weight")
        most = max(1, self.options.max_length // USUAL_SENTENCE)
        if self.options.whole and not request.extractive and (request.length.sentences or 0) > most:
            raise UsageError(f"--sentences {request.length.sentences}: this style writes at most {most}")

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.model.output_bias.device.type, torch.bfloat16, enabled=self._bf16)

    def _batch(self, texts: Sequence[str | Sectioned], request: Request) -> list[Summary | DocumentError]:
        sectioned = [text if isinstance(text, Sectioned) else Sectioned(text) for text in texts]
        cut = self._reader.cut([s.text for s in sectioned])
        documents = [replace(d, headings=headings(d, s.sections)) for d, s in zip(cut, sectioned, strict=True)]
        if request.query:
            documents = [_about(document, request.query) for document in documents]
        usual = USUAL if request.extractive else self.options.limits
        whole = self.options.whole and not request.extractive
        plans = [plan(d, s.sections, request, usual, whole) for d, s in zip(documents, sectioned, strict=True)]
        writer = self._extractor if request.extractive else self._writer
        made = iter(_written(writer, [part for parts in plans for part in parts], len(texts), request.explain))
        return [
            _summary(d, [(p, next(made)) for p in parts], request) for d, parts in zip(documents, plans, strict=True)
        ]


def _written(writer: Generator | Extractor, parts: Sequence[Part], size: int, explain: bool) -> list[Generated]:
    """Summaries of parts within their limits, so many at a time."""
    return [own for i in range(0, len(parts), size) for own in writer.write(parts[i : i + size], explain)]


def _under(written: Iterable[tuple[Part, Sequence[Sentence]]]) -> tuple[Sentence, ...]:
    """The sentences of all parts, with the titles of their parts."""
    return tuple(replace(sentence, section=part.title) for part, sentences in written for sentence in sentences)


def _about(document: SegmentedDocument, query: str) -> SegmentedDocument:
    """The document with sentences that have to do with a query worth more than all others."""
    about = QUERY_WEIGHT * relevance(query, [document.of(i) for i in range(len(document))])
    return replace(document, relevance=about)


def _summary(
    document: SegmentedDocument, parts: Sequence[tuple[Part, Generated]], request: Request
) -> Summary | DocumentError:
    """The summary of a document from those of its parts."""
    told = [written for _, written in parts if written.sentences or not request.extractive]
    if not told:
        nothing_fits = request.extractive and any(part.limits.words for part, _ in parts)
        return (
            DocumentError("no sentence of this text is as short as that")
            if nothing_fits
            else DocumentError("there is nothing to read in this text")
        )
    sentences = _under((part, written.sentences) for part, written in parts)
    score = sum(written.score for written in told) / len(told)
    explanation = (
        _explanation(document, sentences, [own for w in told for own in w.traced]) if request.explain else None
    )
    read, chosen = sum(written.read for _, written in parts), any(written.chosen for _, written in parts)
    if request.outline:  # its titles are in it as they are
        read += int(document.words[list(document.headings)].sum())
    return Summary(sentences, score, int(document.words.sum()), read, explanation, scored=chosen)


def _explanation(
    document: SegmentedDocument, sentences: Sequence[Sentence], traced: Sequence[tuple[AttentionTrace, int]]
) -> Explanation:
    spans = [(int(start), int(end)) for start, end in document.spans]
    return explain(document.text, spans, [sentence.words for sentence in sentences], traced)
