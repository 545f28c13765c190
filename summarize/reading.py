"""What of a document is read: all of it where it fits the model's window, else its most worthwhile sentences, in order.

Every sentence of the whole text is scored, window after window, so time grows with the length of the text; kept are a
few numbers a sentence, so memory hardly does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from summarize.batching import SENTENCE_MULTIPLE, SRC_MULTIPLE, pad, sentence_window, source_window
from summarize.model import Memory, PointerGenerator
from summarize.sentences import sentence_spans
from summarize.tokenizer import Encoding, Tokenizer

CHUNK = 100_000  # characters that are cut into sentences and pieces at once
KEPT = 20_000  # characters of a text whose pieces are kept, for it is read again; those of longer ones are made again
BATCH, AHEAD = 8, 32  # windows that are scored at once, and looked at for some of like length
# What is read should hang together: of two sentences of like worth the earlier one is read. (Validation rows, see
# models/LOG.md: the model writes better from a beginning than from sentences far apart.)
PLACE_WEIGHT = 0.7
SHORTEST = 8  # pieces: in less room no sentence is looked for


@dataclass(frozen=True)
class Sentences:
    """A text's sentences, in order: characters spans (n, 2), how many pieces and words each has (n,), where they were
    scored, the log-odds of each being worth telling (n,), the numbers of those that are headings, and, of a short text,
    the pieces of each."""

    text: str
    spans: np.ndarray
    sizes: np.ndarray
    words: np.ndarray
    salience: np.ndarray | None = None
    headings: frozenset[int] = frozenset()
    encodings: tuple[Encoding, ...] | None = None

    def __len__(self) -> int:
        return len(self.spans)

    def of(self, i: int) -> str:
        """The text of sentence i."""
        start, end = self.spans[i]
        return self.text[start:end]


@dataclass(frozen=True)
class Passage:
    """What the model reads at once: pieces of some of a document's sentences, with their places in the whole text."""

    document: Sentences
    encoding: Encoding
    numbers: np.ndarray  # for each piece, the number of its sentence among those of the passage
    places: np.ndarray  # (n,): the number in the document of each of these sentences
    words: int


@dataclass(frozen=True)
class _Window:
    """Some sentences in a row that are scored together: whose they are, and their pieces."""

    text: int
    first: int
    ids: np.ndarray
    numbers: np.ndarray


