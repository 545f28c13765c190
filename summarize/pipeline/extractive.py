"""Extractive summaries: the sentences of a document with the highest expected ROUGE, verbatim and in order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from summarize.pipeline.cohesion import antecedent, can_help, goes_on, is_above_turns, is_lost, may_end_so, said_text
from summarize.pipeline.encoder import SegmentedDocument, SentenceRange
from summarize.pipeline.generated import Generated
from summarize.pipeline.plan import Part
from summarize.pipeline.rewriting.checks import with_words_before
from summarize.pipeline.rewriting.connectives import without_item_mark
from summarize.pipeline.rewriting.shortening import shorten
from summarize.pipeline.rewriting.speaker_labels import count_label_words, missing_label, turn_of
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.selection.centrality import centrality_logits
from summarize.selection.expected_rouge import ExpectedRouge, salience_probabilities
from summarize.text.lengths import Limits
from summarize.text.matching import count_words, unspaced_starts
from summarize.text.openers import (
    asked_part,
    begins_quotation,
    is_subordinate,
    points_elsewhere,
    refers_back,
)
from summarize.text.tokenizer import word_spans

_WORD = re.compile(r"\w[\w'’.-]*")
NO_LIMITS = Limits(0, 0)  # where no length is requested: as many sentences as raise the expected ROUGE
# How many sentences, beyond the number requested, a sampled summary may contain, and how many may be selected. Each of
# the many other sentences has a low probability; together they would make the sampled summaries too long. (See
# models/LOG.md.)
N_SAMPLED, N_CANDIDATES = 12, 10
MIN_WORDS = 4  # a shorter sentence is not self-contained
WORDS_PER_SENTENCE = 22  # of a document, about


@dataclass(frozen=True)
class SalientSentences:
    """The n sentences of a range that a sampled summary may contain, self-contained ones first, by salience.

    sentence_indices (n,): in the document; probabilities (n,): that a summary contains each; candidates: positions,
    among the n, of the sentences that may be selected verbatim. Where one of them refers back to the sentence before
    it, or is a question, which the sentence after it may answer, that is a candidate, too. before: for indices in the
    document, that of the sentence that each can refer to. continuing: indices of those that go on from that sentence,
    or answer it; lost: of those that no other sentence helps: parts of a quotation, or questions with words like "who"
    that only "yes" or the like follows.
    """

    sentence_indices: list[int]
    texts: list[str]
    probabilities: np.ndarray
    candidates: list[int]
    before: Mapping[int, int] = field(default_factory=dict)
    continuing: frozenset[int] = frozenset()
    lost: frozenset[int] = frozenset()

    def companions(self, candidates: Sequence[tuple[int, str]]) -> dict[int, int]:
        """For those of (position, text) candidates that say little alone, the position of the sentence that they need;
        −1 if that is not among the n."""
        position_of = {index: position for position, index in enumerate(self.sentence_indices)}
        companions: dict[int, int] = {}
        for c, (position, text) in enumerate(candidates):
            index = self.sentence_indices[position]
            leans = index in self.continuing or refers_back(text)
            needed = self.before.get(index) if leans else index + bool(asked_part(text))
            if index in self.lost:
                companions[c] = -1
            elif needed != index and index:  # the document's first sentence has nothing to refer to
                companions[c] = -1 if needed is None else position_of.get(needed, -1)
        return companions

    def candidate_texts(self) -> list[tuple[int, str]]:
        """(position, text) of each candidate, for an ExpectedRouge."""
        return [(i, self.texts[i]) for i in self.candidates]


def find_salient_sentences(sentence_range: SentenceRange, logits: np.ndarray, limits: Limits) -> SalientSentences:
    """The most salient sentences of a range of n, for a summary within limits; logits (n,): of salience."""
    document, indices = sentence_range.document, np.arange(sentence_range.first, sentence_range.last)
    n_expected, n_requested = expected_sentences(limits), limits.n_sentences or 1
    order, is_self_contained = rank_sentences(document, indices, logits)
    n_words = document.n_words[indices[order]]
    fits = (n_words > 0) & (n_words <= (np.inf if limits.max_words is None else limits.max_words))
    n_candidates = min(max(n_requested, int((is_self_contained & fits).sum())), N_CANDIDATES + int(n_expected or 0))
    candidates = _with_companions(document, indices[order], np.flatnonzero(fits)[:n_candidates], fits)
    sampled = np.flatnonzero(n_words)[: N_SAMPLED + int(n_expected or 0)]
    kept = np.array(sorted({*sampled.tolist(), *candidates.tolist()}), np.int64)  # np.union1d would import numpy.ma
    sentence_indices = indices[order[kept]].tolist()
    return SalientSentences(
        sentence_indices,
        [document.sentence_text(i) for i in sentence_indices],
        salience_probabilities(logits[order[kept]], n_expected),
        np.searchsorted(kept, candidates).tolist(),
        {i: before for i in sentence_indices if (before := antecedent(document, i)) is not None},
        frozenset(i for i in sentence_indices if goes_on(document, i)),
        frozenset(i for i in sentence_indices if is_lost(document, i)),
    )


def _with_companions(
    document: SegmentedDocument, ranked: np.ndarray, candidates: np.ndarray, fits: NDArray[np.bool_]
) -> np.ndarray:
    """Candidates, and the sentences without which some of them say little, where these fit; as ascending ranks.

    ranked (n,): indices of sentences by rank; candidates: ranks; fits (n,): by rank.
    """
    needed: set[int | None] = set()
    for i in ranked[candidates].tolist():
        said = said_text(document, i)
        if not is_lost(document, i):
            needed.add(
                antecedent(document, i) if goes_on(document, i) or refers_back(said) else i + bool(asked_part(said))
            )
    helpers = [i for i in needed if i is not None and i < len(document) and can_help(document, i)]
    added = np.flatnonzero(np.isin(ranked, helpers) & fits)
    return np.array(sorted({*candidates.tolist(), *added.tolist()}), np.int64)


class Extractor:
    """Summarises parts of documents extractively, where a generator does so in the model's words."""

    def __init__(self, score: Callable[[Sequence[SentenceRange]], Sequence[np.ndarray | None]]) -> None:
        """score: gives the salience logits (n,) of each range's n sentences."""
        self._score = score

    def generate(self, parts: Sequence[Part], explain: bool = False) -> list[Generated]:
        """A summary of each part, within its limits; explain: changes nothing, as nothing is attended to."""
        logits = self._score(parts)
        return [_extract_part(part, part_logits) for part, part_logits in zip(parts, logits, strict=True)]


