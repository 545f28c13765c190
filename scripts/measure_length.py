"""Measures time and memory against the length of one document: python scripts/measure_length.py [--words 1000 10000 …]

Starts the program on generated texts of so many words and prints CPU-seconds, the seconds of each further thousand
words, the most memory it held, and how many words the summary has. What follows `--` goes to the program.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

NOUNS = "bridge mayor minister ferry harbour council market museum railway school garden festival".split()  # noqa: SIM905
PLACES = ["in the old town", "near the river", "at the northern gate", "behind the station", "on the hill"]
VERBS = "opened closed rebuilt visited praised sold bought painted measured moved".split()  # noqa: SIM905


def write_document(path: Path, words: int) -> None:
    """A text of so many words, in sentences and paragraphs, written a paragraph at a time."""
    chance = random.Random(words)
    left = words
    with path.open("w") as file:
        while left > 0:
            sentences = []
            for _ in range(chance.randint(2, 6)):
                subject, thing = chance.sample(NOUNS, 2)
                day, place = chance.randint(1, 28), chance.choice(PLACES)
                text = f"On day {day} the {subject} {chance.choice(VERBS)} the {thing} {place}."
                sentences.append(text)
                left -= len(text.split())
            print(" ".join(sentences) + "\n", file=file)


def measure(path: Path, options: list[str]) -> tuple[float, float, int]:
    """CPU-seconds, the most resident MB, and the words written. Raises RuntimeError where the program fails."""
    command = [sys.executable, "-m", "summarize", str(path), "--format", "plain", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        summary = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"the program ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, len(summary.split())


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--words", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("options", nargs="*", help="after --: options of the program")
    given = parser.parse_args()
    before: tuple[int, float] | None = None
    print(f"{'words':>12} {'MB of text':>10} {'CPU-s':>8} {'CPU-s / 1,000 more':>18} {'MB held':>8} {'summary':>8}")
    for words in given.words:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "document.txt"
            write_document(path, words)
            seconds, megabytes, written = measure(path, given.options)
            size = path.stat().st_size / 1e6
        more = f"{1000 * (seconds - before[1]) / (words - before[0]):.3f}" if before else ""
        print(f"{words:>12,} {size:>10.1f} {seconds:>8.1f} {more:>18} {megabytes:>8.0f} {written:>8}", flush=True)
        before = words, seconds


if __name__ == "__main__":
    main()
