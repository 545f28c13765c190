"""Parts of documents to summaries in the writer's words: the selector chooses what it reads, the rules what it may say.

A sentence of the writer's that has a number or name which its passage does not support is not shown: the document's own
sentence that is most like it is there instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
import torch

from summarize.decoding.hypothesis import Hypothesis, SearchOptions
from summarize.grounding.explanation import find_claims
from summarize.grounding.number_context import find_displaced_numbers
from summarize.network.causal_pointer_generator import CausalPointerGenerator
from summarize.network.memory import Memory
from summarize.network.padding import SRC_MULTIPLE, pad
from summarize.network.quantization import passage_dtype
from summarize.pipeline.encoder import DocumentEncoder, SourceTokens
from summarize.pipeline.extractive import rank_sentences, verbatim_sentences
from summarize.pipeline.generated import Generated
from summarize.pipeline.passages import make_prompt, passage_tokens, prompt_length
from summarize.pipeline.plan import Part
from summarize.pipeline.style_router import MINUTES, TLDR, recognise_style
from summarize.pipeline.summary import Sentence
from summarize.pipeline.summary_decoder import SearchResult, SummaryDecoder
from summarize.selection.oracle import rouge_tokens
from summarize.text.byte_pair import BytePairTokenizer
from summarize.text.lengths import Limits
from summarize.text.vocabulary import END, START

MAX_PROMPT_TOKENS = 24
KIND_OF_STYLE = {MINUTES: "Dialogue", TLDR: "Paper"}
UNKNOWN_KIND = "Text"
# The selector counts other tokens than the writer: of the writer's there are about so many for each.
TOKENS_PER_SELECTOR_TOKEN = 1.05


@dataclass(frozen=True)
class Writer:
    """The writer's network with its tokenizer and search options; selector_max_src: tokens that its selector encodes at
    once."""

    model: CausalPointerGenerator
    tokenizer: BytePairTokenizer
    options: SearchOptions
    selector_max_src: int = 400

    @property
    def max_passage_tokens(self) -> int:
        """Tokens of a document that fit beside a prompt, START and END."""
        return min(self.options.max_src, self.model.config.max_src) - MAX_PROMPT_TOKENS - 2


class WriterGenerator:
    """Generates the whole summary of a part in one search of the writer's."""

    def __init__(self, encoder: DocumentEncoder, writer: Writer) -> None:
        """encoder: of the selector, a model with a salience head."""
        self._encoder, self._writer = encoder, writer
        self._decoder = SummaryDecoder(writer.model, writer.tokenizer, writer.options)
        self._memory_dtype = passage_dtype(writer.model)

    def generate(self, parts: Sequence[Part], explain: bool = False) -> list[Generated]:
        """A summary of each part, within its limits; explain: with attention traces."""
        if not parts:
            return []
        max_tokens = int(self._writer.max_passage_tokens / TOKENS_PER_SELECTOR_TOKEN)
        long_parts = [i for i, part in enumerate(parts) if part.n_tokens > max_tokens]
        logits = dict(zip(long_parts, self._encoder.salience_logits([parts[i] for i in long_parts]), strict=True))
        sources = []
        for i, part in enumerate(parts):
            indices = self._encoder.select_sentences(part, logits.get(i), max_tokens)
            sources.append(
                passage_tokens(self._writer.tokenizer, part.document, indices, self._writer.max_passage_tokens)
            )
        memory, sources = self._encode(sources, parts)
        limits = [_search_limits(part.limits, self._writer.options) for part in parts]
        results = self._decoder.search(memory, sources, limits, keeps_memory=explain)
        best = [self._best(result) for result in results]
        doubtful = [self._doubtful_sentences(*pair) for pair in best]
        summaries = [summary for _, summary in best]
        if explain:
            hypotheses = [hypothesis for hypothesis, _ in best]
            summaries = self._decoder.detokenize_with_attention(memory, results, hypotheses)
        return [
            replace(
                replace_unsupported(summary, source, doubts).within(part.limits.max_words),
                n_words_encoded=source.n_words,
                is_source_selected=logits.get(i) is not None,
            )
            for i, (summary, part, source, doubts) in enumerate(zip(summaries, parts, sources, doubtful, strict=True))
        ]

    def _encode(self, sources: Sequence[SourceTokens], parts: Sequence[Part]) -> tuple[Memory, list[SourceTokens]]:
        """The memory of B sources, each after its prompt; and the sources with the lengths of these."""
        ids, prompted = [], []
        for source, part in zip(sources, parts, strict=True):
            kind = KIND_OF_STYLE.get(recognise_style(source.document.text) or "", UNKNOWN_KIND)
            prompt = make_prompt(kind, *prompt_length(part.limits, part.n_words))
            prompt_ids = self._writer.tokenizer.encode(prompt).ids[:MAX_PROMPT_TOKENS]
            ids.append([START, *prompt_ids, *source.encoding.ids, END])
            prompted.append(replace(source, n_before=1 + len(prompt_ids)))
        device = self._writer.model.output_bias.device
        n_before = torch.tensor([source.n_before for source in prompted], device=device)
        src = pad(ids, SRC_MULTIPLE).to(device)
        return self._writer.model.encode(src, n_before, dtype=self._memory_dtype), prompted

    def _doubtful_sentences(self, hypothesis: Hypothesis, summary: Generated) -> set[int]:
        """The indices of the sentences that are not shown: where the geometric mean of the tokens' probabilities is too
        low, or too little is copied. (Of 210 sentences that were read, 34 % were wrong or broken; of those copied to at
        least 0.7, 15 %: models/LOG.md.)"""
        options = self._writer.options
        min_log_prob = log(max(options.min_confidence, 1e-9))
        doubtful = {i for i, mean in enumerate(hypothesis.sentence_log_probs()) if mean < min_log_prob}
        for i, sentence in enumerate(summary.sentences):
            copied = sum(word.copied for word in sentence.words) / max(1, len(sentence.words))
            doubtful |= {i} if copied < options.min_copied else set()
        return doubtful

    def _best(self, result: SearchResult) -> tuple[Hypothesis, Generated]:
        """The best hypothesis without unsupported claims, and the same as sentences; the best of all where there is
        none."""
        text = result.source.text
        best: tuple[Hypothesis, Generated] | None = None
        for hypothesis in result.hypotheses:
            summary = self._decoder.detokenize(result, hypothesis)
            best = best or (hypothesis, summary)
            if summary.sentences and not unsupported_sentences(summary, text):
                return hypothesis, summary
        assert best is not None  # a search has at least one hypothesis
        return best


