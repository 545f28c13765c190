"""`summarize completion SHELL`: the script by which bash, zsh or fish completes what is typed."""

from __future__ import annotations

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ShellComplete,
    add_completion_class,
    get_completion_class,
)

from summarize.cli.help import Command

PROGRAM = "summarize"
VARIABLE = "_SUMMARIZE_COMPLETE"
SHELLS = ("bash", "zsh", "fish")
EXAMPLES = (
    ("bash, in ~/.bashrc", 'eval "$(summarize completion bash)"'),
    ("zsh, in ~/.zshrc", 'eval "$(summarize completion zsh)"'),
    ("fish, once", "summarize completion fish > ~/.config/fish/completions/summarize.fish"),
)


@add_completion_class
class Bash(BashComplete):
    """As click has it, but that a word can be a command's name or a file's: click's offers either."""

    source_template = r"""%(complete_func)s() {
    local IFS=$'\n' response completion type value
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete $1)
    for completion in $response; do
        IFS=',' read type value <<< "$completion"
        case $type in
            plain) COMPREPLY+=("$value") ;;
            file) compopt -o filenames; COMPREPLY+=($(compgen -f -- "$value")) ;;
            dir) compopt -o filenames; COMPREPLY+=($(compgen -d -- "$value")) ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


@click.command("completion", cls=Command, short_help="The script that completes what is typed.", examples=EXAMPLES)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script by which a SHELL completes options, commands and file names."""
    found = get_completion_class(shell)
    program = click.get_current_context().find_root().command
    if found is None:
        raise click.UsageError(f"click knows no {shell}")
    # Not the class's own source(): for bash that looks for a bash on this machine first.
    click.echo(ShellComplete.source(found(program, {}, PROGRAM, VARIABLE)).rstrip("\n"))


def first_words(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What can stand as an argument of the default command: files, and before any of them the other commands."""
    items = [CompletionItem(incomplete, type="file")]
    group = context.parent.command if context.parent else None
    if context.parent and isinstance(group, click.Group) and not context.params.get("files"):
        names = [name for name in group.list_commands(context.parent) if name.startswith(incomplete)]
        items += [CompletionItem(name, help=group.commands[name].get_short_help_str()) for name in names]
    return items
