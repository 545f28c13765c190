"""Ctrl-C and SIGTERM as one exception that carries its exit code, held back while a record is being written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_received: list[int] = []  # signals since the outermost interruptible(); the first one says how the program ends
_writing = False


class Interrupted(KeyboardInterrupt):
    """The program was asked to stop by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number  # as shells say it: 130 for SIGINT, 143 for SIGTERM


def _interrupt(number: int, _: FrameType | None) -> None:
    _received.append(number)
    if not _writing or len(_received) > 1:  # a second signal does not wait: the reader may be stuck
        raise Interrupted(number)


@contextmanager
def interruptible() -> Iterator[None]:
    """Within it, SIGINT and SIGTERM raise Interrupted, unless the caller had them ignored or handles them."""
    if threading.current_thread() is not threading.main_thread():  # Python handles signals in the main one only
        yield
        return
    usual = (signal.default_int_handler, signal.SIG_DFL)
    numbers = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) in usual]
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    except Exception:
        check_interruption()  # a library may have made an error of its own of what was raised
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if before:
            _received.clear()


def check_interruption() -> None:
    """Raise Interrupted where a signal came that has not stopped the program: some library caught what was raised."""
    if _received:
        raise Interrupted(_received[0])


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Within it, a signal waits until the end, so that what is being written is written whole."""
    global _writing
    check_interruption()
    _writing = True
    try:
        yield
    finally:
        _writing = False
    check_interruption()
