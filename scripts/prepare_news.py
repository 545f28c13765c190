"""CNN/DailyMail pairs, as found, to text as its readers saw it, in the proportion of publishers that is asked for.

    python scripts/prepare_news.py cnndm-train.jsonl.xz runs/news-train.jsonl --cnn-share 0.3 \
        --exclude cnndm-validation.jsonl.xz --exclude cnndm-test-a.jsonl.xz

Most of the articles exist only lower-cased and tokenised in the Penn Treebank way. What can be undone is undone:
contractions, quotation marks, brackets, spaced hyphens, pound signs that became #, and the by-lines and time stamps
that open many articles. Letter case cannot be brought back; the model reads uncased text. With --copies, Daily Mail
articles come more than once, by turns clean and tokenised as found: people may well have tokenised text, and a summary
should then be in its form.
"""

from __future__ import annotations

import json
import lzma
import random
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
from nltk.tokenize.treebank import TreebankWordDetokenizer

BYLINE = re.compile(r"^\W*by\s*\.\s*[^.]{1,60}\.\s*(?:and\s[^.]{1,40}\.\s*)?", re.IGNORECASE)
STAMP = re.compile(
    r"^\W*(?:\|\W*)?(?:published|updated|last updated at|created)\s*:?\W*"
    r"\d{1,2}:\d{2}\s*(?:[a-z]{2,4})?\W*(?:,|on)?\s*\d{1,2}(?:st|nd|rd|th)?\s+[a-z]+\s+\d{4}\W*",
    re.IGNORECASE,
)
DATELINE = re.compile(r"^(?:[\w .,']{0,60})?\(\s*cnn\s*\)\s*(?:--|-|—|–)?\s*", re.IGNORECASE)
BRACKETS = {"-lrb-": "(", "-rrb-": ")", "-lsb-": "[", "-rsb-": "]"}
DETOKENIZER = TreebankWordDetokenizer()


def strip_header(text: str) -> str:
    """Drop a by-line and time stamps from the head of an article."""
    text = BYLINE.sub("", text, count=1)
    while (match := STAMP.match(text)) is not None:
        text = text[match.end() :]
    return text


def pair_quotes(text: str) -> str:
    """Double quotation marks that stand alone, by turns joined to the word after and the word before."""
    parts = text.split(' " ')
    if len(parts) % 2 == 0:
        return text
    return "".join(part + (' "', '" ')[i % 2] for i, part in enumerate(parts[:-1])) + parts[-1]


def detokenize(text: str) -> str:
    """Undo Penn Treebank tokenisation; text that was never tokenised comes out as it went in, but for its spaces."""
    for name, bracket in BRACKETS.items():
        text = re.sub(name, bracket, text, flags=re.IGNORECASE)
    text = pair_quotes(re.sub(r"``|''", '"', text))
    text = re.sub(r"` ?", "'", text)  # an opening single quotation mark
    text = re.sub(r"# ?(?=\d)", "£", text)
    text = DETOKENIZER.detokenize(text.split())
    text = re.sub(r"(\w) n't\b", r"\1n't", text)
    text = re.sub(r"\bcan not\b", "cannot", text)
    text = re.sub(r"(?<=\w) - (?=\w)", "-", text) if " - year - old" in text else text
    text = re.sub(r" ([.,;:!?%])(?=\s|$)", r"\1", text)
    text = re.sub(r"\(\s+", "(", re.sub(r"\s+\)", ")", text))
    return re.sub(r"\s+", " ", text).strip()


def clean(row: dict, as_found: bool = False) -> dict | None:
    """One row with clean text, or None where nothing worth learning from is left; as_found: left tokenised."""
    tokenised = not row["cased"] and not as_found
    document = strip_header(row["document"])
    lines = [re.sub(r"^new\s*:\s*", "", line, flags=re.I) for line in row["summary"].split("\n")]
    if tokenised:
        document, lines = detokenize(document), [detokenize(line) for line in lines]
    if random.Random(row["id"]).random() < 0.7:  # most readers' text has no agency mark; some does
        document = DATELINE.sub("", document, count=1)
    lines = [line.strip() for line in lines if len(line.split()) > 2]
    if len(document.split()) < 60 or not lines or len(" ".join(lines).split()) > 150:
        return None
    kept = {key: row[key] for key in ("id", "publisher", "cased")}
    return kept | {"document": document, "summary": "\n".join(lines)}


def rows_of(path: Path) -> Iterator[dict]:
    """Rows of a JSON Lines file, compressed by xz or not."""
    with lzma.open(path, "rt") if path.suffix == ".xz" else path.open() as lines:
        for line in lines:
            yield json.loads(line)


def fingerprint(row: dict) -> str:
    """Equal for two copies of one summary, however they were tokenised."""
    return re.sub(r"[^a-z0-9]", "", row["summary"].lower())[:120]


def balanced(rows: list[dict], cnn_share: float | None) -> list[dict]:
    """The rows with CNN ones sampled down to a share of all, cased ones first."""
    if cnn_share is None:
        return rows
    cnn = sorted(
        (r for r in rows if r["publisher"] == "cnn"),
        key=lambda r: (not r["cased"], random.Random(r["id"]).random()),
    )
    rest = [r for r in rows if r["publisher"] != "cnn"]
    return rest + cnn[: round(len(rest) * cnn_share / (1 - cnn_share))]


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--cnn-share", type=float, help="Share of CNN articles; they are sampled down to it, cased ones first.")
@click.option("--copies", default=1, help="Times that Daily Mail articles come; every second one is as found.")
@click.option("--most", type=int, help="Read so many rows only, the first ones.")
@click.option("--official-mix", is_flag=True, help="Only the rows marked as the official proportion of publishers.")
@click.option(
    "--exclude",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="Leave out every article whose summary is in this file.",
)
def main(
    source: Path,
    target: Path,
    cnn_share: float | None,
    copies: int,
    most: int | None,
    official_mix: bool,
    exclude: tuple[Path, ...],
) -> None:
    """Clean the pairs of SOURCE and write them to TARGET."""
    held_out = {fingerprint(row) for path in exclude for row in rows_of(path)}
    rows = []
    for row in islice(rows_of(source), most):
        if (official_mix and not row.get("official_mix")) or fingerprint(row) in held_out:
            continue
        is_cnn = row["publisher"] == "cnn"
        for copy in range(1 if is_cnn else copies):
            # Where there are copies, half of the CNN articles are as found too.
            as_found = random.Random(row["id"]).random() < 0.5 if is_cnn and copies > 1 else copy % 2 == 1
            rows.append(clean(row, as_found))
    kept = balanced([row for row in rows if row is not None], cnn_share)
    random.Random(0).shuffle(kept)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w") as out:
        for row in kept:
            print(json.dumps(row, ensure_ascii=False), file=out)
    click.echo(f"{len(kept)} pairs in {target}", err=True)


if __name__ == "__main__":
    main()
