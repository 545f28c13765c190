"""Parts of documents to summaries in the writer's words: the selector chooses what it reads, the rules what it may say.

The summary is chosen by minimum Bayes risk, as in `sentencewise`, among the writer's sentences and the document's own.
A sentence of the writer's takes part only if enough of it is copied, and its numbers and names are supported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from summarize.pipeline.generated import Generated
from summarize.pipeline.passages import make_prompt, passage_tokens, prompt_length
from summarize.pipeline.plan import Part
from summarize.pipeline.sentencewise import Candidate, summarise_part
from summarize.pipeline.style_router import MINUTES, TLDR, recognise_style
from summarize.pipeline.summary import Sentence
from summarize.pipeline.summary_decoder import SearchResult, SummaryDecoder
from summarize.text.byte_pair import BytePairTokenizer
from summarize.text.lengths import Limits
from summarize.text.vocabulary import END, START

MAX_PROMPT_TOKENS = 24
MIN_SUMMARY_TOKENS = 6  # of a search
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
    """Generates summaries of parts: the writer writes each in one search, and the best of its sentences are chosen."""

    def __init__(self, encoder: DocumentEncoder, writer: Writer) -> None:
        """encoder: of the selector, a model with a salience head."""
        self._encoder, self._writer = encoder, writer
        self._decoder = SummaryDecoder(writer.model, writer.tokenizer, writer.options)
        self._memory_dtype = passage_dtype(writer.model)

    def generate(self, parts: Sequence[Part], explain: bool = False) -> list[Generated]:
        """A summary of each part, within its limits; explain: with attention traces."""
        if not parts:
            return []
        logits = [np.asarray(values) for values in self._encoder.salience_logits(parts)]
        sources = [self._source(part, values) for part, values in zip(parts, logits, strict=True)]
        memory, sources = self._encode(sources, parts)
        limits = [_search_limits(part.limits) for part in parts]
        results = self._decoder.search(memory, sources, limits, keeps_memory=explain)
        written = [self._best(result) for result in results]
        if explain:
            hypotheses = [hypothesis for hypothesis, _ in written]
            explained = self._decoder.detokenize_with_attention(memory, results, hypotheses)
            written = list(zip(hypotheses, explained, strict=True))
        generated = []
        for part, values, source, (hypothesis, summary) in zip(parts, logits, sources, written, strict=True):
            candidates = supported_candidates(hypothesis, summary, source, self._writer.options.min_copied)
            chosen = summarise_part(part, values, candidates, self._writer.options)
            is_selected = len(source.sentence_indices) < part.last - part.first
            generated.append(replace(chosen, n_words_encoded=source.n_words, is_source_selected=is_selected))
        return generated

    def _source(self, part: Part, logits: np.ndarray) -> SourceTokens:
        """What the writer reads of a part: all of it if it fits, else the most salient sentences; logits (n,)."""
        n_max = self._writer.max_passage_tokens
        indices = self._encoder.select_sentences(part, logits, int(n_max / TOKENS_PER_SELECTOR_TOKEN))
        return passage_tokens(self._writer.tokenizer, part.document, indices, n_max)

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


def _search_limits(limits: Limits) -> Limits:
    """The limits of a search. The prompt says how long the summary is to be, so it ends where the writer ends it."""
    return replace(limits, min_tokens=min(limits.min_tokens, MIN_SUMMARY_TOKENS), may_stop=False)


def supported_candidates(
    hypothesis: Hypothesis, summary: Generated, source: SourceTokens, min_copied: float
) -> list[Candidate]:
    """The sentences of a written summary that may be shown, each as a rewritten form of the document's sentence that
    most of it was copied from.

    Left out are sentences that are copied to less than min_copied, have a claim without support, or belong to no
    sentence of the source, or to one that another belongs to.
    """
    wrong = unsupported_sentences(summary, source.text)
    candidates: dict[int, Candidate] = {}
    first_word = 0
    for i, (sentence, score) in enumerate(zip(summary.sentences, hypothesis.sentence_log_probs(), strict=False)):
        last_word = first_word + len(sentence.words)
        index = _source_sentence(sentence, source)
        if i not in wrong and index is not None and index not in candidates and _copied(sentence) >= min_copied:
            traces = tuple(trace.between(first_word, last_word) for trace in summary.traces)
            candidates[index] = Candidate(index, sentence, score, source.char_range, traces)
        first_word = last_word
    return list(candidates.values())


def unsupported_sentences(summary: Generated, text: str) -> set[int]:
    """The indices of the sentences with a number or name that a text does not have, or has of something else."""
    claims = find_claims(text, [sentence.words for sentence in summary.sentences])
    displaced = {i for i, sentence in enumerate(summary.sentences) if find_displaced_numbers(text, sentence.text)}
    return {claim.sentence for claim in claims} | displaced


def _copied(sentence: Sentence) -> float:
    """The mean copied share of a sentence's words."""
    return sum(word.copied for word in sentence.words) / max(1, len(sentence.words))


def _source_sentence(sentence: Sentence, source: SourceTokens) -> int | None:
    """The index of the document's sentence that most words were copied from; None where none was."""
    starts = source.document.spans[source.sentence_indices][:, 0]
    positions = [word.span[0] for word in sentence.words if word.span is not None]
    if not positions:
        return None
    counts = Counter((np.searchsorted(starts, positions, side="right") - 1).tolist())
    return int(source.sentence_indices[max(0, counts.most_common(1)[0][0])])
