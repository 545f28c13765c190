"""Clean CNN/DailyMail pairs: undo their tokenisation, and balance the two publishers.

    python scripts/prepare_news.py cnndm-train.jsonl.xz runs/news-train.jsonl --cnn-share 0.3 \
        --exclude cnndm-validation.jsonl.xz --exclude cnndm-test-a.jsonl.xz

Most of the articles exist only in lower case and tokenised as in the Penn Treebank. The script undoes what it can:
contractions, quotation marks, brackets, spaced hyphens, pound signs that became #. It also removes the by-lines and
time stamps that open many articles. It cannot restore letter case; the model is uncased. With --copies, each Daily Mail
article is written several times, alternately clean and still tokenised: users may have tokenised text, and its summary
should then have the same form.
"""

from __future__ import annotations

import json
import lzma
import random
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click
from nltk.tokenize.treebank import TreebankWordDetokenizer

Row = dict[str, Any]  # id, document, summary (a sentence a line), publisher, cased, perhaps official_mix

BYLINE = re.compile(r"^\W*by\s*\.\s*[^.]{1,60}\.\s*(?:and\s[^.]{1,40}\.\s*)?", re.IGNORECASE)
TIME_STAMP = re.compile(
    r"^\W*(?:\|\W*)?(?:published|updated|last updated at|created)\s*:?\W*"
    r"\d{1,2}:\d{2}\s*(?:[a-z]{2,4})?\W*(?:,|on)?\s*\d{1,2}(?:st|nd|rd|th)?\s+[a-z]+\s+\d{4}\W*",
    re.IGNORECASE,
)
DATELINE = re.compile(r"^(?:[\w .,']{0,60})?\(\s*cnn\s*\)\s*(?:--|-|—|–)?\s*", re.IGNORECASE)
BRACKETS = {"-lrb-": "(", "-rrb-": ")", "-lsb-": "[", "-rsb-": "]"}
DETOKENIZER = TreebankWordDetokenizer()

DATELINE_REMOVED = 0.7  # share of articles: most users' text has no dateline, some has
MIN_DOCUMENT_WORDS, MAX_SUMMARY_WORDS, MIN_SENTENCE_WORDS = 60, 150, 3


def strip_header(text: str) -> str:
    """Remove a by-line and time stamps from the beginning of an article."""
    text = BYLINE.sub("", text, count=1)
    while (match := TIME_STAMP.match(text)) is not None:
        text = text[match.end() :]
    return text


def pair_quotes(text: str) -> str:
    """Attach double quotation marks that stand alone, alternately to the next and to the previous word."""
    parts = text.split(' " ')
    if len(parts) % 2 == 0:
        return text
    return "".join(part + (' "', '" ')[i % 2] for i, part in enumerate(parts[:-1])) + parts[-1]


def detokenize(text: str) -> str:
    """Undo Penn Treebank tokenisation. Text that was never tokenised changes in its white space only."""
    for name, bracket in BRACKETS.items():
        text = re.sub(name, bracket, text, flags=re.IGNORECASE)
    text = pair_quotes(re.sub(r"``|''", '"', text))
    text = re.sub(r"` ?", "'", text)  # an opening single quotation mark
    text = re.sub(r"# ?(?=\d)", "£", text)
    text = DETOKENIZER.detokenize(text.split())
    text = re.sub(r"(\w) n't\b", r"\1n't", text)
    text = re.sub(r"(?<=\w) - (?=\w)", "-", text) if " - year - old" in text else text
    text = re.sub(r" ([.,;:!?%])(?=\s|$)", r"\1", text)
    text = re.sub(r"\(\s+", "(", re.sub(r"\s+\)", ")", text))
    return re.sub(r"\s+", " ", text).strip()


def clean_row(row: Row, keep_tokenised: bool = False) -> Row | None:
    """One row with clean text, or None if the document is too short, or the summary empty or too long."""
    document = strip_header(row["document"])
    sentences = [re.sub(r"^new\s*:\s*", "", line, flags=re.I) for line in row["summary"].split("\n")]
    if not row["cased"] and not keep_tokenised:
        document, sentences = detokenize(document), [detokenize(sentence) for sentence in sentences]
    if random.Random(row["id"]).random() < DATELINE_REMOVED:
        document = DATELINE.sub("", document, count=1)
    sentences = [sentence.strip() for sentence in sentences if len(sentence.split()) >= MIN_SENTENCE_WORDS]
    n_summary_words = len(" ".join(sentences).split())
    if len(document.split()) < MIN_DOCUMENT_WORDS or not 0 < n_summary_words <= MAX_SUMMARY_WORDS:
        return None
    return {
        **{field: row[field] for field in ("id", "publisher", "cased")},
        "document": document,
        "summary": "\n".join(sentences),
    }


def read_rows(path: Path) -> Iterator[Row]:
    """Rows of a JSON Lines file, plain or compressed by xz."""
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write a JSON Lines file, and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), file=out)


def summary_key(row: Row) -> str:
    """A key that is equal for two copies of one summary, however each was tokenised."""
    return re.sub(r"[^a-z0-9]", "", row["summary"].lower())[:120]


def balance(rows: list[Row], cnn_share: float | None) -> list[Row]:
    """The rows with CNN's sampled down to a share of all, cased ones kept first. None: all rows."""
    if cnn_share is None:
        return rows
    cnn = sorted(
        (row for row in rows if row["publisher"] == "cnn"),
        key=lambda row: (not row["cased"], random.Random(row["id"]).random()),
    )
    daily_mail = [row for row in rows if row["publisher"] != "cnn"]
    return daily_mail + cnn[: round(len(daily_mail) * cnn_share / (1 - cnn_share))]


def copies_of(row: Row, copies: int) -> Iterator[Row]:
    """Clean copies of one row: Daily Mail rows as often as asked, every second one still tokenised; CNN rows once, of
    which half are still tokenised if Daily Mail rows are copied."""
    is_cnn = row["publisher"] == "cnn"
    for copy in range(1 if is_cnn else copies):
        tokenised = random.Random(row["id"]).random() < 0.5 if is_cnn and copies > 1 else copy % 2 == 1
        clean = clean_row(row, keep_tokenised=tokenised)
        if clean is not None:
            yield clean


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--cnn-share", type=click.FloatRange(0, 1, max_open=True), help="Sample CNN articles down to this share.")
@click.option("--copies", type=click.IntRange(1), default=1, show_default=True, help="Copies of a Daily Mail article.")
@click.option("--max-rows", type=click.IntRange(1), help="Read only this many rows, from the first.")
@click.option("--official-mix", is_flag=True, help="Only rows marked as the official proportion of publishers.")
@click.option(
    "--exclude",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="Leave out articles whose summary is in this file; repeatable.",
)
def main(
    source: Path,
    target: Path,
    cnn_share: float | None,
    copies: int,
    max_rows: int | None,
    official_mix: bool,
    exclude: tuple[Path, ...],
) -> None:
    """Clean the pairs of SOURCE and write them to TARGET."""
    excluded = {summary_key(row) for path in exclude for row in read_rows(path)}
    pairs = [
        pair
        for row in islice(read_rows(source), max_rows)
        if (row.get("official_mix") or not official_mix) and summary_key(row) not in excluded
        for pair in copies_of(row, copies)
    ]
    pairs = balance(pairs, cnn_share)
    random.Random(0).shuffle(pairs)
    write_rows(target, pairs)
    click.echo(f"{len(pairs)} pairs in {target}", err=True)


if __name__ == "__main__":
    main()
