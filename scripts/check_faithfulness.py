"""Correlations of measures of a summary with human judgements of its faithfulness, on QAGS (Wang et al. 2020).

    python scripts/check_faithfulness.py DATA_FOLDER

DATA_FOLDER has system_outputs/qags-cnndm.jsonl.xz and qags-xsum.jsonl.xz: articles, and summary sentences with three
yes/no judgements each. As in the paper, the judgement of a summary is the mean over its sentences of the share of
"yes". Prints the correlations over summaries with 95 % bootstrap intervals: the table of docs/evaluation.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import click
import numpy as np
from scipy import stats

from summarize.documents.dataset_rows import dataset_rows
from summarize.evaluation import MEASURES, SourceDocument, measure

Figures = dict[str, float]


def text_figures(article: str, sentence: str) -> Figures:
    """The measures of `summarize evaluate` for one sentence, each with the sign for which higher is better."""
    values = dict(zip(MEASURES, measure(sentence, SourceDocument(article)).values, strict=True))
    return {
        "support": values["support"],
        "1 − novel_1": 1 - values["novel_1"],
        "1 − novel_2": 1 - values["novel_2"],
        "1 − novel_3": 1 - values["novel_3"],
        "density": values["density"],
        "− unsupported names and numbers": -values["unsupported_numbers"] - values["unsupported_names"],
    }


def model_figures(name: str) -> Callable[[str, str], Figures]:
    """A function from an article and a sentence to the sentence's log-probability and copied share under a model."""
    import torch

    from summarize.checkpoints.model_folder import find_model, load_model
    from summarize.network.padding import source_window
    from summarize.network.pointer_generator import shift_right
    from summarize.text.vocabulary import END

    model, tokenizer, search = load_model(find_model(name))

    @torch.inference_mode()
    def figures(article: str, sentence: str) -> Figures:
        src = torch.tensor([list(source_window(tokenizer.encode(article).ids, search.max_src))])
        ids = list(tokenizer.encode(sentence).ids)[: model.config.max_tgt - 1]
        tgt = torch.tensor([[*ids, END]])
        decoded = model.decode(shift_right(tgt), model.encode(src))
        is_source_token = src[:, None, :].eq(tgt[:, :, None])
        copied = (decoded.pointer * is_source_token).sum(-1) * decoded.p_copy
        generated = decoded.logits.float().softmax(-1).gather(-1, tgt[..., None]).squeeze(-1) * decoded.p_gen
        total = (copied + generated).clamp_min(1e-12)[0, :-1]
        share = copied[0, :-1] / total
        return {"model: mean log-probability": float(total.log().mean()), "model: copied share": float(share.mean())}

    return figures


def correlation(coefficient: Callable[..., Any], x: np.ndarray, y: np.ndarray, n_resamples: int) -> str:
    """A correlation coefficient with its 95 % bootstrap interval."""
    rng = np.random.default_rng(12345)
    indices = (rng.integers(0, len(x), len(x)) for _ in range(n_resamples))
    low, high = np.nanquantile([coefficient(x[i], y[i]).statistic for i in indices], [0.025, 0.975])
    return f"{coefficient(x, y).statistic:.2f} [{low:.2f}, {high:.2f}]"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", default="news", show_default=True)
@click.option("--resamples", default=500, show_default=True)
def main(folder: Path, model: str, resamples: int) -> None:
    """Print the table."""
    figures_of_model = model_figures(model)
    for name in ("cnndm", "xsum"):
        figures: list[Figures] = []
        judgements: list[float] = []
        for _, row in dataset_rows(folder / "system_outputs" / f"qags-{name}.jsonl.xz"):
            article, sentences = row["article"], row["summary_sentences"]
            judgements.append(fmean(fmean(r["response"] == "yes" for r in s["responses"]) for s in sentences))
            texts = [sentence["sentence"] for sentence in sentences]
            of_sentences = [text_figures(article, text) | figures_of_model(article, text) for text in texts]
            figures.append({key: float(np.nanmean([f[key] for f in of_sentences])) for key in of_sentences[0]})
        click.echo(f"\n| QAGS-{name}, {len(figures)} summaries | Pearson | Spearman | Kendall |\n|---|---|---|---|")
        for key in figures[0]:
            values = np.array([f[key] for f in figures])
            coefficients = (stats.pearsonr, stats.spearmanr, stats.kendalltau)
            cells = [correlation(kind, values, np.array(judgements), resamples) for kind in coefficients]
            click.echo(f"| {key} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
