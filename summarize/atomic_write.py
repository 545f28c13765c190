"""Files that are there whole or not at all: they are written beside their place and moved there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_replacement(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` at the end of the block.

    A process that is killed inside the block leaves the old file as it was; so does an exception, which also removes
    what was written.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, text: str) -> None:
    """Write a text file (UTF-8) so that it is there whole or not at all."""
    with atomic_replacement(path) as temporary:
        temporary.write_text(text, "utf-8")
