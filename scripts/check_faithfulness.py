"""Which figures of a summary go with what people say of its faithfulness, on QAGS (Wang et al. 2020).

    python scripts/check_faithfulness.py DATA_FOLDER

DATA_FOLDER holds system_outputs/qags-cnndm.jsonl.xz and qags-xsum.jsonl.xz: articles, and sentences of summaries with
three yes/no judgements each. As in the paper, a summary's judgement is the mean over its sentences of the share of
"yes". Printed are correlations over summaries with 95 % bootstrap intervals: the table of docs/evaluation.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import click
import numpy as np
from scipy import stats

from summarize.documents.tables import records
from summarize.evaluation import MEASURES, Source, measure

Figures = dict[str, float]


def from_text(article: str, sentence: str) -> Figures:
    """What the measures of `summarize evaluate` say of one sentence; each so that more is better."""
    values = dict(zip(MEASURES, measure(sentence, Source(article)).values, strict=True))
    return {
        "support": values["support"],
        "1 − novel_1": 1 - values["novel_1"],
        "1 − novel_2": 1 - values["novel_2"],
        "1 − novel_3": 1 - values["novel_3"],
        "density": values["density"],
        "− unsupported names and numbers": -values["unsupported_numbers"] - values["unsupported_names"],
    }


def from_model(name: str) -> Callable[[str, str], Figures]:
    """What our own model says of one sentence: how probable it is given the article, and how much would be copied."""
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
        copy = (decoded.pointer * src[:, None, :].eq(tgt[:, :, None])).sum(-1) * (-decoded.gate).sigmoid()
        write = decoded.logits.float().softmax(-1).gather(-1, tgt[..., None]).squeeze(-1) * decoded.p_gen
        total = (copy + write).clamp_min(1e-12)[0, :-1]
        share = copy[0, :-1] / total
        return {"model: mean log-probability": float(total.log().mean()), "model: copied share": float(share.mean())}

    return figures


def correlation(kind: Callable[..., Any], x: np.ndarray, y: np.ndarray, resamples: int) -> str:
    """A coefficient with its interval."""
    rng = np.random.default_rng(12345)
    drawn = [kind(x[i], y[i]).statistic for i in (rng.integers(0, len(x), len(x)) for _ in range(resamples))]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return f"{kind(x, y).statistic:.2f} [{low:.2f}, {high:.2f}]"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", default="news", show_default=True)
@click.option("--resamples", default=500, show_default=True)
def main(folder: Path, model: str, resamples: int) -> None:
    """Print the table."""
    by_model = from_model(model)
    for name in ("cnndm", "xsum"):
        figures: list[Figures] = []
        judged: list[float] = []
        for _, row in records(folder / "system_outputs" / f"qags-{name}.jsonl.xz"):
            sentences = row["summary_sentences"]
            judged.append(fmean(fmean(r["response"] == "yes" for r in s["responses"]) for s in sentences))
            each = [
                from_text(row["article"], t) | by_model(row["article"], t) for t in (s["sentence"] for s in sentences)
            ]
            figures.append({key: float(np.nanmean([f[key] for f in each])) for key in each[0]})
        click.echo(f"\n| QAGS-{name}, {len(judged)} summaries | Pearson | Spearman | Kendall |\n|---|---|---|---|")
        human = np.array(judged)
        for key in figures[0]:
            values = np.array([f[key] for f in figures])
            found = [
                correlation(k, values, human, resamples) for k in (stats.pearsonr, stats.spearmanr, stats.kendalltau)
            ]
            click.echo(f"| {key} | {' | '.join(found)} |")


if __name__ == "__main__":
    main()
