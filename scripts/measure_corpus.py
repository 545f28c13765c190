"""Measure what a large corpus costs: python scripts/measure_corpus.py DOCUMENTS.jsonl [--documents 64]

Reads, summarises and writes that many of the documents as a worker of `summarize corpus` does, on one thread. Prints
the rates by which to plan a larger run, and what follows from them, as the Markdown table of docs/scale.md. Prices are
options. The machine should be otherwise idle.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from summarize import Request, __version__
from summarize.corpus import Job, find_shards
from summarize.corpus.jobs import BLOCK_DOCUMENTS, Block, Finished, read_blocks
from summarize.corpus.storage import Folder
from summarize.corpus.worker import Worker
from summarize.documents import ReadOptions
from summarize.pipeline.style_router import StyledModel

N_PARTS = 512  # that are put together to measure the rate
REQUESTS_PER_BLOCK = 6  # of an object store: a part is put, moved (copied, deleted), read, deleted, listed


@dataclass(frozen=True)
class Rates:
    """What one process does. Seconds of reading and summarising are CPU-seconds."""

    documents_read_per_second: float
    documents_summarised_per_second: float
    bytes_per_record: float
    bytes_put_together_per_second: float


def measure(path: str, n_documents: int, model: str) -> Rates:
    """The rates of one process on the first documents of a file."""
    with tempfile.TemporaryDirectory() as folder:
        out = Folder(folder)
        fingerprint = StyledModel.resolve(model).fingerprint()
        job = Job(folder, __version__, model, model, fingerprint, Request(), {}, ReadOptions())
        [shard] = find_shards([path], None, folder)
        start = time.process_time()
        parts = read_blocks(shard, (), job.read, job.batch_size)
        blocks = [block for block in parts if isinstance(block, Block)]
        all_documents = [document for block in blocks for document in block.documents]
        read_rate = len(all_documents) / (time.process_time() - start)

        documents = tuple(all_documents[:n_documents])
        worker = Worker(job)
        worker(replace(blocks[0], documents=documents[:1]))  # loads the model
        start = time.process_time()
        result = worker(replace(blocks[0], documents=documents))
        summarise_rate = len(documents) / (time.process_time() - start)
        if not isinstance(result, Finished) or result.n_failed:
            raise RuntimeError(f"some of these documents failed: {result}")

        [part] = out.names()
        n_bytes = len(b"".join(out.read([part])))
        start = time.perf_counter()
        out.write("together.jsonl", out.read(itertools.repeat(part, N_PARTS)))
        put_together_rate = N_PARTS * n_bytes / (time.perf_counter() - start)
        return Rates(read_rate, summarise_rate, n_bytes / len(documents), put_together_rate)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="JSON Lines with a document a line")
    parser.add_argument("--documents", type=int, default=64, help="how many of them to summarise")
    parser.add_argument("--model", default="news")
    parser.add_argument("--core-hour", type=float, default=0.02, metavar="DOLLARS", help="the price of one core")
    parser.add_argument(
        "--request", type=float, default=5e-6, metavar="DOLLARS", help="the price of a request of an object store"
    )
    parser.add_argument("--cores", type=int, default=1000, help="of the cluster to plan for")
    arguments = parser.parse_args()
    rates = measure(str(Path(arguments.file).resolve()), arguments.documents, arguments.model)
    summarised, record_bytes = rates.documents_summarised_per_second, rates.bytes_per_record
    core_hours = 1e6 / summarised / 3600
    n_requests = 1e6 / BLOCK_DOCUMENTS * REQUESTS_PER_BLOCK
    rows = {
        "articles summarised in a CPU-second": f"{summarised:.2f}",
        "documents read in a CPU-second": f"{rates.documents_read_per_second:,.0f}",
        "bytes of a record": f"{record_bytes:,.0f}",
        "megabytes put together in a second": f"{rates.bytes_put_together_per_second / 1e6:,.0f}",
        "core-hours for a million": f"{core_hours:,.0f}",
        f"dollars for a million, at {arguments.core_hour} a core-hour": f"{core_hours * arguments.core_hour:,.2f}",
        f"and for requests, at {arguments.request:g} each": f"{n_requests * arguments.request:,.2f}",
        f"days for a billion, on {arguments.cores:,} cores": f"{1000 * core_hours / arguments.cores / 24:,.1f}",
        "terabytes of a billion records": f"{record_bytes / 1000:,.1f}",
        "cores that one reader feeds": f"{rates.documents_read_per_second / summarised:,.0f}",
        "cores whose shards one process puts together": (
            f"{rates.bytes_put_together_per_second / record_bytes / summarised:,.0f}"
        ),
    }
    print("| | |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
