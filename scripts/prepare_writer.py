"""Prepare the writer's training data: documents with prompts, their summaries, and where each token was copied from.

    python scripts/writer_passages.py DATA_FOLDER tokenizer.json runs/writer/salience.jsonl
    python scripts/prepare_writer.py DATA_FOLDER tokenizer.json runs/writer/packed --scores runs/writer/salience.jsonl

For each SPLIT (train, valid), OUTPUT gets three arrays that numpy can map:
SPLIT-tokens.npy (uint16): of each example the source (START, prompt, passage, END), then the target (… END);
SPLIT-origins.npy (uint16): for each target token the position in its example's source that it was copied from, 0: none;
SPLIT-index.npy (int32; n, 5): offset into the tokens, source length, where the passage begins, target length, number of
the data set. kinds.json names these numbers, and counts what was kept and removed.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from writer_passages import Passage, passage_of, read_scores, score_key
from writer_rows import (
    HEADLINE,
    MAIN_SETS,
    NON_COMMERCIAL_SETS,
    SEED,
    SUBJECT,
    DataSet,
    Pair,
    cased_texts,
    pairs_of,
    seeded,
    select_rows,
)
from writer_text import PRONOUN, Evidence, Truecaser, clean_sentence

from summarize.pipeline.passages import make_prompt
from summarize.text.vocabulary import END, SENTENCE, START

MAX_TARGET_TOKENS = 127
MIN_DOCUMENT_WORDS = 15
CONTENT_LETTERS = 5  # of words that count where it is measured how much of a sentence its passage has
MIN_COVERED_SENTENCE = {False: 0.5, True: 0.8}  # of such words by the passage; True: an article without its beginning
MIN_COVERED = 0.15  # of a summary's words by its passage; below, the two do not belong together
PLAIN_KIND, PLAIN_SHARE = "Text", 0.25
SENTENCES_NAMED, WORDS_NAMED, SHORTENED = 0.6, 0.6, 0.15
SPLITS = {"train": "train", "valid": "validation"}
Ids = NDArray[np.uint16]


@dataclass(frozen=True)
class Example:
    """The tokens of one example and how it was made. origins: of each target token, a position in source or 0."""

    data_set: str
    source: Ids
    prompt_length: int
    target: Ids
    origins: Ids


def prompt_for(pair: Pair, sentences: list[str], is_shortened: bool) -> str:
    """A prompt that a pair's summary answers, with its parts drawn at random."""
    chance = seeded(pair.id, "prompt")
    n_words = len(" ".join(sentences).split())
    is_plain, names_sentences, names_words = (chance.random() < p for p in (PLAIN_SHARE, SENTENCES_NAMED, WORDS_NAMED))
    if pair.kind in (HEADLINE, SUBJECT):
        return make_prompt(pair.kind, None, n_words)
    return make_prompt(
        PLAIN_KIND if is_plain else pair.kind,
        len(sentences) if names_sentences or is_shortened else None,
        n_words if names_words else None,
        pair.question,
    )


