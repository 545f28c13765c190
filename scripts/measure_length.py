"""Measure time and memory against the length of one document: python scripts/measure_length.py [--words 1000 10000 …]

Starts the program on generated texts and prints, for each length: CPU seconds, the CPU seconds of each further thousand
words, peak resident memory, and the number of words of the summary. Arguments after `--` go to the program.
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


def write_document(path: Path, n_words: int) -> None:
    """Write a text of about n_words, in sentences and paragraphs, one paragraph at a time."""
    rng = random.Random(n_words)
    n_left = n_words
    with path.open("w") as file:
        while n_left > 0:
            sentences = []
            for _ in range(rng.randint(2, 6)):
                subject, thing = rng.sample(NOUNS, 2)
                day, place = rng.randint(1, 28), rng.choice(PLACES)
                sentence = f"On day {day} the {subject} {rng.choice(VERBS)} the {thing} {place}."
                sentences.append(sentence)
                n_left -= len(sentence.split())
            print(" ".join(sentences) + "\n", file=file)


def measure(path: Path, options: list[str]) -> tuple[float, float, int]:
    """CPU seconds, peak resident memory in MB, and the number of words of the summary.

    Raises RuntimeError where the program fails.
    """
    command = [sys.executable, "-m", "summarize", str(path), "--format", "plain", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        summary = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"the program ended with exit code {child.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, len(summary.split())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--words", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("options", nargs="*", help="after --: options of the program")
    arguments = parser.parse_args()
    previous: tuple[int, float] | None = None
    print(f"{'words':>12} {'MB of text':>10} {'CPU-s':>8} {'CPU-s / 1,000 more':>18} {'peak MB':>8} {'summary':>8}")
    for n_words in arguments.words:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "document.txt"
            write_document(path, n_words)
            seconds, megabytes, n_summary = measure(path, arguments.options)
            size = path.stat().st_size / 1e6
        more = f"{1000 * (seconds - previous[1]) / (n_words - previous[0]):.3f}" if previous else ""
        print(f"{n_words:>12,} {size:>10.1f} {seconds:>8.1f} {more:>18} {megabytes:>8.0f} {n_summary:>8}", flush=True)
        previous = n_words, seconds


if __name__ == "__main__":
    main()
