"""Properties of WordPiece tokens: words, marks, digits."""

from __future__ import annotations

from summarize.decoding.token_properties import WordPieceProperties
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END, MASK, N_SPECIAL, PAD, SENTENCE, START, UNK


def test_masks_over_the_vocabulary(wide_tokenizer: Tokenizer) -> None:
    properties, index = WordPieceProperties(wide_tokenizer.vocabulary), wide_tokenizer.vocabulary.index
    possible = {i for i, never in enumerate(properties.never_generated_mask.tolist()) if not never}
    assert possible == {SENTENCE, UNK, END} | set(range(N_SPECIAL, len(wide_tokenizer.vocabulary)))
    assert not {PAD, START, MASK} & possible
    for token in ("5", "##5", "3rd", "½", "##²", "2013"):
        assert properties.has_digit[index(token)], token
        assert properties.has_digit_mask[index(token)], token
    for token in ("mayor", ",", "##s", "[unused5]", "%"):  # the name of a special token has a digit, but is no text
        assert not properties.has_digit[index(token)], token
    assert [token for i, token in enumerate(wide_tokenizer.vocabulary) if properties.is_separator[i]] == list(",-./:")
    assert properties.is_word[index("mayor")]
    assert not properties.is_word[index(",")]
    assert properties.continues_word_mask[index("##s")]
    assert not properties.continues_word[index("s")]


def test_tokens_of_several_characters() -> None:
    """One letter makes a word, one digit a number; a vowel sign is no letter for Python."""
    tokens = ["का", "##का", "x²", "\u0300", "..", "…"]
    properties = WordPieceProperties([*(f"[unused{i}]" for i in range(N_SPECIAL)), *tokens])
    assert properties.is_word[N_SPECIAL:] == [True, True, True, False, False, False]
    assert properties.begins_word[N_SPECIAL:] == [True, False, True, False, False, False]
    assert properties.has_digit[N_SPECIAL:] == [False, False, True, False, False, False]
    assert properties.is_separator[N_SPECIAL:] == [False] * 6
    assert properties.is_sentence_end[N_SPECIAL:] == [False] * 5 + [True]
    assert not any(values[i] for values in (properties.is_word, properties.has_digit) for i in range(N_SPECIAL))
