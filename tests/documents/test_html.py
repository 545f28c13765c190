"""Web pages: the article in the page's blocks and order, without what a reader of the page does not see."""

from __future__ import annotations

from pathlib import Path

import pytest

from summarize.documents.readers.html import _with_lists as with_lists
from summarize.documents.readers.html import with_parts_like_it
from summarize.documents.readers.markup import parse_html, text_blocks
from tests.helpers import makers
from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, SECOND, THIRD, TITLES

FILES = makers.every_format()
CASES = Path(__file__).parent / "cases"


def text_of(page: str, folder: Path) -> str:
    return read_one("a.html", page.encode(), folder).text


def case(name: str, folder: Path) -> str:
    return read_one(name, (CASES / name).read_bytes(), folder).text


def article(*parts: str) -> str:
    """A page with an article of these parts."""
    return f"<!doctype html><html><body><article><h1>{TITLES[0]}</h1>{''.join(parts)}</article></body></html>"


def test_html_gives_only_the_article(tmp_path: Path) -> None:
    document = read_one("a.html", FILES[".html"], tmp_path)
    assert document.text == "\n\n".join((TITLES[0], FIRST, TITLES[1], SECOND, THIRD))


@pytest.mark.parametrize(
    "page",
    [
        "<p>Just this line.</p>",
        "<html><body>Just <b>this</b> line.",
        "<!doctype html><div>Just<br>this<br/>line.",
        "<body><p>Just<br>this line.</p>",
    ],
)
def test_a_short_page_is_read_whole(tmp_path: Path, page: str) -> None:
    assert text_of(page, tmp_path) == "Just this line."


@pytest.mark.parametrize(
    "shown",
    [
        "<div style='opacity:0;transform:translateY(9px)'><p>{}</p></div>",
        "<p style='opacity:0' data-aos='fade'>{}</p>",
        "<div style='font-size:0'><p style='font-size:13px'>{}</p></div>",
        "<p style='opacity:0.9;font-size:0.9em'>{}</p>",
        "<div style='font-size:0'><p class='text'>{}</p></div>",
    ],
)  # fmt: skip
def test_what_has_a_size_or_is_shown_by_and_by(shown: str, tmp_path: Path) -> None:
    page = article(f"<p>{FIRST}</p>{shown.format(THIRD)}<p>{SECOND}</p>")
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, THIRD, SECOND))


def test_an_article_in_several_parts() -> None:
    """Adverts divide it, and the finder has taken one of the parts."""
    part = f"<div class='body'><p>{FIRST}</p><p>{SECOND}</p><p>Short.</p></div>"
    tree = parse_html(
        f"<div>{part}<div class='ad'><p>{THIRD}</p></div>{part}<p>{THIRD}</p><ul class='body'>{THIRD}</ul></div>"
    )
    blocks = list(text_blocks(tree))
    found = with_parts_like_it(blocks[:3], blocks)
    assert [block.text for block in found] == [FIRST, SECOND, "Short.", FIRST, SECOND]
    assert with_parts_like_it(blocks[3:4], blocks) == blocks[3:4]
    scattered = [blocks[0], blocks[3], blocks[7]]  # in no element that holds most of them
    assert with_parts_like_it(scattered, blocks) == scattered


def test_an_article_of_links_is_no_menu(tmp_path: Path) -> None:
    titles = [f"{i}) A model of the old bridge at Carrow Point, in wood and steel" for i in range(1, 13)]
    items = [f"<p><a href='https://a.example/{i}'><strong>{title}</strong></a></p>" for i, title in enumerate(titles)]
    page = article(f"<p>{FIRST} {SECOND}</p>", f"<p>{SECOND} {THIRD}</p>", *items, f"<p>{THIRD}</p>")
    shown = text_of(page, tmp_path)
    assert all(title in shown for title in titles)


def test_a_tree_has_no_comments() -> None:
    """The article finder parts a text at them, and then takes half of it."""
    tree = parse_html("<!-- a --><p>One <!-- b -->sentence.<?c?></p>")
    assert not [element for element in tree.iter() if not isinstance(element.tag, str)]
    assert tree.text_content() == "One sentence."


