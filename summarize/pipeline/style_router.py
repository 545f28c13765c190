"""The style of each summary: minutes for a conversation, a TL;DR for a paper, a subject for an e-mail."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from summarize.checkpoints.files import CONFIG, WEIGHTS, fingerprint
from summarize.checkpoints.lora import ADAPTER, find_style, load_style_for, style_folders
from summarize.checkpoints.model_folder import find_model, load_search, model_fingerprint, model_folders
from summarize.checkpoints.packed_folder import is_writer
from summarize.errors import CheckpointError
from summarize.pipeline.form import MAX_EMAIL_WORDS, opens_as_email
from summarize.pipeline.request import Request, Sectioned
from summarize.text.conversation import find_turns

AUTO = "auto"  # instead of a style's name: choose a style for each text
MINUTES, TLDR, SUBJECT = "minutes", "tldr", "subject"

HEAD_CHARACTERS = 6000  # of a text, from which its style is recognised
# Phrases by which authors speak of their own work, rare in news.
_OWN_WORK = re.compile(
    r"\b(?:in this (?:paper|work|study)|we (?:propose|present|introduce|show that|demonstrate|study|investigate|develop"
    r"|evaluate)|our (?:method|model|approach|results|experiments|algorithm|framework|findings)"
    r"|state[- ]of[- ]the[- ]art|et al\.)",
    re.I,
)
MIN_PAPER_PHRASES, MIN_ABSTRACT_PHRASES = 3, 2  # of these, in a text's head; in a text as short as an abstract
MAX_ABSTRACT_WORDS = 400


def recognise_style(text: str, is_email: bool = False) -> str | None:
    """The name of the style that a text asks for; None for none. is_email: the text was read as an e-mail."""
    head = text[:HEAD_CHARACTERS]
    n_words = len(head.split())
    if find_turns(head):
        return MINUTES
    if n_words <= MAX_EMAIL_WORDS and (is_email or opens_as_email(head)):
        return SUBJECT
    n_phrases = len(_OWN_WORK.findall(head))
    is_abstract = n_phrases >= MIN_ABSTRACT_PHRASES and n_words <= MAX_ABSTRACT_WORDS
    return TLDR if n_phrases >= MIN_PAPER_PHRASES or is_abstract else None


@dataclass(frozen=True)
class StyleRouter:
    """Which style each text is summarised in: none, always the same one, or (AUTO) the one that is recognised."""

    style: str | None = None
    folders: Mapping[str, Path] = field(default_factory=dict)  # the styles that there are, by name

    def style_for(self, text: Sectioned, request: Request) -> str | None:
        """The name of a text's style; None for the model's own way.

        A style has learned to write; which of a text's own sentences to select, the model without a style knows best.
        """
        if request.extractive:
            return None
        if self.style != AUTO:
            return self.style
        style = recognise_style(text.text, text.is_email)
        return style if style in self.folders else None

    def folder_of(self, style: str | None) -> Path | None:
        """The folder of a style; None for the model's own way."""
        return None if style is None else self.folders[style]

    @property
    def default_folder(self) -> Path | None:
        """The folder of the style that all texts get; None where there is no such style."""
        return None if self.style == AUTO else self.folder_of(self.style)


@dataclass(frozen=True)
class StyledModel:
    """A model's folder, and the styles of it that summaries may be in: resolved once from what a person asks for."""

    folder: Path
    router: StyleRouter

    @classmethod
    def resolve(cls, model: str | os.PathLike[str], style: str | os.PathLike[str] | None = None) -> StyledModel:
        """Find a model by name or folder, and its style by name or folder, or all of its styles (AUTO).

        Raises CheckpointError where one of them is missing or damaged, or a style was made for another model.
        """
        folder = find_model(model)
        load_search(folder)
        name = str(style)
        if style is None or (name == AUTO and is_writer(folder)):  # a writer recognises kinds of texts by itself
            return cls(folder, StyleRouter())
        if is_writer(folder):
            raise CheckpointError(f"the model {model} is a writer, and has no styles")
        folders = style_folders(folder) if name == AUTO else {name: find_style(folder, style)}
        if not folders:
            raise CheckpointError(f"the model {model} has no styles")
        weights = fingerprint(folder, WEIGHTS)
        for style_folder in folders.values():
            load_style_for(folder, style_folder, weights)
        return cls(folder, StyleRouter(name, folders))

    def names(self) -> tuple[str, str | None]:
        """What `resolve` finds the same by, on any machine that has the model and in any folder: the names of a shipped
        model and of its style; full paths of others."""
        shipped = {folder: name for name, folder in model_folders().items()}
        model, style = shipped.get(self.folder, os.path.abspath(self.folder)), self.router.style
        is_name = style is None or style in (AUTO, *style_folders(self.folder))
        return model, style if is_name else os.path.abspath(self.router.folders[str(style)])

    def fingerprint(self) -> str:
        """Differs where any file that the summaries depend on differs. Raises CheckpointError."""
        styles = (fingerprint(folder, CONFIG, ADAPTER) for folder in self.router.folders.values())
        return "".join([model_fingerprint(self.folder), *styles])
