"""The benchmark's inputs: articles of a given number of tokens, read from a file or generated."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from summarize.text.tokenizer import Tokenizer

FIELDS = ("text", "article", "document")
SENTENCES_PER_ARTICLE = 60

PLACES = ["Carrow Point", "Bexley", "Port Ellis", "Norwich", "Lake Ferry", "New Harden", "Ostrava", "Kirkwall"]
PEOPLE = ["Anna Weston", "Omar Reyes", "Judge Carol Finch", "Mr Patel", "Susan Albright", "Dr Li", "Tom Okafor"]
BODIES = ["the county council", "the harbour board", "the school", "the company", "the union", "the ministry"]
THINGS = ["the bridge", "the ferry", "a new hospital", "the tram line", "the old market", "the power station"]
EVENTS = ["closed", "opened", "was sold", "was flooded", "burned down", "reopened", "was delayed", "was inspected"]
CAUSES = [
    "after engineers found cracks in two of its steel beams",
    "because the money that had been promised did not arrive",
    "following a storm that left thousands of homes without power",
    "while the court considers a complaint by people who live nearby",
    "although most of the work had been done by the end of the summer",
    "as the price of fuel rose for the fourth month in a row",
]
OPINIONS = [
    "it would take months before anybody knew the cost",
    "families had been told far too late",
    "nobody should have to travel so far for a doctor",
    "the plan was sound and would go ahead",
    "there had been no warning of any kind",
    "everything would be done to keep the jobs in the town",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _random_sentence(rng: random.Random) -> str:
    """A sentence of a news report, of 12 to 40 words."""
    thing, place, day, cause = (rng.choice(options) for options in (THINGS, PLACES, DAYS, CAUSES))
    who, body, opinion, event = (rng.choice(options) for options in (PEOPLE, BODIES, OPINIONS, EVENTS))
    number = rng.choice([f"{rng.randint(2, 90)}", f"{rng.randint(1, 40)},{rng.randint(100, 999)}"])
    return rng.choice([
        f"{thing.capitalize()} in {place} {event} on {day} {cause}, {body} said.",
        f"{who} of {place} said on {day} that {opinion}.",
        f"“I have lived in {place} for {rng.randint(2, 60)} years,” said {who}, who thinks that {opinion}.",
        f"About {number} people use {thing} every week, and {body} expects more {cause}.",
        f"{body.capitalize()} paid £{number} for {thing}, which {event} in {rng.randint(1960, 2024)}, {cause}.",
        f"According to {who}, {body} met in {place} on {day} to decide what becomes of {thing}, "
        f"and agreed that {opinion} {cause}.",
    ])  # fmt: skip


def generate_articles(seed: int = 0) -> Iterator[str]:
    """Endless random articles that resemble news in their words, numbers, names and lengths of sentences."""
    rng = random.Random(seed)
    while True:
        yield " ".join(_random_sentence(rng) for _ in range(SENTENCES_PER_ARTICLE))


def read_articles(path: Path) -> Iterator[str]:
    """The texts of a JSON Lines file. Raises ValueError if a row has none."""
    with path.open(encoding="utf-8") as rows:
        for number, line in enumerate(rows, 1):
            row = json.loads(line)
            text = next((row[field] for field in FIELDS if field in row), None)
            if not isinstance(text, str):
                raise ValueError(f"{path}, line {number}: has none of the fields {', '.join(FIELDS)}")
            yield text


def cut_articles(texts: Iterable[str], tokenizer: Tokenizer, n_tokens: int, count: int) -> list[str]:
    """The first `count` texts of at least n_tokens, each cut to n_tokens, or a few less so as not to cut a word.
    Raises ValueError if there are fewer such texts."""
    encodings = (tokenizer.encode(text) for text in texts)
    long_enough = (encoding for encoding in encodings if len(encoding.ids) >= n_tokens)
    cut = [encoding.text[: encoding.truncated(n_tokens).spans[-1][1]] for encoding in islice(long_enough, count)]
    if len(cut) < count:
        raise ValueError(f"only {len(cut)} of the articles have {n_tokens} tokens; {count} are needed")
    return cut
