"""What a document's form says of its sentences, beside what the model makes of their words: its title, and where it
puts its own summary.
"""

from __future__ import annotations

import re

import numpy as np

from summarize.pipeline.encoder import SegmentedDocument
from summarize.pipeline.request import Sectioned
from summarize.selection.bm25 import relevance
from summarize.text.matching import unicode_words
from summarize.text.sentences import ends_sentence

# Added to the salience logit of the sentence with the highest BM25 score for the title. (See models/LOG.md for all.)
TITLE_WEIGHT = 1.0
MAX_TITLE_WORDS = 25
# Subtracted from the logit of the sentence at position i (from 0) of a long exposition, times log(1 + i).
LEAD_WEIGHT = 1.0
MIN_LONG_WORDS = 1500
MAX_QUOTES = 0.025  # quotation marks a word; stories and interviews have more
# Also a single quotation mark that opens, and the dash that begins a line of dialogue.
_QUOTE = re.compile(r"[\"“”«»„「」『』‘]|``|''|(?<!\w)'(?=\w)|^[ \t]*[—–]", re.MULTILINE)


def form_logits(document: SegmentedDocument, text: Sectioned) -> np.ndarray | None:
    """What the document's form adds to the salience logits of its n sentences, (n,); None if it says nothing."""
    title, is_exposition = find_title(document, text), is_long_exposition(document)
    if not title and not is_exposition:
        return None
    logits = title_relevance(document, title) if title else np.zeros(len(document))
    return logits - LEAD_WEIGHT * np.log1p(np.arange(len(document))) if is_exposition else logits


def find_title(document: SegmentedDocument, text: Sectioned) -> str:
    """The title of a document: the one that its reader found, the heading with which it begins, or a first line without
    a full stop above sentences that have one; "" for none."""
    if text.title:
        return text.title
    if text.sections and text.sections[0][0] == 0:
        return text.sections[0][2]
    if len(document) < 2 or not document.is_punctuated:
        return ""
    first, end = document.sentence_text(0), int(document.spans[0][1])
    is_line = document.text[end:].lstrip(" \t").startswith("\n") and document.n_words[0] <= MAX_TITLE_WORDS
    return first if is_line and not ends_sentence(first) else ""


def title_relevance(document: SegmentedDocument, title: str) -> np.ndarray:
    """What a title adds to the salience logits of the document's n sentences, (n,); nothing to headings and to itself.

    A sentence that shares words with the title is more likely to be in a summary (Edmundson 1969, New Methods in
    Automatic Extracting, section 4: the title method).
    """
    sentences = [document.sentence_text(i) for i in range(len(document))]
    scored = [i for i, sentence in enumerate(sentences) if i not in document.headings and sentence != title]
    logits = np.zeros(len(document))
    # Whole words: the stemmer takes a second to load.
    logits[scored] = TITLE_WEIGHT * relevance(title, [sentences[i] for i in scored], unicode_words)
    return logits


def is_long_exposition(document: SegmentedDocument) -> bool:
    """Whether a document is a long paper, report or the like, which says first what it is about, and not a
    conversation, nor a story, most of which have much direct speech."""
    n_words = int(document.n_words.sum())
    if n_words < MIN_LONG_WORDS or document.turns:
        return False
    return len(_QUOTE.findall(document.text)) <= MAX_QUOTES * n_words
