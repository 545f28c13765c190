"""The peers' models, made from a configuration with random weights: speed does not depend on what they have learned.

Nothing is downloaded. Their vocabularies are numbers as words, so the peers need not tokenise, which is in their
favour; what they read and write is as long as it is for everybody else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

KINDS = ("ctranslate2", "transformers")
SHAPES = ("t5-small", "distilbart-12-6")
SPECIAL = {"t5-small": ("<pad>", "</s>", "<unk>"), "distilbart-12-6": ("<s>", "<pad>", "</s>", "<unk>")}


def config(shape: str) -> Any:
    """The transformers configuration of a shape."""
    from transformers import BartConfig, T5Config

    if shape == "t5-small":
        return T5Config(decoder_start_token_id=0)  # its defaults are t5-small's sizes
    sizes = {"encoder_layers": 12, "decoder_layers": 6, "encoder_ffn_dim": 4096, "decoder_ffn_dim": 4096}
    return BartConfig(vocab_size=50264, d_model=1024, normalize_before=False, **sizes)  # or CTranslate2 cannot tell


def token(shape: str, i: int) -> str:
    """Token i of a shape's vocabulary."""
    special = SPECIAL[shape]
    return special[i] if i < len(special) else f"w{i}"


def make_transformers(shape: str, folder: Path) -> None:
    """Write a model folder as Hugging Face has it."""
    import torch
    from transformers import BartForConditionalGeneration, T5ForConditionalGeneration

    torch.manual_seed(0)
    kind = T5ForConditionalGeneration if shape == "t5-small" else BartForConditionalGeneration
    kind(config(shape)).save_pretrained(folder)


def make_ctranslate2(shape: str, source: Path, folder: Path) -> None:
    """Convert a folder of make_transformers to CTranslate2 with int8 weights."""
    import tokenizers
    from ctranslate2.converters import TransformersConverter
    from transformers import PreTrainedTokenizerFast

    ids = {token(shape, i): i for i in range(config(shape).vocab_size)}
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(ids, unk_token="<unk>"))
    named = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    begin = {"bos_token": "<s>"} if "<s>" in SPECIAL[shape] else {}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, **named, **begin)

    class Converter(TransformersConverter):
        def load_tokenizer(self, *_: Any, **__: Any) -> PreTrainedTokenizerFast:
            return tokenizer

    Converter(str(source)).convert(str(folder), quantization="int8", force=True)


def make_all(folder: Path, shapes: tuple[str, ...] = SHAPES) -> None:
    """Make what is not there yet: folder/transformers/SHAPE and folder/ctranslate2/SHAPE."""
    for shape in shapes:
        ours, theirs = folder / "transformers" / shape, folder / "ctranslate2" / shape
        if not (ours / "model.safetensors").is_file():
            make_transformers(shape, ours)
        if not (theirs / "model.bin").is_file():
            make_ctranslate2(shape, ours, theirs)


if __name__ == "__main__":
    import sys

    make_all(Path(sys.argv[1]), tuple(sys.argv[2:]) or SHAPES)
