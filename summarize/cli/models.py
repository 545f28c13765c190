"""`summarize models`: what is shipped."""

from __future__ import annotations

import click

from summarize.cli.help import Command
from summarize.cli.streams import errors_explained


@click.command("models", cls=Command, short_help="The models that are shipped.")
def models() -> None:
    """List the shipped models: name, parameters, size, folder; and the styles of each."""
    with errors_explained():
        from summarize.checkpoints.lora import style_folders
        from summarize.checkpoints.model_folder import describe, model_folders

        for name, folder in model_folders().items():
            click.echo(f"{name}\t{describe(folder)}\t{folder}")
            for style, own in style_folders(folder).items():
                click.echo(f"{name} --style {style}\t{own}")
