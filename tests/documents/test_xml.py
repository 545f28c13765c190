"""XML: the prose of its vocabularies, without metadata, notes and references; nothing is fetched or expanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.documents import error_of, read_bytes, read_one

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
JATS = """<!DOCTYPE article PUBLIC "-//NLM//DTD JATS 1.2//EN" "https://a.example/JATS.dtd"><article><front>
<journal-meta><journal-title>No</journal-title></journal-meta><article-meta><article-id>No</article-id><title-group>
<article-title>The mill of S&oslash;rvik</article-title></title-group><contrib-group><contrib>No</contrib>
</contrib-group>
<abstract><p>It was sold.</p></abstract></article-meta></front><body><sec><label>1</label><title>Sale</title><p>The
<italic>old</italic> mill [<xref ref-type="bibr">1</xref>], see <xref ref-type="fig">Fig. 1</xref>:<list><list-item>
<p>one
</p></list-item><list-item><p>two</p></list-item></list></p><sec><title>More</title><disp-formula>No</disp-formula>
<table-wrap><table><tr><td>a</td><td>b</td></tr></table></table-wrap></sec></sec></body><back><ref-list><ref>No</ref>
</ref-list></back></article>"""
TEI = """<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>The mill</title>
<author>No</author>
</titleStmt><publicationStmt><p>No.</p></publicationStmt></fileDesc></teiHeader><text><body><div><head>Sale</head>
<p>It was <pb n="2"/>sold.<note>No.</note></p><lg><l>The river came,</l><l>carrying doors.</l></lg>
<sp><speaker>ANNA.</speaker><stage>No.</stage><l>I see</l><l>the <stage>No.</stage>doors.</l></sp></div></body></text>
</TEI>"""
DOCBOOK = """<book xmlns="http://docbook.org/ns/docbook"><info><title>The mill</title><author>No</author></info>
<chapter>
<title>Sale</title><para>It <indexterm><primary>No</primary></indexterm>was sold.<footnote><para>No.</para></footnote>
</para>
<programlisting>No</programlisting><itemizedlist><listitem><para>one</para></listitem></itemizedlist></chapter>
</book>"""
FICTION = """<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>No</title-info>
</description><body><section><title><p>Sale</p></title><p>It was sold.</p></section></body><binary>Tm8=</binary>
</FictionBook>"""
FEED = """<rss version="2.0"><channel><title>News</title><link>https://no.example</link><item><title>Mill sold</title>
<pubDate>Mon, 1 Jan 2024 10:00:00 GMT and no more</pubDate>
<description>&lt;p&gt;The mill was sold for a crown &amp;amp; a
parrot.&lt;/p&gt;</description></item></channel></rss>"""
OTHER = "<letters><letter><from>Anna</from><says>The mill was sold for a crown &mdash; yes.</says></letter></letters>"
SPANS = """<page><sp>The mill was <b>sold</b> for a crown.</sp>
<sp><speaker>ANN</speaker>It <b>was</b> sold to Bob.</sp></page>"""


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        (
            JATS,
            ["The mill of Sørvik", "It was sold.", "Sale", "The old mill, see Fig. 1:", "one", "two", "More", "a | b"],
        ),
        (TEI, ["The mill", "Sale", "It was sold.", "The river came, carrying doors.", "ANNA: I see the doors."]),
        (DOCBOOK, ["The mill", "Sale", "It was sold.", "one"]),
        (FICTION, ["Sale", "It was sold."]),
        (FEED, ["News", "Mill sold", "The mill was sold for a crown & a parrot."]),
        (OTHER, ["The mill was sold for a crown — yes."]),
        (SPANS, ["The mill was sold for a crown.", "ANN: It was sold to Bob."]),
    ],
)
def test_the_prose_of_each_vocabulary(tmp_path: Path, text: str, paragraphs: list[str]) -> None:
    for name in ("a.xml", "a.data", "a.txt"):
        assert read_one(name, (DECLARATION + text).encode(), tmp_path).text.split("\n\n") == paragraphs
    assert read_one("a.xml", text.encode("utf-8-sig"), tmp_path).text.split("\n\n") == paragraphs


@pytest.mark.parametrize(
    ("paragraph", "text"),
    [
        ("About 10<sup>6</sup> came.<sup>3</sup> Then", "About 10^6 came. Then"),
        ('10<hi rend="super">6</hi> of <i>10<sup>7</sup></i>', "10^6 of 10^7"),
        (
            "every <choice><sic>nihgt</sic><corr>night</corr></choice>, <choice><abbr>Dr</abbr></choice>",
            "every night, Dr",
        ),
        ('the har<lb break="no"/>bour<lb/>was <del>sold</del><add>shut</add>', "the harbour was shut"),
    ],
)
def test_what_stands_within_a_paragraph(paragraph: str, text: str, tmp_path: Path) -> None:
    assert read_one("a.xml", f"<text><body><p>{paragraph}</p></body></text>".encode(), tmp_path).text == text


def test_remarks_are_text_and_captions_are_no_headings(tmp_path: Path) -> None:
    body = """<title>Sale</title>
        <note><title>Mind</title><para>It leaks.</para></note><fig><caption><title>The mill.</title>
        <p>In 1921.</p></caption></fig><div type="notes"><p>No.</p></div>"""
    document = read_one("a.xml", f"<book><chapter>{body}</chapter></book>".encode(), tmp_path)
    assert document.text == "Sale\n\nMind\n\nIt leaks.\n\nThe mill.\n\nIn 1921."
    assert [section.title for section in document.sections] == ["Sale"]


def test_levels_of_sections(tmp_path: Path) -> None:
    document = read_one("a.xml", JATS.encode(), tmp_path)
    levels = {section.title: section.level for section in document.sections}
    assert levels["Sale"] == levels["More"] - 1


def test_timed_text(tmp_path: Path) -> None:
    text = (
        '<tt xmlns="http://www.w3.org/ns/ttml"><head><p>no</p></head><body><div><p begin="00:00:01:12">ANN: It was'
        "<br/>sold.</p><p><span>[Music]</span></p><p>ANN: For a crown.</p><p>BOB: Oh.</p></div></body></tt>"
    )
    for name in ("a.ttml", "a.xml"):
        assert read_one(name, text.encode(), tmp_path).text == "ANN: It was sold. For a crown.\n\nBOB: Oh."


def test_xhtml_is_read_as_a_page(tmp_path: Path) -> None:
    text = f'{DECLARATION}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>The mill was sold.</p></body></html>'
    assert read_one("a.xml", text.encode(), tmp_path).text == "The mill was sold."


def test_what_holds_no_prose_is_named(tmp_path: Path) -> None:
    for root in ("gpx", "svg", "plist"):
        data = f"{DECLARATION}<{root}><name>Walk</name><n>3</n></{root}>".encode()
        message = error_of(f"a.{root}", data, tmp_path)
        assert message == f": holds no prose that can be read (it is XML, whose outermost element is <{root}>)"


def test_entities_are_neither_fetched_nor_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    external = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>One two three four five &x; six.</a>'
    assert "secret" not in read_one("a.xml", external.encode(), tmp_path).text
    levels = "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10 if i else 'boom'}'>" for i in range(20))
    bomb = f"<!DOCTYPE a [{levels}]><a>One two three four five &a19; six.</a>"
    assert all("boom" not in str(found) for found in read_bytes("a.xml", bomb.encode(), tmp_path))


@pytest.mark.parametrize(
    "text", ["<a>" * 50_000, "<a><b></a>", "<a", "<a>&x;</a>", f"<a>{'<b>x y</b> z ' * 20_000}</a>"]
)
def test_damaged_xml_is_read_or_refused(tmp_path: Path, text: str) -> None:
    assert len(read_bytes("a.xml", text.encode(), tmp_path)) == 1
