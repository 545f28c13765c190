"""What summarises in a style, or each document in the style that its looks ask for: a conversation's minutes, a
paper's TL;DR, an e-mail's subject."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from summarize.adapters import ADAPTER, find_style, load_style, style_folders
from summarize.checkpoints import CONFIG, FILES, find_model, fingerprint, load_config
from summarize.errors import DocumentError
from summarize.model import PointerGenerator
from summarize.planning import Request, Sectioned
from summarize.search import SearchOptions
from summarize.summarizer import USUAL_REQUEST, Summarizer, Summary

AUTO = "auto"  # instead of a style's name: by the looks of each document
MINUTES, TLDR, SUBJECT = "minutes", "tldr", "subject"

LOOKED_AT = 6000  # characters of a text
LONGEST_EMAIL = 600  # words
# A turn of a conversation: who, perhaps when, and what. "#Person1#: Hi!", "[10:32] Anna Smith: ok", "Tom (09:15): yes"
_TURN = re.compile(
    r"^[ \t]*(?:\[[^\]\n]{1,30}\][ \t]*)?(#?[A-Z][\w.'’ -]{0,30}?#?)(?:[ \t]*\([^)\n]{1,20}\))?:[ \t]+\S", re.M
)
_LINE = re.compile(r"^[ \t]*\S", re.M)
_GREETING = re.compile(
    r"\s*(?i:hi|hello|dear|hey|good (?:morning|afternoon|evening))"
    r"(?: +(?:[A-Z][\w.'’-]*|all|both|team|everyone|there))* *(?:[,:!–]|$)",
    re.M,
)
_HEADER = re.compile(r"^(?:from|to|cc|sent|date|subject):[ \t]*\S", re.I | re.M)
# What authors say of their own work, hardly ever said in news.
_OWN_WORK = re.compile(
    r"\b(?:in this (?:paper|work|study)|we (?:propose|present|introduce|show that|demonstrate|study|investigate|develop"
    r"|evaluate)|our (?:method|model|approach|results|experiments|algorithm|framework|findings)"
    r"|state[- ]of[- ]the[- ]art|et al\.)",
    re.I,
)
LEAST_OWN_WORK = 3  # of these in what is looked at, or two in a text of an abstract's length
ABSTRACT = 400  # words


def style_of(text: str) -> str | None:
    """The name of the style that a text's looks ask for; None: the model's own."""
    head = text[:LOOKED_AT]
    words = len(head.split())
    if _is_conversation(head):
        return MINUTES
    if words <= LONGEST_EMAIL and _is_email(head):
        return SUBJECT
    said = len(_OWN_WORK.findall(head))
    return TLDR if said >= LEAST_OWN_WORK or (said >= 2 and words <= ABSTRACT) else None


def _is_conversation(text: str) -> bool:
    """Whether most lines are somebody's turn, of two or more who take several."""
    turns = Counter(_TURN.findall(text))
    total = turns.total()
    return len(turns) >= 2 and total > len(turns) and 2 * total > len(_LINE.findall(text))


def _is_email(text: str) -> bool:
    """Whether a text has an e-mail's header, or begins as one does."""
    return len(_HEADER.findall(text)) >= 3 or bool(_GREETING.match(text))


class Stylist:
    """Summarises as a Summarizer does, each text in the style that its looks ask for, if the model has it."""

    def __init__(self, load: Callable[[str | None], Summarizer], styles: Collection[str]) -> None:
        """load: gives what summarises in a style, or in none, and is asked once for each; styles: that there are."""
        self._load, self._styles = cache(load), styles

    @property
    def model(self) -> PointerGenerator:
        """The one without a style."""
        return self._load(None).model

    def try_many(
        self, texts: Iterable[str | Sectioned], batch_size: int = 8, request: Request = USUAL_REQUEST
    ) -> Iterator[Summary | DocumentError]:
        """Summaries of texts, in order, each saying its style; or the error in the place of one.

        Raises UsageError where the model cannot do what is asked for.
        """
        texts = iter(texts)
        while batch := list(islice(texts, batch_size)):
            styles = [self._style(text, request) for text in batch]
            made = {}
            for style in dict.fromkeys(styles):
                own = [text for text, other in zip(batch, styles, strict=True) if other == style]
                made[style] = self._load(style).try_many(own, batch_size, request)
            for style in styles:
                result = next(made[style])
                yield result if isinstance(result, DocumentError) else replace(result, style=style)

    def _style(self, text: str | Sectioned, request: Request) -> str | None:
        if request.extractive:  # the document's own sentences have no other style
            return None
        style = style_of(text if isinstance(text, str) else text.text)
        return style if style in self._styles else None


def load_styled(model: str, style: str | None, given: Mapping[str, Any], device: str = "cpu") -> Summarizer | Stylist:
    """What summarises with a model, in one of its styles, or (AUTO) each text in the one that it asks for.

    given: what of the SearchOptions is to be other than the model, or the style, was shipped with.

    Raises CheckpointError, and UsageError where the machine has no such device.
    """

    def load(style: str | None) -> Summarizer:
        search = replace(usual_search(model, style), **given)
        return Summarizer.load(model, style=style, options=search, device=device)

    return Stylist(load, style_folders(find_model(model))) if style == AUTO else load(style)


def usual_search(model: str, style: str | None) -> SearchOptions:
    """How summaries of a model, in one of its styles, are best searched for. Raises CheckpointError."""
    folder = find_model(model)
    _, usual = load_config(folder)
    return usual if style in (None, AUTO) else load_style(find_style(folder, style)).search


def weights_of(model: str, style: str | None) -> str:
    """A fingerprint of all files that summaries of a model, in one of its styles, depend on. Raises CheckpointError."""
    folder = find_model(model)
    styles: Collection[Path] = ()
    if style is not None:
        styles = style_folders(folder).values() if style == AUTO else [find_style(folder, style)]
    return "".join([fingerprint(folder, *FILES), *(fingerprint(own, CONFIG, ADAPTER) for own in styles)])