def centralities(ranges: Sequence[SentenceRange]) -> list[np.ndarray]:
    """Salience logits (n,) of each range's n sentences without a model, with the relevance to a query added."""
    return [_centrality(sentence_range) for sentence_range in ranges]


def _centrality(sentence_range: SentenceRange) -> np.ndarray:
    indices = range(sentence_range.first, sentence_range.last)
    logits = centrality_logits([sentence_range.document.sentence_text(i) for i in indices])
    relevance = sentence_range.relevance
    return logits if relevance is None else logits + relevance


def _extract_part(part: Part, logits: np.ndarray | None) -> Generated:
    assert logits is not None
    selected = extract(part, logits, part.limits)
    max_words = part.limits.max_words or np.inf
    verbatim = zip(selected, verbatim_sentences(part.document, selected), strict=True)
    named = _with_speakers(part.document, [(i, sentence) for i, sentence in verbatim if sentence.words])
    sentences = tuple(shorten(sentence, max_words) for sentence in named)
    score = float(logits[[i - part.first for i in selected]].mean()) if selected else 0.0
    return Generated(sentences, score, part.n_words)


def _with_speakers(document: SegmentedDocument, sentences: Sequence[tuple[int, Sentence]]) -> list[Sentence]:
    """The sentences of (index, sentence) pairs, in a conversation each with its speaker's name before it where the
    sentence before is not of the same one."""
    shown: list[Sentence] = []
    speaker = None
    for i, sentence in sentences:
        turn = turn_of(document, i)
        label = missing_label(document.text, sentence.text, turn) if turn and turn.speaker != speaker else ()
        shown.append(with_words_before(sentence, document.text, label) if label else sentence)
        speaker = turn and turn.speaker
    return shown


