"""The data sets of the writer's training: files, kinds of text, shares; rows to pairs of document and summary."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from prepare_news import Row, clean_row, detokenize, read_rows, summary_key
from writer_text import Truecaser, attach_marks, join_broken, strip_boilerplate, tidy

SEED = 0
HEADLINE, SUBJECT = "Headline", "Subject"
VALIDATION_ROWS = 150
LOWER_CASE_KEPT = 0.15  # of the articles that exist only in lower case: users have such text, too
MIN_ALIGNMENT_SCORE = 0.7  # of crd3, whose pairs were aligned automatically; below, many summaries are of other turns
MAX_DOCUMENT_WORDS = 4_000


@dataclass(frozen=True)
class Pair:
    """A document and one summary of it. is_lower: both are to be in lower case, once they have been compared."""

    id: str
    data_set: str
    kind: str
    document: str
    sentences: tuple[str, ...]
    question: str = ""
    is_lower: bool = False
    must_restore: bool = False

    @property
    def is_leadless(self) -> bool:
        """Whether the document is an article without its first paragraph, which is the summary."""
        return self.data_set == "reuters_lead"

    def restored(self, truecaser: Truecaser) -> Pair:
        """The pair with its letter case restored, if it exists only in lower case."""
        if not self.must_restore:
            return self
        document, *sentences = (truecaser.restore(truecaser.join_hyphens(t)) for t in (self.document, *self.sentences))
        return replace(self, document=document, sentences=tuple(sentences))


@dataclass(frozen=True)
class DataSet:
    """A data set, the kind of its texts, and how many pairs are made of each row."""

    name: str
    kind: str
    max_rows: int = 10**9
    copies: int = 1
    lines_are_paragraphs: bool = True


MAIN_SETS = (
    DataSet("cnndm", "News"),
    DataSet("reuters_lead", "News", max_rows=88_000),
    DataSet("inshorts", "News", copies=2),
    DataSet("scitldr", "Paper", lines_are_paragraphs=False),
    DataSet("scisummnet", "Paper", lines_are_paragraphs=False),
    DataSet("qmsum_specific", "Meeting"),
    DataSet("qmsum_general", "Meeting"),
    DataSet("squality", "Story"),
    DataSet("ami", "Meeting"),
    DataSet("mtsdialog", "Notes", copies=2),
    DataSet("crd3", "Dialogue"),
)
# Their licences forbid commercial use: nothing that is shipped is trained with them.
NON_COMMERCIAL_SETS = (DataSet("samsum", "Dialogue"), DataSet("dialogsum", "Dialogue"), DataSet("aeslc", SUBJECT))


def seeded(*key: object) -> random.Random:
    """Random numbers that depend on a key and the seed alone."""
    return random.Random("/".join(map(str, (SEED, *key))))


def read_set(data: Path, data_set: DataSet, split: str) -> list[Row]:
    """The rows of one split, train or validation. scisummnet has one file: every tenth row is for validation."""
    path = data / f"{data_set.name}-{split}.jsonl.xz"
    if path.exists():
        return list(read_rows(path))
    rows = list(read_rows(data / f"{data_set.name}-all.jsonl.xz"))
    return [row for i, row in enumerate(rows) if (i % 10 == 0) == (split == "validation")]


def select_rows(data: Path, data_set: DataSet, split: str, max_rows: int | None = None) -> list[Row]:
    """The shuffled rows of one split. No summary is in both splits, or in a test set that is beside them."""
    rows = read_set(data, data_set, split)
    if split == "train":
        others = read_set(data, data_set, "validation")
        tests = (row for path in sorted(data.glob(f"{data_set.name}-test*.jsonl.xz")) for row in read_rows(path))
        excluded = {summary_key(row) for row in others} | {summary_key(row) for row in tests}
        limit = data_set.max_rows
    else:
        rows = [row for row in rows if row.get("official_mix", True)]
        excluded, limit = {summary_key(row) for row in read_set(data, data_set, "train")}, VALIDATION_ROWS
    if data_set.name == "crd3":
        rows = [row for row in rows if row["score"] >= MIN_ALIGNMENT_SCORE]
    rows = [row for row in rows if summary_key(row) not in excluded]
    seeded(data_set.name, split).shuffle(rows)
    return rows[: min(limit, max_rows or limit)]


def pairs_of(row: Row, data_set: DataSet) -> Iterator[Pair]:
    """The pairs that are made of one row, cleaned, but not yet with restored letter case."""
    for copy in range(data_set.copies):
        for number, summary in enumerate(_summaries(row, data_set)):
            pair_id = f"{data_set.name}/{row['id']}/{copy}/{number}"
            pair = _pair(row | {"summary": summary}, data_set, pair_id, copy)
            if pair is not None:
                yield pair


def _summaries(row: Row, data_set: DataSet) -> list[str]:
    """All reference summaries of a row, without equal ones; of subject lines only the first."""
    references = row.get("references") if data_set.kind != SUBJECT else None
    return list(dict.fromkeys(references or [row["summary"]]))


def _pair(row: Row, data_set: DataSet, pair_id: str, copy: int) -> Pair | None:
    """One pair of a row, or None if its text is no use."""
    chance, name = seeded(pair_id, "row"), data_set.name
    kind, question, must_restore, document, summary = data_set.kind, "", False, row["document"], row["summary"]
    if name == "cnndm":
        clean = clean_row(row if row["cased"] else _untokenised(row))
        if clean is None:
            return None
        document, summary, must_restore = clean["document"], clean["summary"], not row["cased"]
        if must_restore:
            document, summary = tidy(document), tidy(summary)
    elif name == "reuters_lead" and chance.random() < 0.25 and row.get("headline"):
        kind, name, document, summary = HEADLINE, "reuters_headline", f"{summary}\n{document}", row["headline"]
    elif name == "inshorts" and copy == 1 and chance.random() < 0.2 and row.get("headline"):
        kind, name, summary = HEADLINE, "inshorts_headline", row["headline"]
    elif name == "qmsum_specific":
        question, _, document = document.partition("\n")
    if name.startswith("qmsum"):
        document = _meeting(document)
    elif name.startswith("inshorts"):
        document, summary = _quoted(document), _quoted(summary)
    elif name == "ami":
        document, summary = (re.sub(r"(?<=\b[A-Z])_|(?<=_[A-Z])_", "", text) for text in (document, summary))
    elif name == "squality":
        document = _story(document)
    return Pair(
        pair_id,
        name,
        kind,
        normal_lines(strip_boilerplate(document), data_set.lines_are_paragraphs),
        (summary,) if kind in (HEADLINE, SUBJECT) else tuple(join_broken(summary.split("\n"))),
        question.strip().rstrip("."),
        must_restore and chance.random() < LOWER_CASE_KEPT,
        must_restore,
    )


def _untokenised(row: Row) -> Row:
    """A lower-case row of CNN/DailyMail with marks beside their words."""
    summary = "\n".join(map(attach_marks, row["summary"].split("\n")))
    return row | {"document": attach_marks(row["document"]), "summary": summary}


def _meeting(text: str) -> str:
    """A transcript without tokenisation, labels of empty turns and marks of what was not understood."""
    labels = r"(?:(?:Project Manager|Industrial Designer|User Interface|Marketing):\s*)+$"
    lines = (detokenize(re.sub(r"@ ?@|" + labels, "", line)) for line in text.split("\n"))
    return "\n".join(re.sub(r" - (?=\w)", "-", line) for line in lines if line)


def _quoted(text: str) -> str:
    """Text whose curly quotation marks and apostrophes became question marks."""
    text = re.sub(r"(?<=\w)\?(?=(?:s|t|re|ve|ll|m|d)\b)", "'", text)
    text = re.sub(r"(?<!\S)\?(\w[^?\n]{0,120})\?(?=[\s,.;]|$)", r'"\1"', text)
    return re.sub(r'(?<!\S)"([^"?\n]{1,120})\?(?=[.,]| [a-z])', r'"\1"', text)  # only the closing one was lost


def _story(text: str) -> str:
    """A story of Project Gutenberg without the lines before its text."""
    end = max((match.end() for match in re.finditer(r"Transcriber's Note:[^\]]*\]", text[:3000])), default=0)
    return text[end:]


def normal_lines(text: str, keep_lines: bool) -> str:
    """At most MAX_DOCUMENT_WORDS words with single spaces; line breaks stay, or become spaces."""
    lines = (line.split() for line in (text.split("\n") if keep_lines else [text]))
    kept, n_free = [], MAX_DOCUMENT_WORDS
    for words in filter(None, lines):
        kept.append(" ".join(words[:n_free]))
        n_free -= len(words)
        if n_free <= 0:
            break
    return "\n".join(kept)


def cased_texts(data: Path, max_rows: int = 12_000) -> list[str]:
    """Texts with letter case, to learn the forms of words from."""
    texts = []
    for name in ("reuters_lead", "inshorts", "cnndm"):
        rows = (row for row in read_rows(data / f"{name}-train.jsonl.xz") if row.get("cased", True))
        texts += [f"{strip_boilerplate(row['document'])}\n{row['summary']}" for row in islice(rows, max_rows)]
    return texts
