"""Records as a renderer shows them, on a terminal or not."""

from __future__ import annotations

import io

from summarize.rendering import Record, renderer


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def rendered(format: str, *records: Record, out: io.StringIO | None = None) -> str:
    """What a renderer writes of the records."""
    out = out or io.StringIO()
    output = renderer(format, out, several=len(records) > 1)
    for record in records:
        output.write(record)
    output.close()
    return out.getvalue()
