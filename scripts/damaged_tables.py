"""Tables of documents and summaries as CSV, TSV and JSON Lines, damaged by chance (a module of fuzz_rows.py)."""

from __future__ import annotations

import codecs
import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MAX_DAMAGES = 3
PHRASES = (
    "The mayor met the minister", "Rain fell on the old town", "A café, which is new, opened", "said “no” to it",
    'called it "the bridge" twice', "5\" pipes; 6' poles", "wind", "Straße | Brücke", "He came, and went", "東京の橋",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, "", "  ", 7, True, float("nan"), [], ["Rain fell.", "Wind."], [["Rain."], ["Wind."]], {"a": {"b": [1]}},
    "\ud800 half", [None], {"text": "Rain fell."}, 10**30, "<p>Rain &amp; wind</p>",
)  # fmt: skip


@dataclass(frozen=True)
class TableFile:
    """A file to read: its name, its bytes, and how many rows it had before it was damaged."""

    name: str
    data: bytes
    n_rows: int


def make_file(chance: random.Random) -> TableFile:
    """A table, damaged up to MAX_DAMAGES times."""
    n_rows = chance.randint(1, 7)
    rows = [_row(i, chance) for i in range(n_rows)]
    suffix = chance.choice(("csv", "csv", "tsv", "jsonl"))
    text = _json_lines(rows, chance) if suffix == "jsonl" else _delimited(rows, suffix, chance)
    encoding = chance.choice(("utf-8",) * 6 + ("utf-8-sig", "cp1252", "utf-16", "utf-16-le", "shift_jis"))
    data = text.encode(encoding, "backslashreplace" if encoding in ("cp1252", "shift_jis") else "surrogatepass")
    for _ in range(chance.choice((0, 1, 1, 1, 2, MAX_DAMAGES))):
        data = chance.choice(DAMAGES)(data, chance)
    return TableFile(f"file.{suffix}", data, n_rows)


def _row(number: int, chance: random.Random) -> dict[str, Any]:
    document = ". ".join(f"{chance.choice(PHRASES)} {number}{k}" for k in range(chance.randint(1, 4)))
    if chance.random() < 0.1:
        document = document.replace(". ", ".\n")
    return {"id": f"r{number}", "document": f"{document}.", "summary": f"{chance.choice(PHRASES)} {number}."}


def _json_lines(rows: list[dict[str, Any]], chance: random.Random) -> str:
    end = chance.choice(("\n", "\n", "\r\n"))
    keeps_ids, is_odd = chance.random() < 0.5, chance.random() < 0.4
    lines = []
    for row in rows:
        fields = row if keeps_ids else {name: value for name, value in row.items() if name != "id"}
        if is_odd and chance.random() < 0.4:
            fields = dict(fields)
            name = chance.choice(("document", "summary", "summary", "id", "note"))
            fields[name] = chance.choice(VALUES)
            if chance.random() < 0.2:
                del fields[name]
        lines.append(json.dumps(fields, ensure_ascii=chance.random() < 0.5) + end)
    return "".join(lines)


def _delimited(rows: list[dict[str, Any]], suffix: str, chance: random.Random) -> str:
    names = ["document", "summary"]
    if chance.random() < 0.5:
        names.insert(chance.randint(0, 2), "id")
    if chance.random() < 0.2:
        names.append(chance.choice(("note", "Note", "note;x", "summary", "")))
    out = io.StringIO(newline="")
    separator = "\t" if suffix == "tsv" else chance.choice(",,,;\t|")
    quoting: Any = chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=chance.choice(("\n", "\r\n", "\r")))
    writer.writerow(names)
    writer.writerows([row.get(name, "x") for name in names] for row in rows)
    return out.getvalue()


def with_flipped_bits(data: bytes, chance: random.Random) -> bytes:
    """With a few bits flipped."""
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 1, 3)) if data else 0):
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def with_a_mark(data: bytes, chance: random.Random) -> bytes:
    """With a separator, quotation mark, line end, NUL, byte order mark or the like in a place where it was not."""
    marks = (b",", b";", b"\t", b'"', b'"', b'""', b"\n", b"\r", b"\r\n", b"\0", b" ", b"\\", b"{", b"]", b"\n\n",
             codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"\xe9", b"\x1a", b"\xc2\x85", b"\xe2\x80\xa8")  # fmt: skip
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(marks) + data[at:]


def without_a_mark(data: bytes, chance: random.Random) -> bytes:
    """Without one of its separators, quotation marks, line ends or brackets."""
    places = [i for i, byte in enumerate(data) if byte in b',;\t"\r\n|{}:']
    if not places:
        return data
    at = chance.choice(places)
    return data[:at] + data[at + 1 :]


def truncated(data: bytes, chance: random.Random) -> bytes:
    """Its beginning."""
    return data[: chance.randrange(len(data) + 1)]


def with_other_lines(data: bytes, chance: random.Random) -> bytes:
    """With a line removed, repeated, moved, cut, in another encoding, blank, or with a cell more or less."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    i = chance.randrange(len(lines))
    line = lines[i]
    changed: tuple[bytes, ...] = chance.choice((
        (), (line, line), (line[: chance.randrange(len(line) + 1)] + b"\n",),
        (line, chance.choice((b"\n", b" \t\n", b"\r\n"))),
        (line.rstrip(b"\r\n") + b",more\n",), (line.partition(b",")[2] or line,), (lines[0], line),
        (line.decode("utf-8", "replace").encode("cp1252", "replace"),), (b"[" + line.rstrip(b"\r\n") + b"]\n",),
        (b'"', line), (line.replace(b'"', b"'"),), (line.replace(b"\r\n", b"\n"),), (b"null\n", line),
    ))  # fmt: skip
    lines[i : i + 1] = changed
    if chance.random() < 0.1:
        chance.shuffle(lines)
    return b"".join(lines)


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    with_flipped_bits, with_a_mark, with_a_mark, without_a_mark, truncated, with_other_lines, with_other_lines,
)  # fmt: skip
