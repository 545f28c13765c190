"""What is measured: each system as a function from articles, a batch at a time, to the words that it wrote of each.

A system is loaded here and used as its own documentation says; what it imports is imported when it is loaded.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peers

PIECES_IN, PIECES_OUT, BEAMS = 512, 60, 4
SENTENCES_OUT = 3  # of an extract by a peer

Run = Callable[[Sequence[str]], list[int]]  # a batch of articles to the words (or tokens) written of each


@dataclass(frozen=True)
class Place:
    """Where things are, and how many threads may work."""

    model: str  # ours
    peers: Path
    threads: int


@dataclass(frozen=True)
class Setting:
    """A way to summarise that is measured. decoding is what it is compared within: the first of each is the one that
    the others are compared with."""

    system: str
    decoding: str  # beam, greedy or extraction

    @property
    def name(self) -> str:
        """As the table shows it."""
        return NAMES[self.system]


NAMES = {
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
OWN = ("summarize", "summarize-bf16", "summarize-fp32")  # as shipped, in each precision
WRITERS = [name for name in NAMES if not name.startswith("sumy")]
SETTINGS = (
    *(Setting(name, "beam") for name in WRITERS),
    *(Setting(name, "greedy") for name in WRITERS if name == "summarize-alike" or not name.startswith("summarize")),
    *(Setting(name, "extraction") for name in (*OWN, "sumy/lexrank", "sumy/textrank")),
)


def load(setting: Setting, place: Place) -> Run:
    """A system, ready to run. Raises ImportError where its package is missing."""
    kind, _, which = setting.system.partition("/")
    if kind == "ctranslate2":
        return _ctranslate2(which, setting, place)
    if kind == "transformers":
        return _transformers(which, setting, place)
    if kind == "sumy":
        return _sumy(which)
    return _summarize(setting, place)


def _summarize(setting: Setting, place: Place) -> Run:
    """This program through its library, as its command sets it up. As shipped it scores all that it is given and reads
    and searches as the model's config.json says; alike reads all 512 tokens, with the peers' beams. Matrices are
    multiplied in what is fastest here, or in the precision that is in the system's name."""
    from dataclasses import replace

    import torch

    from summarize import Request, Summarizer
    from summarize.checkpoints.model_folder import find_model, load_config
    from summarize.network.device import keep_freed_memory

    keep_freed_memory()
    torch.set_num_threads(place.threads)
    config, options = load_config(find_model(place.model))
    if setting.system == "summarize-alike":
        beams = 1 if setting.decoding == "greedy" else BEAMS
        options = replace(options, max_src=min(PIECES_IN, config.max_src), beam_size=beams)
        if options.max_length >= PIECES_OUT > options.min_length:
            options = replace(options, min_length=PIECES_OUT)
    precision = next((own for own in ("bf16", "fp32") if setting.system.endswith(own)), None)
    summarizer = Summarizer.load(place.model, options=options, precision=precision)
    request = Request(extractive=setting.decoding == "extraction")

    def run(articles: Sequence[str]) -> list[int]:
        summaries = summarizer.summarize_many(articles, len(articles), request)
        return [len(summary.text.split()) for summary in summaries]

    return run


def _ids(shape: str, number: int) -> list[int]:
    """As many tokens as an article has, of a shape's vocabulary, drawn by chance; a peer's model reads nothing in
    them anyhow."""
    draw, end = random.Random(number), peers.SPECIAL[shape].index("</s>")
    return [draw.randrange(len(peers.SPECIAL[shape]), 30_000) for _ in range(PIECES_IN - 1)] + [end]


def _ctranslate2(shape: str, setting: Setting, place: Place) -> Run:
    import ctranslate2

    folder = str(place.peers / "ctranslate2" / shape)
    engine = ctranslate2.Translator(folder, compute_type="int8", inter_threads=1, intra_threads=place.threads)
    beams = 1 if setting.decoding == "greedy" else BEAMS

    def run(articles: Sequence[str]) -> list[int]:
        sources = [[peers.token(shape, i) for i in _ids(shape, n)] for n in range(len(articles))]
        lengths = {"min_decoding_length": PIECES_OUT, "max_decoding_length": PIECES_OUT}
        found = engine.translate_batch(sources, beam_size=beams, **lengths)
        return [len(each.hypotheses[0]) for each in found]

    return run


def _transformers(shape: str, setting: Setting, place: Place) -> Run:
    import torch
    from transformers import AutoModelForSeq2SeqLM

    torch.set_num_threads(place.threads)
    model = AutoModelForSeq2SeqLM.from_pretrained(place.peers / "transformers" / shape).eval()
    beams = 1 if setting.decoding == "greedy" else BEAMS

    def run(articles: Sequence[str]) -> list[int]:
        src = torch.tensor([_ids(shape, n) for n in range(len(articles))])
        lengths = {"min_new_tokens": PIECES_OUT, "max_new_tokens": PIECES_OUT}
        with torch.inference_mode():
            found = model.generate(
                src, attention_mask=torch.ones_like(src), num_beams=beams, do_sample=False, **lengths
            )
        return [found.shape[1] - 1] * len(found)  # less the start

    return run


class _Words:
    """Words for sumy, whose own tokenizer would have to be downloaded."""

    def to_words(self, sentence: str) -> list[str]:
        return sentence.lower().split()


def _sumy(which: str) -> Run:
    from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.summarizers.text_rank import TextRankSummarizer

    from summarize.text.sentences import sentence_spans

    rank: Any = LexRankSummarizer() if which == "lexrank" else TextRankSummarizer()

    def run(articles: Sequence[str]) -> list[int]:
        written = []
        for text in articles:
            sentences = [Sentence(text[start:end], _Words()) for start, end in sentence_spans(text)]
            chosen = rank(ObjectDocumentModel([Paragraph(sentences)]), SENTENCES_OUT)
            written.append(sum(len(str(sentence).split()) for sentence in chosen))
        return written

    return run
