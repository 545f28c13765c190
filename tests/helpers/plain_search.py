"""Slow, plain versions of the search: all summaries by enumeration, and a beam search with lists and texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from summarize.decoding.hypothesis import SearchOptions
from summarize.text.lengths import Limits
from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE
from tests.helpers.tables import VOCABULARY, Ids, Table

IsAllowed = Callable[[Ids, int], bool]  # whether a token may follow ids
Attention = Callable[[Ids], Sequence[float]]  # ids to the pointer's attention (S,) for the next token


def no_attention(ids: Ids) -> list[float]:
    return [0.0]


def has_no_empty_sentence(ids: Ids, token: int) -> bool:
    """The rule that holds for every summary."""
    if token == SENTENCE:
        return ids[-1:] not in ((), (SENTENCE,))
    return token != END or ids[-1:] != (SENTENCE,)


def excess_attention(attention: Attention, ids: Ids) -> float:
    """The attention beyond one on each source token, summed over the source, after all steps up to that after ids."""
    steps = [attention(ids[:i]) for i in range(len(ids) + 1)]
    return sum(max(0.0, sum(column) - 1) for column in zip(*steps, strict=True))


def every_summary(
    table: Table, options: SearchOptions, attention: Attention = no_attention, ids: Ids = (), score: float = 0.0
) -> Iterator[tuple[float, Ids]]:
    """(score, ids) of all summaries that end within the options' lengths."""
    for token, log_prob in table(ids).items():
        if not has_no_empty_sentence(ids, token):
            continue
        if token == END and len(ids) >= options.min_length:
            total = score + log_prob - options.coverage_penalty * excess_attention(attention, ids)
            yield total / (len(ids) + 1) ** options.length_penalty, ids
        elif token != END and len(ids) < options.max_length:
            yield from every_summary(table, options, attention, (*ids, token), score + log_prob)


def plain_beam_search(
    table: Table,
    options: SearchOptions,
    is_allowed: IsAllowed = has_no_empty_sentence,
    attention: Attention = no_attention,
    limits: Limits | None = None,
) -> list[tuple[float, Ids]]:
    """(score, ids) of the finished hypotheses of one document, best first; limits: instead of the options'."""
    k, limits = options.beam_size, limits or options.limits
    exponent = options.length_penalty if limits.n_sentences is None else 1.0
    active: list[tuple[float, Ids]] = [(0.0, ())]  # the sum of log-probabilities, and the tokens
    finished: list[tuple[float, Ids]] = []

    def penalised(log_prob: float, ids: Ids) -> float:
        return log_prob - options.coverage_penalty * excess_attention(attention, ids)

    while True:
        candidates = [
            (penalised(total + log_prob, ids), ids, token, total + log_prob)
            for total, ids in active
            for token, log_prob in table(ids).items()
            if _keeps_lengths(ids, token, limits) and is_allowed(ids, token)
            if log_prob > math.log(0.1) or not _has_spent_words(ids, limits)
        ]
        candidates.sort(key=lambda candidate: -candidate[0])
        selected: list[tuple[float, Ids, float]] = []
        for rank, (score, ids, token, total) in enumerate(candidates[: 2 * k]):
            if token == END and rank < k:
                finished.append((score / (len(ids) + 1) ** exponent, ids))
            elif token != END and len(selected) < k:
                selected.append((total, (*ids, token), score))
                if token == SENTENCE and limits.max_words is not None and len(ids) >= limits.min_tokens:
                    finished.append((score / (len(ids) + 1) ** exponent, ids))
        if selected:
            active = [(total, ids) for total, ids, _ in selected]
            _, longest, best = selected[0]
            if len(longest) <= limits.max_tokens and (
                len(finished) < options.patience * k or best / len(longest) ** exponent > max(finished)[0]
            ):
                continue
        if not finished:
            ids = active[0][1][: limits.max_tokens]
            if SENTENCE in ids:
                ids = ids[: max(i for i, token in enumerate(ids) if token == SENTENCE)]
            return [((selected[0][2] if selected else -math.inf) / (len(ids) + 1) ** exponent, ids)]
        return sorted(finished, key=lambda hypothesis: -hypothesis[0])


def _keeps_lengths(ids: Ids, token: int, limits: Limits) -> bool:
    n_sentences = ids.count(SENTENCE) + 1
    if token == END:
        return len(ids) >= limits.min_tokens and n_sentences >= (limits.n_sentences or 1)
    if token == SENTENCE:
        return limits.n_sentences is None or n_sentences < limits.n_sentences
    return not (_has_spent_words(ids, limits) and VOCABULARY[token].isalnum())


def _has_spent_words(ids: Ids, limits: Limits) -> bool:
    words = [i for i in ids if i >= N_SPECIAL and VOCABULARY[i].isalnum()]
    return limits.max_words is not None and len(words) >= limits.max_words


def split_words(vocabulary: Sequence[str], ids: Sequence[int]) -> list[tuple[str, int]]:
    """The words of ids, each with its first token."""
    words: list[tuple[str, int]] = []
    is_inside_word = False
    for i in ids:
        text = vocabulary[i]
        is_word = i >= N_SPECIAL and any(c.isalnum() for c in text)
        if is_word and text.startswith("##") and is_inside_word:
            words[-1] = (words[-1][0] + text[2:], words[-1][1])
        elif is_word:
            words.append((text, i))
        is_inside_word = is_word
    return words


def plain_repeated_tokens(vocabulary: Sequence[str], ids: Sequence[int], n: int) -> set[int]:
    """Every token that could begin a word which completes an n-gram of words that ids have already."""
    words = split_words(vocabulary, ids)
    texts = [text for text, _ in words]
    start = texts[len(texts) - n + 1 :] if n > 1 else []
    if n < 1 or len(start) < n - 1:
        return set()
    return {words[i + n - 1][1] for i in range(len(words) - n + 1) if texts[i : i + n - 1] == start}
