"""Whole summaries of parts: which sentences are encoded, which hypothesis is best, and how it is trimmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch

from summarize.decoding.hypothesis import Hypothesis, SearchOptions
from summarize.pipeline import summary_decoder
from summarize.pipeline.encoder import DocumentEncoder, SegmentedDocument, SourceTokens
from summarize.pipeline.generator import WholeSummaryGenerator
from summarize.pipeline.plan import Part
from summarize.text.lengths import Limits
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import SENTENCE
from tests.helpers.models import MakeModel

DOCUMENT = "Mayor Anna Smith met the minister in New York on Monday."
CONVERSATION = """Anna: I will visit the old bridge on Monday.
John: Then I met the minister in March.
Anna: It was well known, they said."""
OPTIONS = SearchOptions(min_length=1, max_length=40)
LIMITS = Limits(1, 40)


@pytest.fixture(scope="module")
def encoder(make_model: MakeModel, wide_tokenizer: Tokenizer) -> DocumentEncoder:
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=512, max_tgt=48, salience=True)
    return DocumentEncoder(model, wide_tokenizer, 512)


def segment(encoder: DocumentEncoder, text: str) -> SegmentedDocument:
    (document,) = encoder.segment([text])
    return document


def whole_part(encoder: DocumentEncoder, text: str, limits: Limits = LIMITS) -> Part:
    document = segment(encoder, text)
    return Part(document, 0, len(document), limits)


def hypothesis(encoder: DocumentEncoder, document: str, sentences: Sequence[str], score: float) -> Hypothesis:
    """A hypothesis of these sentences; ‹…› in one of them is copied from where it stands in the document."""
    source = encoder.tokenizer.encode(document)
    ids: list[int] = []
    positions: list[int | None] = []
    for n, sentence in enumerate(sentences):
        if n:
            ids, positions = [*ids, SENTENCE], [*positions, None]
        for i, text in enumerate(sentence.replace("›", "‹").split("‹")):
            if i % 2:
                start = document.index(text)
                inside = [t for t, (a, b) in enumerate(source.spans) if start <= a and b <= start + len(text)]
                ids, positions = [*ids, *(source.ids[t] for t in inside)], [*positions, *inside]
            else:
                generated = encoder.tokenizer.encode(text).ids
                ids, positions = [*ids, *generated], [*positions, *[None] * len(generated)]
    copied = torch.zeros(len(ids), len(source.ids) + 2)
    for t, position in enumerate(positions):
        if position is not None:
            copied[t, position + 1] = 1  # START comes first
    return Hypothesis(tuple(ids), score, copied)


def generated_text(
    encoder: DocumentEncoder,
    monkeypatch: pytest.MonkeyPatch,
    document: str,
    summaries: Sequence[Sequence[str]],
    limits: Limits = LIMITS,
) -> str:
    """The summary of a document for which the search gives these summaries, best first."""
    hypotheses = [hypothesis(encoder, document, s, -float(rank)) for rank, s in enumerate(summaries)]
    monkeypatch.setattr(summary_decoder, "beam_search", lambda *_: [hypotheses])
    with torch.no_grad():
        (generated,) = WholeSummaryGenerator(encoder, OPTIONS).generate([whole_part(encoder, document, limits)])
    return " ".join(sentence.text for sentence in generated.sentences)


INVENTED = "the mayor met zquox."


@pytest.mark.parametrize(
    ("summaries", "expected"),
    [
        (["the mayor met anna.", "the minister met anna."], "The Mayor met Anna."),
        ([INVENTED, "the minister met anna."], "The minister met Anna."),
        ([INVENTED, "zquoxes met anna."], "The Mayor met zquox."),  # both have an unsupported name
        (["it was in 2013.", "the minister met anna."], "The minister met Anna."),  # an unsupported number
    ],
)
def test_the_best_hypothesis_without_unsupported_claims_is_taken(
    encoder: DocumentEncoder, monkeypatch: pytest.MonkeyPatch, summaries: list[str], expected: str
) -> None:
    assert generated_text(encoder, monkeypatch, DOCUMENT, [[s] for s in summaries]) == expected


RIGHT = ["anna ‹will visit the old bridge›."]
SWAPPED = ["john ‹will visit the old bridge›."]  # Anna says "I"
TWICE = ["john ‹will visit the old bridge›.", "anna ‹met the minister in March›."]
UNSUPPORTED = ["anna ‹will visit the old bridge› in york."]
SWAPPED_AND_UNSUPPORTED = ["john ‹will visit the old bridge› in york."]
# Whether a summary has an unsupported claim, and in how many sentences the speaker is misattributed.
ERRORS = [
    (RIGHT, (False, 0)),
    (SWAPPED, (False, 1)),
    (TWICE, (False, 2)),
    (UNSUPPORTED, (True, 0)),
    (SWAPPED_AND_UNSUPPORTED, (True, 1)),
]
TEXTS = {
    (False, 0): "Anna will visit the old bridge.",
    (False, 1): "John will visit the old bridge.",
    (False, 2): "John will visit the old bridge. Anna met the minister in March.",
    (True, 0): "Anna will visit the old bridge in york.",
    (True, 1): "John will visit the old bridge in york.",
}


@pytest.mark.parametrize("n", [1, 2, 3])
def test_in_a_conversation_a_misattributed_speaker_is_avoided(
    encoder: DocumentEncoder, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    """Every ranking of n hypotheses: the fewest errors win, of equal ones the first."""
    for ranking in permutations(ERRORS, n):
        expected = TEXTS[min(errors for _, errors in ranking)]
        found = generated_text(encoder, monkeypatch, CONVERSATION, [summary for summary, _ in ranking])
        assert found == expected


def test_of_equally_wrong_hypotheses_the_first_is_taken(
    encoder: DocumentEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ["john ‹will visit the old bridge on Monday›."]
    for summaries in ([SWAPPED, other], [other, SWAPPED]):
        text = generated_text(encoder, monkeypatch, CONVERSATION, summaries)
        assert text.endswith("Monday.") == (summaries[0] is other)


def test_only_the_encoded_turns_are_compared(encoder: DocumentEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """One turn alone is no conversation, so nobody is known to speak."""
    text = CONVERSATION.replace("on Monday", "on Monday, John")
    hypotheses = [hypothesis(encoder, text, s, -float(rank)) for rank, s in enumerate((SWAPPED, RIGHT))]
    monkeypatch.setattr(summary_decoder, "beam_search", lambda *_: [hypotheses])
    document = segment(encoder, text)
    assert document.sentence_text(0) == text.split("\n")[0]
    for last, expected in ((1, "John"), (len(document), "Anna")):
        with torch.no_grad():
            (generated,) = WholeSummaryGenerator(encoder, OPTIONS).generate([Part(document, 0, last, LIMITS)])
        assert generated.sentences[0].text == f"{expected} will visit the old bridge."


@pytest.mark.parametrize(("max_words", "n_sentences"), [(None, 3), (12, 3), (11, 2), (8, 2), (7, 1), (4, 1)])
def test_the_last_sentences_beyond_the_limit_are_left_out(
    encoder: DocumentEncoder, monkeypatch: pytest.MonkeyPatch, max_words: int | None, n_sentences: int
) -> None:
    sentences = ["the mayor met anna.", "anna met the minister.", "it was on monday."]
    shown = ["The Mayor met Anna.", "Anna met the minister.", "It was on Monday."]
    text = generated_text(encoder, monkeypatch, DOCUMENT, [sentences], Limits(1, 40, max_words))
    assert text == " ".join(shown[:n_sentences])


SENTENCE_TEXT = "the mayor met anna on monday in new york."


def encoded_sources(
    encoder: DocumentEncoder, monkeypatch: pytest.MonkeyPatch, parts: Sequence[Part]
) -> list[SourceTokens]:
    """The sources that are encoded for the summaries of these parts."""
    encoded: list[SourceTokens] = []
    encode, search = encoder.encode, WholeSummaryGenerator(encoder, replace(OPTIONS, max_length=4, beam_size=1))

    def spy(sources: Sequence[SourceTokens]) -> object:
        encoded[:] = sources  # salience is scored first, so the last ones are those of the summaries
        return encode(sources)

    monkeypatch.setattr(encoder, "encode", spy)
    with torch.no_grad():
        search.generate(parts)
    monkeypatch.undo()
    return encoded


@pytest.mark.parametrize(
    ("n_sentences", "max_src", "max_tokens"),
    [
        (100, 512, 300),  # of 1,000 tokens 30 %
        (60, 512, 180),
        (30, 512, 120),  # 30 % would be 90: too few
        (12, 512, 120),  # all 120 fit
        (9, 512, 90),
        (100, 100, 98),  # no more than fit in a source
    ],
)
def test_with_a_query_a_share_of_the_tokens_is_encoded(
    encoder: DocumentEncoder, monkeypatch: pytest.MonkeyPatch, n_sentences: int, max_src: int, max_tokens: int
) -> None:
    small = DocumentEncoder(encoder.model, encoder.tokenizer, max_src)
    document = segment(small, " ".join([SENTENCE_TEXT] * n_sentences))
    assert document.n_tokens.tolist() == [10] * n_sentences
    relevance = np.arange(n_sentences) * 100.0  # the last sentences have most to do with the query
    part = Part(replace(document, relevance=relevance), 0, n_sentences, LIMITS)
    (source,) = encoded_sources(small, monkeypatch, [part])
    n_selected = max_tokens // 10
    assert source.sentence_indices.tolist() == list(range(n_sentences - n_selected, n_sentences))
    assert len(source.encoding.ids) == 10 * n_selected


def test_with_a_query_at_least_120_tokens_are_encoded(
    encoder: DocumentEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 121 tokens in sentences of 11, only ten sentences fit."""
    document = segment(encoder, " ".join([SENTENCE_TEXT.replace("monday", "a monday")] * 11))
    assert document.n_tokens.tolist() == [11] * 11
    part = Part(replace(document, relevance=np.zeros(11)), 0, 11, LIMITS)
    (source,) = encoded_sources(encoder, monkeypatch, [part])
    assert len(source.encoding.ids) == 110


