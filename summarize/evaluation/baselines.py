"""Baselines that need no model: the first sentences, random ones, the oracle's, and TextRank's."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from summarize.errors import UsageError
from summarize.evaluation.rouge import RougeScorer
from summarize.selection.oracle import greedy_oracle
from summarize.text.matching import matching_tokens
from summarize.text.sentences import sentence_spans

KINDS = {
    "lead": "the first sentences",
    "random": "random sentences, in the document's order",
    "oracle": "the sentences most like the reference, selected greedily (Nallapati et al. 2017)",
    "textrank": "the most central sentences (Mihalcea and Tarau 2004), by sumy",
}


@dataclass(frozen=True)
class Baseline:
    """A way to select sentences of a document. name: as the user wrote it; seed: of the random one."""

    name: str
    kind: str
    n_sentences: int
    seed: int = 0

    @property
    def key(self) -> str:
        """What its summaries depend on, for the digests of score files."""
        return f"Baseline(name={self.name!r}, kind={self.kind!r}, size={self.n_sentences}, seed={self.seed})"

    def summarize(self, id_: str, document: str, references: Sequence[str], scorer: RougeScorer) -> str:
        """The selected sentences in the document's order, one per line."""
        sentences = [" ".join(document[start:end].split()) for start, end in sentence_spans(document)]
        match self.kind:
            case "lead":
                selected: Sequence[int] = range(min(self.n_sentences, len(sentences)))
            case "random":
                rng = random.Random(f"{self.seed} {id_}")  # per document: a subset of a data set has the same summaries
                selected = sorted(rng.sample(range(len(sentences)), min(self.n_sentences, len(sentences))))
            case "oracle":
                selected = _oracle(sentences, references, self.n_sentences, scorer)
            case _:
                selected = _textrank(sentences, self.n_sentences)
        return "\n".join(sentences[i] for i in selected)


def parse_baselines(text: str, seed: int = 0) -> list[Baseline]:
    """The baselines of a list such as lead-3,oracle-3,textrank; three sentences if no number is given.

    Raises UsageError.
    """
    baselines = []
    available = ", ".join(f"{kind}-N" for kind in KINDS)
    for name in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(rf"({'|'.join(KINDS)})(?:-([1-9]\d{{0,3}}))?", name)
        if match is None:
            raise UsageError(f"{name!r} is not a baseline; the baselines are {available}")
        baseline = Baseline(name, match[1], int(match[2] or 3), seed)
        if baseline.kind == "textrank":
            _sumy()
        baselines.append(baseline)
    if not baselines:
        raise UsageError(f"no baseline is named; the baselines are {available}")
    return baselines


def _oracle(sentences: Sequence[str], references: Sequence[str], max_sentences: int, scorer: RougeScorer) -> list[int]:
    """The greedy oracle over the whole document; of several references, for the one that its oracle fits best."""
    oracles = [greedy_oracle(sentences, reference, max_sentences, n_leading=len(sentences)) for reference in references]
    if len(oracles) == 1:
        return oracles[0]

    def rouge_1_plus_2(k: int) -> float:
        scores = scorer.score("\n".join(sentences[i] for i in oracles[k]), references[k])
        return scores["rouge1"].fmeasure + scores["rouge2"].fmeasure

    return oracles[max(range(len(oracles)), key=rouge_1_plus_2)]


def _sumy() -> tuple[Any, Any]:
    """sumy's TextRank and sentence classes. Raises UsageError if it is not installed."""
    try:
        from sumy.models.dom import Sentence
        from sumy.summarizers.text_rank import TextRankSummarizer
    except ImportError:
        raise UsageError("TextRank needs the extra `baselines`: pip install 'summarize[baselines]'") from None
    return TextRankSummarizer, Sentence


class _RougeTokenizer:
    """ROUGE's tokenizer with sumy's interface: sumy's own one needs a download."""

    def to_words(self, sentence: str) -> list[str]:
        return matching_tokens(sentence)


class _SumyDocument:
    """A document's sentences with sumy's interface."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self._texts = sentences

    @cached_property
    def sentences(self) -> tuple[Any, ...]:
        _, sentence_class = _sumy()
        return tuple(sentence_class(text, _RougeTokenizer()) for text in self._texts)


def _textrank(sentences: Sequence[str], max_sentences: int) -> list[int]:
    """Indices of the sentences that sumy's TextRank rates highest, in order."""
    return sorted(rank_by_centrality(sentences, "textrank")[:max_sentences])


def rank_by_centrality(sentences: Sequence[str], method: Literal["textrank", "lexrank"]) -> list[int]:
    """Indices of the sentences that have words, the most central first, by sumy's TextRank (Mihalcea and Tarau 2004) or
    LexRank (Erkan and Radev 2004). Raises UsageError if sumy is not installed."""
    text_rank, _ = _sumy()
    # sumy cannot rate sentences without words
    indices = [i for i, text in enumerate(sentences) if matching_tokens(text)]
    if not indices:
        return []
    document = _SumyDocument([sentences[i] for i in indices])
    if method == "textrank":
        rated = text_rank().rate_sentences(document)
        ratings = [rated[sentence] for sentence in document.sentences]
    else:
        ratings = _lexrank_ratings(document)
    order = sorted(range(len(indices)), key=lambda k: (-ratings[k], k))
    return [indices[k] for k in order]


def _lexrank_ratings(document: _SumyDocument) -> list[float]:
    """LexRank's ratings of a document's sentences."""
    from sumy.summarizers.lex_rank import LexRankSummarizer

    lexrank = LexRankSummarizer()
    words = [[lexrank.stem_word(word) for word in sentence.words] for sentence in document.sentences]
    tf, idf = lexrank._compute_tf(words), lexrank._compute_idf(words)
    matrix = lexrank._create_matrix(words, lexrank.threshold, tf, idf)
    return [float(rating) for rating in lexrank.power_method(matrix, lexrank.epsilon)]
