"""Writes docs/cli.md, the help texts of all commands, from the program itself; --check only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from summarize.cli import main
from summarize.cli.help import help_texts

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
OPENING = """# The command line

What `--help` says, command by command. This page is written by `scripts/write_docs.py` and tested against the program.

"""


def page() -> str:
    """The page as it should be."""
    texts = help_texts(main, "summarize")
    return OPENING + "\n".join(f"## {typed}\n\n```\n{text}\n```\n" for typed, text in texts.items())


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(None if PAGE.read_text("utf-8") == page() else f"{PAGE}: is out of date; run scripts/write_docs.py")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
