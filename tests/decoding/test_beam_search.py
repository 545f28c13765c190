"""Beam search against plain searches over tables of probabilities: no network but where it is named."""

from __future__ import annotations

import dataclasses
import math
import random
import re
from collections.abc import Callable, Iterator, Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from summarize.decoding.beam_search import beam_search
from summarize.decoding.constraints import NumberRule, TokenProperties
from summarize.decoding.decoder import IncrementalDecoder, OutputLayer
from summarize.decoding.hypothesis import Hypothesis, SearchOptions, Step
from summarize.network.padding import pad
from summarize.network.pointer_generator import Memory, PointerGenerator, shift_right
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END, N_SPECIAL, PAD, SENTENCE, START, UNK
from tests.helpers.models import MakeModel
from tests.helpers.sources import DOCUMENTS, Source, numbers
from tests.helpers.tables import (
    COMMA,
    FIVE_HUNDRED,
    PROPERTIES,
    TWO,
    VOCABULARY,
    A,
    B,
    C,
    D,
    E,
    Ids,
    Table,
    TableDecoder,
    random_table,
)

ALL = SearchOptions(beam_size=200, patience=math.inf, min_length=0, max_length=4, no_repeat_words=0)


def search(
    tables: Sequence[Table],
    options: SearchOptions,
    attention: Callable[[int, Ids], Sequence[float]] | None = None,
    src: Sequence[int] = (A, B, C),
) -> list[list[Hypothesis]]:
    rules = [NumberRule(PROPERTIES, src, [False] + [True] * len(src)) for _ in tables]
    decoder = TableDecoder(tables, attention, len(src))
    return beam_search(decoder, torch.tensor([src] * len(tables)), rules, PROPERTIES, options)


def may_follow(ids: Ids, token: int, options: SearchOptions) -> bool:
    """The rules that hold for every summary of these tables."""
    if token in (SENTENCE, END) and ids[-1:] == (SENTENCE,):
        return False
    if token == SENTENCE and not ids:
        return False
    return token != END or len(ids) >= options.min_length


def every_summary(
    table: Table, options: SearchOptions, attention: Callable[[Ids], Sequence[float]], ids: Ids = (), score: float = 0.0
) -> Iterator[tuple[float, Ids]]:
    """All summaries that can be written at all, with their scores."""
    steps = [attention(ids[:i]) for i in range(len(ids) + 1)]
    excess = sum(max(0.0, sum(column) - 1) for column in zip(*steps, strict=True))
    for token, value in table(ids).items():
        if may_follow(ids, token, options):
            if token == END:
                total = score + value - options.coverage_penalty * excess
                yield total / (len(ids) + 1) ** options.length_penalty, ids
            elif len(ids) < options.max_length:
                yield from every_summary(table, options, attention, (*ids, token), score + value)


def same(found: Sequence[Hypothesis], expected: Sequence[tuple[float, Ids]]) -> None:
    """The same hypotheses in the same order, with the same scores but for rounding."""
    assert [h.ids for h in found] == [ids for _, ids in expected]
    assert [h.score for h in found] == pytest.approx([score for score, _ in expected], abs=1e-5)


