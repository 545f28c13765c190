"""The command line: options, streams and exit codes; what it does is in the modules below.

Exit codes: 0 all done, 1 some document failed (the rest are done), 2 wrong use, 130 interrupted, 143 terminated.
Modules that import torch or tokenizers are imported where they are used, so that --help and --version come at once.
"""

from __future__ import annotations

import io
import sys
from typing import Any

import click
from click_default_group import DefaultGroup

from summarize import __version__
from summarize.cli.completion import PROGRAM, VARIABLE, completion
from summarize.cli.config import config_option
from summarize.cli.corpus import corpus
from summarize.cli.evaluate import evaluate
from summarize.cli.help import GENERAL, sections, write_examples, write_sections
from summarize.cli.models import models
from summarize.cli.streams import ExitStatus, complain, errors_explained
from summarize.cli.text import summarize_texts
from summarize.cli.train import train

EXAMPLES = (
    ("A panel on the terminal, plain text in a file or pipe", "summarize report.txt"),
    ("Several documents, each under its name", "summarize *.txt > summaries.txt"),
    ("Standard input; - names it among files", "curl -s URL | summarize"),
    ("One JSON record a document, in a file that appears whole", "summarize -o summaries.jsonl inbox/*.txt"),
    ("Go on after an interruption, or add new documents", "summarize -o summaries.jsonl --resume inbox/*.txt"),
)
NOTES = (
    (
        "Exit codes",
        (
            ("0", "All done."),
            ("1", "Some document failed; the rest are done."),
            ("2", "Wrong use: options, model or configuration."),
            ("130, 143", "Interrupted (Ctrl-C), terminated; what was finished is written."),
        ),
    ),
    (
        "Environment",
        (
            ("SUMMARIZE_…", "Any option: SUMMARIZE_BATCH_SIZE=16, SUMMARIZE_TRAIN_EPOCHS=2."),
            ("SUMMARIZE_CONFIG", "The configuration file."),
            ("NO_COLOR, FORCE_COLOR", "Colours are not wanted; are wanted in a pipe, too. --color is stronger."),
            ("COLUMNS", "The width of what is shown."),
        ),
    ),
)
CONFIGURATION = """\
Defaults of options stand in ~/.config/summarize/config.toml (below XDG_CONFIG_HOME where that is set) or in the file
that --config names, in a table for each command. The environment is stronger, and the command line strongest.

\b
    [summarize]
    batch-size = 16
    model = "runs/mine/best"

\b
    [evaluate]
    format = "json"
"""


class Program(DefaultGroup):
    """The group of commands; its help is that of the default one, and names the others."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program, under its own name however it was started."""
        return super().main(*args, **(kwargs | {"prog_name": PROGRAM, "complete_var": VARIABLE}))

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the command line; an interruption is no error even then."""
        with errors_explained():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; whatever a person can cause ends in a sentence."""
        with errors_explained():
            return super().invoke(ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both ways of use."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] [FILE|FOLDER|-]...")
        formatter.write_usage(ctx.command_path, "COMMAND [OPTIONS] ...", prefix=f"{'':7}")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of summarising, then the commands and what else there is to know."""
        command = self.commands[self.default_cmd_name]
        found = sections(command, ctx)
        found[GENERAL] += [r for p in self.params if p.name == "version" and (r := p.get_help_record(ctx))]
        write_sections(found, formatter)
        self.format_commands(ctx, formatter)
        write_examples(EXAMPLES, formatter)
        for title, terms in NOTES:
            with formatter.section(title):
                formatter.write_dl(terms)
        with formatter.section("Configuration"):
            formatter.write_text(CONFIGURATION)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands to show: the default one is the program itself."""
        return [name for name in super().list_commands(ctx) if name != self.default_cmd_name]


@click.group(
    name=PROGRAM,
    cls=Program,
    default="text",
    default_if_no_args=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[config_option()],
)
@click.version_option(__version__, "--version", "-V", message="summarize %(version)s")
def main() -> None:
    """Summarise texts, offline, and say where every word came from.

    FILE is a document, FOLDER one that --recursive reads; - or nothing is standard input. Results go to standard
    output (or to --output) and nothing else does: errors, notes and progress go to standard error. A document that
    cannot be read is reported in a sentence, and the others are still summarised.
    """
    if sys.stdout is None:  # closed by the caller
        complain("standard output is closed")
        sys.exit(ExitStatus.USAGE)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a character that the locale lacks is no reason to stop


for command in (summarize_texts, corpus, evaluate, models, train, completion):
    main.add_command(command)
