"""Summaries that need no model, to see a score beside: the first sentences, random ones, the best ones, TextRank's."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from summarize.errors import UsageError
from summarize.evaluation.rouge import RougeScorer
from summarize.selection.oracle import greedy_oracle, rouge_tokens
from summarize.text.sentences import sentence_spans

KINDS = {
    "lead": "the first sentences",
    "random": "sentences drawn by chance, in the document's order",
    "oracle": "the sentences that are most like the reference, chosen greedily (Nallapati et al. 2017)",
    "textrank": "the most central sentences (Mihalcea and Tarau 2004), by sumy",
}


@dataclass(frozen=True)
class Baseline:
    """A way to choose `size` sentences of a document; name: as it was asked for; seed: of the random one."""

    name: str
    kind: str
    size: int
    seed: int = 0

    def summary(self, id_: str, document: str, references: Sequence[str], scorer: RougeScorer) -> str:
        """The chosen sentences in the document's order, one a line."""
        sentences = [" ".join(document[start:end].split()) for start, end in sentence_spans(document)]
        match self.kind:
            case "lead":
                chosen: Sequence[int] = range(min(self.size, len(sentences)))
            case "random":
                draw = random.Random(f"{self.seed} {id_}")  # of its own, so that no part of a data set moves it
                chosen = sorted(draw.sample(range(len(sentences)), min(self.size, len(sentences))))
            case "oracle":
                chosen = _oracle(sentences, references, self.size, scorer)
            case _:
                chosen = _textrank(sentences, self.size)
        return "\n".join(sentences[i] for i in chosen)


def parse_baselines(text: str, seed: int = 0) -> list[Baseline]:
    """lead-3,random-3,oracle-3,textrank; three sentences where no number is given. Raises UsageError."""
    found = []
    for name in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(rf"({'|'.join(KINDS)})(?:-([1-9]\d{{0,3}}))?", name)
        if match is None:
            raise UsageError(f"{name!r} is no baseline; there are {', '.join(f'{kind}-N' for kind in KINDS)}")
        baseline = Baseline(name, match[1], int(match[2] or 3), seed)
        if baseline.kind == "textrank":
            _sumy()
        found.append(baseline)
    if not found:
        raise UsageError(f"no baseline is named; there are {', '.join(f'{kind}-N' for kind in KINDS)}")
    return found


def _oracle(sentences: Sequence[str], references: Sequence[str], size: int, scorer: RougeScorer) -> list[int]:
    """The greedy oracle of the reference that it gets nearest to, of the whole document."""
    found = [greedy_oracle(sentences, reference, size, first=len(sentences)) for reference in references]
    if len(found) == 1:
        return found[0]

    def likeness(k: int) -> float:
        scores = scorer.score("\n".join(sentences[i] for i in found[k]), references[k])
        return scores["rouge1"].fmeasure + scores["rouge2"].fmeasure

    return found[max(range(len(found)), key=likeness)]


def _sumy() -> tuple[Any, Any]:
    try:
        from sumy.models.dom import Sentence
        from sumy.summarizers.text_rank import TextRankSummarizer
    except ImportError:
        raise UsageError("TextRank needs the extra `baselines`: pip install 'summarize[baselines]'") from None
    return TextRankSummarizer, Sentence


class _Words:
    """ROUGE's words, for sumy: its own tokenizer would have to be downloaded."""

    def to_words(self, sentence: str) -> list[str]:
        return rouge_tokens(sentence)


class _Document:
    """A text's sentences as sumy wants to see them."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self._texts = sentences

    @cached_property
    def sentences(self) -> tuple[Any, ...]:
        _, make = _sumy()
        return tuple(make(text, _Words()) for text in self._texts)


def _textrank(sentences: Sequence[str], size: int) -> list[int]:
    """Indices of the sentences that sumy's TextRank rates highest, in order."""
    summarizer, _ = _sumy()
    rated = [i for i, text in enumerate(sentences) if rouge_tokens(text)]
    document = _Document([sentences[i] for i in rated])
    if not rated:
        return []
    ratings = summarizer().rate_sentences(document)
    order = sorted(range(len(rated)), key=lambda k: (-ratings[document.sentences[k]], k))
    return sorted(rated[k] for k in order[:size])
