"""`summarize models`: the models that are shipped, and their styles."""

from __future__ import annotations

import click

from summarize.cli.help import Command
from summarize.cli.streams import errors_reported


@click.command("models", cls=Command, short_help="List the shipped models and their styles.")
def models() -> None:
    """List the shipped models, with parameters, size and folder, and the styles of each."""
    with errors_reported():
        from summarize.checkpoints.lora import style_folders
        from summarize.checkpoints.model_folder import describe, model_folders

        for name, folder in model_folders().items():
            click.echo(f"{name}\t{describe(folder)}\t{folder}")
            for style, style_folder in style_folders(folder).items():
                click.echo(f"{name} --style {style}\t{style_folder}")
