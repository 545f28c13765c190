"""The list of common English words in summarize/support, from SCOWL's files (Debian's package scowl).

    python scripts/make_word_list.py /usr/share/dict/scowl

A word that is a name too is taken only from the sizes that hold the most frequent words: may, but not jimmy.
"""

from __future__ import annotations

import lzma
from pathlib import Path

import click

TARGET = Path(__file__).parent.parent / "summarize" / "support" / "words.txt.xz"
SPELLINGS = ("english", "american", "british", "british_z")
FREQUENT, SIZES = (10, 20), (10, 20, 35, 40, 50)


def words_of(folder: Path, kind: str, sizes: tuple[int, ...]) -> set[str]:
    """The words of one kind, of these sizes, without possessives and what is not plain ASCII."""
    found: set[str] = set()
    for path in (folder / f"{spelling}-{kind}.{size}" for spelling in SPELLINGS for size in sizes):
        if path.exists():
            found |= set(path.read_text("latin-1").split())
    return {word for word in found if word.isascii() and not word.endswith("'s")}


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def main(folder: Path) -> None:
    """Write the list from the files in FOLDER."""
    kinds = ("words", "contractions")
    frequent = set().union(*(words_of(folder, kind, FREQUENT) for kind in kinds))
    every = set().union(*(words_of(folder, kind, SIZES) for kind in kinds))
    names = {word.lower() for kind in ("upper", "proper-names") for word in words_of(folder, kind, SIZES)}
    words = sorted(word for word in frequent | (every - names) if word == word.lower())
    TARGET.write_bytes(lzma.compress(("\n".join(words) + "\n").encode(), preset=9 | lzma.PRESET_EXTREME))
    click.echo(f"{len(words):,} words", err=True)


if __name__ == "__main__":
    main()
