"""The name rule: a capitalised word within a sentence is a word of the source."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summarize.decoding.name_rule import NameRule
from summarize.grounding.words import common_words
from tests.helpers.byte_pair import (
    STEPS,
    has_its_characters,
    refused_token,
    rule_of,
    sentences,
    small_byte_pair,
    small_rules,
    unsupported_names,
    walk,
)


@pytest.mark.parametrize(
    ("source", "allowed", "refused"),
    [
        ("He saw Anna McDonald", ["the Anna", "she (Anna) said", "a McDonald's", "Anna", "McDonald", "He", "a He"],
         ["the Ann", "the Annas", "the Annan", "a Donald", "the mcDonald", "a John", "the McDon", "ANNA", "aAnna"]),
        ("the bridge of NATO", ["Bridge", "Bridge of NATO", "The NATO bridge", "a NATO", "the Nato"],
         ["the Bridge", "BRIDGE", "the NAT", "NATOs", "a Nat"]),
        ("he was", ["However", "However, I was", "I'm", "I", "He and I", '"He', "- The", "Don't", "It's"],
         ["THE", "London", "Londo", "a The", "II", "a He", "Howev", "hE"]),
        ("tom ate at mcdonalds in may", ["the Tom", "a Mcdonalds", "May", "Tom's", "At"], ["a May", "the At", "TOM"]),
        ("an iPhone", ["iPhone", "the iPhone", "a iPhone", "Anti-Bridge"], ["IPhone", "an IPhone", "iPhones",
         "a Phone", "iP"]),
        ("Smith-Jones and O'Neil", ["a Smith-Brown", "an O'Brien", "the Jones", "Neil", "a well-Known", "it's-A"],
         ["an Oneil", "a Brien", "Brown-Smith", "a -Known", "a 'Known", "a Smith - Brown", "a Smith--Brown"]),
        ("the A380", ["a A380", "A380"], ["a A38", "a A", "a B380"]),
        ("a Łódź", ["the Łódź"], ["the Łód", "the Ł", "a Łó"]),
        ("de LONDON", ["a London", "LONDON", "the LONDON"], ["LonDon", "the lonDON"]),
        ("The U.S. of A", ["the U.S.", "the S.U."], ["the U.K.", "the US"]),
    ],
)  # fmt: skip
def test_a_capitalised_word_is_one_of_the_source(source: str, allowed: list[str], refused: list[str]) -> None:
    rule = rule_of(source, numbers=False)
    for summary in allowed:
        assert refused_token(rule, summary) is None, summary
    for summary in refused:
        assert refused_token(rule, summary) is not None, summary


def test_every_sentence_has_a_first_word() -> None:
    rule = rule_of("he was in London", numbers=False)
    assert refused_token(rule, "However, London\nHowever he\nI") is None
    assert refused_token(rule, "However, London\nhe However") is not None


PARTS = [
    *("Anna", "McDonald", "McDonald's", "Mc", "NATO", "London", "Lond", "Smith-Jones", "O'Neil", "A380", "Łódź", "I"),
    *("the", "The", "bridge", "Bridge", "tom", "Tom", "may", "However", "iPhone", "U.S.", "it's", "é", "½", "5", "ß"),
    *("-", "'", "’", ",", ".", "(", '"', "_", "and"),
]
DOCUMENTS = st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(["", " ", " "])), max_size=8).map(
    lambda parts: "".join(part + space for part, space in parts)
)


def is_spelled_like_words(text: str) -> bool:
    """Whether each word of a text has the tokens that it has alone. Some lack them: the s of 'sAnna."""
    tokenizer = small_byte_pair()
    pieces = [text[a:b] for a, b in tokenizer.encode(text).spans]
    return not any(len(piece) > 1 and piece[0] in "'’" for piece in pieces)


@pytest.mark.slow
@given(source=DOCUMENTS, summary=DOCUMENTS, copied=st.tuples(st.integers(0, 30), st.integers(0, 30)))
@settings(max_examples=400)
@example(source="the Anna", summary="However Anna", copied=(0, 0))
def test_a_text_is_allowed_if_and_only_if_the_source_supports_its_names(
    source: str, summary: str, copied: tuple[int, int]
) -> None:
    start, end = sorted(copied)
    text = summary + source[start:end] if copied[0] < copied[1] else source[start:end] + summary
    is_expected = not unsupported_names(source, text) and has_its_characters(source, text)
    refused = refused_token(rule_of(source, numbers=False), text)
    if is_spelled_like_words(text):
        assert (refused is None) == is_expected, (source, text, refused)
    else:
        assert refused is not None or is_expected, (source, text)


@given(source=st.one_of(DOCUMENTS, st.text()), steps=STEPS)
@settings(max_examples=200)
def test_every_generated_name_is_a_name_of_the_source(source: str, steps: list[tuple[int, int]]) -> None:
    for sentence in sentences(walk(rule_of(source, numbers=False), source, steps)):
        assert unsupported_names(source, sentence) == []


@given(source=DOCUMENTS, steps=STEPS)
@settings(max_examples=60)
def test_the_mask_forbids_what_is_not_allowed(source: str, steps: list[tuple[int, int]]) -> None:
    """Within a sentence: at its beginning the mask allows common words too."""
    tokenizer, properties = small_byte_pair(), small_rules().properties
    rule = rule_of(source, numbers=False)
    (name_rule,) = rule._rules
    assert isinstance(name_rule, NameRule)
    state = rule.start
    for token in walk(rule, source, steps):
        if not state.pending and not state.states[0].is_first:
            mask = name_rule.forbidden_mask(state.states[0])
            for other in range(104, len(tokenizer.vocabulary)):
                text = tokenizer.decode([other])
                if text and not properties.never_generated_mask[other]:
                    is_allowed = name_rule.allows(state.states[0], text)
                    assert is_allowed or mask[other], (state, text)
        state = rule.advance(state, token)


def test_any_common_word_may_begin_a_sentence() -> None:
    rule = rule_of("", numbers=False)
    for word in sorted(common_words())[::500]:
        assert refused_token(rule, word.capitalize() + " of it") is None, word
        assert refused_token(rule, "it " + word.capitalize()) is not None or word == "i", word


def test_a_name_that_is_cut_off_is_left_out() -> None:
    tokenizer, rule = small_byte_pair(), rule_of("Anna McDonald", numbers=False)
    ids = tokenizer.encode("the Anna McDon").ids
    assert tokenizer.decode(rule.complete_prefix(ids)) == "the Anna"
    assert tokenizer.decode(rule.complete_prefix(tokenizer.encode("the Anna McDonald").ids)) == "the Anna McDonald"
