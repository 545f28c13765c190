"""A run over a corpus: what is left to do, shards put together as they become complete, and the files of the run.

DIR/manifest.json        the options of the run, its shards, and how many documents complete ones have
DIR/<name>.jsonl         a complete shard: a record a line, in the order of its documents
DIR/errors.jsonl         the records of the documents that failed, in the order of their shards
DIR/.errors/             the same, shard by shard
DIR/.unfinished/         parts of shards that are not complete yet
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from summarize.corpus.engine import Engine
from summarize.corpus.jobs import End, Finished, Job, part_name
from summarize.corpus.shards import ERRORS_FILE, Shard
from summarize.corpus.storage import UNFINISHED, Folder
from summarize.errors import UsageError

MANIFEST = "manifest.json"
SHARD_ERRORS = ".errors"


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    n_documents, n_failed: of this run; n_earlier_documents, n_earlier_failed: of earlier runs. n_bytes: of inputs, done
    by this run; n_earlier_bytes: by earlier runs. n_shards: complete ones. failure: why a shard is left for the next
    run, if the last step was to give it up.
    """

    n_documents: int = 0
    n_failed: int = 0
    n_earlier_documents: int = 0
    n_earlier_failed: int = 0
    n_bytes: int = 0
    n_earlier_bytes: int = 0
    n_total_bytes: int = 0
    n_shards: int = 0
    n_total_shards: int = 0
    failure: str | None = None

    @property
    def share(self) -> float:
        """The share of all bytes that is done, 0–1."""
        return (self.n_bytes + self.n_earlier_bytes) / max(1, self.n_total_bytes)

    def after(self, result: Finished | End) -> Progress:
        """The progress after one more block, or after the end of a shard."""
        n_documents, n_failed = (result.n_documents, result.n_failed) if isinstance(result, Finished) else (0, 0)
        return replace(
            self,
            n_documents=self.n_documents + n_documents,
            n_failed=self.n_failed + n_failed,
            n_earlier_documents=self.n_earlier_documents + result.n_skipped_documents,
            n_bytes=self.n_bytes + result.n_bytes,
            n_earlier_bytes=self.n_earlier_bytes + result.n_skipped_bytes,
            failure=result.failure if isinstance(result, End) else None,
        )


@dataclass
class _OpenShard:
    """A shard that is not complete yet. finished: the blocks that an earlier run has finished. n_failed: documents, by
    this run."""

    shard: Shard
    finished: frozenset[int]
    n_failed: int = 0
    n_finished: int = field(init=False)  # by this run, too
    n_blocks: int | None = None  # unknown until the shard is read

    def __post_init__(self) -> None:
        self.n_finished = len(self.finished)

    @property
    def is_complete(self) -> bool:
        return self.n_blocks == self.n_finished


