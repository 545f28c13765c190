"""Subtitles: the words spoken, without times, numbers, styles and sounds."""

from __future__ import annotations

import html
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from summarize.documents.document import Extracted, ReadOptions
from summarize.documents.encodings import decode
from summarize.documents.readers.turns import FOOTER, LABEL, LAPSE_ALONE, SOUND_IN_TEXT, Turns, labelled_speakers

PAUSE_MS = 1000  # between two captions of speech without full stops: a paragraph ends
_MIN_STOPS_PER_WORD = 1 / 60  # speech with fewer is without full stops
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>\n]+)>")
_VOICE_WITHIN = re.compile(r"(?<=[^\n])[ \t]{0,9}<v(?=[. \t])")  # another speaks in the same line
_NAMED_CUE = re.compile(r'\d{1,6} "([^"<>\n]{1,80})"(?: \(\d*\))?$')  # a caption's identifier, as Webex writes it
_VOICE_MARK = re.compile(r"\x02(.+?)\x03\s*")  # what takes the place of a voice's tag while a library removes tags
_TAG = re.compile(r"<[^<>\n]*>")
_TIMING = re.compile(r"\d[ \t]*-->[ \t]*\d")
_NOT_SPOKEN = ("NOTE", "STYLE", "REGION")
_TIME_FIRST = re.compile(
    r"[\[(]?((?:\d{1,2}:)?\d{1,2}:\d{2}(?:\.\d{1,3})?)(?![\d:.])(?:[ \t]*(?:-->|-|–)[ \t]*[\d:.]+)?[\])]?(?:\s+|$)"
)
_FOOTER = re.compile(FOOTER, re.IGNORECASE)
_DRAWING = re.compile(r"\\p[1-9]")  # the library's own test takes quadratic time and memory
_SRT_TIMING = re.compile(r"\d{1,2}:\d\d:\d\d[.,]\d{1,3}[ \t]*-->[ \t]*\d{1,2}:\d\d:\d\d[.,]\d{1,3}")
_SBV_TIMING = re.compile(r"^(\d+:\d\d:\d\d\.\d{3}),(\d+:\d\d:\d\d\.\d{3})[ \t]*$", re.MULTILINE)
_SOUND = re.compile(r"\[[^\[\]\n]*\](?!:)|^\([^()\n]*\)$|^（[^（）\n]*）|^\*[^*\n]+\*$|[♪♫♩♬#]+(?=\s|$)|(?<!\S)[♪♫♩♬]+")
_SOUND_BEFORE_SPEECH = re.compile(  # "(door slams) Who is there?", "- (sighs) No.", "TOM: (whispers) Come."
    r"(?:^|(?<=^[-–—])|(?<=^[-–—] )|(?<=: ))\((?:[^()\s\d]{1,20} ){0,3}[^()\s\d]{1,20}\)(?=\s+[^\w\s]?[^\W\d_a-zà-ÿ])"
)
_DASH = re.compile(r"[-–—](?:[ \t]+|(?=[^\W\d]|[\"'“‘¿¡]))")
_SECOND_DASH = re.compile(r"(?<=[.?!…]) (?=[-–—] ?[A-Z\"'“‘¿¡])")  # "- No. - Yes."
_CREDITS = re.compile(
    r"(?:subtitles?|subtitled|captions?|captioned|captioning|sync(?:ed)?|synchronized|translated|translation|corrections?)"
    r"(?: (?:and|&) \w+)? by\b|(?:https?://|www\.)\S+$",
    re.IGNORECASE,
)
_CHANGE = re.compile(r"(?:>|&gt;){2,3}[ \t]*")  # ">>": another speaks
_BRACKETED_NAME = re.compile(r"\[([^\[\]\n]{1,40})\]:[ \t]*")
_BRACKETED_LABEL = re.compile(  # "[KIM] Who is there?"
    r"^((?:[-–—>]{1,3} ?)?)\[([A-Z][\w.'’-]{0,20}(?: [A-Z][\w.'’-]{0,20}){0,2}(?: \d{1,2})?)\](?:[ \t]+|\r?\n)"
    r"(?=[^\s\[(♪-])",
    re.MULTILINE,
)
_SOUND_WORD = re.compile(
    r"(?:music|song|applause|silence|noise|laughter|foreign|speak|sing|inaudible|unintelligible|crosstalk|beep|buzz|bell"
    r"|phone|door|crowd|audience|theme|sound|all|both|end|pause|static|siren|whistle|gunshot|thunder|wind|rain)\b"
    r"|.*ing\b|(?:laugh|applau|cheer|sigh|cough|chuckl|gasp|groan|scream|whisper|shout|cr(?:y|ies)|sob|yell|giggl|grunt)"
    r"|\w+ .*s$",
    re.IGNORECASE,
)


