"""Tokens and their spans: spans hold for any text, and no text is encoded as a special token."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summarize.errors import CheckpointError
from summarize.text.tokenizer import Encoding, Tokenizer, train_tokenizer, word_spans
from summarize.text.vocabulary import END, MASK, N_SPECIAL, PAD, SENTENCE, START, UNK

SPECIAL = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def tokens(tokenizer: Tokenizer, text: str) -> list[tuple[str, str]]:
    """Each token with the characters that it stands for."""
    encoding = tokenizer.encode(text)
    return [(tokenizer.vocabulary[i], text[a:b]) for i, (a, b) in zip(encoding.ids, encoding.spans, strict=True)]


def test_words_and_marks_with_their_spans(wide_tokenizer: Tokenizer) -> None:
    assert tokens(wide_tokenizer, "The Mayors\n met, don't") == [
        ("the", "The"),
        ("mayor", "Mayor"),
        ("##s", "s"),
        ("met", "met"),
        (",", ","),
        ("don", "don"),
        ("'", "'"),
        ("t", "t"),
    ]
    assert wide_tokenizer.encode("The Mayors\n met").spans == [(0, 3), (4, 9), (9, 10), (12, 15)]


def test_numbers_are_split_at_marks(wide_tokenizer: Tokenizer) -> None:
    assert [token for token, _ in tokens(wide_tokenizer, "2,500 14200 A380")] == [
        *("2", ",", "500"),
        *("142", "##00"),
        *("a", "##38", "##0"),
    ]


def test_typographic_marks_are_encoded_as_plain_marks(wide_tokenizer: Tokenizer) -> None:
    assert tokens(wide_tokenizer, "“It’s” – ‘a’ — b") == [
        ('"', "“"),
        ("it", "It"),
        ("'", "’"),
        ("s", "s"),
        ('"', "”"),
        ("-", "–"),
        ("'", "‘"),
        ("a", "a"),
        ("'", "’"),
        ("-", "—"),
        ("b", "b"),
    ]


@pytest.mark.parametrize("word", ["Mäyör", "MAYOR", "ma\u0301yor", "may\u200bor"])
def test_case_accents_and_invisible_characters_do_not_change_a_word(wide_tokenizer: Tokenizer, word: str) -> None:
    assert tokens(wide_tokenizer, f"a {word} b") == [("a", "a"), ("mayor", word), ("b", "b")]


def test_a_word_with_an_unknown_character_is_one_unknown_token(wide_tokenizer: Tokenizer) -> None:
    encoding = wide_tokenizer.encode("the ☃mayor")
    assert encoding.ids == [wide_tokenizer.vocabulary.index("the"), UNK]
    assert encoding.spans == [(0, 3), (4, 10)]


@pytest.mark.parametrize("name", [*SPECIAL, "[unused5]", "[sep]"])
def test_the_name_of_a_special_token_is_text(wide_tokenizer: Tokenizer, name: str) -> None:
    for text in (name, f"the {name} met", f"a{name}b"):
        encoding = wide_tokenizer.encode(text)
        assert min(encoding.ids) >= N_SPECIAL, text
        assert "".join(text[a:b] for a, b in encoding.spans) == text.replace(" ", "")


def test_a_text_without_tokens(wide_tokenizer: Tokenizer) -> None:
    for text in ("", " \n\t", "\u200b", "\0"):
        encoding = wide_tokenizer.encode(text)
        assert (encoding.text, encoding.ids, encoding.spans) == (text, [], [])


def test_a_batch_is_encoded_like_its_texts_one_by_one(wide_tokenizer: Tokenizer) -> None:
    texts = ["The mayor met", "", "a b c d e f", "☃"]
    assert wide_tokenizer.encode_batch(texts) == [wide_tokenizer.encode(text) for text in texts]
    assert wide_tokenizer.encode_batch([]) == []


def test_a_long_text_is_not_truncated(wide_tokenizer: Tokenizer) -> None:
    assert len(wide_tokenizer.encode("the mayor " * 3000).ids) == 6000


def test_a_summary_has_separators_and_an_end(wide_tokenizer: Tokenizer) -> None:
    the, mayor, met = (wide_tokenizer.vocabulary.index(word) for word in ("the", "mayor", "met"))
    assert wide_tokenizer.encode_summary(["The mayor", "met", "the"]) == [the, mayor, SENTENCE, met, SENTENCE, the, END]
    assert wide_tokenizer.encode_summary(["met"]) == [met, END]
    assert wide_tokenizer.encode_summary([]) == [END]


def test_a_trained_vocabulary_has_the_layout_of_special_tokens() -> None:
    texts = ["The mayor met the minister, the mayor said."] * 3
    tokenizer = train_tokenizer(texts, vocab_size=160)
    vocabulary = tokenizer.vocabulary
    assert [vocabulary[i] for i in (PAD, SENTENCE, UNK, START, END, MASK)] == SPECIAL
    assert all(token.startswith("[") and token.endswith("]") for token in vocabulary[:N_SPECIAL])
    assert not any("[" in token for token in vocabulary[N_SPECIAL:])
    assert N_SPECIAL < len(vocabulary) <= 160
    assert len(set(vocabulary)) == len(vocabulary)
    assert {"the", "mayor", ","} <= set(vocabulary)
    assert UNK not in tokenizer.encode(texts[0]).ids


def test_a_vocabulary_without_texts_has_only_special_tokens() -> None:
    tokenizer = train_tokenizer([], vocab_size=200)
    assert len(tokenizer.vocabulary) == N_SPECIAL
    assert tokenizer.encode("The mayor").ids == [UNK, UNK]


def test_a_saved_tokenizer_is_loaded_unchanged(tmp_path: Path, wide_tokenizer: Tokenizer) -> None:
    path = tmp_path / "tokenizer.json"
    wide_tokenizer.save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["tokenizer.json"]
    loaded = Tokenizer.load(path)
    assert loaded.vocabulary == wide_tokenizer.vocabulary
    for text in ("“The Mayor’s” [SEP] café ☃ 2,500", ""):
        assert loaded.encode(text) == wide_tokenizer.encode(text)


@pytest.mark.parametrize("content", [None, "", "{}", '{"model": 3}', "[]", b"\xff"])
def test_the_error_for_a_damaged_tokenizer_names_the_file(tmp_path: Path, content: str | bytes | None) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        Tokenizer.load(path)


def test_an_encoders_tokenizer_is_changed_to_encode_typographic_marks(tmp_path: Path) -> None:
    import tokenizers

    plain = tokenizers.Tokenizer(tokenizers.models.WordPiece({"[UNK]": 0, "it": 1, "'": 2, "s": 3}, unk_token="[UNK]"))
    plain.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    plain.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    plain.save(str(tmp_path / "tokenizer.json"))
    assert Tokenizer.load(tmp_path / "tokenizer.json").encode("It’s").ids == [1, 0, 3]
    assert Tokenizer.from_encoder(tmp_path / "tokenizer.json").encode("It’s").ids == [1, 2, 3]


def test_which_tokens_follow_directly_and_which_have_a_digit(wide_tokenizer: Tokenizer) -> None:
    encoding = wide_tokenizer.encode("The mayors, 2,500\u00a0A380 ☃5 b\u0301e")
    shown = [(encoding.text[a:b], *flags) for (a, b), *flags in zip(
        encoding.spans, encoding.follows_directly, encoding.has_digit, strict=True)]  # fmt: skip
    assert shown == [
        ("The", False, False), ("mayor", False, False), ("s", True, False), (",", True, False),
        ("2", False, True), (",", True, False), ("500", True, True),
        ("A", False, False), ("38", True, True), ("0", True, True), ("☃5", False, True),
        ("b\u0301", False, False), ("e", True, False),
    ]  # fmt: skip


def test_each_token_has_the_index_of_its_sentence(wide_tokenizer: Tokenizer) -> None:
    encoding = wide_tokenizer.encode("The mayor met. It was. Monday")
    indices = encoding.sentence_indices([(0, 14), (15, 22), (23, 29)])
    assert indices.tolist() == [0, 0, 0, 0, 1, 1, 1, 2]
    assert indices.dtype == "int32"
    assert encoding.sentence_indices([(4, 14), (15, 29)]).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert encoding.sentence_indices([]).tolist() == [0] * 8
    assert wide_tokenizer.encode("").sentence_indices([]).tolist() == []


def test_tokens_are_shifted_into_a_longer_text(wide_tokenizer: Tokenizer) -> None:
    text = "Monday: the mayor"
    shifted = wide_tokenizer.encode(text[8:]).shifted_into(text, 8)
    assert shifted == Encoding(text, wide_tokenizer.encode("the mayor").ids, [(8, 11), (12, 17)])


def test_truncation_drops_an_incomplete_word(wide_tokenizer: Tokenizer) -> None:
    encoding = wide_tokenizer.encode("the mayors met a380")
    tokens = [encoding.truncated(n).ids for n in range(1, 8)]
    assert [len(ids) for ids in tokens] == [1, 1, 3, 4, 4, 4, 7]
    assert all(ids == encoding.ids[: len(ids)] for ids in tokens)
    assert encoding.truncated(2).spans == encoding.spans[:1]
    one_word = wide_tokenizer.encode("mayors380")
    assert [len(one_word.truncated(n).ids) for n in (1, 2)] == [1, 2]  # a single word is cut


def test_words_and_marks_of_a_text() -> None:
    assert word_spans("It's 2,500 — ok") == [(0, 2), (2, 3), (3, 4), (5, 6), (6, 7), (7, 10), (11, 12), (13, 15)]
    assert word_spans(" \n") == []


NAMES = st.sampled_from([*SPECIAL, "##s", "e\u0301", "İ", "ß", "ﬁ", "한국", "“", "\u200d", "\ufeff", "\0", "🇫🇷"])


@given(st.one_of(st.text(), st.lists(st.one_of(st.text(max_size=3), NAMES)).map("".join)))
@example("".join(SPECIAL))
@settings(max_examples=300)
def test_spans_of_any_text_are_in_order_and_within_it(wide_tokenizer: Tokenizer, text: str) -> None:
    encoding = wide_tokenizer.encode(text)
    assert len(encoding.ids) == len(encoding.spans)
    assert all(0 <= start < end <= len(text) for start, end in encoding.spans)
    for (start, end), (next_start, next_end) in pairwise(encoding.spans):
        assert start < next_start
        assert end < next_end
        assert end <= next_start
    assert all(i >= N_SPECIAL or i == UNK for i in encoding.ids)


@given(st.lists(st.one_of(st.text(), NAMES)))
def test_a_summary_of_any_text_has_one_end(wide_tokenizer: Tokenizer, sentences: list[str]) -> None:
    ids = wide_tokenizer.encode_summary(sentences)
    assert ids[-1] == END
    assert ids.count(END) == 1
    assert ids.count(SENTENCE) == max(0, len(sentences) - 1)


def test_the_same_texts_give_the_same_vocabulary() -> None:
    """Also in a text with many equally frequent tokens, and with characters that words only begin with."""
    texts = [f"Ä{a}{b} {b}{a} {a}ß{b}-{b}." for a in "abcdefghij" for b in "klmnopqrst"]
    for is_cased in (False, True):
        vocabularies = [train_tokenizer(texts, vocab_size=260, is_cased=is_cased).vocabulary for _ in range(4)]
        assert all(vocabulary == vocabularies[0] for vocabulary in vocabularies)
        assert len(vocabularies[0]) == 260
        assert "##-" not in vocabularies[0]


def test_a_cased_vocabulary_keeps_case_and_accents() -> None:
    tokenizer = train_tokenizer(["Die Brücke in Köln – die Brücke in Köln"] * 3, vocab_size=200, is_cased=True)
    assert {"Die", "die", "Brücke", "Köln", "-"} <= set(tokenizer.vocabulary)
    encoding = tokenizer.encode("Bru\u0308cke")  # u and a diaeresis, which belong together
    assert [tokenizer.vocabulary[i] for i in encoding.ids] == ["Brücke"]
    assert encoding.spans == [(0, 7)]
