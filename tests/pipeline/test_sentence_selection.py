"""Which sentences of a part are selected, verbatim or rewritten, and what is then said of its summary."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from summarize.decoding.hypothesis import SearchOptions
from summarize.grounding.explanation import Head, Span
from summarize.pipeline import sentencewise
from summarize.pipeline.attribution import AttentionTrace, verbatim_trace
from summarize.pipeline.extractive import find_salient_sentences
from summarize.pipeline.plan import Part
from summarize.pipeline.sentencewise import REWRITE_BONUS, Candidate, summarise_part
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.selection.expected_rouge import ExpectedRouge
from summarize.text.lengths import TOKENS_PER_WORD, Limits
from tests.helpers.segmented import segmented

SENTENCES = [
    "The bridge opened in May.",
    "Anna Smith met the minister on Monday.",
    "It rained all day in York.",
    "Trains run late today.",
]
DOCUMENT = segmented(SENTENCES)
LOGITS = np.array([3.0, 2.0, -2.0, 1.0])
LIMITS = Limits(0, 100)
HEADS = (Head(None, None), Head(1, 1))
OPTIONS = SearchOptions(min_confidence=0.5)


def rewritten(
    index: int, text: str, probability: float = 0.9, span: Span | None = None, traced: bool = False
) -> Candidate:
    """A rewritten sentence of words and a full stop; span: what was encoded with it, all of the document by default."""
    texts = [*text.removesuffix(".").split(), "."]
    words = tuple(SummaryWord(t, 0.0, None, 0 < i < len(texts) - 1) for i, t in enumerate(texts))
    traces: tuple[AttentionTrace, ...] = ()
    if traced:
        shape = (len(HEADS), len(words), 1)
        p_gen = tuple(i / 10 for i in range(len(words)))
        traces = (AttentionTrace(((0, 3),), HEADS, np.zeros(shape, np.int64), np.ones(shape, np.float32), p_gen),)
    score = float(np.log(probability)) if probability else -np.inf
    return Candidate(index, Sentence(join_words(words), words), score, span or (0, len(DOCUMENT.text)), traces)


def summary_of(candidates: Sequence[Candidate], limits: Limits = LIMITS, options: SearchOptions = OPTIONS) -> list[str]:
    generated = summarise_part(Part(DOCUMENT, 0, 4, limits), LOGITS, candidates, options)
    assert [s.text for s in generated.sentences] == [join_words(s.words) for s in generated.sentences]
    return [sentence.text for sentence in generated.sentences]


@pytest.fixture
def high_bonus(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is rewritten is selected if it may be."""
    monkeypatch.setattr(sentencewise, "REWRITE_BONUS", 1.0)


OPENED, MET = "The bridge opened.", "Anna Smith met the minister."


@pytest.mark.usefixtures("high_bonus")
def test_rewritten_and_verbatim_sentences_are_in_the_documents_order() -> None:
    candidates = [rewritten(3, "Trains run late."), rewritten(0, OPENED)]
    assert summary_of(candidates, Limits(0, 100, n_sentences=3)) == [OPENED, SENTENCES[1], "Trains run late."]
    assert summary_of([], Limits(0, 100, n_sentences=4)) == SENTENCES


@pytest.mark.usefixtures("high_bonus")
@pytest.mark.parametrize(("probability", "is_selected"), [(0.5001, True), (0.4999, False), (0.0, False)])
def test_a_rewritten_sentence_must_be_confident(probability: float, is_selected: bool) -> None:
    texts = summary_of([rewritten(0, OPENED, probability)], Limits(0, 100, n_sentences=1))
    assert (texts == [OPENED]) == is_selected
    unlimited = SearchOptions(min_confidence=0.0)
    texts = summary_of([rewritten(0, OPENED, probability)], Limits(0, 100, n_sentences=1), unlimited)
    assert (texts == [OPENED]) == (probability > 0)  # an unfinished sentence has probability 0


@pytest.mark.usefixtures("high_bonus")
def test_a_claim_must_be_in_what_was_encoded_with_the_sentence() -> None:
    """Anna Smith is in the document, but not in the first sentence."""
    first = (0, len(SENTENCES[0]))
    limits = Limits(0, 100, n_sentences=2)
    assert summary_of([rewritten(0, "Smith opened in May."), rewritten(1, MET)], limits) == [
        "Smith opened in May.",
        MET,
    ]
    candidates = [rewritten(0, "Smith opened in May.", span=first), rewritten(1, MET)]
    assert summary_of(candidates, limits) == [SENTENCES[0], MET]
    candidates = [rewritten(1, MET), rewritten(0, OPENED, span=first), rewritten(3, "Smith runs late.", span=first)]
    assert summary_of(candidates, limits) == [OPENED, MET]


