"""The peers' models, made from their configurations with random weights: speed does not depend on what was learned.

Nothing is downloaded. The vocabularies are numbered words, so the peers need no tokenizer, which is in their favour;
their sources and summaries are as long as everybody else's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

ENGINES = ("ctranslate2", "transformers")
SHAPES = ("t5-small", "distilbart-12-6")
SPECIAL_TOKENS = {"t5-small": ("<pad>", "</s>", "<unk>"), "distilbart-12-6": ("<s>", "<pad>", "</s>", "<unk>")}


def config(shape: str) -> Any:
    """The transformers configuration of a shape."""
    from transformers import BartConfig, T5Config

    if shape == "t5-small":
        return T5Config(decoder_start_token_id=0)  # its defaults are t5-small's sizes
    sizes = {"encoder_layers": 12, "decoder_layers": 6, "encoder_ffn_dim": 4096, "decoder_ffn_dim": 4096}
    # CTranslate2's converter reads normalize_before, so it has to be stated.
    return BartConfig(vocab_size=50264, d_model=1024, normalize_before=False, **sizes)


def token(shape: str, i: int) -> str:
    """Token i of a shape's vocabulary."""
    special = SPECIAL_TOKENS[shape]
    return special[i] if i < len(special) else f"w{i}"


def make_transformers(shape: str, folder: Path) -> None:
    """Write a model folder in Hugging Face's format."""
    import torch
    from transformers import BartForConditionalGeneration, T5ForConditionalGeneration

    torch.manual_seed(0)
    architecture = T5ForConditionalGeneration if shape == "t5-small" else BartForConditionalGeneration
    architecture(config(shape)).save_pretrained(folder)


def make_ctranslate2(shape: str, source: Path, folder: Path) -> None:
    """Convert a folder of make_transformers to CTranslate2 with int8 weights."""
    import tokenizers
    from ctranslate2.converters import TransformersConverter
    from transformers import PreTrainedTokenizerFast

    ids = {token(shape, i): i for i in range(config(shape).vocab_size)}
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(ids, unk_token="<unk>"))
    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    if "<s>" in SPECIAL_TOKENS[shape]:
        special["bos_token"] = "<s>"
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, **special)

    class Converter(TransformersConverter):
        def load_tokenizer(self, *_: Any, **__: Any) -> PreTrainedTokenizerFast:
            return tokenizer

    Converter(str(source)).convert(str(folder), quantization="int8", force=True)


def make_models(folder: Path, shapes: tuple[str, ...] = SHAPES) -> None:
    """Make the models that do not exist yet, as folder/ENGINE/SHAPE."""
    for shape in shapes:
        transformers, ctranslate2 = folder / "transformers" / shape, folder / "ctranslate2" / shape
        if not (transformers / "model.safetensors").is_file():
            make_transformers(shape, transformers)
        if not (ctranslate2 / "model.bin").is_file():
            make_ctranslate2(shape, transformers, ctranslate2)


if __name__ == "__main__":
    import sys

    make_models(Path(sys.argv[1]), tuple(sys.argv[2:]) or SHAPES)
