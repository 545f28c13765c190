"""A worker, on any machine: summarises the documents of a block and writes their part of the output."""

from __future__ import annotations

import torch

from summarize import __version__
from summarize.corpus.jobs import Block, End, Finished, Job, part_name
from summarize.corpus.storage import Folder
from summarize.errors import CorpusError
from summarize.network.device import keep_freed_memory
from summarize.pipeline.style_router import StyledModel
from summarize.pipeline.summarizer import Summarizer
from summarize.records import Recorder, RunSettings
from summarize.rendering import Record, to_json


class Worker:
    """Holds the model, and does one block after another."""

    def __init__(self, job: Job) -> None:
        """Raises CorpusError if the version or the model on this machine is not that of the job."""
        if __version__ != job.version:
            raise CorpusError(f"a worker has version {__version__} of this program instead of {job.version}")
        self._styled_model = StyledModel.resolve(job.folder, job.style)
        if self._styled_model.fingerprint() != job.fingerprint:
            raise CorpusError(f"a worker has another model {job.model!r} than the machine where the run was started")
        self._job = job
        self._output = Folder(job.output)
        self._recorder = Recorder(self._load, job.request, RunSettings(job.model, job.options), job.batch_size)

    def __call__(self, block: Block | End) -> Finished | End:
        """Write a block's part of the output, errors first; the end of a shard is passed on.

        Raises SummarizeError if the run cannot continue.
        """
        if isinstance(block, End):
            return block
        records = list(self._recorder.records(block.documents))
        failed = [record for record in records if record.error is not None]
        if failed:
            self._output.write(part_name(block.shard, block.number, errors=True), map(_line, failed))
        lines = [_line(record) for record in records if record.error is None]
        self._output.write(part_name(block.shard, block.number), lines)
        skipped = block.n_skipped_bytes, block.n_skipped_documents
        return Finished(block.shard, block.number, len(records), len(failed), block.n_bytes, *skipped)

    def _load(self) -> Summarizer:
        keep_freed_memory()
        torch.set_num_threads(self._job.threads)
        job = self._job
        return Summarizer.of(self._styled_model, search=job.search, device=job.device, precision=job.precision)


def _line(record: Record) -> bytes:
    return (to_json(record.as_dict()) + "\n").encode("utf-8", "replace")
