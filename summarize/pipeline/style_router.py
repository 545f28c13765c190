"""What summarises in a style, or each document in the style that its looks ask for: a conversation's minutes, a
paper's TL;DR, an e-mail's subject."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from summarize.checkpoints.files import CONFIG, FILES, WEIGHTS, fingerprint
from summarize.checkpoints.lora import ADAPTER, find_style, load_style, load_style_of, style_folders
from summarize.checkpoints.model_folder import find_model, load_config
from summarize.errors import CheckpointError, DocumentError
from summarize.network.device import Precision
from summarize.pipeline.plan import Request, Sectioned
from summarize.pipeline.summarizer import USUAL_REQUEST, Summarizer, Summary
from summarize.text.conversation import conversation

AUTO = "auto"  # instead of a style's name: by the looks of each document
MINUTES, TLDR, SUBJECT = "minutes", "tldr", "subject"

LOOKED_AT = 6000  # characters of a text
LONGEST_EMAIL = 600  # words
HEADER_LINES = 10
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


def recognised_style(text: str, is_email: bool = False) -> str | None:
    """The name of the style that a text's looks ask for; None: the model's own. is_email: it was read as one."""
    head = text[:LOOKED_AT]
    words = len(head.split())
    if conversation(head):
        return MINUTES
    if words <= LONGEST_EMAIL and (is_email or _opens_as_email(head)):
        return SUBJECT
    said = len(_OWN_WORK.findall(head))
    return TLDR if said >= LEAST_OWN_WORK or (said >= 2 and words <= ABSTRACT) else None


def _opens_as_email(text: str) -> bool:
    """Whether a text begins with an e-mail's header, or as its writers begin."""
    opening = "\n".join(text.lstrip().splitlines()[:HEADER_LINES])
    return (bool(_HEADER.match(opening)) and len(_HEADER.findall(opening)) >= 3) or bool(_GREETING.match(text))


class StyleRouter:
    """Summarises as a Summarizer does, each text in a style of its own, or in none."""

    def __init__(
        self,
        load: Callable[[str | None], Summarizer],
        choose: Callable[[Sectioned], str | None],
        can_extract: bool = True,
    ) -> None:
        """load: gives what summarises in a style, or in none, and is asked once for each; choose: a text's style;
        can_extract: whether the model without a style can."""
        self._load, self._choose, self.can_extract = cache(load), choose, can_extract

    def try_many(
        self, texts: Iterable[str | Sectioned], batch_size: int = 8, request: Request = USUAL_REQUEST
    ) -> Iterator[Summary | DocumentError]:
        """Summaries of texts, in order, each saying its style; or the error in the place of one.

        Raises UsageError where the model cannot do what is asked for.
        """
        sectioned = (text if isinstance(text, Sectioned) else Sectioned(text) for text in texts)
        while batch := list(islice(sectioned, batch_size)):
            # A style has learned to write; which of a document's own sentences to tell, the model itself knows best.
            styles = [None if request.extractive else self._choose(text) for text in batch]
            made = {}
            for style in dict.fromkeys(styles):
                own = [text for text, other in zip(batch, styles, strict=True) if other == style]
                made[style] = self._load(style).try_many(own, batch_size, request)
            for style in styles:
                result = next(made[style])
                yield result if isinstance(result, DocumentError) else replace(result, style=style)


def load_styled(
    model: str, style: str | None, given: Mapping[str, Any], device: str = "cpu", precision: Precision | None = None
) -> Summarizer | StyleRouter:
    """What summarises with a model, in one of its styles, or (AUTO) each text in the one that it asks for.

    given: what of the SearchOptions is to be other than the model, or the style, was shipped with; device, precision:
    see Summarizer.load.

    Raises CheckpointError, and UsageError where the machine has no such device.
    """
    config, usual = load_config(find_model(model))
    styles = styles_of(model, style)

    def load(style: str | None) -> Summarizer:
        search = usual if style is None else load_style(styles[style]).search
        path = None if style is None else styles[style]
        return Summarizer.load(model, style=path, options=replace(search, **given), device=device, precision=precision)

    if style is None:
        return load(None)

    def choose(text: Sectioned) -> str | None:
        if style != AUTO:
            return style
        found = recognised_style(text.text, text.is_email)
        return found if found in styles else None

    return StyleRouter(load, choose, config.salience)


def styles_of(model: str, style: str | None) -> dict[str, Path]:
    """The folders of the styles that summaries may be in, by what they are called. Raises CheckpointError where there
    is none, or one that was made for another model or is damaged."""
    folder = find_model(model)
    if style is None:
        return {}
    styles = style_folders(folder) if style == AUTO else {style: find_style(folder, style)}
    if not styles:
        raise CheckpointError(f"the model {model} has no styles")
    weights = fingerprint(folder, WEIGHTS)
    for own in styles.values():
        load_style_of(folder, own, weights)
    return styles


def weights_of(model: str, style: str | None) -> str:
    """A fingerprint of all files that summaries of a model, in one of its styles, depend on. Raises CheckpointError."""
    styles = styles_of(model, style).values()
    return "".join([fingerprint(find_model(model), *FILES), *(fingerprint(own, CONFIG, ADAPTER) for own in styles)])
