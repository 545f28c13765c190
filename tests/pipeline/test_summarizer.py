"""Text in, summary out, with a small random model: what it writes is nonsense, what it says of it must hold."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summarize import Length, Request, SearchOptions, Summarizer, Summary, SummaryWord
from summarize.checkpoints.model_folder import load_model
from summarize.errors import CheckpointError, DocumentError, UsageError
from summarize.network import device
from summarize.network.device import fastest_precision
from summarize.text.tokenizer import Tokenizer
from tests.helpers.models import MakeModel
from tests.helpers.sources import DOCUMENTS, numbers, properties_of
from tests.helpers.summaries import LONG, TEXTS, check


@pytest.fixture(scope="module")
def summarizer(model_folder: Path) -> Summarizer:
    model, tokenizer, search = load_model(model_folder)
    return Summarizer.from_network(model, tokenizer, search)


def changed(summarizer: Summarizer, gate: float, numeric: float) -> Summarizer:
    """The same with more of p_gen (above 0: it writes, below: it copies) and more of numbers where it writes."""
    model = copy.deepcopy(summarizer.engine.model)
    with torch.no_grad():
        model.gate.bias += gate
        model.output_bias[properties_of(summarizer.engine.tokenizer).has_digit_mask] += numeric
    options = dataclasses.replace(summarizer.engine.options, min_length=8)
    return Summarizer.from_network(model, summarizer.engine.tokenizer, options)


@pytest.fixture(scope="module")
def copier(summarizer: Summarizer) -> Summarizer:
    return changed(summarizer, gate=-2, numeric=6)


@pytest.fixture(scope="module")
def counter(summarizer: Summarizer) -> Summarizer:
    """Writes numbers wherever it may."""
    return changed(summarizer, gate=200, numeric=50)


@pytest.mark.parametrize("text", TEXTS)
def test_a_summary_says_where_its_words_are_from(
    summarizer: Summarizer, copier: Summarizer, counter: Summarizer, text: str
) -> None:
    for each in (summarizer, copier, counter):
        summary = each.summarize(text)
        assert summary.sentences
        check(summary, text)


def test_words_are_copied_and_written(copier: Summarizer, counter: Summarizer) -> None:
    def words(each: Summarizer) -> list[SummaryWord]:
        return [word for text in TEXTS for sentence in each.summarize(text).sentences for word in sentence.words]

    assert sum(word.span is not None for word in words(copier)) > 10
    assert sum(word.span is None for word in words(counter)) > 10


def test_the_copied_share_is_that_of_the_mixture(copier: Summarizer) -> None:
    """What is never written is copied, what is never copied is written, and there is something between."""

    def shares(gate: float) -> list[float]:
        summary = changed(copier, gate, 0).summarize(TEXTS[0])
        return [word.copied for sentence in summary.sentences for word in sentence.words]

    assert min(shares(-200)) == pytest.approx(1, abs=1e-6)
    assert max(shares(200)) == pytest.approx(0, abs=1e-6)
    assert any(0.01 < share < 0.99 for gate in range(0, 10, 2) for share in shares(gate))


def test_several_texts_are_each_summarised_as_on_their_own(summarizer: Summarizer, copier: Summarizer) -> None:
    for each in (summarizer, copier):
        for text, summary in zip(TEXTS, each.summarize_many(TEXTS, batch_size=3), strict=True):
            alone = each.summarize(text)
            assert summary.text == alone.text
            assert summary.score == pytest.approx(alone.score, abs=1e-4)
            assert (summary.words, summary.selected_words) == (alone.words, alone.selected_words)
            spans = [[word.span for word in sentence.words] for sentence in summary.sentences]
            assert spans == [[word.span for word in sentence.words] for sentence in alone.sentences]


def test_the_same_text_has_the_same_summary(summarizer: Summarizer) -> None:
    assert summarizer.summarize(TEXTS[2]) == summarizer.summarize(TEXTS[2])


def test_texts_are_taken_a_batch_at_a_time(summarizer: Summarizer) -> None:
    taken: list[int] = []

    def texts() -> Iterator[str]:
        for i in range(5):
            taken.append(i)
            yield TEXTS[i]

    summaries = summarizer.summarize_many(texts(), batch_size=2)
    assert taken == []
    next(summaries)
    assert taken == [0, 1]
    next(summaries)
    assert taken == [0, 1]
    next(summaries)
    assert taken == [0, 1, 2, 3]
    assert len(list(summaries)) == 2
    assert list(summarizer.summarize_many([])) == []


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_a_text_that_cannot_be_summarised_has_an_error_in_its_place(summarizer: Summarizer, batch_size: int) -> None:
    texts = ["", TEXTS[0], " \n", "\u200b", TEXTS[1], ""]
    results = list(summarizer.try_many(texts, batch_size))
    assert [isinstance(result, DocumentError) for result in results] == [True, False, True, True, False, True]
    for text, result in zip(texts, results, strict=True):
        if isinstance(result, Summary):
            assert result.text == summarizer.summarize(text).text


def test_an_error_is_raised_where_it_stands(summarizer: Summarizer) -> None:
    summaries = summarizer.summarize_many([TEXTS[0], "", TEXTS[1]])
    assert next(summaries).sentences
    with pytest.raises(DocumentError, match="nothing to read"):
        next(summaries)
    with pytest.raises(DocumentError):
        summarizer.summarize(" ")


def test_a_long_text_is_read_in_part_and_says_so(summarizer: Summarizer) -> None:
    long, short = "the mayor met the minister. " * 40, "the mayor met the minister."
    summary = summarizer.summarize(long)
    assert summary.words == 200
    assert summary.selected_words == 52  # six tokens for five words, 62 tokens beside START and END
    check(summary, long)
    assert summarizer.summarize(long[: 52 * 6]).text == summary.text
    summary = summarizer.summarize(short)
    assert (summary.words, summary.selected_words) == (5, 5)


def test_a_word_that_the_window_cuts_is_not_counted_twice(summarizer: Summarizer) -> None:
    text = "x" * 200_000 + " the end"
    summary = summarizer.summarize(text)
    assert (summary.words, summary.selected_words) == (3, 1)
    check(summary, text)


@given(st.text(max_size=80))
@example("\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467")
@example("\u0301\u0301")
@example("[SEP] [PAD] [UNK] ## ##s")
@example("\0\x1b[31m\x07")
@example("a" * 2000)
@example("." * 200)
@settings(max_examples=40)
def test_any_text_has_a_summary_or_nothing_to_read(copier: Summarizer, text: str) -> None:
    (result,) = copier.try_many([text])
    if isinstance(result, DocumentError):
        assert not copier.engine.tokenizer.encode(text).ids
    else:
        check(result, text)


@pytest.mark.parametrize("text", ["\u00a0\u2003\n", "\ufeff", "", "\0"])
def test_nothing_to_read_is_an_error(summarizer: Summarizer, text: str) -> None:
    with pytest.raises(DocumentError):
        summarizer.summarize(text)


@given(DOCUMENTS)
@settings(max_examples=40)
def test_a_network_writes_no_number_that_the_document_lacks(counter: Summarizer, text: str) -> None:
    (result,) = counter.try_many([text.replace("☃", "a")])  # an unknown token is let through inside a number
    if isinstance(result, Summary):
        assert numbers("\n".join(s.text for s in result.sentences)) <= numbers(text), result.text


@pytest.mark.parametrize("number", ["14200", "2,500", "2013-05-12"])
def test_a_number_that_is_read_in_part_is_not_written(counter: Summarizer, number: str) -> None:
    text = f"the mayor met us {number} mayors."
    for max_src in range(7, 12):  # four words, some of the number, START and END
        options = dataclasses.replace(counter.engine.options, max_src=max_src)
        summary = Summarizer.from_network(counter.engine.model, counter.engine.tokenizer, options).summarize(text)
        assert numbers(summary.text) <= {number}, summary.text


@pytest.mark.parametrize("max_tgt", [12, 20])
def test_a_model_writes_to_its_last_token(make_model: MakeModel, wide_tokenizer: Tokenizer, max_tgt: int) -> None:
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=max_tgt)
    options = SearchOptions(min_length=max_tgt - 1, max_length=max_tgt - 1, no_repeat_words=0)
    check(Summarizer.from_network(model, wide_tokenizer, options).summarize(TEXTS[0]), TEXTS[0])


def test_a_longer_summary_than_the_model_can_write_is_refused(summarizer: Summarizer) -> None:
    options = dataclasses.replace(summarizer.engine.options, max_length=32)
    with pytest.raises(UsageError, match="at most 31 tokens"):
        Summarizer.from_network(summarizer.engine.model, summarizer.engine.tokenizer, options)


def test_options_are_the_models_own_unless_given(model_folder: Path) -> None:
    assert Summarizer.load(model_folder).engine.options == load_model(model_folder)[2]
    options = SearchOptions(beam_size=1, min_length=1, max_length=5)
    loaded = Summarizer.load(str(model_folder), options=options)
    assert loaded.engine.options == options
    summary = loaded.summarize(TEXTS[0])
    assert sum(len(loaded.engine.tokenizer.encode(s.text).ids) for s in summary.sentences) <= 5


def test_what_cannot_be_loaded_is_said(model_folder: Path) -> None:
    with pytest.raises(CheckpointError, match="no model 'nowhere'"):
        Summarizer.load("nowhere")
    with pytest.raises(UsageError, match="no such device"):
        Summarizer.load(model_folder, device="nonsense")


def test_training_mode_is_left(make_model: MakeModel, wide_tokenizer: Tokenizer) -> None:
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32, dropout=0.5).train()
    each = Summarizer.from_network(model, wide_tokenizer, SearchOptions(min_length=4, max_length=10))
    assert len({each.summarize(TEXTS[0]).text for _ in range(3)}) == 1


def test_bfloat16_summarises_too(summarizer: Summarizer) -> None:
    each = Summarizer.from_network(
        summarizer.engine.model, summarizer.engine.tokenizer, summarizer.engine.options, precision="bf16"
    )
    for text in TEXTS:
        check(each.summarize(text), text)


@pytest.fixture(scope="module")
def scorer(make_model: MakeModel, wide_tokenizer: Tokenizer) -> Summarizer:
    """A small model that scores sentences."""
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=24, salience=True)
    return Summarizer.from_network(model, wide_tokenizer, SearchOptions(beam_size=2, min_length=4, max_length=14))


def test_the_most_salient_sentences_of_a_long_text_are_encoded(scorer: Summarizer) -> None:
    summary = scorer.summarize(LONG)
    assert summary.scored
    assert summary.selected_words < summary.words == len(LONG.split())
    check(summary, LONG)
    assert not scorer.summarize("Anna met the minister.").scored


def test_extraction_gives_the_documents_own_sentences_in_order(scorer: Summarizer) -> None:
    summary = scorer.summarize(LONG, Request(Length(sentences=4), extractive=True))
    assert len(summary.sentences) == 4
    places = [LONG.index(sentence.text) for sentence in summary.sentences]
    assert places == sorted(places)
    assert summary.selected_words == summary.words
    check(summary, LONG)


def test_control_characters_are_nothing_to_extract(scorer: Summarizer) -> None:
    with pytest.raises(DocumentError, match="nothing to read"):
        scorer.summarize("\x1b\b \x1b", Request(extractive=True))


def test_a_query_decides_which_sentences_are_selected_and_encoded(scorer: Summarizer) -> None:
    summary = scorer.summarize(LONG, Request(Length(sentences=1), extractive=True, query="bridges of New York"))
    assert summary.text == "A bridge in New York."
    read = scorer.summarize(LONG, Request(query="bridge"))
    assert read.selected_words < scorer.summarize(LONG).selected_words


@pytest.mark.parametrize(
    ("length", "least", "most"),
    [(Length(words=12), 1, 12), (Length(words=40), 1, 40), (Length(ratio=0.1), 1, 27), (Length(words=200), 30, 200)],
)
def test_words_are_an_upper_bound(scorer: Summarizer, length: Length, least: int, most: int) -> None:
    for extractive in (False, True):
        summary = scorer.summarize(LONG, Request(length, extractive=extractive))
        assert least <= len(summary.text.split()) <= most


def test_a_model_without_salience_cannot_extract(summarizer: Summarizer) -> None:
    with pytest.raises(UsageError, match="salience"):
        summarizer.summarize("Anna.", Request(extractive=True))


def test_a_processor_without_instructions_for_it_is_not_asked_for_8_bits(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "has_vnni", lambda: False)
    with pytest.raises(UsageError, match="precision 'int8': this processor has no instructions"):
        Summarizer.load(model_folder, precision="int8")
    assert fastest_precision(torch.device("cpu")) != "int8"


def test_from_texts_in_other_languages_sentences_are_selected(scorer: Summarizer) -> None:
    german = "Die Brücke ist gesperrt. Am 3. März beginnt die Reparatur der Brücke. Es regnet heute in der Stadt."
    texts = ["The bridge is closed. It rained. " * 3, german, other := german.replace("Brücke", "Straße")]
    first, *others = scorer.summarize_many(texts, sentences=1)
    assert first.language is None
    for text, summary in zip((german, other), others, strict=True):
        assert summary.language == "German"
        assert summary.text in text
        assert summary == scorer.summarize(text, sentences=1, extractive=True, language="de")