def test_expected_rouge_gets_all_candidates_and_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    class Spy(ExpectedRouge):
        def __init__(self, *arguments: Any) -> None:
            calls.append(arguments)
            super().__init__(*arguments)

        def select(self, *arguments: Any) -> list[int]:
            calls.append(arguments)
            return super().select(*arguments)

    monkeypatch.setattr(sentencewise, "ExpectedRouge", Spy)
    limits = Limits(13, 26)
    candidates = [rewritten(1, MET), rewritten(0, OPENED), rewritten(2, "Zquox rained.")]
    summary_of(candidates, limits, SearchOptions(no_repeat_words=4))
    salient = find_salient_sentences(Part(DOCUMENT, 0, 4, limits), LOGITS, limits)
    assert salient.sentence_indices == [0, 1, 3, 2]
    (texts, probabilities, given, rewrites, bonuses, companions, before), selection = calls
    assert texts == [SENTENCES[i] for i in (0, 1, 3, 2)]
    assert np.array_equal(probabilities, salient.probabilities)
    assert given == [*salient.candidate_texts(), (1, MET), (0, OPENED)]
    assert rewrites == {1: MET, 0: OPENED}
    assert bonuses == [0] * 4 + [REWRITE_BONUS] * 2
    assert companions == salient.companions(given)
    assert before == [0] * len(given)
    assert selection == (None, 26 / TOKENS_PER_WORD, 13 / TOKENS_PER_WORD, 4)
    calls.clear()
    summary_of(candidates, Limits(13, 26, max_words=9))
    assert calls[1] == (None, 9, 13 / TOKENS_PER_WORD, 3)
    calls.clear()
    summary_of(candidates, Limits(13, 26, n_sentences=2))
    assert calls[1] == (2, np.inf, 0, 3)


def test_a_rewrite_of_a_sentence_that_is_not_salient_is_left_out() -> None:
    document = segmented([f"Train {i} runs late today." for i in range(30)])
    logits = -np.arange(30.0)
    part = Part(document, 0, 30, Limits(0, 100, n_sentences=1))
    generated = summarise_part(part, logits, [rewritten(29, "Train 29 runs.")], SearchOptions())
    assert [sentence.text for sentence in generated.sentences] == [document.sentence_text(0)]


@pytest.mark.parametrize(
    ("max_words", "candidates", "expected"),
    [
        (3, [], ["The bridge opened…"]),  # of the most salient sentence
        (2, [rewritten(1, MET)], ["Anna Smith…"]),  # a rewritten one is shorter, and cut off later
        (2, [rewritten(1, MET, 0.1)], ["The bridge…"]),  # but it must be confident
        (1, [rewritten(1, MET)], ["Anna…"]),
        (4, [], [SENTENCES[3]]),  # one is short enough
    ],
)
def test_where_no_sentence_is_short_enough_one_is_cut(
    max_words: int, candidates: list[Candidate], expected: list[str]
) -> None:
    assert summary_of(candidates, Limits(0, 100, max_words=max_words)) == expected


def test_a_cut_sentence_has_the_trace_of_its_words_and_of_the_ellipsis() -> None:
    part = Part(DOCUMENT, 0, 4, Limits(0, 100, max_words=2))
    generated = summarise_part(part, LOGITS, [rewritten(1, MET, traced=True)], OPTIONS)
    (trace,) = generated.traces
    assert trace.p_gen == (0.0, 0.1, 1.0)
    assert trace.index.shape == trace.share.shape == (2, 3, 1)
    assert not trace.share[:, 2].any()


def test_a_mark_without_a_space_before_it_is_no_further_word() -> None:
    part = Part(segmented(["Anna, the mayor, met John."]), 0, 1, Limits(0, 100, max_words=1))
    (sentence,) = summarise_part(part, np.zeros(1), [], OPTIONS).sentences
    assert sentence.text == "Anna…"


@pytest.mark.usefixtures("high_bonus")
def test_traces_are_those_of_the_selected_sentences_in_order() -> None:
    candidates = [rewritten(3, "Trains run late.", traced=True), rewritten(0, OPENED, traced=True)]
    part = Part(DOCUMENT, 0, 4, Limits(0, 100, n_sentences=3))
    generated = summarise_part(part, LOGITS, candidates, OPTIONS)
    first, verbatim, last = generated.traces
    assert [len(trace.p_gen) for trace in generated.traces] == [len(s.words) for s in generated.sentences]
    assert (first, last) == (candidates[1].traces[0], candidates[0].traces[0])
    start = DOCUMENT.spans[1][0]
    assert verbatim.source[0] == (start, start + 4)
    assert verbatim.heads == HEADS
    assert verbatim.index.shape == verbatim.share.shape == (2, len(verbatim.source), 0)
    assert set(verbatim.p_gen) == {0.0}
    plain = summarise_part(part, LOGITS, [rewritten(0, OPENED)], OPTIONS)
    assert plain.traces == ()


