"""What of a document is scored and read: every sentence once, exact places, and no more than fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import MakeModel
from hypothesis import example, given, settings
from hypothesis import strategies as st

import summarize.reading
from summarize.extraction import USUAL, extract, extracted
from summarize.lengths import Limits
from summarize.reading import PLACE_WEIGHT, Reader, Sentences
from summarize.tokenizer import Tokenizer

TEXT = " ".join(f"The mayor met Anna {i} on Monday. It was the {i}th visit to the old bridge." for i in range(40))


@pytest.fixture(scope="module")
def reader(make_model: MakeModel, wide_tokenizer: Tokenizer) -> Reader:
    size = len(wide_tokenizer.vocabulary)
    return Reader(make_model(vocab_size=size, max_src=48, salience=True), wide_tokenizer, 48)


@pytest.fixture(scope="module")
def plain(make_model: MakeModel, wide_tokenizer: Tokenizer) -> Reader:
    size = len(wide_tokenizer.vocabulary)
    return Reader(make_model(vocab_size=size, max_src=48), wide_tokenizer, 48)


def sentences_of(reader: Reader, text: str) -> Sentences:
    with torch.no_grad():
        (found,) = reader.sentences([text])
    return found


@given(st.text(max_size=200))
@example("x" * 3000 + " the end")
@example("a b. " * 100)
@settings(max_examples=50)
def test_words_and_pieces_are_counted_once(plain: Reader, text: str) -> None:
    found = sentences_of(plain, text)
    assert found.words.sum() == len(text.split())
    assert len(found) == len(found.sizes) == len(found.words)
    passage = plain.passage(found, range(len(found)))
    assert len(passage.encoding.ids) <= plain.room


def test_a_short_texts_pieces_are_made_once_and_are_those_of_a_long_one(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    encode_batch = reader.tokenizer.encode_batch
    monkeypatch.setattr(reader.tokenizer, "encode_batch", lambda texts: made.extend(texts) or encode_batch(texts))
    kept = sentences_of(reader, TEXT)
    passage = reader.passage(kept, [3, 70])
    assert made == [kept.of(i) for i in range(len(kept))]
    monkeypatch.setattr(summarize.reading, "KEPT", 0)
    long = sentences_of(reader, TEXT)
    assert long.encodings is None
    assert np.array_equal(long.salience, kept.salience)  # type: ignore[arg-type]
    assert reader.passage(long, [3, 70]).encoding == passage.encoding


def test_a_long_text_is_cut_into_the_same_sentences_in_stretches(
    plain: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sentences_of(plain, TEXT)
    assert len(whole) == 80
    monkeypatch.setattr(summarize.reading, "CHUNK", 100)
    cut = sentences_of(plain, TEXT)
    assert np.array_equal(whole.spans, cut.spans)
    assert np.array_equal(whole.sizes, cut.sizes)


def test_every_sentence_is_scored_and_by_its_own_window_alone(reader: Reader) -> None:
    found = sentences_of(reader, TEXT)
    assert found.salience is not None
    assert np.all(found.salience != 0)
    with torch.no_grad():
        together = reader.sentences(["A cat.", TEXT, "Anna said it was. " * 30])
    np.testing.assert_allclose(together[1].salience, found.salience, atol=1e-4)
    assert together[0].salience is None  # it fits, so the pass that writes scores it


def test_the_last_sentence_counts_as_much_as_the_first(reader: Reader) -> None:
    """A window's own sentences are told apart by their place in the whole text."""
    with torch.no_grad():
        reader.model.salience.place[10:] += 50.0
        found = sentences_of(reader, TEXT)
        reader.model.salience.place[10:] -= 50.0
    assert found.salience is not None
    assert found.salience[10:].min() > found.salience[:10].max()


def test_what_is_chosen_fits_and_is_in_order(reader: Reader) -> None:
    found = sentences_of(reader, TEXT)
    assert found.salience is not None
    chosen = reader.choose(found)
    assert list(chosen) == sorted(set(chosen))
    assert found.sizes[chosen].sum() <= reader.room
    worth = found.salience - PLACE_WEIGHT * np.log1p(np.arange(len(found)))  # the earlier of two alike
    assert int(np.argmax(worth)) in chosen
    part = reader.choose(found, 20, 60)
    assert part.min() >= 20
    assert part.max() < 60
    assert list(reader.choose(found, 3, 5)) == [3, 4]


