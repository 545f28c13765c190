"""Chats and transcripts: messages with their speakers, without times and notices; other texts stay as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from summarize.text.conversation import find_turns
from tests.helpers.documents import read_bytes, read_one, texts_of

CASES = Path(__file__).parent / "cases"
ANNA, TOM = "The roof leaks again.", "I will ask the town, as they helped before."
BOTH = f"Anna Berg: {ANNA}\n\nTom Hay: {TOM}"

EXPORTS = {
    "WhatsApp, day first": "12/05/2024, 10:31 - Messages are end-to-end encrypted.\n"
    f"12/05/2024, 10:31 - Anna Berg: {ANNA}\n"
    f"12/05/2024, 10:32 - Tom Hay: <Media omitted>\n12/05/2024, 10:32 - Tom Hay: {TOM}\n12/05/2024, 10:33 - Lee left",
    "WhatsApp, month first": f"5/12/24, 9:05\u202fAM - Anna Berg: {ANNA}\n5/12/24, 12:07\u202fPM - Tom Hay: {TOM}",
    "WhatsApp, German": f"12.05.24, 10:31 - Anna Berg: {ANNA}\n12.05.24, 10:32 - Tom Hay: <Medien ausgeschlossen>\n"
    f"12.05.24, 10:32 - Tom Hay: {TOM}",
    "WhatsApp, year first": f"2024-05-12, 10:31 a.m. - Anna Berg: {ANNA}\n2024-05-12, 10:32 p.m. - Tom Hay: {TOM}",
    "WhatsApp, iOS": f"\u200e[12/05/2024, 10:31:02] Club: \u200eMessages and calls are end-to-end encrypted.\n"
    f"[12/05/2024, 10:31:45] Anna Berg: {ANNA} \u200e<This message was edited>\n"
    f"\u200e[12/05/2024, 10:32:01] Tom Hay: \u200eimage omitted\n[12/05/2024, 10:32:45] ~ Tom Hay: {TOM}",
    "WhatsApp, iOS with AM": f"[5/12/24, 9:31:45\u202fAM] Anna Berg: {ANNA}\n[5/12/24, 9:32:45\u202fAM] Tom Hay: {TOM}",
    "WhatsApp, iOS without marks": f"[12/05/24 10:31] Anna Berg: {ANNA}\n[12/05/24 10:31] You were added\n"
    f"[12/05/24 10:32] Tom Hay: {TOM}",
    "Telegram, copied": f"Anna Berg, [12.05.2024 10:31]\n{ANNA}\n\nTom Hay, [12.05.2024 10:32]\n{TOM}\n",
    "Discord": "=====\nGuild: Boats\nChannel: general\n=====\n\n"
    f"[05/12/2024 10:31 AM] Anna Berg\n{ANNA}\n\n{{Attachments}}\nhttps://cdn.example/a.png\n\n"
    f"[05/12/2024 10:32 AM] Tom Hay (pinned)\n{TOM}\n\n{{Reactions}}\n👍 (2)\n\n=====\nExported 2 message(s)\n=====\n",
    "Zoom": f"10:31:45 From Anna Berg to Everyone:\n\t{ANNA}\n"
    f"10:32:11 From Tom Hay to Anna Berg(Direct Message):\n\t{TOM}\n",
    "Teams, copied": f"[10:31 AM] Anna Berg\n{ANNA}\n\n[10:32 AM] Tom Hay\n{TOM}\n\n[10:33 AM] Anna Berg\n👍\n",
    "Discord, copied": f"Anna Berg — Today at 10:31 AM\n{ANNA}\nTom Hay — 05/12/2024 10:32 AM\n{TOM}\n"
    "Anna Berg — Today at 10:33 AM\n👍\n",
    "WhatsApp, deleted": f"12-05-2025 10:31 - Anna Berg: {ANNA}\n"
    "12-05-2025 10:32 - Tom Hay: Dit bericht is verwijderd\n"
    f"12-05-2025 10:32 - Anna Berg: Du hast diese Nachricht gelöscht\n12-05-2025 10:33 - Tom Hay: {TOM}\n",
    "WhatsApp, iOS in German": f"[12.05.24, 10:31:02] Anna Berg: {ANNA} \u200e<Diese Nachricht wurde bearbeitet.>\n"
    f"[12.05.24, 10:32:02] Tom Hay: {TOM}",
    "Telegram, copied with marks": f"Anna Berg, [12.05.2024 10:31]\n[ Photo ]\n{ANNA}\n\n"
    f"Tom Hay, [12.05.2024 10:32]\n[In reply to Anna Berg]\n[Forwarded from Club]\n{TOM}\n",
    "copied from a telephone": f"{'-' * 40}\n2024-05-12 10:31:00 from Anna Berg (+4755501234) - Read\n\n{ANNA}\n"
    f"{'-' * 40}\n2024-05-12 10:32:00 from Tom Hay - Delivered\n\n{TOM}\n",
    "copied from a telephone, with dashes": f"{'-' * 40}\n"
    f"May 12, 2024 10:31:00 AM - Anna Berg (+4755501234)\n{'-' * 40}\n"
    f"{ANNA}\n\n{'-' * 40}\nMay 12, 2024 10:32:00 AM - Tom Hay\n{'-' * 40}\n{TOM}\n",
    "Slack, copied": f"Anna Berg\n  10:31 AM\n{ANNA}\n:thumbsup:\n2\nTom Hay\n  10:32 AM\n{TOM}\n"
    "2 replies\nLast reply today at 10:40 AM\nAnna Berg\n  10:33 AM\n:smile:\n",
    "Zoom, replies": f"10:31:45\t From Anna Berg to Everyone:\n\t{ANNA}\n"
    f'10:32:11\t From Tom Hay to Everyone:\n\tReplying to "The roof leaks"\n\t\n\t{TOM}\n'
    '10:33:11\t From Anna Berg to Everyone:\n\tReacted to "I will ask" with 👍\n',
    "Signal, sigtop": f"From: Anna Berg (+4755501234)\nType: incoming\nSent: Sun, 12 May 2024 10:31:00 +0200\n"
    f"Received: Sun, 12 May 2024 10:31:03 +0200\n\n{ANNA}\n\n"
    f"From: Tom Hay\nType: outgoing\nSent: Sun, 12 May 2024 10:32:00 +0200\n\n{TOM}\n",
    "Messages": f"May 12, 2024  9:31:00 AM (Read by you after 5 seconds)\nAnna Berg\n{ANNA}\n\n"
    f"May 12, 2024 10:32:00 AM\nTom Hay\n{TOM}\nTapbacks:\nLiked by Anna Berg\n\n",
    "WhatsApp, Italian": f"12/05/24, 10:31 - Anna Berg: {ANNA} <Messaggio modificato>\n"
    f"12/05/24, 10:32 - Tom Hay: {TOM}",
    "LINE": "[LINE] Chat history with Club\nSaved on: 2024/05/12 12:00\n\n2024/05/12(Sun)\n"
    f"10:31\tAnna Berg\t{ANNA}\n10:31\tTom Hay\t[Photo]\n10:32\tTom Hay\t{TOM}\n10:33\tAnna Berg\t☎ Missed call\n",
    "Skype": f"[5/12/2024 10:31:01 AM | Edited 10:36:00 AM] Anna Berg: {ANNA}\n"
    f"[5/12/2024 10:32:10 AM] Tom Hay: {TOM}\n",
    "Slack, in the browser": f"Anna Berg  10:31 AM\n{ANNA} (edited)\n:eyes: 3\n\nTom Hay  10:32 AM\n"
    f"uploaded a file: roof.pdf\n{TOM}\n\nAnna Berg  10:33 AM\n:+1:\n",
    "Teams, of another day": f"Anna Berg\nMonday 10:31 AM\n{ANNA}\nTom Hay\nMonday 10:32 AM\n{TOM}\n"
    "Anna Berg\nTuesday 10:31 AM\n👍\n",
    "Google Chat, copied": f"Anna Berg, Mon 10:31 AM, Edited\n{ANNA}\n\nTom Hay, 10:32 AM\n{TOM}\n\n"
    "Anna Berg, 10:33 AM\n👍\n",
    "Discord, copied in lines": f"Anna Berg\n — \n05/12/2024 10:31 PM\n{ANNA}\n"
    f"Tom Hay\n — \nYesterday at 10:32 PM\n{TOM}\nAnna Berg\n — \n10:33 PM\n👍\n",
    "Zoom, old": f"10:31:45\t From Anna Berg : {ANNA}\n10:32:11\t From Tom Hay : {TOM}\n",
}


@pytest.mark.parametrize("name", EXPORTS)
def test_the_messages_of_an_export(tmp_path: Path, name: str) -> None:
    assert read_one("a.txt", EXPORTS[name].encode(), tmp_path).text == BOTH
    assert read_one("a.txt", EXPORTS[name].replace("\n", "\r\n").encode(), tmp_path).text == BOTH


TRANSCRIPTS = {
    "Otter": f"Roof meeting\n\nAnna Berg  0:02  \n{ANNA}\n\nTom Hay  0:14\n{TOM}\n\nAnna Berg  0:24\nThanks.\n"
    "Transcribed by https://otter.ai",
    "Teams": f"Anna Berg   0:02\n{ANNA}\n\nTom Hay   0:10\nI will ask the town,\n\n"
    "Tom Hay   0:14\nas they helped before.\n\nAnna Berg   0:24\nThanks.",
    "Teams, with its frame": "Roof meeting-20240512-Meeting Recording\nMay 12, 2024, 8:32AM\n31m 5s\n\n"
    f"Anna Berg started transcription\n\nAnna Berg   0:02\n{ANNA}\n\nTom Hay   0:10\n{TOM}\n\n"
    "Anna Berg   0:24\nThanks.\n\nAnna Berg stopped transcription\n",
    "Meet": f"00:00:02 Anna Berg: {ANNA}\n00:00:03 Tom Hay: {TOM}\n00:00:08 Anna Berg: Thanks. [crosstalk 00:00:09]\n"
    "Meeting ended after 00:07:30 👋\n",
    "Trint": f"Anna Berg: [00:00:02] {ANNA}\n\n"
    "Tom Hay: [00:00:04] I will ask the town, [00:00:06] as they helped before.\n\n"
    "Anna Berg: [00:00:09] Thanks.\n",
    "no blank lines": f"Anna Berg\n00:03\n{ANNA}\nTom Hay\n00:09\n{TOM}\nAnna Berg\n00:14\nThanks.\n",
    "Rev": f"Anna Berg (00:02):\n{ANNA}\n\nTom Hay (00:14):\n{TOM}\n\nAnna Berg (00:24):\nThanks.",
    "times in front": f"[00:02] Anna Berg: {ANNA}\n[00:14] Tom Hay: {TOM}\n[00:24] Anna Berg: Thanks.",
    "Zoom captions": f"[Anna Berg] 10:31:45\n{ANNA}\n\n[Tom Hay] 10:32:01\n{TOM}\n\n[Anna Berg] 10:33:01\nThanks.",
    "time below the name": f"Anna Berg\n0:03\n{ANNA}\n\nTom Hay\n0:10\n{TOM}\n\nAnna Berg\n0:15\nThanks.",
    "time before the name": f"00:00:03 Anna Berg\n{ANNA}\n\n00:00:10 Tom Hay\n{TOM}\n\n00:00:15 Anna Berg\nThanks.",
    "time in words": f"Anna Berg 0 minutes 3 seconds\n{ANNA}\nTom Hay 10 seconds\n{TOM}\n"
    "Anna Berg 1 minute 15 seconds\nThanks.",
    "time in angle brackets": f"<00:00:03> Anna Berg: {ANNA}\n<00:00:10> Tom Hay: {TOM}\n<00:00:15> Anna Berg: Thanks.",
    "names in bold": f"**Anna Berg** (00:03): {ANNA}\n**Tom Hay** (00:10): {TOM}\n**Anna Berg** (00:15): Thanks.",
    "captions below a title": "Roof meeting\n\n1\n00:00:01,000 --> 00:00:03,000\n"
    f"Anna Berg: {ANNA}\n\n2\n00:00:04,000 --> 00:00:05,000\nTom Hay: {TOM}\n\n"
    "3\n00:00:06,000 --> 00:00:07,000\nAnna Berg: Thanks.\n",
    "Google Meet": f"Roof meeting - Transcript\n00:00:00\n \nAnna Berg: {ANNA}\nTom Hay: {TOM}\n00:05:00\n"
    "Anna Berg: Thanks.\nThis editable transcript was computer generated and might contain errors.",
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_turns_of_a_transcript(tmp_path: Path, name: str) -> None:
    assert read_one("a.txt", TRANSCRIPTS[name].encode(), tmp_path).text == f"{BOTH}\n\nAnna Berg: Thanks."


def test_the_lines_of_a_message_stay_together(tmp_path: Path) -> None:
    first, second = "Anna: The roof\nleaks: again\n\nand again.", "Tom: At 10:30 - or later?"
    data = f"12/05/2024, 10:31 - {first}\n12/05/2024, 10:32 - {second}"
    text = read_one("a.txt", data.encode(), tmp_path).text
    assert text == "Anna: The roof leaks: again and again.\n\nTom: At 10:30 - or later?"


def test_a_case_of_whatsapp(tmp_path: Path) -> None:
    name = "whatsapp-android.txt"
    text = read_one(name, (CASES / name).read_bytes(), tmp_path).text
    assert text.startswith(
        "Anna Berg: Hi all, the boat house roof leaks again, right over the two new kayaks\n\nTom Hay: oh"
    )
    assert "+47 555 01 234: That is too much for us. Can the town help?" in text
    assert not any(words in text for words in ("12/05/2024", "encrypted", "deleted", "omitted", "👍"))
    assert len(find_turns(text)) == 6


def test_who_joins_and_leaves_irc_is_left_out(tmp_path: Path) -> None:
    data = f"[10:31] <anna> {ANNA}\n[10:31] *** lee has joined #boats\n[10:32] <@tom> {TOM}\n[10:33] <anna> thanks"
    assert read_one("a.log", data.encode(), tmp_path).text == f"anna: {ANNA}\n\ntom: {TOM}\n\nanna: thanks"


def test_what_somebody_does_on_irc_is_kept(tmp_path: Path) -> None:
    log = "10:31 <anna> the roof leaks\n10:32  * tom sighs loudly\n10:33 * kim has joined #club\n10:34 <tom> again?\n"
    assert read_one("a.log", log.encode(), tmp_path).text == "anna: the roof leaks\n\ntom: sighs loudly\n\ntom: again?"


def test_a_dialogue_copied_from_chatgpt(tmp_path: Path) -> None:
    copy = "You said:\nWho pays?\nChatGPT said:\nThe town does.\n\nIt said so.\n"
    copy += "You said:\nAll of it?\nChatGPT said:\nHalf.\n"
    turns = ["You: Who pays?", "ChatGPT: The town does. It said so.", "You: All of it?", "ChatGPT: Half."]
    assert read_one("a.txt", copy.encode(), tmp_path).text == "\n\n".join(turns)


def test_what_the_owner_of_a_telephone_wrote(tmp_path: Path) -> None:
    log = f"2024-05-12 10:31:00 from Anna Berg\n{ANNA}\n\n2024-05-12 10:32:00 to Anna Berg\n{TOM}\n"
    assert read_one("a.txt", log.encode(), tmp_path).text == f"Anna Berg: {ANNA}\n\nMe: {TOM}"


def test_names_on_lines_of_their_own(tmp_path: Path) -> None:
    head = "Meeting of the club\n\nThe hall, in May"
    for anna, tom in (("Anna Berg", "Tom Hay"), ("BERG", "DR. O'NEIL-HAY"), ("Speaker 1", "Speaker 2")):
        turns = [f"{anna}:\n{ANNA}", f"{tom}:\n{TOM}", f"{anna}:\nGood. And\nthe kayaks?", f"{tom}:\nNext week."]
        assert read_one("a.txt", "\n\n".join([head, *turns]).encode(), tmp_path).text == (
            f"{head}\n\n{anna}: {ANNA}\n\n{tom}: {TOM}\n\n{anna}: Good. And the kayaks?\n\n{tom}: Next week."
        )


def test_captions_that_end_with_a_name_are_not_turns(tmp_path: Path) -> None:
    copy = "0:00\nso we asked everybody in the town and also\n0:04\nTom Hay\n0:06\nwho did not know\n0:09\nany of it\n"
    text = read_one("a.txt", copy.encode(), tmp_path).text
    assert text == "so we asked everybody in the town and also Tom Hay who did not know any of it"


def test_a_reply_of_a_number_is_kept(tmp_path: Path) -> None:
    log = "12/05/2024, 10:31 - Anna: How many?\n12/05/2024, 10:32 - Tom: 2\n12/05/2024, 10:33 - Tom: Delete the message"
    assert read_one("a.txt", log.encode(), tmp_path).text == "Anna: How many?\n\nTom: 2\n\nTom: Delete the message"


def test_facebooks_messages_are_in_order_and_in_their_characters(tmp_path: Path) -> None:
    messages = [
        {"sender_name": "Zo\u00c3\u00ab", "timestamp_ms": 2, "content": "Then at the caf\u00c3\u00a9"},
        {"sender_name": "Tom", "timestamp_ms": 1, "content": "Where do we meet?"},
    ]
    data = json.dumps({"participants": [], "messages": messages}).encode()
    assert read_one("a.json", data, tmp_path).text == "Tom: Where do we meet?\n\nZoë: Then at the café"


def test_times_of_copied_captions_are_left_out(tmp_path: Path) -> None:
    on_lines = b"0:00\nso welcome back\n0:03\n[Music]\n0:05\ntoday we talk about roofs\n"
    in_front = b"Intro\n[00:00] so welcome back\n[00:03] [Music]\n[00:05] today we talk about roofs\n"
    for data in (on_lines, in_front):
        assert read_one("a.txt", data, tmp_path).text == "so welcome back today we talk about roofs"


@pytest.mark.parametrize(
    "text",
    [
        "[12/05/2024 10:31:45] ERROR: disk is full\n[12/05/2024 10:31:46] INFO: started it",
        "2024-05-12 10:31:45,123 - app.main - INFO - started\n2024-05-12 10:31:46,123 - app.db - ERROR - lost: it",
        "Programme\nBreakfast 8:00\nOpening talk 9:00\nCoffee 10:30\nLunch 12:00\nThe bus leaves after lunch.",
        "10:00 Coffee Break\n11:00 Opening Talk\n15:00 Coffee Break\n16:00 Closing Talk",
        "8:00 Breakfast\n9:00 Opening talk\n10:30 Coffee\n12:00 Lunch",
        "Ann: hi there\nBob: hello to you\nAnn: how are you?",
        "The talks were held on 12/05/2024, 10:31 - an hour late: nobody came.\nThey were held again.",
        "Pie\n\nIngredients:\n- flour\n- eggs\n\nMethod:\nMix.\n\nTo Serve:\nWarm.\n\nServings:\nfour",
        "\n\n".join(["Anna Berg:\nThe mill was sold to the town."] * 6),
        "\n\n".join(f"{day}:\nThe mill was open." for day in ("Monday", "On Tuesday", "Sunday")) * 3,
        "Anna:\nTom: The mill was sold.\nLee:\nAnna:\nTom:\nLee: It was old.\nAnna:\nTom: Yes.",
        "\n\n".join(f"Dear {name}:\nThe mill was sold." for name in ("Joe", "Joe", "Editor", "Editor")),
        "Results:\nAnna Berg 1:02\nTom Hay 1:04\nKim Dahl 1:09",
    ],
)
def test_other_texts_stay_as_they_are(tmp_path: Path, text: str) -> None:
    assert read_one("a.txt", text.encode(), tmp_path).text == text


TELEGRAM = {
    "name": "Boats", "type": "private_group", "messages": [
        {"id": 1, "type": "service", "actor": "Anna Berg", "action": "create_group", "text": ""},
        {"type": "message", "from": "Anna Berg", "text": ["The roof ", {"type": "bold", "text": "leaks"}, " again."]},
        {"id": 3, "type": "message", "from": "Tom Hay", "photo": "photo.jpg", "text": ""},
        {"id": 4, "type": "message", "from": "Tom Hay", "text": TOM},
    ],
}  # fmt: skip
SLACK = [
    {"type": "message", "subtype": "channel_join", "user": "U1", "text": "<@U1> joined", "ts": "1715509900.000100"},
    {
        "type": "message",
        "user": "U1",
        "ts": "1715509901.000100",
        "text": ANNA,
        "user_profile": {"real_name": "Anna Berg"},
    },
    {"type": "message", "user": "U2", "ts": "1715509902.1", "text": TOM, "user_profile": {"real_name": "Tom Hay"}},
]
DISCORD = {
    "guild": {"name": "Boats"}, "channel": {"name": "general"}, "messages": [
        {"type": "GuildMemberJoin", "content": "Joined the server.", "author": {"id": "9", "name": "lee"}},
        {"type": "Default", "content": ANNA, "author": {"id": "8", "name": "anna_b", "nickname": "Anna Berg"}},
        {"type": "Reply", "content": TOM, "author": {"id": "7", "name": "tom", "nickname": "Tom Hay"}},
    ],
}  # fmt: skip
FACEBOOK = {
    "participants": [{"name": "Anna Berg"}],
    "messages": [{"sender_name": "Anna Berg", "content": ANNA}, {"sender_name": "Tom Hay", "content": TOM}],
}
GOOGLE = {"messages": [{"creator": {"name": "Anna Berg"}, "text": ANNA}, {"creator": {"name": "Tom Hay"}, "text": TOM}]}
MODEL = {"messages": [
    {"role": "system", "content": "You are brief."}, {"role": "Anna Berg", "content": ANNA},
    {"role": "Tom Hay", "content": [{"type": "text", "text": TOM}]},
]}  # fmt: skip


CHATGPT = [{"title": "Roof", "mapping": {
    "a": {"message": None},
    "b": {"message": {"author": {"role": "Anna Berg"}, "content": {"content_type": "text", "parts": [ANNA]}}},
    "c": {"message": {"author": {"role": "Tom Hay"}, "content": {"content_type": "text", "parts": [TOM]}}},
}}]  # fmt: skip
ALL = [TELEGRAM, SLACK, DISCORD, FACEBOOK, GOOGLE, MODEL, CHATGPT, {"chats": {"list": [TELEGRAM]}}]


@pytest.mark.parametrize("chat", ALL)
@pytest.mark.parametrize("indent", [None, 1])
def test_the_messages_of_exported_json(tmp_path: Path, chat: Any, indent: int | None) -> None:
    data = json.dumps(chat, indent=indent, ensure_ascii=False).encode()
    assert read_one("result.json", data, tmp_path).text == BOTH


def test_the_page_of_an_exported_chat(tmp_path: Path) -> None:
    name = '<div class="from_name">\n{}</div>'
    page = '<div class="message {}"><div class="body"><div class="date" title="12.05.2024">10:31</div>{}{}</div></div>'
    messages = (
        '<div class="message service"><div class="body details">12 May 2024</div></div>',
        page.format("default clearfix", name.format("Anna Berg"), '<div class="text">The roof<br>leaks.</div>'),
        page.format("default clearfix joined", "", '<div class="text">Over the <a href="x">kayaks</a>.</div>'),
        page.format("default clearfix", name.format("Tom Hay"), '<div class="media_wrap">Photo</div>'),
        page.format("default clearfix", name.format("Tom Hay"), f'<div class="text">{TOM}</div>'),
    )
    data = (
        '<!DOCTYPE html><html><head><title>Exported Data</title></head><body><div class="page_wrap"><div>'
        f"{''.join(messages)}</div></div></body></html>"
    )
    text = read_one("messages.html", data.encode(), tmp_path).text
    assert text == f"Anna Berg: The roof leaks.\n\nAnna Berg: Over the kayaks.\n\nTom Hay: {TOM}"


def test_each_of_several_chats_is_a_section(tmp_path: Path) -> None:
    chats = {"chats": {"list": [TELEGRAM, TELEGRAM | {"name": "Roof"}]}}
    document = read_one("result.json", json.dumps(chats).encode(), tmp_path)
    assert [section.title for section in document.sections] == ["Boats", "Roof"]


def test_mentions_and_links_become_words(tmp_path: Path) -> None:
    text = (
        "<@U2> and <@U3|lee>: *see* <https://a.example|the quote> &amp; <https://b.example>, "
        "<!here> in <#C1|roofs> :eyes:"
    )
    slack = [SLACK[1] | {"text": text}, SLACK[2]]
    shown = read_one("a.json", json.dumps(slack).encode(), tmp_path).text
    assert shown.startswith("Anna Berg: @Tom Hay and @lee: see the quote & https://b.example, @here in #roofs\n")
    tom = {"id": "7", "name": "tom"}
    ask = {"author": {"id": "1", "name": "anna"}, "content": "Ask <@7> <:sad:12>", "mentions": [tom]}
    assert read_one("a.json", json.dumps({"messages": [ask] * 2}).encode(), tmp_path).text.startswith(
        "anna: Ask @tom\n"
    )


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (
            [{"type": "message", "text": "One row."}, {"type": "message", "text": "Two rows."}],
            ["One row.", "Two rows."],
        ),
        ({"text": "One object.", "messages": 3}, ["One object."]),
        ({"text": "One object.", "messages": [{"from": "a", "text": "b"}]}, ["One object."]),
        ([{"text": "A row.", "ts": "1715509901.000100"}], ["A row."]),
        ([{"messages": [{"role": "user", "content": "Hi there."}]}], ["User: Hi there."]),
    ],
)
def test_other_json_is_rows(tmp_path: Path, value: Any, texts: list[str]) -> None:
    assert texts_of(read_bytes("a.json", json.dumps(value).encode(), tmp_path)) == texts


def test_json_that_is_damaged_is_an_error_with_its_line(tmp_path: Path) -> None:
    (error,) = read_bytes("a.json", b'{"messages": [\n{"from": "a",,}]}', tmp_path)
    assert "line 2: is not JSON" in str(error)