@pytest.mark.parametrize("length_penalty", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("min_length", [0, 2])
def test_a_wide_beam_finds_every_summary(length_penalty: float, min_length: int) -> None:
    options = dataclasses.replace(ALL, length_penalty=length_penalty, min_length=min_length)
    for seed in range(3):
        expected = sorted(every_summary(random_table(seed), options, lambda _: [0.0]), reverse=True)
        assert len(expected) > 40
        same(search([random_table(seed)], options)[0], expected)


@pytest.mark.parametrize("max_length", [1, 2, 3])
def test_no_summary_is_longer_than_asked_for(max_length: int) -> None:
    options = dataclasses.replace(ALL, max_length=max_length)
    (found,) = search([random_table(5)], options)
    assert max(len(h.ids) for h in found) == max_length
    same(found, sorted(every_summary(random_table(5), options, lambda _: [0.0]), reverse=True))


def some_attention(document: int, ids: Ids) -> list[float]:
    generator = random.Random(f"{document} {ids}")
    weights = [generator.random() ** 3 for _ in range(3)]
    return [w / sum(weights) for w in weights]


@pytest.mark.parametrize("penalty", [0.5, 3.0])
def test_the_coverage_penalty_is_taken_for_attention_beyond_one(penalty: float) -> None:
    options = dataclasses.replace(ALL, coverage_penalty=penalty)
    found = search([random_table(0), random_table(1)], options, some_attention)
    for document in range(2):
        plain = every_summary(random_table(document), options, lambda ids, d=document: some_attention(d, ids))
        same(found[document], sorted(plain, reverse=True))
    without = search([random_table(0)], ALL)[0]
    assert {h.ids: h.score for h in found[0]} != {h.ids: h.score for h in without}


def plain_beam(table: Table, options: SearchOptions) -> list[tuple[float, Ids]]:
    """Beam search of one document, with lists."""
    k = options.beam_size
    live: list[tuple[float, Ids]] = [(0.0, ())]
    finished: list[tuple[float, Ids]] = []
    for _ in range(options.max_length + 1):
        longer = [
            (score + value, ids, token)
            for score, ids in live
            for token, value in table(ids).items()
            if may_follow(ids, token, options)
        ]
        longer.sort(key=lambda candidate: -candidate[0])
        for score, ids, token in longer[:k]:
            if token == END:
                finished.append((score / (len(ids) + 1) ** options.length_penalty, ids))
        live = [(score, (*ids, token)) for score, ids, token in longer[: 2 * k] if token != END][:k]
        best = max((score / len(ids) ** options.length_penalty for score, ids in live), default=-math.inf)
        if len(finished) >= options.patience * k and best <= max(finished)[0]:
            break
    return sorted(finished, reverse=True)


BEAMS = [(1, 1.0), (2, 1.0), (3, 0.5), (4, 2.0), (5, 1.0)]  # size, patience


@pytest.mark.parametrize(("size", "patience"), BEAMS)
def test_a_narrow_beam_equals_a_plain_one(size: int, patience: float) -> None:
    options = SearchOptions(beam_size=size, patience=patience, min_length=2, max_length=9, no_repeat_words=0)
    tables = [random_table(seed, (A, B, C, SENTENCE, END)) for seed in range(20)]
    expected = [plain_beam(table, options) for table in tables]
    compared = [i for i, plain in enumerate(expected) if plain]
    assert len(compared) > 10
    for i in compared:
        same(search([tables[i]], options)[0], expected[i])


@pytest.mark.parametrize(("size", "patience"), BEAMS)
def test_a_batch_is_each_document_on_its_own(size: int, patience: float) -> None:
    options = SearchOptions(beam_size=size, patience=patience, min_length=1, max_length=9, no_repeat_words=2)
    tables = [random_table(seed, (A, B, C, D, SENTENCE, END)) for seed in range(12)]
    together = search(tables, options)
    assert len({len(found[0].ids) for found in together}) > 2
    assert together == [search([table], options)[0] for table in tables]


def ends_after(n: int) -> Table:
    return lambda ids: {END: -0.1, A: -5.0, B: -5.5} if len(ids) >= n else {A: -1.0, B: -2.0}


@pytest.mark.parametrize(
    ("together", "batches"),
    [
        (1, [[0, 1, 2, 3], [0, 1, 2, 3], [0, 2], [0], [0]]),
        (2, [[0, 1, 2, 3], [0, 1, 2, 3], [0, 2], [0, 2], [0, 2]]),  # what is done goes along
        # It begins with a multiple, too: the first document comes twice more, for nothing.
        (3, [[0, 1, 2, 3, 0, 0], [0, 1, 2, 3, 0, 0], [0, 1, 2], [0, 1, 2], [0, 1, 2]]),
    ],
)
def test_documents_leave_the_batch_as_they_are_done(
    together: int, batches: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("summarize.decoding.beam_search.TOGETHER", together)
    monkeypatch.setattr("summarize.decoding.beam_search.AHEAD", 0)
    options = SearchOptions(beam_size=2, min_length=0, max_length=9, no_repeat_words=0)
    decoder = TableDecoder([ends_after(4), ends_after(1), ends_after(2), ends_after(1)], width=1)
    rules = [NumberRule(PROPERTIES, [A], [False])] * 4
    found = beam_search(decoder, torch.tensor([[A]] * 4), rules, PROPERTIES, options)
    assert [len(hypotheses[0].ids) for hypotheses in found] == [4, 1, 2, 1]
    assert decoder.batches == batches


def test_a_patient_search_goes_on_for_more_hypotheses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("summarize.decoding.beam_search.AHEAD", 0)

    def steps(patience: float) -> int:
        options = SearchOptions(beam_size=2, patience=patience, min_length=0, max_length=9, no_repeat_words=0)
        decoder = TableDecoder([ends_after(2)], width=1)
        rules = [NumberRule(PROPERTIES, [A], [False])]
        (found,) = beam_search(decoder, torch.tensor([[A]]), rules, PROPERTIES, options)
        assert len(found) >= 2 * patience
        return len(decoder.batches)

    assert steps(1.0) < steps(3.0)


def test_poor_ends_do_not_end_the_search() -> None:
    def table(ids: Ids) -> dict[int, float]:
        if ids == (A,) * 6:
            return {END: -0.01, B: -6.0}
        return {A: -0.01, END: -5.0, B: -6.0} if ids == (A,) * len(ids) else {END: -0.01}

    options = SearchOptions(beam_size=2, min_length=1, max_length=9, no_repeat_words=0)
    assert search([table], options)[0][0].ids == (A,) * 6


def test_a_summary_that_does_not_end_is_cut_at_a_sentence() -> None:
    def on_and_on(ids: Ids) -> dict[int, float]:
        return {SENTENCE: -0.1} if len(ids) in (2, 4) else {A: -0.1}

    options = SearchOptions(beam_size=2, min_length=0, max_length=7, no_repeat_words=0)
    (found,) = search([on_and_on], options)
    assert [h.ids for h in found] == [(A, A, SENTENCE, A)]
    (found,) = search([lambda _: {A: -0.1}], options)
    assert [h.ids for h in found] == [(A,) * 7]
    assert found[0].score < 0


def test_what_is_cut_off_does_not_end_inside_a_number() -> None:
    tokens = [A, A, A, A, TWO, COMMA, FIVE_HUNDRED]
    options = SearchOptions(beam_size=1, min_length=0, max_length=6, no_repeat_words=0)
    (found,) = search([lambda ids: {tokens[len(ids)]: -0.1}], options, src=[TWO, COMMA, FIVE_HUNDRED])
    assert [h.ids for h in found] == [(A,) * 4]


def test_a_minimum_beyond_the_maximum_still_gives_a_summary() -> None:
    options = SearchOptions(beam_size=2, min_length=9, max_length=3, no_repeat_words=0)
    (found,) = search([random_table(0)], options)
    assert len(found) == 1
    assert 1 <= len(found[0].ids) <= 3


def test_a_source_without_unknown_tokens_gives_none() -> None:
    def table(ids: Ids) -> dict[int, float]:
        return {END: -1.0} if ids else {UNK: -0.1, A: -3.0}

    options = SearchOptions(beam_size=1, min_length=0, max_length=5)
    assert search([table], options, src=[A])[0][0].ids == (A,)
    assert search([table], options, src=[A, UNK])[0][0].ids == (UNK,)


def test_an_unknown_piece_does_not_part_a_number() -> None:
    def table(ids: Ids) -> dict[int, float]:
        return {TWO: -0.1} if not ids else {UNK: -0.1, COMMA: -1.0, FIVE_HUNDRED: -1.0, END: -2.0}

    options = SearchOptions(beam_size=2, min_length=0, max_length=5)
    for hypothesis in search([table], options, src=[UNK, TWO, COMMA, FIVE_HUNDRED])[0]:
        assert hypothesis.ids[:3] in ((), (TWO, COMMA, FIVE_HUNDRED))


def test_a_hypothesis_that_cannot_go_on_is_cut_before_its_number() -> None:
    """After "a 2,500 … a 2," nothing may follow: 500 would repeat three words, anything else would part a number."""
    tokens = [A, TWO, COMMA, FIVE_HUNDRED, B, A, TWO, COMMA]
    options = SearchOptions(beam_size=1, min_length=0, max_length=12)

    def table(ids: Ids) -> dict[int, float]:
        return {tokens[len(ids)]: -0.1} if len(ids) < len(tokens) else dict.fromkeys([A, FIVE_HUNDRED, END], -0.1)

    (found,) = search([table], options, src=[TWO, COMMA, FIVE_HUNDRED])
    assert [h.ids for h in found] == [(A, TWO, COMMA, FIVE_HUNDRED, B, A)]


def test_a_table_that_breaks_off_gives_what_was_written() -> None:
    options = SearchOptions(beam_size=2, min_length=0, max_length=12)
    (found,) = search([lambda ids: {A: -0.1, B: -0.2} if len(ids) < 2 else {}], options)
    assert {h.ids for h in found} <= {(A, A), (A, B), (B, A), (B, B)}
    (found,) = search([lambda _: {}], options)
    assert [h.ids for h in found] == [()]


class RandomDecoder:
    """Log-probabilities at random, higher for some tokens."""

    output_tokens = None

    def __init__(self, seed: int, n: int, vocabulary: int, bonus: dict[int, float]) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._shape, self._bonus = (n, vocabulary), bonus

    def step(self, tokens: Tensor, parents: Tensor) -> Step:
        assert tokens.shape == parents.shape
        logits = 2 * torch.randn(*tokens.shape, self._shape[1], generator=self._generator)
        for token, bonus in self._bonus.items():
            logits[..., token] += bonus
        return Step(logits.softmax(-1), torch.zeros(*tokens.shape, 1), torch.zeros(tokens.shape))

    def select(self, documents: Tensor) -> None:
        pass

    def prune(self, places: Tensor) -> None:
        pass


def words(ids: Sequence[int]) -> list[str]:
    """The words of a summary, without marks."""
    text = "".join(f" {VOCABULARY[i]}" if i >= N_SPECIAL else " ." for i in ids)
    text = re.sub(r"([.,]) ##", r"\1 ", text).replace(" ##", "")
    return [word for word in text.split() if word not in ".,"]


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 3),
    beam_size=st.integers(1, 3),
    lengths=st.tuples(st.integers(0, 12), st.integers(1, 16)),
)
@settings(max_examples=60)
def test_no_run_of_words_is_written_twice(seed: int, n: int, beam_size: int, lengths: tuple[int, int]) -> None:
    options = SearchOptions(beam_size=beam_size, min_length=lengths[0], max_length=lengths[1], no_repeat_words=n)
    bonus = dict.fromkeys([A, B, VOCABULARY.index("##s"), VOCABULARY.index(".")], 4.0) | {SENTENCE: 2.0}
    decoder = RandomDecoder(seed, 2, len(VOCABULARY), bonus)
    rules = [NumberRule(PROPERTIES, [A], [False])] * 2
    for found in beam_search(decoder, torch.tensor([[A]] * 2), rules, PROPERTIES, options):
        assert found
        for hypothesis in found:
            assert len(hypothesis.ids) <= options.max_length
            assert all(i >= N_SPECIAL or i == SENTENCE for i in hypothesis.ids)
            assert SENTENCE not in (hypothesis.ids[:1] + hypothesis.ids[-1:])
            said = words(hypothesis.ids)
            runs = [tuple(said[i : i + n]) for i in range(len(said) - n + 1)]
            assert len(runs) == len(set(runs)), runs


