"""What the machine offers: devices, quick bfloat16, and memory that stays at hand from one step to the next."""

from __future__ import annotations

import ctypes

import torch

from summarize.errors import UsageError


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


def check_device(name: str) -> torch.device:
    """The device of that name. Raises UsageError where this machine has none."""
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (AssertionError, NotImplementedError, RuntimeError):
        raise UsageError(f"--device {name}: this machine has no such device; leave it out to use the CPU") from None
    return device


def has_fast_bf16() -> bool:
    """Whether this processor multiplies bfloat16 matrices in hardware (AVX-512 BF16 or AMX)."""
    return bool(torch.cpu._is_avx512_bf16_supported())
