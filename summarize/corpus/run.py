"""A run over a corpus: what is still to do, the shards put in place as they become whole, and the record of the run.

DIR/manifest.json        what was asked for, and of which shards
DIR/<name>.jsonl         a whole shard: a record a line, in the order of its documents
DIR/errors.jsonl         the records of the documents that failed, in the order of their shards
DIR/.errors/             the same, shard by shard
DIR/.unfinished/         parts of shards that are not whole yet
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from summarize.corpus.engine import Engine
from summarize.corpus.jobs import End, Finished, Job, part_name
from summarize.corpus.shards import ERRORS, Shard
from summarize.corpus.storage import UNFINISHED, Folder
from summarize.errors import UsageError

MANIFEST = "manifest.json"
SHARD_ERRORS = ".errors"


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    documents, failed: by this run. read: bytes of inputs whose documents are done by this run; held: by earlier ones;
    of: all of them. shards: whole ones, of so many.
    """

    documents: int = 0
    failed: int = 0
    read: int = 0
    held: int = 0
    of: int = 0
    shards: int = 0
    of_shards: int = 0
    complaint: str | None = None  # why a shard is left for the next run

    def after(self, done: Finished | End) -> Progress:
        """With what became of one more block."""
        more = (done.documents, done.failed) if isinstance(done, Finished) else (0, 0)
        complaint = done.failure if isinstance(done, End) else None
        return replace(
            self,
            documents=self.documents + more[0],
            failed=self.failed + more[1],
            read=self.read + done.read,
            held=self.held + done.held,
            complaint=complaint,
        )


@dataclass
class _Open:
    """A shard that is not whole yet: which parts are there, and how many there must be."""

    shard: Shard
    held: frozenset[int]
    done: int = field(init=False)
    blocks: int | None = None

    def __post_init__(self) -> None:
        self.done = len(self.held)

    @property
    def whole(self) -> bool:
        return self.blocks == self.done


class Run:
    """A job over shards, into a folder where an earlier run of the same may have stopped."""

    def __init__(self, job: Job, shards: Sequence[Shard]) -> None:
        """Raises UsageError where the folder holds something else or was begun with other options or inputs, and
        CorpusError where it cannot be read or written."""
        self._job, self._shards = job, shards
        self._output = Folder(job.output)
        names = set(self._output.names())
        self._begin(names)
        self._open = {s.name: _Open(s, held) for s, held in _unfinished(shards, names)}

    @property
    def start(self) -> Progress:
        """How far earlier runs came in whole shards."""
        held = sum(shard.size for shard in self._shards if shard.name not in self._open)
        whole = len(self._shards) - len(self._open)
        return Progress(held=held, of=sum(s.size for s in self._shards), shards=whole, of_shards=len(self._shards))

    def go(self, engine: Engine) -> Generator[Progress]:
        """Do what is left to do; how far the run is, after each block. Raises SummarizeError where it cannot go on.

        However it ends, whole shards and their errors are in place, and the same run goes on with the rest.
        """
        work = [(one.shard, one.held) for one in self._open.values()]
        with self._output.locked():
            try:
                with closing(engine.run(self._job, work)) if work else nullcontext(()) as results:
                    yield from self._followed(results)
            finally:
                self._write_errors()
            if not self._open:
                self._output.remove(UNFINISHED)

    def _followed(self, results: Iterable[Finished | End]) -> Iterator[Progress]:
        """How far the run is after each of the results, which are taken in."""
        progress = self.start
        for done in results:
            whole = self._take(done)
            progress = replace(progress.after(done), shards=progress.shards + whole)
            yield progress

    def _begin(self, names: set[str]) -> None:
        """Compare the manifest with what is asked for now, and write it."""
        shards = {shard.name: shard.fingerprint for shard in self._shards}
        if MANIFEST in names:
            _compare(self._job, shards, _manifest(self._output))
        elif names:
            raise UsageError(f"{self._job.output}: holds something else ({min(names)}); name a new folder")
        text = json.dumps({"asked": self._job.asked(), "shards": shards}, indent=1, ensure_ascii=False)
        self._output.write(MANIFEST, [f"{text}\n".encode("utf-8", "replace")])

    def _take(self, done: Finished | End) -> bool:
        """Take in what became of a block; whether its shard is whole now, and in place."""
        one = self._open[done.shard]
        if isinstance(done, Finished):
            one.done += 1
        elif done.failure is None:
            one.blocks = done.blocks
        if one.whole:
            self._put_in_place(one)
            del self._open[done.shard]
            return True
        return False

    def _put_in_place(self, one: _Open) -> None:
        """A whole shard from its parts; its errors first, so that no shard is there without them."""
        name, numbers = one.shard.name, range(one.blocks or 0)
        there = set(self._output.names(f"{UNFINISHED}/{name}"))
        errors = [part for n in numbers if (part := part_name(name, n, errors=True)) in there]
        if errors:
            self._output.write(f"{SHARD_ERRORS}/{name}", self._output.read(errors))
        else:
            self._output.remove(f"{SHARD_ERRORS}/{name}")
        self._output.write(name, self._output.read(part_name(name, n) for n in numbers))
        self._output.remove(f"{UNFINISHED}/{name}")

    def _write_errors(self) -> None:
        """The errors of all whole shards in one file."""
        unfinished = {f"{SHARD_ERRORS}/{name}" for name in self._open}
        kept = [name for name in self._output.names(SHARD_ERRORS) if name not in unfinished]
        self._output.write(ERRORS, self._output.read(kept))


def _unfinished(shards: Sequence[Shard], names: set[str]) -> Iterator[tuple[Shard, frozenset[int]]]:
    """Shards that are not in place, each with the numbers of its blocks whose parts are."""
    held = defaultdict(set)
    for name in names:
        folder, _, part = name.removeprefix(f"{UNFINISHED}/").rpartition("/")
        if name.startswith(f"{UNFINISHED}/") and part.endswith(".records"):
            held[folder].add(int(part.removesuffix(".records")))
    return ((s, frozenset(held[s.name])) for s in shards if s.name not in names)


def _manifest(output: Folder) -> dict[str, Any]:
    try:
        content = json.loads(b"".join(output.read([MANIFEST])))
        return {"asked": dict(content["asked"]), "shards": dict(content["shards"])}
    except (ValueError, TypeError, KeyError):
        raise UsageError(f"{output.address}/{MANIFEST}: is no manifest of this program; name a new folder") from None


def _compare(job: Job, shards: dict[str, str], manifest: dict[str, Any]) -> None:
    """Raises UsageError where a folder was begun with other options, or its inputs are gone or have changed."""
    before, now = manifest["asked"], json.loads(json.dumps(job.asked()))
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            raise UsageError(
                f"{job.output}: was begun with {name.replace('_', '-')} {_shown(before.get(name))}, not "
                f"{_shown(now.get(name))}; go on with the same, or name a new folder"
            )
    for name, before in manifest["shards"].items():
        if shards.get(name) != before:
            what = "has changed since (another name, other files or sizes)" if name in shards else "is not there now"
            raise UsageError(
                f"{job.output}: was begun with an input for {name}, which {what}; "
                "give all inputs of the run as they were, or name a new folder"
            )


def _shown(value: Any) -> str:
    return "none" if value is None else json.dumps(value)
