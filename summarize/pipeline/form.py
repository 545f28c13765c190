"""What a document's form says of its sentences, beside what the model makes of their words: its title, where a paper
puts its own summary, what a mail asks for and when.
"""

from __future__ import annotations

import re

import numpy as np

from summarize.pipeline.cohesion import is_above_turns
from summarize.pipeline.encoder import SegmentedDocument
from summarize.pipeline.request import Sectioned
from summarize.selection.bm25 import relevance
from summarize.text.matching import unicode_words
from summarize.text.sentences import ends_sentence
from summarize.text.word_classes import DAY_OR_HOUR

# Added to the salience logit of the sentence with the highest BM25 score for the title. (See models/LOG.md for all.)
TITLE_WEIGHT = 1.0
MAX_TITLE_WORDS = 25
# Added to the logit of the sentence at position i (from 0) of a paper, times log(1 + LEAD_SENTENCES) - log(1 + i).
LEAD_WEIGHT, LEAD_SENTENCES = 1.0, 10
MIN_PAPER_WORDS = 1500
PAPER_CHARACTERS = 8000  # in which a paper calls itself one, or has an abstract
# Added to the logit of a sentence of a mail that asks for something or says when.
REQUEST_WEIGHT = 1.0
MAX_EMAIL_WORDS = 600  # a longer text that opens as a mail does may be anything
HEADER_LINES = 10  # of a mail, in which its headers are
_REQUEST = re.compile(
    r"\bplease\b(?! (?:join|accept))|\b(?:can|could|would|will) you\b.*\?|\bI (?:need|would like) you\b"
    r"|\b(?:let (?:me|us) know|RSVP|deadline|no later than|as soon as possible)\b",
    re.I | re.S,
)
_COURTESY = re.compile(r"\b(?:questions|feel free|hesitate|do not reply|unsubscribe)\b", re.I)
_GREETING = re.compile(
    r"\s*(?i:hi|hello|dear|hey|good (?:morning|afternoon|evening))"
    r"(?: +(?:[A-Z][\w.'’-]*|all|both|team|everyone|there))* *(?:[,:!–]|$)",
    re.M,
)
_HEADER = re.compile(r"^(?:from|to|cc|sent|date|subject):[ \t]*\S", re.I | re.M)
_PAPER = re.compile(r"\bthis paper\b|\bin this (?:study|work|thesis|report|article)\b|^\s*abstract\b", re.I | re.M)


def form_logits(document: SegmentedDocument, text: Sectioned) -> np.ndarray | None:
    """What the document's form adds to the salience logits of its n sentences, (n,); None if it says nothing."""
    title, logits = find_title(document, text), np.zeros(len(document))
    if title:
        logits += title_relevance(document, title)
    if is_paper(document):
        logits += LEAD_WEIGHT * (np.log1p(LEAD_SENTENCES) - np.log1p(np.arange(len(document))))
    if text.is_email or (int(document.n_words.sum()) <= MAX_EMAIL_WORDS and opens_as_email(text.text)):
        logits += REQUEST_WEIGHT * asks_or_dates(document)
    return logits if logits.any() else None


def find_title(document: SegmentedDocument, text: Sectioned) -> str:
    """The title of a document: the one that its reader found, the heading with which it begins, a first line without a
    full stop above sentences that have one, or the line above a conversation; "" for none."""
    if text.title:
        return text.title
    if text.sections and text.sections[0][0] == 0:
        return text.sections[0][2]
    if is_above_turns(document, 0) and document.n_words[0] <= MAX_TITLE_WORDS:
        return document.sentence_text(0)
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


def is_paper(document: SegmentedDocument) -> bool:
    """Whether a document is a paper, thesis or report, which begins with its abstract: it is long, and calls itself one
    or has the heading "Abstract"."""
    is_long = int(document.n_words.sum()) >= MIN_PAPER_WORDS
    return is_long and _PAPER.search(document.text, 0, PAPER_CHARACTERS) is not None and not document.turns


def opens_as_email(text: str) -> bool:
    """Whether a text begins with an e-mail's headers or with a greeting."""
    opening = "\n".join(text.lstrip().splitlines()[:HEADER_LINES])
    has_headers = bool(_HEADER.match(opening)) and len(_HEADER.findall(opening)) >= 3
    return has_headers or bool(_GREETING.match(text))


def asks_or_dates(document: SegmentedDocument) -> np.ndarray:
    """Which of the document's n sentences ask the reader for something or say when something is, (n,)."""
    sentences = [document.sentence_text(i) for i in range(len(document))]
    return np.array([_asks_or_dates(sentence) for sentence in sentences])


def _asks_or_dates(sentence: str) -> bool:
    asks = _REQUEST.search(sentence) and not _COURTESY.search(sentence)
    return bool(asks or DAY_OR_HOUR.search(sentence))
