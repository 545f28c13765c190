"""Questions stay questions: a sentence that was rewritten from one ends with its mark, or is not used."""

from __future__ import annotations

from dataclasses import replace

from summarize.grounding.explanation import Span
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.text.tokenizer import word_spans

QUESTION_MARK = "?"
_CLOSING = "\"')]”’ "


def keep_question(rewritten: Sentence, text: str, span: Span) -> Sentence | None:
    """A rewritten sentence as the question that its source is, if that is one; else as it is.

    text: the document's; span: of the source sentence in it. None where a statement was made of a question: that would
    say that it is so, where somebody asked whether it is.
    """
    source = text[slice(*span)]
    asked = source.rstrip(_CLOSING)
    if not asked.endswith(QUESTION_MARK) or QUESTION_MARK in rewritten.text:
        return rewritten
    words, source_words = rewritten.words, word_spans(source)
    first = source[slice(*source_words[0])] if source_words else ""
    if len(words) < 2 or words[0].text.lower() != first.lower() or words[-1].text != ".":
        return None
    end = span[0] + len(asked)
    mark: SummaryWord = replace(words[-1], text=QUESTION_MARK, span=(end - 1, end), copied=1.0)
    words = (*words[:-1], mark)
    return replace(rewritten, text=join_words(words), words=words)
