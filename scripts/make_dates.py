"""Dates as people write them, with the same in ISO form: pairs to learn translation from, letter by letter.

    python scripts/make_dates.py dates.jsonl --pairs 20000 --seed 0

    {"document": "t h e _ 3 r d _ o f _ m a r c h _ 1 9 9 5", "summary": "1 9 9 5 - 0 3 - 0 3"}

The example that attention is best seen on: where each figure of the answer comes from is known to everyone.
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
FIRST, LAST = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)


def in_words(n: int) -> str:
    """A number below 100: twenty-three."""
    if n < 20:
        return ONES[n]
    return TENS[n // 10] + (f"-{ONES[n % 10]}" if n % 10 else "")


def ordinal_in_words(n: int) -> str:
    """A number's place: twenty-third."""
    *before, last = in_words(n).split("-")
    last = IRREGULAR.get(last, last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return "-".join([*before, last])


def ordinal(n: int) -> str:
    """A number's place: 23rd."""
    ending = "th" if 10 < n % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def year_in_words(year: int) -> str:
    """A year as it is said: nineteen ninety-five, two thousand and five."""
    century, rest = divmod(year, 100)
    if century == 20 and rest < 10:
        return "two thousand" + (f" and {in_words(rest)}" if rest else "")
    return f"{in_words(century)} " + (
        f"oh {in_words(rest)}" if 0 < rest < 10 else in_words(rest) if rest else "hundred"
    )


def spelled(date: datetime.date, chance: random.Random) -> str:
    """One of the ways in which a date is written; two figures of a year are of 1950 to 2049."""
    day, month, year = date.day, date.strftime("%B"), date.year
    month = chance.choice((month, month, month[:3]))
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
    return chance.choice(forms).lower()


def letters(text: str) -> str:
    """A text as one word a letter, with _ for a space."""
    return " ".join(text.replace(" ", "_"))


def pair(chance: random.Random) -> dict[str, str]:
    """A date in some spelling, and in ISO form."""
    date = FIRST + datetime.timedelta(chance.randint(0, (LAST - FIRST).days))
    return {"document": letters(spelled(date, chance)), "summary": letters(date.isoformat())}


@click.command()
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--pairs", default=20_000, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(output: Path, pairs: int, seed: int) -> None:
    """Write pairs to OUTPUT as JSON Lines."""
    chance = random.Random(seed)
    with output.open("w") as file:
        for _ in range(pairs):
            print(json.dumps(pair(chance)), file=file)


if __name__ == "__main__":
    main()
