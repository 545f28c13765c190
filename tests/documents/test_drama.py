"""Plays: speeches with the names of their speakers, which stand in capitals above or before them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.documents import read_one

SPEECHES = [
    ("BERNARDO", "Who's there?"), ("FRANCISCO", "Nay, answer me:\nstand, and unfold yourself."),
    ("BERNARDO", "Long live the king!"), ("FRANCISCO", "Bernardo?"), ("BERNARDO", "He."),
    ("FRANCISCO", "You come most carefully upon your hour."), ("BERNARDO", "'Tis now struck twelve."),
]  # fmt: skip
HEAD = "ACT I\n\nSCENE I. Elsinore.\n\nFRANCISCO at his post. Enter to him BERNARDO."
READ = "\n\n".join(f"{name}: {' '.join(words.split())}" for name, words in SPEECHES)


@pytest.mark.parametrize(
    "form", ["{}.\n{}", "{}\n{}", "    {}\n  {}", "{} (aside)\n{}", "{}. {}", "{}: {}", "_{}._ {}"]
)
@pytest.mark.parametrize("name", ["BERNARDO", "LADY BERNARD", "ST. JOHN-O'NEIL"])
def test_names_in_capitals(name: str, form: str, tmp_path: Path) -> None:
    play = "\n\n".join([HEAD, *(form.format(*speech) for speech in SPEECHES), "[_Exeunt._]"])
    document = read_one("a.txt", play.replace("BERNARDO", name).encode(), tmp_path)
    assert document.text == "\n\n".join((HEAD, READ, "[_Exeunt._]")).replace("BERNARDO", name)
    assert [section.title for section in document.sections] == ["ACT I", "SCENE I. Elsinore."]


def test_a_direction_below_a_speech(tmp_path: Path) -> None:
    play = "\n\n".join("{}.\n{}\n[Exit.]".format(*speech) for speech in SPEECHES)
    assert read_one("a.txt", play.encode(), tmp_path).text == READ.replace("\n\n", "\n\n[Exit.]\n\n") + "\n\n[Exit.]"


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(f"{name}\nThe mill was sold." for name in ("SALE", "PRICE", "TOWN", "ROOF", "END", "NOTES")),
        "\n\n".join(["The mill was sold to the town."] * 30 + [f"NOTE {i % 2}.\nIt was old." for i in range(6)]),
        "\n\n".join(["NOTE. It was old."] * 9),
        "\n\n".join(["WARNING: It is hot.", "NOTE: It was old."] * 6),
        "\n\n".join(["Q. Is it hot?", "A. It is, and old."] * 6),
    ],
)
def test_other_texts_stay_as_they_are(text: str, tmp_path: Path) -> None:
    assert read_one("a.txt", text.encode(), tmp_path).text == text