class Reader:
    """Cuts documents into sentences, has the model score them, and makes passages of those that are chosen."""

    def __init__(self, model: PointerGenerator, tokenizer: Tokenizer, max_src: int) -> None:
        """max_src: pieces that are read at once, START and END among them."""
        self.model, self.tokenizer, self.max_src = model, tokenizer, max_src

    @property
    def room(self) -> int:
        """Pieces of a text that fit one passage."""
        return self.max_src - 2

    def sentences(self, texts: Sequence[str], score_all: bool = False) -> list[Sentences]:
        """The sentences of texts; scored where there are more than fit one passage (score_all: in any case), if the
        model can."""
        cut = [self._cut(text) for text in texts]
        if not self.model.config.salience:
            return cut
        chosen = [i for i, s in enumerate(cut) if len(s) and (score_all or s.sizes.sum() > self.room)]
        for i, salience in zip(chosen, self._score([cut[i] for i in chosen]), strict=True):
            cut[i] = replace(cut[i], salience=salience)
        return cut

    def _cut(self, text: str) -> Sentences:
        spans: list[tuple[int, int]] = []
        sizes: list[int] = []
        kept: list[Encoding] | None = [] if len(text) <= KEPT else None
        for part in _chunks(text):
            encoded = self.tokenizer.encode_batch([text[start:end] for start, end in part])
            sizes += [len(encoding.ids) for encoding in encoded]
            spans += part
            if kept is not None:
                kept += encoded
        words = np.array([_words(text, start, end) for start, end in spans], dtype=np.int64)
        places = np.array(spans, dtype=np.int64).reshape(-1, 2)
        return Sentences(
            text, places, np.array(sizes, dtype=np.int64), words, encodings=None if kept is None else tuple(kept)
        )

    def _encodings(self, sentences: Sentences, chosen: Iterable[int]) -> list[Encoding]:
        """The pieces of some sentences."""
        if sentences.encodings is not None:
            return [sentences.encodings[i] for i in chosen]
        return self.tokenizer.encode_batch([sentences.of(i) for i in chosen])

    def _in_a_row(self, sentences: Sentences, chosen: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
        """Pieces of some sentences in a row, and the number of the sentence of each, among these."""
        encoded = self._encodings(sentences, chosen)
        ids = np.array([i for e in encoded for i in e.ids], dtype=np.int64)
        return ids, np.repeat(np.arange(len(encoded)), [len(e.ids) for e in encoded])

    def _windows(self, number: int, sentences: Sentences) -> Iterator[_Window]:
        """The sentences of one text in windows of as many whole ones as fit."""
        first = 0
        while first < len(sentences):
            size, last = sentences.sizes[first], first + 1
            while last < len(sentences) and size + sentences.sizes[last] <= self.room:
                size, last = size + sentences.sizes[last], last + 1
            yield _Window(number, first, *self._in_a_row(sentences, range(first, last)))
            first = last

    def _score(self, texts: Sequence[Sentences]) -> list[np.ndarray]:
        """The salience of every sentence of texts, in batches of windows that may be of several texts."""
        found = [np.zeros(len(s), dtype=np.float32) for s in texts]
        windows = (window for i, s in enumerate(texts) for window in self._windows(i, s))
        while some := sorted(islice(windows, AHEAD), key=lambda window: len(window.ids)):  # little is then padded
            for start in range(0, len(some), BATCH):
                batch = some[start : start + BATCH]
                for window, own, salience in zip(batch, *self._score_batch(batch), strict=True):
                    found[window.text][own] = salience[: len(own)]
        return found

    def _score_batch(self, batch: Sequence[_Window]) -> tuple[list[np.ndarray], np.ndarray]:
        """Windows' sentences, as numbers in their texts, and their salience (B, ≥ n)."""
        places = [w.first + np.arange(w.numbers[-1] + 1 if len(w.numbers) else 0) for w in batch]
        memory = self.encode([(w.ids, w.numbers) for w in batch], places)
        assert memory.salience is not None
        return places, memory.salience.cpu().numpy()

    def encode(self, windows: Sequence[tuple[np.ndarray, np.ndarray]], places: Sequence[np.ndarray]) -> Memory:
        """The model's memory of windows of (ids, sentence numbers), with the sentences' places in their documents."""
        device = self.model.output_bias.device
        src = pad([source_window(ids, self.max_src) for ids, _ in windows], SRC_MULTIPLE)[:, : self.max_src]
        if not self.model.config.salience:
            return self.model.encode(src.to(device))
        numbers = pad([sentence_window(n, self.max_src) + 1 for _, n in windows], SRC_MULTIPLE)[:, : self.max_src] - 1
        padded = pad([np.pad(p, (0, SENTENCE_MULTIPLE)) for p in places], SENTENCE_MULTIPLE)
        return self.model.encode(src.to(device), sentences=numbers.to(device), places=padded.to(device))

    def passage(self, sentences: Sentences, chosen: Sequence[int] | np.ndarray) -> Passage:
        """The chosen sentences, in order, as pieces; what does not fit is cut off at a word's end."""
        ids: list[int] = []
        spans: list[tuple[int, int]] = []
        numbers: list[int] = []
        encoded = self._encodings(sentences, chosen)
        for number, (i, encoding) in enumerate(zip(chosen, encoded, strict=True)):
            offset = int(sentences.spans[i][0])
            ids += encoding.ids
            spans += [(start + offset, end + offset) for start, end in encoding.spans]
            numbers += [number] * len(encoding.ids)
        whole = Encoding(sentences.text, ids, spans)
        head = whole.head(min(len(ids), self.room))
        words = int(sentences.words[list(chosen)].sum())
        if len(head.ids) < len(ids) and head.ids:  # only the last sentence's words are incomplete
            last = numbers[len(head.ids) - 1]
            start, end = int(sentences.spans[chosen[last]][0]), head.spans[-1][1]
            words = int(sentences.words[list(chosen[:last])].sum()) + _words(sentences.text, start, end)
        places = np.asarray(chosen, dtype=np.int64)
        return Passage(sentences, head, np.array(numbers[: len(head.ids)], dtype=np.int64), places, words)

    def choose(
        self, sentences: Sentences, first: int = 0, last: int | None = None, room: int | None = None
    ) -> np.ndarray:
        """Of the sentences first … last − 1, those to read: all where they fit, else the most worthwhile, in order;
        without scores, the first ones. room: pieces, at most and by default as many as fit."""
        last = len(sentences) if last is None else last
        room = self.room if room is None else min(room, self.room)
        sizes = sentences.sizes[first:last]
        if sizes.sum() <= room:
            return np.arange(first, last)
        if sentences.salience is None:
            return np.arange(first, first + int(np.searchsorted(sizes.cumsum(), room)) + 1)
        chosen: list[int] = []
        order = sentences.salience[first:last] - PLACE_WEIGHT * np.log1p(np.arange(last - first))
        for i in np.argsort(-order, kind="stable"):
            if sizes[i] <= room or not chosen:
                chosen.append(first + int(i))
                room -= sizes[i]
            if room < SHORTEST:
                break
        return np.array(sorted(chosen))


def _words(text: str, start: int, end: int) -> int:
    """How many words begin between two characters."""
    inside = start > 0 and not text[start - 1].isspace() and not text[start].isspace()
    return len(text[start:end].split()) - inside


def _chunks(text: str) -> Iterator[list[tuple[int, int]]]:
    """Sentence spans of a text, a stretch of it at a time, so that a long one need not be held in pieces at once."""
    start = 0
    while start < len(text):
        end = min(len(text), start + CHUNK)
        spans = [(start + a, start + b) for a, b in sentence_spans(text[start:end])]
        if end < len(text) and len(spans) > 1:  # the last sentence may go on beyond the cut
            end = spans.pop()[0]
        yield spans
        start = end
