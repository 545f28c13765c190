"""Documents cut into sentences, and these read: window after window, each sentence scored; or as one passage, all of
the document where it fits, else its most worthwhile sentences, in order.

Time grows with the length of a text; what is kept of a long one is a few numbers a sentence, so memory hardly does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

import numpy as np

from summarize.network.padding import SENTENCE_MULTIPLE, SRC_MULTIPLE, pad, sentence_window, source_window
from summarize.network.pointer_generator import Memory, PointerGenerator
from summarize.text.pronouns import PronounResolver
from summarize.text.sentences import sentence_spans
from summarize.text.tokenizer import Encoding, Tokenizer

CHUNK = 100_000  # characters that are cut into sentences and tokens at once
KEPT = 20_000  # characters of a text whose tokens are kept, for it is read again; those of longer ones are made again
AHEAD = 32  # windows that are looked at for some of like length
BATCH = 16  # windows that are read at once by a GPU; a processor is as fast with one, and needs less memory
# What is read should hang together: of two sentences of like worth the earlier one is read. (Validation rows, see
# models/LOG.md: the model writes better from a beginning than from sentences far apart.)
PLACE_WEIGHT = 0.7
SHORTEST = 8  # tokens: in less room no sentence is looked for


@dataclass(frozen=True)
class SegmentedDocument:
    """A text's sentences, in order: characters spans (n, 2), how many tokens and words each has (n,), the numbers of
    those that are headings, where there is a query, what it adds to the log-odds of each being worth telling (n,), and,
    of a short text, the tokens of each."""

    text: str
    spans: np.ndarray
    sizes: np.ndarray
    words: np.ndarray
    headings: frozenset[int] = frozenset()
    relevance: np.ndarray | None = None
    encodings: tuple[Encoding, ...] | None = None
    naming: PronounResolver | None = None  # puts the names of speakers into tokens

    def __len__(self) -> int:
        return len(self.spans)

    def of(self, i: int) -> str:
        """The text of sentence i."""
        start, end = self.spans[i]
        return self.text[start:end]


@dataclass(frozen=True)
class SentenceRange:
    """Sentences first … last − 1 of a document."""

    document: SegmentedDocument
    first: int
    last: int

    @property
    def tokens(self) -> int:
        """Of all its sentences."""
        return int(self.document.sizes[self.first : self.last].sum())

    @property
    def words(self) -> int:
        """Of all its sentences."""
        return int(self.document.words[self.first : self.last].sum())


@dataclass(frozen=True)
class Passage:
    """What the model reads at once: tokens of some of a document's sentences, with their places in the whole text."""

    document: SegmentedDocument
    encoding: Encoding
    numbers: np.ndarray  # for each token, the number of its sentence among those of the passage
    places: np.ndarray  # (n,): the number in the document of each of these sentences
    words: int

    @property
    def reach(self) -> tuple[int, int]:
        """From which character of the text to which its sentences reach; what stands between may be left out."""
        spans = self.document.spans[self.places]
        return int(spans[:, 0].min(initial=len(self.document.text))), int(spans[:, 1].max(initial=0))


@dataclass(frozen=True)
class Window:
    """Some sentences in a row that are read together: the number of the stretch that they are of, and their tokens."""

    stretch: int
    passage: Passage


