"""The measured systems: each is loaded as a function from a batch of articles to the length of every summary.

A system is used as its own documentation says. Its packages are imported only when it is loaded.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import peers

SOURCE_TOKENS, TARGET_TOKENS, BEAM_SIZE = 512, 60, 4
EXTRACT_SENTENCES = 3  # that a peer extracts

SummarizeBatch = Callable[[Sequence[str]], list[int]]  # articles to the words (a peer's: tokens) of each summary


@dataclass(frozen=True)
class Resources:
    """What a measured process may use: our model, the folder of the peers' models, and a number of threads."""

    model: str
    peers: Path
    threads: int


@dataclass(frozen=True)
class Setting:
    """A system with a way to decode: beam, greedy or extraction. Settings with the same way are compared; the first of
    them is the one that all others are compared with."""

    system: str
    decoding: str

    @property
    def label(self) -> str:
        """Its name in tables."""
        return LABELS[self.system]


LABELS = {
    "summarize": "summarize, as shipped",
    "summarize-alike": "summarize, beams as the peers",
    "summarize-bf16": "summarize in bfloat16",
    "summarize-fp32": "summarize in float32",
    "ctranslate2/t5-small": "CTranslate2 int8, t5-small",
    "ctranslate2/distilbart-12-6": "CTranslate2 int8, distilbart-12-6",
    "transformers/t5-small": "transformers, t5-small",
    "transformers/distilbart-12-6": "transformers, distilbart-12-6",
    "sumy/lexrank": "sumy, LexRank",
    "sumy/textrank": "sumy, TextRank",
}
PRECISIONS: dict[str, Literal["bf16", "fp32"]] = {"summarize-bf16": "bf16", "summarize-fp32": "fp32"}
AS_SHIPPED = ("summarize", *PRECISIONS)  # in the default precision and in two others
GENERATORS = [name for name in LABELS if not name.startswith("sumy")]
SETTINGS = (
    *(Setting(name, "beam") for name in GENERATORS),
    *(Setting(name, "greedy") for name in GENERATORS if name == "summarize-alike" or not name.startswith("summarize")),
    *(Setting(name, "extraction") for name in (*AS_SHIPPED, "sumy/lexrank", "sumy/textrank")),
)


def load(setting: Setting, resources: Resources) -> SummarizeBatch:
    """Load a system. Raises ImportError if its package is missing."""
    engine, _, variant = setting.system.partition("/")
    if engine == "ctranslate2":
        return _ctranslate2(variant, setting, resources)
    if engine == "transformers":
        return _transformers(variant, setting, resources)
    if engine == "sumy":
        return _sumy(variant)
    return _summarize(setting, resources)


def _summarize(setting: Setting, resources: Resources) -> SummarizeBatch:
    """This program through its library, set up as its command does.

    As shipped, it scores the whole article and searches as the model's config.json says. "summarize-alike" reads all
    512 tokens and has the peers' beams. The precision is the fastest on this machine, or the one in the system's name.
    """
    from dataclasses import replace

    import torch

    from summarize import Request, Summarizer
    from summarize.checkpoints.model_folder import find_model, load_config
    from summarize.network.device import keep_freed_memory

    keep_freed_memory()
    torch.set_num_threads(resources.threads)
    config, options = load_config(find_model(resources.model))
    if setting.system == "summarize-alike":
        beam_size = 1 if setting.decoding == "greedy" else BEAM_SIZE
        options = replace(options, max_src=min(SOURCE_TOKENS, config.max_src), beam_size=beam_size)
        if options.max_length >= TARGET_TOKENS > options.min_length:
            options = replace(options, min_length=TARGET_TOKENS)
    summarizer = Summarizer.load(resources.model, options=options, precision=PRECISIONS.get(setting.system))
    request = Request(extractive=setting.decoding == "extraction")

    def run(articles: Sequence[str]) -> list[int]:
        summaries = summarizer.summarize_many(articles, len(articles), request)
        return [len(summary.text.split()) for summary in summaries]

    return run


def _random_ids(shape: str, seed: int) -> list[int]:
    """An article's number of random token ids of a shape's vocabulary: a model with random weights needs no text."""
    rng, end = random.Random(seed), peers.SPECIAL_TOKENS[shape].index("</s>")
    return [rng.randrange(len(peers.SPECIAL_TOKENS[shape]), 30_000) for _ in range(SOURCE_TOKENS - 1)] + [end]


def _ctranslate2(shape: str, setting: Setting, resources: Resources) -> SummarizeBatch:
    import ctranslate2

    folder = str(resources.peers / "ctranslate2" / shape)
    engine = ctranslate2.Translator(folder, compute_type="int8", inter_threads=1, intra_threads=resources.threads)
    beam_size = 1 if setting.decoding == "greedy" else BEAM_SIZE

    def run(articles: Sequence[str]) -> list[int]:
        sources = [[peers.token(shape, i) for i in _random_ids(shape, n)] for n in range(len(articles))]
        lengths = {"min_decoding_length": TARGET_TOKENS, "max_decoding_length": TARGET_TOKENS}
        results = engine.translate_batch(sources, beam_size=beam_size, **lengths)
        return [len(result.hypotheses[0]) for result in results]

    return run


def _transformers(shape: str, setting: Setting, resources: Resources) -> SummarizeBatch:
    import torch
    from transformers import AutoModelForSeq2SeqLM

    torch.set_num_threads(resources.threads)
    model = AutoModelForSeq2SeqLM.from_pretrained(resources.peers / "transformers" / shape).eval()
    beam_size = 1 if setting.decoding == "greedy" else BEAM_SIZE

    def run(articles: Sequence[str]) -> list[int]:
        src = torch.tensor([_random_ids(shape, n) for n in range(len(articles))])
        lengths = {"min_new_tokens": TARGET_TOKENS, "max_new_tokens": TARGET_TOKENS}
        with torch.inference_mode():
            output = model.generate(
                src, attention_mask=torch.ones_like(src), num_beams=beam_size, do_sample=False, **lengths
            )
        return [output.shape[1] - 1] * len(output)  # without the start token

    return run


class _WordSplitter:
    """A tokenizer for sumy, whose own needs a download."""

    def to_words(self, sentence: str) -> list[str]:
        return sentence.lower().split()


def _sumy(method: str) -> SummarizeBatch:
    from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.summarizers.text_rank import TextRankSummarizer

    from summarize.text.sentences import sentence_spans

    rank: Any = LexRankSummarizer() if method == "lexrank" else TextRankSummarizer()

    def run(articles: Sequence[str]) -> list[int]:
        lengths = []
        for text in articles:
            sentences = [Sentence(text[start:end], _WordSplitter()) for start, end in sentence_spans(text)]
            extract = rank(ObjectDocumentModel([Paragraph(sentences)]), EXTRACT_SENTENCES)
            lengths.append(sum(len(str(sentence).split()) for sentence in extract))
        return lengths

    return run
