"""Measure the memory of one process over many documents: python scripts/measure_memory.py [--documents 10000]

Starts the program on generated documents of mixed lengths, reads its records, and prints its resident memory after
every tenth of the documents, and the growth after the first tenth. Arguments after `--` go to the program. With the
shipped model the default takes about an hour; with `-- --beam-size 1 --max-length 12`, minutes.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

WORDS = tuple("the a bridge mayor minister old town river opened on Monday and was crossed by vehicles".split())  # noqa: SIM905


def write_documents(folder: Path, n_documents: int, max_words: int) -> list[str]:
    """Write documents of a tenth of max_words to max_words. Returns the names of the files."""
    rng = random.Random(0)
    names = []
    for number in range(n_documents):
        sentences, n_left = [], rng.randint(max_words // 10, max_words)
        while n_left > 0:
            n_words = min(n_left, rng.randint(5, 25))
            sentences.append(" ".join(rng.choice(WORDS) for _ in range(n_words)).capitalize() + f" {number}.")
            n_left -= n_words
        name = f"{number}.txt"
        (folder / name).write_text(" ".join(sentences))
        names.append(name)
    return names


def resident_megabytes(process_id: int) -> float:
    """The resident memory of a process."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def measure(n_documents: int, max_words: int, options: list[str]) -> Iterator[tuple[int, float]]:
    """(documents done, resident MB) after every tenth of the documents but the last.

    Raises RuntimeError where the program fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        names = write_documents(Path(folder), n_documents, max_words)
        command = [sys.executable, "-m", "summarize", *names, "--format", "jsonl", *options]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for n_done, line in enumerate(child.stdout, 1):
                if json.loads(line)["source"] != names[n_done - 1]:
                    raise RuntimeError(f"document {n_done} is out of order")
                # After the last document the process may have ended.
                if n_done % (n_documents // 10) == 0 and n_done < n_documents:
                    yield n_done, resident_megabytes(child.pid)
        if child.returncode:
            raise RuntimeError(f"the program ended with exit code {child.returncode}")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=600, help="of the longest document")
    parser.add_argument("options", nargs="*", help="after --: options of the program")
    arguments = parser.parse_args()
    figures = []
    for n_done, megabytes in measure(arguments.documents, arguments.words, arguments.options):
        print(f"{n_done:>8,} documents  {megabytes:8.1f} MB", flush=True)
        figures.append(megabytes)
    print(f"growth after the first tenth: {figures[-1] - figures[0]:+.1f} MB")


if __name__ == "__main__":
    main()
