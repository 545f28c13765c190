"""A document's title, and what it says of the document's sentences.

A sentence that shares words with the title is more likely to be in a summary (Edmundson 1969, New Methods in Automatic
Extracting, section 4: the title method).
"""

from __future__ import annotations

import numpy as np

from summarize.pipeline.encoder import SegmentedDocument
from summarize.pipeline.request import Sectioned
from summarize.selection.bm25 import relevance
from summarize.text.sentences import ends_sentence

# Added to the salience logit of the sentence with the highest BM25 score for the title. (See models/LOG.md.)
TITLE_WEIGHT = 1.0
MAX_TITLE_WORDS = 25


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
    """What a title adds to the salience logits of the document's n sentences, (n,)."""
    return TITLE_WEIGHT * relevance(title, [document.sentence_text(i) for i in range(len(document))])
