"""Writes what the docs show of the program from the program itself: docs/cli.md, the help texts of all commands, and
the explained record in docs/json.md; --check only compares cli.md (figures of a record differ between processors)."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from summarize.cli import main
from summarize.cli.help import help_texts

ROOT = Path(__file__).resolve().parent.parent
PAGE, RECORD = ROOT / "docs" / "cli.md", ROOT / "docs" / "json.md"
OPENING = """# The command line

What `--help` says, command by command. This page is written by `scripts/write_docs.py` and tested against the program.

"""
EXAMPLE = re.compile(
    r"(?<=\n)`summarize ([^`]*)`, with line breaks added [^`]*`[^`]*`[^`]*```json\n(.*?)```\n", re.DOTALL
)
SHOWN = 207  # characters of the document


def page() -> str:
    """docs/cli.md as it should be."""
    texts = help_texts(main, "summarize")
    return OPENING + "\n".join(f"## {typed}\n\n```\n{text}\n```\n" for typed, text in texts.items())


def example(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The explained record that docs/json.md shows, and the one that its command gives."""
    found = EXAMPLE.search(text)
    assert found is not None
    options = [str(ROOT / word) if word.startswith("examples/") else word for word in shlex.split(found[1])]
    result = CliRunner().invoke(main, ["--config", "/dev/null", *options])
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    record["source"] = Path(record["source"]).relative_to(ROOT).as_posix()
    record["document"] = f"{record['document'][:SHOWN].rstrip()} …"
    return json.loads(found[2]), record


def with_example(text: str) -> str:
    """docs/json.md with what its command gives."""
    _, record = example(text)
    return EXAMPLE.sub(lambda found: found[0].replace(found[2], f"{_laid_out(record)}\n"), text)


def _laid_out(record: dict[str, Any]) -> str:
    """A record with a line for each field, and for each word."""
    fields = {name: json.dumps(value, ensure_ascii=False) for name, value in record.items()}
    fields["sentences"] = "[\n  " + ",\n  ".join(map(_sentence, record["sentences"])) + "]"
    return "{" + ",\n ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


def _sentence(sentence: dict[str, Any]) -> str:
    fields = {name: json.dumps(value, ensure_ascii=False) for name, value in sentence.items()}
    words = [json.dumps(word, ensure_ascii=False) for word in sentence["words"]]
    fields["words"] = "[\n    " + ",\n    ".join(words) + "]"
    return "{" + ",\n   ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(None if PAGE.read_text("utf-8") == page() else f"{PAGE}: is out of date; run scripts/write_docs.py")
    PAGE.write_text(page(), "utf-8")
    RECORD.write_text(with_example(RECORD.read_text("utf-8")), "utf-8")
