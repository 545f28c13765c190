"""The page in a browser (headless Chromium): pointing, keys, touch, choosing a head, dark mode, print, narrow screens.

Skipped where there is no Chromium (Debian: apt-get install chromium).
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from summarize.rendering import Record, make_renderer
from tests.helpers.explained import bridge, explained

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")]


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox does not work for root
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


Open = Callable[..., "sync_api.Page"]


@pytest.fixture
def open_page(browser: sync_api.Browser, tmp_path: Path) -> Iterator[Open]:
    """A function that shows records in a browser; a console message, error, dialog or request fails the test."""
    events: list[str] = []
    contexts: list[sync_api.BrowserContext] = []

    def show(*records: Record, **options: object) -> sync_api.Page:
        path = tmp_path / f"page-{len(contexts)}.html"
        with path.open("w", encoding="utf-8", newline="") as out:
            output = make_renderer("html", out, several=len(records) > 1)
            for record in records:
                output.write(record)
            output.close()
        contexts.append(browser.new_context(viewport={"width": 1200, "height": 800}, **options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: events.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: events.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (events.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: events.append(f"request: {request.url}"))
        page.goto(path.as_uri())
        assert events == [f"request: {path.as_uri()}"]
        events.clear()
        return page

    show.events = events
    yield show
    for context in contexts:
        context.close()
    assert events == []


def word(page: sync_api.Page, text: str, nth: int = 0) -> sync_api.Locator:
    return page.locator(".word", has_text=text).nth(nth)


def highlighted(page: sync_api.Page) -> dict[str, float]:
    """The highlighted words of the document, each with its weight in percent."""
    return {
        each.text_content() or "": float(each.evaluate("e => e.style.getPropertyValue('--weight')").rstrip("%"))
        for each in page.locator(".lit").all()
    }


def texts(page: sync_api.Page, selector: str) -> list[str]:
    return page.locator(selector).all_text_contents()


def test_pointing_highlights_where_a_word_is_from(open_page: Open) -> None:
    page = open_page(bridge())
    assert highlighted(page) == {}
    word(page, "bridge").hover()
    weights = highlighted(page)
    assert list(weights) == ["bridge", "at", "Carrow"]
    assert weights["bridge"] > weights["at"] > weights["Carrow"] > 0
    assert texts(page, ".source") == ["bridge"]
    assert "".join(texts(page, ".passage")[:3]) == "Thebridgeat"
    detail = page.locator(".detail").inner_text()
    assert all(part in detail for part in ("bridge", "line 1", "98 %", "2 %", "80 %", "the pointer attended to"))
    shades = [page.locator(".lit").nth(i).evaluate("e => getComputedStyle(e).backgroundColor") for i in range(3)]
    assert len(set(shades)) == 3
    page.mouse.move(5, 5)
    assert highlighted(page) == {}
    assert "Point at a word" in page.locator(".detail").inner_text()


def test_unsupported_claims_are_described(open_page: Open) -> None:
    page = open_page(bridge())
    word(page, "15,300").hover()
    assert "a number that the document does not contain" in page.locator(".detail").inner_text()
    assert word(page, "15,300").evaluate("e => getComputedStyle(e).textDecorationStyle") == "wavy"
    word(page, "Brooklyn").hover()
    assert "a name that the document does not contain" in page.locator(".detail").inner_text()
    word(page, "says").hover()
    assert "a word that the document does not contain" in page.locator(".detail").inner_text()
    assert word(page, "says").evaluate("e => getComputedStyle(e).textDecorationStyle") == "dashed"
    assert texts(page, ".source") == []


def test_p_gen_is_a_shade(open_page: Open) -> None:
    page = open_page(bridge())
    alphas = [
        float(word(page, text).evaluate("e => getComputedStyle(e).backgroundColor").split("/")[-1].rstrip(") "))
        for text in ("it", "bridge")
    ]
    assert alphas == [0.54, 0]


def focused(page: sync_api.Page) -> str:
    return page.evaluate("document.activeElement.textContent")


def test_keys_move_through_the_words(open_page: Open) -> None:
    page = open_page(bridge())
    page.keyboard.press("Tab")
    found = [focused(page)]
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "End", "ArrowRight", "Home"):
        page.keyboard.press(key)
        found.append(focused(page))
    assert found == ["The", "bridge", "at", "bridge", "Farrow", "The", "day", "day", "The"]
    assert list(highlighted(page)) == ["The", "bridge", "at"]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert page.locator(".word[tabindex='0']").count() == 1  # Tab leaves the summary and returns to the same word


def test_enter_pins_a_word_and_escape_releases_it(open_page: Open) -> None:
    page = open_page(bridge())
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert word(page, "bridge").get_attribute("aria-pressed") == "true"
    page.mouse.click(5, 5)
    assert texts(page, ".source") == ["bridge"]
    word(page, "opened").hover()
    assert texts(page, ".source") == ["opened"]
    page.mouse.move(5, 5)
    assert texts(page, ".source") == ["bridge"]
    word(page, "bridge").focus()
    page.keyboard.press("Escape")
    assert highlighted(page) == {}
    assert page.locator("[aria-pressed='true']").count() == 0


def test_a_head_can_be_chosen(open_page: Open) -> None:
    page = open_page(bridge())
    kind, head = page.get_by_label("Attention"), page.get_by_label("Head")
    assert kind.locator("option").all_text_contents() == ["Pointer", "Layer 1", "Layer 2"]
    assert head.locator("option").all_text_contents() == ["mean of all", "1", "2"]
    word(page, "Brooklyn").click()  # not copied: every head attends to another word
    seen = [next(iter(highlighted(page)))]
    for layer, number in (("", "1"), ("", "2"), ("1", ""), ("2", "2")):
        kind.select_option(layer)
        head.select_option(number)
        seen.append(next(iter(highlighted(page))))
    assert seen == ["The", "bridge", "at", "Carrow", "eleven"]
    assert "attended to, besides the summary itself" in page.locator(".detail").inner_text()
    head.focus()
    page.keyboard.press("ArrowUp")
    assert next(iter(highlighted(page))) == "for"


def test_a_tap_pins_a_word_on_a_narrow_screen(open_page: Open, browser: sync_api.Browser) -> None:
    page = open_page(bridge(), has_touch=True)
    page.set_viewport_size({"width": 360, "height": 700})
    word(page, "bridge").tap()
    assert texts(page, ".source") == ["bridge"]
    box, panel = page.locator(".lines").bounding_box(), page.locator(".attention").bounding_box()
    assert box
    assert panel
    assert (
        box["y"] > page.locator(".summary").bounding_box()["y"] + page.locator(".summary").bounding_box()["height"] - 1
    )
    assert 0 < panel["y"] < 700
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_pointing_at_the_document_shows_copies_of_the_word(open_page: Open) -> None:
    page = open_page(bridge())
    page.locator("[data-source]", has_text="Farrow").hover()
    assert texts(page, ".copied-here") == ["Farrow"]
    page.mouse.move(5, 5)
    assert texts(page, ".copied-here") == []


def test_the_document_scrolls_to_the_source(open_page: Open) -> None:
    filler = "It rained and rained and rained again.\n" * 200
    page = open_page(explained(f"{filler}The bridge shut.", ["Nobody saw the bridge."]))
    word(page, "bridge").hover()
    top = page.locator(".source").bounding_box()["y"]
    assert 0 < top < 800
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_both_legible(open_page: Open, scheme: str) -> None:
    """Contrast of at least 4.5 (WCAG 2.2, 1.4.3) for text, softer text and what is wrong."""
    page = open_page(bridge(), color_scheme=scheme)
    word(page, "opened").hover()
    paper = rgb(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (sum(paper) < 200) == (scheme == "dark")
    for selector in ("h1", ".facts", ".facts strong", ".lines p", ".passage", ".word.claim", ".from a", ".unread"):
        ink = rgb(page.locator(selector).first.evaluate("e => getComputedStyle(e).color"))
        assert contrast(ink, paper) >= 4.5, selector


def rgb(colour: str) -> list[float]:
    return [float(x) for x in colour.removeprefix("rgb(").removesuffix(")").split(",")]


def contrast(one: list[float], other: list[float]) -> float:
    def luminance(colour: list[float]) -> float:
        parts = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_unread_text_differs_only_in_colour(open_page: Open) -> None:
    page = open_page(bridge())
    read, unread = page.locator("[data-source]").first, page.locator(".unread")
    style = "e => { const s = getComputedStyle(e); return [s.color, s.fontFamily, s.fontSize, s.borderTopStyle]; }"
    assert read.evaluate(style)[0] != unread.evaluate(style)[0]
    assert read.evaluate(style)[1:] == unread.evaluate(style)[1:]


def test_print_has_the_texts_and_no_controls(open_page: Open) -> None:
    page = open_page(bridge())
    page.emulate_media(media="print")
    assert page.locator(".attention").is_hidden()
    assert page.locator(".lines").evaluate("e => e.scrollHeight <= e.clientHeight + 1")
    assert page.locator(".word.claim").first.evaluate("e => getComputedStyle(e).textDecorationLine") == "underline"
    assert len(page.pdf()) > 1000


def test_the_texts_are_there_without_scripts(open_page: Open) -> None:
    page = open_page(bridge(), java_script_enabled=False)
    assert page.locator(".sentence").first.inner_text() == "The bridge at Brooklyn opened in 1927."
    assert "Helen Farrow told a" in page.locator(".lines").inner_text()
    assert page.locator("select").count() == 0


HOSTILE = """</script><script>alert(1); window.hacked = 1</script><img src="http://localhost:9/x" onerror="alert(2)">
<style>body { display: none }</style> " ' ` & <!-- \u2028 \u2029 \x00 \x1b[31m \u202edcba &lt; %s ${x} $style
\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd 1927 <a href="javascript:alert(3)">x</a>"""


def test_a_hostile_document_is_shown_and_does_nothing(open_page: Open) -> None:
    """Its script does not run, nothing is fetched, and pointing still works (any console message fails the test)."""
    record = explained(HOSTILE, ["<script>alert(4)</script> & \u05e9\u05dc\u05d5\u05dd 1927."], source='<b>x</b>&".txt')
    page = open_page(record, bridge())
    assert page.evaluate("window.hacked") is None
    assert page.locator("h2").first.inner_text() == '<b>x</b>&".txt'
    assert "<script>alert(1); window.hacked = 1</script>" in page.locator(".lines").first.inner_text()
    assert page.locator("img, .lines style, .lines a, .lines script").count() == 0
    word(page, "1927").hover()
    assert texts(page, ".source") == ["1927"]
    right_to_left = page.locator("[id^='line-1-3']")
    assert right_to_left.evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_several_documents_do_not_mix(open_page: Open) -> None:
    failed = Record("gone.txt", "news", error="gone.txt: no such file")
    page = open_page(bridge(), failed, explained("Rain fell. Sun came.", ["Sun came."], source="sun.txt"))
    assert texts(page, "nav a") == ["bridge.txt", "gone.txt", "sun.txt"]
    word(page, "Sun").hover()
    assert texts(page, ".source") == ["Sun"]
    first = page.locator("#document-1")
    assert first.locator(".lit").count() == 0
    page.locator("nav a").nth(2).click()
    assert page.evaluate("location.hash") == "#document-3"
    assert page.locator("select").count() == 4


def test_verbatim_sentences_are_highlighted_without_heads(open_page: Open) -> None:
    record = bridge()
    explanation = record.explanation
    assert explanation is not None
    nothing = explanation.index[:0, :, :0]
    without = dataclasses.replace(explanation, heads=(), index=nothing, weight=nothing.astype("u1"))
    page = open_page(dataclasses.replace(record, explanation=without))
    assert page.locator("select").count() == 0
    word(page, "bridge").hover()
    assert texts(page, ".source") == ["bridge"]
    assert highlighted(page) == {}
    assert "98 %" in page.locator(".detail").inner_text()
    assert "p_gen" not in page.locator(".detail").inner_text()


def test_a_link_goes_to_its_line(open_page: Open) -> None:
    page = open_page(bridge())
    page.locator(".from a", has_text="line 3").first.click()
    assert page.locator("p:target").get_attribute("data-line") == "3"


def test_the_policy_holds_even_if_something_gets_in(open_page: Open) -> None:
    """Defence in depth: even a script element inside the page does not run."""
    page = open_page(bridge())
    blocked = page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.hacked = 1";
            document.body.append(script);
        })"""
    )
    assert blocked == "script-src-elem"
    assert page.evaluate("window.hacked") is None
    (message,) = open_page.events
    assert "violates the following Content Security Policy directive" in message
    open_page.events.clear()
