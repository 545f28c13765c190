"""The type of the fixture that builds small models, and two short texts."""

from __future__ import annotations

from collections.abc import Callable

from summarize.network.pointer_generator import PointerGenerator

MakeModel = Callable[..., PointerGenerator]
NEWS = "Mayor Anna Smith met the minister in New York on Monday. It was 2,500."
MORE = "“The bridge is well known,” they said. John visits the old town, and has 12 or 3.5bn in the A380."
