"""What the search needs of the rules of one source, of whatever vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from torch import Tensor


class SourceRule(Protocol):
    """What a summary may have only as its source has it. A state stands for a hypothesis."""

    start: Any  # the state of the empty summary
    usual_mask: Tensor  # (V,): the forbidden_mask of most states
    keeps_characters: bool  # True: every search needs the rule; False: only one that checks numbers

    def advance(self, state: Any, token: int) -> Any:
        """The state after a token."""
        ...

    def forbidden_mask(self, state: Any) -> Tensor:
        """(V,) bool, True: the token may not follow state. The mask may be usual_mask itself."""
        ...

    def complete_prefix(self, ids: Sequence[int]) -> tuple[int, ...]:
        """The longest prefix of ids that does not end inside what may only be generated whole."""
        ...
