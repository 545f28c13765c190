"""What renderers write of records, on a terminal or not."""

from __future__ import annotations

import io

from summarize.rendering import Record, make_renderer


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def rendered(format: str, *records: Record, out: io.StringIO | None = None) -> str:
    """The output of a format for the records."""
    out = out or io.StringIO()
    output = make_renderer(format, out, several=len(records) > 1)
    for record in records:
        output.write(record)
    output.close()
    return out.getvalue()
