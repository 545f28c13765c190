"""Sentence boundaries: no text is lost, no sentences overlap, and text without full stops is split."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from summarize.text.long_sentences import MAX_CHARACTERS
from summarize.text.sentences import ends_sentence, sentence_spans

CASES = Path(__file__).parents[1] / "documents" / "cases"


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n ", []),
        ("One.", ["One."]),
        ("Dr. Smith paid $3.5 million. Mr. Jones did not.", ["Dr. Smith paid $3.5 million.", "Mr. Jones did not."]),
        ("the mayor left . the council met . ", ["the mayor left .", "the council met ."]),
        ('"Is it true?" he asked. It was.', ['"Is it true?" he asked.', "It was."]),
        ('"It was. We saw it," he said. "So?" "No."', ['"It was.', 'We saw it," he said.', '"So?"', '"No."']),
        ("he said : ' we won . we ran . ' it rained .", ["he said : ' we won .", "we ran . '", "it rained ."]),
        (
            "' we won , ' he said . ' it is over . ' kim 's left .",
            ["' we won , ' he said .", "' it is over . '", "kim 's left ."],
        ),
        (
            "“It was. We ran.” It rained. ‘ None . ’ yes .",
            ["“It was.", "We ran.”", "It rained.", "‘ None . ’", "yes ."],
        ),
        ("`` it was . '' he left . `` no . ''", ["`` it was . ''", "he left .", "`` no . ''"]),
        ("' is it true ? ' he asked . the boys ' win .", ["' is it true ? ' he asked .", "the boys ' win ."]),
        (
            "It's the boys' win. They'd come. Rock 'n' roll won.",
            ["It's the boys' win.", "They'd come.", "Rock 'n' roll won."],
        ),
        ("A heading\n\nThe text begins.", ["A heading", "The text begins."]),
        (
            "Ann: hi there\nBob Lee: hello: you\n#Person3#: ok",
            ["Ann: hi there", "Bob Lee: hello: you", "#Person3#: ok"],
        ),
        ("Buy\n- eggs\n- bread\r\n  * rye\n1. milk", ["Buy", "- eggs", "- bread", "* rye", "1. milk"]),
        ("the mayor\nof a city:\nlarge -\n1.5 miles", ["the mayor\nof a city:\nlarge -\n1.5 miles"]),
        (
            "[10:31] Ann: hi there\n[10:32] Bob: hello",
            ["[10:31] Ann: hi there", "[10:32] Bob: hello"],
        ),
        ("ann: yes. so\nbob: no\nann: why", ["ann: yes.", "so", "bob: no", "ann: why"]),
        (
            "2024-05-12 10:31:45 it began\n2024-05-12 10:31:46 it ended",
            ["2024-05-12 10:31:45 it began", "2024-05-12 10:31:46 it ended"],
        ),
    ],
)
def test_examples(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


@given(st.text(max_size=300))
@example("x" * 3000)
@example("word " * 1000)
@example("\u2028.\u2029. a\r\n.")
def test_spans_are_in_order_with_only_white_space_between_them(text: str) -> None:
    spans = sentence_spans(text)
    position = 0
    for start, end in spans:
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


def test_a_long_list_is_split_into_lines() -> None:
    lines = [f"item {i} of the list, with a price of {i} pounds" for i in range(40)]
    assert split("\n".join(lines)) == lines


def test_a_very_long_line_is_cut_between_words() -> None:
    parts = split("ten letters " * 400)
    assert len(parts) > 5
    assert all(MAX_CHARACTERS - 12 < len(part) <= MAX_CHARACTERS for part in parts[:-1])
    assert " ".join(parts) == ("ten letters " * 400).strip()


def test_a_part_of_a_very_long_line_has_at_most_the_maximum_length() -> None:
    half, other_half = "a" * (MAX_CHARACTERS // 2), "b" * (MAX_CHARACTERS // 2)
    assert split(f"{half} {other_half} " * 3) == [half, other_half] * 3
    assert split(f"{half[1:]} {other_half} " * 3) == [f"{half[1:]} {other_half}"] * 3


def test_a_very_long_word_is_cut() -> None:
    assert [len(part) for part in split("x" * 1000)] == [MAX_CHARACTERS, MAX_CHARACTERS, 200]


def test_a_sentence_of_the_maximum_length_is_not_split() -> None:
    longest = f"x\n{'x' * (MAX_CHARACTERS - 2)}"
    assert split(longest) == [longest]
    assert split(f"{longest}x") == ["x", f"{longest}x"[2:]]
    assert split(f"x\n{'x ' * MAX_CHARACTERS}")[1] == ("x " * MAX_CHARACTERS).strip()  # a line of twice the maximum


@pytest.mark.parametrize(
    "sentence",
    [
        "It cost approx. 40 pct. of what the U.S. group paid, i.e. 3.5 pct. of it.",
        "See vol. 3, ch. 4, p. 12, fig. 2 and eq. 5 of it.",
        "They paid $1.2 mil. in all and 5 ft. 6 in. of rope was left.",
        "The dept. of works and the govt. of the town agreed, incl. Mrs. Hay.",
        "Run setup.py, then index.html and app.js from example.org/a.b for version 3.12.1 of Node.js.",
        "See ./run.sh, ~/.bashrc and .env of it on Mon. 3 May.",
        "No. 7 won, and St. Mary's lost at 5 p.m. on Monday vs. Ohio.",
        "They waited ... and waited… but nobody came.",
    ],
)
def test_a_full_stop_that_ends_no_sentence(sentence: str) -> None:
    assert split(f"It rained. {sentence} It was late. We slept.") == [
        "It rained.",
        sentence,
        "It was late.",
        "We slept.",
    ]


@pytest.mark.parametrize(
    "sentences",
    [
        ["It was sold.", "iPhone sales rose.", "eBay sales fell.", "The end came."],
        ["i went home.", "it was late.", "we slept.", "nobody came.", "3 of us were there."],
        ["Edit setup.py.", "Then run it.", "See the files of version 3.", "All of them."],
        ["He left the U.S. in May.", "The army stayed.", "She ran the co.", "It grew."],
        ["It was 3.", "20 people came.", "They ate."],
        ["He sat.", "20 people came in the sun.", "3 of them sat."],
    ],
)
def test_full_stops_that_end_sentences(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences


def test_the_abbreviations_of_a_case() -> None:
    first, *rest = split((CASES / "abbreviation-before-number.txt").read_text())
    assert first.startswith(
        "Dr. Ann Berg, M.D., Ph.D., who led the trial at St. Mary's, said (see vol. 3, fig. 2 and eq. 5)"
    )
    assert first.endswith("in the U.K. group it was 3.5 pct.")
    assert rest == ["The cost was $1.2 mil. in all.", "Sen. Lee Jr. (R., Ohio) said No. 7 was best."]


@pytest.mark.parametrize("gap", ["\n\n", "\n \n", "\r\n\r\n"])
def test_lines_of_verse_are_one_sentence(gap: str) -> None:
    verse = ["The river came in spring, carrying", "the doors of nine drowned houses, and", "the miller counted them."]
    assert split(gap.join([*verse, "He kept one."])) == [gap.join(verse), "He kept one."]
    verse = ["The river came in early spring with ice,", "The doors of nine drowned houses on its back,", "And sang."]
    assert split(gap.join(verse)) == [gap.join(verse)]


@pytest.mark.parametrize(
    "paragraphs",
    [
        ["What the club offers:", "rowing lessons", "a boat house", "free coffee"],
        ["Dear Anna,", "Thank you for the letter.", "Best regards,", "Tom"],
        ["A heading", "the text begins with a small letter", "and has no stop"],
        ["Opening hours", "- from six", "- until nine."],
        ["first we rowed", "then we swam."],
    ],
)
def test_paragraphs_that_stay_apart(paragraphs: list[str]) -> None:
    assert split("\n\n".join(paragraphs)) == paragraphs


def test_a_sentence_that_a_page_cut_goes_on() -> None:
    assert split("The council closed the\n\nbridge on Monday. It rained.") == [
        "The council closed the\n\nbridge on Monday.", "It rained.",
    ]  # fmt: skip


def test_a_long_wrapped_sentence_is_not_cut_at_its_lines() -> None:
    text = (CASES / "long-wrapped-sentences.txt").read_text()
    sentences = [" ".join(sentence.split()) for sentence in split(text)]
    assert sentences[0] == "1. Use."
    assert sentences[1].startswith("Subject to the terms of this agreement, the club may use the boat house, the quay")
    assert sentences[1].endswith("the quay or the slip while it uses them.")
    assert any(
        sentence.endswith("for what is paid too late.") and len(sentence) > MAX_CHARACTERS for sentence in sentences
    )


def test_a_very_long_sentence_is_cut_between_clauses() -> None:
    clause = "that the gate of the harbour is kept shut, and its key is with the master; provided"
    text = f"It is agreed {' '.join([clause] * 20)} that all is well."
    parts = split(text)
    assert len(parts) > 3
    assert all(part.endswith((";", ",", ".")) and len(part) <= MAX_CHARACTERS for part in parts)


SPEECH = """so welcome back everybody today we will look at the roof and the first thing you want to do is to
look at the beams because if the beams are rotten then there is no point in putting new shingles on
top of them and we had two that were soft so we took them out which took three days okay then we put
the felt on and i would say do not buy the cheap felt because it tears in the first storm and we
lost a whole afternoon to that but all in all it took us two weeks thanks for watching"""
OPEN_ENDS = {"the", "a", "of", "to", "in", "and", "or", "but", "so", "because", "is", "was", "about", "then", "if"}


@pytest.mark.parametrize("text", [SPEECH, " ".join(SPEECH.split()), SPEECH.capitalize()])
def test_speech_without_full_stops_is_split_into_clauses(text: str) -> None:
    parts = [" ".join(part.split()) for part in split(text)]
    assert " ".join(parts) == " ".join(text.split())
    assert parts[0].lower().startswith("so welcome back everybody")
    assert all(5 <= len(part.split()) <= 45 for part in parts)
    assert not any(part.split()[-1] in OPEN_ENDS for part in parts)
    assert "okay then we put the felt on" in [part[:28] for part in parts]


def test_short_speech_without_full_stops_is_split_too() -> None:
    text = " ".join(SPEECH.split()[:64])
    assert 250 < len(text) < MAX_CHARACTERS
    assert len(split(text)) > 2
    assert split(f"{text}.") == [f"{text}."]  # a long sentence


def test_lines_that_are_no_wrapping_part_speech() -> None:
    lines = [
        "I think we should start with the roof because it leaks", "the second thing is the fee",
        "Tom said he would ask the town for money but I have not heard back from him yet", "then there is the party",
        "maybe Kim can do that with Tom and the students who came last year",
    ]  # fmt: skip
    assert split("\n".join(lines)) == lines


def test_a_case_of_speech() -> None:
    parts = split((CASES / "transcript-without-stops.txt").read_text())
    assert len(parts) >= 8
    assert all(part.split()[-1] not in OPEN_ENDS and len(part.split()) <= 45 for part in parts)
    assert "so if you have an old building ask your town first before you go to the bank" in parts


@pytest.mark.parametrize(("language", "n"), [("de", 1), ("da", 1), ("en", 2), ("fr", 2)])
def test_a_number_with_a_full_stop_is_an_ordinal_in_some_languages(language: str, n: int) -> None:
    assert len(sentence_spans("Die Brücke wird am 3. März für elf Wochen gesperrt.", language)) == n
    assert len(sentence_spans("Es war im Jahr 1998. Dann kam der Regen.", language)) == 2


def test_titles_before_names() -> None:
    texts = {"fr": "Le Dr. Lund est né ici.", "de": "Die Fa. Brand wurde verkauft.", "it": "Il Sig. Gallo canta."}
    assert all(len(sentence_spans(text, language)) == 1 for language, text in texts.items())


def test_thai_sentences_end_at_a_space_but_not_at_every_space() -> None:
    first = "เทศบาลจะปิดถนน เริ่มวันที่ 3 พฤศจิกายน ไม่ให้รถยนต์ผ่าน"
    second = "มาตรการนี้จะทดลองเป็นเวลาหกเดือนและจะสำรวจความคิดเห็น"
    text = f"{first} {second}"
    assert [text[start:end] for start, end in sentence_spans(text, "th")] == [first, second]
    assert sentence_spans(second[:30] + " " + second[30:], "th") == [(0, len(second) + 1)]


def test_the_full_stops_of_other_scripts_end_sentences() -> None:
    texts = {"zh": "桥今天关闭了。雨停了。", "hi": "पुल बंद है। बारिश रुक गई।", "ja": "橋は今日閉じた。雨がやんだ。"}
    assert {language: len(sentence_spans(text, language)) for language, text in texts.items()} == dict.fromkeys(
        texts, 2
    )


@pytest.mark.parametrize(
    "sentences",
    [
        ["1. DEFINITIONS\n\n", "The rent is due."],
        ["II. The flood came early.\n\n", "It stayed."],
        ["Q. Can I borrow it?\n", "A. Yes, for a week."],
        ["It is kept for max. 3 days at temp. 4 or less. ", "Then it is sold."],
        ["It is used by ASP.NET.", "We keep it."],
        [
            "Mar 11 09:14:02 gate sshd: accepted\n",
            "Mar  1 09:14:09 gate kernel: read error\n",
            "09:15:03.1 main: no pool",
        ],
        ["It had grown to\n900.", "In the next year it was less."],
    ],
)
def test_markers_abbreviations_and_lines_of_logs(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == [sentence.strip() for sentence in sentences]


PROSE = "We exposed 48 screws in four kinds of treated pine for half a year."


@pytest.mark.parametrize(
    "sentences",
    [
        ["Summary of samples\n", PROSE, "None broke."],
        ["Report\n\n", "2. Crossing on Hill Road\n", PROSE],
        ["It ended.\n\n", "Results\n", PROSE],
        ["Usage\n\n", "tidemark watches a folder for new files."],
    ],
)
def test_a_heading_right_before_its_paragraph_is_a_sentence_of_its_own(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == [sentence.strip() for sentence in sentences]


@pytest.mark.parametrize(
    "sentence",
    [
        f"They were exposed in the\n{PROSE}",  # wrapped
        f"In the year after that,\n{PROSE}",
        "Shall I compare thee to a summer's day\nThou art more lovely and more temperate",
        "Helen Marsh\n12 Harbour Road, Ely",
        f"in lower case\n{PROSE}",
    ],
)
def test_the_first_line_of_a_paragraph_is_not_always_a_heading(sentence: str) -> None:
    assert split(sentence) == [sentence]


@pytest.mark.parametrize("marks", [("1.", "2."), ("1)", "2)"), ("-", "-"), ("*", "*"), ("•", "•")])
def test_an_item_is_split_into_sentences(marks: tuple[str, str]) -> None:
    first, second = marks
    text = f"Method\n{first} Take it out. Heat the oven.\n{second} Cut the meat. Rub it."
    assert split(text) == ["Method", f"{first} Take it out.", "Heat the oven.", f"{second} Cut the meat.", "Rub it."]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("It rained.", True),
        ("“It rained.”", True),
        ("(it rained!) ", True),
        ("it rained . '", True),
        ("Rain", False),
        ("It rained, ", False),
        ("", False),
    ],
)
def test_the_end_of_a_sentence_has_a_mark(text: str, ends: bool) -> None:
    assert ends_sentence(text) == ends