@dataclass
class _Caption:
    """What one caption shows: its lines, its times in milliseconds, and the speaker that the file names."""

    lines: list[str]
    start: int = 0
    end: int = 0
    speaker: str | None = field(default=None)


def read_srt(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The captions of a SubRip file."""
    return _turns(list(_captions(decode(data, source), "srt")))


def read_vtt(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The captions of a WebVTT file, each turn with the name of its speaker if the file has it."""
    return _turns(list(_captions(_without_notes(decode(data, source)), "vtt")))


def read_sbv(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The captions of a SubViewer file, as YouTube has them."""
    text = _SBV_TIMING.sub(r"\1 --> \2", decode(data, source).replace("\r", ""))
    return _turns(list(_captions(text.replace("[br]", "\n"), "vtt")))


def read_ass(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The dialogue of a SubStation Alpha file (.ass or .ssa), with the speakers that it names."""
    return _turns(list(_captions(decode(data, source), "ass")))


def captions_of_lines(captions: Sequence[Sequence[str]]) -> Extracted:
    """The turns of captions whose lines another reader has found."""
    return _turns([_Caption(list(filter(None, map(_plain, lines)))) for lines in captions])


def read_timed_lines(text: str) -> Extracted | None:
    """The turns of a transcript with times on lines of their own or at the beginnings of lines, which start near zero
    and grow; None if the text is no such transcript."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if sum(bool(_SRT_TIMING.match(line)) for line in lines) > max(1, 0.1 * len(lines)):  # below a title
        return _turns(list(_captions(text, "srt")))
    times = [match for line in lines if (match := _TIME_FIRST.match(line))]
    milliseconds = [_milliseconds(match[1]) for match in times]
    if len(times) < max(2, 0.1 * len(lines)) or milliseconds[0] >= 60_000 or milliseconds != sorted(milliseconds):
        return None
    captions = [_Caption([])]
    for line in lines:
        time = _TIME_FIRST.match(line)
        if time:
            captions.append(_Caption([]))
        words = line[time.end() :] if time else line
        is_title = len(captions) == 1 and not words.endswith((".", "?", "!"))
        if not is_title and not LAPSE_ALONE.match(words) and not _FOOTER.fullmatch(words):
            captions[-1].lines += filter(None, [_plain(words)])
    return _turns(captions)


def _milliseconds(time: str) -> int:
    """A time such as 1:02:03.500 in milliseconds."""
    seconds = 0.0
    for part in time.split(":"):
        seconds = 60 * seconds + float(part)
    return round(1000 * seconds)


def _without_notes(text: str) -> str:
    """WebVTT without its notes and styles, and without the names of captions, which pysubs2 takes for text."""
    blocks = []
    for block in re.split(r"\n\n+", re.sub(r"\r\n?", "\n", text)):
        lines = block.lstrip("\n").split("\n")
        if lines[0].split(" ")[0].rstrip(":") in _NOT_SPOKEN and not any(map(_TIMING.search, lines[:2])):
            continue
        if len(lines) > 1 and _TIMING.search(lines[1]) and not _TIMING.search(lines[0]):
            named = _NAMED_CUE.match(lines.pop(0).strip())
            lines[1:2] = [f"<v {named[1]}>{line}" if named else line for line in lines[1:2]]
        blocks.append("\n".join(lines))
    return _VOICE.sub("\x02\\1\x03", _VOICE_WITHIN.sub("\n<v", "\n\n".join(blocks)))


def _with_names_before_colons(text: str) -> str:
    """A text in which names in brackets before what is said have a colon: those of two lines or more, but sounds."""
    counts = Counter(label[2] for label in _BRACKETED_LABEL.finditer(text))
    names = {label for label, count in counts.items() if count > 1 and not _SOUND_WORD.match(label)}
    return _BRACKETED_LABEL.sub(lambda found: f"{found[1]}{found[2]}: " if found[2] in names else found[0], text)


def _captions(text: str, format: str) -> Iterator[_Caption]:
    """The captions of a file, as pysubs2 reads them."""
    import pysubs2

    if format != "ass":
        text = _with_names_before_colons(text)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of damaged fields on stderr
        events = pysubs2.SSAFile.from_string(text, format_=format)
    for event in events:
        if event.is_comment or (format == "ass" and _DRAWING.search(event.text)):
            continue
        shown = [line for text in event.plaintext.splitlines() for line in _SECOND_DASH.split(_plain(text))]
        lines = [line for line in shown if line and not _CREDITS.match(line)]
        yield _Caption(lines, event.start, event.end, event.name or None)


def _plain(line: str) -> str:
    """A line without tags, sounds and the marks of songs."""
    line = html.unescape(_TAG.sub("", line)).strip()
    line = _BRACKETED_NAME.sub(r"\1: ", line)
    return " ".join(SOUND_IN_TEXT.sub(" ", _SOUND.sub(" ", _SOUND_BEFORE_SPEECH.sub(" ", line))).split())


def _turns(captions: Sequence[_Caption]) -> Extracted:
    """A paragraph for each speaker's turn; in speech without full stops and speakers, also for what a pause ends."""
    lines = [line for caption in captions for line in caption.lines]
    speakers = labelled_speakers([_without_mark(line) for line in lines])
    has_stops = sum(len(re.findall(r"[.?!…](?=\W|$)", line)) for line in lines) >= _MIN_STOPS_PER_WORD * sum(
        len(line.split()) for line in lines
    )
    turns = Turns()
    end = 0
    for caption in _new_lines(captions):
        if not has_stops and caption.start - end >= PAUSE_MS:
            turns.end_paragraph()
        end = max(end, caption.end)
        for i, line in enumerate(caption.lines):
            _say(turns, line, speakers, caption.speaker if i == 0 else None)
    return turns.extracted()


def _new_lines(captions: Sequence[_Caption]) -> Iterator[_Caption]:
    """The captions without what they repeat: a line of the caption before, or the beginning of a line that grows."""
    previous: list[str] = []
    for caption in captions:
        new = [_rest(line, previous) for line in caption.lines]
        if caption.lines:
            previous = caption.lines
        yield _Caption([line for line in new if line], caption.start, caption.end, caption.speaker)


def _rest(line: str, previous: Sequence[str]) -> str:
    """What a line says that the caption before did not."""
    if line in previous:
        return ""
    last = previous[-1] if previous else ""
    return line[len(last) :].strip() if last and " " in last and line.startswith(f"{last} ") else line


def _without_mark(line: str) -> str:
    """A line without what says that another speaks."""
    mark = _CHANGE.match(line) or _DASH.match(line)
    return line[mark.end() :] if mark else line


def _say(turns: Turns, line: str, speakers: frozenset[str], speaker: str | None) -> None:
    """Add a line of a caption to the turns; speaker: that the caption names, if any."""
    voice = _VOICE_MARK.match(line)
    if voice:
        line, speaker = line[voice.end() :], voice[1]
    mark = None if voice else _CHANGE.match(line) or _DASH.match(line)
    if mark:
        line = line[mark.end() :]
    label = LABEL.match(line)
    if label and label[1] in speakers:
        line, speaker = line[label.end() :], label[1]
    turns.say(line, speaker, is_new_turn=mark is not None and speaker is None)
