"""What may be written: numbers only as the source has them, and no run of words twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summarize.decoding.constraints import TokenProperties, doubled, doubling, lacks_end, repeating
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END, MASK, N_SPECIAL, PAD, SENTENCE, START, UNK
from tests.helpers.sources import DOCUMENTS, Source, numbers


def allows(source: Source, summary: str) -> bool:
    """Whether the rule lets a summary be written, token by token, and end there."""
    ids = source.tokenizer.encode(summary).ids
    state: tuple[int, ...] = ()
    for token in [*ids, END]:
        if source.rule.forbidden(state)[token]:
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
def test_a_number_is_written_whole_or_not_at_all(
    wide_tokenizer: Tokenizer, document: str, allowed: list[str], refused: list[str]
) -> None:
    source = Source.of(document, wide_tokenizer)
    for summary in allowed:
        assert allows(source, summary), summary
    for summary in refused:
        assert not allows(source, summary), summary


@pytest.mark.parametrize(
    ("document", "compounds"),
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
def test_the_numbers_of_a_source(wide_tokenizer: Tokenizer, document: str, compounds: list[str]) -> None:
    source = Source.of(document, wide_tokenizer)
    found = {" ".join(wide_tokenizer.vocabulary[i] for i in compound) for compound in source.rule.complete}
    assert found == set(compounds)


def test_nothing_but_the_rest_may_follow_the_start_of_a_number(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("2,500 mayors, 2,700 more", wide_tokenizer)
    two, comma, five, seven = (wide_tokenizer.vocabulary.index(token) for token in ("2", ",", "500", "700"))

    def free(state: tuple[int, ...]) -> set[int]:
        return set((~source.rule.forbidden(state)).nonzero().flatten().tolist())

    assert free((two,)) == {comma}
    assert free((two, comma)) == {five, seven}
    assert END in free((two, comma, five))
    assert SENTENCE in free((two, comma, five))
    assert seven not in free((two, comma, five))


def test_no_piece_continues_a_number_that_ends(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("50 mayors", wide_tokenizer)
    forbidden = source.rule.forbidden((wide_tokenizer.vocabulary.index("50"),))
    for i, token in enumerate(wide_tokenizer.vocabulary):
        if token.startswith("##"):
            assert forbidden[i], token
    assert not forbidden[wide_tokenizer.vocabulary.index("mayor")]


def test_a_word_may_be_continued_by_any_letters(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("An A380", wide_tokenizer)
    forbidden = source.rule.forbidden((wide_tokenizer.vocabulary.index("a"),))
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
def test_what_ends_inside_a_number_is_cut_before_it(wide_tokenizer: Tokenizer, summary: str, kept: str) -> None:
    source = Source.of("It cost 2,500, the A380.", wide_tokenizer)
    assert list(source.rule.whole(wide_tokenizer.encode(summary).ids)) == wide_tokenizer.encode(kept).ids


def test_the_longest_number_that_is_whole_is_kept(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("It was 2 or 2,500,700.", wide_tokenizer)
    ids = wide_tokenizer.encode("a 2,500").ids
    assert list(source.rule.whole(ids)) == ids[:3]  # "a 2,": a number, and a comma after it


def test_masks_over_the_vocabulary(wide_tokenizer: Tokenizer) -> None:
    properties, index = TokenProperties(wide_tokenizer.vocabulary), wide_tokenizer.vocabulary.index
    written = {i for i, never in enumerate(properties.never_mask.tolist()) if not never}
    assert written == {SENTENCE, UNK, END} | set(range(N_SPECIAL, len(wide_tokenizer.vocabulary)))
    assert not {PAD, START, MASK} & written
    for token in ("5", "##5", "3rd", "½", "##²", "2013"):
        assert properties.numeric[index(token)], token
        assert properties.numeric_mask[index(token)], token
    for token in ("mayor", ",", "##s", "[unused5]", "%"):  # the name of a special token has a digit, but is no text
        assert not properties.numeric[index(token)], token
    assert [token for i, token in enumerate(wide_tokenizer.vocabulary) if properties.separates[i]] == list(",-./:")
    assert properties.is_word[index("mayor")]
    assert not properties.is_word[index(",")]
    assert properties.continues_mask[index("##s")]
    assert not properties.continues[index("s")]


# A step of a walk: 0 copies on from where it is, 1 copies from anywhere, 2 writes a number's token, 3 any token.
STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**4)), min_size=5, max_size=25)


def walk(source: Source, steps: Sequence[tuple[int, int]]) -> tuple[list[int], list[int | None]]:
    """Tokens that the rule allows and where each is copied from, cut where a number is not whole."""
    properties, src = source.properties, source.encoding.ids
    ids: list[int] = []
    origins: list[int | None] = []
    state: tuple[int, ...] = ()
    for kind, choice in steps:
        free = ~(source.rule.forbidden(state) | properties.never_mask)
        anywhere = [i for i, token in enumerate(src) if free[token]]
        free[[END, UNK]] = False
        after = origins[-1] + 1 if origins and origins[-1] is not None else 0
        options = {
            0: [after] if after in anywhere else anywhere,
            1: anywhere,
            2: (free & properties.numeric_mask).nonzero().flatten().tolist(),
            3: free.nonzero().flatten().tolist(),
        }[kind]
        if options:
            chosen = options[choice % len(options)]
            ids.append(src[chosen] if kind < 2 else chosen)
            origins.append(chosen if kind < 2 else None)
            state = source.rule.advance(state, ids[-1])
    whole = source.rule.whole(ids)
    return list(whole), origins[: len(whole)]


@given(document=DOCUMENTS, steps=STEPS)
def test_every_number_of_what_is_written_is_a_number_of_the_source(
    wide_tokenizer: Tokenizer, document: str, steps: list[tuple[int, int]]
) -> None:
    source = Source.of(document, wide_tokenizer)
    ids, origins = walk(source, steps)
    text = source.text(ids, [origin if token == UNK else None for token, origin in zip(ids, origins, strict=True)])
    assert numbers(text) <= numbers(document), text


@given(document=DOCUMENTS, steps=STEPS)
@example(document="u-19 50", steps=[(1, 3), (1, 1), (0, 0), (0, 0)])
@settings(max_examples=200)
def test_every_number_of_what_is_copied_is_a_number_of_the_source(
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
def test_a_copied_mark_does_not_make_one_number_of_two(wide_tokenizer: Tokenizer, document: str, summary: str) -> None:
    source = Source.of(document, wide_tokenizer)
    text = source.text(*source.ids(summary))
    assert numbers(text) <= numbers(document), text


def test_a_number_is_not_continued_over_an_unknown_piece_that_is_left_out(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("☃ 50", wide_tokenizer)
    fifty, s = (wide_tokenizer.vocabulary.index(token) for token in ("50", "##s"))
    assert not source.rule.forbidden((fifty,))[UNK]
    assert not source.rule.forbidden(source.rule.advance((fifty,), UNK))[s]
    assert numbers(source.text([fifty, UNK, s], [None, None, None])) <= {"50"}


def plain_repeating(vocabulary: Sequence[str], ids: Sequence[int], n: int) -> set[int]:
    """By the words' text: every token that could begin a word which ends a run of n words written before."""
    words: list[str] = []
    firsts: list[int] = []
    joined = False
    for i in ids:
        text = vocabulary[i]
        if i < N_SPECIAL or not any(c.isalnum() for c in text):
            joined = False
        elif text.startswith("##") and joined:
            words[-1] += text[2:]
        else:
            words.append(text)
            firsts.append(i)
            joined = True
    runs = [words[i : i + n] for i in range(len(words) - n + 1)]
    if n < 1:
        return set()
    start = words[len(words) - n + 1 :] if n > 1 else []
    return {firsts[i + n - 1] for i, run in enumerate(runs) if run[:-1] == start and len(start) == n - 1}


