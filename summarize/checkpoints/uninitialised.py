"""New networks whose weights are about to be read: made without random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


class WithoutInitialisation(TorchFunctionMode):
    """A block in which this thread's new modules are not initialised: 23 million random numbers take 0.15 s, and the
    file's weights replace them. (torch's device "meta" does the same, but its first use imports 800 modules, which
    takes 1.1 s.)"""

    _FILLERS = frozenset({nn.init.normal_, nn.init.uniform_, nn.init.kaiming_uniform_, Tensor.fill_, Tensor.zero_})

    def __torch_function__(self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call a function of torch, unless it fills a tensor: then return the tensor as it is."""
        kwargs = kwargs or {}
        return (*args, *kwargs.values())[0] if function in self._FILLERS else function(*args, **kwargs)
