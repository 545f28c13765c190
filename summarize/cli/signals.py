"""Ctrl-C and SIGTERM as one exception that carries its exit code, held back while a record is being written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_received: list[int] = []  # signals since the outermost interruptible() began; the first one gives the exit code
_is_writing = False


class Interrupted(KeyboardInterrupt):
    """A signal asked the program to stop."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number  # the convention of shells: 130 for SIGINT, 143 for SIGTERM


@contextmanager
def interruptible() -> Iterator[None]:
    """Within it, SIGINT and SIGTERM raise Interrupted, unless the caller ignores or handles them."""
    if threading.current_thread() is not threading.main_thread():  # Python handles signals in the main one only
        yield
        return
    default_handlers = (signal.default_int_handler, signal.SIG_DFL)
    numbers = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) in default_handlers]
    previous_handlers = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    except Exception:
        check_interruption()  # a library may have turned Interrupted into an error of its own
        raise
    finally:
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)
        if previous_handlers:
            _received.clear()


def check_interruption() -> None:
    """Raise Interrupted where a signal came and a library caught the exception that it raised."""
    if _received:
        raise Interrupted(_received[0])


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Within it, a first signal waits until the end, so that what is being written is complete."""
    global _is_writing
    check_interruption()
    _is_writing = True
    try:
        yield
    finally:
        _is_writing = False
    check_interruption()


def _interrupt(number: int, _: FrameType | None) -> None:
    _received.append(number)
    if not _is_writing or len(_received) > 1:  # a second signal does not wait: the reader may be stuck
        raise Interrupted(number)