def _search_limits(limits: Limits, options: SearchOptions) -> Limits:
    """The limits of a search. The prompt says how long the summary is to be, so it ends where the writer ends it."""
    return replace(limits, min_tokens=min(limits.min_tokens, options.min_length), may_stop=False)


def unsupported_sentences(summary: Generated, text: str) -> set[int]:
    """The indices of the sentences with a number or name that a text does not have, or has of something else."""
    claims = find_claims(text, [sentence.words for sentence in summary.sentences])
    displaced = {i for i, sentence in enumerate(summary.sentences) if find_displaced_numbers(text, sentence.text)}
    return {claim.sentence for claim in claims} | displaced


def replace_unsupported(summary: Generated, source: SourceTokens, doubtful: Collection[int] = ()) -> Generated:
    """The summary with the document's own sentence in the place of each that is not supported, or that is doubtful, by
    its index."""
    wrong = unsupported_sentences(summary, source.text) | set(doubtful)
    if not wrong:
        return summary
    kept: list[Sentence] = []
    traces, n_words = summary.traces, 0
    taken: set[int] = set()
    for i, sentence in enumerate(summary.sentences):
        own = sentence
        if i in wrong:
            index = most_similar_sentence(sentence.text, source, taken)
            own = Sentence("", ()) if index is None else verbatim_sentences(source.document, [index])[0]
            taken |= set() if index is None else {index}
            last = n_words + len(sentence.words)
            traces = tuple(trace.with_verbatim(n_words, last, len(own.words)) for trace in traces)
        kept += [own] if own.words else []
        n_words += len(own.words)
    return replace(summary, sentences=tuple(kept), traces=traces)


def most_similar_sentence(text: str, source: SourceTokens, taken: set[int]) -> int | None:
    """The index of the source's sentence, not among those taken, that shares the most words with a text (F1); None
    where none shares any."""
    words = Counter(rouge_tokens(text))
    order, is_self_contained = rank_sentences(
        source.document, source.sentence_indices, np.zeros(len(source.sentence_indices))
    )
    best: tuple[float, int] | None = None
    for i in source.sentence_indices[order[is_self_contained]].tolist():
        other = Counter(rouge_tokens(source.document.sentence_text(i)))
        overlap = 2 * (words & other).total() / max(1, words.total() + other.total())
        if i not in taken and overlap > 0 and (best is None or overlap > best[0]):
            best = overlap, i
    return best and best[1]