def test_without_scores_the_beginning_is_read(plain: Reader) -> None:
    found = sentences_of(plain, TEXT)
    chosen = plain.choose(found)
    assert list(chosen) == list(range(len(chosen)))
    passage = plain.passage(found, chosen)
    assert passage.words == len(TEXT[: passage.encoding.spans[-1][1]].split())


def test_a_passage_knows_where_its_pieces_stand(reader: Reader) -> None:
    found = sentences_of(reader, TEXT)
    passage = reader.passage(found, [3, 50, 79])
    assert passage.places.tolist() == [3, 50, 79]
    assert passage.words == sum(len(found.of(i).split()) for i in (3, 50, 79))
    for (start, end), number in zip(passage.encoding.spans, passage.numbers, strict=True):
        first, last = found.spans[passage.places[number]]
        assert first <= start < end <= last


def scored(texts: list[str], salience: list[float]) -> Sentences:
    text = " ".join(texts)
    starts = [sum(len(t) + 1 for t in texts[:i]) for i in range(len(texts))]
    spans = np.array([(a, a + len(t)) for a, t in zip(starts, texts, strict=True)])
    words = np.array([len(t.split()) for t in texts])
    return Sentences(text, spans, words, words, np.array(salience))


FOUR = scored(
    [
        "The bridge opened in May.",
        "The bridge opened in May, some say.",
        "It rained all day.",
        "Trains run late today.",
    ],
    [3.0, -0.5, -1.0, 1.5],
)


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
    assert FOUR.salience is not None
    assert extract(FOUR, FOUR.salience, limits) == chosen


def test_extraction_from_a_part_only() -> None:
    assert FOUR.salience is not None
    assert extract(FOUR, FOUR.salience, Limits(0, 0, sentences=1), 2, 4) == [3]


def test_as_many_sentences_are_extracted_as_are_worth_it() -> None:
    texts = ["Trains run late today.", "The mayor met Anna Smith.", "Rain fell all day.", "A new bridge opened."]
    for salience, number in (([9.0, -9, -9, -9], 1), ([9.0, 9, -9, -9], 2), ([9.0, 9, 9, -9], 3), ([-9.0] * 4, 1)):
        document = scored(texts, salience)
        assert document.salience is not None
        assert len(extract(document, document.salience, USUAL)) == number


def test_headings_and_announcements_are_extracted_only_where_there_is_nothing_else() -> None:
    texts = ["What the council said on Monday", "There are three reasons for it:", "Trains run late today."]
    document = replace(scored(texts, [9.0, 9.0, -9.0]), headings=frozenset({0}))
    assert document.salience is not None
    for limits, chosen in ((USUAL, [2]), (Limits(0, 0, sentences=1), [2]), (Limits(0, 0, sentences=3), [0, 1, 2])):
        assert extract(document, document.salience, limits) == chosen
    assert extract(document, document.salience, USUAL, 0, 1) == [0]


def test_extracted_words_and_marks_are_told_apart() -> None:
    document = scored(["\u201cIt\u00a0 cost \u20ac14,200\x1b\u201d,\n he said..."], [0.0])
    (sentence,) = extracted(document, [0])
    words = ["“", "It", "cost", "€14", ",", "200", "”", ",", "he", "said", ".", ".", "."]
    assert [word.text for word in sentence.words] == words
    assert sentence.text == "\u201cIt cost \u20ac14,200\u201d, he said..."


def test_extracted_words_are_the_documents() -> None:
    for sentence, i in zip(extracted(FOUR, [1, 2]), [1, 2], strict=True):
        assert sentence.text == FOUR.of(i)
        assert all(FOUR.text[slice(*word.span)] == word.text for word in sentence.words if word.span)
        assert all(word.copied == 1 and word.span for word in sentence.words)
