"""How fast documents are read, beside the libraries that read them: python scripts/benchmark_reading.py FOLDER

Every file of FOLDER whose format has a peer is read by this program and by the library alone, in turn, in this
process: HTML by trafilatura, PDF by pypdfium2 (all text of every page), DOCX by python-docx (all paragraphs and cells),
XLSX by openpyxl (all cells), e-mail by Python's parser (the body). Prints megabytes a CPU-second of each, and the ratio
of their times: the median over --rounds.
"""

from __future__ import annotations

import email
import email.policy
import io
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import click

from summarize.documents import ReadOptions, read_open
from summarize.documents.formats import format_of
from summarize.errors import DocumentError

Read = Callable[[bytes], object]


def read_html(data: bytes) -> object:
    """The article."""
    import trafilatura

    return trafilatura.extract(data.decode("utf-8", "replace"), include_comments=False)


def read_pdf(data: bytes) -> object:
    """The text of all pages."""
    import pypdfium2

    with pypdfium2.PdfDocument(data) as document:
        return [document[number].get_textpage().get_text_range() for number in range(len(document))]


def read_docx(data: bytes) -> object:
    """The paragraphs, and the cells of tables."""
    import docx

    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


def read_xlsx(data: bytes) -> object:
    """The cells of all sheets."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    return [row for sheet in book for row in sheet.iter_rows(values_only=True)]


def read_mail(data: bytes) -> object:
    """The body."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    body = message.get_body(preferencelist=("plain", "html"))
    return body and body.get_content()


PEERS: dict[str, tuple[str, Read]] = {
    "html": ("trafilatura", read_html),
    "pdf": ("pypdfium2", read_pdf),
    "docx": ("python-docx", read_docx),
    "xlsx": ("openpyxl", read_xlsx),
    "eml": ("email", read_mail),
}


def read_here(data: bytes, name: str) -> object:
    """All documents of a file, as this program reads them."""
    return list(read_open(io.BytesIO(data), name, ReadOptions()))


def format_of_file(path: Path) -> str:
    """The format of a file, "zip" resolved by its name; "" if it is refused."""
    try:
        found = format_of(path.name, path.read_bytes()[:4096])
    except DocumentError:
        return ""
    return path.suffix.lower().removeprefix(".") if found == "zip" else found


def seconds(read: Callable[[], object]) -> float:
    """The CPU-seconds that a function takes; an exception counts as its end."""
    began = time.process_time()
    with suppress(Exception):  # what a library raises at a damaged file is not what is measured
        read()
    return time.process_time() - began


def compare(paths: Sequence[Path], peer: Read, rounds: int) -> tuple[float, float, float]:
    """(CPU-seconds here, of the peer, ratio): of a round over all files, the medians."""
    here, theirs = [], []
    for _ in range(rounds + 1):  # the first one imports the libraries, and does not count
        ours = other = 0.0
        for path in paths:
            data, name = path.read_bytes(), str(path)
            ours += seconds(lambda: read_here(data, name))  # noqa: B023
            other += seconds(lambda: peer(data))  # noqa: B023
        here.append(ours)
        theirs.append(other)
    ratios = [a / max(b, 1e-9) for a, b in zip(here[1:], theirs[1:], strict=True)]
    return statistics.median(here[1:]), statistics.median(theirs[1:]), statistics.median(ratios)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
def main(folder: Path, rounds: int) -> None:
    """Read the files of FOLDER here and by libraries."""
    by_format: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        by_format[format_of_file(path)].append(path)
    for name, (library, peer) in PEERS.items():
        if paths := by_format[name]:
            megabytes = sum(path.stat().st_size for path in paths) / 1e6
            here, theirs, ratio = compare(paths, peer, rounds)
            click.echo(
                f"{name:5} {len(paths):4} files {megabytes:7.2f} MB   here {megabytes / max(here, 1e-9):7.2f} MB/s   "
                f"{library} {megabytes / max(theirs, 1e-9):7.2f} MB/s   {ratio:5.2f} times its time"
            )


if __name__ == "__main__":
    main()
