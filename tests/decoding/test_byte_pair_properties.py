"""Words, marks and repetition in byte-level tokens."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summarize.decoding.byte_pair_properties import BytePairProperties, has_capital
from summarize.decoding.repetition import (
    echoed_tokens,
    echoing_tokens,
    lacks_end_mark,
    repeated_ngram_tokens,
)
from summarize.text.vocabulary import SENTENCE
from tests.helpers.byte_pair import small_byte_pair

TOKENIZER = small_byte_pair()
PROPERTIES = BytePairProperties(TOKENIZER)
INDEX = TOKENIZER.vocabulary.index


def names(tokens: set[int]) -> set[str]:
    return {TOKENIZER.vocabulary[i] for i in tokens}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The mayor's well-known café", "the|mayor's|well|known|café"),
        ("2,500 or $5", "2|500|or|5"),
        ("(They said: no.”", "they|said|no"),
        ("A380 McDonald", "a380|mcdonald"),
        (" - . ", ""),
        ("", ""),
    ],
)
def test_the_words_of_a_text(text: str, words: str) -> None:
    ids = TOKENIZER.encode(text).ids
    assert "|".join(map(str, PROPERTIES.keys(PROPERTIES.split_words(ids)))) == words
    assert PROPERTIES.n_words(ids) == (len(words.split("|")) if words else 0)


def test_a_sentence_begins_with_a_word() -> None:
    ids = [INDEX("The"), SENTENCE, INDEX("re"), INDEX("Ġmayor")]
    assert PROPERTIES.keys(PROPERTIES.split_words(ids)) == ["the", "re", "mayor"]


@given(st.lists(st.sampled_from(["The", "Ġthe", "the", "Ġmayor", "ayor", "'s", "-", "Ġ", "5", "re"]), max_size=12))
@settings(max_examples=200)
def test_whether_a_token_begins_a_word_depends_on_what_is_before_it(tokens: list[str]) -> None:
    ids = [INDEX(token) for token in tokens]
    mask = PROPERTIES.begins_word_mask_after(ids)
    for token in ("The", "Ġmayor", "'s", "5", "-", "re"):
        begins = PROPERTIES.n_words([*ids, INDEX(token)]) > PROPERTIES.n_words(ids)
        assert bool(mask[INDEX(token)]) == begins, (tokens, token)


@pytest.mark.parametrize(
    ("summary", "n", "refused"),
    [
        ("the bridge was the bridge", 3, {"Ġwas"}),
        ("The bridge was the bridge", 3, {"Ġwas"}),  # case makes no difference
        ("the bridge, was: the (bridge)", 3, {"Ġwas"}),
        ("the old bridge was the bridge", 3, set()),
        ("the bridge was old. the bridge was", 3, {"Ġold"}),
        ("the the", 2, {"Ġthe"}),
        ("the bridge", 0, set()),
        ("the", 1, {"Ġthe", "ĠThe"}),
    ],
)
def test_no_n_gram_is_completed_twice(summary: str, n: int, refused: set[str]) -> None:
    tokens = names(repeated_ngram_tokens(PROPERTIES, TOKENIZER.encode(summary).ids, n))
    assert refused <= tokens
    assert {token for token in tokens if token.startswith("Ġ")} <= refused | {"ĠThe"}


def test_a_repeated_word_is_refused_however_it_is_spelled() -> None:
    said = TOKENIZER.encode("it paid was it").ids
    assert {"Ġpaid"} == {t for t in names(repeated_ngram_tokens(PROPERTIES, said, 2)) if t.startswith("Ġ")}
    p = INDEX("p")
    begun = [*said, INDEX("Ġ"), p]  # " p" in two tokens
    assert "aid" in names(repeated_ngram_tokens(PROPERTIES, begun, 2))
    assert "paid" in names(repeated_ngram_tokens(PROPERTIES, [*said, INDEX("Ġ")], 2))
    assert "aid" not in names(repeated_ngram_tokens(PROPERTIES, [*said, INDEX("Ġs")], 2))


@pytest.mark.parametrize(
    ("summary", "token", "is_refused"),
    [("he said", "Ġsaid", True), ("he said,", "Ġsaid", True), ("he said,", "idge", False),
     ("he said he", "Ġsaid", True), ("they said he", "Ġsaid", False), ("he said, he", "Ġsaid", True),
     ("He", "Ġhe", True), ("the br", "idge", False), ("bridge br", "idge", True)],
)  # fmt: skip
def test_no_word_or_pair_is_doubled(summary: str, token: str, is_refused: bool) -> None:
    ids = TOKENIZER.encode(summary).ids
    assert (INDEX(token) in echoing_tokens(PROPERTIES, ids)) == is_refused
    assert echoing_tokens(PROPERTIES, [*ids, SENTENCE]) == set()


def test_the_words_that_a_source_doubles() -> None:
    ids = TOKENIZER.encode("That that, the mayor was was (no). No as").ids
    tokens = names(echoed_tokens(PROPERTIES, ids))
    assert {"Ġthat", "Ġwas", "Ġno"} <= tokens
    assert not {"Ġmayor", "Ġas", "Ġthe"} & tokens


@pytest.mark.parametrize(
    ("summary", "lacks"),
    [("", False), ("they said", False), ("(they said)", True), ("(they said.)", False), ('"they"', True),
     ('"they."', False), ('("they said")', True), ("the bridge.", False), ("“they said.”", False), ('he said "', True),
     ("“they said,”", True), ("it's", False)],
)  # fmt: skip
def test_a_quotation_needs_a_mark_that_ends_its_sentence(summary: str, lacks: bool) -> None:
    assert lacks_end_mark(PROPERTIES, TOKENIZER.encode(summary).ids) == lacks


@given(st.text())
@example("𝕬")
@example("ǅ")
def test_a_capital(text: str) -> None:
    assert has_capital(text) == any(c.isupper() or c.istitle() for c in text)
