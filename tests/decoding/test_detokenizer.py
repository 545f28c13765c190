"""Tokens back to text: copied words as the source has them, generated words with its case and usual spacing."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.decoding.detokenizer import Detokenizer, Word
from summarize.decoding.number_rule import NumberRule
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.text.vocabulary import END, N_SPECIAL, PAD, SENTENCE, START, UNK
from tests.helpers.sources import Source, properties_of

# In a summary ‹…› is copied and the rest is generated; ¶ ends a sentence.
NEWS = (
    "Mayor Anna Smith said on Monday that NATO has visits in New York. “It’s a well-known bridge,” she said. "
    "He met the minister (John) and the mayor."
)
MARKS = "He waited... and — well – left!? “Who?” Yes; no: ok… See A&B or a & b, c/d, e - f, x@y.com #tag *b* 'no'"
SHARP = "Bob: is it C#, #tag or #4? It is here."
FIGURES = "It was 2,500 or 3.5bn at 10:30 for $50, £12m and 12% (10–12, 30-50) on 2013-05-12. 1999 - 2013. The A380."
LOWER = "the mayor met anna. i said so."
HIDDEN = "May\u200bor vis\u00adits\u202e New\u2028York \u0007bell it\u2019\u0000s \u2066a"

COPIED = [
    (NEWS, "‹said on Monday›", "Said on Monday"),
    (NEWS, "they met ‹Anna Smith›", "They met Anna Smith"),
    (NEWS, "‹“It’s a well-known bridge,” she said›", "“It’s a well-known bridge,” she said"),
    (NEWS, "‹the minister› ‹(John)› met ‹NATO›.", "The minister (John) met NATO."),
    (NEWS, "it was ‹“›‹bridge›‹,”› ‹John›", "It was “bridge,” John"),
    (MARKS, "‹waited... and — well – left!? “Who?” Yes; no: ok…›", "Waited... and — well – left!? “Who?” Yes; no: ok…"),
    (MARKS, "‹See A&B or a & b, c/d, e - f, x@y.com #tag *b*›", "See A&B or a & b, c/d, e - f, x@y.com #tag *b*"),
    (MARKS, "he said ‹'no'›", "He said 'no'"),
    (SHARP, "‹Bob› has ‹C#› ‹here› and ‹C#›, or ‹#4› ‹It›", "Bob has C# here and C#, or #4 it"),
    (SHARP, "‹#4? It›", "#4? It"),
    ("Two days\nHe met Anna. It was", "‹Two days\nHe met Anna› ‹It was›", "Two days He met Anna it was"),
    (SHARP, "has ‹C›‹#›‹here› ‹or› ‹#tag›", "Has C# here or #tag"),
    (SHARP, "‹C#›'s", "C#'s"),
    (FIGURES, "a ‹10–12› or ‹30-50› at ‹10:30›", "A 10–12 or 30-50 at 10:30"),
    (FIGURES, "on ‹2013-05-12›, ‹1999 - 2013›.", "On 2013-05-12, 1999 - 2013."),
    (FIGURES, "the ‹£12m› and ‹$50› or ‹12%›", "The £12m and $50 or 12%"),
    ("☃ was Łódź in “Ünïcode”", "it was ‹Łódź› or ‹☃› in ‹“Ünïcode”›", "It was Łódź or ☃ in “Ünïcode”"),
    ("La cafe\u0301teria", "the ‹cafe\u0301teria›", "The cafe\u0301teria"),
    ("ﬁve ﬁfty ŉa ßa", "‹ﬁve› ‹ﬁfty› ¶ ‹ŉa› ¶ ‹ßa›", "ﬁve ﬁfty\nŉa\nßa"),  # no capital of one letter
    ("THE MAYOR met", "‹MAYOR›", "MAYOR"),
]
GENERATED = [
    (NEWS, "the mayor met anna smith in new york.", "The mayor met Anna Smith in New York."),
    (NEWS, "nato has visits", "NATO has visits"),
    (NEWS, "they said i was", "They said I was"),
    (NEWS, 'he said: "has visits" and "met"!', 'He said: "has visits" and "met"!'),
    (NEWS, "he said 'met' and has", "He said 'met' and has"),
    (NEWS, "a (well) [known] {bridge}.", "A (well) [known] {bridge}."),
    (NEWS, "don't, they've, we'd, i'm, we're, i'll", "Don't, they've, we'd, I'm, we're, I'll"),
    (NEWS, "the mayor's bridge", "The mayor's bridge"),
    (NEWS, "a state-of-the-art bridge", "A state-of-the-art bridge"),
    (NEWS, "met. ¶ visits! ¶ has?", "Met.\nVisits!\nHas?"),
    (NEWS, "met, has; was: and... (on) the", "Met, has; was: and... (on) the"),
    (FIGURES, "2,500 and 3.5bn, 10:30 for $50; 12%", "2,500 and 3.5bn, 10:30 for $50; 12%"),
    (FIGURES, "10-12, 30-50, 2013-05-12.", "10-12, 30-50, 2013-05-12."),
    (FIGURES, "an a380", "An A380"),
    ("It was 12 or 50.", "12 50, 12. 50", "12 50, 12. 50"),  # two numbers are not joined
    (SHARP, "#here has bob", "#Here has Bob"),
    (SHARP, "bob has #here", "Bob has #here"),
    ("It was 12 or 50.", "12-50", "12- 50"),
    ("It was 12 or 50.", "it was, on monday, 12-50", "It was, on monday, 12- 50"),
    (LOWER, "the mayor. ¶ i met anna.", "the mayor.\ni met anna."),
    ("12 ☃", "the mayor. ¶ i met anna.", "the mayor.\ni met anna."),
    ("THE MAYOR met the Minister in the march.", "the mayor met the minister", "The MAYOR met the Minister"),
    ("We march. We March. A March", "a march", "A March"),
]
MIXED = [
    (NEWS, "‹NATO› has ‹visits› in ‹York›, ‹Monday›", "NATO has visits in York, Monday"),
    (NEWS, "‹Anna›'s ‹New York›", "Anna's New York"),
    ("It was 12 or -50.", "12‹-50›", "12 -50"),  # a mark with a space before it joins no numbers
    ("The mayor met NATO ", "they met ‹The mayor›", "They met the mayor"),
    ("We saw The Who live.", "they met ‹The Who›", "They met The Who"),  # a capital that opens no sentence
    (NEWS, "‹John›'s bridge", "John's bridge"),
    (NEWS, "they've ‹met the›‹mayor›.", "They've met the mayor."),
    (MARKS, "a ‹ - ›b", "A - b"),
    (MARKS, "well‹&›known", "Well&known"),
    ("A bridge/ bridge", "state‹/›art", "State/ art"),
    ("12 ☃s", "50 ☃", "50"),  # an unknown token that was not copied is left out
]


@pytest.mark.parametrize(("document", "summary", "expected"), COPIED + GENERATED + MIXED)
def test_a_summary_has_the_case_and_spacing_of_a_text(
    wide_tokenizer: Tokenizer, document: str, summary: str, expected: str
) -> None:
    source = Source.of(document, wide_tokenizer)
    assert source.text(*source.ids(summary)) == expected


@pytest.mark.parametrize(
    ("document", "summary", "expected"),
    [
        pytest.param(
            *("A cafe\u0301.", "‹cafe\u0301.›", "Cafe\u0301."),
        ),
        pytest.param(
            *("A cafe\u0301-bar", "a ‹cafe\u0301-bar›", "A cafe\u0301-bar"),
        ),
        pytest.param(
            *("The mayor\u200b-minister", "‹The mayor\u200b-minister›", "The mayor-minister"),
        ),
        pytest.param(
            *(NEWS, '"has visits," they said.', '"Has visits," they said.'),
        ),
        pytest.param(
            *(NEWS, "don't say 'met' twice", "Don't say 'met' twice"),
        ),
        pytest.param(
            *("The iPhone", "‹iPhone› was", "iPhone was"),
        ),
    ],
)
def test_details_of_copies_and_marks(wide_tokenizer: Tokenizer, document: str, summary: str, expected: str) -> None:
    source = Source.of(document, wide_tokenizer)
    assert source.text(*source.ids(summary)) == expected


def words_of(source: Source, summary: str) -> list[Word]:
    (words,) = source.detokenizer.detokenize(*source.ids(summary))
    return words


def test_a_copied_word_has_its_source_span(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("the mayors met  “Anna”.", wide_tokenizer)
    assert words_of(source, "a ‹mayors› met ‹“Anna”›.") == [
        Word("A", (0, 1), None, False),
        Word("mayors", (1, 3), (4, 10), True),
        Word("met", (3, 4), None, True),
        Word("“", (4, 5), (16, 17), True),
        Word("Anna", (5, 6), (17, 21), False),
        Word("”", (6, 7), (21, 22), False),
        Word(".", (7, 8), None, False),
    ]


def test_a_word_composed_of_two_positions_was_not_copied_whole(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("Mayor, visiTs, MAYORS", wide_tokenizer)
    mayor, s = (wide_tokenizer.vocabulary.index(token) for token in ("mayor", "##s"))
    last = source.positions(s)[-1]
    for origins in ([0, last], [0, None], [None, last], [None, None]):
        ((word,),) = source.detokenizer.detokenize([mayor, s], origins)
        assert word == Word("MAYORS", (0, 2), None, False), origins  # in the source's form of that word


def test_an_unknown_token_is_shown_only_if_it_was_copied(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("the ☃Man met", wide_tokenizer)
    assert source.encoding.ids[1] == UNK
    the, s = (wide_tokenizer.vocabulary.index(token) for token in ("the", "##s"))
    assert source.text([the, UNK], [None, 1]) == "The ☃Man"
    assert source.text([the, UNK, s], [None, 1, None]) == "The ☃Mans"
    assert source.text([the, UNK], [None, None]) == "The"
    assert source.text([UNK], [None]) == ""


def test_a_source_may_begin_inside_a_word(wide_tokenizer: Tokenizer) -> None:
    """A window over a long document cuts a text without spaces anywhere."""
    vocabulary, properties = wide_tokenizer.vocabulary, properties_of(wide_tokenizer)
    ids = [vocabulary.index(token) for token in ("##s", "mayor", "##s")]
    encoding = Encoding("NewSMayorS", ids, [(3, 4), (4, 9), (9, 10)])
    detokenizer = Detokenizer(encoding, vocabulary, NumberRule(properties, ids, encoding.follows_directly))
    ((word, *_),) = detokenizer.detokenize(ids[:1], [0])
    assert word == Word("S", (0, 1), (3, 4), False)


def test_tokens_that_are_apart_in_the_source_are_no_word(wide_tokenizer: Tokenizer) -> None:
    """A source of several sentences may leave out what stands between them."""
    vocabulary, properties = wide_tokenizer.vocabulary, properties_of(wide_tokenizer)
    ids = [vocabulary.index(token) for token in ("mayor", "##s")]
    encoding = Encoding("MAYOR visitS", ids, [(0, 5), (11, 12)])
    detokenizer = Detokenizer(encoding, vocabulary, NumberRule(properties, ids, encoding.follows_directly))
    assert [[word.text for word in words] for words in detokenizer.detokenize(ids[:1], [None])] == [["MAYOR"]]


def test_special_tokens_and_empty_sentences_leave_no_trace(wide_tokenizer: Tokenizer) -> None:
    source = Source.of(NEWS, wide_tokenizer)
    met = wide_tokenizer.vocabulary.index("met")
    ids = [SENTENCE, PAD, met, START, 50, met, SENTENCE, SENTENCE, END, SENTENCE, met]
    assert source.text(ids, [None] * len(ids)) == "Met met\nMet"
    origins = [None if token == SENTENCE else source.positions(met)[0] for token in ids]
    assert source.text(ids, origins) == "Met met\nMet"
    assert source.detokenizer.detokenize([], []) == []
    assert source.detokenizer.detokenize([SENTENCE], [None]) == []


def test_control_characters_are_not_copied(wide_tokenizer: Tokenizer) -> None:
    source = Source.of(HIDDEN, wide_tokenizer)
    text = source.text(*source.ids(f"‹{HIDDEN}›"))
    assert text == "Mayor visits New York bell it’s a"
    escape = Source.of("The ma\x1b[31myor", wide_tokenizer)
    assert escape.text(*escape.ids("‹The ma\x1b[31myor›")).replace(" ", "") == "Thema[31myor"


def test_the_span_of_a_capitalised_word_is_its_form_in_the_source(wide_tokenizer: Tokenizer) -> None:
    source = Source.of("Anna met the mayor", wide_tokenizer)
    first, *_ = words_of(source, "‹met the mayor›")
    assert (first.text, first.span) == ("Met", (5, 8))


PARTS = [
    *("Mayor", "the", "NATO", "visits", "i", "s", "It’s", "2,500", "A380", "café", "cafe\u0301", "☃", "한국", "##s"),
    *(
        ".",
        ",",
        " .",
        "-",
        " - ",
        "'",
        '"',
        "“",
        "”",
        "(",
        ")",
        "#",
        "[UNK]",
        "[SEP]",
        "\n",
        "\0",
        "\x1b[31m",
        "\u202e",
    ),
]
DOCUMENTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PARTS), max_size=15).map(" ".join))


def draw_summary(data: st.DataObject, source: Source, *, matching: bool) -> tuple[list[int], list[int | None]]:
    """Any tokens, each generated, or copied from any position of the source (matching: from one that has it). Some
    continue a copied run."""
    vocabulary, src = source.tokenizer.vocabulary, source.encoding.ids
    ids: list[int] = []
    origins: list[int | None] = []
    frequent = [vocabulary.index(token) for token in (".", ",", "'", '"', "-", "s", "##s", "the", "mayor", "5", "##5")]
    anywhere = st.integers(0, len(src) - 1) if src else st.none()
    any_token = st.one_of(st.sampled_from([*frequent, SENTENCE, UNK]), st.integers(0, len(vocabulary) - 1))
    for _ in range(data.draw(st.integers(0, 12))):
        following = None if not origins or origins[-1] is None else origins[-1] + 1
        continues = following is not None and following < len(src) and data.draw(st.booleans())
        origin = following if continues else data.draw(st.one_of(st.none(), anywhere))
        is_copied = origin is not None and (matching or data.draw(st.booleans()))
        ids.append(src[origin] if origin is not None and is_copied else data.draw(any_token))
        origins.append(origin)
    return ids, origins


def check_words(source: Source, ids: Sequence[int], sentences: Sequence[Sequence[Word]]) -> None:
    """What holds for the words of any summary."""
    text = source.encoding.text
    vocabulary_text = "".join(source.tokenizer.vocabulary[i].removeprefix("##") for i in ids if i >= N_SPECIAL)
    last = 0
    for words in sentences:
        assert words
        assert not words[0].space_before
        opening = next((i for i, word in enumerate(words) if word.text[0].isalnum()), None)
        for i, word in enumerate(words):
            assert word.text
            assert word.text.isprintable()
            assert "[UNK]" not in word.text or "[UNK]" in text
            assert "##" not in word.text or "##" in text + vocabulary_text
            start, end = word.token_span
            assert last <= start < end <= len(ids)
            last = end
            if word.span is not None:
                start, end = word.span
                assert 0 <= start < end <= len(text)
                shown = "".join(c for c in text[start:end] if c.isprintable())
                # A word that opens a sentence in the summary, or in the source alone.
                recased = shown[:1].upper() + shown[1:] if i == opening else shown.lower()
                assert word.text in (shown, recased)


@given(st.data(), DOCUMENTS)
@settings(max_examples=200)
def test_any_tokens_from_anywhere_give_words(wide_tokenizer: Tokenizer, data: st.DataObject, document: str) -> None:
    source = Source.of(document, wide_tokenizer)
    ids, origins = draw_summary(data, source, matching=False)
    check_words(source, ids, source.detokenizer.detokenize(ids, origins))


@given(st.data(), DOCUMENTS)
@settings(max_examples=200)
def test_no_space_stands_before_a_punctuation_mark(
    wide_tokenizer: Tokenizer, data: st.DataObject, document: str
) -> None:
    source = Source.of(document, wide_tokenizer)
    ids, origins = draw_summary(data, source, matching=True)
    check_words(source, ids, source.detokenizer.detokenize(ids, origins))
    for line in source.text(ids, origins).split("\n"):
        for mark in (" .", " ,", " ;", " )", "  "):
            assert mark not in line
        assert "( " not in line or re.search(r"\(\s", document)
        assert line == line.strip()


@given(DOCUMENTS)
@settings(max_examples=200)
def test_a_document_copied_whole_has_only_copied_words(wide_tokenizer: Tokenizer, document: str) -> None:
    source = Source.of(document, wide_tokenizer)
    ids = source.encoding.ids
    sentences = source.detokenizer.detokenize(ids, range(len(ids)))
    check_words(source, ids, sentences)
    words = [word for sentence in sentences for word in sentence]
    spans = [word.span for word in words if word.span]
    assert len(spans) == len(words)
    assert sorted(spans) == spans
