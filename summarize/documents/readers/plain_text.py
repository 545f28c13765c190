"""Plain text: prose, a play, or a chat or transcript; without notices around it, and with divided words joined."""

from __future__ import annotations

import re

from summarize.documents.characters import clean
from summarize.documents.document import Extracted, ReadOptions
from summarize.documents.encodings import decode
from summarize.documents.hyphenation import join_divided_words
from summarize.documents.readers.chats import read_chat
from summarize.documents.readers.drama import read_drama
from summarize.documents.readers.gutenberg import without_notices
from summarize.documents.readers.subtitles import read_timed_lines

_SOUND = re.compile(r"[ ]?\[(?:music|applause|laughter|laughs|cheering|inaudible|crosstalk| __ )\][ ]?", re.IGNORECASE)


def read_text(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """A plain text; chats, transcripts and plays by their turns."""
    text = re.sub(r"\r\n?", "\n", decode(data, source))
    if conversation := read_chat(text) or read_timed_lines(text):
        return conversation
    text = prose(_SOUND.sub(" ", text))
    return read_drama(text) or Extracted(text)


def prose(text: str) -> str:
    """Running text, without Project Gutenberg's notices, with the words joined that line ends divide."""
    return join_divided_words(without_notices(clean(text)))
