"""The number rule for byte-level tokens: numbers only as the source spells them."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summarize.decoding.number_rule import NumberTextRule
from tests.helpers.byte_pair import (
    STEPS,
    has_its_characters,
    numbers,
    refused_token,
    rule_of,
    sentences,
    small_byte_pair,
    small_rules,
    walk,
)


@pytest.mark.parametrize(
    ("source", "allowed", "refused"),
    [
        ("It cost 2,500.", ["2,500", "it cost 2,500.", "(2,500) 2,500", "2,500-a", "2,500\n2,500", "2,500's"],
         ["2", "500", "2,", "2,50", "2,5000", "5", "25", "2,700", "a2,500", "$2,500", "2,500a", "2,500-2,500"]),
        ("It cost 2,500 or 3,700.", ["3,700, 2,500"], ["2,700", "3,500", "700"]),
        ("It was 2,500 or 2.", ["2", "2,500", "2, 2,500", "2 2", "2--2"], ["500", "2,50", "2-2,50", "2-2", "22"]),
        ("It was 3.5bn.", ["3.5bn"], ["3", "3.5", "3.", "5bn", "5", "3bn", "bn3", "3.5b", "3.5bns"]),
        ("The A380 came", ["A380", "a A380", "(A380)", "A", "As"], ["380", "A3", "A38", "A3800", "a380", "AA380"]),
        ("the 3rd", ["3rd", "the 3rd of"], ["3", "3th", "3 rd", "3r"]),
        ("At 10:30 on 2013-05-12.", ["10:30", "2013-05-12"], ["10", "30", "2013", "2013-05", "05", "10:30-05"]),
        ("It cost €50 or $7m", ["€50", "$7m", "a €50", "$"], ["50", "$50", "€7m", "7m", "€ 50", "$€50x", "€5"]),
        ("the u-19", ["19", "u-19", "a-19"], ["u19", "9", "1"]),
        ("10–12", ["10–12"], ["10", "12", "10-12"]),
        ("It is 5² or ½ or ٣", ["5²", "½", "٣"], ["5", "²", "5½", "½²", "٣½"]),
        ("no number", ["no number", "A", "é"], ["1", "a1"]),
        ("2 or A380 or 2-A3", ["2-A3", "A380", "2-As", "2-a", "2-x-2"], ["2-A380", "2-2", "A3"]),
    ],
)  # fmt: skip
def test_a_number_is_generated_whole_or_not_at_all(source: str, allowed: list[str], refused: list[str]) -> None:
    rule = rule_of(source, names=False)
    for summary in allowed:
        assert refused_token(rule, summary) is None, summary
    for summary in refused:
        assert refused_token(rule, summary) is not None, summary


PARTS = [
    *("5", "50", "2,500", "3.5bn", "A380", "3rd", "10:30", "2013-05-12", "24/7", "u-19", "€50", "$2", "2-A3"),
    *("Mayor", "the", "a", "s", "bn", "'s", "-", ",", ".", ":", "/", "–", "(", ")", "$", "£", "%", '"', "_", "é"),
]
DOCUMENTS = st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(["", " ", " "])), max_size=12).map(
    lambda parts: "".join(part + space for part, space in parts)
)


@pytest.mark.slow
@given(source=DOCUMENTS, summary=DOCUMENTS, copied=st.tuples(st.integers(0, 30), st.integers(0, 30)))
@settings(max_examples=600)
@example(source="2,500 5", summary="2 ,500", copied=(0, 0))
def test_a_text_is_allowed_if_and_only_if_the_source_has_its_numbers(
    source: str, summary: str, copied: tuple[int, int]
) -> None:
    """Of texts that partly repeat the source, and have no other character of several tokens."""
    start, end = sorted(copied)
    text = summary + source[start:end] if copied[0] < copied[1] else source[start:end] + summary
    is_expected = numbers(text) <= numbers(source) and has_its_characters(source, text)
    assert (refused_token(rule_of(source, names=False), text) is None) == is_expected, (source, text)


@given(source=DOCUMENTS, summary=DOCUMENTS)
@settings(max_examples=150)
def test_every_number_between_spaces_is_allowed_or_refused_like_the_plain_rule(source: str, summary: str) -> None:
    rule = rule_of(source, names=False)
    for word in {*source.split(), *summary.split(), *numbers(source), *numbers(summary)}:
        for text in (word, f"the {word} a"):
            is_expected = numbers(text) <= numbers(source) and has_its_characters(source, text)
            assert (refused_token(rule, text) is None) == is_expected, (source, text)


@given(source=st.one_of(DOCUMENTS, st.text()), steps=STEPS)
@settings(max_examples=300)
def test_every_generated_number_is_a_number_of_the_source(source: str, steps: list[tuple[int, int]]) -> None:
    for sentence in sentences(walk(rule_of(source, names=False), source, steps)):
        assert numbers(sentence) <= numbers(source), sentence


@pytest.mark.slow
@given(source=DOCUMENTS, steps=STEPS)
@settings(max_examples=60)
def test_the_mask_forbids_what_is_not_allowed(source: str, steps: list[tuple[int, int]]) -> None:
    tokenizer, properties = small_byte_pair(), small_rules().properties
    rule = rule_of(source, names=False)
    (number_rule,) = rule._rules
    assert isinstance(number_rule, NumberTextRule)
    state = rule.start
    for token in walk(rule, source, steps):
        if not state.pending:
            mask = number_rule.forbidden_mask(state.states[0])
            for other in range(104, len(tokenizer.vocabulary)):
                text = tokenizer.decode([other])
                if text and not properties.never_generated_mask[other]:
                    assert mask[other] == (not number_rule.allows(state.states[0], text)), (state, text)
        state = rule.advance(state, token)


@pytest.mark.parametrize(
    ("summary", "kept"),
    [("it cost 2,500", "it cost 2,500"), ("it cost 2,500,", "it cost 2,500,"), ("it cost 2,", "it cost"),
     ("it cost 2", "it cost"), ("the A3", "the A"), ("2", ""), ("", ""), ("the mayor", "the mayor")],
)  # fmt: skip
def test_ids_that_end_inside_a_number_are_cut_before_it(summary: str, kept: str) -> None:
    tokenizer, rule = small_byte_pair(), rule_of("It cost 2,500, the A380.", names=False)
    assert tokenizer.decode(rule.complete_prefix(tokenizer.encode(summary).ids)).strip() == kept
