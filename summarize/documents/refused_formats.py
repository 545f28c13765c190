"""Files that hold no text to summarise, by their first bytes: what they are, and what to do."""

from __future__ import annotations

import re

_OCR = "run OCR first, as with ocrmypdf"
_TRANSCRIBE = "transcribe it first"
_UNPACK = "unpack it first"
_MAGIC: tuple[tuple[bytes, str, str], ...] = (  # a pattern of the first bytes, what the file is, what to do
    (rb"\xff\xd8\xff", "a JPEG picture", _OCR),
    (rb"\x89PNG\r\n", "a PNG picture", _OCR),
    (rb"GIF8[79]a", "a GIF picture", _OCR),
    (rb"II\*\0|MM\0\*", "a TIFF picture", _OCR),
    (rb"BM....\0\0\0\0", "a BMP picture", _OCR),
    (rb"RIFF....WEBP", "a WebP picture", _OCR),
    (rb"....ftyp(?:heic|heix|mif1|avif)", "a HEIF picture", _OCR),
    (rb"\0\0\0\x0cjP  ", "a JPEG 2000 picture", _OCR),
    (rb"\0\0\x01\0[\x01-\x20]\0", "an icon", _OCR),
    (rb"8BPS\0", "a Photoshop picture", _OCR),
    (rb"RIFF....WAVE", "a WAV recording", _TRANSCRIBE),
    (rb"RIFF....AVI ", "an AVI video", _TRANSCRIBE),
    (rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2]", "an MP3 recording", _TRANSCRIBE),
    (rb"FORM....AIF[FC]", "an AIFF recording", _TRANSCRIBE),
    (rb"#!AMR", "an AMR recording", _TRANSCRIBE),
    (rb"MThd\0\0\0\x06", "a MIDI file", "it holds no words"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media recording", _TRANSCRIBE),
    (rb"FLV\x01", "a Flash video", _TRANSCRIBE),
    (rb"....ftypM4A", "an M4A recording", _TRANSCRIBE),
    (rb"....ftyp", "an MP4 video", _TRANSCRIBE),
    (rb"OggS\0", "an Ogg recording", _TRANSCRIBE),
    (rb"fLaC\0", "a FLAC recording", _TRANSCRIBE),
    (rb"\x1a\x45\xdf\xa3", "a Matroska or WebM video", _TRANSCRIBE),
    (rb"AT&TFORM", "a DjVu document", "convert it to PDF and run OCR"),
    (rb".{60}(?:BOOKMOBI|TEXtREAd)", "a Kindle or Mobipocket book", "convert it to EPUB, as with Calibre"),
    (rb"TPZ|\xeaDRMION", "a Kindle book", "convert it to EPUB, as with Calibre"),
    (rb"ITSF", "a compiled help file (CHM)", "convert it to EPUB or HTML"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript file", "convert it to PDF, as with ps2pdf"),
    (rb"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (rb"BZh[1-9]1AY&SY", "compressed with bzip2", _UNPACK),
    (rb".{257}ustar", "a tar archive", _UNPACK),
    (rb"SQLite format 3\0", "an SQLite database", "export its texts as CSV or JSON"),
    (rb"\xffWPC", "a WordPerfect document", "save it as DOCX or PDF"),
    (rb"\xdb\xa5-\0|1\xbe\0\0", "a Word document of before 1997", "save it as DOCX or PDF"),
    (rb"OTTO\0|wOF[F2]|\0\x01\0\0\0[\x04-\x20]", "a font", "it holds no text"),
    (rb"\x7fELF|MZ[\x00-\x08\x80-\xff]|\xca\xfe\xba\xbe", "a program", "give its documentation instead"),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), name, advice) for pattern, name, advice in _MAGIC)


def refusal(head: bytes) -> str | None:
    """Why a file with these first bytes cannot be read, and what to do; None if it may be."""
    for pattern, name, advice in _PATTERNS:
        if pattern.match(head):
            return f"is {name}; {advice}"
    return None