@pytest.mark.parametrize(
    ("summary", "n", "refused"),
    [
        ("the mayor met the mayor", 3, ["met"]),
        ("the mayor met the mayor met", 3, ["the"]),
        ("the mayor, met. the (mayor)", 3, ["met"]),  # marks are no words
        ("the mayors met the mayor", 3, []),
        ("the mayor met anna and the mayor", 3, ["met"]),
        ("the mayor met the mayor said the mayor", 3, ["met", "said"]),
        ("the mayor", 3, []),
        ("the the", 2, ["the"]),
        ("the mayor", 1, ["the", "mayor"]),
        ("the mayor the mayor the mayor", 0, []),
    ],
)
def test_a_run_of_words_is_not_repeated(wide_tokenizer: Tokenizer, summary: str, n: int, refused: list[str]) -> None:
    properties, vocabulary = TokenProperties(wide_tokenizer.vocabulary), wide_tokenizer.vocabulary
    found = repeating(properties, wide_tokenizer.encode(summary).ids, n)
    assert {vocabulary[i] for i in found} == set(refused)


def test_a_sentence_end_parts_words_and_not_runs(wide_tokenizer: Tokenizer) -> None:
    the, mayor, met, s = (wide_tokenizer.vocabulary.index(token) for token in ("the", "mayor", "met", "##s"))
    properties = TokenProperties(wide_tokenizer.vocabulary)
    assert repeating(properties, [the, mayor, met, SENTENCE, the, mayor], 3) == {met}
    assert repeating(properties, [the, mayor, s, met, the, mayor, s], 3) == {met}
    assert repeating(properties, [the, mayor, met, the, mayor, SENTENCE, s], 3) == set()  # "s" is a word of its own


