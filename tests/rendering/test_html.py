"""The page as a file: its security policy, and that document text stays text. test_page.py opens it in a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from summarize.rendering import Record, make_renderer
from summarize.rendering.text import printable
from tests.helpers.explained import DOCUMENT, HEADS, N_KEPT, SUMMARY, bridge, explained

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \"'&amp; <!-- \u2028\u2029 \x00\x1b \u202eabc"


def page(*records: Record) -> str:
    out = io.StringIO()
    output = make_renderer("html", out, several=len(records) > 1)
    for record in records:
        output.write(record)
    output.close()
    return out.getvalue()


class PageParser(HTMLParser):
    """A page's elements with their text; checks that they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[int, str] = {}
        self._at: list[int] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)
            self._at.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self._at.pop()

    def handle_data(self, data: str) -> None:
        for element in self._at:
            self.texts[element] = self.texts.get(element, "") + data

    def named(self, name: str, **attributes: str) -> list[tuple[dict[str, str | None], str]]:
        return [
            (attrs, self.texts.get(i, ""))
            for i, (tag, attrs) in enumerate(self.elements)
            if tag == name and all(attrs.get(k.rstrip("_")) == v for k, v in attributes.items())
        ]


def data(reader: PageParser) -> list[dict]:
    return [json.loads(text) for _, text in reader.named("script", type="application/json")]


def test_only_the_pages_own_style_and_script_are_allowed() -> None:
    reader = PageParser(page(bridge()))
    ((_, style),) = reader.named("style")
    (script,) = [text for attrs, text in reader.named("script") if "type" not in attrs]
    ((policy, _),) = [m for m in reader.named("meta") if m[0].get("http-equiv") == "Content-Security-Policy"]
    assert policy["content"] is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy["content"].split(";"))
    assert rules["default-src"] == "'none'"
    for kind, content in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[kind] == f"'sha256-{digest}'"
    assert set(rules) == {"default-src", "img-src", "style-src", "script-src", "base-uri", "form-action"}
    assert rules["img-src"] == "data:"


def test_the_page_names_nothing_to_fetch() -> None:
    text = page(bridge())
    assert "//" not in re.sub(r"(?m)^\s*//.*$|; //.*$", "", text.replace("data:,", ""))
    for tag, attributes in PageParser(text).elements:
        assert not {"src", "srcset", "style"} & set(attributes), tag
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))


def test_the_document_and_the_summary_are_there_in_full() -> None:
    reader = PageParser(page(bridge()))
    lines = [text for attrs, text in reader.named("p") if "data-line" in attrs]
    assert lines == DOCUMENT.split("\n")
    assert [text for _, text in reader.named("p", class_="sentence")] == SUMMARY
    assert [text for _, text in reader.named("p", class_="from")] == ["from line 1, line 3", "from line 3"]
    (facts,) = [text for _, text in reader.named("p", class_="facts")]
    assert (
        facts == "35 of 42 words read, the others are grey · 10 of 15 summary words copied · 2 unsupported · model news"
    )
    assert [text for _, text in reader.named("span", class_="unread")] == ["What is further down was not read."]


def test_words_have_classes_for_their_origin() -> None:
    reader = PageParser(page(bridge()))
    words = {text: attrs["class"] for attrs, text in reader.named("span") if "data-word" in attrs}
    assert words["bridge"] == "word copied g0"
    assert words["it"] == "word generated g9"
    assert words["says"] == "word generated g9 new"
    assert words["Brooklyn"] == "word generated g9 claim"
    assert words["15,300"] == "word generated g9 claim"
    assert words["."] == "word copied g0 mark"


def test_the_figures_are_those_of_the_explanation() -> None:
    record = bridge()
    (figures,) = data(PageParser(page(record)))
    explanation = record.explanation
    assert explanation is not None
    shape = (len(HEADS), len(figures["words"]), N_KEPT)
    index = np.frombuffer(base64.b64decode(figures["index"]), "<u2").reshape(shape)
    weight = np.frombuffer(base64.b64decode(figures["weight"]), np.uint8).reshape(shape)
    assert np.array_equal(index, explanation.index)
    assert np.array_equal(weight, explanation.weight)
    assert figures["heads"] == [[h.layer, h.head] for h in HEADS]
    copied = next(w for w in figures["words"] if w["source"])
    start, end = copied["source"]
    assert DOCUMENT[explanation.source_words[start][0] : explanation.source_words[end - 1][1]] == "The"
    assert [w["kind"] for w in figures["words"]].count("name") == 1
    assert figures["words"][-1]["sentence"] == 1


def test_every_document_has_its_own_article() -> None:
    failed = Record("<gone>.txt", "news", error="<gone>.txt: no such file")
    plain = Record("c.txt", "news", "It rained.", ({"text": "It rained.", "words": []},), 3, 3)
    reader = PageParser(page(bridge(), failed, plain, bridge()))
    assert [attrs["id"] for attrs, _ in reader.named("article")] == [f"document-{n}" for n in (1, 2, 3, 4)]
    ids = [attrs["id"] for _, attrs in reader.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert [text for _, text in reader.named("p", class_="error")] == ["<gone>.txt: no such file"]
    assert [text for _, text in reader.named("title")] == ["Summaries"]
    assert len(data(reader)) == 2


def test_a_page_without_documents_is_a_page() -> None:
    assert PageParser(page()).named("article") == []


def check_hostile(text: str) -> None:
    """Whatever a document, its summary and its name contain, the page has the same elements, and the text in them."""
    record = explained(text, [" ".join(printable(text).split()) or "x"], source=text)
    reader = PageParser(page(record))
    per_word = {"span", "p", "a", "strong", "li"}  # as many as there are words, lines and sentences
    tags = [[tag for tag, _ in each.elements if tag not in per_word] for each in (reader, PageParser(page(bridge())))]
    assert tags[0] == tags[1]
    lines = [shown for attrs, shown in reader.named("p") if "data-line" in attrs]
    assert lines == printable(text).split("\n")


def test_a_hostile_document_is_text() -> None:
    check_hostile(HOSTILE)
    assert "\u2028" not in page(explained(HOSTILE, ["x"], source=HOSTILE))


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>&\"'\n/!-"), min_size=1))
def test_any_document_is_text(text: str) -> None:
    if re.search(r"\w|[^\w\s]", text):
        check_hostile(text.replace("\r", " "))
