"""Which lines of a message its sender wrote: quotations, forwarded messages, signatures and notices in many forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.documents import read_one
from tests.helpers.makers import FIRST, SECOND, THIRD

CASES = Path(__file__).parent / "cases"
HEADER_BLOCKS = {
    "English": "From: Karl Lund [mailto:lund@example.org]\nSent: Monday, May 5, 2025 9:12 AM\nTo: Anna\nSubject: Roof",
    "bold": "*From:* Karl Lund <lund@example.org>\n*Sent:* Monday, May 5, 2025\n*To:* Anna Berg\n*Subject:* Roof",
    "after a line": f"{'_' * 32}\nFrom: Karl Lund\nSent: Monday\nTo: Anna\nCc: Tom\nSubject: Roof",
    "Mac": "From: Karl Lund <lund@example.org>\nDate: Monday, 5 May 2025 at 09:12\nTo: Anna Berg\nSubject: Roof",
    "German": "Von: Karl Lund <lund@example.org>\nGesendet: Montag, 5. Mai 2025 09:12\nAn: Anna Berg\nBetreff: Dach",
    "French": "De : Karl Lund <lund@example.org>\nEnvoyé : lundi 5 mai 2025 09:12\nÀ : Anna Berg\nObjet : Toit",
    "Spanish": "De: Karl Lund\nEnviado el: lunes, 5 de mayo de 2025 9:12\nPara: Anna Berg\nAsunto: Techo",
    "Italian": "Da: Karl Lund\nInviato: lunedì 5 maggio 2025 09:12\nA: Anna Berg\nOggetto: Tetto",
    "Dutch": "Van: Karl Lund\nVerzonden: maandag 5 mei 2025 09:12\nAan: Anna Berg\nOnderwerp: Dak",
    "Polish": "Od: Karl Lund\nWysłano: poniedziałek, 5 maja 2025 09:12\nDo: Anna Berg\nTemat: Dach",
    "Swedish": "Från: Karl Lund\nSkickat: den 5 maj 2025 09:12\nTill: Anna Berg\nÄmne: Tak",
    "many addresses": f"From: Karl Lund\nSent: Monday\nTo: {';'.join(['Anna Berg <anna@example.org>'] * 9)};\n"
    "Tom Hay <tom@example.org>; Eva\nSubject: Roof",
    "Original Message": "-----Original Message-----\nFrom: Karl Lund\nSent: Monday",
    "Ursprüngliche Nachricht": "-------- Ursprüngliche Nachricht --------\nVon: Karl Lund\nDatum: 05.05.25 09:12",
}
ATTRIBUTIONS = [
    "On Mon, May 5, 2025 at 9:12 AM Karl Lund <lund@example.org> wrote:",
    "On Mon, May 5, 2025 at 9:12 AM Karl Lund\n<lund@example.org> wrote:",
    "On May 5, 2025,\nat 9:12 AM,\nKarl Lund <lund@example.org>\nwrote:",
    "On 05/05/2025 09:12, Karl Lund <lund@example.org>wrote:",
    "--- On Mon, 5/5/25, Karl Lund <lund@example.org> wrote:",
    "Am 05.05.25 um 09:12 schrieb Karl Lund:",
    "Am Mo., 5. Mai 2025 um 09:12 Uhr schrieb Karl Lund <\nlund@example.org>:",
    "Le lun. 5 mai 2025 à 09:12, Karl Lund <lund@example.org> a écrit :",
    "El lun, 5 may 2025 a las 9:12, Karl Lund (<lund@example.org>) escribió:",
    "Em seg., 5 de mai. de 2025 às 09:12, Karl Lund <lund@example.org> escreveu:",
    "Il giorno lun 5 mag 2025 alle ore 09:12 Karl Lund <lund@example.org> ha scritto:",
    "Op ma 5 mei 2025 om 09:12 schreef Karl Lund <lund@example.org>:",
    "Den mån 5 maj 2025 kl 09:12 skrev Karl Lund <lund@example.org>:",
    "pon., 5 maj 2025 o 09:12 Karl Lund <lund@example.org> napisał(a):",
    "пн, 5 мая 2025 г. в 09:12, Karl Lund <lund@example.org>:",
    "2025年5月5日(月) 9:12 Karl Lund <lund@example.org>:",
    "Karl Lund <lund@example.org> wrote on 05/05/2025 09:12:00 AM:",
    "2025-05-05 9:12 GMT+02:00 Karl Lund <lund@example.org>:",
    "\u202bבתאריך 5 במאי 2025 ב-9:12 מאת \u202aKarl Lund\u202c\u200f <\u202alund@example.org\u202c\u200f>:\u202c",
]


def text_of(body: str, folder: Path, subject: str = "Re: Roof", content_type: str = "text/plain") -> str:
    header = f"From: a@example.org\nTo: b@example.org\nSubject: {subject}\nDate: Mon, 5 May 2025 10:00:00 +0000\n"
    data = f"{header}Content-Type: {content_type}; charset=utf-8\n\n{body}".encode()
    return read_one("a.eml", data, folder).text


def test_a_quotation_with_bars(tmp_path: Path) -> None:
    body = f"{FIRST}\n\nKarl Lund wrote on Monday:\n| The roof leaks.\n| > It did before.\n|\n| Karl\n\n{SECOND}\n"
    assert text_of(body, tmp_path) == f"{FIRST}\n\n{SECOND}"


def test_a_table_with_bars_is_no_quotation(tmp_path: Path) -> None:
    for table in ("| mast | nine |\n| sail | two |", "| mast |\n| sail |", "| mast"):
        text = text_of(f"{FIRST}\n\n{table}\n\n{SECOND}\n", tmp_path)
        assert "mast" in text
        assert SECOND in text


def test_what_follows_the_name_of_the_device_is_quoted(tmp_path: Path) -> None:
    for ending in ("Sent from my Wiko RIDGE FAB 4G", "Gesendet von Outlook für Android<https://aka.ms/a>"):
        assert text_of(f"{FIRST}\n\n{ending}\n\n{SECOND}\n", tmp_path) == FIRST
        assert text_of(f"{FIRST}\n\n{ending}\n\n> {SECOND}\n\n{THIRD}\n", tmp_path) == f"{FIRST}\n\n{THIRD}"
        assert text_of(f"{ending}\n\n{FIRST}\n", tmp_path) == FIRST


def test_a_rule_of_dashes_before_a_signature(tmp_path: Path) -> None:
    for rule in ("—————", "– –".replace(" ", ""), "—"):
        assert text_of(f"{FIRST}\n\n{rule}\nAnna Berg\nanna@example.org\n", tmp_path) == FIRST


def case(name: str, folder: Path) -> str:
    return read_one("a.eml", (CASES / name).read_bytes(), folder).text


@pytest.mark.parametrize("name", ["mail-outlook-reply.eml", "mail-outlook-reply-html.eml", "mail-gmail-reply-html.eml"])
def test_the_cases_of_replies(tmp_path: Path, name: str) -> None:
    assert case(name, tmp_path) == "Friday is fine. The club will pay half of the 9,000 before the work starts."


def test_the_case_of_a_far_attribution(tmp_path: Path) -> None:
    assert case("mail-attribution-far.eml", tmp_path) == "Friday is fine. The club will pay half of it."


@pytest.mark.parametrize("block", HEADER_BLOCKS.values(), ids=HEADER_BLOCKS)
def test_a_message_below_its_header_is_quoted(tmp_path: Path, block: str) -> None:
    assert text_of(f"{FIRST}\n\n{block}\n\n{SECOND}\n\nOn the roof\n", tmp_path) == FIRST


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_attribution_goes_with_the_quotation(tmp_path: Path, attribution: str) -> None:
    assert text_of(f"{FIRST}\n\n{attribution}\n\n\n\n> {SECOND}\n> more\n\n{THIRD}", tmp_path) == f"{FIRST}\n\n{THIRD}"
    assert text_of(f"{FIRST}\n{attribution}\n> {SECOND}", tmp_path) == FIRST


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_what_follows_an_attribution_without_marks_is_quoted(tmp_path: Path, attribution: str) -> None:
    assert text_of(f"{FIRST}\n\n{attribution}\n\n{SECOND}\n\n{THIRD}", tmp_path) == FIRST


@pytest.mark.parametrize(
    "text",
    [
        "On the other hand, the engineer wrote two letters in 2025.",
        "From the harbour: nothing new.\n\nTo the north: ice. Subject to change: the date.",
        "The mayor wrote:\n\nThe bridge stays open.",
        "Sent from my desk, this is shorter than it should be, and I am sorry for it.",
        "Date: 5 May\n\nPlace: the custom house.",
    ],
)
def test_the_senders_own_lines_are_kept(tmp_path: Path, text: str) -> None:
    assert text_of(f"{FIRST}\n\n{text}\n\n{SECOND}", tmp_path).split() == f"{FIRST} {text} {SECOND}".split()


def test_answers_between_quoted_lines_are_kept(tmp_path: Path) -> None:
    body = f"Anna wrote:\n> {FIRST}\n\nYes.\n\n> {SECOND}\n>> deeper\n\nNo.\n"
    assert text_of(body, tmp_path) == "Yes.\n\nNo."


def test_a_greeting_may_stand_before_the_quotation(tmp_path: Path) -> None:
    body = f"{ATTRIBUTIONS[0]}\n\nHi Karl,\n\n> {SECOND}\n\n{THIRD}\n"
    assert text_of(body, tmp_path) == f"Hi Karl,\n\n{THIRD}"


def test_the_end_of_a_quoted_line_that_was_wrapped_is_quoted(tmp_path: Path) -> None:
    body = f"{FIRST}\n\n> The engineers of the county have looked at the bridge and want it to be\nclosed.\n> Soon.\n"
    assert text_of(body, tmp_path) == FIRST


FORWARD_MARKS = [
    "---------- Forwarded message ---------",
    "-------- Weitergeleitete Nachricht --------",
    "Begin forwarded message:",
    "Début du message réexpédié :",
    "Inizio messaggio inoltrato:",
    "-------- Message transféré --------",
]


@pytest.mark.parametrize("mark", FORWARD_MARKS)
def test_a_forwarded_message_is_what_the_mail_is_about(tmp_path: Path, mark: str) -> None:
    header = "From: Karl Lund <lund@example.org>\nDate: Mon, 5 May 2025\nSubject: Roof"
    body = f"See below.\n-- \nAnna\n\n{mark}\n{header}\n\n{SECOND}"
    assert text_of(body, tmp_path) == f"See below.\n\nForwarded message: Roof\n\n{SECOND}"


def test_a_forwarded_message_that_is_marked_as_quoted_is_kept(tmp_path: Path) -> None:
    body = f"See below.\n\n> Begin forwarded message:\n>\n> From: Karl\n> Subject: Roof\n> Date: 5 May\n>\n> {SECOND}\n"
    assert text_of(body, tmp_path) == f"See below.\n\nForwarded message: Roof\n\n{SECOND}"


@pytest.mark.parametrize("subject", ["FW: Roof", "Fwd: Roof", "WG: Dach", "TR : Toit", "RV: Techo"])
def test_a_header_below_a_forwarding_subject_is_of_a_forwarded_message(tmp_path: Path, subject: str) -> None:
    text = text_of(f"Your view?\n\n{HEADER_BLOCKS['English']}\n\n{SECOND}", tmp_path, subject)
    assert text == f"Your view?\n\nForwarded message: Roof\n\n{SECOND}"


def test_older_messages_within_a_forwarded_one_are_quoted(tmp_path: Path) -> None:
    body = f"{FORWARD_MARKS[0]}\nFrom: Karl\nSubject: Roof\n\n{FIRST}\n\n{HEADER_BLOCKS['German']}\n\n{SECOND}"
    assert text_of(body, tmp_path) == f"Forwarded message: Roof\n\n{FIRST}"


def test_a_message_that_only_quotes_says_so(tmp_path: Path) -> None:
    document = read_one("a.eml", f"Subject: x\n\n{ATTRIBUTIONS[0]}\n> {FIRST}\n".encode(), tmp_path)
    assert document.text == f"Quoted message\n\n{FIRST}"
    assert [section.title for section in document.sections] == ["Quoted message"]


@pytest.mark.parametrize(
    "ending",
    [
        "Sent from my iPhone",
        "Sent from my Verizon Wireless BlackBerry",
        "Sent from Mail for Windows",
        "Get Outlook for Android<https://example.org/a>",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi Samsung Galaxy",
        "Inviato da iPhone",
        "-- \nAnna Berg\nThe boat house",
        "--\nAnna Berg",
        "—\nAnna Berg\nTreasurer",
        f"{'_' * 47}\nBoat mailing list\nBoat@lists.example.org\nhttps://lists.example.org/options/boat",
        "-- \nYou received this message because you are subscribed to the group.",
        "-----\nTo unsubscribe, write to boat-leave@example.org",
        "This e-mail and any attachments are confidential and intended for the addressee only. If you are "
        "not the intended "
        "recipient, please notify the sender and delete it.",
        "Disclaimer\n\nThe information in this message is privileged. Any disclosure or distribution by "
        "others than the "
        "recipient is prohibited; please delete it.",
        "Diese E-Mail ist vertraulich. Sollten Sie nicht der Empfänger sein, so benachrichtigen Sie bitte "
        "unverzüglich den "
        "Absender und vernichten Sie diese Nachricht.",
        "Please consider the environment before printing this e-mail.",
        "Diese E-Mail enthält vertrauliche oder rechtlich geschützte Informationen. Wenn Sie nicht der richtige "
        "Adressat sind, informieren Sie den Absender und vernichten Sie diese Mail.",
        "-------------- next part --------------\nAn HTML attachment was scrubbed...\nURL: <https://example.org/a.html>",
    ],
)
def test_endings_are_left_out(tmp_path: Path, ending: str) -> None:
    assert text_of(f"{FIRST}\n\n{ending}\n", tmp_path) == FIRST


@pytest.mark.parametrize("closing", ["Kind regards,", "Mit freundlichen Grüßen", "Cordialement,", "Thanks!"])
@pytest.mark.parametrize(
    "after", ["", f"\n\n{ATTRIBUTIONS[0]}\n> {SECOND}", f"\n\n{HEADER_BLOCKS['German']}\n\n{SECOND}"]
)
def test_titles_and_addresses_below_a_name_are_left_out(tmp_path: Path, closing: str, after: str) -> None:
    block = "Treasurer\nThe boat house | 1 Castle Street\nTel. +47 555 01 234\n\nwww.boats.example.org"
    text = text_of(f"{FIRST}\n\n{closing}\nAnna Berg\n{block}{after}\n", tmp_path)
    assert text == f"{FIRST}\n\n{closing}\n\nAnna Berg"


@pytest.mark.parametrize(
    "below", ["PS: Call me on +47 555 01 234", "Call +47 555 01 234 for the boat house's key.", "Tom"]
)
def test_what_the_sender_adds_below_a_name_is_kept(tmp_path: Path, below: str) -> None:
    assert text_of(f"{FIRST}\n\nThanks,\nAnna\n\n{below}\n", tmp_path).endswith(below)


def test_a_title_with_a_rule_below_is_no_lists_footer(tmp_path: Path) -> None:
    footer = "-----\nYou may unsubscribe at https://example.org/u"
    assert text_of(f"COAST NEWS\n==========\n\n{FIRST}\n\n{footer}\n", tmp_path) == f"COAST NEWS\n\n{FIRST}"
    assert text_of(f"{FIRST}\n\n----\n\n{SECOND}\n\n{footer}\n", tmp_path) == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(
    "banner",
    [
        "##- Please type your reply above this line -##",
        "CAUTION: This email originated from outside of the organization. Do not click links.",
        "[External email: treat links with caution]",
        "You don't often get email from lund@example.org. Learn why this is important",
    ],
)
def test_warnings_before_the_text_are_left_out(tmp_path: Path, banner: str) -> None:
    assert text_of(f"{banner}\n\n{FIRST}\n", tmp_path) == FIRST


@pytest.mark.parametrize(
    "quotation",
    [
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, May 5, 2025 Karl &lt;<a '
        'href="mailto:l@example.org">l@example.org</a>&gt; wrote:<br></div>'
        '<blockquote class="gmail_quote">QUOTED</blockquote></div>',
        '<div>On 5 May 2025, at 09:12, Karl &lt;l@example.org&gt; wrote:</div><br><blockquote type="cite">'
        "<div>QUOTED</div></blockquote>",
        '<div class="moz-cite-prefix">Am 05.05.25 um 09:12 schrieb Karl Lund:</div><blockquote type="cite" '
        'cite="mid:1">QUOTED</blockquote>',
        '<hr style="width:98%"><div id="divRplyFwdMsg"><b>From:</b> Karl<br><b>Sent:</b> Monday<br><b>To:'
        "</b> Anna<br><b>Subject:</b> Roof"
        "<div>&nbsp;</div></div><div>QUOTED</div>",
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>Von:</b> Karl</p><p><b>Gesendet:</b> '
        "Montag</p><p><b>An:</b> Anna</p>"
        "<p><b>Betreff:</b> Dach</p></div><p>QUOTED</p>",
        '<div class="yahoo_quoted"><div>On Monday, May 5, 2025 at 09:12:00 AM, Karl &lt;l@example.org&gt; '
        "wrote:</div><div>QUOTED</div></div>",
        '<div class="protonmail_quote">On Monday, 5 May 2025 at 09:12, Karl wrote:<br><blockquote '
        'type="cite">QUOTED</blockquote></div>',
        '<div>5 May 2025, 09:12 from l@example.org:<br><blockquote style="border-left: 1px solid '
        '#93A3B8">QUOTED</blockquote></div>',
        "<table><tr><td>From:</td><td>Karl</td></tr><tr><td>Sent:</td><td>Monday</td></tr><tr><td>To:</td>"
        "<td>Anna</td></tr></table><p>QUOTED</p>",
        '<div id="mail-editor-reference-message-container">QUOTED</div>',
    ],
)
def test_quotations_in_html_are_left_out(tmp_path: Path, quotation: str) -> None:
    html = f"<html><body><div>{FIRST}</div><div><br></div><div>{SECOND}</div><br>{quotation}</body></html>"
    assert text_of(html.replace("QUOTED", THIRD), tmp_path, content_type="text/html") == f"{FIRST}\n\n{SECOND}"


def test_a_plain_text_that_was_made_html(tmp_path: Path) -> None:
    html = f"<pre>{FIRST}\n\nKarl Lund wrote:\n&gt; {SECOND}\n&gt; more\n</pre>"
    assert text_of(html, tmp_path, content_type="text/html") == FIRST
    html = f"<p>{FIRST}<br><br>Karl Lund wrote:<br>&gt; {SECOND}<br>&gt; more</p>"
    assert text_of(html, tmp_path, content_type="text/html") == FIRST


def test_a_message_forwarded_in_html_is_kept(tmp_path: Path) -> None:
    html = (
        f'<div>See below.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message '
        f"---------<br>"
        f"From: <b>Karl</b> &lt;l@example.org&gt;<br>Date: Mon, May 5, 2025<br>Subject: Roof<br>To: Anna<br>"
        f"</div><p>{SECOND}</p></div>"
    )
    text = text_of(html, tmp_path, content_type="text/html")
    assert text == f"See below.\n\nForwarded message: Roof\n\n{SECOND}"


def test_signatures_and_notices_in_html_are_left_out(tmp_path: Path) -> None:
    html = (
        f'<div style="display:none;max-height:0">Preview text</div><h1>Roof</h1><p>{FIRST}</p>'
        f"<blockquote>{SECOND}</blockquote>"
        '<div class="gmail_signature">Anna Berg<br>Treasurer</div>'
        '<p><a href="x">Read more</a></p>'
        '<p>You are receiving this because you are a member. <a href="x">Unsubscribe</a></p>'
    )
    assert text_of(html, tmp_path, content_type="text/html") == f"Roof\n\n{FIRST}\n\n{SECOND}"


def test_items_stay_items_and_wrapped_lines_are_joined(tmp_path: Path) -> None:
    assert case("mail-list.eml", tmp_path).split("\n\n") == [
        "The club has to do three things before the summer:",
        "1. Lund and Sons mend the roof of the boat house.",
        "2. The treasurer asks the town for a loan of 4,500.",
        "3. The members vote on a higher fee in May.",
    ]
    body = (
        "The club has to mend the roof of the boat house before the autumn, and\nAnna asks the town for a loan.\n"
        "- the roof, which is\n  leaking\n* the door\nHi Tom,\nRegards\nAnna"
    )
    assert text_of(body, tmp_path).split("\n\n") == [
        "The club has to mend the roof of the boat house before the autumn, and Anna asks the town for a loan.",
        "- the roof, which is leaking",
        "* the door",
        "Hi Tom,",
        "Regards",
        "Anna",
    ]


def test_flowed_lines_are_joined(tmp_path: Path) -> None:
    body = "The roof \nof the boat \nhouse.\n From here.\n> Quoted \n> words.\n-- \nAnna"
    flowed = "text/plain; format=flowed"
    assert text_of(body, tmp_path, content_type=flowed) == "The roof of the boat house.\n\nFrom here."
    assert text_of("The ro \nof leaks.", tmp_path, content_type=f"{flowed}; delsp=yes") == "The roof leaks."


def test_targets_of_links_and_pictures_are_left_out(tmp_path: Path) -> None:
    offer = "See the offer<https://example.org/a?b=c> of Karl<mailto:karl@example.org>."
    body = f"{FIRST}\n\n{offer}\n[cid:image001.png@01D]\n[Image]\n"
    assert text_of(body, tmp_path) == f"{FIRST}\n\nSee the offer of Karl."


def test_the_armour_of_a_signed_message_is_left_out(tmp_path: Path) -> None:
    body = (
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{FIRST}\n\n- -- \nAnna\n-----BEGIN PGP SIGNATURE-----\n\n"
        "iQEz\n-----END PGP SIGNATURE-----\n"
    )
    assert text_of(body, tmp_path) == FIRST


def test_what_follows_thanks_in_the_middle_is_kept(tmp_path: Path) -> None:
    text = f"Thanks!\n\nAgenda for Monday\n\n- room 4\n\n- call +47 555 01 234\n\n{FIRST}"
    assert text_of(f"{text}\n", tmp_path) == text
    assert text_of(f"Thanks!\n\nAgenda\n\nTel. +47 555 01 234\n\n{FIRST}\n", tmp_path).endswith(f"234\n\n{FIRST}")