def test_without_a_query_as_much_is_encoded_as_fits(encoder: DocumentEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    document = segment(encoder, " ".join([SENTENCE_TEXT] * 51))
    (source,) = encoded_sources(encoder, monkeypatch, [Part(document, 0, 51, LIMITS)])
    assert len(source.encoding.ids) == 510
    document = segment(encoder, " ".join([SENTENCE_TEXT] * 80))
    parts = [Part(document, 0, 3, LIMITS), Part(document, 3, 80, LIMITS), Part(document, 10, 12, LIMITS)]
    sources = encoded_sources(encoder, monkeypatch, parts)
    with torch.no_grad():
        (logits,) = encoder.salience_logits([parts[1]])
    expected = [[0, 1, 2], encoder.select_sentences(parts[1], logits, 510).tolist(), [10, 11]]
    assert [source.sentence_indices.tolist() for source in sources] == expected
    assert len(expected[1]) == 51


def test_a_summary_says_how_much_was_encoded_and_whether_it_was_selected(encoder: DocumentEncoder) -> None:
    document = segment(encoder, " ".join([SENTENCE_TEXT] * 80))
    parts = [Part(document, 0, 3, LIMITS), Part(document, 3, 80, LIMITS)]
    with torch.no_grad():
        short, long = WholeSummaryGenerator(encoder, OPTIONS).generate(parts)
    assert (short.n_words_encoded, short.is_source_selected) == (27, False)
    assert (long.n_words_encoded, long.is_source_selected) == (51 * 9, True)


def test_without_salience_the_beginning_is_encoded(
    make_model: MakeModel, wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=48, max_tgt=48)
    encoder = DocumentEncoder(model, wide_tokenizer, 48)
    document = segment(encoder, " ".join([SENTENCE_TEXT] * 10))
    (source,) = encoded_sources(encoder, monkeypatch, [Part(document, 0, 10, LIMITS)])
    assert source.sentence_indices.tolist() == [0, 1, 2, 3, 4]
    assert len(source.encoding.ids) == 46
    with torch.no_grad():
        (generated,) = WholeSummaryGenerator(encoder, OPTIONS).generate([Part(document, 0, 10, LIMITS)])
    assert (generated.n_words_encoded, generated.is_source_selected) == (42, False)


def test_an_explained_summary_is_the_same_with_traces(encoder: DocumentEncoder) -> None:
    parts = [whole_part(encoder, text) for text in (DOCUMENT, CONVERSATION)]
    generator = WholeSummaryGenerator(encoder, OPTIONS)
    with torch.no_grad():
        plain, explained = generator.generate(parts), generator.generate(parts, explain=True)
    for a, b in zip(plain, explained, strict=True):
        assert [s.text for s in a.sentences] == [s.text for s in b.sentences]
        assert (a.score, a.n_words_encoded, a.traces) == (b.score, b.n_words_encoded, ())
        assert sum(len(s.words) for s in b.sentences) == b.traces[0].index.shape[1]


def test_no_parts_have_no_summaries(encoder: DocumentEncoder) -> None:
    assert WholeSummaryGenerator(encoder, OPTIONS).generate([]) == []
