"""Generate pairs of a date as people write it and the same date in ISO form, to learn translation letter by letter.

    python scripts/make_dates.py dates.jsonl --pairs 20000 --seed 0

    {"document": "t h e _ 3 r d _ o f _ m a r c h _ 1 9 9 5", "summary": "1 9 9 5 - 0 3 - 0 3"}

The task shows attention well: every reader knows which letters of the date each digit of the answer comes from.
"""

from __future__ import annotations

import datetime
import json
import random
from pathlib import Path

import click

ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen""".split()  # noqa: SIM905
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
FIRST_DATE, LAST_DATE = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)


def in_words(n: int) -> str:
    """A number below 100 in words: twenty-three."""
    if n < 20:
        return ONES[n]
    return TENS[n // 10] + (f"-{ONES[n % 10]}" if n % 10 else "")


def ordinal_in_words(n: int) -> str:
    """An ordinal number below 100 in words: twenty-third."""
    *tens, last = in_words(n).split("-")
    last = IRREGULAR.get(last, last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return "-".join([*tens, last])


def ordinal(n: int) -> str:
    """An ordinal number below 100 in digits: 23rd."""
    ending = "th" if 10 < n % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def year_in_words(year: int) -> str:
    """A year as it is spoken: nineteen ninety-five, two thousand and five."""
    century, rest = divmod(year, 100)
    if century == 20 and rest < 10:
        return "two thousand" + (f" and {in_words(rest)}" if rest else "")
    return f"{in_words(century)} " + (
        f"oh {in_words(rest)}" if 0 < rest < 10 else in_words(rest) if rest else "hundred"
    )


def spell(date: datetime.date, rng: random.Random) -> str:
    """One of the usual spellings of a date, in lower case. A year of two digits lies between 1950 and 2049."""
    day, month, year = date.day, date.strftime("%B"), date.year
    month = rng.choice((month, month, month[:3]))
    forms = (
        f"{day} {month} {year}",
        f"{month} {day}, {year}",
        f"{month} {ordinal(day)}, {year}",
        f"the {ordinal(day)} of {month} {year}",
        f"{date:%A}, {month} {day}, {year}",
        f"{date:%a} {ordinal(day)} {month} {year}",
        f"{year} {month} {day}",
        f"{day}-{month}-{date:%y}",
        f"{month} {day} '{date:%y}",
        f"{day}/{date.month}/{year}",
        f"{date:%d.%m.%y}",
        f"the {ordinal_in_words(day)} of {month}, {year}",
        f"{month} the {ordinal_in_words(day)}, {year_in_words(year)}",
        f"{in_words(day)} {month} {year_in_words(year)}",
    )
    return rng.choice(forms).lower()


def split_letters(text: str) -> str:
    """A text with each letter as a word, and _ for a space."""
    return " ".join(text.replace(" ", "_"))


def make_pair(rng: random.Random) -> dict[str, str]:
    """A random date in a random spelling, with its ISO form as summary."""
    date = FIRST_DATE + datetime.timedelta(rng.randint(0, (LAST_DATE - FIRST_DATE).days))
    return {"document": split_letters(spell(date, rng)), "summary": split_letters(date.isoformat())}


@click.command()
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--pairs", default=20_000, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(output: Path, pairs: int, seed: int) -> None:
    """Write random pairs to OUTPUT as JSON Lines."""
    rng = random.Random(seed)
    with output.open("w") as file:
        for _ in range(pairs):
            print(json.dumps(make_pair(rng)), file=file)


if __name__ == "__main__":
    main()
