"""Summaries as one self-contained page: pointing at a word shows where it came from. See page.html, page.css, page.js.

The texts are in the page's HTML, escaped; what pointing at them needs is data beside them. The page's own style and
script are all that its Content-Security-Policy lets a browser apply, by their hashes, and nothing is ever fetched.
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
from summarize.rendering.text import heading, printable
from summarize.rendering.words import ShownWord, claims, shown_words

if TYPE_CHECKING:
    from summarize.grounding.explanation import Explanation, SourceSentence

SHADES = 10  # steps of p_gen that can be told apart


class HtmlRenderer:
    """A page with one article a document, each written as soon as it is there."""

    says_what_was_read = True

    def __init__(self, out: IO[str], several: bool) -> None:
        self._out, self._several, self._written = out, several, 0
        self._before, self._after = "", ""

    def write(self, record: Record) -> None:
        """Write one article; a document that failed has one that says so."""
        self._open(heading(record.source))
        self._written += 1
        self._out.write(_article(record, self._written))
        self._out.flush()

    def close(self) -> None:
        """Write the script and the page's end."""
        self._open("summarize")
        self._out.write(self._after)
        self._out.flush()

    def _open(self, title: str) -> None:
        """Write what comes before the first article."""
        if not self._after:
            before, self._after = _page("Summaries" if self._several else title)
            self._out.write(before)


def _page(title: str) -> tuple[str, str]:
    """What comes before the articles and what comes after them."""
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
    """One document: its summary, and if it is explained the document itself and the figures."""
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
    words = [word for sentence in sentences for word in sentence if not word.is_mark]
    copied = sum(word.is_copied for word in words)
    read = f"{record.words:,} words read"
    if record.selected_words < record.words:
        read = f"{record.selected_words:,} of {record.words:,} words read, the others are grey"
    facts = [read, f"{copied} of {len(words)} summary words copied"]
    missing = sum(claim.kind != "word" for claim in claims(record))
    if missing:
        facts.append(f"<strong>{missing} unsupported</strong>")
    return f'<p class="facts">{" · ".join(facts)} · model {_escaped(record.model)}</p>'


def _summary(record: Record, sentences: list[list[ShownWord]], number: int) -> str:
    """The summary's sentences, each word an element that can be pointed at, each with links to its lines."""
    parts = [f'<section class="summary" aria-label="Summary"><div class="stay"><ol id="words-{number}">']
    for i, words in enumerate(sentences):
        shown = "".join(_escaped(word.space) + _word(word, record) for word in words)
        parts.append(f'<li><p class="sentence" dir="auto">{shown}</p>')
        if record.explanation is not None:
            parts.append(_sources(record.explanation.passages[i], number))
        parts.append("</li>")
    return "\n".join([*parts, "</ol></div></section>"])


def _word(word: ShownWord, record: Record) -> str:
    if record.explanation is None:
        return _escaped(word.text)
    shade = min(SHADES - 1, int(record.explanation.p_gen[word.number] * SHADES))
    kinds = ["copied" if word.is_copied else "written", f"g{shade}"]
    if word.is_mark:
        kinds.append("mark")
    if word.is_claim:
        kinds.append("claim")
    elif word.unsupported:
        kinds.append("new")
    return f'<span class="word {" ".join(kinds)}" data-word="{word.number}">{_escaped(word.text)}</span>'


def _sources(passages: tuple[SourceSentence, ...], number: int) -> str:
    if not passages:
        return '<p class="from">not from one place of the document</p>'
    lines = dict.fromkeys(p.line for p in passages)
    links = ", ".join(f'<a href="#line-{number}-{line}">line {line}</a>' for line in lines)
    return f'<p class="from">from {links}</p>'


def _document(record: Record, explanation: Explanation, number: int) -> str:
    """The document, a line a paragraph, each word that was read an element that can light up."""
    parts = [
        '<section class="document" aria-label="Document">',
        '<div class="lines" tabindex="0" role="region" aria-label="The document\'s lines">',
    ]
    all_read = record.selected_words >= record.words
    at, words = 0, _tokens(explanation)
    word = next(words, None)
    for line, text in enumerate(explanation.document.split("\n"), 1):
        shown: list[str] = []
        stop, cursor = at + len(text), at
        while word is not None and word[0] < stop:
            start, last = max(word[0], cursor), min(word[1], stop)
            shown.append(_between(explanation.document[cursor:start], all_read))
            shown.append(f'<span data-source="{word[2]}">{_escaped(explanation.document[start:last])}</span>')
            cursor = last
            if word[1] > stop:
                break
            word = next(words, None)
        shown.append(_between(explanation.document[cursor:stop], all_read))
        parts.append(f'<p id="line-{number}-{line}" data-line="{line}" dir="auto">{"".join(shown)}</p>')
        at = stop + 1
    return "\n".join([*parts, "</div></section>"])


def _between(text: str, all_read: bool) -> str:
    """What stands between two words that were read: space and marks, or words that were not."""
    if all_read or not any(c.isalnum() for c in text):
        return _escaped(text)
    return f'<span class="unread">{_escaped(text)}</span>'


def _tokens(explanation: Explanation) -> Iterator[tuple[int, int, int]]:
    """The source's words in order: start, end and number; none overlaps the one before."""
    at = 0
    for number, (start, end) in enumerate(explanation.source):
        if max(start, at) < end:
            yield max(start, at), end, number
            at = end


def _figures(explanation: Explanation, sentences: list[list[ShownWord]]) -> str:
    """What pointing at a word needs, as JSON in an element that is no script."""
    spans = explanation.source
    bits = 16 if len(spans) < 1 << 16 else 32
    data = {
        "words": [
            {
                "copied": round(word.copied, 3),
                "p_gen": round(explanation.p_gen[word.number], 3),
                "sentence": s,
                "kind": word.unsupported,
                "source": _covered(spans, word.span),
            }
            for s, sentence in enumerate(sentences)
            for word in sentence
        ],
        "passages": [[_covered(spans, (p.start, p.end)) for p in passages] for passages in explanation.passages],
        "heads": [[head.layer, head.head] for head in explanation.heads],
        "kept": explanation.index.shape[-1],
        "bits": bits,
        "index": _packed(explanation.index.astype(f"<u{bits // 8}")),
        "weight": _packed(explanation.weight),
    }
    # In JSON, < is found within strings only, where it can as well be written so: no </script> can come up.
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>'


def _covered(spans: tuple[tuple[int, int], ...], span: tuple[int, int] | None) -> list[int]:
    """The first source word within a span and the one after the last; [] where there is none."""
    within = [i for i, (start, end) in enumerate(spans) if span and start < span[1] and span[0] < end]
    return [within[0], within[-1] + 1] if within else []


def _packed(figures: Any) -> str:
    return base64.b64encode(figures.tobytes()).decode()
