"""ROUGE of predictions against references, by rouge-score, under one stated set of settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from summarize.text.matching import rouge_tokens, unicode_words

ROUGE_TYPES = ("rouge1", "rouge2", "rougeL", "rougeLsum")
PARTS = ("precision", "recall", "fmeasure")
Split = Literal["newline", "sentencex"]
Words = Literal["auto", "rouge-score", "unicode"]
# From this share of letters on that are not among a to z, references are compared by all of their letters. English has
# 0.05 % (café), Italian 1 %, German 2 %.
MAX_UNCOUNTED = 0.005


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1, as fractions of 1."""

    precision: float
    recall: float
    fmeasure: float


@dataclass(frozen=True)
class MeanScores:
    """Mean scores of one system over a data set, by ROUGE type."""

    name: str
    n_documents: int
    scores: dict[str, Score]


@dataclass(frozen=True)
class Settings:
    """Everything that a figure depends on besides the texts.

    words: which words are counted: those of rouge-score, of a to z and 0 to 9, or those of all scripts; auto: the first
    for references with hardly any other letters (see resolved). stemmer: whether rouge-score's words are reduced to
    their Porter stems; others never are. split: what ends a sentence for ROUGE-Lsum: a line break,
    or a boundary that sentencex finds. resamples: of the bootstrap; trials: of the randomisation test; seed: of both.
    chrf: whether chrF is computed, too.
    """

    words: Words = "auto"
    stemmer: bool = True
    split: Split = "newline"
    resamples: int = 1000
    trials: int = 10_000
    seed: int = 12345
    chrf: bool = False

    def resolved(self, uncounted_share: float) -> Settings:
        """The same without "auto", for references with this share of letters that rouge-score does not count."""
        if self.words != "auto":
            return self
        return replace(self, words="unicode" if uncounted_share >= MAX_UNCOUNTED else "rouge-score")

    @property
    def stems(self) -> bool:
        """Whether words are stemmed."""
        return self.stemmer and self.words != "unicode"


def signature(settings: Settings | None = None, references: str = "1") -> str:
    """The settings and library versions behind a score, as one line that can be compared (as in sacreBLEU).

    references: how many a document has, and how they were read.
    """
    from importlib.metadata import version

    s = settings or Settings()
    parts = {
        "rouge-score": version("rouge-score"),
        "words": "unicode" if s.words == "unicode" else "a-z0-9",
        "stemmer": f"porter-nltk-{version('nltk')}" if s.stems else "none",
        "split": s.split,
        "references": references + (f"|chrf:sacrebleu-{version('sacrebleu')}" if s.chrf else ""),
        "average": "mean",
        "interval": f"bootstrap-95-{s.resamples}",
        "test": f"randomisation-{s.trials}",
        "seed": str(s.seed),
    }
    return "|".join(f"{name}:{value}" for name, value in parts.items())


@lru_cache(8)  # part of every document's digest, and versions are looked up on disk
def scoring_signature(settings: Settings, references: str = "1") -> str:
    """The part of the signature that the scores of a single document depend on."""
    return signature(settings, references).partition("|average:")[0]


class _Tokenizer:
    """The words that are counted, with rouge-score's interface. Stems are cached: rouge-score itself stems a word each
    time that it occurs."""

    def __init__(self, stemmer: bool, words: Words) -> None:
        from rouge_score.tokenizers import DefaultTokenizer

        self.tokenize: Callable[[str], list[str]]
        if words == "unicode":
            self.tokenize = unicode_words
        else:
            self.tokenize = rouge_tokens if stemmer else DefaultTokenizer(use_stemmer=False).tokenize


class RougeScorer:
    """ROUGE-1, -2, -L and -Lsum (Lin 2004): rouge-score's figures to the last digit; with words="unicode", those of the
    words of all scripts.

    A sentence for Lsum is a line, or with split="sentencex" what sentencex finds.
    """

    def __init__(self, stemmer: bool = True, split: Split = "newline", words: Words = "rouge-score") -> None:
        from rouge_score.rouge_scorer import RougeScorer as Scorer  # takes a third of a second: it imports nltk

        self._scorer = Scorer(list(ROUGE_TYPES), tokenizer=_Tokenizer(stemmer, words))
        self._split = split

    def score(self, prediction: str, reference: str) -> dict[str, Score]:
        """The scores of one prediction against its reference, both with one sentence per line."""
        return self.score_multi(prediction, [reference])

    def score_multi(self, prediction: str, references: Sequence[str]) -> dict[str, Score]:
        """The scores against several references: of each metric that with the best F1, as rouge-score's score_multi."""
        if self._split == "sentencex":
            prediction, references = as_lines(prediction), [as_lines(reference) for reference in references]
        if len(references) == 1:
            scores = self._scorer.score(references[0], prediction)
        else:
            scores = self._scorer.score_multi(references, prediction)
        return {name: Score(s.precision, s.recall, s.fmeasure) for name, s in scores.items()}


def as_lines(text: str, language: str = "en") -> str:
    """The text with one sentence per line, by sentencex's boundaries; language: its ISO 639 code."""
    from summarize.text.sentences import sentence_spans

    return "\n".join(" ".join(text[start:end].split()) for start, end in sentence_spans(text, language))


def mean_scores(name: str, scores: Iterable[dict[str, Score]]) -> MeanScores:
    """The mean over documents, as in published ROUGE figures. Raises ValueError if there are none."""
    totals = {rouge: [0.0, 0.0, 0.0] for rouge in ROUGE_TYPES}
    n = 0
    for n, document in enumerate(scores, 1):  # noqa: B007
        for rouge, s in document.items():
            for i, value in enumerate((s.precision, s.recall, s.fmeasure)):
                totals[rouge][i] += value
    if n == 0:
        raise ValueError("no document to evaluate")
    return MeanScores(name, n, {rouge: Score(*(t / n for t in total)) for rouge, total in totals.items()})
