"""Documents to memories: segmentation into sentences, windows of sentences with salience logits, selected sentences.

Time is linear in the length of a text. Of a long text only a few numbers per sentence are kept, so memory hardly grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, islice

import numpy as np

from summarize.network.memory import Memory
from summarize.network.padding import SENTENCE_MULTIPLE, SRC_MULTIPLE, pad, sentence_window, source_window
from summarize.network.pointer_generator import PointerGenerator
from summarize.text.conversation import Turn, find_turns
from summarize.text.language import ENGLISH
from summarize.text.matching import count_words
from summarize.text.pronouns import PronounResolver
from summarize.text.sentences import ends_sentence, sentence_spans
from summarize.text.tokenizer import Encoding, Tokenizer

CHUNK_CHARS = 100_000  # of a text, segmented and tokenized at once
MAX_CACHED_CHARS = 20_000  # the tokens of a text up to this length are kept; those of longer texts are made again
SORTED_WINDOWS = 32  # windows among which batches of equal length are formed
GPU_BATCH = 16  # windows encoded at once by a GPU; a CPU is as fast with one, and needs less memory
# Selected sentences should be coherent: of two sentences with similar logits the earlier one is selected.
# (Validation rows, see models/LOG.md: the model generates better from a beginning than from scattered sentences.)
POSITION_PENALTY = 0.7
MIN_MARKED = 0.6  # of the words of a punctuated text, in sentences with a mark at their ends
MIN_FREE_TOKENS = 8  # with less free space, no further sentence is selected


# The cached properties of a document, which depend on its text and sentences alone.
_FOUND_IN_TEXT = frozenset({"turns", "speakers", "is_punctuated"})


@dataclass(frozen=True)
class SegmentedDocument:
    """A text and its n sentences, in order."""

    text: str
    spans: np.ndarray  # (n, 2): the characters [start, end) of each sentence
    n_tokens: np.ndarray  # (n,)
    n_words: np.ndarray  # (n,)
    headings: frozenset[int] = frozenset()  # indices of the sentences that are headings
    relevance: np.ndarray | None = None  # (n,): what a query, or the document's form, adds to the salience logits
    encodings: tuple[Encoding, ...] | None = None  # the tokens of each sentence; None for a long text
    pronouns: PronounResolver | None = None  # puts the names of speakers into tokens

    def __len__(self) -> int:
        return len(self.spans)

    @cached_property
    def turns(self) -> list[Turn]:
        """The turns of the text if it is a conversation, else none; found once, however many parts it has."""
        return find_turns(self.text)

    @cached_property
    def speakers(self) -> frozenset[str]:
        """The names of those who speak in a conversation."""
        return frozenset(turn.speaker for turn in self.turns)

    def with_relevance(self, relevance: np.ndarray | None) -> SegmentedDocument:
        """The same document with another relevance (n,); what was found in the text is not looked for again."""
        document = replace(self, relevance=relevance)
        found = {name: value for name, value in vars(self).items() if name in _FOUND_IN_TEXT}
        vars(document).update(found)
        return document

    @cached_property
    def is_punctuated(self) -> bool:
        """Whether most words are in sentences that end with a mark, so that what has none is a heading or cut off."""
        n_marked = sum(int(self.n_words[i]) for i in range(len(self)) if ends_sentence(self.sentence_text(i)))
        return n_marked >= MIN_MARKED * int(self.n_words.sum())

    def sentence_text(self, i: int) -> str:
        """The text of sentence i."""
        start, end = self.spans[i]
        return self.text[start:end]


@dataclass(frozen=True)
class SentenceRange:
    """Sentences [first, last) of a document."""

    document: SegmentedDocument
    first: int
    last: int

    @property
    def n_tokens(self) -> int:
        """The number of tokens of all its sentences."""
        return int(self.document.n_tokens[self.first : self.last].sum())

    @property
    def n_words(self) -> int:
        """The number of words of all its sentences."""
        return int(self.document.n_words[self.first : self.last].sum())

    @property
    def relevance(self) -> np.ndarray | None:
        """What a query or the document's form adds to the salience logits of its n sentences, (n,); or None."""
        relevance = self.document.relevance
        return None if relevance is None else relevance[self.first : self.last]


@dataclass(frozen=True)
class SourceTokens:
    """The tokens of some of a document's sentences, which the network encodes, or copies from, as one source."""

    document: SegmentedDocument
    encoding: Encoding  # its spans are characters of the whole text
    sentence_of_token: np.ndarray  # (n_tokens,): index into sentence_indices
    sentence_indices: np.ndarray  # (n_sentences,): indices of the sentences in the document
    n_words: int
    n_before: int = 1  # tokens before these in the network's source: START, for a writer with its prompt

    @property
    def text(self) -> str:
        """The sentences, a line each."""
        return "\n".join(self.document.sentence_text(int(i)) for i in self.sentence_indices)

    @property
    def char_range(self) -> tuple[int, int]:
        """The characters [start, end) from its first to its last sentence; sentences between may be missing."""
        spans = self.document.spans[self.sentence_indices]
        return int(spans[:, 0].min(initial=len(self.document.text))), int(spans[:, 1].max(initial=0))


