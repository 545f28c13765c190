"""The command line: the program and its commands, each in a module of its own.

The commands are `summarize` (the default), `corpus`, `evaluate`, `models`, `train` and `completion`. `options`,
`inputs` and `loading` define the options that they share, and the objects that carry the values. `output` and `resume`
write files; `streams`, `progress` and `signals` are for messages, progress bars and interruptions; `config` and `help`
for defaults and help texts.

Modules that import torch, numpy or tokenizers are imported where they are used, so that --help and --version are fast.
"""

from __future__ import annotations

import io
import sys
from typing import Any

import click
from click_default_group import DefaultGroup

from summarize import __version__
from summarize.cli.completion import COMPLETION_VARIABLE, completion
from summarize.cli.config import PROGRAM, config_option
from summarize.cli.corpus import corpus
from summarize.cli.evaluate import evaluate
from summarize.cli.help import GENERAL, options_by_section, write_examples, write_sections
from summarize.cli.models import models
from summarize.cli.streams import ExitStatus, errors_reported, report
from summarize.cli.summarize import summarize_documents
from summarize.cli.train import train

EXAMPLES = (
    ("A panel on a terminal, plain text in a file or pipe", "summarize report.txt"),
    ("Several documents, each under its name", "summarize *.txt > summaries.txt"),
    ("Standard input; - names it among files", "curl -s URL | summarize"),
    ("A JSON record for each document, in a file", "summarize -o summaries.jsonl inbox/*.txt"),
    ("Continue after an interruption, or add new documents", "summarize -o summaries.jsonl --resume inbox/*.txt"),
)
NOTES = (
    (
        "Exit codes",
        (
            ("0", "All done."),
            ("1", "Some document failed, and the rest are done; or a data set cannot be read."),
            ("2", "Wrong use: options, model or configuration."),
            ("130, 143", "Interrupted (Ctrl-C), terminated; finished documents are written."),
        ),
    ),
    (
        "Environment",
        (
            ("SUMMARIZE_…", "Any option: SUMMARIZE_BATCH_SIZE=16, SUMMARIZE_TRAIN_EPOCHS=2."),
            ("SUMMARIZE_CONFIG", "The configuration file."),
            ("NO_COLOR", "No colours, unless --color asks for them."),
            ("FORCE_COLOR", "Colours in a pipe, too, unless --color excludes them."),
            ("COLUMNS", "The width of panels and tables."),
        ),
    ),
)
CONFIGURATION = """\
Defaults of options are read from ~/.config/summarize/config.toml (below XDG_CONFIG_HOME if that is set) or from the
file that --config names, which has a table for each command. The environment overrides the file, and the command line
overrides both.

\b
    [summarize]
    batch-size = 16
    model = "runs/mine/best"

\b
    [evaluate]
    format = "json"
"""


class Program(DefaultGroup):
    """The group of commands. Its help is that of the default command, with a list of the others."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program, under its own name no matter how it was started."""
        return super().main(*args, **(kwargs | {"prog_name": PROGRAM, "complete_var": COMPLETION_VARIABLE}))

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the command line; errors and interruptions are reported without a traceback."""
        with errors_reported():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; errors and interruptions are reported without a traceback."""
        with errors_reported():
            return super().invoke(ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both forms of use."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] [FILE|FOLDER|-]...")
        formatter.write_usage(ctx.command_path, "COMMAND [OPTIONS] ...", prefix=f"{'':7}")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of the default command, the other commands, examples and notes."""
        command = self.commands[self.default_cmd_name]
        options = options_by_section(command, ctx)
        options[GENERAL] += [r for p in self.params if p.name == "version" and (r := p.get_help_record(ctx))]
        write_sections(options, formatter)
        self.format_commands(ctx, formatter)
        write_examples(EXAMPLES, formatter)
        for title, terms in NOTES:
            with formatter.section(title):
                formatter.write_dl(terms)
        with formatter.section("Configuration"):
            formatter.write_text(CONFIGURATION)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands to show: all but the default one, which is the program itself."""
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
    """Summarise documents, offline, and show the source of every word.

    FILE is a document; FOLDER is searched with --recursive; - or no argument is standard input. Only results are
    written to stdout (or to --output); errors, notes and progress are reported on stderr. A document that cannot be
    read is reported, and the others are still summarised.
    """
    if sys.stdout is None:  # the caller has closed it
        report("standard output is closed")
        sys.exit(ExitStatus.USAGE)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # do not fail at a character that the locale lacks


for command in (summarize_documents, corpus, evaluate, models, train, completion):
    main.add_command(command)
