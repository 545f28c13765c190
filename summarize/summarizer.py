"""Text in, `Summary` out: the one class that a program needs.

from summarize import Summarizer
print(Summarizer.load("news").summarize(text))
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from summarize.batching import TGT_MULTIPLE, pad
from summarize.checkpoints import find_model, load_model
from summarize.constraints import NumberRule, Pieces
from summarize.errors import DocumentError, UsageError
from summarize.hardware import check_device, has_fast_bf16
from summarize.model import IncrementalDecoder, Memory, PointerGenerator, shift_right
from summarize.reading import Passage, Reader
from summarize.search import Hypothesis, SearchOptions, beam_search
from summarize.surface import Surface, Word, join
from summarize.tokenizer import Tokenizer
from summarize.vocabulary import END


@dataclass(frozen=True)
class SummaryWord:
    """One word (or mark) of a summary and where it came from.

    copied: the share (0–1) of its probability that came from copying; span: the characters of the document that it
    was copied from, or None. document[start:end] is the word, but for a capital that opens a sentence.
    """

    text: str
    copied: float
    span: tuple[int, int] | None
    space_before: bool


@dataclass(frozen=True)
class Sentence:
    """A sentence of a summary: its text, and its words."""

    text: str
    words: tuple[SummaryWord, ...]


@dataclass(frozen=True)
class Summary:
    """What the summarizer says of one document."""

    sentences: tuple[Sentence, ...]
    score: float  # mean log-probability per piece, as the search ranked it
    words: int  # of the document
    selected_words: int  # of those, how many the model read

    @property
    def text(self) -> str:
        """The whole summary as one paragraph."""
        return " ".join(sentence.text for sentence in self.sentences)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class _Source:
    """A document made ready: what is read of it, and the numbers in that."""

    passage: Passage
    rule: NumberRule
    words: int


class Summarizer:
    """A model and its tokenizer, ready to summarise."""

    def __init__(
        self,
        model: PointerGenerator,
        tokenizer: Tokenizer,
        options: SearchOptions | None = None,
        bf16: bool | None = None,
    ) -> None:
        """bf16: multiply matrices in bfloat16 (default: where the processor does so quickly).

        Raises UsageError where the options ask for longer summaries than the model can write.
        """
        self.model, self.tokenizer = model.eval(), tokenizer
        self.options = options or SearchOptions()
        self.max_src = min(self.options.max_src, model.config.max_src)
        if self.options.max_length > model.config.max_tgt - 1:
            raise UsageError(f"this model writes at most {model.config.max_tgt - 1} pieces")
        self._bf16 = has_fast_bf16() if bf16 is None else bf16
        self._pieces = Pieces(tokenizer.vocabulary)
        self._reader = Reader(self.model, tokenizer, self.max_src)

    @classmethod
    def load(
        cls,
        model: str | os.PathLike[str] = "news",
        *,
        options: SearchOptions | None = None,
        device: str = "cpu",
    ) -> Summarizer:
        """A shipped model by name, or any model folder by path; options: instead of those it was shipped with.

        Raises CheckpointError, and UsageError where the machine has no such device.
        """
        on = check_device(device)
        network, tokenizer, search = load_model(find_model(model))
        return cls(network.to(on), tokenizer, options or search)

    def summarize(self, text: str) -> Summary:
        """Summarise one text. Raises DocumentError where there is nothing to read in it."""
        return next(self.summarize_many([text]))

    def summarize_many(self, texts: Iterable[str], batch_size: int = 8) -> Iterator[Summary]:
        """Summaries of texts, in order, as soon as each batch is done; no more than one batch is held.

        Raises DocumentError where there is nothing to read in a text.
        """
        for result in self.try_many(texts, batch_size):
            if isinstance(result, DocumentError):
                raise result
            yield result

    def try_many(self, texts: Iterable[str], batch_size: int = 8) -> Iterator[Summary | DocumentError]:
        """The same, with the error in the place of a summary where a text cannot be summarised."""
        texts = iter(texts)
        while batch := list(islice(texts, batch_size)):
            sources = self._read(batch)
            good = iter(self._summarize_batch([s for s in sources if isinstance(s, _Source)]))
            for source in sources:
                yield next(good) if isinstance(source, _Source) else source

    def _summarize_batch(self, sources: Sequence[_Source]) -> list[Summary]:
        if not sources:
            return []
        with torch.inference_mode(), self._autocast():
            windows = [(np.array(s.passage.encoding.ids), s.passage.numbers) for s in sources]
            memory = self._reader.encode(windows, [s.passage.places for s in sources])
            found = beam_search(
                IncrementalDecoder(self.model, memory),
                memory.src,
                [s.rule for s in sources],
                self._pieces,
                self.options,
            )
            best = [hypotheses[0] for hypotheses in found]
            copied, origins = self._origins(memory, best)
        return [self._summary(*parts) for parts in zip(sources, best, copied, origins, strict=True)]

    @property
    def _device(self) -> torch.device:
        return self.model.output_bias.device

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16)

    def _read(self, texts: Sequence[str]) -> list[_Source | DocumentError]:
        """What is read of each of the texts, or an error."""
        with torch.inference_mode(), self._autocast():
            found = self._reader.sentences(texts)
        sources: list[_Source | DocumentError] = []
        for sentences in found:
            passage = self._reader.passage(sentences, self._reader.choose(sentences))
            if not passage.encoding.ids:
                sources.append(DocumentError("there is nothing to read in this text"))
                continue
            encoding = passage.encoding
            rule = NumberRule(self._pieces, encoding.ids, encoding.joined, encoding.numeric)
            sources.append(_Source(passage, rule, int(sentences.words.sum())))
        return sources

    def _origins(
        self, memory: Memory, hypotheses: Sequence[Hypothesis]
    ) -> tuple[list[list[float]], list[list[int | None]]]:
        """For every piece written: the share of its probability that copying gave, and the source piece it was
        copied from. One pass over the finished summaries tells both, so that the search need not keep them."""
        tgt = pad([[*h.ids, END] for h in hypotheses], TGT_MULTIPLE)[:, : self.model.config.max_tgt]
        tgt = tgt.to(memory.src.device)
        decoded = self.model.decode(shift_right(tgt), memory)
        matches = memory.src[:, None, :].eq(tgt[:, :, None])  # (B, T, S)
        pointer = decoded.pointer * matches
        copy = pointer.sum(-1) * (-decoded.gate).sigmoid()
        write = decoded.logits.float().log_softmax(-1).gather(-1, tgt[..., None]).squeeze(-1).exp()
        shares = (copy / (copy + write * decoded.p_gen).clamp_min(1e-30)).tolist()
        copied, origins = [], []
        for row, hypothesis in enumerate(hypotheses):
            n = len(hypothesis.ids)
            copied.append(shares[row][:n])
            origins.append(_follow_runs(pointer[row, :n], matches[row, :n]))
        return copied, origins

    def _summary(self, source: _Source, best: Hypothesis, copied: list[float], origins: list[int | None]) -> Summary:
        # Position 0 of the window is START; where the vocabulary gave more than the source, it was not copied.
        places = [o - 1 if o is not None and share >= 0.5 else None for o, share in zip(origins, copied, strict=True)]
        surface = Surface(source.passage.encoding, self.tokenizer.vocabulary, source.rule)
        sentences = tuple(
            Sentence(join(words), tuple(_with_share(word, copied) for word in words))
            for words in surface.sentences(best.ids, places)
        )
        return Summary(sentences, best.score, source.words, source.passage.words)


def _follow_runs(pointer: Tensor, matches: Tensor) -> list[int | None]:
    """The window position that each piece was copied from: the best attended of those that hold it, or the one after
    the piece before's, so that words copied in a row come from one place. pointer, matches (T, S)."""
    best = pointer.argmax(-1).tolist()
    possible = matches.any(-1).tolist()
    origins: list[int | None] = []
    for t, (position, has_match) in enumerate(zip(best, possible, strict=True)):
        before = origins[-1] if origins else None
        follows = before is not None and before + 1 < matches.shape[1] and bool(matches[t, before + 1])
        if follows and before is not None and pointer[t, before + 1] * 4 >= pointer[t, position]:
            position = before + 1
        origins.append(position if has_match else None)
    return origins


def _with_share(word: Word, copied: Sequence[float]) -> SummaryWord:
    start, end = word.pieces
    share = sum(copied[start:end]) / (end - start)
    return SummaryWord(word.text, share, word.span, word.space_before)
