"""Tiny data sets with the fields of the public ones that the recipes read, as JSON Lines under xz."""

from __future__ import annotations

import itertools
import json
import lzma
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Row = dict[str, Any]

FACTS = [
    f"the {subject} {verb} the {thing} on monday"
    for subject, verb, thing in itertools.product(
        ("cat", "dog", "mayor"), ("saw", "met"), ("river", "old town", "minister")
    )
]


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write rows as JSON Lines, under xz if the path says so."""
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    path.write_bytes(lzma.compress(content) if path.suffix == ".xz" else content)
    return path


def read_rows(path: Path) -> list[Row]:
    """The rows of a JSON Lines file, plain or under xz."""
    content = path.read_bytes()
    return [json.loads(line) for line in (lzma.decompress(content) if path.suffix == ".xz" else content).splitlines()]


def cnndm_row(number: int, publisher: str = "dailymail", **fields: Any) -> Row:
    """A lower-cased and tokenised article of ten sentences, whose summary has two of them."""
    facts = [FACTS[(number + i) % len(FACTS)] for i in range(10)]
    document = " ".join(f"{fact} ." for fact in facts)
    summary = f"{facts[0]} {number} times .\n{facts[3]} ."
    row = {"id": f"id{number}", "publisher": publisher, "cased": False, "document": document, "summary": summary}
    return row | fields


def write_cnndm(folder: Path) -> Path:
    """Three splits of CNN/DailyMail; a summary of each other split occurs in the training split too."""
    train = [cnndm_row(i, "cnn" if i % 3 == 0 else "dailymail") for i in range(24)]
    validation = [cnndm_row(100 + i, official_mix=i % 4 != 3) for i in range(12)]
    test = [cnndm_row(200 + i, official_mix=True) for i in range(2)]
    write_rows(folder / "cnndm-train.jsonl.xz", [*train, validation[0], test[0]])
    write_rows(folder / "cnndm-validation.jsonl.xz", validation)
    write_rows(folder / "cnndm-test-a.jsonl.xz", test)
    return folder


def write_scitldr(folder: Path) -> Path:
    """Two splits of abstracts and their TL;DRs; validation rows have several references."""
    rows = [
        {"id": f"p{i}", "document": f"{FACTS[i]}. {FACTS[i + 1]}. it rained.", "summary": f"{FACTS[i]} {i} times."}
        for i in range(16)
    ]
    write_rows(folder / "scitldr-train.jsonl.xz", rows)
    validation = [row | {"references": [row["summary"], "It rained."]} for row in rows[:4]]
    write_rows(folder / "scitldr-validation.jsonl.xz", validation)
    return folder
