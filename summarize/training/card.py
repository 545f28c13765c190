"""The card of a style: what it is, what it was learned from, how good it was on validation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from summarize.decoding.hypothesis import SearchOptions
from summarize.training.options import TrainingOptions


def style_card(
    options: TrainingOptions,
    pairs: int,
    step: int,
    sentencewise: bool,
    search: SearchOptions,
    figures: Mapping[str, float],
) -> str:
    """Markdown. pairs: how many were trained on; figures: of the validation at this step."""
    told = "sentence by sentence" if sentencewise else "as a whole"
    validation = ", ".join(
        f"{name.removeprefix('validation_').replace('_', ' ')} {value:g}" for name, value in figures.items()
    )
    return f"""# A style of {options.initial}

Low-rank changes (LoRA, rank {options.rank}) of the attention weights of `{options.initial}`, which stays as it is:

    summarize report.txt --model {options.initial} --style FOLDER

| | |
|---|---|
| learned from | {pairs:,} pairs of `{Path(options.train).name}` |
| steps | {step:,}, of {options.batch_size} pairs |
| summaries | written {told}, of {search.min_length} to {search.max_length} tokens |
| validation | {validation or "none"} |

Where the pairs are from, and under what licence, whoever trained it has to say here: the style's follows theirs.
"""
