"""Parts of documents to generated summaries, sentence by sentence.

Each of the most salient sentences is rewritten from its passage: itself and the little that stands before it. Of these
and of the document's own sentences those with the highest expected ROUGE are selected. A rewritten sentence copies
nothing from elsewhere in the document, so it can be checked in one place. The document is encoded once, however long it
is; of each window only the passages that may be rewritten are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from summarize.decoding.hypothesis import SearchOptions
from summarize.grounding.explanation import Head, Span, find_claims
from summarize.network.memory import Memory, MemoryBuffer
from summarize.network.padding import MAX_SENTENCE_TOKENS, PASSAGE_TOKENS, passage_positions, sentence_window
from summarize.network.quantization import passage_dtype
from summarize.pipeline.attribution import AttentionTrace, source_words, verbatim_trace
from summarize.pipeline.encoder import DocumentEncoder, SegmentedDocument, SourceTokens, Window
from summarize.pipeline.extractive import SalientSentences, find_salient_sentences, rank_sentences, verbatim_sentences
from summarize.pipeline.generated import Generated
from summarize.pipeline.plan import Part
from summarize.pipeline.rewriting.checks import (
    keep_question,
    missing_article,
    stands_for_source,
    with_spelling,
    with_words_before,
)
from summarize.pipeline.rewriting.connectives import without_connective, without_item_mark, without_speaker
from summarize.pipeline.rewriting.insertions import adds_no_words, keeps_beginning
from summarize.pipeline.rewriting.shortening import shorten_with_traces
from summarize.pipeline.rewriting.speaker_labels import count_label_words, missing_label, said_span, turn_of
from summarize.pipeline.summary import Sentence
from summarize.pipeline.summary_decoder import SummaryDecoder
from summarize.selection.expected_rouge import ExpectedRouge
from summarize.text.lengths import TOKENS_PER_WORD, Limits
from summarize.text.sentences import ends_sentence
from summarize.text.tokenizer import Encoding

MAX_BATCH_SENTENCES = 48  # that are rewritten at once
N_REWRITTEN = 5  # sentences of a part; more may be selected verbatim
# Added to the expected ROUGE (0 to 2) for each rewritten sentence: it says as much in fewer words.
REWRITE_BONUS = 0.02
MIN_SENTENCE_TOKENS = 4  # of a rewritten sentence


@dataclass(frozen=True, eq=False)
class RewriteTask:
    """A sentence that may be rewritten, in a window that is source `batch_index` of a memory.

    rank: whether the sentence is self-contained, and its salience logit. positions (L,): the passage's, in the window,
    START first; is_own (L,): True at the sentence itself, False at what stands before it.
    """

    window: Window
    sentence_index: int  # in the document
    rank: tuple[bool, float]
    batch_index: int
    positions: np.ndarray
    is_own: np.ndarray

    @property
    def part_index(self) -> int:
        """The index of the part that the sentence belongs to."""
        return self.window.range_index

    @property
    def passage(self) -> SourceTokens:
        """The tokens of the passage, without START."""
        source, tokens = self.window.source, self.positions[1:] - 1
        ids, spans = ([values[i] for i in tokens] for values in (source.encoding.ids, source.encoding.spans))
        encoding = Encoding(source.encoding.text, ids, spans)
        return replace(source, encoding=encoding, sentence_of_token=source.sentence_of_token[tokens])

    @property
    def encoded_span(self) -> Span:
        """The characters of the document that were encoded together with the sentence."""
        spans = self.window.source.encoding.spans
        return spans[0][0], spans[-1][1]


@dataclass(frozen=True)
class Candidate:
    """A sentence that the summary may contain, verbatim or rewritten.

    Of a rewritten one, score: the search's, −inf where the limits cut it off; encoded_span: see RewriteTask. label: the
    words of the speaker's name that are shown before it, unless the sentence before it has the same speaker.
    """

    sentence_index: int  # in the document
    sentence: Sentence
    score: float | None = None
    encoded_span: Span = (0, 0)
    traces: tuple[AttentionTrace, ...] = ()
    label: tuple[Span, ...] = ()

    def with_words_before(self, text: str, spans: Sequence[Span]) -> Candidate:
        """The same with words of the document before it; text: the document's."""
        if not spans:
            return self
        before = (verbatim_trace(self.traces[0].heads, spans),) if self.traces else ()
        sentence = with_words_before(self.sentence, text, spans)
        return replace(self, sentence=sentence, traces=(*before, *self.traces))


