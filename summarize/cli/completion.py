"""`summarize completion SHELL`: the script that completes command lines in bash, zsh or fish."""

from __future__ import annotations

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ShellComplete,
    add_completion_class,
    get_completion_class,
)

from summarize.cli.config import PROGRAM
from summarize.cli.help import Command

COMPLETION_VARIABLE = "_SUMMARIZE_COMPLETE"
SHELLS = ("bash", "zsh", "fish")
EXAMPLES = (
    ("bash, in ~/.bashrc", 'eval "$(summarize completion bash)"'),
    ("zsh, in ~/.zshrc", 'eval "$(summarize completion zsh)"'),
    ("fish, once", "summarize completion fish > ~/.config/fish/completions/summarize.fish"),
)


@add_completion_class
class Bash(BashComplete):
    """click's script for bash, changed to offer files and commands for the same word; click's offers only one kind."""

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


@click.command("completion", cls=Command, short_help="The script that completes command lines.", examples=EXAMPLES)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script with which a SHELL completes options, commands and file names."""
    shell_class = get_completion_class(shell)
    program = click.get_current_context().find_root().command
    if shell_class is None:
        raise click.UsageError(f"click does not support {shell}")
    # Not the class's own source(): that of bash first looks for a bash on this machine.
    click.echo(ShellComplete.source(shell_class(program, {}, PROGRAM, COMPLETION_VARIABLE)).rstrip("\n"))


def complete_argument(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What can be an argument of the default command: files, and as the first argument the other commands, too."""
    items = [CompletionItem(incomplete, type="file")]
    group = context.parent.command if context.parent else None
    if context.parent and isinstance(group, click.Group) and not context.params.get("files"):
        names = [name for name in group.list_commands(context.parent) if name.startswith(incomplete)]
        items += [CompletionItem(name, help=group.commands[name].get_short_help_str()) for name in names]
    return items
