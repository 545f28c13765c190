"""The number rule for WordPiece tokens: numbers only as the source has them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summarize.decoding.number_rule import NumberRule
from summarize.decoding.token_properties import WordPieceProperties
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END, SENTENCE, UNK
from tests.helpers.sources import DOCUMENTS, Source, numbers


def allows(source: Source, summary: str) -> bool:
    """Whether the number rule allows all tokens of a summary, and its end."""
    ids = source.tokenizer.encode(summary).ids
    state: tuple[int, ...] = ()
    for token in [*ids, END]:
        if source.rule.forbidden_mask(state)[token]:
            return False
        state = source.rule.advance(state, token)
    return True


@pytest.mark.parametrize(
    ("document", "allowed", "refused"),
    [
        ("It cost 2,500.", ["2,500", "it cost 2,500.", "2,500 2,500"], ["2", "500", "2,", "2,50", "2,5000", "5", "25"]),
        ("It was 2,500 and 3,700.", ["3,700, 2,500"], ["2,700", "3,500", "700"]),
        ("It was 2,500 or 2.", ["2", "2,500", "2, 2,500", "2 2"], ["500", "2,50", "2-2,50"]),
        ("It was 3.5bn.", ["3.5bn"], ["3", "3.5", "3.", "5bn", "5", "3bn", "bn3"]),
        ("An A380 came.", ["a380", "a", "a A380"], ["380", "a3", "a38", "a3800"]),
        ("On the 3rd of March.", ["3rd", "3rd of march"], ["3", "3th", "3 rd"]),
        ("At 10:30 on 2013-05-12.", ["10:30", "2013-05-12"], ["10", "30", "2013", "2013-05", "05", "10:30-05", "12"]),
        ("The 24/7 line.", ["24/7"], ["24", "7", "24/"]),
        ("It was 14200.", ["14200"], ["142", "00", "1420", "14200s"]),
        ("Aged 30-50.", ["30-50", "30-50."], ["30", "50", "30-30"]),
        ("Some 50 or 30.", ["30", "50", "50, 30"], ["50s", "5030", "500", "3050"]),
        ("½ of 5².", ["½", "5²"], ["5", "2", "½²"]),
        ("No number.", ["no number", "nu"], ["1", "a1", "²", "½"]),
        ("It cost £50m.", ["it cost"], ["50m", "50", "£5"]),
        pytest.param(
            *("It cost €50 and £12m.", ["€50", "£12m"], ["50", "12", "12m"]),
        ),
        pytest.param(
            *("It is 24/7☃.", ["it is"], ["24"]),
        ),
    ],
)
def test_a_number_is_generated_whole_or_not_at_all(
    wide_tokenizer: Tokenizer, document: str, allowed: list[str], refused: list[str]
) -> None:
    source = Source.of(document, wide_tokenizer)
    for summary in allowed:
        assert allows(source, summary), summary
    for summary in refused:
        assert not allows(source, summary), summary


@pytest.mark.parametrize(
    ("document", "source_numbers"),
    [
        ("2,500", ["2 , 500"]),
        ("2, 500", ["2", "500"]),
        ("2 ,500", ["2", "500"]),
        ("10:30-12", ["10 : 30 - 12"]),
        ("3.5bn, A380", ["3 . 5 ##bn", "a ##38 ##0"]),
        ("12.", ["12"]),
        ("50-mayor", ["50"]),
        ("mayor-50", ["50"]),
        ("50--30", ["50", "30"]),
        ("50.", ["50"]),
        (".50", ["50"]),
        ("(50)", ["50"]),
        ("$50m", ["50 ##m"]),
        ("£50m", ["£ ##5 ##0 ##m"]),
        ("50%", ["50"]),
        ("50_30", ["50", "30"]),
        ("10–12", ["10 - 12"]),
        ("10&12", ["10", "12"]),
        ("mayor", []),
        ("", []),
    ],
)
def test_the_numbers_of_a_source(wide_tokenizer: Tokenizer, document: str, source_numbers: list[str]) -> None:
    source = Source.of(document, wide_tokenizer)
    rule_numbers = {" ".join(wide_tokenizer.vocabulary[i] for i in number) for number in source.rule.numbers}
    assert rule_numbers == set(source_numbers)


def test_a_source_may_begin_inside_a_number(wide_tokenizer: Tokenizer) -> None:
    ids = [wide_tokenizer.vocabulary.index(token) for token in ("##00", "##s", ",", "the")]
    rule = NumberRule(WordPieceProperties(wide_tokenizer.vocabulary), ids, [True] * 4)
    assert rule.numbers == {tuple(ids[:2])}


def test_only_its_continuation_may_follow_the_beginning_of_a_number(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("2,500 mayors, 2,700 more", wide_tokenizer)
    two, comma, five, seven = (wide_tokenizer.vocabulary.index(token) for token in ("2", ",", "500", "700"))

    def allowed(state: tuple[int, ...]) -> set[int]:
        return set((~source.rule.forbidden_mask(state)).nonzero().flatten().tolist())

    assert allowed((two,)) == {comma}
    assert allowed((two, comma)) == {five, seven}
    assert END in allowed((two, comma, five))
    assert SENTENCE in allowed((two, comma, five))
    assert seven not in allowed((two, comma, five))


def test_no_token_continues_a_whole_number(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("50 mayors", wide_tokenizer)
    forbidden = source.rule.forbidden_mask((wide_tokenizer.vocabulary.index("50"),))
    for i, token in enumerate(wide_tokenizer.vocabulary):
        if token.startswith("##"):
            assert forbidden[i], token
    assert not forbidden[wide_tokenizer.vocabulary.index("mayor")]


def test_a_word_may_be_continued_by_any_letters(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("An A380", wide_tokenizer)
    forbidden = source.rule.forbidden_mask((wide_tokenizer.vocabulary.index("a"),))
    for token, expected in {"##s": False, "##bn": False, "##38": False, "##3": True, "##0": True}.items():
        assert bool(forbidden[wide_tokenizer.vocabulary.index(token)]) == expected, token


@pytest.mark.parametrize(
    ("summary", "kept"),
    [
        ("it cost 2,500", "it cost 2,500"),
        ("it cost 2,500,", "it cost 2,500,"),
        ("it cost 2,", "it cost"),
        ("it cost 2", "it cost"),
        ("it was 2 , 500 a", "it was 2 , 500 a"),
        ("a A3", "a A"),  # "a" alone is a word of its own
        ("2", ""),
        ("", ""),
        ("the mayor", "the mayor"),
    ],
)
def test_ids_that_end_inside_a_number_are_cut_before_it(wide_tokenizer: Tokenizer, summary: str, kept: str) -> None:
    source = Source.of("It cost 2,500, the A380.", wide_tokenizer)
    assert list(source.rule.complete_prefix(wide_tokenizer.encode(summary).ids)) == wide_tokenizer.encode(kept).ids


def test_the_longest_whole_number_is_kept(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("It was 2 or 2,500,700.", wide_tokenizer)
    ids = wide_tokenizer.encode("a 2,500").ids
    assert list(source.rule.complete_prefix(ids)) == ids[:3]  # "a 2,": a number, and a comma after it


# A step of a walk: 0 copies the next source token, 1 copies any, 2 generates a token with a digit, 3 any token.
STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**4)), min_size=5, max_size=25)


def walk(source: Source, steps: Sequence[tuple[int, int]]) -> tuple[list[int], list[int | None]]:
    """Tokens that the number rule allows, and the source position of each, cut where a number is not whole."""
    properties, src = source.properties, source.encoding.ids
    ids: list[int] = []
    origins: list[int | None] = []
    state: tuple[int, ...] = ()
    for kind, number in steps:
        allowed = ~(source.rule.forbidden_mask(state) | properties.never_generated_mask)
        anywhere = [i for i, token in enumerate(src) if allowed[token]]
        allowed[[END, UNK]] = False
        after = origins[-1] + 1 if origins and origins[-1] is not None else 0
        options = {
            0: [after] if after in anywhere else anywhere,
            1: anywhere,
            2: (allowed & properties.has_digit_mask).nonzero().flatten().tolist(),
            3: allowed.nonzero().flatten().tolist(),
        }[kind]
        if options:
            chosen = options[number % len(options)]
            ids.append(src[chosen] if kind < 2 else chosen)
            origins.append(chosen if kind < 2 else None)
            state = source.rule.advance(state, ids[-1])
    whole = source.rule.complete_prefix(ids)
    return list(whole), origins[: len(whole)]


@given(document=DOCUMENTS, steps=STEPS)
def test_every_generated_number_is_a_number_of_the_source(
    wide_tokenizer: Tokenizer, document: str, steps: list[tuple[int, int]]
) -> None:
    source = Source.of(document, wide_tokenizer)
    ids, origins = walk(source, steps)
    text = source.text(ids, [origin if token == UNK else None for token, origin in zip(ids, origins, strict=True)])
    assert numbers(text) <= numbers(document), text


@given(document=DOCUMENTS, steps=STEPS)
@example(document="u-19 50", steps=[(1, 3), (1, 1), (0, 0), (0, 0)])
@settings(max_examples=200)
def test_every_copied_number_is_a_number_of_the_source(
    wide_tokenizer: Tokenizer, document: str, steps: list[tuple[int, int]]
) -> None:
    source = Source.of(document, wide_tokenizer)
    text = source.text(*walk(source, steps))
    assert numbers(text) <= numbers(document), text


@pytest.mark.parametrize(
    ("document", "summary"),
    [
        ("The u-19 team won 5 games.", "5‹-19›"),
        ("It was 3:5 or:12.", "3:5‹:12›"),
        ("In post-1999 it was 2,500.", "2,500‹-1999›"),
        ("It was 5 .12 a day.", "5‹.12›"),
    ],
)
def test_a_copied_mark_does_not_join_two_numbers(wide_tokenizer: Tokenizer, document: str, summary: str) -> None:
    source = Source.of(document, wide_tokenizer)
    text = source.text(*source.ids(summary))
    assert numbers(text) <= numbers(document), text


def test_a_number_does_not_continue_after_an_unknown_token_that_is_left_out(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("☃ 50", wide_tokenizer)
    fifty, s = (wide_tokenizer.vocabulary.index(token) for token in ("50", "##s"))
    assert not source.rule.forbidden_mask((fifty,))[UNK]
    assert not source.rule.forbidden_mask(source.rule.advance((fifty,), UNK))[s]
    assert numbers(source.text([fifty, UNK, s], [None, None, None])) <= {"50"}
