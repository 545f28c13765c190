"""Byte-level tokens back to words: their own text, and the spans that were copied."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.decoding.byte_pair_detokenizer import BytePairDetokenizer
from summarize.decoding.detokenizer import Word, join_words
from summarize.text.tokenizer import Encoding
from summarize.text.vocabulary import END, PAD, SENTENCE
from tests.helpers.byte_pair import sentences as sentence_texts
from tests.helpers.byte_pair import small_byte_pair

TOKENIZER = small_byte_pair()


def detokenize(source: str, ids: Sequence[int], origins: Sequence[int | None]) -> list[list[Word]]:
    return BytePairDetokenizer(TOKENIZER.encode(source), TOKENIZER).detokenize(ids, origins)


def generated(*sentences: str) -> list[list[Word]]:
    """The words of sentences of which nothing was copied."""
    ids = TOKENIZER.encode_summary(sentences)[:-1]
    return detokenize("", ids, [None] * len(ids))


def test_words_and_marks_are_split_as_in_every_summary() -> None:
    ((*words,),) = generated("It's “well-known”: 2,500 for A380.\"")
    texts = ["It", "'", "s", "“", "well", "-", "known", "”", ":", "2", ",", "500", "for", "A380", ".", '"']
    assert [word.text for word in words] == texts
    assert [word.text for word in words if word.space_before] == ["“", "2", "for", "A380"]
    assert words[1].token_span == words[2].token_span  # one token: 's
    assert join_words(words) == "It's “well-known”: 2,500 for A380.\""


def test_case_and_spacing_are_those_of_the_tokens() -> None:
    for text in ("the mayor . met( NATO", "iPhone", "2 ,500", "ß é ½ 한국"):
        assert join_words(generated(text)[0]) == text


def test_a_sentence_for_each_separator_and_none_that_is_empty() -> None:
    words = generated("The mayor", "was here", "", " ", "old.")
    assert [join_words(sentence) for sentence in words] == ["The mayor", "was here", "old."]
    assert words[1][0].token_span[0] == 3
    assert detokenize("", [], []) == []
    assert detokenize("", [SENTENCE], [None]) == []


def test_special_tokens_and_what_is_not_printed_leave_no_trace() -> None:
    ids = [PAD, *TOKENIZER.encode("a\0b \x1b[31m  c\nd").ids, END, *TOKENIZER.encode("☃").ids[:2]]
    ((*words,),) = detokenize("", ids, [None] * len(ids))
    assert join_words(words) == "ab [31m c d"


def test_a_copied_word_has_its_source_span() -> None:
    source = "The mayors met ☃ “Anna”."
    encoding = TOKENIZER.encode(source)
    ids, origins = [*encoding.ids, *TOKENIZER.encode(" mayors").ids], [*range(len(encoding.ids)), None]
    ((*words,),) = detokenize(source, ids, origins)
    assert [(word.text, word.span) for word in words] == [
        *[("The", (0, 3)), ("mayors", (4, 10)), ("met", (11, 14)), ("☃", (15, 16)), ("“", (17, 18))],
        *[("Anna", (18, 22)), ("”", (22, 23)), (".", (23, 24)), ("mayors", None)],
    ]


def test_a_word_composed_of_two_places_was_not_copied_whole() -> None:
    source = "Smith Smart"
    tokens = TOKENIZER.encode("Smith").ids
    assert len(tokens) == 2
    last = TOKENIZER.encode(source).ids.index(tokens[1])
    for origins in ([0, last + 1], [0, None], [None, last], [None, None]):
        ((word,),) = detokenize(source, tokens, origins)
        assert word == Word("Smith", (0, 2), None, False), origins


def test_a_token_that_does_not_stand_at_its_place_has_no_span() -> None:
    """In a source in which names replace pronouns."""
    token = TOKENIZER.vocabulary.index("The")
    detokenizer = BytePairDetokenizer(Encoding("I was", [token], [(0, 1)]), TOKENIZER)
    assert detokenizer.detokenize([token], [0]) == [[Word("The", (0, 1), None, False)]]


PARTS = ["The", " mayor", "'s", " ☃", "é", "2,5", "\n", " ", "."]
ANY_TEXT = st.one_of(st.text(), st.lists(st.sampled_from(PARTS)).map("".join))


def draw_summary(data: st.DataObject, source: Encoding) -> tuple[list[int], list[int | None]]:
    """Any tokens, each generated, or said to be copied from any position, and runs that are copied."""
    anywhere = st.integers(0, len(source.ids) - 1) if source.ids else st.none()
    ids: list[int] = []
    origins: list[int | None] = []
    for _ in range(data.draw(st.integers(0, 12))):
        origin = data.draw(st.one_of(st.none(), anywhere))
        if origin is not None and data.draw(st.booleans()):
            run = range(origin, min(origin + data.draw(st.integers(1, 4)), len(source.ids)))
            ids += [source.ids[i] for i in run]
            origins += run
        else:
            ids.append(data.draw(st.one_of(st.just(SENTENCE), st.integers(0, len(TOKENIZER.vocabulary) - 1))))
            origins.append(origin)
    return ids, origins


@given(st.data(), ANY_TEXT)
@settings(max_examples=300)
def test_any_tokens_from_anywhere_give_words(data: st.DataObject, source: str) -> None:
    ids, origins = draw_summary(data, TOKENIZER.encode(source))
    words = detokenize(source, ids, origins)
    for sentence in words:
        assert sentence
        assert not sentence[0].space_before
        for word in sentence:
            assert word.text
            assert word.text.isprintable()
            assert " " not in word.text
            start, end = word.token_span
            assert 0 <= start < end <= len(ids)
            if word.span is not None:
                assert source[slice(*word.span)] == word.text
    texts = ["".join(c if c.isprintable() else " " * c.isspace() for c in text) for text in sentence_texts(ids)]
    assert [join_words(sentence) for sentence in words] == [" ".join(t.split()) for t in texts if t.split()]


@given(ANY_TEXT)
@settings(max_examples=200)
def test_a_document_copied_whole_has_only_copied_words(source: str) -> None:
    ids = TOKENIZER.encode(source).ids
    words = [word for sentence in detokenize(source, ids, range(len(ids))) for word in sentence]
    hidden = {i for i, c in enumerate(source) if not c.isprintable()}
    assert all(word.span is not None or hidden for word in words)
    covered = {i for word in words if word.span for i in range(*word.span)}
    if not hidden:
        assert covered == {i for i, c in enumerate(source) if not c.isspace()}
