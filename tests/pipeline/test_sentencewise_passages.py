"""From which passages sentences are rewritten, and that a rewritten sentence takes nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from summarize.decoding.hypothesis import SearchOptions
from summarize.network.memory import Memory
from summarize.pipeline import sentencewise
from summarize.pipeline.encoder import DocumentEncoder, SegmentedDocument, SourceTokens
from summarize.pipeline.extractive import rank_sentences
from summarize.pipeline.plan import Part
from summarize.pipeline.sentencewise import (
    RewriteTask,
    SentencewiseGenerator,
    batch_tasks,
    best_tasks,
    can_be_rewritten,
)
from summarize.pipeline.summary_decoder import SearchResult, SummaryDecoder
from summarize.text.lengths import Limits
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END, PAD, START
from tests.helpers.models import MakeModel
from tests.helpers.segmented import segmented
from tests.helpers.sources import numbers, properties_of

CONTEXT, PASSAGE = 40, 96  # tokens: of context, and of a passage with START
LIMITS = Limits(4, 60)
OPTIONS = SearchOptions(beam_size=2)
NUMBERS = ("12", "2,500", "1999", "340", "7", "30", "142", "3rd", "2013", "50")


@dataclass
class Searched:
    """What was searched: the passages, their memory's ids and first layer's values, and the results."""

    sources: list[SourceTokens]
    src: Tensor
    values: Tensor
    limits: list[Limits]
    results: list[SearchResult]


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[Searched]:
    """Every search of a test, in order."""
    calls: list[Searched] = []
    search = SummaryDecoder.search

    def spy(
        self: SummaryDecoder, memory: Memory, sources: Sequence[SourceTokens], limits: Sequence[Limits], **options: Any
    ) -> list[SearchResult]:
        src, values = memory.src.clone(), memory.layers[0][1].clone()
        results = search(self, memory, sources, limits, **options)
        calls.append(Searched(list(sources), src, values, list(limits), results))
        return results

    monkeypatch.setattr(SummaryDecoder, "search", spy)
    return calls


@pytest.fixture(scope="module")
def make_encoder(make_model: MakeModel, wide_tokenizer: Tokenizer) -> Any:
    """A function that makes the encoder of a small sentencewise model: max_src, and how often it generates."""

    def make(max_src: int, gate: float = -2, numeric: float = 0) -> DocumentEncoder:
        size = len(wide_tokenizer.vocabulary)
        model = make_model(vocab_size=size, max_src=max_src, max_tgt=64, salience=True, sentencewise=True)
        with torch.no_grad():
            model.gate.bias += gate
            model.output_bias[properties_of(wide_tokenizer).has_digit_mask] += numeric
        return DocumentEncoder(model, wide_tokenizer, max_src)

    return make


def segment(encoder: DocumentEncoder, text: str) -> SegmentedDocument:
    (document,) = encoder.segment([text])
    return document


def windows_of(encoder: DocumentEncoder, part: Part) -> list[range]:
    """Whole sentences in order, as many as fit in each window."""
    windows, first, n_tokens = [], part.first, part.document.n_tokens
    for i in range(part.first + 1, part.last + 1):
        if i == part.last or n_tokens[first : i + 1].sum() > encoder.max_src - 2:
            windows.append(range(first, i))
            first = i
    return windows


def best_sentences(encoder: DocumentEncoder, part: Part, n: int) -> list[int]:
    """The n most salient sentences, self-contained ones first."""
    (logits,) = encoder.salience_logits([part])
    assert logits is not None
    indices = np.arange(part.first, part.last)
    order, _ = rank_sentences(part.document, indices, logits)
    return sorted(indices[order[:n]].tolist())


TEXT = " ".join(
    f"The mayor met Anna {i} on Monday." + " It was in the old town, they said, and in New York." * (i % 3)
    for i in range(40)
)


@pytest.mark.parametrize("n_sentences", [None, 8])
def test_a_sentence_is_rewritten_from_itself_and_a_little_context(
    make_encoder: Any, searched: list[Searched], n_sentences: int | None
) -> None:
    """Against windows encoded one by one, and passages picked out one by one."""
    encoder = make_encoder(110)
    document = segment(encoder, TEXT)
    part = Part(document, 2, len(document), Limits(4, 60, n_sentences=n_sentences))
    with torch.no_grad():
        SentencewiseGenerator(encoder, OPTIONS).generate([part])
        ((call),) = searched
        expected = best_sentences(encoder, part, n_sentences or 5)
        ends = [source.encoding.spans[-1][1] for source in call.sources]
        assert sorted(ends) == [document.spans[i][1] for i in expected]
        windows = windows_of(encoder, part)
        assert sum(any(i in window for i in expected) for window in windows) > 1
        for end, source, src, values in zip(ends, call.sources, call.src, call.values, strict=True):
            i = document.spans[:, 1].tolist().index(end)
            (window,) = (window for window in windows if i in window)
            encodings = [encoder.tokenizer.encode(document.sentence_text(j)).ids for j in window]
            before = [token for ids in encodings[: i - window.start] for token in ids][-CONTEXT:]
            own = encodings[i - window.start]
            assert source.encoding.ids == [*before, *own]
            assert src.tolist() == [START, *before, *own] + [PAD] * (PASSAGE - 1 - len(before) - len(own))
            texts = [TEXT[start:end].lower() for start, end in source.encoding.spans]
            assert texts == [encoder.tokenizer.vocabulary[token].removeprefix("##") for token in source.encoding.ids]
            memory = encoder.encode([encoder.source_tokens(document, window)])
            stop = 1 + sum(len(ids) for ids in encodings[: i - window.start + 1])
            positions = torch.tensor([[0, *range(stop - len(own) - len(before), stop)]])
            is_marked = torch.tensor([[False] * (1 + len(before)) + [True] * len(own)])
            alone = encoder.model.passages(memory, torch.tensor([0]), positions, is_marked)
            torch.testing.assert_close(values[:, : positions.shape[1]], alone.layers[0][1][0], atol=1e-4, rtol=1e-4)


def test_a_passage_of_a_long_sentence_is_cut_off(make_encoder: Any, searched: list[Searched]) -> None:
    encoder = make_encoder(200)
    document = segment(encoder, "It was on Monday. " + "a " * 150 + ".")
    with torch.no_grad():
        SentencewiseGenerator(encoder, OPTIONS).generate([Part(document, 0, len(document), LIMITS)])
    (call,) = searched
    long, short = sorted(call.sources, key=lambda source: -len(source.encoding.ids))
    assert long.encoding.ids == encoder.tokenizer.encode("a " * (PASSAGE - 1)).ids  # and no context
    assert short.encoding.ids == encoder.tokenizer.encode("It was on Monday.").ids
    assert call.src.shape == (2, PASSAGE)


def test_a_rewritten_sentence_has_only_numbers_of_its_own_passage(
    make_encoder: Any, searched: list[Searched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that generates numbers wherever it may; every sentence is a window of its own."""
    monkeypatch.setattr(sentencewise, "REWRITE_BONUS", 1.0)
    encoder = make_encoder(14, gate=200, numeric=50)
    document = segment(encoder, " ".join(f"The mayor met {number} on Monday." for number in NUMBERS))
    assert len(document) == len(NUMBERS)
    parts = [Part(document, 0, 5, Limits(4, 60, n_sentences=5)), Part(document, 5, 10, Limits(4, 60, n_sentences=5))]
    with torch.no_grad():
        summaries = SentencewiseGenerator(encoder, OPTIONS).generate(parts)
    n_found = 0
    for call in searched:
        for result in call.results:
            (own,) = numbers(document.text[slice(*result.source.char_range)])
            decoder = SummaryDecoder(encoder.model, encoder.tokenizer, OPTIONS)
            for hypothesis in result.hypotheses:
                text = " ".join(sentence.text for sentence in decoder.detokenize(result, hypothesis).sentences)
                assert numbers(text) <= {own}
                n_found += len(numbers(text))
    assert n_found >= len(NUMBERS)
    texts = [sentence.text for summary in summaries for sentence in summary.sentences]
    assert [numbers(text) for text in texts] == [{number.lower()} for number in NUMBERS]
    assert sum(text not in document.text for text in texts) >= len(NUMBERS) - 1  # so many are rewritten


