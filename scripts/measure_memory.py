"""Measures the memory of one process over many documents: python scripts/measure_memory.py [--documents 10000]

Starts the program on that many generated documents of mixed lengths, reads its records, and prints its resident
memory at every tenth of them, and by how much it grew after the first tenth. `--model` and what follows `--` go to the
program: the shipped model with `-- --beam-size 1 --max-length 12` takes minutes, in full about an hour.
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


def write_documents(folder: Path, count: int, words: int) -> list[str]:
    """Documents of up to so many words, their lengths mixed; their names."""
    chance = random.Random(0)
    names = []
    for number in range(count):
        sentences, left = [], chance.randint(words // 10, words)
        while left > 0:
            length = min(left, chance.randint(5, 25))
            sentences.append(" ".join(chance.choice(WORDS) for _ in range(length)).capitalize() + f" {number}.")
            left -= length
        name = f"{number}.txt"
        (folder / name).write_text(" ".join(sentences))
        names.append(name)
    return names


def resident(process: int) -> float:
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def measure(documents: int, words: int, options: list[str]) -> Iterator[tuple[int, float]]:
    """(documents done, resident MB) at every tenth. Raises RuntimeError where the program fails."""
    with tempfile.TemporaryDirectory() as folder:
        names = write_documents(Path(folder), documents, words)
        command = [sys.executable, "-m", "summarize", *names, "--format", "jsonl", *options]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for done, line in enumerate(child.stdout, 1):
                if json.loads(line)["source"] != names[done - 1]:
                    raise RuntimeError(f"document {done} is out of order")
                if done % (documents // 10) == 0 and done < documents:  # at the last one it may have gone
                    yield done, resident(child.pid)
        if child.returncode:
            raise RuntimeError(f"the program ended with {child.returncode}")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=600, help="of the longest document")
    parser.add_argument("options", nargs="*", help="after --: options of the program")
    given = parser.parse_args()
    figures = []
    for done, megabytes in measure(given.documents, given.words, given.options):
        print(f"{done:>8,} documents  {megabytes:8.1f} MB", flush=True)
        figures.append(megabytes)
    print(f"growth after the first tenth: {figures[-1] - figures[0]:+.1f} MB")


if __name__ == "__main__":
    main()