class SentencewiseGenerator:
    """Generates summaries sentence by sentence, with a model that was trained to rewrite sentences."""

    def __init__(self, encoder: DocumentEncoder, options: SearchOptions) -> None:
        self._encoder, self._options = encoder, options
        self._decoder = SummaryDecoder(encoder.model, encoder.tokenizer, options)
        self._passage_dtype = passage_dtype(encoder.model)

    def generate(self, parts: Sequence[Part], explain: bool = False) -> list[Generated]:
        """A summary of each part, within its limits; explain: with attention traces."""
        logits, tasks, memory = self._encode(parts)
        rewritten: list[list[Candidate]] = [[] for _ in parts]
        for indices in batch_tasks(tasks):
            batch = [tasks[i] for i in indices]
            assert memory is not None  # there is one where there are tasks
            passages = memory if len(batch) == len(tasks) else memory.select(torch.tensor(indices))
            max_words = [parts[task.part_index].limits.max_words for task in batch]
            for task, candidate in zip(batch, self._rewrite(passages, batch, max_words, explain), strict=True):
                rewritten[task.part_index] += [candidate] if candidate else []
        generated = [summarise_part(*inputs, self._options) for inputs in zip(parts, logits, rewritten, strict=True)]
        if not explain:
            return generated
        return [self._with_all_source_words(*pair) for pair in zip(generated, parts, strict=True)]

    def _with_all_source_words(self, generated: Generated, part: Part) -> Generated:
        """The same with a trace of no words that has the whole part as its source: each sentence's has its passage."""
        if not generated.traces:
            return generated
        encoding, _ = self._encoder.sentence_tokens(part.document, range(part.first, part.last))
        source, _ = source_words(encoding, self._encoder.tokenizer)
        whole_part = verbatim_trace(generated.traces[0].heads, source).first_words(0)
        return replace(generated, traces=(*generated.traces, whole_part))

    def _encode(self, parts: Sequence[Part]) -> tuple[list[np.ndarray], list[RewriteTask], Memory | None]:
        """The salience logits of each part's n sentences, (n,); the tasks of all parts; and the memory of the tasks'
        passages, None without tasks."""
        logits = [np.zeros(part.last - part.first, np.float32) for part in parts]
        tasks: list[RewriteTask] = []
        buffer = MemoryBuffer()  # the memory of the tasks' passages, in the order of the tasks
        for windows, memory in self._encoder.encode_windows(parts):
            window_tasks: list[RewriteTask] = []
            window_logits = self._encoder.window_salience_logits(windows, memory)
            for b, (window, values) in enumerate(zip(windows, window_logits, strict=True)):
                part = parts[window.range_index]
                logits[window.range_index][window.source.sentence_indices - part.first] = values
                window_tasks += self._window_tasks(b, window, values, part.limits)
            best = best_tasks([*tasks, *window_tasks], parts)
            kept = [i for i, task in enumerate(tasks) if task in best]
            buffer.keep(kept)
            new = [task for task in window_tasks if task in best]
            if new:
                tensors = _passage_tensors(new, memory.src.device)
                buffer.append(self._encoder.model.passages(memory, *tensors, self._passage_dtype))
            tasks = [*(tasks[i] for i in kept), *new]
        return logits, tasks, buffer.join() if tasks else None

    def _window_tasks(self, batch_index: int, window: Window, logits: np.ndarray, limits: Limits) -> list[RewriteTask]:
        """The most salient of a window's n sentences as tasks; logits (n,)."""
        source = window.source
        numbers = sentence_window(source.sentence_of_token, self._encoder.max_src)
        order, is_self_contained = rank_sentences(source.document, source.sentence_indices, logits)
        tasks = []
        n = _n_rewritten(limits)
        for i, self_contained in zip(order[:n].tolist(), is_self_contained[:n].tolist(), strict=True):
            positions, index = passage_positions(numbers, i), int(source.sentence_indices[i])
            if len(positions) and can_be_rewritten(source.document, index):
                rank = self_contained, float(logits[i])
                tasks.append(RewriteTask(window, index, rank, batch_index, positions, numbers[positions] == i))
        return tasks

    def _rewrite(
        self, memory: Memory, tasks: Sequence[RewriteTask], max_words: Sequence[int | None], explain: bool
    ) -> list[Candidate | None]:
        """The rewritten sentence of each task, of at most max_words words; None where nothing is generated.

        memory: of the tasks' passages.
        """
        max_tokens = min(MAX_SENTENCE_TOKENS, self._encoder.model.config.max_tgt) - 1
        limits = [Limits(MIN_SENTENCE_TOKENS, max_tokens, words, n_sentences=1) for words in max_words]
        results = self._decoder.search(memory, [task.passage for task in tasks], limits, keeps_memory=explain)
        best = [result.hypotheses[0] for result in results]
        generated = (
            self._decoder.detokenize_with_attention(memory, results, best)
            if explain
            else [self._decoder.detokenize(*pair) for pair in zip(results, best, strict=True)]
        )
        return [
            Candidate(task.sentence_index, text.sentences[0], text.score, task.encoded_span, text.traces)
            if text.sentences and text.sentences[0].words
            else None
            for task, text in zip(tasks, generated, strict=True)
        ]