class Aligner:
    """Finds for each target token the source token that it was copied from."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        size = tokenizer.get_vocab_size()
        symbols = [tokenizer.id_to_token(i) or "" for i in range(size)]
        bare = [symbol.removeprefix("Ġ") for symbol in symbols]
        ids = {symbol: i for i, symbol in enumerate(symbols)}
        self._canonical = np.array([ids.get(b, i) if b else i for i, b in enumerate(bare)], np.int64)
        self._is_content = np.array([_is_content(b) for b in bare])

    def origins(self, target: Ids, passage: Ids) -> NDArray[np.int64]:
        """For each of T target tokens the index into S passage tokens that it was copied from, or -1.

        Two tokens that differ only in the space before them extend a common run, but are no copies of each other.
        """
        if not len(passage):
            return np.full(len(target), -1)
        same = self._canonical[target][:, None] == self._canonical[passage]  # (T, S)
        forwards, backwards = same.astype(np.int16), same.astype(np.int16)
        for t in range(1, len(target)):
            backwards[t, 1:] *= backwards[t - 1, :-1] + 1
            forwards[-t - 1, :-1] *= forwards[-t, 1:] + 1
        equal = target[:, None] == passage
        runs = (forwards + backwards - 1) * same
        best = (2 * runs + equal).argmax(axis=1)
        rows = np.arange(len(target))
        is_copied = equal[rows, best] & ((runs[rows, best] >= 2) | self._is_content[target])
        return np.where(is_copied, best, -1)


def _is_content(symbol: str) -> bool:
    """Whether a token without its space is worth copying alone: a long or capitalised piece of a word, or a digit."""
    is_capitalised, is_long = symbol[:1].isupper() and symbol.isascii(), len(symbol) >= 4 and symbol.isalpha()
    return symbol[:1].isdigit() or is_capitalised or is_long


class ExampleMaker:
    """Makes examples of pairs, and counts what it removes."""

    def __init__(self, tokenizer: Tokenizer, truecaser: Truecaser, scores: dict[str, list[float]]) -> None:
        self._tokenizer, self._truecaser, self._scores = tokenizer, truecaser, scores
        self._aligner = Aligner(tokenizer)

    def make(self, pair: Pair) -> tuple[Example | None, Counter[str]]:
        """An example of a pair, or None where nothing of use is left, and counts of what was kept and removed."""
        counts: Counter[str] = Counter()
        pair = pair.restored(self._truecaser)
        if not self._target_sentences(pair, Evidence.of(f"{pair.question}\n{pair.document}"), counts):
            return None, counts + Counter({"dropped: no sentence left": 1})
        counts.clear()
        passage = passage_of(pair, self._tokenizer, self._scores.get(score_key(pair)))
        evidence = Evidence.of(f"{pair.question}\n{passage.text}")
        sentences = self._target_sentences(pair, evidence, counts)
        if len(passage.text.split()) < MIN_DOCUMENT_WORDS:
            sentences, counts["dropped: short document"] = [], 1
        elif not sentences:
            counts["dropped: no sentence left"] = 1
        elif evidence.share_of(" ".join(sentences)) < MIN_COVERED:
            sentences, counts["dropped: not of this document"] = [], 1
        if not sentences:
            return None, counts
        counts[f"passage: {passage.how}"] = 1
        chance, is_shortened = seeded(pair.id, "shortened"), False
        if len(sentences) > 1 and chance.random() < SHORTENED:
            sentences, is_shortened = sentences[: chance.randint(1, min(2, len(sentences) - 1))], True
        return self._pack(pair, passage, sentences, is_shortened), counts

    def _target_sentences(self, pair: Pair, evidence: Evidence, counts: Counter[str]) -> list[str]:
        """The clean summary sentences that the passage supports, as many of the first ones as fit."""
        missing: str | None = None
        kept: list[str] = []
        n_tokens = 0
        for line in pair.sentences:
            sentence = clean_sentence(line, is_title=pair.kind in (HEADLINE, SUBJECT))
            if not sentence:
                continue
            counts["sentences"] += 1
            sentence = evidence.without_unknown_days(sentence)
            refers_to_removed = missing is not None and PRONOUN.match(sentence)
            missing = "pronoun" if refers_to_removed else evidence.missing(sentence)
            # What a sentence says beyond its passage teaches inventing, also where it is no name and no number.
            covered = evidence.share_of(sentence, CONTENT_LETTERS)
            if missing is None and covered < MIN_COVERED_SENTENCE[pair.is_leadless]:
                missing = "content"
            if missing is None:
                n_tokens += len(self._tokenizer.encode(f" {sentence.lower() if pair.is_lower else sentence}").ids) + 1
                if n_tokens > MAX_TARGET_TOKENS:
                    counts["sentences removed: target full"] += 1
                    break
                kept.append(sentence)
            else:
                counts[f"sentences removed: {missing}"] += 1
        return kept

    def _pack(self, pair: Pair, passage: Passage, sentences: list[str], is_shortened: bool) -> Example:
        """The arrays of an example."""
        prompt = prompt_for(pair, sentences, is_shortened)
        passage_ids = passage.ids
        if pair.is_lower:
            sentences = [sentence.lower() for sentence in sentences]
            passage_ids = self._tokenizer.encode(passage.text.lower(), add_special_tokens=False).ids
        # With a space before it, as in the document, the first word of a sentence is the same token and can be copied.
        spaced = [f" {sentence}" for sentence in sentences]
        encodings = self._tokenizer.encode_batch_fast([prompt, *spaced], add_special_tokens=False)
        prompt_ids, *target_ids = (encoding.ids for encoding in encodings)
        passage_array = np.array(passage_ids, np.uint16)
        target = np.array([*[i for ids in target_ids for i in (SENTENCE, *ids)][1:], END], np.uint16)
        start = 1 + len(prompt_ids)
        source = np.concatenate([[START], prompt_ids, passage_array, [END]]).astype(np.uint16)
        found = self._aligner.origins(target, passage_array)
        origins = np.where(found < 0, 0, found + start).astype(np.uint16)
        return Example(pair.data_set, source, start, target, origins)


_maker: ExampleMaker  # of this process: set before it is forked


def _make(pair: Pair) -> tuple[Example | None, Counter[str]]:
    return _maker.make(pair)


def all_pairs(data: Path, sets: tuple[DataSet, ...], split: str, max_rows: int | None) -> list[Pair]:
    """The shuffled pairs of all sets of one split."""
    pairs = [p for s in sets for row in select_rows(data, s, split, max_rows) for p in pairs_of(row, s)]
    seeded(split).shuffle(pairs)
    return pairs


def write_split(output: Path, split: str, examples: list[Example], numbers: dict[str, int]) -> None:
    """Write the three arrays of a split."""
    tokens = [part for example in examples for part in (example.source, example.target)]
    lengths = [(len(e.source), e.prompt_length, len(e.target), numbers[e.data_set]) for e in examples]
    index = np.zeros((len(examples), 5), np.int32)
    index[:, 1:] = lengths
    index[1:, 0] = np.cumsum(index[:-1, 1] + index[:-1, 3])
    for name, array in (
        ("tokens", np.concatenate(tokens)),
        ("origins", np.concatenate([example.origins for example in examples])),
        ("index", index),
    ):
        np.save(output / f"{split}-{name}.npy", array)


def describe(examples: list[Example]) -> dict[str, float]:
    """Figures of the examples of one data set."""
    origins = np.concatenate([example.origins for example in examples])
    return {
        "examples": len(examples),
        "source tokens": sum(len(example.source) for example in examples),
        "target tokens": len(origins),
        "share copied": round(float((origins > 0).mean()), 4),
    }


def make_examples(pairs: list[Pair], processes: int) -> Iterator[tuple[Example | None, Counter[str]]]:
    """The results of _make, in order."""
    if processes == 1:
        yield from map(_make, pairs)
        return
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap(_make, pairs, chunksize=64)


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("tokenizer_file", type=click.Path(exists=True, path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--scores", type=click.Path(path_type=Path), help="Salience of sentences, from writer_passages.py.")
@click.option("--max-rows", type=click.IntRange(1), help="Of each data set, read only this many rows.")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True)
@click.option("--non-commercial", is_flag=True, help="The sets that forbid commercial use, instead of the others.")
def main(
    data: Path,
    tokenizer_file: Path,
    output: Path,
    scores: Path | None,
    max_rows: int | None,
    processes: int,
    non_commercial: bool,
) -> None:
    """Make the writer's examples of the data sets in the folder DATA, in the folder OUTPUT."""
    global _maker
    gc.disable()  # nothing here refers in circles, and there are millions of objects to look at
    sets = NON_COMMERCIAL_SETS if non_commercial else MAIN_SETS
    truecaser = Truecaser([] if non_commercial else cased_texts(data, max_rows or 12_000))
    _maker = ExampleMaker(Tokenizer.from_file(str(tokenizer_file)), truecaser, read_scores(scores))
    output.mkdir(parents=True, exist_ok=True)
    names: list[str] = []
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for split, file_split in SPLITS.items():
        pairs = all_pairs(data, sets, file_split, max_rows)
        by_set: dict[str, Counter[str]] = {}
        examples: list[Example] = []
        for pair, (example, counts) in zip(pairs, make_examples(pairs, processes), strict=True):
            by_set.setdefault(pair.data_set, Counter())["pairs"] += 1
            by_set[pair.data_set] += counts
            examples += [] if example is None else [example]
        names += sorted(by_set.keys() - set(names))
        write_split(output, split, examples, {name: i for i, name in enumerate(names)})
        groups = {name: [e for e in examples if e.data_set == name] for name in sorted(by_set)}
        figures[split] = {n: (describe(g) if g else {}) | dict(sorted(by_set[n].items())) for n, g in groups.items()}
        click.echo(f"{split}: {len(examples):,} examples of {len(pairs):,} pairs", err=True)
    (output / "kinds.json").write_text(json.dumps({"kinds": names, "seed": SEED, "figures": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