def test_blocks_of_code_are_left_out(tmp_path: Path) -> None:
    code = "<pre><code>x = 1\ny = 2</code></pre>"
    page = f"<html><body><article><p>{FIRST} See <code>bridge</code>.</p>{code}<p>{SECOND}</p>"
    assert text_of(page, tmp_path) == f"{FIRST} See bridge.\n\n{SECOND}"


def test_a_page_without_text_is_an_error(tmp_path: Path) -> None:
    assert error_of("a.html", b"<html><body><script>x()</script></body></html>", tmp_path) == ": holds no text"


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="ISO-8859-2">',
        '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">',
        "<script charset='koi8-r' src='a.js'></script><meta charset=iso-8859-2>",
        f"<!-- {'x' * 5000} --><meta charset='iso-8859-2'>",
    ],
)
def test_a_page_is_decoded_as_it_declares(tmp_path: Path, declaration: str) -> None:
    page = f"<html><head>{declaration}</head><body><article><p>Łódź - {FIRST}</p></article></body></html>"
    assert read_one("a.html", page.encode("iso-8859-2"), tmp_path).text.startswith("Łódź - The swing")


def test_a_wrong_declaration_does_not_spoil_utf8(tmp_path: Path) -> None:
    page = f"<html><head><meta charset='iso-8859-1'></head><body><p>Łódź – {FIRST}</p></body></html>"
    assert text_of(page, tmp_path).startswith("Łódź – The swing")


def test_superscripts_fuse_with_nothing(tmp_path: Path) -> None:
    text = case("html-superscript.html", tmp_path)
    for words in (
        "finished in 2019 and",
        "4 x 10^6 cubic",
        "for 12 weeks",
        "31 million crowns",
        "60 people",
        "7 km2",
        "2006.",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ('in 1998<a href="#n2"><sup>[2]</sup></a> and', "in 1998 and"),
        ("the mayor<sup class='reference'>[<i>citation needed</i>]</sup> said", "the mayor said"),
        ("the 21<sup>st</sup> of May", "the 21st of May"),
        ("H<sub>2</sub>O", "H2O"),
        ("in 1998<a role='doc-noteref' href='#n'>2</a> and", "in 1998 and"),
        ("in 1998<span style='vertical-align:super;font-size:80%'>2</span> and", "in 1998 and"),
        ("10<span style='vertical-align: super'>6</span> cells", "10^6 cells"),
    ],
)
def test_marks_of_notes_in_a_paragraph(tmp_path: Path, marked: str, plain: str) -> None:
    assert f"{FIRST} {plain}" in text_of(article(f"<p>{FIRST} {marked}</p>", f"<p>{SECOND}</p>"), tmp_path)


def test_a_page_full_of_superscripts(tmp_path: Path) -> None:
    boats = "In 2019<sup>[1]</sup><sup>2</sup> they had 5<sup>3</sup> boats"
    page = f"<p>{boats}, x<sup>2</sup> of 10<sup>-3</sup> m<sup>2</sup>.</p>"
    assert text_of(page, tmp_path) == "In 2019 they had 5 boats, x^2 of 10^-3 m2."


def test_lists_beside_the_paragraphs_are_kept(tmp_path: Path) -> None:
    text = case("html-body-list.html", tmp_path)
    for item in ("The port will pay two million", "The port will not pay anything", "The port wants a new road"):
        assert f"\n\n{item}" in text


def test_a_list_of_links_is_not_kept(tmp_path: Path) -> None:
    links = "".join(
        f"<li><a href='/{n}'>Another story that has nothing to do with it, number {n}</a></li>" for n in "abc"
    )
    assert "Another story" not in text_of(
        f"<body><p>{FIRST}</p><p>{SECOND}</p><ul>{links}</ul><p>{THIRD}</p>", tmp_path
    )


def test_links_within_an_item_of_the_article_are_kept(tmp_path: Path) -> None:
    links = "".join(f"<li><a href='/{n}'>Bug {n}, the roof of the house leaks again</a></li>" for n in (17, 18))
    page = article(f"<p>{FIRST}</p><ul><li>{SECOND}<ul>{links}</ul></li><li>{THIRD}</li></ul>")
    assert "Bug 17, the roof of the house leaks again\n\nBug 18" in text_of(page, tmp_path)