def test_a_rewritten_sentence_copies_nothing_from_outside_its_passage(
    make_encoder: Any, searched: list[Searched]
) -> None:
    encoder = make_encoder(110)
    document = segment(encoder, TEXT)
    with torch.no_grad():
        SentencewiseGenerator(encoder, OPTIONS).generate([Part(document, 0, len(document), LIMITS)])
    (call,) = searched
    decoder = SummaryDecoder(encoder.model, encoder.tokenizer, OPTIONS)
    n_copied = 0
    for result in call.results:
        spans = result.source.encoding.spans
        for sentence in decoder.detokenize(result, result.hypotheses[0]).sentences:
            copied = [word.span for word in sentence.words if word.span]
            assert all(spans[0][0] <= start and end <= spans[-1][1] for start, end in copied)
            n_copied += len(copied)
    assert n_copied > 5


def test_a_rewritten_sentence_is_one_sentence_within_its_parts_words(
    make_encoder: Any, searched: list[Searched]
) -> None:
    encoder = make_encoder(110)
    document = segment(encoder, TEXT)
    parts = [Part(document, 0, 20, Limits(4, 60, max_words=7)), Part(document, 20, 40, Limits(4, 60, n_sentences=2))]
    with torch.no_grad():
        SentencewiseGenerator(encoder, OPTIONS).generate(parts)
    (call,) = searched
    for source, limits in zip(call.sources, call.limits, strict=True):
        is_first = source.encoding.spans[-1][1] <= document.spans[19][1]
        assert limits == Limits(4, 47, 7 if is_first else None, 1)  # 48 tokens with END
    short = make_encoder(110)
    short.model.config = type(short.model.config)(**{**vars(short.model.config), "max_tgt": 20})
    searched.clear()
    with torch.no_grad():
        SentencewiseGenerator(short, OPTIONS).generate(parts)
    assert {limits.max_tokens for limits in searched[0].limits} == {19}