def test_repetition_is_allowed_where_it_is_asked_for() -> None:
    options = SearchOptions(beam_size=1, min_length=0, max_length=4, no_repeat_words=0)
    assert search([lambda _: {A: -0.1, B: -1.0}], options)[0][0].ids == (A, A, A, A)
    options = dataclasses.replace(options, no_repeat_words=2)
    assert search([lambda _: {A: -0.1, B: -1.0, C: -2.0}], options)[0][0].ids == (A, B, A, C)


@pytest.mark.parametrize(("src", "written"), [([A, B], (A, B)), ([A, A, B], (A, A)), ([A, COMMA, A, B], (A, A))])
def test_a_word_follows_itself_only_where_the_document_has_it_so(src: list[int], written: Ids) -> None:
    options = SearchOptions(beam_size=1, min_length=0, max_length=2)
    decoder = TableDecoder([lambda _: {A: -0.1, B: -1.0}], width=len(src))
    rules = [NumberRule(PROPERTIES, src, [False] * len(src))]
    assert beam_search(decoder, torch.tensor([src]), rules, PROPERTIES, options)[0][0].ids == written


@given(document=DOCUMENTS, seed=st.integers(0, 10**6), beam_size=st.integers(1, 3), max_length=st.integers(1, 14))
@settings(max_examples=100)
def test_a_random_decoder_writes_no_number_that_the_document_lacks(
    wide_tokenizer: Tokenizer, document: str, seed: int, beam_size: int, max_length: int
) -> None:
    source = Source.of(document.replace("☃", "a"), wide_tokenizer)
    properties, options = source.properties, SearchOptions(beam_size=beam_size, min_length=0, max_length=max_length)
    bonus = {i: 4.0 for i, numeric in enumerate(properties.numeric) if numeric or properties.separates[i]}
    decoder = RandomDecoder(seed, 1, len(wide_tokenizer.vocabulary), bonus)
    (found,) = beam_search(decoder, torch.tensor([source.encoding.ids]), [source.rule], properties, options)
    for hypothesis in found:
        text = source.text(hypothesis.ids, [None] * len(hypothesis.ids))
        assert numbers(text) <= numbers(document), text