def test_prose_beside_paragraphs_is_kept() -> None:
    """That the article finder drops, because it is in no paragraph."""
    page = list(text_blocks(parse_html(f"<body><div>{FIRST}<p>{SECOND}</p>{THIRD}</div><div>Go on.</div></body>")))
    kept = with_lists(page, page, {id(page[1])}, set())
    assert [block.text for block in kept] == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize("n_article", [0, 8])
def test_comments_are_the_text_of_a_discussion(tmp_path: Path, n_article: int) -> None:
    """Of a page without an article."""
    said = [f"I think that number {i} is right, and that the town should mend the roof in May." for i in range(30)]
    comments = "".join(f"<div class='comment'><p>{text}</p></div>" for text in said)
    above = "".join(f"<p>{i}: {FIRST} {SECOND}</p>" for i in range(n_article))
    text = text_of(f"<body><h1>{TITLES[0]}</h1>{above}<div id='comments'>{comments}</div></body>", tmp_path)
    assert [text_said in text for text_said in said] == [not n_article] * len(said)


CONSENT = "<h2>Your privacy</h2><p>We and our partners keep small files on your telephone. You may agree now.</p>"


@pytest.mark.parametrize(
    "dialog",
    [
        f"<div role='dialog'>{CONSENT}</div>",
        f"<div id='CybotCookiebotDialog'>{CONSENT}</div>",
        f"<div class='cookie-banner js-bar'>{CONSENT}</div>",
        f"<section aria-modal='true'>{CONSENT}</section>",
        f"<dialog open>{CONSENT}</dialog>",
        f"<div id='didomi-host'><div>{CONSENT}</div></div>",
        f"<div class='cc-window'>{CONSENT}</div>",
        "<div class='bar'><p>We use cookies to show you adverts that suit you.</p><button>Got it</button></div>",
    ],
)
def test_dialogs_are_left_out(tmp_path: Path, dialog: str) -> None:
    page = f"<!doctype html><body>{dialog}<main><h1>Line 4</h1><p>Line 4 stops.</p><p>Buses run.</p></main></body>"
    assert text_of(page, tmp_path) == "Line 4\n\nLine 4 stops.\n\nBuses run."


def test_the_case_of_a_consent_dialog(tmp_path: Path) -> None:
    text = case("html-cookie-dialog.html", tmp_path)
    assert text.startswith("Tram line 4 stops on Monday\n\nTram line 4 will not run")
    assert text.endswith("until the end of August.")


def test_a_page_about_cookies_is_read(tmp_path: Path) -> None:
    page = f"<body class='cookie-policy'><div class='cookies'><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></div></body>"
    assert text_of(page, tmp_path) == f"{FIRST}\n\n{SECOND}\n\n{THIRD}"


@pytest.mark.parametrize(
    "hidden",
    [
        f"<p hidden>{THIRD}</p>",
        f"<div style='display:none'><p>{THIRD}</p></div>",
        f"<div style='color:red; visibility : hidden'><p>{THIRD}</p></div>",
        f"<div aria-hidden='true'><p>{THIRD}</p></div>",
        f"<p class='sr-only'>{THIRD}</p>",
        f"<p class='note visually-hidden'>{THIRD}</p>",
        f"<template><p>{THIRD}</p></template>",
        f"<p><del>{THIRD}</del></p>",
    ],
)
def test_what_nobody_sees_is_left_out(tmp_path: Path, hidden: str) -> None:
    page = article(f"<p>{FIRST}</p>", hidden, f"<p>{SECOND}</p>")
    assert text_of(page, tmp_path) == f"{TITLES[0]}\n\n{FIRST}\n\n{SECOND}"


def test_the_case_of_hidden_parts(tmp_path: Path) -> None:
    text = case("html-hidden.html", tmp_path)
    assert "worn out" in text
    assert not any(words in text for words in ("Subscribe", "812 partners", "template"))


def test_a_page_that_a_script_shows_is_read(tmp_path: Path) -> None:
    page = f"<body><div aria-hidden='true' style='visibility:hidden'><p>{FIRST}</p><p>{SECOND}</p></div></body>"
    assert text_of(page, tmp_path) == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize("name", ["html-nested-tables.html", "html-nested-tables.eml"])