@dataclass(frozen=True)
class Window:
    """Consecutive sentences that are encoded together, and the index of the range that they belong to."""

    range_index: int
    source: SourceTokens


class DocumentEncoder:
    """Segments documents, scores their sentences by salience, and encodes windows or selected sentences."""

    def __init__(
        self, model: PointerGenerator, tokenizer: Tokenizer, max_src: int, *, name_speakers: bool = False
    ) -> None:
        """max_src: tokens encoded at once, START and END included; name_speakers: replace pronouns in conversations by
        the names of the speakers."""
        self.model, self.tokenizer, self.max_src, self._name_speakers = model, tokenizer, max_src, name_speakers

    @property
    def max_text_tokens(self) -> int:
        """Tokens of a text that fit in one source, START and END not counted."""
        return self.max_src - 2

    def segment(self, texts: Sequence[str], language: str = ENGLISH) -> list[SegmentedDocument]:
        """Split texts into sentences, by the rules of a language (an ISO 639 code), and tokens."""
        return [self._segment(text, language) for text in texts]

    def salience_logits(self, ranges: Sequence[SentenceRange]) -> list[np.ndarray | None]:
        """The salience logits (n,) of each range's n sentences, with what a query or the document's form adds.

        Without a salience head, that alone; None where there is neither.
        """
        if not self.model.config.salience:
            return [sentence_range.relevance for sentence_range in ranges]
        logits = [np.zeros(r.last - r.first, np.float32) for r in ranges]
        for windows, memory in self.encode_windows(ranges):
            for window, values in zip(windows, self.window_salience_logits(windows, memory), strict=True):
                logits[window.range_index][window.source.sentence_indices - ranges[window.range_index].first] = values
        return list(logits)

    def encode_windows(self, ranges: Sequence[SentenceRange]) -> Iterator[tuple[list[Window], Memory]]:
        """Batches of windows with their memories: every sentence of the ranges once.

        A window has as many consecutive whole sentences as fit; the windows of a batch have similar lengths.
        """
        windows = (window for i, sentence_range in enumerate(ranges) for window in self._windows(i, sentence_range))
        batch_size = 1 if self.model.output_bias.device.type == "cpu" else GPU_BATCH
        while upcoming := sorted(islice(windows, SORTED_WINDOWS), key=_padded_multiple):
            for _, same_length in groupby(upcoming, key=_padded_multiple):
                while batch := list(islice(same_length, batch_size)):
                    yield batch, self.encode([window.source for window in batch])

    def window_salience_logits(self, windows: Sequence[Window], memory: Memory) -> list[np.ndarray]:
        """The salience logits (n,) of each window's n sentences, with what a query or the document's form adds; memory:
        of these windows."""
        assert memory.salience_logits is not None
        logits = []
        for values, window in zip(memory.salience_logits.float().cpu().numpy(), windows, strict=True):
            indices, relevance = window.source.sentence_indices, window.source.document.relevance
            logits.append(values[: len(indices)] + (0 if relevance is None else relevance[indices]))
        return logits

    def encode(self, sources: Sequence[SourceTokens]) -> Memory:
        """The network's memory of B sources, with the salience of their sentences if it has a salience head."""
        device = self.model.output_bias.device
        ids = [source_window(source.encoding.ids, self.max_src) for source in sources]
        src = pad(ids, SRC_MULTIPLE)[:, : self.max_src].to(device)
        if not self.model.config.salience:
            return self.model.encode(src)
        numbers = [sentence_window(source.sentence_of_token, self.max_src) + 1 for source in sources]
        sentences = pad(numbers, SRC_MULTIPLE)[:, : self.max_src] - 1
        indices = [np.pad(source.sentence_indices, (0, SENTENCE_MULTIPLE)) for source in sources]
        positions = pad(indices, SENTENCE_MULTIPLE)
        return self.model.encode(src, sentences=sentences.to(device), sentence_positions=positions.to(device))

    def select_sentences(self, sentence_range: SentenceRange, logits: np.ndarray | None, max_tokens: int) -> np.ndarray:
        """The indices, ascending, of a range's sentences to encode in max_tokens: all if they fit, else the most
        salient by logits (n,), else, without logits, the first ones."""
        first, last = sentence_range.first, sentence_range.last
        n_tokens = sentence_range.document.n_tokens[first:last]
        if n_tokens.sum() <= max_tokens:
            return np.arange(first, last)
        if logits is None:
            return np.arange(first, first + int(np.searchsorted(n_tokens.cumsum(), max_tokens)) + 1)
        selected: list[int] = []
        n_free = max_tokens
        ranks = logits - POSITION_PENALTY * np.log1p(np.arange(len(n_tokens)))
        for i in np.argsort(-ranks, kind="stable"):
            if n_tokens[i] <= n_free or not selected:
                selected.append(first + int(i))
                n_free -= n_tokens[i]
            if n_free < MIN_FREE_TOKENS:
                break
        return np.array(sorted(selected))

    def source_tokens(self, document: SegmentedDocument, indices: Sequence[int] | np.ndarray) -> SourceTokens:
        """The sentences with these ascending indices as one source, cut off at the end of a word where it is full."""
        whole, sentence_of_token = self.sentence_tokens(document, indices)
        head = whole if len(whole.ids) <= self.max_text_tokens else whole.truncated(self.max_text_tokens)
        n_words = int(document.n_words[list(indices)].sum())
        if len(head.ids) < len(whole.ids) and head.ids:  # only the last sentence's words are incomplete
            last = sentence_of_token[len(head.ids) - 1]
            start, end = int(document.spans[indices[last]][0]), head.spans[-1][1]
            n_words = int(document.n_words[list(indices[:last])].sum()) + _count_words(document.text, start, end)
        kept = sentence_of_token[: len(head.ids)]
        return SourceTokens(document, head, kept, np.asarray(indices, dtype=np.int64), n_words)

    def sentence_tokens(
        self, document: SegmentedDocument, indices: Sequence[int] | np.ndarray
    ) -> tuple[Encoding, np.ndarray]:
        """The tokens of the sentences with these indices, and for each token (n_tokens,) its sentence's position in
        indices."""
        encodings = self._encodings(document, indices)
        ids = [token for encoding in encodings for token in encoding.ids]
        spans = [span for encoding in encodings for span in encoding.spans]
        sentence_of_token = np.repeat(np.arange(len(encodings)), [len(encoding.ids) for encoding in encodings])
        return Encoding(document.text, ids, spans), sentence_of_token

    def _segment(self, text: str, language: str) -> SegmentedDocument:
        spans: list[tuple[int, int]] = []
        n_tokens: list[int] = []
        cached: list[Encoding] | None = [] if len(text) <= MAX_CACHED_CHARS else None
        pronouns = PronounResolver(self.tokenizer, text) if self._name_speakers else None
        for chunk in _sentence_chunks(text, language):
            encodings = self._tokenize(text, chunk, pronouns)
            n_tokens += [len(encoding.ids) for encoding in encodings]
            spans += chunk
            if cached is not None:
                cached += encodings
        return SegmentedDocument(
            text,
            np.array(spans, dtype=np.int64).reshape(-1, 2),
            np.array(n_tokens, dtype=np.int64),
            np.array([_count_words(text, start, end) for start, end in spans], dtype=np.int64),
            encodings=None if cached is None else tuple(cached),
            pronouns=pronouns,
        )

    def _tokenize(
        self, text: str, spans: Sequence[tuple[int, int]], pronouns: PronounResolver | None
    ) -> list[Encoding]:
        """The tokens of each span of a text; their own spans are characters of the whole text."""
        encodings = self.tokenizer.encode_batch([text[start:end] for start, end in spans])
        placed = [encoding.shifted_into(text, start) for encoding, (start, _) in zip(encodings, spans, strict=True)]
        return placed if pronouns is None else [pronouns.resolve(encoding).encoding for encoding in placed]

    def _encodings(self, document: SegmentedDocument, indices: Iterable[int]) -> list[Encoding]:
        """The tokens of each of these sentences."""
        if document.encodings is not None:
            return [document.encodings[i] for i in indices]
        spans = [(int(start), int(end)) for start, end in document.spans[list(indices)]]
        return self._tokenize(document.text, spans, document.pronouns)

    def _windows(self, range_index: int, sentence_range: SentenceRange) -> Iterator[Window]:
        document, first = sentence_range.document, sentence_range.first
        while first < sentence_range.last:
            n_tokens, last = document.n_tokens[first], first + 1
            while last < sentence_range.last and n_tokens + document.n_tokens[last] <= self.max_text_tokens:
                n_tokens, last = n_tokens + document.n_tokens[last], last + 1
            yield Window(range_index, self.source_tokens(document, range(first, last)))
            first = last


def _padded_multiple(window: Window) -> int:
    """The padded length of a window with START and END, in units of SRC_MULTIPLE tokens."""
    return -(-(len(window.source.encoding.ids) + 2) // SRC_MULTIPLE)


def _count_words(text: str, start: int, end: int) -> int:
    """The number of words that begin in text[start:end]."""
    starts_inside_word = start > 0 and not text[start - 1].isspace() and not text[start].isspace()
    return count_words(text[start:end]) - starts_inside_word


def _sentence_chunks(text: str, language: str) -> Iterator[list[tuple[int, int]]]:
    """The sentence spans of a text, a chunk at a time, so that a long text is never tokenized as a whole."""
    start = 0
    while start < len(text):
        end = min(len(text), start + CHUNK_CHARS)
        spans = [(start + a, start + b) for a, b in sentence_spans(text[start:end], language)]
        if end < len(text) and len(spans) > 1:  # the last sentence may continue beyond the chunk
            end = spans.pop()[0]
        yield spans
        start = end
