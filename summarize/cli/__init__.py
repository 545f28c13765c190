"""The command line: options, streams and exit codes; what it does is in the modules below.

Exit codes: 0 all done, 1 some document failed (the rest are done), 2 wrong use, 130 interrupted. Modules that import
torch or tokenizers are imported where they are used, so that --help and --version come at once.
"""

from __future__ import annotations

import io
import sys

import click
from click_default_group import DefaultGroup

from summarize import __version__
from summarize.cli.evaluate import evaluate
from summarize.cli.models import models
from summarize.cli.streams import ExitStatus, complain
from summarize.cli.text import summarize_texts
from summarize.cli.train import train


class Program(DefaultGroup):
    """The group of commands; its help shows the options of the default one too."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of summarising, then the group's own, then the other commands."""
        command = self.get_command(ctx, self.default_cmd_name)
        records = [r for p in command.params if (r := p.get_help_record(ctx))] if command else []
        with formatter.section("Options for summarising"):
            formatter.write_dl(records)
        super().format_options(ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands to show: the default one is the program itself."""
        return [name for name in super().list_commands(ctx) if name != self.default_cmd_name]


@click.group(cls=Program, default="text", default_if_no_args=True)
@click.version_option(__version__, "--version", "-V", message="summarize %(version)s")
def main() -> None:
    """Summarise texts, offline, and say where every word came from.

    \b
      summarize report.txt             a panel on the terminal
      summarize *.txt > summaries.txt  plain text in a file or pipe
      curl … | summarize               standard input
      summarize --format jsonl *.txt   one JSON record a document

    Results go to stdout, everything else to stderr. Exit code 0: all done; 1: some document failed, the rest are
    done; 2: wrong use; 130: interrupted.
    """
    if sys.stdout is None:  # closed by the caller
        complain("standard output is closed")
        sys.exit(ExitStatus.USAGE)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a character that the locale lacks is no reason to stop


for command in (summarize_texts, evaluate, models, train):
    main.add_command(command)