@pytest.mark.usefixtures("high_bonus")
def test_the_score_is_the_mean_of_the_rewritten_sentences() -> None:
    part = Part(DOCUMENT, 0, 4, Limits(0, 100, n_sentences=3))
    generated = summarise_part(part, LOGITS, [rewritten(0, OPENED, 0.8), rewritten(1, MET, 0.6)], OPTIONS)
    assert generated.score == pytest.approx((np.log(0.8) + np.log(0.6)) / 2)
    assert generated.n_words_encoded == part.n_words
    assert not generated.is_source_selected
    assert summarise_part(part, LOGITS, [], OPTIONS).score == 0


def test_a_verbatim_trace_has_no_attention() -> None:
    trace = verbatim_trace(HEADS, [(0, 3), (4, 9)])
    assert trace.source == ((0, 3), (4, 9))
    assert trace.attention(1) == ()
    assert trace.first_words(0).source == trace.source


def test_part_of_a_trace_is_that_of_its_words() -> None:
    n_heads, n_words, k = 2, 5, 3
    share = np.arange(n_heads * n_words * k, dtype=np.float32).reshape(n_heads, n_words, k)
    trace = AttentionTrace(((0, 3), (4, 9)), HEADS[:n_heads], share.astype(np.int64), share, (0.1, 0.2, 0.3, 0.4, 0.5))
    part = trace.between(1, 3)
    assert part.p_gen == (0.2, 0.3)
    assert part.share.tolist() == share[:, 1:3].tolist()
    assert part.index.tolist() == share[:, 1:3].tolist()
    assert part.source == trace.source


def test_a_connective_goes_where_the_sentence_before_it_is_not_selected() -> None:
    texts = ["The old bridge opened in May.", "Rain fell all day.", "But trains run late today.", "Anna Smith left."]
    document = segmented(texts)

    def summary_at(*chosen: int) -> str:
        logits = np.array([9.0 if i in chosen else -9.0 for i in range(4)])
        part = Part(document, 0, 4, Limits(0, 60, n_sentences=len(chosen)))
        return " ".join(s.text for s in summarise_part(part, logits, [], SearchOptions()).sentences)

    assert summary_at(0, 2) == "The old bridge opened in May. Trains run late today."
    assert summary_at(1, 2) == "Rain fell all day. But trains run late today."
    assert summary_at(2) == "Trains run late today."


CHAT = """Anna: The old bridge opened in May.
Tom: It rained all day there.
Tom: Trains run late today.
Anna: I left at noon."""


def chat_summary(limits: Limits, *chosen: int) -> list[Sentence]:
    spans = [match.span() for match in re.finditer(r"[^:\n]+: (.*)", CHAT)]
    texts = [CHAT[start:end] for start, end in spans]
    document = replace(segmented([text.split(": ")[1] for text in texts]), text=CHAT)
    starts = [start + len(text.split(": ")[0]) + 2 for (start, _), text in zip(spans, texts, strict=True)]
    document.spans[:] = [(start, end) for start, (_, end) in zip(starts, spans, strict=True)]
    logits = np.array([9.0 if i in chosen else -9.0 for i in range(4)])
    part = Part(document, 0, 4, limits)
    return list(summarise_part(part, logits, [], SearchOptions()).sentences)


def test_a_sentence_of_a_conversation_has_its_speaker_where_another_one_spoke_before() -> None:
    sentences = chat_summary(Limits(0, 90, n_sentences=3), 0, 2, 3)
    assert [s.text for s in sentences] == [
        "Anna: The old bridge opened in May.", "Tom: Trains run late today.", "Anna: I left at noon."
    ]  # fmt: skip
    sentences = chat_summary(Limits(0, 90, n_sentences=2), 1, 2)
    assert [s.text for s in sentences] == ["Tom: It rained all day there.", "Trains run late today."]
    for word in (word for sentence in sentences for word in sentence.words):
        assert word.span is not None
        assert CHAT[slice(*word.span)].lower() == word.text.lower()


def test_a_speaker_that_stands_in_two_sentences_is_named_once() -> None:
    lines = ["Anna: The old bridge opened in May.", "Tom: It rained all day there.", "Anna: But I left at noon."]
    document = segmented(lines, separator="\n")

    def summary_at(*chosen: int) -> list[str]:
        logits = np.array([9.0 if i in chosen else -9.0 for i in range(3)])
        part = Part(document, 0, 3, Limits(0, 90, n_sentences=len(chosen)))
        return [s.text for s in summarise_part(part, logits, [], SearchOptions()).sentences]

    assert summary_at(0, 2) == ["Anna: The old bridge opened in May.", "I left at noon."]
    assert summary_at(1, 2) == ["Tom: It rained all day there.", "Anna: But I left at noon."]
    assert summary_at(2) == ["Anna: I left at noon."]


def test_names_of_speakers_count_as_words() -> None:
    for max_words in range(4, 16):
        sentences = chat_summary(Limits(0, 90, max_words=max_words), 0, 2, 3)
        assert sum(len(s.text.split()) for s in sentences) <= max_words
