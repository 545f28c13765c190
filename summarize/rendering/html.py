"""Summaries as one self-contained page: pointing at a word shows where it came from. See page.html, page.css, page.js.

The texts are in the page's HTML, escaped; the figures that pointing needs are JSON beside them. Its
Content-Security-Policy allows only the page's own style and script, by their hashes, and no fetching.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator
from importlib.resources import files
from string import Template
from typing import IO, TYPE_CHECKING, Any

from summarize.rendering.records import Record
from summarize.rendering.text import on_one_line, printable
from summarize.rendering.words import ShownWord, claims_of, shown_words

if TYPE_CHECKING:
    from summarize.grounding.explanation import Explanation, SourceSentence

N_SHADES = 10  # distinct shades of p_gen


class HtmlRenderer:
    """A page with one article per document, each written as soon as it is there."""

    shows_word_counts = True

    def __init__(self, out: IO[str], several: bool) -> None:
        self._out, self._several, self._n_articles = out, several, 0
        self._page_end = ""  # empty until the page is begun

    def write(self, record: Record) -> None:
        """Write one article. That of a document that failed shows its error."""
        self._begin(on_one_line(record.source))
        self._n_articles += 1
        self._out.write(_article(record, self._n_articles))
        self._out.flush()

    def close(self) -> None:
        """Write the script and the page's end."""
        self._begin("summarize")
        self._out.write(self._page_end)
        self._out.flush()

    def _begin(self, title: str) -> None:
        """Write the part of the page before the first article, once."""
        if not self._page_end:
            beginning, self._page_end = _page("Summaries" if self._several else title)
            self._out.write(beginning)


def _page(title: str) -> tuple[str, str]:
    """The parts of the page before and after the articles."""
    folder = files("summarize.rendering")
    style, script, page = (folder.joinpath(f"page.{kind}").read_text("utf-8") for kind in ("css", "js", "html"))
    filled = Template(page).substitute(
        title=_escaped(title), style=style, script=script, style_hash=_hash(style), script_hash=_hash(script)
    )
    before, after = filled.split("<!-- articles -->")
    return before, after


def _hash(content: str) -> str:
    """A source expression of Content-Security-Policy for an inline style or script with this content."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _escaped(text: str) -> str:
    """Text for HTML, in an element or in a quoted attribute."""
    return html.escape(printable(text))


def _article(record: Record, number: int) -> str:
    """The article of a document: its summary and, if explained, the document and the figures."""
    name = f'<h2 id="title-{number}" dir="auto">{_escaped(record.source)}</h2>'
    start = f'<article id="document-{number}" aria-labelledby="title-{number}">\n<header>{name}'
    if record.summary is None:
        return f'{start}</header>\n<p class="error" role="note">{_escaped(record.error or "")}</p>\n</article>\n'
    sentences = list(shown_words(record))
    parts = [f"{start}{_facts(record, sentences)}</header>", '<div class="sides">', _summary(record, sentences, number)]
    if record.explanation is not None:
        parts += [_document(record, record.explanation, number), "</div>", _figures(record.explanation, sentences)]
    else:
        parts.append("</div>")
    return "\n".join([*parts, "</article>\n"])


def _facts(record: Record, sentences: list[list[ShownWord]]) -> str:
    """A line on the summary: how many words were read, copied and unsupported, and the model."""
    words = [word for sentence in sentences for word in sentence if not word.is_punctuation]
    n_copied = sum(word.is_copied for word in words)
    word_counts = f"{record.n_words:,} words read"
    if record.n_words_read < record.n_words:
        word_counts = f"{record.n_words_read:,} of {record.n_words:,} words read, the others are grey"
    facts = [word_counts, f"{n_copied} of {len(words)} summary words copied"]
    n_unsupported = sum(claim.kind != "word" for claim in claims_of(record))
    if n_unsupported:
        facts.append(f"<strong>{n_unsupported} unsupported</strong>")
    return f'<p class="facts">{" · ".join(facts)} · model {_escaped(record.model)}</p>'


def _summary(record: Record, sentences: list[list[ShownWord]], number: int) -> str:
    """The summary's sentences with links to their passages; each word is an element that can be pointed at."""
    parts = [f'<section class="summary" aria-label="Summary"><div class="sticky"><ol id="words-{number}">']
    for i, words in enumerate(sentences):
        elements = "".join(_escaped(word.space_before) + _word(word, record) for word in words)
        parts.append(f'<li><p class="sentence" dir="auto">{elements}</p>')
        if record.explanation is not None:
            parts.append(_passage_links(record.explanation.passages[i], number))
        parts.append("</li>")
    return "\n".join([*parts, "</ol></div></section>"])