def extract(sentence_range: SentenceRange, logits: np.ndarray, limits: Limits) -> list[int]:
    """The ascending indices of the sentences of a range of n with the highest expected ROUGE within limits.

    limits: the exact number of sentences, or as many as raise the expected ROUGE; at most so many words. Where no
    sentence has so few, the most salient one alone. logits (n,): of salience.
    """
    document, salient = sentence_range.document, find_salient_sentences(sentence_range, logits, limits)
    if not salient.candidates:
        return salient.sentence_indices[:1]
    max_words = np.inf if limits.max_words is None else limits.max_words
    texts = salient.candidate_texts()
    said = [(i, said_text(document, salient.sentence_indices[i])) for i, _ in texts]
    turns = [turn_of(document, salient.sentence_indices[i]) for i, _ in texts]
    labels = [
        missing_label(document.text, text, turn) if turn else () for (_, text), turn in zip(texts, turns, strict=True)
    ]
    companions, n_label_words = salient.companions(said), list(map(count_label_words, labels))
    expected = ExpectedRouge(
        salient.texts, salient.probabilities, texts, companions=companions, n_words_before=n_label_words
    )
    selected = expected.select(limits.n_sentences, max_words)
    return sorted(salient.sentence_indices[salient.candidates[c]] for c in selected)


def rank_sentences(
    document: SegmentedDocument, indices: np.ndarray, logits: np.ndarray
) -> tuple[np.ndarray, NDArray[np.bool_]]:
    """Rank sentences with indices (n,) by salience logits (n,), self-contained sentences first.

    Returns the positions (n,) in ranked order, and (n,) in the same order whether each sentence is self-contained.
    Headings, sentences of a few words, announcements that end in a colon, subordinate clauses alone, pointers to a
    table or section, and what has no mark at its end where most sentences have one are not.
    """
    is_self_contained = np.array([_is_self_contained(document, int(i)) for i in indices], dtype=bool)
    order = np.lexsort((-logits, ~is_self_contained))
    return order, is_self_contained[order]


def _is_self_contained(document: SegmentedDocument, i: int) -> bool:
    if document.n_words[i] < MIN_WORDS or i in document.headings or is_above_turns(document, i):
        return False
    text = said_text(document, i)
    if count_words(" ".join(_WORD.findall(text))) < MIN_WORDS:  # without a speaker's name and marks
        return False
    leans = is_subordinate(text) or points_elsewhere(text) or begins_quotation(text)
    return may_end_so(document, text) and not leans


def expected_sentences(limits: Limits) -> float | None:
    """About how many sentences a summary within limits has; None where they leave it open."""
    return limits.n_sentences or (limits.max_words and max(1.0, limits.max_words / WORDS_PER_SENTENCE))


def verbatim_sentences(document: SegmentedDocument, indices: Sequence[int]) -> tuple[Sentence, ...]:
    """The sentences with these indices as sentences of a summary, every word with its source span.

    The mark of a list's item is no part of a sentence.
    """
    return tuple(without_item_mark(_verbatim_sentence(document, i), (), document.text)[0] for i in indices)


def _word_spans(text: str) -> Iterator[tuple[int, int]]:
    """`word_spans`; in scripts without spaces each character is a word, so that a sentence can be shortened."""
    for start, end in word_spans(text):
        inner = [start + offset for offset in unspaced_starts(text[start:end]) if offset]
        yield from pairwise([start, *inner, end])


def _verbatim_sentence(document: SegmentedDocument, i: int) -> Sentence:
    """A sentence of the document without control characters, and with plain spaces between its words."""
    words: list[SummaryWord] = []
    text, offset, previous_end = document.sentence_text(i), int(document.spans[i][0]), 0
    for start, end in _word_spans(text):
        word = "".join(c for c in text[start:end] if unicodedata.category(c) != "Cc")
        if word:
            has_space = bool(words) and any(map(str.isspace, text[previous_end:start]))
            words.append(SummaryWord(word, 1.0, (offset + start, offset + end), has_space))
            previous_end = end
    return Sentence(join_words(words), tuple(words))
