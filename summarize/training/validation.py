"""How good a model is on pairs that it does not learn from: its loss, and the ROUGE of what it writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from summarize.decoding.hypothesis import SearchOptions
from summarize.documents import read_pairs
from summarize.errors import DataError
from summarize.evaluation import RougeScorer, mean_scores
from summarize.network.pointer_generator import PointerGenerator
from summarize.pipeline.summarizer import Summarizer, Summary
from summarize.text.tokenizer import Tokenizer
from summarize.training.batches import collate
from summarize.training.objective import Objective
from summarize.training.options import TrainingOptions
from summarize.training.pairs import encode_pairs


class Validation:
    """A fixed sample of the validation pairs, spread evenly over the file; empty where the options name no file."""

    def __init__(self, options: TrainingOptions, tokenizer: Tokenizer, max_src: int, max_tgt: int, salience: bool):
        """salience: whether the model scores sentences. Raises DataError where there is no pair in the file."""
        self.options, self.tokenizer, self.max_src, self.max_tgt = options, tokenizer, max_src, max_tgt
        self.texts = []
        if options.validation is not None:
            path = Path(options.validation)
            texts = list(read_pairs(path, options.document_field, options.summary_field))
            if not texts:
                raise DataError(f"{path}: holds no pair")
            every = max(1, len(texts) // options.validation_examples)
            self.texts = texts[::every][: options.validation_examples]
        self.pairs = encode_pairs(self.texts, tokenizer, max_src, salience, options.name_speakers)

    def figures(
        self,
        model: PointerGenerator,
        objective: Objective,
        search: SearchOptions,
        autocast: Callable[[], torch.autocast],
    ) -> dict[str, float]:
        """Losses, and ROUGE as a percentage where the options ask for it; the model is left in its evaluation mode."""
        if not self.pairs:
            return {}
        model.eval()
        figures = {name: round(value, 4) for name, value in self.losses(model, objective, autocast).items()}
        if self.options.rouge_examples:
            figures |= {name: round(100 * value, 2) for name, value in self.rouge(model, search).items()}
        return figures

    def rouge(self, model: PointerGenerator, search: SearchOptions) -> dict[str, float]:
        """F1 (fractions of 1) of summaries of the first of the sample."""
        sample = self.texts[: self.options.rouge_examples]
        summarizer = Summarizer(model, self.tokenizer, search)
        scorer = RougeScorer()
        found = summarizer.try_many((p.document for p in sample), self.options.batch_size)
        scores = [
            scorer.score("\n".join(s.text for s in summary.sentences), pair.summary)
            for pair, summary in zip(sample, found, strict=True)
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
        """Mean −log p per token, salience's cross-entropy per sentence if learned, and, of candidates, the loss and
        the score of the likeliest."""
        total = tokens = 0.0
        others: dict[str, float] = {}
        device, size = str(model.output_bias.device), self.options.batch_size
        order = sorted(range(len(self.pairs)), key=lambda i: len(self.pairs[i].src))
        for start in range(0, len(order), size):
            chosen = [self.pairs[i] for i in order[start : start + size]]
            batch = collate(chosen, self.max_src, self.max_tgt).to(device)
            with autocast():
                losses = objective(model, batch)
            n = losses.tokens.item()
            total, tokens = total + losses.nll.item() * n, tokens + n
            parts = {"salience_loss": losses.salience, "ranking_loss": losses.ranking, "chosen": losses.chosen}
            for name, part in parts.items():
                if part is not None:
                    others[name] = others.get(name, 0.0) + part.item() * len(chosen) / len(order)
        return {"validation_loss": total / tokens} | others