def test_numbers_are_free_where_they_are_not_checked() -> None:
    def table(ids: Ids) -> dict[int, float]:
        return {END: -0.1} if ids else {TWO: -0.1, A: -3.0}

    options = SearchOptions(beam_size=1, min_length=0, max_length=3)
    assert search([table], options, src=[A])[0][0].ids == (A,)
    options = dataclasses.replace(options, check_numbers=False)
    assert search([table], options, src=[A])[0][0].ids == (TWO,)


def test_a_number_that_is_not_checked_is_not_cut_off() -> None:
    options = SearchOptions(beam_size=1, min_length=0, max_length=3, no_repeat_words=0, check_numbers=False)
    assert search([lambda _: {TWO: -0.1}], options, src=[A])[0][0].ids == (TWO, TWO, TWO)


@torch.no_grad()
@pytest.mark.parametrize("beam_size", [1, 3])
def test_a_networks_batch_is_each_document_on_its_own(
    make_model: MakeModel, tiny_tokenizer: Tokenizer, beam_size: int
) -> None:
    model, properties = make_model(max_tgt=32), TokenProperties(tiny_tokenizer.vocabulary)
    model.output_bias[END] += 4  # or none would end
    texts = ["The mayor met the dog on Monday.", "The cat.", "On Monday the minister saw the old town and the river."]
    sources = [[START, *tiny_tokenizer.encode(text).ids, END] for text in texts]
    options = SearchOptions(beam_size=beam_size, min_length=2, max_length=20)

    def found(documents: Sequence[Sequence[int]]) -> list[list[Hypothesis]]:
        src = pad(documents)
        rules = [NumberRule(properties, ids, [True] * len(ids)) for ids in documents]
        return beam_search(IncrementalDecoder(model, model.encode(src)), src, rules, properties, options)

    together = found(sources)
    assert len({len(hypotheses[0].ids) for hypotheses in together}) > 1
    for source, hypotheses in zip(sources, together, strict=True):
        same(hypotheses, [(h.score, h.ids) for h in found([source])[0]])


