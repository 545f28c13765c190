"""What is to be done, as data that goes to any machine: a job, and blocks of documents read from its shards.

Blocks are cut the same way at every reading, whoever reads and however far an earlier run came: what a block's part of
the output holds follows from its number.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from summarize.corpus.shards import File, Shard
from summarize.corpus.storage import UNFINISHED, Watched
from summarize.decoding.hypothesis import SearchOptions
from summarize.documents import Document, ReadOptions, read_open
from summarize.errors import DocumentError
from summarize.network.device import Precision
from summarize.pipeline.request import Request

BLOCK_DOCUMENTS = 64
BLOCK_CHARACTERS = 4_000_000


@dataclass(frozen=True)
class Job:
    """What is asked of every document, and where outputs go.

    model: what records call it; folder: a shipped model's name or a path that holds on every machine; fingerprint: of
    its files and its style's; search: what of the SearchOptions is other than usual; options: those that were given, as
    records name them. threads: of each worker; device: where it computes; precision: of its matrix products. Threads,
    device and engine do not belong to what is asked for.
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

    def asked(self) -> dict[str, Any]:
        """What the output depends on, beside the inputs, by the options' names as far as they have one."""
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
            **{each.name: self.search.get(each.name) for each in fields(SearchOptions)},
            "input_format": self.read.format,
            "field": self.read.field,
            "id_field": self.read.id_field,
            "max_bytes": self.read.max_bytes,
            "batch_size": self.batch_size,
            "precision": self.precision,
        }


@dataclass(frozen=True)
class Block:
    """Documents, or errors in their places, to be summarised together.

    number: within its shard, from 0. read: bytes of the shard since the block before; held: bytes before that, whose
    blocks were finished by an earlier run.
    """

    shard: str
    number: int
    documents: tuple[Document | DocumentError, ...]
    read: int
    held: int = 0


@dataclass(frozen=True)
class End:
    """After the last block of a shard: how many it has; or why its storage gave no more."""

    shard: str
    blocks: int
    read: int
    held: int = 0
    failure: str | None = None


@dataclass(frozen=True)
class Finished:
    """A block's part of the output is written: so many documents, of which so many failed."""

    shard: str
    number: int
    documents: int
    failed: int
    read: int
    held: int = 0


def part_name(shard: str, number: int, *, errors: bool = False) -> str:
    """Where a block's part of the output stands until its shard is whole; its errors stand beside it."""
    return f"{UNFINISHED}/{shard}/{number:08}.{'errors' if errors else 'records'}"


class _Cut:
    """Cuts documents into blocks."""

    def __init__(self, shard: Shard, held: Collection[int], batch_size: int) -> None:
        self._shard, self._held = shard, held
        self._most = max(1, BLOCK_DOCUMENTS // batch_size) * batch_size
        self._documents: list[Document | DocumentError] = []
        self._characters = self._seen = self._held_bytes = 0
        self.number = 0

    def add(self, document: Document | DocumentError) -> bool:
        """Take a document; whether the block is full."""
        self._documents.append(document)
        self._characters += 0 if isinstance(document, DocumentError) else len(document.text)
        return len(self._documents) == self._most or self._characters >= BLOCK_CHARACTERS

    def block(self, position: int) -> Iterator[Block]:
        """The block of what was taken, if there is one that no earlier run has finished. position: bytes read."""
        if not self._documents:
            return
        if self.number in self._held:
            self._held_bytes += position - self._seen
        else:
            yield Block(self._shard.name, self.number, tuple(self._documents), position - self._seen, self._held_bytes)
            self._held_bytes = 0
        self._seen = max(position, self._seen)
        self._documents, self._characters = [], 0
        self.number += 1

    def end(self, failure: str | None = None) -> End:
        """What comes after the last block; the rest of the shard's bytes counts as read."""
        read = 0 if failure else self._shard.size - self._seen
        return End(self._shard.name, self.number, read, self._held_bytes, failure)


def blocks(shard: Shard, held: Collection[int], read: ReadOptions, batch_size: int) -> Iterator[Block | End]:
    """The blocks of a shard but for those that an earlier run has finished, each as soon as it is read, and its end.

    What is damaged is an error in a document's place; where the storage itself fails, the end says so.
    """
    cut, before = _Cut(shard, held, batch_size), 0
    for file in shard.files:
        try:
            stream = Watched(file.address)
        except Exception as error:  # storages have errors of their own
            yield cut.end(_failure(file, error))
            return
        with stream, io.BufferedReader(stream, 1 << 16) as buffered:
            for document in read_open(buffered, file.name, read):
                if stream.failure:
                    yield cut.end(_failure(file, stream.failure))
                    return
                if cut.add(document):
                    yield from cut.block(before + min(stream.count, file.size))
        before += file.size
    yield from cut.block(shard.size)
    yield cut.end()


def _failure(file: File, error: Exception) -> str:
    return f"{file.name}: cannot be read: {getattr(error, 'strerror', None) or error or type(error).__name__}"
