"""Ctrl-C and SIGTERM: when they take effect, and how they end an output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from summarize.cli.signals import Interrupted, interruptible, uninterrupted
from tests.helpers.program import command_line


def test_a_signal_waits_until_a_record_is_written() -> None:
    written = []

    def receive(*numbers: signal.Signals) -> None:
        with interruptible():
            with uninterrupted():
                for number in numbers:
                    os.kill(os.getpid(), number)
                written.append("whole")
            written.append("never")

    with pytest.raises(Interrupted) as caught:
        receive(signal.SIGTERM)
    assert (written, caught.value.exit_code) == (["whole"], 143)
    with pytest.raises(Interrupted) as caught:
        receive(signal.SIGTERM, signal.SIGINT)  # a second one does not wait
    assert (written, caught.value.exit_code) == (["whole"], 130)
    with interruptible(), uninterrupted():
        written.append("after")  # the signals above are forgotten
    assert written == ["whole", "after"]


def test_a_signal_that_a_library_caught_still_ends_the_run() -> None:
    written = []

    def swallow(error: Exception | None = None) -> None:
        with interruptible():
            with suppress(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGTERM)
            if error:
                raise error
            with uninterrupted():
                written.append("never")

    for error in (None, ValueError("could not determine the shape")):
        with pytest.raises(Interrupted) as caught:
            swallow(error)
        assert (written, caught.value.exit_code) == ([], 143)


def test_signals_that_the_caller_ignores_stay_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "format"),
    [
        (signal.SIGINT, 130, "jsonl"),
        (signal.SIGINT, 130, "rich"),
        (signal.SIGTERM, 143, "json"),
        (signal.SIGTERM, 143, "plain"),
    ],
)
def test_a_signal_ends_the_output_after_a_whole_record(
    many_texts: list[str], model_folder: Path, number: signal.Signals, code: int, format: str
) -> None:
    many_texts.pop(7)  # the one that fails
    command = command_line(*many_texts * 20, "-m", model_folder, "--batch-size", "40", "-f", format)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        child.send_signal(number)  # while the next batch is being summarised, or its records written
        rest = child.stdout.read()
        assert child.stderr is not None
        stderr = child.stderr.read()
    assert (child.returncode, stderr) == (code, "")
    output = first + rest
    assert output.endswith("\n")
    if format == "json":
        assert 0 < len(json.loads(output)) < len(many_texts) * 20
    elif format == "jsonl":
        lines = output.splitlines()
        assert [json.loads(line)["source"] for line in lines] == (many_texts * 20)[: len(lines)]
        assert len(lines) < len(many_texts) * 20
    elif format == "rich":
        assert 0 < output.count("╭") == output.count("╯") < len(many_texts) * 20
    else:
        assert 0 < output.count("==> ") < len(many_texts) * 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("format", "pipe"),
    [("jsonl", "2>&1 | head -n 1"), ("plain", "| head -n 1"), ("rich", "| head -n 1"), ("json", "| head -n 1")],
)
def test_a_reader_that_stops_reading_is_no_error(
    many_texts: list[str], model_folder: Path, format: str, pipe: str
) -> None:
    command = " ".join(command_line(*many_texts * 10, "-m", model_folder, "-f", format))
    script = f"set -o pipefail; {command} {pipe}; echo ${{PIPESTATUS[*]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 0"
    assert "Traceback" not in done.stderr
