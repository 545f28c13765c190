"""Pairs of texts encoded as tokens, with the oracle's labels; a run keeps them in its folder, to resume faster.

What cannot be learned from is counted: pairs that are left out, and texts that are cut.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from summarize.atomic_write import atomic_replacement
from summarize.documents import TextPair, read_pairs
from summarize.errors import DataError
from summarize.selection.oracle import align, oracle_probabilities
from summarize.text.pronouns import PronounResolver, ResolvedEncoding
from summarize.text.sentences import sentence_spans
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.training.batches import SCALE, Pair
from summarize.training.options import TrainingOptions

PARTS = tuple(field.name for field in fields(Pair))

MAX_WINDOWS = 4  # of a document, in which salience is learned
MAX_TOKEN_CHARACTERS = 12  # a token seldom has over 8: text beyond this many per token is never needed
_CHUNK_PAIRS = 512  # encoded at once


@dataclass(frozen=True)
class PairCounts:
    """What a run learns from: pairs, pairs left out (no document or no summary), and texts that are cut."""

    pairs: int
    left_out: int
    summaries_cut: int
    documents_cut: int

    def sentence(self, max_src: int, max_tgt: int) -> str:
        """The counts in one line. max_src, max_tgt: the tokens that texts are cut to."""
        return (
            f"pairs: {self.pairs:,}; left out, as the document or the summary is empty: {self.left_out:,}; "
            f"documents cut to {max_src:,} tokens: {self.documents_cut:,}; "
            f"summaries cut to {max_tgt:,} tokens: {self.summaries_cut:,}"
        )


def count_pairs(pairs: Sequence[Pair], n_left_out: int, max_src: int, max_tgt: int) -> PairCounts:
    """The counts of encoded pairs. A window of max_src tokens has two special tokens; the first of up to MAX_WINDOWS
    windows of a long document, where salience is learned, is always read, the others now and then."""

    def is_cut(pair: Pair) -> bool:
        return len(pair.src) > max_src - 2 if pair.sentences is None else len(pair.src) >= max_src * MAX_WINDOWS

    return PairCounts(
        pairs=len(pairs),
        left_out=n_left_out,
        summaries_cut=sum(len(pair.tgt) > max_tgt for pair in pairs),
        documents_cut=sum(map(is_cut, pairs)),
    )


def read_texts(path: Path, options: TrainingOptions) -> list[TextPair]:
    """The pairs of a file. A null is an empty text, unless the options are strict.

    Raises DataError with file and line; if the options are strict, also where a document or a summary is empty.
    """
    is_strict = options.strict_data
    texts = list(read_pairs(path, options.document_field, options.summary_field, null_is_empty=not is_strict))
    for number, pair in enumerate(texts, 1):
        if is_strict and not _has_both(pair):
            empty = "summary" if pair.document.strip() else "document"
            raise DataError(f"{path}, pair {number} (id {pair.id}): the {empty} is empty")
    return texts


def _has_both(pair: TextPair) -> bool:
    return bool(pair.document.strip() and pair.summary.strip())


def encode_pairs(
    pairs: list[TextPair], tokenizer: Tokenizer, max_src: int, salience: bool = False, name_speakers: bool = False
) -> list[Pair]:
    """Texts to token ids; pairs without a document or a summary are left out.

    salience: add the oracle's labels, and keep up to MAX_WINDOWS windows of max_src tokens of a document instead of
    one. name_speakers: in conversations, replace "I" and "you" by the speakers' names.
    """
    kept = [(pair, _sentences(pair.summary)) for pair in pairs if _has_both(pair)]
    encoded: list[Pair] = []
    max_tokens = max_src * MAX_WINDOWS if salience else max_src
    for start in range(0, len(kept), _CHUNK_PAIRS):
        chunk = kept[start : start + _CHUNK_PAIRS]
        sources = tokenizer.encode_batch([pair.document[: max_tokens * MAX_TOKEN_CHARACTERS] for pair, _ in chunk])
        for source, (pair, sentences) in zip(sources, chunk, strict=True):
            tgt = np.array(tokenizer.encode_summary(sentences), dtype=np.int32)
            resolver = PronounResolver(tokenizer, source.text) if name_speakers else None
            resolved = resolver.resolve(source) if resolver else ResolvedEncoding.unchanged(source)
            src = np.array(resolved.encoding.ids[:max_tokens], dtype=np.int32)
            indices = resolved.token_indices[:max_tokens]
            labels = _oracle_labels(source, sentences, indices) if salience else (None, None, None)
            encoded.append(Pair(src, tgt, *labels, *_candidates(pair, tokenizer)))
    return encoded


def _sentences(summary: str) -> list[str]:
    """A summary's sentences, which are its lines."""
    return [line for line in summary.splitlines() if line.strip()]


