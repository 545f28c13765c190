"""Which sentences of a document are selected for an extractive summary, and that they are verbatim."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from summarize.pipeline.encoder import DocumentEncoder, SegmentedDocument, SentenceRange
from summarize.pipeline.extractive import (
    N_CANDIDATES,
    N_SAMPLED,
    NO_LIMITS,
    Extractor,
    centralities,
    expected_sentences,
    extract,
    find_salient_sentences,
    rank_sentences,
    verbatim_sentences,
)
from summarize.pipeline.plan import Part
from summarize.selection.centrality import centrality_logits
from summarize.selection.expected_rouge import salience_probabilities
from summarize.text.lengths import Limits
from summarize.text.matching import count_words
from summarize.text.sentences import sentence_spans
from summarize.text.tokenizer import Tokenizer
from tests.helpers.models import MakeModel
from tests.helpers.paths import ROOT
from tests.helpers.segmented import segmented, whole

FOUR = segmented(
    [
        "The bridge opened in May.",
        "The bridge opened in May, some say.",
        "It rained all day.",
        "Trains run late today.",
    ]
)
LOGITS = np.array([3.0, -0.5, -1.0, 1.5])


@pytest.mark.parametrize(
    ("limits", "selected"),
    [
        (Limits(0, 0, n_sentences=1), [0]),
        (Limits(0, 0, n_sentences=2), [0, 3]),  # the most salient but one repeats the first
        (Limits(0, 0, n_sentences=4), [0, 1, 2, 3]),
        (Limits(0, 0, max_words=5), [0]),
        (Limits(0, 0, max_words=4), [3]),
        (Limits(0, 0, max_words=44), [0, 3]),
        (Limits(0, 0, max_words=1), [0]),  # none is so short: the most salient one, to be cut
    ],
)
def test_limits_hold(limits: Limits, selected: list[int]) -> None:
    assert extract(whole(FOUR), LOGITS, limits) == selected


def test_the_sentence_before_one_that_refers_back_is_a_candidate() -> None:
    texts = [*[f"The mayor met number {i} today." for i in range(20)], "Anna Smith led the choir.", "She left in May."]
    logits = np.array([*[0.0] * 20, -9.0, 9.0])
    document = segmented(texts)
    salient = find_salient_sentences(whole(document), logits, NO_LIMITS)
    candidates = salient.candidate_texts()
    indices = [salient.sentence_indices[position] for position, _ in candidates]
    assert {20, 21} <= set(indices)
    antecedents = salient.companions(candidates)
    assert antecedents == {indices.index(21): salient.sentence_indices.index(20)}


def test_the_sentence_after_a_question_is_a_candidate() -> None:
    texts = [*[f"The mayor met number {i} today." for i in range(20)], "Do you smoke a pipe?", "No."]
    document = segmented(texts)
    salient = find_salient_sentences(whole(document), np.array([*[0.0] * 20, 9.0, -9.0]), NO_LIMITS)
    candidates = salient.candidate_texts()
    indices = [salient.sentence_indices[position] for position, _ in candidates]
    assert {20, 21} <= set(indices)
    question, answer = (salient.sentence_indices.index(i) for i in (20, 21))
    assert salient.companions(candidates) == {indices.index(20): answer, indices.index(21): question}


def test_the_first_sentence_of_a_quotation_is_selected_only_where_there_is_nothing_else() -> None:
    document = segmented(
        ['"The rollers are original.', 'Nobody knew," said Anna Berg.', "The bridge is shut till May."]
    )
    assert extract(whole(document), np.array([9.0, -9.0, 1.0]), Limits(0, 0, n_sentences=1)) == [2]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(0, 0, n_sentences=2), ["Tom: The camp has the big meadow.", "Anna: It rained all day."]),
        (
            Limits(0, 0, n_sentences=3),
            ["Tom: The camp has the big meadow.", "Anna: We met at noon.", "It rained all day."],
        ),
        (Limits(0, 0, max_words=7), ["Tom: The camp has the big meadow."]),
        (Limits(0, 0, max_words=6), ["Anna: It rained all day."]),
    ],
)
def test_sentences_within_turns_have_their_speakers_names(limits: Limits, expected: list[str]) -> None:
    text = "Tom: Good. The camp has the big meadow.\nAnna: We met at noon. It rained all day.\nTom: Fine then."
    ends = [match.end() for match in re.finditer(r"\.(?=\s|$)", text)]
    spans = np.array(list(zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True)))
    n_words = np.array([len(text[start:end].split()) for start, end in spans])
    document = SegmentedDocument(text, spans, n_words, n_words)
    extractor = Extractor(lambda parts: [np.array([-9.0, 9.0, 1.0, 5.0, -9.0]) for _ in parts])
    (summary,) = extractor.generate([Part(document, 0, 5, limits)])
    assert [sentence.text for sentence in summary.sentences] == expected
    for sentence in summary.sentences:
        assert all(word.span and text[slice(*word.span)] == word.text for word in sentence.words)


def test_the_line_above_a_conversation_is_not_said_in_it() -> None:
    texts = [
        "What did the group say of the camp?",
        "Tom: Yeah.",
        "Anna: They have the big meadow.",
        "Tom: We go in May.",
    ]
    document = segmented(texts, "\n")
    assert extract(whole(document), np.array([9.0, 1.0, -1.0, -2.0]), Limits(0, 0, n_sentences=2)) == [2, 3]


def test_a_turn_that_breaks_off_is_selected_only_where_there_is_nothing_else() -> None:
    document = segmented(
        ["Tom: we can also train it so you just", "Anna: we can have another one", "Tom: yes we can"], "\n"
    )
    assert extract(whole(document), np.array([9.0, 1.0, -9.0]), Limits(0, 0, n_sentences=1)) == [1]


def test_yes_is_no_answer_to_who() -> None:
    texts = [*[f"The mayor met number {i} today." for i in range(20)], "Who pays for all of it?", "Yes."]
    salient = find_salient_sentences(whole(segmented(texts)), np.array([*[0.0] * 20, 9.0, -9.0]), NO_LIMITS)
    candidates = salient.candidate_texts()
    indices = [salient.sentence_indices[position] for position, _ in candidates]
    assert 21 not in indices
    assert salient.companions(candidates) == {indices.index(20): -1}


def test_a_subordinate_clause_is_no_companion() -> None:
    texts = ["It rained all day.", "As Max said last week.", "They will guide you to the old town."]
    salient = find_salient_sentences(whole(segmented(texts)), np.array([-5.0, -9.0, 5.0]), NO_LIMITS)
    assert 1 not in [salient.sentence_indices[i] for i in salient.candidates]


def test_a_title_is_no_antecedent() -> None:
    document = segmented(["The choir of the town", "She left in May.", "It rained on all days of the month."])
    salient = find_salient_sentences(whole(document), np.array([-9.0, 9.0, -1.0]), Limits(0, 0, n_sentences=1))
    assert 0 not in [salient.sentence_indices[i] for i in salient.candidates]


def test_a_heading_is_no_antecedent() -> None:
    document = replace(segmented(["The choir of the town.", "She left in May.", "It rained."]), headings=frozenset({0}))
    salient = find_salient_sentences(whole(document), np.array([-9.0, 9.0, -1.0]), Limits(0, 0, n_sentences=1))
    assert [salient.sentence_indices[i] for i in salient.candidates] == [1]


def test_a_documents_first_sentence_refers_to_nothing() -> None:
    salient = find_salient_sentences(whole(segmented(["It rained.", "He left."])), np.zeros(2), NO_LIMITS)
    first, second = (salient.sentence_indices.index(i) for i in (0, 1))
    assert salient.companions([(first, "It rained."), (second, "He left."), (second, "Tom left.")]) == {1: first}


def test_a_range_gives_only_its_own_sentences() -> None:
    assert extract(SentenceRange(FOUR, 2, 4), LOGITS[2:], Limits(0, 0, n_sentences=1)) == [3]


def test_without_limits_the_number_of_sentences_follows_from_their_salience() -> None:
    texts = ["Trains run late today.", "The mayor met Anna Smith.", "Rain fell all day.", "A new bridge opened."]
    for logits, number in (([9.0, -9, -9, -9], 1), ([9.0, 9, -9, -9], 2), ([9.0, 9, 9, -9], 3), ([-9.0] * 4, 1)):
        assert len(extract(whole(segmented(texts)), np.array(logits), NO_LIMITS)) == number


def test_headings_and_announcements_are_selected_only_where_there_is_nothing_else() -> None:
    texts = ["What the council said on Monday", "There are three reasons for it:", "Trains run late today."]
    document, logits = replace(segmented(texts), headings=frozenset({0})), np.array([9.0, 9.0, -9.0])
    for limits, selected in (
        (NO_LIMITS, [2]),
        (Limits(0, 0, n_sentences=1), [2]),
        (Limits(0, 0, n_sentences=3), [0, 1, 2]),
    ):
        assert extract(whole(document), logits, limits) == selected
    assert extract(SentenceRange(document, 0, 1), logits[:1], NO_LIMITS) == [0]


def test_self_contained_sentences_are_ranked_first() -> None:
    document = segmented(["a b c", "a b c d", "a b c d:", "a b c d e", "a b c d"])  # no end marks
    document = replace(document, headings=frozenset({4}))
    order, is_self_contained = rank_sentences(document, np.arange(5), np.array([5.0, 1, 4, 2, 3]))
    assert order.tolist() == [3, 1, 0, 2, 4]
    assert is_self_contained.tolist() == [True, True, False, False, False]
    order, _ = rank_sentences(document, np.array([1, 3]), np.array([1.0, 2.0]))
    assert order.tolist() == [1, 0]  # positions, not indices


def test_what_has_no_end_mark_is_self_contained_only_where_most_sentences_have_none() -> None:
    texts = ["Slow-roast shoulder of lamb with beans", "It takes five hours.", "Rest it an hour.", "Serve it warm now!"]
    assert _self_contained(texts) == [False, True, True, True]
    assert _self_contained([text.rstrip(".!") for text in texts]) == [True] * 4
    assert _self_contained(["Water", "Sheds", "Plot 14", *texts[1:]])[3:] == [True] * 3  # words count, not lines
    assert _self_contained(["so you first have to do this,", *(text.rstrip(".!") for text in texts)])[0] is False


def test_a_subordinate_clause_is_not_self_contained() -> None:
    assert _self_contained(["As Anna said last week.", "As Anna said, it rained."]) == [False, True]


def test_a_speakers_name_makes_no_interjection_a_sentence() -> None:
    texts = [
        "Project Manager: Yes .",
        "User Interface: so a lot of people use it .",
        "Project Manager: Yes it is old .",
    ]
    assert _self_contained(texts, "\n") == [False, True, True]


def _self_contained(texts: list[str], separator: str = " ") -> list[bool]:
    n = len(texts)
    order, is_self_contained = rank_sentences(segmented(texts, separator), np.arange(n), np.zeros(n))
    return [bool(is_self_contained[order.tolist().index(i)]) for i in range(n)]


@pytest.mark.parametrize(
    ("limits", "n"),
    [
        (NO_LIMITS, None),
        (Limits(0, 0, n_sentences=3), 3),
        (Limits(0, 0, max_words=110), 5),
        (Limits(0, 0, max_words=5), 1),  # at least one
    ],
)
def test_the_expected_number_of_sentences(limits: Limits, n: float | None) -> None:
    assert expected_sentences(limits) == n


@pytest.mark.parametrize(("limits", "n_extra"), [(NO_LIMITS, 0), (Limits(0, 0, n_sentences=7), 7)])
def test_only_the_most_salient_sentences_are_sampled_and_fewer_of_them_are_candidates(
    limits: Limits, n_extra: int
) -> None:
    document = segmented([f"Train {i} runs late today." for i in range(40)])
    logits = np.random.default_rng(0).normal(size=40)
    salient = find_salient_sentences(whole(document), logits, limits)
    ranked = np.argsort(-logits).tolist()
    assert salient.sentence_indices == ranked[: N_SAMPLED + n_extra]
    assert salient.texts == [document.sentence_text(i) for i in salient.sentence_indices]
    assert salient.candidates == list(range(N_CANDIDATES + n_extra))
    assert salient.candidate_texts() == list(enumerate(salient.texts))[: N_CANDIDATES + n_extra]
    expected = salience_probabilities(logits[salient.sentence_indices], n_extra or None)
    assert np.array_equal(salient.probabilities, expected)


def test_a_sentence_that_is_too_long_is_sampled_but_no_candidate() -> None:
    salient = find_salient_sentences(whole(FOUR), LOGITS, Limits(0, 0, max_words=5))
    assert salient.sentence_indices == [0, 3, 1, 2]
    assert salient.candidates == [0, 1, 3]


def test_a_candidate_beyond_the_sampled_sentences_is_sampled_too() -> None:
    """The most salient sentences are all too long."""
    document = segmented(["a b c d e f g h i"] * 30 + ["Trains run late today."])
    salient = find_salient_sentences(whole(document), np.zeros(31), Limits(0, 0, max_words=5))
    assert salient.sentence_indices == [*range(N_SAMPLED + 1), 30]
    assert salient.candidates == [N_SAMPLED + 1]


def test_a_sentence_that_is_not_self_contained_is_a_candidate_where_it_is_needed() -> None:
    document = segmented(["Trains run late today.", "Yes, it did.", "Oh no!"])
    logits = np.zeros(3)
    assert find_salient_sentences(whole(document), logits, NO_LIMITS).candidates == [0]
    assert find_salient_sentences(whole(document), logits, Limits(0, 0, n_sentences=2)).candidates == [0, 1]


def test_sentences_without_words_are_left_out() -> None:
    document = segmented(["Trains run late today.", "The mayor met Anna Smith."])
    document = replace(document, n_words=np.array([0, 5]))
    salient = find_salient_sentences(whole(document), np.array([9.0, 0.0]), NO_LIMITS)
    assert salient.sentence_indices == [1]
    assert salient.candidates == [0]


def test_a_part_is_extracted_with_its_mean_salience_as_score(make_model: MakeModel, wide_tokenizer: Tokenizer) -> None:
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=48, salience=True)
    encoder = DocumentEncoder(model, wide_tokenizer, 48)
    text = " ".join(f"The mayor met Anna {i} on Monday. It was the {i}th visit to the old bridge." for i in range(20))
    (document,) = encoder.segment([text])
    parts = [Part(document, 5, 25, Limits(0, 0, n_sentences=3)), Part(document, 25, 40, Limits(0, 0, n_sentences=1))]
    with torch.no_grad():
        logits = encoder.salience_logits(parts)
        summaries = Extractor(encoder.salience_logits).generate(parts)
    for part, values, summary in zip(parts, logits, summaries, strict=True):
        assert values is not None
        selected = extract(part, values, part.limits)
        assert [sentence.text for sentence in summary.sentences] == [document.sentence_text(i) for i in selected]
        assert summary.score == pytest.approx(np.mean([values[i - part.first] for i in selected]))
        assert summary.n_words_encoded == part.n_words
        assert summary.traces == ()
        assert not summary.is_source_selected


def test_control_characters_and_kinds_of_space_are_left_out() -> None:
    document = segmented(["\u201cIt\u00a0 cost \u20ac14,200\x1b\u201d,\n he said..."])
    (sentence,) = verbatim_sentences(document, [0])
    words = ["“", "It", "cost", "€14", ",", "200", "”", ",", "he", "said", ".", ".", "."]
    assert [word.text for word in sentence.words] == words
    assert sentence.text == "\u201cIt cost \u20ac14,200\u201d, he said..."


def test_the_spans_of_verbatim_words_are_characters_of_the_document() -> None:
    for sentence, i in zip(verbatim_sentences(FOUR, [1, 2]), [1, 2], strict=True):
        assert sentence.text == FOUR.sentence_text(i)
        assert sentence.words[0].span is not None
        assert sentence.words[0].span[0] == FOUR.spans[i][0]
        assert all(FOUR.text[slice(*word.span)] == word.text for word in sentence.words if word.span)
        assert all(word.copied == 1 and word.span for word in sentence.words)


def test_without_a_model_sentences_are_selected_by_centrality_and_relevance() -> None:
    texts = [
        "Es regnete.",
        "Die Brücke über die Elbe ist gesperrt.",
        "Autos können die Elbe nicht überqueren.",
        "Ende.",
    ]
    document = segmented(texts)
    (logits,) = centralities([whole(document)])
    assert np.array_equal(logits, centrality_logits(texts))
    (first,) = Extractor(centralities).generate([Part(document, 0, 4, Limits(0, 60, n_sentences=1))])
    assert first.sentences[0].text in texts[1:3]
    asked = replace(document, relevance=np.array([9.0, 0.0, 0.0, 0.0]))
    np.testing.assert_allclose(centralities([whole(asked)])[0], logits + asked.relevance)


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "languages").glob("*.txt")), ids=lambda path: path.stem)
def test_limits_hold_in_other_languages(path: Path) -> None:
    text = path.read_text()
    document = segmented([text[start:end] for start, end in sentence_spans(text, path.stem)])
    for max_words in (1, 5, 12, 40):
        part = Part(document, 0, len(document), Limits(0, 60, max_words=max_words))
        sentences = Extractor(centralities).generate([part])[0].sentences
        assert max_words / 2 <= sum(count_words(sentence.text) for sentence in sentences) <= max_words
        words = [word for sentence in sentences for word in sentence.words if word.span]
        assert [document.text[slice(*word.span)] for word in words] == [word.text for word in words]


def test_a_sentence_within_a_quotation_is_selected_only_where_there_is_nothing_like_it() -> None:
    texts = [
        'Anna Berg of the council said: "It rained in the old town.',
        "The rollers of the bridge are old and cracked.",
        'Nobody knew of it," said Anna Berg.',
        "The bridge of the old town is shut till May.",
    ]
    salient = find_salient_sentences(whole(segmented(texts)), np.array([-1.0, 1.0, -1.0, 0.9]), NO_LIMITS)
    candidates = salient.candidate_texts()
    quoted = [salient.sentence_indices[position] for position, _ in candidates].index(1)
    assert salient.companions(candidates)[quoted] == -1
    assert extract(whole(segmented(texts)), np.array([-1.0, 1.0, -1.0, 0.9]), Limits(0, 0, n_sentences=1)) == [3]


def test_in_a_script_without_spaces_a_sentence_has_as_many_words_as_its_characters_make() -> None:
    texts = ["河上的桥关闭了，汽车不能过河。", "下雨。", "市长说，桥要修三个月，明年春天再开。"]
    assert _self_contained(texts) == [True, False, True]
