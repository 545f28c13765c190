"""Pairs of texts as tokens, with the sentences that are worth telling; kept in the run's folder, so that resuming is
quick."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from summarize.documents import TextPair
from summarize.errors import DataError
from summarize.selection.oracle import align, oracle_probabilities
from summarize.text.pronouns import PronounResolver, unresolved
from summarize.text.sentences import sentence_spans
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.training.batches import Pair

PARTS = tuple(field.name for field in fields(Pair))

# Of a document, what salience is learned on: so many windows.
WINDOWS = 4


def encode_pairs(
    pairs: list[TextPair], tokenizer: Tokenizer, max_src: int, salience: bool = False, name_speakers: bool = False
) -> list[Pair]:
    """Texts to id sequences; pairs with nothing on one side are left out. salience: with sentences and what the
    oracle makes of them, and with what lies beyond the first max_src tokens; name_speakers: conversations with their
    speakers' names."""
    kept = [(p, _sentences(p.summary)) for p in pairs]
    kept = [(pair, sentences) for pair, sentences in kept if pair.document.strip() and sentences]
    encoded: list[Pair] = []
    most = max_src * WINDOWS if salience else max_src
    for start in range(0, len(kept), 512):
        chunk = kept[start : start + 512]
        # A token has seldom over 8 characters: what lies beyond is never read and need not be encoded.
        sources = tokenizer.encode_batch([pair.document[: most * 12] for pair, _ in chunk])
        for source, (pair, sentences) in zip(sources, chunk, strict=True):
            tgt = np.array(tokenizer.encode_summary(sentences), dtype=np.int32)
            read = PronounResolver(tokenizer, source.text).named(source) if name_speakers else unresolved(source)
            src = np.array(read.encoding.ids[:most], dtype=np.int32)
            learned = _salient(source, sentences, read.places[:most]) if salience else (None, None, None)
            encoded.append(Pair(src, tgt, *learned, *_candidates(pair, tokenizer)))
    return encoded


def _sentences(summary: str) -> list[str]:
    return [line for line in summary.splitlines() if line.strip()]


def _candidates(pair: TextPair, tokenizer: Tokenizer) -> tuple[np.ndarray, np.ndarray, np.ndarray] | tuple[()]:
    """The tokens of a pair's candidates, best first, their ends and scores; nothing where there are none."""
    ranked = sorted(pair.candidates, key=lambda candidate: -candidate[1])
    ids = [np.array(tokenizer.encode_summary(_sentences(text)), dtype=np.int32) for text, _ in ranked]
    if not ids:
        return ()
    return (
        np.concatenate(ids),
        np.cumsum([len(own) for own in ids]),
        np.array([round(score * 10_000) for _, score in ranked]),
    )


def _salient(source: Encoding, summary: list[str], places: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The sentence of each of the tokens at these places, how much the oracle makes of each sentence, in
    ten-thousandths, and the sentence that each of the summary's is told from."""
    spans = sentence_spans(source.text)
    texts = [source.text[start:end] for start, end in spans]
    worth = (oracle_probabilities(texts, "\n".join(summary)) * 10_000).round().astype(np.int64)
    return source.sentence_numbers(spans)[places], worth, np.array(align(summary, texts), dtype=np.int64)


def mark_of(
    data: Path, tokenizer: Tokenizer, max_src: int, salience: bool, *names: str | None, name_speakers: bool = False
) -> str:
    """Differs where other tokens would come out: of another file or other fields of it (names), by another vocabulary,
    or of another length; and where a pair has other parts. Raises DataError where there is no such file."""
    try:
        file = data.stat()
    except OSError as error:
        raise DataError(f"{data}: {(error.strerror or str(error)).lower()}") from None
    what = [str(data), file.st_size, file.st_mtime_ns, names, max_src, salience, name_speakers]
    what += [tokenizer.vocabulary, PARTS]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def save_pairs(path: Path, pairs: list[Pair], mark: str) -> None:
    """Write pairs to one file, marked with what they were made of."""
    arrays: dict[str, np.ndarray] = {}
    for part in PARTS:
        each = [getattr(pair, part) for pair in pairs]
        if any(own is None for own in each):
            continue
        arrays[part] = np.concatenate(each).astype(np.int32)
        arrays[f"{part}.ends"] = np.cumsum([len(own) for own in each])
    temporary = path.with_name(path.name + ".tmp")
    save_file(arrays, str(temporary), {"mark": mark})
    temporary.replace(path)


def has_pairs(path: Path, mark: str) -> bool:
    """Whether a file holds pairs of this mark."""
    try:
        with safe_open(str(path), "np") as file:
            return (file.metadata() or {}).get("mark") == mark
    except (OSError, SafetensorError):
        return False


def load_pairs(path: Path, mark: str) -> list[Pair] | None:
    """The pairs that save_pairs wrote with this mark, or None."""
    if not has_pairs(path, mark):
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
