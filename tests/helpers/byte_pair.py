"""A small byte-level BPE tokenizer, trained in a moment and always the same; its rules, and plain versions of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

import tokenizers
import torch
from hypothesis import strategies as st

from summarize.decoding.byte_pair_properties import BytePairProperties
from summarize.decoding.byte_pair_rule import BytePairRule
from summarize.decoding.hypothesis import SearchOptions
from summarize.decoding.vocabulary_rules import VocabularyRules
from summarize.grounding.words import common_words, is_common_word
from summarize.text.byte_pair import BytePairTokenizer
from summarize.text.vocabulary import END, SENTENCE

SPECIAL = ["[PAD]", *(f"[unused{i}]" for i in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TEXTS = [
    "The mayor of London, Anna Smith, said on Monday that the bridge cost $2,500 or £3.5bn, and she paid for it.",
    "It's a well-known bridge. The mayors met the minister (John McDonald) in New York; “they” said: no.",
    "But he wasn't there: the old town – a café — had 12% of the A380s, at 10:30 on 2013-05-12.",
    'They said "the bridge is old." I said that the mayor paid. He and she were in London on Monday, as NATO was.',
]


@cache
def small_byte_pair() -> BytePairTokenizer:
    """The special tokens, all bytes and some words of a few texts."""
    backend = tokenizers.Tokenizer(tokenizers.models.BPE())
    backend.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.Digits(individual_digits=True),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    backend.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=560,
        special_tokens=SPECIAL,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(TEXTS * 3, trainer)
    return BytePairTokenizer(backend)


@cache
def small_rules() -> VocabularyRules:
    """The rules of the small tokenizer's vocabulary."""
    return VocabularyRules(small_byte_pair())


def rule_of(source: str, *, numbers: bool = True, names: bool = True) -> BytePairRule:
    """The rule of a source with a number rule, a name rule, both or neither."""
    options = SearchOptions(check_numbers=numbers, check_names=names)
    rule = small_rules().source_rule(small_byte_pair().encode(source), options)
    assert isinstance(rule, BytePairRule)
    return rule


def refused_token(rule: BytePairRule, summary: str) -> str | None:
    """The first token of a summary, or its end, that the rule forbids; None if it allows all. A line is a sentence."""
    state = rule.start
    for token in small_byte_pair().encode_summary(summary.split("\n")):
        if rule.forbidden_mask(state)[token]:
            return small_byte_pair().vocabulary[token]
        state = rule.advance(state, token)
    return None


def has_its_characters(source: str, text: str) -> bool:
    """Whether a source has those characters of a text that no single token spells."""
    tokenizer = small_byte_pair()
    composed = {s.text for s in tokenizer.spellings(tokenizer.encode(text).ids) if len(s.ids) > 1}
    return set("".join(composed)) - {" "} <= set(source)


# What may be drawn in a walk: a token of the source, any token, one with a digit, a mark or a capital.
STEPS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 10**4)), min_size=3, max_size=25)


def walk(rule: BytePairRule, source: str, steps: Sequence[tuple[int, int]]) -> list[int]:
    """Tokens that the rule allows, cut where a number, a name or a character is not whole."""
    properties = small_rules().properties
    assert isinstance(properties, BytePairProperties)
    own = torch.zeros_like(properties.never_generated_mask)
    own[small_byte_pair().encode(source).ids] = True
    is_mark = torch.tensor([len(text.strip()) == 1 and not text.strip().isalnum() for text in properties.texts])
    kinds = [own, torch.ones_like(own), properties.has_digit_mask, is_mark, properties.has_capital_mask]
    ids: list[int] = []
    state = rule.start
    for kind, number in steps:
        allowed = ~(rule.forbidden_mask(state) | properties.never_generated_mask)
        allowed[END] = False
        tokens = (allowed & kinds[kind]).nonzero().flatten().tolist() or allowed.nonzero().flatten().tolist()
        assert tokens, "nothing may follow"
        ids.append(tokens[number % len(tokens)])
        state = rule.advance(state, ids[-1])
    return list(rule.complete_prefix(ids))


def sentences(ids: Sequence[int]) -> list[str]:
    """The text of each sentence of a summary."""
    texts: list[list[int]] = [[]]
    for token in ids:
        texts[-1].append(token)
        if token == SENTENCE:
            texts.append([])
    return [small_byte_pair().decode(text) for text in texts]


_CHARACTERS = [chr(i) for i in range(0x110000)]
_NUMERIC = "".join(c for c in _CHARACTERS if c.isnumeric())
_CURRENCY = "".join(re.escape(c) for c in _CHARACTERS if unicodedata.category(c) == "Sc")
_NUMBER_WORD = rf"[^\W_]*[{_NUMERIC}][^\W_]*"
NUMBER = re.compile(rf"[{_CURRENCY}]?{_NUMBER_WORD}(?:[.,:/‐‑‒–—−-]{_NUMBER_WORD})*")
WORD = re.compile(r"[^\W_]+")


def numbers(text: str) -> set[str]:
    """The numbers of a text, by a regular expression."""
    return set(NUMBER.findall(text))


@cache
def _common_openings() -> frozenset[str]:
    return frozenset(word.partition("'")[0].capitalize() for word in common_words())


def unsupported_names(source: str, sentence: str) -> list[str]:
    """The capitalised words of a sentence that a source does not support."""
    words = set(WORD.findall(source))
    names = words | {"I"} | {w.capitalize() for w in words if w.isalpha() and not is_common_word(w.lower())}
    openings = _common_openings() | {w.capitalize() for w in words if w.islower()}
    unsupported = []
    for i, match in enumerate(WORD.finditer(sentence)):
        word, before = match[0], sentence[: match.start()]
        is_free = before[-1:] in tuple("-‐‑'’") and before[-2:-1].isalnum()
        is_opening = i == 0 and word in openings
        if any(c.isupper() or c.istitle() for c in word) and not (is_free or is_opening or word in names):
            unsupported.append(word)
    return unsupported
