"""How the C library hands out memory to the tensors of one step after another."""

from __future__ import annotations

import ctypes


def keep_freed_memory() -> None:
    """Have the C library keep what is freed for the next step.

    By default every tensor over 32 MB is given back to the system and faulted in again page by page: the softmax over
    the vocabulary then takes thirty times as long, and a whole step twice as long.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # not glibc
        return
    m_trim_threshold, m_top_pad, m_mmap_max = -1, -2, -4
    mallopt(m_mmap_max, 0)
    mallopt(m_trim_threshold, 2**31 - 1)
    mallopt(m_top_pad, 256 << 20)
