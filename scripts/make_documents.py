"""Write a small file of every format that can be read: python scripts/make_documents.py FOLDER"""

from __future__ import annotations

import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.helpers.makers import every_format


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Write file.txt, file.pdf and so on into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, data in every_format().items():
        (folder / f"file{suffix}").write_bytes(data)


if __name__ == "__main__":
    main()