def _word(word: ShownWord, record: Record) -> str:
    """A word of the summary; in an explained one, an element whose classes show its origin and p_gen."""
    if record.explanation is None:
        return _escaped(word.text)
    shade = min(N_SHADES - 1, int(record.explanation.p_gen[word.index] * N_SHADES))
    classes = ["copied" if word.is_copied else "generated", f"g{shade}"]
    if word.is_punctuation:
        classes.append("mark")
    if word.is_unsupported_fact:
        classes.append("claim")
    elif word.claim_kind:
        classes.append("new")
    return f'<span class="word {" ".join(classes)}" data-word="{word.index}">{_escaped(word.text)}</span>'


def _passage_links(passages: tuple[SourceSentence, ...], number: int) -> str:
    if not passages:
        return '<p class="from">not from any one sentence of the document</p>'
    lines = dict.fromkeys(p.line for p in passages)
    links = ", ".join(f'<a href="#line-{number}-{line}">line {line}</a>' for line in lines)
    return f'<p class="from">from {links}</p>'


def _document(record: Record, explanation: Explanation, number: int) -> str:
    """The document, one paragraph per line; each word that was encoded is an element that can be highlighted."""
    parts = [
        '<section class="document" aria-label="Document">',
        '<div class="lines" tabindex="0" role="region" aria-label="The document\'s lines">',
    ]
    is_all_read = record.n_words_read >= record.n_words
    line_start, words = 0, _disjoint_words(explanation)
    word = next(words, None)
    for line, text in enumerate(explanation.document.split("\n"), 1):
        elements: list[str] = []
        line_end, cursor = line_start + len(text), line_start
        while word is not None and word[0] < line_end:
            start, end = max(word[0], cursor), min(word[1], line_end)
            elements.append(_between_words(explanation.document[cursor:start], is_all_read))
            elements.append(f'<span data-source="{word[2]}">{_escaped(explanation.document[start:end])}</span>')
            cursor = end
            if word[1] > line_end:
                break  # the rest of the word is on the next line
            word = next(words, None)
        elements.append(_between_words(explanation.document[cursor:line_end], is_all_read))
        parts.append(f'<p id="line-{number}-{line}" data-line="{line}" dir="auto">{"".join(elements)}</p>')
        line_start = line_end + 1
    return "\n".join([*parts, "</div></section>"])


def _between_words(text: str, is_all_read: bool) -> str:
    """The text between two encoded words: space and punctuation, or words that were not read."""
    if is_all_read or not any(c.isalnum() for c in text):
        return _escaped(text)
    return f'<span class="unread">{_escaped(text)}</span>'


def _disjoint_words(explanation: Explanation) -> Iterator[tuple[int, int, int]]:
    """The source words in order, as (start, end, index); none overlaps the one before."""
    end_before = 0
    for index, (start, end) in enumerate(explanation.source_words):
        if max(start, end_before) < end:
            yield max(start, end_before), end, index
            end_before = end


def _figures(explanation: Explanation, sentences: list[list[ShownWord]]) -> str:
    """The figures that pointing at a word needs, as JSON in a script element that is not executed."""
    spans = explanation.source_words
    bits = 16 if len(spans) < 1 << 16 else 32
    data = {
        "words": [
            {
                "copied": round(word.copied_share, 3),
                "p_gen": round(explanation.p_gen[word.index], 3),
                "sentence": s,
                "kind": word.claim_kind,
                "source": _overlapping(spans, word.span),
            }
            for s, sentence in enumerate(sentences)
            for word in sentence
        ],
        "passages": [[_overlapping(spans, (p.start, p.end)) for p in passages] for passages in explanation.passages],
        "heads": [[head.layer, head.head] for head in explanation.heads],
        "kept": explanation.index.shape[-1],
        "bits": bits,
        "index": _base64(explanation.index.astype(f"<u{bits // 8}")),
        "weight": _base64(explanation.weight),
    }
    # In JSON, < occurs only within strings, where it may be written as an escape: the text can contain no </script>.
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>'


def _overlapping(spans: tuple[tuple[int, int], ...], span: tuple[int, int] | None) -> list[int]:
    """[first, last + 1] of the source words that overlap a span; [] if none does."""
    indices = [i for i, (start, end) in enumerate(spans) if span and start < span[1] and span[0] < end]
    return [indices[0], indices[-1] + 1] if indices else []


def _base64(figures: Any) -> str:
    return base64.b64encode(figures.tobytes()).decode()