def _candidates(pair: TextPair, tokenizer: Tokenizer) -> tuple[np.ndarray, np.ndarray, np.ndarray] | tuple[()]:
    """The ids of a pair's candidates in a row, best first, their ends and their scores; nothing without candidates."""
    ranked = sorted(pair.candidates, key=lambda candidate: -candidate[1])
    ids = [np.array(tokenizer.encode_summary(_sentences(text)), dtype=np.int32) for text, _ in ranked]
    if not ids:
        return ()
    scores = np.array([round(score * SCALE) for _, score in ranked])
    return np.concatenate(ids), np.cumsum([len(candidate) for candidate in ids]), scores


def _oracle_labels(
    source: Encoding, summary: list[str], token_indices: list[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pair's sentences, oracle_salience and alignment; token_indices: of the pair's tokens in the source."""
    spans = sentence_spans(source.text)
    texts = [source.text[start:end] for start, end in spans]
    salience = (oracle_probabilities(texts, "\n".join(summary)) * SCALE).round().astype(np.int64)
    return source.sentence_indices(spans)[token_indices], salience, np.array(align(summary, texts), dtype=np.int64)


def pairs_fingerprint(
    data: Path, tokenizer: Tokenizer, max_src: int, salience: bool, *names: str | None, name_speakers: bool = False
) -> str:
    """Differs where encode_pairs could give other pairs: for another file or other fields of it (names), another
    vocabulary, other settings, or another version of Pair. Raises DataError if there is no such file."""
    try:
        file = data.stat()
    except OSError as error:
        raise DataError(f"{data}: {(error.strerror or str(error)).lower()}") from None
    inputs = [str(data), file.st_size, file.st_mtime_ns, names, max_src, salience, name_speakers]
    inputs += [tokenizer.vocabulary, PARTS]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def content_fingerprint(pairs: Sequence[Pair]) -> str:
    """Differs for other pairs, also for the same number of them; the file that they were read from may move."""
    digest = hashlib.sha256()
    for pair in pairs:
        digest.update(np.array([len(pair.src), len(pair.tgt)], np.int64).tobytes())
        digest.update(pair.src.astype(np.int32, copy=False).tobytes())
        digest.update(pair.tgt.astype(np.int32, copy=False).tobytes())
    return digest.hexdigest()


def save_pairs(path: Path, pairs: list[Pair], fingerprint: str, n_left_out: int = 0) -> None:
    """Write pairs to one file, with the fingerprint of what they were made from, and how many were left out."""
    arrays: dict[str, np.ndarray] = {}
    for part in PARTS:
        values = [getattr(pair, part) for pair in pairs]
        if any(value is None for value in values):
            continue
        arrays[part] = np.concatenate(values).astype(np.int32)
        arrays[f"{part}.ends"] = np.cumsum([len(value) for value in values])
    with atomic_replacement(path) as temporary:
        save_file(arrays, str(temporary), {"fingerprint": fingerprint, "left_out": str(n_left_out)})


def has_pairs(path: Path, fingerprint: str) -> bool:
    """Whether a file holds pairs with this fingerprint."""
    return _metadata(path).get("fingerprint") == fingerprint


def saved_left_out(path: Path) -> int:
    """How many pairs were left out when those of a file were encoded."""
    return int(_metadata(path).get("left_out", 0))


def _metadata(path: Path) -> dict[str, str]:
    try:
        with safe_open(str(path), "np") as file:
            return file.metadata() or {}
    except (OSError, SafetensorError):
        return {}


def load_pairs(path: Path, fingerprint: str) -> list[Pair] | None:
    """The pairs that save_pairs wrote with this fingerprint; None if the file has no such pairs."""
    if not has_pairs(path, fingerprint):
        return None
    try:
        with safe_open(str(path), "np") as file:
            names = set(file.keys())
            parts = {
                part: np.split(file.get_tensor(part), file.get_tensor(f"{part}.ends")[:-1])
                for part in PARTS
                if part in names
            }
    except (OSError, SafetensorError):
        return None
    return [Pair(**dict(zip(parts, arrays, strict=True))) for arrays in zip(*parts.values(), strict=True)]
