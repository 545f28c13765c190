"""Inputs to shards: which files are meant, on a disk or at any address, and what the output of each is called."""

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

FILES = 1000  # that hold a document each make one shard
ERRORS = "errors.jsonl"


@dataclass(frozen=True)
class File:
    """address: what opens it from any machine. name: what records and messages call it. size: stored bytes."""

    address: str
    name: str
    size: int


@dataclass(frozen=True)
class Shard:
    """Files whose documents become one file of output; name: that file's, below the output's folder."""

    name: str
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        """Stored bytes."""
        return sum(file.size for file in self.files)

    @property
    def fingerprint(self) -> str:
        """Other files, or files of other sizes, have another."""
        told = "".join(f"{file.name}\0{file.size}\n" for file in self.files)
        return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def find_shards(inputs: Sequence[str], format: str | None, output: str) -> list[Shard]:
    """The shards that files, folders and patterns make, in order of their names, which are those below the folder that
    all inputs share.

    A file of many documents is a shard; files of one document each make shards of FILES, folder by folder.
    format: of all files, whatever their names. output: where the shards will be written.
    Raises UsageError where an input is not there, and where a file would be written twice or read after it is written.
    """
    files: dict[str, File] = {}
    bases: set[str] = set()
    for given in inputs:
        for base, file in _files(given, format, absolute(output)):
            bases.add(base)
            files.setdefault(file.address, file)
    try:
        root = posixpath.commonpath(bases)
    except ValueError:  # of a path and an address
        root = ""
    if not root:
        raise UsageError("these inputs have no folder in common to name outputs by; give each its own --output")
    return _shards({posixpath.relpath(address, root): file for address, file in files.items()}, format)


def _files(given: str, format: str | None, output: str) -> Iterator[tuple[str, File]]:
    """(the folder that it is named below, a file) for each file that an input names."""
    fs, path = file_system(given)
    try:
        named = [path] if fs.exists(path) or not glob.has_magic(path) else sorted(fs.glob(path))
        found = [(one, _inside(fs, one, format) if fs.isdir(one) else {one: fs.info(one)}) for one in named]
    except FileNotFoundError:
        raise UsageError(f"{given}: no such file") from None
    except Exception as error:  # storages have errors of their own
        raise UsageError(f"{given}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not any(inside for _, inside in found):
        what = "holds no file whose name says that it can be read" if named else "nothing matches it"
        raise UsageError(f"{given}: {what}")
    for one, inside in found:
        base = _address(fs, given, one if fs.isdir(one) else posixpath.dirname(one))
        for each, info in inside.items():
            address = _address(fs, given, each)
            if _is_below(address, output) or (fs.isdir(one) and _is_below(output, base)):
                raise UsageError(f"--output {output}: is where inputs are read; name a folder outside of them")
            relative = "://" not in given and not os.path.isabs(given)
            yield base, File(address, os.path.relpath(address) if relative else address, info["size"])


def _address(fs: Any, given: str, path: str) -> str:
    """What opens a path of an input's storage from anywhere."""
    return str(fs.unstrip_protocol(path)) if "://" in given else path


def _is_below(address: str, folder: str) -> bool:
    return f"{address}/".startswith(folder.rstrip("/") + "/")


def _inside(fs: Any, folder: str, format: str | None) -> dict[str, Mapping[str, Any]]:
    """The files below a folder whose names say that they can be read (all of them with a format), but for hidden
    ones."""
    return {
        path: info
        for path, info in sorted(fs.find(folder, detail=True).items())
        if (format or suffix_of(path) in SUFFIXES)
        and not any(part.startswith(".") for part in posixpath.relpath(path, folder).split("/"))
    }


def _shards(files: Mapping[str, File], format: str | None) -> list[Shard]:
    """Shards of files by their names below the folder that they share. Raises UsageError."""
    single = sorted(posixpath.split(name) for name in files if not _is_of_many(name, format))
    shards = [Shard(f"{stem_of(name)}.jsonl", (file,)) for name, file in files.items() if _is_of_many(name, format)]
    for folder, group in groupby(single, lambda names: names[0]):
        members = [files[posixpath.join(folder, name)] for _, name in group]
        for number, start in enumerate(range(0, len(members), FILES)):
            name = posixpath.join(folder, f"documents-{number:05}.jsonl")
            shards.append(Shard(name, tuple(members[start : start + FILES])))
    shards.sort(key=lambda shard: shard.name)
    for before, after in pairwise(shards):
        if before.name == after.name:
            names = f"{before.files[0].name} and {after.files[0].name}"
            raise UsageError(f"{names}: would both be written to {after.name} of --output; give each its own")
    if any(shard.name == ERRORS for shard in shards):
        raise UsageError(f"the name {ERRORS} is kept for documents that failed; rename that input")
    return shards


def _is_of_many(name: str, format: str | None) -> bool:
    """Whether a file may hold several documents; one without a telling name may."""
    return (format or SUFFIXES.get(suffix_of(name), "mbox")) in (*ROW_FORMATS, "mbox")