def test_nested_tables_are_read_in_the_pages_order(tmp_path: Path, name: str) -> None:
    blocks = case(name, tmp_path).split("\n\n")
    assert [block[:12] for block in blocks] == [
        "Tram line 4",
        "Tram line 4 ",
        "Buses take t",
        "Swimming poo",
        "The pool in ",
    ]


def test_rows_of_values_are_lines(tmp_path: Path) -> None:
    rows = "<tr><th>Year</th><th>Ships<br>a day</th></tr><tr><td>1927</td><td><p>12</p></td></tr>"
    text = text_of(article(f"<p>{FIRST}</p><table>{rows}</table><p>{SECOND}</p>"), tmp_path)
    assert f"{FIRST}\n\nYear | Ships a day\n\n1927 | 12\n\n{SECOND}" in text


def test_prose_in_preformatted_text_is_read(tmp_path: Path) -> None:
    text = case("html-pre-prose.html", tmp_path)
    assert "It decided to dredge the eastern channel in May, after three coasters" in text
    assert "\n\nThe harbour master said that the channel" in text


def test_the_menu_of_an_archive_is_nothing_beside_its_message(tmp_path: Path) -> None:
    menu = "<ul><li><b>Messages:</b> <a href='d'>[ by their dates ]</a> <a href='t'>[ by their threads ]</a></ul>" * 9
    message = f"{FIRST}\n\n{SECOND}\n\nKarl Lund wrote:\n&gt; {THIRD}\n"
    text = text_of(f"<body><h1>Roof</h1>{menu}<hr><pre>{message}</pre></body>", tmp_path)
    assert FIRST in text
    assert SECOND in text
    assert THIRD not in text


def test_preformatted_code_of_a_page_without_prose_is_not_prose(tmp_path: Path) -> None:
    code = "for (i = 0; i < n; i++) { total += a[i] * b[i]; }\n" * 20
    assert text_of(f"<body><p>See below.</p><pre>{code}</pre></body>", tmp_path) == "See below."


def test_two_line_breaks_part_paragraphs(tmp_path: Path) -> None:
    page = f"<body><div>{FIRST}<br><br>{SECOND}<br> <br/>\n{THIRD}</div></body>"
    assert text_of(page, tmp_path) == f"{FIRST}\n\n{SECOND}\n\n{THIRD}"


def test_a_term_stands_before_its_definition(tmp_path: Path) -> None:
    page = f"<body><p>{FIRST}</p><dl><dt>Draught<dd>How deep a ship is.<dt>Beam:<dd>How wide it is.</dl><p>{SECOND}</p>"
    assert "\n\nDraught: How deep a ship is.\n\nBeam: How wide it is.\n\n" in text_of(page, tmp_path)


def test_a_term_without_a_definition_is_kept(tmp_path: Path) -> None:
    assert text_of("<body><p>Text.</p><dl><dt>Draught</dl><p>More.</p><dt>Beam</dt></body>", tmp_path) == (
        "Text.\n\nDraught\n\nMore.\n\nBeam"
    )


def test_details_and_captions_are_blocks_of_their_own(tmp_path: Path) -> None:
    details = f"<details><summary>More about it</summary>{SECOND}</details>"
    figure = "<figure><img src='a.png'><figcaption>The bridge at dusk.</figcaption></figure>"
    text = text_of(f"<body><p>{FIRST}</p>{figure}{details}<p>{THIRD}</p></body>", tmp_path)
    assert f"\n\nMore about it\n\n{SECOND}\n\n{THIRD}" in text
    assert "day, the council said on Monday.\n\n" in text


def test_menus_and_footers_of_a_short_page_are_left_out(tmp_path: Path) -> None:
    page = (
        "<body><nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav><p>The bridge is closed today.</p>"
        "<div class='share-buttons'>Share this</div><footer><p>© Times</p></footer></body>"
    )
    assert text_of(page, tmp_path) == "The bridge is closed today."