def copying(src: Sequence[int], seed: int = 0) -> tuple[Table, Callable[[int, Ids], Sequence[float]]]:
    """A table that mostly goes on with the source's next token, and attention to that token."""
    other = random_table(seed, (A, B, C, D, E, SENTENCE, END))

    def following(ids: Ids) -> int:
        return max((i + 1 for i, token in enumerate(src) if ids[-1:] == (token,)), default=0)

    def table(ids: Ids) -> dict[int, float]:
        values = {token: value - 2 for token, value in other(ids).items()}
        likely = src[following(ids)] if following(ids) < len(src) else END
        return values | {likely: -0.05}

    def attention(_: int, ids: Ids) -> list[float]:
        return [float(i == following(ids)) for i in range(len(src))]

    return table, attention


@pytest.mark.parametrize("penalty", [0.0, 0.5])
@pytest.mark.parametrize("prune", [3, 1000])
@pytest.mark.parametrize("ahead", [1, 4, 9])
def test_what_is_read_ahead_changes_nothing_but_the_number_of_steps(
    ahead: int, prune: int, penalty: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = [*range(N_SPECIAL, N_SPECIAL + 6), TWO, COMMA, FIVE_HUNDRED]
    rules = [NumberRule(PROPERTIES, source, [False] + [True] * len(source))] * 3
    options = SearchOptions(beam_size=2, min_length=2, max_length=10, coverage_penalty=penalty)
    tables, attention = [copying(source, seed)[0] for seed in range(3)], copying(source)[1]

    def found(ahead: int, prune: int) -> tuple[list[list[Hypothesis]], TableDecoder]:
        monkeypatch.setattr("summarize.decoding.beam_search.AHEAD", ahead)
        monkeypatch.setattr("summarize.decoding.beam_search.PRUNE", prune)
        decoder = TableDecoder(tables, attention, len(source))
        return beam_search(decoder, torch.tensor([source] * 3), rules, PROPERTIES, options), decoder

    step_by_step, plain = found(0, 1000)
    looked_ahead, decoder = found(ahead, prune)
    for before, after in zip(step_by_step, looked_ahead, strict=True):
        assert before == after
        for a, b in zip(before, after, strict=True):
            torch.testing.assert_close(a.copied, b.copied)
    assert plain.widths == [1, *[2] * (len(plain.widths) - 1)]
    assert decoder.widths == [1, *[2 + ahead] * (len(decoder.widths) - 1)]
    assert len(decoder.widths) <= (len(plain.widths) - 1 if ahead == 1 else 2 + 2 * len(plain.widths) // 3)


@torch.no_grad()
@pytest.mark.parametrize("prune", [3, 20])
def test_a_pruned_tree_is_searched_as_a_whole_one(
    make_model: MakeModel, tiny_tokenizer: Tokenizer, prune: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, properties = make_model(max_tgt=32), TokenProperties(tiny_tokenizer.vocabulary)
    texts = ["The mayor met the dog on Monday.", "The cat.", "On Monday the minister saw the old town and the river."]
    sources = [[START, *tiny_tokenizer.encode(text).ids, END] for text in texts]
    src, options = pad(sources), SearchOptions(beam_size=3, min_length=2, max_length=20)
    rules = [NumberRule(properties, ids, [True] * len(ids)) for ids in sources]
    whole = beam_search(IncrementalDecoder(model, model.encode(src)), src, rules, properties, options)
    monkeypatch.setattr("summarize.decoding.beam_search.PRUNE", prune)
    pruned = beam_search(IncrementalDecoder(model, model.encode(src)), src, rules, properties, options)
    for expected, found in zip(whole, pruned, strict=True):
        same(found, [(h.score, h.ids) for h in expected])


@torch.no_grad()
def test_what_was_copied_is_what_one_pass_over_the_summary_tells(
    make_model: MakeModel, tiny_tokenizer: Tokenizer
) -> None:
    properties = TokenProperties(tiny_tokenizer.vocabulary)
    ids = [START, *tiny_tokenizer.encode("On Monday the minister saw the old town and the river.").ids, END]
    src, options = torch.tensor([ids]), SearchOptions(beam_size=3, min_length=3, max_length=20)
    everything: list[Hypothesis] = []
    for eagerness_to_end in (0, 3, 6, 9):
        model = make_model(max_tgt=32)
        model.output_bias[END] += eagerness_to_end
        rules, memory = [NumberRule(properties, ids, [True] * len(ids))], model.encode(src)
        (found,) = beam_search(IncrementalDecoder(model, memory), src, rules, properties, options)
        assert found
        everything += found
        for hypothesis in found:
            tgt = torch.tensor([[*hypothesis.ids, END]])
            decoded = model.decode(shift_right(tgt), memory)
            written = decoded.log_probs(src)[0].exp()
            for t, token in enumerate(hypothesis.ids):
                expected = decoded.pointer[0, t] * src[0].eq(token) * (1 - decoded.p_gen[0, t]) / written[t, token]
                torch.testing.assert_close(hypothesis.copied[t], expected, atol=1e-5, rtol=1e-4)
    # Short and long ones, and copied words: what a random model writes differs from processor to processor.
    assert len({len(h.ids) for h in everything}) > 1
    assert max(h.copied.max().item() for h in everything) > 0.05


@torch.no_grad()
def test_a_short_list_leaves_all_else_to_be_copied(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    """The probabilities are the mixture's, its writing half over the short list alone."""
    model = make_model(max_tgt=32)
    ids = [START, *tiny_tokenizer.encode("On Monday the minister saw the old town and the river.").ids, END]
    other = [START, *tiny_tokenizer.encode("It rained on the old bridge.").ids, END]
    src = pad([ids, other])
    listed = torch.tensor([*range(N_SPECIAL), *range(N_SPECIAL, len(tiny_tokenizer.vocabulary), 3)])
    memory = model.encode(src)
    first = torch.tensor([[START], [START]]), torch.tensor([[-1], [-1]])
    whole = IncrementalDecoder(model, memory).step(*first)
    model.shorten(listed)
    decoder = IncrementalDecoder(model, memory)
    step = decoder.step(*first)
    assert decoder.output_tokens is not None
    assert set(decoder.output_tokens.tolist()) == {*listed.tolist(), *ids, *other, PAD}
    assert len(decoder.output_tokens) == step.probabilities.shape[2] == OutputLayer.ROUND
    own = decoder.output_tokens[decoder.output_tokens != PAD].tolist()
    assert len(own) == len(set(own))
    torch.testing.assert_close(step.probabilities.sum(2), torch.ones(2, 1))
    generated = (1 - step.p_copy) * _written(model, memory)[:, listed].softmax(-1)
    for row in range(2):
        for column, token in enumerate(decoder.output_tokens.tolist()):
            copied = (step.p_copy[row, 0] * step.pointer[row, 0] * src[row].eq(token)).sum()
            expected = copied + (generated[row, column] if column < len(listed) else 0)
            torch.testing.assert_close(step.probabilities[row, 0, column], expected.clamp_min(1e-30))
    assert whole.probabilities.shape[2] == len(tiny_tokenizer.vocabulary)


def _written(model: PointerGenerator, memory: Memory) -> Tensor:
    """Logits (B, V) of the first token."""
    return model.decode(torch.full((len(memory.src), 1), START), memory).logits[:, 0]


@torch.no_grad()
def test_a_short_list_of_everything_changes_nothing(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    model, properties = make_model(max_tgt=32), TokenProperties(tiny_tokenizer.vocabulary)
    ids = [START, *tiny_tokenizer.encode("On 3 March the minister saw 2,500 people.").ids, END]
    src, options = torch.tensor([ids, ids]), SearchOptions(beam_size=3, min_length=3, max_length=20)

    def found() -> list[list[Hypothesis]]:
        rules = [NumberRule(properties, ids, [True] * len(ids)) for _ in src]
        return beam_search(IncrementalDecoder(model, model.encode(src)), src, rules, properties, options)

    whole = found()
    model.shorten(torch.arange(len(tiny_tokenizer.vocabulary)))
    same_ones = found()
    for before, after in zip(whole, same_ones, strict=True):
        assert [h.ids for h in before] == [h.ids for h in after]
        for a, b in zip(before, after, strict=True):
            torch.testing.assert_close(a.copied, b.copied)


@torch.no_grad()
def test_what_is_not_on_the_short_list_is_only_copied(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    model, properties = make_model(max_tgt=32), TokenProperties(tiny_tokenizer.vocabulary)
    model.shorten(torch.arange(N_SPECIAL))
    texts = ["On 3 March the minister saw 2,500 people.", "The old town and the river."]
    sources = [[START, *tiny_tokenizer.encode(text).ids, END] for text in texts]
    rules = [NumberRule(properties, ids, [False] * len(ids)) for ids in sources]
    src, options = pad(sources), SearchOptions(beam_size=3, min_length=3, max_length=20)
    for found, ids in zip(
        beam_search(IncrementalDecoder(model, model.encode(src)), src, rules, properties, options), sources, strict=True
    ):
        written = {token for hypothesis in found for token in hypothesis.ids}
        assert written <= {*ids, SENTENCE}
        assert written & set(ids)
