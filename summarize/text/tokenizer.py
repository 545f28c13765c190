"""Text to WordPiece ids with character offsets, and ids with their copy positions back to surface text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tokenizers

from summarize.errors import CheckpointError
from summarize.text.vocabulary import END, SENTENCE

# Typographic marks that raw text has and the training text mostly had in their plain form. They are read as the
# plain form; offsets still point at what the document has, so a copy shows the document's own mark.
PLAIN_MARKS = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"}


@dataclass(frozen=True)
class Encoding:
    """A text as tokens: ids, and for each the characters it stands for, as (start, end) into text."""

    text: str
    ids: list[int]
    spans: list[tuple[int, int]]

    def placed(self, text: str, start: int) -> Encoding:
        """The same of a text that has this one at start."""
        return Encoding(text, self.ids, [(start + first, start + last) for first, last in self.spans])

    @property
    def joined(self) -> list[bool]:
        """For each token, whether it comes after the token before with no space between them."""
        ends = [end for _, end in self.spans]
        return [
            i > 0 and ends[i - 1] <= start and not any(c.isspace() for c in self.text[ends[i - 1] : start])
            for i, (start, _) in enumerate(self.spans)
        ]

    @property
    def numeric(self) -> list[bool]:
        """For each token, whether its characters have a digit among them, be it known to the vocabulary or not."""
        return [any(c.isnumeric() for c in self.text[start:end]) for start, end in self.spans]

    def sentence_numbers(self, sentences: Sequence[tuple[int, int]]) -> np.ndarray:
        """For each token, the number of the sentence it begins in; sentences: their spans, in order. (S,) int32."""
        starts = np.array([start for start, _ in sentences] or [0])
        tokens = np.array([start for start, _ in self.spans], dtype=np.int64)
        return (np.searchsorted(starts, tokens, side="right") - 1).clip(min=0).astype(np.int32)

    def head(self, n: int) -> Encoding:
        """The first n tokens, less those at the end of which only a part of a word is among them."""
        whole = n
        while whole > 0 and self._cuts_a_word(whole):
            whole -= 1
        whole = whole or n  # a text without spaces is cut where it must be
        return Encoding(self.text, self.ids[:whole], self.spans[:whole])

    def _cuts_a_word(self, n: int) -> bool:
        """Whether a cut after n tokens falls between two characters that are no spaces."""
        after = self.spans[n - 1][1]
        return after < len(self.text) and not self.text[after].isspace()


class Tokenizer:
    """An uncased WordPiece vocabulary (Devlin et al. 2019)."""

    def __init__(self, backend: tokenizers.Tokenizer) -> None:
        backend.no_truncation()
        backend.no_padding()
        backend.post_processor = None
        backend.encode_special_tokens = True  # "[SEP]" in a document is text
        self._backend = backend
        ids = backend.get_vocab()
        self.vocabulary: list[str] = sorted(ids, key=ids.__getitem__)

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read tokenizer.json. Raises CheckpointError where it is missing or damaged."""
        try:
            return cls(tokenizers.Tokenizer.from_str(path.read_text("utf-8")))
        except Exception as error:  # the library raises bare Exception
            raise CheckpointError(f"cannot read the tokenizer {path}: {error}") from error

    @classmethod
    def from_encoder(cls, path: Path) -> Tokenizer:
        """The vocabulary of a pre-trained uncased encoder, reading typographic marks as plain ones."""
        backend = cls.load(path)._backend
        marks = [tokenizers.normalizers.Replace(mark, plain) for mark, plain in PLAIN_MARKS.items()]
        usual = backend.normalizer or tokenizers.normalizers.BertNormalizer(lowercase=True)
        backend.normalizer = tokenizers.normalizers.Sequence([*marks, usual])
        return cls(backend)

    def save(self, path: Path) -> None:
        """Write tokenizer.json."""
        temporary = path.with_name(path.name + ".tmp")
        self._backend.save(str(temporary), pretty=False)
        temporary.replace(path)

    def encode(self, text: str) -> Encoding:
        """Tokens of one text, without special ones."""
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
        """Tokens of several texts, over all cores."""
        encoded = self._backend.encode_batch(list(texts), add_special_tokens=False)
        return [Encoding(t, e.ids, _with_marks(t, e.offsets)) for t, e in zip(texts, encoded, strict=True)]

    def encode_summary(self, sentences: Sequence[str]) -> list[int]:
        """Target ids: sentences with SENTENCE between them and END after the last."""
        ids: list[int] = []
        for encoding in self.encode_batch(sentences):
            ids += [*encoding.ids, SENTENCE]
        return [*ids[:-1], END]


def word_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the words and marks of a text, parted where tokens are: at white space and around punctuation."""
    return [span for _, span in tokenizers.pre_tokenizers.BertPreTokenizer().pre_tokenize_str(text)]


def _with_marks(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that take in the accents and invisible characters after them, which normalisation leaves out."""
    if text.isascii():
        return spans
    limits = [start for start, _ in spans[1:]] + [len(text)]
    widened = []
    for (start, end), limit in zip(spans, limits, strict=False):
        while end < limit and unicodedata.category(text[end]) in ("Mn", "Me", "Cf"):
            end += 1
        widened.append((start, end))
    return widened


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """A new uncased WordPiece vocabulary of at most vocab_size tokens, in the layout of `vocabulary`.

    Two calls on the same texts can differ: the library breaks ties between equally frequent tokens at random.
    """
    backend = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    backend.normalizer = tokenizers.normalizers.Sequence(
        [
            *(tokenizers.normalizers.Replace(mark, plain) for mark, plain in PLAIN_MARKS.items()),
            tokenizers.normalizers.BertNormalizer(lowercase=True),
        ]
    )
    backend.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", *(f"[unused{i}]" for i in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    backend.train_from_iterator(
        texts,
        tokenizers.trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=special, show_progress=False),
    )
    return Tokenizer(backend)
