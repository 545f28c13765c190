"""Measures what a large corpus costs: python scripts/measure_corpus.py DOCUMENTS.jsonl [--documents 64]

Reads, summarises and writes that many of the documents as a worker of `summarize corpus` does, on one thread, and
prints the rates that plan a larger run, with what follows from them, as the Markdown table of docs/scale.md. Prices are
options: they are yours, not measured. The machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from summarize import Request, __version__
from summarize.corpus import Job, find_shards
from summarize.corpus.jobs import BLOCK_DOCUMENTS, Block, blocks
from summarize.corpus.storage import Folder
from summarize.corpus.worker import Worker
from summarize.documents import ReadOptions
from summarize.pipeline.style_router import StyledModel

PARTS = 512  # that are put together, for a rate
REQUESTS = 6  # for a block on an object store: its part is put, moved (copied, deleted), read, deleted, listed


def measure(path: str, documents: int, model: str) -> tuple[float, float, float, float]:
    """(documents read a second, articles summarised in a CPU-second, bytes of a record, bytes put together a second)
    by one process."""
    with tempfile.TemporaryDirectory() as folder:
        out = Folder(folder)
        job = Job(folder, __version__, model, model, StyledModel.resolve(model).fingerprint(), Request(), {}, ReadOptions())
        [shard] = find_shards([path], None, folder)
        start = time.process_time()
        found = [block for block in blocks(shard, (), job.read, job.batch_size) if isinstance(block, Block)]
        reading = sum(len(block.documents) for block in found) / (time.process_time() - start)

        taken = list(itertools.islice((document for block in found for document in block.documents), documents))
        worker = Worker(job)
        worker(replace(found[0], documents=tuple(taken[:1])))  # loads the model
        start = time.process_time()
        done = worker(replace(found[0], documents=tuple(taken)))
        summarising = len(taken) / (time.process_time() - start)
        if done.failed:
            raise RuntimeError(f"{done.failed} of these documents failed")

        [part] = out.names()
        content = b"".join(out.read([part]))
        start = time.perf_counter()
        out.write("together.jsonl", out.read(itertools.repeat(part, PARTS)))
        together = PARTS * len(content) / (time.perf_counter() - start)
        return reading, summarising, len(content) / len(taken), together


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="JSON Lines with a document a line")
    parser.add_argument("--documents", type=int, default=64, help="of them that are summarised")
    parser.add_argument("--model", default="news")
    parser.add_argument("--core-hour", type=float, default=0.02, metavar="DOLLARS", help="the price of one core")
    parser.add_argument("--request", type=float, default=5e-6, metavar="DOLLARS", help="of an object store")
    parser.add_argument("--cores", type=int, default=1000, help="of the cluster to plan for")
    given = parser.parse_args()
    path = str(Path(given.file).resolve())
    reading, summarising, record, together = measure(path, given.documents, given.model)
    hours = 1e6 / summarising / 3600
    requests = 1e6 / BLOCK_DOCUMENTS * REQUESTS
    rows = {
        "articles summarised in a CPU-second": f"{summarising:.2f}",
        "documents read in a CPU-second": f"{reading:,.0f}",
        "bytes of a record": f"{record:,.0f}",
        "megabytes put together in a second": f"{together / 1e6:,.0f}",
        "core-hours for a million": f"{hours:,.0f}",
        f"dollars for a million, at {given.core_hour} a core-hour": f"{hours * given.core_hour:,.2f}",
        f"and for requests, at {given.request:g} each": f"{requests * given.request:,.2f}",
        f"days for a billion, on {given.cores:,} cores": f"{1000 * hours / given.cores / 24:,.1f}",
        "terabytes of a billion records": f"{record / 1000:,.1f}",
        "cores that one reader feeds": f"{reading / summarising:,.0f}",
        "cores whose shards one process puts together": f"{together / record / summarising:,.0f}",
    }
    print("| | |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
