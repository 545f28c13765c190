"""Make the list of common English words in summarize/grounding from texts that have kept their letter case.

    python scripts/make_word_list.py reuters_lead-train.jsonl.xz cnndm-train.jsonl.xz

A word is common if it is often lower-cased within sentences: mayor is, jimmy is not. The texts are JSON Lines under xz
with a field `document`; rows with `"cased": false` are skipped.
"""

from __future__ import annotations

import json
import lzma
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

WORD_LIST = Path(__file__).resolve().parent.parent / "summarize" / "grounding" / "words.txt.xz"
# A word after a lower-cased word, perhaps with a comma: not the first of a sentence, nor in a heading.
WORD_WITHIN_SENTENCE = re.compile(r"(?<=[a-z] )[A-Za-z]+(?:'[a-z]+)?|(?<=[a-z], )[A-Za-z]+(?:'[a-z]+)?", re.ASCII)
MIN_LOWER_COUNT = 3  # times that a common word is lower-cased, at least
MIN_LOWER_SHARE = 0.2  # of all its occurrences: "the mayor" beside "Mayor Smith"


def read_documents(paths: Iterable[Path]) -> Iterator[str]:
    """The cased documents of JSON Lines files under xz."""
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row.get("cased", True):
                    yield row["document"].replace("’", "'")


def common_words(documents: Iterable[str]) -> list[str]:
    """The words that are often lower-cased within sentences, sorted."""
    lower: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for text in documents:
        for word in WORD_WITHIN_SENTENCE.findall(text):
            if word.islower():
                lower[word] += 1
            else:
                capital[word.lower()] += 1
    return sorted(
        word
        for word, count in lower.items()
        if count >= MIN_LOWER_COUNT and count >= MIN_LOWER_SHARE * (count + capital[word]) and not word.endswith("'s")
    )


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=WORD_LIST, help="[default: the program's word list]")
def main(paths: tuple[Path, ...], output: Path) -> None:
    """Count the words of PATHS and write the list, a word a line, under xz."""
    words = common_words(read_documents(paths))
    output.write_bytes(lzma.compress(("\n".join(words) + "\n").encode(), preset=9 | lzma.PRESET_EXTREME))
    click.echo(f"{len(words):,} words", err=True)


if __name__ == "__main__":
    main()
