"""Text to WordPiece ids with character offsets, and ids with their copy positions back to surface text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tokenizers

from summarize.errors import CheckpointError
from summarize.vocabulary import END, SENTENCE

# Typographic marks that raw text has and the training text mostly had in their plain form. They are read as the
# plain form; offsets still point at what the document has, so a copy shows the document's own mark.
PLAIN_MARKS = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"}


@dataclass(frozen=True)
class Encoding:
    """A text as pieces: ids, and for each the characters it stands for, as (start, end) into text."""

    text: str
    ids: list[int]
    spans: list[tuple[int, int]]


class Tokenizer:
    """An uncased WordPiece vocabulary (Devlin et al. 2019)."""

    def __init__(self, backend: tokenizers.Tokenizer) -> None:
        backend.no_truncation()
        backend.no_padding()
        backend.post_processor = None
        backend.encode_special_tokens = True  # "[SEP]" in a document is text
        self._backend = backend
        self.vocabulary: list[str] = [
            piece for piece, _ in sorted(backend.get_vocab().items(), key=lambda item: item[1])
        ]

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
        """Pieces of one text, without special ones."""
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
        """Pieces of several texts, over all cores."""
        encoded = self._backend.encode_batch(list(texts), add_special_tokens=False)
        return [Encoding(t, e.ids, e.offsets) for t, e in zip(texts, encoded, strict=True)]

    def encode_summary(self, sentences: Sequence[str]) -> list[int]:
        """Target ids: sentences with SENTENCE between them and END after the last."""
        ids: list[int] = []
        for encoding in self.encode_batch(sentences):
            ids += [*encoding.ids, SENTENCE]
        return [*ids[:-1], END]


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """A new uncased WordPiece vocabulary of at most vocab_size pieces, in the layout of `vocabulary`."""
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
