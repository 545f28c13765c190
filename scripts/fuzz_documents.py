"""Damage documents and summarise what can still be read: python scripts/fuzz_documents.py FOLDER --inputs 10000

Each input is made from a file of FOLDER: truncated, with flipped bits, with a piece removed, repeated, or taken from
another file, packed into an archive, or as it is, under its own name, another one or none. It is read as the program
reads it, and one in so many is summarised with drawn options. A worker process does this; one that gives no answer for
ten times --seconds is stopped.

A failure is an exception other than DocumentError and UsageError, a text that is no text, a summary beyond its limits,
a stop, and more than --seconds of CPU time or --megabytes of memory. The input that failed is kept in --output. Prints
counts; exits with 1 after a failure. The same seed makes the same inputs.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import random
import resource
import sys
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import click

from summarize import Length, Request, Summarizer
from summarize.documents import ReadOptions, read_open
from summarize.errors import DocumentError, UsageError
from summarize.records import Recorder, RunSettings

MAX_DAMAGES = 3
STOPPED_AFTER = 10  # times the CPU-seconds that an input may take, on a clock: the machine may be busy
MAX_DOCUMENTS = 20  # of one input, that are looked at
MAX_SUMMARISED = 50_000  # characters; the time that longer texts take is measured by measure_length.py
MAX_SIZE = 5_000_000  # bytes of an input as it is read; a bomb has more
Damage = Callable[[bytes, bytes, random.Random], bytes]


def truncated(data: bytes, _: bytes, chance: random.Random) -> bytes:
    """Its beginning."""
    return data[: chance.randrange(len(data) + 1)]


def with_flipped_bits(data: bytes, _: bytes, chance: random.Random) -> bytes:
    """With one to a hundred bits flipped."""
    damaged = bytearray(data)
    for _n in range(chance.choice((1, 4, 20, 100)) if data else 0):
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def without_a_piece(data: bytes, _: bytes, chance: random.Random) -> bytes:
    """Without some bytes."""
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[end:]


def with_a_repeated_piece(data: bytes, _: bytes, chance: random.Random) -> bytes:
    """With some bytes many times."""
    start = chance.randrange(len(data) + 1)
    piece = data[start : start + chance.choice((1, 10, 1000))]
    return data[:start] + piece * chance.choice((2, 50, 2000)) + data[start:]


def with_a_piece_of_another(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """With some bytes of another file."""
    start, end = sorted(chance.randrange(len(other) + 1) for _ in range(2))
    at = chance.randrange(len(data) + 1)
    return data[:at] + other[start : min(end, start + 10_000)] + data[at:]


def with_random_bytes(data: bytes, _: bytes, chance: random.Random) -> bytes:
    """With random bytes in place of some."""
    at = chance.randrange(len(data) + 1)
    noise = chance.randbytes(chance.choice((1, 16, 400)))
    return data[:at] + noise + data[at + len(noise) :]


def in_an_archive(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """In a zip archive beside another file, perhaps in one more archive; or as a member of a megabyte of zeros."""
    for _ in range(chance.choice((1, 1, 2))):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(chance.choice(("a.txt", "word/document.xml", "inner.zip", "content.xml")), data)
            archive.writestr("b.html", other if chance.random() < 0.7 else b"\0" * 1_000_000)
        data = out.getvalue()
    return data


DAMAGES: tuple[Damage, ...] = (
    truncated, with_flipped_bits, without_a_piece, with_a_repeated_piece, with_a_piece_of_another, with_random_bytes,
    in_an_archive,
)  # fmt: skip


@dataclass(frozen=True)
class Input:
    """Bytes under a name, and the options with which what they hold is summarised; None: it is only read."""

    name: str
    data: bytes
    request: dict[str, Any] | None


def make_input(files: Sequence[Path], chance: random.Random, summarised_share: float) -> Input:
    """A damaged file, or a whole one."""
    path = chance.choice(files)
    data, other = path.read_bytes(), chance.choice(files).read_bytes()
    for _ in range(chance.randrange(MAX_DAMAGES + 1)):
        data = chance.choice(DAMAGES)(data, other, chance)[:MAX_SIZE]
    name = chance.choice((path.name, path.name, path.name, chance.choice(files).name, "noname", "-"))
    return Input(name, data, draw_request(chance) if chance.random() < summarised_share else None)


def draw_request(chance: random.Random) -> dict[str, Any]:
    """Options of a summary."""
    lengths: list[dict[str, Any]] = [{}, {"words": chance.choice((1, 5, 18, 200))}, {"sentences": chance.randint(1, 9)},
                                     {"ratio": chance.choice((0.01, 0.3, 1.0))}, {"name": "long"}]  # fmt: skip
    flags = {name: chance.random() < 0.3 for name in ("extractive", "explain", "outline")}
    return {"length": chance.choice(lengths), "query": chance.choice((None, None, "bridge", "☃")), **flags}


class Checker:
    """Reads and summarises inputs in one process."""

    def __init__(self) -> None:
        self._summarizer = Summarizer.load()

    def check(self, given: Input) -> str:
        """What became of an input: "read", "refused" or "empty". Raises AssertionError, or whatever goes wrong."""
        options = ReadOptions(max_bytes=MAX_SIZE)
        outcomes = []
        for number, document in enumerate(read_open(io.BytesIO(given.data), given.name, options)):
            if number == MAX_DOCUMENTS:
                break
            if isinstance(document, DocumentError):
                assert "\n" not in str(document), "a message of several lines"
                assert len(str(document)) < 1000, "a long message"
                outcomes.append("refused")
                continue
            document.text.encode()
            json.dumps(dict(document.fields), allow_nan=False)
            assert document.text.strip(), "an empty document"
            outcomes.append("read")
            if given.request is not None and len(document.text) <= MAX_SUMMARISED:
                self._summarize(document, given.request)
        return "read" if "read" in outcomes else "refused" if outcomes else "empty"

    def _summarize(self, document: Any, drawn: dict[str, Any]) -> None:
        request = Request(Length(**drawn["length"]), **{name: drawn[name] for name in drawn if name != "length"})
        unexpected: list[Exception] = []
        recorder = Recorder(
            lambda: self._summarizer, request, RunSettings("news", {}), strict=True, on_unexpected=unexpected.append
        )
        (record,) = recorder.records([document])
        if unexpected:
            raise unexpected[0]
        words = drawn["length"].get("words")
        if record.summary and words and not request.outline:
            assert len(record.summary.split()) <= max(words, 1), "too many words"


def work(connection: Connection) -> None:
    """Check inputs until there are no more: send (outcome or "", traceback or "", CPU-seconds, megabytes) for each."""
    checker = Checker()
    while (given := connection.recv()) is not None:
        began = time.process_time()
        try:
            outcome, failure = checker.check(given), ""
        except UsageError:
            outcome, failure = "refused", ""
        except Exception:
            outcome, failure = "", traceback.format_exc()
        used = time.process_time() - began
        connection.send((outcome, failure, used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


class Worker:
    """A process that checks inputs, and is started again after one that it does not survive."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def check(self, given: Input) -> tuple[str, str, float, float]:
        """(outcome, failure, CPU-seconds, megabytes)."""
        self._connection.send(given)
        try:
            if self._connection.poll(STOPPED_AFTER * self._seconds):
                return self._connection.recv()
            failure = "was stopped"
        except (EOFError, OSError):
            failure = "the process died"
        self._process.kill()
        self._start()
        return "", failure, 0.0, 0.0

    def close(self) -> None:
        """End the process."""
        self._connection.send(None)
        self._process.join()


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--inputs", type=click.IntRange(1), default=10_000, show_default=True)
@click.option("--summarised", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="The share of inputs.")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="CPU time of one input.")
@click.option("--megabytes", type=float, default=1000.0, show_default=True, help="That the process may take.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), default=Path("runs/fuzz"), show_default=True)
def main(
    folder: Path, inputs: int, summarised: float, seconds: float, megabytes: float, seed: int, output: Path
) -> None:
    """Read damaged files of FOLDER, and summarise some; print what failed."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not files:
        raise click.UsageError(f"{folder}: holds no file")
    worker, outcomes, n_failed, peak, slowest = Worker(seconds), Counter[str](), 0, 0.0, 0.0
    for number in range(inputs):
        given = make_input(files, random.Random(f"{seed} {number}"), summarised)
        outcome, failure, took, used = worker.check(given)
        if not failure and took > seconds:
            failure = f"took {took:.0f} CPU-seconds"
        if not failure and used > megabytes >= peak:
            failure = f"took {used:.0f} MB"
        peak, slowest = max(peak, used), max(slowest, took)
        outcomes["failed" if failure else outcome] += 1
        if failure:
            n_failed += 1
            output.mkdir(parents=True, exist_ok=True)
            (output / f"{number}.input").write_bytes(given.data)
            click.echo(f"{number} {given.name} {given.request}: {failure}", err=True)
    worker.close()
    counts = ", ".join(f"{name} {n:,}" for name, n in sorted(outcomes.items()))
    click.echo(f"{inputs:,} inputs of {len(files)} files: {counts}; {n_failed} failures")
    click.echo(f"peak memory {peak:.0f} MB, slowest input {slowest:.1f} CPU-seconds")
    sys.exit(n_failed > 0)


if __name__ == "__main__":
    main()
