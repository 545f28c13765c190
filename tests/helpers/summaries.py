"""Texts for the small random model, and what must hold of every summary."""

from __future__ import annotations

from summarize import Summary

TEXTS = [
    "Mayor Anna Smith met the minister in New York on Monday.",
    "It was 2,500.",
    "“The bridge is well known,” they said. John visits the old town, and has 12 or 3.5bn in the A380.",
    "☃ ☃ café",
    "the state of the art " * 30,
]


def check(summary: Summary, document: str) -> None:
    """What holds of every summary."""
    assert summary.text == str(summary) == " ".join(sentence.text for sentence in summary.sentences)
    assert summary.words == len(document.split())
    assert 0 <= summary.selected_words <= summary.words
    assert summary.score <= 0
    for sentence in summary.sentences:
        assert sentence.words
        assert sentence.text == "".join(" " * word.space_before + word.text for word in sentence.words)
        assert not sentence.words[0].space_before
        opening = next((i for i, word in enumerate(sentence.words) if word.text[0].isalnum()), None)
        for i, word in enumerate(sentence.words):
            assert 0 <= word.copied <= 1
            assert word.text.isprintable()
            if word.span is not None:
                assert word.copied >= 0.5
                start, end = word.span
                assert 0 <= start < end <= len(document)
                shown = "".join(c for c in document[start:end] if c.isprintable())
                opened = shown[:1].upper() + shown[1:] if i == opening else shown.lower()  # or opens none any more
                assert word.text in (shown, opened)


LONG = " ".join(f"The mayor met Anna on Monday, it was said {i}." for i in range(30)) + " A bridge in New York."