def batch_tasks(tasks: Sequence[RewriteTask]) -> list[list[int]]:
    """The indices of tasks in as few batches as possible, of similar sizes, each of passages of similar lengths.

    A single batch is in the order of the tasks.
    """
    if len(tasks) <= MAX_BATCH_SENTENCES:
        return [list(range(len(tasks)))] if tasks else []
    order = sorted(range(len(tasks)), key=lambda i: len(tasks[i].positions))
    n_batches = -(-len(order) // MAX_BATCH_SENTENCES)
    size = -(-len(order) // n_batches)
    return [order[start : start + size] for start in range(0, len(order), size)]


def can_be_rewritten(document: SegmentedDocument, index: int) -> bool:
    """Whether a sentence is one: in a conversation, or with a full stop. Of items, cells and lines of logs the model
    makes no sentences."""
    return bool(document.turns) or ends_sentence(document.sentence_text(index))


def _n_rewritten(limits: Limits) -> int:
    """How many sentences of a part are rewritten."""
    return max(N_REWRITTEN, limits.n_sentences or 1)


def best_tasks(tasks: Sequence[RewriteTask], parts: Sequence[Part]) -> set[RewriteTask]:
    """The most salient tasks of each part; one that is not self-contained only where there are too few others."""
    best: dict[int, list[RewriteTask]] = {}
    for task in sorted(tasks, key=lambda task: task.rank, reverse=True):
        of_part, limits = best.setdefault(task.part_index, []), parts[task.part_index].limits
        is_self_contained, _ = task.rank
        if len(of_part) < _n_rewritten(limits) and (is_self_contained or len(of_part) < (limits.n_sentences or 1)):
            of_part.append(task)
    return {task for of_part in best.values() for task in of_part}


def _passage_tensors(tasks: Sequence[RewriteTask], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """The batch indices (N,) of N tasks, their positions (N, L), −1 for padding, and is_own (N, L) bool."""
    positions, is_own = np.full((len(tasks), PASSAGE_TOKENS), -1), np.zeros((len(tasks), PASSAGE_TOKENS), bool)
    for n, task in enumerate(tasks):
        positions[n, : len(task.positions)], is_own[n, : len(task.positions)] = task.positions, task.is_own
    batch_indices = np.array([task.batch_index for task in tasks])
    return tuple(torch.from_numpy(x).to(device) for x in (batch_indices, positions, is_own))  # type: ignore[return-value]


def summarise_part(part: Part, logits: np.ndarray, rewritten: Sequence[Candidate], options: SearchOptions) -> Generated:
    """The summary of a part of n sentences, in its order: the best of its sentences, verbatim, and of the rewritten
    ones that are confident enough; logits (n,): of salience."""
    document, limits = part.document, part.limits
    salient = find_salient_sentences(part, logits, limits)
    heads = next((trace.heads for candidate in rewritten for trace in candidate.traces), None)
    confident = [candidate for candidate in rewritten if _is_confident(candidate, options.min_confidence)]
    sound = _without_unsound(document, _without_unsupported_claims(confident, document.text))
    rewritten = [candidate for candidate in sound if candidate.sentence_index in salient.sentence_indices]
    verbatim = [_verbatim_candidate(document, salient.sentence_indices[i], heads) for i in salient.candidates]
    candidates = [*(_with_label(document, candidate) for candidate in verbatim), *rewritten]
    selected = _connected(document, _select(salient, candidates, limits, options.no_repeat_words))
    if not selected and salient.sentence_indices:  # no sentence is short enough: one is cut
        most_salient = _verbatim_candidate(document, salient.sentence_indices[0], heads)
        selected = [_shortened((rewritten or [most_salient])[0], _max_words(limits))]
    scores = [candidate.score for candidate in selected if candidate.score is not None]
    return Generated(
        tuple(candidate.sentence for candidate in selected),
        sum(scores) / max(1, len(scores)),
        part.n_words,
        traces=tuple(trace for candidate in selected for trace in candidate.traces),
    )


def _select(
    salient: SalientSentences, candidates: Sequence[Candidate], limits: Limits, no_repeat_words: int
) -> list[Candidate]:
    """The candidates with the highest expected ROUGE within limits, in the document's order."""
    if not candidates:
        return []
    position = {index: i for i, index in enumerate(salient.sentence_indices)}
    texts = [(position[candidate.sentence_index], candidate.sentence.text) for candidate in candidates]
    is_rewritten = [candidate.score is not None for candidate in candidates]
    expected = ExpectedRouge(
        salient.texts,
        salient.probabilities,
        texts,
        {i: text for (i, text), is_new in zip(texts, is_rewritten, strict=True) if is_new},
        [REWRITE_BONUS * is_new for is_new in is_rewritten],
        salient.companions(texts),
        [count_label_words(candidate.label) for candidate in candidates],
    )
    min_words = 0 if limits.n_sentences else limits.min_tokens / TOKENS_PER_WORD
    indices = expected.select(limits.n_sentences, _max_words(limits), min_words, no_repeat_words)
    return sorted((candidates[c] for c in indices), key=lambda candidate: candidate.sentence_index)


def _with_label(document: SegmentedDocument, candidate: Candidate) -> Candidate:
    """The candidate with its label apart from its sentence, if it is of a conversation, and without an item's mark."""
    turn = turn_of(document, candidate.sentence_index)
    if turn is None:
        sentence, traces = without_item_mark(candidate.sentence, candidate.traces, document.text)
        return replace(candidate, sentence=sentence, traces=traces)
    sentence, traces = without_speaker(candidate.sentence, candidate.traces, document.text, turn, document.speakers)
    label = missing_label(document.text, sentence.text, turn)
    return replace(candidate, sentence=sentence, traces=traces, label=label)


def _connected(document: SegmentedDocument, selected: Sequence[Candidate]) -> list[Candidate]:
    """The candidates without the connectives that lead on from a sentence which was not selected, and with the name of
    the speaker, once where several have the same."""
    connected: list[Candidate] = []
    previous, speaker = -1, None
    for candidate in selected:
        turn = turn_of(document, candidate.sentence_index)
        if candidate.sentence_index != previous + 1 or not connected:
            sentence, traces = without_connective(candidate.sentence, candidate.traces)
            candidate = replace(candidate, sentence=sentence, traces=traces)
        if turn is not None and turn.speaker != speaker:
            candidate = candidate.with_words_before(document.text, candidate.label)
        connected.append(candidate)
        previous, speaker = candidate.sentence_index, turn and turn.speaker
    return connected


def _max_words(limits: Limits) -> float:
    """The maximum number of words of a summary; a number of sentences alone does not limit it."""
    if limits.n_sentences:
        return np.inf
    return limits.max_words or limits.max_tokens / TOKENS_PER_WORD


def _is_confident(candidate: Candidate, min_confidence: float) -> bool:
    """Whether a rewritten sentence is finished, and the geometric mean of its tokens' probabilities high enough."""
    score = candidate.score
    return score is not None and score > -np.inf and bool(np.exp(score) >= min_confidence)


def _shortened(candidate: Candidate, max_words: float) -> Candidate:
    """A candidate of at most max_words words."""
    sentence, traces = shorten_with_traces(candidate.sentence, candidate.traces, max_words)
    return replace(candidate, sentence=sentence, traces=traces)


def _without_unsupported_claims(rewritten: Sequence[Candidate], text: str) -> list[Candidate]:
    """The candidates whose numbers and names are all in what was encoded together with them; text: the document's.

    The search can mix the tokens of several names into a new one. Such a sentence is not selected: the document's own
    is there instead.
    """
    supported: list[Candidate] = []
    for span in dict.fromkeys(candidate.encoded_span for candidate in rewritten):
        candidates = [candidate for candidate in rewritten if candidate.encoded_span == span]
        claims = find_claims(text[slice(*span)], [candidate.sentence.words for candidate in candidates])
        unsupported = {claim.sentence for claim in claims}
        supported += [candidate for i, candidate in enumerate(candidates) if i not in unsupported]
    return supported


def _without_unsound(document: SegmentedDocument, rewritten: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that can stand for their source sentences, without speakers' names and marks of items, questions
    as questions, and with the articles that were left out."""
    text = document.text
    sound = []
    for candidate in (_with_label(document, candidate) for candidate in rewritten):
        span = said_span(document, candidate.sentence_index)
        sentence = keep_question(candidate.sentence, text, span)
        if sentence is None or not (document.turns or keeps_beginning(sentence, text, span)):
            continue
        if adds_no_words(sentence, text, span) and stands_for_source(sentence, text, span):
            article = missing_article(sentence, text, span)
            candidate = replace(candidate, sentence=with_spelling(sentence, text, span))
            sound.append(candidate.with_words_before(text, [article] if article else []))
    return sound


def _verbatim_candidate(document: SegmentedDocument, index: int, heads: tuple[Head, ...] | None) -> Candidate:
    """The sentence with this index, verbatim but for the mark of a list's item.

    heads: of the other candidates' traces, None where they have none.
    """
    (sentence,) = verbatim_sentences(document, [index])
    words = [word.span for word in sentence.words if word.span]
    return Candidate(index, sentence, traces=() if heads is None else (verbatim_trace(heads, words),))
