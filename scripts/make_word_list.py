"""The list of common English words in summarize/support, counted in texts that have kept their letter case.

    python scripts/make_word_list.py reuters_lead-train.jsonl.xz cnndm-train.jsonl.xz

A word is common where, within sentences, it is often written small: mayor, but not jimmy. The texts are JSON Lines with
a field `document`; rows that say `"cased": false` are left out.
"""

from __future__ import annotations

import json
import lzma
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

TARGET = Path(__file__).parent.parent / "summarize" / "support" / "words.txt.xz"
# A word after a small letter, or after one and a comma: not the first of a sentence, nor in a heading.
WITHIN = re.compile(r"(?<=[a-z] )[A-Za-z]+(?:'[a-z]+)?|(?<=[a-z], )[A-Za-z]+(?:'[a-z]+)?", re.ASCII)
FEWEST, SMALL = 3, 0.2  # times it is written small, and the share of all times (the mayor, Mayor Smith)


def documents(paths: tuple[Path, ...]) -> Iterator[str]:
    """The cased documents of JSON Lines files under xz."""
    for path in paths:
        with lzma.open(path, "rt") as lines:
            for line in lines:
                row = json.loads(line)
                if row.get("cased", True):
                    yield row["document"].replace("’", "'")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def main(paths: tuple[Path, ...]) -> None:
    """Count the words of PATHS and write the list."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for text in documents(paths):
        for word in WITHIN.findall(text):
            if word.islower():
                small[word] += 1
            else:
                large[word.lower()] += 1
    words = sorted(w for w, n in small.items() if n >= FEWEST and n >= SMALL * (n + large[w]) and not w.endswith("'s"))
    TARGET.write_bytes(lzma.compress(("\n".join(words) + "\n").encode(), preset=9 | lzma.PRESET_EXTREME))
    click.echo(f"{len(words):,} words", err=True)


if __name__ == "__main__":
    main()
