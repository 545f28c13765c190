"""Matrix products in 8-bit integers, for processors that multiply these several times as fast as any float.

Weights are rounded once, to 255 levels for each output; what they are multiplied with is rounded at each use, to 255
levels for each row (LLM.int8(): Dettmers et al. 2022, section 2.1.1, row-wise and column-wise scales). A row's result
therefore depends on nothing else in its batch, and sums of integers are exact: in any batch it is the same to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summarize.network.attention import MultiHeadAttention

LEVELS = 127  # on either side of zero
AT_ONCE = 512  # rows of a matrix: in full precision it would take four times the memory
NARROW = 16  # outputs: rounding what goes in would take longer than so few products


@dataclass(frozen=True)
class RoundedWeight:
    """A matrix (d_out, d_in) in 8 bits."""

    levels: Tensor  # (d_out, d_in) int8
    scale: Tensor  # (d_out,): what a level stands for

    @classmethod
    def of(cls, weight: Tensor) -> RoundedWeight:
        """Of a matrix (d_out, d_in) in any precision."""
        levels = torch.empty(weight.shape, dtype=torch.int8)
        scale = torch.empty(len(weight))
        every = (x.split(AT_ONCE) for x in (weight.detach(), levels, scale))
        for own, found, step in zip(*every, strict=True):
            rows = own.float()
            torch.div(rows.abs().amax(1).clamp_min_(1e-30), LEVELS, out=step)
            found.copy_((rows * step.reciprocal()[:, None]).round_())
        return cls(levels, scale)

    def padded(self, rows: int) -> RoundedWeight:
        """With so many more rows, of zeros."""
        return RoundedWeight(F.pad(self.levels, (0, 0, 0, rows)), F.pad(self.scale, (0, rows)))


class Int8Linear(nn.Module):
    """x Wᵀ + b for x (…, d_in), computed in 8 bits, with in- and outputs in float32. For inference on a CPU."""

    def __init__(self, weight: RoundedWeight, bias: Tensor) -> None:
        """weight (d_out, d_in) and bias (d_out,)."""
        super().__init__()
        self._packed = torch.ops.onednn.qlinear_prepack(weight.levels, None)
        # A row's own scale is its largest number by LEVELS: the latter is taken care of here.
        self._scale, self._zeros = weight.scale / LEVELS, torch.zeros(len(bias), dtype=torch.int32)
        self._bias, self._zero = bias.detach().float(), torch.full((weight.levels.shape[1],), 128.5)

    @classmethod
    def joined(cls, layers: Iterable[nn.Linear]) -> Int8Linear:
        """Layers of one and the same input: their outputs one after another."""
        layers = list(layers)
        weight, bias = torch.cat([layer.weight for layer in layers]), torch.cat([layer.bias for layer in layers])
        return cls(RoundedWeight.of(weight), bias)

    def forward(self, x: Tensor) -> Tensor:
        """X (…, d_in) to (…, d_out)."""
        rows = x.reshape(-1, x.shape[-1])
        most = rows.abs().amax(1, keepdim=True).clamp_min_(1e-30)
        # Zero is 128 of 0 … 255, for the fast instructions take no sign; the half more rounds what is then cut off.
        levels = torch.addcmul(self._zero, rows, most.reciprocal(), value=LEVELS).to(torch.uint8)
        product = torch.ops.onednn.qlinear_pointwise(
            levels, 1.0, 128, self._packed, self._scale, self._zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        return torch.addcmul(self._bias, product, most).view(*x.shape[:-1], -1)


def quantize(model: nn.Module) -> None:
    """Have a model's linear layers multiply in 8 bits, from its weights as they are: it can be trained no more.

    The projections of each attention that is of one input, a self-attention's, become one.
    """
    for name, module in list(model.named_modules()):
        if isinstance(module, MultiHeadAttention) and name.endswith("self_attention"):
            module.join(Int8Linear.joined)
    for module in list(model.modules()):
        for name, layer in module.named_children():
            if isinstance(layer, nn.Linear):
                wide = layer.out_features >= NARROW
                setattr(module, name, Int8Linear.joined([layer]) if wide else layer.float())
    for parameter in model.parameters():  # what is left is taken out of a file that is mapped, so that it is let go of
        parameter.data = parameter.data.clone()


def is_quantized(model: nn.Module) -> bool:
    """Whether a model multiplies in 8 bits."""
    return any(isinstance(module, Int8Linear) for module in model.modules())
