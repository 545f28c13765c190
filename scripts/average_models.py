"""Average the weights of several model folders, such as checkpoints of one run, into a new model folder.

python scripts/average_models.py runs/news/step-1800 runs/news/step-3150 runs/news-average
"""

from __future__ import annotations

from pathlib import Path

import click
import torch

from summarize.checkpoints.model_folder import load_model, save_model


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
def main(folders: tuple[Path, ...], target: Path) -> None:
    """Write the mean of the weights in FOLDERS to TARGET; all else comes from the first folder."""
    model, tokenizer, search = load_model(folders[0])
    states = [model.state_dict(), *(load_model(folder)[0].state_dict() for folder in folders[1:])]
    mean = {
        name: torch.stack([s[name] for s in states]).mean(0) for name, w in states[0].items() if w.is_floating_point()
    }
    model.load_state_dict(mean, strict=False)  # the shortlist, of integers, is the first one's
    save_model(target, model, tokenizer, search)


if __name__ == "__main__":
    main()
