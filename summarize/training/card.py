"""A style's card, in Markdown: what it changes, what it was trained on, and its figures on validation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from summarize.decoding.hypothesis import SearchOptions
from summarize.training.options import TrainingOptions


def style_card(
    options: TrainingOptions,
    n_pairs: int,
    step: int,
    sentencewise: bool,
    search: SearchOptions,
    figures: Mapping[str, float],
) -> str:
    """The card. n_pairs: how many pairs the style was trained on; figures: of the validation at this step."""
    generated = "sentence by sentence" if sentencewise else "as a whole"
    validation = ", ".join(
        f"{name.removeprefix('validation_').replace('_', ' ')} {value:g}" for name, value in figures.items()
    )
    return f"""# A style of {options.initial}

Low-rank changes (LoRA, rank {options.rank}) of the attention weights of `{options.initial}`, which itself is unchanged:

    summarize report.txt --model {options.initial} --style FOLDER

| | |
|---|---|
| trained on | {n_pairs:,} pairs of `{Path(options.train).name}` |
| steps | {step:,}, of {options.batch_size} pairs |
| summaries | generated {generated}, {search.min_length} to {search.max_length} tokens long |
| validation | {validation or "none"} |

Whoever trained the style states here where the pairs are from, and their licence: the style's licence follows it.
"""
