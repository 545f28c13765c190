"""Byte-level BPE: any text is encoded and decoded without loss, and spans are of the characters that tokens spell."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summarize.errors import CheckpointError
from summarize.text.byte_pair import BytePairTokenizer, Spelling, byte_symbols
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE
from tests.helpers.byte_pair import SPECIAL, small_byte_pair

TOKENIZER = small_byte_pair()
INDEX = TOKENIZER.vocabulary.index
PARTS = [
    *(*SPECIAL[-4:], "Ġ", " ", "  ", "\n", "é", "e\u0301", "한국", "🇫🇷", "‘", "’s", "½"),
    *("\u200d", "\ufeff", "\0", "\ufffd"),
]
ANY_TEXT = st.one_of(st.text(), st.lists(st.one_of(st.text(max_size=3), st.sampled_from(PARTS))).map("".join))


def tokens(text: str) -> list[tuple[str, str]]:
    """Each token with the characters of its span."""
    encoding = TOKENIZER.encode(text)
    return [(TOKENIZER.vocabulary[i], text[a:b]) for i, (a, b) in zip(encoding.ids, encoding.spans, strict=True)]


def test_a_space_belongs_to_the_token_after_it_but_not_to_its_span() -> None:
    assert tokens("The bridge  cost $2,5") == [
        *[("The", "The"), ("Ġbridge", "bridge"), ("Ġ", " "), ("Ġcost", "cost"), ("Ġ$", "$"), ("2", "2"), (",", ",")],
        ("5", "5"),
    ]
    assert tokens(" 5\nHe") == [("Ġ", " "), ("5", "5"), ("Ċ", "\n"), ("He", "He")]


def test_each_token_of_a_character_has_the_span_of_the_character() -> None:
    assert tokens("a ☃é") == [("a", "a"), ("Ġ", " "), ("â", "☃"), ("ĺ", "☃"), ("ĥ", "☃"), ("Ã©", "é")]


def test_case_is_kept() -> None:
    assert TOKENIZER.encode("The").ids != TOKENIZER.encode("the").ids


@given(ANY_TEXT)
@example("".join(SPECIAL))
@settings(max_examples=300)
def test_any_text_is_encoded_without_loss(text: str) -> None:
    encoding = TOKENIZER.encode(text)
    assert TOKENIZER.decode(encoding.ids) == text
    assert all(i >= N_SPECIAL for i in encoding.ids)


@given(ANY_TEXT)
@settings(max_examples=300)
def test_spans_are_the_characters_whose_bytes_a_token_has(text: str) -> None:
    encoding = TOKENIZER.encode(text)
    of_byte = [i for i, c in enumerate(text) for _ in c.encode()]  # the character of each byte
    at = 0
    for token, (start, end) in zip(encoding.ids, encoding.spans, strict=True):
        own = TOKENIZER.token_bytes[token]
        indices = of_byte[at : at + len(own)]
        at += len(own)
        covered = text[indices[0] : indices[-1] + 1]
        bare = covered[1:] if covered.startswith(" ") and covered != " " else covered
        assert (start, end) == (indices[-1] + 1 - len(bare), indices[-1] + 1)
    assert at == len(of_byte)
    assert all(a <= c and b <= d for (a, b), (c, d) in pairwise(encoding.spans))


@given(st.lists(st.integers(0, len(TOKENIZER.vocabulary) - 1), max_size=20))
@settings(max_examples=300)
def test_any_tokens_are_decoded_to_whole_characters(ids: list[int]) -> None:
    text = TOKENIZER.decode(ids)
    assert "\ufffd" not in text or "ï¿½" in "".join(TOKENIZER.vocabulary[i] for i in ids)
    assert text.encode("utf-8").decode("utf-8") == text
    assert TOKENIZER.decode([*ids, SENTENCE, *ids]) == 2 * text


@given(ANY_TEXT, st.integers(0, 5))
@settings(max_examples=200)
def test_the_spellings_of_a_text_are_its_characters(text: str, n_cut: int) -> None:
    ids = TOKENIZER.encode(text).ids[n_cut:]
    spellings = TOKENIZER.spellings(ids)
    assert "".join(spelling.text for spelling in spellings) == TOKENIZER.decode(ids)
    for spelling in spellings:
        assert tuple(ids[spelling.start : spelling.start + len(spelling.ids)]) == spelling.ids
        assert TOKENIZER.decode(spelling.ids) == spelling.text
        assert all(TOKENIZER.decode(spelling.ids[:n]) != spelling.text for n in range(1, len(spelling.ids)))


def test_what_is_no_character_has_no_spelling() -> None:
    snow, _, man = TOKENIZER.encode("☃").ids
    a, space_a = INDEX("a"), INDEX("Ġa")
    assert TOKENIZER.spellings([snow, a, man, space_a, END, snow]) == [
        Spelling((a,), "a", 1),
        Spelling((space_a,), " a", 3),
    ]
    assert TOKENIZER.decode([snow, a, man, space_a, END, snow]) == "a a"


def test_a_summary_has_separators_and_an_end() -> None:
    expected = [INDEX("The"), INDEX("Ġmayor"), SENTENCE, INDEX("He"), END]
    assert TOKENIZER.encode_summary(["The mayor", "He"]) == expected
    assert TOKENIZER.decode(expected) == "The mayorHe"


def test_words_of_a_text_and_of_its_tokens() -> None:
    text = "The McDonald’s café, it's 2,5\n☃ "
    spans, word_of_token = TOKENIZER.words(TOKENIZER.encode(text))
    assert [text[a:b] for a, b in spans] == ["The", "McDonald", "’", "s", "café", ",", "it", "'s", "2", ",", "5", "☃"]
    words = [spans[word] for word in word_of_token]
    for (start, end), (a, b) in zip(TOKENIZER.encode(text).spans, words, strict=True):
        assert (a <= start and end <= b) or not text[start:end].strip()
    assert TOKENIZER.words(TOKENIZER.encode(" \n")) == ([], [])
    joined = Encoding("a b", TOKENIZER.encode("a\nb").ids, [(0, 1), (1, 1), (2, 3)])  # "\n" is not in the text
    assert TOKENIZER.words(joined) == ([(0, 1), (2, 3)], [0, 1, 1])


@given(ANY_TEXT)
def test_the_words_of_any_text_cover_it(text: str) -> None:
    encoding = TOKENIZER.encode(text)
    spans, word_of_token = TOKENIZER.words(encoding)
    assert len(word_of_token) == (len(encoding.ids) if spans else 0)
    assert all(a < b <= c for (a, b), (c, _) in pairwise([*spans, (len(text), 0)]))
    covered = {i for a, b in spans for i in range(a, b)}
    assert all(i in covered or c.isspace() for i, c in enumerate(text))
    assert word_of_token == sorted(word_of_token)


def test_a_saved_tokenizer_is_loaded_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    TOKENIZER.save(path)
    loaded = BytePairTokenizer.load(path)
    assert isinstance(loaded, BytePairTokenizer)
    assert loaded.vocabulary == TOKENIZER.vocabulary
    for text in ("“The Mayor’s” [SEP] café ☃ 2,500", ""):
        assert loaded.encode(text) == TOKENIZER.encode(text)


@pytest.mark.parametrize("content", [None, "", "{}", '{"model": 3}', "[]", b"\xff"])
def test_the_error_for_a_damaged_tokenizer_names_the_file(tmp_path: Path, content: str | bytes | None) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        BytePairTokenizer.load(path)


def test_another_kind_of_vocabulary_is_an_error(tmp_path: Path, tiny_tokenizer: Tokenizer) -> None:
    tiny_tokenizer.save(tmp_path / "tokenizer.json")
    with pytest.raises(CheckpointError, match=r"tokenizer\.json.*byte-level"):
        BytePairTokenizer.load(tmp_path / "tokenizer.json")


def test_a_symbol_stands_for_each_byte() -> None:
    assert len(set(byte_symbols())) == 256
    assert byte_symbols().isprintable()
    for byte in (*range(33, 127), 0xE9):
        assert byte_symbols()[byte] == chr(byte)
    assert (byte_symbols()[ord(" ")], byte_symbols()[ord("\n")], byte_symbols()[0xAD]) == ("Ġ", "Ċ", "Ń")
