"""Stop signals: Ctrl-C and SIGTERM let the current step finish, so that a run can be saved."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def on_stop_signal(handle: Callable[[int], None]) -> Iterator[None]:
    """Inside the block, SIGINT and SIGTERM call handle(signal number) instead of ending the process.

    Only the main thread can set handlers: in any other, signals do what they did before.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: Any) -> None:
        handle(number)

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
