"""Draw docs/terminal.svg, the README's picture of the terminal, from a run on the sample article.

python scripts/draw_terminal.py
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
COMMAND = ["summarize", "--explain", "examples/harbour-bridge.txt"]
WIDTH = 100
# Rich's own format loads a font from the network, which a picture in a README should not.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def main() -> None:
    """Run the command as on a terminal with colours, and draw its output."""
    process = subprocess.run(
        [sys.executable, "-m", *COMMAND, "--format", "rich", "--color", "always"],
        cwd=ROOT,
        env={"COLUMNS": str(WIDTH), "TERM": "xterm-256color", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {' '.join(COMMAND)}", style="bold"))
    console.print(Text.from_ansi(process.stdout))
    console.save_svg(str(ROOT / "docs" / "terminal.svg"), title="summarize", code_format=FORMAT)


if __name__ == "__main__":
    main()