@pytest.mark.parametrize(
    "other",
    [
        "<p><a href='a'>Home</a> <a href='b'>News of the day</a> <a href='c'>Sport</a></p>",
        "<p>Read more: <a href='a'>Why the other bridge was built with so many arches</a></p>",
        "<p>[Index] [Next] The archive of the council</p>",
        "<div class='related'><h3>Related</h3><p>The other bridge will be painted green in the summer.</p></div>",
        "<div class='newsletter-box'><p>Subscribe now, and get the best stories every morning before seven.</p></div>",
    ],
)
def test_what_leads_to_other_pages_is_left_out(tmp_path: Path, other: str) -> None:
    page = article(f"<p>{FIRST}</p>", other, f"<p>{SECOND}</p>")
    assert text_of(page, tmp_path) == f"{TITLES[0]}\n\n{FIRST}\n\n{SECOND}"


def test_a_page_in_noscript_is_read(tmp_path: Path) -> None:
    page = f"<body><div id='app'></div><noscript><p>{FIRST}</p><p>{SECOND}</p></noscript></body>"
    assert text_of(page, tmp_path) == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(
    "notes",
    [
        "<section role='doc-endnotes'><ol><li>See the minutes of May.<a role='doc-backlink'>↩</a></li></ol></section>",
        "<div class='footnotes'><hr><ol><li id='fn1'>See the council's minutes of May.</li></ol></div>",
        "<ol class='references'><li>See the council's minutes of May.</li></ol>",
    ],
)
def test_notes_of_a_page_are_left_out(tmp_path: Path, notes: str) -> None:
    page = article(f"<p>{FIRST}<sup><a href='#fn1'>1</a></sup></p><p>{SECOND}</p>", notes, f"<p>{THIRD}</p>")
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, SECOND, THIRD))


@pytest.mark.parametrize(
    "style", ["position:absolute; left:-9999px", "text-indent:-9999px", "position:absolute;clip:rect(0 0 0 0)"]
)
def test_what_is_outside_the_page_is_left_out(tmp_path: Path, style: str) -> None:
    hidden = f"<p style='{style}'>Cheap loans are offered to everybody who comes here today.</p>"
    page = article(f"<p>{FIRST}</p>{hidden}<p>{SECOND}</p>")
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, SECOND))


def test_who_owns_a_page_is_left_out(tmp_path: Path) -> None:
    table = (
        f"<table><tr><td><p>{FIRST}</p></td></tr><tr><td>Copyright 2025 A Ltd. All rights reserved.</td></tr></table>"
    )
    assert text_of(f"<html><body>{table}</body></html>", tmp_path) == FIRST
    prose = "Copyright law of 1925 gave cooks no right to their recipes, and so the baker kept his."
    assert prose in text_of(article(f"<p>{prose}</p><p>{FIRST}</p>"), tmp_path)


def test_readings_above_characters_are_left_out(tmp_path: Path) -> None:
    ruby = "<ruby>古<rp>(</rp><rt>ふる</rt><rp>)</rp></ruby>い連絡船は十月一日に運航を終える。"
    page = article(f"<p>{ruby}</p><p>新しい電気船が春から走る。</p>")
    assert text_of(page, tmp_path).endswith("古い連絡船は十月一日に運航を終える。\n\n新しい電気船が春から走る。")


@pytest.mark.parametrize("body", [f"<p>{FIRST}</p><p>{SECOND}</p>", f"<pre>\n{FIRST}\n\n{SECOND}\n</pre>"])
def test_the_heading_of_a_page_without_an_article_is_kept(tmp_path: Path, body: str) -> None:
    page = f"<html><body><h1>{TITLES[0]}</h1>{body}</body></html>"
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, SECOND))


def test_cells_of_prose_are_paragraphs(tmp_path: Path) -> None:
    page = f"<html><body><table><tr><td>{FIRST}</td><td>{SECOND}</td></tr></table></body></html>"
    assert text_of(page, tmp_path) == f"{FIRST}\n\n{SECOND}"


def test_a_fraction_of_raised_and_lowered_numbers(tmp_path: Path) -> None:
    page = article(f"<p>{FIRST}</p><p>The new bridge is 5<sup>1</sup>/<sub>2</sub> metres wide.</p>")
    assert text_of(page, tmp_path).endswith("The new bridge is 5 1/2 metres wide.")
