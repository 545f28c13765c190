"""Segmentation, salience, windows and selected sentences: every sentence once, exact spans, and no more than fits."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

import summarize.pipeline.encoder
from summarize.network.padding import SRC_MULTIPLE
from summarize.pipeline.encoder import DocumentEncoder, SegmentedDocument, SentenceRange
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END, START
from tests.helpers.models import MakeModel
from tests.helpers.segmented import segmented, segmented_lengths, whole

TEXT = " ".join(f"The mayor met Anna {i} on Monday. It was the {i}th visit to the old bridge." for i in range(40))
MAX_SRC = 48


@pytest.fixture(scope="module")
def encoder(make_model: MakeModel, wide_tokenizer: Tokenizer) -> DocumentEncoder:
    size = len(wide_tokenizer.vocabulary)
    return DocumentEncoder(make_model(vocab_size=size, max_src=MAX_SRC, salience=True), wide_tokenizer, MAX_SRC)


@pytest.fixture(scope="module")
def plain(make_model: MakeModel, wide_tokenizer: Tokenizer) -> DocumentEncoder:
    """Its model has no salience head."""
    size = len(wide_tokenizer.vocabulary)
    return DocumentEncoder(make_model(vocab_size=size, max_src=MAX_SRC), wide_tokenizer, MAX_SRC)


def segment(encoder: DocumentEncoder, text: str) -> SegmentedDocument:
    (document,) = encoder.segment([text])
    return document


def salience_logits(encoder: DocumentEncoder, *ranges: SentenceRange) -> list[np.ndarray]:
    with torch.no_grad():
        logits = encoder.salience_logits(ranges)
    assert all(values is not None for values in logits)
    return logits  # type: ignore[return-value]


@given(st.text(max_size=200))
@example("x" * 3000 + " the end")
@example("a b. " * 100)
@settings(max_examples=50)
def test_words_and_tokens_are_counted_once(plain: DocumentEncoder, text: str) -> None:
    document = segment(plain, text)
    assert document.n_words.sum() == len(text.split())
    sentences = [document.sentence_text(i) for i in range(len(document))]
    assert document.n_tokens.tolist() == [len(plain.tokenizer.encode(sentence).ids) for sentence in sentences]
    assert len(document) == len(document.n_tokens) == len(document.n_words)
    assert whole(document).n_words == document.n_words.sum()
    assert whole(document).n_tokens == document.n_tokens.sum()
    source = plain.source_tokens(document, range(len(document)))
    assert len(source.encoding.ids) <= plain.max_text_tokens == MAX_SRC - 2


def test_the_tokens_of_a_short_text_are_kept_and_those_of_a_long_text_made_again(
    encoder: DocumentEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenized: list[str] = []
    encode_batch = encoder.tokenizer.encode_batch
    monkeypatch.setattr(encoder.tokenizer, "encode_batch", lambda texts: tokenized.extend(texts) or encode_batch(texts))
    monkeypatch.setattr(summarize.pipeline.encoder, "MAX_CACHED_CHARS", len(TEXT))
    short = segment(encoder, TEXT)
    source = encoder.source_tokens(short, [3, 70])
    assert tokenized == [short.sentence_text(i) for i in range(len(short))]
    monkeypatch.setattr(summarize.pipeline.encoder, "MAX_CACHED_CHARS", len(TEXT) - 1)
    long = segment(encoder, TEXT)
    assert long.encodings is None
    assert encoder.source_tokens(long, [3, 70]).encoding == source.encoding
    assert np.array_equal(*salience_logits(encoder, whole(long)), *salience_logits(encoder, whole(short)))


def test_a_long_text_is_segmented_in_chunks_into_the_same_sentences(
    plain: DocumentEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = segment(plain, TEXT)
    assert len(at_once) == 80
    monkeypatch.setattr(summarize.pipeline.encoder, "CHUNK_CHARS", 100)
    chunks: list[int] = []
    spans_of = summarize.pipeline.encoder.sentence_spans
    monkeypatch.setattr(
        summarize.pipeline.encoder, "sentence_spans", lambda text, _: chunks.append(len(text)) or spans_of(text)
    )
    in_chunks = segment(plain, TEXT)
    assert np.array_equal(at_once.spans, in_chunks.spans)
    assert np.array_equal(at_once.n_tokens, in_chunks.n_tokens)
    assert len(chunks) > len(TEXT) / 100
    assert max(chunks) == 100


def test_a_sentence_longer_than_a_chunk_is_cut(plain: DocumentEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summarize.pipeline.encoder, "CHUNK_CHARS", 10)
    document = segment(plain, "abc " * 8)
    assert document.n_words.sum() == 8
    assert len(document) > 1
    assert "".join(document.sentence_text(i) for i in range(len(document))).replace(" ", "") == "abc" * 8


def test_salience_is_that_of_each_window_encoded_alone(encoder: DocumentEncoder) -> None:
    """Against a plain version: whole sentences while they fit, one window at a time, positions in the document."""
    document = segment(encoder, TEXT)
    first, expected = 20, []
    while first < 60:
        last = first + 1
        while last < 60 and document.n_tokens[first : last + 1].sum() <= MAX_SRC - 2:
            last += 1
        encodings = [encoder.tokenizer.encode(document.sentence_text(i)).ids for i in range(first, last)]
        src = [START, *(token for ids in encodings for token in ids), END]
        sentences = [-1, *(i for i, ids in enumerate(encodings) for _ in ids), -1]
        with torch.no_grad():
            memory = encoder.model.encode(
                torch.tensor([src]),
                sentences=torch.tensor([sentences]),
                sentence_positions=torch.arange(first, first + 16)[None],  # those beyond the last sentence are ignored
            )
        assert memory.salience_logits is not None
        expected += memory.salience_logits[0, : last - first].tolist()
        first = last
    others = [whole(segment(encoder, text)) for text in ("A cat.", "Anna said it was. " * 30)]
    logits = salience_logits(encoder, others[0], SentenceRange(document, 20, 60), others[1])
    np.testing.assert_allclose(logits[1], expected, atol=1e-4)
    assert [len(values) for values in logits] == [1, 40, 30]


def test_windows_hold_every_sentence_once_and_belong_to_one_range(encoder: DocumentEncoder) -> None:
    document = segment(encoder, TEXT)
    ranges = [SentenceRange(document, 3, 30), SentenceRange(document, 30, 31), SentenceRange(document, 31, 80)]
    encoded: list[list[int]] = [[], [], []]
    with torch.no_grad():
        for windows, memory in encoder.encode_windows(ranges):
            assert len(windows) == len(memory.src) == 1  # on a CPU
            for window, src in zip(windows, memory.src, strict=True):
                indices, ids = window.source.sentence_indices.tolist(), window.source.encoding.ids
                encoded[window.range_index] += indices
                assert src[: len(ids) + 2].tolist() == [START, *ids, END]
                following = document.n_tokens[indices[-1] + 1 : ranges[window.range_index].last][:1].sum()
                assert not following or len(ids) + following > encoder.max_text_tokens  # no more would fit
    assert [sorted(indices) for indices in encoded] == [list(range(r.first, r.last)) for r in ranges]


def test_a_gpu_encodes_windows_of_one_padded_length_together(
    wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model: Any = SimpleNamespace(output_bias=SimpleNamespace(device=SimpleNamespace(type="cuda")))
    encoder = DocumentEncoder(model, wide_tokenizer, 400)
    monkeypatch.setattr(encoder, "encode", lambda sources: len(sources))
    texts = [TEXT[:60] * n for n in (1, 3, 9, 2, 1, 5, 1, 20) * 5]
    ranges = [whole(document) for document in encoder.segment(texts)]
    batches = list(encoder.encode_windows(ranges))
    lengths = [{-(-(len(w.source.encoding.ids) + 2) // SRC_MULTIPLE) for w in windows} for windows, _ in batches]
    assert all(len(multiples) == 1 for multiples in lengths)
    assert max(len(windows) for windows, _ in batches) == 16
    assert all(size == len(windows) for windows, size in batches)
    indices = [window.range_index for windows, _ in batches for window in windows]
    assert set(indices) == set(range(40))
    assert sum(len(w.source.sentence_indices) for windows, _ in batches for w in windows) == sum(
        len(r.document) for r in ranges
    )


def test_salience_knows_a_sentences_position_in_the_document(encoder: DocumentEncoder) -> None:
    document = segment(encoder, TEXT)
    with torch.no_grad():
        encoder.model.salience.place[10:] += 50.0
        logits = np.concatenate(
            salience_logits(encoder, SentenceRange(document, 0, 30), SentenceRange(document, 30, 80))
        )
        encoder.model.salience.place[10:] -= 50.0
    assert logits[10:].min() > logits[:10].max()


def test_a_query_adds_its_relevance_to_salience(encoder: DocumentEncoder, plain: DocumentEncoder) -> None:
    document = segment(encoder, TEXT)
    relevance = np.arange(len(document)) / 10
    with_query = SentenceRange(replace(document, relevance=relevance), 20, 60)
    without = salience_logits(encoder, SentenceRange(document, 20, 60))[0]
    np.testing.assert_allclose(*salience_logits(encoder, with_query), without + relevance[20:60], atol=1e-4)
    assert np.array_equal(*salience_logits(plain, with_query), relevance[20:60])
    assert plain.salience_logits([whole(document)]) == [None]


@pytest.mark.parametrize(
    ("n_tokens", "logits", "max_tokens", "selected"),
    [
        ([10, 10, 10], [0, 0, 9], 30, [0, 1, 2]),  # all fit
        ([10, 10, 10], [0, 0, 9], 29, [0, 2]),
        ([10, 10, 10], [0, 9, 8], 20, [1, 2]),  # ascending, whatever their salience
        ([10, 10, 10], [0, 0.7 * np.log(2) - 0.01, 0], 15, [0]),  # of two with similar logits the earlier one
        ([10, 10, 10], [0, 0.7 * np.log(2) + 0.01, 0], 15, [1]),
        ([10, 30, 10], [0, 9, 0], 20, [1]),  # the best one, although it does not fit
        ([10, 30, 10], [9, 5, 0], 20, [0, 2]),  # one that does not fit is skipped
        ([10, 13, 5], [9, 8, 7], 27, [0, 1]),  # 4 are free: not enough to look further
        ([12, 40, 7, 1], [9, 8, 7, 6], 19, [0]),  # 7 are free
        ([12, 40, 8, 1], [9, 8, 7, 6], 20, [0, 2]),  # 8 are free
        ([10, 10, 10], None, 29, [0, 1, 2]),  # the first ones; the last of them is cut off later
        ([10, 10, 10], None, 20, [0, 1]),
        ([10, 10, 10], None, 5, [0]),
    ],
)
def test_the_most_salient_sentences_that_fit_are_selected(
    plain: DocumentEncoder, n_tokens: list[int], logits: list[float] | None, max_tokens: int, selected: list[int]
) -> None:
    for n_before in (0, 3):  # the range need not begin with the document
        document = segmented_lengths(*[99] * n_before, *n_tokens)
        sentence_range = SentenceRange(document, n_before, len(document))
        values = None if logits is None else np.array(logits)
        indices = plain.select_sentences(sentence_range, values, max_tokens)
        assert indices.tolist() == [n_before + i for i in selected]


def test_selected_sentences_fit(encoder: DocumentEncoder) -> None:
    document = segment(encoder, TEXT)
    (logits,) = salience_logits(encoder, whole(document))
    indices = encoder.select_sentences(whole(document), logits, encoder.max_text_tokens)
    assert indices.tolist() == sorted(set(indices.tolist()))
    assert document.n_tokens[indices].sum() <= encoder.max_text_tokens


def test_the_spans_of_a_source_are_characters_of_the_document(encoder: DocumentEncoder) -> None:
    document = segment(encoder, TEXT)
    source = encoder.source_tokens(document, [3, 50, 79])
    assert source.sentence_indices.tolist() == [3, 50, 79]
    assert source.n_words == sum(len(document.sentence_text(i).split()) for i in (3, 50, 79))
    assert source.char_range == (document.spans[3][0], document.spans[79][1])
    for (start, end), position in zip(source.encoding.spans, source.sentence_of_token, strict=True):
        first, last = document.spans[source.sentence_indices[position]]
        assert first <= start < end <= last
    assert encoder.source_tokens(document, []).char_range == (len(TEXT), 0)


def test_a_source_that_is_too_long_is_cut_off_at_a_words_end(plain: DocumentEncoder) -> None:
    document = segment(plain, TEXT)
    indices = [5, *range(20, 30)]
    source = plain.source_tokens(document, indices)
    n_tokens = len(source.encoding.ids)
    complete, _ = plain.sentence_tokens(document, indices)
    assert source.encoding.ids == complete.ids[:n_tokens]
    assert plain.max_text_tokens - 3 <= n_tokens <= plain.max_text_tokens
    assert len(source.sentence_of_token) == n_tokens
    end = source.encoding.spans[-1][1]
    assert TEXT[end : end + 1].isspace()
    expected = len(document.sentence_text(5).split()) + len(TEXT[document.spans[20][0] : end].split())
    assert source.n_words == expected


def test_a_word_without_spaces_is_cut_and_counted_once(plain: DocumentEncoder) -> None:
    document = segment(plain, "x" * 90 + ". The end.")
    source = plain.source_tokens(document, range(len(document)))
    assert len(source.encoding.ids) == plain.max_text_tokens
    assert source.n_words == 1


def test_sources_are_padded_and_those_of_a_batch_encoded_independently(encoder: DocumentEncoder) -> None:
    document = segment(encoder, TEXT)
    sources = [encoder.source_tokens(document, indices) for indices in ([1, 2], [40], range(30, 60))]
    with torch.no_grad():
        together = encoder.encode(sources)
        for b, source in enumerate(sources):
            alone = encoder.encode([source])
            n = len(source.encoding.ids) + 2
            assert together.src[b, :n].tolist() == [START, *source.encoding.ids, END]
            assert not together.src[b, n:].any()
            assert together.src.shape[1] == MAX_SRC
            assert alone.salience_logits is not None
            assert together.salience_logits is not None
            m = min(len(source.sentence_indices), int(source.sentence_of_token[-1]) + 1)
            torch.testing.assert_close(
                together.salience_logits[b, :m], alone.salience_logits[0, :m], atol=1e-4, rtol=1e-4
            )


def test_a_conversation_is_encoded_with_the_names_of_its_speakers(
    make_model: MakeModel, wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Anna: I met the minister.\nJohn: It was on Monday, I said.\nAnna: I met him."
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=MAX_SRC)
    named, plain = (DocumentEncoder(model, wide_tokenizer, MAX_SRC, name_speakers=name) for name in (True, False))
    for max_cached_chars in (1000, 0):
        monkeypatch.setattr(summarize.pipeline.encoder, "MAX_CACHED_CHARS", max_cached_chars)
        for encoder, subjects in ((named, ["anna", "john", "anna"]), (plain, ["i", "i", "i"])):
            document = segment(encoder, text)
            encoding = encoder.source_tokens(document, range(3)).encoding
            words = [wide_tokenizer.vocabulary[token] for token in encoding.ids]
            positions = [i for i, word in enumerate(words) if word in ("met", "said")]
            assert [words[i - 1] for i in positions] == subjects
        assert named.segment([text])[0].n_tokens.tolist() == plain.segment([text])[0].n_tokens.tolist()


def test_another_relevance_changes_nothing_that_was_found_in_the_text() -> None:
    document = segmented(
        ["Tom: I will cook for all tonight.", "Anna: Then I bring the wine.", "Tom: Come at six."], "\n"
    )
    turns, is_punctuated = document.turns, document.is_punctuated
    other = document.with_relevance(np.ones(3))
    assert other.turns is turns
    assert other.is_punctuated is is_punctuated
    assert other.speakers == {"Tom", "Anna"}
    assert other.relevance is not None
    assert other.relevance.tolist() == [1, 1, 1]
    assert document.relevance is None
