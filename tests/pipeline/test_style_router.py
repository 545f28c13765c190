"""A document's style by its looks, and documents of several kinds in one batch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

import pytest

from summarize import Request, SearchOptions, Summarizer
from summarize.errors import DocumentError
from summarize.pipeline.plan import Sectioned
from summarize.pipeline.style_router import MINUTES, SUBJECT, TLDR, StyleRouter, recognised_style
from summarize.text.tokenizer import Tokenizer
from tests.helpers.models import MakeModel

CHAT = """Anna: Are you coming tonight?
Tom: Not sure yet, why?
Anna: We need somebody who brings the big tent.
Tom: Ok, I will :)"""
TIMED = """[10:32] Anna Smith: the train is late
[10:33] Tom O'Neill: how late?
[10:33] Anna Smith: an hour
[10:40] Tom O'Neill: then I start without you"""
NUMBERED = """#Person1#: May I see your ticket?
#Person2#: Here it is.
#Person1#: This is for tomorrow.
#Person2#: Oh dear."""
EMAIL = """Hi Maria,

the meeting with the council is moved to Thursday, 3 pm, same room. Please bring the figures for May.

Best regards,
Jon"""
HEADED = "From: Jon Smith\nTo: Maria Lopez\nSubject: Thursday\n\nThe meeting is moved, please bring the figures."
ABSTRACT = """Reading long documents is slow. In this paper, we propose a reader that skips what is not worth it. Our
experiments on three data sets show that it is twice as fast as the state of the art."""
NEWS = """The bridge at Carrow Point will close for eleven weeks, the council said on Thursday. "We present a plan next
week," said the mayor. Engineers had found cracks in two of the rollers: one of them was replaced in May."""
INTERVIEW = """The mayor spoke to us on Monday about the bridge, its cost, and what comes after it.
Asked whether it would be late, he laughed: never.
Question: is there a plan? There was a silence.
It was raining when we left, and the river was high again.
The council meets on Thursday to decide what will be done, and by whom."""


@pytest.mark.parametrize(
    ("text", "style"),
    [
        (CHAT, MINUTES),
        (TIMED, MINUTES),
        (NUMBERED, MINUTES),
        (EMAIL, SUBJECT),
        (HEADED, SUBJECT),
        (ABSTRACT, TLDR),
        (NEWS, None),
        (INTERVIEW, None),
        ("Name: Anna\nAge: 31\nTown: Rome\nTrade: baker", None),  # a form: nobody says anything twice
        ("Chair: 40 pounds\nTable: 90 pounds\nChair: oak\nTable: pine", None),  # nobody says anything at all
        ("Fixed: a crash on start\nAdded: a button for it\nFixed: a crash on exit", None),
        ("ERROR: no such file there\nWARNING: it was not read\nERROR: nothing was written", None),
        (f"{NEWS}\nFrom: Monday\nTo: Friday\nDate: 3 March", None),
        ("", None),
        ("Hello, Dolly is on in town again and nobody knows why it was so long away from there.", SUBJECT),  # alas
        ("Dear as it is, the bridge will be built. The council said so on Thursday, without a word on money.", None),
        (f"{EMAIL}\n{'It rained all day. ' * 200}", None),  # too long to be told in a subject
    ],
)
def test_the_looks_of_a_text_say_its_style(text: str, style: str | None) -> None:
    assert recognised_style(text) == style


def test_what_was_read_as_an_e_mail_is_one() -> None:
    assert recognised_style("The meeting is moved to Thursday.", is_email=True) == SUBJECT
    assert recognised_style("The meeting is moved to Thursday. " * 200, is_email=True) is None
    assert recognised_style(CHAT, is_email=True) == MINUTES


@pytest.fixture(scope="module")
def summarizer(make_model: MakeModel, wide_tokenizer: Tokenizer) -> Summarizer:
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=24, salience=True)
    return Summarizer(model, wide_tokenizer, SearchOptions(beam_size=2, min_length=4, max_length=14))


class Loader:
    """Gives one summarizer for every style, and notes what each was given."""

    def __init__(self, summarizer: Summarizer) -> None:
        self.loaded: list[str | None] = []
        self._summarizer = summarizer

    def __call__(self, style: str | None) -> Summarizer:
        self.loaded.append(style)
        return self._summarizer


def of(styles: Collection[str]) -> Callable[[Sectioned], str | None]:
    """Chooses a text's style from these by its looks."""
    return lambda text: found if (found := recognised_style(text.text)) in styles else None


def test_a_batch_of_several_kinds_keeps_its_order(summarizer: Summarizer) -> None:
    texts = [NEWS, CHAT, "  ", EMAIL, TIMED, NEWS]
    load = Loader(summarizer)
    found = list(StyleRouter(load, of({MINUTES, SUBJECT})).try_many(texts, batch_size=4))
    alone: Iterator[object] = (result for text in texts for result in summarizer.try_many([text]))
    assert [str(result) for result in found] == [str(result) for result in alone]
    styles = [None if isinstance(result, DocumentError) else result.style for result in found]
    assert styles == [None, MINUTES, None, SUBJECT, MINUTES, None]
    assert load.loaded == [None, MINUTES, SUBJECT]  # each once, and none that is not needed


@pytest.mark.parametrize(("styles", "request_"), [((), Request()), ((MINUTES,), Request(extractive=True))])
def test_without_the_style_or_where_nothing_is_written_there_is_none(
    summarizer: Summarizer, styles: Sequence[str], request_: Request
) -> None:
    load = Loader(summarizer)
    (found,) = StyleRouter(load, of(styles)).try_many([CHAT], request=request_)
    assert not isinstance(found, DocumentError)
    assert found.style is None
    assert load.loaded == [None]