def task(part_index: int, rank: tuple[bool, float], length: int = 1) -> RewriteTask:
    window: Any = type("Window", (), {"range_index": part_index})
    return RewriteTask(window, 0, rank, 0, np.zeros(length, int), np.zeros(length, bool))


@pytest.mark.parametrize(
    ("n_sentences", "ranks", "expected"),
    [
        (None, [(True, float(i)) for i in range(9)], [4, 5, 6, 7, 8]),
        (7, [(True, float(i)) for i in range(9)], [2, 3, 4, 5, 6, 7, 8]),
        # One that is not self-contained has no place beside others, however salient it is …
        (None, [(True, 0.0), (False, 9.0), (True, 1.0)], [0, 2]),
        # … but where there are fewer of the others than sentences are requested.
        (None, [(False, 0.0), (False, 9.0)], [1]),
        (3, [(True, 0.0), (False, 9.0), (False, 8.0), (False, 7.0)], [0, 1, 2]),
    ],
)
def test_the_most_salient_tasks_of_each_part_are_best(
    n_sentences: int | None, ranks: list[tuple[bool, float]], expected: list[int]
) -> None:
    document = segmented(["a b c d"])
    parts = [Part(document, 0, 1, Limits(4, 60, n_sentences=n)) for n in (n_sentences, 1)]
    tasks, other = [task(0, rank) for rank in ranks], task(1, (True, -9.0))
    best = best_tasks([*tasks, other], parts)
    assert best == {*(tasks[i] for i in expected), other}


@pytest.mark.parametrize(
    ("n_tasks", "sizes"), [(0, []), (1, [1]), (48, [48]), (49, [25, 24]), (96, [48, 48]), (100, [34, 34, 32])]
)
def test_batches_are_few_and_of_similar_sizes_and_lengths(n_tasks: int, sizes: list[int]) -> None:
    lengths = np.random.default_rng(0).integers(1, 96, n_tasks).tolist()
    batches = batch_tasks([task(0, (True, 0.0), length) for length in lengths])
    assert [len(batch) for batch in batches] == sizes
    indices = [i for batch in batches for i in batch]
    assert sorted(indices) == list(range(n_tasks))
    if len(batches) == 1:
        assert indices == sorted(indices)  # a single batch is the memory as it is
    else:
        assert [lengths[i] for i in indices] == sorted(lengths)


def test_a_part_of_several_windows_has_one_search(make_encoder: Any, searched: list[Searched]) -> None:
    """Best sentences of earlier windows are replaced by better ones of later windows."""
    encoder = make_encoder(64)
    document = segment(encoder, TEXT)
    parts = [Part(document, 0, 30, LIMITS), Part(document, 30, len(document), LIMITS)]
    with torch.no_grad():
        SentencewiseGenerator(encoder, OPTIONS).generate(parts)
        expected = [best_sentences(encoder, part, 5) for part in parts]
    (call,) = searched
    ends = [source.encoding.spans[-1][1] for source in call.sources]
    assert sorted(ends) == [document.spans[i][1] for indices in expected for i in indices]
    assert END not in call.src


def test_items_and_lines_of_logs_are_not_rewritten() -> None:
    lines = segmented(["04:12 disk is 91 % full", "The disk is full, and nothing can be stored on it."])
    assert [can_be_rewritten(lines, i) for i in (0, 1)] == [False, True]
    chat = segmented(["Tom: where are you all now", "Anna: still at home, sorry", "Tom: hurry up a bit then"], "\n")
    assert chat.turns
    assert can_be_rewritten(chat, 0)
