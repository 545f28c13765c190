"""WordPiece tokenization: text to token ids, each with its span of characters in the text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import tokenizers

from summarize.atomic_write import atomic_replacement
from summarize.errors import CheckpointError
from summarize.text.vocabulary import END, SENTENCE

# Typographic marks, which were mostly plain in the training text, are encoded as plain marks. Spans still refer to the
# document, so a copied mark is the document's own.
PLAIN_MARKS = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"}


@dataclass(frozen=True)
class Encoding:
    """A text as S tokens: their ids, and for each the (start, end) of its characters in text."""

    text: str
    ids: list[int]
    spans: list[tuple[int, int]]

    def shifted_into(self, text: str, offset: int) -> Encoding:
        """The same tokens as part of a longer text, which contains this text at offset (in characters)."""
        return Encoding(text, self.ids, [(offset + start, offset + end) for start, end in self.spans])

    @property
    def follows_directly(self) -> list[bool]:
        """For each token, whether there is no white space between it and the token before; False for the first."""
        ends = [end for _, end in self.spans]
        return [
            i > 0 and ends[i - 1] <= start and not any(c.isspace() for c in self.text[ends[i - 1] : start])
            for i, (start, _) in enumerate(self.spans)
        ]

    @property
    def has_digit(self) -> list[bool]:
        """For each token, whether its characters include a digit; also for tokens that are not in the vocabulary."""
        return [any(c.isnumeric() for c in self.text[start:end]) for start, end in self.spans]

    def sentence_indices(self, sentences: Sequence[tuple[int, int]]) -> np.ndarray:
        """For each token, the index of the sentence that it begins in, (S,) int32.

        sentences: (start, end) of each, in order.
        """
        sentence_starts = np.array([start for start, _ in sentences] or [0])
        token_starts = np.array([start for start, _ in self.spans], dtype=np.int64)
        return (np.searchsorted(sentence_starts, token_starts, side="right") - 1).clip(min=0).astype(np.int32)

    def truncated(self, max_tokens: int) -> Encoding:
        """The first max_tokens tokens, without the tokens of a last word that would be incomplete.

        There must be at least max_tokens tokens. If the first max_tokens are all of one word, that word is cut.
        """
        n = max_tokens
        while n > 0 and self._cuts_word(n):
            n -= 1
        n = n or max_tokens
        return Encoding(self.text, self.ids[:n], self.spans[:n])

    def _cuts_word(self, n: int) -> bool:
        """Whether the character after the first n tokens is not white space."""
        after = self.spans[n - 1][1]
        return after < len(self.text) and not self.text[after].isspace()


class Tokenizer:
    """A WordPiece tokenizer (Devlin et al. 2019), mostly uncased. vocabulary: the tokens, by id.

    `byte_pair.BytePairTokenizer` is the same for another kind of vocabulary.
    """

    def __init__(self, backend: tokenizers.Tokenizer) -> None:
        backend.no_truncation()
        backend.no_padding()
        backend.post_processor = None
        backend.encode_special_tokens = True  # "[SEP]" in a document is ordinary text
        self._backend = backend
        ids = backend.get_vocab()
        self.vocabulary: list[str] = sorted(ids, key=ids.__getitem__)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a tokenizer.json. Raises CheckpointError if it is missing or damaged."""
        try:
            return cls(tokenizers.Tokenizer.from_str(path.read_text("utf-8")))
        except Exception as error:  # the library raises bare Exception
            raise CheckpointError(f"cannot read the tokenizer {path}: {error}") from error

    @classmethod
    def from_encoder(cls, path: Path) -> Self:
        """The tokenizer of a pre-trained uncased encoder, changed to encode typographic marks as plain marks.

        Raises CheckpointError if the file is missing or damaged.
        """
        backend = cls.load(path)._backend
        marks = [tokenizers.normalizers.Replace(mark, plain) for mark, plain in PLAIN_MARKS.items()]
        normalizer = backend.normalizer or tokenizers.normalizers.BertNormalizer(lowercase=True)
        backend.normalizer = tokenizers.normalizers.Sequence([*marks, normalizer])
        return cls(backend)

    def save(self, path: Path) -> None:
        """Write a tokenizer.json; path never holds an incomplete file."""
        with atomic_replacement(path) as temporary:
            self._backend.save(str(temporary), pretty=False)

    def encode(self, text: str) -> Encoding:
        """The tokens of a text, without special tokens."""
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
        """The tokens of several texts, encoded on all cores."""
        encoded = self._backend.encode_batch(list(texts), add_special_tokens=False)
        return [Encoding(t, e.ids, self._spans(t, e.offsets)) for t, e in zip(texts, encoded, strict=True)]

    def encode_summary(self, sentences: Sequence[str]) -> list[int]:
        """The target ids of a summary: sentences with SENTENCE between them and END after the last."""
        ids: list[int] = []
        for encoding in self.encode_batch(sentences):
            ids += [*encoding.ids, SENTENCE]
        return [*ids[:-1], END]

    def words(self, encoding: Encoding) -> tuple[list[tuple[int, int]], list[int]]:
        """The words and marks of a text as spans of its characters, and for each token the index of its word."""
        spans: list[tuple[int, int]] = []
        word_of_token: list[int] = []
        for token, (start, end) in zip(encoding.ids, encoding.spans, strict=True):
            if self.vocabulary[token].startswith("##") and spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
            word_of_token.append(len(spans) - 1)
        return spans, word_of_token

    def _spans(self, text: str, offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The spans of an encoding, from the library's."""
        return _extended_spans(text, offsets)


def word_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the words and marks of a text, split as for tokens: at white space and around punctuation."""
    return [span for _, span in tokenizers.pre_tokenizers.BertPreTokenizer().pre_tokenize_str(text)]


def _extended_spans(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans, extended over the accents and invisible characters after them, which normalisation removes."""
    if text.isascii():
        return spans
    next_starts = [start for start, _ in spans[1:]] + [len(text)]
    extended = []
    for (start, end), next_start in zip(spans, next_starts, strict=False):
        while end < next_start and unicodedata.category(text[end]) in ("Mn", "Me", "Cf"):
            end += 1
        extended.append((start, end))
    return extended


def train_tokenizer(texts: Iterable[str], vocab_size: int, *, is_cased: bool = False) -> Tokenizer:
    """Train a WordPiece vocabulary of at most vocab_size tokens; special tokens have the ids of `vocabulary`.

    is_cased: tokens have the case and the accents of the texts; otherwise they have neither. The same texts always give
    the same vocabulary.
    """
    texts = list(texts)
    special = ["[PAD]", *(f"[unused{i}]" for i in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    # The library numbers the characters inside words ("##a") in random order, and the order breaks ties between equally
    # frequent tokens. Numbered in advance, as special tokens of the training alone, they have always the same order.
    characters = set(_train_backend(texts, special, 0, is_cased).get_vocab()) - set(special)
    ordered = sorted(characters, key=lambda token: (token.startswith("##"), token))
    trained = _train_backend(texts, [*special, *ordered], vocab_size, is_cased)
    backend = _untrained_backend(is_cased, trained.get_vocab())
    backend.add_special_tokens(special)
    return Tokenizer(backend)


def _train_backend(texts: list[str], special: list[str], vocab_size: int, is_cased: bool) -> tokenizers.Tokenizer:
    """The library's own training; with vocab_size 0 the vocabulary has the special tokens and single characters."""
    backend = _untrained_backend(is_cased, None)
    backend.train_from_iterator(
        texts,
        tokenizers.trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=special, show_progress=False),
    )
    return backend


def _untrained_backend(is_cased: bool, vocabulary: dict[str, int] | None) -> tokenizers.Tokenizer:
    backend = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    normalizers = tokenizers.normalizers
    backend.normalizer = normalizers.Sequence(
        [
            *(normalizers.Replace(mark, plain) for mark, plain in PLAIN_MARKS.items()),
            *([normalizers.NFC()] if is_cased else []),
            normalizers.BertNormalizer(lowercase=not is_cased, strip_accents=False if is_cased else None),
        ]
    )
    backend.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return backend
