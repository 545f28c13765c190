"""What of a document is scored and read: every sentence once, exact places, and no more than fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

import summarize.pipeline.encoder
from summarize.pipeline.encoder import PLACE_WEIGHT, DocumentEncoder, SegmentedDocument, SentenceRange
from summarize.pipeline.extractive import USUAL, extract, extracted
from summarize.text.lengths import Limits
from summarize.text.tokenizer import Tokenizer
from tests.helpers.models import MakeModel

TEXT = " ".join(f"The mayor met Anna {i} on Monday. It was the {i}th visit to the old bridge." for i in range(40))


@pytest.fixture(scope="module")
def reader(make_model: MakeModel, wide_tokenizer: Tokenizer) -> DocumentEncoder:
    size = len(wide_tokenizer.vocabulary)
    return DocumentEncoder(make_model(vocab_size=size, max_src=48, salience=True), wide_tokenizer, 48)


@pytest.fixture(scope="module")
def plain(make_model: MakeModel, wide_tokenizer: Tokenizer) -> DocumentEncoder:
    size = len(wide_tokenizer.vocabulary)
    return DocumentEncoder(make_model(vocab_size=size, max_src=48), wide_tokenizer, 48)


def sentences_of(reader: DocumentEncoder, text: str) -> SegmentedDocument:
    (found,) = reader.cut([text])
    return found


def all_of(document: SegmentedDocument) -> SentenceRange:
    return SentenceRange(document, 0, len(document))


def worth(reader: DocumentEncoder, *stretches: SentenceRange) -> list[np.ndarray]:
    with torch.no_grad():
        found = reader.worth(stretches)
    assert all(own is not None for own in found)
    return found  # type: ignore[return-value]


@given(st.text(max_size=200))
@example("x" * 3000 + " the end")
@example("a b. " * 100)
@settings(max_examples=50)
def test_words_and_tokens_are_counted_once(plain: DocumentEncoder, text: str) -> None:
    found = sentences_of(plain, text)
    assert found.words.sum() == len(text.split())
    assert len(found) == len(found.sizes) == len(found.words)
    passage = plain.passage(found, range(len(found)))
    assert len(passage.encoding.ids) <= plain.room


def test_a_short_texts_tokens_are_made_once_and_are_those_of_a_long_one(
    reader: DocumentEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    encode_batch = reader.tokenizer.encode_batch
    monkeypatch.setattr(reader.tokenizer, "encode_batch", lambda texts: made.extend(texts) or encode_batch(texts))
    kept = sentences_of(reader, TEXT)
    passage = reader.passage(kept, [3, 70])
    assert made == [kept.of(i) for i in range(len(kept))]
    monkeypatch.setattr(summarize.pipeline.encoder, "KEPT", 0)
    long = sentences_of(reader, TEXT)
    assert long.encodings is None
    assert reader.passage(long, [3, 70]).encoding == passage.encoding
    assert np.array_equal(*worth(reader, all_of(long)), *worth(reader, all_of(kept)))


def test_a_long_text_is_cut_into_the_same_sentences_in_stretches(
    plain: DocumentEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sentences_of(plain, TEXT)
    assert len(whole) == 80
    monkeypatch.setattr(summarize.pipeline.encoder, "CHUNK", 100)
    cut = sentences_of(plain, TEXT)
    assert np.array_equal(whole.spans, cut.spans)
    assert np.array_equal(whole.sizes, cut.sizes)


def test_every_sentence_is_scored_and_by_its_own_window_alone(reader: DocumentEncoder) -> None:
    document = sentences_of(reader, TEXT)
    (found,) = worth(reader, all_of(document))
    assert np.all(found != 0)
    others = [all_of(sentences_of(reader, text)) for text in ("A cat.", "Anna said it was. " * 30)]
    together = worth(reader, others[0], all_of(document), others[1])
    np.testing.assert_allclose(together[1], found, atol=1e-4)
    assert len(together[0]) == 1


def test_windows_have_every_sentence_once_and_are_of_one_stretch(reader: DocumentEncoder) -> None:
    document = sentences_of(reader, TEXT)
    stretches = [SentenceRange(document, 3, 30), SentenceRange(document, 30, 31), SentenceRange(document, 31, 80)]
    read: list[list[int]] = [[], [], []]
    with torch.no_grad():
        for windows, memory in reader.read(stretches):
            assert len(windows) == len(memory.src)
            for window, row in zip(windows, memory.src, strict=True):
                read[window.stretch] += window.passage.places.tolist()
                ids = window.passage.encoding.ids
                assert row[1 : len(ids) + 1].tolist() == ids
    assert [sorted(own) for own in read] == [list(range(s.first, s.last)) for s in stretches]


def test_the_last_sentence_counts_as_much_as_the_first(reader: DocumentEncoder) -> None:
    """A window's own sentences are told apart by their place in the whole text."""
    document = sentences_of(reader, TEXT)
    with torch.no_grad():
        reader.model.salience.place[10:] += 50.0
        found = np.concatenate(worth(reader, SentenceRange(document, 0, 30), SentenceRange(document, 30, 80)))
        reader.model.salience.place[10:] -= 50.0
    assert found[10:].min() > found[:10].max()


