"""What differs between searches with WordPiece and with byte-level tokens, chosen by the tokenizer."""

from __future__ import annotations

from summarize.concurrency import made_once
from summarize.decoding.byte_pair_detokenizer import BytePairDetokenizer
from summarize.decoding.byte_pair_properties import BytePairProperties
from summarize.decoding.byte_pair_rule import BytePairRule, TextRule
from summarize.decoding.detokenizer import Detokenizer
from summarize.decoding.hypothesis import SearchOptions
from summarize.decoding.name_rule import CommonForms, NameRule
from summarize.decoding.number_rule import NumberRule, NumberTextRule
from summarize.decoding.source_rule import SourceRule
from summarize.decoding.token_properties import TokenProperties, WordPieceProperties
from summarize.text.byte_pair import BytePairTokenizer
from summarize.text.tokenizer import Encoding, Tokenizer


class VocabularyRules:
    """The rules and the detokenizer of a vocabulary."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._byte_pair = BytePairProperties(tokenizer) if isinstance(tokenizer, BytePairTokenizer) else None
        self._word_piece = None if self._byte_pair else WordPieceProperties(tokenizer.vocabulary)
        self._common_forms = made_once(self._make_common_forms)

    @property
    def properties(self) -> TokenProperties:
        """The properties of its tokens."""
        properties = self._byte_pair or self._word_piece
        assert properties is not None
        return properties

    def source_rule(self, source: Encoding, options: SearchOptions) -> SourceRule:
        """The rule of one source."""
        if self._byte_pair is None:
            assert self._word_piece is not None
            return NumberRule(self._word_piece, source.ids, source.follows_directly, source.has_digit)
        spellings = self._byte_pair.tokenizer.spellings(source.ids)
        rules: list[TextRule] = []
        if options.check_numbers:
            rules.append(NumberTextRule(self._byte_pair, spellings))
        if options.check_names:
            rules.append(NameRule(self._byte_pair, spellings, self._common_forms()))
        return BytePairRule(self._byte_pair, spellings, rules)

    def detokenizer(self, source: Encoding, rule: SourceRule) -> Detokenizer | BytePairDetokenizer:
        """The detokenizer of summaries of one source; rule: of the same source."""
        if isinstance(rule, NumberRule):
            return Detokenizer(source, self._tokenizer.vocabulary, rule)
        assert self._byte_pair is not None
        return BytePairDetokenizer(source, self._byte_pair.tokenizer)

    def _make_common_forms(self) -> CommonForms:
        assert self._byte_pair is not None
        return CommonForms(self._byte_pair)
