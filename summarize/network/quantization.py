"""Linear layers in 8-bit integers, for processors that multiply them several times as fast as any float.

A weight is rounded once, to 255 levels per output. The input is rounded at each use, to 255 levels per row (row-wise
and column-wise scales, LLM.int8(): Dettmers et al. 2022, section 2.1.1). A row's result does not depend on the other
rows, and integer sums are exact, so it is the same to the bit in any batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summarize.network.attention import MultiHeadAttention
from summarize.network.causal_pointer_generator import CausalLayer
from summarize.network.device import has_bf16

N_LEVELS = 127  # on either side of zero
CHUNK_ROWS = 512  # of a weight that are rounded at once: all in full precision would take four times the memory
MIN_OUTPUTS = 16  # with fewer outputs, rounding the input takes longer than the product saves
MIN_SCALE = 1e-30  # of a row of zeros, so that nothing is divided by zero


@dataclass(frozen=True)
class Int8Weight:
    """A weight (d_out, d_in) in 8-bit integers: levels × scale, row by row."""

    levels: Tensor  # (d_out, d_in) int8
    scale: Tensor  # (d_out,) float32: the size of one level

    @classmethod
    def from_float(cls, weight: Tensor) -> Int8Weight:
        """Round a weight (d_out, d_in) of any precision."""
        levels = torch.empty(weight.shape, dtype=torch.int8)
        scale = torch.empty(len(weight))
        chunks = (x.split(CHUNK_ROWS) for x in (weight.detach(), levels, scale))
        for weight_chunk, level_chunk, scale_chunk in zip(*chunks, strict=True):
            rows = weight_chunk.float()
            torch.div(rows.abs().amax(1).clamp_min_(MIN_SCALE), N_LEVELS, out=scale_chunk)
            level_chunk.copy_((rows * scale_chunk.reciprocal()[:, None]).round_())
        return cls(levels, scale)

    def padded(self, n_rows: int) -> Int8Weight:
        """The weight with n_rows more rows of zeros."""
        return Int8Weight(F.pad(self.levels, (0, 0, 0, n_rows)), F.pad(self.scale, (0, n_rows)))


class Int8Linear(nn.Module):
    """x Wᵀ + b for x (…, d_in), computed in 8 bits; input and output are float32. For inference on a CPU."""

    def __init__(self, weight: Int8Weight, bias: Tensor) -> None:
        """weight (d_out, d_in) and bias (d_out,)."""
        super().__init__()
        self._packed = torch.ops.onednn.qlinear_prepack(weight.levels, None)
        # forward scales a row by its largest number; dividing that by N_LEVELS is done here, once.
        self._scale, self._zeros = weight.scale / N_LEVELS, torch.zeros(len(bias), dtype=torch.int32)
        self._bias, self._zero = bias.detach().float(), torch.full((weight.levels.shape[1],), 128.5)

    @classmethod
    def from_linear(cls, *layers: nn.Linear) -> Int8Linear:
        """One layer for several of the same input: their outputs, concatenated."""
        weights: list[Tensor] = [layer.weight for layer in layers]
        biases: list[Tensor] = [
            torch.zeros(len(layer.weight)) if layer.bias is None else layer.bias for layer in layers
        ]
        return cls(Int8Weight.from_float(torch.cat(weights)), torch.cat(biases))

    def forward(self, x: Tensor) -> Tensor:
        """X (…, d_in) to (…, d_out)."""
        rows = x.reshape(-1, x.shape[-1])
        largest = rows.abs().amax(1, keepdim=True).clamp_min_(MIN_SCALE)
        # The fast instructions take unsigned integers, so 128 stands for zero. The other 0.5 makes truncation round.
        levels = torch.addcmul(self._zero, rows, largest.reciprocal(), value=N_LEVELS).to(torch.uint8)
        product = torch.ops.onednn.qlinear_pointwise(
            levels, 1.0, 128, self._packed, self._scale, self._zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        return torch.addcmul(self._bias, product, largest).view(*x.shape[:-1], -1)


def quantize(model: nn.Module) -> None:
    """Replace a model's linear layers by 8-bit ones with the same weights; it can no longer be trained.

    Projections of one input (query, key and value) become one layer.
    """
    for name, module in list(model.named_modules()):
        if isinstance(module, CausalLayer) or (
            isinstance(module, MultiHeadAttention) and name.endswith("self_attention")
        ):
            module.fuse_projections(Int8Linear.from_linear)
    for module in list(model.modules()):
        for name, layer in module.named_children():
            if isinstance(layer, nn.Linear):
                is_wide = layer.out_features >= MIN_OUTPUTS
                setattr(module, name, Int8Linear.from_linear(layer) if is_wide else layer.float())
    for parameter in model.parameters():  # the rest is copied out of the mapped file, so that the file can be closed
        parameter.data = parameter.data.clone()


def is_quantized(model: nn.Module) -> bool:
    """Whether a model's layers multiply in 8 bits."""
    return any(isinstance(module, Int8Linear) for module in model.modules())


def passage_dtype(model: nn.Module) -> torch.dtype | None:
    """The type in which a search reads the keys and values of passages fastest; None for the model's own type."""
    return torch.bfloat16 if is_quantized(model) and has_bf16() else None
