"""Jobs and blocks, as data that goes to any machine: what to do with every document, and documents read from shards.

Blocks are cut the same way at every reading, whoever reads and however far an earlier run came. So a block's number
says which documents its part of the output holds.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from summarize.corpus.shards import File, Shard
from summarize.corpus.storage import UNFINISHED, MonitoredFile
from summarize.decoding.hypothesis import SearchOptions
from summarize.documents import Document, ReadOptions, read_open
from summarize.errors import DocumentError
from summarize.network.device import Precision
from summarize.pipeline.request import Request

BLOCK_DOCUMENTS = 64
BLOCK_CHARACTERS = 4_000_000


@dataclass(frozen=True)
class Job:
    """What to do with every document, and where the output goes.

    version: of this program. model: its name in records. folder: a shipped model's name, or a path that is valid on
    every machine. fingerprint: of the files of the model and its style. search: fields of SearchOptions that differ
    from the model's. options: the options given, as records name them. threads: of each worker. device: where workers
    compute. precision: of matrix products.
    """

    output: str
    version: str
    model: str
    folder: str
    fingerprint: str
    request: Request
    search: Mapping[str, Any]
    read: ReadOptions
    style: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    batch_size: int = 8
    threads: int = 1
    device: str = "cpu"
    precision: Precision | None = None

    def output_options(self) -> dict[str, Any]:
        """All that the output depends on besides the inputs, under the names of options as far as they have one."""
        request = asdict(self.request)
        length = request.pop("length")
        length["length"] = length.pop("name")
        return {
            "version": self.version,
            "model": self.model,
            "weights": self.fingerprint,
            **length,
            **request,
            "style": self.style,
            **{option.name: self.search.get(option.name) for option in fields(SearchOptions)},
            "input_format": self.read.format,
            "field": self.read.field,
            "id_field": self.read.id_field,
            "max_bytes": self.read.max_bytes,
            "batch_size": self.batch_size,
            "precision": self.precision,
        }


@dataclass(frozen=True)
class Block:
    """Documents, or errors instead of them, that are summarised together.

    number: in its shard, from 0. n_bytes: read of the shard for it. n_skipped_bytes, n_skipped_documents: read before
    that, of blocks that an earlier run has finished.
    """

    shard: str
    number: int
    documents: tuple[Document | DocumentError, ...]
    n_bytes: int
    n_skipped_bytes: int = 0
    n_skipped_documents: int = 0


@dataclass(frozen=True)
class End:
    """Follows the last block of a shard. failure: why the storage gave no more of the shard. Others: as of a Block."""

    shard: str
    n_blocks: int
    n_bytes: int
    n_skipped_bytes: int = 0
    n_skipped_documents: int = 0
    failure: str | None = None


@dataclass(frozen=True)
class Finished:
    """A block whose part of the output is written. n_failed: of its documents. Others: as of the Block."""

    shard: str
    number: int
    n_documents: int
    n_failed: int
    n_bytes: int
    n_skipped_bytes: int = 0
    n_skipped_documents: int = 0


def part_name(shard: str, number: int, *, errors: bool = False) -> str:
    """Where a block's part of the output, or of the errors, is until its shard is complete."""
    return f"{UNFINISHED}/{shard}/{number:08}.{'errors' if errors else 'records'}"


class _BlockCutter:
    """Cuts the documents of a shard into blocks."""

    def __init__(self, shard: Shard, finished: Collection[int], batch_size: int) -> None:
        self._shard, self._finished = shard, finished
        self._max_documents = max(1, BLOCK_DOCUMENTS // batch_size) * batch_size
        self._documents: list[Document | DocumentError] = []
        self._n_characters = self._position = self._n_skipped_bytes = self._n_skipped_documents = 0
        self._number = 0

    def add(self, document: Document | DocumentError) -> bool:
        """Add a document; whether the block is full."""
        self._documents.append(document)
        self._n_characters += 0 if isinstance(document, DocumentError) else len(document.text)
        return len(self._documents) == self._max_documents or self._n_characters >= BLOCK_CHARACTERS

    def cut(self, position: int) -> Iterator[Block]:
        """The block of the documents added, if there are any and no earlier run has finished it.

        position: bytes of the shard read so far.
        """
        if not self._documents:
            return
        n_bytes = position - self._position
        if self._number in self._finished:
            self._n_skipped_bytes += n_bytes
            self._n_skipped_documents += len(self._documents)
        else:
            skipped = self._n_skipped_bytes, self._n_skipped_documents
            yield Block(self._shard.name, self._number, tuple(self._documents), n_bytes, *skipped)
            self._n_skipped_bytes = self._n_skipped_documents = 0
        self._position = max(position, self._position)
        self._documents, self._n_characters = [], 0
        self._number += 1

    def end(self, failure: str | None = None) -> End:
        """The end of the shard, to which the bytes after the last block belong."""
        n_bytes = 0 if failure else self._shard.n_bytes - self._position
        skipped = self._n_skipped_bytes, self._n_skipped_documents
        return End(self._shard.name, self._number, n_bytes, *skipped, failure)


def read_blocks(
    shard: Shard, finished: Collection[int], options: ReadOptions, batch_size: int
) -> Iterator[Block | End]:
    """The blocks of a shard without those that an earlier run has finished, each as soon as it is read, and its end.

    A document that is damaged is an error instead. Where the storage itself fails, the shard ends, and the end has the
    reason.
    """
    cutter, n_bytes_before = _BlockCutter(shard, finished, batch_size), 0
    for file in shard.files:
        try:
            stream = MonitoredFile(file.address)
        except Exception as error:  # storages have errors of their own
            yield cutter.end(_failure(file, error))
            return
        with stream, io.BufferedReader(stream, 1 << 16) as buffered:
            for document in read_open(buffered, file.name, options):
                if stream.failure:
                    yield cutter.end(_failure(file, stream.failure))
                    return
                if cutter.add(document):
                    yield from cutter.cut(n_bytes_before + min(stream.n_bytes_read, file.n_bytes))
        n_bytes_before += file.n_bytes
    yield from cutter.cut(shard.n_bytes)
    yield cutter.end()


def _failure(file: File, error: Exception) -> str:
    return f"{file.name}: cannot be read: {getattr(error, 'strerror', None) or error or type(error).__name__}"
