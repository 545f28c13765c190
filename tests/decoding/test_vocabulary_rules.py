"""Which rules and which detokenizer a vocabulary has."""

from __future__ import annotations

from summarize.decoding.byte_pair_detokenizer import BytePairDetokenizer
from summarize.decoding.byte_pair_rule import BytePairRule
from summarize.decoding.detokenizer import Detokenizer, join_words
from summarize.decoding.hypothesis import SearchOptions
from summarize.decoding.number_rule import NumberRule
from summarize.decoding.vocabulary_rules import VocabularyRules
from summarize.text.tokenizer import Tokenizer
from tests.helpers.byte_pair import small_byte_pair


def test_a_word_piece_vocabulary_has_the_number_rule(wide_tokenizer: Tokenizer) -> None:
    rules, source = VocabularyRules(wide_tokenizer), wide_tokenizer.encode("It cost 2,500, “NATO” said.")
    rule = rules.source_rule(source, SearchOptions(check_names=True))
    assert isinstance(rule, NumberRule)
    assert rule.numbers == {tuple(wide_tokenizer.encode("2,500").ids)}
    assert not rule.keeps_characters
    assert len(rules.properties.is_word) == len(wide_tokenizer.vocabulary)
    detokenizer = rules.detokenizer(source, rule)
    assert isinstance(detokenizer, Detokenizer)
    (words,) = detokenizer.detokenize(wide_tokenizer.encode("nato said 2,500").ids, [None] * 5)
    assert join_words(words) == "NATO said 2,500"


def test_a_byte_level_vocabulary_has_the_rules_that_are_asked_for() -> None:
    tokenizer = small_byte_pair()
    rules, source = VocabularyRules(tokenizer), tokenizer.encode("the bridge")
    number, name = tokenizer.encode("it 5").ids, tokenizer.encode("it London").ids
    for check_numbers in (True, False):
        for check_names in (True, False):
            rule = rules.source_rule(source, SearchOptions(check_numbers=check_numbers, check_names=check_names))
            assert isinstance(rule, BytePairRule)
            assert rule.keeps_characters
            for ids, is_checked in ((number, check_numbers), (name, check_names)):
                state = rule.start
                for token in ids[:-1]:
                    state = rule.advance(state, token)
                assert bool(rule.forbidden_mask(state)[ids[-1]]) == is_checked
    detokenizer = rules.detokenizer(source, rule)
    assert isinstance(detokenizer, BytePairDetokenizer)
    ((word,),) = detokenizer.detokenize(source.ids[1:], [1])
    assert (word.text, word.span) == ("bridge", (4, 10))