class Run:
    """A job over shards, into a folder where an earlier run of the same job may have stopped."""

    def __init__(self, job: Job, shards: Sequence[Shard]) -> None:
        """Raises UsageError if the folder holds something else or was begun with other options or inputs, and
        CorpusError if it cannot be read or written."""
        self._job, self._shards = job, shards
        self._output = Folder(job.output)
        names = set(self._output.names())
        self._open = {shard.name: _OpenShard(shard, finished) for shard, finished in _open_shards(shards, names)}
        self._counts: dict[str, tuple[int, int]] = {}  # of complete shards: documents, and how many of them failed
        self._check_manifest(names)

    @property
    def initial_progress(self) -> Progress:
        """How far earlier runs came in complete shards."""
        return Progress(
            n_earlier_documents=sum(n_documents for n_documents, _ in self._counts.values()),
            n_earlier_failed=sum(n_failed for _, n_failed in self._counts.values()),
            n_earlier_bytes=sum(shard.n_bytes for shard in self._shards if shard.name not in self._open),
            n_total_bytes=sum(shard.n_bytes for shard in self._shards),
            n_shards=len(self._shards) - len(self._open),
            n_total_shards=len(self._shards),
        )

    def execute(self, engine: Engine) -> Generator[Progress]:
        """Do what is left to do, and yield the progress after each block. Raises SummarizeError if it cannot continue.

        However it ends, complete shards and their errors are in the folder, and the same run continues with the rest.
        """
        work = [(open_shard.shard, open_shard.finished) for open_shard in self._open.values()]
        progress = self.initial_progress
        with self._output.locked():
            try:
                with closing(engine.run(self._job, work)) if work else nullcontext(()) as results:
                    for result in results:
                        n_failed = progress.n_earlier_failed + self._add(result)
                        n_shards = len(self._shards) - len(self._open)
                        progress = replace(progress.after(result), n_earlier_failed=n_failed, n_shards=n_shards)
                        yield progress
            finally:
                self._write_errors()
                self._write_manifest()
            if not self._open:
                self._output.remove(UNFINISHED)

    def _check_manifest(self, names: set[str]) -> None:
        """Compare the manifest with the options and shards of this run, take its counts, and write it."""
        if MANIFEST in names:
            manifest = _read_manifest(self._output)
            _refuse_changes(self._job, {shard.name: shard.fingerprint for shard in self._shards}, manifest)
            self._counts = self._counts_of_complete_shards(manifest["documents"])
        elif names:
            raise UsageError(f"{self._job.output}: holds something else ({min(names)}); name a new folder")
        self._write_manifest()

    def _counts_of_complete_shards(self, known: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
        """Documents, and failed ones, by shard. known: those in the manifest, where a run that was killed has not
        written them; these shards are counted."""
        counts = {}
        for name in (shard.name for shard in self._shards if shard.name not in self._open):
            if name in known:
                counts[name] = known[name]
            else:
                n_failed = self._output.n_lines(f"{SHARD_ERRORS}/{name}")
                counts[name] = self._output.n_lines(name) + n_failed, n_failed
        return counts

    def _write_manifest(self) -> None:
        shards = {shard.name: shard.fingerprint for shard in self._shards}
        counts = {name: self._counts[name] for name in shards if name in self._counts}
        manifest = {"asked": self._job.output_options(), "shards": shards, "documents": counts}
        text = json.dumps(manifest, indent=1, ensure_ascii=False)
        self._output.write(MANIFEST, [f"{text}\n".encode("utf-8", "replace")])

    def _add(self, result: Finished | End) -> int:
        """Note the result of a block or the end of a shard; a shard that is complete now is written. Returns how many
        documents of it have failed in earlier runs."""
        open_shard = self._open[result.shard]
        if isinstance(result, Finished):
            open_shard.n_finished += 1
            open_shard.n_failed += result.n_failed
        elif result.failure is None:
            open_shard.n_blocks = result.n_blocks
        if not open_shard.is_complete:
            return 0
        self._counts[result.shard] = _, n_failed = self._write_shard(open_shard)
        del self._open[result.shard]
        return n_failed - open_shard.n_failed

    def _write_shard(self, complete: _OpenShard) -> tuple[int, int]:
        """Put a shard together from its parts; its errors first, so that no shard exists without them. Returns how many
        documents it has, and how many of them failed."""
        name, numbers = complete.shard.name, range(complete.n_blocks or 0)
        parts = set(self._output.names(f"{UNFINISHED}/{name}"))
        errors = [part for n in numbers if (part := part_name(name, n, errors=True)) in parts]
        failed = _LineCounter(self._output.read(errors))
        written = _LineCounter(self._output.read(part_name(name, n) for n in numbers))
        if errors:
            self._output.write(f"{SHARD_ERRORS}/{name}", failed)
        else:
            self._output.remove(f"{SHARD_ERRORS}/{name}")
        self._output.write(name, written)
        self._output.remove(f"{UNFINISHED}/{name}")
        return written.n_lines + failed.n_lines, failed.n_lines

    def _write_errors(self) -> None:
        """Write the errors of all complete shards into one file."""
        of_open_shards = {f"{SHARD_ERRORS}/{name}" for name in self._open}
        names = [name for name in self._output.names(SHARD_ERRORS) if name not in of_open_shards]
        self._output.write(ERRORS_FILE, self._output.read(names))


class _LineCounter:
    """Blocks of bytes, whose lines are counted while they are iterated."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = blocks
        self.n_lines = 0

    def __iter__(self) -> Iterator[bytes]:
        for data in self._blocks:
            self.n_lines += data.count(b"\n")
            yield data


def _open_shards(shards: Sequence[Shard], names: set[str]) -> Iterator[tuple[Shard, frozenset[int]]]:
    """The shards that are not complete, each with the numbers of its blocks whose parts exist. names: of all files."""
    finished = defaultdict(set)
    for name in names:
        folder, _, part = name.removeprefix(f"{UNFINISHED}/").rpartition("/")
        if name.startswith(f"{UNFINISHED}/") and part.endswith(".records"):
            finished[folder].add(int(part.removesuffix(".records")))
    return ((shard, frozenset(finished[shard.name])) for shard in shards if shard.name not in names)


def _read_manifest(output: Folder) -> dict[str, Any]:
    try:
        content = json.loads(b"".join(output.read([MANIFEST])))
        counts = {name: (int(n), int(failed)) for name, (n, failed) in content.get("documents", {}).items()}
        return {"asked": dict(content["asked"]), "shards": dict(content["shards"]), "documents": counts}
    except (AttributeError, ValueError, TypeError, KeyError):
        raise UsageError(f"{output.address}/{MANIFEST}: is not a manifest of this program; name a new folder") from None


def _refuse_changes(job: Job, shards: dict[str, str], manifest: dict[str, Any]) -> None:
    """Raises UsageError if a folder was begun with other options, or its inputs are missing or have changed.

    shards: the fingerprints of this run's shards by name.
    """
    before, now = manifest["asked"], json.loads(json.dumps(job.output_options()))
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            raise UsageError(
                f"{job.output}: was begun with {name.replace('_', '-')} {_shown(before.get(name))}, not "
                f"{_shown(now.get(name))}; continue with the same, or name a new folder"
            )
    for name, fingerprint in manifest["shards"].items():
        if shards.get(name) != fingerprint:
            what = "has changed since (another name, other files or sizes)" if name in shards else "is missing now"
            raise UsageError(
                f"{job.output}: was begun with an input for {name}, which {what}; "
                "give all inputs of the run unchanged, or name a new folder"
            )


def _shown(value: Any) -> str:
    return "none" if value is None else json.dumps(value)
