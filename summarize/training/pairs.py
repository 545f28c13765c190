"""Pairs of texts encoded as tokens, with the oracle's labels; a run keeps them in its folder, to resume faster."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from summarize.atomic_write import atomic_replacement
from summarize.documents import TextPair
from summarize.errors import DataError
from summarize.selection.oracle import align, oracle_probabilities
from summarize.text.pronouns import PronounResolver, ResolvedEncoding
from summarize.text.sentences import sentence_spans
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.training.batches import SCALE, Pair

PARTS = tuple(field.name for field in fields(Pair))

MAX_WINDOWS = 4  # of a document, in which salience is learned
MAX_TOKEN_CHARACTERS = 12  # a token seldom has over 8: text beyond this many per token is never needed
_CHUNK_PAIRS = 512  # encoded at once


def encode_pairs(
    pairs: list[TextPair], tokenizer: Tokenizer, max_src: int, salience: bool = False, name_speakers: bool = False
) -> list[Pair]:
    """Texts to token ids; pairs without a document or a summary are left out.

    salience: add the oracle's labels, and keep up to MAX_WINDOWS windows of max_src tokens of a document instead of
    one. name_speakers: in conversations, replace "I" and "you" by the speakers' names.
    """
    kept = [(pair, _sentences(pair.summary)) for pair in pairs]
    kept = [(pair, sentences) for pair, sentences in kept if pair.document.strip() and sentences]
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


def save_pairs(path: Path, pairs: list[Pair], fingerprint: str) -> None:
    """Write pairs to one file, with the fingerprint of what they were made from."""
    arrays: dict[str, np.ndarray] = {}
    for part in PARTS:
        values = [getattr(pair, part) for pair in pairs]
        if any(value is None for value in values):
            continue
        arrays[part] = np.concatenate(values).astype(np.int32)
        arrays[f"{part}.ends"] = np.cumsum([len(value) for value in values])
    with atomic_replacement(path) as temporary:
        save_file(arrays, str(temporary), {"fingerprint": fingerprint})


def has_pairs(path: Path, fingerprint: str) -> bool:
    """Whether a file holds pairs with this fingerprint."""
    try:
        with safe_open(str(path), "np") as file:
            return (file.metadata() or {}).get("fingerprint") == fingerprint
    except (OSError, SafetensorError):
        return False


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