class DocumentEncoder:
    """Cuts documents into sentences, has the model score them, and makes passages of those that are chosen."""

    def __init__(
        self, model: PointerGenerator, tokenizer: Tokenizer, max_src: int, *, name_speakers: bool = False
    ) -> None:
        """max_src: tokens that are read at once, START and END among them; name_speakers: whether conversations are
        read with their speakers' names."""
        self.model, self.tokenizer, self.max_src, self._name_speakers = model, tokenizer, max_src, name_speakers

    @property
    def room(self) -> int:
        """Tokens of a text that fit one passage."""
        return self.max_src - 2

    def cut(self, texts: Sequence[str]) -> list[SegmentedDocument]:
        """The sentences of texts, not scored."""
        return [self._cut(text) for text in texts]

    def worth(self, stretches: Sequence[SentenceRange]) -> list[np.ndarray | None]:
        """Of each, the log-odds of its sentences being worth telling (n,), and what a query adds to them; None where
        the model knows nothing of it and there is no query."""
        if not self.model.config.salience:
            asked = [stretch.document.relevance for stretch in stretches]
            return [own if own is None else own[s.first : s.last] for own, s in zip(asked, stretches, strict=True)]
        found = [np.zeros(stretch.last - stretch.first, np.float32) for stretch in stretches]
        for windows, memory in self.read(stretches):
            for window, odds in zip(windows, self.odds(windows, memory), strict=True):
                found[window.stretch][window.passage.places - stretches[window.stretch].first] = odds
        return list(found)

    def read(self, stretches: Sequence[SentenceRange]) -> Iterator[tuple[list[Window], Memory]]:
        """Every sentence of these, in windows of as many whole ones as fit and batches of windows of like length."""
        windows = (window for number, stretch in enumerate(stretches) for window in self._windows(number, stretch))
        at_once = 1 if self.model.output_bias.device.type == "cpu" else BATCH
        while some := sorted(islice(windows, AHEAD), key=_padded):
            for _, alike in groupby(some, key=_padded):
                while batch := list(islice(alike, at_once)):
                    yield batch, self.encode([window.passage for window in batch])

    def odds(self, windows: Sequence[Window], memory: Memory) -> list[np.ndarray]:
        """The log-odds of being worth telling of the sentences of windows in memory, each (n,)."""
        assert memory.salience is not None
        salience, found = memory.salience.float().cpu().numpy(), []
        for own, window in zip(salience, windows, strict=True):
            places, relevance = window.passage.places, window.passage.document.relevance
            found.append(own[: len(places)] + (0 if relevance is None else relevance[places]))
        return found

    def _cut(self, text: str) -> SegmentedDocument:
        spans: list[tuple[int, int]] = []
        sizes: list[int] = []
        kept: list[Encoding] | None = [] if len(text) <= KEPT else None
        naming = PronounResolver(self.tokenizer, text) if self._name_speakers else None
        for part in _chunks(text):
            encoded = self._encode(text, part, naming)
            sizes += [len(encoding.ids) for encoding in encoded]
            spans += part
            if kept is not None:
                kept += encoded
        words = np.array([_words(text, start, end) for start, end in spans], dtype=np.int64)
        places = np.array(spans, dtype=np.int64).reshape(-1, 2)
        encodings = None if kept is None else tuple(kept)
        return SegmentedDocument(
            text, places, np.array(sizes, dtype=np.int64), words, encodings=encodings, naming=naming
        )

    def _encode(self, text: str, spans: Sequence[tuple[int, int]], naming: PronounResolver | None) -> list[Encoding]:
        """The tokens of stretches of a text, as places of the text."""
        encoded = self.tokenizer.encode_batch([text[start:end] for start, end in spans])
        placed = [own.placed(text, start) for own, (start, _) in zip(encoded, spans, strict=True)]
        return placed if naming is None else [naming.named(own).encoding for own in placed]

    def _encodings(self, sentences: SegmentedDocument, chosen: Iterable[int]) -> list[Encoding]:
        """The tokens of some sentences."""
        if sentences.encodings is not None:
            return [sentences.encodings[i] for i in chosen]
        spans = [(int(start), int(end)) for start, end in sentences.spans[list(chosen)]]
        return self._encode(sentences.text, spans, sentences.naming)

    def _windows(self, number: int, stretch: SentenceRange) -> Iterator[Window]:
        document, first = stretch.document, stretch.first
        while first < stretch.last:
            size, last = document.sizes[first], first + 1
            while last < stretch.last and size + document.sizes[last] <= self.room:
                size, last = size + document.sizes[last], last + 1
            yield Window(number, self.passage(document, range(first, last)))
            first = last

    def encode(self, passages: Sequence[Passage]) -> Memory:
        """The model's memory of passages, with the salience of their sentences if it has any."""
        device = self.model.output_bias.device
        windows = [source_window(p.encoding.ids, self.max_src) for p in passages]
        src = pad(windows, SRC_MULTIPLE)[:, : self.max_src].to(device)
        if not self.model.config.salience:
            return self.model.encode(src)
        numbers = [sentence_window(p.numbers, self.max_src) + 1 for p in passages]
        sentences = pad(numbers, SRC_MULTIPLE)[:, : self.max_src] - 1
        places = pad([np.pad(p.places, (0, SENTENCE_MULTIPLE)) for p in passages], SENTENCE_MULTIPLE)
        return self.model.encode(src, sentences=sentences.to(device), places=places.to(device))

    def whole(self, sentences: SegmentedDocument, chosen: Sequence[int] | np.ndarray) -> tuple[Encoding, np.ndarray]:
        """The tokens of the chosen sentences in a row, and for each the number of its sentence among these."""
        encoded = self._encodings(sentences, chosen)
        ids = [token for encoding in encoded for token in encoding.ids]
        spans = [span for encoding in encoded for span in encoding.spans]
        numbers = np.repeat(np.arange(len(encoded)), [len(encoding.ids) for encoding in encoded])
        return Encoding(sentences.text, ids, spans), numbers

    def passage(self, sentences: SegmentedDocument, chosen: Sequence[int] | np.ndarray) -> Passage:
        """The chosen sentences, in order, as tokens; what does not fit is cut off at a word's end."""
        whole, numbers = self.whole(sentences, chosen)
        head = whole if len(whole.ids) <= self.room else whole.head(self.room)
        words = int(sentences.words[list(chosen)].sum())
        if len(head.ids) < len(whole.ids) and head.ids:  # only the last sentence's words are incomplete
            last = numbers[len(head.ids) - 1]
            start, end = int(sentences.spans[chosen[last]][0]), head.spans[-1][1]
            words = int(sentences.words[list(chosen[:last])].sum()) + _words(sentences.text, start, end)
        places = np.asarray(chosen, dtype=np.int64)
        return Passage(sentences, head, numbers[: len(head.ids)], places, words)

    def choose(self, stretch: SentenceRange, worth: np.ndarray | None, room: int) -> np.ndarray:
        """The sentences of a stretch to read in so many tokens: all where they fit, else the most worthwhile, in order;
        where it is not known how worthwhile they are, the first ones."""
        sizes = stretch.document.sizes[stretch.first : stretch.last]
        if sizes.sum() <= room:
            return np.arange(stretch.first, stretch.last)
        if worth is None:
            return np.arange(stretch.first, stretch.first + int(np.searchsorted(sizes.cumsum(), room)) + 1)
        chosen: list[int] = []
        order = worth - PLACE_WEIGHT * np.log1p(np.arange(len(sizes)))
        for i in np.argsort(-order, kind="stable"):
            if sizes[i] <= room or not chosen:
                chosen.append(stretch.first + int(i))
                room -= sizes[i]
            if room < SHORTEST:
                break
        return np.array(sorted(chosen))


def _padded(window: Window) -> int:
    """How many times SRC_MULTIPLE tokens a window is read as, START and END among them."""
    return -(-(len(window.passage.encoding.ids) + 2) // SRC_MULTIPLE)


def _words(text: str, start: int, end: int) -> int:
    """How many words begin between two characters."""
    inside = start > 0 and not text[start - 1].isspace() and not text[start].isspace()
    return len(text[start:end].split()) - inside


def _chunks(text: str) -> Iterator[list[tuple[int, int]]]:
    """Sentence spans of a text, a stretch of it at a time, so that a long one need not be held in tokens at once."""
    start = 0
    while start < len(text):
        end = min(len(text), start + CHUNK)
        spans = [(start + a, start + b) for a, b in sentence_spans(text[start:end])]
        if end < len(text) and len(spans) > 1:  # the last sentence may go on beyond the cut
            end = spans.pop()[0]
        yield spans
        start = end
