"""One network, ready to summarise: sectioned texts in, summaries or errors out, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from summarize.checkpoints.files import TOKENIZER
from summarize.checkpoints.lora import apply_style
from summarize.checkpoints.model_folder import convert_matrices, find_model, load_model
from summarize.checkpoints.packed_folder import is_writer, load_writer, load_writer_config
from summarize.concurrency import computing, was_forked_while_computing
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import DocumentError, UsageError
from summarize.grounding.explanation import Explanation
from summarize.network.device import (
    Precision,
    can_multiply,
    check_device,
    check_precision,
    fastest_precision,
    prepare_for_forks,
)
from summarize.network.pointer_generator import PointerGenerator
from summarize.network.quantization import quantize
from summarize.pipeline.attribution import AttentionTrace, explain
from summarize.pipeline.encoder import DocumentEncoder, SegmentedDocument
from summarize.pipeline.extractive import NO_LIMITS, Extractor, centralities
from summarize.pipeline.form import form_logits
from summarize.pipeline.generated import Generated
from summarize.pipeline.generator import WholeSummaryGenerator
from summarize.pipeline.outline_entries import outline_entries
from summarize.pipeline.plan import Part, batch_parts, find_headings, plan
from summarize.pipeline.request import Request, Sectioned
from summarize.pipeline.sentencewise import SentencewiseGenerator
from summarize.pipeline.summary import Sentence, Summary
from summarize.pipeline.writer import Writer, WriterGenerator
from summarize.selection.bm25 import relevance
from summarize.text.byte_pair import BytePairTokenizer
from summarize.text.language import ENGLISH
from summarize.text.lengths import TYPICAL_TOKENS_PER_SENTENCE
from summarize.text.tokenizer import Tokenizer

CENTRALITY_EXTRACTOR = Extractor(centralities)  # of any engine, as it needs no model
# Sections of an outline that are summarised at once: on one thread, 32 took a quarter less time than one by one.
MIN_PARTS = 4
QUERY_WEIGHT = 8.0  # added to the salience logit of the sentence with the highest BM25 score


class Engine:
    """A network with its tokenizer and search options. Several threads can use it at once."""

    def __init__(
        self,
        model: PointerGenerator,
        tokenizer: Tokenizer,
        options: SearchOptions | None = None,
        precision: Precision = "fp32",
        writer: Writer | None = None,
    ) -> None:
        """precision: bf16 multiplies matrices in bfloat16 by autocast; an int8 model is quantized already. writer:
        generates the summaries; the model then selects what it reads, and extracts.

        Raises UsageError where the options ask for longer summaries than the model can generate.
        """
        prepare_for_forks()
        self.model, self.tokenizer = model.eval(), tokenizer
        self.options = options or SearchOptions()
        max_src = writer.selector_max_src if writer else self.options.max_src
        self.max_src = min(max_src, model.config.max_src)
        max_tgt = (writer.model if writer else model).config.max_tgt
        if self.options.max_length > max_tgt - 1:
            raise UsageError(f"max_length={self.options.max_length}: this model writes at most {max_tgt - 1} tokens")
        self._precision = precision
        self._encoder = DocumentEncoder(self.model, tokenizer, self.max_src, name_speakers=self.options.name_speakers)
        self._extractor = Extractor(self._encoder.salience_logits)
        self._generator: WriterGenerator | SentencewiseGenerator | WholeSummaryGenerator
        if writer is not None:
            self._generator = WriterGenerator(self._encoder, writer)
        else:
            self._generator = (SentencewiseGenerator if model.config.sentencewise else WholeSummaryGenerator)(
                self._encoder, self.options
            )

    @classmethod
    def load(
        cls,
        folder: Path,
        style: Path | None = None,
        options: SearchOptions | None = None,
        device: str = "cpu",
        precision: Precision | None = None,
    ) -> Engine:
        """Load a model folder and, where style is given, merge that style folder into its weights.

        options: instead of those that the model or style was shipped with. precision: of matrix products (default: the
        fastest that the processor has).

        Raises CheckpointError, and UsageError where the machine lacks the device or the precision.
        """
        with _computing():
            on = check_device(device)
            precision = check_precision(precision, on) if precision else fastest_precision(on)
            if is_writer(folder):
                return cls._load_writer(folder, options, on, precision)
            half = torch.float32 if precision == "fp32" else torch.bfloat16  # as on disk, mapped; autocast's, too
            network, tokenizer, search = load_model(folder, half if style is None else torch.float32)
            if style is not None:  # its changes are added in full precision, and rounded with what they change
                search = apply_style(network, folder, style)
                convert_matrices(network, half)
            if precision == "int8":
                quantize(network)
            return cls(network.to(on), tokenizer, options or search, precision)

    @classmethod
    def _load_writer(
        cls, folder: Path, options: SearchOptions | None, on: torch.device, precision: Precision
    ) -> Engine:
        """A writer's folder, and the model that selects for it."""
        config = load_writer_config(folder)
        half = torch.float32 if precision == "fp32" else torch.bfloat16
        selector, selector_tokenizer, selector_search = load_model(find_model(config.selector), half)
        network, tokenizer = load_writer(folder), BytePairTokenizer.load(folder / TOKENIZER)
        if precision == "int8":
            quantize(selector)
            quantize(network)
        options = options or config.search
        writer = Writer(network.to(on), tokenizer, options, selector_search.max_src)
        return cls(selector.to(on), selector_tokenizer, options, precision, writer)

    @property
    def can_extract(self) -> bool:
        """Whether the model scores sentences, and so can select a text's own."""
        return self.model.config.salience

    def check(self, request: Request) -> None:
        """Raises UsageError where the model cannot do what the request asks for."""
        if request.extractive and not (self.can_extract or request.language):
            raise UsageError("extractive=True: this model cannot extract; it was trained without salience")
        n_max = max(1, self.options.max_length // TYPICAL_TOKENS_PER_SENTENCE)
        if self.options.whole and not request.extractive and (request.length.sentences or 0) > n_max:
            raise UsageError(f"sentences={request.length.sentences}: this style writes at most {n_max}")

    def summarize_batch(self, texts: Sequence[Sectioned], request: Request) -> list[Summary | DocumentError]:
        """A summary of each text, or the error in its place; all texts are held at once.

        Raises UsageError in a process that was forked while another thread was summarising or ending.
        """
        device, is_bf16 = self.model.output_bias.device.type, self._precision == "bf16"
        with _computing(), torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=is_bf16):
            return self._batch(texts, request)

    def _batch(self, texts: Sequence[Sectioned], request: Request) -> list[Summary | DocumentError]:
        segmented = self._encoder.segment([text.text for text in texts], request.language or ENGLISH)
        documents = [replace(d, headings=find_headings(d, t.sections)) for d, t in zip(segmented, texts, strict=True)]
        limits = NO_LIMITS if request.extractive else self.options.limits
        whole = self.options.whole and not request.extractive
        selects = request.extractive or isinstance(self._generator, SentencewiseGenerator)
        if request.query:
            documents = [_with_query(document, request.query) for document in documents]
        elif selects and not request.language:
            documents = [d.with_relevance(form_logits(d, t)) for d, t in zip(documents, texts, strict=True)]
        sections = [outline_entries(text) if request.outline else text.sections for text in texts]
        plans = [plan(d, s, request, limits, whole, selects) for d, s in zip(documents, sections, strict=True)]
        parts = [part for plan_of_text in plans for part in plan_of_text]
        batch_size = max(len(texts), MIN_PARTS) if request.outline else len(texts)
        generated = iter(self._generate(parts, batch_size, request))
        return [
            _summary(document, [(part, next(generated)) for part in plan_of_text], request)
            for document, plan_of_text in zip(documents, plans, strict=True)
        ]

    def _generate(self, parts: Sequence[Part], batch_size: int, request: Request) -> list[Generated]:
        """A summary of each part within its limits. As many parts as fit in batch_size windows are taken at a time."""
        generator: WriterGenerator | SentencewiseGenerator | WholeSummaryGenerator | Extractor = self._generator
        if request.extractive:
            generator = CENTRALITY_EXTRACTOR if request.language else self._extractor
        batches = batch_parts(parts, batch_size, self._encoder.max_text_tokens)
        return [generated for batch in batches for generated in generator.generate(batch, request.explain)]


