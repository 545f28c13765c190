"""The passage of a document that the writer reads: all of it, or its beginning, or the sentences that a selector chose.

    python scripts/writer_passages.py DATA_FOLDER tokenizer.json runs/writer/salience.jsonl --minutes 20

scores the sentences of long documents with a shipped model, as the pipeline does when it summarises, and appends the
scores to a file that prepare_writer.py reads. Documents are taken in an order that does not depend on their number, so
the file can be extended at any time.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from writer_rows import HEADLINE, MAIN_SETS, NON_COMMERCIAL_SETS, DataSet, Pair, pairs_of, seeded, select_rows

from summarize.text.sentences import sentence_spans

MAX_PASSAGE_TOKENS = 560
POSITION_PENALTY = 0.7  # as in summarize.pipeline.encoder
MIN_FREE_TOKENS = 8
LEADING_KINDS = frozenset({"News", "Paper"})  # half of the long documents of these kinds keep their beginning
SPEAKER = re.compile(r"(?:#?[A-Z][\w.'’-]*#?)(?: [A-Z#(][\w.'’()-]*){0,3}:(?=\s)")
_WORD, _DIGIT, _QUOTE = re.compile(r"[^\W_]{4,}"), re.compile(r"\d"), re.compile('["“‘]')
# Documents that are scored of each split, of the small sets first; of the others all, while there is time.
MAX_SCORED = {"qmsum_specific": 2000, "qmsum_general": 300, "squality": 100, "crd3": 2000, "mtsdialog": 500,
              "scisummnet": 120, "inshorts": 700, "reuters_lead": 1500}  # fmt: skip


@dataclass(frozen=True)
class Passage:
    """The text that the writer reads, its token ids, and how it was made: "whole", "lead", "selector" or "cheap"."""

    text: str
    ids: list[int]
    how: str


@dataclass(frozen=True)
class Segmented:
    """A document and its n sentences with the token ids of each, encoded with the space before it."""

    text: str
    spans: list[tuple[int, int]]
    ids: list[list[int]]
    tokenizer: Tokenizer

    @classmethod
    def of(cls, text: str, tokenizer: Tokenizer) -> Segmented:
        """Split a text into sentences."""
        spans = sentence_spans(text)
        sentences = [f" {' '.join(text[a:b].split())}" for a, b in spans]
        encodings = tokenizer.encode_batch_fast(sentences, add_special_tokens=False)
        return cls(text, spans, [encoding.ids for encoding in encodings], tokenizer)

    @cached_property
    def n_tokens(self) -> NDArray[np.int64]:
        """The number of tokens of each sentence, (n,)."""
        return np.array([len(ids) for ids in self.ids], dtype=np.int64)

    @cached_property
    def sentences(self) -> list[str]:
        """The text of each sentence."""
        return [" ".join(self.text[a:b].split()) for a, b in self.spans]

    @cached_property
    def lines(self) -> list[int]:
        """The number of the line that each sentence begins in."""
        numbers, line, end = [], 0, 0
        for a, _ in self.spans:
            line += self.text.count("\n", end, a)
            numbers.append(line)
            end = a
        return numbers

    def passage(self, indices: Sequence[int], how: str) -> Passage:
        """The sentences with these ascending indices, without the last ones where the speakers' names leave no room.

        Those of one line are joined by a space; a turn of a dialogue whose first sentence is missing begins with the
        speaker's name all the same. The ids are those of the whole text: a tokenizer of this kind never joins a line
        break, or a word and the next one's space.
        """
        pieces: list[str] = []
        ids: list[int] = []
        for previous, i in zip([None, *indices], indices, strict=False):
            if previous is not None and self.lines[previous] == self.lines[i]:
                piece, piece_ids = f" {self.sentences[i]}", self.ids[i]
            else:
                piece = ("" if previous is None else "\n") + self._speaker(i) + self.sentences[i]
                piece_ids = self.tokenizer.encode(piece, add_special_tokens=False).ids
            if pieces and len(ids) + len(piece_ids) > MAX_PASSAGE_TOKENS:
                break
            pieces.append(piece)
            ids += piece_ids
        return Passage("".join(pieces), ids[:MAX_PASSAGE_TOKENS], how)

    def _speaker(self, i: int) -> str:
        """ "Name: " if sentence i continues a turn of a dialogue, else nothing."""
        if i == 0 or self.lines[i - 1] != self.lines[i]:
            return ""
        line_start = self.text.rfind("\n", 0, self.spans[i][0]) + 1
        speaker = SPEAKER.match(self.text, line_start)
        return f"{speaker[0]} " if speaker else ""


def leading_indices(n_tokens: NDArray[np.int64]) -> list[int]:
    """The first sentences of n that fit, at least one."""
    return list(range(max(1, int(np.searchsorted(n_tokens.cumsum(), MAX_PASSAGE_TOKENS, side="right")))))


def salient_indices(n_tokens: NDArray[np.int64], logits: NDArray[np.float32]) -> list[int]:
    """The most salient sentences of n by logits (n,) until the passage is full, in order, as the pipeline does it."""
    selected: list[int] = []
    n_free = MAX_PASSAGE_TOKENS
    for i in np.argsort(POSITION_PENALTY * np.log1p(np.arange(len(n_tokens))) - logits, kind="stable").tolist():
        if n_tokens[i] <= n_free or not selected:
            selected.append(i)
            n_free -= int(n_tokens[i])
        if n_free < MIN_FREE_TOKENS:
            break
    return sorted(selected)


def cheap_salience(sentences: Sequence[str], question: str = "") -> NDArray[np.float32]:
    """A stand-in for the selector's logits (n,), from a sentence's place, length and words; and from a question's.

    The weights are a least-squares fit to the logits of 167 news articles. On others of them, the correlation is 0.74,
    and the passages have three quarters of their tokens in common.
    """
    words = [_WORD.findall(sentence.lower()) for sentence in sentences]
    counts = Counter(word for of_sentence in words for word in set(of_sentence))
    central = np.array([sum(math.log(counts[w]) for w in set(ws)) / math.sqrt(len(ws) + 4) for ws in words])
    head, asked = {word for of_sentence in words[:2] for word in of_sentence}, set(_WORD.findall(question.lower()))
    logits = 0.18 * (central - central.mean()) / (central.std() + 1e-6)
    for i, (sentence, of_sentence) in enumerate(zip(sentences, words, strict=True)):
        tokens, distinct = sentence.split(), set(of_sentence)
        logits[i] += 0.37 * i / len(sentences) - 0.75 * math.log1p(i) - 0.4 * (i == 0)
        logits[i] += 0.15 * math.log1p(len(tokens)) - 0.6 * (len(tokens) < 6)
        logits[i] += 0.25 * (_DIGIT.search(sentence) is not None) - 0.24 * (_QUOTE.search(sentence) is not None)
        logits[i] += 0.73 * sum(token[0].isupper() for token in tokens[1:]) / len(tokens)
        logits[i] += (0.9 * len(distinct & head) * (i > 1) + 4 * len(distinct & asked)) / (len(distinct) + 2)
    return logits.astype(np.float32)


def wants_selector(pair: Pair) -> bool:
    """Whether a pair's document, if it is too long, is shortened by salience, not to its beginning."""
    return pair.kind not in LEADING_KINDS | {HEADLINE} or seeded(pair.id, "passage").random() < 0.5


