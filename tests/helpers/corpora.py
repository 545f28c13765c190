"""Small corpora in the vocabulary of the tests' tokenizers, runs over them in other processes, and their output."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WORDS = list(itertools.product(("cat", "dog", "mayor"), ("saw", "met"), ("river", "old town", "minister")))


def rows(name: str, n: int) -> list[dict[str, Any]]:
    """n rows with texts of one to four sentences; name: begins their ids."""
    sentences = [f"The {a} {b} the {c} on Monday." for a, b, c in WORDS]
    return [
        {"id": f"{name}{i}", "kind": "news", "text": " ".join(sentences[i % 15 : i % 15 + 1 + i % 4])} for i in range(n)
    ]


def jsonl(path: Path, n: int, more: str = "") -> Path:
    """Write a file of n rows, each with `more` as another field."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row | {"more": more}) + "\n" for row in rows(path.stem, n)))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """The contents of every file below a folder, by path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def sources(path: Path) -> list[str]:
    """The sources of the records in a file."""
    return [json.loads(line)["source"] for line in path.read_text().splitlines()]


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start the program in a process of its own."""
    command = [sys.executable, "-m", "summarize", "corpus", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], Any], child: subprocess.Popen[str]) -> Any:
    """The first true value of a condition, while the program runs."""
    while not (value := condition()):
        assert child.poll() is None, child.communicate()
        time.sleep(0.01)
    return value


def wait_for_end(pid: int) -> None:
    """Wait until a process has ended."""
    for _ in range(3000):
        try:
            if (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.01)
    raise AssertionError(f"{pid} is still running")


def parts(output: Path) -> list[Path]:
    """The finished parts of shards that are not complete yet."""
    return list(output.rglob(".unfinished/**/*.records"))


def descendants(pid: int, command: str) -> list[int]:
    """The processes below a process whose command line contains a text."""
    parents, commands = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                commands[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # it has ended
                continue
    below, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new}
        below |= new
    return sorted(child for child in below if command in commands.get(child, "") and child != os.getpid())