@contextmanager
def _computing() -> Iterator[None]:
    """A block in which this thread uses torch.

    Raises UsageError in a process in which it could wait for ever: see was_forked_while_computing and can_multiply.
    """
    if was_forked_while_computing() or not can_multiply():
        raise UsageError(
            "this process was forked while another thread was summarising or ending, and cannot summarise: fork at "
            "another time, or start processes by 'spawn'"
        )
    with computing():
        yield


def _with_query(document: SegmentedDocument, query: str) -> SegmentedDocument:
    """The document with BM25 scores of its sentences, to be added to their salience logits."""
    scores = QUERY_WEIGHT * relevance(query, [document.sentence_text(i) for i in range(len(document))])
    return document.with_relevance(scores)


def _summary(
    document: SegmentedDocument, parts: Sequence[tuple[Part, Generated]], request: Request
) -> Summary | DocumentError:
    """The summary of a document from those of its parts."""
    generated = [of_part for _, of_part in parts if of_part.sentences or not request.extractive]
    if not generated:
        return DocumentError("there is nothing to read in this text")
    sentences = tuple(
        replace(sentence, section=part.title) for part, of_part in parts for sentence in of_part.sentences
    )
    explanation = None
    if request.explain:
        traces = [trace for of_part in generated for trace in of_part.traces]
        explanation = _explanation(document, sentences, traces)
    n_words_read = sum(of_part.n_words_encoded for _, of_part in parts)
    if request.outline:  # an outline shows its titles verbatim
        n_words_read += int(document.n_words[list(document.headings)].sum())
    return Summary(
        sentences,
        sum(of_part.score for of_part in generated) / len(generated),
        int(document.n_words.sum()),
        n_words_read,
        explanation,
        scored=any(of_part.is_source_selected for _, of_part in parts),
    )


def _explanation(
    document: SegmentedDocument, sentences: Sequence[Sentence], traces: Sequence[AttentionTrace]
) -> Explanation:
    spans = [(int(start), int(end)) for start, end in document.spans]
    return explain(document.text, spans, [sentence.words for sentence in sentences], traces)