def test_a_query_adds_to_what_is_worth_telling(reader: DocumentEncoder, plain: DocumentEncoder) -> None:
    document = sentences_of(reader, TEXT)
    relevance = np.arange(len(document)) / 10
    asked = SentenceRange(replace(document, relevance=relevance), 20, 60)
    np.testing.assert_allclose(
        *worth(reader, asked), worth(reader, SentenceRange(document, 20, 60))[0] + relevance[20:60], atol=1e-4
    )
    assert np.array_equal(*worth(plain, asked), relevance[20:60])
    assert plain.worth([all_of(document)]) == [None]


def test_what_is_chosen_fits_and_is_in_order(reader: DocumentEncoder) -> None:
    document = sentences_of(reader, TEXT)
    (found,) = worth(reader, all_of(document))
    chosen = reader.choose(all_of(document), found, reader.room)
    assert list(chosen) == sorted(set(chosen))
    assert document.sizes[chosen].sum() <= reader.room
    order = found - PLACE_WEIGHT * np.log1p(np.arange(len(document)))  # the earlier of two alike
    assert int(np.argmax(order)) in chosen
    part = reader.choose(SentenceRange(document, 20, 60), found[20:60], reader.room)
    assert part.min() >= 20
    assert part.max() < 60
    assert list(reader.choose(SentenceRange(document, 3, 5), found[3:5], reader.room)) == [3, 4]


def test_without_scores_the_beginning_is_read(plain: DocumentEncoder) -> None:
    document = sentences_of(plain, TEXT)
    chosen = plain.choose(all_of(document), None, plain.room)
    assert list(chosen) == list(range(len(chosen)))
    passage = plain.passage(document, chosen)
    assert passage.words == len(TEXT[: passage.encoding.spans[-1][1]].split())


def test_a_passage_knows_where_its_tokens_stand(reader: DocumentEncoder) -> None:
    found = sentences_of(reader, TEXT)
    passage = reader.passage(found, [3, 50, 79])
    assert passage.places.tolist() == [3, 50, 79]
    assert passage.words == sum(len(found.of(i).split()) for i in (3, 50, 79))
    for (start, end), number in zip(passage.encoding.spans, passage.numbers, strict=True):
        first, last = found.spans[passage.places[number]]
        assert first <= start < end <= last


def document_of(texts: list[str]) -> SegmentedDocument:
    text = " ".join(texts)
    starts = [sum(len(t) + 1 for t in texts[:i]) for i in range(len(texts))]
    spans = np.array([(a, a + len(t)) for a, t in zip(starts, texts, strict=True)])
    words = np.array([len(t.split()) for t in texts])
    return SegmentedDocument(text, spans, words, words)


FOUR = document_of(
    [
        "The bridge opened in May.",
        "The bridge opened in May, some say.",
        "It rained all day.",
        "Trains run late today.",
    ]
)
ODDS = np.array([3.0, -0.5, -1.0, 1.5])


@pytest.mark.parametrize(
    ("limits", "chosen"),
    [
        (Limits(0, 0, sentences=1), [0]),
        (Limits(0, 0, sentences=2), [0, 3]),  # the second best says what the best does
        (Limits(0, 0, sentences=4), [0, 1, 2, 3]),
        (Limits(0, 0, words=5), [0]),
        (Limits(0, 0, words=4), [3]),
        (Limits(0, 0, words=44), [0, 3]),
        (Limits(0, 0, words=1), []),
    ],
)
def test_extraction(limits: Limits, chosen: list[int]) -> None:
    assert extract(all_of(FOUR), ODDS, limits) == chosen


def test_extraction_from_a_part_only() -> None:
    assert extract(SentenceRange(FOUR, 2, 4), ODDS[2:], Limits(0, 0, sentences=1)) == [3]


def test_as_many_sentences_are_extracted_as_are_worth_it() -> None:
    texts = ["Trains run late today.", "The mayor met Anna Smith.", "Rain fell all day.", "A new bridge opened."]
    for salience, number in (([9.0, -9, -9, -9], 1), ([9.0, 9, -9, -9], 2), ([9.0, 9, 9, -9], 3), ([-9.0] * 4, 1)):
        assert len(extract(all_of(document_of(texts)), np.array(salience), USUAL)) == number


def test_headings_and_announcements_are_extracted_only_where_there_is_nothing_else() -> None:
    texts = ["What the council said on Monday", "There are three reasons for it:", "Trains run late today."]
    document, odds = replace(document_of(texts), headings=frozenset({0})), np.array([9.0, 9.0, -9.0])
    for limits, chosen in ((USUAL, [2]), (Limits(0, 0, sentences=1), [2]), (Limits(0, 0, sentences=3), [0, 1, 2])):
        assert extract(all_of(document), odds, limits) == chosen
    assert extract(SentenceRange(document, 0, 1), odds[:1], USUAL) == [0]


def test_extracted_words_and_marks_are_told_apart() -> None:
    document = document_of(["\u201cIt\u00a0 cost \u20ac14,200\x1b\u201d,\n he said..."])
    (sentence,) = extracted(document, [0])
    words = ["“", "It", "cost", "€14", ",", "200", "”", ",", "he", "said", ".", ".", "."]
    assert [word.text for word in sentence.words] == words
    assert sentence.text == "\u201cIt cost \u20ac14,200\u201d, he said..."


def test_extracted_words_are_the_documents() -> None:
    for sentence, i in zip(extracted(FOUR, [1, 2]), [1, 2], strict=True):
        assert sentence.text == FOUR.of(i)
        assert all(FOUR.text[slice(*word.span)] == word.text for word in sentence.words if word.span)
        assert all(word.copied == 1 and word.span for word in sentence.words)
