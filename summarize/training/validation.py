"""Validation: a model's losses on pairs that it is not trained on, and the ROUGE of its summaries of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import torch

from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import DataError
from summarize.evaluation import RougeScorer, Settings, mean_scores
from summarize.network.pointer_generator import PointerGenerator
from summarize.pipeline.summarizer import Summarizer
from summarize.pipeline.summary import Summary
from summarize.text.matching import UncountedLetters
from summarize.text.tokenizer import Tokenizer
from summarize.training.batches import collate
from summarize.training.objective import Objective
from summarize.training.options import TrainingOptions
from summarize.training.pairs import encode_pairs, read_texts

TOP_CANDIDATE_SCORE = "chosen"  # its name in the log


class Validation:
    """A fixed sample of the validation pairs, spread evenly over the file; empty if the options name no file."""

    def __init__(
        self, options: TrainingOptions, tokenizer: Tokenizer, max_src: int, max_tgt: int, salience: bool
    ) -> None:
        """salience: whether the model has a salience head. Raises DataError if there is no pair in the file."""
        self.options, self.tokenizer, self.max_src, self.max_tgt = options, tokenizer, max_src, max_tgt
        self.texts = []
        if options.validation is not None:
            path = Path(options.validation)
            texts = read_texts(path, options)
            if not texts:
                raise DataError(f"{path}: holds no pair")
            stride = max(1, len(texts) // options.validation_examples)
            self.texts = texts[::stride][: options.validation_examples]
        self.pairs = encode_pairs(self.texts, tokenizer, max_src, salience, options.name_speakers)
        self.n_left_out = len(self.texts) - len(self.pairs)  # of the sample: without a document or a summary
        if self.texts and not self.pairs:
            raise DataError(f"{options.validation}: no pair has both a document and a summary")

    def figures(
        self,
        model: PointerGenerator,
        objective: Objective,
        search: SearchOptions,
        autocast: Callable[[], torch.autocast],
        has_rouge: bool = True,
    ) -> dict[str, float]:
        """The losses, and ROUGE in percent if the options and has_rouge ask for it. Puts the model into evaluation
        mode."""
        if not self.pairs:
            return {}
        model.eval()
        figures = {name: round(value, 4) for name, value in self.losses(model, objective, autocast).items()}
        if has_rouge and self.options.rouge_examples and all(map(math.isfinite, figures.values())):
            figures |= {name: round(100 * value, 2) for name, value in self.rouge(model, search).items()}
        return figures

    def rouge(self, model: PointerGenerator, search: SearchOptions) -> dict[str, float]:
        """Mean ROUGE F1 (0 to 1) of summaries of the first rouge_examples documents of the sample."""
        sample = self.texts[: self.options.rouge_examples]
        summarizer = Summarizer.from_network(model, self.tokenizer, search)
        letters = UncountedLetters()
        letters.add(pair.summary for pair in sample)
        scorer = RougeScorer(words=Settings().resolved(letters.share).words)
        summaries = summarizer.try_many((p.document for p in sample), self.options.batch_size)
        scores = [
            scorer.score("\n".join(s.text for s in summary.sentences), pair.summary)
            for pair, summary in zip(sample, summaries, strict=True)
            if isinstance(summary, Summary)
        ]
        if not scores:
            return {}
        evaluation = mean_scores("validation", scores)
        return {name: score.fmeasure for name, score in evaluation.scores.items()}

    @torch.no_grad()
    def losses(
        self, model: PointerGenerator, objective: Objective, autocast: Callable[[], torch.autocast]
    ) -> dict[str, float]:
        """Means over the sample by their names in the log: −log p per token, and, where they are trained, the salience
        loss per sentence, the ranking loss, and the score of the likeliest candidate."""
        nll_sum = n_tokens = 0.0
        means: dict[str, float] = {}
        device, size = str(model.output_bias.device), self.options.batch_size
        order = sorted(range(len(self.pairs)), key=lambda i: len(self.pairs[i].src))
        for start in range(0, len(order), size):
            pairs = [self.pairs[i] for i in order[start : start + size]]
            batch = collate(pairs, self.max_src, self.max_tgt).to(device)
            with autocast():
                losses = objective(model, batch)
            n = losses.n_tokens.item()
            nll_sum, n_tokens = nll_sum + losses.nll.item() * n, n_tokens + n
            parts = {
                "salience_loss": losses.salience,
                "ranking_loss": losses.ranking,
                TOP_CANDIDATE_SCORE: losses.top_candidate_score,
            }
            for name, part in parts.items():
                if part is not None:
                    means[name] = means.get(name, 0.0) + part.item() * len(pairs) / len(order)
        return {"validation_loss": nll_sum / n_tokens} | means
