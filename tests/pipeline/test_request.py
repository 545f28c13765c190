"""What a request and a sectioned text refuse: an argument of another type or value, named with its value."""

from __future__ import annotations

from typing import Any

import pytest

from summarize.errors import UsageError
from summarize.pipeline.request import Request, Sectioned
from summarize.text.lengths import Length

TEXT = "One sentence. Two sentences."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"length": 50}, "length=50: must be a Length"),
        ({"length": None}, "length=None: must be a Length"),
        ({"query": ""}, "query='': must not be blank"),
        ({"query": " \n"}, r"query=' \\n': must not be blank"),
        ({"query": 3}, "query=3: must be a string, or None"),
        ({"query": ["a"]}, r"query=\['a'\]: must be a string, or None"),
        ({"extractive": 1}, "extractive=1: must be True or False"),
        ({"explain": "no"}, "explain='no': must be True or False"),
        ({"outline": None}, "outline=None: must be True or False"),
    ],
)
def test_a_wrong_request_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}"):
        Request(**arguments)


def test_a_request_of_every_kind_is_accepted() -> None:
    request = Request(Length(words=50), extractive=True, query="a bridge", explain=True, outline=True)
    assert request.query == "a bridge"
    assert Request() == Request(Length(), extractive=False, query=None, explain=False, outline=False)
    assert Sectioned("One.") == Sectioned("One.", (), is_email=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": b"bytes"}, "text=b'bytes': must be a string"),
        ({"text": None}, "text=None: must be a string"),
        ({"text": TEXT, "is_email": "yes"}, "is_email='yes': must be True or False"),
        ({"text": TEXT, "sections": "One"}, "sections='One': must be a tuple"),
        ({"text": TEXT, "sections": None}, "sections=None: must be a tuple"),
        ({"text": TEXT, "sections": ((-1, 5, "One"),)}, r"sections\[0\]=\(-1, 5, 'One'\): must be"),
        ({"text": TEXT, "sections": ((5, 4, "One"),)}, r"sections\[0\]"),
        ({"text": TEXT, "sections": ((0, 29, "One"),)}, r"sections\[0\].*<= 28"),
        ({"text": TEXT, "sections": ((14, 28, "Two"), (0, 14, "One"))}, r"sections\[1\].*14 <= start"),
        ({"text": TEXT, "sections": ((0, 14),)}, r"sections\[0\]"),
        ({"text": TEXT, "sections": ((0, 14, None),)}, r"sections\[0\]"),
        ({"text": TEXT, "sections": (("0", 14, "One"),)}, r"sections\[0\]"),
        ({"text": TEXT, "sections": (3,)}, r"sections\[0\]=3"),
    ],
)
def test_a_wrong_sectioned_text_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}"):
        Sectioned(**arguments)


def test_sections_to_the_texts_end_are_accepted() -> None:
    sections = ((0, 14, "One sentence."), (14, 28, ""), (28, 28, ""))
    assert Sectioned(TEXT, sections, is_email=True).sections == sections
    assert Sectioned("").text == ""


def test_a_long_text_of_another_type_is_not_repeated_in_the_message() -> None:
    with pytest.raises(UsageError) as error:
        Sectioned(b"x" * 10_000)  # type: ignore[arg-type]
    assert len(str(error.value)) < 100


def test_a_language_needs_sentences_of_the_text() -> None:
    assert Request(extractive=True, language="de").language == "de"
    with pytest.raises(UsageError, match=r"^language='de': sentences are selected in it, which needs extractive=True$"):
        Request(language="de")
