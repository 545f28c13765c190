"""Inputs to shards: which files are meant, on a disk or at any address, and how the output of each shard is named."""

from __future__ import annotations

import glob
import hashlib
import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from summarize.corpus.storage import absolute, file_system
from summarize.documents import ROW_FORMATS, SUFFIXES, stem_of, suffix_of
from summarize.errors import UsageError

FILES_PER_SHARD = 1000  # of files that hold one document each
ERRORS_FILE = "errors.jsonl"


@dataclass(frozen=True)
class File:
    """An input file. address: opens it from any machine. name: in records and messages. n_bytes: as stored."""

    address: str
    name: str
    n_bytes: int


@dataclass(frozen=True)
class Shard:
    """Files whose documents become one file of output. name: of that file, below the output folder."""

    name: str
    files: tuple[File, ...]

    @property
    def n_bytes(self) -> int:
        """The bytes stored of all its files."""
        return sum(file.n_bytes for file in self.files)

    @property
    def fingerprint(self) -> str:
        """Differs for other files, and for files of other sizes."""
        description = "".join(f"{file.name}\0{file.n_bytes}\n" for file in self.files)
        return hashlib.sha256(description.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def find_shards(inputs: Sequence[str], format: str | None, output: str) -> list[Shard]:
    """The shards of files, folders and patterns, sorted by name; a name is a path below the folder all inputs share.

    A file of many documents is a shard; files of one document each make shards of FILES_PER_SHARD, folder by folder.
    format: of all files, whatever their names. output: where the shards will be written.
    Raises UsageError if an input is missing, two shards have one name, or the output is among the inputs.
    """
    files: dict[str, File] = {}
    folders: set[str] = set()
    for given in inputs:
        for folder, file in _files(given, format, absolute(output)):
            folders.add(folder)
            files.setdefault(file.address, file)
    try:
        root = posixpath.commonpath(folders)
    except ValueError:  # of a path and an address
        root = ""
    if not root:
        raise UsageError("the inputs have no folder in common by which to name outputs; give each its own --output")
    return _shards({posixpath.relpath(address, root): file for address, file in files.items()}, format)


def _files(given: str, format: str | None, output: str) -> Iterator[tuple[str, File]]:
    """(folder that its name starts from, file) of each file that an input names."""
    fs, path = file_system(given)
    try:
        matches = [path] if fs.exists(path) or not glob.has_magic(path) else sorted(fs.glob(path))
        contents = [
            (match, _files_in(fs, match, format) if fs.isdir(match) else {match: fs.info(match)}) for match in matches
        ]
    except FileNotFoundError:
        raise UsageError(f"{given}: no such file") from None
    except Exception as error:  # storages have errors of their own
        raise UsageError(f"{given}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not any(files for _, files in contents):
        what = "holds no file whose name says that it can be read" if matches else "nothing matches it"
        raise UsageError(f"{given}: {what}")
    for match, files in contents:
        folder = _address(fs, given, match if fs.isdir(match) else posixpath.dirname(match))
        for file_path, info in files.items():
            address = _address(fs, given, file_path)
            if _is_below(address, output) or (fs.isdir(match) and _is_below(output, folder)):
                raise UsageError(f"--output {output}: is where inputs are read; name a folder outside of them")
            is_relative = "://" not in given and not os.path.isabs(given)
            yield folder, File(address, os.path.relpath(address) if is_relative else address, info["size"])


def _address(fs: Any, given: str, path: str) -> str:
    """The address of a path in the storage of an input."""
    return str(fs.unstrip_protocol(path)) if "://" in given else path


def _is_below(address: str, folder: str) -> bool:
    return f"{address}/".startswith(folder.rstrip("/") + "/")


def _files_in(fs: Any, folder: str, format: str | None) -> dict[str, Mapping[str, Any]]:
    """The files below a folder whose suffixes are known (with a format, all of them), without hidden ones."""
    return {
        path: info
        for path, info in sorted(fs.find(folder, detail=True).items())
        if (format or suffix_of(path) in SUFFIXES)
        and not any(part.startswith(".") for part in posixpath.relpath(path, folder).split("/"))
    }


def _shards(files: Mapping[str, File], format: str | None) -> list[Shard]:
    """The shards of files, which are given by their paths below the folder that they share. Raises UsageError."""
    shards = [Shard(f"{stem_of(name)}.jsonl", (file,)) for name, file in files.items() if _holds_several(name, format)]
    single = sorted(posixpath.split(name) for name in files if not _holds_several(name, format))
    for folder, group in groupby(single, lambda names: names[0]):
        members = [files[posixpath.join(folder, name)] for _, name in group]
        for number, start in enumerate(range(0, len(members), FILES_PER_SHARD)):
            name = posixpath.join(folder, f"documents-{number:05}.jsonl")
            shards.append(Shard(name, tuple(members[start : start + FILES_PER_SHARD])))
    shards.sort(key=lambda shard: shard.name)
    for first, second in pairwise(shards):
        if first.name == second.name:
            names = f"{first.files[0].name} and {second.files[0].name}"
            raise UsageError(f"{names}: would both be written to {first.name} in --output; give each its own")
    if any(shard.name == ERRORS_FILE for shard in shards):
        raise UsageError(f"the name {ERRORS_FILE} is reserved for documents that failed; rename that input")
    return shards


def _holds_several(name: str, format: str | None) -> bool:
    """Whether a file may hold several documents; without a known suffix, it may."""
    return (format or SUFFIXES.get(suffix_of(name), "mbox")) in (*ROW_FORMATS, "mbox")
