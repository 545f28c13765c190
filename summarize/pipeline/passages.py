"""What the writer reads: a prompt that says what is wanted, and the passages of a document that the selector chose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from summarize.pipeline.encoder import SegmentedDocument, SourceTokens
from summarize.text.lengths import Limits
from summarize.text.tokenizer import Encoding, Tokenizer

KINDS = ("Text", "News", "Dialogue", "Meeting", "Paper", "Story", "Notes")  # the first where the kind is not known


def make_prompt(kind: str, n_sentences: int | None, n_words: int | None, question: str = "") -> str:
    """The prompt for a summary of so many sentences and words, None for any number, perhaps to answer a question."""
    parts = [kind]
    if n_sentences is not None:
        parts.append(f"{n_sentences} sentence{'s' * (n_sentences != 1)}")
    if n_words is not None:
        parts.append(f"{rounded_words(n_words)} words")
    return ", ".join(parts) + (f". {question}" if question else "") + ":\n\n"


def rounded_words(n: int) -> int:
    """A number of words as prompts have it: to the nearest five up to 60, then to tens, at least five."""
    step = 5 if n <= 60 else 10
    return max(5, step * round(n / step))


def prompt_length(limits: Limits, n_document_words: int) -> tuple[int | None, int | None]:
    """The sentences and the words that a prompt asks for."""
    if limits.n_sentences is not None:
        return limits.n_sentences, None
    if limits.max_words is not None:
        return None, max(5, int(0.9 * limits.max_words))
    return None, usual_words(n_document_words)


def usual_words(n_document_words: int) -> int:
    """The words of a summary for which no length is requested; they grow with the document's logarithm."""
    return int(np.clip(17 * np.log(max(n_document_words, 1) / 22), 10, 90))


def passage_tokens(
    tokenizer: Tokenizer, document: SegmentedDocument, indices: Sequence[int] | np.ndarray, max_tokens: int
) -> SourceTokens:
    """The sentences with these ascending indices as one text, and its tokens; the last ones are left out where they
    exceed max_tokens, and a first one that does alone is cut.

    Sentences are joined by a space, or by a line break where the document has one between them. Spans are characters
    of the document.
    """
    text, starts, offsets = _joined(document, indices)
    encoding = tokenizer.encode(text)
    # A token of the white space between two sentences belongs to the second.
    belongs_from = [max(0, start - 1) for start in starts]
    sentence_of_token = np.searchsorted(belongs_from, [start for start, _ in encoding.spans], side="right") - 1
    n = len(encoding.ids)
    if n > max_tokens:
        first_left_out = int(sentence_of_token[max_tokens])
        n = int(np.searchsorted(sentence_of_token, first_left_out)) or max_tokens
    spans = []
    for (start, end), i in zip(encoding.spans[:n], sentence_of_token[:n].tolist(), strict=True):
        first = int(document.spans[indices[i]][0])
        spans.append((max(start + offsets[i], first), max(end + offsets[i], first)))
    kept = np.asarray(indices[: int(sentence_of_token[n - 1]) + 1 if n else 0], dtype=np.int64)
    n_words = int(document.n_words[kept].sum())
    return SourceTokens(
        document, Encoding(document.text, encoding.ids[:n], spans), sentence_of_token[:n], kept, n_words
    )


def _joined(document: SegmentedDocument, indices: Sequence[int] | np.ndarray) -> tuple[str, list[int], list[int]]:
    """The sentences as one text; where each starts in it; and what to add to a position there, to have that in the
    document."""
    pieces: list[str] = []
    starts: list[int] = []
    offsets: list[int] = []
    length = previous_end = 0
    for i in indices:
        start, end = (int(x) for x in document.spans[i])
        if pieces:
            pieces.append("\n" if "\n" in document.text[previous_end:start] else " ")
            length += 1
        starts.append(length)
        offsets.append(start - length)
        pieces.append(document.text[start:end])
        length, previous_end = length + end - start, end
    return "".join(pieces), starts, offsets
