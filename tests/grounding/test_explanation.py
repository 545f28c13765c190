"""Passages and claims of summaries whose words were copied from known spans."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from summarize.grounding.explanation import Claim, Head, SourceSentence, find_claims, find_passages
from summarize.text.sentences import sentence_spans
from tests.helpers.explained import DOCUMENT, HEADS, SUMMARY, StubWord, bridge

CHAT = "Anna: Can you cook dinner tonight please?\nTom: I will cook dinner tonight.\nAnna: Great news, my dear friend!"


def copied(document: str, sentence: str) -> list[StubWord]:
    """The words of a sentence, each copied from its last place in the document; generated if it is not there."""
    return [
        StubWord(word, (at, at + len(word)) if (at := document.rfind(word)) >= 0 else None, i > 0)
        for i, word in enumerate(sentence.split())
    ]


def generated(sentence: str) -> list[StubWord]:
    return [StubWord(word, None, i > 0) for i, word in enumerate(sentence.split())]


# Passages


def passages(document: str, words: Sequence[StubWord]) -> list[tuple[int, float]]:
    """(line, share) of each passage."""
    return [(p.line, p.share) for p in find_passages(document, sentence_spans(document), words)]


def test_passages_are_the_sentences_that_words_were_copied_from() -> None:
    spans = sentence_spans(DOCUMENT)
    words = [StubWord(DOCUMENT[a:b], (a, b), True) for a, b in ((4, 10), (14, 20), (78, 84), (14, 20))]
    found = find_passages(DOCUMENT, spans, [*words, StubWord("x", None, True), StubWord(".", (72, 73), False)])
    assert [(p.line, p.share) for p in found] == [(1, 0.75), (3, 0.25)]
    assert [DOCUMENT[p.start : p.end] for p in found] == [DOCUMENT[:73], DOCUMENT[75:133]]
    assert find_passages(DOCUMENT, spans, [StubWord("x", None, True)]) == ()
    (number,) = [StubWord(DOCUMENT[a:b], (a, b), True) for a, b in [(111, 117)]]
    assert number.text == "14,200"
    assert [p.line for p in find_passages(DOCUMENT, spans, [number])] == [3]


def test_a_passage_that_gave_one_word_of_many_is_not_listed() -> None:
    bridge_word, opened = StubWord("bridge", (4, 10), True), StubWord("opened", (78, 84), True)
    assert passages(DOCUMENT, [bridge_word] * 9 + [opened]) == [(1, 0.9)]
    assert passages(DOCUMENT, [bridge_word] * 17 + [opened] * 3) == [(1, 0.85), (3, 0.15)]


def test_at_most_three_passages_are_listed_those_with_most_words_in_document_order() -> None:
    document = "Aa aa.\nBb bb.\nCc cc.\nDd dd."
    words = copied(document, "dd cc bb aa dd cc bb dd cc")
    assert [line for line, _ in passages(document, words)] == [2, 3, 4]
    assert sum(share for _, share in passages(document, words)) == pytest.approx(8 / 9)


def test_a_word_belongs_to_the_sentence_and_a_sentence_to_the_line_that_it_begins_in() -> None:
    spans = [(0, 5), (6, 9)]
    assert find_passages("abcde\nfgh", spans, [StubWord("e", (4, 5), True)]) == (SourceSentence(0, 5, 1, 1.0),)
    assert find_passages("abcde\nfgh", spans, [StubWord("f", (6, 7), True)]) == (SourceSentence(6, 9, 2, 1.0),)
    assert find_passages("abcde\nfgh", spans, [StubWord("x", (5, 6), True)]) == ()  # between the sentences
    assert find_passages("abcde\nfgh", [(1, 5)], [StubWord("a", (0, 1), True)]) == ()  # before the first
    assert find_passages("ab\ncd", [(0, 5)], [StubWord("cd", (3, 5), True)]) == (SourceSentence(0, 5, 1, 1.0),)
    assert find_passages("\nabc", [(1, 4)], [StubWord("a", (1, 2), True)]) == (SourceSentence(1, 4, 2, 1.0),)


# Claims


def test_claims_have_their_words() -> None:
    explanation = bridge().explanation
    assert explanation is not None
    assert explanation.claims == (
        Claim("Brooklyn", "name", 0, 3, 4),
        Claim("says", "word", 1, 1, 2),
        Claim("15,300", "number", 1, 2, 3),
        Claim("cross", "word", 1, 4, 5),
    )
    assert SUMMARY[1].split()[2] == "15,300"


def test_numbers_and_names_are_claims_unless_others_are_asked_for() -> None:
    sentence = generated("nothing cost Okafor 300")
    assert [claim.text for claim in find_claims("It was.", [sentence])] == ["Okafor", "300"]
    assert [claim.text for claim in find_claims("It was.", [sentence], ("word",))] == ["nothing", "cost"]


def test_a_claim_of_one_character_has_its_word() -> None:
    assert find_claims("It was.", [generated("It was"), generated("5 4 3")]) == tuple(
        Claim(digit, "number", 1, i, i + 1) for i, digit in enumerate("543")
    )


def test_a_number_composed_of_copied_parts_is_a_claim() -> None:
    words = [StubWord("15", (0, 2), False), StubWord(",", (2, 3), False), StubWord("300", (7, 10), False)]
    assert find_claims("15, or 300", [words]) == (Claim("15,300", "number", 0, 0, 3),)


def test_a_number_over_two_sentences_belongs_to_the_first() -> None:
    words = [generated(text) for text in ("It was twenty", "five men")]
    assert find_claims("It was men.", words) == (Claim("twenty\nfive", "number", 0, 2, 3),)


def test_a_copied_name_is_supported_however_the_document_is_cut_into_words() -> None:
    assert find_claims("xNato", [[StubWord("The", None, False), StubWord("Nato", (1, 5), True)]]) == ()
    assert find_claims("xNato", [[StubWord("The", None, False), StubWord("Nato", None, True)]]) == (
        Claim("Nato", "name", 0, 1, 2),
    )


def test_a_name_of_several_words_is_supported_only_if_all_were_copied() -> None:
    parts = [StubWord("the", None, False), StubWord("O", (1, 2), True), StubWord("'", (2, 3), False)]
    assert find_claims("xO'Nato", [[*parts, StubWord("Nato", (3, 7), False)]]) == ()
    assert find_claims("xO'Nato", [[*parts, StubWord("Nato", None, False)]]) == (Claim("O'Nato", "name", 0, 1, 4),)


def test_claims_are_in_the_summarys_order() -> None:
    words = [copied(CHAT, "Tom : cook dinner tonight 300"), copied(CHAT, "Anna will cook dinner tonight 400")]
    found = find_claims(CHAT, words, ("speaker", "number"))
    assert found == (
        Claim("300", "number", 0, 5, 6),
        Claim("Anna", "speaker", 1, 0, 1),
        Claim("400", "number", 1, 5, 6),
    )


def test_misattributed_speakers_are_claims_only_if_asked_for() -> None:
    words = [StubWord("#", None, True), *copied(CHAT, "Anna will cook dinner tonight")]
    assert find_claims(CHAT, [words], ("speaker",)) == (Claim("#Anna", "speaker", 0, 0, 2),)
    assert find_claims(CHAT, [words]) == ()
    full_names = CHAT.replace("Anna", "Anna Smith").replace("Tom", "Tom Jones")
    words = copied(full_names, "Anna Smith will cook dinner tonight")
    assert find_claims(full_names, [words], ("speaker",)) == (Claim("Anna Smith", "speaker", 0, 0, 2),)
    assert find_claims(CHAT, [copied(CHAT, "Tom will cook dinner tonight")], ("speaker",)) == ()


# Attention


def test_a_heads_attention_names_source_words_by_their_spans() -> None:
    explanation = bridge().explanation
    assert explanation is not None
    assert len(HEADS) == len(explanation.heads)
    words = explanation.source_words
    brooklyn = 3
    assert explanation.attention(Head(None, None), brooklyn) == tuple(
        (*words[i], weight / 255) for i, weight in ((0, 204), (1, 26), (2, 5))
    )
    assert [a for a, _, _ in explanation.attention(Head(2, 1), brooklyn)] == [words[i][0] for i in (7, 8, 9)]
    assert [a for a, _, _ in explanation.attention(Head(2, 1), 0)] == [words[i][0] for i in (0, 1, 2)]
    explanation.weight[7, brooklyn, 1:] = 0
    assert explanation.attention(Head(2, 1), brooklyn) == ((*words[7], 0.8),)
    with pytest.raises(ValueError, match="not in"):
        explanation.attention(Head(3, None), 0)