@given(st.data(), st.integers(0, 4))
def test_repeating_equals_a_plain_version(wide_tokenizer: Tokenizer, data: st.DataObject, n: int) -> None:
    vocabulary = wide_tokenizer.vocabulary
    few = [vocabulary.index(token) for token in ("the", "mayor", "##s", "##bn", ",", "5")]
    ids = data.draw(st.lists(st.sampled_from([*few, SENTENCE, UNK]), max_size=20))
    assert repeating(TokenProperties(vocabulary), ids, n) == plain_repeating(vocabulary, ids, n)


@pytest.mark.parametrize(
    ("summary", "last"),
    [("", ""), ("the mayor", "mayor"), ("the mayor,", "mayor"), ("the mayors", "mayor"), ("mayors mayor s", "s")],
)
def test_the_last_word_is_not_begun_again(wide_tokenizer: Tokenizer, summary: str, last: str) -> None:
    properties, vocabulary = TokenProperties(wide_tokenizer.vocabulary), wide_tokenizer.vocabulary
    ids = wide_tokenizer.encode(summary).ids
    assert [vocabulary[i] for i in doubling(properties, ids)] == ([last] if last else [])
    assert doubling(properties, [*ids, SENTENCE]) == set()  # it may open the next sentence


def test_words_that_a_document_doubles(wide_tokenizer: Tokenizer) -> None:
    properties, vocabulary = TokenProperties(wide_tokenizer.vocabulary), wide_tokenizer.vocabulary
    found = doubled(
        properties, wide_tokenizer.encode("the mayor met the the, the minister, minister. met they met").ids
    )
    assert {vocabulary[i] for i in found} == {"the", "minister"}


@pytest.mark.parametrize(
    ("summary", "lacks"),
    [("", False), ("they said", False), ("(they said)", True), ("(they said.)", False), ('"they"', True),
     ('"they."', False), ('("they said")', True), ("the mayor.", False)],
)  # fmt: skip
def test_a_quotation_ends_with_a_mark_that_ends_sentences(wide_tokenizer: Tokenizer, summary: str, lacks: bool) -> None:
    assert lacks_end(TokenProperties(wide_tokenizer.vocabulary), wide_tokenizer.encode(summary).ids) == lacks