def passage_of(pair: Pair, tokenizer: Tokenizer, logits: Sequence[float] | None) -> Passage:
    """The passage of a pair's document; logits: of the document's n sentences, if the selector scored them."""
    document = Segmented.of(pair.document, tokenizer)
    n_tokens = document.n_tokens
    if n_tokens.sum() <= MAX_PASSAGE_TOKENS:
        return document.passage(range(len(n_tokens)), "whole")
    if not wants_selector(pair):
        return document.passage(leading_indices(n_tokens), "lead")
    if logits is not None and len(logits) == len(n_tokens):
        return document.passage(salient_indices(n_tokens, np.array(logits, np.float32)), "selector")
    return document.passage(salient_indices(n_tokens, cheap_salience(document.sentences, pair.question)), "cheap")


def score_key(pair: Pair) -> str:
    """What the scores of a pair's document are found by: the row, and the question."""
    return "/".join(pair.id.split("/")[:-2])


def documents_to_score(data: Path, sets: Sequence[DataSet], tokenizer: Tokenizer, done: set[str]) -> Iterator[Pair]:
    """One pair of each long document that is to be shortened by salience, of the small sets first."""
    order = [*MAX_SCORED, "cnndm"]
    for data_set in sorted(sets, key=lambda s: order.index(s.name) if s.name in order else -1):
        for split in ("validation", "train"):
            n_scored = 0
            for row in select_rows(data, data_set, split):
                by_key = {score_key(pair): pair for pair in pairs_of(row, data_set) if wants_selector(pair)}
                for key, pair in by_key.items():
                    n_tokens = len(tokenizer.encode(pair.document).ids)
                    if n_tokens > MAX_PASSAGE_TOKENS and n_scored < MAX_SCORED.get(data_set.name, 10**9):
                        n_scored += 1
                        if key not in done:
                            yield pair


def read_scores(path: Path | None) -> dict[str, list[float]]:
    """Salience logits of documents by their key; none without a file."""
    if path is None or not path.exists():
        return {}
    with path.open(encoding="utf-8") as lines:
        return {score["key"]: score["logits"] for score in map(json.loads, lines)}


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("tokenizer_file", type=click.Path(exists=True, path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--model", default="news", show_default=True, help="The model that scores: its name or folder.")
@click.option("--minutes", type=click.FloatRange(0), default=20.0, show_default=True, help="Stop after so long.")
@click.option("--non-commercial", is_flag=True, help="The sets that forbid commercial use, instead of the others.")
def main(data: Path, tokenizer_file: Path, output: Path, model: str, minutes: float, non_commercial: bool) -> None:
    """Append the salience of the sentences of long documents in DATA to OUTPUT."""
    import torch

    from summarize.checkpoints.model_folder import find_model, load_model
    from summarize.network.quantization import quantize
    from summarize.pipeline.encoder import DocumentEncoder, SentenceRange
    from summarize.pipeline.engine import QUERY_WEIGHT
    from summarize.selection.bm25 import relevance

    network, words, search = load_model(find_model(model))
    quantize(network)
    encoder = DocumentEncoder(network, words, min(search.max_src, network.config.max_src))
    tokenizer, end = Tokenizer.from_file(str(tokenizer_file)), time.monotonic() + 60 * minutes
    sets = NON_COMMERCIAL_SETS if non_commercial else MAIN_SETS
    with output.open("a", encoding="utf-8", buffering=1) as out, torch.inference_mode():
        for pair in documents_to_score(data, sets, tokenizer, set(read_scores(output))):
            if time.monotonic() > end:
                break
            (document,) = encoder.segment([pair.document])
            (logits,) = encoder.salience_logits([SentenceRange(document, 0, len(document))])
            assert logits is not None
            if pair.question:
                texts = [document.sentence_text(i) for i in range(len(document))]
                logits = logits + QUERY_WEIGHT * relevance(pair.question, texts)
            print(json.dumps({"key": score_key(pair), "logits": np.round(logits, 2).tolist()}), file=out)


if __name__ == "__main__":
    main()
